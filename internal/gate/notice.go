package gate

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"

	"bailiwick/internal/fault"
)

//go:embed notice.html
var noticeText string

// notices are the pages about somebody's sign-in.
//
//nolint:gochecknoglobals // nothing changes it
var notices = template.Must(template.New("notice.html").Parse(noticeText))

// A notice tells a person about his sign-in.
type notice struct {
	Title, Text   string
	Link, Address string // a link's text and where it leads; no text: there is none
	Button        string // of a form that is sent to the page's own address; empty: there is none
}

// show answers with a notice.
func (g *Gate) show(w http.ResponseWriter, status int, n notice) {
	quiet(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	w.WriteHeader(status)
	_ = notices.Execute(w, struct {
		notice
		Style template.CSS
	}{n, template.CSS(pageStyle)}) //nolint:gosec // our own file; an error means that the browser has gone
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
