package client

import (
	"context"
	"net/http"
	"time"
)

// A GateActivity is one thing that a gate let through or refused, or several times the same within a minute.
type GateActivity struct {
	At        time.Time `json:"at"`
	Subject   string    `json:"subject"`            // opaque: "user:usr_…", "service_user:svc_…"
	Operation string    `json:"operation"`          // "dagster.launchRun"
	Resource  string    `json:"resource"`           // the path that was decided on
	Result    string    `json:"result"`             // "allowed" or "refused"
	Reason    string    `json:"reason,omitempty"`   // why not, or by which permission
	Revision  int64     `json:"revision,omitempty"` // of the facts that decided
	Took      int64     `json:"took,omitempty"`     // microseconds
	Count     int64     `json:"count,omitempty"`    // how often; 0 counts as 1
	Request   string    `json:"request,omitempty"`  // id of the first one, in the gate's log
}

// A GateBatch is the body of POST /api/v1/gate/activity. The server keeps a batch once, however often it is sent.
type GateBatch struct {
	Batch    string         `json:"batch"` // 16 to 64 letters and digits that the gate has chosen at random
	Activity []GateActivity `json:"activity"`
	Dropped  int64          `json:"dropped,omitempty"` // things since the batch before that the gate had no room to keep
}

// MaxGateBatch is how many activities a batch has at most.
const MaxGateBatch = 1000

// A GateBatchKept is the answer: what was kept, and what of it was not and why.
type GateBatchKept struct {
	Batch   string `json:"batch"`
	Kept    int    `json:"kept"`
	Refused int    `json:"refused,omitempty"` // activities about what is not the gate's to tell of
	Again   bool   `json:"again,omitempty"`   // the batch was there already
}

// A GateToken is the body of POST /api/v1/gate/token: what the caller of a gate has sent it.
type GateToken struct {
	Presented string `json:"presented"`
}

// A GateSubject is whom a token or an address stands for, and what runs are tagged with.
type GateSubject struct {
	Subject string `json:"subject"` // opaque: "user:usr_…"
	Name    string `json:"name"`    // an e-mail address, a service user's name
	Facts
}

// A GateName is the body of POST /api/v1/gate/name: the address that a proxy which the gate trusts vouches for.
type GateName struct {
	Deployment string `json:"deployment"` // the gate's
	Email      string `json:"email"`
}

// GateDiscovered is the body of POST /api/v1/gate/discovered: the code locations that a deployment's upstream has now.
type GateDiscovered struct {
	Deployment string   `json:"deployment"` // "dagster/prod"
	Locations  []string `json:"locations"`  // raw names
}

// SendGateActivity has the server keep a batch of activity. The client's token is the gate's.
func (c *Client) SendGateActivity(ctx context.Context, b GateBatch) (GateBatchKept, error) {
	return do[GateBatchKept](ctx, c, call{method: http.MethodPost, path: "/gate/activity", body: b})
}

// AskGateToken says whose a token is that a gate was sent. The client's token is the gate's.
func (c *Client) AskGateToken(ctx context.Context, token string) (GateSubject, error) {
	return do[GateSubject](ctx, c, call{method: http.MethodPost, path: "/gate/token", body: GateToken{Presented: token}})
}

// AskGateName says who is called by an address. The client's token is that of a gate whose callers a proxy vouches for.
func (c *Client) AskGateName(ctx context.Context, n GateName) (GateSubject, error) {
	return do[GateSubject](ctx, c, call{method: http.MethodPost, path: "/gate/name", body: n})
}

// EndGateSession ends the session at a gate that a secret is of. The client's token is the gate's.
func (c *Client) EndGateSession(ctx context.Context, q GateQuestion) error {
	_, err := do[Facts](ctx, c, call{method: http.MethodPost, path: "/gate/signout", body: q})
	return err
}

// SendGateDiscovered tells which code locations a deployment has. The client's token is the gate's.
func (c *Client) SendGateDiscovered(ctx context.Context, d GateDiscovered) error {
	_, err := do[Facts](ctx, c, call{method: http.MethodPost, path: "/gate/discovered", body: d})
	return err
}
