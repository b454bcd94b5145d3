package signin

import "net/http"

// A Presented is the token that a request brought, read and not judged.
type Presented struct {
	Kind Kind
	Hash string
	Text Secret
}

// PresentedBy reads the one Authorization header of a request, as a Reader does: for whoever judges tokens without a journal.
// The error is Unauthenticated.
func PresentedBy(req *http.Request) (Presented, error) {
	text, err := bearer(req)
	if err != nil {
		return Presented{}, err
	}
	kind, hash, err := Parse(text)
	if err != nil {
		return Presented{}, refused()
	}
	return Presented{Kind: kind, Hash: hash, Text: secretOf(text)}, nil
}

// RefusedToken is the one answer to every token that does not work, and RefusedSession that to every session.
func RefusedToken() error { return refused() }

// RefusedSession is the one answer to every session that does not work.
func RefusedSession() error { return refusedSession() }
