package storage_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// copyPairs are all ways between the engines.
var copyPairs = []struct {
	name     string
	from, to func(testing.TB) storage.Options
}{
	{"sqlite to postgres", storagetest.SQLite, storagetest.Postgres},
	{"postgres to sqlite", storagetest.Postgres, emptyFolder},
	{"postgres to postgres", storagetest.Postgres, storagetest.Postgres},
	{"sqlite to sqlite", storagetest.SQLite, emptyFolder},
}

func emptyFolder(t testing.TB) storage.Options {
	return storage.Options{Dir: t.TempDir(), Master: storagetest.Master}
}

// indexWords puts a document with these words into the index, or anew.
func indexWords(t *testing.T, s *storage.Store, doc int64, words string) {
	t.Helper()
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		tx.Index(doc, doc, s.Keys().Tokens(nil, words))
		return nil
	}))
}

func found(t *testing.T, s *storage.Store, words string) (docs []int64) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		hits, err := tx.Search(s.Keys().Tokens(nil, words), nil, 0, 10)
		for _, h := range hits {
			docs = append(docs, h.Doc)
		}
		return err
	}))
	return docs
}

func TestCopyInto(t *testing.T) {
	for _, pair := range copyPairs {
		t.Run(pair.name, func(t *testing.T) {
			from, to := pair.from(t), pair.to(t)
			s := storagetest.Open(t, from)
			fill(t, s, 30)
			must(t, s.Erase(ctx, "case/1", "p1", "保存期满"))
			indexWords(t, s, 1, "保本保息")
			indexWords(t, s, 2, "理财")
			indexWords(t, s, 1, "信用卡年费") // doc 1 again: the old words are no longer found
			note, err := s.Checkpoint(ctx)
			must(t, err)
			tables, err := s.CopyInto(ctx, to, nil)
			must(t, err)
			if rows := rowsOf(tables, "event"); rows != 31 {
				t.Errorf("%d events copied, want 31", rows)
			}
			c := storagetest.Open(t, to)
			if r := verify(t, c, note); !r.OK() || r.Events != 31 || r.Vouched != 31 || r.Unsequenced != 0 {
				t.Errorf("%+v %s", r, kinds(r))
			}
			if c.Installation() != s.Installation() || c.PublicKey() != s.PublicKey() {
				t.Error("the copy is another installation")
			}
			for words, want := range map[string]int{"年费": 1, "理财": 1, "保息": 0} {
				if got := found(t, c, words); len(got) != want {
					t.Errorf("%s: found %v, want %d", words, got, want)
				}
			}
			must(t, appendNote(c, "case/2", 11, "接着写"))
			if got := loadTexts(t, c, "case/2"); len(got) != 11 || got[10] != "11:t:接着写" {
				t.Errorf("the copy does not go on: %v", got)
			}
			if _, err := s.CopyInto(ctx, to, nil); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "已有") {
				t.Errorf("over a database with events: %v", err)
			}
		})
	}
}

func rowsOf(tables []storage.CopiedTable, name string) int64 {
	for _, t := range tables {
		if t.Name == name {
			return t.Rows
		}
	}
	return -1
}

// TestCopyWhileWriting copies again and again while others write: each copy is
// one moment and verifies.
func TestCopyWhileWriting(t *testing.T) {
	for _, pair := range copyPairs[:2] {
		t.Run(pair.name, func(t *testing.T) {
			s := storagetest.Open(t, pair.from(t))
			var stop atomic.Bool
			var wg sync.WaitGroup
			for _, stream := range []string{"case/a", "case/b", "case/c"} {
				wg.Go(func() {
					for v := int64(1); !stop.Load(); v++ {
						if err := appendNote(s, stream, v, "正文"); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			for range 3 {
				to := pair.to(t)
				tables, err := s.CopyInto(ctx, to, nil)
				must(t, err)
				c := storagetest.Open(t, to)
				if r := verify(t, c); !r.OK() || r.Events != rowsOf(tables, "event") {
					t.Errorf("%+v %s", r, kinds(r))
				}
			}
			stop.Store(true)
			wg.Wait()
		})
	}
}
