package journal

import (
	"context"
	"database/sql"
	"time"
)

// A Letter waits to be sent. Its body is sealed by whoever queues it.
type Letter struct {
	Organization, ID string
	Body             []byte
	Due              time.Time // not to be sent before
	Attempts         int       // how often it was claimed
	LastError        string
}

// QueueLetter keeps a letter until it is sent. The same one queued again is one letter.
func (j *Journal) QueueLetter(ctx context.Context, l Letter) error {
	if len(l.Body) == 0 {
		return invalid("body", "a letter without a body")
	}
	return j.exec(ctx, "queue a letter", `INSERT INTO outbox (organization, id, body, due, attempts, last_error, dead) VALUES ($1, $2, $3, $4, 0, '', 0)
		ON CONFLICT (organization, id) DO NOTHING`, l.Organization, l.ID, l.Body, l.Due.UnixMicro())
}

// ClaimLetters hands out letters that are due, the longest waiting first, each to one caller. Whoever claims a letter says
// LetterSent or LetterFailed; if it says nothing, the letter is due again after the lease.
func (j *Journal) ClaimLetters(ctx context.Context, now time.Time, lease time.Duration, limit int) (claimed []Letter, err error) {
	err = j.write(ctx, "claim letters", func(tx *sql.Tx) error {
		claimed = nil
		due, err := lettersDue(ctx, tx, now, limit)
		if err != nil {
			return err
		}
		for _, l := range due {
			// Another server may have claimed it since it was read: then it is due at another time.
			result, err := tx.ExecContext(ctx, `UPDATE outbox SET due = $1, attempts = attempts + 1
				WHERE organization = $2 AND id = $3 AND due = $4 AND attempts = $5 AND dead = 0`,
				now.Add(lease).UnixMicro(), l.Organization, l.ID, l.Due.UnixMicro(), l.Attempts)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil {
				return err
			} else if n == 1 {
				l.Due, l.Attempts = micro(now.Add(lease).UnixMicro()), l.Attempts+1
				claimed = append(claimed, l)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

func lettersDue(ctx context.Context, tx *sql.Tx, now time.Time, limit int) (due []Letter, err error) {
	// In one order everywhere, so that two servers cannot wait for each other.
	err = each(ctx, tx, `SELECT organization, id, body, due, attempts, last_error FROM outbox WHERE dead = 0 AND due <= $1 ORDER BY due, organization, id LIMIT $2`,
		func(rows *sql.Rows) error {
			var (
				l  Letter
				at int64
			)
			err := rows.Scan(&l.Organization, &l.ID, &l.Body, &at, &l.Attempts, &l.LastError)
			l.Due = micro(at)
			due = append(due, l)
			return err
		}, now.UnixMicro(), limit)
	return due, err
}

// LetterSent removes a letter.
func (j *Journal) LetterSent(ctx context.Context, organization, id string) error {
	return j.exec(ctx, "remove a letter", `DELETE FROM outbox WHERE organization = $1 AND id = $2`, organization, id)
}

// LetterFailed notes why a letter was not sent and when it is due again. A zero time gives it up: it is dead, and only
// counted until it is pruned.
func (j *Journal) LetterFailed(ctx context.Context, organization, id string, due time.Time, why string) error {
	var again, dead int64
	if due.IsZero() {
		dead = j.options.Now().UnixMicro()
	} else {
		again = due.UnixMicro()
	}
	return j.exec(ctx, "note a letter's failure", `UPDATE outbox SET due = $1, dead = $2, last_error = $3 WHERE organization = $4 AND id = $5`,
		again, dead, why, organization, id)
}

// Letters counts an organization's letters that wait and those that are dead.
func (j *Journal) Letters(ctx context.Context, organization string) (waiting, dead int, err error) {
	err = j.ask(ctx, "count letters", func() error {
		row := j.reader.QueryRowContext(ctx, `SELECT COALESCE(sum(CASE WHEN dead = 0 THEN 1 ELSE 0 END), 0), COALESCE(sum(CASE WHEN dead = 0 THEN 0 ELSE 1 END), 0)
			FROM outbox WHERE organization = $1`, organization)
		return row.Scan(&waiting, &dead)
	})
	return waiting, dead, err
}

// PruneLetters removes, in every organization, the letters that were given up before a moment.
func (j *Journal) PruneLetters(ctx context.Context, before time.Time) error {
	return j.exec(ctx, "prune letters", `DELETE FROM outbox WHERE dead > 0 AND dead < $1`, before.UnixMicro())
}
