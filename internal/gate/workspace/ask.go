package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"bailiwick/internal/fault"
)

const (
	// patience is how long one question may take. Reading all assets of a large deployment is the longest.
	patience = 15 * time.Second
	// maxAnswer is how long an answer may be, in bytes: some 300,000 assets.
	maxAnswer = 64 << 20
)

// upstream asks a webserver with the gate's own rights.
type upstream struct {
	address string
	client  *http.Client
}

func newUpstream(at *url.URL, by http.RoundTripper) upstream {
	return upstream{at.JoinPath("graphql").String(), &http.Client{
		Transport:     by,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// ask puts the data of an answer into a value. Whatever else comes back is Unavailable; what the upstream itself said is only in
// the error's cause, for it may name what the caller may not see.
func (u upstream) ask(ctx context.Context, query string, variables map[string]any, into any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	response, err := u.client.Do(request)
	if err != nil {
		return unreachable(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	return read(ctx, response, into)
}

// read reads an answer: {"data": …}, without errors.
func read(ctx context.Context, response *http.Response, into any) error {
	counted := &io.LimitedReader{R: response.Body, N: maxAnswer}
	answer := struct {
		Data   any
		Errors []struct{ Message string }
	}{Data: into}
	err := json.NewDecoder(counted).Decode(&answer)
	switch {
	case ctx.Err() != nil:
		return unreachable(ctx, ctx.Err())
	case counted.N <= 0:
		return fault.New(fault.Unavailable, "the Dagster webserver's answer is longer than %d MiB", maxAnswer>>20).By("gate.upstream")
	case err == nil && len(answer.Errors) > 0:
		said := fmt.Errorf("%s: %s", response.Status, answer.Errors[0].Message)
		return fault.Wrap(fault.Unavailable, said, "the Dagster webserver failed to answer the gate's own question").By("gate.upstream")
	case err != nil || response.StatusCode != http.StatusOK:
		return fault.Wrap(fault.Unavailable, err, "the Dagster webserver's answer (%s) is not one of GraphQL", response.Status).By("gate.upstream")
	}
	return nil
}

// failed is for an answer that is of another type than it should be.
func failed(said failure) error {
	return fault.Wrap(fault.Unavailable, fmt.Errorf("%s: %s", said.Kind, said.Message), "the Dagster webserver could not say what was asked").By("gate.upstream")
}

// failure is the type of an answer and, if it is an error's, its message.
type failure struct {
	Kind    string `json:"__typename"`
	Message string
}

func unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(fault.Unavailable, err, "the Dagster webserver did not answer in time").By("gate.upstream")
	}
	return fault.Wrap(fault.Unavailable, err, "the Dagster webserver cannot be reached").By("gate.upstream")
}
