package journal

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"bailiwick/internal/fault"
)

// ErrConflict is the cause of a Conflict when somebody else appended first: judge again on the newer head.
var ErrConflict = errors.New("the journal has moved on")

// ErrDuplicate is the cause of a Conflict when a change of that id is in the journal already.
var ErrDuplicate = errors.New("the change is in the journal already")

// Head is the end of an organization's journal. Revision 0 means that it is empty.
type Head struct {
	Revision, Epoch int64
	At              time.Time
	Hash            [32]byte
}

// Entry is one thing that happened, as its owner encoded it.
type Entry struct {
	Type     string
	Version  int
	Facts    []byte // opaque ids and rules; never erased
	Personal []byte // names, addresses, free text; nil after erasure
	Person   string // opaque id of whom Personal is about; "" if nobody
}

// Change is what one actor did at once: all of its entries are in the journal, or none.
type Change struct {
	Organization string
	ID           string // unique in the organization's journal
	Actor        string // who did it
	Via          string // the door: "api", "cli", "setup"
	Request      string // id of the request, for logs
	At           time.Time
	Epoch        int64 // the head's, or one more
	Entries      []Entry
}

// Record is one row of the journal.
type Record struct {
	Organization    string
	Revision, Epoch int64
	Change          string
	Part            int // place of the entry in its change, from 0
	Actor, Via      string
	Request         string
	At              time.Time
	Entry
	Hash [32]byte // of everything above, of the row before, and of Personal with a salt: so it outlives erasure

	salt         []byte
	personalHash [32]byte
}

// check says what is wrong with a change that is to follow head.
func (c *Change) check(organization string, head *Head) error {
	switch {
	case c.Organization != organization:
		return invalid("organization", "the change is for %q, the journal is that of %q", c.Organization, organization)
	case c.ID == "":
		return invalid("id", "a change without an id")
	case len(c.Entries) == 0:
		return invalid("entries", "a change without entries")
	case c.At.UnixMicro() < 0 || c.At.UnixMicro() >= endOfTime:
		return invalid("at", "%s is not between 1970 and 9999", c.At)
	case head.Revision > 0 && c.At.UnixMicro() < head.At.UnixMicro():
		return invalid("at", "%s is before the row it would follow, of %s", c.At.UTC().Format(time.RFC3339Nano), head.At.Format(time.RFC3339Nano)).
			By("journal_time").Rather("pass the later of the clock and the head's time")
	}
	for _, text := range [...]string{c.Organization, c.ID, c.Actor, c.Via, c.Request} {
		if err := checkText(text); err != nil {
			return err
		}
	}
	for i := range c.Entries {
		if err := c.Entries[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (e *Entry) check() error {
	switch {
	case e.Type == "":
		return invalid("type", "an entry without a type")
	case e.Version < 0 || e.Version >= 1<<31:
		return invalid("version", "%d is not a version", e.Version)
	case e.Person == "" && len(e.Personal) > 0:
		return invalid("person", "personal data of nobody could never be erased").Rather("name the person")
	}
	if err := checkText(e.Type); err != nil {
		return err
	}
	return checkText(e.Person)
}

// endOfTime is the first microsecond of the year 10000, as in the tables' checks.
const endOfTime = 253402300800000000

// checkText refuses what PostgreSQL would refuse and SQLite would store.
func checkText(text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return invalid("", "the text %q is not plain UTF-8", text)
	}
	return nil
}

func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In(field)
}

func micro(us int64) time.Time { return time.UnixMicro(us).UTC() }
