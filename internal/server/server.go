// Package server is the HTTP side of the program: it mounts the rooms' pages and
// the API, knows who asks, refuses who may not, and keeps bad input and bad days
// away from them.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// Options is what a server needs.
type Options struct {
	App    *app.App
	Log    *slog.Logger                                  // nil means slog.Default
	Addr   string                                        // host:port to listen on
	Secure bool                                          // people reach it over TLS, ours or a proxy's
	Rooms  func(site *web.Site, a *app.App) []web.Route  // nil means Rooms
	API    func(site *web.Site, a *app.App) http.Handler // mounted at /api/; nil: there is none
	Proxy  []netip.Prefix                                // whose X-Forwarded-For is believed
	Token  string                                        // bearer token of /metrics; "" opens it to the machine itself only
}

// Limits of a request and of the time it may take.
const (
	maxBody      = 10 << 20  // bytes of a page's form; a route may ask for more
	apiBody      = 512 << 20 // the largest attachment with its envelope; the API bounds what is JSON more tightly itself
	maxHeader    = 64 << 10
	headerTime   = 10 * time.Second
	idleTime     = 2 * time.Minute
	requestTime  = time.Minute      // to send a form and take the page
	transferTime = 15 * time.Minute // the same for routes with large bodies
)

// New returns a server that is ready to serve. An error is one of the program:
// a template or an asset that does not load.
func New(o Options) (*http.Server, error) {
	h, err := Handler(o)
	if err != nil {
		return nil, err
	}
	return &http.Server{Addr: o.Addr, Handler: h, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(o.log().Handler(), slog.LevelDebug)}, nil
}

func (o Options) log() *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}

// Serve serves on a listener until ctx ends; then it takes no new requests and
// gives those under way so long to finish. It closes the listener.
func Serve(ctx context.Context, s *http.Server, l net.Listener, grace time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(bounded(l)) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := s.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.Close()
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		return served
	}
	return err
}
