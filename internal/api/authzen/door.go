package authzen

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"bailiwick/access"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// What a caller must hold to ask, and where.
const (
	askPermission = "decisions.ask"
	askAt         = "org"
)

// maxBody is how many bytes a request may have.
const maxBody = 1 << 20

// waitAtLeast is how long a question waits for the revision that it asks for.
const waitAtLeast = 5 * time.Second

// A Config is what the door needs from the server.
type Config struct {
	// External is the server's own address as callers know it. It alone makes the metadata's addresses.
	External string
	Engine   *decide.Engine
	Reader   *signin.Reader
	Log      *slog.Logger
}

// A Door answers AuthZEN requests. It is safe for concurrent use.
type Door struct {
	Config
	metadata metadata
	naming   naming
	pages    pager
	requests sync.Pool
	// Header values that every answer shares; net/http does not change them.
	jsonType, textType []string
}

// New makes a door. It fails where External is no address that metadata can be built from.
func New(config Config) (*Door, error) {
	m, err := newMetadata(config.External)
	if err != nil {
		return nil, err
	}
	d := &Door{Config: config, metadata: m, jsonType: []string{"application/json"}, textType: []string{"text/plain; charset=utf-8"}}
	_, _ = rand.Read(d.pages.key[:]) // cannot fail without ending the program
	d.requests.New = func() any { return &request{} }
	return d, nil
}

// Handlers returns what answers at each of the door's paths, patterns of http.ServeMux without a method.
func (d *Door) Handlers() map[string]http.Handler {
	all := map[string]http.Handler{
		metadataPath:               http.HandlerFunc(d.serveMetadata),
		metadataPath + "/{tenant}": http.HandlerFunc(d.serveMetadata),
	}
	for path, answer := range map[string]endpoint{
		evaluationPath:  {needs: needsAll(), answer: (*Door).evaluation},
		evaluationsPath: {needs: needsAll(), many: true, answer: (*Door).evaluations},
		subjectPath:     {needs: needs{action: true, resourceID: true}, paged: true, answer: (*Door).searchSubjects},
		resourcePath:    {needs: needs{action: true, subjectID: true}, paged: true, answer: (*Door).searchResources},
		actionPath:      {needs: needs{subjectID: true, resourceID: true}, paged: true, answer: (*Door).searchActions},
	} {
		all[path] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.serve(w, r, &answer) })
	}
	return all
}

// An endpoint is what differs between the addresses that take a POST.
type endpoint struct {
	needs       needs
	many, paged bool
	// answer appends the answer to the request's buffer.
	answer func(*Door, *asking) error
}

// An asking is one request being answered.
type asking struct {
	*request
	endpoint *endpoint
	caller   *signin.Caller
	names    *names
	moment   time.Time
	asked    int
	allowed  int
}

// serve answers one POST.
func (d *Door) serve(w http.ResponseWriter, r *http.Request, e *endpoint) {
	echoRequestID(w, r)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		d.refuse(w, http.StatusMethodNotAllowed, "only POST is possible here")
		return
	}
	caller, err := d.Reader.Caller(r, signin.ServiceUserToken, signin.UserToken)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	q := d.requests.Get().(*request)
	defer func() { q.release(); d.requests.Put(q) }()
	a := asking{request: q, endpoint: e, caller: caller}
	if err := d.answer(r, &a); err != nil {
		d.fail(w, r, err)
		return
	}
	w.Header()["Content-Type"] = d.jsonType
	_, _ = w.Write(q.out) // an error means that whoever asked has gone
	d.Engine.Allowed.Add(int64(a.allowed))
	d.Engine.Denied.Add(int64(a.asked - a.allowed))
}

// answer reads, judges the caller and answers. The right to ask is judged before the body is looked at.
func (d *Door) answer(r *http.Request, a *asking) error {
	s, err := d.Engine.Current(a.caller.Organization)
	if err != nil {
		return err
	}
	if err := d.mayAsk(a, s); err != nil {
		return err
	}
	if !isJSON(r.Header["Content-Type"]) {
		return invalid("the Content-Type must be application/json")
	}
	if err := a.readBody(r); err != nil {
		return err
	}
	wrong := a.read(a.endpoint.many, a.endpoint.paged)
	if wrong == "" && len(a.items) == 0 {
		wrong = a.missing(a.endpoint.needs)
	}
	if wrong != "" {
		return invalid("%s", wrong)
	}
	if least := a.context; least.revision > 0 || least.epoch > 0 {
		if s, err = d.atLeast(r.Context(), a, least); err != nil {
			return err
		}
	}
	a.names, a.moment = d.naming.of(s), s.Moment(d.Engine.Now())
	return a.endpoint.answer(d, a)
}

// atLeast waits for the state that the request asks for, and judges the caller by it again.
func (d *Door) atLeast(ctx context.Context, a *asking, least hints) (*state.State, error) {
	ctx, cancel := context.WithTimeout(ctx, waitAtLeast)
	defer cancel()
	s, err := d.Engine.AtLeast(ctx, a.caller.Organization, least.revision, least.epoch)
	if err != nil {
		return nil, err
	}
	return s, d.mayAsk(a, s)
}

func (d *Door) mayAsk(a *asking, s *state.State) error {
	question := access.Question{Subject: a.caller.Subject, Permission: askPermission, Resource: askAt, At: s.Moment(d.Engine.Now())}
	if !a.caller.Allows(askAt+"."+askPermission, askAt) || !s.Decide(question).Allowed {
		return fault.New(fault.Forbidden, "the caller may not ask for decisions").By(askPermission).
			Rather("a caller with the role decision_client on org, and a token that is not narrowed to less")
	}
	return nil
}

// readBody reads the body into the request's buffer, and makes a text of it.
func (q *request) readBody(r *http.Request) error {
	if r.ContentLength > maxBody {
		return tooLong()
	}
	q.body.Reset()
	if r.ContentLength > 0 {
		q.body.Grow(int(r.ContentLength) + bytes.MinRead) // what ReadFrom wants to have free
	}
	if _, err := q.body.ReadFrom(io.LimitReader(r.Body, maxBody+1)); err != nil {
		return fault.Wrap(fault.Invalid, err, "the body could not be read to its end")
	}
	if q.body.Len() > maxBody {
		return tooLong()
	}
	q.text = q.body.String()
	return nil
}

func tooLong() error { return invalid("the body has more than %d bytes", maxBody) }

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// isJSON tells whether the one Content-Type is JSON in UTF-8.
func isJSON(header []string) bool {
	if len(header) != 1 {
		return false
	}
	if header[0] == "application/json" {
		return true
	}
	kind, params, err := mime.ParseMediaType(header[0])
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// echoRequestID gives the caller's own request id back, as it came.
func echoRequestID(w http.ResponseWriter, r *http.Request) {
	if id, given := r.Header["X-Request-Id"]; given {
		w.Header()["X-Request-Id"] = id[:1]
	}
}
