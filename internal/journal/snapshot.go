package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bailiwick/internal/fault"
)

// Snapshot is what the rows up to a revision fold to, as its owner encoded it. Hash is that of the row at the revision.
type Snapshot struct {
	Revision, Epoch int64
	At              time.Time
	Hash            [32]byte
	Format          int
	Body            []byte
}

// SaveSnapshot keeps a snapshot; one of the same revision is replaced. It must be of a row that the journal has.
func (j *Journal) SaveSnapshot(ctx context.Context, organization string, s Snapshot) error {
	return j.write(ctx, "save a snapshot", func(tx *sql.Tx) error {
		var at, epoch int64
		row := tx.QueryRowContext(ctx, `SELECT at, epoch FROM journal WHERE organization = $1 AND revision = $2 AND hash = $3`, organization, s.Revision, s.Hash[:])
		switch err := row.Scan(&at, &epoch); {
		case errors.Is(err, sql.ErrNoRows):
			return fault.New(fault.Conflict, "the journal of %s has no row %d with that hash", organization, s.Revision).By("snapshot_of_row")
		case err != nil:
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO snapshot (organization, revision, epoch, at, hash, format, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (organization, revision) DO UPDATE SET epoch = excluded.epoch, at = excluded.at, hash = excluded.hash, format = excluded.format, body = excluded.body`,
			organization, s.Revision, epoch, at, s.Hash[:], s.Format, notNil(s.Body))
		return err
	})
}

// LoadSnapshot returns the newest snapshot at or before a revision (0: the newest of all). One whose row is no longer in
// the journal does not count.
func (j *Journal) LoadSnapshot(ctx context.Context, organization string, atOrBefore int64) (Snapshot, bool, error) {
	if atOrBefore == 0 {
		atOrBefore = 1<<53 - 1
	}
	var (
		s    Snapshot
		at   int64
		hash []byte
	)
	err := j.ask(ctx, "load a snapshot", func() error {
		row := j.reader.QueryRowContext(ctx, `SELECT s.revision, s.epoch, s.at, s.hash, s.format, s.body FROM snapshot s
		JOIN journal j ON j.organization = s.organization AND j.revision = s.revision AND j.hash = s.hash
		WHERE s.organization = $1 AND s.revision <= $2 ORDER BY s.revision DESC LIMIT 1`, organization, atOrBefore)
		return row.Scan(&s.Revision, &s.Epoch, &at, &hash, &s.Format, &s.Body)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Snapshot{}, false, nil
	case err != nil:
		return Snapshot{}, false, err
	}
	s.At = micro(at)
	copy(s.Hash[:], hash)
	return s, true, nil
}

// DeleteSnapshots removes the snapshots before a revision (0: all).
func (j *Journal) DeleteSnapshots(ctx context.Context, organization string, before int64) error {
	if before == 0 {
		before = 1<<53 - 1
	}
	return j.exec(ctx, "delete snapshots", `DELETE FROM snapshot WHERE organization = $1 AND revision < $2`, organization, before)
}
