package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("XIAOBAO_CRASH_DIR"); dir != "" {
		fmt.Println("error", crashing(dir, os.Getenv("XIAOBAO_CRASH_WORK"), os.Getenv("XIAOBAO_CRASH_AHEAD")))
		return
	}
	os.Exit(m.Run())
}

// crashWork is what a process does for ever until it is killed. It prints a line
// for each acknowledged step.
var crashWork = map[string]func(*app.App) error{"cases": crashCases, "imports": crashImports, "training": crashTraining, "reviews": crashReviews, "hooks": crashHooks,
	"mail": crashMail, "inbox": crashInbox, "exports": crashExports, "erasing": crashErasing}

func crashing(dir, work, ahead string) error {
	d, err := time.ParseDuration(ahead)
	if err != nil {
		return err
	}
	a, _, err := opened(dir, d)
	if err != nil {
		return err
	}
	return crashWork[work](a)
}

// opened are the use cases over a folder, as a process has them whose clock is ahead.
func opened(dir string, ahead time.Duration) (*app.App, *storage.Store, error) {
	now := func() time.Time { return time.Now().Add(ahead) }
	files, err := crashFiles()
	if err != nil {
		return nil, nil, err
	}
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master, Now: now, Files: files})
	if err != nil {
		return nil, nil, err
	}
	a, err := app.New(ctx, app.Options{Store: s, Blobs: s.Files(), Now: now, Institution: "示例银行股份有限公司"})
	return a, s, err
}

// crashFiles is where the attachments lie: in the folder, or in the bucket that the
// file named by the environment describes.
func crashFiles() (blob.Place, error) {
	name := os.Getenv("XIAOBAO_CRASH_BUCKET")
	if name == "" {
		return nil, nil
	}
	o, err := blob.ReadSettings(name)
	if err != nil {
		return nil, err
	}
	return blob.NewS3(o)
}

// crashCases registers, attaches and decides cases, and prints after each
// acknowledged step "case version files".
func crashCases(a *app.App) error {
	bj, err := a.Actor(ctx, "bj")
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		r, err := a.Register(ctx, bj, complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "张三丰", Phone: fmt.Sprintf("139%08d", mrand.IntN(1e8))},
			Narrative: fmt.Sprintf("第 %d 件：办卡时没有被告知年费，被扣了三百元，要求退还。", n)})
		if err != nil {
			return err
		}
		fmt.Println(r.ID, 1, 0)
		steps := []func() (complaint.Case, error){
			func() (complaint.Case, error) { return a.Do(ctx, bj, r.ID, 0, complaint.Accept{}) },
			func() (complaint.Case, error) {
				return a.AttachFile(ctx, bj, r.ID, 0, "流水.txt", strings.NewReader(fmt.Sprintf("流水 %d %s", n, strings.Repeat("三月五日扣年费三百元。", 4000))))
			},
			func() (complaint.Case, error) {
				return a.Do(ctx, bj, r.ID, 0, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "调取扣费流水", Basis: "《信用卡领用合约》第六条", Explanation: "办卡时未提示年费"}})
			},
			func() (complaint.Case, error) {
				return a.Do(ctx, bj, r.ID, 0, complaint.ProposeDecision{Text: "退还年费三百元"})
			},
		}
		for i, step := range steps {
			c, err := step()
			if err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
			fmt.Println(r.ID, c.Version, len(c.Files))
		}
	}
}

// TestKillDuringCaseWork kills the process while it registers, attaches and
// decides: every acknowledged step is there, every file of it opens, numbers are
// given once, and the read tables are what the ledger gives.
func TestKillDuringCaseWork(t *testing.T) { killCaseWork(t) }

// TestKillDuringUploads is the same with attachments in a bucket.
func TestKillDuringUploads(t *testing.T) {
	t.Setenv("XIAOBAO_CRASH_BUCKET", storagetest.NewS3(t).Settings(t, "bank"))
	dir := killCaseWork(t)
	if _, err := os.Stat(filepath.Join(dir, storage.FilesName)); err == nil {
		t.Error("attachments are in the folder, not in the bucket")
	}
}

func killCaseWork(t *testing.T) (dir string) {
	t.Helper()
	k := newCrash(t, "cases", 500*time.Millisecond)
	told := map[complaint.ID]step{}
	k.rounds(func(line string) error {
		var id complaint.ID
		var s step
		_, err := fmt.Sscan(line, &id, &s.version, &s.files)
		told[id] = s
		return err
	}, func(w world) { acknowledged(w, told) })
	if len(told) == 0 {
		t.Error("nothing was registered")
	}
	t.Logf("%d cases", len(told))
	return k.dir
}

// step is how far a case was acknowledged.
type step struct {
	version int64
	files   int
}

func acknowledged(w world, told map[complaint.ID]step) {
	w.Helper()
	bj := w.who("bj")
	numbers := map[string]bool{}
	for id, want := range told {
		p, err := w.app.Case(ctx, bj, id)
		for n := range want.files {
			f, err := w.app.OpenFile(ctx, bj, id, n+1)
			w.ok(err)
			_, err = io.Copy(io.Discard, f)
			w.ok(errors.Join(err, f.Close()))
		}
		if err != nil || p.Case.Version < want.version || len(p.Case.Files) < want.files || numbers[p.Case.Number] {
			w.Fatalf("case %d: version %d with %d files, acknowledged %+v, number %s: %v", id, p.Case.Version, len(p.Case.Files), want, p.Case.Number, err)
		}
		numbers[p.Case.Number] = true
	}
}

// crash is a folder with an institution, over which a process works and is killed
// again and again.
type crash struct {
	*testing.T
	work   string
	dir    string
	tmp    string        // where the process puts temporary files
	within time.Duration // of the first line it is killed
	ahead  time.Duration // of the clock: each process runs a minute later than the one before
}

func newCrash(t *testing.T, work string, within time.Duration) *crash {
	t.Helper()
	k := &crash{T: t, work: work, dir: storagetest.SQLite(t).Dir, tmp: t.TempDir(), within: within}
	k.open(world.found)
	return k
}

// open looks at the folder as the next process finds it.
func (k *crash) open(look func(world)) {
	k.Helper()
	k.ahead += time.Minute
	a, s, err := opened(k.dir, k.ahead)
	if err != nil {
		k.Fatal(err)
	}
	now := time.Now().Add(k.ahead)
	w := world{T: k.T, app: a, s: s, now: &now}
	look(w)
	a.WaitJobs(true)
	w.ok(s.Close())
}

// rounds kills the process, twice or as often as XIAOBAO_SOAK says. hear takes each
// line that it printed before; look finds what it told, besides what must always hold.
func (k *crash) rounds(hear func(line string) error, look func(world)) {
	k.Helper()
	rounds := 2
	if soak := os.Getenv("XIAOBAO_SOAK"); soak != "" {
		n, err := strconv.Atoi(soak)
		if err != nil {
			k.Fatal(err)
		}
		rounds = n
	}
	for range rounds {
		k.kill(hear)
		k.open(func(w world) {
			look(w)
			k.whole(w)
		})
	}
	k.Logf("%d kills", rounds)
}

func (k *crash) kill(hear func(line string) error) {
	k.Helper()
	self, err := os.Executable()
	if err != nil {
		k.Fatal(err)
	}
	k.ahead += time.Minute
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+k.dir, "XIAOBAO_CRASH_WORK="+k.work, "XIAOBAO_CRASH_AHEAD="+k.ahead.String(), "TMPDIR="+k.tmp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		k.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for first := true; in.Scan(); first = false {
		if first {
			time.AfterFunc(k.within/10+time.Duration(mrand.Int64N(int64(k.within))), func() { _ = cmd.Process.Kill() })
		}
		if err := hear(in.Text()); err != nil {
			_ = cmd.Process.Kill()
			k.Fatalf("child: %s: %v", in.Text(), err)
		}
	}
	_ = cmd.Wait() // killed: that is the point
}

// whole holds after every kill: no file is missing and none lies about in clear,
// the ledger verifies, the read tables are what it gives.
func (k *crash) whole(w world) {
	k.Helper()
	f, err := w.s.CheckFiles(ctx)
	if err != nil || len(f.Missing) > 0 {
		k.Errorf("files %+v: %v", f, err)
	}
	left, err := os.ReadDir(k.tmp)
	if err != nil || len(left) > 0 {
		k.Errorf("left in the temporary folder: %v %v", left, err)
	}
	r, err := w.s.Verify(ctx, storage.VerifyOptions{})
	if err != nil || !r.OK() {
		k.Errorf("%+v %v", r, err)
	}
	w.alike()
}
