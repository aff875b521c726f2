package storage

import (
	"database/sql"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// handedOn is the day of the first submission, zero before it.
func handedOn(r review.Review) calendar.Date {
	if len(r.Turns) == 0 {
		return 0
	}
	return r.Turns[0].From
}

// took is the working days from the first submission to the decision, nil before it.
func (s *Store) took(r review.Review) any {
	from, to := handedOn(r), dayOf(decidedAt(r))
	if from.IsZero() || to.IsZero() {
		return nil
	}
	return int64(review.WorkingDays(from, to, nil, s.Rules().Calendar))
}

// projectTurns writes the stretches in which a desk owed its opinion.
func (tx *Tx) projectTurns(before, r review.Review) {
	rules := tx.s.Rules()
	for i, t := range r.Turns {
		known := i < len(before.Turns)
		if known && before.Turns[i].End() == t.End() {
			continue
		}
		due, ok := r.DueOf(t, rules.Library.At(t.From), rules.Calendar)
		end, days := t.End(), 0
		if !end.IsZero() {
			days = review.WorkingDays(t.From, end, t.Pauses, rules.Calendar)
		}
		row := []any{string(t.Stage), t.Urgent, t.From.String(), orNull(due.String()), orNull(end.String()), !t.Back.IsZero(), int64(days), ok && end > due, int64(r.ID), int64(i + 1)}
		if known {
			tx.ExecOne(`UPDATE review_turn SET stage = ?, urgent = ?, from_on = ?, due = ?, end_on = ?, sent_back = ?, days = ?, late = ? WHERE review_id = ? AND n = ?`, row...)
		} else {
			tx.Exec(`INSERT INTO review_turn (stage, urgent, from_on, due, end_on, sent_back, days, late, review_id, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, row...)
		}
	}
}

// ReviewStat chooses reviews by what the statistics count, beside the other
// conditions of a filter: every number of theirs opens the rows it counts. A
// zero value asks for nothing.
type ReviewStat struct {
	Handed  calendar.Interval // first submitted then
	Decided calendar.Interval // decided then
	Done    calendar.Interval // a desk gave its opinion, or sent it back, then
	Outcome review.State      // as Review.Outcome
	Back    bool              // of Done: it was sent back
	Late    bool              // of Done: after the desk's limit
	Must    string            // yes or no: has such a point
	Answer  review.PointState // has a point answered so
	Rule    string            // has a finding of this rule
	Verdict review.Verdict    // has a finding judged so; of Rule when that is set
	Judge   string            // has a finding judged by this person
	Differ  bool              // has a finding that head office judged otherwise than the first stage
}

// turnOver limits to reviews in which head office judged otherwise.
const turnOver = `f.first_verdict <> '' AND (f.first_verdict = 'dismissed') <> (f.verdict = 'dismissed')`

func (s ReviewStat) add(w *where) {
	w.span("r.handed_on", s.Handed)
	w.span("r.decided_on", s.Decided)
	if s.Outcome != "" {
		w.add("r.outcome = ?", string(s.Outcome))
	}
	s.turns(w)
	if s.Answer != "" || s.Must != "" {
		p := &where{}
		p.add("p.review_id = r.id")
		if s.Answer != "" {
			p.add("p.answer = ?", string(s.Answer))
		}
		if s.Must != "" {
			p.add("p.must = ?", s.Must == "yes")
		}
		w.add("EXISTS (SELECT 1 FROM review_point p"+p.String()+")", p.args...)
	}
	s.findings(w)
}

func (s ReviewStat) turns(w *where) {
	if s.Done == (calendar.Interval{}) {
		return
	}
	t := &where{}
	t.add("t.review_id = r.id")
	t.span("t.end_on", s.Done)
	if s.Back {
		t.add("t.sent_back")
	}
	if s.Late {
		t.add("t.late")
	}
	w.add("EXISTS (SELECT 1 FROM review_turn t"+t.String()+")", t.args...)
}

func (s ReviewStat) findings(w *where) {
	f := &where{}
	for col, v := range map[string]string{"f.rule": s.Rule, "f.verdict": string(s.Verdict), "f.judge": s.Judge} {
		if v != "" {
			f.add(col+" = ?", v)
		}
	}
	if s.Differ {
		f.add(turnOver)
	}
	if len(f.parts) > 0 {
		f.add("f.review_id = r.id")
		w.add("EXISTS (SELECT 1 FROM review_finding f"+f.String()+")", f.args...)
	}
}

// span adds both ends of an interval of days; an end that is zero is open.
func (w *where) span(column string, v calendar.Interval) {
	if !v.From.IsZero() {
		w.add(column+" >= ?", v.From.String())
	}
	if !v.To.IsZero() {
		w.add(column+" <= ?", v.To.String())
	}
}

// ReviewCell counts reviews, turns, points or findings that share the values of
// its fields; which fields are set is said by the query that returns it.
type ReviewCell struct {
	Unit    party.UnitID
	Kind    string
	Outcome review.State
	Month   string
	Days    int
	Late    bool
	Back    bool
	Stage   review.Stage
	Must    bool
	Answer  review.PointState
	State   review.PointState
	Pack    string
	Rule    string
	Judge   string
	First   review.Verdict
	Verdict review.Verdict
	N       int
}

// stats runs one counting query over the reviews of a filter. columns are grouped
// by and read into the pointers that into returns, in the same order.
func (tx *Tx) stats(f ReviewFilter, from, columns, count string, into func(*ReviewCell) []any) ([]ReviewCell, error) {
	w := f.where()
	rows, err := tx.Query("SELECT "+columns+", "+count+" FROM review r"+from+w.String()+" GROUP BY "+columns+" ORDER BY "+columns, w.args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, into)
}

func scanAll[T any](rows *sql.Rows, into func(*T) []any) ([]T, error) {
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(into(&v)...); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// ReviewsHanded counts the reviews of a filter by unit, kind and month of their
// first submission.
func (tx *Tx) ReviewsHanded(f ReviewFilter) ([]ReviewCell, error) {
	return tx.stats(f, "", "r.unit, r.kind, substr(r.handed_on, 1, 7)", "count(*)", func(c *ReviewCell) []any { return []any{&c.Unit, &c.Kind, &c.Month, &c.N} })
}

// ReviewsDecided counts them by unit, kind, month of the decision, outcome and
// working days that it took.
func (tx *Tx) ReviewsDecided(f ReviewFilter) ([]ReviewCell, error) {
	return tx.stats(f, "", "r.unit, r.kind, substr(r.decided_on, 1, 7), r.outcome, r.took", "count(*)",
		func(c *ReviewCell) []any { return []any{&c.Unit, &c.Kind, &c.Month, &c.Outcome, &c.Days, &c.N} })
}

// ReviewTurns counts the turns that ended within an interval by unit, kind,
// stage, days, whether late and whether sent back.
func (tx *Tx) ReviewTurns(f ReviewFilter, done calendar.Interval) ([]ReviewCell, error) {
	f.Stat.Done = calendar.Interval{}
	w := f.where()
	w.span("t.end_on", done)
	const columns = "r.unit, r.kind, t.stage, t.days, t.late, t.sent_back"
	rows, err := tx.Query("SELECT "+columns+", count(*) FROM review r JOIN review_turn t ON t.review_id = r.id"+w.String()+" GROUP BY "+columns+" ORDER BY "+columns, w.args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, func(c *ReviewCell) []any {
		return []any{&c.Unit, &c.Kind, &c.Stage, &c.Days, &c.Late, &c.Back, &c.N}
	})
}

// ReviewPoints counts the points of the reviews of a filter by unit, kind, whether
// they have to be adopted, the last answer and where they stand.
func (tx *Tx) ReviewPoints(f ReviewFilter) ([]ReviewCell, error) {
	return tx.stats(f, " JOIN review_point p ON p.review_id = r.id", "r.unit, r.kind, p.must, p.answer, p.state", "count(*)",
		func(c *ReviewCell) []any { return []any{&c.Unit, &c.Kind, &c.Must, &c.Answer, &c.State, &c.N} })
}

// ReviewFindings counts the findings of rules by pack, rule, verdict and who judged.
func (tx *Tx) ReviewFindings(f ReviewFilter) ([]ReviewCell, error) {
	return tx.stats(f, " JOIN review_finding f ON f.review_id = r.id AND f.rule <> ''", "f.pack, f.rule, f.verdict, f.judge", "count(*)",
		func(c *ReviewCell) []any { return []any{&c.Pack, &c.Rule, &c.Verdict, &c.Judge, &c.N} })
}

// ReviewStages counts the findings that both stages had before them, that is of
// reviews on which head office gave its opinion after a branch: by rule, by what
// the first stage said and by what stands. First is "" where head office left the
// first stage's verdict alone.
func (tx *Tx) ReviewStages(f ReviewFilter) ([]ReviewCell, error) {
	return tx.stats(f, ` JOIN review_finding f ON f.review_id = r.id AND f.verdict <> '' AND (f.stage = 'local' OR f.first_verdict <> '')
		AND EXISTS (SELECT 1 FROM review_turn t WHERE t.review_id = r.id AND t.stage = 'head' AND t.end_on IS NOT NULL AND NOT t.sent_back)
		AND EXISTS (SELECT 1 FROM review_turn t WHERE t.review_id = r.id AND t.stage = 'local')`, "f.rule, f.first_verdict, f.verdict", "count(*)",
		func(c *ReviewCell) []any { return []any{&c.Rule, &c.First, &c.Verdict, &c.N} })
}
