package journal

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bailiwick/internal/fault"
)

// engine is the one place that knows which database it is.
type engine struct {
	path   string          // SQLite's file; "" for PostgreSQL
	server *pgx.ConnConfig // PostgreSQL
}

const (
	readers = 8  // connections that read SQLite at once
	clients = 16 // connections to PostgreSQL
)

// engineOf reads the address of a database.
func engineOf(database string) (engine, error) {
	if path, found := strings.CutPrefix(database, "sqlite:"); found {
		if path == "" {
			return engine{}, invalid("database", "%q names no file", database).Rather("write sqlite:PATH")
		}
		path, err := filepath.Abs(path)
		return engine{path: path}, err
	}
	if strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://") {
		config, err := pgx.ParseConfig(database)
		if err != nil {
			// The cause may quote the address, and with it a password: it is not passed on.
			return engine{}, invalid("database", "the postgres:// address cannot be read").Rather("write postgres://USER@HOST/NAME")
		}
		if config.ConnectTimeout == 0 {
			config.ConnectTimeout = 5 * time.Second
		}
		if config.RuntimeParams["application_name"] == "" {
			config.RuntimeParams["application_name"] = "bailiwick"
		}
		return engine{server: config}, nil
	}
	return engine{}, invalid("database", "an address of no kind that is known").Rather("write sqlite:PATH or postgres://USER@HOST/NAME")
}

func (e engine) sqlite() bool { return e.path != "" }

func (e engine) name() string {
	if e.sqlite() {
		return e.path
	}
	return "PostgreSQL database " + e.server.Database + " on " + e.server.Host
}

func (e engine) goose() goose.Dialect {
	if e.sqlite() {
		return goose.DialectSQLite3
	}
	return goose.DialectPostgres
}

func (e engine) gooseOptions() []goose.ProviderOption {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	if !e.sqlite() {
		if locker, err := lock.NewPostgresSessionLocker(); err == nil { // two replicas may start at once
			options = append(options, goose.WithSessionLocker(locker))
		}
	}
	return options
}

// lock keeps a second process from writing the same file. PostgreSQL has writers on purpose.
func (e engine) lock() (*fileLock, error) {
	if !e.sqlite() {
		return nil, nil
	}
	return acquire(e.path)
}

// open returns the pool that writes and the pool that reads.
func (e engine) open(readOnly bool) (writer, reader *sql.DB, err error) {
	if !e.sqlite() {
		config := e.server.Copy()
		if readOnly {
			config.RuntimeParams["default_transaction_read_only"] = "on"
		}
		db := stdlib.OpenDB(*config)
		db.SetMaxOpenConns(clients)
		db.SetMaxIdleConns(clients / 2)
		return db, db, nil
	}
	if readOnly {
		// sqlite would report a missing file as "unable to open"; and Stat, unlike Open, does not disturb its locks.
		if _, err := os.Stat(e.path); err != nil {
			return nil, nil, fault.Wrap(fault.NotFound, err, "there is no journal at %s", e.path)
		}
	}
	if reader, err = sql.Open("sqlite", e.dsn("mode=ro", "_pragma=query_only(1)")); err != nil {
		return nil, nil, err
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	if readOnly {
		return reader, reader, nil
	}
	writer, err = sql.Open("sqlite", e.dsn("mode=rwc", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)", "_pragma=secure_delete(1)", "_txlock=immediate"))
	if err != nil {
		return nil, reader, err
	}
	writer.SetMaxOpenConns(1)
	return writer, reader, nil
}

func (e engine) dsn(parts ...string) string {
	parts = append(parts, "_pragma=busy_timeout(2000)", "_pragma=foreign_keys(1)")
	address := url.URL{Scheme: "file", OmitHost: true, Path: e.path}
	return address.String() + "?" + strings.Join(parts, "&")
}

// rowsAtOnce is how many rows one INSERT takes: PostgreSQL wants few messages; SQLite has none, and the driver's search for
// a named argument grows with their number.
func (e engine) rowsAtOnce() int {
	if e.sqlite() {
		return 1
	}
	return 100
}

// inspect refuses a server that acknowledges what it has not written.
func (e engine) inspect(ctx context.Context, db *sql.DB, logger *slog.Logger) error {
	if e.sqlite() {
		return db.PingContext(ctx)
	}
	var commit, sync, encoding string
	row := db.QueryRowContext(ctx, `SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('server_encoding')`)
	if err := row.Scan(&commit, &sync, &encoding); err != nil {
		return err
	}
	if commit == "off" {
		return invalid("database", "synchronous_commit is off: acknowledged changes could be lost").Rather("set it to on for this database")
	}
	if encoding != "UTF8" {
		return invalid("database", "its encoding is %s", encoding).Rather("create it with ENCODING 'UTF8'")
	}
	if sync == "off" {
		logger.WarnContext(ctx, "PostgreSQL runs with fsync off: a crash of its host can lose the journal")
	}
	return nil
}

// notify tells other processes, when the transaction commits, that the journal grew. It is a hint; polling is the truth.
func (e engine) notify(ctx context.Context, tx *sql.Tx) error {
	if e.sqlite() {
		return nil
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_notify('bailiwick_journal', '')`)
	return err
}

// scrub makes what was erased unreadable in the files too, as far as the engine can.
func (e engine) scrub(ctx context.Context, db *sql.DB) error {
	statement := `VACUUM journal, snapshot`
	if e.sqlite() { // the pages were overwritten (secure_delete); now the log that has the old ones goes
		statement = `PRAGMA wal_checkpoint(TRUNCATE)`
	}
	_, err := db.ExecContext(ctx, statement)
	return err
}

// backup writes the whole database to a new SQLite file. SQLite's own is not copied as a file: opening and closing it beside
// SQLite would drop SQLite's locks.
func (e engine) backup(ctx context.Context, j *Journal, path string) error {
	if !e.sqlite() {
		return j.copyTo(ctx, path)
	}
	// A connection of its own: VACUUM INTO writes, which readers may not, and takes long, for which the writer has no time.
	return e.alone(ctx, "mode=ro", `VACUUM INTO $1`, path)
}

// single makes a SQLite file independent of a log beside it, so that a backup is one file, readable where nothing can be written.
func (e engine) single(ctx context.Context) error {
	return e.alone(ctx, "mode=rw", `PRAGMA journal_mode = DELETE`)
}

// alone runs one statement on a connection of its own to a SQLite file.
func (e engine) alone(ctx context.Context, mode, statement string, args ...any) error {
	db, err := sql.Open("sqlite", e.dsn(mode))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statement, args...)
	return errors.Join(err, db.Close())
}

// listen calls wake for each hint, until ctx is done.
func (e engine) listen(ctx context.Context, logger *slog.Logger, wake func()) {
	if e.sqlite() {
		return
	}
	for ctx.Err() == nil {
		err := e.hear(ctx, wake)
		if ctx.Err() != nil {
			return
		}
		logger.WarnContext(ctx, "the connection that hears of changes was lost; polling goes on", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (e engine) hear(ctx context.Context, wake func()) error {
	conn, err := pgx.ConnectConfig(ctx, e.server.Copy())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN bailiwick_journal"); err != nil {
		return err
	}
	for {
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
		wake()
	}
}

// trouble is what a failed statement means, whichever engine it was.
type trouble uint8

const (
	defect   trouble = iota // ours, or damage
	busy                    // try again
	lost                    // the connection went; the outcome is unknown
	full                    // no space
	readonly                // the database takes no writes
	failing                 // the disk or server has a problem
	damaged                 // the file is not what it was
)

// isAnswer tells whether an error is what the database said, rather than that it said nothing.
func isAnswer(err error) bool {
	var lite *sqlite.Error
	var server *pgconn.PgError
	return errors.As(err, &lite) || errors.As(err, &server) && diagnose(err) != lost
}

// diagnose classifies an error of either driver.
func diagnose(err error) trouble {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return diagnoseSQLite(lite.Code() & 0xff)
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return diagnosePostgres(server.Code)
	}
	switch {
	case errors.Is(err, errTaken):
		return busy
	case isConnection(err):
		return lost
	}
	return defect
}

func diagnoseSQLite(code int) trouble {
	switch code {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return busy
	case sqlite3.SQLITE_FULL:
		return full
	case sqlite3.SQLITE_READONLY:
		return readonly
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM:
		return failing
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damaged
	}
	return defect
}

// diagnosePostgres reads an SQLSTATE.
func diagnosePostgres(code string) trouble {
	switch {
	case code == "40001", code == "40P01", code == "55P03":
		return busy
	case code == "25006":
		return readonly
	case code == "53100":
		return full
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P"):
		return lost
	case strings.HasPrefix(code, "53"), strings.HasPrefix(code, "58"):
		return failing
	case strings.HasPrefix(code, "XX"):
		return damaged
	}
	return defect
}
