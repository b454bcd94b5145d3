package gate

import "net/http"

// identify finds out who asks. Where nobody known does, it has answered the request, and the second result is false. A request
// that a trusted proxy vouches for is the named person's, whatever else it carries; an Authorization header counts before a
// cookie, which browsers send without being asked.
func (g *Gate) identify(w http.ResponseWriter, r *http.Request) (*Caller, bool) {
	caller, vouched, err := g.vouched(r)
	switch {
	case vouched:
	case len(r.Header["Authorization"]) > 0:
		caller, err = g.Authority.ByToken(r)
	case g.Trusted == nil:
		caller, err = g.bySession(w, r)
	}
	if caller == nil {
		g.unidentified(w, r, err)
		return nil, false
	}
	return caller, true
}
