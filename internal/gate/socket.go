package gate

import "net/http"

// serveSocket serves Dagster's socket at /graphql to a caller who may see the deployment.
func (g *Gate) serveSocket(w http.ResponseWriter, _ *http.Request, _ *Caller) {
	http.Error(w, "the gate has no socket", http.StatusNotImplemented)
}
