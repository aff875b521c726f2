package storage_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/storagetest"
)

// masterOf is the master key of a generation in these tests.
func masterOf(gen int64) [32]byte {
	if gen == 1 {
		return storagetest.Master
	}
	return [32]byte{byte(gen), 'm', 'a', 's', 't', 'e', 'r'}
}

func withMaster(o storage.Options, gen int64) storage.Options {
	o.Master = masterOf(gen)
	return o
}

// opensNothing checks that no value in the database opens with a master key.
func opensNothing(t *testing.T, raw *sql.DB, gen int64) {
	t.Helper()
	k, err := seal.NewKeys(masterOf(gen))
	must(t, err)
	n := 0
	look := func(q string, aad func(id string) string) {
		rows, err := raw.Query(q)
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var id string
			var b []byte
			must(t, rows.Scan(&id, &b))
			if _, err := k.Unwrap(b, aad(id)); err == nil {
				t.Errorf("generation %d still opens %s of %.20s", gen, id, q[7:])
			}
			n++
		}
		must(t, rows.Err())
	}
	look(`SELECT stream, wrapped FROM stream_key WHERE wrapped IS NOT NULL`, func(id string) string { return "stream_key/" + id })
	look(`SELECT gen, bundle FROM master_key`, func(id string) string { return "master_key/" + id + "/bundle" })
	if n < 2 {
		t.Errorf("looked at %d values", n)
	}
}

// TestChangeOfTheMasterKey goes through a change while another program writes: both
// keys open everything until it is complete, then only the new one; what was there
// stays, is found and verifies at every step.
func TestChangeOfTheMasterKey(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		s := storagetest.Open(t, o)
		fill(t, s, 9)
		indexWords(t, s, 1, "保本保息")
		must(t, s.Erase(ctx, "case/3", "p1", "保存期满"))
		public := s.PublicKey()
		beside := storagetest.Open(t, o) // a second program
		check := func(at string, opens ...int64) {
			t.Helper()
			for gen := int64(1); gen <= 3; gen++ {
				c, err := storage.Open(ctx, withMaster(o, gen))
				if want := slices.Contains(opens, gen); (err == nil) != want || err != nil && !fault.Is(err, fault.Conflict) {
					t.Errorf("%s: generation %d: %v", at, gen, err)
				}
				if err != nil {
					continue
				}
				if got := strings.Join(loadTexts(t, c, "case/1"), " "); got != "1:t:正文0 2:t:正文3 3:t:正文6" {
					t.Errorf("%s: generation %d reads %s", at, gen, got)
				}
				if r := verify(t, c); !r.OK() || c.PublicKey() != public || len(found(t, c, "保本保息")) != 1 {
					t.Errorf("%s: generation %d: %+v", at, gen, r)
				}
				must(t, appendNote(c, fmt.Sprint(at, gen), 1, "新登记的"))
				must(t, c.Close())
			}
		}
		check("before", 1)
		must(t, s.BeginMasterChange(ctx, masterOf(2)))
		must(t, s.BeginMasterChange(ctx, masterOf(2))) // again is the same change
		if err := s.BeginMasterChange(ctx, masterOf(3)); !fault.Is(err, fault.Conflict) {
			t.Errorf("another key meanwhile: %v", err)
		}
		check("begun", 1, 2)
		if _, err := s.FinishMasterChange(ctx); !fault.Is(err, fault.Conflict) {
			t.Errorf("finished with keys left: %v", err)
		}
		n, err := s.RewrapStreams(ctx, nil)
		if err != nil || n != 3 { // two cases, and what was registered before; later ones are under the new key
			t.Errorf("wrapped %d anew, %v", n, err)
		}
		if n, err := s.RewrapStreams(ctx, nil); err != nil || n != 0 {
			t.Errorf("wrapped %d twice, %v", n, err)
		}
		check("wrapped", 1, 2)
		time.Sleep(storage.MasterSettles) // the program beside takes it up
		change, err := s.FinishMasterChange(ctx)
		if err != nil || change.From != 1 || change.To != 2 || change.Keys != 2+1+2+2 {
			t.Errorf("%+v, %v", change, err)
		}
		check("finished", 2)
		opensNothing(t, storagetest.Raw(t, o), 1)
		must(t, appendNote(beside, "beside/1", 1, "一直开着的程序")) // goes on without a start
		if st, err := beside.MasterStatus(ctx); err != nil || st.Generation != 2 || st.Changing || st.Left != 0 || st.Legacy {
			t.Errorf("%+v, %v", st, err)
		}
		if _, err := s.FinishMasterChange(ctx); !fault.Is(err, fault.Conflict) {
			t.Errorf("finished twice: %v", err)
		}
		if err := s.BeginMasterChange(ctx, masterOf(2)); !fault.Is(err, fault.Conflict) {
			t.Errorf("changed for the same: %v", err)
		}
		must(t, s.View(ctx, func(tx *storage.Tx) error {
			events, err := tx.Load("keys")
			if len(events) != 2 || events[0].Kind != "master.changing" || events[1].Kind != "master.changed" {
				t.Errorf("on record: %v", events)
			}
			return err
		}))
	})
}

// TestProgramThatMissedTheChange: it can write nothing under a key that is gone, and
// is told what to do.
func TestProgramThatMissedTheChange(t *testing.T) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		late := storagetest.Open(t, o).Unwatched()
		must(t, appendNote(late, "case/1", 1, "正文"))
		s := storagetest.Open(t, o)
		must(t, s.BeginMasterChange(ctx, masterOf(2)))
		_, err := s.RewrapStreams(ctx, nil)
		must(t, err)
		must(t, appendNote(late, "case/2", 1, "旧密钥下的")) // until the end it may
		if _, err := s.FinishMasterChange(ctx); !fault.Is(err, fault.Conflict) {
			t.Errorf("finished over it: %v", err)
		}
		_, err = s.RewrapStreams(ctx, nil)
		must(t, err)
		_, err = s.FinishMasterChange(ctx)
		must(t, err)
		err = appendNote(late, "case/3", 1, "旧密钥下的")
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "主密钥已经更换") {
			t.Errorf("got %v", err)
		}
		opensNothing(t, storagetest.Raw(t, o), 1)
		if r := verify(t, s); !r.OK() || r.Events != 4 {
			t.Errorf("%+v %s", r, kinds(r))
		}
	})
}

// TestFirstMasterOfAnOldDatabase: words and signature of a database of before there
// were roots stay what they are, and the status says where they come from.
func TestFirstMasterOfAnOldDatabase(t *testing.T) {
	eachOld(t, 6, func(t *testing.T, o storage.Options, raw *sql.DB) {
		k, err := seal.NewKeys(o.Master)
		must(t, err)
		bad := o
		bad.Master = masterOf(3)
		if _, err := storage.Open(ctx, bad); !fault.Is(err, fault.Conflict) {
			t.Errorf("another key: %v", err)
		}
		s := storagetest.Open(t, o)
		if s.Keys().SigningSeed() != k.SigningSeed() || s.Keys().Blind("a", "b") != k.Blind("a", "b") {
			t.Error("the keys that stay have changed")
		}
		must(t, s.BeginMasterChange(ctx, masterOf(2)))
		_, err = s.RewrapStreams(ctx, nil)
		must(t, err)
		_, err = s.FinishMasterChange(ctx)
		must(t, err)
		opensNothing(t, raw, 1)
		again := storagetest.Open(t, withMaster(o, 2))
		st, err := again.MasterStatus(ctx)
		if err != nil || !st.Legacy || st.Generation != 2 || again.PublicKey() != s.PublicKey() || len(loadTexts(t, again, "case/1")) != 2 {
			t.Errorf("%+v, %v", st, err)
		}
	})
	fresh := storagetest.New(t)
	if k, err := seal.NewKeys(storagetest.Master); err != nil || fresh.Keys().SigningSeed() == k.SigningSeed() {
		t.Error("the root of a new database comes from its master key")
	}
}

// newestMaster reads which generations open the database.
func newestMaster(t testing.TB, o storage.Options) (oldest, newest int64) {
	t.Helper()
	must(t, storagetest.Raw(t, o).QueryRow(`SELECT min(gen), max(gen) FROM master_key`).Scan(&oldest, &newest))
	return oldest, newest
}

// changeForEver is the process that is killed: it changes the master key again and
// again, and says each step when it is done.
func changeForEver(dir string, gen int64) {
	s, err := storage.Open(ctx, withMaster(storage.Options{Dir: dir}, gen))
	for ; err == nil; gen++ {
		st, failed := s.MasterStatus(ctx)
		if err = failed; err != nil {
			break
		}
		if !st.Changing {
			err = s.BeginMasterChange(ctx, masterOf(st.Generation+1))
		}
		fmt.Println("begun")
		if err == nil {
			_, err = s.RewrapStreams(ctx, func(done, _ int64) { fmt.Println("wrapped", done) })
		}
		if err == nil {
			_, err = s.FinishMasterChange(ctx)
		}
	}
	fmt.Println("error", err)
}

// TestKillDuringChangeOfTheMasterKey kills the process at any moment of a change.
// Every key that the database names opens all of it, the next run goes on, and in the
// end nothing opens with any earlier key.
func TestKillDuringChangeOfTheMasterKey(t *testing.T) {
	o := storagetest.SQLite(t)
	s, err := storage.Open(ctx, o)
	must(t, err)
	const streams = 1700 // more than three batches
	must(t, s.Update(ctx, func(tx *storage.Tx) error {
		for i := range streams {
			if err := tx.Append(fmt.Sprint("case/", i), 1, "p1", "note.added", noted{Title: "t", N: int64(i), Text: fmt.Sprint("正文", i)}); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, s.Close())
	halfway := 0
	for range crashRounds(t, 6) {
		_, gen := newestMaster(t, o)
		killWhile(t, fmt.Sprintf("master/%d", gen), o.Dir, time.Duration(rand.IntN(400))*time.Millisecond)
		oldest, newest := newestMaster(t, o)
		if oldest != newest {
			halfway++
		}
		for gen := oldest; gen <= newest; gen++ {
			s, err := storage.Open(ctx, withMaster(o, gen))
			must(t, err)
			i := rand.IntN(streams)
			if got := strings.Join(loadTexts(t, s, fmt.Sprint("case/", i)), " "); got != fmt.Sprintf("1:t:正文%d", i) {
				t.Errorf("generation %d reads %s", gen, got)
			}
			whole(t, s)
			must(t, s.Close())
		}
	}
	oldest, newest := newestMaster(t, o)
	s, err = storage.Open(ctx, withMaster(o, newest))
	must(t, err)
	if oldest == newest {
		newest++
		must(t, s.BeginMasterChange(ctx, masterOf(newest)))
	}
	_, err = s.RewrapStreams(ctx, nil)
	must(t, err)
	_, err = s.FinishMasterChange(ctx)
	must(t, err)
	for i := range streams {
		if got := loadTexts(t, s, fmt.Sprint("case/", i)); len(got) != 1 || got[0] != fmt.Sprintf("1:t:正文%d", i) {
			t.Fatalf("case %d: %v", i, got)
		}
	}
	must(t, s.Close())
	for gen := int64(1); gen < newest; gen++ {
		opensNothing(t, storagetest.Raw(t, o), gen)
	}
	t.Logf("generation %d, killed halfway %d times", newest, halfway)
}

// killWhile runs this test binary as a process that does the work, and kills it some
// time after its first word.
func killWhile(t *testing.T, work, dir string, after time.Duration) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+dir, "XIAOBAO_CRASH_WORK="+work)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	in := bufio.NewScanner(out)
	for first := true; in.Scan(); first = false {
		if strings.HasPrefix(in.Text(), "error") {
			t.Errorf("child: %s", in.Text())
		}
		if first {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // killed: that is the point
}
