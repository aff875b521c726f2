package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// Examination is an examination as the read table has it.
type Examination struct {
	examine.Opened
	At    time.Time // of the draw
	By    string
	Ended time.Time // zero unless somebody ended it before its time
}

// Live reports whether the examiner may still read.
func (e Examination) Live(at time.Time) bool {
	return e.ID != 0 && e.Ended.IsZero() && !examine.Over(e.Until, at)
}

// OpenExamination buffers the event of the draw and its rows.
func (tx *Tx) OpenExamination(by string, e examine.Opened) error {
	if err := tx.Append(examine.Stream(e.ID), 1, by, examine.KindOpened, e); err != nil {
		return err
	}
	stmts, err := openedRows(by, tx.at, e)
	for _, s := range stmts {
		tx.Exec(s.q, s.args...)
	}
	return err
}

func openedRows(by string, at time.Time, e examine.Opened) ([]stmt, error) {
	doc, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	out := []stmt{{q: `INSERT INTO examination (id, person, until_day, opened, opened_by, ended, doc) VALUES (?, ?, ?, ?, ?, 0, ?)`, args: []any{e.ID, string(e.Person), e.Until.String(), at.UnixMicro(), by, string(doc)}}}
	for _, id := range e.Cases {
		out = append(out, stmt{q: `INSERT INTO examination_case (examination, case_id) VALUES (?, ?)`, args: []any{e.ID, id}})
	}
	return out, nil
}

const endExamination = `UPDATE examination SET ended = ? WHERE id = ?`

// EndExamination buffers the event of an early end.
func (tx *Tx) EndExamination(by string, id int64) error {
	if _, err := tx.AppendNext(examine.Stream(id), by, examine.KindEnded, examine.Ended{ID: id}); err != nil {
		return err
	}
	tx.Exec(endExamination, tx.at.UnixMicro(), id)
	return nil
}

// rebuildExamination derives the rows of one examination.
func (tx *Tx) rebuildExamination(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	for _, e := range events {
		var stmts []stmt
		switch e.Kind {
		case examine.KindOpened:
			var o examine.Opened
			if err = tx.Decode(e, &o); err == nil {
				stmts, err = openedRows(e.By, e.At, o)
			}
		case examine.KindEnded:
			var o examine.Ended
			err = tx.Decode(e, &o)
			stmts = []stmt{{q: endExamination, args: []any{e.At.UnixMicro(), o.ID}}}
		}
		if err != nil {
			return err
		}
		for _, s := range stmts {
			if _, err := w.Exec(s.q, s.args...); err != nil {
				return err
			}
		}
	}
	return nil
}

const examinationColumns = `doc, opened, opened_by, ended`

func scanExamination(scan func(...any) error) (e Examination, err error) {
	var doc string
	var opened, ended int64
	if err := scan(&doc, &opened, &e.By, &ended); err != nil {
		return e, err
	}
	e.At = time.UnixMicro(opened).UTC()
	if ended != 0 {
		e.Ended = time.UnixMicro(ended).UTC()
	}
	return e, json.Unmarshal([]byte(doc), &e.Opened)
}

// Examinations returns all, newest first.
func (tx *Tx) Examinations(limit int) ([]Examination, error) {
	rows, err := tx.Query(`SELECT `+examinationColumns+` FROM examination ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Examination
	for rows.Next() {
		e, err := scanExamination(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// Examination returns one by id; fault.NotFound when there is none.
func (tx *Tx) Examination(id int64) (Examination, error) {
	return tx.examination(`SELECT `+examinationColumns+` FROM examination WHERE id = ?`, id)
}

// ExaminationOf returns the newest of a person; fault.NotFound when there is none.
func (tx *Tx) ExaminationOf(p party.PersonID) (Examination, error) {
	return tx.examination(`SELECT `+examinationColumns+` FROM examination WHERE person = ? ORDER BY id DESC LIMIT 1`, string(p))
}

func (tx *Tx) examination(q string, arg any) (Examination, error) {
	e, err := scanExamination(func(dest ...any) error { return tx.Scan(q, []any{arg}, dest...) })
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.New(fault.NotFound, "没有这次检查")
	}
	return e, err
}

// lateMinutes is how long before a checkpoint an event may have been begun that was
// committed after it.
const lateMinutes = 10

// Population returns the cases received within the days whose registration a
// checkpoint of this ledger vouches for, by id. It is the same whenever it is asked.
func (tx *Tx) Population(from, to calendar.Date, c ledger.Checkpoint) ([]int64, error) {
	rows, err := tx.Query(`SELECT id, registered_at FROM complaint WHERE received_on >= ? AND received_on <= ? AND registered_at <= ? ORDER BY id`,
		from.String(), to.String(), c.At.Add(time.Second).UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	var late []int64 // registered just before the checkpoint: the tree decides
	for rows.Next() {
		var id, at int64
		if err := rows.Scan(&id, &at); err != nil {
			return nil, err
		}
		if out = append(out, id); at > c.At.Add(-lateMinutes*time.Minute).UnixMicro() {
			late = append(late, id)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return tx.vouched(out, late, c)
}

// vouched leaves out the late ones that the checkpoint does not vouch for.
func (tx *Tx) vouched(all, late []int64, c ledger.Checkpoint) ([]int64, error) {
	seqs := make(map[int64]int64, len(late))
	var list []int64
	for _, id := range late {
		var seq int64
		if err := tx.Scan(`SELECT seq FROM event WHERE stream = ? AND version = 1`, []any{complaint.ID(id).Stream()}, &seq); err != nil {
			return nil, err
		}
		seqs[id], list = seq, append(list, seq)
	}
	leaves, err := tx.leavesOf(list, c.Size)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, id := range all {
		seq, isLate := seqs[id]
		if _, in := leaves[seq]; !isLate || in {
			out = append(out, id)
		}
	}
	return out, nil
}

// searchAs is Search within what the person may read: by the scope tokens, or for an
// examiner case by case of the sample.
func (tx *Tx) searchAs(who party.Actor, tokens, scope []seal.Token, before int64, limit int) ([]Hit, error) {
	if !who.Has(party.Examiner) {
		return tx.Search(tokens, scope, before, limit)
	}
	var out []Hit
	for _, id := range slices.Backward(who.Sample) {
		if before > 0 && id >= before || len(out) == limit {
			continue
		}
		hits, err := tx.Search(tokens, nil, id+1, 1)
		if err != nil {
			return nil, err
		}
		if len(hits) == 1 && hits[0].Owner == id {
			out = append(out, hits[0])
		}
	}
	return out, nil
}

// drawn is the permission filter of an examiner.
func (w *where) drawn(who party.Actor) {
	w.add("c.id IN (SELECT case_id FROM examination_case WHERE examination = ?)", who.Examination)
}
