package journal

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"
)

// TouchTokens notes when tokens were last used. A time earlier than the one noted changes nothing.
func (j *Journal) TouchTokens(ctx context.Context, organization string, used map[string]time.Time) error {
	tokens := slices.Sorted(maps.Keys(used)) // in one order everywhere, so that two servers cannot wait for each other
	return j.write(ctx, "note the use of tokens", func(tx *sql.Tx) error {
		statement, err := tx.PrepareContext(ctx, `INSERT INTO last_used (organization, token, at) VALUES ($1, $2, $3)
			ON CONFLICT (organization, token) DO UPDATE SET at = excluded.at WHERE excluded.at > last_used.at`)
		if err != nil {
			return err
		}
		defer func() { _ = statement.Close() }()
		for _, token := range tokens {
			if _, err := statement.ExecContext(ctx, organization, token, used[token].UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// TokensUsed returns when each token was last used; one that never was is not in it.
func (j *Journal) TokensUsed(ctx context.Context, organization string) (map[string]time.Time, error) {
	rows, err := j.reader.QueryContext(ctx, `SELECT token, at FROM last_used WHERE organization = $1`, organization)
	if err != nil {
		return nil, j.explain(err, "read the use of tokens")
	}
	defer func() { _ = rows.Close() }()
	used := map[string]time.Time{}
	for rows.Next() {
		var (
			token string
			at    int64
		)
		if err := rows.Scan(&token, &at); err != nil {
			return nil, j.explain(err, "read the use of tokens")
		}
		used[token] = micro(at)
	}
	return used, j.explain(rows.Err(), "read the use of tokens")
}
