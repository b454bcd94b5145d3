package signin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/event"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/journal"
	"bailiwick/internal/state"
)

const (
	scheme = "Bearer "
	realm  = `Bearer realm="bailiwick"`
	// noCredentials is the rule of a request that carries none: it gets a challenge without an error code (RFC 6750, 3.1).
	noCredentials = "no_credentials"
)

// A Reader finds out who sends a request. It is safe for concurrent use.
type Reader struct {
	engine  *decide.Engine
	journal *journal.Journal
	log     *slog.Logger
	// tokens remembers where a token was found. It is a hint and no more: each request is judged by the organization's
	// present state. Only tokens that exist get in.
	tokens   sync.Map // hash → *sighting
	sessions *Sessions
	streams  streams
}

// NewReader makes a Reader. Whoever makes it runs Run beside it.
func NewReader(engine *decide.Engine, j *journal.Journal, log *slog.Logger) *Reader {
	return &Reader{engine: engine, journal: j, log: log}
}

// WithSessions lets the doors that name SessionKind take sessions. It is called before the Reader is used.
func (r *Reader) WithSessions(s *Sessions) *Reader {
	r.sessions = s
	return r
}

// Caller reads the one Authorization header of a request and judges it. The token must be of one of the kinds; none
// given means every kind of token. Its error does not tell what is wrong with a token that looks like one: the log does.
//
// A door that names SessionKind takes a session's cookie as well. Where there is an Authorization header it alone counts,
// even one that does not work: whoever sent it meant it, and the cookie, which a browser sends without being asked, must
// not step in. What a page of another origin sends with a cookie is Forbidden if it may change anything. The door puts
// Caller.Renewed on its answer.
func (r *Reader) Caller(req *http.Request, kinds ...Kind) (*Caller, error) {
	return r.caller(req, r.engine.Current, kinds)
}

// Viewer is Caller for what only shows: the caller is judged on facts as old as the operator allows for views.
func (r *Reader) Viewer(req *http.Request, kinds ...Kind) (*Caller, error) {
	return r.caller(req, r.engine.View, kinds)
}

// looking finds the state of an organization.
type looking func(organization string) (*state.State, error)

func (r *Reader) caller(req *http.Request, look looking, kinds []Kind) (*Caller, error) {
	if len(req.Header["Authorization"]) == 0 && r.sessions != nil && slices.Contains(kinds, SessionKind) {
		if caller, err := r.sessions.fromCookie(req, look); err != nil || caller != nil {
			return caller, err
		}
	}
	text, err := bearer(req)
	if err != nil {
		return nil, err
	}
	kind, hash, err := Parse(text)
	if err != nil {
		return nil, refused()
	}
	seen, s, err := r.find(hash, look)
	if err != nil {
		return nil, err
	}
	if s == nil {
		r.refusal(req.Context(), "", "", "unknown")
		return nil, refused()
	}
	token := s.TokenByHash(hash)
	now := r.engine.Now()
	why := judge(s, token, kind, s.Moment(now))
	if why == "" && len(kinds) > 0 && !slices.Contains(kinds, kind) {
		why = "kind"
	}
	if why != "" {
		r.refusal(req.Context(), s.Organization, token.Token, why)
		return nil, refused()
	}
	seen.use(now)
	caller := &Caller{Organization: s.Organization, Subject: token.Holder, Token: token.Token, Kind: kind,
		Permissions: token.Permissions, Scopes: token.Scopes, Expires: event.Time(token.Expires)}
	return caller, nil
}

// bearer reads the token's text. Two headers are an error: the one that we read might not be the one that a proxy judged.
func bearer(req *http.Request) (string, error) {
	header := req.Header["Authorization"]
	switch {
	case len(header) == 0:
		return "", fault.New(fault.Unauthenticated, "the request carries no token").By(noCredentials).
			Rather("the header Authorization: Bearer and a token")
	case len(header) > 1:
		return "", fault.New(fault.Unauthenticated, "the request carries several Authorization headers").By("token_header").
			Rather("exactly one")
	}
	text := header[0]
	if len(text) < len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) {
		return "", fault.New(fault.Unauthenticated, "the Authorization header is not of the scheme Bearer").By("token_header").
			Rather("Authorization: Bearer and a token")
	}
	return strings.TrimLeft(text[len(scheme):], " "), nil
}

// refused is the one answer to every token that does not work.
func refused() error {
	return fault.New(fault.Unauthenticated, "this token does not work").By("token").
		Rather("a token that exists, is whole, of the kind for this address, neither expired nor ended, and of somebody active")
}

// Challenge is the value of WWW-Authenticate that belongs to an error of Caller.
func Challenge(err error) string {
	var known *fault.Error
	if errors.As(err, &known) && known.Rule == noCredentials {
		return realm
	}
	return realm + `, error="invalid_token"`
}

// find looks for the organization that knows a hash: where it was the last time first, then everywhere. The state is nil
// where nobody knows it.
func (r *Reader) find(hash string, look looking) (*sighting, *state.State, error) {
	if kept, ok := r.tokens.Load(hash); ok {
		seen := kept.(*sighting)
		s, err := look(seen.organization)
		if err == nil && s.TokenByHash(hash) != nil {
			return seen, s, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, nil, err
		}
		r.tokens.Delete(hash)
	}
	for _, organization := range r.engine.Organizations() {
		s, err := look(organization)
		if err != nil {
			return nil, nil, err
		}
		token := s.TokenByHash(hash)
		if token == nil {
			continue
		}
		seen := &sighting{organization: organization, token: token.Token}
		kept, _ := r.tokens.LoadOrStore(hash, seen)
		return kept.(*sighting), s, nil
	}
	return nil, nil, nil
}

// judge says why a token does not work at a moment; "" where it does.
func judge(s *state.State, token *state.Token, kind Kind, moment time.Time) string {
	switch {
	case token.Kind != string(kind):
		return "kind"
	case token.Ended:
		return "ended"
	case token.Expires != 0 && !moment.Before(event.Time(token.Expires)):
		return "expired"
	}
	switch who := token.Holder; who.Kind {
	case access.User:
		if u := s.User(who.ID); u == nil || u.Inactive {
			return "subject"
		}
	case access.ServiceUser:
		if s.ServiceUser(who.ID) == nil {
			return "subject"
		}
	case access.Agent:
		if s.Agent(who.ID) == nil {
			return "subject"
		}
	case access.NoHolder, access.Team:
		return "subject"
	}
	return ""
}

func (r *Reader) refusal(ctx context.Context, organization, token, why string) {
	r.log.LogAttrs(ctx, slog.LevelInfo, "a token was refused",
		slog.String("organization", organization), slog.String("token", token), slog.String("why", why))
}
