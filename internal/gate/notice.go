package gate

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"

	"bailiwick/internal/fault"
)

//go:embed notice.html
var noticeText string

//go:embed notice.css
var noticeStyle string

// notices are the gate's own pages.
//
//nolint:gochecknoglobals // nothing changes it
var notices = template.Must(template.New("notice.html").Parse(noticeText))

// noticePolicy lets the pages' own style in, and nothing else.
//
//nolint:gochecknoglobals // nothing changes it
var noticePolicy = func() string {
	sum := sha256.Sum256([]byte(noticeStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
}()

// A notice tells a person about a sign-in, or why something is not shown. What is empty is left out.
type notice struct {
	Title, Text   string
	Name          string // of whoever is signed in
	Again         bool   // trying again may help
	Link, Address string // a link's text and where it leads
	Button        string // of a form that is sent to the page's own address
	Request       string // the id in the gate's log
}

// show answers with a notice about a sign-in.
func (g *Gate) show(w http.ResponseWriter, status int, n notice) {
	quiet(w.Header())
	writeNotice(w, status, n, true)
}

// writeNotice writes a notice, with or without its body.
func writeNotice(w http.ResponseWriter, status int, n notice, body bool) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", noticePolicy)
	w.WriteHeader(status)
	if !body {
		return
	}
	_ = notices.Execute(w, struct {
		notice
		Style template.CSS
	}{n, template.CSS(noticeStyle)}) //nolint:gosec // our own file; an error means that the browser has gone
}

// quiet is for answers about somebody's sign-in: nobody keeps them, and their address, which may carry a code, is told to nobody.
func quiet(h http.Header) {
	secure(h)
	h.Set("Referrer-Policy", "no-referrer")
}

// inform tells a program that it is not let in, in the shape of GraphQL, which Dagster's pages show as well.
func inform(w http.ResponseWriter, r *http.Request, status int, kind fault.Kind, text string) {
	wrong := map[string]any{"message": text, "extensions": map[string]any{"code": kind.String()}}
	body, _ := json.Marshal(map[string]any{"data": nil, "errors": []any{wrong}}) // texts always can be written
	quiet(w.Header())
	writeJSON(w, r, status, body)
}
