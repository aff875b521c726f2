//go:build unix

package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// besieged is a server as the program runs it, with its bounds, at which some try
// their worst while others work.
type besieged struct {
	*servertest.World
	addr string
	told map[string]bool // addresses of the receipts that were given out
}

// besiege serves a world with a header time that a test can wait for.
func besiege(t *testing.T, header time.Duration, routes ...web.Route) *besieged {
	t.Helper()
	b := &besieged{World: servertest.New(t, nil), told: map[string]bool{}}
	o := server.Options{App: b.App, Log: slog.New(slog.DiscardHandler)}
	with(routes...)(&o)
	s, err := server.New(o)
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
	b.addr = l.Addr().String()
	b.URL = "http://" + b.addr
	return b
}

// works signs somebody in and registers complaints, who must get a receipt each.
func (b *besieged) works() {
	b.T.Helper()
	answers(b.T, b.addr)
	handler := b.As("handler")
	for i := range 5 {
		a := handler.Post("/complaints/new", "form", fmt.Sprintf("flood%d", len(b.told)), "channel", "phone", "complainant.name", "王芳", "narrative", fmt.Sprintf("第 %d 件：办卡时没有被告知年费，被扣了三百元，要求退还。", i))
		if a.Status != http.StatusSeeOther || b.told[a.Location()] {
			b.T.Fatalf("registering: %d %s %s", a.Status, a.Location(), a.Text())
		}
		b.told[a.Location()] = true
	}
}

// whole finds every complaint that was acknowledged once and no other, the ledger
// and the file sound.
func (b *besieged) whole() {
	b.T.Helper()
	there := map[string]bool{}
	if err := b.Store.View(b.T.Context(), func(tx *storage.Tx) error {
		rows, err := tx.Query(`SELECT id FROM complaint`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return err
			}
			there[fmt.Sprintf("/complaints/%d/receipt", id)] = true
		}
		return rows.Err()
	}); err != nil || !maps.Equal(there, b.told) {
		b.T.Errorf("there are %v, acknowledged %v: %v", there, b.told, err)
	}
	report, err := b.Store.Verify(b.T.Context(), storage.VerifyOptions{})
	bad, failed := b.Store.Integrity(b.T.Context())
	if err = errors.Join(err, failed); err != nil || !report.OK() || len(bad) > 0 {
		b.T.Errorf("%+v %v %v", report, bad, err)
	}
}

// answers asks on a connection of its own and waits for the answer.
func answers(t testing.TB, addr string) {
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

// TestTenThousandConnections opens ten thousand connections that never ask anything,
// or as many as the system lets a process have: others are served and register
// complaints, the silent ones end, and memory stays small.
func TestTenThousandConnections(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := int(min(10_000, limit.Cur-min(limit.Cur, 500)))
	if n < 100 {
		t.Skipf("only %d files may be open", limit.Cur)
	}
	b := besiege(t, 5*time.Second)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	silent := newCrowd(t, b.addr, n)
	silent.says(fmt.Sprintf("open %d <nil>", n))
	b.works()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapInuse+after.StackInuse) - int64(before.HeapInuse+before.StackInuse); grown > 300<<20 {
		t.Errorf("%d silent connections take %d MB", n, grown>>20)
	}
	silent.says(fmt.Sprintf("ended %d", n))
	b.works()
	b.whole()
	t.Logf("%d connections", n)
}

// TestSlowClients send their request a byte at a time: they are ended, and nobody
// else waits for them.
func TestSlowClients(t *testing.T) {
	b := besiege(t, time.Second)
	var slow []net.Conn
	for range 200 {
		c, err := net.Dial("tcp", b.addr)
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
	b.works()
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
	b.works()
	b.whole()
}

// TestSlowReaders ask for much and take nothing of it: nobody else waits for them,
// neither with reading nor with writing.
func TestSlowReaders(t *testing.T) {
	const readers = 100
	begun := make(chan struct{}, readers)
	b := besiege(t, 5*time.Second, public("GET", "/much", func(w http.ResponseWriter, _ *http.Request) error {
		begun <- struct{}{}
		piece := make([]byte, 1<<20)
		for range 100 {
			if _, err := w.Write(piece); err != nil {
				return err
			}
		}
		return errors.New("somebody took it all")
	}))
	for range readers {
		c, err := net.Dial("tcp", b.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /much HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for range readers {
		<-begun
	}
	b.works()
	b.whole()
}
