package app_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	chain "xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

func (w world) admin() party.Actor {
	w.Helper()
	w.ok(w.app.SetPerson(ctx, party.System, party.Person{ID: "admin", Login: "admin", Name: "管理员", Unit: "01", Roles: []party.Role{party.Administrator}}, ""))
	return w.who("admin")
}

func (w world) names(dir string) string {
	w.Helper()
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	w.ok(err)
	var out []string
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), "-")
		out = append(out, strings.TrimSuffix(name, ".txt"))
	}
	return strings.Join(out, " ")
}

// Checkpoints are written when they are due and not before, each with the proof
// that it continues the last; what lies in the folder proves itself.
func TestKeepCheckpoints(t *testing.T) {
	each(t, func(w world) {
		dir := filepath.Join(t.TempDir(), "out")
		w.ok(w.app.KeepCheckpoints(ctx)) // off
		w.app.SetCheckpoints(dir)
		w.ok(w.app.KeepCheckpoints(ctx))
		if got := w.names(dir); got != "checkpoint public" {
			t.Fatalf("the first export: %s", got)
		}
		w.register("bj", complaint.Register{})
		w.ok(w.app.KeepCheckpoints(ctx))
		if got := w.names(dir); got != "checkpoint public" {
			t.Errorf("exported before it was due: %s", got)
		}
		*w.now = w.now.Add(24 * time.Hour)
		w.ok(w.app.KeepCheckpoints(ctx))
		if got := w.names(dir); got != "checkpoint checkpoint growth public" {
			t.Errorf("the second: %s", got)
		}
		w.offline(dir)
		w.ok(w.app.SetSetting(ctx, w.admin(), "checkpoint.export_hours", "2", ""))
		*w.now = w.now.Add(2 * time.Hour)
		w.ok(w.app.KeepCheckpoints(ctx))
		s, err := w.app.Checkpoints(ctx, w.who("office"))
		w.ok(err)
		if len(s.Exports) != 3 || s.Every != 2*time.Hour || s.Dir != dir {
			t.Fatalf("%+v", s)
		}
		for _, e := range s.Exports {
			if !e.Good || e.Agrees != nil || e.File == "" {
				t.Errorf("%+v", e)
			}
		}
	})
}

// offline checks checkpoints and growth file as somebody does who has only them.
func (w world) offline(dir string) {
	w.Helper()
	key, err := os.ReadFile(filepath.Join(dir, "public-key.txt"))
	w.ok(err)
	files, err := filepath.Glob(filepath.Join(dir, "checkpoint-*.txt"))
	w.ok(err)
	var all []chain.Checkpoint
	for _, f := range files {
		b, err := os.ReadFile(f)
		w.ok(err)
		c, err := chain.VerifyCheckpoint(b, string(key))
		w.ok(err)
		all = append(all, c)
	}
	proofs, err := filepath.Glob(filepath.Join(dir, "growth-*.txt"))
	w.ok(err)
	b, err := os.ReadFile(proofs[0])
	w.ok(err)
	g, err := chain.ParseGrowth(b)
	w.ok(err)
	w.ok(g.Check(all[0], all[1]))
	w.ok(w.app.CompareCheckpoints(ctx, all))
}

// A ledger that was rewritten since the last export is found by the next one, and
// the page says which checkpoint does not agree.
func TestRewrittenLedgerIsFound(t *testing.T) {
	each(t, func(w world) {
		dir := t.TempDir()
		w.app.SetCheckpoints(dir)
		w.ok(w.app.KeepCheckpoints(ctx))
		w.ok(w.s.Write(ctx, func(wr *storage.Writer) error { // as an intruder with the database would
			if _, err := wr.Exec(`DELETE FROM checkpoint`); err != nil {
				return err
			}
			_, err := wr.Exec(`UPDATE tree_hash SET hashes = ? WHERE pack = 0`, make([]byte, 256*32))
			return err
		}))
		w.register("bj", complaint.Register{})
		if _, err := w.app.ExportCheckpoint(ctx, w.admin()); !fault.Is(err, fault.Conflict) {
			t.Errorf("exported: %v", err)
		}
		s, err := w.app.Checkpoints(ctx, w.who("office"))
		w.ok(err)
		if len(s.Exports) != 2 || s.Exports[0].Good || s.Exports[0].Failure == "" || s.Exports[1].Agrees == nil {
			t.Errorf("%+v", s.Exports)
		}
	})
}

func TestCheckpointsRefuse(t *testing.T) {
	each(t, func(w world) {
		if _, err := w.app.Checkpoints(ctx, w.who("bj")); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a handler reads them: %v", err)
		}
		if _, err := w.app.ExportCheckpoint(ctx, w.who("office")); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the office exports: %v", err)
		}
		if _, err := w.app.ExportCheckpoint(ctx, w.admin()); !fault.Is(err, fault.Conflict) {
			t.Errorf("without a folder: %v", err)
		}
		file := filepath.Join(t.TempDir(), "file")
		w.ok(os.WriteFile(file, nil, 0o600))
		w.app.SetCheckpoints(file)
		if err := w.app.KeepCheckpoints(ctx); !fault.Is(err, fault.Unavailable) {
			t.Errorf("into a file: %v", err)
		}
	})
}
