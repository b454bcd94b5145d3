package gate

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bailiwick/internal/fault"
	"bailiwick/internal/loopback"
	"bailiwick/internal/oidc"
	"bailiwick/internal/signin"
)

// ownPrefix is where the gate's own pages are, whatever the upstream's path.
const ownPrefix = "/.bailiwick/"

// checkSignIn checks how people are let in. A gate at the server's own origin would hand the upstream's pages the console.
func (o Options) checkSignIn() error {
	wrong := func(field, text, right string) error {
		return fault.New(fault.Invalid, "%s", text).In(field).Rather("%s", right)
	}
	switch {
	case !isOrigin(o.Origin, false):
		return wrong("origin", "this is no origin", "https://HOST, without a path; http on a loopback address only")
	case (o.SignIn == nil) == (o.Trusted == nil):
		return wrong("identity", "people have no way in, or two", "either the server's sign-in or a trusted header")
	case o.Trusted != nil:
		return o.Trusted.check()
	case !isOrigin(o.SignIn, true):
		return wrong("sign_in", "this is no address of the server", "https://HOST/PATH; http on a loopback address only")
	case strings.EqualFold(o.SignIn.Host, o.Origin.Host):
		return wrong("origin", "the gate has the server's own origin", "another host name, or another port")
	}
	return nil
}

func isOrigin(u *url.URL, path bool) bool {
	if u == nil || u.Host == "" || u.User != nil || u.Opaque != "" || u.Fragment != "" || u.RawQuery != "" || !path && u.Path != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname())
}

// own answers on the gate's own paths.
func (g *Gate) own(w http.ResponseWriter, r *http.Request) {
	quiet(w.Header())
	name := strings.TrimPrefix(r.URL.Path, ownPrefix)
	known := map[string][]string{"health": {http.MethodGet, http.MethodHead}}
	if g.Trusted == nil {
		known["signin"], known["signout"] = []string{http.MethodGet}, []string{http.MethodGet, http.MethodPost}
	}
	methods, ok := known[name]
	switch {
	case !ok:
		http.NotFound(w, r)
	case !slices.Contains(methods, r.Method):
		w.Header().Set("Allow", strings.Join(methods, ", "))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case name == "signin":
		g.enter(w, r)
	case name == "signout":
		g.leave(w, r)
	default:
		g.health(w, r)
	}
}

// health tells whether the gate can decide. It does not ask the upstream: a gate that is taken out because Dagster restarts could
// not say so.
func (g *Gate) health(w http.ResponseWriter, r *http.Request) {
	if _, err := g.Authority.Facts(r.Context()); err != nil {
		http.Error(w, "not in step with the server", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // an error means that the caller has gone
}

// bySession finds out who asks by the cookie of a session at this origin. No cookie is Unauthenticated. A page of another origin
// that sends it with what may change something is Forbidden.
func (g *Gate) bySession(w http.ResponseWriter, r *http.Request) (*Caller, error) {
	secret, times := g.cookies.read(r, g.cookies.session)
	switch {
	case times == 0:
		return nil, fault.New(fault.Unauthenticated, "nobody is signed in").By("no_credentials")
	case times > 1:
		return nil, fault.New(fault.Unauthenticated, "the browser sent several sessions").By("session_cookie")
	case !g.cookies.ownPage(r):
		return nil, crossOrigin()
	}
	caller, err := g.Authority.BySession(r.Context(), g.cookies.origin, secret)
	if err != nil {
		return nil, err
	}
	if caller.Renewed != nil {
		http.SetCookie(w, caller.Renewed)
	}
	return caller, nil
}

func crossOrigin() error {
	return fault.New(fault.Forbidden, "a page of another origin sent this in your name").By("cross_origin").
		Rather("send it from a page of this gate, or with a token")
}

// unidentified answers a request of nobody known: browsers that open a page are sent to the sign-in, everybody else is told.
func (g *Gate) unidentified(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		err = fault.New(fault.Unauthenticated, "nobody vouches for this request").By("no_credentials")
	}
	kind := fault.Of(err)
	switch {
	case kind == fault.Unauthenticated && !navigates(r):
		w.Header().Set("WWW-Authenticate", signin.Challenge(err))
		inform(w, r, http.StatusUnauthorized, kind, "You are not signed in: "+err.Error()+". Reload the page to sign in; programs send Authorization: Bearer and a token.")
	case kind == fault.Unauthenticated && g.Trusted == nil && len(r.Header["Authorization"]) == 0:
		g.sendToSignIn(w, r)
	default:
		g.keepOut(w, r, err)
	}
}

// keepOut says that and why somebody is not let in, to a person or a program.
func (g *Gate) keepOut(w http.ResponseWriter, r *http.Request, err error) {
	status, title, text := http.StatusInternalServerError, "The gate failed", "The gate's log says why."
	kind := fault.Of(err)
	switch kind {
	case fault.Unauthenticated:
		status, title, text = http.StatusUnauthorized, "You are not signed in", err.Error()
	case fault.Forbidden, fault.Invalid, fault.NotFound:
		status, title, text = http.StatusForbidden, "You are not let in", err.Error()
	case fault.Unavailable:
		status, title, text = http.StatusServiceUnavailable, "The gate cannot tell who you are now", "It has not heard from the server for too long. Try again soon."
		w.Header().Set("Retry-After", "2")
	default:
		g.Log.ErrorContext(r.Context(), "the gate cannot tell who sends a request", "error", err)
	}
	if !navigates(r) {
		inform(w, r, status, kind, title+": "+text)
		return
	}
	g.show(w, status, notice{Title: title, Text: text})
}

// navigates tells whether a person opens a page, and not a page its parts.
func navigates(r *http.Request) bool {
	return r.Method == http.MethodGet && len(r.Header["Upgrade"]) == 0 && wantsPage(r)
}

// sendToSignIn sends a browser to the server's sign-in, once. Where it comes back and is nobody again, it would be sent in a circle.
func (g *Gate) sendToSignIn(w http.ResponseWriter, r *http.Request) {
	if g.cookies.circling(r) {
		http.SetCookie(w, g.cookies.none(g.cookies.state))
		g.show(w, http.StatusUnauthorized, notice{Title: "You are not signed in",
			Text: "You have just signed in, and your session here does not work: it was ended, or the browser did not keep its cookie.",
			Link: "Sign in again", Address: oidc.LocalPath(r.URL.RequestURI())})
		return
	}
	b := newBegun(r.URL.RequestURI())
	to := *g.SignIn
	to.RawQuery = url.Values{"gate": {g.Name}, "state": {signin.HashOf(b.state)}}.Encode()
	quiet(w.Header())
	http.SetCookie(w, g.cookies.begun(b))
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

// enter takes a browser back from the server's sign-in with a code. The code counts only in the browser that began: a code of
// somebody else's would sign its victim in as him.
func (g *Gate) enter(w http.ResponseWriter, r *http.Request) {
	b, mine := g.cookies.kept(r)
	code := r.URL.Query()["code"]
	if !mine || len(code) != 1 {
		g.notBegun(w, r)
		return
	}
	session, err := g.Authority.Enter(r.Context(), g.cookies.origin, code[0], signin.HashOf(b.state))
	if err != nil {
		g.Log.InfoContext(r.Context(), "a sign-in at the gate failed", "gate", g.Name, "error", err)
		status, text := http.StatusForbidden, "The way from the server's sign-in back to here works once, for half a minute, and only in the browser that began it."
		if fault.Is(err, fault.Unavailable) {
			status, text = http.StatusServiceUnavailable, "The server cannot be asked now. Try again soon."
		}
		http.SetCookie(w, g.cookies.none(g.cookies.state))
		g.show(w, status, notice{Title: "You were not signed in", Text: text, Link: "Sign in again", Address: b.path})
		return
	}
	http.SetCookie(w, session)
	http.SetCookie(w, g.cookies.settled())
	http.Redirect(w, r, b.path, http.StatusSeeOther)
}

// notBegun answers a code in a browser that did not begin, or has finished: of several tabs that began, the last one did.
func (g *Gate) notBegun(w http.ResponseWriter, r *http.Request) {
	if _, err := g.bySession(w, r); err == nil {
		http.Redirect(w, r, g.prefix+"/", http.StatusSeeOther)
		return
	}
	g.show(w, http.StatusForbidden, notice{Title: "This sign-in did not begin here",
		Text: "This browser did not ask to be signed in, or asked more than ten minutes ago. Nothing has happened.",
		Link: "Sign in", Address: g.prefix + "/"})
}

// leave ends the session at this gate. The one at the server, which it hangs on, stays.
func (g *Gate) leave(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		g.show(w, http.StatusOK, notice{Title: "Sign out of Dagster?", Button: "Sign out",
			Text: "Your session here ends. To end the one at the server as well, sign out there: all sessions at gates end with it."})
		return
	}
	if !g.cookies.sameOrigin(r, true) {
		g.keepOut(w, r, crossOrigin())
		return
	}
	if caller, err := g.bySession(w, r); err == nil {
		err = g.Authority.Leave(r.Context(), caller)
		if err != nil {
			g.keepOut(w, r, err)
			return
		}
	}
	w.Header().Del("Set-Cookie") // a renewed session is over as well
	http.SetCookie(w, g.cookies.none(g.cookies.session))
	http.SetCookie(w, g.cookies.none(g.cookies.state))
	g.show(w, http.StatusOK, notice{Title: "You are signed out", Link: "Sign in again", Address: g.prefix + "/"})
}
