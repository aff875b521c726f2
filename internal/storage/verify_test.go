package storage_test

import (
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// fill appends n events over three streams.
func fill(t testing.TB, s *storage.Store, n int) {
	t.Helper()
	for i := range n {
		stream := fmt.Sprintf("case/%d", i%3+1)
		must(t, s.Update(ctx, func(tx *storage.Tx) error {
			_, err := tx.AppendNext(stream, "p1", "note.added", noted{Title: "t", N: int64(i), Text: fmt.Sprint("正文", i)})
			return err
		}))
	}
}

func verify(t testing.TB, s *storage.Store, notes ...[]byte) storage.Report {
	t.Helper()
	r, err := s.Verify(ctx, storage.VerifyOptions{Checkpoints: notes})
	must(t, err)
	return r
}

func kinds(r storage.Report) string {
	seen := map[ledger.DamageKind]bool{}
	var out []string
	for _, d := range r.Damages {
		if !seen[d.Kind] {
			seen[d.Kind] = true
			out = append(out, string(d.Kind))
		}
	}
	return strings.Join(out, " ")
}

func TestVerifyWhole(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		if r := verify(t, s); !r.OK() || r.Events != 0 {
			t.Errorf("empty store: %+v", r)
		}
		fill(t, s, 20)
		note, err := s.Checkpoint(ctx)
		must(t, err)
		again, err := s.Checkpoint(ctx)
		must(t, err)
		if string(note) != string(again) {
			t.Error("the same tree was signed twice")
		}
		fill(t, s, 1)
		r := verify(t, s, note)
		if !r.OK() || r.Events != 21 || r.Streams != 3 || r.Sealed != 21 || r.Leaves+r.Unsequenced != 21 || r.Vouched != 20 || r.Checkpoints != 2 {
			t.Errorf("%+v %s", r, kinds(r))
		}
	})
}

func TestVerifyFindsDamage(t *testing.T) {
	const last = `(SELECT max(seq) FROM event)`
	for _, test := range []struct {
		name string
		do   []string // on a raw connection, with leaves for all 20 events and a checkpoint
		want string   // kinds of damage, in the order found
	}{
		{"body changed", []string{`UPDATE event SET body = '{"n":7,"title":"x"}' WHERE stream = 'case/1' AND version = 3`}, "changed"},
		{"author changed", []string{`UPDATE event SET by_ = 'p9' WHERE stream = 'case/2' AND version = 1`}, "changed"},
		{"deleted in the middle", []string{`DELETE FROM sealed WHERE seq = (SELECT seq FROM event WHERE stream = 'case/1' AND version = 3)`,
			`DELETE FROM event WHERE stream = 'case/1' AND version = 3`}, "missing wrong_root"},
		{"deleted with a ciphertext left", []string{`DELETE FROM event WHERE stream = 'case/1' AND version = 3`}, "missing wrong_root"},
		{"two exchanged", []string{`UPDATE event SET version = 1000 WHERE stream = 'case/3' AND version = 2`,
			`UPDATE event SET version = 2 WHERE stream = 'case/3' AND version = 3`,
			`UPDATE event SET version = 3 WHERE stream = 'case/3' AND version = 1000`}, "changed"},
		{"order of all changed", []string{`UPDATE event SET seq = -1 WHERE seq = 4`, `UPDATE event SET seq = 4 WHERE seq = 5`, `UPDATE event SET seq = 5 WHERE seq = -1`,
			`UPDATE sealed SET seq = -1 WHERE seq = 4`, `UPDATE sealed SET seq = 4 WHERE seq = 5`, `UPDATE sealed SET seq = 5 WHERE seq = -1`},
			"tree_changed wrong_root"},
		{"ciphertext changed", []string{`UPDATE sealed SET ct = (SELECT ct FROM sealed WHERE seq = 1) WHERE seq = 2`}, "sealed_changed"},
		{"ciphertext deleted", []string{`DELETE FROM sealed WHERE seq = 2`}, "sealed_missing"},
		{"key and ciphertext deleted without record", []string{`DELETE FROM sealed WHERE seq = 2`,
			`UPDATE stream_key SET wrapped = NULL, erased_at = 1 WHERE stream = 'case/2'`}, "sealed_missing"},
		{"inserted behind the back", []string{`INSERT INTO event (seq, stream, version, kind, at, by_, body, prev, hash, alg)
			SELECT -5, stream, version + 100, kind, at, by_, body, prev, hash, alg FROM event WHERE seq = 1`,
			`postgres: DELETE FROM unsequenced WHERE seq = -5`}, "missing no_leaf"},
		{"tree changed", []string{`UPDATE tree_hash SET hashes = (SELECT seqs FROM leaf WHERE pack = 0)`}, "tree_changed"},
		{"checkpoint forged", []string{`UPDATE checkpoint SET note = replace(note, '20', '19')`}, "bad_checkpoint"},
		{"end cut off with its leaves", []string{`DELETE FROM sealed WHERE seq = ` + last, `DELETE FROM event WHERE seq = ` + last,
			`UPDATE leaf SET seqs = substr(seqs, 1, 152)`, `UPDATE meta SET value = 'X' WHERE key = 'tree_size'`}, "truncated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			storagetest.EachOptions(t, func(t *testing.T, o storage.Options) { damage(t, o, test.do, test.want) })
		})
	}
}

func damage(t *testing.T, o storage.Options, do []string, want string) {
	s := storagetest.Open(t, o)
	fill(t, s, 20)
	note, err := s.Checkpoint(ctx)
	must(t, err)
	raw, err := storagetest.Raw(t, o).Begin() // at once: the sequencer is at work beside it
	must(t, err)
	for _, q := range do {
		q, onlyPostgres := strings.CutPrefix(q, "postgres: ")
		if onlyPostgres && o.DSN == "" {
			continue
		}
		text := "'19'"
		if o.DSN == "" {
			text = "CAST('19' AS BLOB)"
		}
		q = strings.ReplaceAll(q, "'X'", text)
		if o.DSN != "" {
			q = strings.Replace(q, "substr(seqs, 1, 152)", "substring(seqs FROM 1 FOR 152)", 1)
		}
		if _, err := raw.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	must(t, raw.Commit())
	r := verify(t, s, note)
	for _, w := range strings.Fields(want) {
		if !strings.Contains(" "+kinds(r)+" ", " "+w+" ") {
			t.Errorf("found %q, want %q among it", kinds(r), w)
		}
	}
	for _, d := range r.Damages {
		if !strings.ContainsFunc(d.Text, func(c rune) bool { return c > 0x4e00 }) {
			t.Errorf("not a Chinese sentence: %q", d.Text)
		}
	}
}

func TestTamperedStreamIsNotFolded(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		fill(t, s, 3)
		_, err := storagetest.Raw(t, o).Exec(`UPDATE event SET kind = 'note.other' WHERE stream = 'case/1'`)
		must(t, err)
		err = s.View(ctx, func(tx *storage.Tx) error {
			_, err := tx.Load("case/1")
			return err
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

func TestErase(t *testing.T) {
	storagetest.Each(t, func(t *testing.T, s *storage.Store) {
		fill(t, s, 6)
		must(t, s.Erase(ctx, "case/1", "p1", "保存期满"))
		if got := strings.Join(loadTexts(t, s, "case/1"), " "); got != "1:t: 2:t:" {
			t.Errorf("after erasing: %s", got)
		}
		if got := strings.Join(loadTexts(t, s, "case/2"), " "); got != "1:t:正文1 2:t:正文4" {
			t.Errorf("the other stream: %s", got)
		}
		if err := s.Erase(ctx, "case/1", "p1", "again"); !fault.Is(err, fault.NotFound) {
			t.Errorf("erasing twice: %v", err)
		}
		if err := appendNote(s, "case/1", 3, "new"); !fault.Is(err, fault.Conflict) {
			t.Errorf("sealing into an erased stream: %v", err)
		}
		must(t, appendNote(s, "case/1", 3, ""))
		if r := verify(t, s); !r.OK() || r.Erased != 2 || r.Sealed != 4 {
			t.Errorf("%+v %s", r, kinds(r))
		}
	})
}

func TestWrongMasterKey(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		o.Master[0]++
		s, err := storage.Open(ctx, o)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "主密钥") {
			t.Errorf("got %v", err)
		}
		if err == nil {
			must(t, s.Close())
		}
	})
}
