package casefile

import (
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// Side is the right column below the clocks.
type Side struct {
	References []Reference
	Orders     []Order
	FaultKnown bool
	Shares     []ShareLine
	FaultNote  string
	Handling   *Handling // of cases that a regulator transferred
	Redress    []RedressLine
	RedressSum int64
	Decision   *Decision
	Remedies   []Remedy
	Reexams    []Reexam
	Ladder     []Rung
	Climbed    string // the rung where it stands, "" while it never left the complaint procedure
	Exclusions []Exclusion
	Recusals   []Recusal
	Related    []Relation
	Major      *MajorLine
}

// Reference is one arrival with its own duty to answer.
type Reference struct {
	complaint.Reference
	Name   string
	Owed   bool
	Answer string // path of the form; "" when answered or nothing is owed
	Letter string // path of the answer letter's preview
	Merged string // number of the merged case it came from
}

// Order is a reminder, a supervision order or an escalation.
type Order struct {
	Name, Text, By, At, Due string
	Done                    bool
	Needs                   bool // waits for an answer
}

// ShareLine is one bearer's share.
type ShareLine struct {
	Bearer, Name string
	Percent      int
}

// Handling is the cell of the matrix for transferred cases.
type Handling struct {
	Title  string
	Do     []string
	Answer string
}

// RedressLine is one redress.
type RedressLine struct {
	complaint.Redress
	Name string
	Do   string // path of the form that performs it
}

// Decision is the decision with who proposed and who approved it.
type Decision struct {
	Text, By, Approved, On, Unit string
	HeadOffice                   bool
}

// Remedy is one way open to the consumer.
type Remedy struct {
	Name, Unit, Addr, Cite string
	Days                   int
}

// Reexam is one re-examination.
type Reexam struct {
	complaint.Reexamination
	At string // unit that re-examines
	Do string
}

// Rung is one rung of the ladder; all five are listed, entered ones with their history.
type Rung struct {
	Name    string
	Entries []complaint.LadderEntry
	Here    bool
}

// Exclusion is a span that does not count.
type Exclusion struct {
	complaint.Exclusion
	Name string
	Do   string
}

// Recusal is who keeps away.
type Recusal struct{ Name, Why, At string }

// Relation leads to another case.
type Relation struct {
	Label, Number, Link string
}

// MajorLine is a major complaint's duty to report.
type MajorLine struct {
	Ground, Why, Reported, To string
}

func (k talk) side(p app.CasePage) Side {
	c := p.Case
	s := Side{References: k.references(p), Orders: k.orders(p), FaultKnown: c.FaultKnown, FaultNote: c.Faults.Note, RedressSum: c.RedressTotal(), Remedies: k.remedies(p), Related: k.related(p)}
	if c.FaultKnown {
		s.Shares = k.shareLines(p)
		if c.Regulator() {
			h := complaint.HandlingFor(c.Faults)
			s.Handling = &Handling{Title: k.either(h.Title, h.TitleEn), Do: h.Do, Answer: h.Answer}
		}
	}
	for _, r := range c.Redress {
		line := RedressLine{Redress: r, Name: k.label("redress", r.What)}
		if r.PerformedOn.IsZero() {
			line.Do = web.Link(path(c.ID, "/do/perform-redress"), "n", r.N)
		}
		s.Redress = append(s.Redress, line)
	}
	if d := c.Decision; d != nil {
		s.Decision = &Decision{Text: d.Text, By: k.name(p, d.ProposedBy), Approved: k.name(p, d.ApprovedBy), On: d.ApprovedAt.In(zone).Format("2006-01-02 15:04"), Unit: p.Org.Tree.Name(d.Unit), HeadOffice: d.HeadOffice}
	}
	k.ways(p, &s)
	if m := c.Major; m != nil {
		s.Major = &MajorLine{Ground: k.label("major", string(m.Ground)), Why: m.Why, Reported: m.ReportedOn.String(), To: m.ReportedTo}
	}
	return s
}

// ways adds re-examinations, ladder, excluded time and recusals.
func (k talk) ways(p app.CasePage, s *Side) {
	c := p.Case
	for _, r := range c.Reexams {
		line := Reexam{Reexamination: r, At: p.Org.Tree.Name(r.Unit)}
		if !r.Decided {
			line.Do = web.Link(path(c.ID, "/do/decide-reexam"), "n", r.N)
		}
		s.Reexams = append(s.Reexams, line)
	}
	if len(c.Ladder) > 0 {
		for _, rung := range complaint.Rungs {
			line := Rung{Name: k.label("rung", string(rung))}
			for _, e := range c.Ladder {
				if e.Rung == rung {
					line.Entries = append(line.Entries, e)
					line.Here = line.Here || e.EndedOn.IsZero()
					s.Climbed = line.Name
				}
			}
			s.Ladder = append(s.Ladder, line)
		}
	}
	for _, x := range c.Exclusions {
		line := Exclusion{Exclusion: x, Name: k.label("exclusion", string(x.What))}
		if x.To.IsZero() {
			line.Do = web.Link(path(c.ID, "/do/end-exclusion"), "n", x.N)
		}
		s.Exclusions = append(s.Exclusions, line)
	}
	for _, r := range c.Recusals {
		name := p.Org.Tree.Name(r.Unit)
		if r.Person != "" {
			name = k.person(r.Person, p.Org.Name)
		}
		s.Recusals = append(s.Recusals, Recusal{Name: name, Why: r.Reason, At: r.At.In(zone).Format("2006-01-02")})
	}
}

func (k talk) references(p app.CasePage) []Reference {
	var out []Reference
	for _, r := range p.Case.LiveReferences() {
		line := Reference{Reference: r, Name: k.channel(r.Channel), Owed: owed(r)}
		if line.Owed && r.AnsweredOn.IsZero() && p.Case.Open() {
			line.Answer = web.Link(path(p.Case.ID, "/do/answer-reference"), "n", r.N)
			if r.Sender != "" {
				line.Letter = web.Link(path(p.Case.ID, "/letters/preview"), "kind", string(complaint.RegulatorResponse), "ref", r.N)
			}
		}
		for _, a := range p.Case.Absorbed {
			if a.From == r.From {
				line.Merged = a.Number
			}
		}
		out = append(out, line)
	}
	return out
}

func (k talk) orders(p app.CasePage) []Order {
	var out []Order
	for _, r := range p.Case.Reminders {
		out = append(out, Order{Name: k.label("reminder", r.Kind), Text: r.Text, By: k.name(p, r.By), At: r.At.In(zone).Format("2006-01-02 15:04"), Due: r.Due.String(),
			Done: !r.Done.IsZero(), Needs: r.Kind != "remind" && r.Done.IsZero()})
	}
	return out
}

func (k talk) shareLines(p app.CasePage) []ShareLine {
	var out []ShareLine
	for _, s := range p.Case.Faults.Shares {
		name := s.Name
		if s.Unit != "" {
			name = p.Org.Tree.Name(s.Unit)
		}
		if s.Person != "" {
			name = strings.TrimSpace(name + " " + k.person(s.Person, p.Org.Name))
		}
		out = append(out, ShareLine{Bearer: k.label("bearer", string(s.Bearer)), Name: name, Percent: s.Percent})
	}
	return out
}

// shares names the bearers in one line.
func (k talk) shares(list []complaint.Share) string {
	var out []string
	for _, s := range list {
		text := k.label("bearer", string(s.Bearer))
		if s.Bearer != complaint.FaultNone {
			text += " " + itoa(s.Percent) + "%"
		}
		out = append(out, text)
	}
	return strings.Join(out, k.t("case.comma"))
}

func (k talk) remedies(p app.CasePage) []Remedy {
	if p.Case.Decision == nil {
		return nil
	}
	var out []Remedy
	for _, r := range p.Remedies {
		out = append(out, Remedy{Name: k.t("case.remedy." + r.Kind), Unit: r.Unit, Addr: r.Addr, Days: r.Days, Cite: r.Cite.String()})
	}
	return out
}

func (k talk) related(p app.CasePage) []Relation {
	var out []Relation
	c := p.Case
	add := func(label, number string, id complaint.ID) {
		if number == "" {
			number = k.t("case.related.open")
		}
		out = append(out, Relation{Label: label, Number: number, Link: path(id, "")})
	}
	if c.MergedInto != 0 {
		add("case.related.merged", c.MergedNumber, c.MergedInto)
	}
	for _, a := range c.Absorbed {
		if !a.Released {
			add("case.related.absorbed", a.Number, a.From)
		}
	}
	if c.SplitFrom != 0 {
		add("case.related.from", "", c.SplitFrom)
	}
	for _, h := range p.History {
		if e, ok := h.Event.(*complaint.SplitOff); ok {
			add("case.related.split", e.Number, e.Into)
		}
	}
	return out
}
