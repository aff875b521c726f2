package storage_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("XIAOBAO_CRASH_DIR"); dir != "" {
		crashChild(dir)
		return
	}
	os.Exit(m.Run())
}

// crashChild appends from several goroutines for ever and prints "stream version"
// for each event that was acknowledged.
func crashChild(dir string) {
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	lines := make(chan string)
	for i := range 4 {
		go func() {
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
		}()
	}
	for l := range lines {
		fmt.Println(l) // one write a line: what is printed was acknowledged
	}
}

// TestKillLosesNothingAcknowledged kills a writing process at any moment, ten
// times on one database, and then looks for every acknowledged event.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	o := storagetest.SQLite(t)
	acknowledged := map[string]int64{} // stream -> highest version printed
	for range 10 {
		for stream, version := range runAndKill(t, o.Dir, time.Duration(20+rand.IntN(180))*time.Millisecond) {
			acknowledged[stream] = version
		}
		s, err := storage.Open(ctx, o)
		must(t, err)
		checkAcknowledged(t, s, acknowledged)
		must(t, s.Close())
	}
	if len(acknowledged) < 20 {
		t.Errorf("only %d streams were written", len(acknowledged))
	}
}

func runAndKill(t *testing.T, dir string, after time.Duration) map[string]int64 {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+dir)
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

func checkAcknowledged(t *testing.T, s *storage.Store, acknowledged map[string]int64) {
	t.Helper()
	must(t, s.View(ctx, func(tx *storage.Tx) error {
		for stream, version := range acknowledged {
			events, err := tx.Load(stream) // walks the chain: each version once
			if err != nil {
				return err
			}
			// One more may be there: committed, but not yet printed when the process died.
			if n := int64(len(events)); n < version || n > version+1 {
				t.Errorf("%s: %d events, %d acknowledged", stream, n, version)
			}
		}
		return nil
	}))
	r := verify(t, s)
	var docs int64
	must(t, s.View(ctx, func(tx *storage.Tx) error { return tx.Scan(`SELECT count(*) FROM search_doc`, nil, &docs) }))
	if !r.OK() || docs != r.Events {
		t.Errorf("%d events, %d in the search index, damages %s", r.Events, docs, kinds(r))
	}
}
