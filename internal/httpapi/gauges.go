package httpapi

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/earmarkhq/earmark/internal/engine"
	"github.com/earmarkhq/earmark/internal/identity"
	"github.com/earmarkhq/earmark/internal/ingest"
	"github.com/earmarkhq/earmark/internal/ingest/segment"
	"github.com/earmarkhq/earmark/internal/ledger"
)

// Figures are where /metrics reads at each scrape.
type Figures struct {
	Version    string
	Engine     func() engine.Stats // the only caller: its greatest lag starts anew with each call
	Ledger     func() ledger.Stats
	Ingest     func() ingest.Stats
	Tracking   *segment.Stats
	Identities func() identity.Stats
	Live       func() bool
	Generation func() uint32
	Settling   func() (float64, bool)
}

// Register adds the figures of a store, of the process and of the Go runtime.
func (f Figures) Register(reg prometheus.Registerer) {
	reg.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "earmark_build_info", Help: "Always 1; the label has the version.", ConstLabels: prometheus.Labels{"version": f.Version},
		}, func() float64 { return 1 }),
		collector{f},
	)
}

// collector reads each source once per scrape.
type collector struct{ f Figures }

// sample is one figure of a scrape.
type sample struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	v    float64
}

func counter[N int | int64](name, help string, v N) sample {
	return sample{prometheus.NewDesc("earmark_"+name, help, nil, nil), prometheus.CounterValue, float64(v)}
}

func gauge[N int | int64 | float64](name, help string, v N) sample {
	return sample{prometheus.NewDesc("earmark_"+name, help, nil, nil), prometheus.GaugeValue, float64(v)}
}

// Describe announces nothing: the figures are made at each scrape.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads the figures.
func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, part := range [][]sample{c.engine(), c.ledger(), c.ingest(), c.state()} {
		for _, s := range part {
			out <- prometheus.MustNewConstMetric(s.desc, s.kind, s.v)
		}
	}
}

func (c collector) engine() []sample {
	s := c.f.Engine()
	return []sample{
		counter("events_total", "Events accepted.", s.Events),
		counter("evaluations_total", "Evaluations of one rule for one customer.", s.Evaluations),
		counter("evaluation_failures_total", "Evaluations that failed; their events are kept, unevaluated.", s.Failures),
		counter("tag_changes_total", "Changes of tags written to the log.", s.Changes),
		counter("deadlines_total", "Deadlines that came due.", s.Deadlines),
		counter("deadlines_idle_total", "Of them, those that changed nothing.", s.Idle),
		gauge("deadline_lag_seconds", "Greatest lateness of a deadline since the last scrape.", float64(s.MaxLag)/1000),
		gauge("deadlines_waiting", "Customers with a deadline ahead.", s.Waiting),
		gauge("queue_depth", "Units that wait to be evaluated.", s.Queued),
		counter("commits_total", "Durable commits.", s.Commits),
		counter("customer_writes_total", "Times a customer was written in a commit.", s.Writes),
	}
}

func (c collector) ledger() []sample {
	s := c.f.Ledger()
	return []sample{
		gauge("customers", "Customers known.", s.Customers),
		gauge("state_cache_bytes", "Memory of the cached states.", s.CacheBytes),
		gauge("state_cache_states", "States in the cache.", s.CacheStates),
		gauge("state_cache_dirty", "Cached states not written yet.", s.DirtyStates),
		counter("state_cache_hits_total", "States found in the cache.", s.CacheHits),
		counter("state_cache_misses_total", "States read from the disk.", s.CacheMisses),
		gauge("disk_bytes", "Size of the ledger.", s.DiskBytes),
		counter("written_bytes_total", "Written to the disk: log, flushes, compactions.", s.WrittenBytes),
	}
}

func (c collector) ingest() []sample {
	s, t, id := c.f.Ingest(), c.f.Tracking, c.f.Identities()
	return []sample{
		counter("ingest_units_total", "Requests and chunks handed to the engine.", s.Units),
		counter("ingest_events_total", "Events handed to the engine.", s.Events),
		counter("ingest_repeated_total", "Events that had been accepted before.", s.Repeated),
		counter("ingest_conflicts_total", "Repeated message ids with other content.", s.Conflicts),
		counter("identity_conflicts_total", "Calls that name one customer by an identity of another.", id.Conflicts),
		counter("tracking_requests_total", "Requests to /v1 answered.", t.Requests.Load()),
		counter("tracking_bytes_total", "Bytes of their bodies, inflated.", t.Bytes.Load()),
		counter("tracking_calls_total", "Calls made durable.", t.Calls.Load()),
		counter("tracking_refused_total", "Calls refused inside good requests.", t.Refused.Load()),
		counter("tracking_rejected_total", "Requests answered with 4xx.", t.Rejected.Load()),
		counter("tracking_failed_total", "Requests answered with 429 or 503; clients send them again.", t.Failed.Load()),
	}
}

func (c collector) state() []sample {
	live, settling := 0, 1.0
	if c.f.Live() {
		live = 1
	}
	if share, under := c.f.Settling(); under {
		settling = share
	}
	return []sample{
		gauge("live", "1 on the wall clock, 0 while the store takes an initial load.", live),
		gauge("generation", "Newest generation of definitions published.", int64(c.f.Generation())),
		gauge("settled_ratio", "How far the newest generation has come over the customers; 1 is done.", settling),
	}
}
