package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Measures are where the product's numbers are read when somebody asks for them; asking costs the hot path nothing. A
// nil one is left out. None of them may tell organizations or people apart: labels hold no names.
type Measures struct {
	Allowed, Denied, Failed func() uint64        // decisions
	Changes, Refusals       func() uint64        // changes made, and refused
	Revision                func() uint64        // the last journal row that the state has
	HeadAge                 func() time.Duration // since the journal's head was last read
	SnapshotBytes           func() uint64        // the compiled state's size
	Gates                   prometheus.Collector // what gates count
}

// metrics are the server's numbers, in a registry of their own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(m Measures) *metrics {
	all := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bailiwick_requests_total", Help: "Requests answered, by route and status.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bailiwick_request_duration_seconds", Help: "How long answers took, by route.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
	}
	all.registry.MustRegister(all.requests, all.duration, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	const decisions = "bailiwick_decisions_total"
	all.counter(decisions, "Decisions, by result.", "allowed", m.Allowed)
	all.counter(decisions, "Decisions, by result.", "denied", m.Denied)
	all.counter(decisions, "Decisions, by result.", "failed", m.Failed)
	all.counter("bailiwick_changes_total", "Changes made.", "", m.Changes)
	all.counter("bailiwick_refusals_total", "Changes refused.", "", m.Refusals)
	all.gauge("bailiwick_revision", "The last journal row that the state has.", number(m.Revision))
	all.gauge("bailiwick_snapshot_bytes", "The size of the compiled state.", number(m.SnapshotBytes))
	if m.Gates != nil {
		all.registry.MustRegister(m.Gates)
	}
	if m.HeadAge != nil {
		all.gauge("bailiwick_journal_head_age_seconds", "Since the journal's head was last read.", func() float64 { return m.HeadAge().Seconds() })
	}
	return all
}

func number(read func() uint64) func() float64 {
	if read == nil {
		return nil
	}
	return func() float64 { return float64(read()) }
}

func (m *metrics) counter(name, help, result string, read func() uint64) {
	if read == nil {
		return
	}
	opts := prometheus.CounterOpts{Name: name, Help: help}
	if result != "" {
		opts.ConstLabels = prometheus.Labels{"result": result}
	}
	m.registry.MustRegister(prometheus.NewCounterFunc(opts, number(read)))
}

func (m *metrics) gauge(name, help string, read func() float64) {
	if read != nil {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
	}
}

// request counts an answer. The route is a pattern of ours, never what somebody asked for.
func (m *metrics) request(pattern string, status int, took time.Duration) {
	m.requests.WithLabelValues(pattern, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(pattern).Observe(took.Seconds())
}

// route serves the numbers to whoever knows the token; without a token, to whoever reaches the address.
func (m *metrics) route(token string) Route {
	serve := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	if token != "" {
		serve = withToken(token, serve)
	}
	return Route{Pattern: "GET /metrics", Operation: "metrics.read", Access: SignedIn, Early: true, Quiet: true, Handler: serve}
}

func withToken(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(given))
		if !strings.EqualFold(scheme, "Bearer") || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			refuse(w, r, http.StatusUnauthorized, "the metrics need their token")
			return
		}
		next.ServeHTTP(w, r)
	})
}
