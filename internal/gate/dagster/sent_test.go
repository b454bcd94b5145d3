package dagster

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// damaged changes a character.
func (n *nasty) damaged(text string) string {
	if len(text) == 0 {
		return text
	}
	at := n.IntN(len(text))
	switch n.IntN(4) {
	case 0:
		return text[:at] + text[at+1:]
	case 1:
		return text[:at] + text[at:at+1] + text[at:]
	case 2:
		return text[:at] + n.pick("}", "{", `"`, "$", "@", "...", "!", "&", "(", "\\", "#", "\x00", "\u200b", "\u2028", "|", "\xff", "\ufeff", "=", "[", "1") + text[at:]
	}
	other := n.IntN(len(text))
	return text[:min(at, other)] + text[max(at, other):]
}

// operationName picks one for JSON: mostly one that is there.
func (n *nasty) operationName() (raw string, ok bool) {
	switch {
	case len(n.named) > 0 && !n.one(12):
		return quote(some(n, n.named)), true
	case n.one(15):
		return n.pick("null", `""`, `"A"`, `"nobody"`, "1", `["A"]`, `{}`), true
	}
	return "", false
}

func quote(s string) string {
	text, _ := json.Marshal(strings.ToValidUTF8(s, "?"))
	return string(text)
}

func (n *nasty) variables() string {
	var members []string
	for _, name := range slices.Sorted(maps.Keys(n.values)) {
		members = append(members, quote(name)+":"+n.values[name])
		if n.one(80) {
			members = append(members, quote(n.pick(name, strings.ToUpper(name)))+":"+n.pick("true", "null", `"z"`))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// object writes the request as JSON.
func (n *nasty) object(document string, names ...string) string {
	members := []string{n.key("query") + ":" + quote(document)}
	if len(n.values) > 0 || n.one(4) {
		value := n.variables()
		if n.one(60) {
			value = n.pick(quote(value), "null", "[]", `"{}"`, "1", `""`)
		}
		members = append(members, n.key("variables")+":"+value)
	}
	if name, ok := n.operationName(); ok {
		members = append(members, n.key(some(n, names))+":"+name)
	}
	if n.one(40) {
		members = append(members, n.pick(`"extensions":{}`, `"query":"{version}"`, `"Query":"{version}"`, `"operationName":null`, `"QUERY":"{version}"`, `"query ":"{version}"`, `"variables":{}`,
			`"operation_name":"A"`, `"id":1`, `"extensions":{"persistedQuery":{}}`, `"query":"mutation{setNuxSeen}"`, `"operationname":"B"`))
	}
	if n.one(3) {
		n.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	}
	return "{" + strings.Join(members, n.pick(",", ", ", ",\n")) + "}"
}

func (n *nasty) key(name string) string {
	if n.one(150) {
		return n.pick(`"\u0071uery"`, `"`+strings.ToUpper(name)+`"`, `"`+strings.ToUpper(name[:1])+name[1:]+`"`, `"`+name+`\u0000"`)
	}
	return `"` + name + `"`
}

func (n *nasty) post(document string) shot {
	s := shot{Method: "POST", Headers: [][2]string{{"Content-Type", "application/json"}}, Body: n.object(document, "operationName")}
	if !n.one(7) {
		return s
	}
	inURL := "query=" + url.QueryEscape(document)
	switch n.IntN(12) {
	case 0:
		s.Headers[0][1] = n.pick("application/json; charset=utf-8", "application/json;charset=UTF-8", "text/plain;application/json", "application/json;charset=utf-16", "APPLICATION/JSON", "application/jsonx", "application/json, text/plain")
	case 1:
		s.Headers[0][1], s.Body = n.pick("application/graphql", "application/graphql; charset=utf-8", "application/json;application/graphql"), document
	case 2:
		s.Headers[0][1], s.Query = n.pick("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""), inURL
	case 3:
		s.Headers = n.headers()
	case 4:
		s.Query = n.pick("op=A", inURL, "query="+url.QueryEscape("{version}"), "a=1;query=x", "variables={}", "op=%zz")
	case 5:
		s.Body = n.encoded(s.Body)
	case 6:
		s.Body = "[" + s.Body + n.pick("]", ",{}]")
	case 7:
		s.Body += n.pick(" ", "\n", "{}", "x", "\x00", ",", "//c")
	case 8:
		s.Body = n.damaged(s.Body)
	case 9:
		s.Method = n.pick("PUT", "HEAD", "post", "OPTIONS", "PATCH", "QUERY")
	case 10:
		s.Body = escaped(s.Body)
	case 11:
		s.Method, s.Query = "GET", n.pick("", inURL)
	}
	return s
}

func (n *nasty) headers() [][2]string {
	return some(n, [][][2]string{nil, {{"content-type", "application/json"}}, {{"Content-Type", "application/json"}, {"Content-Type", "application/graphql"}}, {{"Content-Type", "text/plain"}, {"Content-Type", "application/json"}},
		{{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, {{"Content-Type", " application/json "}}, {{"Content-Type", "application/json;"}}, {{"Content-Type", "application/json"}, {"Accept", "text/html"}}})
}

// encoded is the text in another encoding that Python's JSON reads.
func (n *nasty) encoded(text string) string {
	var b strings.Builder
	switch n.IntN(4) {
	case 0:
		return "\ufeff" + text
	case 1:
		for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
			b.Write([]byte{byte(unit), byte(unit >> 8)})
		}
	case 2:
		for _, unit := range utf16.Encode([]rune(text)) {
			b.Write([]byte{byte(unit >> 8), byte(unit)})
		}
	case 3:
		for _, r := range text {
			b.Write([]byte{byte(r), byte(r >> 8), byte(r >> 16), 0})
		}
	}
	return b.String()
}

// escaped writes some letters within the strings of a JSON text as escapes.
func escaped(text string) string {
	return strings.NewReplacer("run", `\u0072un`, "Run", `R\u0075n`, "query", `\u0071uery`, "mutation", `\u006dutation`).Replace(text)
}

func (n *nasty) get(document string) shot {
	pairs := []string{"query=" + url.QueryEscape(document)}
	if len(n.values) > 0 {
		pairs = append(pairs, "variables="+url.QueryEscape(n.variables()))
	}
	if len(n.named) > 0 && !n.one(5) {
		pairs = append(pairs, "operationName="+url.QueryEscape(some(n, n.named)))
	}
	if n.one(10) {
		pairs = append(pairs, n.pick("query=%7Bversion%7D", "operationName=A", "variables={}", "op=x", "variables=", "Query=%7Bversion%7D", "operationName=", "a;query=%7Bversion%7D", "query", "%71uery=%7Bversion%7D", "extensions={}"))
	}
	if n.one(4) {
		n.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	}
	s := shot{Method: n.rarely("GET", "HEAD", "TRACE"), Query: strings.Join(pairs, n.rarely("&", "&&", ";", "&;"))}
	if n.one(15) {
		s.Query = n.damaged(s.Query)
	}
	if n.one(15) {
		s.Headers, s.Body = [][2]string{{"Content-Type", "application/json"}}, n.object(document, "operationName")
	}
	return s
}

func (n *nasty) socket(document string) shot {
	payload := n.object(document, "operation_name", "operation_name", "operationName")
	start := `{"type":"start","id":"1","payload":` + payload + "}"
	if n.one(10) {
		start = n.pick(`{"id":"1","type":"start","payload":`+quote(payload)+"}", `{"type":"start","payload":`+payload+"}", `{"type":"subscribe","id":"1","payload":`+payload+"}",
			`{"type":"start","id":1,"payload":`+payload+"}", `{"type":"stop","type":"start","id":"1","payload":`+payload+"}", `{"Type":"stop","type":"start","id":"1","payload":`+payload+"}", "["+start+"]", n.damaged(start))
	}
	s := shot{Messages: []string{start}}
	if n.one(6) {
		s.Messages = slices.Insert(s.Messages, 0, n.pick(`{"type":"connection_init","payload":{}}`, `{"type":"stop","id":"1"}`, `{"type":"connection_terminate"}`))
	}
	return s
}
