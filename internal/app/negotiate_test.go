package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/party"
)

// given closes a case of the branch that was given a sum, in fen.
func (w world) given(fen int64, amount int64) complaint.ID {
	w.Helper()
	r := w.register("bj", complaint.Register{Amount: amount, Codes: complaint.Codes{Product: "credit_card", Reason: "pricing"}, Complainant: complaint.Complainant{Name: "客户" + fmt.Sprint(fen), Phone: fmt.Sprint(13900000000 + fen)},
		Narrative: fmt.Sprintf("第%d件：三月份被扣年费，要求退还。", fen)})
	w.do("bj", r.ID, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: fen, Text: "退还"}}, Why: "属实", Deviation: "逐笔核实"})
	w.do("bjlead", r.ID, complaint.Approve{N: 1})
	w.do("bj", r.ID, complaint.Accept{}, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "调取扣费流水", Basis: "《信用卡领用合约》第六条", Explanation: "办卡时未提示年费，应予退还"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}},
		complaint.ProposeDecision{Text: fmt.Sprintf("退还年费%d元，并由网点当面致歉。", fen/100)})
	w.do("bjlead", r.ID, complaint.Approve{N: 2})
	w.do("bj", r.ID, complaint.PerformRedress{N: 1, On: w.today(), Proof: "回单"})
	w.closes(r.ID)
	return r.ID
}

// closes takes a decided case of the branch to its end.
func (w world) closes(id complaint.ID) {
	w.Helper()
	c := w.do("bj", id, complaint.AddNote{Text: "x"})
	for s := c.Current(); s < complaint.StepCount; s++ {
		var lines []string
		for _, k := range complaint.Guides()[s].Checks {
			lines = append(lines, k.ID)
		}
		w.do("bj", id, complaint.FinishStep{Step: s, Checked: lines})
	}
	if _, err := w.app.IssueLetter(ctx, w.who("bj"), id, 0, complaint.DecisionLetter, 0); err != nil {
		w.Fatal(err)
	}
	w.do("bj", id, complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: w.today(), Proof: "EMS1"}, complaint.RecordFollowUp{On: w.today(), Reached: true, Satisfaction: 4}, complaint.Close{})
}

// S1.3: the range comes from comparable closed cases in reach, says when there are
// too few, and decides whether a proposed redress needs its reason.
func TestRangeOfRedress(t *testing.T) {
	each(t, func(w world) {
		mine := w.register("bj", complaint.Register{Amount: 30_000, Codes: complaint.Codes{Product: "credit_card", Reason: "pricing"}, Complainant: complaint.Complainant{Name: "王五", Phone: "13700000000"}})
		w.do("bj", mine.ID, complaint.Accept{})
		propose := func(fen int64, why string) error {
			_, err := w.app.Do(ctx, w.who("bj"), mine.ID, 0, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: fen, Text: "退还"}}, Why: "属实", Deviation: why})
			return err
		}
		var ids []complaint.ID
		for _, fen := range []int64{10_000, 20_000, 30_000, 40_000} {
			ids = append(ids, w.given(fen, 50_000))
		}
		sheet := func(who party.PersonID) app.Negotiation {
			n, err := w.app.Negotiation(ctx, w.who(who), mine.ID)
			w.ok(err)
			return n
		}
		if n := sheet("bj"); n.Range.Known || n.Range.Cases != 4 || n.Range.Needed != 5 {
			t.Errorf("four cases make a range: %+v", n.Range)
		}
		ids = append(ids, w.given(50_000, 99_999))
		w.given(90_000, 5_000_000) // another class of amount
		n := sheet("bj")
		if want := (complaint.RedressRange{Known: true, Cases: 5, Needed: 5, Low: 20_000, Median: 30_000, High: 40_000}); n.Range != want || n.Class.ID != "small" {
			t.Errorf("range %+v, want %+v", n.Range, want)
		}
		for _, c := range n.Cases {
			if !slices.Contains(ids, c.ID) || c.ClosedOn != w.today() {
				t.Errorf("%+v stands behind the range", c)
			}
		}
		if out := sheet("office"); out.Range.Cases != 5 || out.Own <= n.Own {
			t.Errorf("the office sees %+v, may %d", out.Range, out.Own)
		}
		if _, err := w.app.Negotiation(ctx, w.who("sh"), mine.ID); err == nil {
			t.Error("another branch reads the sheet")
		}
		if err := propose(90_000, ""); err == nil || !strings.Contains(err.Error(), "200 至 400 元之内（5 件，中位数 300 元），请写明偏离理由") {
			t.Errorf("outside of the range: %v", err)
		}
		w.ok(propose(90_000, "另有误工损失，凭证齐全"))
		*w.now = w.now.Add(4 * 365 * 24 * time.Hour)
		if n := sheet("bj"); n.Range.Cases != 0 {
			t.Errorf("cases of four years ago still count: %+v", n.Range)
		}
	})
}

// S4.15, S1.2: what is said and what the case shows become reasons; earlier cases
// of the same person and others that read alike are counted in reach.
func TestOutlook(t *testing.T) {
	each(t, func(w world) {
		w.register("bj", complaint.Register{Narrative: "上个月换卡排队两个小时，大堂没有人管。"})
		alike := "你们销售的时候隐瞒犹豫期，夸大收益，我们群里几十个人都是这样被骗的，今天必须给个说法，否则我就打12378投诉到底。"
		for i := range 2 {
			w.register("bj", complaint.Register{Narrative: alike, Complainant: complaint.Complainant{Name: fmt.Sprint("其他人", i), Phone: fmt.Sprint("1350000000", i)}})
		}
		r := w.register("bj", complaint.Register{Narrative: alike + "谢谢"})
		o, err := w.app.Outlook(ctx, w.who("bj"), r.ID)
		w.ok(err)
		reasons := map[string]bool{}
		for _, f := range o.Forecasts {
			for _, x := range f.Reasons {
				reasons[x.ID] = true
			}
		}
		for _, want := range []string{"regulator_named", "group_named", "earlier_cases", "alike"} {
			if !reasons[want] {
				t.Errorf("%s is missing: %v", want, reasons)
			}
		}
		if guide.Highest(o.Forecasts).Level != complaint.LevelHigh || len(o.Asking.Questions) == 0 {
			t.Errorf("%+v", o)
		}
		if _, err := w.app.Outlook(ctx, w.who("sh"), r.ID); err == nil {
			t.Error("another branch sees it")
		}
	})
}

// Field pain 10: only those who need it know of a suspicion, in the case and in its history.
func TestAgentIsForFewEyes(t *testing.T) {
	each(t, func(w world) {
		agent := &complaint.Representative{Kind: complaint.Agent, Name: "宋某", Phone: "13600000000", Proof: "授权书"}
		first := w.register("bj", complaint.Register{Representative: agent, Complainant: complaint.Complainant{Name: "甲一", Phone: "13511110000"}, Narrative: "办卡时没有告知年费，要求退还并书面答复。"})
		r := w.register("bj", complaint.Register{Representative: agent, Complainant: complaint.Complainant{Name: "乙二", Phone: "13522220000"}, Narrative: "理财到期没有按约定兑付，要求说明原因。"})
		w.do("bj", r.ID, complaint.Accept{}, complaint.FlagAgent{Signs: []string{"many_cases"}, Why: "同一受托人"})
		see := func(id party.PersonID) (flags, events int) {
			p, err := w.app.Complaint(ctx, w.who(id), r.ID)
			w.ok(err)
			for _, h := range p.History {
				if complaint.AboutAgents(h.Event) {
					events++
				}
			}
			return len(p.Case.Agents), events
		}
		for id, want := range map[party.PersonID]int{"bj": 1, "bjlead": 1, "office": 1, "audit": 1, "exec": 0} {
			if flags, events := see(id); flags != want || events != want {
				t.Errorf("%s sees %d flags and %d events, want %d", id, flags, events, want)
			}
		}
		v, err := w.app.AgentSigns(ctx, w.who("office"), r.ID)
		w.ok(err)
		i := slices.IndexFunc(v.Signs, func(s guide.AgentSign) bool { return s.ID == "many_cases" })
		if i < 0 || !slices.Equal(v.Signs[i].Cases, []complaint.ID{first.ID}) || v.Cases[first.ID] != first.Number || v.Alive == nil {
			t.Errorf("%+v", v)
		}
		if _, err := w.app.AgentSigns(ctx, w.who("exec"), r.ID); err == nil {
			t.Error("an executive sees the signs")
		}
		w.do("bjlead", r.ID, complaint.ConfirmAgent{})
		w.do("bj", r.ID, complaint.LiftAgent{Why: "本人到场"})
	})
}
