package signin

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// SessionKind is the kind of a Caller who has a session and no token. No token's text claims it, and a door that takes
// sessions names it.
const SessionKind Kind = "session"

const sessionPrefix = "bwk_session_"

// The ways in which a session begins. A sign-in at an identity provider is "provider:" and the provider's id.
const (
	ByPassword   = "password"
	ByLink       = "link"
	ByBreakGlass = change.MethodBreakGlass
	ByDemo       = "demo" // a demo's visitor
)

// A From is where a sign-in came from, for lists and logs.
type From struct {
	Address netip.Addr
	Agent   string // what the browser says that it is
	Request string // id of the request
	Device  string // what the browser is known by; "" where it is not
}

// Opened is a session that has just begun. The secret is nowhere else.
type Opened struct {
	Organization, User string
	Session            journal.Session
	Secret             Secret
	Cookie             *http.Cookie
}

// A digest is a secret's SHA-256.
type digest = [sha256.Size]byte

// digestOf copies the text to where it costs no allocation, if it can be a secret at all.
func digestOf(text string) digest {
	var room [128]byte
	if len(text) > len(room) {
		return sha256.Sum256([]byte(text))
	}
	return sha256.Sum256(room[:copy(room[:], text)])
}

func hashOf(d *digest) string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// newSecret makes a secret of 256 random bits with a checksum, as tokens have.
func newSecret(prefix string) Secret {
	text := prefix + randomText()
	return secretOf(text + checksum(text))
}

// wellFormed tells whether a text can be a secret of newSecret, before anything is looked up.
func wellFormed(prefix, text string) bool {
	body := len(text) - checkChars
	return len(text) == len(prefix)+randomChars+checkChars && strings.HasPrefix(text, prefix) && alphanumeric(text[len(prefix):]) &&
		checksum(text[:body]) == text[body:]
}

// A live is a session in memory. It is a hint and no more: each request is judged by the organization's present state.
type live struct {
	organization string
	row          atomic.Pointer[row] // nil: the session is gone
	read         atomic.Int64        // when the row was read last, in microseconds
	compared     atomic.Int64        // the revision at which the rights were compared last
	seen         atomic.Int64        // microseconds
	flushed      atomic.Int64        // as much of seen as is written
	changing     sync.Mutex          // held while the row is replaced
}

// row is a session's row with its digests.
type row struct {
	journal.Session
	now, before digest
}

func (l *live) use(now time.Time) {
	if at := now.UnixMicro(); at > l.seen.Load() {
		l.seen.Store(at)
	}
}

// set takes a row over, unless a newer one is there: the caller holds changing.
func (l *live) set(s *journal.Session) {
	if known := l.row.Load(); known != nil && s.Given.Before(known.Given) {
		return
	}
	r := &row{Session: *s}
	_, err := base64.RawURLEncoding.Decode(r.now[:], []byte(s.Hash))
	if s.Previous != "" && err == nil {
		_, err = base64.RawURLEncoding.Decode(r.before[:], []byte(s.Previous))
	}
	if err != nil {
		r = nil // a hash that is none finds nobody
	}
	l.row.Store(r)
	seen := s.Seen.UnixMicro()
	if seen > l.seen.Load() {
		l.seen.Store(seen)
		l.flushed.Store(seen)
	}
}

// holds tells whether a secret is this session's: the present one, or the one before it for those who had not heard.
func (r *row) holds(secret *digest, moment time.Time) bool {
	return *secret == r.now || r.Previous != "" && *secret == r.before && moment.Before(r.Given.Add(journal.PreviousFor))
}

// judge says why a session is not good at a moment; "" where it is. It does not look at a parent.
func (l *live) judge(s *state.State, moment time.Time) string {
	r := l.row.Load()
	if r == nil {
		return "gone"
	}
	u := s.User(r.User)
	switch {
	case u == nil || u.Inactive:
		return "subject"
	case !r.Started.After(u.EndedBefore), s.SessionEnded(r.ID):
		return "ended"
	case !moment.Before(r.Until):
		return "over"
	}
	if id, by := ProviderOf(r.Method); by { // what it said of somebody counts as long as it is believed
		if p := s.Provider(id); p == nil || !p.Enabled {
			return "provider"
		}
	}
	switch idle, absolute := change.SessionTimes(s); {
	case moment.Sub(r.Started) >= absolute:
		return "over"
	case moment.Sub(time.UnixMicro(l.seen.Load())) >= idle:
		return "idle"
	}
	return ""
}

// refusedSession is the one answer to every session that does not work.
func refusedSession() error {
	return fault.New(fault.Unauthenticated, "this session does not work").By("session").Rather("sign in again")
}

// rightsOf is a stamp of the roles that a user has at a moment, own and by teams, on every platform, and of the licenses.
func rightsOf(s *state.State, user string, moment time.Time) string {
	u := s.User(user)
	if u == nil {
		return ""
	}
	var lines []string
	add := func(h access.Holder) {
		for _, g := range s.GrantsOf(h) {
			if !moment.Before(g.From) && (g.Until.IsZero() || moment.Before(g.Until)) {
				lines = append(lines, g.On+"\x00"+g.Role+"\x00"+strings.Join(g.Environments, ","))
			}
		}
	}
	add(access.Holder{Kind: access.User, ID: user})
	for _, team := range u.Teams {
		add(access.Holder{Kind: access.Team, ID: team})
	}
	for platform, license := range u.Licenses {
		lines = append(lines, "\x00"+platform+"\x00"+license)
	}
	slices.Sort(lines)
	sum := digestOf(strings.Join(slices.Compact(lines), "\n"))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// plain makes a text from outside fit to be kept and shown: one line of UTF-8, of bounded length.
func plain(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// truncated is a time as it is stored.
func truncated(t time.Time) time.Time { return event.Time(event.Micros(t)) }
