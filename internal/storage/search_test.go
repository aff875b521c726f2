package storage_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

func search(t testing.TB, s *storage.Store, all, any []seal.Token, before int64, limit int) (hits []storage.Hit) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) (err error) {
		hits, err = tx.Search(all, any, before, limit)
		return err
	}))
	return hits
}

func index(t testing.TB, s *storage.Store, docs map[int64]string) {
	t.Helper()
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		for id, text := range docs {
			tx.Index(id, id*10, s.Keys().Tokens(nil, text))
		}
		return nil
	}))
}

func TestSearch(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		index(t, s, map[int64]string{1: "承诺保本保息", 2: "理赔太慢", 3: "保本理财", 4: "电话 13800001234 推销"})
		query := func(text string) []seal.Token { return s.Keys().QueryTokens(nil, text) }
		for _, test := range []struct {
			name          string
			all, any      []seal.Token
			before, limit int64
			want          string
		}{
			{"pair", query("保本"), nil, 0, 10, "[{3 30 0} {1 10 0}]"},
			{"single character", query("慢"), nil, 0, 10, "[{2 20 0}]"},
			{"longer", query("保本理财"), nil, 0, 10, "[{3 30 0}]"},
			{"before", query("保本"), nil, 3, 10, "[{1 10 0}]"},
			{"limit", query("保本"), nil, 0, 1, "[{3 30 0}]"},
			{"none", query("保险"), nil, 0, 10, "[]"},
			{"nothing asked", nil, nil, 0, 10, "[]"},
			{"number", query("13800001234"), nil, 0, 10, "[{4 40 0}]"},
			{"any", nil, append(query("保本"), query("理财")...), 0, 10, "[{3 30 0} {1 10 0}]"},
			{"all and any", query("保"), append(query("理财"), query("理赔")...), 0, 10, "[{3 30 0}]"},
		} {
			if got := fmt.Sprint(search(t, s, test.all, test.any, test.before, int(test.limit))); got != test.want {
				t.Errorf("%s: got %s, want %s", test.name, got, test.want)
			}
		}
		index(t, s, map[int64]string{3: "不再理财", 2: "保本"})
		must(t, s.Update(ctx, func(tx *storage.Tx) error { tx.Unindex(1); return nil }))
		if got := fmt.Sprint(search(t, s, query("保本"), nil, 0, 10)); got != "[{2 20 0}]" {
			t.Errorf("after changes: %s", got)
		}
	})
}

// TestSearchAgreesWithScan compares random queries with a plain loop, over many
// groups, changes and removals.
func TestSearchAgreesWithScan(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		r := rand.New(rand.NewPCG(4, 2))
		docs := map[int64][]seal.Token{}
		some := func(n int) (out []seal.Token) {
			for range n {
				out = append(out, s.Keys().Blind("x", fmt.Sprint(r.IntN(12))))
			}
			slices.Sort(out)
			return slices.Compact(out)
		}
		for range 60 {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				for range 5 {
					id := int64(1 + r.IntN(200))
					if r.IntN(5) == 0 {
						delete(docs, id)
						tx.Unindex(id)
						continue
					}
					docs[id] = some(6)
					tx.Index(id, id, docs[id])
				}
				return nil
			}))
		}
		for range 100 {
			all, any, limit := some(r.IntN(3)), some(r.IntN(3)), 1+r.IntN(30)
			if len(all)+len(any) == 0 {
				continue
			}
			before := int64(r.IntN(250))
			if got, want := search(t, s, all, any, before, limit), scan(docs, all, any, before, limit); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("all %d any %d before %d limit %d:\ngot  %v\nwant %v", len(all), len(any), before, limit, got, want)
			}
		}
	})
}

func scan(docs map[int64][]seal.Token, all, any []seal.Token, before int64, limit int) []storage.Hit {
	out := []storage.Hit{}
	for id, have := range docs {
		h := storage.Hit{Doc: id, Owner: id}
		ok := before == 0 || id < before
		for _, t := range all {
			ok = ok && slices.Contains(have, t)
		}
		one := len(any) == 0
		for _, t := range any {
			one = one || slices.Contains(have, t)
		}
		if ok && one {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b storage.Hit) int { return int(b.Doc - a.Doc) })
	return out[:min(limit, len(out))]
}

func TestAlike(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		key := func(from, to int) (out []seal.Token) {
			for i := from; i <= to; i++ {
				out = append(out, s.Keys().Blind("k", fmt.Sprint(i)))
			}
			return out
		}
		put := func(id int64, keys []seal.Token) {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				tx.IndexDoc(storage.Doc{ID: id, Owner: id * 10, Tokens: key(100, 101), Keys: keys})
				return nil
			}))
		}
		put(1, key(1, 2))
		put(2, key(1, 1))
		put(3, key(1, 20))
		put(4, key(1, 1))
		put(5, key(1, 2))
		put(5, key(3, 3)) // anew, with other keys
		must(t, s.Update(ctx, func(tx *storage.Tx) error { tx.Unindex(4); tx.Unindex(99); return nil }))
		for _, test := range []struct {
			keys          []seal.Token
			perKey, limit int
			want          string
		}{
			{key(1, 2), 9, 9, "[{3 30 2} {1 10 2} {2 20 1}]"},
			{append(key(1, 2), key(1, 2)...), 9, 1, "[{3 30 2}]"},
			{key(1, 1), 2, 9, "[{3 30 1} {2 20 1}]"},
			{key(3, 20), 9, 9, "[{3 30 18} {5 50 1}]"},
			{key(21, 22), 9, 9, "[]"},
			{nil, 9, 9, "[]"},
		} {
			must(t, s.View(ctx, func(tx *storage.Tx) error {
				hits, err := tx.Alike(test.keys, test.perKey, test.limit)
				if got := fmt.Sprint(hits); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				return err
			}))
		}
		if got := len(search(t, s, key(100, 100), nil, 0, 10)); got != 4 {
			t.Errorf("%d documents by token, want 4", got)
		}
	})
}
