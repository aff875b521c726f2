package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/ledger"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// bulk puts so many events with a private part each into one stream.
func bulk(t testing.TB, s *storage.Store, stream string, n int) {
	t.Helper()
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		for i := range n {
			if err := tx.Append(stream, int64(i+1), "p", "note.added", noted{Title: "t", Text: "正文"}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// The walk reads a thousand events at once: nothing is lost or counted twice where one
// run ends and the next begins, also when the last is full.
func TestVerifyPages(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		bulk(t, s, "bulk/1", 1500)
		bulk(t, s, "bulk/2", 500)
		note, err := s.Checkpoint(ctx)
		must(t, err)
		steps := map[storage.VerifyStep]int64{}
		r, err := s.Verify(ctx, storage.VerifyOptions{Checkpoints: [][]byte{note}, Progress: func(step storage.VerifyStep, done, total int64) {
			if done < steps[step] || done > total {
				t.Errorf("%s: %d of %d after %d", step, done, total, steps[step])
			}
			steps[step] = done
		}})
		must(t, err)
		if !r.OK() || r.Events != 2000 || r.Sealed != 2000 || r.Streams != 2 || r.Leaves != 2000 || r.Vouched != 2000 {
			t.Errorf("%+v", r)
		}
		if steps[storage.VerifyEvents] != 2000 || steps[storage.VerifyTree] != 2000 {
			t.Errorf("progress ends at %v", steps)
		}
		_, err = storagetest.Raw(t, o).Exec(`DELETE FROM event WHERE seq IN (1, 1000, 1001, 2000)`)
		must(t, err)
		r = verify(t, s, note)
		var lost, missing int
		for _, d := range r.Damages {
			if d.Kind == ledger.Missing && d.Stream == "" && d.Seq == 0 && strings.Contains(d.Text, "有 4 份密文") {
				lost++
			}
			if d.Kind == ledger.Missing && d.Stream == "bulk/1" {
				missing++
			}
		}
		// of the chain the first is missing and what follows 999; the end of bulk/2 only the tree knows
		if lost != 1 || missing != 2 || r.Events != 1996 || r.More != 0 {
			t.Errorf("%d sentences about ciphertexts, %d gaps, %+v: %v", lost, missing, r, kinds(r))
		}
	})
}

// Numbers say in what order events were stored, which the tree vouches for. Where two
// events of one stream changed theirs, the chain in itself is whole, and nothing else is said.
func TestVerifyKnowsTheChainFromTheOrder(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		bulk(t, s, "bulk/1", 10)
		note, err := s.Checkpoint(ctx)
		must(t, err)
		raw := storagetest.Raw(t, o)
		for _, table := range []string{"event", "sealed"} {
			for _, q := range []string{`SET seq = -1 WHERE seq = 4`, `SET seq = 4 WHERE seq = 7`, `SET seq = 7 WHERE seq = -1`} {
				_, err := raw.Exec(`UPDATE ` + table + ` ` + q)
				must(t, err)
			}
		}
		r := verify(t, s, note)
		for _, d := range r.Damages {
			if d.Kind != storage.TreeChanged && d.Kind != ledger.WrongRoot {
				t.Errorf("%+v", d)
			}
		}
		if r.OK() || r.Events != 10 || r.Streams != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// A store that is wrong throughout is said to be: a thousand damages by name, and how many more.
func TestVerifyCountsTheRest(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			for i := range 1200 {
				if err := tx.Append("case/"+string(rune('一'+i)), 1, "p", "note.added", noted{Title: "t"}); err != nil {
					return err
				}
			}
			return nil
		}))
		_, err := s.Checkpoint(ctx)
		must(t, err)
		_, err = storagetest.Raw(t, o).Exec(`UPDATE event SET kind = 'note.other'`)
		must(t, err)
		r := verify(t, s)
		if r.OK() || len(r.Damages) != 1000 || r.More != 200 {
			t.Errorf("%d damages and %d more: %s", len(r.Damages), r.More, kinds(r))
		}
	})
}

// What is wrong with a chain is said once, at its place; what comes after it, behind a
// pack too, is measured by what stands there.
func TestVerifyNamesThePlace(t *testing.T) {
	for _, test := range []struct {
		name, do string
		want     []string // kind and version of each damage of the stream, a pack between
	}{
		{"first changed", `UPDATE event SET by_ = 'p9' WHERE seq = 1`, []string{"changed 1"}},
		{"first gone", `DELETE FROM sealed WHERE seq = 1; DELETE FROM event WHERE seq = 1`, []string{"missing 1"}},
		{"last changed", `UPDATE event SET by_ = 'p9' WHERE stream = 'case/1' AND version = 8`, []string{"changed 8"}},
		{"link changed", `UPDATE event SET prev = hash WHERE stream = 'case/1' AND version = 8`, []string{"changed 8"}},
		{"gone behind the pack", `DELETE FROM sealed WHERE seq = 22; DELETE FROM event WHERE seq = 22`, []string{"missing 8"}},
		{"moved", `UPDATE event SET version = 10 WHERE stream = 'case/1' AND version = 9`, []string{"missing 9"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
				s := storagetest.Open(t, o)
				fill(t, s, 20)
				note := settle(t, s)
				archiveAll(t, s)
				must(t, appendNote(s, "case/1", 8, "正文"))
				must(t, appendNote(s, "case/1", 9, "正文"))
				if r := verify(t, s, note); !r.OK() {
					t.Fatalf("%+v", r)
				}
				raw := storagetest.Raw(t, o)
				for q := range strings.SplitSeq(test.do, ";") {
					_, err := raw.Exec(q)
					must(t, err)
				}
				var got []string
				for _, d := range verify(t, s, note).Damages {
					if d.Stream == "case/1" {
						got = append(got, fmt.Sprint(d.Kind, " ", d.Version))
					}
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}

// A case that went on after it was packed follows its pack, and is not taken for a
// broken one: of those only a thousand are looked at again.
func TestVerifyManyPacksGoOn(t *testing.T) {
	s := storagetest.New(t)
	const n = 1100
	all := make([]string, n)
	note := func(version int64) {
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			for i := range all {
				all[i] = fmt.Sprint("case/", i+1)
				if err := tx.Append(all[i], version, "p", "note.added", noted{Title: "t"}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	note(1)
	note(2)
	settle(t, s)
	_, err := s.ArchiveStreams(ctx, all...)
	must(t, err)
	note(3)
	if r := verify(t, s); !r.OK() || r.Archived != n || r.Events != 3*n+1 {
		t.Errorf("%d events, %d archived, %d damages and %d more: %s", r.Events, r.Archived, len(r.Damages), r.More, kinds(r))
	}
}
