package graphql_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// asked is the body of one operation.
func asked(query string) string {
	text, _ := json.Marshal(map[string]string{"query": query})
	return string(text)
}

// ruleOf is the rule by which a request was refused.
func ruleOf(t *testing.T, r response) string {
	t.Helper()
	var said struct {
		Errors []struct {
			Extensions struct{ Rule string }
		}
	}
	if err := json.Unmarshal([]byte(r.body), &said); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	if len(said.Errors) == 0 {
		return ""
	}
	return said.Errors[0].Extensions.Rule
}

// many writes a text n times, with its number in the place of #.
func many(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i)) + " ")
	}
	return b.String()
}

// nested lays a field n times into itself.
func nested(n int, field, last string) string {
	return strings.Repeat(field+" { ", n) + last + strings.Repeat(" }", n)
}

// Operations that ask very much in little text: each is refused by its limit, and soon.
func TestAttack102AnOperationThatAsksTooMuchIsRefusedBeforeItCosts(t *testing.T) {
	w := newWorld(t)
	token := w.token("olga")
	lists := "users(first: 100) { users { id number email name active on implied licenses teams } total next revision epoch }"
	for name, c := range map[string]struct{ query, rule string }{
		"one field 20,000 times":       {"{ " + many(20_000, "version") + "}", "validation"}, // tokens
		"one field 4,000 times":        {"{ " + many(4_000, "version") + "}", "aliases"},
		"31 aliases":                   {"{ " + many(31, "a#: version") + "}", "aliases"},
		"31 sign-ins in one mutation":  {"mutation { " + many(31, `a#: addUserToOrganization(email: "x") { __typename }`) + "}", "aliases"},
		"31 in two fragments":          {"{ ...a ...b } fragment a on CloudQuery { " + many(16, "a#: version") + "} fragment b on CloudQuery { " + many(15, "b#: version") + "}", "aliases"},
		"16 deep":                      {"{ currentDeployment { " + nested(14, "parentDeployment", "deploymentId") + " } }", "depth"},
		"16 deep in fragments":         {"{ currentDeployment { ...a } } fragment a on DagsterCloudDeployment { " + nested(14, "parentDeployment", "deploymentId") + " }", "depth"},
		"fragments that double":        {"{ ...f0 } " + doubling(40, "...none"), "fields"},
		"a fragment in itself":         {"{ ...a } fragment a on CloudQuery { version ...a }", "validation"},
		"lists in lists":               {"{ teamPermissions { team { members { id } } } deployments { workspaceEntries { locationName } commits { commitHash timestamp commitMessage commitUrl authorName } " + nested(8, "parentDeployment", "commits { commitHash timestamp commitMessage commitUrl authorName }") + " } }", ""},
		"many long pages":              {"{ bailiwick { " + many(12, "a#: "+lists) + "} }", "complexity"},
		"a page of 101":                {"{ bailiwick { users(first: 101) { total } } }", "first"},
		"a page of 0":                  {"{ bailiwick { users(first: 0) { total } } }", "first"},
		"a page of more than a number": {"{ bailiwick { users(first: 99999999999999999999) { total } } }", "validation"},
		"two operations":               {"query a { version } query b { version }", "one_operation"},
		"none":                         {"fragment a on CloudQuery { version }", "one_operation"},
		"a subscription":               {"subscription { version }", "validation"},
	} {
		began := time.Now()
		r := w.send(call{token: token, body: asked(c.query)})
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		if c.rule == "" {
			continue
		}
		if r.status != http.StatusBadRequest || ruleOf(t, r) != c.rule {
			t.Errorf("%s: %d %.300s, want the rule %s", name, r.status, r.body, c.rule)
		}
	}
	if r := w.send(call{token: token, body: asked("{ " + many(30, "a#: version") + "}")}); r.status != http.StatusOK || strings.Count(r.body, `"test"`) != 30 {
		t.Errorf("30 aliases: %d %s", r.status, r.body)
	}
}

// doubling is fragments each of which is used twice in the one before.
func doubling(n int, last string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("fragment f" + strconv.Itoa(i) + " on CloudQuery { ...f" + strconv.Itoa(i+1) + " ...f" + strconv.Itoa(i+1) + " } ")
	}
	return b.String() + "fragment f" + strconv.Itoa(n) + " on CloudQuery { " + last + " }"
}

func TestAttack102ABodyOfMoreThanAMebibyteIsNotRead(t *testing.T) {
	w := newWorld(t)
	r := w.send(call{token: w.token("olga"), body: asked("{ version } #" + strings.Repeat("x", 1<<20))})
	if r.status != http.StatusRequestEntityTooLarge || ruleOf(t, r) != "size" {
		t.Errorf("%d %s", r.status, r.body)
	}
}
