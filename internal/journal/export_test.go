package journal

import (
	"context"
	"strconv"
)

// LimitPages makes SQLite believe that its disk is nearly full.
func (j *Journal) LimitPages(ctx context.Context, more int) error {
	var pages int
	if err := j.writer.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		return err
	}
	_, err := j.writer.ExecContext(ctx, `PRAGMA max_page_count = `+strconv.Itoa(pages+more))
	return err
}

// RefuseWrites makes SQLite's writer treat the file as one that cannot be written.
func (j *Journal) RefuseWrites(ctx context.Context, refuse bool) error {
	statement := `PRAGMA query_only = 0`
	if refuse {
		statement = `PRAGMA query_only = 1`
	}
	_, err := j.writer.ExecContext(ctx, statement)
	return err
}

// Look wakes the poll.
func (j *Journal) Look() { j.look() }
