package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"

	"bailiwick/event"
)

// SnapshotFormat is the version of what Marshal writes. A program that finds another one replays the journal instead.
const SnapshotFormat = 1

// Marshal writes the state as a short history: the events of Dump, each with its length before it.
func (s *State) Marshal() ([]byte, error) {
	var out bytes.Buffer
	err := s.Dump(func(r Row) error {
		e, err := event.Encode(r.Event)
		if err != nil {
			return err
		}
		writeField(&out, []byte(e.Type))
		writeNumber(&out, uint64(e.Version))
		writeNumber(&out, uint64(r.At.UnixMicro()))
		writeField(&out, e.Facts)
		writeField(&out, e.Personal)
		return nil
	})
	return out.Bytes(), err
}

// Unmarshal reads what Marshal wrote of an organization, as of a revision.
func Unmarshal(organization string, revision, epoch int64, body []byte) (*State, error) {
	load := Load(organization)
	reader := snapshotReader{rest: body}
	var stored []Stored
	for len(reader.rest) > 0 {
		r := Stored{Revision: revision, Epoch: epoch}
		r.Type = string(reader.field())
		r.Version = int(reader.number())
		r.At = time.UnixMicro(int64(reader.number())).UTC()
		r.Facts, r.Personal = reader.field(), reader.field()
		if reader.err != nil {
			return nil, fmt.Errorf("snapshot of %s at revision %d: %w", organization, revision, reader.err)
		}
		stored = append(stored, r)
	}
	if err := load.FoldStored(stored); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return load.State()
}

// Stored is an event as a journal keeps it.
type Stored struct {
	Revision int64
	Epoch    int64
	At       time.Time
	event.Encoded
}

// FoldStored decodes events on all cores and folds them in their order.
func (e *Edit) FoldStored(rows []Stored) error {
	type decoded struct {
		events []event.Event
		err    error
	}
	const part = 2048
	parts := make([]chan decoded, (len(rows)+part-1)/part)
	for i := range parts {
		parts[i] = make(chan decoded, 1)
	}
	next := make(chan int, len(parts))
	for i := range parts {
		next <- i
	}
	close(next)
	for range min(runtime.GOMAXPROCS(0), len(parts)) {
		go func() {
			for i := range next {
				chunk := rows[i*part : min(len(rows), (i+1)*part)]
				d := decoded{events: make([]event.Event, len(chunk))}
				for n := range chunk {
					if d.events[n], d.err = event.Decode(chunk[n].Encoded); d.err != nil {
						d.err = fmt.Errorf("revision %d: %w", chunk[n].Revision, d.err)
						break
					}
				}
				parts[i] <- d
			}
		}()
	}
	for i := range parts {
		d := <-parts[i]
		if d.err != nil {
			return d.err
		}
		for n, ev := range d.events {
			r := &rows[i*part+n]
			if err := e.Fold(Row{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Event: ev}); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeNumber(out *bytes.Buffer, n uint64) {
	out.Write(binary.AppendUvarint(out.AvailableBuffer(), n))
}

func writeField(out *bytes.Buffer, field []byte) {
	writeNumber(out, uint64(len(field)))
	out.Write(field)
}

type snapshotReader struct {
	rest []byte
	err  error
}

var errCut = errors.New("it ends in the middle")

func (r *snapshotReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.err, r.rest = errCut, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *snapshotReader) field() []byte {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.err, r.rest = errCut, nil
		return nil
	}
	field := r.rest[:n:n]
	r.rest = r.rest[n:]
	return field
}
