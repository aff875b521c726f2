package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// trace is what is known of a request at its end. The log keeps no address, no
// query and no text of it: those may hold personal data.
type trace struct {
	id, route, actor string
	status           int
	size             int64
}

type traceKey struct{}

// traceOf returns the trace of a request, an idle one outside of observed.
func traceOf(r *http.Request) *trace {
	if t, ok := r.Context().Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// named notes which route a request took, for log and metrics.
func (h *hall) named(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traceOf(r).route = route
		next.ServeHTTP(w, r)
	})
}

// observed is the outermost layer: it gives the request an id and its true
// address, survives a panic, and counts and logs what came of it.
func (h *hall) observed(next http.Handler) http.Handler {
	packed := zipped(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		t := &trace{id: newID()}
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
		r.RemoteAddr = trueAddress(r, h.o.Proxy)
		w.Header().Set("X-Request-Id", t.id)
		if h.o.Secure {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		out := &counted{ResponseWriter: w, trace: t}
		defer h.done(r, t, start)
		defer h.rescue(out, r)
		packed.ServeHTTP(out, r)
	})
}

func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// rescue turns a panic into a plain page; its text goes to the log only.
func (h *hall) rescue(w *counted, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	t := traceOf(r)
	h.o.log().Error("panic in a request", "id", t.id, "route", t.route, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.trace.status != 0 {
		panic(http.ErrAbortHandler) // half an answer is out: break the connection
	}
	w.Header().Del("Content-Encoding")
	h.site.Fail(w, r, fault.Wrap(fault.Internal, fmt.Errorf("panic, see the log entry %s", t.id), "程序内部出错"))
}

func (h *hall) done(r *http.Request, t *trace, start time.Time) {
	took := time.Since(start)
	h.meters.seen(cleanMethod(r.Method), t.route, t.status, took)
	level := slog.LevelInfo
	if t.route == "/assets/" || t.route == "/healthz" || t.route == "/readyz" || t.route == "/metrics" {
		level = slog.LevelDebug
	}
	h.o.log().Log(r.Context(), level, "request", "id", t.id, "method", cleanMethod(r.Method), "route", t.route, "status", t.status,
		"ms", float64(took.Microseconds())/1000, "bytes", t.size, "actor", t.actor)
}

// counted notes status and size of an answer.
type counted struct {
	http.ResponseWriter
	trace *trace
}

// WriteHeader notes the status.
func (c *counted) WriteHeader(status int) {
	if c.trace.status == 0 && status >= 200 {
		c.trace.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write notes the size.
func (c *counted) Write(b []byte) (int, error) {
	if c.trace.status == 0 {
		c.trace.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(b)
	c.trace.size += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// limited bounds the body of a request and the time it may take: who sends or
// reads too slowly is cut off.
func limited(next http.Handler, size int64, most time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		until := time.Now().Add(most)
		_ = control.SetReadDeadline(until) // a recorder in a test has no connection
		_ = control.SetWriteDeadline(until)
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, size)
		}
		r, done := web.Receive(r)
		defer done()
		next.ServeHTTP(w, r)
	})
}

// trueAddress is the address of the client: the last one that X-Forwarded-For
// names and that is no proxy of ours, when a proxy of ours has sent the request.
func trueAddress(r *http.Request, proxies []netip.Prefix) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !trusted(at.Addr(), proxies) {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if !trusted(hop, proxies) {
			return net.JoinHostPort(hop.String(), "0")
		}
	}
	return r.RemoteAddr
}

func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
