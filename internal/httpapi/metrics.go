package httpapi

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestMetrics are the figures of the HTTP edge.
type requestMetrics struct {
	inFlight prometheus.Gauge
	seconds  *prometheus.HistogramVec
}

func newRequestMetrics(reg prometheus.Registerer) *requestMetrics {
	m := &requestMetrics{
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "earmark_http_requests_in_flight", Help: "Requests being answered now.",
		}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "earmark_http_request_seconds", Help: "Time from the first byte of a request to the end of its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
	}
	reg.MustRegister(m.inFlight, m.seconds)
	return m
}

func (m *requestMetrics) observe(method, route string, status int, took time.Duration) {
	m.seconds.WithLabelValues(knownMethod(method), route, strconv.Itoa(status)).Observe(took.Seconds())
}

// knownMethod keeps callers from making a series per invented method.
func knownMethod(m string) string {
	switch m {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return m
	}
	return "other"
}
