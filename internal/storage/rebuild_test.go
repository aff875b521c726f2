package storage_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// project writes what a note is found by, as its append does.
func project(tx *storage.Tx, s *storage.Store, stream, text string) {
	var id int64
	if _, err := fmt.Sscanf(stream, "case/%d", &id); err == nil {
		tx.Index(id, id, s.Keys().Tokens(nil, text))
		tx.Exec(`INSERT INTO counter (name, next) VALUES (?, ?)`, stream, len([]rune(text)))
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		for i := 1; i <= 25; i++ {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				stream, text := fmt.Sprint("case/", i), fmt.Sprint("第", i, "件保本")
				project(tx, s, stream, text)
				return tx.Append(stream, 1, "p1", "note.added", noted{Title: "t", Text: text})
			}))
		}
		live, found := digest(t, s), fmt.Sprint(search(t, s, s.Keys().QueryTokens(nil, "保本"), nil, 0, 100))
		must(t, s.Write(ctx, func(w *storage.Writer) error {
			_, err := w.Exec(`UPDATE counter SET next = 99 WHERE name = 'case/7'`)
			return err
		}))
		if digest(t, s) == live {
			t.Fatal("the digest does not see a changed row")
		}
		boom := errors.New("boom")
		err := s.Rebuild(ctx, []string{"counter"}, true, func(*storage.Tx, *storage.Writer, iter.Seq2[string, error]) error { return boom })
		if !errors.Is(err, boom) || len(search(t, s, s.Keys().QueryTokens(nil, "保本"), nil, 0, 100)) != 25 {
			t.Errorf("a failed rebuild: %v", err)
		}
		must(t, s.Rebuild(ctx, []string{"counter"}, true, func(tx *storage.Tx, w *storage.Writer, streams iter.Seq2[string, error]) error {
			for stream, err := range streams {
				if err != nil {
					return err
				}
				events, err := tx.Load(stream)
				if err != nil {
					return err
				}
				var n noted
				if err := tx.Decode(events[0], &n); err != nil {
					return err
				}
				if err := w.Project(tx, func(tx *storage.Tx) error { project(tx, s, stream, n.Text); return nil }); err != nil {
					return err
				}
			}
			return nil
		}))
		if digest(t, s) != live {
			t.Error("the rebuilt table differs from the live one")
		}
		if got := fmt.Sprint(search(t, s, s.Keys().QueryTokens(nil, "保本"), nil, 0, 100)); got != found {
			t.Errorf("search after rebuild: %s, want %s", got, found)
		}
	})
}

func digest(t testing.TB, s *storage.Store) string {
	t.Helper()
	a, err := s.Digest(ctx, "counter")
	must(t, err)
	b, err := s.Digest(ctx, "search_doc", "owner")
	must(t, err)
	return a + b
}

func TestRebuildRefusesStrangeNames(t *testing.T) {
	s := storagetest.New(t)
	err := s.Rebuild(ctx, []string{"event; DROP TABLE event"}, false, nil)
	if err == nil {
		t.Error("no error")
	}
	if _, err := s.Digest(ctx, "a b"); err == nil {
		t.Error("no error")
	}
}

func TestStreams(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			for i := range 2300 {
				if err := tx.Append(fmt.Sprintf("case/%05d", i), 1, "p1", "note.added", noted{Title: "t"}); err != nil {
					return err
				}
			}
			return tx.Append("other/1", 1, "p1", "note.added", noted{Title: "t"})
		}))
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			n, last := 0, ""
			for name, err := range tx.Streams("case/") {
				if err != nil {
					return err
				}
				if name <= last || !strings.HasPrefix(name, "case/") {
					t.Fatalf("%s after %s", name, last)
				}
				n, last = n+1, name
			}
			if n != 2300 {
				t.Errorf("%d streams", n)
			}
			return nil
		}))
	})
}
