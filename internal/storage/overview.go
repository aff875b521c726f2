package storage

import (
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// OpenCell counts the open cases of one unit, reason, product and channel.
type OpenCell struct {
	Unit    party.UnitID
	Reason  string
	Product string
	Channel party.ChannelID
	N       int
}

// maxUnitList bounds how many units a filter names one by one: then the counts
// come from an index. Larger subtrees are found by their column.
const maxUnitList = 500

// overviewWhere is the permission filter of counts: the same cases as permit
// chooses, by the units of the subtree.
func overviewWhere(who party.Actor, subtree []party.UnitID) *where {
	w := &where{}
	switch {
	case len(who.Path) < 2 || len(subtree) > maxUnitList || len(subtree) == 0:
		w.permit(who, All)
		return w
	default:
		args := make([]any, len(subtree))
		for i, u := range subtree {
			args[i] = string(u)
		}
		w.add("c.unit IN (?"+strings.Repeat(", ?", len(args)-1)+")", args...)
	}
	w.notRecused(who)
	return w
}

// OpenCells counts the open cases in the actor's reach; subtree is the actor's
// unit with all below it.
func (tx *Tx) OpenCells(who party.Actor, subtree []party.UnitID) ([]OpenCell, error) {
	w := overviewWhere(who, subtree)
	w.add("c.open")
	rows, err := tx.Query(`SELECT c.unit, c.reason, c.product, c.channel, count(*) FROM complaint c`+w.String()+
		` GROUP BY c.unit, c.reason, c.product, c.channel ORDER BY c.unit, c.reason, c.product, c.channel`, w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []OpenCell
	for rows.Next() {
		var c OpenCell
		if err := rows.Scan(&c.Unit, &c.Reason, &c.Product, &c.Channel, &c.N); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// DayCount counts cases of one day.
type DayCount struct {
	Day calendar.Date
	N   int
}

// OpenByDue counts the open cases in the actor's reach by next due date.
func (tx *Tx) OpenByDue(who party.Actor) ([]DayCount, error) {
	w := &where{}
	w.permit(who, All)
	w.add("c.open")
	return tx.byDay("c.next_due", "c.next_due", w)
}

// OpenByReceipt counts them by day of receipt; a day may come several times.
func (tx *Tx) OpenByReceipt(who party.Actor, subtree []party.UnitID) ([]DayCount, error) {
	w := overviewWhere(who, subtree)
	w.add("c.open")
	// By unit too, in the order of the index: then nothing is sorted.
	return tx.byDay("c.received_on", "c.unit, c.received_on", w)
}

func (tx *Tx) byDay(column, group string, w *where) ([]DayCount, error) {
	rows, err := tx.Query(`SELECT `+column+`, count(*) FROM complaint c`+w.String()+` GROUP BY `+group+` ORDER BY `+group, w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []DayCount
	for rows.Next() {
		var day string
		var d DayCount
		if err := rows.Scan(&day, &d.N); err != nil {
			return nil, err
		}
		d.Day = date(day)
		out = append(out, d)
	}
	return out, rows.Err()
}

// ReceivedIn counts the cases received within an interval, open and finished.
func (tx *Tx) ReceivedIn(who party.Actor, subtree []party.UnitID, span calendar.Interval) (open, closed int, err error) {
	w := overviewWhere(who, subtree)
	w.add("c.received_on >= ?", span.From.String())
	w.add("c.received_on <= ?", span.To.String())
	rows, err := tx.Query(`SELECT c.open, count(*) FROM complaint c`+w.String()+` GROUP BY c.open ORDER BY c.open`, w.args...)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var isOpen bool
		var n int
		if err := rows.Scan(&isOpen, &n); err != nil {
			return 0, 0, err
		}
		if isOpen {
			open = n
		} else {
			closed = n
		}
	}
	return open, closed, rows.Err()
}

// ToldCell counts cases whose decision was told to the consumer on a day.
type ToldCell struct {
	ReceivedOn, ToldOn calendar.Date
	Late               bool // some decision deadline was missed
	Satisfaction       int  // 1 to 5, 0 unknown
	N                  int
}

// ToldIn counts the cases told within an interval.
func (tx *Tx) ToldIn(who party.Actor, subtree []party.UnitID, span calendar.Interval) ([]ToldCell, error) {
	w := overviewWhere(who, subtree)
	toldBetween(w, span)
	rows, err := tx.Query(`SELECT c.told_on, c.received_on, c.told_late, c.satisfaction, count(*) FROM complaint c`+w.String()+
		` GROUP BY c.told_on, c.received_on, c.told_late, c.satisfaction ORDER BY c.told_on, c.received_on, c.told_late, c.satisfaction`, w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ToldCell
	for rows.Next() {
		var c ToldCell
		var told, received string
		if err := rows.Scan(&told, &received, &c.Late, &c.Satisfaction, &c.N); err != nil {
			return nil, err
		}
		c.ToldOn, c.ReceivedOn = date(told), date(received)
		out = append(out, c)
	}
	return out, rows.Err()
}

func toldBetween(w *where, span calendar.Interval) {
	w.add("c.told_on IS NOT NULL")
	w.add("c.told_on >= ?", span.From.String())
	w.add("c.told_on <= ?", span.To.String())
}

// ToldFilter chooses among the told cases: all, those in time, those late, or
// those with a satisfaction.
type ToldFilter struct {
	Span         calendar.Interval
	Late, InTime bool
	Satisfaction int // 0 for any
}

// ToldRows returns the told cases of a filter by id, from after on, at most limit.
func (tx *Tx) ToldRows(who party.Actor, f ToldFilter, after complaint.ID, limit int) ([]Row, error) {
	w := &where{}
	w.permit(who, All)
	toldBetween(w, f.Span)
	if f.Late {
		w.add("c.told_late")
	}
	if f.InTime {
		w.add("NOT c.told_late")
	}
	if f.Satisfaction > 0 {
		w.add("c.satisfaction = ?", f.Satisfaction)
	}
	w.add("c.id > ?", int64(after))
	rows, err := tx.rows("SELECT "+rowColumns+" FROM complaint c"+w.String()+" ORDER BY c.id LIMIT ?", append(w.args, limit)...)
	if err != nil {
		return nil, err
	}
	return rows, tx.openCards(rows)
}
