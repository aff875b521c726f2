package storage_test

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// farDocs are numbers in many blocks and parts, with gaps between, and those of
// other documents far above.
func farDocs(r *rand.Rand) int64 {
	base := []int64{1, 2000, 4090, 65_400, 65_536 + 30_000, 3 << 16, 4<<16 - 70, 1 << 50, 1<<51 - 40}
	return base[r.IntN(len(base))] + int64(r.IntN(90))
}

// TestSearchAcrossParts compares random queries with a plain loop where the
// documents lie in several parts, on both engines.
func TestSearchAcrossParts(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		r := rand.New(rand.NewPCG(9, 4))
		docs := map[int64][]seal.Token{}
		some := func(n, of int) (out []seal.Token) {
			for range n {
				out = append(out, s.Keys().Blind("x", fmt.Sprint(r.IntN(of))))
			}
			slices.Sort(out)
			return slices.Compact(out)
		}
		for range 12 {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				for range 60 {
					id := farDocs(r)
					if r.IntN(6) == 0 {
						delete(docs, id)
						tx.Unindex(id)
						continue
					}
					docs[id] = some(5, 9)
					tx.Index(id, id, docs[id])
				}
				return nil
			}))
		}
		for range 150 {
			all, any, before, limit := some(r.IntN(3), 11), some(r.IntN(3), 11), int64(0), 1+r.IntN(300)
			if r.IntN(2) == 0 {
				before = farDocs(r)
			}
			if len(all)+len(any) == 0 {
				continue
			}
			if got, want := search(t, s, all, any, before, limit), scan(docs, all, any, before, limit); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("all %d any %d before %d limit %d:\ngot  %v\nwant %v", len(all), len(any), before, limit, got, want)
			}
		}
	})
}

func partsOf(t *testing.T, raw *sql.DB) (names string) {
	t.Helper()
	must(t, raw.QueryRow(`SELECT coalesce(string_agg(relname, ' ' ORDER BY length(relname), relname), '') FROM pg_class WHERE relkind = 'r' AND relname ~ '^search_fts'`).Scan(&names))
	return names
}

// TestPartsByManyCopies lets copies of the program write the first documents of the
// same parts at once: each part is made once, and all find all.
func TestPartsByManyCopies(t *testing.T) {
	o := storagetest.Postgres(t)
	var copies []*storage.Store
	for range 3 {
		copies = append(copies, storagetest.Open(t, o))
	}
	const parts = 6
	var wg sync.WaitGroup
	for i, s := range copies {
		wg.Go(func() {
			for part := range int64(parts) {
				id := part<<16 + int64(i)
				err := s.Update(ctx, func(tx *storage.Tx) error { tx.Index(id, id, s.Keys().Tokens(nil, "保本")); return nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i, s := range copies {
		if n := len(search(t, s, s.Keys().QueryTokens(nil, "保本"), nil, 0, 100)); n != parts*len(copies) {
			t.Errorf("copy %d finds %d documents, want %d", i, n, parts*len(copies))
		}
	}
	if got, want := partsOf(t, storagetest.Raw(t, o)), "search_fts_0 search_fts_1 search_fts_2 search_fts_3 search_fts_4 search_fts_5"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
}

// TestPartIsMadeAgain takes the unit back that made a part: the next one finds that
// it is not there, though this program made it.
func TestPartIsMadeAgain(t *testing.T) {
	o := storagetest.Postgres(t)
	s := storagetest.Open(t, o)
	broken := errors.New("broken off")
	err := s.Rebuild(ctx, nil, true, func(tx *storage.Tx, w *storage.Writer, _ iter.Seq2[string, error]) error {
		err := w.Project(tx, func(tx *storage.Tx) error {
			for id := range int64(600) { // more than are kept in memory
				tx.Index(id, id, s.Keys().Tokens(nil, "保本"))
			}
			return nil
		})
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if got := partsOf(t, storagetest.Raw(t, o)); got != "" {
		t.Errorf("parts %s, want none", got)
	}
	index(t, s, map[int64]string{7: "保本"})
	if got := fmt.Sprint(search(t, s, s.Keys().QueryTokens(nil, "保本"), nil, 0, 9)); got != "[{7 70 0}]" {
		t.Errorf("found %s", got)
	}
}

// TestWordsAreTheTokens: what the parts keep of a token is what the texts keep.
func TestWordsAreTheTokens(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 7))
	for range 2000 {
		token := seal.Token(r.Uint64())
		text := string(token.AppendText(nil)[:storage.TokenChars])
		word := storage.WordOf(token)
		if back, err := storage.TokenTexts(fmt.Sprintf("-3 %d -32", word)); err != nil || back != text+" " || word < 0 || storage.ParseWord(text) != word {
			t.Fatalf("%s: word %d, back %q: %v", text, word, back, err)
		}
	}
	if _, err := storage.TokenTexts("abc"); err == nil {
		t.Error("a text is no word")
	}
}

func TestPieces(t *testing.T) {
	for _, test := range []struct {
		top, bottom int64
		want        string
	}{
		{0, 0, "[[0 0]]"},
		{63, 0, "[[63 62] [61 54] [53 32] [31 22] [21 0]]"},
		{128, 0, "[[128 128] [127 127] [126 119] [118 96] [95 87] [86 64] [63 32] [31 0]]"},
		{1 << 39, 1 << 39, fmt.Sprintf("[[%d %[1]d]]", 1<<39)},
	} {
		if got := fmt.Sprint(storage.Pieces(test.top, test.bottom)); got != test.want {
			t.Errorf("%d down to %d: %s, want %s", test.top, test.bottom, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bottom := rapid.Int64Range(0, 40).Draw(t, "part") * 32
		top := bottom + rapid.Int64Range(0, 700).Draw(t, "blocks")
		next := top
		for _, p := range storage.Pieces(top, bottom) {
			if p[0] != next || p[1] > p[0] || p[0]/32 != p[1]/32 {
				t.Fatalf("piece %v after %d", p, next+1)
			}
			next = p[1] - 1
		}
		if next != bottom-1 {
			t.Fatalf("ends at %d, want %d", next+1, bottom)
		}
	})
}
