package gate

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"bailiwick/internal/fault"
)

//go:embed refuse.html
var pageText string

//go:embed refuse.css
var pageStyle string

// page is what browsers get in place of what they asked for.
//
//nolint:gochecknoglobals // nothing changes it
var page = template.Must(template.New("refuse.html").Parse(pageText))

// pagePolicy lets the pages' own style in, and nothing else.
//
//nolint:gochecknoglobals // nothing changes it
var pagePolicy = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}()

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
	shown := struct {
		Title, Text, Name, Request string
		Style                      template.CSS
		Again                      bool
	}{http.StatusText(status), text, "", p.id, template.CSS(pageStyle), status >= http.StatusInternalServerError} //nolint:gosec // our own file
	switch {
	case status == http.StatusForbidden:
		shown.Title = "You have no access here"
	case status >= http.StatusInternalServerError:
		shown.Title = "Dagster is not there at the moment"
	case status == http.StatusBadRequest:
		shown.Title = "This address is not understood"
	}
	if p.caller != nil {
		shown.Name = p.caller.Name
	}
	p.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	p.w.Header().Set("Content-Security-Policy", pagePolicy)
	p.w.WriteHeader(status)
	if p.r.Method != http.MethodHead {
		_ = page.Execute(p.w, shown) // whoever asked may have gone
	}
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
