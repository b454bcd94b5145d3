package client

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// A When names facts: those of a time, or those of a revision. The zero When is now. It travels as a text: "57", or
// "2027-01-31T12:00:00Z".
//
// Of a time that has passed, the facts as they were then are asked; of a time to come, the facts of now, with the grants
// that will be in force at that time. Of a revision, the facts after that row of the journal, at the row's own time.
type When struct {
	Time     time.Time // zero where Revision is set
	Revision int64     // from 1
}

// IsZero tells whether it means now.
func (w When) IsZero() bool { return w.Revision == 0 && w.Time.IsZero() }

// String returns the text; "" for now.
func (w When) String() string {
	switch {
	case w.Revision != 0:
		return strconv.FormatInt(w.Revision, 10)
	case !w.Time.IsZero():
		return w.Time.UTC().Format(time.RFC3339Nano)
	}
	return ""
}

// ParseWhen reads a text: RFC 3339, a day (2027-01-31: its midnight in UTC), a revision from 1, or "" for now.
func ParseWhen(text string) (When, error) {
	if text == "" {
		return When{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && !t.IsZero() {
			return When{Time: t.UTC()}, nil
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 {
		return When{Revision: n}, nil
	}
	return When{}, fmt.Errorf("%q is neither a moment nor a revision; write it as 2027-01-31, 2027-01-31T12:00:00Z or 57", text)
}

// MarshalText writes the text.
func (w When) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads the text.
func (w *When) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWhen(string(text))
	return err
}

// A Reading says which facts a reading verb is about. It travels in the body of a POST, else in the query.
type Reading struct {
	At When `json:"at,omitzero"`
	// AtLeast is a revision that the facts must not be older than; the server waits for it a while, then answers unavailable.
	AtLeast int64 `json:"at_least,omitempty"`
	// Epoch is the epoch that AtLeast and At count in; 0 takes the present one. Another one than the server's is a conflict.
	Epoch int64 `json:"epoch,omitempty"`
}

func (r Reading) query(q url.Values) {
	if !r.At.IsZero() {
		q.Set("at", r.At.String())
	}
	if r.AtLeast != 0 {
		q.Set("at_least", strconv.FormatInt(r.AtLeast, 10))
	}
	if r.Epoch != 0 {
		q.Set("epoch", strconv.FormatInt(r.Epoch, 10))
	}
}

// Facts says which facts an answer was read from; of a file they are zero and left out. The header Bailiwick-Revision
// says the revision as well.
type Facts struct {
	Revision int64 `json:"revision,omitempty"`
	Epoch    int64 `json:"epoch,omitempty"`
}

// A Page says which part of a list is asked for. It travels in the query.
type Page struct {
	After string // Next of the page before; "" for the first
	Limit int    // 0: as many as the server likes (100), at most 1000
}

func (p Page) query(q url.Values) {
	if p.After != "" {
		q.Set("after", p.After)
	}
	if p.Limit != 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
}

// A Changing says how a change is made. It travels in the body of changes and apply, else in the query.
type Changing struct {
	DryRun bool `json:"dry_run,omitempty"` // compare and judge, and change nothing
	// ChangeID is an id of the caller's choosing, unique in the organization: letters, digits and "-", at most 64. The server
	// makes one where it is left out.
	ChangeID string `json:"change_id,omitempty"`
	// ExpectedRevision is the revision that the change was thought out on; at another one it is refused as a conflict. 0: any.
	ExpectedRevision int64 `json:"expected_revision,omitempty"`
}

func (c Changing) query(q url.Values) {
	if c.DryRun {
		q.Set("dry_run", "true")
	}
	if c.ChangeID != "" {
		q.Set("change_id", c.ChangeID)
	}
	if c.ExpectedRevision != 0 {
		q.Set("expected_revision", strconv.FormatInt(c.ExpectedRevision, 10))
	}
}
