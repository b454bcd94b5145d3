package webhook

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"bailiwick/internal/change"
	"bailiwick/internal/decide"
	"bailiwick/internal/fault"
	"bailiwick/internal/history"
	"bailiwick/internal/journal"
	"bailiwick/internal/reach"
	"bailiwick/internal/seal"
	"bailiwick/internal/state"
)

// Options are what a Service is made of. What has no comment is required.
type Options struct {
	Journal  *journal.Journal
	Engine   *decide.Engine
	Changes  *change.Service
	Trail    *history.Trail
	Ring     *seal.Ring
	Now      func() time.Time
	Log      *slog.Logger
	Networks reach.Networks // where endpoints may be although it is not public
	Roots    *x509.CertPool // who may vouch for an endpoint's certificate; nil is the system's
	Agent    string         // the User-Agent header
}

const (
	// every is how often it is looked whether something has happened, and so the usual delay of a delivery.
	every = time.Second
	// within bounds one delivery (Standard Webhooks advises 15 to 30 seconds).
	within = 15 * time.Second
	// lease is how long one server works on an endpoint before another may.
	lease = time.Minute
	// atOnce bounds the endpoints that are worked on at once: one that is slow holds up nobody else.
	atOnce = 8
	// giveUpAfter is how long an endpoint may fail, and giveUpTries how often it was tried at least, until it is disabled.
	giveUpAfter = 72 * time.Hour
	giveUpTries = 10
)

// pauses are the times between the tries of one delivery; the last one stays.
func pauses() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}
}

// A Service delivers. It is safe for concurrent use.
type Service struct {
	o      Options
	client *http.Client
	places chan struct{}

	mu      sync.Mutex
	working map[key]bool
	idle    map[key]int64 // the revision up to which nothing is to be done
}

type key struct{ organization, id string }

// New makes a service. It delivers while Run does.
func New(o Options) *Service {
	return &Service{o: o, client: o.Networks.Client(reach.Options{Roots: o.Roots, Timeout: within}), places: make(chan struct{}, atOnce),
		working: map[key]bool{}, idle: map[key]int64{}}
}

// Run delivers until the context ends, and waits for what it has begun.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			s.begin(ctx, &running)
		}
	}
}

// Once delivers what there is to deliver now, and waits for it.
func (s *Service) Once(ctx context.Context) {
	var running sync.WaitGroup
	s.begin(ctx, &running)
	running.Wait()
}

// begin starts to work on each endpoint that may have something to be told.
func (s *Service) begin(ctx context.Context, running *sync.WaitGroup) {
	for _, organization := range s.o.Engine.Organizations() {
		st, err := s.o.Engine.Current(organization)
		if err != nil {
			continue // the database cannot be reached: others say so
		}
		for _, w := range st.Webhooks() {
			k := key{organization, w.Webhook}
			if !w.Enabled || !s.take(k, st.Revision) {
				continue
			}
			select {
			case s.places <- struct{}{}:
			default:
				s.leave(k)
				continue
			}
			running.Go(func() {
				defer func() { <-s.places; s.leave(k) }()
				if err := s.work(ctx, st, w); err != nil && ctx.Err() == nil {
					s.o.Log.WarnContext(ctx, "a webhook could not be worked on", "organization", organization, "webhook", w.Webhook, "error", err)
				}
			})
		}
	}
}

// take marks an endpoint as worked on, unless it is or there is nothing new.
func (s *Service) take(k key, revision int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.working[k] || s.idle[k] >= revision {
		return false
	}
	s.working[k] = true
	return true
}

func (s *Service) leave(k key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.working, k)
}

func (s *Service) rest(k key, revision int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle[k] = revision
}

// Reaches refuses an address that would never be connected to, as far as can be said before the name is looked up.
func (s *Service) Reaches(raw string) error {
	u, err := s.o.Networks.Endpoint(raw)
	if err == nil {
		err = s.inReach(u)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the server does not connect to %q: %v", raw, err).In("url").By("reach").
			Rather("an https address on the internet, or one in a network that the operator lists as webhooks.networks")
	}
	return nil
}

func (s *Service) inReach(u *url.URL) error {
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !s.o.Networks.Allows(addr) {
		return reach.ErrOutOfReach
	}
	return nil
}

// States says how far an organization's webhooks have got.
func (s *Service) States(ctx context.Context, organization string) (map[string]journal.WebhookState, error) {
	return s.o.Journal.Webhooks(ctx, organization)
}

// Deliveries lists the last deliveries of a webhook, newest first.
func (s *Service) Deliveries(ctx context.Context, organization, id string) ([]journal.Delivery, error) {
	return s.o.Journal.Deliveries(ctx, organization, id)
}

// Retry has a webhook tried at once that waits because it failed.
func (s *Service) Retry(ctx context.Context, organization, id string) error {
	s.rest(key{organization, id}, 0)
	return s.o.Journal.RetryWebhook(ctx, organization, id)
}

// Forget drops what is kept of a webhook that was removed.
func (s *Service) Forget(ctx context.Context, organization string, w *state.Webhook) error {
	var ids []string
	for _, one := range w.Secrets {
		ids = append(ids, one.Secret)
	}
	if err := s.o.Journal.DropSecret(ctx, organization, ids...); err != nil {
		return err
	}
	return s.o.Journal.DropWebhook(ctx, organization, w.Webhook)
}
