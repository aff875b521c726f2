package server

import (
	"context"
	"crypto/subtle"
	"io"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// alive says that the program runs.
func alive(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }

// readyTime bounds the question to the database.
const readyTime = 2 * time.Second

// ready says whether the database answers.
func (h *hall) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	if err := h.a.Ready(ctx); err != nil {
		h.o.log().Error("not ready", "err", err)
		plain(w, http.StatusServiceUnavailable, "database does not answer")
		return
	}
	plain(w, http.StatusOK, "ready")
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// meters are the program's numbers. No label holds anything that a client chose.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
}

func newMeters(a *app.App) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xiaobao_requests_total", Help: "Requests answered."}, []string{"method", "route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "xiaobao_request_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route"}),
	}
	size := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "xiaobao_ledger_events", Help: "Events in the ledger; -1 when the database does not answer."}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), readyTime)
		defer cancel()
		n, err := a.LedgerSize(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	})
	built := prometheus.NewGauge(prometheus.GaugeOpts{Name: "xiaobao_build_info", Help: "Always 1; the labels tell which program runs.", ConstLabels: builtBy()})
	built.Set(1)
	m.registry.MustRegister(built, m.requests, m.latency, size, outboxMeter{a}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// builtBy names the program: version, revision and Go.
func builtBy() prometheus.Labels {
	version, revision := Build()
	return prometheus.Labels{"version": version, "revision": revision, "go": runtime.Version()}
}

// Build is the version of the program, "dev" for one that has none, and the
// revision of its source, "" where it is not known.
func Build() (version, revision string) {
	version = "dev"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, ""
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return version, revision
}

func (m *meters) seen(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(route).Observe(took.Seconds())
}

// metrics shows the numbers to who has the token, or where none is set to
// programs on the machine itself.
func (h *hall) metrics() http.Handler {
	inner := promhttp.HandlerFor(h.meters.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.mayMeasure(r) {
			plain(w, http.StatusForbidden, "metrics need the token, or a request from this machine")
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func (h *hall) mayMeasure(r *http.Request) bool {
	if h.o.Token != "" {
		return subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+h.o.Token)) == 1
	}
	at, err := netip.ParseAddr(web.ClientIP(r))
	return err == nil && at.IsLoopback() && r.Header.Get("X-Forwarded-For") == ""
}
