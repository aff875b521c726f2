package storage

import (
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// Comparable is a closed case whose redress another one may be measured by.
type Comparable struct {
	ID       complaint.ID
	Number   string
	Amount   int64 // in dispute, fen
	Redress  int64 // approved, fen
	ClosedOn calendar.Date
}

// Likes says which closed cases are comparable. Amounts reach from AmountFrom
// (inclusive) to below AmountBelow, 0 means without end.
type Likes struct {
	Who                     party.Actor
	Product, Reason         string
	AmountFrom, AmountBelow int64
	Since                   calendar.Date
	Except                  complaint.ID
	Limit                   int
}

// Comparables returns closed complaints of the same product and reason that ended
// with a decision, newest first, within the actor's reach.
func (tx *Tx) Comparables(l Likes) ([]Comparable, error) {
	w := &where{}
	w.add("c.state = 'closed'")
	w.add("c.ending = 'decision'")
	w.add("c.product = ?", l.Product)
	w.add("c.reason = ?", l.Reason)
	w.add("c.closed_on >= ?", l.Since.String())
	w.add("c.amount >= ?", l.AmountFrom)
	if l.AmountBelow > 0 {
		w.add("c.amount < ?", l.AmountBelow)
	}
	w.add("c.id <> ?", int64(l.Except))
	w.permit(l.Who, All)
	rows, err := tx.Query(`SELECT c.id, c.number, c.amount, c.redress, c.closed_on FROM complaint c`+w.String()+` ORDER BY c.closed_on DESC, c.id DESC LIMIT ?`, append(w.args, l.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Comparable
	for rows.Next() {
		var c Comparable
		var closed string
		if err := rows.Scan(&c.ID, &c.Number, &c.Amount, &c.Redress, &closed); err != nil {
			return nil, err
		}
		c.ClosedOn = date(closed)
		out = append(out, c)
	}
	return out, rows.Err()
}
