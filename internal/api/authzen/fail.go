package authzen

import (
	"errors"
	"log/slog"
	"net/http"

	"bailiwick/client"
	"bailiwick/internal/fault"
	"bailiwick/internal/signin"
)

// fail answers an error: its kind as a status, its text as the message. What is ours alone stays in the log.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(fault.Of(err))
	message := http.StatusText(status)
	var known *fault.Error
	if errors.As(err, &known) && known.Kind != fault.Internal {
		message = known.Error()
	}
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", signin.Challenge(err))
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusInternalServerError:
		d.Log.LogAttrs(r.Context(), slog.LevelError, "an AuthZEN request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	d.refuse(w, status, message)
}

func (d *Door) refuse(w http.ResponseWriter, status int, message string) {
	h := w.Header()
	h["Content-Type"] = d.textType
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append([]byte(message), '\n')) // an error means that whoever asked has gone
}

// statusOf is the HTTP status of a kind of fault, the same at every door.
func statusOf(kind fault.Kind) int { return client.Status(kind.String()) }
