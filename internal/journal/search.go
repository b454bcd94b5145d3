package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// selectSkim has so few columns because each that is read costs a quarter of a microsecond a row.
const (
	skimmed    = 8
	selectSkim = `SELECT revision, epoch, at, type, version, facts, actor, via` + whichRows
)

// Skim is Read for whoever finds rows again: of a record it has what happened (type, version, facts), when (revision, epoch,
// moment), who did it and through which door (actor, via). What is personal stays out.
func (j *Journal) Skim(ctx context.Context, organization string, after, until int64, visit func(*Record) error) error {
	return j.read(ctx, selectSkim, organization, after, until, visit)
}

// Pick visits the records of single revisions, in the order of the journal; a revision that there is not is left out. It is
// for whoever knows which rows they want, some hundreds at a time: Read is for runs. The record is valid during the visit only.
func (j *Journal) Pick(ctx context.Context, organization string, revisions []int64, visit func(*Record) error) error {
	if len(revisions) == 0 {
		return nil
	}
	args := []driver.NamedValue{{Ordinal: 1, Value: organization}}
	for i, revision := range revisions {
		args = append(args, driver.NamedValue{Ordinal: i + 2, Value: revision})
	}
	query := `SELECT ` + visible + ` FROM journal WHERE organization = $1 AND revision IN (` + dollars(2, len(revisions)) + `) ORDER BY revision`
	var records []Record
	err := j.ask(ctx, "read", func() error {
		conn, err := j.reader.Conn(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		return conn.Raw(func(raw any) error {
			queryer, can := raw.(driver.QueryerContext)
			if !can {
				return errors.New("a driver that takes no queries")
			}
			rows, err := queryer.QueryContext(ctx, query, args)
			if err != nil {
				return err
			}
			records, err = decodeRows(rows, organization, nil)
			return errors.Join(err, rows.Close())
		})
	})
	if err != nil {
		return err
	}
	for i := range records {
		if err := visit(&records[i]); err != nil {
			return err
		}
	}
	return nil
}

// dollars lists so many places of values, from a first one.
func dollars(first, n int) string {
	places := make([]string, n)
	for i := range places {
		places[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(places, ", ")
}

// LastPersonal returns the newest entry of some types that has personal data of a person. After an erasure there is none.
func (j *Journal) LastPersonal(ctx context.Context, organization, person string, types ...string) (e Entry, found bool, err error) {
	args := []any{organization, person}
	for _, t := range types {
		args = append(args, t)
	}
	// revision + 0 keeps SQLite from going back through all rows for the order's sake: the person's are few, and have an index.
	err = j.ask(ctx, "read", func() error {
		row := j.reader.QueryRowContext(ctx, `SELECT type, version, facts, person, personal FROM journal WHERE organization = $1 AND person = $2 AND person <> ''
			AND personal IS NOT NULL AND type IN (`+dollars(3, len(types))+`) ORDER BY revision + 0 DESC LIMIT 1`, args...)
		err := row.Scan(&e.Type, &e.Version, &e.Facts, &e.Person, &e.Personal)
		if found = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return e, found, err
}

// ActivityFilter asks for a part of the activity, newest first. A list that is empty filters nothing.
type ActivityFilter struct {
	ActivityQuery          // Newest is taken as given
	Subjects      []string // exactly
	Operations    []string // exactly, or a beginning that ends in "." or "*"
	Results, Vias []string // exactly
	Resources     []string // exactly, or something beneath
	Within        []string // likewise; what both lists say must hold
}

// SearchActivity returns one page of what a filter lets through.
func (j *Journal) SearchActivity(ctx context.Context, organization string, f ActivityFilter) ([]ActivityRow, error) {
	q := &where{args: []any{organization}}
	if !f.From.IsZero() {
		q.and("at >= %s", f.From.UnixMicro())
	}
	if !f.Until.IsZero() {
		q.and("at < %s", f.Until.UnixMicro())
	}
	if f.After != nil {
		q.and("(at, batch, part) < (%s, %s, %s)", f.After.At.UnixMicro(), f.After.Batch, f.After.Part)
	}
	q.in("subject", f.Subjects)
	q.in("result", f.Results)
	q.in("via", f.Vias)
	q.some(f.Operations, func(text string) {
		if start := strings.TrimSuffix(text, "*"); start != text || strings.HasSuffix(text, ".") {
			q.or("substr(operation, 1, %s) = %s", len([]rune(start)), start)
			return
		}
		q.or("operation = %s", text)
	})
	for _, list := range [][]string{f.Resources, f.Within} {
		q.some(list, func(path string) {
			q.or("resource = %s", path)
			q.or("substr(resource, 1, %s) = %s", len([]rune(path))+1, path+"/")
		})
	}
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	query := j.selectActivity() + q.text.String() + ` ORDER BY at DESC, batch DESC, part DESC LIMIT ` + q.bind(limit)
	var page []ActivityRow
	err := j.ask(ctx, "read activity", func() error {
		rows, err := j.reader.QueryContext(ctx, query, q.args...)
		if err != nil {
			return err
		}
		page, err = scanActivity(rows)
		return err
	})
	return page, err
}

// A where is a condition being written. Values are bound, never written.
type where struct {
	text  strings.Builder
	args  []any
	first bool // of a list of alternatives
}

func (w *where) bind(value any) string {
	w.args = append(w.args, value)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) fill(format string, values []any) string {
	bound := make([]any, len(values))
	for i, value := range values {
		bound[i] = w.bind(value)
	}
	return fmt.Sprintf(format, bound...)
}

func (w *where) and(format string, values ...any) {
	w.text.WriteString(" AND " + w.fill(format, values))
}

func (w *where) or(format string, values ...any) {
	if !w.first {
		w.text.WriteString(" OR ")
	}
	w.first = false
	w.text.WriteString(w.fill(format, values))
}

// some writes alternatives, one or more for each of a list.
func (w *where) some(list []string, each func(string)) {
	if len(list) == 0 {
		return
	}
	w.text.WriteString(" AND (")
	w.first = true
	for _, text := range list {
		each(text)
	}
	w.text.WriteString(")")
}

func (w *where) in(column string, list []string) {
	w.some(list, func(text string) { w.or(column+" = %s", text) })
}

// LastActivity returns when the newest activity of each of some subjects was logged, or of everybody where none is named, leaving
// out what had one result; a subject without any is not in it. It looks a row up for each subject, however much activity there is.
func (j *Journal) LastActivity(ctx context.Context, organization, leavingOut string, subjects ...string) (map[string]time.Time, error) {
	every, args := `every(subject) AS (SELECT min(subject) FROM activity WHERE organization = $1
		UNION ALL SELECT (SELECT min(subject) FROM activity WHERE organization = $1 AND subject > every.subject) FROM every WHERE every.subject IS NOT NULL)`, []any{organization, leavingOut}
	if len(subjects) > 0 {
		every = `every(subject) AS (VALUES (` + strings.Join(strings.Split(dollars(3, len(subjects)), ", "), "), (") + `))`
		for _, subject := range subjects {
			args = append(args, subject)
		}
	}
	var last map[string]time.Time
	err := j.ask(ctx, "read when somebody was active", func() error {
		last = map[string]time.Time{}
		return each(ctx, j.reader, `WITH RECURSIVE `+every+` SELECT subject, (SELECT at FROM activity WHERE organization = $1 AND activity.subject = every.subject
			AND result <> $2 ORDER BY at DESC, batch DESC, part DESC LIMIT 1) FROM every WHERE subject IS NOT NULL`,
			func(rows *sql.Rows) error {
				var subject string
				var at sql.NullInt64
				err := rows.Scan(&subject, &at)
				if at.Valid {
					last[subject] = micro(at.Int64)
				}
				return err
			}, args...)
	})
	return last, err
}
