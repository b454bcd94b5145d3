package gate

import (
	"context"
	"net/http"
	"time"

	"bailiwick/access"
	"bailiwick/internal/signin"
)

// An Authority knows who is who, who may do what, and where to tell what was done. There are two: one with the server's own state, and
// one that follows a feed from another host. Errors are faults: Unauthenticated where a credential does not work, Unavailable
// where nothing fresh enough is known; a gate lets nothing through on either.
type Authority interface {
	// Facts returns what decisions are made on, as fresh as the bound demands, else Unavailable.
	Facts(ctx context.Context) (Facts, error)
	// Changed waits until the facts have a revision above one that is known, and returns theirs.
	Changed(ctx context.Context, known int64) (int64, error)
	// BySession judges the secret of a session at a gate's origin.
	BySession(ctx context.Context, origin, secret string) (*Caller, error)
	// ByToken judges a request's Authorization header. Users and service users only.
	ByToken(r *http.Request) (*Caller, error)
	// ByName is the active user with an e-mail address that a trusted proxy vouches for. It creates nobody.
	ByName(ctx context.Context, email string) (*Caller, error)
	// Enter exchanges the code that a browser brought from the server's sign-in, with the hash of what the gate keeps in that
	// browser, and returns the cookie of a session at the gate's origin.
	Enter(ctx context.Context, origin, code, state string) (*http.Cookie, error)
	// Leave ends the caller's session.
	Leave(ctx context.Context, c *Caller) error
	// Hold watches over an answer that stays open: its context ends with the cause when the caller's credential does. Release is
	// called at the end.
	Hold(ctx context.Context, c *Caller) (until context.Context, release func())
	// Record tells what was done or refused. It does not block.
	Record(a Activity)
	// Discovered tells which code locations a deployment's upstream has now.
	Discovered(ctx context.Context, deployment string, locations []string) error
}

// A Caller is who sends a request through a gate.
type Caller struct {
	*signin.Caller
	Name string // what runs are tagged with: an e-mail address, a service user's name; the opaque id where the gate is not told names
}

// Facts are a state to decide on. They do not change.
type Facts struct {
	Snapshot *access.Snapshot
	Revision int64
	At       time.Time // the decision's time: the later of the clock and the last row's
}

// An Activity is one thing that a gate let through or refused.
type Activity struct {
	At        time.Time
	Subject   access.Subject
	Operation string // "dagster.launchRun", "dagster.report_asset_materialization"
	Resource  string // the path that was decided on: "dagster/prod/etl"
	Allowed   bool
	Reason    string        // why not, or with which permission
	Revision  int64         // of the facts that decided
	Duration  time.Duration // from the request's first byte to the answer's first
	Request   string        // the id that is in the gate's log
}
