package journal

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"
)

// PutSecret keeps a value that must be forgotten one day, and so cannot stand in history: history has its id. The value is
// what the caller made of the secret: a slow hash, or sealed.
func (j *Journal) PutSecret(ctx context.Context, organization, id string, value []byte) error {
	if len(value) == 0 {
		return invalid("value", "a secret without a value")
	}
	return j.exec(ctx, "keep a secret", `INSERT INTO secret (organization, id, at, value) VALUES ($1, $2, $3, $4)
		ON CONFLICT (organization, id) DO UPDATE SET at = excluded.at, value = excluded.value`,
		organization, id, j.options.Now().UnixMicro(), value)
}

// FirstSecret keeps a value unless there is one, and returns the one that is kept: the same for every server that asks.
func (j *Journal) FirstSecret(ctx context.Context, organization, id string, value []byte) (kept []byte, err error) {
	if err := j.exec(ctx, "keep a secret", `INSERT INTO secret (organization, id, at, value) VALUES ($1, $2, $3, $4) ON CONFLICT (organization, id) DO NOTHING`,
		organization, id, j.options.Now().UnixMicro(), value); err != nil {
		return nil, err
	}
	kept, _, err = j.Secret(ctx, organization, id)
	return kept, err
}

// Secret returns a kept value.
func (j *Journal) Secret(ctx context.Context, organization, id string) (value []byte, found bool, err error) {
	err = j.ask(ctx, "read a secret", func() error {
		err := j.reader.QueryRowContext(ctx, `SELECT value FROM secret WHERE organization = $1 AND id = $2`, organization, id).Scan(&value)
		if found = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return value, found, err
}

// DropSecret forgets values.
func (j *Journal) DropSecret(ctx context.Context, organization string, ids ...string) error {
	ids = slices.Sorted(slices.Values(ids))
	return j.write(ctx, "drop secrets", func(tx *sql.Tx) error {
		return repeat(ctx, tx, `DELETE FROM secret WHERE organization = $1 AND id = $2`, len(ids), func(i int) []any {
			return []any{organization, ids[i]}
		})
	})
}

// SecretIDs returns what is kept, and since when. Whoever cleans up what history does not name must spare the young: a
// secret is kept first and named after.
func (j *Journal) SecretIDs(ctx context.Context, organization string) (map[string]time.Time, error) {
	kept := map[string]time.Time{}
	err := j.ask(ctx, "list secrets", func() error {
		return each(ctx, j.reader, `SELECT id, at FROM secret WHERE organization = $1`, func(rows *sql.Rows) error {
			var (
				id string
				at int64
			)
			err := rows.Scan(&id, &at)
			kept[id] = micro(at)
			return err
		}, organization)
	})
	return kept, err
}
