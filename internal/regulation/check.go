package regulation

import (
	"slices"

	"xiaobao/internal/calendar"
)

// The words that a data file may use.
var (
	instrumentKinds = []string{"law", "regulation", "rule", "notice", "standard", "house"}
	triggers        = []string{FromReceipt, FromSubmission, FromDecisionReceived, FromApplicationReceipt, FromRegulatorReceipt, FromDepartmentReceipt,
		FromAcceptance, FromNotice, FromClosure, FromDefectFound, FromAgentLeft}
	parties   = []string{"", "institution", "regulator", "consumer", "department"}
	approvers = []string{ApproverNone, SuperiorOrExecutive, ComplaintHead, BranchLead, Office, Executive}
	grades    = []string{GradeA, GradeB, GradeC, GradeSetting}
)

// overlap reports whether two spans of days in force share a day; no end means
// still in force.
func overlap(from, until, otherFrom, otherUntil calendar.Date) bool {
	return (otherUntil.IsZero() || from <= otherUntil) && (until.IsZero() || otherFrom <= until)
}

// checkClock looks at what one clock says by itself.
func (a *assembler) checkClock(doc document, d clockDoc) {
	given := 0
	for _, says := range []bool{d.Days > 0, d.Extra > 0, d.Setting != ""} {
		if says {
			given++
		}
	}
	a.need(d.ID != "" && d.Name != "", doc, "a clock needs an id and a name: %q %q", d.ID, d.Name)
	a.need(given == 1, doc, "clock %s needs exactly one of days, extra and days_setting", d.ID)
	a.need(d.Extra == 0 || d.Extends != "", doc, "clock %s adds days to nothing", d.ID)
	a.need(d.Days <= longest && d.Extra <= longest, doc, "clock %s has too many days", d.ID)
	a.need(d.Kind == "natural" || d.Kind == "working", doc, "clock %s: kind %q", d.ID, d.Kind)
	a.need(slices.Contains(triggers, d.From), doc, "clock %s: trigger %q", d.ID, d.From)
	a.need(slices.Contains(parties, d.Party), doc, "clock %s: party %q", d.ID, d.Party)
	a.need(slices.Contains(approvers, d.Approver), doc, "clock %s: approver %q", d.ID, d.Approver)
	a.need(d.Overlays == "" || doc.Region != "", doc, "clock %s overlays another, but its instrument has no region", d.ID)
}

// check looks at the library as a whole.
func (a *assembler) check(docs []document) {
	ids, duties := map[string]bool{}, map[string][]document{}
	for _, doc := range docs {
		a.need(doc.ID != "" && !ids[doc.ID], doc, "instrument id %q is empty or there twice", doc.ID)
		ids[doc.ID] = true
		a.checkInstrument(doc)
		for _, o := range doc.Obligations {
			twice := slices.ContainsFunc(duties[o.ID], func(other document) bool {
				return overlap(other.InForce, other.Until, doc.InForce, doc.Until)
			})
			a.need(o.ID != "" && !twice, doc, "obligation id %q is empty or there twice", o.ID)
			duties[o.ID] = append(duties[o.ID], doc)
		}
	}
	for _, doc := range docs {
		a.need(doc.ReplacedBy == "" || ids[doc.ReplacedBy], doc, "replaced by the unknown instrument %s", doc.ReplacedBy)
		for _, d := range doc.Clocks {
			a.checkLinks(doc, d)
		}
	}
}

func (a *assembler) checkInstrument(doc document) {
	a.need(doc.Title != "" && doc.Short != "" && doc.Issuer != "", doc, "title, short and issuer are needed")
	a.need(slices.Contains(instrumentKinds, doc.Kind), doc, "kind %q", doc.Kind)
	a.need(doc.Until.IsZero() || doc.Until >= doc.InForce, doc, "in force from %s until %s", doc.InForce, doc.Until)
	a.need(doc.ReplacedBy == "" || !doc.Until.IsZero(), doc, "replaced, but has no last day in force")
	a.need(doc.Kind == "house" || !doc.InForce.IsZero(), doc, "has no first day in force")
	a.need(slices.Contains(grades, doc.Grade), doc, "grade %q", doc.Grade)
	for _, art := range doc.Articles {
		a.need(art.Number != "" && art.Text != "", doc, "article %q needs a number and a summary", art.Number)
		a.need(art.Grade == "" || slices.Contains(grades, art.Grade), doc, "article %s: grade %q", art.Number, art.Grade)
	}
}

// checkLinks looks at what a clock points to, and that nothing of grade C
// counts days.
func (a *assembler) checkLinks(doc document, d clockDoc) {
	c := a.versionAt(d.ID, doc.InForce)
	a.need(slices.Contains(grades, c.Grade) && c.Grade != GradeC, doc, "clock %s: grade %q counts no days", d.ID, c.Grade)
	a.need(c.Days > 0, doc, "clock %s has no days", d.ID)
	if d.Overlays != "" {
		a.need(len(a.lib.clocks[d.Overlays]) > 0, doc, "clock %s overlays the unknown %s", d.ID, d.Overlays)
	}
	if d.Extends == "" {
		return
	}
	base := a.versionAt(d.Extends, doc.InForce)
	a.need(base.ID != "", doc, "clock %s extends the unknown %s", d.ID, d.Extends)
	a.need(base.Days < c.Days && base.Working == c.Working && base.From == c.From && base.Regime == c.Regime, doc,
		"clock %s does not lengthen %s", d.ID, d.Extends)
}
