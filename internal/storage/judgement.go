package storage

import (
	"slices"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// projectJudgements keeps the table of answers equal to those of the case.
func (tx *Tx) projectJudgements(before, c complaint.Case) {
	if slices.Equal(before.Judgements, c.Judgements) {
		return
	}
	if len(before.Judgements) > 0 {
		tx.Exec(`DELETE FROM complaint_judgement WHERE case_id = ?`, int64(c.ID))
	}
	for i, j := range c.Judgements {
		if j.Topic.Text() {
			j.Value, j.Suggested = "", ""
		}
		tx.Exec(`INSERT INTO complaint_judgement (case_id, n, topic, subject, value, suggested, source, confidence, verdict, judged_by, judged_at, judged_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			int64(c.ID), i+1, string(j.Topic), j.Subject, j.Value, j.Suggested, j.Source, j.Confidence, string(j.Verdict), j.By, j.At.UnixMicro(), calendar.FromTime(j.At).String())
	}
}

// JudgementFilter chooses answers of cases in the reach of a person.
type JudgementFilter struct {
	Who     party.Actor
	Unit    party.UnitID // handling unit and below; "" is everything in reach
	Depth   int          // depth of Unit in the tree, 1 = head office
	Span    calendar.Interval
	Topic   complaint.Topic
	Source  string // rule with version, or digest; a trailing * asks for a beginning
	Verdict complaint.Verdict
	Value   string
	Asked   string // what was suggested
	Limit   int
}

func (f JudgementFilter) where() *where {
	w := &where{}
	w.permit(f.Who, All)
	if f.Unit != "" {
		w.subtree(f.Unit, f.Depth)
	}
	w.add("j.judged_on >= ?", f.Span.From.String())
	w.add("j.judged_on <= ?", f.Span.To.String())
	for _, c := range []struct{ column, value string }{{"j.topic", string(f.Topic)}, {"j.verdict", string(f.Verdict)}, {"j.value", f.Value}, {"j.suggested", f.Asked}} {
		if c.value != "" {
			w.add(c.column+" = ?", c.value)
		}
	}
	if head, ok := strings.CutSuffix(f.Source, "*"); ok {
		w.add("j.source >= ?", head)
		w.add("j.source < ?", head+"\U0010FFFF")
	} else if f.Source != "" {
		w.add("j.source = ?", f.Source)
	}
	return w
}

// JudgementCell counts answers that agree in everything that is counted by.
type JudgementCell struct {
	Topic            complaint.Topic
	Source           string
	Verdict          complaint.Verdict
	Suggested, Value string
	On               calendar.Date
	Unit             party.UnitID
	N                int
}

// JudgementCells counts the answers that a person may see.
func (tx *Tx) JudgementCells(f JudgementFilter) ([]JudgementCell, error) {
	w := f.where()
	const by = `j.topic, j.source, j.verdict, j.suggested, j.value, j.judged_on, c.unit`
	rows, err := tx.Query(`SELECT `+by+`, count(*) FROM complaint_judgement j JOIN complaint c ON c.id = j.case_id`+w.String()+` GROUP BY `+by+` ORDER BY `+by, w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []JudgementCell
	for rows.Next() {
		var c JudgementCell
		var on string
		if err := rows.Scan(&c.Topic, &c.Source, &c.Verdict, &c.Suggested, &c.Value, &on, &c.Unit, &c.N); err != nil {
			return nil, err
		}
		c.On = date(on)
		out = append(out, c)
	}
	return out, rows.Err()
}

// JudgedRow is one answer with its case.
type JudgedRow struct {
	Case      complaint.ID
	Number    string
	Unit      party.UnitID
	Judgement complaint.Judgement
}

// JudgedRows lists answers, newest first.
func (tx *Tx) JudgedRows(f JudgementFilter) ([]JudgedRow, error) {
	w := f.where()
	rows, err := tx.Query(`SELECT c.id, c.number, c.unit, j.topic, j.subject, j.value, j.suggested, j.source, j.confidence, j.verdict, j.judged_by, j.judged_at
		FROM complaint_judgement j JOIN complaint c ON c.id = j.case_id`+w.String()+` ORDER BY j.judged_at DESC, j.case_id DESC, j.n LIMIT ?`, append(w.args, f.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []JudgedRow
	for rows.Next() {
		var r JudgedRow
		var at int64
		j := &r.Judgement
		if err := rows.Scan(&r.Case, &r.Number, &r.Unit, &j.Topic, &j.Subject, &j.Value, &j.Suggested, &j.Source, &j.Confidence, &j.Verdict, &j.By, &at); err != nil {
			return nil, err
		}
		j.At = time.UnixMicro(at).UTC()
		out = append(out, r)
	}
	return out, rows.Err()
}

// ConfirmedJudgement is an answer that a person gave, for training: refusals
// without another value are left out.
type ConfirmedJudgement struct {
	Case    complaint.ID
	Subject int // contact number, 0 for the narrative
	Value   string
}

// ConfirmedJudgements lists the answers of a topic in the order of the cases. It
// is for the program itself: no permission filter.
func (tx *Tx) ConfirmedJudgements(topic complaint.Topic) ([]ConfirmedJudgement, error) {
	rows, err := tx.Query(`SELECT case_id, subject, value FROM complaint_judgement WHERE topic = ? AND value <> '' ORDER BY case_id, n`, string(topic))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ConfirmedJudgement
	for rows.Next() {
		var c ConfirmedJudgement
		if err := rows.Scan(&c.Case, &c.Subject, &c.Value); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// ConfirmedMoods returns the latest emotion that a person confirmed, of those
// among the cases that have one.
func (tx *Tx) ConfirmedMoods(ids []complaint.ID) (map[complaint.ID]string, error) {
	out := make(map[complaint.ID]string, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	args := make([]any, len(ids), len(ids)+1)
	for i, id := range ids {
		args[i] = int64(id)
	}
	rows, err := tx.Query(`SELECT case_id, value FROM complaint_judgement WHERE case_id IN (?`+strings.Repeat(", ?", len(ids)-1)+`) AND topic = ? AND value <> '' ORDER BY case_id, subject, judged_at`, append(args, string(complaint.TopicEmotion))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id complaint.ID
		var value string
		if err := rows.Scan(&id, &value); err != nil {
			return nil, err
		}
		out[id] = value
	}
	return out, rows.Err()
}
