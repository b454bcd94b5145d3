package journal

import (
	"context"
	"database/sql"
	"slices"

	"bailiwick/internal/fault"
)

// write runs work in a transaction, again if the database was busy or went away. Work must not mind being done twice: the
// outcome of the first time may be unknown. Append, which does mind, has its own way.
func (j *Journal) write(ctx context.Context, doing string, work func(tx *sql.Tx) error) error {
	if j.options.ReadOnly {
		return fault.New(fault.Unavailable, "journal: %s: %s was opened read-only", doing, j.engine.name()).By("read_only")
	}
	var last error
	for attempt := range attempts {
		if attempt > 0 && !pause(ctx, attempt) {
			break
		}
		last = j.transact(ctx, work)
		if last == nil || !slices.Contains([]trouble{busy, lost}, diagnose(last)) {
			break
		}
	}
	return j.explain(last, doing)
}

func (j *Journal) transact(ctx context.Context, work func(tx *sql.Tx) error) error {
	tx, err := j.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return j.engine.kept()
}

func (j *Journal) exec(ctx context.Context, doing, query string, args ...any) error {
	return j.write(ctx, doing, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// ask reads, again if the connection was one that the database had cut.
func (j *Journal) ask(ctx context.Context, doing string, read func() error) error {
	var last error
	for attempt := range attempts {
		if attempt > 0 && !pause(ctx, 1) {
			break
		}
		if last = read(); last == nil || diagnose(last) != lost {
			break
		}
	}
	return j.explain(last, doing)
}
