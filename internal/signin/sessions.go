package signin

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

// SessionOptions are about the server; how long sessions last is each organization's.
type SessionOptions struct {
	Secure bool         // the server is reached by https; false only on a loopback address
	Logger *slog.Logger // nil: silent
}

const (
	// rereadEvery is how soon a row that another server changed is seen. What ends a session does not wait for it: that
	// is in the state.
	rereadEvery = 5 * time.Second
	// renewWithin bounds the writing of a new secret.
	renewWithin = 5 * time.Second
	maxAgent    = 256
)

// Sessions opens sessions and judges them. It is safe for concurrent use.
type Sessions struct {
	engine  *decide.Engine
	journal *journal.Journal
	options SessionOptions
	origin  http.CrossOriginProtection

	mu       sync.RWMutex
	bySecret map[digest]*live
	byID     map[sessionID]*live
	late     map[string]map[string]time.Time // uses of sessions that are not in memory any more, not written yet
	most     int                             // how many secrets are kept
}

type sessionID struct{ organization, id string }

// NewSessions makes a Sessions. Whoever makes it runs Run beside it.
func NewSessions(engine *decide.Engine, j *journal.Journal, o SessionOptions) *Sessions {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Sessions{engine: engine, journal: j, options: o, bySecret: map[digest]*live{}, byID: map[sessionID]*live{},
		late: map[string]map[string]time.Time{}, most: mostSecrets}
}

// Open begins a session of a user who has just proved who he is, with an id and a secret that nobody had before. It ends
// at until at the latest; the zero time is the usual end.
func (s *Sessions) Open(ctx context.Context, organization, user, method string, from From, until time.Time) (*Opened, error) {
	st, err := s.engine.Current(organization)
	if err != nil {
		return nil, err
	}
	now := truncated(st.Moment(s.engine.Now()))
	_, absolute := change.SessionTimes(st)
	last := now.Add(absolute)
	if method == ByBreakGlass {
		last = now.Add(change.BreakGlassLife)
	}
	if !until.IsZero() && until.Before(last) {
		last = until
	}
	row := journal.Session{User: user, Started: now, Until: truncated(last), Method: method, Agent: plain(from.Agent, maxAgent)}
	if from.Address.IsValid() {
		row.Address = from.Address.String()
	}
	return s.open(ctx, st, row, from.Request)
}

// open gives a session its id and its secret, and keeps it.
func (s *Sessions) open(ctx context.Context, st *state.State, row journal.Session, request string) (*Opened, error) {
	u := st.User(row.User)
	if u == nil || u.Inactive || !row.Started.Before(row.Until) {
		return nil, refusedSession()
	}
	if !row.Started.After(u.EndedBefore) { // in the very microsecond: this sign-in comes after it
		row.Started = u.EndedBefore.Add(time.Microsecond)
	}
	secret := newSecret(sessionPrefix)
	row.ID, row.Hash = "ses_"+strings.ToLower(rand.Text()), HashOf(secret.Reveal())
	row.Given, row.Seen, row.Rights = row.Started, row.Started, rightsOf(st, row.User, row.Started)
	if err := s.journal.PutSession(ctx, st.Organization, row); err != nil {
		return nil, err
	}
	s.options.Logger.LogAttrs(ctx, slog.LevelInfo, "a session began", slog.String("organization", st.Organization), slog.String("session", row.ID),
		slog.String("user", row.User), slog.String("method", row.Method), slog.String("request_id", request))
	s.keep(st.Organization, &row, digestOf(secret.Reveal()))
	return &Opened{Organization: st.Organization, User: row.User, Session: row, Secret: secret, Cookie: s.cookie(row.Audience, secret.Reveal())}, nil
}

// fromCookie judges the session of a request's cookie. It returns nothing where the request has no such cookie.
func (s *Sessions) fromCookie(req *http.Request, look looking) (*Caller, error) {
	text, times := cookieIn(req.Header, CookieName("", s.options.Secure))
	if times == 0 {
		return nil, nil
	}
	if err := s.sameOrigin(req); err != nil {
		return nil, err
	}
	if times > 1 {
		s.refusal(req.Context(), nil, "several")
		return nil, refusedSession()
	}
	return s.check(req.Context(), text, "", look)
}

// sameOrigin refuses what a page of another origin made a browser send with its cookie: everything that may change
// something, and every upgrade, because a web socket is opened by GET.
func (s *Sessions) sameOrigin(req *http.Request) error {
	if len(req.Header["Upgrade"]) > 0 {
		unsafe := *req
		unsafe.Method = http.MethodPost
		req = &unsafe
	}
	if err := s.origin.Check(req); err != nil {
		return fault.New(fault.Forbidden, "a page of another origin sent this with your session").By("cross_origin").
			Rather("send it from a page of this server, or with a token")
	}
	return nil
}

// ForGate judges the secret of a child session that a gate at an origin was sent. Whoever calls it has judged the gate: it
// is the organization's. The gate puts Caller.Renewed on its answer.
func (s *Sessions) ForGate(ctx context.Context, organization, origin, secret string) (*Caller, error) {
	if origin == "" {
		return nil, refusedSession()
	}
	return s.check(ctx, secret, origin, func(found string) (*state.State, error) {
		if found != organization {
			return nil, fault.New(fault.NotFound, "the session is another organization's")
		}
		return s.engine.Current(found)
	})
}

// check judges a secret, notes the use, and renews the secret where the user's roles have changed.
func (s *Sessions) check(ctx context.Context, text, audience string, look looking) (*Caller, error) {
	secret := digestOf(text)
	l, err := s.find(ctx, &secret, text)
	if err != nil {
		return nil, err
	}
	if l == nil {
		s.refusal(ctx, nil, "unknown")
		return nil, refusedSession()
	}
	st, err := look(l.organization)
	if fault.Is(err, fault.NotFound) {
		s.refusal(ctx, l, "organization")
		return nil, refusedSession()
	}
	if err != nil {
		return nil, err
	}
	now := s.engine.Now()
	moment := st.Moment(now)
	s.reread(ctx, l, now, rereadEvery)
	r, parent, why := s.judge(ctx, l, st, moment)
	switch {
	case why != "":
	case !r.holds(&secret, moment):
		why = "secret"
	case r.Audience != audience:
		why = "audience"
	}
	if why != "" {
		s.refusal(ctx, l, why)
		return nil, refusedSession()
	}
	l.use(moment)
	if parent != nil { // who works behind a gate is not away
		parent.use(moment)
	}
	caller := &Caller{Organization: l.organization, Subject: access.Subject{Kind: access.User, ID: r.User}, Session: r.ID, Kind: SessionKind, Expires: r.Until,
		Emergency: r.Method == ByBreakGlass, live: l}
	if l.compared.Load() != st.Revision {
		caller.Renewed = s.renew(ctx, l, &secret, st, moment)
	}
	return caller, nil
}

// judge says why a session, or the one that it hangs on, is not good at a moment.
func (s *Sessions) judge(ctx context.Context, l *live, st *state.State, moment time.Time) (r *row, parent *live, why string) {
	r, why = l.row.Load(), l.judge(st, moment)
	if why != "" || r.Parent == "" {
		return r, nil, why
	}
	parent, err := s.byName(ctx, l.organization, r.Parent)
	if err != nil || parent == nil {
		return r, nil, "parent"
	}
	s.reread(ctx, parent, s.engine.Now(), rereadEvery)
	above := parent.row.Load()
	if parent.judge(st, moment) != "" || above == nil || above.User != r.User || above.Parent != "" {
		return r, nil, "parent"
	}
	return r, parent, ""
}

// renew gives a session a new secret where its user's roles are not what they were when the present one was given. Only
// who has the present one gets it. Where that cannot be written now, the next request tries again: what the user may do is
// judged by the roles of now in any case.
func (s *Sessions) renew(ctx context.Context, l *live, presented *digest, st *state.State, moment time.Time) *http.Cookie {
	l.changing.Lock()
	defer l.changing.Unlock()
	r := l.row.Load()
	if r == nil || *presented != r.now {
		return nil
	}
	rights := rightsOf(st, r.User, moment)
	if rights == r.Rights {
		l.compared.Store(st.Revision)
		return nil
	}
	// The caller may go away; the answer of the database must not get lost with him.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewWithin)
	defer cancel()
	next, secret := r.Session, newSecret(sessionPrefix)
	next.Previous, next.Hash, next.Rights, next.Given = r.Hash, HashOf(secret.Reveal()), rights, truncated(moment)
	if !next.Given.After(r.Given) {
		next.Given = r.Given.Add(time.Microsecond)
	}
	rotated, err := s.journal.RotateSession(ctx, l.organization, r.ID, next.Previous, next.Hash, rights, next.Given)
	switch {
	case err != nil:
		s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "a session could not be given a new secret", slog.String("session", r.ID), slog.Any("error", err))
		return nil
	case !rotated: // another server was quicker
		if kept, found, err := s.journal.SessionByID(ctx, l.organization, r.ID); err == nil && found {
			l.set(&kept)
		}
		return nil
	}
	l.set(&next)
	l.compared.Store(st.Revision)
	s.remember(l, digestOf(secret.Reveal()))
	return s.cookie(next.Audience, secret.Reveal())
}

func (s *Sessions) refusal(ctx context.Context, l *live, why string) {
	var organization, id string
	if l != nil {
		organization = l.organization
		if r := l.row.Load(); r != nil {
			id = r.ID
		}
	}
	s.options.Logger.LogAttrs(ctx, slog.LevelInfo, "a session was refused",
		slog.String("organization", organization), slog.String("session", id), slog.String("why", why))
}
