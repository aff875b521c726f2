package app

import (
	"context"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
)

// CasePage is everything a page or an API answer shows of one case. Personal
// data in Case is masked; Reveal shows it.
type CasePage struct {
	ArchivedAt time.Time // since when it lies in the archive, zero when it does not
	Case       complaint.Case
	Org        *Org
	Rules      regulation.Set
	Calendar   *calendar.Calendar
	Today      calendar.Date
	Deadlines  []complaint.Deadline
	Checks     []complaint.Check
	Mend, Why  string // what comes next
	Remedies   []complaint.Remedy
	History    []storage.Recorded
	May        map[access.Action]access.Decision
	CanGrant   map[int]error // approval number -> nil when this person may grant it
	Schemes    Codings
	Codings    []coding.Coding // the case in the words of every authority
	Originals  bool            // the reader may open letters and attachments, which are not masked
	Mails      []MailWaiting   // that came by mail, name the case, and wait for somebody to confirm it
}

// MailWaiting is a message that waits for somebody to confirm that it belongs to a case.
type MailWaiting = storage.InboxRow

// caseMails bounds the messages on the page of a case.
const caseMails = 20

// Next returns the live deadline that comes first, or nil.
func (p CasePage) Next() *complaint.Deadline {
	for i := range p.Deadlines {
		if p.Deadlines[i].Live() {
			return &p.Deadlines[i]
		}
	}
	return nil
}

// Trace returns the day-by-day count of the i-th deadline.
func (p CasePage) Trace(i int) []regulation.DayCount {
	return p.Case.Explain(p.Deadlines[i], p.Calendar)
}

// Complaint returns a case for reading and records the reading.
func (a *App) Complaint(ctx context.Context, who party.Actor, id complaint.ID) (CasePage, error) {
	page, err := a.Case(ctx, who, id)
	if err != nil {
		return page, err
	}
	return page, a.noteOpening(ctx, who, id)
}

// Case is Complaint without the record: for the answer to a command of a person
// who has the case open already.
func (a *App) Case(ctx context.Context, who party.Actor, id complaint.ID) (CasePage, error) {
	if err := a.loadRules(ctx); err != nil {
		return CasePage{}, err
	}
	var p CasePage
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, history, err := tx.ComplaintHistory(id)
		if err != nil {
			return err
		}
		if err := access.Can(who, access.ReadComplaint, c.Target()).Err(); err != nil {
			return err
		}
		env, org, err := a.env(tx, who, c.ReceivedOn)
		if err != nil {
			return err
		}
		p = CasePage{Originals: mayOpen(who), Org: org, Rules: env.Rules, Calendar: env.Cal, Today: env.Today(), Deadlines: c.Deadlines(env.Rules, env.Cal),
			Checks: c.Checks(), Remedies: c.Remedies(env), History: history, May: map[access.Action]access.Decision{}, CanGrant: map[int]error{}}
		p.Schemes = Codings{Kind: a.InstitutionKind(), Catalogue: env.Coding, Today: env.Today()}
		p.Codings = env.Coding.Code(p.Schemes.Kind, coding.AtRegistration, c.CodingKey(), calendar.FromTime(c.RegisteredAt))
		p.Mend, p.Why = c.NextStep()
		for _, do := range access.Actions() {
			p.May[do] = access.Can(who, do, c.Target())
		}
		for _, ap := range c.Approvals {
			if ap.State == complaint.Asked {
				_, err := complaint.Approve{N: ap.N}.Decide(c, env)
				p.CanGrant[ap.N] = err
			}
		}
		p.Case = c.Masked()
		p.hideAgents(c)
		if p.Mails, err = tx.InboxMatched(id, caseMails); err == nil && !c.Open() {
			p.ArchivedAt, err = tx.ArchivedAt(id)
		}
		return err
	})
	return p, err
}

// ByNumber returns the id of the case with a number of ours or of a sender.
func (a *App) ByNumber(ctx context.Context, number string) (id complaint.ID, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if id, err = tx.ComplaintByNumber(number); err == nil && id == 0 {
			err = fault.New(fault.NotFound, "没有编号为 %s 的投诉，请核对", number)
		}
		return err
	})
	return id, err
}

// WorklistPage is a page of the worklist with the numbers above it.
type WorklistPage struct {
	Rows  []storage.Row
	Next  storage.Cursor
	Org   *Org
	Today calendar.Date
	Tally Tally
}

// TallyMax is where the numbers of a Tally stop: show it as "1000+".
const TallyMax = 1000

// Tally is the four numbers above a worklist; each is a filter. None counts
// further than TallyMax.
type Tally struct{ Overdue, Today, Soon, Approvals int }

// soonDays is how near "due soon" is: the farthest warning distance of the setting.
func (a *App) soonDays() int {
	s, err := a.Rules(a.Today()).Setting("warning.days")
	if err != nil {
		return 0
	}
	days := 0
	for _, n := range s.Ints() {
		days = max(days, int(n))
	}
	return days
}

// Worklist returns a page of cases. f.Who and the permission filter are set here.
func (a *App) Worklist(ctx context.Context, who party.Actor, f storage.Filter) (WorklistPage, error) {
	f.Who = who
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	p := WorklistPage{Today: a.Today()}
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return p, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		if p.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		if f.Unit != "" {
			f.UnitDepth = len(p.Org.Tree.Path(f.Unit))
		}
		if p.Rows, p.Next, err = tx.Worklist(f); err != nil {
			return err
		}
		p.Tally, err = a.tally(tx, who, f.Reach, p.Today)
		return err
	})
	return p, err
}

func (a *App) tally(tx *storage.Tx, who party.Actor, reach storage.Reach, today calendar.Date) (t Tally, err error) {
	count := func(from, to calendar.Date) int {
		if err != nil {
			return 0
		}
		var n int
		n, err = tx.CountUpTo(storage.Filter{Who: who, Reach: reach, DueFrom: from, DueTo: to}, TallyMax)
		return n
	}
	t.Overdue = count(0, today.AddDays(-1))
	t.Today = count(today, today)
	t.Soon = count(today.AddDays(1), today.AddDays(a.soonDays()))
	if err == nil && access.May(who, access.ApproveComplaint) {
		t.Approvals, err = tx.CountApprovals(who, TallyMax)
	}
	return t, err
}

// Search is Find with a record of what was searched.
func (a *App) Search(ctx context.Context, who party.Actor, query string, before complaint.ID, limit int) (WorklistPage, error) {
	p, err := a.Find(ctx, who, query, before, limit)
	if err != nil {
		return p, err
	}
	return p, a.note(ctx, who, 0, readSearched, "search", query)
}

// Find finds cases in reach by words, names, phone, policy or number, newest first.
func (a *App) Find(ctx context.Context, who party.Actor, query string, before complaint.ID, limit int) (WorklistPage, error) {
	p := WorklistPage{Today: a.Today()}
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return p, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		if p.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		p.Rows, err = tx.SearchComplaints(who, query, before, limit)
		return err
	})
	if err != nil {
		return p, err
	}
	if len(p.Rows) == limit {
		p.Next = storage.Cursor{Day: p.Today, ID: p.Rows[limit-1].ID}
	}
	return p, nil
}

// ApprovalCard is one request that waits, with what a person must see to decide.
type ApprovalCard struct {
	storage.WaitingApproval
	Request complaint.Approval
	Case    complaint.Case       // masked
	Before  []complaint.Deadline // the case's dates as they are
	After   []complaint.Deadline // and as they would be when it is granted
	Refused error                // nil when the person may grant it

	Forecasts []guide.Forecast // what may happen next
}

// Approvals lists the requests in reach, oldest first, and records that their
// cases were read.
func (a *App) Approvals(ctx context.Context, who party.Actor, limit int) ([]ApprovalCard, *Org, error) {
	if err := access.Can(who, access.ApproveComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	var out []ApprovalCard
	var org *Org
	book, err := a.Rulebook(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		waiting, err := tx.WaitingApprovals(who, limit)
		if err != nil {
			return err
		}
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		for _, w := range waiting {
			card, err := a.approvalCard(tx, who, w, book)
			if err != nil {
				return err
			}
			out = append(out, card)
		}
		return nil
	})
	for _, card := range out {
		if err == nil {
			err = a.noteOpening(ctx, who, card.Case.ID)
		}
	}
	return out, org, err
}

func (a *App) approvalCard(tx *storage.Tx, who party.Actor, w storage.WaitingApproval, book *rule.Book) (ApprovalCard, error) {
	c, err := tx.Complaint(w.Row.ID)
	if err != nil {
		return ApprovalCard{}, err
	}
	env, _, err := a.env(tx, who, c.ReceivedOn)
	if err != nil {
		return ApprovalCard{}, err
	}
	_, refused := complaint.Approve{N: w.N}.Decide(c, env)
	granted := c.Apply(&complaint.Approved{N: w.N}, complaint.Meta{At: env.At, By: who.ID})
	before := c.Deadlines(env.Rules, env.Cal)
	in := guide.ForecastInput{Case: c, Deadlines: before, Today: env.Today(), Said: said(book, c, env.Today(), "complaint-escalation")}
	if in.Earlier, in.Alike, err = a.kin(tx, who, c); err != nil {
		return ApprovalCard{}, err
	}
	return ApprovalCard{WaitingApproval: w, Request: c.Approvals[w.N-1], Case: c.Masked(), Refused: refused, Before: before, After: granted.Deadlines(env.Rules, env.Cal), Forecasts: guide.Forecasts(in)}, nil
}

// Preview says, while a registration is typed, which clocks it will start, in
// which unit it will be handled, and which earlier cases look like it.
type Preview struct {
	Unit       party.UnitID
	UnitName   string
	Deadlines  []complaint.Deadline
	Duplicates []Duplicate
	Problems   []fault.Violation
}

// Duplicate is an earlier case that may be the same grievance, with the reasons:
// the kinds of identifiers that agree, or "text" for a near narrative.
type Duplicate struct {
	Row     storage.Row
	Reasons []string
}

// Preview computes it. It changes nothing and records nothing.
func (a *App) Preview(ctx context.Context, who party.Actor, d complaint.Register) (Preview, error) {
	var p Preview
	if err := access.Can(who, access.RegisterComplaint, access.Target{}).Err(); err != nil {
		return p, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		env, org, err := a.env(tx, who, d.ReceivedOn)
		if err != nil {
			return err
		}
		p.Deadlines = d.Deadlines(env)
		p.Unit = d.Place(env)
		p.UnitName = org.Tree.Name(p.Unit)
		p.Duplicates, err = a.duplicates(tx, who, d)
		return err
	})
	return p, err
}

// duplicateLimit bounds the earlier cases shown beside a registration.
const duplicateLimit = 8

// duplicatesSince is the first day of receipt of a case that may still be the same grievance.
func (a *App) duplicatesSince() calendar.Date {
	s, err := a.Rules(a.Today()).Setting("duplicate.window_days")
	if err != nil || s.Int() == 0 {
		return 0
	}
	return a.Today().AddDays(-int(s.Int()))
}

// duplicates finds earlier cases by blind identifier and by near text, in the
// reach of the reader.
func (a *App) duplicates(tx *storage.Tx, who party.Actor, d complaint.Register) ([]Duplicate, error) {
	found, err := tx.Likely(who, storage.Identifiers(d.Complainant, d.Representative), d.Narrative, duplicateLimit)
	if err != nil {
		return nil, err
	}
	ids := make([]complaint.ID, len(found))
	reasons := make(map[complaint.ID][]string, len(found))
	for i, f := range found {
		ids[i], reasons[f.ID] = f.ID, f.Reasons
	}
	rows, err := tx.RowsByID(who, ids)
	out := make([]Duplicate, 0, len(rows))
	for _, r := range rows {
		if r.ReceivedOn >= a.duplicatesSince() {
			out = append(out, Duplicate{Row: r, Reasons: reasons[r.ID]})
		}
	}
	return out, err
}
