package graphql

import (
	"log/slog"
	"net/http"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/history"
	"bailiwick/internal/paging"
	"bailiwick/internal/signin"
)

// Options are what the door needs from the server. All fields are required.
type Options struct {
	Engine  *decide.Engine
	Changes *change.Service
	Reader  *signin.Reader
	History *history.Recorder
	// CursorKey is a secret of at least 32 bytes that all replicas share: places in lists are sealed with it.
	CursorKey []byte
	Version   string // the server's
	Log       *slog.Logger
}

// A Route is one address that the door answers.
type Route struct {
	Pattern   string // method and path, as http.ServeMux has it
	Operation string // what somebody calls
	MaxBody   int64  // in bytes; what the handler enforces, and what surrounds it must let through
	Handler   http.Handler
}

// heavyAtOnce bounds how many questions are worked on at once whose cost grows with the organization.
const heavyAtOnce = 4

// A door answers.
type door struct {
	Options
	pages *paging.Cursors
	heavy chan struct{}
}

// changeError is what a caller learns of a change that failed.
func (a *asking) changeError(err error, _ ...client.Command) error { return err }
