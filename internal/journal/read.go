package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"

	"bailiwick/internal/fault"
)

const (
	chunkRows = 1024 // rows asked for at once
	ahead     = 1    // chunks that wait while one is visited and one is read
)

// Read visits the records after revision after, up to until (0: the end), in order. The record is valid during the visit
// only; its texts and bytes may be kept, but not written to. An error of visit ends the reading and is returned as it is.
// A gap in the revisions is an error: nobody may act on half a journal.
func (j *Journal) Read(ctx context.Context, organization string, after, until int64, visit func(*Record) error) error {
	return j.read(ctx, selectRows, organization, after, until, visit)
}

// Replay is Read for whoever folds: of a record it has what happened (type, version, facts, personal) and when (revision,
// epoch, moment). Who did it and how stays out, which takes two fifths of the time.
func (j *Journal) Replay(ctx context.Context, organization string, after, until int64, visit func(*Record) error) error {
	return j.read(ctx, selectFacts, organization, after, until, visit)
}

func (j *Journal) read(ctx context.Context, query, organization string, after, until int64, visit func(*Record) error) error {
	head, err := j.Head(ctx, organization)
	if err != nil {
		return err
	}
	if until == 0 {
		until = head.Revision
	}
	if after < 0 || until > head.Revision {
		return fault.New(fault.NotFound, "the journal of %s has revisions 1 to %d, not %d to %d", organization, head.Revision, after+1, until).In("revision")
	}
	expected := after
	return j.stream(ctx, query, organization, after, until, func(r *Record) error {
		if expected++; r.Revision != expected {
			return fault.New(fault.Internal, "the journal of %s has no row %d", organization, expected).By("no_gap").Rather("run verify")
		}
		return visit(r)
	}, func() error {
		if expected < until {
			return fault.New(fault.Internal, "the journal of %s has no row %d", organization, expected+1).By("no_gap").Rather("run verify")
		}
		return nil
	})
}

// chunk is a run of rows, or why there is none.
type chunk struct {
	records []Record
	err     error
}

// stream visits what rows there are, reading ahead while the visitor works.
func (j *Journal) stream(ctx context.Context, query, organization string, after, until int64, visit func(*Record) error, done func() error) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	chunks := make(chan chan chunk, ahead)
	free := make(chan []Record, ahead+3)
	running.Go(func() {
		defer close(chunks)
		for from := after; from < until; from += chunkRows {
			one := make(chan chunk, 1)
			select {
			case chunks <- one:
			case <-ctx.Done():
				return
			}
			running.Go(func() {
				var records []Record
				select {
				case records = <-free:
				default:
				}
				err := j.ask(ctx, "read", func() (err error) {
					records, err = j.readChunk(ctx, query, organization, from, min(from+chunkRows, until), records[:0])
					return err
				})
				one <- chunk{records: records, err: err}
			})
		}
	})
	for one := range chunks {
		got := <-one
		if got.err != nil {
			return got.err
		}
		for i := range got.records {
			if err := visit(&got.records[i]); err != nil {
				return err
			}
		}
		select {
		case free <- got.records:
		default:
		}
	}
	if err := ctx.Err(); err != nil {
		return j.explain(err, "read")
	}
	return done()
}

// selectRows leaves out what only Verify needs; each column costs a tenth of a microsecond a row.
const (
	folded      = `revision, epoch, at, type, version, facts, personal`
	visible     = folded + `, change, part, actor, via, request, person, hash`
	whichRows   = ` FROM journal WHERE organization = $1 AND revision > $2 AND revision <= $3 ORDER BY revision`
	selectFacts = `SELECT ` + folded + whichRows
	selectRows  = `SELECT ` + visible + whichRows
	selectAll   = `SELECT ` + visible + `, salt, personal_hash` + whichRows
)

// readChunk appends the rows after from, up to until. It talks to the driver below database/sql, whose Scan would copy each
// value once more and take half of the time.
func (j *Journal) readChunk(ctx context.Context, query, organization string, from, until int64, into []Record) ([]Record, error) {
	conn, err := j.reader.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(raw any) error {
		queryer, can := raw.(driver.QueryerContext)
		if !can {
			return errors.New("a driver that takes no queries")
		}
		rows, err := queryer.QueryContext(ctx, query, []driver.NamedValue{
			{Ordinal: 1, Value: organization}, {Ordinal: 2, Value: from}, {Ordinal: 3, Value: until},
		})
		if err != nil {
			return err
		}
		into, err = decodeRows(rows, organization, into)
		return errors.Join(err, rows.Close())
	})
	return into, err
}

func decodeRows(rows driver.Rows, organization string, into []Record) ([]Record, error) {
	values := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return into, nil
		case err != nil:
			return into, err
		}
		into = append(into, Record{Organization: organization})
		if err := into[len(into)-1].decode(values); err != nil {
			return into, err
		}
	}
}

// decode takes the values of selectFacts, selectSkim, selectRows or selectAll. Both drivers make fresh bytes for each value, so they need no copy.
func (r *Record) decode(values []driver.Value) error {
	d := decoder{values: values}
	r.Revision, r.Epoch = d.number(), d.number()
	r.At = micro(d.number())
	r.Type, r.Version = d.text(), int(d.number())
	r.Facts = d.bytes()
	if len(values) == skimmed {
		r.Actor, r.Via = d.text(), d.text()
		return d.fault(r.Revision)
	}
	r.Personal = d.bytes()
	if d.next < len(values) {
		r.Change, r.Part = d.text(), int(d.number())
		r.Actor, r.Via, r.Request = d.text(), d.text(), d.text()
		r.Person = d.text()
		copy(r.Hash[:], d.bytes())
	}
	if d.next < len(values) {
		r.salt = d.bytes()
		copy(r.personalHash[:], d.bytes())
	}
	return d.fault(r.Revision)
}

type decoder struct {
	values []driver.Value
	next   int
	wrong  string
}

func (d *decoder) fault(revision int64) error {
	if d.wrong != "" {
		return fmt.Errorf("row %d: %s", revision, d.wrong)
	}
	return nil
}

func (d *decoder) take() driver.Value {
	d.next++
	return d.values[d.next-1]
}

func (d *decoder) number() int64 {
	value := d.take()
	n, ok := value.(int64)
	if !ok {
		d.wrong = fmt.Sprintf("column %d holds %T, not a number", d.next, value)
	}
	return n
}

func (d *decoder) text() string {
	switch value := d.take().(type) {
	case string:
		return value
	case []byte:
		return string(value)
	default:
		d.wrong = fmt.Sprintf("column %d holds %T, not text", d.next, value)
		return ""
	}
}

func (d *decoder) bytes() []byte {
	switch value := d.take().(type) {
	case []byte:
		return value
	case nil:
		return nil
	default: // somebody wrote text or a number into SQLite's column by hand; the hash tells
		return fmt.Append(nil, value)
	}
}
