package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// some are the callers of the tests below.
func some() []caller {
	return []caller{
		{name: "viewer", grants: []granted{{"viewer", prod}}},
		{name: "editor", grants: []granted{{"editor", prod}}},
		{name: "viewer, editor of etl", grants: []granted{{"viewer", prod}, {"editor", prod + "/etl"}}},
		{name: "without a role"},
		{name: "session of an editor", grants: []granted{{"editor", prod}}, kind: "session"},
	}
}

// caller finds one of the callers.
func (g *gated) caller(name string) *caller {
	g.t.Helper()
	i := slices.IndexFunc(g.callers, func(c caller) bool { return c.name == name })
	if i < 0 {
		g.t.Fatalf("there is no caller %s", name)
	}
	return &g.callers[i]
}

// adding is a mutation that adds a partition, in a document without variables.
func adding(partition string) string {
	return `mutation { answer: addDynamicPartition(repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "etl"}, ` +
		`partitionsDefName: "customers", partitionKey: "` + partition + `") { __typename } }`
}

// added tells whether a partition is there.
func (g *gated) added(partition string) bool {
	g.t.Helper()
	return slices.Contains(g.d.Partitions(g.t, etl.dynamicAsset), partition)
}

// TestAttack079NoMutationByALink follows a link to a mutation, in every form that Dagster itself would carry out, as somebody who
// might do it by the door that is for it.
func TestAttack079NoMutationByALink(t *testing.T) {
	g := newPlain(t, queued.Start(t), some())
	for i, c := range []string{"editor", "session of an editor"} {
		for n, way := range []struct{ method, kind string }{{http.MethodGet, ""}, {http.MethodPost, "text/plain"}, {http.MethodPost, "application/x-www-form-urlencoded"},
			{http.MethodPost, "application/graphql"}, {http.MethodPost, ""}, {http.MethodHead, ""}, {http.MethodPut, "application/json"}} {
			partition := fmt.Sprintf("link-%d-%d", i, n)
			a := g.send(g.gates[prod], g.caller(c), way.method, "/graphql?"+url.Values{"query": {adding(partition)}}.Encode(), way.kind, "")
			if a.status < 400 && !strings.Contains(a.text, `"errors"`) || g.added(partition) {
				t.Errorf("%s %s as %s: %d %s; there: %v", way.method, way.kind, c, a.status, a.text, g.added(partition))
			}
		}
	}
}

// TestAttack089QueriesTellWhatOneMaySee asks what only some may read.
func TestAttack089QueriesTellWhatOneMaySee(t *testing.T) {
	g := newPlain(t, queued.Start(t), some())
	for _, q := range []struct{ name, text, secret, may string }{
		{"the instance's configuration", `{ instance { info } }`, "run_coordinator", "deployments.edit_settings"},
		{"a schedule's evaluation", `{ scheduleOrError(scheduleSelector: {repositoryName: "__repository__", repositoryLocationName: "etl", scheduleName: "nightly_schedule"}) {
			... on Schedule { futureTicks(limit: 1) { results { timestamp evaluationResult { runRequests { runKey } } } } } } }`, "timestamp", "schedules.dry_run"},
		{"runs", `{ runsOrError(limit: 1) { __typename } }`, `"Runs"`, "runs.view"},
	} {
		for i := range g.callers {
			c := &g.callers[i]
			a := g.ask(g.gates[prod], c, q.text, nil)
			want := g.has(*c, "deployments.view", prod) && g.has(*c, q.may, prod)
			if got := strings.Contains(a.text, q.secret); got != want {
				t.Errorf("%s as %s: told is %v, want %v\n\t%d %.300s", q.name, c.name, got, want, a.status, a.text)
			}
		}
	}
}

// raw writes bytes to a gate and returns all that comes back until it closes the connection, or is silent.
func (g *gated) raw(e *entrance, text string) string {
	g.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(e.origin, "http://"))
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, text); err != nil {
		return err.Error()
	}
	_ = c.SetReadDeadline(time.Now().Add(700 * time.Millisecond)) // a connection that is kept open says no more
	said, _ := io.ReadAll(bufio.NewReader(c))
	return string(said)
}

// bearing is a request's head lines, which every raw request begins with.
func bearing(e *entrance, c *caller, line string, more ...string) string {
	head := line + "\r\nHost: " + strings.TrimPrefix(e.origin, "http://") + "\r\nAuthorization: Bearer " + c.secret + "\r\n"
	return head + strings.Join(more, "\r\n") + "\r\n\r\n"
}

// TestAttack091NoOtherSpellingOfAPathIsAWayIn writes the paths of mutations and reports in every way that some server might read as
// them, as a viewer, who may do none of it, and with the real Dagster right behind the gate.
func TestAttack091NoOtherSpellingOfAPathIsAWayIn(t *testing.T) {
	g := newPlain(t, queued.Start(t), some())
	e, viewer, editor := g.gates[prod], g.caller("viewer"), g.caller("editor")
	recorded := g.d.Materializations(t, "orders")
	spell := func(path string) []string {
		escaped := fmt.Sprintf("/%%%02x%s", path[1], path[2:])
		return []string{
			path, "/" + path, escaped, path + "/", "/x/.." + path, "/x/..%2f" + path[1:], "/." + path, path + ";x", path + "%00", path + "%20", path + "%2f", path + "\\", "\\" + path[1:],
			strings.ToUpper(path), "http://127.0.0.1" + path, "http://other.test" + path, "//other.test" + path, path + "#x", path + "?a=b#c", "/%2567raphql", "/dagit" + path, "*", path[1:],
			"/logs/../" + path[1:], "/static/%2e%2e" + path, "/_next/..%5c" + path[1:], path + "%3f", "/server_info/.." + path, "/report_asset_check/../" + path[1:],
		}
	}
	asked := 0
	for n, path := range spell("/graphql") {
		partition := fmt.Sprintf("path-%d", n)
		query := "?" + url.Values{"query": {adding(partition)}}.Encode()
		body := `{"query": ` + fmt.Sprintf("%q", adding(partition)) + `}`
		length := fmt.Sprintf("Content-Length: %d", len(body))
		for _, c := range []*caller{viewer, editor} {
			said := g.raw(e, bearing(e, c, "POST "+path+" HTTP/1.1", "Content-Type: application/json", length, "Connection: close")+body) +
				g.raw(e, bearing(e, c, "GET "+path+query+" HTTP/1.1", "Connection: close"))
			asked += 2
			if is := g.added(partition); is && (c == viewer || path != "/graphql") {
				t.Errorf("%s as %s: it is there\n\t%.300s", path, c.name, said)
			}
		}
	}
	for _, path := range spell("/report_asset_materialization/orders") {
		g.raw(e, bearing(e, viewer, "POST "+path+" HTTP/1.1", "Content-Length: 0", "Connection: close"))
		if asked++; g.d.Materializations(t, "orders") != recorded {
			t.Fatalf("%s as a viewer: it was recorded", path)
		}
	}
	if !g.added("path-0") {
		t.Error("the editor could not do it by the right path: nothing was tried here")
	}
	t.Logf("%d requests", asked)
}

// TestAttack092NothingIsSmuggledThrough sends requests with two readings of where they end, each with a second request within that
// only one of the readings sees, and afterwards asks as somebody else on the connections that the gate keeps.
func TestAttack092NothingIsSmuggledThrough(t *testing.T) {
	g := newPlain(t, queued.Start(t), some())
	e, viewer, editor := g.gates[prod], g.caller("viewer"), g.caller("editor")
	n := 0
	for _, way := range smuggling() {
		n++
		partition := fmt.Sprintf("smuggled-%d", n)
		body := `{"query": ` + fmt.Sprintf("%q", adding(partition)) + `}`
		// Straight to the upstream's own connection: no credential is needed there.
		inner := "POST /graphql HTTP/1.1\r\nHost: upstream\r\nContent-Type: application/json\r\n" + fmt.Sprintf("Content-Length: %d", len(body)) + "\r\n\r\n" + body
		said := g.raw(e, way.write(e, viewer, inner))
		for range 3 {
			if a := g.ask(e, editor, "{ version }", nil); a.status != http.StatusOK || !strings.Contains(a.text, `{"version":`) {
				t.Errorf("%s: the next one is answered with %d %.200s", way.name, a.status, a.text)
			}
		}
		if g.added(partition) {
			t.Errorf("%s: the mutation within was carried out\n\t%.400s", way.name, said)
		}
	}
}

// A framing is one way to say where a request ends.
type framing struct {
	name  string
	write func(e *entrance, c *caller, inner string) string
}

func smuggling() []framing {
	const harmless = `{"query": "{ version }"}`
	both := func(name, transfer string) framing {
		return framing{name, func(e *entrance, c *caller, inner string) string {
			body := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(harmless), harmless)
			return bearing(e, c, "POST /graphql HTTP/1.1", "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)+len(inner)), transfer) + body + inner
		}}
	}
	shorter := func(name, transfer string) framing {
		return framing{name, func(e *entrance, c *caller, inner string) string {
			return bearing(e, c, "POST /graphql HTTP/1.1", "Content-Type: application/json", "Content-Length: 4", transfer) +
				fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(harmless), harmless) + inner
		}}
	}
	lines := func(name string, more ...string) framing {
		return framing{name, func(e *entrance, c *caller, inner string) string {
			all := append([]string{"Content-Type: application/json"}, more...)
			return bearing(e, c, "POST /graphql HTTP/1.1", all...) + harmless + inner
		}}
	}
	length := fmt.Sprintf("Content-Length: %d", len(harmless))
	chunks := func(name, chunked string) framing {
		return framing{name, func(e *entrance, c *caller, inner string) string {
			return bearing(e, c, "POST /graphql HTTP/1.1", "Content-Type: application/json", "Transfer-Encoding: chunked") +
				fmt.Sprintf(strings.ReplaceAll(chunked, "SIZE", "%x"), len(harmless)) + inner
		}}
	}
	whole := strings.ReplaceAll(harmless, "%", "%%")
	return []framing{
		both("length over chunks", "Transfer-Encoding: chunked"), shorter("chunks over length", "Transfer-Encoding: chunked"),
		both("a hidden chunked", "Transfer-Encoding: xchunked"), both("chunked after a space", "Transfer-Encoding : chunked"), both("chunked after a tab", "Transfer-Encoding:\tchunked"),
		both("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), both("chunked in capitals", "transfer-encoding: CHUNKED"),
		shorter("a folded chunked", "Transfer-Encoding:\r\n chunked"), shorter("chunked behind a carriage return", "X: y\rTransfer-Encoding: chunked"),
		lines("two lengths", length, "Content-Length: 0"), lines("a length with a sign", fmt.Sprintf("Content-Length: +%d", len(harmless))), lines("a list of lengths", length+", 0"),
		lines("a length in hex", fmt.Sprintf("Content-Length: 0x%x", len(harmless))), lines("an underscore", "Content_Length: 0", length), lines("a line feed alone", length+"\nX-A: b"),
		lines("a pipelined second request", length),
		chunks("a trailer", "SIZE\r\n"+whole+"\r\n0\r\nContent-Length: 0\r\nAuthorization: none\r\n\r\n"), chunks("a chunk's extension", "SIZE;a=b\r\n"+whole+"\r\n0\r\n\r\n"),
		chunks("a chunk's size with a sign", "+SIZE\r\n"+whole+"\r\n0\r\n\r\n"), chunks("chunks that end in line feeds", "SIZE\n"+whole+"\n0\n\n"),
		lines("an upgrade to HTTP/2", length, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
		lines("a connection header that takes away", length, "Connection: close, Content-Length, X-Forwarded-For"), lines("an expectation", length, "Expect: 100-continue"),
		{"a method of its own", func(e *entrance, c *caller, inner string) string {
			return bearing(e, c, "TRACE /graphql HTTP/1.1", length) + harmless + inner
		}},
		{"a tunnel", func(e *entrance, c *caller, inner string) string {
			return bearing(e, c, "CONNECT 127.0.0.1:80 HTTP/1.1") + inner
		}},
		{"a body of a HEAD", func(e *entrance, c *caller, inner string) string {
			return bearing(e, c, "HEAD /server_info HTTP/1.1", fmt.Sprintf("Content-Length: %d", len(inner))) + inner
		}},
		{"a body of a GET", func(e *entrance, c *caller, inner string) string {
			return bearing(e, c, "GET /server_info HTTP/1.1", fmt.Sprintf("Content-Length: %d", len(inner))) + inner
		}},
	}
}
