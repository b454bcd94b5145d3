package journal

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"strings"

	"bailiwick/internal/fault"
)

// table is one table and its columns, in the order of a copy; since which version of the schema there is one, which rows are
// copied, and which columns a version added.
type table struct {
	name, columns string
	since         int64
	where         string
	later         string
	laterSince    int64
}

// of is the table as a version of the schema has it.
func (t table) of(version int64) table {
	if t.later != "" && version >= t.laterSince {
		t.columns += ", " + t.later
	}
	return t
}

// tables lists all that a backup holds. Sessions and tickets are not in it: a restore must not revive them. Nor are the secrets
// of the servers themselves, which a new one makes anew.
func tables() []table {
	return []table{
		{name: "journal", columns: columns},
		{name: "head", columns: "organization, revision, epoch, at, hash"},
		{name: "snapshot", columns: "organization, revision, epoch, at, hash, format, body"},
		{name: "checkpoint", columns: "organization, epoch, revision, hash, at, activity_after, activity_until, activity_hash, signer, signature"},
		{name: "erased", columns: "organization, person, at"},
		{name: "last_used", columns: "organization, token, at"},
		{name: "secret", columns: "organization, id, at, value", since: 2, where: ` WHERE organization NOT LIKE '\_%' ESCAPE '\'`},
		{name: "outbox", columns: "organization, id, body, due, attempts, last_error, dead", since: 2},
		{name: "webhook", columns: "organization, id, epoch, revision, delivered, failures, failing, due", since: 3},
		{name: "activity_batch", columns: "organization, batch, hash"},
		{name: "activity", columns: "organization, batch, part, at, subject, operation, resource, result, reason, times, via, request",
			later: "revision, took", laterSince: decidedSince},
	}
}

// Backup writes the whole database, as it is at one moment, to a new SQLite file, whichever engine it is in. Writing goes on
// meanwhile. The file appears whole or not at all.
func (j *Journal) Backup(ctx context.Context, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Conflict, "%s is there already", path).In("path").Rather("name a new file")
	}
	partial := path + ".partial"
	removeDatabase(partial)
	defer removeDatabase(partial)
	if err := j.engine.backup(ctx, j, partial); err != nil {
		return j.explain(err, "back up")
	}
	if err := errors.Join(syncFile(partial), os.Rename(partial, path)); err != nil {
		return fault.Wrap(fault.Unavailable, err, "journal: back up: %v", err)
	}
	return nil
}

func removeDatabase(path string) {
	for _, suffix := range [...]string{"", "-wal", "-shm", "-journal", ".lock"} {
		_ = os.Remove(path + suffix)
	}
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// copyTo copies every table, seen at one moment, into a new SQLite file.
func (j *Journal) copyTo(ctx context.Context, path string) error {
	target, err := Open(ctx, "sqlite:"+path, Options{Now: j.options.Now, Logger: j.options.Logger})
	if err != nil {
		return err
	}
	if err := errors.Join(copyAll(ctx, j.reader, target.writer, j.version), target.Close()); err != nil {
		return err
	}
	return target.engine.single(ctx)
}

// RestoreInto fills this database, which must be empty, from a backup, and erases again who was erased since: pass the
// erasures of the database that is replaced, or of its published head. No session and no ticket lives on. The caller then
// starts a new epoch.
func (j *Journal) RestoreInto(ctx context.Context, file string, erasures ...Erasure) error {
	if j.options.ReadOnly {
		return fault.New(fault.Unavailable, "journal: restore: %s was opened read-only", j.engine.name()).By("read_only")
	}
	source, err := Open(ctx, "sqlite:"+file, Options{Now: j.options.Now, Logger: j.options.Logger, ReadOnly: true})
	if err != nil {
		return err
	}
	err = copyAll(ctx, source.reader, j.writer, source.version)
	if err := errors.Join(err, source.Close()); err != nil {
		return j.explain(err, "restore")
	}
	if err := j.dropAllSessions(ctx); err != nil {
		return err
	}
	j.look()
	for _, e := range erasures {
		if _, err := j.erase(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// copyAll copies, from a database of a schema's version, in one transaction on each side: all or nothing, and of one moment.
func copyAll(ctx context.Context, from, to *sql.DB, version int64) error {
	source, err := from.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = source.Rollback() }()
	target, err := to.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = target.Rollback() }()
	for _, t := range tables() {
		if t.since > version {
			continue // what was written before there was such a table has nothing of it
		}
		var rows int64
		if err := target.QueryRowContext(ctx, `SELECT count(*) FROM `+t.name).Scan(&rows); err != nil {
			return err
		}
		if rows > 0 {
			return fault.New(fault.Conflict, "the database is not empty: table %s has %d rows", t.name, rows).By("restore_into_empty").Rather("name a new one")
		}
		if err := copyTable(ctx, source, target, t.of(version)); err != nil {
			return err
		}
	}
	return target.Commit()
}

func copyTable(ctx context.Context, from, to *sql.Tx, t table) error {
	rows, err := from.QueryContext(ctx, "SELECT "+t.columns+" FROM "+t.name+t.where)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	width := strings.Count(t.columns, ",") + 1
	statement, err := to.PrepareContext(ctx, "INSERT INTO "+t.name+" ("+t.columns+") VALUES "+binds(1, width))
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }()
	values := make([]any, width)
	targets := make([]any, width)
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if _, err := statement.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}
