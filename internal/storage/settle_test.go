package storage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// segments is how many pieces of the text index a search looks into.
func segments(t *testing.T, s *storage.Store) (n int) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		return tx.Scan(`SELECT count(DISTINCT segid) FROM search_fts_idx`, nil, &n)
	}))
	return n
}

// Settling leaves few segments and finds what was found, deleted and changed
// documents included; it stops when it is told to.
func TestSettle(t *testing.T) {
	s := storagetest.New(t)
	write := func(from, to int) {
		for i := from; i <= to; i++ {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				tx.Index(int64(i), int64(i), s.Keys().Tokens(nil, fmt.Sprintf("第%d件理财保本，编号%d", i, i*7919)))
				return nil
			}))
		}
	}
	write(1, 150)
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		tx.Unindex(7)
		tx.Index(9, 9, s.Keys().Tokens(nil, "改成了别的"))
		return nil
	}))
	find := func(text string) string {
		return fmt.Sprint(search(t, s, s.Keys().QueryTokens(nil, text), nil, 0, 200))
	}
	queries := []string{"保本", "别的", "第7", "第9", "150", "没有这句"}
	var want []string
	for _, q := range queries {
		want = append(want, find(q))
	}
	before := segments(t, s)
	must(t, s.Settle(ctx, func() bool { return true }))
	if n := segments(t, s); n != before {
		t.Errorf("told to stop, it went from %d to %d segments", before, n)
	}
	must(t, s.Settle(ctx, nil))
	after := segments(t, s)
	if before < 4 || after*2 > before {
		t.Errorf("%d segments before, %d after", before, after)
	}
	for i, q := range queries {
		if got := find(q); got != want[i] {
			t.Errorf("%s: %s after settling, %s before", q, got, want[i])
		}
	}
	must(t, s.Settle(ctx, nil)) // again: nothing to do
	write(151, 160)
	if got := find("160"); got == find("没有这句") {
		t.Error("what is written afterwards is not found")
	}
}

// textBytes is what the text index takes on SQLite.
func textBytes(t *testing.T, s *storage.Store) (n int64) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		return tx.Scan(`SELECT sum(length(block)) FROM search_fts_data`, nil, &n)
	}))
	return n
}

// What is deleted from the text index is merged away when nobody waits, never in the
// commit that deletes it; and a step that has to read past many deleted documents is
// undone, with nothing else lost, once somebody wants to write.
func TestSettleDropsWhatIsDeleted(t *testing.T) {
	defer storage.SetSettlePatience(storage.SetSettlePatience(time.Millisecond))
	s := storagetest.New(t)
	const docs, kept = 12_000, 100
	index := func(from, to int) {
		for ; from < to; from += 500 {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				for i := from; i < min(from+500, to); i++ {
					text := fmt.Sprintf("第%d件，流水号%d，编号%d，", i, i*7919, i*104729)
					tx.Index(int64(i), int64(i), s.Keys().Tokens(nil, strings.Repeat(text, 2)+"客户反映在网点办理业务被收取手续费，事先没有告知，要求退还并说明依据，态度恶劣，多次拨打客服电话无人接听"))
				}
				return nil
			}))
		}
	}
	index(0, docs)
	full := textBytes(t, s)
	for from := kept; from < docs; from += 1000 {
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			for i := from; i < min(from+1000, docs); i++ {
				tx.Unindex(int64(i))
			}
			return nil
		}))
	}
	if n := textBytes(t, s); n < full {
		t.Errorf("%d bytes of %d: a commit that deleted has merged", n, full)
	}
	before := textBytes(t, s)
	fill(t, s, 3)
	asked := 0
	must(t, s.Settle(ctx, func() bool { asked++; return asked > 1 })) // somebody comes while the first step is on its way
	if n := textBytes(t, s); n != before || asked < 2 {
		t.Errorf("%d bytes, then %d, asked %d times: the step was not undone", before, n, asked)
	}
	fill(t, s, 3)
	must(t, s.Settle(ctx, nil))
	if n := textBytes(t, s); n*20 > full {
		t.Errorf("%d bytes of %d are left for %d documents of %d", n, full, kept, docs)
	}
	if got := search(t, s, s.Keys().QueryTokens(nil, "手续费"), nil, 0, docs); len(got) != kept {
		t.Errorf("%d found, want %d", len(got), kept)
	}
	if r := verify(t, s); !r.OK() || r.Events != 6 {
		t.Errorf("%+v", r)
	}
}

// On PostgreSQL settling empties the lists of new entries of all parts, which every
// search reads from end to end.
func TestSettleParts(t *testing.T) {
	s := storagetest.Open(t, storagetest.Postgres(t))
	write := func(from, to int64) {
		for i := from; i < to; i++ {
			must(t, s.Update(ctx, func(tx *storage.Tx) error {
				tx.Index(i, i, s.Keys().Tokens(nil, fmt.Sprintf("第%d件理财保本，编号%d", i, i*7919)))
				return nil
			}))
		}
	}
	const next = 1 << 16 // the first of the second part
	// pending empties the lists and says how many pages they had.
	pending := func() (pages int) {
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			return tx.Scan(`SELECT gin_clean_pending_list('search_fts_0_tokens') + gin_clean_pending_list('search_fts_1_tokens')`, nil, &pages)
		}))
		return pages
	}
	write(1, 30)
	write(next, next+30)
	if n := pending(); n < 2 {
		t.Fatalf("new documents wait on %d pages: this test shows nothing", n)
	}
	write(30, 60)
	write(next+30, next+60)
	must(t, s.Settle(ctx, func() bool { return true }))
	must(t, s.Settle(ctx, nil))
	if n := pending(); n != 0 {
		t.Errorf("%d pages wait after settling", n)
	}
	if got := search(t, s, s.Keys().QueryTokens(nil, "保本"), nil, 0, 200); len(got) != 119 {
		t.Errorf("%d found", len(got))
	}
}
