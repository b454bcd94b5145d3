package server

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"bailiwick/internal/cli"
)

// greet waits until the server answers, then prints where it is, who can be played, and what to try, with the answers.
func (s *story) greet(ctx context.Context, out io.Writer) error {
	url := strings.TrimSuffix(s.p.config.External.String(), "/")
	if err := answers(ctx, url+readyPath); err != nil {
		return err
	}
	st, err := s.p.engine.Current(demoOrganization)
	if err != nil {
		return err
	}
	n := st.Counts()
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s\n\nDemo organization %s: %d people, %d teams, %d grants, %d days of history (revision %d). Data: %s\n",
		url, demoOrganization, n.Users, n.Teams, n.Grants, demoDays, st.Revision, s.p.folder.Path)
	if len(s.tokens) == 0 {
		fmt.Fprintf(&text, "\nThe tokens were printed when this demo began. bailiwick demo --reset begins another one.\n%sCtrl-C stops.\n", s.more)
		_, err := out.Write(text.Bytes())
		return err
	}
	fmt.Fprint(&text, "\nTokens, shown once:\n")
	for _, t := range s.tokens {
		fmt.Fprintf(&text, "  %-16s %s\n  %16s %s\n", t.who, t.secret, "", t.does)
	}
	fmt.Fprint(&text, "\nTry:\n")
	if err := s.tries(ctx, url, &text); err != nil {
		return err
	}
	fmt.Fprintf(&text, "%s\nNothing here is secret: this is a demo, on this machine only. Ctrl-C stops.\n", s.more)
	_, err = out.Write(text.Bytes())
	return err
}

// tries carries out what it prints.
func (s *story) tries(ctx context.Context, url string, text *bytes.Buffer) error {
	portal, priya := s.tokens[len(s.tokens)-1].secret, s.tokens[1].secret
	question := `{"subject":{"type":"user","id":"priya@acme.test"},"action":{"name":"dagster.runs.launch"},"resource":{"type":"dagster.code_location","id":"prod/etl"}}`
	answer, err := send(ctx, http.MethodPost, url+"/access/v1/evaluation", portal, question)
	if err != nil {
		return err
	}
	fmt.Fprintf(text, "  curl -s %s/access/v1/evaluation -H 'Authorization: Bearer %s' \\\n    -H 'Content-Type: application/json' -d '%s'\n    → %s\n", url, portal, question, answer)
	answer, err = send(ctx, http.MethodGet, url+"/api/v1/whoami", priya, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(text, "  curl -s %s/api/v1/whoami -H 'Authorization: Bearer %s'\n    → %s\n", url, priya, shortened(answer, 160))
	words := []string{"check", "--server", url, "--token", priya, "user:priya@acme.test", "runs.launch", "dagster/prod/etl"}
	var said bytes.Buffer
	if code := cli.Run(words, cli.World{Stdin: strings.NewReader(""), Stdout: &said, Stderr: &said, Getenv: func(string) string { return "" },
		ReadFile: os.ReadFile, Now: time.Now, Version: s.p.version}); code != 0 {
		return fmt.Errorf("bailiwick check: %s", said.String())
	}
	fmt.Fprintf(text, "  %s %s\n    → %s\n", started(), strings.Join(words, " "), strings.TrimSpace(said.String()))
	return nil
}

// started is how the reader started this program.
func started() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/bailiwick"
	}
	return os.Args[0]
}

func shortened(text string, length int) string {
	if len(text) <= length {
		return text
	}
	return text[:length] + "…"
}

// answers waits for a page.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		_, err := send(ctx, http.MethodGet, url, "", "")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// send makes one request and returns the body.
func send(ctx context.Context, method, url, token, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s: %s", url, answer.Status, text)
	}
	return strings.TrimSpace(string(text)), err
}
