package gate

import "net/http"

// vouched finds out who asks by the word of the trusted proxy. It is false where the request does not come from there; an error
// comes with true, and lets nobody in.
func (g *Gate) vouched(_ *http.Request) (*Caller, bool, error) { return nil, false, nil }
