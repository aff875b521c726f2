package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// Row is one case in a list. Card is masked; the zero Card is an erased case.
type Row struct {
	ID           complaint.ID
	Number       string
	Version      int64
	Nature       complaint.Nature
	State        complaint.State
	Ending       complaint.Ending
	Open         bool
	ReceivedOn   calendar.Date
	RegisteredAt time.Time
	ClosedOn     calendar.Date
	Unit         party.UnitID
	Owner        party.PersonID
	OfferUnit    party.UnitID
	OfferPerson  party.PersonID
	NextDue      calendar.Date
	NextKind     complaint.DeadlineKind
	Step         complaint.Step
	Channel      party.ChannelID
	Marks        string
	References   int
	Product      string
	Reason       string
	Amount       int64
	Vulnerable   bool
	Regulator    bool
	Waiting      int
	Card         Card
	Found        []string // by what a search found it: kinds of identifiers, "text"; nil in other lists
	card         []byte
}

const rowColumns = `c.id, c.number, c.version, c.nature, c.state, c.ending, c.open, c.received_on, c.registered_at, c.closed_on, c.unit, c.owner, c.offer_unit, c.offer_person,
	c.next_due, c.next_kind, c.step, c.channel, c.marks, c.refs, c.product, c.reason, c.amount, c.vulnerable, c.regulator, c.waiting, c.card`

func scanRow(rows *sql.Rows) (r Row, err error) {
	var at int64
	var received string
	var closed, offerUnit, offerPerson, due sql.NullString
	err = rows.Scan(&r.ID, &r.Number, &r.Version, &r.Nature, &r.State, &r.Ending, &r.Open, &received, &at, &closed, &r.Unit, &r.Owner, &offerUnit, &offerPerson,
		&due, &r.NextKind, &r.Step, &r.Channel, &r.Marks, &r.References, &r.Product, &r.Reason, &r.Amount, &r.Vulnerable, &r.Regulator, &r.Waiting, &r.card)
	r.RegisteredAt = time.UnixMicro(at).UTC()
	r.OfferUnit, r.OfferPerson = party.UnitID(offerUnit.String), party.PersonID(offerPerson.String)
	r.ReceivedOn, r.ClosedOn, r.NextDue = date(received), date(closed.String), date(due.String)
	return r, err
}

func date(s string) calendar.Date {
	if s == "" {
		return 0
	}
	d, err := calendar.Parse(s)
	if err != nil {
		return 0
	}
	return d
}

// Reach is whose cases a list shows.
type Reach string

// The reaches: what a person owns or was offered, what the own unit handles,
// and everything in the person's subtree.
const (
	Mine   Reach = "mine"
	MyUnit Reach = "unit"
	All    Reach = "all"
)

// Filter chooses and pages cases. The permission filter of Who is always part of
// the query, before any limit.
type Filter struct {
	Who       party.Actor
	Reach     Reach
	Closed    bool // finished cases instead of open ones
	States    []complaint.State
	Channel   party.ChannelID
	Product   string
	Reason    string
	Unit      party.UnitID // handling unit and below
	UnitDepth int          // depth of Unit in the tree, 1 = head office
	Owner     party.PersonID
	DueFrom   calendar.Date
	DueTo     calendar.Date
	Regulator bool
	Fragile   bool // vulnerable consumers only
	Waiting   bool // something waits for approval
	Received  calendar.Interval
	After     Cursor
	Limit     int
}

// Cursor is where the next page begins.
type Cursor struct {
	Day calendar.Date
	ID  complaint.ID
}

// String writes the cursor for an address; "" for the first page.
func (c Cursor) String() string {
	if c.ID == 0 {
		return ""
	}
	return c.Day.String() + "." + c.ID.String()
}

// ParseCursor reads what String wrote; anything else is the first page.
func ParseCursor(s string) Cursor {
	day, id, ok := strings.Cut(s, ".")
	n, err := strconv.ParseInt(id, 10, 64)
	d, derr := calendar.Parse(day)
	if !ok || err != nil || derr != nil {
		return Cursor{}
	}
	return Cursor{d, complaint.ID(n)}
}

// where collects conditions and their values.
type where struct {
	parts []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.parts = append(w.parts, cond)
	w.args = append(w.args, args...)
}

func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

// permit adds the permission filter: the subtree of the actor's unit (or, for
// Mine, ownership), and recusal.
func (w *where) permit(who party.Actor, reach Reach) { w.permitBy("c.id", who, reach) }

// permitBy is permit for a query that comes to the cases over another table, whose
// column holds the id of the case: recusals are looked for there. Among the conditions
// on the case PostgreSQL counts the cost of all recusals at each case that it looks up,
// and at ten million cases read all of them instead, to find a few.
func (w *where) permitBy(column string, who party.Actor, reach Reach) {
	switch {
	case who.Has(party.Examiner):
		w.drawn(who)
	case reach == Mine:
		w.add("c.owner = ?", string(who.Person()))
	case reach == MyUnit:
		w.subtree(who.Unit, len(who.Path))
		w.add("c.unit = ?", string(who.Unit))
	default:
		w.subtree(who.Unit, len(who.Path))
	}
	w.notRecusedFrom(column, who)
}

func (w *where) subtree(unit party.UnitID, depth int) {
	switch {
	case depth == 0:
		w.add("1 = 0")
	case depth > 1:
		w.add("c.s"+strconv.Itoa(depth)+" = ?", string(unit))
	}
}

func (w *where) notRecused(who party.Actor) { w.notRecusedFrom("c.id", who) }

// notRecusedFrom leaves out what hangs on a case from which the actor is recused;
// column holds the id of the case.
func (w *where) notRecusedFrom(column string, who party.Actor) {
	args := []any{who.ID}
	for _, u := range who.Path {
		args = append(args, "unit/"+string(u))
	}
	w.add(column+" NOT IN (SELECT case_id FROM complaint_recusal WHERE who IN (?"+strings.Repeat(", ?", len(args)-1)+"))", args...)
}

// KeptAway is an open case of which its owner may know that it exists, and when it is due.
type KeptAway struct {
	ID         complaint.ID
	Number     string
	ReceivedOn calendar.Date
	NextDue    calendar.Date
}

// KeptAway returns the open cases that the person owns and is recused from, oldest
// first: those that wait for the superior to take them over.
func (tx *Tx) KeptAway(who party.Actor, limit int) ([]KeptAway, error) {
	args := []any{string(who.Person()), who.ID}
	for _, u := range who.Path {
		args = append(args, "unit/"+string(u))
	}
	marks := strings.Repeat(", ?", len(args)-2)
	rows, err := tx.Query(`SELECT c.id, c.number, c.received_on, c.next_due FROM complaint c WHERE c.open AND c.owner = ? AND c.id IN (SELECT case_id FROM complaint_recusal WHERE who IN (?`+marks+`)) ORDER BY c.id LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []KeptAway
	for rows.Next() {
		var k KeptAway
		var received string
		var due sql.NullString
		if err := rows.Scan(&k.ID, &k.Number, &received, &due); err != nil {
			return nil, err
		}
		k.ReceivedOn, k.NextDue = date(received), date(due.String)
		out = append(out, k)
	}
	return out, rows.Err()
}

func (f Filter) where() *where {
	w := &where{}
	if f.Closed {
		w.add("NOT c.open")
	} else {
		w.add("c.open")
	}
	w.permit(f.Who, f.Reach)
	equal := func(col, v string) {
		if v != "" {
			w.add("c."+col+" = ?", v)
		}
	}
	equal("channel", string(f.Channel))
	equal("product", f.Product)
	equal("reason", f.Reason)
	equal("owner", string(f.Owner))
	if f.Unit != "" {
		w.subtree(f.Unit, f.UnitDepth)
	}
	if len(f.States) > 0 {
		args := make([]any, len(f.States))
		for i, s := range f.States {
			args[i] = string(s)
		}
		w.add("c.state IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
	}
	day := func(cond string, d calendar.Date) {
		if !d.IsZero() {
			w.add(cond, d.String())
		}
	}
	day("c.next_due >= ?", f.DueFrom)
	day("c.next_due <= ?", f.DueTo)
	day("c.received_on >= ?", f.Received.From)
	day("c.received_on <= ?", f.Received.To)
	for cond, on := range map[string]bool{"c.regulator": f.Regulator, "c.vulnerable": f.Fragile, "c.waiting > 0": f.Waiting} {
		if on {
			w.add(cond)
		}
	}
	return w
}

// Worklist returns a page of cases: open ones by next due date, closed ones newest
// first, and the cursor of the next page (zero at the end).
func (tx *Tx) Worklist(f Filter) ([]Row, Cursor, error) {
	w := f.where()
	order := " ORDER BY c.next_due, c.id"
	if f.Closed {
		order = " ORDER BY c.received_on DESC, c.id DESC"
	}
	if f.After.ID != 0 && f.Closed {
		w.add("(c.received_on, c.id) < (?, ?)", f.After.Day.String(), int64(f.After.ID))
	} else if f.After.ID != 0 {
		w.add("(c.next_due, c.id) > (?, ?)", f.After.Day.String(), int64(f.After.ID))
	}
	rows, err := tx.rows("SELECT "+rowColumns+" FROM complaint c"+w.String()+order+" LIMIT ?", append(w.args, f.Limit+1)...)
	if err != nil {
		return nil, Cursor{}, err
	}
	if len(rows) <= f.Limit {
		return rows, Cursor{}, tx.openCards(rows)
	}
	rows = rows[:f.Limit]
	last := rows[len(rows)-1]
	next := Cursor{last.NextDue, last.ID}
	if f.Closed {
		next.Day = last.ReceivedOn
	}
	return rows, next, tx.openCards(rows)
}

func (tx *Tx) rows(q string, args ...any) ([]Row, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Row
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (tx *Tx) openCards(rows []Row) error {
	for i := range rows {
		b, err := tx.OpenText(rows[i].ID.Stream(), "complaint.card", rows[i].card)
		if err != nil {
			return err
		}
		if b != nil {
			if err := json.Unmarshal(b, &rows[i].Card); err != nil {
				return err
			}
		}
	}
	return nil
}

// Count counts the cases of a filter, cursor and limit left out.
func (tx *Tx) Count(f Filter) (n int, err error) {
	w := f.where()
	err = tx.Scan("SELECT count(*) FROM complaint c"+w.String(), w.args, &n)
	return n, err
}

// CountUpTo counts the cases of a filter and stops at max: a number above a list
// must not cost more than the list.
func (tx *Tx) CountUpTo(f Filter, max int) (n int, err error) {
	w := f.where()
	err = tx.Scan("SELECT count(*) FROM (SELECT 1 FROM complaint c"+w.String()+" LIMIT ?) AS few", append(w.args, max), &n)
	return n, err
}

// RowsByID returns cases by id in the given order, leaving out those that the
// actor may not see.
func (tx *Tx) RowsByID(who party.Actor, ids []complaint.ID) ([]Row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := &where{}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	w.add("c.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	if who.Has(party.Examiner) {
		w.drawn(who)
	} else if depth := len(who.Path); depth > 1 {
		w.add("(c.s"+strconv.Itoa(depth)+" = ? OR c.owner = ?)", string(who.Unit), string(who.Person()))
	} else if depth == 0 {
		w.add("1 = 0")
	}
	w.notRecused(who)
	found, err := tx.rows("SELECT "+rowColumns+" FROM complaint c"+w.String()+" ORDER BY c.id", w.args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[complaint.ID]Row, len(found))
	for _, r := range found {
		byID[r.ID] = r
	}
	out := make([]Row, 0, len(found))
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			out = append(out, r)
		}
	}
	return out, tx.openCards(out)
}

// SearchComplaints returns cases in the actor's reach that match the query,
// newest first, each with what it was found by. before is the id of the last one seen, 0 for the first page.
func (tx *Tx) SearchComplaints(who party.Actor, query string, before complaint.ID, limit int) ([]Row, error) {
	all, exact := tx.s.QueryTokens(query)
	scope := []seal.Token{tx.s.ScopeToken(who.Unit), tx.s.OwnerToken(who.Person())}
	var hits []Hit
	found := map[complaint.ID][]string{}
	look := func(kind string, tokens []seal.Token) error {
		h, err := tx.searchAs(who, tokens, scope, int64(before), limit)
		for _, one := range h {
			found[complaint.ID(one.Owner)] = append(found[complaint.ID(one.Owner)], kind)
		}
		hits = append(hits, h...)
		return err
	}
	if len(all) > 0 {
		if err := look("text", all); err != nil {
			return nil, err
		}
	}
	for i, t := range exact {
		if err := look(IdentifierKinds[i], []seal.Token{t}); err != nil {
			return nil, err
		}
	}
	rows, err := tx.RowsByID(who, newest(hits, limit))
	for i := range rows {
		rows[i].Found = found[rows[i].ID]
	}
	return rows, err
}

// newest returns the distinct owners of the hits, greatest first.
func newest(hits []Hit, limit int) []complaint.ID {
	var out []complaint.ID
	last := int64(math.MaxInt64)
	for len(out) < limit {
		best := int64(-1)
		for _, h := range hits {
			if h.Owner < last && h.Owner > best {
				best = h.Owner
			}
		}
		if best < 0 {
			break
		}
		out, last = append(out, complaint.ID(best)), best
	}
	return out
}

// ComplaintByNumber finds a case by its number, or by the number of a sender;
// zero when there is none.
func (tx *Tx) ComplaintByNumber(number string) (id complaint.ID, err error) {
	var n int64
	err = tx.Scan(`SELECT id FROM complaint WHERE number = ?`, []any{number}, &n)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.Scan(`SELECT case_id FROM complaint_reference WHERE number = ? AND number <> '' ORDER BY case_id LIMIT 1`, []any{number}, &n)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return complaint.ID(n), err
}

// WaitingApproval is one request for approval in the actor's subtree.
type WaitingApproval struct {
	Row     Row
	N       int
	Kind    complaint.ApprovalKind
	Rule    string
	Amount  int64
	AskedBy string
	AskedAt time.Time
}

// WaitingApprovals returns what waits for a second person in the actor's subtree
// and was not asked by the actor, oldest first.
func (tx *Tx) WaitingApprovals(who party.Actor, limit int) ([]WaitingApproval, error) {
	w := &where{}
	w.add("a.state = 'asked'")
	w.add("a.asked_by <> ?", who.ID)
	w.permitBy("a.case_id", who, All)
	rows, err := tx.Query(`SELECT c.id, a.n, a.kind, a.rule, a.amount, a.asked_by, a.asked_at FROM complaint_approval a JOIN complaint c ON c.id = a.case_id`+
		w.String()+` ORDER BY a.asked_at, a.case_id LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []WaitingApproval
	for rows.Next() {
		var a WaitingApproval
		var at int64
		if err := rows.Scan(&a.Row.ID, &a.N, &a.Kind, &a.Rule, &a.Amount, &a.AskedBy, &at); err != nil {
			return nil, err
		}
		a.AskedAt = time.UnixMicro(at).UTC()
		out = append(out, a)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	_ = rows.Close()
	for i := range out {
		r, err := tx.RowsByID(who, []complaint.ID{out[i].Row.ID})
		if err != nil {
			return nil, err
		}
		if len(r) == 1 {
			out[i].Row = r[0]
		}
	}
	return out, nil
}
