package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"bailiwick/client"
	"bailiwick/internal/accessfile"
)

// connectionFlags say which server is asked, and as whom.
type connectionFlags struct {
	Server       string `placeholder:"URL" help:"The server to ask, in place of a file; else BAILIWICK_SERVER, else what login kept."`
	Token        string `placeholder:"TOKEN|@FILE" help:"The token, or @FILE, or @- for the standard input; else BAILIWICK_TOKEN, else what login kept."`
	InsecureHTTP bool   `name:"insecure-http" help:"Send the token over http:// to another machine, where everybody on the way can read it."`
}

// A remote asks a server.
type remote struct {
	client  *client.Client
	ctx     context.Context
	reading client.Reading
}

// A pair is a server and the token for it, as one place gives them: the flags, the environment, or the file of login.
type pair struct {
	Server string `json:"server"`
	Token  string `json:"token"`
}

// remote returns the configured server.
func (s *session) remote(at client.When) (*remote, error) {
	return s.remoteOr(at, "no server is named", "write --server URL, or set BAILIWICK_SERVER, or keep one with bailiwick login")
}

// remoteOr returns the configured server, or says what is wrong without one, and what would be right.
func (s *session) remoteOr(at client.When, what, right string) (*remote, error) {
	to, err := s.connection()
	if err != nil {
		return nil, err
	}
	if to.Server == "" {
		return nil, wrong(what, right)
	}
	if to.Token == "" {
		return nil, wrong("there is no token for "+safeAddress(to.Server), "write --token @FILE, or set BAILIWICK_TOKEN, or keep one with bailiwick login")
	}
	c, err := s.connect(to)
	if err != nil {
		return nil, err
	}
	ctx, _ := s.context() // ends with the program
	return &remote{client: c, ctx: ctx, reading: client.Reading{At: at}}, nil
}

func (s *session) connect(p pair) (*client.Client, error) {
	return client.New(p.Server, client.Options{Token: p.Token, InsecureHTTP: s.flags.InsecureHTTP, Agent: "bailiwick/" + s.Version})
}

// context ends when the program is asked to stop. A second request stops it at once.
func (s *session) context() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// connection finds the server and its token: flags, then environment, then the file of login. A token is for the server
// that it was given with: one from a place that names another server is not sent to this one.
func (s *session) connection() (pair, error) {
	kept, err := s.kept()
	if err != nil {
		return pair{}, err
	}
	places := []pair{
		{Server: s.flags.Server, Token: s.flags.Token},
		{Server: s.Getenv("BAILIWICK_SERVER"), Token: s.Getenv("BAILIWICK_TOKEN")},
		kept,
	}
	var found pair
	for _, place := range places {
		if found.Server == "" {
			found.Server = place.Server
		}
	}
	for _, place := range places {
		if found.Token == "" && (place.Server == "" || sameServer(place.Server, found.Server)) {
			found.Token = place.Token
		}
	}
	found.Token, err = s.secret(found.Token)
	return found, err
}

func sameServer(a, b string) bool { return strings.TrimRight(a, "/") == strings.TrimRight(b, "/") }

// secret reads @FILE and @-; any other text is the token itself.
func (s *session) secret(text string) (string, error) {
	name, isFile := strings.CutPrefix(text, "@")
	if !isFile {
		return text, nil
	}
	read := s.ReadFile
	if name == "-" {
		read = func(string) ([]byte, error) { return io.ReadAll(io.LimitReader(s.Stdin, 1<<16)) }
	}
	content, err := read(name)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(content))
	return token, client.CheckToken(token)
}

// safeAddress is an address for messages: without what could be a password in it.
func safeAddress(server string) string {
	if scheme, rest, found := strings.Cut(server, "://"); found {
		if i := strings.LastIndexByte(rest, '@'); i >= 0 {
			rest = rest[i+1:]
		}
		return scheme + "://" + rest
	}
	return "the server"
}

// keptFile is where login keeps server and token.
func (s *session) keptFile() (string, error) {
	dir, err := s.configDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "bailiwick", "login.json"), nil
}

// kept reads what login kept; nothing where it never ran.
func (s *session) kept() (pair, error) {
	path, err := s.keptFile()
	if err != nil {
		return pair{}, nil //nolint:nilerr // a user without a home has kept nothing
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return pair{}, nil
	}
	if err != nil {
		return pair{}, fmt.Errorf("read what login kept: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return pair{}, wrong(fmt.Sprintf("others can read %s, which holds a token (mode %04o)", path, info.Mode().Perm()), "write chmod 600 "+path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return pair{}, fmt.Errorf("read what login kept: %w", err)
	}
	var kept pair
	if err := json.Unmarshal(text, &kept); err != nil {
		return pair{}, wrong(path+" cannot be read", "run bailiwick login again")
	}
	return kept, nil
}

// keep writes server and token for the commands to come, for this user's eyes only.
func (s *session) keep(p pair) (string, error) {
	path, err := s.keptFile()
	if err != nil {
		return "", fmt.Errorf("keep the token: %w", err)
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("keep the token: %w", err)
	}
	// A new file replaces the old one, so that the token never stands in a file that others may read.
	temp, err := os.CreateTemp(filepath.Dir(path), "login-*")
	if err != nil {
		return "", fmt.Errorf("keep the token: %w", err)
	}
	_, err = temp.Write(append(text, '\n'))
	if err := errors.Join(err, temp.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return path, os.Rename(temp.Name(), path)
}

// document reads an access file and the role models that it names, as they are sent to a server.
func (s *session) document(path string) (client.Document, error) {
	name, text, err := s.read(path)
	if err != nil {
		return client.Document{}, err
	}
	document := client.Document{File: string(text), FileName: name}
	open := s.beside(path)
	// What is wrong with the file is the server's to say, which knows editions that this program does not: here only the
	// files beside it are gathered.
	_, _ = accessfile.Read(name, text, func(model string) ([]byte, error) {
		text, err := open(model)
		if err == nil {
			if document.Models == nil {
				document.Models = map[string]string{}
			}
			document.Models[model] = string(text)
		}
		return text, err
	})
	return document, nil
}
