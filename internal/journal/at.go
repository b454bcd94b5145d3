package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// RevisionAt returns the last revision written at or before a moment; 0 where there is none.
func (j *Journal) RevisionAt(ctx context.Context, organization string, at time.Time) (int64, error) {
	var revision int64
	row := j.reader.QueryRowContext(ctx, `SELECT revision FROM journal WHERE organization = $1 AND at <= $2 ORDER BY revision DESC LIMIT 1`, organization, at.UnixMicro())
	if err := row.Scan(&revision); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, j.explain(err, "find the revision at a moment")
	}
	return revision, nil
}
