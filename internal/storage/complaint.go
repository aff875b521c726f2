package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
)

// Rules are what the read tables need to derive the next due date.
type Rules struct {
	Library  *regulation.Library
	Calendar *calendar.Calendar
}

// SetRules gives the rules by which due dates are derived. Set them before the
// first append; after a change the open cases are projected anew (Reproject).
func (s *Store) SetRules(r Rules) { s.rules.Store(&r) }

// Rules returns the rules in use.
func (s *Store) Rules() Rules {
	if r := s.rules.Load(); r != nil {
		return *r
	}
	return Rules{Library: regulation.Embedded(), Calendar: calendar.Official()}
}

// Recorded is one event of a case with what the ledger knows of it.
type Recorded struct {
	complaint.Event
	Version int64
	Kind    string
	At      time.Time
	By      string
	Hash    [32]byte
}

// Complaint returns a case as the fold of its events; fault.NotFound when there is none.
func (tx *Tx) Complaint(id complaint.ID) (complaint.Case, error) {
	c, _, err := tx.ComplaintHistory(id)
	return c, err
}

// ComplaintHistory returns a case with its events.
func (tx *Tx) ComplaintHistory(id complaint.ID) (complaint.Case, []Recorded, error) {
	var c complaint.Case
	events, err := tx.Load(id.Stream())
	if err != nil {
		return c, nil, err
	}
	if len(events) == 0 {
		return c, nil, fault.New(fault.NotFound, "没有找到这件投诉，请核对编号")
	}
	out := make([]Recorded, 0, len(events))
	for _, e := range events {
		private, err := tx.Open(e)
		if err != nil {
			return c, nil, err
		}
		d, err := complaint.Decode(e, private)
		if err != nil {
			return c, nil, err
		}
		c = c.Apply(d, complaint.Meta{At: e.At, By: e.By})
		out = append(out, Recorded{Event: d, Version: e.Version, Kind: e.Kind, At: e.At, By: e.By, Hash: e.Hash})
	}
	return c, out, nil
}

// AppendComplaint appends events to a case and brings its read tables up to date
// in the same transaction. It returns the case after them.
func (tx *Tx) AppendComplaint(c complaint.Case, by string, events []complaint.Event) (complaint.Case, error) {
	before := c
	stream := c.ID.Stream()
	if c.Version == 0 {
		stream = events[0].(*complaint.Registered).ID.Stream()
	}
	for _, e := range events {
		if err := tx.Append(stream, c.Version+1, by, e.Kind(), e); err != nil {
			return before, err
		}
		c = c.Apply(e, complaint.Meta{At: tx.at, By: by})
	}
	if err := tx.tell(before, c, by, events); err != nil {
		return before, err
	}
	return c, tx.project(before, c, events)
}

// tell tells the herald of events of a case.
func (tx *Tx) tell(before, after complaint.Case, by string, events []complaint.Event) error {
	if h := tx.s.herald.Load(); h != nil && h.Case != nil {
		return h.Case(tx, before, after, by, events)
	}
	return nil
}

// Herald is told of events as they are appended, within the transaction: what it
// posts leaves the house if and only if they are stored. before is the zero value for
// what begins with them.
type Herald struct {
	Case   func(tx *Tx, before, after complaint.Case, by string, events []complaint.Event) error
	Review func(tx *Tx, before, after review.Review, by string, events []review.Event) error
}

// SetHerald says who is told.
func (s *Store) SetHerald(h Herald) { s.herald.Store(&h) }

// project writes the read tables of a case.
func (tx *Tx) project(before, c complaint.Case, events []complaint.Event) error {
	row, err := tx.row(c)
	if err != nil {
		return err
	}
	if before.Version == 0 {
		tx.Exec(insertComplaint, row...)
	} else {
		tx.ExecOne(updateComplaint, append(row[1:], row[0])...)
	}
	tx.projectReferences(before, c)
	tx.projectApprovals(before, c)
	tx.projectJudgements(before, c)
	tx.projectCoding(before, c)
	tx.projectCited(before, c)
	for _, r := range c.Recusals[len(before.Recusals):] {
		tx.Exec(`INSERT INTO complaint_recusal (case_id, who) VALUES (?, ?) ON CONFLICT (case_id, who) DO NOTHING`, int64(c.ID), recusalKey(r))
	}
	for _, e := range events {
		if key := importKey(e); key != "" {
			tx.Exec(insertImport, key, int64(c.ID))
		}
	}
	if before.Version == 0 || !foundBy(before).same(foundBy(c)) {
		tx.IndexDoc(Doc{ID: int64(c.ID), Owner: int64(c.ID), Tokens: tx.s.caseTokens(c), Keys: tx.s.caseKeys(c)})
	}
	return nil
}

const insertImport = `INSERT INTO complaint_import (key, case_id) VALUES (?, ?)`

func importKey(e complaint.Event) string {
	switch e := e.(type) {
	case *complaint.Registered:
		return e.ImportKey
	case *complaint.ReferenceAdded:
		return e.ImportKey
	}
	return ""
}

func recusalKey(r complaint.Recusal) string {
	if r.Person != "" {
		return "person/" + string(r.Person)
	}
	return "unit/" + string(r.Unit)
}

func (tx *Tx) projectReferences(before, c complaint.Case) {
	for i, r := range c.References {
		known := i < len(before.References)
		switch {
		case known && before.References[i].Released == r.Released:
		case r.Released:
			tx.Exec(`DELETE FROM complaint_reference WHERE case_id = ? AND n = ?`, int64(c.ID), r.N)
		default:
			tx.Exec(`INSERT INTO complaint_reference (case_id, n, channel, number, received_on) VALUES (?, ?, ?, ?, ?)`,
				int64(c.ID), r.N, string(r.Channel), r.Number, r.ReceivedOn.String())
		}
	}
}

func (tx *Tx) projectApprovals(before, c complaint.Case) {
	for i, a := range c.Approvals {
		switch {
		case i >= len(before.Approvals):
			tx.Exec(`INSERT INTO complaint_approval (case_id, n, kind, rule, amount, asked_by, asked_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
				int64(c.ID), a.N, string(a.Kind), a.Rule, a.Amount, a.AskedBy, a.AskedAt.UnixMicro(), string(a.State))
		case before.Approvals[i].State != a.State:
			tx.ExecOne(`UPDATE complaint_approval SET state = ? WHERE case_id = ? AND n = ?`, string(a.State), int64(c.ID), a.N)
		}
	}
}

var complaintColumns = []string{"id", "number", "version", "nature", "state", "ending", "open", "received_on", "registered_at", "closed_on", "told_on", "told_late",
	"unit", "s2", "s3", "s4", "s5", "owner", "offer_unit", "offer_person", "next_due", "next_kind", "step", "channel", "marks", "refs",
	"product", "reason", "amount", "redress", "satisfaction", "vulnerable", "regulator", "waiting", "merged_into", "card"}

var (
	insertComplaint = "INSERT INTO complaint (" + strings.Join(complaintColumns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(complaintColumns)-1) + ")"
	updateComplaint = "UPDATE complaint SET " + strings.Join(complaintColumns[1:], " = ?, ") + " = ?, archived_at = NULL WHERE id = ?"
)

// row derives the case's line in the order of complaintColumns.
func (tx *Tx) row(c complaint.Case) ([]any, error) {
	rules := tx.s.Rules()
	set := rules.Library.At(c.ReceivedOn)
	next, live := c.Next(set, rules.Calendar)
	if c.Open() && !live {
		return nil, fault.New(fault.Internal, "complaint %s would be open without a live clock", c.Number)
	}
	due := any(nil)
	if c.Open() {
		due = next.Due.String()
	}
	told, late := c.Told(set, rules.Calendar)
	card, err := tx.sealCard(c)
	if err != nil {
		return nil, err
	}
	s := [5]any{}
	for i, u := range c.Path {
		if i > 0 && i < len(s) {
			s[i] = string(u)
		}
	}
	var offerUnit, offerPerson any
	if c.Offer != nil {
		offerUnit, offerPerson = string(c.Offer.Unit), orNull(string(c.Offer.Person))
	}
	marks, channel := marksOf(c)
	var merged any
	if c.MergedInto != 0 {
		merged = int64(c.MergedInto)
	}
	return []any{int64(c.ID), c.Number, c.Version, string(c.Nature), string(c.State), string(c.Ending), c.Open(), c.ReceivedOn.String(), c.RegisteredAt.UnixMicro(),
		orNull(c.ClosedOn.String()), orNull(told.String()), late, string(c.Unit), s[1], s[2], s[3], s[4], string(c.Owner), offerUnit, offerPerson, due, string(next.Kind),
		int64(c.Current()), channel, marks, int64(len(c.LiveReferences())), c.Codes.Product, c.Codes.Reason, c.Amount, c.RedressTotal(), int64(c.Satisfaction()),
		c.IsVulnerable(), c.Regulator(), int64(c.WaitingApprovals()), merged, card}, nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// marksOf returns the marks of the senders, without repetition, and the first channel.
func marksOf(c complaint.Case) (marks, channel string) {
	for i, r := range c.LiveReferences() {
		ch, _ := party.ChannelOf(r.Channel)
		if i == 0 {
			channel = string(r.Channel)
		}
		if ch.Mark != "" && !strings.Contains(marks, ch.Mark) {
			marks += ch.Mark
		}
	}
	return marks, channel
}

// Card is what a list may show of the people and the matter: masked, one line.
type Card struct {
	Name string `json:"n"`
	Line string `json:"l"`
}

func (tx *Tx) sealCard(c complaint.Case) ([]byte, error) {
	if c.Erased != nil {
		return nil, nil
	}
	line := c.Narrative
	if pts := c.Live(); len(pts) > 0 {
		line = pts[0].Text
	}
	line = strings.Join(strings.Fields(line), " ")
	if r := []rune(line); len(r) > 60 {
		line = string(r[:60]) + "…"
	}
	b, err := json.Marshal(Card{Name: complaint.MaskName(c.Complainant.Name), Line: line})
	if err != nil {
		return nil, err
	}
	return tx.SealText(c.ID.Stream(), "complaint.card", b)
}

// ImportedAs returns the case that an imported row became, 0 when it is new.
func (tx *Tx) ImportedAs(key string) (complaint.ID, error) {
	var id int64
	err := tx.Scan(`SELECT case_id FROM complaint_import WHERE key = ?`, []any{key}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return complaint.ID(id), err
}
