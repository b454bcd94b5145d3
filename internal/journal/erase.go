package journal

import (
	"context"
	"database/sql"
	"time"
)

// Erasure remembers whose personal data was erased, by opaque id, so that a restore of an older backup erases it again.
type Erasure struct {
	Organization string
	Person       string
	At           time.Time
}

// Erase removes the personal data of a person, and the organization's snapshots, which may hold it: the caller saves a new
// one. Facts and hashes stay, so the chain still verifies. It returns how many rows lost data.
func (j *Journal) Erase(ctx context.Context, organization, person string) (int64, error) {
	if person == "" {
		return 0, invalid("person", "nobody is named")
	}
	return j.erase(ctx, Erasure{Organization: organization, Person: person, At: j.options.Now()})
}

func (j *Journal) erase(ctx context.Context, e Erasure) (rows int64, err error) {
	err = j.write(ctx, "erase", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE journal SET personal = NULL, salt = NULL WHERE organization = $1 AND person = $2 AND salt IS NOT NULL`,
			e.Organization, e.Person)
		if err != nil {
			return err
		}
		if rows, err = result.RowsAffected(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM snapshot WHERE organization = $1`, e.Organization); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO erased (organization, person, at) VALUES ($1, $2, $3) ON CONFLICT (organization, person) DO UPDATE SET at = excluded.at`,
			e.Organization, e.Person, e.At.UnixMicro())
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := j.engine.scrub(ctx, j.writer); err != nil {
		// The rows are erased; old pages may keep their bytes until they are used again.
		j.options.Logger.WarnContext(ctx, "erased data may still lie in unused pages of the database", "error", err)
	}
	return rows, nil
}

// Erasures lists who was erased, in every organization.
func (j *Journal) Erasures(ctx context.Context) ([]Erasure, error) {
	rows, err := j.reader.QueryContext(ctx, `SELECT organization, person, at FROM erased ORDER BY at`)
	if err != nil {
		return nil, j.explain(err, "list erasures")
	}
	defer func() { _ = rows.Close() }()
	var all []Erasure
	for rows.Next() {
		var (
			e  Erasure
			at int64
		)
		if err := rows.Scan(&e.Organization, &e.Person, &at); err != nil {
			return nil, j.explain(err, "list erasures")
		}
		e.At = micro(at)
		all = append(all, e)
	}
	return all, j.explain(rows.Err(), "list erasures")
}

func (j *Journal) erasedIn(ctx context.Context, organization string) (map[string]bool, error) {
	all, err := j.Erasures(ctx)
	people := map[string]bool{}
	for _, e := range all {
		if e.Organization == organization {
			people[e.Person] = true
		}
	}
	return people, err
}
