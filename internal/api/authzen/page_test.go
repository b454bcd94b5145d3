package authzen

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bailiwick/access"
	"bailiwick/event"
)

type pageAnswer struct {
	Page struct {
		NextToken    *string `json:"next_token"`
		Count, Total int
	}
	Results []struct{ Type, ID string }
}

// crowd is acme with so many more readers.
func crowd(t *testing.T, more int) *house {
	h := newHouse(t, "acme.yaml")
	var events []event.Event
	for i := range more {
		who := access.Holder{Kind: access.User, ID: fmt.Sprintf("reader-%03d@acme.test", i)}
		events = append(events, &event.UserAdded{User: h.id(who), Number: int32(5000 + i), Profile: event.Profile{Email: who.ID}},
			&event.GrantAdded{Grant: event.GrantOf(access.Grant{To: access.Holder{Kind: who.Kind, ID: h.id(who)}, Role: "reader", On: "records/record-1"}), Number: int32(9000 + i)})
	}
	h.append("acme", events...)
	return h
}

const readers = `{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}`

func (h *house) page(t *testing.T, body string) (pageAnswer, int) {
	t.Helper()
	w := h.do(call{path: subjectPath, body: body, token: h.tokens["acme/harness"]})
	var p pageAnswer
	if w.Code == 200 {
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Page.NextToken == nil || !strings.HasPrefix(w.Body.String(), `{"page":{`) {
			t.Fatalf("%v: %s", err, w.Body)
		}
	}
	return p, w.Code
}

func TestPagesHoldEveryResultOnce(t *testing.T) {
	h := crowd(t, 250)
	for limit, pages := range map[string]int{"": 3, `"limit":1000`: 1, `"limit":50`: 6, `"limit":251`: 1, `"limit":125`: 3, `"limit":999999999`: 1} {
		seen, token, count := map[string]bool{}, "", 0
		for {
			members := strings.Trim(limit+`,"token":"`+token+`"`, ",")
			p, status := h.page(t, readers+`,"page":{`+members+`}}`)
			if status != 200 || p.Page.Count != len(p.Results) || p.Page.Total != 251 {
				t.Fatalf("%q: %d %+v", limit, status, p.Page)
			}
			for _, r := range p.Results {
				if seen[r.ID] {
					t.Fatalf("%s comes twice", r.ID)
				}
				seen[r.ID] = true
			}
			count++
			if token = *p.Page.NextToken; token == "" {
				break
			}
		}
		if len(seen) != 251 || count != pages {
			t.Errorf("%q: %d results on %d pages, want 251 on %d", limit, len(seen), count, pages)
		}
	}
	if p, status := h.page(t, readers+`,"page":{"limit":0}}`); status != 200 || len(p.Results) != 0 || p.Page.Total != 251 || *p.Page.NextToken == "" {
		t.Errorf("limit 0: %d %+v", status, p.Page)
	}
}

// TestAttack109 : a page token is good for nothing but the next page of the same request.
func TestAttack109(t *testing.T) {
	h := crowd(t, 20)
	first, _ := h.page(t, readers+`,"context":{"a":1,"b":2},"page":{"limit":5}}`)
	token := *first.Page.NextToken
	follow := func(body, token string) int {
		_, status := h.page(t, strings.ReplaceAll(body, "TOKEN", token))
		return status
	}
	for body, status := range map[string]int{
		readers + `,"context":{"a":1,"b":2},"page":{"limit":5,"token":"TOKEN"}}`:                                200,
		readers + `,"context":{"a":1,"b":2},"page":{"token":"TOKEN"}}`:                                          200,
		` {"page":{"token":"TOKEN"},"context":{"b":2,"a":1},` + strings.TrimPrefix(readers, "{") + `}`:          200,
		readers + `,"context":{"a":1,"b":2},"page":{"limit":6,"token":"TOKEN"}}`:                                400,
		readers + `,"context":{"a":1,"b":2},"page":{"properties":{},"token":"TOKEN"}}`:                          400,
		readers + `,"context":{"a":1,"b":3},"page":{"token":"TOKEN"}}`:                                          400,
		readers + `,"page":{"token":"TOKEN"}}`:                                                                  400,
		strings.Replace(readers, "read", "write", 1) + `,"context":{"a":1,"b":2},"page":{"token":"TOKEN"}}`:     400,
		strings.Replace(readers, "record-1", "a%2Fb", 1) + `,"context":{"a":1,"b":2},"page":{"token":"TOKEN"}}`: 400,
	} {
		if got := follow(body, token); got != status {
			t.Errorf("%s: %d, want %d", body, got, status)
		}
	}
	good := readers + `,"context":{"a":1,"b":2},"page":{"token":"TOKEN"}}`
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i] ^= 1
		if got := follow(good, base64.RawURLEncoding.EncodeToString(raw)); got != 400 {
			t.Errorf("a token changed at byte %d: %d", i, got)
		}
		raw[i] ^= 1
	}
	for _, bad := range []string{token[:len(token)-1], token + "A", token + "=", token + token} {
		if got := follow(good, bad); got != 400 {
			t.Errorf("token %q: %d", bad, got)
		}
	}
	if w := h.do(call{path: resourcePath, body: strings.ReplaceAll(strings.Replace(good, `"type":"user"`, `"type":"user","id":"x"`, 1), "TOKEN", token), token: h.tokens["acme/harness"]}); w.Code != 400 {
		t.Errorf("at another endpoint: %d", w.Code)
	}
	other := newHouse(t, "acme.yaml")
	if _, status := other.page(t, strings.ReplaceAll(good, "TOKEN", token)); status != 400 {
		t.Errorf("at another server: %d", status)
	}
	h.append("acme", &event.TeamCreated{Team: "team_00000000000000000000000099", Number: 7000, Name: "late"})
	if got := follow(good, token); got != 400 {
		t.Errorf("after a change: %d", got)
	}
}
