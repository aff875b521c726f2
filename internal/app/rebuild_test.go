package app_test

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// differing rebuilds and returns the tables that were others before. What was found to
// stand rightly is written anew too, and has to be the same.
func (w world) differing() []string {
	w.Helper()
	found, err := w.s.RebuildReadTables(ctx, storage.RebuildOptions{})
	w.ok(err)
	left, err := w.s.RebuildReadTables(ctx, storage.RebuildOptions{All: true})
	w.ok(err)
	if d := left.Differing(); d != nil {
		w.Errorf("after a rebuild that found %v, writing everything anew changes %v", found.Differing(), d)
	}
	return found.Differing()
}

// alike: a rebuild finds every read table as it has to be.
func (w world) alike() {
	w.Helper()
	if d := w.differing(); d != nil {
		w.Errorf("read tables are not what the ledger gives: %v", d)
	}
}

// written is how many cases a rebuild writes anew.
func (w world) written() int64 {
	w.Helper()
	r, err := w.s.RebuildReadTables(ctx, storage.RebuildOptions{})
	w.ok(err)
	return r.Written
}

// exec runs statements as somebody would who goes behind the program's back.
func (w world) exec(statements ...string) {
	w.Helper()
	w.ok(w.s.Write(ctx, func(tx *storage.Writer) error {
		for _, q := range statements {
			if _, err := tx.Exec(q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}))
}

// readTables digests everything that a rebuild writes of cases.
func (w world) readTables() string {
	w.Helper()
	var out strings.Builder
	for _, t := range []string{"complaint card", "complaint_reference", "complaint_import", "complaint_recusal", "complaint_approval", "complaint_judgement", "case_coding", "law_cited", "search_doc", "search_key"} {
		name, skip, _ := strings.Cut(t, " ")
		d, err := w.s.Digest(ctx, name, skip)
		w.ok(err)
		fmt.Fprintln(&out, name, d)
	}
	return out.String()
}

func (w world) finds(text string) int {
	w.Helper()
	found, err := w.app.Find(ctx, w.who("office"), text, 0, 100)
	w.ok(err)
	return len(found.Rows)
}

// TestRebuildMends: whatever stands wrongly in the read tables is made right, rows of
// cases that never were go, and it is said which tables had been wrong.
func TestRebuildMends(t *testing.T) {
	each(t, func(w world) {
		w.erasable()
		for range 4 {
			w.register("bj", another)
		}
		right, found := w.readTables(), w.finds("理财经理")
		if got := w.differing(); got != nil || w.readTables() != right || found != 4 {
			w.Fatalf("nothing was wrong, and now %v\n%s\nbefore\n%s", got, w.readTables(), right)
		}
		for _, c := range []struct {
			what, table string
			do          []string
		}{
			{"a row changed", "complaint", []string{`UPDATE complaint SET owner = 'p99' WHERE id = 1`}},
			{"a row gone", "complaint", []string{`DELETE FROM complaint WHERE id = 2`}},
			{"other numbers", "complaint", []string{`UPDATE complaint SET number = 'x' WHERE id = 1`, `UPDATE complaint SET number = 'y' WHERE id = 2`}},
			{"one more reference", "complaint_reference", []string{`INSERT INTO complaint_reference (case_id, n, channel, number, received_on) VALUES (3, 9, 'x', 'y', '2026-01-01')`}},
			{"a reference of no case", "complaint_reference", []string{`INSERT INTO complaint_reference (case_id, n, channel, number, received_on) VALUES (77, 1, 'x', 'y', '2026-01-01')`}},
			{"a case that never was", "case_coding", []string{`INSERT INTO case_coding (id, unit, received_on, registered_on, situation, left_out) VALUES (-5, 'u', 'd', 'd', 's', '')`}},
			{"an import of no event", "complaint_import", []string{`INSERT INTO complaint_import (key, case_id) VALUES ('k', 2)`}},
			{"an article more", "law_cited", []string{`INSERT INTO law_cited (case_id, instrument, article) VALUES (2, 'a', 'b')`}},
			{"judgements", "complaint_judgement", []string{`DELETE FROM complaint_judgement WHERE case_id = 1`, `INSERT INTO complaint_judgement (case_id, n, topic, subject, value, suggested, source, confidence, verdict, judged_by, judged_at, judged_on) VALUES (2, 99, 't', 0, '', '', '', 0, '', '', 0, '')`}},
			{"a document gone", "", []string{`DELETE FROM search_doc WHERE doc = 2`}},
			{"a document of no case", "", []string{`INSERT INTO search_doc (doc, owner) VALUES (88, 88)`}},
			{"a key more", "", []string{`INSERT INTO search_key (key, doc) VALUES (12345, 2)`}},
			{"reads that nobody made", "access_count", []string{`INSERT INTO access_count (who, kind, hour, reads) VALUES ('p99', 'k', 0, 1)`}},
		} {
			w.exec(c.do...)
			if w.readTables() == right && c.table != "access_count" {
				w.Fatalf("%s: the test does not see it", c.what)
			}
			if got := w.differing(); c.table != "" && !slices.Equal(got, []string{c.table}) || c.table == "" && got != nil {
				w.Errorf("%s: said of %v", c.what, got)
			}
			if got := w.readTables(); got != right {
				w.Errorf("%s: now\n%s\nright\n%s", c.what, got, right)
			}
			if got := w.finds("理财经理"); got != found {
				w.Errorf("%s: %d found, want %d", c.what, got, found)
			}
		}
		if got := w.differing(); got != nil {
			w.Errorf("again: %v", got)
		}
		if got := w.written(); got != 0 {
			w.Errorf("nothing is wrong and %d cases were written", got)
		}
	})
}

// TestRebuildWritesWhatIsWrong: of one case something is wrong that no digest of a table
// shows, and that case alone is written anew.
func TestRebuildWritesWhatIsWrong(t *testing.T) {
	each(t, func(w world) {
		for range 5 {
			w.register("bj", another)
		}
		found := w.finds("理财经理")
		texts := `search_fts WHERE rowid`
		if w.o.DSN != "" {
			texts = `search_fts_0 WHERE doc`
		}
		for _, c := range []struct{ what, do string }{
			{"a text gone", `DELETE FROM ` + texts + ` = 3`},
			{"another's card", `UPDATE complaint SET card = (SELECT card FROM complaint WHERE id = 1) WHERE id = 3`},
			{"no card", `UPDATE complaint SET card = NULL WHERE id = 3`},
			{"words of an earlier program", `UPDATE search_doc SET digest = NULL WHERE doc = 3`},
			{"other words", `UPDATE search_doc SET digest = digest + 1 WHERE doc = 3`},
			{"another's document", `UPDATE search_doc SET owner = 1 WHERE doc = 3`},
			{"a key gone", `DELETE FROM search_key WHERE doc = 3 AND key = (SELECT min(key) FROM search_key WHERE doc = 3)`},
			{"a time in the archive", `UPDATE complaint SET archived_at = 5 WHERE id = 3`},
		} {
			w.exec(c.do)
			if got := w.written(); got != 1 {
				w.Errorf("%s: %d cases written, want 1", c.what, got)
			}
			if got := w.written(); got != 0 {
				w.Errorf("%s: %d cases written again", c.what, got)
			}
			if got := w.finds("理财经理"); got != found {
				w.Errorf("%s: %d found, want %d", c.what, got, found)
			}
		}
		r, err := w.s.RebuildReadTables(ctx, storage.RebuildOptions{All: true})
		w.ok(err)
		if r.Written != 5 || r.Cases < 5 {
			w.Errorf("everything: %d of %d written", r.Written, r.Cases)
		}
	})
}

// TestRebuildMendsADamagedIndex: whatever was done to the file of the text index, a rebuild
// says so and makes it anew.
func TestRebuildMendsADamagedIndex(t *testing.T) {
	each(t, func(w world) {
		if w.o.DSN != "" {
			w.Skip("PostgreSQL has no check of its indexes that needs no extension")
		}
		for range 40 {
			w.register("bj", another)
		}
		w.ok(w.s.Settle(ctx, nil))
		found := w.finds("理财经理")
		const leaf = ` WHERE id = (SELECT min(id) FROM search_fts_data WHERE id > 10)`
		for _, do := range []string{
			`UPDATE search_fts_data SET block = zeroblob(length(block))` + leaf,
			`DELETE FROM search_fts_data` + leaf,
			`DELETE FROM search_fts_data WHERE id > 10`,
			`DELETE FROM search_fts_data`,
		} {
			w.exec(do)
			if bad, err := w.s.Integrity(ctx); err != nil || len(bad) == 0 {
				w.Errorf("%s: not seen: %v", do, err)
			}
			if got := w.differing(); !slices.Equal(got, []string{"search_fts"}) {
				w.Errorf("%s: said of %v", do, got)
			}
			if bad, err := w.s.Integrity(ctx); err != nil || len(bad) > 0 {
				w.Errorf("%s: left %v %v", do, bad, err)
			}
			if got := w.finds("理财经理"); got != found || found != 40 {
				w.Errorf("%s: %d found, want %d", do, got, found)
			}
		}
		if got := w.differing(); got != nil {
			w.Errorf("at the end: %v", got)
		}
	})
}

// TestWhatIsDecidedIsFound: a decision's words are found as soon as it is approved, and
// no longer once the case is reopened without it.
func TestWhatIsDecidedIsFound(t *testing.T) {
	each(t, func(w world) {
		r := w.erasable(func(r app.Receipt) {
			if n := w.finds("退还年费"); n != 0 {
				w.Errorf("found before anybody decided: %d", n)
			}
		})
		if n := w.finds("退还年费"); n != 1 {
			w.Errorf("found after the decision: %d", n)
		}
		w.do("bjlead", r.ID, complaint.Reopen{On: w.today(), Why: "有新证据"})
		if n := w.finds("退还年费"); n != 0 || w.written() != 0 {
			w.Errorf("reopened: %d", n)
		}
	})
}

// TestRebuildOfNumbersInTheWay: two cases have each other's unique number, so that
// neither can be written before the other.
func TestRebuildOfNumbersInTheWay(t *testing.T) {
	each(t, func(w world) {
		a, b := w.register("bj", another), w.register("bj", another)
		right := w.readTables()
		w.exec(`UPDATE complaint SET number = 'x' WHERE id = 1`,
			fmt.Sprintf(`UPDATE complaint SET number = '%s' WHERE id = 2`, w.caseOf(a.ID).Case.Number),
			fmt.Sprintf(`UPDATE complaint SET number = '%s' WHERE id = 1`, w.caseOf(b.ID).Case.Number))
		if got := w.differing(); !slices.Equal(got, []string{"complaint"}) || w.readTables() != right {
			w.Errorf("said of %v", got)
		}
		// An orphan in the way of a case.
		w.exec(`DELETE FROM complaint WHERE id = 2`, `UPDATE complaint SET id = 99 WHERE id = 1`)
		if got := w.differing(); !slices.Equal(got, []string{"complaint"}) || w.readTables() != right {
			w.Errorf("with an orphan: said of %v", got)
		}
	})
}

// TestRebuildPassesDamagedCases: a case whose chain is broken keeps its rows and is
// named; the others are mended.
func TestRebuildPassesDamagedCases(t *testing.T) {
	each(t, func(w world) {
		bad, good := w.register("bj", another), w.register("bj", another)
		right := w.readTables()
		w.exec(`UPDATE complaint SET owner = 'p99' WHERE id = 2`, fmt.Sprintf(`UPDATE event SET by_ = 'p99' WHERE stream = '%s' AND version = 1`, bad.ID.Stream()))
		r, err := w.s.RebuildReadTables(ctx, storage.RebuildOptions{})
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), bad.ID.Stream()+"）") || len(r.Tables) == 0 {
			w.Errorf("%v, %v", err, r)
		}
		if w.readTables() != right {
			w.Errorf("%s was not mended, or %s changed", good.ID.Stream(), bad.ID.Stream())
		}
	})
}

// TestRebuildBesideWork: while cases are registered and worked on, here and in another
// copy of the program, a rebuild finds nothing wrong and leaves nothing wrong.
func TestRebuildBesideWork(t *testing.T) {
	each(t, func(w world) {
		for range 30 {
			w.register("bj", another)
		}
		stop := make(chan struct{})
		var work sync.WaitGroup
		end := sync.OnceFunc(func() { close(stop); work.Wait() })
		t.Cleanup(end)
		var done int
		work.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := w.app.Do(ctx, w.who("bj"), complaint.ID(1+i%30), 0, complaint.AddNote{Text: "已联系"}); err == nil {
					done++
				} else if !fault.Is(err, fault.Stale) {
					w.Errorf("a note: %v", err)
					return
				}
				if i%5 == 0 {
					w.register("bj", another)
				}
			}
		})
		beside := w
		beside.s = storagetest.Open(t, w.o)
		_, err := app.New(ctx, app.Options{Store: beside.s, Blobs: blob.New(t.TempDir(), rand.Reader), Now: w.o.Now, Rand: rand.Reader, Institution: "示例银行股份有限公司"})
		w.ok(err) // it gives the store its rules
		for i := range 6 {
			by := []world{beside, w}[i%2]
			if got := by.differing(); got != nil {
				w.Errorf("beside work: %v", got)
			}
		}
		end()
		if got := w.differing(); got != nil || done == 0 {
			w.Errorf("at the end: %v; %d notes", got, done)
		}
	})
}
