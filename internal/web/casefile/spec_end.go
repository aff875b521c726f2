package casefile

import (
	"strconv"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

func extendFields(f *form) {
	var regimes []web.Option
	for _, g := range f.p.Case.Regimes(f.p.Rules) {
		text := f.t("case.regime." + g)
		if next, ok := f.p.Case.NextStage(f.p.Rules, g); ok {
			text += f.t("case.regime.next", "Count", next.Days)
			if next.Approver != "" {
				text += f.t("case.regime.approver", "Name", f.t("case.approver."+next.Approver))
			}
		}
		regimes = append(regimes, web.Option{Value: g, Text: text})
	}
	f.radio("regime", regimes)
	f.mustArea("why", "")
}

func exclusionFields(f *form) {
	f.radio("what", options(f.talk, "exclusion", complaint.ExclusionKinds))
	f.day("from", f.p.Today)
	f.day("expected_to", 0)
	f.mustLine("body")
	f.check("consent")
	f.line("number")
	f.area("why")
}

func endExclusionFields(f *form) {
	var open []web.Option
	for _, x := range f.p.Case.Exclusions {
		if x.To.IsZero() {
			open = append(open, numbered(x.N, f.label("exclusion", string(x.What))+" "+x.Body))
		}
	}
	f.start("n", strconv.Itoa(f.n))
	f.pick("n", true, open)
	f.day("to", f.p.Today)
	f.mustArea("result", "low")
	f.check("settled")
	f.check("enforceable")
}

func numbered(n int, text string) web.Option {
	return web.Option{Value: strconv.Itoa(n), Text: strconv.Itoa(n) + ". " + clip(text, 60)}
}

func redressFields(f *form) {
	kinds := withNone(options(f.talk, "redress", complaint.RedressKinds))
	f.rows("items", 0, func(row string, add func(Field)) {
		add(Field{As: "field", Input: f.input(row+"what", "select").Of(kinds)})
		add(Field{As: "field", Input: f.input(row+"amount", "money")})
		add(Field{As: "field", Input: f.input(row+"text", "text")})
	})
	f.mustArea("why", "low")
	f.area("deviation")
}

func performFields(f *form) {
	var open []web.Option
	for _, r := range f.p.Case.Redress {
		if r.PerformedOn.IsZero() {
			open = append(open, numbered(r.N, f.label("redress", r.What)+" "+web.Money(r.Amount)+" "+r.Text))
		}
	}
	f.start("n", strconv.Itoa(f.n))
	f.pick("n", true, open)
	f.day("on", f.p.Today)
	f.mustLine("proof")
}

// pending offers the requests that wait.
func (f *form) pending() {
	var open []web.Option
	for _, a := range f.p.Case.Approvals {
		if a.State == complaint.Asked {
			open = append(open, numbered(a.N, f.label("approval", string(a.Kind))+" "+a.Why))
		}
	}
	f.start("n", strconv.Itoa(f.n))
	f.pick("n", true, open)
}

func approveFields(f *form) { f.pending(); f.area("note") }

func returnFields(f *form) { f.pending(); f.mustArea("why", "low") }

func noticeFields(f *form) {
	var letters []web.Option
	for _, l := range f.p.Case.Letters {
		if l.What != complaint.RegulatorResponse {
			letters = append(letters, numbered(l.N, f.label("letter", string(l.What))+" "+l.At.In(zone).Format("01-02 15:04")))
		}
	}
	if len(letters) == 0 {
		f.note(f.t("case.notice.first"))
	}
	f.start("letter", strconv.Itoa(f.n))
	f.pick("letter", true, letters)
	f.radio("mode", options(f.talk, "notice_mode", complaint.NoticeModes))
	f.day("on", f.p.Today)
	f.mustLine("proof")
	f.add("field", f.input("attempts", "number"))
}

func answerFields(f *form) {
	var owing, letters []web.Option
	for _, r := range f.p.Case.LiveReferences() {
		if owed(r) && r.AnsweredOn.IsZero() {
			owing = append(owing, numbered(r.N, r.Sender+" "+r.Number))
		}
	}
	for _, l := range f.p.Case.Letters {
		if l.What == complaint.RegulatorResponse {
			letters = append(letters, numbered(l.N, l.Title))
		}
	}
	f.start("n", strconv.Itoa(f.n))
	f.pick("n", true, owing)
	f.day("on", f.p.Today)
	f.pick("letter", false, letters)
	f.mustLine("proof")
}

func followUpFields(f *form) {
	f.day("on", f.p.Today)
	f.start("reached", "yes")
	f.check("reached")
	var marks []web.Option
	for n := 1; n <= 5; n++ {
		marks = append(marks, web.Option{Value: strconv.Itoa(n), Label: "case.satisfaction." + strconv.Itoa(n)})
	}
	f.add("choices", f.input("satisfaction", "radio").Of(marks))
	f.area("comment")
}

func ladderFields(f *form) {
	f.radio("rung", options(f.talk, "rung", complaint.Rungs))
	f.day("on", f.p.Today)
	f.line("body")
	f.line("number")
	f.area("why")
}

func endLadderFields(f *form) {
	var open []web.Option
	for _, l := range f.p.Case.Ladder {
		if l.EndedOn.IsZero() {
			open = append(open, numbered(l.N, f.label("rung", string(l.Rung))+" "+l.Body))
		}
	}
	f.start("n", strconv.Itoa(f.n))
	f.pick("n", true, open)
	f.day("on", f.p.Today)
	f.mustArea("result", "low")
	f.check("settled")
	f.check("enforceable")
}

func reexamFields(f *form) {
	f.day("on", f.p.Today)
	f.mustArea("grounds", "")
	f.line("late")
}

func decideReexamFields(f *form) {
	f.hidden("n", strconv.Itoa(f.n))
	f.mustArea("process", "low")
	f.mustArea("in_time", "low")
	f.mustArea("decision", "")
	f.check("changed")
}

func withdrawFields(f *form) {
	f.day("on", f.p.Today)
	f.radio("how", options(f.talk, "withdrawal", complaint.WithdrawalModes))
	f.area("why")
}

func assignFields(f *form) {
	f.pick("person", false, f.people(true))
	f.pick("unit", false, f.units())
	f.area("why")
}

func remindFields(f *form) {
	f.radio("how", options(f.talk, "reminder", complaint.ReminderKinds))
	f.mayDay("due")
	f.mustArea("text", "low")
}

func recuseFields(f *form) {
	f.pick("person", false, f.people(false))
	f.pick("unit", false, f.units())
	f.mustArea("why", "low")
}

func majorFields(f *form) {
	f.radio("ground", options(f.talk, "major", complaint.MajorGrounds))
	f.mustArea("why", "low")
}

func reportMajorFields(f *form) {
	f.day("on", f.p.Today)
	f.mustLine("to")
	f.mustLine("proof")
}

func referenceFields(f *form) {
	f.pick("channel", true, f.channels())
	f.line("sender")
	f.line("number")
	f.day("received_on", f.p.Today)
	f.mayDay("own_due")
}

func mergeFields(f *form) {
	f.mustLine("into")
	f.mustArea("why", "low")
}

func unmergeFields(f *form) {
	var held []web.Option
	for _, a := range f.p.Case.Absorbed {
		if !a.Released {
			held = append(held, web.Option{Value: a.From.String(), Text: a.Number})
		}
	}
	if f.p.Case.MergedInto != 0 {
		f.hidden("from", "")
	} else {
		f.pick("from", true, held)
	}
	f.mustArea("why", "low")
}

func splitFields(f *form) {
	f.start("nature", string(complaint.Consultation))
	f.radio("nature", options(f.talk, "nature", complaint.Natures))
	f.mustArea("text", "")
	f.mustArea("why", "low")
}

// mark names a person on the page.
func (k talk) person(p party.PersonID, name func(string) string) string {
	if p == "" {
		return ""
	}
	return name("person/" + string(p))
}
