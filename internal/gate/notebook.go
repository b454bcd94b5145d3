package gate

import (
	"net/url"
	"strings"

	"bailiwick/internal/fault"
)

// notebook shows a notebook that a code location has. Its path and the location's name are the only parameters, each once.
func (g *Gate) notebook(p *passage) {
	query, err := url.ParseQuery(p.target.query)
	location, path := query["repoLocName"], query["path"]
	if err != nil || len(query) != 2 || len(location) != 1 || len(path) != 1 || !strings.HasSuffix(path[0], ".ipynb") {
		g.refuseError(p, fault.New(fault.Invalid, "the request names no notebook").Rather("send repoLocName and path, which ends in .ipynb, once each").By("gate.query"))
		return
	}
	g.send(&errand{passage: p, method: p.r.Method, query: url.Values{"repoLocName": location, "path": path}.Encode(), again: true})
}
