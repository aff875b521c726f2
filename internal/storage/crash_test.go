package storage_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("XIAOBAO_CRASH_DIR"); dir != "" {
		work := os.Getenv("XIAOBAO_CRASH_WORK")
		if gen, ok := strings.CutPrefix(work, "master/"); ok {
			n, _ := strconv.ParseInt(gen, 10, 64) // 0 opens nothing, which the test sees
			changeForEver(dir, n)
			return
		}
		if to, ok := strings.CutPrefix(work, "move/"); ok {
			moveForEver(dir, to)
			return
		}
		if name, ok := strings.CutPrefix(work, "disk/"); ok {
			writeOnBrokenDisk(dir, name)
			return
		}
		if from, ok := strings.CutPrefix(work, "restore/"); ok {
			restoreForEver(dir, from)
			return
		}
		crashChild(dir, work)
		return
	}
	os.Exit(m.Run())
}

// crashWork is what else the process does while it writes.
var crashWork = map[string]func(s *storage.Store, dir string, n int) error{
	"append":     func(*storage.Store, string, int) error { time.Sleep(time.Hour); return nil },
	"checkpoint": func(s *storage.Store, _ string, _ int) error { _, err := s.Checkpoint(ctx); return err },
	"rebuild": func(s *storage.Store, _ string, n int) error {
		_, err := s.RebuildReadTables(ctx, storage.RebuildOptions{All: n%2 == 0})
		return err
	},
	"backup": func(s *storage.Store, dir string, n int) error {
		_, c, err := s.BackupChecked(ctx, filepath.Join(dir, "bk", fmt.Sprintf("xiaobao-%d-%d.tar", os.Getpid(), n)), nil, nil)
		if err == nil && !c.Report.OK() {
			err = fmt.Errorf("a backup is damaged: %v", c.Report.Damages[0])
		}
		return err
	},
	"erase": func(s *storage.Store, _ string, n int) error {
		stream := fmt.Sprintf("erase/%d/%d", os.Getpid(), n)
		if err := appendNote(s, stream, 1, "正文"); err != nil {
			return err
		}
		return s.Erase(ctx, stream, "p1", "保存期满")
	},
	"archive": func(s *storage.Store, _ string, n int) error {
		if _, err := s.Checkpoint(ctx); err != nil {
			return err
		}
		_, err := s.ArchiveStreams(ctx, fmt.Sprintf("crash/%d/%d", os.Getpid(), n%4))
		if fault.Is(err, fault.Stale) { // it goes on meanwhile
			return nil
		}
		return err
	},
	"counter": func(s *storage.Store, _ string, _ int) error { _, err := s.Counter(ctx, "crash"); return err },
	"reopen": func(_ *storage.Store, dir string, _ int) error { // another process starts, stops and migrates nothing
		s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master})
		if err != nil {
			return err
		}
		return s.Close()
	},
}

// crashChild appends from several goroutines for ever, does the work named beside
// it, and prints "stream version" for each event that was acknowledged.
func crashChild(dir, work string) {
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	lines := make(chan string)
	for i := range 4 {
		go crashAppend(s, i, lines)
	}
	go func() {
		for n := 0; ; n++ {
			if err := crashWork[work](s, dir, n); err != nil {
				lines <- "error " + err.Error()
				return
			}
		}
	}()
	for l := range lines {
		fmt.Println(l) // one write a line: what is printed was acknowledged
	}
}

func crashAppend(s *storage.Store, i int, lines chan<- string) {
	stream := fmt.Sprintf("crash/%d/%d", os.Getpid(), i)
	for v := int64(1); ; v++ {
		err := s.Update(ctx, func(tx *storage.Tx) error {
			id := int64(os.Getpid())*1_000_000 + int64(i)*100_000 + v
			tx.Index(id, id, s.Keys().Tokens(nil, "保本保息的承诺"))
			return tx.Append(stream, v, "p1", "note.added", noted{Title: "t", N: v, Text: "正文"})
		})
		if err != nil {
			lines <- "error " + err.Error()
			return
		}
		lines <- fmt.Sprint(stream, " ", v)
	}
}

// crashRounds is how often each work is killed: a few times here, as often as
// XIAOBAO_SOAK says in make soak.
func crashRounds(t *testing.T, few int) int {
	t.Helper()
	soak := os.Getenv("XIAOBAO_SOAK")
	if soak == "" {
		return few
	}
	n, err := strconv.Atoi(soak)
	must(t, err)
	return n
}

// TestKillLosesNothingAcknowledged kills a writing process at any moment, again
// and again on one database, during every kind of work, and then looks for every
// acknowledged event.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	for work := range crashWork {
		t.Run(work, func(t *testing.T) {
			o := storagetest.SQLite(t)
			var acknowledged sync.Map // stream -> highest version printed
			rounds, events := crashRounds(t, 2), int64(0)
			for range rounds {
				for stream, version := range runAndKill(t, o.Dir, work, time.Duration(20+rand.IntN(280))*time.Millisecond) {
					acknowledged.Store(stream, version)
					events += version
				}
				s, err := storage.Open(ctx, o)
				must(t, err)
				checkAcknowledged(t, s, &acknowledged)
				checkLeftBackups(t, o.Dir)
				must(t, s.Close())
			}
			if events == 0 {
				t.Error("nothing was written")
			}
			t.Logf("%d kills, %d acknowledged events, all there once", rounds, events)
		})
	}
}

func runAndKill(t *testing.T, dir, work string, after time.Duration) map[string]int64 {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+dir, "XIAOBAO_CRASH_WORK="+work)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	seen := map[string]int64{}
	in := bufio.NewScanner(out)
	for first := true; in.Scan(); first = false {
		if first {
			// Only from now on is there something to lose.
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		stream, number, _ := strings.Cut(in.Text(), " ")
		var version int64
		if _, err := fmt.Sscan(number, &version); err != nil {
			_ = cmd.Process.Kill()
			t.Fatalf("child: %s", in.Text())
		}
		seen[stream] = version
	}
	_ = cmd.Wait() // killed: that is the point
	return seen
}

func checkAcknowledged(t *testing.T, s *storage.Store, acknowledged *sync.Map) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) (failed error) {
		acknowledged.Range(func(stream, version any) bool {
			events, err := tx.Load(stream.(string)) // walks the chain: each version once
			// Two more may be there: one committed, and one waiting to be printed, when the process died.
			if n := int64(len(events)); err == nil && (n < version.(int64) || n > version.(int64)+2) {
				t.Errorf("%s: %d events, %d acknowledged", stream, n, version)
			}
			failed = err
			return err == nil
		})
		return failed
	}))
	whole(t, s)
}

// whole checks that the engine's file, the ledger and the search index agree.
func whole(t *testing.T, s *storage.Store) storage.Report {
	t.Helper()
	r := verify(t, s)
	bad, err := s.Integrity(ctx)
	must(t, err)
	if !r.OK() || len(bad) > 0 {
		t.Errorf("%d events, damages %s, file %v", r.Events, kinds(r), bad)
	}
	return r
}

// checkLeftBackups opens whatever has the name of a finished backup: a process
// that dies while it writes one leaves nothing under that name.
func checkLeftBackups(t *testing.T, dir string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "bk", "*.tar"))
	must(t, err)
	for _, file := range found {
		c, err := storage.CheckBackup(ctx, file, t.TempDir(), storage.Options{Master: storagetest.Master})
		if err != nil || !c.Report.OK() {
			t.Errorf("%s: %v %s", file, err, kinds(c.Report))
		}
		must(t, os.Remove(file))
	}
	must(t, storage.RemoveWork(filepath.Join(dir, "bk")))
}

// TestKillDuringUpgrade kills the process while it migrates an old database: it
// is of the old or of the new version, whole, and the next start finishes.
func TestKillDuringUpgrade(t *testing.T) {
	old := emptyFolder(t)
	s, err := storage.Open(ctx, storage.AtVersion(old, oldVersion))
	must(t, err)
	fillOld(t, s, 60)
	must(t, s.Close())
	file, err := os.ReadFile(filepath.Join(old.Dir, storage.FileName))
	must(t, err)
	self, err := os.Executable()
	must(t, err)
	for range crashRounds(t, 4) {
		o := emptyFolder(t)
		must(t, os.WriteFile(filepath.Join(o.Dir, storage.FileName), file, 0o600))
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+o.Dir, "XIAOBAO_CRASH_WORK=append")
		must(t, cmd.Start())
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond) // any moment is a good one
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s, err := storage.Open(ctx, o)
		must(t, err)
		if r := whole(t, s); r.Events < 60 {
			t.Errorf("%d events, want 60 or more", r.Events)
		}
		must(t, s.Close())
	}
}
