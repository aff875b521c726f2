package app_test

import (
	"fmt"
	"net/mail"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/keeping"
	"xiaobao/internal/post"
	"xiaobao/internal/post/posttest"
	"xiaobao/internal/storage"
)

// crashPort tells the process where the mail server of the test listens.
const crashPort = "XIAOBAO_CRASH_PORT"

func crashPost() app.PostConfig {
	port, _ := strconv.Atoi(os.Getenv(crashPort)) // 0 reaches nobody, which the test sees
	return app.PostConfig{Base: "https://xb.example", SMTP: post.SMTP{Host: "127.0.0.1", Port: port, TLS: post.Plain, From: "xiaobao@bank.example", Name: "小保", Timeout: 5 * time.Second},
		IMAP: post.IMAP{Host: "127.0.0.1", Port: port, TLS: post.Plain, User: "username", Password: "password", Folder: "INBOX", Timeout: 5 * time.Second}}
}

// crashMail puts mail into the outbox and sends it, each in its own time. It prints
// the address of each mail that was acknowledged.
func crashMail(a *app.App) error {
	admin, err := a.Actor(ctx, "admin")
	if err != nil {
		return err
	}
	a.SetPost(crashPost())
	failed := make(chan error, 1)
	go func() {
		for {
			if _, err := a.SendMail(ctx); err != nil {
				failed <- err
				return
			}
		}
	}()
	for n := 0; len(failed) == 0; n++ {
		to := fmt.Sprintf("p%d-%d@bank.example", os.Getpid(), n)
		if err := a.TestMail(ctx, admin, to); err != nil {
			return err
		}
		fmt.Println(to)
	}
	return <-failed
}

// TestKillDuringMail kills the process while mail leaves: each acknowledged mail
// comes in the end, once or again under the same Message-ID.
func TestKillDuringMail(t *testing.T) {
	s := posttest.StartSMTP(t)
	t.Setenv(crashPort, strconv.Itoa(s.Port))
	k := newCrash(t, "mail", 400*time.Millisecond)
	k.open(func(w world) { w.admin() })
	told := map[string]bool{}
	k.rounds(func(line string) error { told[line] = true; return nil }, func(world) {})
	k.ahead += 24 * time.Hour // past every claim that a dead process held
	k.open(func(w world) {
		w.app.SetPost(crashPost())
		for w.send() > 0 {
		}
	})
	ids, came := map[string]map[string]bool{}, 0
	for _, m := range s.Taken() {
		msg, err := mail.ReadMessage(strings.NewReader(m.Text))
		if err != nil {
			t.Fatal(err)
		}
		to := strings.Trim(msg.Header.Get("To"), "<>")
		if ids[to] == nil {
			ids[to] = map[string]bool{}
		}
		ids[to][msg.Header.Get("Message-ID")] = true
		came++
	}
	for to := range told {
		if len(ids[to]) != 1 {
			t.Errorf("%s got mail under the ids %v", to, ids[to])
		}
	}
	if len(told) == 0 {
		t.Error("nothing was written")
	}
	t.Logf("%d mails, %d arrivals", len(told), came)
}

// crashInbox fetches the mailbox again and again.
func crashInbox(a *app.App) error {
	a.SetPost(crashPost())
	fmt.Println("begins")
	for {
		if _, err := a.FetchMail(ctx); err != nil {
			return err
		}
	}
}

// TestKillDuringFetching kills the process while it fetches mail: each message ends
// in one state, none is lost, none is there twice.
func TestKillDuringFetching(t *testing.T) {
	s := posttest.StartIMAP(t)
	t.Setenv(crashPort, strconv.Itoa(s.Port))
	k := newCrash(t, "inbox", 150*time.Millisecond)
	delivered := 0
	deliver := func(world) {
		for range 100 {
			s.Deliver(time.Now(), mailOf(fmt.Sprint(delivered), "m", fmt.Sprintf("第 %d 封", delivered)))
			delivered++
		}
	}
	deliver(world{})
	k.rounds(func(line string) error {
		if line != "begins" {
			return fmt.Errorf("it ended")
		}
		return nil
	}, deliver)
	k.ahead += 24 * time.Hour
	k.open(func(w world) {
		w.app.SetPost(crashPost())
		for w.fetch() > 0 {
		}
		list, _, err := w.app.Inbox(ctx, w.who("office"), storage.InboxNew, 0, delivered+1)
		w.ok(err)
		texts := map[string]bool{}
		for _, item := range list {
			m, err := w.app.Mailed(ctx, w.who("office"), item.ID)
			w.ok(err)
			texts[m.Letter.Text] = true
		}
		if got := w.counts(); got[storage.InboxNew] != int64(delivered) || len(got) != 1 || len(list) != delivered || len(texts) != delivered {
			t.Errorf("%v, %d listed with %d texts, want %d new", got, len(list), len(texts), delivered)
		}
		k.whole(w)
	})
}

// crashExports gives out small tables, and large ones after a second person said
// yes. It prints number and state after each acknowledged step.
func crashExports(a *app.App) error {
	bj, err := a.Actor(ctx, "bj")
	if err != nil {
		return err
	}
	lead, err := a.Actor(ctx, "bjlead")
	if err != nil {
		return err
	}
	lines := make([][]string, 1001)
	for i := range lines {
		lines[i] = []string{fmt.Sprint(i)}
	}
	for {
		sheet := app.Sheet{Name: "总览", Filter: "unit=0101", Columns: []document.Column{{Name: "编号"}}, Lines: slices.Values(lines[:10])}
		var small, large app.TakenFile
		if err := a.ExportOverview(ctx, bj, sheet, &small); err != nil {
			return err
		}
		_, number, _ := strings.Cut(strings.Split(small.Name, "-")[1], "E")
		fmt.Println(number, keeping.Taken)
		sheet.Lines = slices.Values(lines)
		held, ok := a.ExportOverview(ctx, bj, sheet, &large).(*app.HeldExport)
		if !ok {
			return fmt.Errorf("a large export left alone")
		}
		for _, step := range []struct {
			does  func() error
			state keeping.ExportState
		}{
			{func() error { return a.AskExport(ctx, bj, held.N, "季度报送") }, keeping.Asked},
			{func() error { return a.DecideExport(ctx, lead, held.N, true, "") }, keeping.Approved},
			{func() error {
				f, err := a.TakeExport(ctx, bj, held.N)
				if err != nil {
					return err
				}
				return f.Close()
			}, keeping.Taken},
		} {
			if err := step.does(); err != nil {
				return err
			}
			fmt.Println(held.N, step.state)
		}
	}
}

// TestKillDuringExports kills the process while tables leave: whatever was given
// out is on the register once, and nothing there goes back behind what was told.
func TestKillDuringExports(t *testing.T) {
	k := newCrash(t, "exports", 400*time.Millisecond)
	order := []keeping.ExportState{keeping.Drafted, keeping.Asked, keeping.Approved, keeping.Taken}
	told := map[int64]keeping.ExportState{}
	k.rounds(func(line string) error {
		var n int64
		var state string
		_, err := fmt.Sscan(line, &n, &state)
		told[n] = keeping.ExportState(state)
		return err
	}, func(w world) {
		there := map[int64]int{}
		rows, _, err := w.app.Exports(ctx, w.who("audit"), app.ExportFilter{Limit: 100_000})
		w.ok(err)
		for _, r := range rows {
			there[r.N]++
			if want, ok := told[r.N]; ok && slices.Index(order, r.State) < slices.Index(order, want) {
				t.Errorf("export %d is %s, acknowledged %s", r.N, r.State, want)
			}
		}
		for n := range told {
			if there[n] != 1 {
				t.Errorf("export %d is on the register %d times", n, there[n])
			}
		}
	})
	if len(told) == 0 {
		t.Error("nothing was exported")
	}
	t.Logf("%d exports", len(told))
}

// crashErasing goes on with what the process before it left, and erases closed
// cases under four eyes. It prints each case whose erasure was acknowledged.
func crashErasing(a *app.App) error {
	office, err := a.Actor(ctx, "office")
	if err != nil {
		return err
	}
	exec, err := a.Actor(ctx, "exec")
	if err != nil {
		return err
	}
	fmt.Println(0)
	if _, err := a.CarryOutRuns(ctx); err != nil {
		return err
	}
	for id := complaint.ID(1); id <= erasedCases; id++ {
		n, err := a.ProposeErasure(ctx, office, id, keeping.GroundMistaken, "登记成了别人", "从来不应保存")
		if err != nil { // erased before, or proposed by one that died
			continue
		}
		if err := a.DecideRun(ctx, exec, n, true, ""); err != nil {
			return err
		}
		fmt.Println(id)
	}
	time.Sleep(time.Hour) // until it is killed
	return nil
}

const erasedCases = 10

// TestKillDuringErasing kills the process while it erases cases: what was
// acknowledged is gone whole, what was approved goes in the end, and no case is
// half there.
func TestKillDuringErasing(t *testing.T) {
	k := newCrash(t, "erasing", 25*time.Millisecond)
	k.open(func(w world) {
		for range erasedCases {
			r := w.register("bj", complaint.Register{Complainant: complaint.Complainant{Name: "欧阳春晓"}})
			_, err := w.app.AttachFile(ctx, w.who("bj"), r.ID, 0, "流水.txt", strings.NewReader("欧阳春晓 三月五日扣年费三百元"))
			w.ok(err)
			w.settle(r.ID)
			w.finish(r.ID)
		}
	})
	told, erased := map[complaint.ID]bool{}, 0
	half := func(w world) {
		erased = 0
		for id := complaint.ID(1); id <= erasedCases; id++ {
			c := w.caseOf(id).Case
			_, err := w.app.OpenFile(ctx, w.who("bj"), id, 1)
			if gone := c.Erased != nil; gone != (c.Complainant.Name == "") || gone != (err != nil) || told[id] && !gone {
				t.Errorf("case %d: erased %v, acknowledged %v, name %q, file %v", id, gone, told[id], c.Complainant.Name, err)
			}
			if c.Erased != nil {
				erased++
			}
		}
	}
	k.rounds(func(line string) error {
		var id complaint.ID
		_, err := fmt.Sscan(line, &id)
		told[id] = true
		return err
	}, half)
	k.open(func(w world) {
		_, err := w.app.CarryOutRuns(ctx)
		w.ok(err)
		half(w)
		runs, err := w.app.ErasureRuns(ctx, w.who("audit"), 0, 100)
		w.ok(err)
		for _, r := range runs {
			if r.State == string(keeping.RunApproved) {
				t.Errorf("run %d was approved and not carried out", r.N)
			}
		}
		k.whole(w)
	})
	t.Logf("%d acknowledged, %d erased of %d", len(told)-1, erased, erasedCases)
}
