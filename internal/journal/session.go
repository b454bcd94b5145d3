package journal

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"
)

// PreviousFor is how long a session's secret before the last rotation still finds it: for requests that were under way.
const PreviousFor = 10 * time.Second

// A Session is somebody's signed-in browser. Its secret is not kept, only the secret's hash.
type Session struct {
	ID       string // "ses_…"
	User     string
	Hash     string    // of the present secret
	Previous string    // of the one before the last rotation; "" where there was none
	Given    time.Time // when the present secret was given
	Rights   string    // stamp of the user's roles then
	Started  time.Time
	Seen     time.Time
	Until    time.Time // the latest end, whatever happens
	Parent   string    // the session that this one hangs on; ""
	Audience string    // the origin that it is for; "": our own
	Method   string    // how the user signed in
	Address  string
	Agent    string
}

const sessionColumns = `organization, id, person, hash, previous, given, rights, started, seen, until, parent, audience, method, address, agent`

// PutSession keeps a new session, or the same one again.
func (j *Journal) PutSession(ctx context.Context, organization string, s Session) error {
	return j.exec(ctx, "keep a session", `INSERT INTO session (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (organization, id) DO NOTHING`,
		organization, s.ID, s.User, s.Hash, s.Previous, s.Given.UnixMicro(), s.Rights, s.Started.UnixMicro(), s.Seen.UnixMicro(), s.Until.UnixMicro(),
		s.Parent, s.Audience, s.Method, s.Address, s.Agent)
}

// SessionByHash finds a session by the hash of its secret, or of the secret before the last rotation while that is young.
func (j *Journal) SessionByHash(ctx context.Context, hash string) (organization string, s Session, found bool, err error) {
	return j.session(ctx, `hash = $1 OR previous = $1 AND previous <> '' AND given >= $2`, hash, j.options.Now().Add(-PreviousFor).UnixMicro())
}

// SessionByID finds a session by its id.
func (j *Journal) SessionByID(ctx context.Context, organization, id string) (s Session, found bool, err error) {
	_, s, found, err = j.session(ctx, `organization = $1 AND id = $2`, organization, id)
	return s, found, err
}

func (j *Journal) session(ctx context.Context, where string, args ...any) (organization string, s Session, found bool, err error) {
	err = j.ask(ctx, "read a session", func() (err error) {
		organization, s, err = scanSession(j.reader.QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM session WHERE `+where, args...))
		if found = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return organization, s, found, err
}

func scanSession(row interface{ Scan(into ...any) error }) (organization string, s Session, err error) {
	var given, started, seen, until int64
	err = row.Scan(&organization, &s.ID, &s.User, &s.Hash, &s.Previous, &given, &s.Rights, &started, &seen, &until,
		&s.Parent, &s.Audience, &s.Method, &s.Address, &s.Agent)
	s.Given, s.Started, s.Seen, s.Until = micro(given), micro(started), micro(seen), micro(until)
	return organization, s, err
}

// SessionsOf lists a user's sessions, newest first; everybody's where the user is "".
func (j *Journal) SessionsOf(ctx context.Context, organization, user string) ([]Session, error) {
	var all []Session
	err := j.ask(ctx, "list sessions", func() error {
		all = nil
		return each(ctx, j.reader, `SELECT `+sessionColumns+` FROM session WHERE organization = $1 AND (person = $2 OR $2 = '') ORDER BY started DESC, id`,
			func(rows *sql.Rows) error {
				_, s, err := scanSession(rows)
				all = append(all, s)
				return err
			}, organization, user)
	})
	return all, err
}

// RotateSession gives a session a new secret in place of an old one. It tells whether this call did so: somebody else may
// have been quicker.
func (j *Journal) RotateSession(ctx context.Context, organization, id, oldHash, newHash, rights string, at time.Time) (rotated bool, err error) {
	err = j.write(ctx, "rotate a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET previous = hash, hash = $1, rights = $2, given = $3 WHERE organization = $4 AND id = $5 AND hash = $6`,
			newHash, rights, at.UnixMicro(), organization, id, oldHash)
		if err != nil {
			return err
		}
		// Asked, not counted: an earlier attempt may have done it, and its answer got lost.
		var count int
		row := tx.QueryRowContext(ctx, `SELECT count(*) FROM session WHERE organization = $1 AND id = $2 AND hash = $3`, organization, id, newHash)
		err = row.Scan(&count)
		rotated = count == 1
		return err
	})
	return rotated && err == nil, err
}

// TouchSessions notes when sessions were last used. A time earlier than the one noted changes nothing.
func (j *Journal) TouchSessions(ctx context.Context, organization string, seen map[string]time.Time) error {
	ids := slices.Sorted(maps.Keys(seen)) // in one order everywhere, so that two servers cannot wait for each other
	return j.write(ctx, "note the use of sessions", func(tx *sql.Tx) error {
		return repeat(ctx, tx, `UPDATE session SET seen = $1 WHERE organization = $2 AND id = $3 AND seen < $1`, len(ids), func(i int) []any {
			return []any{seen[ids[i]].UnixMicro(), organization, ids[i]}
		})
	})
}

// DropSessions removes sessions, and those that hang on them.
func (j *Journal) DropSessions(ctx context.Context, organization string, ids ...string) error {
	ids = slices.Sorted(slices.Values(ids))
	return j.write(ctx, "drop sessions", func(tx *sql.Tx) error {
		return repeat(ctx, tx, `DELETE FROM session WHERE organization = $1 AND (id = $2 OR parent = $2 AND parent <> '')`, len(ids), func(i int) []any {
			return []any{organization, ids[i]}
		})
	})
}

// PruneSessions removes, in every organization, the sessions whose latest end was before a moment.
func (j *Journal) PruneSessions(ctx context.Context, before time.Time) error {
	return j.exec(ctx, "prune sessions", `DELETE FROM session WHERE until < $1`, before.UnixMicro())
}

// dropAllSessions ends everything of sign-in that a restore must not find.
func (j *Journal) dropAllSessions(ctx context.Context) error {
	return j.write(ctx, "drop all sessions", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session`)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM ticket`)
		}
		return err
	})
}

// repeat runs one statement so many times.
func repeat(ctx context.Context, tx *sql.Tx, query string, times int, args func(i int) []any) error {
	statement, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }()
	for i := range times {
		if _, err := statement.ExecContext(ctx, args(i)...); err != nil {
			return err
		}
	}
	return nil
}
