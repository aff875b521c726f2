package server

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Who takes an answer, or sends a body, too slowly is cut off when the time of the
// request is over: the handler hears it and the connection ends.
func TestSlowRequestsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		handle func(w http.ResponseWriter, r *http.Request) error
		ask    string
	}{
		"reads nothing": {func(w http.ResponseWriter, _ *http.Request) (err error) {
			for piece := make([]byte, 1<<20); err == nil; {
				_, err = w.Write(piece)
			}
			return err
		}, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
		"sends no more": {func(_ http.ResponseWriter, r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return err
		}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this"},
	} {
		t.Run(name, func(t *testing.T) {
			heard := make(chan error, 1)
			s := httptest.NewUnstartedServer(limited(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { heard <- test.handle(w, r) }), maxBody, 200*time.Millisecond))
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			s.Start()
			defer s.Close()
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, test.ask); err != nil {
				t.Fatal(err)
			}
			patience, enough := context.WithTimeout(t.Context(), 2*time.Minute)
			defer enough()
			select {
			case err := <-heard:
				if e, ok := err.(net.Error); !ok || !e.Timeout() {
					t.Errorf("the handler hears %v", err)
				}
			case <-patience.Done():
				t.Fatal("the request goes on for ever")
			}
			if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); err != nil {
				if e, ok := err.(net.Error); ok && e.Timeout() {
					t.Error("the connection is still open")
				}
			}
		})
	}
}
