package gate

import (
	"net/http"
	"slices"
	"strings"

	"bailiwick/internal/fault"
)

// A route is one thing that dagster-webserver does (build_routes in its webserver.py, read 2026-11 in 1.13.27).
type route struct {
	name       string // for the log and the activity: "graphql", "logs"
	methods    []string
	permission string // on the deployment, besides seeing it; "" is none
	serve      func(*Gate, *passage)
	answer     answerKind
	path       string // the upstream's, below its prefix, encoded
}

// answerKind says how an answer may be kept and shown.
type answerKind uint8

const (
	personal    answerKind = iota // depends on who asks
	fixed                         // a file that is the same for all, and may change with a release
	fingerprint                   // a file whose name changes with its content
	active                        // a stranger's HTML
)

var (
	reading = []string{http.MethodGet, http.MethodHead}
	posting = []string{http.MethodPost}
)

// routes finds what a path means. Dagster's own pages are one page, whatever their path, and are fetched as one: the client's
// path does not reach the upstream. Errors are Invalid.
func (g *Gate) route(t target) (route, error) {
	first := t.segments[0]
	rest := t.segments[1:]
	alone := len(rest) == 0
	plain := len(rest) > 0 && !t.slashes && !slices.Contains(rest, "")
	switch {
	case first == "graphql" && alone:
		return route{name: "graphql", methods: []string{http.MethodPost, http.MethodGet}, serve: (*Gate).graphql, path: "/graphql"}, nil
	case (first == "server_info" || first == "dagit_info") && alone:
		return route{name: first, methods: reading, serve: (*Gate).forward, path: "/" + first}, nil
	case first == "notebook" && alone, first == "dagit" && len(rest) == 1 && rest[0] == "notebook":
		return route{name: "notebook", methods: []string{http.MethodGet}, permission: "runs.view", serve: (*Gate).notebook, answer: active, path: join(t.segments)}, nil
	case first == "logs" && len(rest) > 1 && plain && !slices.ContainsFunc(rest, isPercent):
		return route{name: "logs", methods: reading, permission: "runs.view", serve: (*Gate).forward, answer: active, path: join(t.segments)}, nil
	case first == "download_debug" && len(rest) == 1 && isID(rest[0]):
		return route{name: "download_debug", methods: []string{http.MethodGet}, permission: "runs.view", serve: (*Gate).forward, path: join(t.segments)}, nil
	case reports[first] != nil && len(rest) > 0 && (plain || rest[0] == ""):
		return route{name: first, methods: posting, serve: (*Gate).report, path: "/" + first + "/"}, nil
	case first == "_next" && plain:
		return route{name: "static", methods: reading, serve: (*Gate).forward, answer: fingerprint, path: join(t.segments)}, nil
	case (first == "vendor" || first == "static") && plain:
		return route{name: "static", methods: reading, serve: (*Gate).forward, answer: fixed, path: join(t.segments)}, nil
	case isTaken(strings.Split(first, "/")[0]):
		return route{}, fault.New(fault.Invalid, "there is nothing at this path of %s", first).Rather("write the path exactly").By("gate.path")
	case alone && isFile(first):
		return route{name: "static", methods: reading, serve: (*Gate).forward, answer: fixed, path: "/" + first}, nil
	}
	return route{name: "index", methods: reading, serve: (*Gate).forward, path: "/"}, nil
}

// isTaken tells whether something else than a page of the interface lies at a first step, however its letters are written.
func isTaken(step string) bool {
	switch step = strings.ToLower(strings.TrimSpace(step)); step {
	case "graphql", "server_info", "dagit_info", "notebook", "dagit", "logs", "download_debug", "_next", "vendor", "static", ".bailiwick":
		return true
	}
	return reports[step] != nil
}

// isFile tells whether a name can be one of the build's files at the root: favicon.png, manifest.json.
func isFile(name string) bool {
	plain := !strings.ContainsFunc(name, func(r rune) bool { return r > 0x7e || !unreserved(byte(r)) })
	return plain && strings.Contains(strings.Trim(name, "."), ".")
}

// isID tells whether a text can be a run's id.
func isID(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e || r == '.' || !unreserved(byte(r)) })
}

// isPercent tells whether a step would be decoded again by whoever decodes twice.
func isPercent(step string) bool { return strings.Contains(step, "%") }
