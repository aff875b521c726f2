package storage_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// keepWriting appends to a stream until it ends and returns how many times it
// was told that the event is stored, and the sentences of the other times.
func keepWriting(s *storage.Store, stream string, times int) (stored int64, refused []error) {
	for range times {
		if err := s.Update(ctx, func(tx *storage.Tx) error {
			head, err := tx.Head(stream)
			if err != nil {
				return err
			}
			return tx.Append(stream, head.Version+1, "p1", "note.added", noted{Title: "t", N: head.Version + 1, Text: strings.Repeat("正文", 800)})
		}); err != nil {
			refused = append(refused, err)
			continue
		}
		stored++
	}
	return stored, refused
}

// sentences checks that each refusal is one that a person can act on.
func sentences(t *testing.T, refused []error, want string) {
	t.Helper()
	if len(refused) == 0 {
		t.Error("nothing was refused: the fault did not happen")
	}
	for _, err := range refused {
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), want) {
			t.Errorf("got %v, want a sentence with %q", err, want)
			return
		}
	}
}

// conserved checks that a stream holds exactly what was acknowledged, and that
// everything is whole.
func conserved(t *testing.T, s *storage.Store, stream string, stored int64) {
	t.Helper()
	if got := loadTexts(t, s, stream); int64(len(got)) != stored {
		t.Errorf("%s holds %d events, %d were acknowledged", stream, len(got), stored)
	}
	whole(t, s)
}

// TestFullDisk lets the database grow up to a bound, as a full disk does: what
// is refused is not there, reading goes on, and writing does once there is room.
func TestFullDisk(t *testing.T) {
	o := storagetest.SQLite(t)
	s := storagetest.Open(t, o)
	must(t, s.LimitPages(200))
	stored, refused := keepWriting(s, "case/1", 120)
	sentences(t, refused, "磁盘空间")
	if stored == 0 {
		t.Fatal("nothing was stored before the disk was full")
	}
	conserved(t, s, "case/1", stored)
	must(t, s.LimitPages(100_000))
	more, refused := keepWriting(s, "case/1", 20)
	if more != 20 {
		t.Errorf("after there is room: %v", refused)
	}
	conserved(t, s, "case/1", stored+more)
}

// TestTornWriteAheadLog damages the log of a killed process: what was cut off is
// gone, what came before is whole, and nothing half written is taken for true.
func TestTornWriteAheadLog(t *testing.T) {
	for name, damage := range map[string]func(b []byte) []byte{
		"cut in a frame":      func(b []byte) []byte { return b[:len(b)-1000] },
		"cut to half":         func(b []byte) []byte { return b[:len(b)/2] },
		"header only":         func(b []byte) []byte { return b[:32] },
		"empty":               func([]byte) []byte { return nil },
		"a bit at the end":    func(b []byte) []byte { b[len(b)-200] ^= 4; return b },
		"zeros at the end":    func(b []byte) []byte { return append(b[:len(b)-4096], make([]byte, 4096)...) },
		"more than there was": func(b []byte) []byte { return append(b, b[len(b)-5000:]...) },
	} {
		t.Run(name, func(t *testing.T) {
			o := storagetest.SQLite(t)
			s := storagetest.Open(t, o)
			stored, _ := keepWriting(s, "case/1", 30)
			// As the files lie there at this moment, without an orderly stop.
			torn := emptyFolder(t)
			for _, suffix := range []string{"", "-wal"} {
				b, err := os.ReadFile(filepath.Join(o.Dir, storage.FileName+suffix))
				must(t, err)
				if suffix != "" {
					b = damage(b)
				}
				must(t, os.WriteFile(filepath.Join(torn.Dir, storage.FileName+suffix), b, 0o600))
			}
			c, err := storage.Open(ctx, torn)
			if name == "empty" || name == "header only" { // the very first pages were only in the log
				if err != nil {
					return
				}
			}
			must(t, err)
			defer c.Close()
			if got := int64(len(loadTexts(t, c, "case/1"))); got > stored || name == "more than there was" && got != stored {
				t.Errorf("%d events of %d", got, stored)
			}
			whole(t, c)
			if more, refused := keepWriting(c, "case/2", 3); more != 3 {
				t.Errorf("it does not go on: %v", refused)
			}
		})
	}
}

// TestClockJumps moves the clock while events are written, a year on and ten
// years back: the chain does not depend on it.
func TestClockJumps(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		var offset atomic.Int64
		o.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
		s := storagetest.Open(t, o)
		total := int64(0)
		for _, jump := range []time.Duration{0, 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour, time.Hour} {
			offset.Store(int64(jump))
			stored, refused := keepWriting(s, "case/1", 5)
			if stored != 5 {
				t.Fatalf("%v", refused)
			}
			total += stored
			if _, err := s.Checkpoint(ctx); err != nil {
				t.Errorf("checkpoint after a jump of %v: %v", jump, err)
			}
		}
		conserved(t, s, "case/1", total)
	})
}

// proxy stands between the store and PostgreSQL.
type proxy struct {
	net.Listener
	to    string
	delay atomic.Int64 // of each piece, in nanoseconds
	down  atomic.Bool
	mu    sync.Mutex
	open  map[net.Conn]bool
}

func newProxy(t *testing.T, o storage.Options) (*proxy, storage.Options) {
	t.Helper()
	c, err := pgx.ParseConfig(o.DSN)
	must(t, err)
	p := &proxy{to: net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), open: map[net.Conn]bool{}}
	p.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { p.Close(); p.cut() })
	go p.serve()
	o.DSN = strings.Replace(o.DSN, p.to, p.Addr().String(), 1)
	return p, o
}

func (p *proxy) serve() {
	for {
		in, err := p.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.to)
		if err != nil || p.down.Load() {
			in.Close()
			continue
		}
		p.mu.Lock()
		p.open[in], p.open[out] = true, true
		p.mu.Unlock()
		go p.pump(in, out)
		go p.pump(out, in)
	}
}

func (p *proxy) pump(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		time.Sleep(time.Duration(p.delay.Load()))
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut ends every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		c.Close()
		delete(p.open, c)
	}
}

// TestDatabaseGoesAway takes the database server away while others write, and
// brings it back: what was acknowledged is there once, what was refused is not,
// and a commit whose answer was lost says that it is not known.
func TestDatabaseGoesAway(t *testing.T) {
	p, o := newProxy(t, storagetest.Postgres(t))
	s := storagetest.Open(t, o)
	before, refused := keepWriting(s, "case/1", 5)
	if before != 5 {
		t.Fatal(refused)
	}
	p.down.Store(true)
	p.cut()
	away, refused := keepWriting(s, "case/1", 3)
	if away != 0 {
		t.Error("stored while there was no database")
	}
	sentences(t, refused, "没有保存")
	p.down.Store(false)
	after := int64(0)
	for deadline := time.Now().Add(30 * time.Second); after < 5 && time.Now().Before(deadline); {
		n, _ := keepWriting(s, "case/1", 1)
		after += n
	}
	if after != 5 {
		t.Fatal("it does not come back by itself")
	}
	conserved(t, s, "case/1", before+after)
}

// TestSlowDatabase makes every answer late: nothing is lost or doubled, and who
// does not wait hears so.
func TestSlowDatabase(t *testing.T) {
	p, o := newProxy(t, storagetest.Postgres(t))
	s := storagetest.Open(t, o)
	p.delay.Store(int64(30 * time.Millisecond))
	short, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	err := s.View(short, func(tx *storage.Tx) error { _, err := tx.Head("case/1"); return err })
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("who does not wait: %v", err)
	}
	var stored atomic.Int64
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			n, refused := keepWriting(s, fmt.Sprintf("case/%d", i), 3)
			stored.Add(n)
			if len(refused) > 0 {
				t.Error(refused[0])
			}
		})
	}
	wg.Wait()
	p.delay.Store(0)
	if r := whole(t, s); r.Events != 12 || stored.Load() != 12 {
		t.Errorf("%d events, %d acknowledged, want 12", r.Events, stored.Load())
	}
}

// TestUnwritableFolder opens data where nothing may be written, and says so.
func TestUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, dir := range []string{filepath.Join(file, "data"), "/proc/xiaobao"} {
		_, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master})
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), dir) {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// TestNoDatabase opens a file that is none.
func TestNoDatabase(t *testing.T) {
	o := emptyFolder(t)
	must(t, os.WriteFile(filepath.Join(o.Dir, storage.FileName), []byte(strings.Repeat("no database ", 1000)), 0o600))
	_, err := storage.Open(ctx, o)
	if _, sentence := errors.AsType[*fault.Error](err); !sentence {
		t.Errorf("got %v", err)
	}
}
