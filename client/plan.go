package client

import "time"

// A Document is an access file as it is sent.
type Document struct {
	File     string `json:"file,omitempty"`      // the text, YAML
	FileName string `json:"file_name,omitempty"` // for places in messages: "acme.yaml"
	// Models holds the texts of role models that the file names by a path ("./record.yaml"), by that path.
	Models map[string]string `json:"models,omitempty"`
}

// A DiffRequest is the body of POST /api/v1/diff: two moments, or the facts of now (or of At) and a file.
type DiffRequest struct {
	From When `json:"from,omitzero"` // left out: now
	To   When `json:"to,omitzero"`   // left out: now
	Document
	Reading
}

// A Diff is what differs between two sets of facts: the answer of POST /api/v1/diff.
type Diff struct {
	Difference
	From *Facts `json:"from,omitempty"` // of the older facts, where they are the server's
	Facts
}

// A Difference is objects that differ, and then what counts: who gains and loses which access, worst first.
type Difference struct {
	Changed bool      `json:"changed"`
	At      time.Time `json:"at"` // the moment for which access was compared
	Objects []Object  `json:"objects"`
	Access  []Access  `json:"access"`
	Gained  int       `json:"gained"` // permissions at single resources
	Lost    int       `json:"lost"`
}

// An Object is one thing that was added, removed or changed.
type Object struct {
	Change string `json:"change"` // "added", "removed", "changed"
	Kind   string `json:"kind"`   // "platform", "resource", "user", "service_user", "team", "role", "grant", "test"
	Name   string `json:"name"`
	Detail string `json:"detail,omitempty"`
}

// An Access is what one subject gains and loses alike at several resources.
type Access struct {
	Subject       string   `json:"subject"`
	Under         string   `json:"under"`     // the resource, or the common parent of several
	Resources     []string `json:"resources"` // all that the line stands for
	Gained        []string `json:"gained,omitempty"`
	Lost          []string `json:"lost,omitempty"`
	GainedSummary string   `json:"gained_summary,omitempty"` // for the eye: "runs.*, secrets.edit"
	LostSummary   string   `json:"lost_summary,omitempty"`
}

// A PlanRequest is the body of POST /api/v1/plan.
type PlanRequest struct {
	Document
	// Prune removes what the organization has and the file does not say. Without it, the file only adds and changes.
	Prune bool `json:"prune,omitempty"`
}

// A Plan is what applying a file would change: the answer of POST /api/v1/plan. Where Problems is not empty, apply
// would be refused for them; a file that cannot be read has problems and no difference.
type Plan struct {
	Difference
	Problems []Problem `json:"problems"`
	Prune    bool      `json:"prune"`
	Facts              // that the plan was made on; ExpectedRevision of the apply
}

// An ApplyRequest is the body of POST /api/v1/apply.
type ApplyRequest struct {
	PlanRequest
	Changing
}

// A Change is what a change changed, or with dry_run would change: the answer of apply, of changes, and of every other
// changing verb. Revision and epoch are those after the change.
type Change struct {
	Difference
	DryRun   bool     `json:"dry_run"`
	ChangeID string   `json:"change_id,omitempty"` // none in a dry run
	Results  []Result `json:"results,omitempty"`   // of commands that make or end something, in their order
	Facts
}

// A Result is what a command made or ended. In a dry run ids are left out.
type Result struct {
	Command int    `json:"command"`          // index in commands
	Do      string `json:"do"`               // "user.add"
	ID      string `json:"id,omitempty"`     // opaque id: "usr_…"
	Number  int32  `json:"number,omitempty"` // integer id, where the thing has one
	Secret  string `json:"secret,omitempty"` // of a token or a link: shown here once and never again
	// Ended is the receipt of an off-boarding, a sign-out or a withdrawal: each thing that ended.
	Ended []Ended `json:"ended,omitempty"`
	// Reminder says what is left for people to do: an identity provider still knows the person.
	Reminder string `json:"reminder,omitempty"`
}
