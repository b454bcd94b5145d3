package journal

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"bailiwick/internal/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options say how to open a journal.
type Options struct {
	Now      func() time.Time // the clock; required
	Logger   *slog.Logger     // nil: silent
	ReadOnly bool             // never writes, not even the schema; takes no lock, so it may look at a journal in use
}

// Journal is an open database. Its methods may be used by many goroutines.
type Journal struct {
	engine  engine
	options Options
	writer  *sql.DB // SQLite: one connection; PostgreSQL: the same pool as reader
	reader  *sql.DB
	lock    *fileLock
	version int64 // of the schema that was found; only where it is read-only can it be an older one

	contact atomic.Int64  // microseconds at which the last successful read of the heads began
	wake    chan struct{} // holds one token: look at the heads now
	cancel  context.CancelFunc
	stopped sync.WaitGroup

	mu       sync.Mutex
	heads    map[string]Head
	watchers map[*watcher]struct{}
}

// Open opens "sqlite:PATH" or "postgres://…" and brings its schema up to date. It refuses a schema that is newer than this
// program, and a SQLite file that another process writes.
func Open(ctx context.Context, database string, options Options) (*Journal, error) {
	if options.Now == nil {
		return nil, invalid("now", "a journal needs a clock")
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	engine, err := engineOf(database)
	if err != nil {
		return nil, err
	}
	j := &Journal{
		engine: engine, options: options,
		wake: make(chan struct{}, 1), heads: map[string]Head{}, watchers: map[*watcher]struct{}{},
	}
	if err := j.open(ctx); err != nil {
		_ = j.Close()
		return nil, err
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	j.cancel = cancel
	j.stopped.Go(func() { j.poll(background) })
	j.stopped.Go(func() { j.engine.listen(background, j.options.Logger, j.look) })
	return j, nil
}

func (j *Journal) open(ctx context.Context) (err error) {
	if !j.options.ReadOnly {
		if j.lock, err = j.engine.lock(); err != nil {
			return err
		}
	}
	if j.writer, j.reader, err = j.engine.open(j.options.ReadOnly); err != nil {
		return err
	}
	if err := j.engine.inspect(ctx, j.writer, j.options.Logger); err != nil {
		return j.explain(err, "open")
	}
	if err := j.migrate(ctx); err != nil {
		return j.explain(err, "open")
	}
	return j.readHeads(ctx)
}

// migrate applies what is missing of the schema; when reading only, it merely compares the versions.
func (j *Journal) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(j.engine.goose(), j.writer, files, j.engine.gooseOptions()...)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	known := sources[len(sources)-1].Version
	var stored int64
	if j.options.ReadOnly {
		if err := j.writer.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&stored); err != nil {
			return fault.Wrap(fault.NotFound, err, "there is no journal in %s", j.engine.name())
		}
	} else if stored, err = provider.GetDBVersion(ctx); err != nil {
		return err
	}
	// An older one is read as it is: what later versions added are tables and columns beside the journal.
	if stored > known {
		return fault.New(fault.Invalid, "the database has schema version %d; this program knows version %d", stored, known).
			By("schema_version").Rather("use the program that wrote it, or a newer one")
	}
	if j.options.ReadOnly {
		j.version = stored
		return nil
	}
	j.version = known
	_, err = provider.Up(ctx)
	return err
}

// Close stops watching and closes the database. Channels of Watch are closed.
func (j *Journal) Close() error {
	if j.cancel != nil {
		j.cancel()
	}
	j.stopped.Wait()
	j.dismissAll()
	var problems []error
	if j.reader != nil {
		problems = append(problems, j.reader.Close())
	}
	if j.writer != nil && j.writer != j.reader {
		problems = append(problems, j.writer.Close())
	}
	problems = append(problems, j.lock.release())
	return errors.Join(problems...)
}

// Organizations lists those that have a journal, in the order of their bytes.
func (j *Journal) Organizations(ctx context.Context) ([]string, error) {
	var all []string
	err := j.ask(ctx, "list organizations", func() error {
		all = nil
		return each(ctx, j.reader, `SELECT organization FROM head WHERE revision > 0`, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			all = append(all, name)
			return err
		})
	})
	slices.Sort(all) // not in SQL: the order of texts differs between databases
	return all, err
}

// Head returns the end of an organization's journal; of one that has none, revision 0.
func (j *Journal) Head(ctx context.Context, organization string) (Head, error) {
	var (
		began time.Time
		head  Head
	)
	err := j.ask(ctx, "read the head", func() (err error) {
		began = j.options.Now()
		head, err = readHead(ctx, j.reader, organization)
		return err
	})
	if err != nil {
		return Head{}, err
	}
	j.contacted(began)
	return head, nil
}

// asker is a database, a connection or a transaction.
type asker interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func readHead(ctx context.Context, db asker, organization string) (Head, error) {
	var (
		head Head
		at   int64
		hash []byte
	)
	row := db.QueryRowContext(ctx, `SELECT revision, epoch, at, hash FROM head WHERE organization = $1`, organization)
	switch err := row.Scan(&head.Revision, &head.Epoch, &at, &hash); {
	case errors.Is(err, sql.ErrNoRows):
		return Head{}, nil
	case err != nil:
		return Head{}, err
	}
	if head.Revision > 0 {
		head.At = micro(at)
	}
	copy(head.Hash[:], hash)
	return head, nil
}
