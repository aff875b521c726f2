package api

import (
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
)

// UnitRef is a unit with its name.
type UnitRef struct {
	ID   party.UnitID `json:"id"`
	Name string       `json:"name,omitempty"`
}

// PersonRef is a member of staff with the name.
type PersonRef struct {
	ID   party.PersonID `json:"id"`
	Name string         `json:"name,omitempty"`
}

// CitationView is the article that a rule rests on.
type CitationView struct {
	Text       string `json:"text" doc:"As a letter prints it: 《…》第十八条"`
	Instrument string `json:"instrument,omitempty"`
	Article    string `json:"article,omitempty"`
	Summary    string `json:"summary,omitempty" doc:"Our own one-line summary"`
	Grade      string `json:"grade,omitempty" doc:"How well it was verified: A official text, B agreeing summaries, C general knowledge, setting no rule"`
}

func citationView(c regulation.Citation) *CitationView {
	if c.Title == "" && c.Instrument == "" {
		return nil
	}
	return &CitationView{Text: c.String(), Instrument: c.Instrument, Article: c.Article, Summary: c.Text, Grade: c.Grade}
}

// DeadlineView is one date that a case must meet (时限).
type DeadlineView struct {
	Kind         complaint.DeadlineKind `json:"kind" enum:"decide,first_contact,answer,agreed,reexamine,follow_up,close,supervision,reply,major"`
	Reference    int                    `json:"reference,omitempty" doc:"The reference (来文) that it belongs to; absent for the case as a whole"`
	Regime       string                 `json:"regime,omitempty" doc:"Ladder of limits: nfra, pbc, house"`
	Clock        string                 `json:"clock,omitempty" doc:"Id of the rule's clock"`
	Name         string                 `json:"name,omitempty"`
	Days         int                    `json:"days,omitempty"`
	WorkingDays  bool                   `json:"working_days,omitempty"`
	Start        calendar.Date          `json:"start,omitzero" doc:"Day of the trigger; not counted"`
	Due          calendar.Date          `json:"due,omitzero" doc:"Plain last day: alerts go by it"`
	Rolled       calendar.Date          `json:"rolled,omitzero" doc:"Last day moved off rest days (Civil Code art. 203)"`
	Announced    bool                   `json:"announced" doc:"Whether every year that the answer rests on has its holiday notice"`
	ExcludedDays int                    `json:"excluded_days,omitempty"`
	MetOn        calendar.Date          `json:"met_on,omitzero"`
	Live         bool                   `json:"live" doc:"It still waits"`
	Late         bool                   `json:"late" doc:"Met after its last day, or not met by today"`
	Stopped      bool                   `json:"stopped,omitempty"`
	Provisional  bool                   `json:"provisional,omitempty" doc:"Rests on the expected end of a running exclusion"`
	Owed         string                 `json:"owed,omitempty" doc:"Sender to be answered; absent for the consumer"`
	Approver     string                 `json:"approver,omitempty" doc:"Who had to approve this step of the ladder"`
	Citation     *CitationView          `json:"citation,omitempty"`
	Trace        []regulation.DayCount  `json:"trace,omitempty" doc:"The count day by day"`
}

func deadlineView(d complaint.Deadline, today calendar.Date) DeadlineView {
	return DeadlineView{Kind: d.Kind, Reference: d.Reference, Regime: d.Regime, Clock: d.Clock.ID, Name: d.Clock.Name, Days: d.Clock.Days, WorkingDays: d.Clock.Working,
		Start: d.Start, Due: d.Due, Rolled: d.Rolled, Announced: d.Announced, ExcludedDays: d.Excluded, MetOn: d.MetOn, Live: d.Live(), Late: d.Late(today),
		Stopped: d.Stopped, Provisional: d.Provisional, Owed: d.Owed, Approver: d.Clock.Approver, Citation: citationView(d.Clock.Cite)}
}

func deadlineViews(list []complaint.Deadline, today calendar.Date) []DeadlineView {
	return each(list, func(d complaint.Deadline) DeadlineView { return deadlineView(d, today) })
}

// each maps a list; the result is never nil, so that JSON has [] and not null.
func each[T, V any](list []T, fn func(T) V) []V {
	out := make([]V, len(list))
	for i, v := range list {
		out[i] = fn(v)
	}
	return out
}

// RowView is one complaint in a list; personal data is masked.
type RowView struct {
	ID           complaint.ID           `json:"id"`
	Number       string                 `json:"number"`
	Version      int64                  `json:"version"`
	Nature       complaint.Nature       `json:"nature"`
	State        complaint.State        `json:"state"`
	Ending       complaint.Ending       `json:"ending,omitempty"`
	ReceivedOn   calendar.Date          `json:"received_on"`
	RegisteredAt time.Time              `json:"registered_at"`
	ClosedOn     calendar.Date          `json:"closed_on,omitzero"`
	Unit         UnitRef                `json:"unit"`
	Owner        PersonRef              `json:"owner"`
	OfferUnit    party.UnitID           `json:"offer_unit,omitempty" doc:"Unit asked to take it over"`
	OfferPerson  party.PersonID         `json:"offer_person,omitempty"`
	NextDue      calendar.Date          `json:"next_due,omitzero"`
	NextKind     complaint.DeadlineKind `json:"next_kind,omitempty"`
	Step         int                    `json:"step" doc:"First of the seven steps that is not done, 0 to 6; 7 when all are"`
	Channel      party.ChannelID        `json:"channel"`
	Marks        string                 `json:"marks,omitempty" doc:"One character for each kind of sender"`
	References   int                    `json:"references"`
	Product      string                 `json:"product,omitempty"`
	Reason       string                 `json:"reason,omitempty"`
	Amount       int64                  `json:"amount,omitempty" doc:"In dispute, fen"`
	Vulnerable   bool                   `json:"vulnerable,omitempty"`
	Regulator    bool                   `json:"regulator,omitempty" doc:"A financial regulator sent it"`
	Waiting      int                    `json:"waiting_approvals,omitempty"`
	Name         string                 `json:"complainant,omitempty" doc:"Masked"`
	Line         string                 `json:"line,omitempty" doc:"First point, one line"`
	Found        []string               `json:"found_by,omitempty" doc:"What a search found it by: kinds of identifiers, or text"`
}

func rowView(r storage.Row, org *app.Org) RowView {
	return RowView{ID: r.ID, Number: r.Number, Version: r.Version, Nature: r.Nature, State: r.State, Ending: r.Ending, ReceivedOn: r.ReceivedOn, RegisteredAt: r.RegisteredAt,
		ClosedOn: r.ClosedOn, Unit: unitRef(org, r.Unit), Owner: personRef(org, r.Owner), OfferUnit: r.OfferUnit, OfferPerson: r.OfferPerson, NextDue: r.NextDue, NextKind: r.NextKind,
		Step: int(r.Step), Channel: r.Channel, Marks: r.Marks, References: r.References, Product: r.Product, Reason: r.Reason, Amount: r.Amount, Vulnerable: r.Vulnerable,
		Regulator: r.Regulator, Waiting: r.Waiting, Name: r.Card.Name, Line: r.Card.Line, Found: r.Found}
}

func rowViews(rows []storage.Row, org *app.Org) []RowView {
	return each(rows, func(r storage.Row) RowView { return rowView(r, org) })
}

func unitRef(org *app.Org, id party.UnitID) UnitRef { return UnitRef{ID: id, Name: org.Tree.Name(id)} }

func personRef(org *app.Org, id party.PersonID) PersonRef {
	p, _ := org.Person(id)
	return PersonRef{ID: id, Name: p.Name}
}

// ReceiptView is what a registration answers (受理回执): number, who is
// responsible, and every date that the case must meet.
type ReceiptView struct {
	ID        complaint.ID   `json:"id"`
	Number    string         `json:"number"`
	Version   int64          `json:"version"`
	Unit      party.UnitID   `json:"unit"`
	Owner     party.PersonID `json:"owner" doc:"Responsible until somebody else accepts (首问负责)"`
	Deadlines []DeadlineView `json:"deadlines"`
}

func receiptView(r app.Receipt, today calendar.Date) ReceiptView {
	return ReceiptView{ID: r.ID, Number: r.Number, Version: r.Version, Unit: r.Unit, Owner: r.Owner, Deadlines: deadlineViews(r.Deadlines, today)}
}
