package gate

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"bailiwick/internal/fault"
	"bailiwick/internal/gate/dagster"
)

// uploading is how long a client may take to send a body.
const uploading = 30 * time.Second

// graphql takes one request to /graphql through: read, parse, judge, and forward what was judged. What is forwarded is a POST of
// ours, however the request came.
func (g *Gate) graphql(p *passage) {
	if p.r.Method == http.MethodGet && len(p.r.Header["Upgrade"]) > 0 {
		g.serveSocket(p.w, p.r, p.caller)
		return
	}
	if p.r.Method == http.MethodGet && strings.Contains(p.r.Header.Get("Accept"), "text/html") {
		g.forward(p) // a page that asks from within the browser; its query stays there
		return
	}
	asked, err := g.ask(p)
	if err != nil {
		g.refuseGraphQL(p, err)
		return
	}
	p.asked = asked
	if p.verdict, err = g.judge(p.context(), p.caller, asked.Operations); err != nil {
		g.refuseGraphQL(p, err)
		return
	}
	if !p.verdict.allowed {
		g.tell(p)
		writeJSON(p.w, p.r, http.StatusOK, dagster.Refusal(asked, p.verdict.reason))
		return
	}
	sign(asked.Operations, p.caller.Name)
	e := &errand{passage: p, method: http.MethodPost, body: asked.Body(), again: asked.Document.Kind == dagster.Query}
	if asked.Document.Rewrites() {
		e.rewrite = func(body []byte) ([]byte, error) { return g.fill(p.context(), p.caller, asked, body) }
	}
	g.send(e)
}

// ask reads what a request asks for. Errors are Invalid or Unavailable.
func (g *Gate) ask(p *passage) (*dagster.Asked, error) {
	body, err := readBody(p)
	if err != nil {
		return nil, err
	}
	request, err := dagster.Read(p.r.Method, p.r.Header, p.target.query, body)
	if err != nil {
		return nil, err
	}
	document, err := g.parse(p.context(), request)
	if err != nil {
		return nil, err
	}
	return document.Ask(request.Variables)
}

// readBody reads a body that is neither too large nor too slow.
func readBody(p *passage) ([]byte, error) {
	if p.r.ContentLength == 0 {
		return nil, nil
	}
	deadline := http.NewResponseController(p.w)
	_ = deadline.SetReadDeadline(time.Now().Add(uploading)) //nolint:forbidigo // connections keep real time; a writer that has none is a test's
	defer func() { _ = deadline.SetReadDeadline(time.Time{}) }()
	body, err := io.ReadAll(http.MaxBytesReader(p.w, p.r.Body, dagster.MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fault.New(fault.Invalid, "the request is larger than 1 MiB").Rather("ask for less at once").By("gate.size")
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "the request's body cannot be read").By("gate.body")
	}
	return body, nil
}

// refuseGraphQL answers a request that nobody knows the shape of the answer to.
func (g *Gate) refuseGraphQL(p *passage, err error) {
	if fault.Is(err, fault.Invalid) {
		writeJSON(p.w, p.r, http.StatusBadRequest, dagster.Malformed(err))
		return
	}
	g.refuseError(p, err)
}
