package history

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
)

// How many rows a page has where a query does not say, and at most.
const (
	usualLimit = 100
	MaxLimit   = 1000
)

// A Query asks for rows of the audit log, newest first. A list that is empty filters nothing; a row has to have one of each
// list that is not.
type Query struct {
	From, Until time.Time // From <= time < Until; zero: no bound
	// Actors are readable or opaque: "ana@acme.test", "user:usr_…", "rule:sign_on".
	Actors []string
	// Actions are types of events and operations; "grant.*" stands for all that begin so.
	Actions []string
	// Targets are people, teams and tokens, readable or opaque, and paths, which count with all beneath.
	Targets    []string
	Platform   string   // slug
	Deployment string   // "prod", or "dagster/prod"
	Results    []string // "done", "refused", "allowed"
	Via        []string
	EventTypes []string // names of Dagster's audit log, see DagsterEventTypes
	Text       string   // in the row as people read it, with their addresses or their names, without regard to case
	// Journal and Activity choose the source; neither is both.
	Journal, Activity bool
	// Within are the platforms whose rows the reader may see; nil is everything.
	Within []string
	// Cursor is Next of the page before; "" begins with the newest row.
	Cursor string
	Limit  int // 0: 100; at most MaxLimit
}

// A Row is one line that an auditor reads.
type Row = client.AuditRow

// A Page is a part of the audit log.
type Page struct {
	Rows   []Row
	Places []string // Cursor of what comes after each of them
	Next   string   // Cursor of the next page; "" at the end
}

// resultDone is the result of every row of the journal: what was refused is not in it.
const resultDone = "done"

// A position is what of both sources comes next: revisions below one, and activity before another. What is written later
// moves neither.
type position struct {
	Epoch    int64 `json:"e"`
	Revision int64 `json:"r"`
	At       int64 `json:"t"` // microseconds since 1970 UTC
	Batch    int64 `json:"b"`
	Part     int64 `json:"p"`
}

func (p *position) key() *journal.ActivityKey {
	return &journal.ActivityKey{At: time.UnixMicro(p.At).UTC(), Batch: p.Batch, Part: p.Part}
}

func (p *position) text() string {
	text, _ := json.Marshal(p) // numbers can always be written
	return base64.RawURLEncoding.EncodeToString(text)
}

func positionOf(cursor string, epoch int64) (p position, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil || p.Revision < 0 || p.At < 0 || p.At >= endOfTime || p.Batch < 0 || p.Part < 0 {
		return p, fault.New(fault.Invalid, "it is not from an answer to this same question").In("cursor").By("cursor").Rather("pass on next as it came, or begin without it")
	}
	if p.Epoch != epoch {
		return p, fault.New(fault.Conflict, "the history was restored since the page before").In("cursor").By("epoch").Rather("begin again without a cursor")
	}
	return p, nil
}

// endOfTime is the first microsecond of the year 10000, before which the journal's times lie.
const endOfTime = 253402300800000000
