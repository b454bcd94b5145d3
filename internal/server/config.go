package server

import (
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"sort"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/mail"

	"github.com/alecthomas/kong"
)

// Config is a configuration that a server may start with: complete, and allowed by the rules of security.
type Config struct {
	Settings
	External *url.URL          // the address of links and metadata; never taken from a request
	Token    string            // of /metrics; "" where none is asked for
	From     map[string]string // where each setting that is not a default came from
	Warnings []string          // what is allowed, and probably not meant
	Gates    []*Gate           // in the order of the file

	urlFollows   bool // External was made from Listen
	secretsKey   []byte
	mailPassword string
	sender       mail.Address
	smtp         mail.SMTPOptions
}

// Load reads a configuration from flags alone, without a command: for tests and tools.
func Load(args, environ []string, readFile func(path string) ([]byte, error)) (*Config, error) {
	var grammar struct{ Settings }
	sources := NewSources(environ, readFile)
	parser, err := kong.New(&grammar, kong.Name("bailiwick"), kong.Resolvers(sources), kong.NoDefaultHelp())
	if err != nil {
		return nil, err
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%v", err)
	}
	return sources.Config(ctx, grammar.Settings)
}

// Config completes and judges what kong has read into the settings. Its error names everything that is wrong, one a line.
func (s *Sources) Config(ctx *kong.Context, settings Settings) (*Config, error) {
	gates := ReadGates(s.gates, &s.problems, s.readFile)
	if err := s.err(); err != nil {
		return nil, err
	}
	c := &Config{Settings: settings, From: s.from, Warnings: s.strangers(), Gates: gates}
	c.File = s.path
	for _, p := range ctx.Path {
		if p.Flag != nil && !p.Resolved && p.Flag.Tag.Get("setting") != "" {
			c.From[p.Flag.Tag.Get("setting")] = "flag --" + p.Flag.Name
		}
	}
	if err := errors.Join(append(s.wrong, c.readSecrets(s.readFile), c.judge())...); err != nil {
		return nil, err
	}
	sort.Strings(c.Warnings)
	return c, nil
}

// readSecrets replaces files by what they hold.
func (c *Config) readSecrets(readFile func(string) ([]byte, error)) error {
	read := func(setting, path string) (string, error) {
		text, err := readFile(path)
		if err != nil {
			return "", fault.Wrap(fault.Invalid, err, "%s cannot be read (%v)", path, cause(err)).In(setting)
		}
		secret := strings.TrimSpace(string(text))
		if secret == "" {
			return "", fault.New(fault.Invalid, "%s is empty", path).In(setting)
		}
		return secret, nil
	}
	var errs []error
	if c.DatabaseFile != "" {
		if c.Database != "" {
			return fault.New(fault.Invalid, "database is set too (%s)", c.source("database")).In("database_file").Rather("keep one of the two")
		}
		secret, err := read("database_file", c.DatabaseFile)
		c.Database, errs = secret, append(errs, err)
		c.From["database"] = "file " + c.DatabaseFile
	}
	if c.MetricsTokenFile != "" {
		secret, err := read("metrics.token_file", c.MetricsTokenFile)
		c.Token, errs = secret, append(errs, err)
	}
	if c.MailPasswordFile != "" {
		secret, err := read("mail.password_file", c.MailPasswordFile)
		c.mailPassword, errs = secret, append(errs, err)
	}
	if c.SecretsKeyFile != "" {
		secret, err := read("secrets.key_file", c.SecretsKeyFile)
		if err == nil {
			c.secretsKey, err = secretsKey(secret)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// source says where a setting's value came from.
func (c *Config) source(name string) string {
	if from, is := c.From[name]; is {
		return from
	}
	if name == "url" && c.urlFollows {
		return "follows from listen"
	}
	return "default"
}

// A Value is one line of a printed configuration.
type Value struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// Values lists every setting with its value and where that came from. Secrets are not shown.
func (c *Config) Values() []Value {
	var all []Value
	for _, s := range Table() {
		v := Value{Name: s.Name, Value: s.value(c.Settings), From: c.source(s.Name)}
		if s.Name == "url" && c.urlFollows {
			v.Value = c.External.String()
		}
		all = append(all, v)
	}
	for _, g := range c.Gates {
		all = append(all, Value{Name: gatesSection + "." + g.Name, Value: g.String(), From: g.at.String()})
	}
	return all
}

// Link makes an address under the external one from a path of ours.
func (c *Config) Link(path string) string { return c.External.JoinPath(path).String() }

// Secure tells whether browsers reach the server by https, so that cookies can be bound to it.
func (c *Config) Secure() bool { return c.External.Scheme == "https" }

// inData is a fixed place in the data folder.
func (c *Config) inData(name string) string { return filepath.Join(c.Data, name) }

// DatabasePath is the SQLite database in the data folder; unused where Database names a PostgreSQL.
func (c *Config) DatabasePath() string { return c.inData("bailiwick.db") }

// cause is the part of a file's error that does not repeat its path.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
