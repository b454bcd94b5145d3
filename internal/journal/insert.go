package journal

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// insert writes rows into a table, as many in one statement as suits the engine. It prepares the statement: SQLite takes
// longer to read one than to do it.
func (e engine) insert(ctx context.Context, tx *sql.Tx, table, columns string, rows int, values func(row int) []any) error {
	width := strings.Count(columns, ",") + 1
	for row, several := 0, e.rowsAtOnce(); row < rows; {
		several = min(several, rows-row)
		until := row + (rows-row)/several*several
		statement, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" ("+columns+") VALUES "+binds(several, width))
		if err != nil {
			return err
		}
		args := make([]any, 0, several*width)
		for ; row < until; args = args[:0] {
			for range several {
				args = append(args, values(row)...)
				row++
			}
			if _, err := statement.ExecContext(ctx, args...); err != nil {
				_ = statement.Close()
				return err
			}
		}
		if err := statement.Close(); err != nil {
			return err
		}
	}
	return nil
}

// binds writes ($1,$2),($3,$4) … for rows of so many columns.
func binds(rows, columns int) string {
	var b strings.Builder
	for n := 1; n <= rows*columns; n++ {
		switch {
		case n == 1:
			b.WriteByte('(')
		case n%columns == 1 || columns == 1:
			b.WriteString("),(")
		default:
			b.WriteByte(',')
		}
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String() + ")"
}

// notNil makes the difference between no bytes and NULL, which the drivers make of nil.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// each asks for rows and visits them.
func each(ctx context.Context, db lister, query string, visit func(*sql.Rows) error, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
