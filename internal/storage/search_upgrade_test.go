package storage_test

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// oldTexts are documents of an index of the version before: in three parts, the second
// of several transactions, and one far above.
func oldTexts() map[int64]string {
	texts := map[int64]string{1: "承诺保本保息", 70_000: "保本理财 13800001234", 70_001: "理赔太慢", 1<<50 + 3: "保本合同"}
	for id := range int64(9000) {
		texts[70_002+id] = fmt.Sprint("银行卡年费 ", id%50)
	}
	for id := range int64(1500) {
		texts[131_072+id] = "银行卡年费"
	}
	return texts
}

// oldIndex is a PostgreSQL database of the version before the parts, with events, so
// that an upgrade is tried on a copy first, and with those texts.
func oldIndex(t *testing.T, texts map[int64]string) (storage.Options, *sql.DB) {
	t.Helper()
	o := storagetest.Postgres(t)
	o.Dir = t.TempDir()
	raw := storagetest.Raw(t, o)
	_, err := raw.Exec(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
	must(t, err)
	s, err := storage.Open(ctx, storage.AtVersion(o, storage.PartsVersion-1))
	must(t, err)
	fillOld(t, s, 60)
	var docs []int64
	var words []string
	for id, text := range texts {
		docs, words = append(docs, id), append(words, oldTokens(s, text))
	}
	_, err = raw.Exec(`INSERT INTO search_fts (doc, tokens) SELECT d, CAST(t AS tsvector) FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS x (d, t)`, docs, words)
	must(t, err)
	_, err = raw.Exec(`INSERT INTO search_doc (doc, owner, keys) SELECT doc, doc, '' FROM search_fts`)
	must(t, err)
	must(t, s.Close())
	return o, raw
}

// oldTokens are the tokens of a text as the version before kept them.
func oldTokens(s *storage.Store, text string) string {
	var words []string
	for _, token := range s.Keys().Tokens(nil, text) {
		words = append(words, string(token.AppendText(nil)[:storage.TokenChars]))
	}
	return strings.Join(words, " ")
}

// refused opens a database that cannot be upgraded.
func refused(t *testing.T, o storage.Options) {
	t.Helper()
	if s, err := storage.Open(ctx, o); err == nil {
		must(t, s.Close())
		t.Fatal("upgraded")
	}
}

// indexOf is all of the text index, in a form to compare, and where its first rows
// stand: another place says that they were written again.
func indexOf(t *testing.T, raw *sql.DB) (all, first string) {
	t.Helper()
	var b strings.Builder
	for _, part := range strings.Fields(partsOf(t, raw)) {
		rows, err := raw.Query(`SELECT doc, (SELECT string_agg(CAST(x AS TEXT), ',' ORDER BY x) FROM unnest(tokens) x) FROM ` + part + ` ORDER BY doc`)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var doc int64
			var tokens string
			must(t, rows.Scan(&doc, &tokens))
			fmt.Fprintln(&b, part, doc, tokens)
		}
		must(t, rows.Err())
	}
	must(t, raw.QueryRow(`SELECT coalesce((SELECT string_agg(CAST(xmin AS TEXT) || ' ' || CAST(ctid AS TEXT), ' ') FROM search_fts_0), '')`).Scan(&first))
	return b.String(), first
}

// wantIndex is what indexOf shows of these texts: the words of each and that of its
// block of 2,048.
func wantIndex(s *storage.Store, texts map[int64]string) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		words := []int64{-1 - id/2048%32}
		for text := range strings.FieldsSeq(oldTokens(s, texts[id])) {
			words = append(words, storage.ParseWord(text))
		}
		slices.Sort(words)
		tokens := make([]string, len(words))
		for i, word := range words {
			tokens[i] = fmt.Sprint(word)
		}
		fmt.Fprintf(&b, "search_fts_%d %d %s\n", id/65_536, id, strings.Join(tokens, ","))
	}
	return b.String()
}

// TestUpgradeParts moves an index of the version before, through the check of the
// upgrade on a copy: everything is found as before.
func TestUpgradeParts(t *testing.T) {
	o, raw := oldIndex(t, oldTexts())
	s := storagetest.Open(t, o)
	if got, want := partsOf(t, raw), fmt.Sprintf("search_fts_0 search_fts_1 search_fts_2 search_fts_%d", 1<<34); got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
	if got, _ := indexOf(t, raw); got != wantIndex(s, oldTexts()) {
		t.Error("the index is not that of the texts")
	}
	if kept, err := filepath.Glob(filepath.Join(o.Dir, "before-upgrade-00092-to-*.db")); err != nil || len(kept) != 1 {
		t.Errorf("snapshots %v, %v", kept, err)
	}
	if r := verify(t, s); !r.OK() || r.Events != 60 {
		t.Errorf("%+v %s", r, kinds(r))
	}
	for query, want := range map[string]string{"保本": fmt.Sprintf("[%d 70000 1]", 1<<50+3), "13800001234": "[70000]", "理赔": "[70001]", "年费": "[132571 132570 132569]", "保险": "[]"} {
		got := []int64{}
		for _, h := range search(t, s, s.Keys().QueryTokens(nil, query), nil, 0, 3) {
			got = append(got, h.Doc)
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got %v, want %s", query, got, want)
		}
	}
}

// TestUpgradePartsGoesOn breaks the moving off in the middle, and again before its very
// end. The old table stays whole, and nobody writes into it; what was moved is not moved
// again, and the index is that of an upgrade in one go.
func TestUpgradePartsGoesOn(t *testing.T) {
	texts := oldTexts()
	o, raw := oldIndex(t, texts)
	broken := func(prepare, undo string, moved int) (first string) {
		t.Helper()
		_, err := raw.Exec(prepare)
		must(t, err)
		refused(t, o)
		_, err = raw.Exec(undo)
		must(t, err)
		var n, parts int
		must(t, raw.QueryRow(`SELECT count(*) FROM search_fts`).Scan(&n))
		must(t, raw.QueryRow(`SELECT (SELECT count(*) FROM search_fts_0) + (SELECT count(*) FROM search_fts_1)`).Scan(&parts))
		if n != len(texts) || versionOf(t, raw) >= storage.PartsVersion || parts != moved {
			t.Errorf("%d documents, want %d; %d moved, want %d; version %d", n, len(texts), parts, moved, versionOf(t, raw))
		}
		if _, err := raw.Exec(`INSERT INTO search_fts (doc, tokens) VALUES (5, '')`); err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("a program of the version before writes: %v", err)
		}
		_, first = indexOf(t, raw)
		return first
	}
	// A name that is taken: the third part cannot be made. Its transaction began in the second, with the last 811 of that.
	first := broken(`CREATE VIEW search_fts_2 AS SELECT 1 AS doc`, `DROP VIEW search_fts_2`, 2*4096)
	again := broken(`CREATE VIEW in_the_way AS SELECT doc FROM search_fts`, `DROP VIEW in_the_way`, 9003)
	s := storagetest.Open(t, o)
	got, last := indexOf(t, raw)
	if first == "" || again != first || last != first {
		t.Errorf("the first part was made at %q, %q and %q", first, again, last)
	}
	if got != wantIndex(s, texts) {
		t.Error("the index is not that of an upgrade in one go")
	}
}

// TestUpgradePartsKilled cuts every connection of an upgrade while it runs, at whatever
// it does then, some times over.
func TestUpgradePartsKilled(t *testing.T) {
	texts := oldTexts()
	o, raw := oldIndex(t, texts)
	for range 3 {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if s, err := storage.Open(ctx, o); err == nil {
				_ = s.Close()
			}
		}()
		for cut := false; !cut; { // as soon as another part of it is there, or it has ended
			select {
			case <-ended:
				cut = true
			default:
				_ = raw.QueryRow(`SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND to_regclass('search_fts_0') IS NOT NULL`).Scan(&cut)
			}
		}
		<-ended
	}
	s := storagetest.Open(t, o)
	if all, _ := indexOf(t, raw); all != wantIndex(s, texts) {
		t.Errorf("%d documents in %s, want %d", strings.Count(all, "\n"), partsOf(t, raw), len(texts))
	}
	if r := verify(t, s); !r.OK() || r.Events != 60 {
		t.Errorf("%+v %s", r, kinds(r))
	}
}

// TestUpgradePartsGivenUp goes back to the version before in the middle, by taking the
// guard away: what that one writes then, also to what was moved, is in the index of the
// next upgrade.
func TestUpgradePartsGivenUp(t *testing.T) {
	texts := oldTexts()
	o, raw := oldIndex(t, texts)
	_, err := raw.Exec(`CREATE VIEW search_fts_2 AS SELECT 1 AS doc`)
	must(t, err)
	refused(t, o)
	before, _ := indexOf(t, raw)
	ids := slices.Sorted(maps.Keys(texts))
	changed, removed := ids[0], ids[1]
	for _, id := range []int64{changed, removed} {
		if !strings.Contains(before, fmt.Sprintf("search_fts_%d %d ", id/65_536, id)) {
			t.Fatalf("document %d was not moved", id)
		}
	}
	for _, q := range []string{`DROP VIEW search_fts_2`, `DROP TRIGGER search_fts_moving ON search_fts`,
		fmt.Sprintf(`UPDATE search_fts SET tokens = (SELECT tokens FROM search_fts WHERE doc = %d) WHERE doc = %d`, removed, changed),
		fmt.Sprintf(`DELETE FROM search_fts WHERE doc = %d`, removed)} {
		_, err = raw.Exec(q)
		must(t, err)
	}
	texts[changed] = texts[removed]
	delete(texts, removed)
	s := storagetest.Open(t, o)
	if got, _ := indexOf(t, raw); got != wantIndex(s, texts) {
		t.Error("the index is not that of the texts as the version before left them")
	}
}
