package gate

import (
	"net/http"

	"bailiwick/internal/fault"
)

// ownPrefix is where the gate's own pages are, whatever the upstream's path.
const ownPrefix = "/.bailiwick/"

// own answers on the gate's own paths.
func (g *Gate) own(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }

// bySession finds out who asks by the cookie of a session at this origin. No cookie is Unauthenticated.
func (g *Gate) bySession(_ http.ResponseWriter, _ *http.Request) (*Caller, error) {
	return nil, fault.New(fault.Unauthenticated, "nobody is signed in")
}

// unidentified answers a request of nobody known: browsers that open a page are sent to the sign-in, everybody else is told.
func (g *Gate) unidentified(w http.ResponseWriter, _ *http.Request, _ error) {
	http.Error(w, "sign in first", http.StatusUnauthorized)
}
