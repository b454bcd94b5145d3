package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"bailiwick/client"
	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/sight"
	"bailiwick/internal/signin"
	"bailiwick/internal/state"
)

// An asking is one request being answered.
type asking struct {
	*door
	endpoint *endpoint
	r        *http.Request
	w        http.ResponseWriter
	id       string // of the request
	caller   *signin.Caller

	// now is the present state, by which the caller is judged.
	now    *state.State
	moment time.Time
	seen   *sight.View
}

// A plainText is an answer that is no JSON.
type plainText struct {
	media string
	text  []byte
}

// begin sets what every answer carries, and returns the request's id. What surrounds the door has chosen it.
func begin(w http.ResponseWriter) string {
	id := w.Header().Get("X-Request-Id")
	if id == "" {
		id = rand.Text()
		w.Header().Set("X-Request-Id", id)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	return id
}

// serve answers one request: who asks, then whether the request has the right form, then the answer.
func (d *door) serve(w http.ResponseWriter, r *http.Request, e *endpoint) {
	a := &asking{door: d, endpoint: e, r: r, w: w, id: begin(w)}
	answer, err := a.run()
	if err != nil {
		a.refused(err)
		d.fail(w, r, a.id, err)
		return
	}
	d.write(w, r, http.StatusOK, answer)
}

func (a *asking) run() (any, error) {
	if !a.endpoint.public {
		if err := a.authenticate(); err != nil {
			return nil, err
		}
	}
	if err := a.checkAddress(); err != nil {
		return nil, err
	}
	if a.endpoint.body == 0 && (a.r.ContentLength != 0 || len(a.r.TransferEncoding) > 0) {
		return nil, fault.New(fault.Invalid, "this request has no body").Rather("leave it out")
	}
	if a.endpoint.heavy {
		done, err := a.Heavy.Take(a.r.Context())
		if err != nil {
			return nil, err
		}
		defer done()
	}
	return a.endpoint.answer(a)
}

// authenticate finds out who asks, and takes the present state.
func (a *asking) authenticate() (err error) {
	caller, current := a.Reader.Caller, a.Engine.Current
	if a.endpoint.method == http.MethodGet { // what only shows may be as old as the operator allows
		caller, current = a.Reader.Viewer, a.Engine.View
	}
	kinds := a.endpoint.kinds
	if kinds == nil {
		kinds = []signin.Kind{signin.UserToken, signin.ServiceUserToken, signin.SessionKind}
	}
	if a.caller, err = caller(a.r, kinds...); err != nil {
		return err
	}
	if a.caller.Renewed != nil {
		http.SetCookie(a.w, a.caller.Renewed)
	}
	if a.now, err = current(a.caller.Organization); err != nil {
		return err
	}
	a.moment, a.seen = a.now.Moment(a.Engine.Now()), nil
	return nil
}

// actor is the caller as package change knows callers, and what refusals may tell them of.
func (a *asking) actor() change.Actor { return a.view().Actor() }

// principal is who the caller is. A token that does not narrow is nil there.
func (a *asking) principal() change.Actor {
	actor := change.Actor{Subject: a.caller.Subject, Emergency: a.caller.Emergency, Via: "api", Request: a.id}
	if a.caller.Narrowed() {
		actor.Within = a.caller.Allows
	}
	return actor
}

// A reading is the facts that a question is asked of, and the moment that it is about.
type reading struct {
	*state.State
	at time.Time
}

// read finds the facts that are asked for. The caller is judged anew after waiting.
func (a *asking) read(want client.Reading) (reading, error) {
	if want.AtLeast < 0 || want.Epoch < 0 {
		return reading{}, fault.New(fault.Invalid, "a revision or an epoch is below 0").In("at_least")
	}
	if want.AtLeast > 0 || want.Epoch > 0 {
		ctx, cancel := context.WithTimeout(a.r.Context(), waitAtLeast)
		defer cancel()
		if _, err := a.Engine.AtLeast(ctx, a.caller.Organization, want.AtLeast, want.Epoch); err != nil {
			return reading{}, err
		}
		if err := a.authenticate(); err != nil {
			return reading{}, err
		}
	}
	return a.when(want.At)
}

// when finds the facts of a moment: of one to come, those of now.
func (a *asking) when(when client.When) (reading, error) {
	if when.IsZero() || when.Revision == 0 && !when.Time.Before(a.moment) {
		at := a.moment
		if !when.IsZero() {
			at = when.Time
		}
		return reading{State: a.now, at: at}, nil
	}
	if !a.endpoint.heavy { // a heavy question has its place already
		done, err := a.Heavy.Take(a.r.Context())
		if err != nil {
			return reading{}, err
		}
		defer done()
	}
	st, err := a.Engine.Past(a.r.Context(), a.caller.Organization, decide.When{Revision: when.Revision, Time: when.Time})
	if err != nil {
		return reading{}, err
	}
	if when.Revision != 0 {
		return reading{State: st, at: st.At}, nil
	}
	return reading{State: st, at: when.Time}, nil
}

// facts says which facts an answer was read from, in the answer and in its headers.
func (a *asking) facts(st *state.State) client.Facts {
	a.w.Header().Set("Bailiwick-Revision", strconv.FormatInt(st.Revision, 10))
	a.w.Header().Set("Bailiwick-Epoch", strconv.FormatInt(st.Epoch, 10))
	return client.Facts{Revision: st.Revision, Epoch: st.Epoch}
}

// refused keeps that somebody was refused. Refusals of changes are kept by package change's own callback.
func (a *asking) refused(err error) {
	switch {
	case fault.Is(err, fault.Unauthenticated):
		a.History.Anonymous()
	case fault.Is(err, fault.Forbidden) && !isChange(err):
		a.record("refused", err.Error())
	}
}

// record keeps an activity of the caller.
func (a *asking) record(result, reason string) {
	resource := a.r.PathValue("user") + a.r.PathValue("team")
	a.History.Record(a.caller.Organization, history.Activity{Subject: a.caller.Subject.String(), Operation: a.endpoint.operation,
		Resource: redact(resource), Result: result, Reason: redact(reason), Via: "api", Request: a.id})
}

func (d *door) write(w http.ResponseWriter, r *http.Request, status int, answer any) {
	if long, is := answer.(stream); is {
		long(w)
		return
	}
	plain, is := answer.(plainText)
	if !is {
		text, err := json.Marshal(answer)
		if err != nil {
			d.Log.LogAttrs(r.Context(), slog.LevelError, "an answer could not be written", slog.Any("error", err))
			status, text = http.StatusInternalServerError, []byte(`{"error":{"kind":"internal","message":"the answer could not be written"}}`)
		}
		plain = plainText{media: "application/json", text: append(text, '\n')}
	}
	w.Header().Set("Content-Type", plain.media)
	w.WriteHeader(status)
	_, _ = w.Write(plain.text) // an error means that whoever asked has gone
}
