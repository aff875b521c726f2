package casefile

import (
	"strconv"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

func onlyWhy(f *form) { f.mustArea("why", "low") }

func contactFields(f *form) {
	f.radio("channel", options(f.talk, "contact", complaint.ContactChannels))
	f.start("outbound", "yes")
	f.start("reached", "yes")
	f.check("outbound")
	f.check("reached")
	f.add("field", f.input("at", "datetime-local"))
	f.mustArea("summary", "")
	f.line("reply_next")
}

func factFields(f *form) {
	f.day("on", f.p.Today)
	f.mustArea("text", "")
	f.check("restart")
}

// step is the step that the form is about: asked for in the address from 1, else the current one.
func (f *form) step() int {
	if n, err := strconv.Atoi(f.values.Get("step")); err == nil && n >= 0 && n < complaint.StepCount {
		return n
	}
	if f.n > 0 && f.n <= complaint.StepCount {
		return f.n - 1
	}
	return min(int(f.p.Case.Current()), complaint.StepCount-1)
}

func stepFields(f *form) {
	at := f.step()
	guide := complaint.Guides()[at]
	f.hidden("step", strconv.Itoa(at))
	f.note(f.t("case.step.of", "Number", strconv.Itoa(at+1), "Name", f.either(guide.Name, guide.NameEn)) + " " + f.either(guide.Aim, guide.AimEn))
	var lines []web.Option
	for _, c := range guide.Checks {
		text := f.either(c.Text, c.TextEn)
		if !c.Required {
			text += f.t("case.step.may")
		}
		lines = append(lines, web.Option{Value: c.ID, Text: text})
	}
	f.boxes("checked", lines)
	f.area("note")
	f.check("skip")
}

// point offers the allegation that the form is about.
func (f *form) point() (complaint.Allegation, bool) {
	var offered []web.Option
	var at complaint.Allegation
	for _, a := range f.p.Case.Live() {
		offered = append(offered, web.Option{Value: strconv.Itoa(a.N), Text: strconv.Itoa(a.N) + ". " + clip(a.Text, 60)})
		if a.N == f.n {
			at = a
		}
	}
	f.start("n", strconv.Itoa(f.n))
	f.pick("n", true, offered)
	return at, at.N > 0
}

func findFields(f *form) {
	a, ok := f.point()
	if ok && a.Finding != nil {
		f.start("finding.outcome", string(a.Finding.Outcome))
		f.start("finding.evidence", a.Finding.Evidence)
		f.start("finding.basis", a.Finding.Basis)
		f.start("finding.explanation", a.Finding.Explanation)
	}
	f.radio("finding.outcome", options(f.talk, "outcome", complaint.Outcomes))
	f.mustArea("finding.evidence", "")
	f.mustArea("finding.basis", "low")
	f.mustArea("finding.explanation", "")
}

func changePointFields(f *form) {
	if a, ok := f.point(); ok && !strings.Contains(a.Text, "**") { // a masked number must not be saved as the text
		f.start("text", a.Text)
	}
	f.area("text")
	f.line("why")
}

func faultFields(f *form) {
	known := f.p.Case.Faults
	for name, on := range map[string]bool{"finding.evidence": known.Evidence, "finding.team": known.Team, "finding.company": known.Company} {
		if on {
			f.start(name, "yes")
		}
	}
	f.check("finding.evidence")
	f.check("finding.team")
	f.check("finding.company")
	for i, s := range known.Shares {
		at := "finding.shares[" + strconv.Itoa(i) + "]."
		f.start(at+"bearer", string(s.Bearer))
		f.start(at+"unit", string(s.Unit))
		f.start(at+"person", string(s.Person))
		f.start(at+"name", s.Name)
		f.start(at+"percent", strconv.Itoa(s.Percent))
	}
	bearers, units, people := withNone(options(f.talk, "bearer", complaint.Bearers)), withNone(f.units()), withNone(f.people(false))
	f.rows("finding.shares", len(known.Shares), func(row string, add func(Field)) {
		add(Field{As: "field", Input: f.input(row+"bearer", "select").Of(bearers)})
		add(Field{As: "field", Input: f.input(row+"percent", "number")})
		add(Field{As: "field", Input: f.input(row+"unit", "select").Of(units)})
		add(Field{As: "field", Input: f.input(row+"person", "select").Of(people)})
		add(Field{As: "field", Input: f.input(row+"name", "text")})
	})
	f.start("finding.note", known.Note)
	f.area("finding.note")
}

func withNone(list []web.Option) []web.Option { return append([]web.Option{{Text: "—"}}, list...) }

func amendFields(f *form) {
	c, book := f.p.Case, complaint.Book()
	f.start("codes.product", c.Codes.Product)
	f.start("codes.reason", c.Codes.Reason)
	f.start("codes.rights", c.Codes.Rights...)
	f.start("codes.life_cycle", c.Codes.LifeCycle)
	f.start("codes.business_channel", c.Codes.Business)
	f.start("amount", web.Yuan(c.Amount))
	f.start("vulnerable", c.Vulnerable...)
	f.ownTree()
	f.pick("codes.product", false, f.codes(book.Products))
	f.pick("codes.reason", false, f.codes(book.Reasons))
	f.pick("codes.life_cycle", false, f.codes(book.LifeCycle))
	f.pick("codes.business_channel", false, f.codes(book.Business))
	f.boxes("codes.rights", f.codes(book.Rights))
	f.add("field", f.input("amount", "money"))
	f.boxes("vulnerable", options(f.talk, "vulnerability", complaint.Vulnerabilities))
	f.area("demand")
	f.note(f.t("case.amend.people"))
	for _, name := range []string{"name", "phone", "id_number", "policy", "email", "address", "head_name"} {
		if name != "head_name" || c.Complainant.Entity {
			f.line("complainant." + name)
		}
	}
	f.pick("representative.kind", false, options(f.talk, "representative", complaint.RepresentativeKinds))
	for _, name := range []string{"name", "phone", "proof"} {
		in := f.input("representative."+name, "text")
		in.Label = "case.f.representative_" + name
		f.add("field", in)
	}
	f.line("why")
}

func reclassifyFields(f *form) {
	f.radio("nature", options(f.talk, "nature", complaint.Natures))
	f.mustArea("why", "low")
}

func refuseFields(f *form) {
	f.radio("reason", options(f.talk, "refusal", complaint.RefusalReasons))
	f.mustArea("text", "")
}

func decisionFields(f *form) {
	for _, a := range f.p.Case.Live() {
		if a.Finding == nil {
			f.note(f.t("case.decision.unfound", "Number", strconv.Itoa(a.N)))
		}
	}
	f.mustArea("text", "tall")
}

// clip shortens a text for one line.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
