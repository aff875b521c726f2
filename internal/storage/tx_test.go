package storage_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

var ctx = context.Background()

type noted struct {
	Title string `json:"title"`
	N     int64  `json:"n"`
	Text  string `json:"text" seal:"true"`
}

// must fails the test at once on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func appendNote(s *storage.Store, stream string, version int64, text string) error {
	return s.Update(ctx, func(tx *storage.Tx) error {
		return tx.Append(stream, version, "p1", "note.added", noted{Title: "t", N: version, Text: text})
	})
}

func loadTexts(t testing.TB, s *storage.Store, stream string) []string {
	t.Helper()
	var out []string
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		events, err := tx.Load(stream)
		if err != nil {
			return err
		}
		for _, e := range events {
			var n noted
			if err := tx.Decode(e, &n); err != nil {
				return err
			}
			out = append(out, fmt.Sprintf("%d:%s:%s", e.Version, n.Title, n.Text))
		}
		return nil
	}))
	return out
}

func TestAppendLoad(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			if err := tx.Append("case/1", 1, "p1", "note.added", noted{Title: "a", Text: "保本"}); err != nil {
				return err
			}
			return tx.Append("case/1", 2, "p1", "note.added", noted{Title: "b"})
		}))
		must(t, appendNote(s, "case/1", 3, "理赔"))
		want := "1:a:保本 2:b: 3:t:理赔"
		if got := strings.Join(loadTexts(t, s, "case/1"), " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := loadTexts(t, s, "case/2"); got != nil {
			t.Errorf("a stream that does not exist has events: %v", got)
		}
	})
}

func TestStaleVersion(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		must(t, appendNote(s, "case/1", 1, "x"))
		for _, version := range []int64{1, 3} {
			if err := appendNote(s, "case/1", version, "y"); !fault.Is(err, fault.Stale) {
				t.Errorf("version %d: got %v, want a stale fault", version, err)
			}
		}
		// Lost in the writer, not in the snapshot: the other update comes between.
		err := s.Update(ctx, func(tx *storage.Tx) error {
			if _, err := tx.Load("case/1"); err != nil {
				return err
			}
			must(t, appendNote(s, "case/1", 2, "first"))
			tx.Exec(`INSERT INTO meta (key, value) VALUES (?, ?)`, "half", []byte("x"))
			return tx.Append("case/1", 2, "p2", "note.added", noted{Title: "second"})
		})
		if !fault.Is(err, fault.Stale) {
			t.Errorf("got %v, want a stale fault", err)
		}
		if got := len(loadTexts(t, s, "case/1")); got != 2 {
			t.Errorf("%d events, want 2", got)
		}
		var n int
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			return tx.Scan(`SELECT count(*) FROM meta WHERE key = 'half'`, nil, &n)
		}))
		if n != 0 {
			t.Error("the statement of the failed unit was kept")
		}
	})
}

func TestConcurrentAppendsOneWinner(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		const writers = 16
		var wg sync.WaitGroup
		var mu sync.Mutex
		won, lost := 0, 0
		for i := range writers {
			wg.Go(func() {
				err := appendNote(s, "case/1", 1, fmt.Sprint(i))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case fault.Is(err, fault.Stale):
					lost++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 || lost != writers-1 {
			t.Errorf("%d won and %d lost", won, lost)
		}
	})
}

func TestFailingUnitIsAlone(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := s.Write(ctx, func(w *storage.Writer) error {
					if _, err := w.Exec(`INSERT INTO meta (key, value) VALUES (?, ?)`, fmt.Sprint("k", i), []byte("v")); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return boom
					case 2:
						panic("bug")
					}
					return nil
				})
				if (i%3 == 0) != (err == nil) || (i%3 == 1) != errors.Is(err, boom) {
					t.Errorf("unit %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		var n int
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			return tx.Scan(`SELECT count(*) FROM meta WHERE key LIKE 'k%'`, nil, &n)
		}))
		if n != 20 {
			t.Errorf("%d rows, want the 20 of the units that succeeded", n)
		}
	})
}

// An orderly stop gives unused numbers back: the series goes on where it stopped.
func TestCounterGoesOnAfterAnOrderlyStop(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		for want := int64(1); want <= 3; want++ {
			s, err := storage.Open(ctx, o)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := s.Counter(ctx, "number/20260331"); err != nil || n != want {
				t.Errorf("number %d (%v), want %d", n, err, want)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
