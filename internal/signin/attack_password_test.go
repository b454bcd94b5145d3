package signin

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/lockout"
	"bailiwick/internal/password"
)

// A counter is a hall with a desk of real parts.
type counter struct {
	*hall
	desk *Desk
}

const (
	right   = "correct horse battery staple"
	many    = "there were too many tries"
	free    = 6 // tries from one network; whoever fails in all of them has to wait
	address = "ana@acme.test"
	zoe     = "usr_zzzzzzzzzzzzzzzzzzzzzzzzzz"
)

// newCounter lets Ana sign in with a password; Zoe has none.
func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{hall: newHall(t, SessionOptions{Secure: true})}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	changes, recorder := change.New(c.journal, c.engine, change.Options{Logger: log}), history.New(c.journal, c.engine.Now, log)
	t.Cleanup(func() {
		changes.Close()
		_ = recorder.Close()
	})
	attempts, err := lockout.New(lockout.Options{Now: c.engine.Now, Key: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	c.desk = NewDesk(DeskOptions{Engine: c.engine, Journal: c.journal, Changes: changes, Sessions: c.sessions, Attempts: attempts,
		Hasher: password.New(password.Options{}), History: recorder, Log: log})
	phc, err := c.desk.Hasher.Hash(t.Context(), right)
	if err != nil {
		t.Fatal(err)
	}
	for _, organization := range []string{"acme", "other"} {
		if err := c.journal.PutSecret(t.Context(), organization, "sec_1", []byte(phc)); err != nil {
			t.Fatal(err)
		}
		c.append(organization, &event.UserAdded{User: zoe, Number: 90, Profile: event.Profile{Email: "zoe@acme.test"}}, &event.PasswordSet{User: ana, Secret: "sec_1"})
	}
	return c
}

// from is one of many networks.
func from(network int, device string) From {
	return From{Address: netip.AddrFrom4([4]byte{10, byte(network >> 8), byte(network), 7}), Device: device}
}

// answer is all that somebody outside learns of a refused sign-in; "" is a session.
func (c *counter) answer(organization, account, text string, from From) string {
	c.t.Helper()
	in, err := c.desk.Password(c.t.Context(), organization, account, text, from)
	if err == nil {
		if in.User != ana || in.Organization != organization {
			c.t.Errorf("%s let %s of %s in", account, in.User, in.Organization)
		}
		return ""
	}
	return fmt.Sprintf("%v %v", fault.Of(err), err)
}

// hashes counts how many passwords were hashed meanwhile, by the memory that each takes: time would tell as much on a
// machine that does nothing else.
func hashes(do func()) int {
	const each = 19 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int((after.TotalAlloc - before.TotalAlloc) / each)
}

// TestAttack049WhoExistsIsNotTold : whoever has no way in with a password is answered as one whose password is wrong, with
// the same work, also where too many tries come before.
func TestAttack049WhoExistsIsNotTold(t *testing.T) {
	c := newCounter(t)
	if a := c.answer("acme", address, right, from(1, "")); a != "" {
		t.Fatalf("the right password: %s", a)
	}
	want := fmt.Sprintf("%v %v", fault.Unauthenticated, noSuchSignIn())
	network := 100
	compare := func(what, organization, account, text string) {
		t.Helper()
		network++
		var got []string
		for try := range 8 {
			var answer string
			n := hashes(func() { answer = c.answer(organization, account, text, from(network, "")) })
			got = append(got, fmt.Sprint(n, " ", answer))
			if now := try < free; now && got[try] != "1 "+want || !now && (n != 0 || !strings.Contains(answer, many)) {
				t.Errorf("%s, try %d: %s", what, try+1, got[try])
			}
		}
		if got[6] != got[7] {
			t.Errorf("%s: %q", what, got)
		}
	}
	compare("a wrong password", "acme", address, "not the password")
	compare("nobody", "acme", "nobody@acme.test", right)
	compare("who has no password", "acme", "zoe@acme.test", right)
	compare("no address", "acme", "x", right)
	compare("nothing", "acme", "", "")
	compare("an address of two", "acme", address+",zoe@acme.test", right)
	compare("a password that nobody can have", "acme", "nobody2@acme.test", "\xff\x00")
	compare("an organization that is none", "nowhere", address, right)
	compare("the server's own chain", "_server", address, right)
	c.append("acme", &event.UserDeactivated{User: ana})
	compare("who is deactivated", "acme", address, right)
	c.append("acme", &event.UserReactivated{User: ana}, &event.UserRemoved{User: zoe})
	compare("who was removed", "acme", "zoe@acme.test", right)
	c.append("other", &event.SettingChanged{Name: change.SettingLocalUsers, Value: "off"})
	compare("where passwords are off", "other", address, right)
}

// TestAttack049TheWayAroundTheLockOut writes the same account in other ways, and comes from other addresses of one network.
func TestAttack049TheWayAroundTheLockOut(t *testing.T) {
	c := newCounter(t)
	place := from(1, "")
	for range free {
		c.answer("acme", address, "not the password", place)
	}
	other := place
	other.Address = netip.AddrFrom16(place.Address.As16()) // the same, as IPv6 writes it
	for _, p := range []From{place, other} {
		for _, account := range []string{address, "ANA@acme.test", "Ana@ACME.TEST", " " + address, address + " ", "\t" + address + "\r\n", "ana @acme.test", "\u200bana@acme.test", "ana@acme.test\x00",
			"\uff41na@acme.test", "ana\uff20acme.test", "ana@acme\uff0etest"} {
			n := hashes(func() {
				if a := c.answer("acme", account, right, p); !strings.Contains(a, many) {
					t.Errorf("%q from %s is looked at: %q", account, p.Address, a)
				}
			})
			if n != 0 {
				t.Errorf("%q from %s: %d hashes", account, p.Address, n)
			}
		}
	}
	if a := c.answer("acme", address, right, from(2, "")); a != "" {
		t.Errorf("the person herself, elsewhere: %s", a)
	}
	six := func(last byte) From {
		ip := netip.MustParseAddr("2001:db8:1:2::").As16()
		ip[15], ip[9] = last, last
		return From{Address: netip.AddrFrom16(ip)}
	}
	for i := range byte(free) {
		c.answer("other", address, "not the password", six(i))
	}
	if a := c.answer("other", address, right, six(99)); !strings.Contains(a, many) {
		t.Errorf("another address of the same network: %q", a)
	}
	// The right password does not make guesses free.
	c.pass(2 * lockout.MaxWait)
	for range 12 {
		c.answer("acme", address, "not the password", place)
		c.answer("acme", address, right, from(3, ""))
	}
	if a := c.answer("acme", address, "not the password", place); !strings.Contains(a, many) {
		t.Errorf("guesses between sign-ins: %q", a)
	}
}

// TestAttack049TheLockOutAsAWeapon guesses at an administrator from a thousand networks: she signs in where she did before, a
// stranger with her cookie's form does not, and everybody else is none the wiser.
func TestAttack049TheLockOutAsAWeapon(t *testing.T) {
	c := newCounter(t)
	in, err := c.desk.Password(t.Context(), "acme", address, right, from(1, ""))
	if err != nil {
		t.Fatal(err)
	}
	cookie := func(e *Entered) string {
		for _, x := range e.Cookies {
			if x.Name == lockout.DeviceCookie {
				return x.Value
			}
		}
		t.Fatal("no cookie of a device")
		return ""
	}
	known := cookie(in)
	elsewhere, err := c.desk.Password(t.Context(), "other", address, right, from(1, ""))
	if err != nil {
		t.Fatal(err)
	}
	spent := hashes(func() {
		for network := range 1000 {
			c.answer("acme", address, fmt.Sprint("guess ", network), from(1000+network, ""))
		}
	})
	if spent > 30 {
		t.Errorf("%d of a thousand guesses were looked at", spent)
	}
	for what, device := range map[string]string{"no device": "", "one that was made up": "1." + strings.Repeat("A", 75), "one that was changed": known[:len(known)-2] + "AA",
		"one of another organization": cookie(elsewhere), "one of another user": c.desk.Attempts.NewDevice("acme", zoe)} {
		if a := c.answer("acme", address, right, from(5000, device)); !strings.Contains(a, many) {
			t.Errorf("%s: %q", what, a)
		}
	}
	if a := c.answer("acme", address, right, from(5001, known)); a != "" {
		t.Errorf("a device that is known: %s", a)
	}
	// A cookie that was stolen gives some guesses and no more.
	looked := hashes(func() {
		for range 20 {
			c.answer("acme", address, "not the password", from(5002, known))
		}
	})
	if looked != free {
		t.Errorf("%d guesses with a stolen cookie were looked at, want %d", looked, free)
	}
	if a := c.answer("other", address, right, from(5003, "")); a != "" {
		t.Errorf("the same address at another organization: %s", a)
	}
	c.pass(lockout.MaxWait)
	if a := c.answer("acme", address, right, from(5004, "")); a != "" {
		t.Errorf("after the longest wait: %s", a)
	}
	session := in.Cookie
	c.good(session)
	c.pass(lockout.DeviceLife)
	if c.desk.Attempts.Known("acme", ana, known) {
		t.Error("a device is known for ever")
	}
}
