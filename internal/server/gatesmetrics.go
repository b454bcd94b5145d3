package server

import (
	"strconv"
	"time"

	"bailiwick/internal/gate"

	"github.com/prometheus/client_golang/prometheus"
)

// gateCounts are the numbers of gates, by the gates' names and nobody else's.
type gateCounts struct {
	requests, operations *prometheus.CounterVec
	duration             *prometheus.HistogramVec
}

func newGateCounts() *gateCounts {
	return &gateCounts{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bailiwick_gate_requests_total", Help: "Requests answered by gates, by gate and status.",
		}, []string{"gate", "status"}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bailiwick_gate_operations_total", Help: "Mutations that gates let through, and operations that they refused.",
		}, []string{"gate", "result"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bailiwick_gate_request_duration_seconds", Help: "How long answers of gates took, their upstreams' time and the life of sockets included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
		}, []string{"gate"}),
	}
}

func (c *gateCounts) request(name string, status int, took time.Duration) {
	if status == 0 {
		status = 200
	}
	c.requests.WithLabelValues(name, strconv.Itoa(status)).Inc()
	c.duration.WithLabelValues(name).Observe(took.Seconds())
}

// Describe is part of prometheus.Collector.
func (c *gateCounts) Describe(to chan<- *prometheus.Desc) {
	c.requests.Describe(to)
	c.operations.Describe(to)
	c.duration.Describe(to)
}

// Collect is part of prometheus.Collector.
func (c *gateCounts) Collect(to chan<- prometheus.Metric) {
	c.requests.Collect(to)
	c.operations.Collect(to)
	c.duration.Collect(to)
}

// counted is an authority that counts what its gate did.
type counted struct {
	gate.Authority
	counts *gateCounts
	gate   string
}

// Record counts and tells on.
func (c counted) Record(a gate.Activity) {
	result := "refused"
	if a.Allowed {
		result = "allowed"
	}
	c.counts.operations.WithLabelValues(c.gate, result).Inc()
	c.Authority.Record(a)
}
