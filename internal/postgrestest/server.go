package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Missing is what to do when there is no PostgreSQL on the machine.
const Missing = "PostgreSQL is not installed: run `make postgres` (as root on Debian), or put initdb and pg_ctl of PostgreSQL 13 or newer in PATH"

// Server is a running PostgreSQL.
type Server struct {
	bin       string // of PostgreSQL's programs
	folder    string // holds the data, the socket and the log
	keeper    *exec.Cmd
	leash     io.WriteCloser
	databases atomic.Int64
}

// keep starts the server, says so, waits until its input is closed (also when the test binary was killed), and cleans up.
const keep = `
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 &&
"$1/pg_ctl" start -w -t 60 -D "$2/data" -l "$2/log" -o "-k '$2' -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=32MB" >/dev/null 2>&1 &&
echo ready
cat >/dev/null
"$1/pg_ctl" stop -m immediate -D "$2/data" >/dev/null 2>&1
rm -rf "$2"
`

// Start starts a server. The caller stops it at the end of the test binary.
func Start() (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "bwpg")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, folder: folder}
	s.keeper = exec.Command("/bin/sh", "-c", keep, "sh", bin, folder)
	s.keeper.Dir = folder
	s.keeper.Env = environment()
	if err := asPostgres(s.keeper, folder); err != nil {
		return nil, err
	}
	if s.leash, err = s.keeper.StdinPipe(); err != nil {
		return nil, err
	}
	said, err := s.keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.keeper.Start(); err != nil {
		return nil, err
	}
	if line, _ := bufio.NewReader(said).ReadString('\n'); strings.TrimSpace(line) != "ready" {
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		return nil, errors.Join(fmt.Errorf("PostgreSQL of %s did not start:\n%s", bin, log), s.Stop())
	}
	return s, nil
}

// environment is that of PostgreSQL's programs.
func environment() []string { return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"} }

// Restart is an operator's restart in the fast mode: everybody's connection ends, and what they were at is rolled back. It
// returns when the server takes connections again.
func (s *Server) Restart() error {
	restart := exec.Command(filepath.Join(s.bin, "pg_ctl"), "restart", "-m", "fast", "-w", "-t", "60", "-D", filepath.Join(s.folder, "data"),
		"-l", filepath.Join(s.folder, "log"))
	restart.Dir, restart.Env = s.folder, environment()
	if err := asPostgres(restart, s.folder); err != nil {
		return err
	}
	if err := restart.Run(); err != nil { // its output would stay open: the new server inherits it
		return fmt.Errorf("pg_ctl restart: %w", err)
	}
	return nil
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	return errors.Join(s.leash.Close(), s.keeper.Wait())
}

// Socket is the path of the server's unix socket, for a test that stands between.
func (s *Server) Socket() string { return filepath.Join(s.folder, ".s.PGSQL.5432") }

// Database makes an empty database for a test and returns its address. Texts in it are ordered as a person would, not by
// their bytes, so that code which relies on the order is found out.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", s.databases.Add(1))
	create := "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"
	if err := s.Exec("postgres", create+" LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"); err != nil {
		if err := s.Exec("postgres", create); err != nil { // built without ICU, or before 15
			t.Fatalf("create database: %v", err)
		}
	}
	t.Cleanup(func() {
		if err := s.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return s.Address(s.folder, name)
}

// Address is that of a database, through a folder that holds a socket (the server's own or one that stands between).
func (s *Server) Address(folder, database string) string {
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database, RawQuery: url.Values{"host": {folder}}.Encode()}
	return address.String()
}

// Exec runs a statement in a database as its superuser.
func (s *Server) Exec(database, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.Address(s.folder, database))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// find returns the folder of PostgreSQL's programs: the newest that Debian installed, else what is in PATH.
func find() (string, error) {
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(installed) > 0 {
		slices.Sort(installed)
		return filepath.Dir(installed[len(installed)-1]), nil
	}
	program, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New(Missing)
	}
	return filepath.Dir(program), nil
}
