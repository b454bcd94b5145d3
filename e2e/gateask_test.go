package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// An answer is what a gate said.
type answer struct {
	status int
	header http.Header
	text   string
}

// send sends a request through a gate as somebody.
func (g *gated) send(e *entrance, c *caller, method, path, kind, body string) answer {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, e.origin+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	c.show(r, e.deployment)
	said, err := once().Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer func() { _ = said.Body.Close() }()
	for _, renewed := range said.Cookies() { // as a browser would
		if kept := c.sessions[e.deployment]; kept != nil && kept.Name == renewed.Name {
			c.sessions[e.deployment] = renewed
		}
	}
	text, err := io.ReadAll(said.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return answer{said.StatusCode, said.Header, string(text)}
}

// show puts the caller's credential on a request.
func (c *caller) show(r *http.Request, deployment string) {
	switch cookie := c.sessions[deployment]; {
	case cookie != nil:
		r.AddCookie(cookie)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", "http://"+r.Host)
	case c.secret != "":
		r.Header.Set("Authorization", "Bearer "+c.secret)
	}
}

// ask sends an operation through a gate.
func (g *gated) ask(e *entrance, c *caller, text string, v vars) answer {
	g.t.Helper()
	body, err := json.Marshal(vars{"query": text, "variables": v})
	if err != nil {
		g.t.Fatal(err)
	}
	return g.send(e, c, http.MethodPost, "/graphql", "application/json", string(body))
}

// outcome reads what came of a mutation, and whether it was said as it should be. The brake knows what has come through.
func (g *gated) outcome(m mutation, a answer, missing, came []string) (outcome, error) {
	through := len(came) > 0
	switch {
	case through && (len(came) != 1 || came[0] != m.field()):
		return "", fmt.Errorf("%q came through", came)
	case through && a.status == http.StatusOK:
		return let, nil
	case through:
		return let, fmt.Errorf("it was let through and answered with %d", a.status)
	case a.status == http.StatusUnauthorized:
		return nobody, m.shown(a, "errors")
	case a.status == http.StatusForbidden:
		return outside, m.shown(a, "errors")
	case a.status != http.StatusOK:
		return "", fmt.Errorf("status %d", a.status)
	}
	return denied, m.refusedWell(a, missing)
}

// shown checks that an answer is JSON with a key, and of no data.
func (m mutation) shown(a answer, key string) error {
	var said map[string]any
	if err := json.Unmarshal([]byte(a.text), &said); err != nil || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		return fmt.Errorf("it is no JSON but %s", a.header.Get("Content-Type"))
	}
	if said[key] == nil || said["data"] != nil {
		return fmt.Errorf("it has no %s, or data", key)
	}
	return nil
}

// refusedWell checks that a refusal has the shape that Dagster's own pages show, and names what is missing.
func (m mutation) refusedWell(a answer, missing []string) error {
	var said struct {
		Data   map[string]map[string]string
		Errors []struct {
			Message string
			Path    []string
		}
	}
	_ = json.Unmarshal([]byte(a.text), &said)
	message := ""
	switch {
	case m.refusal != "" && (len(said.Errors) > 0 || said.Data["answer"]["__typename"] != m.refusal):
		return fmt.Errorf("it is no %s", m.refusal)
	case m.refusal != "":
		message = said.Data["answer"]["message"]
	case len(said.Errors) != 1 || said.Data != nil || !slices.Equal(said.Errors[0].Path, []string{"answer"}):
		return fmt.Errorf("it is no error at the field")
	default:
		message = said.Errors[0].Message
	}
	if !slices.ContainsFunc(missing, func(p string) bool { return strings.Contains(message, p) }) {
		return fmt.Errorf("it does not say that %q is missing", missing)
	}
	return nil
}
