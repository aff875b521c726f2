package api

import (
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// CaseView is one complaint as a page shows it; personal data is masked.
type CaseView struct {
	ID           complaint.ID     `json:"id"`
	Number       string           `json:"number"`
	Version      int64            `json:"version"`
	Nature       complaint.Nature `json:"nature"`
	State        complaint.State  `json:"state"`
	Ending       complaint.Ending `json:"ending,omitempty"`
	ReceivedOn   calendar.Date    `json:"received_on"`
	RegisteredAt time.Time        `json:"registered_at"`
	RegisteredBy string           `json:"registered_by" doc:"Actor: person/…, consumer or system"`
	ClosedOn     calendar.Date    `json:"closed_on,omitzero"`
	ArchivedAt   time.Time        `json:"archived_at,omitzero" doc:"Since when its record lies packed in the archive (归档)"`
	Region       string           `json:"region,omitempty"`

	Unit       UnitRef        `json:"unit" doc:"Handling unit"`
	Owner      PersonRef      `json:"owner" doc:"Responsible now"`
	FirstOwner PersonRef      `json:"first_owner" doc:"First contact (首问)"`
	Offer      *OfferView     `json:"offer,omitempty"`
	HandedOver []HandoverView `json:"handed_over,omitempty"`

	Next      *NextView      `json:"next,omitempty" doc:"What comes next"`
	Deadlines []DeadlineView `json:"deadlines" doc:"Live ones first, by due date"`
	Checks    []CheckView    `json:"checks" doc:"What must hold before closing"`
	May       []string       `json:"may" doc:"Permissions that the holder of the token has on this case"`

	Complainant    complaint.Complainant     `json:"complainant" doc:"Masked"`
	Representative *complaint.Representative `json:"representative,omitempty" doc:"Masked"`
	Joint          *complaint.Joint          `json:"joint,omitempty" doc:"Masked"`
	Respondents    []complaint.Respondent    `json:"respondents,omitempty"`
	Recusals       []RecusalView             `json:"recusals,omitempty"`
	Vulnerable     []string                  `json:"vulnerable,omitempty"`

	Codes      complaint.Codes       `json:"codes"`
	Codings    []coding.Coding       `json:"codings" doc:"The case in every scheme that applies, with the line that decided"`
	Amount     int64                 `json:"amount,omitempty" doc:"In dispute, fen"`
	Narrative  string                `json:"narrative" doc:"Long numbers masked"`
	Demand     string                `json:"demand,omitempty"`
	Requests   []string              `json:"requests,omitempty"`
	References []complaint.Reference `json:"references" doc:"Every arrival with its own sender, number and clock (来文)"`
	Points     []PointView           `json:"points"`
	Contacts   []ContactView         `json:"contacts,omitempty"`
	Files      []FileView            `json:"files,omitempty"`
	Notes      []NoteView            `json:"notes,omitempty"`
	Steps      []StepView            `json:"steps" doc:"The seven steps in order"`

	RestartOn  calendar.Date   `json:"restart_on,omitzero" doc:"Receipt of the last new facts, or reopening"`
	AgreedDue  calendar.Date   `json:"agreed_due,omitzero"`
	AgreedOn   calendar.Date   `json:"agreed_on,omitzero"`
	Exclusions []ExclusionView `json:"exclusions,omitempty"`
	Reminders  []ReminderView  `json:"reminders,omitempty"`
	Approvals  []ApprovalView  `json:"approvals,omitempty"`

	Fault      *complaint.FaultFinding `json:"fault,omitempty"`
	Redress    []complaint.Redress     `json:"redress,omitempty"`
	Decision   *complaint.Decision     `json:"decision,omitempty"`
	Letters    []LetterView            `json:"letters,omitempty"`
	Notices    []NoticeView            `json:"notices,omitempty"`
	Ladder     []RungView              `json:"ladder,omitempty"`
	Reexams    []ReexamView            `json:"reexaminations,omitempty"`
	FollowUps  []FollowUpView          `json:"follow_ups,omitempty"`
	Withdrawal *complaint.Withdrawal   `json:"withdrawal,omitempty"`
	Refusal    *complaint.Refusal      `json:"refusal,omitempty"`
	OtherReply *OtherReplyView         `json:"other_reply,omitempty"`
	Remedies   []RemedyView            `json:"remedies,omitempty"`

	MergedInto   complaint.ID   `json:"merged_into,omitempty"`
	MergedNumber string         `json:"merged_number,omitempty"`
	Absorbed     []AbsorbedView `json:"absorbed,omitempty"`
	SplitFrom    complaint.ID   `json:"split_from,omitempty"`
	SplitInto    []complaint.ID `json:"split_into,omitempty"`
	Reopened     int            `json:"reopened,omitempty"`
	LastContact  time.Time      `json:"last_contact,omitzero"`
	Untold       []UntoldView   `json:"untold,omitempty"`
	Major        *MajorView     `json:"major,omitempty"`
}

// NextView says what comes next.
type NextView struct {
	Verb string `json:"verb" doc:"Verb of /complaints/{id}/{verb}"`
	Why  string `json:"why" doc:"Reason, in Chinese"`
}

// caseView writes a page of a case. p.Case is masked already.
func caseView(p app.CasePage, trace bool) CaseView {
	c := p.Case
	v := CaseView{ID: c.ID, Number: c.Number, Version: c.Version, Nature: c.Nature, State: c.State, Ending: c.Ending, ReceivedOn: c.ReceivedOn, RegisteredAt: c.RegisteredAt,
		RegisteredBy: c.RegisteredBy, ClosedOn: c.ClosedOn, ArchivedAt: p.ArchivedAt, Region: c.Region, Unit: unitRef(p.Org, c.Unit), Owner: personRef(p.Org, c.Owner), FirstOwner: personRef(p.Org, c.FirstOwner),
		Offer: (*OfferView)(c.Offer), HandedOver: each(c.HandedOver, func(x complaint.Handover) HandoverView { return HandoverView(x) }),
		Deadlines: deadlineViews(p.Deadlines, p.Today), Checks: each(p.Checks, func(x complaint.Check) CheckView { return CheckView(x) }), May: may(p),
		Complainant: c.Complainant, Representative: c.Representative, Joint: c.Joint, Respondents: c.Respondents, Vulnerable: c.Vulnerable,
		Recusals: each(c.Recusals, func(x complaint.Recusal) RecusalView { return RecusalView(x) }),
		Codings:  p.Codings,
		Codes:    c.Codes, Amount: c.Amount, Narrative: c.Narrative, Demand: c.Demand, Requests: c.Requests, References: c.References,
		RestartOn: c.RestartOn, AgreedDue: c.AgreedDue, AgreedOn: c.AgreedOn, MergedInto: c.MergedInto, MergedNumber: c.MergedNumber, SplitFrom: c.SplitFrom, SplitInto: c.SplitInto,
		Reopened: c.Reopened, LastContact: c.LastContact}
	if p.Mend != "" {
		v.Next = &NextView{Verb: p.Mend, Why: p.Why}
	}
	for i := range v.Deadlines {
		if trace {
			v.Deadlines[i].Trace = p.Trace(i)
		}
	}
	v.work(c)
	v.outcome(c, p.Remedies)
	return v
}

func may(p app.CasePage) []string {
	out := []string{}
	for _, do := range access.Actions() {
		if d, ok := p.May[do]; ok && d.Allow {
			out = append(out, string(do))
		}
	}
	return out
}

// work adds what was done on the case.
func (v *CaseView) work(c complaint.Case) {
	v.Points = each(c.Points, func(x complaint.Allegation) PointView { return PointView(x) })
	v.Contacts = each(c.Contacts, func(x complaint.Contact) ContactView { return ContactView(x) })
	v.Files = each(c.Files, func(x complaint.File) FileView { return FileView(x) })
	v.Notes = each(c.Notes, func(x complaint.Note) NoteView { return NoteView(x) })
	v.Steps = each(c.Steps[:], func(x complaint.StepRecord) StepView { return StepView(x) })
	v.Exclusions = each(c.Exclusions, func(x complaint.Exclusion) ExclusionView { return ExclusionView(x) })
	v.Reminders = each(c.Reminders, func(x complaint.Reminder) ReminderView { return ReminderView(x) })
	v.Approvals = each(c.Approvals, func(x complaint.Approval) ApprovalView { return ApprovalView(x) })
	v.Absorbed = each(c.Absorbed, func(x complaint.Absorbed) AbsorbedView { return AbsorbedView(x) })
	v.Untold = each(c.Untold, func(x complaint.Untold) UntoldView { return UntoldView(x) })
	v.Major = (*MajorView)(c.Major)
}

// outcome adds what was decided and told.
func (v *CaseView) outcome(c complaint.Case, remedies []complaint.Remedy) {
	if c.FaultKnown {
		v.Fault = &c.Faults
	}
	v.Redress, v.Decision, v.Withdrawal, v.Refusal, v.OtherReply = c.Redress, c.Decision, c.Withdrawal, c.Refusal, (*OtherReplyView)(c.OtherReply)
	v.Letters = each(c.Letters, func(x complaint.Letter) LetterView { return LetterView(x) })
	v.Notices = each(c.Notices, func(x complaint.Notice) NoticeView { return NoticeView(x) })
	v.Ladder = each(c.Ladder, func(x complaint.LadderEntry) RungView { return RungView(x) })
	v.Reexams = each(c.Reexams, func(x complaint.Reexamination) ReexamView { return ReexamView(x) })
	v.FollowUps = each(c.FollowUps, func(x complaint.FollowUp) FollowUpView { return FollowUpView(x) })
	if c.Decision != nil {
		v.Remedies = each(remedies, func(x complaint.Remedy) RemedyView {
			return RemedyView{Kind: x.Kind, Unit: x.Unit, Address: x.Addr, Days: x.Days, Citation: citationView(x.Cite)}
		})
	}
}

// pageOf is the page of a case that a command has just changed. Who may not read
// it any more (a recusal, a transfer) gets its head only.
func (s *rest) pageOf(who party.Actor, c complaint.Case, org *app.Org) app.CasePage {
	rules, cal := s.Rules(c.ReceivedOn), s.Calendar()
	p := app.CasePage{Org: org, Rules: rules, Calendar: cal, Today: s.Today(), May: map[access.Action]access.Decision{}}
	if !access.Can(who, access.ReadComplaint, c.Target()).Allow {
		p.Case = complaint.Case{ID: c.ID, Number: c.Number, Version: c.Version, Nature: c.Nature, State: c.State, ReceivedOn: c.ReceivedOn, RegisteredAt: c.RegisteredAt, Unit: c.Unit, Owner: c.Owner}
		return p
	}
	p.Case, p.Deadlines, p.Checks = c.Masked(), c.Deadlines(rules, cal), c.Checks()
	p.Mend, p.Why = c.NextStep()
	p.Remedies = c.Remedies(complaint.Env{By: who, At: s.Now(), Rules: rules, Cal: cal, Tree: org.Tree, People: org.Person})
	for _, do := range access.Actions() {
		p.May[do] = access.Can(who, do, c.Target())
	}
	return p
}
