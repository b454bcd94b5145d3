package gate

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"bailiwick/internal/gate/dagster"
)

// A passage is one request's way through the gate.
type passage struct {
	w       http.ResponseWriter
	r       *http.Request
	id      string // in the log and the activity, and for whoever asked
	began   time.Time
	route   route
	target  target
	caller  *Caller // nil: nobody known yet
	verdict verdict
	asked   *dagster.Asked // of /graphql
	told    bool           // of what was allowed
}

func (g *Gate) begin(w http.ResponseWriter, r *http.Request) *passage {
	p := &passage{w: w, r: r, id: w.Header().Get("X-Request-Id"), began: g.Now()}
	if p.id == "" {
		p.id = rand.Text()
	}
	secure(w.Header())
	w.Header().Set("X-Request-Id", p.id)
	return p
}

func (p *passage) context() context.Context { return p.r.Context() }

// tell records what happened, once: every refusal, and what changes something. It is called when the answer begins.
func (g *Gate) tell(p *passage) {
	if p.told || p.caller == nil {
		return
	}
	p.told = true
	for _, part := range p.verdict.parts {
		if part.allowed && (!part.changes || !p.verdict.allowed) {
			continue
		}
		reason := part.permission
		if !part.allowed {
			reason = p.verdict.reason.String()
		}
		now := g.Now()
		g.Authority.Record(Activity{
			At: now, Subject: p.caller.Subject, Operation: "dagster." + part.name, Resource: part.resource, Allowed: part.allowed, Reason: reason,
			Revision: p.verdict.revision, Duration: now.Sub(p.began), Request: p.id,
		})
		g.Log.LogAttrs(p.context(), slog.LevelInfo, "judged", slog.String("gate", g.Name), slog.String("request", p.id), slog.String("subject", p.caller.Subject.String()),
			slog.String("operation", part.name), slog.String("resource", part.resource), slog.String("permission", part.permission), slog.Bool("allowed", part.allowed),
			slog.Int64("revision", p.verdict.revision), slog.Duration("duration", now.Sub(p.began)))
	}
}
