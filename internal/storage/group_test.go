package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// block keeps the writer busy until the returned function is called.
func block(t testing.TB, s *storage.Store) (release func()) {
	t.Helper()
	started, gate, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Write(ctx, func(*storage.Writer) error {
			close(started)
			<-gate
			return nil
		})
	}()
	<-started
	return func() {
		close(gate)
		must(t, <-done)
	}
}

func TestCancelledBeforeStartIsNotWritten(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		release := block(t, s)
		waiting, cancel := context.WithCancel(ctx)
		result := make(chan error)
		ran := false
		go func() {
			result <- s.Write(waiting, func(*storage.Writer) error { ran = true; return nil })
		}()
		time.Sleep(10 * time.Millisecond) // either way the answer is the same: queued or not
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		release()
		must(t, s.Write(ctx, func(*storage.Writer) error { return nil }))
		if ran {
			t.Error("a withdrawn unit ran")
		}
	})
}

func TestCancelAfterStartFinishes(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		running, cancel := context.WithCancel(ctx)
		must(t, s.Write(running, func(w *storage.Writer) error {
			cancel()
			_, err := w.Exec(`INSERT INTO meta (key, value) VALUES ('k', ?)`, []byte("v"))
			return err
		}))
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			var v []byte
			return tx.Scan(`SELECT value FROM meta WHERE key = 'k'`, nil, &v)
		}))
	})
}

func TestSwallowedErrorFailsTheUnit(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		must(t, appendNote(s, "case/1", 1, "x"))
		release := block(t, s)
		var wg sync.WaitGroup
		errs := make([]error, 3)
		for i := range errs {
			wg.Go(func() {
				errs[i] = s.Write(ctx, func(w *storage.Writer) error {
					if i == 1 {
						// Its error is not looked at: on PostgreSQL nothing can be done after it.
						_, _ = w.Exec(`INSERT INTO meta (key, value) VALUES ('tree_size', ?)`, []byte("9"))
					}
					_, err := w.Exec(`INSERT INTO meta (key, value) VALUES (?, ?)`, fmt.Sprint("k", i), []byte("v"))
					if i == 1 {
						return nil
					}
					return err
				})
			})
		}
		release()
		wg.Wait()
		if errs[0] != nil || errs[2] != nil {
			t.Errorf("the units beside it failed: %v, %v", errs[0], errs[2])
		}
		var n int
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			return tx.Scan(`SELECT count(*) FROM meta WHERE key = 'k1'`, nil, &n)
		}))
		if (n == 1) != (errs[1] == nil) {
			t.Errorf("unit said %v, row there: %d", errs[1], n)
		}
	})
}

func TestOpenRowsDoNotHoldTheWriter(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		must(t, s.Write(ctx, func(w *storage.Writer) error {
			rows, err := w.Query(`SELECT key FROM meta ORDER BY key`)
			if err != nil {
				return err
			}
			rows.Next() // and forgotten
			return nil
		}))
		must(t, appendNote(s, "case/1", 1, "x"))
	})
}

func TestAppendTailNeverConflicts(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		stores := []*storage.Store{storagetest.Open(t, o)}
		if o.DSN != "" { // two copies of the program on one database
			stores = append(stores, storagetest.Open(t, o))
		}
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				err := stores[i%len(stores)].Update(ctx, func(tx *storage.Tx) error {
					return tx.AppendTail("access", "p1", "case.read", noted{Title: "r", N: int64(i), Text: "谁看了"})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, s := range stores {
			if got := loadTexts(t, s, "access"); len(got) != 60 || got[59] != "60:r:谁看了" {
				t.Errorf("%d events, last %v", len(got), got[len(got)-1:])
			}
		}
		must(t, stores[0].View(ctx, func(*storage.Tx) error { return nil }))
		if _, err := stores[len(stores)-1].Checkpoint(ctx); err != nil {
			t.Error(err)
		}
		if r := verify(t, stores[0]); !r.OK() || r.Leaves != 60 {
			t.Errorf("%+v", r)
		}
	})
}

func TestSeveralProcessesOneTree(t *testing.T) {
	o := storagetest.Postgres(t)
	stores := []*storage.Store{storagetest.Open(t, o), storagetest.Open(t, o), storagetest.Open(t, o)}
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() {
			for v := int64(1); v <= 40; v++ {
				if err := appendNote(s, fmt.Sprint("case/", i), v, "x"); err != nil {
					t.Error(err)
				}
				if v%10 == 0 {
					if _, err := s.Checkpoint(ctx); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	_, err := stores[0].Checkpoint(ctx)
	must(t, err)
	if r := verify(t, stores[1]); !r.OK() || r.Leaves != 120 || r.Unsequenced != 0 || r.Vouched != 120 {
		t.Errorf("%+v %s", r, kinds(r))
	}
}

func TestManyEventsFillPacks(t *testing.T) {
	s := storagetest.New(t)
	var notes [][]byte
	for range 5 {
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			for range 700 {
				if _, err := tx.AppendNext("case/1", "p1", "note.added", noted{Title: "t"}); err != nil {
					return err
				}
			}
			return nil
		}))
		note, err := s.Checkpoint(ctx)
		must(t, err)
		notes = append(notes, note)
	}
	if r := verify(t, s, notes...); !r.OK() || r.Leaves != 3500 || r.Checkpoints != 10 || r.Vouched != 3500 {
		t.Errorf("%+v %s", r, kinds(r))
	}
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	o := storagetest.SQLite(t)
	s, err := storage.Open(ctx, o)
	must(t, err)
	release := block(t, s)
	var wg sync.WaitGroup
	results := make([]error, 20)
	for i := range results {
		wg.Go(func() { results[i] = appendNote(s, fmt.Sprint("case/", i), 1, "x") })
	}
	time.Sleep(20 * time.Millisecond)
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	release()
	must(t, <-closed)
	wg.Wait()
	again := storagetest.Open(t, o)
	for i, err := range results {
		there := len(loadTexts(t, again, fmt.Sprint("case/", i))) == 1
		if there != (err == nil) {
			t.Errorf("case %d: answer %v, stored %t", i, err, there)
		}
		if err != nil && !fault.Is(err, fault.Unavailable) {
			t.Errorf("case %d: %v", i, err)
		}
	}
	if err := appendNote(s, "case/x", 1, "x"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after closing: %v", err)
	}
}

func TestExecOne(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		err := s.Update(ctx, func(tx *storage.Tx) error {
			tx.ExecOne(`UPDATE meta SET value = ? WHERE key = 'not there'`, []byte("x"))
			return nil
		})
		if !fault.Is(err, fault.Stale) {
			t.Errorf("got %v", err)
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	s := storagetest.New(t)
	defer func() {
		if recover() == nil {
			t.Error("a write in a View went through")
		}
	}()
	_ = s.View(ctx, func(tx *storage.Tx) error { tx.Exec(`DELETE FROM event`); return nil })
}

func TestCounter(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		var all []int64
		for range 2 { // the second store continues after what the first had reserved
			s, err := storage.Open(ctx, o)
			must(t, err)
			var mu sync.Mutex
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range 25 {
						n, err := s.Counter(ctx, "complaint")
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						all = append(all, n)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			must(t, s.Close())
		}
		slices.Sort(all)
		if n := len(slices.Compact(all)); n != 400 || all[0] != 1 || all[399] > 500 {
			t.Errorf("%d distinct numbers from %d to %d", n, all[0], all[len(all)-1])
		}
	})
}

func TestIdempotency(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		digest := [32]byte{1}
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			if a, err := tx.Answered("k", "p1", digest); a != nil || err != nil {
				t.Errorf("new key: %v %v", a, err)
			}
			tx.Remember("k", "p1", digest, storage.Answer{Status: 201, Response: []byte("{}")})
			return nil
		}))
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			if a, err := tx.Answered("k", "p1", digest); err != nil || a.Status != 201 || string(a.Response) != "{}" {
				t.Errorf("%v %v", a, err)
			}
			if _, err := tx.Answered("k", "p1", [32]byte{2}); !fault.Is(err, fault.Conflict) {
				t.Errorf("another request: %v", err)
			}
			if a, err := tx.Answered("k", "p2", digest); a != nil || err != nil {
				t.Errorf("another person: %v %v", a, err)
			}
			return nil
		}))
		must(t, s.Write(ctx, func(w *storage.Writer) error {
			n, err := w.ForgetAnswers(w.Now().Add(time.Hour))
			if n != 1 {
				t.Errorf("forgot %d", n)
			}
			return err
		}))
	})
}

func TestErrorsAreSentences(t *testing.T) {
	file := t.TempDir() + "/file"
	must(t, writeFile(file))
	for _, o := range []storage.Options{{Dir: file}, {DSN: "postgres://nobody@127.0.0.1:1/none?connect_timeout=1"}} {
		_, err := storage.Open(ctx, o)
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "请") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func writeFile(path string) error { return os.WriteFile(path, []byte("x"), 0o600) }
