package storage

import (
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
)

// ReviewLoad is how much waits with one reviewer or comes from one unit. Turns
// are the days from submission to opinion of those given since a day.
type ReviewLoad struct {
	Person  party.PersonID // "" in a load by unit, and for what nobody has taken
	Unit    party.UnitID   // "" in a load by person
	Open    int            // waits for a reviewer
	Soon    int            // of Open: due within the warning distance
	Overdue int
	Waiting int // open and waits for others
	Turns   []int
}

// ReviewLoads counts the open reviews in the actor's reach by reviewer and by
// submitting unit, with the turns since a day. Drafts are nobody's load.
func (tx *Tx) ReviewLoads(who party.Actor, today calendar.Date, soon int, since calendar.Date) (people, units []ReviewLoad, err error) {
	w := &where{}
	w.permitReviews(who)
	w.add("r.state <> 'draft'")
	w.add("(r.open OR r.opinion_on >= ?)", since.String())
	rows, err := tx.Query("SELECT r.reviewer, r.unit, r.open, r.waits, r.due, r.submitted_on, r.opinion_on FROM review r"+w.String()+" ORDER BY r.reviewer, r.unit", w.args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var person, unit, waits string
		var open bool
		var due, from, to *string
		if err := rows.Scan(&person, &unit, &open, &waits, &due, &from, &to); err != nil {
			return nil, nil, err
		}
		for _, l := range []*ReviewLoad{loadOf(&people, party.PersonID(person), ""), loadOf(&units, "", party.UnitID(unit))} {
			l.count(open, waits, textDate(due), today, soon)
			l.turn(textDate(from), textDate(to), since)
		}
	}
	return people, units, rows.Err()
}

func textDate(s *string) calendar.Date {
	if s == nil {
		return 0
	}
	return date(*s)
}

func loadOf(list *[]ReviewLoad, person party.PersonID, unit party.UnitID) *ReviewLoad {
	for i := range *list {
		if (*list)[i].Person == person && (*list)[i].Unit == unit {
			return &(*list)[i]
		}
	}
	*list = append(*list, ReviewLoad{Person: person, Unit: unit})
	return &(*list)[len(*list)-1]
}

func (l *ReviewLoad) count(open bool, waits string, due, today calendar.Date, soon int) {
	switch {
	case !open:
		return
	case waits != "reviewer":
		l.Waiting++
		return
	}
	l.Open++
	switch {
	case due.IsZero():
	case due < today:
		l.Overdue++
	case due.Sub(today) <= soon:
		l.Soon++
	}
}

func (l *ReviewLoad) turn(from, to, since calendar.Date) {
	if !from.IsZero() && !to.IsZero() && to >= since && to >= from {
		l.Turns = append(l.Turns, to.Sub(from))
	}
}
