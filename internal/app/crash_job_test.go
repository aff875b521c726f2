package app_test

import (
	"fmt"
	mrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// crashRows is how many rows each table of the kill test has, a case each.
const crashRows = 150

func crashTable() string {
	var b strings.Builder
	b.WriteString("编号,投诉人,联系电话,投诉时间,投诉渠道,投诉内容,产品,承办机构\n")
	table := mrand.IntN(1e9)
	for i := range crashRows {
		fmt.Fprintf(&b, "K%d-%d,客户%d甲%d,139%08d,2025-06-01,电话,第%d次来电要求退还年费三百元,信用卡,北京分行\n", table, i, table, i, mrand.IntN(1e8), mrand.IntN(1e9))
	}
	return b.String()
}

// crashImports goes on with what the process before it left, takes tables in and
// imports them. It prints "uploaded job" and "started job".
func crashImports(a *app.App) error {
	office, err := a.Actor(ctx, "office")
	if err != nil {
		return err
	}
	if err := a.ResumeJobs(ctx); err != nil {
		return err
	}
	fmt.Println("open -")
	for {
		if err := startChecked(a, office, func(id string) { fmt.Println("started", id) }); err != nil {
			return err
		}
		id, err := a.UploadImport(ctx, office, "台账.csv", strings.NewReader(crashTable()), nil, "")
		if err != nil {
			return err
		}
		fmt.Println("uploaded", id)
		a.WaitJobs(false)
	}
}

// startChecked starts every import that waits for it.
func startChecked(a *app.App, who party.Actor, started func(id string)) error {
	jobs, _, err := a.ImportJobs(ctx, who, 10000)
	for _, j := range jobs {
		if j.State != app.ImportChecked {
			continue
		}
		if err := a.RunImport(ctx, who, j.ID); err != nil {
			return err
		}
		started(j.ID)
	}
	return err
}

// TestKillDuringImports kills the process while it checks and imports tables. What
// was uploaded is there; what was started goes on by itself and ends; each row is
// taken exactly once.
func TestKillDuringImports(t *testing.T) {
	k := newCrash(t, "imports", 1500*time.Millisecond)
	told := map[string]string{}
	k.rounds(func(line string) error {
		var what, id string
		_, err := fmt.Sscan(line, &what, &id)
		told[id] = what
		return err
	}, func(world) {})
	delete(told, "-")
	if len(told) == 0 {
		t.Error("nothing was uploaded")
	}
	k.open(func(w world) {
		office := w.who("office")
		w.ok(w.app.ResumeJobs(ctx))
		w.app.WaitJobs(false)
		for id, what := range told {
			if j := w.importJob(id); what == "started" && j.State != app.ImportDone || j.State != app.ImportDone && j.State != app.ImportChecked {
				t.Errorf("%s %s: %s after %d of %d rows %s", what, id, j.State, j.Done, j.All, j.Failure)
			}
		}
		w.ok(startChecked(w.app, office, func(string) {}))
		w.app.WaitJobs(false)
		jobs, _, err := w.app.ImportJobs(ctx, office, 10000)
		w.ok(err)
		for _, j := range jobs {
			if c := j.Counts; j.State != app.ImportDone || c.New+c.Duplicate != crashRows {
				t.Errorf("%s: %s %+v", j.ID, j.State, c)
			}
		}
		if want := len(jobs) * crashRows; w.total() != want || w.references() != want {
			t.Errorf("%d cases, %d references, want %d of %d tables", w.total(), w.references(), want, len(jobs))
		}
		k.whole(w)
		t.Logf("%d tables", len(jobs))
	})
}

// crashTraining goes on with what the process before it left and trains again and
// again. It prints the state before each training.
func crashTraining(a *app.App) error {
	office, err := a.Actor(ctx, "office")
	if err != nil {
		return err
	}
	for {
		if err := a.ResumeJobs(ctx); err != nil {
			return err
		}
		tr, err := a.Training(ctx, office)
		if err != nil {
			return err
		}
		fmt.Println("trained", tr.State)
		if err := a.StartTraining(ctx, office); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		a.WaitJobs(false)
	}
}

// TestKillDuringTraining kills the process while it trains. The training goes on by
// itself and ends, and there is a model that its file belongs to.
func TestKillDuringTraining(t *testing.T) {
	k := newCrash(t, "training", 400*time.Millisecond)
	k.open(func(w world) {
		w.ok(w.app.SetSetting(ctx, party.System, "model.min_examples", "20", ""))
		w.teach(12)
		w.ok(w.app.StartTraining(ctx, w.who("office")))
	})
	k.rounds(func(line string) error {
		if !strings.HasPrefix(line, "trained ") || strings.HasSuffix(line, app.ImportFailed) {
			return fault.New(fault.Internal, "the training failed")
		}
		return nil
	}, func(w world) {
		office := w.who("office")
		w.ok(w.app.ResumeJobs(ctx))
		w.app.WaitJobs(false)
		if tr, err := w.app.Training(ctx, office); err != nil || tr.State != app.ImportDone || tr.Done != 24 {
			t.Errorf("training %+v: %v", tr, err)
		}
		m, err := w.app.Model(ctx, complaint.TopicProduct)
		w.ok(err)
		if m.Info().Docs != 24 {
			t.Errorf("the model has read %d cases", m.Info().Docs)
		}
	})
}

// crashReviews drafts, hands in and judges reviews, and prints after each
// acknowledged step "review version materials".
func crashReviews(a *app.App) error {
	sub, err := a.Actor(ctx, "sub")
	if err != nil {
		return err
	}
	rev, err := a.Actor(ctx, "rev")
	if err != nil {
		return err
	}
	for {
		r, err := a.Draft(ctx, sub, review.NewDraft{Kind: "marketing.poster", Title: "稳享理财海报", Form: posterForm})
		if err != nil {
			return err
		}
		fmt.Println(r.ID, r.Version, 0)
		var n []int
		steps := []func() (review.Review, error){
			func() (review.Review, error) {
				return a.AddMaterial(ctx, sub, r.ID, 0, "", "", []app.Upload{{Name: "海报.txt", Body: strings.NewReader(strings.Repeat("稳享理财保本保息，限时抢购。\n", 20))}})
			},
			func() (review.Review, error) { return a.DoReview(ctx, sub, r.ID, 0, review.HandIn{}) },
			func() (review.Review, error) { return a.DoReview(ctx, rev, r.ID, 0, review.Take{}) },
			func() (review.Review, error) {
				return a.DoReview(ctx, rev, r.ID, 0, review.JudgeFinding{N: n, Verdict: review.Dismissed, Why: "语境不同"})
			},
		}
		for i, step := range steps {
			after, err := step()
			if err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
			n = n[:0]
			for _, f := range after.Unjudged() {
				n = append(n, f.N)
			}
			fmt.Println(r.ID, after.Version, len(after.Materials))
		}
	}
}

// TestKillDuringReviews kills the process while it takes material in, hands it in
// and judges: every acknowledged step is there, the material opens, numbers are
// given once, and what had been handed in is handed in.
func TestKillDuringReviews(t *testing.T) {
	k := newCrash(t, "reviews", 700*time.Millisecond)
	k.open(world.reviewers)
	told := map[review.ID]step{}
	k.rounds(func(line string) error {
		var id review.ID
		var s step
		_, err := fmt.Sscan(line, &id, &s.version, &s.files)
		told[id] = s
		return err
	}, func(w world) {
		numbers := map[string]bool{}
		for id, want := range told {
			p, err := w.app.Review(ctx, w.who("sub"), id)
			if err != nil || p.Review.Version < want.version || len(p.Review.Materials) < want.files || want.files > 0 && !strings.Contains(p.Document.Text, "保本保息") {
				t.Fatalf("review %d: version %d with %d materials, acknowledged %+v: %v", id, p.Review.Version, len(p.Review.Materials), want, err)
			}
			if p.Review.Number != "" && numbers[p.Review.Number] {
				t.Errorf("number %s twice", p.Review.Number)
			}
			numbers[p.Review.Number] = true
		}
	})
	if len(told) == 0 {
		t.Error("nothing was drafted")
	}
	t.Logf("%d reviews", len(told))
}

// crashHooks registers cases and tells of them, each in its own time. It prints the
// number of each acknowledged case.
func crashHooks(a *app.App) error {
	bj, err := a.Actor(ctx, "bj")
	if err != nil {
		return err
	}
	a.SetPost(hookPost)
	failed := make(chan error, 1)
	go func() {
		for {
			if _, err := a.SendHooks(ctx); err != nil {
				failed <- err
				return
			}
		}
	}()
	for n := 0; len(failed) == 0; n++ {
		r, err := a.Register(ctx, bj, complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "张三丰", Phone: fmt.Sprintf("139%08d", mrand.IntN(1e8))},
			Narrative: fmt.Sprintf("第 %d 件：办卡时没有被告知年费，被扣了三百元，要求退还。", n)})
		if err != nil {
			return err
		}
		fmt.Println(r.Number)
	}
	return <-failed
}

// TestKillDuringHooks kills the process while webhooks leave: of each acknowledged
// case the receiver is told in the end, once or again under the same id.
func TestKillDuringHooks(t *testing.T) {
	k := newCrash(t, "hooks", 500*time.Millisecond)
	var r *receiver
	k.open(func(w world) {
		w.admin()
		r = w.receiver()
		w.target(r.URL+"/in", "", everyKind()...)
	})
	told := map[string]bool{}
	k.rounds(func(line string) error { told[line] = true; return nil }, func(world) {})
	if len(told) == 0 {
		t.Error("nothing was registered")
	}
	k.ahead += 24 * time.Hour // past every claim that a dead process held
	k.open(func(w world) {
		w.app.SetPost(hookPost)
		for w.sendHooks() > 0 {
		}
	})
	ids := map[string]map[string]int{}
	for _, d := range r.taken() {
		number := d.msg.Data.Number
		if ids[number] == nil {
			ids[number] = map[string]int{}
		}
		ids[number][d.id]++
	}
	twice := 0
	for number := range told {
		if len(ids[number]) != 1 {
			t.Errorf("%s was told under %d ids", number, len(ids[number]))
		}
		for _, n := range ids[number] {
			twice += n - 1
		}
	}
	t.Logf("%d cases told, %d deliveries came again", len(told), twice)
}
