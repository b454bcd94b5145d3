package mail

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/seal"
)

// A desk is an Outbox on a real journal, with a clock that tests set.
type desk struct {
	*Outbox
	t     *testing.T
	clock *atomic.Int64
	log   *bytes.Buffer
}

func newDesk(t *testing.T, sender Sender) *desk {
	t.Helper()
	d := &desk{t: t, clock: new(atomic.Int64), log: new(bytes.Buffer)}
	d.clock.Store(noon.UnixMicro())
	now := func() time.Time { return time.UnixMicro(d.clock.Load()).UTC() }
	j, err := journal.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	ring, err := seal.New(bytes.Repeat([]byte{5}, seal.MasterBytes))
	if err != nil {
		t.Fatal(err)
	}
	d.Outbox = NewOutbox(OutboxOptions{Journal: j, Ring: ring, Writer: writer(t), Sender: sender, Now: now,
		Log: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	return d
}

func (d *desk) pass(by time.Duration) { d.clock.Add(by.Microseconds()) }

func (d *desk) queue(l Letter) string {
	d.t.Helper()
	id, err := d.Queue(d.t.Context(), "acme", l)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func (d *desk) flush() {
	d.t.Helper()
	if _, err := d.Flush(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) want(waiting, dead int, what string) {
	d.t.Helper()
	if w, x, err := d.Journal.Letters(d.t.Context(), "acme"); w != waiting || x != dead || err != nil {
		d.t.Errorf("%s: %d wait and %d are dead, %v; want %d and %d", what, w, x, err, waiting, dead)
	}
}

func (d *desk) tellsNothing() {
	d.t.Helper()
	for _, private := range []string{secret, "ana@acme.test", "Ana Ames"} {
		if strings.Contains(d.log.String(), private) {
			d.t.Errorf("the log has %q:\n%s", private, d.log)
		}
	}
}

// senderFunc is a Sender for tests that look at when letters leave.
type senderFunc func(ctx context.Context, m Message) error

func (f senderFunc) Send(ctx context.Context, m Message) error { return f(ctx, m) }

func TestALetterIsTriedAgainUntilItIsTaken(t *testing.T) {
	office := openPostOffice(t)
	d := newDesk(t, office.sender(t, nil))
	id := d.queue(letterOf(Reset))
	for _, trouble := range []string{"MAIL", "RCPT", "DATA", "."} {
		office.answers(trouble, "451 not now, ana@acme.test ("+secret+")")
		d.flush()
		office.answers(trouble, "")
		d.want(1, 0, trouble)
		d.flush() // not due yet
		if n := len(office.letters()); n != 0 {
			t.Fatalf("%d letters before it is due", n)
		}
		d.pass(maxRetry)
	}
	if text := d.log.String(); strings.Count(text, "a letter was not sent; it is tried again") != 4 || !strings.Contains(text, "451") || !strings.Contains(text, id) {
		t.Errorf("the log says\n%s", text)
	}
	d.flush()
	d.want(0, 0, "at the end")
	got := office.letters()
	if len(got) != 1 || !strings.Contains(got[0].text, "Message-ID: <"+id+"@acme.test>") {
		t.Fatalf("%d letters arrived: %v", len(got), got)
	}
	d.tellsNothing()
}

func TestALetterThatNobodyTakesIsGivenUp(t *testing.T) {
	d := newDesk(t, senderFunc(func(context.Context, Message) error {
		return fault.New(fault.Unavailable, "the mail server is down: %s", secret)
	}))
	d.queue(letterOf(Invited))
	tries := 0
	for end := noon.Add(2 * giveUp); d.Now().Before(end); d.pass(10 * time.Minute) {
		if n, err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		} else if tries += n; n > 0 && d.Now().After(noon.Add(giveUp)) {
			t.Fatalf("tried after %v", d.Now().Sub(noon))
		}
	}
	d.want(0, 1, "after two days")
	if tries < 20 || tries > 40 {
		t.Errorf("tried %d times", tries)
	}
	if strings.Count(d.log.String(), "a letter was given up") != 1 {
		t.Errorf("the log says\n%s", d.log)
	}
	if !strings.Contains(d.log.String(), "the mail server is down") {
		t.Error("the log does not say why")
	}
}

func TestARefusedAddressIsGivenUpAtOnce(t *testing.T) {
	office := openPostOffice(t)
	d := newDesk(t, office.sender(t, nil))
	office.answers("RCPT", "550 5.1.1 <ana@acme.test> nobody of that name")
	d.queue(letterOf(Activation))
	d.flush()
	d.want(0, 1, "refused")
	if !strings.Contains(d.log.String(), "550") {
		t.Errorf("the log says\n%s", d.log)
	}
	d.tellsNothing()
}

func TestALinkIsNotSentAfterItsEnd(t *testing.T) {
	sent := 0
	d := newDesk(t, senderFunc(func(context.Context, Message) error { sent++; return nil }))
	reset := letterOf(Reset)
	reset.Data.Until = noon.Add(10 * time.Minute)
	d.queue(reset)
	d.pass(10 * time.Minute)
	d.flush()
	d.want(0, 1, "after the link's end")
	d.queue(letterOf(Invited))
	d.pass(giveUp - time.Second)
	d.flush()
	if sent != 1 {
		t.Errorf("%d letters were sent, want the one without a link", sent)
	}
	d.tellsNothing()
}

func TestTheJournalKeepsNothingReadable(t *testing.T) {
	d := newDesk(t, nil)
	d.queue(letterOf(Reset))
	d.Queue(t.Context(), "other", letterOf(Reset)) //nolint:errcheck // seen below
	kept, err := d.Journal.ClaimLetters(t.Context(), d.Now(), lease, 10)
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d letters, %v", len(kept), err)
	}
	for _, private := range []string{secret, "ana", "reset"} {
		if bytes.Contains(kept[0].Body, []byte(private)) {
			t.Errorf("the body has %q", private)
		}
	}
	kept[0].Organization, kept[1].Organization = kept[1].Organization, kept[0].Organization
	if _, _, err := d.open(kept[0]); err == nil {
		t.Error("a letter opens in another organization")
	}
	if text := fmt.Sprintf("%v %+v %#v %s", letterOf(Reset), letterOf(Reset), letterOf(Reset), []Letter{letterOf(Reset)}); strings.Contains(text, secret) || strings.Contains(text, "ana@") {
		t.Errorf("a letter prints as %s", text)
	}
	if _, err := d.Queue(t.Context(), "acme", Letter{Kind: Reset, To: ana}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an incomplete letter: %v", err)
	}
}

// TestOneLetterLeavesOnce: several workers on one journal, one of which died with letters in its hands.
func TestOneLetterLeavesOnce(t *testing.T) {
	var (
		mu   sync.Mutex
		left = map[string]int{}
	)
	d := newDesk(t, senderFunc(func(_ context.Context, m Message) error {
		mu.Lock()
		defer mu.Unlock()
		left[m.ID]++
		return nil
	}))
	for range 20 {
		d.queue(letterOf(Invited))
	}
	died, err := d.Journal.ClaimLetters(t.Context(), d.Now(), lease, 3)
	if err != nil || len(died) != 3 {
		t.Fatalf("%d claimed, %v", len(died), err)
	}
	work := func() {
		var workers sync.WaitGroup
		for range 3 {
			other := NewOutbox(d.OutboxOptions)
			workers.Go(func() {
				for range 5 {
					if _, err := other.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		workers.Wait()
	}
	work()
	d.pass(lease - time.Second)
	work()
	if len(left) != 17 {
		t.Errorf("%d letters left within the lease, want 17", len(left))
	}
	d.pass(time.Second)
	work()
	d.want(0, 0, "after the lease")
	if len(left) != 20 {
		t.Errorf("%d letters left, want 20", len(left))
	}
	for id, n := range left {
		if n != 1 {
			t.Errorf("%s left %d times", id, n)
		}
	}
}

// TestASlowServerDoesNotOutliveTheLease: what can no longer be sent in time is left to whoever claims it next.
func TestASlowServerDoesNotOutliveTheLease(t *testing.T) {
	var d *desk
	sent := 0
	d = newDesk(t, senderFunc(func(context.Context, Message) error { sent++; d.pass(2 * time.Minute); return nil }))
	for range batch {
		d.queue(letterOf(Invited))
	}
	d.flush()
	if sent != 3 {
		t.Errorf("%d letters in one lease of %v, at two minutes each", sent, lease)
	}
}

func TestRunSendsWhatIsQueuedAndEnds(t *testing.T) {
	arrived := make(chan string)
	d := newDesk(t, senderFunc(func(_ context.Context, m Message) error { arrived <- m.ID; return nil }))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Run(ctx); close(done) }()
	for range batch + 2 {
		if id := d.queue(letterOf(Invited)); <-arrived != id {
			t.Error("another letter arrived")
		}
	}
	stop()
	<-done
	d.want(0, 0, "at the end")
}
