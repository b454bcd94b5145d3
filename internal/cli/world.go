package cli

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

// A World is what a run of the program sees of the outside.
type World struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(name string) string
	ReadFile       func(path string) ([]byte, error)
	Now            func() time.Time
	Terminal       bool // Stdout is a terminal
	ErrTerminal    bool // Stderr is one
	InTerminal     bool // Stdin is one: questions can be asked
	Columns        int  // of that terminal; 0 where unknown
	Version        string
	Hostname       string
	// Browse opens an address in the user's browser; nil: it is only printed.
	Browse func(address string) error
	// ConfigDir is the folder in which login keeps its file; nil is the user's own (os.UserConfigDir).
	ConfigDir func() (string, error)
	// Server is what only the program itself can do. A nil function is a command that this build does not have.
	Server Server
}

// Server is the part of the program that the command line starts and does not import.
type Server struct {
	// Settings is a pointer to a struct whose fields are the flags of every command that opens the server's own data, and
	// Resolver finds what no flag says.
	Settings any
	Resolver kong.Resolver
	// Serve runs the server until the context ends.
	Serve func(context.Context, *kong.Context, Streams) error
	// Gate runs gates alone until the context ends; with Check it says how they are.
	Gate func(context.Context, GateOptions) (Report, error)
	// Demo runs the server on a demo folder until the context ends.
	Demo func(context.Context, DemoOptions) error
	// Backup writes everything into one file.
	Backup func(context.Context, *kong.Context, BackupOptions) (Report, error)
	// Restore reads a backup into an empty place.
	Restore func(context.Context, *kong.Context, RestoreOptions) (Report, error)
	// Verify checks the journal's chain and its signed checkpoints.
	Verify func(context.Context, *kong.Context, VerifyOptions) (Report, error)
	// Doctor looks at configuration and surroundings.
	Doctor func(context.Context, *kong.Context, DoctorOptions) (Report, error)
	// BreakGlass lets an administrator in who cannot sign in otherwise.
	BreakGlass func(context.Context, *kong.Context, BreakGlassOptions) (Report, error)
}

// Streams is where a long command says what it does.
type Streams struct {
	Out, Err io.Writer
	Version  string
}

// DemoOptions are the flags of demo.
type DemoOptions struct {
	Streams
	Data     string
	Listen   string
	Reset    bool // begin again
	Terminal bool // Err is a terminal

	Dagster     bool   // with a real one, and the gate in front
	DagsterVenv string // the Python environment that it is in; "" has one made
	GateListen  string
}

// BackupOptions are the flags of backup.
type BackupOptions struct {
	Streams
	File string
}

// RestoreOptions are the flags of restore.
type RestoreOptions struct {
	Streams
	File       string
	KeepTokens []string // ids or descriptions of tokens that go on working; all others are suspended
	Owner      string   // e-mail of an owner who gets a new token, shown once
}

// VerifyOptions are the flags of verify.
type VerifyOptions struct {
	Streams
	File string // a database or a backup by itself, without a server
	Head string // a published head, to notice a tail that was cut off
}

// DoctorOptions are the flags of doctor.
type DoctorOptions struct {
	Streams
	Probe bool // only ask the running server whether it is ready
}

// A Report is what a command found or did, line by line.
type Report struct {
	OK    bool         `json:"ok"` // false is exit code 1
	Lines []ReportLine `json:"lines"`
}

// A ReportLine is one finding.
type ReportLine struct {
	State  string `json:"state"` // "ok", "warn", "bad"
	What   string `json:"what"`  // "chain of acme"
	Detail string `json:"detail"`
}

func (w World) configDir() (string, error) {
	if w.ConfigDir != nil {
		return w.ConfigDir()
	}
	return os.UserConfigDir()
}
