package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/journal"
	"bailiwick/internal/reach"
	"bailiwick/internal/state"
)

// errStop ends the reading of the journal after a delivery that failed.
var errStop = errors.New("the endpoint did not take it")

// work delivers to one endpoint what has happened since, until it is done, a delivery fails, or the webhook is another.
func (s *Service) work(ctx context.Context, st *state.State, w *state.Webhook) error {
	start := journal.WebhookState{Epoch: st.Epoch}
	var err error
	if start.Revision, err = s.o.Trail.First(ctx, st, "webhook:"+w.Webhook); err != nil {
		return err
	}
	now := s.o.Now()
	at, claimed, err := s.o.Journal.ClaimWebhook(ctx, st.Organization, w.Webhook, start, now, lease)
	if err != nil || !claimed {
		return err
	}
	renew := now.Add(lease / 2)
	err = s.o.Journal.Read(ctx, st.Organization, min(at.Revision, st.Revision), st.Revision, func(r *journal.Record) error {
		if !wants(w, r.Type) {
			at.Epoch, at.Revision = r.Epoch, r.Revision
			return nil
		}
		if now := s.o.Now(); now.After(renew) {
			renew, at.Due = now.Add(lease/2), now.Add(lease)
			if err := s.o.Journal.PutWebhook(ctx, st.Organization, w.Webhook, at); err != nil {
				return err
			}
		}
		if !s.still(st, w) {
			return errStop // what is said of it now is for the next turn
		}
		failed, err := s.row(ctx, st, w, r, at.Failures+1)
		switch {
		case err != nil:
			return err
		case failed != nil:
			return s.failed(ctx, st, w, &at, failed)
		}
		at.Epoch, at.Revision, at.Delivered = r.Epoch, r.Revision, at.Delivered+1
		at.Failures, at.Failing = 0, time.Time{}
		return nil
	})
	if !errors.Is(err, errStop) {
		at.Due = time.Time{}
	}
	if at.Failures == 0 {
		at.Due = time.Time{}
	}
	// Also when the server stops in the middle: what was delivered is noted.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	noted := s.o.Journal.PutWebhook(noting, st.Organization, w.Webhook, at)
	if err == nil && noted == nil {
		s.rest(key{st.Organization, w.Webhook}, st.Revision)
	}
	if errors.Is(err, errStop) {
		err = nil
	}
	return errors.Join(err, noted)
}

// still tells whether a webhook is as it was when the work began.
func (s *Service) still(st *state.State, w *state.Webhook) bool {
	now, err := s.o.Engine.Current(st.Organization)
	return err == nil && now.Webhook(w.Webhook) == w
}

func wants(w *state.Webhook, kind string) bool {
	return len(w.Types) == 0 || slices.ContainsFunc(w.Types, func(pattern string) bool { return change.MatchesType(pattern, kind) })
}

// failed notes a failure: when to try again, or that it is enough.
func (s *Service) failed(ctx context.Context, st *state.State, w *state.Webhook, at *journal.WebhookState, why *failure) error {
	now := s.o.Now()
	if at.Failures++; at.Failures == 1 {
		at.Failing = now
	}
	waits := pauses()
	pause := waits[min(at.Failures, len(waits))-1]
	at.Due = now.Add(pause + jitter(pause))
	if why.gone || at.Failures >= giveUpTries && now.Sub(at.Failing) >= giveUpAfter {
		s.o.Log.WarnContext(ctx, "a webhook is disabled", "organization", st.Organization, "webhook", w.Webhook, "failures", at.Failures, "error", why.text)
		if err := s.o.Changes.DisableWebhook(ctx, st.Organization, w.Webhook, at.Failing, at.Failures); err != nil {
			return err
		}
	}
	return errStop
}

// jitter is up to a tenth of a pause, so that endpoints that failed together are not tried together.
func jitter(pause time.Duration) time.Duration {
	b := make([]byte, 1)
	_, _ = rand.Read(b) // ends the program rather than fail
	return pause / 10 * time.Duration(b[0]) / 256
}

// A failure is why a delivery was not taken.
type failure struct {
	text string
	gone bool // the endpoint says that it is no more
}

// row delivers one row. The error is of this side; the failure of the other.
func (s *Service) row(ctx context.Context, st *state.State, w *state.Webhook, r *journal.Record, attempt int) (*failure, error) {
	row, err := s.o.Trail.Row(ctx, st, r)
	if err != nil {
		return nil, err
	}
	body, err := compose(w, r, &row)
	if err != nil {
		return nil, err
	}
	d, failed, err := s.post(ctx, st.Organization, w, messageID(st.Organization, r.Epoch, r.Revision), body)
	if err != nil {
		return nil, err
	}
	d.Type, d.Attempt = r.Type, attempt
	return failed, s.o.Journal.LogDelivery(ctx, st.Organization, w.Webhook, d)
}

// Test sends a message of the type webhook.test, whatever the webhook asks for, and says what came of it.
func (s *Service) Test(ctx context.Context, organization string, w *state.Webhook) (journal.Delivery, error) {
	now := s.o.Now().UTC()
	body, err := json.Marshal(message{Type: "webhook.test", Timestamp: now, Data: data{Organization: organization, Webhook: w.Webhook}})
	if err != nil {
		return journal.Delivery{}, err
	}
	d, _, err := s.post(ctx, organization, w, "msg_test_"+strings.ToLower(rand.Text()), body)
	if err != nil {
		return d, err
	}
	d.Type, d.Attempt = "webhook.test", 1
	return d, s.o.Journal.LogDelivery(ctx, organization, w.Webhook, d)
}

// post sends one signed message. Of the answer nothing but the status is read and kept: whoever sets webhooks up must not read
// pages through the server (attack 108).
func (s *Service) post(ctx context.Context, organization string, w *state.Webhook, id string, body []byte) (journal.Delivery, *failure, error) {
	at := s.o.Now()
	d := journal.Delivery{At: at, Message: id}
	keys, err := s.keys(ctx, organization, w.Secrets, at)
	if err != nil {
		return d, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return d, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", s.o.Agent)
	request.Header.Set(HeaderID, id)
	request.Header.Set(HeaderTime, strconv.FormatInt(at.Unix(), 10))
	request.Header.Set(HeaderSignature, signature(keys, id, at, body))
	answer, err := s.client.Do(request)
	d.Took = max(s.o.Now().Sub(at), 0)
	if err != nil {
		if ctx.Err() != nil {
			return d, nil, ctx.Err() // we stop; it did not fail
		}
		d.Error = reason(err)
		return d, &failure{text: d.Error}, nil
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	_ = answer.Body.Close()
	d.Status = answer.StatusCode
	if d.Status >= 200 && d.Status < 300 {
		return d, nil, nil
	}
	d.Error = fmt.Sprintf("it answered with status %d", d.Status)
	if d.Status >= 300 && d.Status < 400 {
		d.Error += "; redirects are not followed"
	}
	return d, &failure{text: d.Error, gone: d.Status == http.StatusGone}, nil
}

// reason says why there was no answer, and not what a name means inside.
func reason(err error) string {
	var late interface{ Timeout() bool }
	switch {
	case errors.Is(err, reach.ErrOutOfReach):
		return "its address is in a network that is not in reach"
	case errors.As(err, &late) && late.Timeout():
		return "it did not answer in time"
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		return "its certificate cannot be trusted, or it does not speak TLS"
	case strings.Contains(err.Error(), "no such host"):
		return "there is no such host"
	}
	return "it could not be connected to, or ended the connection"
}
