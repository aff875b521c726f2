//go:build unix

package server_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
)

// listening serves a world as the program does, with its bounds, and a header
// time that a test can wait for.
func listening(t *testing.T, header time.Duration) string {
	t.Helper()
	w := servertest.New(t, nil)
	s, err := server.New(server.Options{App: w.App, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.ReadHeaderTimeout = header
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, s, l, 100*time.Millisecond) }()
	t.Cleanup(func() { stop(); <-ended })
	return l.Addr().String()
}

// answers asks on a connection of its own and waits for the answer.
func answers(t *testing.T, addr string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 2 * time.Minute}
	for _, path := range []string{"/healthz", "/sign-in"} {
		a, err := client.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		a.Body.Close()
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

// TestTenThousandConnections opens as many connections as the system lets a
// process have, up to ten thousand, that never ask anything: others are served,
// the silent ones end, and memory stays small.
func TestTenThousandConnections(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := int(min(10_000, (limit.Cur-min(limit.Cur, 1000))/2)) // both ends are in this process
	if n < 100 {
		t.Skipf("only %d files may be open", limit.Cur)
	}
	addr := listening(t, 5*time.Second)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var silent []net.Conn
	t.Cleanup(func() {
		for _, c := range silent {
			c.Close()
		}
	})
	for range n {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("after %d: %v", len(silent), err)
		}
		silent = append(silent, c)
	}
	answers(t, addr)
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse); grown > 300<<20 {
		t.Errorf("%d silent connections take %d MB", n, grown>>20)
	}
	for _, c := range silent { // each is ended by the server
		if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Fatal("a silent connection is still open")
			}
		}
	}
	answers(t, addr)
	t.Logf("%d connections", n)
}

// TestSlowClients send their request a byte at a time, or never take the answer:
// they are ended, and nobody else waits for them.
func TestSlowClients(t *testing.T) {
	addr := listening(t, time.Second)
	var slow []net.Conn
	for range 200 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		slow = append(slow, c)
	}
	dripping, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		for _, b := range []byte("GET /sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy") {
			for _, c := range slow {
				_, _ = c.Write([]byte{b}) // fails once the server has ended it
			}
			select {
			case <-dripping.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	answers(t, addr)
	for _, c := range slow {
		if err := c.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		// The answer, if there is one, is a refusal.
		if a, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil && a.StatusCode < http.StatusBadRequest {
			t.Errorf("a slow request got %s", a.Status)
		} else if e, ok := err.(net.Error); ok && e.Timeout() {
			t.Fatal("a slow connection is still open")
		}
	}
	answers(t, addr)
}
