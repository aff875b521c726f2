package app_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
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
		fmt.Println("error", crashing(dir))
		return
	}
	os.Exit(m.Run())
}

// opened are the use cases over a folder, as a process has them.
func opened(dir string) (*app.App, *storage.Store, error) {
	s, err := storage.Open(ctx, storage.Options{Dir: dir, Master: storagetest.Master})
	if err != nil {
		return nil, nil, err
	}
	a, err := app.New(ctx, app.Options{Store: s, Blobs: blob.New(filepath.Join(dir, storage.FilesName), rand.Reader), Institution: "示例银行股份有限公司"})
	return a, s, err
}

// crashing registers, attaches and decides cases for ever, and prints after each
// acknowledged step "case version files".
func crashing(dir string) error {
	a, _, err := opened(dir)
	if err != nil {
		return err
	}
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
func TestKillDuringCaseWork(t *testing.T) {
	rounds := 2
	if soak := os.Getenv("XIAOBAO_SOAK"); soak != "" {
		n, err := strconv.Atoi(soak)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	dir := crashHouse(t)
	told := map[complaint.ID]step{}
	for range rounds {
		killed(t, dir, told)
		acknowledged(t, dir, told)
	}
	if len(told) == 0 {
		t.Error("nothing was registered")
	}
	t.Logf("%d kills, %d cases", rounds, len(told))
}

// step is how far a case was acknowledged.
type step struct {
	version int64
	files   int
}

// crashHouse is a folder with the institution in it.
func crashHouse(t *testing.T) string {
	t.Helper()
	o := storagetest.SQLite(t)
	a, s, err := opened(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	w := world{T: t, app: a, s: s}
	w.found()
	w.ok(s.Close())
	return o.Dir
}

func killed(t *testing.T, dir string, told map[complaint.ID]step) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "XIAOBAO_CRASH_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for first := true; in.Scan(); first = false {
		if first {
			time.AfterFunc(time.Duration(50+mrand.IntN(450))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		var id complaint.ID
		var s step
		if _, err := fmt.Sscan(in.Text(), &id, &s.version, &s.files); err != nil {
			_ = cmd.Process.Kill()
			t.Fatalf("child: %s", in.Text())
		}
		told[id] = s
	}
	_ = cmd.Wait() // killed: that is the point
}

func acknowledged(t *testing.T, dir string, told map[complaint.ID]step) {
	t.Helper()
	a, s, err := opened(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := world{T: t, app: a, s: s}
	bj := w.who("bj")
	numbers := map[string]bool{}
	for id, want := range told {
		p, err := a.Case(ctx, bj, id)
		if err != nil || p.Case.Version < want.version || len(p.Case.Files) < want.files || numbers[p.Case.Number] {
			t.Fatalf("case %d: version %d with %d files, acknowledged %+v, number %s: %v", id, p.Case.Version, len(p.Case.Files), want, p.Case.Number, err)
		}
		numbers[p.Case.Number] = true
	}
	f, err := s.CheckFiles(ctx)
	if err != nil || len(f.Missing) > 0 {
		t.Errorf("files %+v: %v", f, err)
	}
	r, err := s.Verify(ctx, storage.VerifyOptions{})
	if err != nil || !r.OK() {
		t.Errorf("%+v %v", r, err)
	}
	tables, err := s.RebuildReadTables(ctx, nil)
	w.ok(err)
	for _, table := range tables {
		if !table.Equal {
			t.Errorf("read table %s is not what the ledger gives", table.Name)
		}
	}
	w.ok(s.Close())
}
