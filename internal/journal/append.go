package journal

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"bailiwick/internal/fault"
)

const (
	attempts     = 10               // how often a busy or lost database is tried: more than there are idle connections, all of which may be dead
	commitAnswer = 10 * time.Second // how long the answer to COMMIT is waited for
	settleTime   = 10 * time.Second // how long an unknown outcome is looked into
)

// A Part is what one organization's journal gets of several that are written together.
type Part struct {
	Organization string
	Expected     int64 // revision at which the journal ends
	Changes      []Change
}

// Append writes all changes in one transaction, in their order, if the organization's journal still ends at revision expected.
// Each entry becomes a row with its own revision. It returns the new head.
//
// A Conflict wraps ErrConflict if the journal ends elsewhere, and ErrDuplicate if it has a change of that id already. When
// the connection is cut, even between COMMIT and its answer, Append finds out what happened before it returns.
func (j *Journal) Append(ctx context.Context, organization string, expected int64, changes ...Change) (Head, error) {
	heads, err := j.AppendTogether(ctx, Part{organization, expected, changes})
	if err != nil {
		return Head{}, err
	}
	return heads[0], nil
}

// AppendTogether is Append to several journals, each of another organization: all of it is written, or nothing. Whoever
// does so to the same journals names them in the same order.
func (j *Journal) AppendTogether(ctx context.Context, parts ...Part) ([]Head, error) {
	if j.options.ReadOnly {
		return nil, fault.New(fault.Unavailable, "journal: append: %s was opened read-only", j.engine.name()).By("read_only")
	}
	if len(parts) == 0 || slices.ContainsFunc(parts, func(p Part) bool { return p.Organization == "" || len(p.Changes) == 0 }) {
		return nil, invalid("changes", "nothing to append, or nowhere")
	}
	var (
		batches = make([]*batch, len(parts))
		unknown bool // an earlier attempt may have been committed
		last    error
	)
	for attempt := range attempts {
		if attempt > 0 && !pause(ctx, attempt) {
			break
		}
		err := j.tryAppend(ctx, parts, batches)
		if err == nil {
			return j.appendedAll(batches), nil
		}
		end := batches[len(batches)-1] // where it is, all are
		trouble := diagnose(err)
		unknown = unknown || trouble == lost && end != nil
		if unknown && j.settle(ctx, end) {
			return j.appendedAll(batches), nil
		}
		if last = err; trouble != busy && trouble != lost {
			break
		}
	}
	if unknown && diagnose(last) == lost {
		return nil, fault.Wrap(fault.Unavailable, last, "journal: append: %s went away, and it is unknown whether change %s was written", j.engine.name(), parts[0].Changes[0].ID).
			By("unknown_outcome").Rather("look for the change with Find once the database is back")
	}
	return nil, j.explain(last, "append")
}

func (j *Journal) appendedAll(batches []*batch) []Head {
	heads := make([]Head, len(batches))
	for i, b := range batches {
		heads[i] = b.head
		j.appended(b.organization, b.head)
	}
	return heads
}

// pause waits a little longer each time; false means that the caller no longer waits.
func pause(ctx context.Context, attempt int) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(attempt*attempt) * 10 * time.Millisecond):
		return true
	}
}

// batch is what one Append writes, computed once so that a second attempt writes the very same rows.
type batch struct {
	organization string
	before       Head
	head         Head
	records      []Record
}

func prepare(organization string, before *Head, changes []Change) (*batch, error) {
	b := &batch{organization: organization, before: *before, head: *before}
	seen := map[string]bool{}
	for i := range changes {
		change := &changes[i]
		if err := change.check(organization, &b.head); err != nil {
			return nil, err
		}
		if seen[change.ID] {
			return nil, duplicate(change.ID)
		}
		seen[change.ID] = true
		if change.Epoch != b.head.Epoch && change.Epoch != b.head.Epoch+1 {
			return nil, fault.Wrap(fault.Conflict, ErrConflict, "change %s was made in epoch %d; the journal is in epoch %d", change.ID, change.Epoch, b.head.Epoch).
				By("epoch").Rather("read the journal again and judge on that")
		}
		for part := range change.Entries {
			b.add(change, part)
		}
	}
	return b, nil
}

func (b *batch) add(change *Change, part int) {
	at := micro(change.At.UnixMicro())
	r := Record{
		Organization: b.organization, Revision: b.head.Revision + 1, Epoch: change.Epoch,
		Change: change.ID, Part: part, Actor: change.Actor, Via: change.Via, Request: change.Request,
		At: at, Entry: change.Entries[part],
	}
	r.link(b.head.Hash)
	b.records = append(b.records, r)
	b.head = Head{Revision: r.Revision, Epoch: r.Epoch, At: at, Hash: r.Hash}
}

func duplicate(id string) error {
	return fault.Wrap(fault.Conflict, ErrDuplicate, "change %s is in the journal already", id).By("change_id")
}

func conflict(expected, found int64) error {
	return fault.Wrap(fault.Conflict, ErrConflict, "the journal ends at revision %d, not %d", found, expected).
		By("expected_revision").Rather("read the journal again and judge on that")
}

func (j *Journal) tryAppend(ctx context.Context, parts []Part, made []*batch) error {
	// The transaction does not hang on ctx: a caller who goes away must not cut a COMMIT whose answer matters.
	life, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	conn, err := j.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(life, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for i := range parts {
		if err := j.writePart(ctx, tx, &parts[i], &made[i]); err != nil {
			return err
		}
	}
	if err := j.engine.notify(ctx, tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	timer := time.AfterFunc(commitAnswer, cut)
	defer timer.Stop()
	if err := tx.Commit(); err != nil {
		if !isAnswer(err) {
			return errors.Join(err, errCutOff)
		}
		return err
	}
	return j.engine.kept()
}

// writePart writes one journal's part. The rows are computed once, while the journal ends where it did.
func (j *Journal) writePart(ctx context.Context, tx *sql.Tx, p *Part, made **batch) error {
	before, err := readHead(ctx, tx, p.Organization)
	if err != nil {
		return err
	}
	if before.Revision != p.Expected {
		return conflict(p.Expected, before.Revision)
	}
	if *made == nil || (*made).before != before {
		if *made, err = prepare(p.Organization, &before, p.Changes); err != nil {
			return err
		}
	}
	if err := (*made).takeHead(ctx, tx); err != nil {
		return err
	}
	return j.insert(ctx, tx, *made, p.Changes)
}

// takeHead moves the head on if it is still where it was: on PostgreSQL a second writer waits here and then finds it gone.
func (b *batch) takeHead(ctx context.Context, tx *sql.Tx) error {
	if b.before.Revision == 0 {
		_, err := tx.ExecContext(ctx, `INSERT INTO head (organization, revision, epoch, at, hash) VALUES ($1, 0, 0, 0, $2) ON CONFLICT (organization) DO NOTHING`,
			b.organization, b.before.Hash[:])
		if err != nil {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, `UPDATE head SET revision = $1, epoch = $2, at = $3, hash = $4 WHERE organization = $5 AND revision = $6 AND hash = $7`,
		b.head.Revision, b.head.Epoch, b.head.At.UnixMicro(), b.head.Hash[:], b.organization, b.before.Revision, b.before.Hash[:])
	if err != nil {
		return err
	}
	if moved, err := result.RowsAffected(); err != nil || moved == 1 {
		return err
	}
	now, err := readHead(ctx, tx, b.organization)
	if err != nil {
		return err
	}
	return conflict(b.before.Revision, now.Revision)
}

const columns = `organization, revision, epoch, change, part, actor, via, request, at, type, version, facts, person, personal, salt, personal_hash, hash`

// insert writes the rows. A change id that is there already is found by asking, not by failing: a failed statement would
// end a transaction of PostgreSQL.
func (j *Journal) insert(ctx context.Context, tx *sql.Tx, b *batch, changes []Change) error {
	for i := range changes {
		_, _, found, err := find(ctx, tx, b.organization, changes[i].ID)
		if err != nil {
			return err
		}
		if found {
			return duplicate(changes[i].ID)
		}
	}
	return j.engine.insert(ctx, tx, "journal", columns, len(b.records), func(i int) []any {
		r := &b.records[i]
		return []any{r.Organization, r.Revision, r.Epoch, r.Change, r.Part, r.Actor, r.Via, r.Request, r.At.UnixMicro(),
			r.Type, r.Version, notNil(r.Facts), r.Person, r.Personal, r.salt, r.personalHash[:], r.Hash[:]}
	})
}

// settle finds out whether a batch with an unknown outcome was committed: whether the journal holds its last row.
func (j *Journal) settle(ctx context.Context, b *batch) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	for attempt := 1; ; attempt++ {
		var count int
		row := j.reader.QueryRowContext(ctx, `SELECT count(*) FROM journal WHERE organization = $1 AND revision = $2 AND hash = $3`,
			b.organization, b.head.Revision, b.head.Hash[:])
		if err := row.Scan(&count); err == nil {
			return count == 1
		}
		if !pause(ctx, attempt) {
			return false
		}
	}
}

// Find returns the first and last revision of a change.
func (j *Journal) Find(ctx context.Context, organization, change string) (first, last int64, found bool, err error) {
	err = j.ask(ctx, "find a change", func() (err error) {
		first, last, found, err = find(ctx, j.reader, organization, change)
		return err
	})
	return first, last, found, err
}

func find(ctx context.Context, db asker, organization, change string) (first, last int64, found bool, err error) {
	row := db.QueryRowContext(ctx, `SELECT count(*), COALESCE(min(revision), 0), COALESCE(max(revision), 0) FROM journal WHERE organization = $1 AND change = $2`,
		organization, change)
	var count int64
	err = row.Scan(&count, &first, &last)
	return first, last, count > 0, err
}
