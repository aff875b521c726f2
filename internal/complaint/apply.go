package complaint

import (
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// add appends without touching a backing array that another Case may share.
func add[T any](list []T, v T) []T { return append(slices.Clip(list), v) }

// edit changes a copy of the element for which is says true.
func edit[T any](list []T, is func(T) bool, change func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		if is(list[i]) {
			change(&list[i])
		}
	}
	return list
}

func (e *Registered) apply(c *Case, m Meta) {
	c.ID, c.Number, c.Nature, c.ReceivedOn = e.ID, e.Number, e.Nature, e.ReceivedOn
	c.RegisteredAt, c.RegisteredBy = m.At, m.By
	c.State = New
	c.Unit, c.Path, c.Region = e.Unit, e.Path, e.Region
	c.FirstOwner, c.Owner = e.FirstOwner, e.FirstOwner
	c.Complainant, c.Representative, c.Joint = e.Complainant, e.Representative, e.Joint
	c.Respondents, c.Vulnerable = e.Respondents, e.Vulnerable
	c.Codes, c.Amount, c.Requests = e.Codes, e.Amount, e.Requests
	c.Narrative, c.Demand = e.Narrative, e.Demand
	c.References = []Reference{e.Reference}
	for _, r := range e.Recusals {
		r.At = m.At
		c.Recusals = add(c.Recusals, r)
	}
	for i, text := range e.Points {
		c.Points = add(c.Points, Allegation{N: i + 1, Text: text})
	}
	c.SplitFrom, c.ImportKey = e.SplitFrom, e.ImportKey
	if e.Major != "" {
		c.Major = &Major{Ground: e.Major, On: e.ReceivedOn, By: m.By}
	}
	if e.InPerson {
		c.LastContact = m.At
		c.Contacts = add(c.Contacts, Contact{N: 1, At: e.ReceivedOn.Time(), By: m.By, Channel: string(e.Reference.Channel), Reached: true})
	}
}

func (e *Amended) apply(c *Case, _ Meta) {
	if e.Codes != nil {
		c.recode(*e.Codes)
	}
	if e.Amount != nil {
		c.Amount = *e.Amount
	}
	if e.Complainant != nil {
		c.Complainant = *e.Complainant
	}
	if e.Representative != nil {
		c.Representative = e.Representative
	}
	if e.SetVulnerable {
		c.Vulnerable = e.Vulnerable
	}
	if e.Demand != nil {
		c.Demand = *e.Demand
	}
}

func (e *Reclassified) apply(c *Case, _ Meta) { c.Nature = e.Nature }

func (e *ReferenceAdded) apply(c *Case, _ Meta) { c.References = add(c.References, e.Reference) }

func (e *ReferenceAnswered) apply(c *Case, _ Meta) {
	c.References = edit(c.References, func(r Reference) bool { return r.N == e.N }, func(r *Reference) {
		r.AnsweredOn, r.Proof = e.On, e.Proof
	})
}

func (e *PointAdded) apply(c *Case, _ Meta) {
	c.Points = add(c.Points, Allegation{N: e.N, Text: e.Text})
}

func (e *PointChanged) apply(c *Case, _ Meta) {
	c.Points = edit(c.Points, func(a Allegation) bool { return a.N == e.N }, func(a *Allegation) { a.Text, a.Finding = e.Text, nil })
}

func (e *PointDropped) apply(c *Case, _ Meta) {
	c.Points = edit(c.Points, func(a Allegation) bool { return a.N == e.N }, func(a *Allegation) { a.Dropped = true })
}

func (e *Contacted) apply(c *Case, m Meta) {
	c.Contacts = add(c.Contacts, Contact{N: len(c.Contacts) + 1, At: e.On, By: m.By, Channel: e.Channel, Outbound: e.Outbound, Reached: e.Reached, Summary: e.Summary, ReplyNext: e.ReplyNext})
	if e.On.After(c.LastContact) {
		c.LastContact = e.On
	}
}

func (e *FactsAdded) apply(c *Case, m Meta) {
	if e.Restart {
		c.restart(e.On)
	}
	c.Contacts = add(c.Contacts, Contact{N: len(c.Contacts) + 1, At: e.On.Time(), By: m.By, Channel: "material", Reached: true, Summary: e.Text, NewFacts: e.Restart})
}

func (e *Offered) apply(c *Case, m Meta) {
	c.Offer = &Offer{Unit: e.Unit, Path: e.Path, Person: e.Person, By: m.By, At: m.At, Reason: e.Why}
}

func (e *Accepted) apply(c *Case, m Meta) {
	c.HandedOver = add(c.HandedOver, Handover{From: c.Owner, To: e.Person, Unit: e.Unit, At: m.At})
	c.Owner, c.Unit, c.Path, c.Offer = e.Person, e.Unit, e.Path, nil
	if c.State == New {
		c.State = Handling
	}
}

func (e *Declined) apply(c *Case, _ Meta) { c.Offer = nil }

func (e *Reminded) apply(c *Case, m Meta) {
	c.Reminders = add(c.Reminders, Reminder{Kind: e.How, At: m.At, By: m.By, To: e.To, Due: e.Due, Text: e.Text})
}

func (e *SupervisionAnswered) apply(c *Case, m Meta) {
	c.Reminders = edit(c.Reminders, func(r Reminder) bool { return r.Done.IsZero() && r.Kind != "remind" }, func(r *Reminder) { r.Done = m.At })
	c.Notes = add(c.Notes, Note{At: m.At, By: m.By, Text: e.Text})
}

func (e *StepDone) apply(c *Case, m Meta) {
	c.Steps[e.Step] = StepRecord{Done: true, Skipped: e.Skipped, At: m.At, By: m.By, Checked: e.Checked, Note: e.Note}
	if c.State == New && c.Offer == nil {
		c.State = Handling
	}
}

// restart lets every limit run anew from a day, in its first step.
func (c *Case) restart(on calendar.Date) {
	c.RestartOn = max(c.RestartOn, on)
	c.References = edit(c.References, func(r Reference) bool { return !r.Released && on > r.start() }, func(r *Reference) { r.Start, r.Stage = on, "" })
}

func (c *Case) reach(references []int, clock string) {
	c.References = edit(c.References, func(r Reference) bool { return slices.Contains(references, r.N) }, func(r *Reference) { r.Stage = clock })
}

func (e *StageReached) apply(c *Case, m Meta) {
	c.reach(e.References, e.Clock)
	c.ExtendedWhy = e.Why
	if e.Tell {
		c.mustTell(ExtensionLetter, calendar.FromTime(m.At))
	}
}

func (e *ExclusionStarted) apply(c *Case, m Meta) {
	c.Exclusions = add(c.Exclusions, Exclusion{N: e.N, What: e.What, Body: e.Body, From: e.From, ExpectedTo: e.ExpectedTo, Rung: e.Rung, Why: e.Why})
	c.mustTell(ExclusionLetter, calendar.FromTime(m.At))
}

func (e *ExclusionEnded) apply(c *Case, _ Meta) {
	c.Exclusions = edit(c.Exclusions, func(x Exclusion) bool { return x.N == e.N }, func(x *Exclusion) { x.To, x.Result = e.To, e.Result })
}

func (e *Agreed) apply(c *Case, m Meta) { c.AgreedDue, c.AgreedOn = e.Due, calendar.FromTime(m.At) }

func (e *Found) apply(c *Case, _ Meta) {
	finding := e.Finding
	c.Points = edit(c.Points, func(a Allegation) bool { return a.N == e.N }, func(a *Allegation) { a.Finding = &finding })
}

func (e *FaultFound) apply(c *Case, _ Meta) { c.Faults = e.Finding; c.FaultKnown = true }

func (e *FileAttached) apply(c *Case, m Meta) {
	c.Files = add(c.Files, File{N: e.N, Name: e.Name, Type: e.Type, Size: e.Size, Digest: e.Digest, At: m.At, By: m.By, Public: e.Public})
}

func (e *Noted) apply(c *Case, m Meta) {
	c.Notes = add(c.Notes, Note{At: m.At, By: m.By, Text: e.Text})
}

func (e *RecusalAdded) apply(c *Case, m Meta) {
	c.Recusals = add(c.Recusals, Recusal{Unit: e.Unit, Person: e.Person, Reason: e.Why, At: m.At})
	if o := c.Offer; o != nil && (e.Person != "" && o.Person == e.Person || e.Unit != "" && slices.Contains(o.Path, e.Unit)) {
		c.Offer = nil // who must keep away cannot accept
	}
}

func (e *MajorMarked) apply(c *Case, m Meta) {
	c.Major = &Major{Ground: e.Ground, Why: e.Why, On: calendar.FromTime(m.At), By: m.By}
}

func (e *MajorReported) apply(c *Case, _ Meta) {
	if c.Major == nil {
		return
	}
	major := *c.Major
	major.ReportedOn, major.ReportedTo, major.Proof = e.On, e.To, e.Proof
	c.Major = &major
}

func (e *SplitOff) apply(c *Case, _ Meta) { c.SplitInto = add(c.SplitInto, e.Into) }

func (e *MergedAway) apply(c *Case, _ Meta) {
	c.StateBefore, c.State = c.State, Merged
	c.MergedInto, c.MergedNumber = e.Into, e.Number
}

func (e *Unmerged) apply(c *Case, _ Meta) {
	c.State, c.MergedInto, c.MergedNumber = c.StateBefore, 0, ""
}

func (e *TookIn) apply(c *Case, _ Meta) {
	c.Absorbed = add(c.Absorbed, Absorbed{From: e.From, Number: e.Number})
	for _, r := range e.References {
		c.References = add(c.References, r)
	}
}

func (e *LetGo) apply(c *Case, _ Meta) {
	c.Absorbed = edit(c.Absorbed, func(a Absorbed) bool { return a.From == e.From }, func(a *Absorbed) { a.Released = true })
	c.References = edit(c.References, func(r Reference) bool { return r.From == e.From }, func(r *Reference) { r.Released = true })
}

func (c *Case) closeOn(on calendar.Date, m Meta) { c.State, c.ClosedOn, c.ClosedAt = Closed, on, m.At }

// owned keeps the path beside the unit when a case moves without an offer.
func (c *Case) owned(unit party.UnitID, path []party.UnitID) { c.Unit, c.Path = unit, path }
