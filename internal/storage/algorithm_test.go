package storage_test

import (
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

var national = storage.Algorithms{Hash: "sm3", Sealing: "sm4-gcm"}

// withAlgorithms opens, fills a stream further and closes.
func withAlgorithms(t *testing.T, o storage.Options, hash, suite, stream string, versions ...int64) storage.Report {
	t.Helper()
	o.Hash, o.Suite = hash, suite
	s, err := storage.Open(ctx, o)
	must(t, err)
	for _, v := range versions {
		must(t, appendNote(s, stream, v, "正文"))
	}
	_, err = s.Checkpoint(ctx)
	must(t, err)
	r := verify(t, s)
	must(t, s.Close())
	return r
}

// TestMixedLedger changes the algorithms there and back within one stream: what is
// old stays as it was made, everything verifies, opens, and moves to the other engine.
func TestMixedLedger(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		withAlgorithms(t, o, "", "", "case/1", 1, 2)
		withAlgorithms(t, o, "sm3", "sm4-gcm", "case/1", 3, 4, 5)
		withAlgorithms(t, o, "", "", "case/2", 1) // goes on with what was chosen
		r := withAlgorithms(t, o, "sha256", "aes-256-gcm", "case/1", 6)
		// Each change is an event of the system beside those of the cases.
		if !r.OK() || r.Hashes["sha256/1"] != 2+2 || r.Hashes["sm3/2"] != 1+3+1 || r.Suites["aes-256-gcm"] != 3 || r.Suites["sm4-gcm"] != 4 || r.Checkpoints < 4 {
			t.Errorf("%+v %s", r, kinds(r))
		}
		s := storagetest.Open(t, o)
		if got := strings.Join(loadTexts(t, s, "case/1"), " "); strings.Count(got, "正文") != 6 {
			t.Errorf("got %s", got)
		}
		file := filepath.Join(t.TempDir(), "b.tar")
		if _, c, err := s.BackupChecked(ctx, file, nil, nil); err != nil || !c.Report.OK() || c.Report.Suites["sm4-gcm"] != 4 {
			t.Errorf("backup: %+v, %v", c.Report, err)
		}
		to := emptyFolder(t)
		_, err := s.CopyInto(ctx, to, nil)
		must(t, err)
		if r := verify(t, storagetest.Open(t, to)); !r.OK() || r.Hashes["sm3/2"] != 5 {
			t.Errorf("copy: %+v %s", r, kinds(r))
		}
	})
}

func TestAlgorithmsOfADatabase(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		if got := s.Algorithms(); got != storage.DefaultAlgorithms {
			t.Errorf("at first %+v", got)
		}
		o.Hash, o.Suite = national.Hash, national.Sealing
		if got := storagetest.Open(t, o).Algorithms(); got != national {
			t.Errorf("chosen %+v", got)
		}
		o.Hash, o.Suite = "", ""
		again := storagetest.Open(t, o)
		if got := again.Algorithms(); got != national {
			t.Errorf("kept %+v", got)
		}
		var chosen storage.AlgorithmsChosen
		must(t, again.View(ctx, func(tx *storage.Tx) error {
			events, err := tx.Load("keys")
			if err != nil || len(events) != 1 {
				t.Fatalf("%d events, %v", len(events), err)
			}
			return tx.Decode(events[0], &chosen)
		}))
		if chosen.From != storage.DefaultAlgorithms || chosen.To != national {
			t.Errorf("recorded %+v", chosen)
		}
		for _, bad := range [][2]string{{"md5", ""}, {"", "des"}} {
			o.Hash, o.Suite = bad[0], bad[1]
			if _, err := storage.Open(ctx, o); !fault.Is(err, fault.Invalid) {
				t.Errorf("%v: %v", bad, err)
			}
		}
	})
}

// TestDamageUnderNationalAlgorithms: what verify finds, it finds under SM3 and SM4 too.
func TestDamageUnderNationalAlgorithms(t *testing.T) {
	for _, test := range []struct{ do, want string }{
		{`UPDATE event SET by_ = 'p2' WHERE stream = 'case/1' AND version = 2`, "changed"},
		{`UPDATE event SET alg = 'sm3/1' WHERE stream = 'case/1' AND version = 2`, "changed"},
		{`UPDATE event SET alg = 'sha256/1' WHERE stream = 'case/1' AND version = 2`, "changed"},
		{`UPDATE sealed SET ct = zeroblob(40) WHERE seq = (SELECT seq FROM event WHERE stream = 'case/1' AND version = 2)`, "sealed_changed"},
		{`DELETE FROM sealed WHERE seq = (SELECT seq FROM event WHERE stream = 'case/1' AND version = 2)`, "sealed_missing"},
	} {
		o := storagetest.SQLite(t)
		withAlgorithms(t, o, "sm3", "sm4-gcm", "case/1", 1, 2, 3)
		_, err := storagetest.Raw(t, o).Exec(test.do)
		must(t, err)
		if got := kinds(verify(t, storagetest.Open(t, o))); !strings.Contains(got, test.want) {
			t.Errorf("%s: found %q, want %s", test.do, got, test.want)
		}
	}
}
