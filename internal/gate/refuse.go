package gate

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	"bailiwick/internal/fault"
)

// refuse answers a request that is not forwarded, in the form that whoever asked reads: a page, an answer of GraphQL, or JSON.
func (g *Gate) refuse(p *passage, status int, text string) {
	switch {
	case wantsPage(p.r):
		g.page(p, status, text)
	case p.route.name == "graphql":
		inform(p.w, p.r, status, kindOf(status), text)
	default:
		body, _ := json.Marshal(map[string]string{"error": text}) // a text always can be written
		writeJSON(p.w, p.r, status, body)
	}
}

// kindOf is what a status means, for GraphQL.
func kindOf(status int) fault.Kind {
	switch {
	case status == http.StatusForbidden:
		return fault.Forbidden
	case status == http.StatusInternalServerError:
		return fault.Internal
	case status > http.StatusInternalServerError:
		return fault.Unavailable
	}
	return fault.Invalid
}

func writeJSON(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // whoever asked may have gone
	}
}

// wantsPage tells whether a person reads the answer.
func wantsPage(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return false
	}
	destination := r.Header.Get("Sec-Fetch-Dest")
	return destination == "" || destination == "document" || destination == "iframe"
}

func (g *Gate) page(p *passage, status int, text string) {
	n := notice{Title: http.StatusText(status), Text: text, Request: p.id, Again: status >= http.StatusInternalServerError}
	switch {
	case status == http.StatusForbidden:
		n.Title = "You have no access here"
	case status >= http.StatusInternalServerError:
		n.Title = "Dagster is not there at the moment"
	case status == http.StatusBadRequest:
		n.Title = "This address is not understood"
	}
	if p.caller != nil {
		n.Name = p.caller.Name
	}
	writeNotice(p.w, status, n, p.r.Method != http.MethodHead)
}

// refuseError answers with an error of the gate's own.
func (g *Gate) refuseError(p *passage, err error) {
	status := http.StatusInternalServerError
	switch fault.Of(err) {
	case fault.Invalid:
		status = http.StatusBadRequest
	case fault.Unauthenticated:
		status = http.StatusUnauthorized
	case fault.Forbidden:
		status = http.StatusForbidden
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Conflict:
		status = http.StatusConflict
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
		p.w.Header().Set("Retry-After", "5")
	}
	text := err.Error()
	if status == http.StatusInternalServerError {
		g.Log.LogAttrs(p.context(), slog.LevelError, "failed", slog.String("gate", g.Name), slog.String("request", p.id), slog.Any("error", err))
		text = "the gate failed; its log says why under " + p.id
	}
	g.refuse(p, status, text)
}
