package lockout

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A door is an Attempts with a clock that tests set.
type door struct {
	*Attempts
	t     *testing.T
	clock time.Time
}

func newDoor(t *testing.T, entries int) *door {
	d := &door{t: t, clock: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	var err error
	d.Attempts, err = New(Options{Now: func() time.Time { return d.clock }, Key: bytes.Repeat([]byte{7}, 32), Entries: entries})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func try(account, from string) Try {
	return Try{Organization: "acme", Account: account, User: "usr_" + account, From: netip.MustParseAddr(from)}
}

// guess makes n tries one after the other, waiting as long as each has to, and returns the longest wait.
func (d *door) guess(x Try, n int) (longest time.Duration) {
	for range n {
		wait, ok := d.Allow(x)
		for !ok {
			longest = max(longest, wait)
			d.clock = d.clock.Add(wait)
			wait, ok = d.Allow(x)
		}
	}
	return longest
}

// burst makes tries until one is refused, and returns how many were allowed.
func (d *door) burst(x Try) (n int) {
	for ; n < 1000; n++ {
		if _, ok := d.Allow(x); !ok {
			return n
		}
	}
	return n
}

func (d *door) want(x Try, ok bool, what string) {
	d.t.Helper()
	if wait, got := d.Allow(x); got != ok || got != (wait == 0) {
		d.t.Errorf("%s: allowed = %v after %v, want %v", what, got, wait, ok)
	} else if got {
		d.Undecided(x)
	}
}

func TestEachFailureDoublesTheWaitUpToAQuarterOfAnHour(t *testing.T) {
	d := newDoor(t, 0)
	ana := try("ana@acme.test", "192.0.2.1")
	if n := d.burst(ana); n != freePair+1 {
		t.Errorf("%d tries at once, want the free ones and the first that costs", n)
	}
	for want := time.Second; want < MaxWait; want *= 2 {
		wait, ok := d.Allow(ana)
		if ok || wait != want {
			t.Fatalf("waits %v, %v; want %v", wait, ok, want)
		}
		d.clock = d.clock.Add(wait - 1)
		if wait, ok := d.Allow(ana); ok || wait != 1 { // a refused try changes nothing
			t.Fatalf("just before: %v, %v", wait, ok)
		}
		d.clock = d.clock.Add(1)
		if wait, ok := d.Allow(ana); !ok {
			t.Fatalf("refused for %v more after its wait", wait)
		}
	}
	if longest := d.guess(ana, 100); longest != MaxWait {
		t.Errorf("the longest wait is %v, want %v", longest, MaxWait)
	}
	d.clock = d.clock.Add(24 * time.Hour)
	if n := d.burst(ana); n != freePair+1 {
		t.Errorf("a day later %d tries are free", n)
	}
}

func TestCaseAndSpacesAreNoWayAround(t *testing.T) {
	d := newDoor(t, 0)
	d.burst(try("rené@acme.test", "192.0.2.1"))
	for _, same := range []string{"RENÉ@ACME.TEST", " rené@acme.test", "rené@acme.test\t", "rene\u0301@acme.test", "rené@acme.test\u200b", "ｒｅｎé@acme.test", "rené\u00a0@acme.test", "rené@acme.test\x00", "rené@acme.test\xff"} {
		d.want(try(same, "192.0.2.1"), false, fmt.Sprintf("%q", same))
	}
	other := try("rené@acme.test", "192.0.2.1")
	other.Organization = "other"
	d.want(other, true, "another organization")
	d.want(try("rene@acme.test", "192.0.2.1"), true, "another account")
}

// TestStrangersCannotLockAPersonOut: whatever they do, a device on which the person signed in before is let in.
func TestStrangersCannotLockAPersonOut(t *testing.T) {
	d := newDoor(t, 0)
	ana := try("ana@acme.test", "192.0.2.1")
	ana.Device = d.NewDevice(ana.Organization, ana.User)
	for i := range 500 {
		d.burst(try("ana@acme.test", fmt.Sprintf("198.51.%d.%d", i/250, i%250)))
	}
	for i := range 2 * freeNetwork { // and from her own network
		d.Allow(try("ana@acme.test", "192.0.2.1"))
		d.Allow(try(fmt.Sprintf("user%d@acme.test", i), "192.0.2.1"))
	}
	d.want(ana, true, "her own device")
	fresh := try("ana@acme.test", "203.0.113.9")
	wait, ok := d.Allow(fresh)
	if ok || wait > MaxWait {
		t.Errorf("a fresh device while many networks guess: %v, %v", wait, ok)
	}
	d.clock = d.clock.Add(wait)
	d.want(fresh, true, "the fresh device after its wait")
}

func TestOneNetworkLocksOutItselfOnly(t *testing.T) {
	d := newDoor(t, 0)
	longest := d.guess(try("ana@acme.test", "192.0.2.1"), 200)
	if longest != MaxWait {
		t.Errorf("who guesses waits %v at most", longest)
	}
	d.want(try("ana@acme.test", "192.0.2.1"), false, "the network that guesses")
	d.want(try("ana@acme.test", "192.0.2.2"), true, "another network")
}

func TestADeviceIsCountedAlone(t *testing.T) {
	d := newDoor(t, 0)
	ana := try("ana@acme.test", "192.0.2.1")
	ana.Device = d.NewDevice(ana.Organization, ana.User)
	if n := d.burst(ana); n != freeDevice+1 {
		t.Errorf("%d tries on a stolen device", n)
	}
	other := ana
	other.Device = d.NewDevice(ana.Organization, ana.User)
	d.want(other, true, "another device")
	d.want(try("ana@acme.test", "192.0.2.1"), true, "no device")
	d.clock = d.clock.Add(time.Second)
	d.guess(ana, 1)
	d.Succeeded(ana)
	if n := d.burst(ana); n != freeDevice+1 {
		t.Errorf("%d tries after a success", n)
	}
}

func TestADeviceCookieIsOfOneUser(t *testing.T) {
	d := newDoor(t, 0)
	cookie := d.NewDevice("acme", "usr_ana")
	if !d.Known("acme", "usr_ana", cookie) {
		t.Error("the cookie is not known")
	}
	if d.NewDevice("acme", "usr_ana") == cookie {
		t.Error("two devices have one cookie")
	}
	later := newDoor(t, 0)
	later.clock = d.clock.Add(DeviceLife)
	stranger, _ := New(Options{Now: func() time.Time { return d.clock }, Key: bytes.Repeat([]byte{8}, 32)})
	for what, known := range map[string]bool{
		"another user":         d.Known("acme", "usr_bob", cookie),
		"another organization": d.Known("other", "usr_ana", cookie),
		"parts moved":          d.Known("acmeusr", "_ana", cookie),
		"nobody":               d.Known("acme", "", d.NewDevice("acme", "")),
		"too old":              later.Known("acme", "usr_ana", cookie),
		"another key":          stranger.Known("acme", "usr_ana", cookie),
		"cut off":              d.Known("acme", "usr_ana", cookie[:len(cookie)-1]),
		"no version":           d.Known("acme", "usr_ana", strings.TrimPrefix(cookie, "1.")),
		"empty":                d.Known("acme", "usr_ana", ""),
	} {
		if known {
			t.Errorf("%s: the cookie is known", what)
		}
	}
	for i := 2; i < len(cookie); i++ {
		changed := []byte(cookie)
		changed[i] = map[bool]byte{true: 'A', false: 'B'}[changed[i] != 'A']
		if d.Known("acme", "usr_ana", string(changed)) {
			t.Errorf("known with character %d changed", i)
		}
	}
}

func TestWhoTriesOnePasswordOnManyAccountsWaits(t *testing.T) {
	d := newDoor(t, 0)
	n := 0
	for ; n < 1000; n++ {
		if _, ok := d.Allow(try(fmt.Sprintf("user%d@acme.test", n), fmt.Sprintf("2001:db8:1:1::%x", n))); !ok {
			break
		}
	}
	if n != freeNetwork+1 {
		t.Errorf("%d accounts tried from one /64", n)
	}
	d.want(try("ana@acme.test", "::ffff:192.0.2.1"), true, "another network")
	d.burst(try("ana@acme.test", "::ffff:192.0.2.1"))
	d.want(try("ana@acme.test", "192.0.2.1"), false, "the same address written otherwise")
}

func TestAManySignInsOfAnOfficeAreNoFailures(t *testing.T) {
	d := newDoor(t, 0)
	for i := range 5 * freeNetwork {
		x := try(fmt.Sprintf("user%d@acme.test", i), "192.0.2.1")
		if wait, ok := d.Allow(x); !ok {
			t.Fatalf("sign-in %d waits %v", i, wait)
		}
		d.Succeeded(x)
	}
}

// TestASuccessDoesNotPayForGuesses: who has an account of their own cannot wash away what they failed on another's.
func TestASuccessDoesNotPayForGuesses(t *testing.T) {
	d := newDoor(t, 0)
	ana, own := try("ana@acme.test", "192.0.2.1"), try("eve@acme.test", "192.0.2.1")
	tries := 0
	for range 50 {
		if _, ok := d.Allow(ana); ok {
			tries++
		}
		if _, ok := d.Allow(own); ok {
			d.Succeeded(own)
		}
	}
	if tries != freePair+1 {
		t.Errorf("%d guesses", tries)
	}
	spray := 0
	for i := range 3 * freeNetwork {
		if _, ok := d.Allow(try(fmt.Sprintf("user%d@acme.test", i), "192.0.2.1")); ok {
			spray++
		}
		if _, ok := d.Allow(own); ok {
			d.Succeeded(own)
		}
	}
	if spray > freeNetwork {
		t.Errorf("%d accounts tried between sign-ins of one's own", spray)
	}
}

func TestUnknownAccountsAreCountedAlike(t *testing.T) {
	known, unknown := newDoor(t, 0), newDoor(t, 0)
	a, b := try("ana@acme.test", "192.0.2.1"), try("nobody@acme.test", "192.0.2.1")
	b.User = ""
	a.Device, b.Device = "1.forged", "1.forged"
	for i := range 400 {
		wantWait, want := known.Allow(a)
		gotWait, got := unknown.Allow(b)
		if want != got || wantWait != gotWait {
			t.Fatalf("try %d: known %v %v, unknown %v %v", i, wantWait, want, gotWait, got)
		}
		step := time.Duration(i%7) * 100 * time.Second
		known.clock, unknown.clock = known.clock.Add(step), unknown.clock.Add(step)
	}
}

func TestManyAtOnceAreNotLookedAtTogether(t *testing.T) {
	d := newDoor(t, 0)
	var (
		allowed atomic.Int64
		all     sync.WaitGroup
	)
	for range 500 {
		all.Go(func() {
			if _, ok := d.Allow(try("ana@acme.test", "192.0.2.1")); ok {
				allowed.Add(1)
			}
		})
	}
	all.Wait()
	if n := allowed.Load(); n != freePair+1 {
		t.Errorf("%d of 500 were looked at", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	d := newDoor(t, 10)
	for i := range 1000 {
		d.Allow(try(fmt.Sprintf("user%d@acme.test", i), fmt.Sprintf("10.0.%d.%d", i/250, i%250)))
		d.burst(try("ana@acme.test", "192.0.2.1"))
	}
	for _, t1 := range []*table{d.devices, d.pairs, d.accounts, d.networks} {
		if len(t1.entries) > 10 || t1.order.Len() != len(t1.entries) {
			t.Errorf("%d entries, %d in order", len(t1.entries), t1.order.Len())
		}
	}
	if _, err := New(Options{Now: time.Now, Key: []byte("short")}); err == nil {
		t.Error("a short key is accepted")
	}
}
