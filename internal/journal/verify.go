package journal

import (
	"context"
	"crypto/ed25519"
	"fmt"
)

// VerifyOptions say what the journal is measured against, beside itself.
type VerifyOptions struct {
	Signers   []ed25519.PublicKey // whose checkpoints count; none: anybody's, which proves less
	Published []Checkpoint        // read by ReadPublished from where the database's owner cannot write
}

// The problems that Verify finds.
const (
	ProblemMissing    = "missing"              // rows are gone from the middle
	ProblemCut        = "tail_cut"             // rows are gone from the end
	ProblemEdited     = "edited"               // facts, or who did it when and how, are not what was hashed
	ProblemPersonal   = "personal_edited"      // personal data is not what was hashed
	ProblemVanished   = "personal_vanished"    // personal data is gone without an erasure
	ProblemInserted   = "inserted"             // a row stands where another belongs
	ProblemReordered  = "reordered"            // two rows changed places
	ProblemBackdated  = "backdated"            // a row is earlier than the one before it
	ProblemEpoch      = "epoch"                // a row is in an epoch that cannot follow
	ProblemDuplicate  = "duplicate"            // a change is there twice, or not whole
	ProblemReplaced   = "replaced"             // the rows agree with each other, but not with a checkpoint
	ProblemCheckpoint = "checkpoint_forged"    // a checkpoint's signature is wrong or not a trusted signer's
	ProblemActivity   = "activity_edited"      // activity is not what was hashed
	ProblemHead       = "head_not_last_record" // the head is not that of the last row
)

// Finding is the first thing that is wrong.
type Finding struct {
	Revision int64
	Problem  string // one of the constants above
	Text     string // for people
}

// Report is what Verify saw.
type Report struct {
	Organization string
	Head         Head     // as computed from the rows
	Rows, Erased int64    // rows read; of these, rows whose personal data was erased
	Checkpoints  int      // compared
	Superseded   int      // of an epoch that was ended before them by a restore: look whether there was one
	Finding      *Finding // nil: nothing is wrong
}

// Verify reads the whole journal of an organization and stops at the first thing that is wrong. An error means that it could
// not be read; what is wrong with it is in the report.
func (j *Journal) Verify(ctx context.Context, organization string, options VerifyOptions) (Report, error) {
	v := verifier{journal: j, report: Report{Organization: organization}, options: options, at: map[int64][]Checkpoint{}}
	err := v.run(ctx, organization)
	if v.report.Finding != nil {
		return v.report, nil
	}
	return v.report, j.explain(err, "verify")
}

// verifier walks the rows; found is returned as an error to end the walk.
type verifier struct {
	journal  *Journal
	options  VerifyOptions
	report   Report
	erased   map[string]bool
	stored   []Checkpoint
	at       map[int64][]Checkpoint
	previous Record
}

// errFound ends a walk whose finding is in the report.
var errFound = fmt.Errorf("found")

func (v *verifier) found(revision int64, problem, format string, args ...any) error {
	v.report.Finding = &Finding{Revision: revision, Problem: problem, Text: fmt.Sprintf(format, args...)}
	return errFound
}

func (v *verifier) run(ctx context.Context, organization string) error {
	j := v.journal
	stored, err := readHead(ctx, j.reader, organization)
	if err != nil {
		return err
	}
	var count, last int64
	row := j.reader.QueryRowContext(ctx, `SELECT count(*), COALESCE(max(revision), 0) FROM journal WHERE organization = $1`, organization)
	if err := row.Scan(&count, &last); err != nil {
		return err
	}
	if v.erased, err = j.erasedIn(ctx, organization); err != nil {
		return err
	}
	if err := v.collect(ctx, organization); err != nil {
		return err
	}
	// Rows beyond their number mean a gap; somebody may have put it astronomically far out.
	until := min(last, count)
	err = j.stream(ctx, selectAll, organization, 0, until, func(r *Record) error { return v.visit(ctx, r) }, func() error { return nil })
	if err != nil {
		return err
	}
	if seen := v.report.Rows; seen < count {
		return v.found(seen+1, ProblemMissing, "row %d is missing", seen+1)
	}
	if err := v.end(ctx, organization, stored); err != nil {
		return err
	}
	return v.activity(ctx, organization)
}

// collect checks the checkpoints' signatures and sorts them by revision.
func (v *verifier) collect(ctx context.Context, organization string) error {
	stored, err := v.journal.Checkpoints(ctx, organization)
	if err != nil {
		return err
	}
	v.stored = stored
	for _, c := range append(append([]Checkpoint(nil), stored...), v.options.Published...) {
		if c.Organization != organization {
			continue
		}
		if !c.signedBy(v.options.Signers) {
			return v.found(c.Revision, ProblemCheckpoint, "the checkpoint at revision %d is not signed by a trusted signer", c.Revision)
		}
		v.at[c.Revision] = append(v.at[c.Revision], c)
		v.report.Checkpoints++
	}
	return nil
}

func (v *verifier) visit(ctx context.Context, r *Record) error {
	before := &v.previous
	expected := before.Revision + 1
	switch {
	case r.Revision != expected:
		return v.found(expected, ProblemMissing, "row %d is missing", expected)
	case r.At.Before(before.At):
		return v.found(r.Revision, ProblemBackdated, "row %d says %s, the row before it %s", r.Revision, r.At, before.At)
	}
	if r.Hash != r.hashAfter(before.Hash) {
		return v.diagnose(ctx, r)
	}
	switch {
	case r.Epoch < before.Epoch || expected > 1 && r.Epoch > before.Epoch+1:
		return v.found(r.Revision, ProblemEpoch, "row %d is in epoch %d, the row before it in %d", r.Revision, r.Epoch, before.Epoch)
	case r.Part != 0 && (r.Part != before.Part+1 || r.Change != before.Change):
		return v.found(r.Revision, ProblemDuplicate, "row %d is part %d of change %s, which does not follow", r.Revision, r.Part, r.Change)
	}
	if err := v.personal(r); err != nil {
		return err
	}
	if err := v.compare(r); err != nil {
		return err
	}
	v.report.Rows++
	v.report.Head = Head{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Hash: r.Hash}
	v.previous = *r
	return nil
}

func (v *verifier) personal(r *Record) error {
	switch {
	case r.Personal != nil || r.salt != nil:
		if r.personalHash != r.hashPersonal() {
			return v.found(r.Revision, ProblemPersonal, "the personal data of row %d was edited", r.Revision)
		}
	case r.personalHash == noPersonal():
	case v.erased[r.Person]:
		v.report.Erased++
	default:
		return v.found(r.Revision, ProblemVanished, "the personal data of row %d is gone, and nobody erased %s", r.Revision, r.Person)
	}
	return nil
}

// compare holds a row against the checkpoints made at it.
func (v *verifier) compare(r *Record) error {
	for _, c := range v.at[r.Revision] {
		switch {
		case c.Epoch < r.Epoch:
			v.report.Superseded++
		case c.Epoch > r.Epoch || c.Hash != r.Hash:
			return v.found(r.Revision, ProblemReplaced, "row %d is not the one of which the checkpoint of %s speaks: the journal was replaced at or before it", r.Revision, c.At)
		}
	}
	return nil
}

// diagnose says what happened to a row whose hash is wrong, by trying whether its neighbour belongs in its place.
func (v *verifier) diagnose(ctx context.Context, r *Record) error {
	next, err := v.journal.readChunk(ctx, selectAll, r.Organization, r.Revision, r.Revision+1, nil)
	if err != nil {
		return err
	}
	if len(next) == 1 {
		moved := next[0]
		moved.Revision = r.Revision
		if moved.Hash == moved.hashAfter(v.previous.Hash) {
			back := *r
			back.Revision = next[0].Revision
			if back.Hash == back.hashAfter(moved.Hash) {
				return v.found(r.Revision, ProblemReordered, "rows %d and %d changed places", r.Revision, back.Revision)
			}
			return v.found(r.Revision, ProblemInserted, "row %d was inserted: the row after it belongs there", r.Revision)
		}
	}
	return v.found(r.Revision, ProblemEdited, "row %d does not fit its hash: its facts or circumstances were edited, or it did not follow row %d", r.Revision, v.previous.Revision)
}

// end compares the last row with the head and with the checkpoints beyond it, and looks for changes that are there twice.
func (v *verifier) end(ctx context.Context, organization string, stored Head) error {
	last := v.report.Head
	for revision, checkpoints := range v.at {
		for _, c := range checkpoints {
			switch {
			case revision <= last.Revision:
			case c.Epoch < last.Epoch:
				v.report.Superseded++
			default:
				return v.found(last.Revision+1, ProblemCut, "the journal ends at row %d; a checkpoint of %s is of row %d", last.Revision, c.At, c.Revision)
			}
		}
	}
	if stored.Revision > last.Revision {
		return v.found(last.Revision+1, ProblemCut, "the journal ends at row %d; its head says %d", last.Revision, stored.Revision)
	}
	if now, err := v.journal.Head(ctx, organization); err != nil {
		return err
	} else if now == stored && stored != last {
		return v.found(last.Revision, ProblemHead, "the head says revision %d of epoch %d with another hash or time than row %d", stored.Revision, stored.Epoch, last.Revision)
	}
	var twice int64
	row := v.journal.reader.QueryRowContext(ctx, `SELECT COALESCE(min(t.second), 0) FROM
		(SELECT max(revision) AS second FROM journal WHERE organization = $1 AND part = 0 GROUP BY change HAVING count(*) > 1) t`, organization)
	if err := row.Scan(&twice); err != nil {
		return err
	}
	if twice > 0 {
		return v.found(twice, ProblemDuplicate, "the change of row %d is in the journal twice", twice)
	}
	return nil
}
