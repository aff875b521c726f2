package storage_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// moveFilled is a source with notes, an erased stream and words.
func moveFilled(t *testing.T, o storage.Options) *storage.Store {
	t.Helper()
	s := storagetest.Open(t, o)
	fill(t, s, 30)
	must(t, s.Erase(ctx, "case/1", "p1", "保存期满"))
	indexWords(t, s, 1, "保本保息")
	indexWords(t, s, 2, "理财")
	indexWords(t, s, 1, "信用卡年费")
	return s
}

// breakMove runs a move that is broken off at the nth word of progress.
func breakMove(t *testing.T, s *storage.Store, to storage.Options, n int) {
	t.Helper()
	c, stop := context.WithCancel(ctx)
	defer stop()
	words, before := 0, storage.SetMoveChunk(4)
	defer storage.SetMoveChunk(before)
	_, err := s.MoveInto(c, to, storage.MoveOptions{Progress: func(storage.MoveProgress) {
		if words++; words == n {
			stop()
		}
	}})
	if err == nil || words < n {
		t.Fatalf("it was not broken off: %d words of progress, %v", words, err)
	}
}

func finishMove(t *testing.T, to storage.Options) {
	t.Helper()
	moving := to
	moving.Moving = true
	c, err := storage.Open(ctx, moving)
	must(t, err)
	if r := verify(t, c); !r.OK() {
		t.Errorf("%+v %s", r, kinds(r))
	}
	must(t, c.FinishMove(ctx))
	must(t, c.Close())
}

// TestMoveGoesOn breaks a move off after every few tables, and goes on to the end.
func TestMoveGoesOn(t *testing.T) {
	for _, pair := range copyPairs {
		t.Run(pair.name, func(t *testing.T) {
			s, to := moveFilled(t, pair.from(t)), pair.to(t)
			note, err := s.Checkpoint(ctx)
			must(t, err)
			for n := 3; n < 45; n += 6 { // each goes on from the one before
				breakMove(t, s, to, n)
				if _, err := storage.Open(ctx, to); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "没有做完的搬运") {
					t.Fatalf("a half target opens: %v", err)
				}
			}
			var last storage.MoveProgress
			var here int64
			sorted := 0
			tables, err := s.MoveInto(ctx, to, storage.MoveOptions{Progress: func(p storage.MoveProgress) {
				if last, here = p, max(here, p.Here); p.Sorting {
					sorted++
				}
			}})
			must(t, err)
			if pair.name != "postgres to postgres" && sorted == 0 {
				t.Error("the index of SQLite was sorted without a word")
			}
			if here < 20 {
				t.Errorf("it went on after %d rows, want those of the runs before", here)
			}
			if rows := rowsOf(tables, "event"); rows != 31 || rowsOf(tables, "search_fts") != 2 {
				t.Errorf("%d events and %d documents moved, want 31 and 2", rows, rowsOf(tables, "search_fts"))
			}
			if !last.Checking || last.Rows < last.Total || last.Total < 31 {
				t.Errorf("the last progress is %+v", last)
			}
			if _, err := storage.Open(ctx, to); !fault.Is(err, fault.Conflict) {
				t.Errorf("a target that is not finished opens: %v", err)
			}
			finishMove(t, to)
			c := storagetest.Open(t, to)
			if r := verify(t, c, note); !r.OK() || r.Events != 31 || r.Vouched != 31 || r.Unsequenced != 0 {
				t.Errorf("%+v %s", r, kinds(r))
			}
			for words, want := range map[string]int{"年费": 1, "理财": 1, "保息": 0} {
				if got := found(t, c, words); len(got) != want {
					t.Errorf("%s: found %v, want %d", words, got, want)
				}
			}
			must(t, appendNote(c, "case/2", 11, "接着写"))
			if r := verify(t, c); !r.OK() || r.Events != 32 {
				t.Errorf("written on: %+v %s", r, kinds(r))
			}
			if _, err := s.MoveInto(ctx, to, storage.MoveOptions{Restart: true}); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "已有") {
				t.Errorf("over a database with events: %v", err)
			}
		})
	}
}

// TestMoveSeesTheSource: a ledger that went on needs a new beginning, a table
// beside it that changed is copied anew, and another installation is refused.
func TestMoveSeesTheSource(t *testing.T) {
	for _, pair := range copyPairs[:2] {
		t.Run(pair.name, func(t *testing.T) {
			s, to := moveFilled(t, pair.from(t)), pair.to(t)
			breakMove(t, s, to, 55)
			must(t, s.Write(ctx, func(w *storage.Writer) error {
				_, err := w.Exec(`INSERT INTO counter (name, next) VALUES ('later', 7)`)
				return err
			}))
			tables, err := s.MoveInto(ctx, to, storage.MoveOptions{})
			must(t, err)
			if rows := rowsOf(tables, "counter"); rows < 1 {
				t.Errorf("%d counters moved: the one of meanwhile is missing", rows)
			}
			must(t, appendNote(s, "case/2", 11, "又写了一条"))
			_, err = s.MoveInto(ctx, to, storage.MoveOptions{})
			if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "--restart") || !strings.Contains(fault.Message(err), "又写入了内容") {
				t.Errorf("the ledger went on: %v", err)
			}
			other := moveFilled(t, emptyFolder(t))
			if _, err := other.MoveInto(ctx, to, storage.MoveOptions{}); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Message(err), "另一套数据") {
				t.Errorf("another installation: %v", err)
			}
			tables, err = s.MoveInto(ctx, to, storage.MoveOptions{Restart: true})
			must(t, err)
			if rows := rowsOf(tables, "event"); rows != 32 {
				t.Errorf("%d events moved, want 32", rows)
			}
			finishMove(t, to)
		})
	}
}

// TestMoveFindsADifference changes a row of the half target: it is found and mended.
func TestMoveFindsADifference(t *testing.T) {
	for _, pair := range copyPairs[:2] {
		t.Run(pair.name, func(t *testing.T) {
			s, to := moveFilled(t, pair.from(t)), pair.to(t)
			_, err := s.MoveInto(ctx, to, storage.MoveOptions{})
			must(t, err)
			moving := to
			moving.Moving = true
			c, err := storage.Open(ctx, moving)
			must(t, err)
			must(t, c.Write(ctx, func(w *storage.Writer) error {
				_, err := w.Exec(`UPDATE event SET by_ = 'x' WHERE seq = 3`)
				return err
			}))
			must(t, c.Close())
			_, err = s.MoveInto(ctx, to, storage.MoveOptions{})
			must(t, err)
			finishMove(t, to)
		})
	}
}

func TestMoveGoesOnIn(t *testing.T) {
	none := emptyFolder(t)
	s := moveFilled(t, storagetest.SQLite(t))
	half := emptyFolder(t)
	breakMove(t, s, half, 5)
	bare := emptyFolder(t)
	must(t, os.WriteFile(bare.Dir+"/"+storage.FileName, nil, 0o600))
	opened, used := storagetest.SQLite(t), storagetest.SQLite(t) // by verify, say, after a move was killed before its first word
	storagetest.Open(t, opened)
	fill(t, storagetest.Open(t, used), 1)
	for name, c := range map[string]struct {
		o    storage.Options
		want bool
	}{"nothing there": {none, false}, "half moved": {half, true}, "an empty file": {bare, true}, "opened once": {opened, true}, "a database": {used, false}} {
		if got, err := storage.MoveGoesOn(ctx, c.o); err != nil || got != c.want {
			t.Errorf("%s: %v %v, want %v", name, got, err, c.want)
		}
	}
}

// moveForEver is the process that is killed: it moves one database into another.
func moveForEver(from, to string) {
	storage.SetMoveChunk(40)
	s, err := storage.Open(ctx, storage.Options{Dir: from, Master: storagetest.Master})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	o := storage.Options{Dir: to, Master: storagetest.Master}
	if strings.HasPrefix(to, "postgres") {
		o.DSN = to
	}
	if _, err := s.MoveInto(ctx, o, storage.MoveOptions{}); err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("moved")
}

// TestKillDuringMove kills a move at any moment, again and again, until one comes
// to its end: the target refuses to open until then and is whole afterwards.
func TestKillDuringMove(t *testing.T) {
	from := storagetest.SQLite(t)
	s := storagetest.Open(t, from)
	for i := range 40 {
		for v := int64(1); v <= 50; v++ {
			must(t, appendNote(s, fmt.Sprintf("case/%d", i), v, strings.Repeat("正文", 40)))
		}
	}
	for i := int64(1); i <= 400; i++ {
		indexWords(t, s, i, fmt.Sprintf("保本保息的承诺 %d", i))
	}
	must(t, s.Close())
	self, err := os.Executable()
	must(t, err)
	for name, target := range map[string]func(testing.TB) storage.Options{"sqlite": emptyFolder, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			to, kills := storage.Options{}, 0
			for left := crashRounds(t, 6); left > 0; {
				if to.Master == ([32]byte{}) {
					to = target(t)
				}
				cmd := exec.Command(self)
				cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+from.Dir, "XIAOBAO_CRASH_WORK=move/"+cmp.Or(to.DSN, to.Dir))
				var out strings.Builder
				cmd.Stdout = &out
				must(t, cmd.Start())
				kill := time.AfterFunc(time.Duration(20+rand.IntN(700))*time.Millisecond, func() { _ = cmd.Process.Kill() })
				err := cmd.Wait()
				kill.Stop()
				if strings.Contains(out.String(), "error") {
					t.Fatal(out.String())
				}
				if err != nil { // killed
					kills, left = kills+1, left-1
					if left > 0 {
						continue
					}
					s := storagetest.Open(t, from)
					_, err := s.MoveInto(ctx, to, storage.MoveOptions{})
					must(t, err)
					must(t, s.Close())
				}
				if _, err := storage.Open(ctx, to); !fault.Is(err, fault.Conflict) {
					t.Fatalf("an unfinished target opens: %v", err)
				}
				finishMove(t, to)
				c, err := storage.Open(ctx, to)
				must(t, err)
				if r := whole(t, c); r.Events != 2000 {
					t.Errorf("%d events, want 2000", r.Events)
				}
				if got := found(t, c, "承诺"); len(got) == 0 {
					t.Error("nothing is found")
				}
				must(t, c.Close())
				to = storage.Options{} // the next target
			}
			t.Logf("%d kills, each target whole in the end", kills)
		})
	}
}
