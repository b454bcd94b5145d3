package journal

import (
	"context"
	"time"
)

// pollEvery is how soon a change by another process is seen when no hint arrives.
const pollEvery = 250 * time.Millisecond

// watcher is one channel of Watch. It holds one head: the newest.
type watcher struct {
	organization string
	heads        chan Head
	sent         Head
}

// Watch delivers the head of an organization's journal: at once as it is now, then after each change, whoever made it. A slow
// receiver gets the newest head, not each. The channel is closed when ctx is done or the journal is closed.
func (j *Journal) Watch(ctx context.Context, organization string) (<-chan Head, error) {
	head, err := j.Head(ctx, organization)
	if err != nil {
		return nil, err
	}
	w := &watcher{organization: organization, heads: make(chan Head, 1)}
	j.mu.Lock()
	j.watchers[w] = struct{}{}
	w.heads <- head
	w.sent = head
	j.deliver(w) // what was appended since it was read
	j.mu.Unlock()
	context.AfterFunc(ctx, func() { j.dismiss(w) })
	return w.heads, nil
}

// LastContact returns when the last successful reading of the heads began: nothing that was committed before is unknown here.
func (j *Journal) LastContact() time.Time { return micro(j.contact.Load()) }

func (j *Journal) contacted(began time.Time) {
	for at := began.UnixMicro(); ; {
		old := j.contact.Load()
		if at <= old || j.contact.CompareAndSwap(old, at) {
			return
		}
	}
}

// poll reads the heads every so often, and when woken.
func (j *Journal) poll(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for reachable := true; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-j.wake:
		}
		// An unanswered question must not keep the next one waiting for the network to give up.
		limited, cancel := context.WithTimeout(ctx, 4*pollEvery)
		err := j.readHeads(limited)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if (err == nil) != reachable {
			reachable = err == nil
			j.options.Logger.WarnContext(ctx, "the journal's database", "reachable", reachable, "error", err)
		}
	}
}

// look makes poll read the heads now.
func (j *Journal) look() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// readHeads reads every organization's head and tells the watchers.
func (j *Journal) readHeads(ctx context.Context) error {
	began := j.options.Now()
	rows, err := j.reader.QueryContext(ctx, `SELECT organization, revision, epoch, at, hash FROM head`)
	if err != nil {
		return j.explain(err, "read the heads")
	}
	defer func() { _ = rows.Close() }()
	heads := map[string]Head{}
	for rows.Next() {
		var (
			organization string
			head         Head
			at           int64
			hash         []byte
		)
		if err := rows.Scan(&organization, &head.Revision, &head.Epoch, &at, &hash); err != nil {
			return j.explain(err, "read the heads")
		}
		head.At = micro(at)
		copy(head.Hash[:], hash)
		heads[organization] = head
	}
	if err := rows.Err(); err != nil {
		return j.explain(err, "read the heads")
	}
	j.contacted(began)
	for organization, head := range heads {
		j.tell(organization, head)
	}
	return nil
}

// appended tells this process's watchers at once what it appended itself.
func (j *Journal) appended(organization string, head Head) { j.tell(organization, head) }

func (j *Journal) tell(organization string, head Head) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if known := j.heads[organization]; head.Revision < known.Revision && head.Epoch <= known.Epoch {
		return // read before an append that was told already
	}
	j.heads[organization] = head
	for w := range j.watchers {
		if w.organization == organization {
			j.deliver(w)
		}
	}
}

// deliver puts the newest head into the channel, in place of one that was not taken. The caller holds mu.
func (j *Journal) deliver(w *watcher) {
	head, known := j.heads[w.organization]
	if !known || head == w.sent || head.Revision < w.sent.Revision && head.Epoch <= w.sent.Epoch {
		return
	}
	select {
	case <-w.heads:
	default:
	}
	w.heads <- head
	w.sent = head
}

func (j *Journal) dismiss(w *watcher) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, there := j.watchers[w]; there {
		delete(j.watchers, w)
		close(w.heads)
	}
}

func (j *Journal) dismissAll() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for w := range j.watchers {
		delete(j.watchers, w)
		close(w.heads)
	}
}
