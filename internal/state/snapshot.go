package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"bailiwick/event"
)

// SnapshotFormat is the version of what Marshal writes. A program that finds another one replays the journal instead.
const SnapshotFormat = 2

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
	parts, stop := make(chan []Stored, 4), make(chan struct{})
	defer close(stop)
	go func() {
		defer close(parts)
		for len(reader.rest) > 0 {
			select {
			case parts <- reader.part(revision, epoch):
			case <-stop:
				return
			}
		}
	}()
	if err := load.FoldParts(parts); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	if reader.err != nil { // FoldParts returned, so the reader has ended
		return nil, fmt.Errorf("snapshot of %s at revision %d: %w", organization, revision, reader.err)
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

// FoldStored decodes events and folds them in their order.
func (e *Edit) FoldStored(rows []Stored) error {
	parts := make(chan []Stored, (len(rows)+partRows-1)/partRows)
	for part := range slices.Chunk(rows, partRows) {
		parts <- part
	}
	close(parts)
	return e.FoldParts(parts)
}

// partRows are decoded at once.
const partRows = 1024

// FoldParts decodes events and folds them in their order, as they come: while one part is folded the next is decoded. After
// an error it takes no more parts.
func (e *Edit) FoldParts(parts <-chan []Stored) error {
	type decoded struct {
		rows []Row
		err  error
	}
	ready, stop := make(chan decoded, 4), make(chan struct{})
	defer close(stop)
	go func() {
		defer close(ready)
		for part := range parts {
			d := decoded{}
			d.rows, d.err = decodePart(part)
			select {
			case ready <- d:
			case <-stop:
				return
			}
			if d.err != nil {
				return
			}
		}
	}()
	for d := range ready {
		for _, r := range d.rows {
			if err := e.Fold(r); err != nil {
				return err
			}
		}
		if d.err != nil {
			return d.err
		}
	}
	return nil
}

// decodePart decodes events up to the first that cannot be.
func decodePart(part []Stored) ([]Row, error) {
	rows := make([]Row, 0, len(part))
	for i := range part {
		r := &part[i]
		ev, err := event.Decode(r.Encoded)
		if err != nil {
			return rows, fmt.Errorf("revision %d: %w", r.Revision, err)
		}
		rows = append(rows, Row{Revision: r.Revision, Epoch: r.Epoch, At: r.At, Event: ev})
	}
	return rows, nil
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

// part reads some events, up to one that is cut off.
func (r *snapshotReader) part(revision, epoch int64) []Stored {
	part := make([]Stored, 0, partRows)
	for len(r.rest) > 0 && len(part) < partRows {
		e := Stored{Revision: revision, Epoch: epoch}
		e.Type = string(r.field())
		e.Version = int(r.number())
		e.At = time.UnixMicro(int64(r.number())).UTC()
		e.Facts, e.Personal = r.field(), r.field()
		if r.err == nil {
			part = append(part, e)
		}
	}
	return part
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
