package app_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/storage"
)

// erasable is a closed case with an attachment, letters, a vulnerable complainant
// and redress, a day after its keeping period ended.
func (w world) erasable(before ...func(app.Receipt)) app.Receipt {
	w.Helper()
	r := w.register("bj", complaint.Register{Vulnerable: []string{"elderly"}, Complainant: complaint.Complainant{Name: "欧阳春晓", Phone: "13800001234"}})
	_, err := w.app.AttachFile(ctx, w.who("bj"), r.ID, 0, "流水.txt", strings.NewReader("欧阳春晓 三月五日扣年费三百元"))
	w.ok(err)
	w.do("bj", r.ID, complaint.Accept{}, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: 30000, Text: "退还年费"}}, Why: "未提示年费"})
	for _, do := range before {
		do(r)
	}
	w.do("bjlead", r.ID, complaint.Approve{N: 1})
	w.do("bj", r.ID, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "扣费流水", Basis: "《中华人民共和国消费者权益保护法》第八条", Explanation: "未提示"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}},
		complaint.Amend{Codes: &complaint.Codes{Product: "credit_card", Reason: "pricing"}}, complaint.ProposeDecision{Text: "退还年费"})
	w.do("bjlead", r.ID, complaint.Approve{N: 2})
	w.do("bj", r.ID, complaint.PerformRedress{N: 1, On: w.today(), Proof: "转账 1"})
	w.finish(r.ID)
	*w.now = calendar.Of(2031, 4, 1).Time().Add(10 * 3600e9)
	return r
}

// figures is what statistics read of a case.
func (w world) figures(id complaint.ID) (out string) {
	w.Helper()
	w.ok(w.s.View(ctx, func(tx *storage.Tx) error {
		var state, product, reason string
		var redress, satisfaction, cited int64
		var vulnerable bool
		if err := tx.Scan(`SELECT state, product, reason, redress, satisfaction, vulnerable FROM complaint WHERE id = ?`, []any{int64(id)}, &state, &product, &reason, &redress, &satisfaction, &vulnerable); err != nil {
			return err
		}
		err := tx.Scan(`SELECT count(*) FROM law_cited WHERE case_id = ?`, []any{int64(id)}, &cited)
		out = fmt.Sprint(state, product, reason, redress, satisfaction, vulnerable, cited)
		return err
	}))
	return out
}

// Four eyes, then everything personal is gone: key, sealed parts, files, search;
// what is counted and the chain stay, and a rebuild finds the tables as they are.
func TestErasingWhatIsDue(t *testing.T) {
	each(t, func(w world) {
		r := w.erasable()
		before := w.figures(r.ID)
		digests := w.caseOf(r.ID).Case.Blobs()
		if len(digests) < 2 || !strings.Contains(before, "30000") {
			w.Fatalf("the case is too poor for this test: %s, files %v", before, digests)
		}
		due, _, err := w.app.DueForErasure(ctx, w.who("office"), 0)
		w.ok(err)
		if len(due) != 1 || due[0].ID != r.ID || due[0].Until != calendar.Of(2031, 3, 31) {
			w.Fatalf("due: %+v", due)
		}
		if _, err := w.app.ProposeDue(ctx, w.who("bj"), 0); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a handler proposes: %v", err)
		}
		n, err := w.app.ProposeDue(ctx, w.who("office"), 0)
		w.ok(err)
		if err := w.app.DecideRun(ctx, w.who("office"), n, true, ""); !fault.Is(err, fault.Forbidden) {
			w.Errorf("the proposer approves: %v", err)
		}
		w.ok(w.app.DecideRun(ctx, w.who("exec"), n, true, ""))
		w.gone(r.ID, n)
		if after := w.figures(r.ID); after != before {
			w.Errorf("figures %s, before %s", after, before)
		}
		if err := w.app.DecideRun(ctx, w.who("exec"), n, true, ""); !fault.Is(err, fault.Conflict) {
			w.Errorf("approved twice: %v", err)
		}
		if due, _, err = w.app.DueForErasure(ctx, w.who("office"), 0); err != nil || len(due) != 0 {
			w.Errorf("still due: %+v %v", due, err)
		}
		if got := w.figures(r.ID); got != before {
			w.Errorf("figures after the rebuild %s, before %s", got, before)
		}
	})
}

func (w world) caseOf(id complaint.ID) app.CasePage {
	w.Helper()
	p, err := w.app.Case(ctx, w.who("office"), id)
	w.ok(err)
	return p
}

// gone checks that a case was erased by a protocol.
func (w world) gone(id complaint.ID, run int64) {
	w.Helper()
	p, err := w.app.ErasureRun(ctx, w.who("audit"), run)
	w.ok(err)
	if p.State != keeping.RunDone || len(p.Erased) != 1 || p.Erased[0].Files < 2 || p.Sum != p.Digest() || len(p.Listed) != 0 {
		w.Errorf("protocol: %+v", p.Run)
	}
	c := w.caseOf(id).Case
	if c.Erased == nil || c.Erased.Run != run || c.Complainant.Name != "" || c.Narrative != "" {
		w.Errorf("the case: erased %+v, name %q", c.Erased, c.Complainant.Name)
	}
	for _, words := range []string{"欧阳春晓", "13800001234", "年费"} {
		if found, err := w.app.Find(ctx, w.who("office"), words, 0, 10); err != nil || len(found.Rows) != 0 {
			w.Errorf("%s finds %d cases, %v", words, len(found.Rows), err)
		}
	}
	if _, err := w.app.OpenFile(ctx, w.who("bj"), id, 1); err == nil {
		w.Error("the attachment opens")
	}
	if _, err := w.app.Do(ctx, w.who("bj"), id, 0, complaint.AddNote{Text: "补记"}); !fault.Is(err, fault.Conflict) {
		w.Errorf("a command on the erased case: %v", err)
	}
	report, err := w.s.Verify(ctx, storage.VerifyOptions{})
	w.ok(err)
	if !report.OK() || report.Erased == 0 {
		w.Errorf("verify: %d erased, damages %+v", report.Erased, report.Damages)
	}
	w.alike()
	if found, err := w.app.Find(ctx, w.who("office"), c.Number, 0, 10); err != nil || len(found.Rows) != 1 {
		w.Errorf("by its number: %d cases, %v", len(found.Rows), err)
	}
}

// A hold, a longer class and a reopened case outweigh the approved protocol.
func TestHoldOutweighsTheProtocol(t *testing.T) {
	each(t, func(w world) {
		r := w.erasable()
		n, err := w.app.ProposeDue(ctx, w.who("office"), 0)
		w.ok(err)
		hold, err := w.app.PlaceHold(ctx, w.who("exec"), r.ID, 0, "法院要求保全")
		w.ok(err)
		w.ok(w.app.DecideRun(ctx, w.who("exec"), n, true, ""))
		p, err := w.app.ErasureRun(ctx, w.who("audit"), n)
		w.ok(err)
		if p.State != keeping.RunDone || len(p.Erased) != 0 || len(p.Skipped) != 1 || !strings.Contains(p.Skipped[0].Why, "保全") {
			w.Errorf("protocol: %+v", p.Run)
		}
		if w.caseOf(r.ID).Case.Erased != nil {
			w.Fatal("erased in spite of the hold")
		}
		_, held, err := w.app.DueForErasure(ctx, w.who("office"), 0)
		w.ok(err)
		if len(held) != 1 || held[0].Hold != hold {
			w.Errorf("kept although old: %+v", held)
		}
		w.ok(w.app.LiftHold(ctx, w.who("office"), hold, "诉讼已撤回"))
		if err := w.app.LiftHold(ctx, w.who("office"), hold, "再次"); !fault.Is(err, fault.Conflict) {
			w.Errorf("lifted twice: %v", err)
		}
		if due, _, err := w.app.DueForErasure(ctx, w.who("office"), 0); err != nil || len(due) != 1 {
			w.Errorf("due after the hold: %+v %v", due, err)
		}
		holds, err := w.app.Holds(ctx, w.who("audit"), 10)
		w.ok(err)
		if len(holds) != 1 || holds[0].LiftedAt.IsZero() || holds[0].Why != "诉讼已撤回" {
			w.Errorf("holds: %+v", holds)
		}
	})
}

// PIPL art. 47: a request before the period is over gets the reason why it must
// wait, unless the data were never to be kept.
func TestErasureOnRequest(t *testing.T) {
	each(t, func(w world) {
		r := w.erasable()
		*w.now = calendar.Of(2026, 6, 1).Time()
		propose := func(ground keeping.Ground, reason, despite string) error {
			_, err := w.app.ProposeErasure(ctx, w.who("office"), r.ID, ground, reason, despite)
			return err
		}
		for _, test := range []struct {
			ground          keeping.Ground
			reason, despite string
			want            string
		}{
			{keeping.GroundConsent, "本人来函", "", "第四十七条"},
			{keeping.GroundPeriod, "", "", "保存期还没有满"},
			{keeping.GroundMistaken, "登记成了别人", "", "保存期未满"},
			{keeping.GroundMistaken, "", "从来不应保存", "请求人和理由"},
			{"because", "x", "x", "第四十七条"},
		} {
			if err := propose(test.ground, test.reason, test.despite); err == nil || !strings.Contains(fault.Message(err)+violations(err), test.want) {
				w.Errorf("%s %q %q: %v, want %q", test.ground, test.reason, test.despite, err, test.want)
			}
		}
		w.ok(propose(keeping.GroundMistaken, "登记成了别人", "从来不应保存"))
		runs, err := w.app.ErasureRuns(ctx, w.who("audit"), 0, 10)
		w.ok(err)
		w.ok(w.app.DecideRun(ctx, w.who("exec"), runs[0].N, true, ""))
		w.gone(r.ID, runs[0].N)
		other := w.register("bj", complaint.Register{})
		if _, err := w.app.ProposeErasure(ctx, w.who("office"), other.ID, keeping.GroundMistaken, "误登", "误登"); !fault.Is(err, fault.Conflict) {
			w.Errorf("an open case: %v", err)
		}
	})
}

func violations(err error) string {
	var out []string
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, v := range e.Violations {
			out = append(out, v.Text)
		}
	}
	return strings.Join(out, " ")
}

// A program that died in the middle goes on with what is left; what was merged
// goes with the case that took it in.
func TestErasingGoesOn(t *testing.T) {
	each(t, func(w world) {
		merged := w.register("bj", complaint.Register{Narrative: "同一件事，再次来电"})
		r := w.erasable(func(r app.Receipt) { w.ok(w.app.Merge(ctx, w.who("office"), merged.ID, r.ID, "同一事项")) })
		n, err := w.app.ProposeDue(ctx, w.who("office"), 0)
		w.ok(err)
		w.ok(w.s.Update(ctx, func(tx *storage.Tx) error { // approved, and then the power went
			run, err := tx.Run(n)
			if err != nil {
				return err
			}
			e, err := run.Decide("person/exec", true, "")
			if err != nil {
				return err
			}
			_, err = tx.AppendRun(run, "person/exec", e)
			return err
		}))
		if done, err := w.app.CarryOutRuns(ctx); err != nil || done != 1 {
			w.Errorf("carried out %d, %v", done, err)
		}
		p, err := w.app.ErasureRun(ctx, w.who("audit"), n)
		w.ok(err)
		ids := []int64{int64(merged.ID), int64(r.ID)}
		var erased []int64
		for _, l := range p.Erased {
			erased = append(erased, l.Case)
		}
		slices.Sort(erased)
		if !slices.Equal(erased, ids) || p.State != keeping.RunDone {
			w.Errorf("erased %v, want %v; skipped %+v", erased, ids, p.Skipped)
		}
		if done, err := w.app.CarryOutRuns(ctx); err != nil || done != 0 {
			w.Errorf("again: %d, %v", done, err)
		}
	})
}
