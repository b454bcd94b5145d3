package rest

import (
	"errors"
	"log/slog"
	"net/http"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
	"bailiwick/internal/yamltext"
)

// noCredential refuses a text with a secret in it. Where a name belongs it would end in the journal, in lists and in logs;
// whoever sent it there should end it.
func noCredential(where, text string) error {
	if !signin.HasCredential(text) {
		return nil
	}
	return fault.New(fault.Invalid, "a credential stands %s, where none belongs", where).By("credential").
		Rather("leave it out, and revoke it: it may have been seen on the way")
}

// redact takes credentials out of a text: somebody may have put one where a name belongs.
func redact(text string) string { return signin.Redact(text) }

// fail answers an error in the API's form.
func (d *door) fail(w http.ResponseWriter, r *http.Request, id string, err error) {
	d.failAs(w, r, id, client.Status(errorOf(err).Kind), err)
}

// failAs is fail with a status of its own. What is ours alone goes to the log.
func (d *door) failAs(w http.ResponseWriter, r *http.Request, id string, status int, err error) {
	answer := errorOf(err)
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", signin.Challenge(err))
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	if status >= http.StatusInternalServerError {
		d.Log.LogAttrs(r.Context(), slog.LevelError, "an API request failed", slog.String("request_id", id), slog.String("error", redact(causes(err))))
	}
	d.write(w, r, status, client.ErrorAnswer{Error: answer})
}

// causes writes an error with what a caller from outside is not shown.
func causes(err error) string {
	text := err.Error()
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		text += ": " + inner.Error()
	}
	return text
}

func errorOf(err error) client.Error {
	var file *yamltext.Error
	if errors.As(err, &file) {
		return client.Error{Kind: client.Invalid, Message: "the access file has problems", Problems: problems(file)}
	}
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind == fault.Internal {
		return client.Error{Kind: client.Internal, Message: "something went wrong in the server", Right: "look for the request's id in the server's log"}
	}
	found := client.Error{Kind: known.Kind.String(), Message: redact(known.Wrong), Field: redact(known.Field), Rule: known.Rule, Right: redact(known.Right)}
	var placed *change.Placed
	if errors.As(err, &placed) { // one thing in an access file
		p := change.ProblemOf(err)
		p.Path, p.Wrong, p.Right = redact(p.Path), redact(p.Wrong), redact(p.Right)
		found.Problems = []client.Problem{p}
	}
	return found
}

// problems writes what is wrong in a file.
func problems(file *yamltext.Error) []client.Problem {
	list := make([]client.Problem, 0, len(file.Problems))
	for _, p := range file.Problems {
		list = append(list, client.Problem{Kind: client.Invalid, Place: p.String(), Path: redact(p.Path), Wrong: redact(p.Wrong), Right: redact(p.Right)})
	}
	return list
}
