package lockout

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A key is what is counted, hashed: every entry is as large as any other, whatever was typed.
type key [16]byte

func keyOf(parts ...string) key {
	var text []byte
	for _, part := range parts { // with lengths, so that parts cannot flow into each other
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	sum := sha256.Sum256(text)
	return key(sum[:])
}

// An entry counts the failures of one key.
type entry struct {
	key      key
	failures int
	since    time.Time // from when the oldest of them is on its way to be forgotten
	until    time.Time // until when the next try is refused
}

// A table counts failures by key and remembers a bounded number of keys. Attempts guards it.
type table struct {
	limit, free int
	entries     map[key]*list.Element
	order       *list.List // latest used first
}

func newTable(limit, free int) *table {
	return &table{limit: limit, free: free, entries: map[key]*list.Element{}, order: list.New()}
}

// find returns the entry of a key as it is at a moment, nil where nothing counts.
func (t *table) find(k key, now time.Time) *entry {
	at, ok := t.entries[k]
	if !ok {
		return nil
	}
	e := at.Value.(*entry)
	if gone := int(now.Sub(e.since) / forgets); gone > 0 {
		e.failures -= min(gone, e.failures)
		e.since = e.since.Add(time.Duration(gone) * forgets)
	}
	if e.failures == 0 && !now.Before(e.until) {
		t.forget(k)
		return nil
	}
	return e
}

func (t *table) wait(k key, now time.Time) time.Duration {
	if e := t.find(k, now); e != nil && now.Before(e.until) {
		return e.until.Sub(now)
	}
	return 0
}

func (t *table) fail(k key, now time.Time) {
	e := t.find(k, now)
	if e == nil {
		e = &entry{key: k, since: now}
		t.entries[k] = t.order.PushFront(e)
		if t.order.Len() > t.limit {
			t.forget(t.order.Back().Value.(*entry).key)
		}
	} else {
		t.order.MoveToFront(t.entries[k])
	}
	e.failures++
	e.until = now.Add(delay(e.failures - t.free))
}

// takeBack undoes one fail. A wait that a later failure caused stays.
func (t *table) takeBack(k key, now time.Time) {
	e := t.find(k, now)
	if e == nil || e.failures == 0 {
		return
	}
	e.failures--
	if limit := now.Add(delay(e.failures - t.free)); e.until.After(limit) {
		e.until = limit
	}
}

func (t *table) forget(k key) {
	if at, ok := t.entries[k]; ok {
		t.order.Remove(at)
		delete(t.entries, k)
	}
}

// delay is the wait after a number of failures beyond the free ones. The last free failure costs nothing yet.
func delay(beyond int) time.Duration {
	if beyond <= 0 {
		return 0
	}
	wait := firstWait
	for range beyond - 1 {
		if wait *= 2; wait >= MaxWait {
			return MaxWait
		}
	}
	return wait
}
