package dagster

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const harm = `mutation{setConcurrencyLimit(concurrencyKey:"corpus",limit:1)}`

// refusedBy reads a request and says which rule refused it.
func refusedBy(t *testing.T, method, contentType, query, body string) string {
	t.Helper()
	h := http.Header{}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	r, err := Read(method, h, query, []byte(body))
	if err == nil {
		_, err = understand(schema(t), r)
	}
	return rule(err)
}

func wants(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("refused by %q, want %q", got, want)
	}
}

func TestAttack079AMutationByGet(t *testing.T) {
	wants(t, refusedBy(t, "GET", "", "query="+url.QueryEscape(harm), ""), "gate.method")
	wants(t, refusedBy(t, "GET", "", "query="+url.QueryEscape("query A{version} mutation B{setNuxSeen}")+"&operationName=B", ""), "gate.method")
	wants(t, refusedBy(t, "GET", "", "query="+url.QueryEscape("{version}"), ""), "")
	wants(t, refusedBy(t, "HEAD", "", "query="+url.QueryEscape("{version}"), ""), "gate.method")
}

func TestAttack080TheQueryFromTheURLOrAsARawBody(t *testing.T) {
	inURL := "query=" + url.QueryEscape(harm)
	for _, contentType := range []string{"", "text/plain", "text/plain;application/json", "application/graphql", "application/x-www-form-urlencoded",
		"application/json; charset=utf-16", "application/json, application/graphql", "APPLICATION/JSON", "application/json;charset=utf-8;x=y", "application/jsonx"} {
		wants(t, refusedBy(t, "POST", contentType, inURL, `{"query":"{version}"}`), "gate.content_type")
	}
	wants(t, refusedBy(t, "POST", "application/json", inURL, `{"query":"{version}"}`), "gate.two_requests")
	wants(t, refusedBy(t, "POST", "application/json", "op=Harmless", `{"query":"{version}"}`), "")
	_, err := Read("POST", http.Header{"Content-Type": {"application/json", "text/plain"}}, "", []byte(`{"query":"{version}"}`))
	wants(t, rule(err), "gate.content_type")
}

func TestAttack081TheSameParameterTwice(t *testing.T) {
	for _, name := range []string{"query", "variables", "operationName"} {
		wants(t, refusedBy(t, "GET", "", "query=%7Bversion%7D&"+name+"=%7B%7D&"+name+"=%7B%7D", ""), "gate.query_string")
	}
}

func TestAttack082KeysThatDifferInCase(t *testing.T) {
	for _, body := range []string{
		`{"query":"{version}","Query":"{version}"}`, `{"query":"{version}","query":"{version}"}`,
		`{"query":"{version}","\u0071uery":"{version}"}`, `{"query":"{version}","variables":{"a":{"b":1,"b":2}}}`,
	} {
		wants(t, refusedBy(t, "POST", "application/json", "", body), "gate.json")
	}
	wants(t, refusedBy(t, "POST", "application/json", "", `{"QUERY":"{version}"}`), "gate.unknown_key")
	wants(t, refusedBy(t, "POST", "application/json", "", `{"query":"{version}","variables":{"ops":{"a":1,"A":2}}}`), "")
}

func TestAttack083OtherEncodingsAndNaN(t *testing.T) {
	utf16 := "\xff\xfe"
	for _, c := range `{"query":"{version}"}` {
		utf16 += string(c) + "\x00"
	}
	for _, body := range []string{
		utf16, utf16[2:], "\ufeff" + `{"query":"{version}"}`, "{\"query\":\"{version}\",\"operationName\":\"\xff\"}",
		`{"query":"{version}","variables":{"a":NaN}}`, `{"query":"{version}","variables":{"a":Infinity}}`, `{"query":"{version}","variables":{"a":1e400}}`,
		`{"query":"{version}","variables":{"a":"\ud800"}}`, `{"query":"{version}","variables":{"a":"\udc00"}}`, `{"query":"{version}","variables":{"a":"\ud800\u0041"}}`,
		`[{"query":"{version}"}]`, `{"query":"{version}"} {}`, ``, `null`,
	} {
		wants(t, refusedBy(t, "POST", "application/json", "", body), "gate.json")
	}
	wants(t, refusedBy(t, "POST", "application/json", "", `{"query":"{version}","variables":{"a":"\ud83d\ude00 \\ud800"}}`), "")
}

func TestAttack084ASemicolonInTheQueryString(t *testing.T) {
	for _, query := range []string{"query=%7Bversion%7D;", "a;query=%7Bversion%7D", "query=%7Bversion%7D&x;query=" + url.QueryEscape(harm), "query=%7Bversion%7D#", "query=%zz"} {
		wants(t, refusedBy(t, "GET", "", query, ""), "gate.query_string")
		wants(t, refusedBy(t, "POST", "application/json", query, `{"query":"{version}"}`), "gate.query_string")
	}
	wants(t, refusedBy(t, "GET", "", "query=%7Bversion%7D%3B", ""), "gate.document")
}

func TestAttack092MethodsOtherThanTheTwo(t *testing.T) {
	for _, method := range []string{"PUT", "post", "OPTIONS", "TRACE", "CONNECT", "DELETE", "PATCH", "", "QUERY"} {
		wants(t, refusedBy(t, method, "application/json", "", `{"query":"{version}"}`), "gate.method")
	}
}

func TestAttack096APersistedQueryWithoutItsText(t *testing.T) {
	wants(t, refusedBy(t, "POST", "application/json", "", `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`), "gate.query")
	wants(t, refusedBy(t, "POST", "application/json", "", `{"id":"00"}`), "gate.unknown_key")
	wants(t, refusedBy(t, "GET", "", "extensions=%7B%7D", ""), "gate.unknown_key")
}

func TestARequestIsBoundedBeforeItIsRead(t *testing.T) {
	wants(t, refusedBy(t, "POST", "application/json", "", `{"query":"`+strings.Repeat(" ", MaxBody)+`"}`), "gate.size")
	wants(t, refusedBy(t, "GET", "", "query="+strings.Repeat("+", MaxBody), ""), "gate.size")
	wants(t, refusedBy(t, "POST", "application/json", "", `{"query":"{version}","variables":`+strings.Repeat(`{"a":`, 70)+"1"+strings.Repeat("}", 71)), "gate.depth")
	_, err := Read("POST", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, "", []byte(`{"query":"{version}"}`))
	wants(t, rule(err), "gate.content_encoding")
}
