package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// PutTicket keeps what a one-time code stands for, by the code's hash, until a moment.
func (j *Journal) PutTicket(ctx context.Context, organization, hash string, until time.Time, body []byte) error {
	return j.exec(ctx, "keep a ticket", `INSERT INTO ticket (organization, hash, until, body) VALUES ($1, $2, $3, $4) ON CONFLICT (organization, hash) DO NOTHING`,
		organization, hash, until.UnixMicro(), notNil(body))
}

// FirstTicket tells whether it is the first to ask about a hash, and remembers that until a moment, for every server.
func (j *Journal) FirstTicket(ctx context.Context, hash string, until time.Time) (first bool, err error) {
	err = j.write(ctx, "remember what was used", func(tx *sql.Tx) error {
		first = false
		result, err := tx.ExecContext(ctx, `INSERT INTO ticket (organization, hash, until, body) VALUES ('', $1, $2, $3) ON CONFLICT (organization, hash) DO NOTHING`,
			hash, until.UnixMicro(), []byte{})
		if err != nil {
			return err
		}
		kept, err := result.RowsAffected()
		first = kept == 1
		return err
	})
	return first && err == nil, err
}

// TakeTicket returns a ticket and removes it, so that one caller gets it, once, whichever server he asks. A ticket that is
// over is removed and not found. Where the database's answer is lost nobody gets it.
func (j *Journal) TakeTicket(ctx context.Context, hash string, now time.Time) (organization string, body []byte, found bool, err error) {
	err = j.write(ctx, "take a ticket", func(tx *sql.Tx) error {
		var until int64
		found = false
		err := tx.QueryRowContext(ctx, `DELETE FROM ticket WHERE hash = $1 RETURNING organization, until, body`, hash).Scan(&organization, &until, &body)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil && now.UnixMicro() < until
		return err
	})
	if err != nil || !found {
		return "", nil, false, err
	}
	return organization, body, true, nil
}

// PruneTickets removes, in every organization, the tickets that ended before a moment.
func (j *Journal) PruneTickets(ctx context.Context, before time.Time) error {
	return j.exec(ctx, "prune tickets", `DELETE FROM ticket WHERE until < $1`, before.UnixMicro())
}
