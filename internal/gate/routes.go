package gate

import (
	"slices"
	"strings"

	"bailiwick/internal/fault"
)

// A route is one thing that dagster-webserver does (build_routes in its webserver.py, read 2026-11 in 1.13.27).
type route struct {
	name       string // for the log and the activity: "graphql", "logs"
	methods    methods
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

// methods are those of a route, as the header Allow lists them.
type methods string

const (
	reading methods = "GET, HEAD"
	getting methods = "GET"
	posting methods = "POST"
	asking  methods = "POST, GET"
)

func (m methods) has(method string) bool {
	for one := range strings.SplitSeq(string(m), ", ") {
		if one == method {
			return true
		}
	}
	return false
}

// findRoute finds what a path means. Dagster's own pages are one page, whatever their path, and are fetched as one: the client's
// path does not reach the upstream. Errors are Invalid.
func findRoute(t target) (route, error) {
	if r, found := named(t); found {
		return r, nil
	}
	first := t.segments[0]
	switch {
	case isTaken(strings.Split(first, "/")[0]):
		return route{}, fault.New(fault.Invalid, "there is nothing at this path of %s", first).Rather("write the path exactly").By("gate.path")
	case len(t.segments) == 1 && isFile(first):
		return route{name: "static", methods: reading, serve: (*Gate).forward, answer: fixed, path: "/" + first}, nil
	}
	return route{name: "index", methods: reading, serve: (*Gate).forward, path: "/"}, nil
}

// named finds the routes that are no pages; false if the path is not exactly one's.
func named(t target) (route, bool) {
	first, rest := t.segments[0], t.segments[1:]
	alone := len(rest) == 0
	plain := len(rest) > 0 && !t.slashes && !slices.Contains(rest, "")
	static := route{name: "static", methods: reading, serve: (*Gate).forward, answer: fixed}
	notebook := route{name: "notebook", methods: getting, permission: "runs.view", serve: (*Gate).notebook, answer: active}
	r, found := route{}, false
	switch first {
	case "graphql":
		r, found = route{name: first, methods: asking, serve: (*Gate).graphql}, alone
	case "server_info", "dagit_info":
		r, found = route{name: first, methods: reading, serve: (*Gate).forward}, alone
	case "notebook":
		r, found = notebook, alone
	case "dagit":
		r, found = notebook, len(rest) == 1 && rest[0] == "notebook"
	case "logs":
		r = route{name: first, methods: reading, permission: "runs.view", serve: (*Gate).forward, answer: active}
		found = len(rest) > 1 && plain && !slices.ContainsFunc(rest, isPercent)
	case "download_debug":
		r, found = route{name: first, methods: getting, permission: "runs.view", serve: (*Gate).forward}, len(rest) == 1 && isID(rest[0])
	case "_next":
		r, found = static, plain
		r.answer = fingerprint
	case "vendor", "static":
		r, found = static, plain
	}
	if found {
		r.path = join(t.segments)
	} else if isReport(first) && len(rest) > 0 && (plain || rest[0] == "") {
		return route{name: first, methods: posting, serve: (*Gate).report, path: "/" + first + "/"}, true
	}
	return r, found
}

// isTaken tells whether something else than a page of the interface lies at a first step, however its letters are written.
func isTaken(step string) bool {
	switch step = strings.ToLower(strings.TrimSpace(step)); step {
	case "graphql", "server_info", "dagit_info", "notebook", "dagit", "logs", "download_debug", "_next", "vendor", "static", ".bailiwick":
		return true
	}
	return isReport(step)
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
