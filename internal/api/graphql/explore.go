package graphql

import (
	"embed"
	"net/http"
	"net/url"

	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

//go:embed explorer
var explorerFolder embed.FS

// explorerPolicy is what the page may load and send: the files of this server, and questions to it.
const explorerPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// explorerFiles are the page's own script and style; its looks are otherwise the console's.
func explorerFiles() []Route {
	var routes []Route
	for name, media := range map[string]string{"explorer.js": "text/javascript; charset=utf-8", "explorer.css": "text/css; charset=utf-8"} {
		routes = append(routes, Route{Pattern: "GET /graphql/" + name, Operation: "graphql.files", Public: true, Handler: embedded(name, media)})
	}
	return routes
}

func embedded(name, media string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := explorerFolder.ReadFile("explorer/" + name)
		if err != nil {
			http.Error(w, "the file is not there", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", media)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(text) // an error means that the browser has gone
	})
}

// explore shows the explorer to somebody who is signed in at their browser. Nothing is carried out by GET: a page of another
// site can make a browser send one (attack 103).
func (d *door) explore(w http.ResponseWriter, r *http.Request) {
	begin(w)
	if r.URL.RawQuery != "" {
		w.Header().Set("Allow", http.MethodPost)
		d.refuseAs(w, r, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "operations are not taken by GET").By("method").
			Rather("send a JSON object with query and variables by POST to this address"))
		return
	}
	caller, err := d.Reader.Caller(r, signin.UserToken, signin.ServiceUserToken, signin.SessionKind)
	switch {
	case fault.Is(err, fault.Unauthenticated) && len(r.Header["Authorization"]) == 0:
		http.Redirect(w, r, "/signin?next="+url.QueryEscape(r.URL.EscapedPath()), http.StatusSeeOther)
		return
	case err != nil:
		d.refuse(w, r, nil, err)
		return
	}
	if caller.Renewed != nil {
		http.SetCookie(w, caller.Renewed)
	}
	h := w.Header()
	h.Set("Content-Security-Policy", explorerPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	embedded("explorer.html", "text/html; charset=utf-8").ServeHTTP(w, r)
}
