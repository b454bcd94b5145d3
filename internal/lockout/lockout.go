package lockout

import (
	"crypto/hkdf"
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"bailiwick/internal/fault"
)

const (
	// MaxWait is the longest that anybody waits after the last try that was counted.
	MaxWait = 15 * time.Minute
	// Entries is how many of each kind are remembered, those longest unused being forgotten first: 32,768 entries of four
	// kinds are some 25 MiB.
	Entries = 1 << 15

	firstWait = time.Second
	// forgets is the time after which one failure no longer counts.
	forgets = 15 * time.Minute

	freeDevice  = 5
	freePair    = 5
	freeAccount = 20
	freeNetwork = 100
)

// Options of Attempts.
type Options struct {
	// Now is the clock; required.
	Now func() time.Time
	// Key signs device cookies: 32 bytes, the same on every server and after every start.
	Key []byte
	// Entries bounds each table; zero means the constant of that name.
	Entries int
}

// A Try is one attempt to sign in with a password.
type Try struct {
	Organization string
	// Account is what was typed: case, spaces and how its characters are written do not matter.
	Account string
	// User is the id of the user whom the account means, "" where it means nobody.
	User string
	// From is where the request comes from.
	From netip.Addr
	// Device is the value of the device cookie, "" where there is none.
	Device string
}

// Attempts counts. It is safe for concurrent use.
type Attempts struct {
	now func() time.Time
	key []byte

	mu       sync.Mutex
	devices  *table
	pairs    *table
	accounts *table
	networks *table
}

// New makes an Attempts that has seen nothing.
func New(o Options) (*Attempts, error) {
	if len(o.Key) != 32 {
		return nil, fault.New(fault.Invalid, "the key of device cookies has %d bytes", len(o.Key)).Rather("32 random bytes")
	}
	key, err := hkdf.Key(sha256.New, o.Key, nil, "bailiwick device cookie 1", 32)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the key of device cookies could not be derived")
	}
	if o.Entries <= 0 {
		o.Entries = Entries
	}
	return &Attempts{now: o.Now, key: key, devices: newTable(o.Entries, freeDevice), pairs: newTable(o.Entries, freePair),
		accounts: newTable(o.Entries, freeAccount), networks: newTable(o.Entries, freeNetwork)}, nil
}

// Allow tells whether a password may be looked at now, and if not, after how long. A try that is allowed counts as a failure
// from that moment, so that a thousand at once are not looked at before the first has failed. Whoever was
// allowed calls Succeeded or Undecided where it did not fail.
func (a *Attempts) Allow(try Try) (retryAfter time.Duration, ok bool) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	counted := a.counters(try, now)
	for _, c := range counted {
		retryAfter = max(retryAfter, c.table.wait(c.key, now))
	}
	if retryAfter > 0 {
		return retryAfter, false
	}
	for _, c := range counted {
		c.table.fail(c.key, now)
	}
	return 0, true
}

// Succeeded says that the password was right: the try no longer counts, and a known device begins anew. What others failed
// before still counts: their guesses do not become free because somebody signed in. Whoever calls it gives the browser a
// device cookie, by NewDevice.
func (a *Attempts) Succeeded(try Try) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.counters(try, now) {
		if c.table == a.devices {
			c.table.forget(c.key)
		} else {
			c.table.takeBack(c.key, now)
		}
	}
}

// Undecided says that the password was not looked at after all: the server was busy, or the caller went away.
func (a *Attempts) Undecided(try Try) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.counters(try, now) {
		c.table.takeBack(c.key, now)
	}
}

// A counter is a place where a try counts.
type counter struct {
	table *table
	key   key
}

func (a *Attempts) counters(try Try, now time.Time) []counter {
	if device, ok := a.device(try, now); ok {
		return []counter{{a.devices, keyOf(try.Organization, try.User, device)}}
	}
	account, from := accountForm(try.Account), network(try.From)
	return []counter{
		{a.pairs, keyOf(try.Organization, account, from)},
		{a.accounts, keyOf(try.Organization, account)},
		{a.networks, keyOf(from)},
	}
}

// accountForm brings what was typed into one form. It is at least as coarse as the form in which accounts are looked up
// (lower case, NFC): two texts that find one account are never counted as two.
func accountForm(typed string) string {
	lower := norm.NFC.String(strings.ToLower(norm.NFC.String(strings.ToValidUTF8(typed, ""))))
	folded := cases.Fold().String(norm.NFKC.String(lower))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, norm.NFKC.String(folded))
}

// network is what one guesser has of addresses at least: one of IPv4, a /64 of IPv6.
func network(from netip.Addr) string {
	from = from.Unmap().WithZone("")
	if from.Is6() {
		if prefix, err := from.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return from.String()
}
