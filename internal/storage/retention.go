package storage

import (
	"database/sql"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
)

// ClosedCursor is where a walk over closed cases stands.
type ClosedCursor struct {
	On calendar.Date
	ID complaint.ID
}

// ClosedBefore returns cases that were closed on or before a day and stand on no
// protocol of erasing, the oldest first, after a place of the walk.
func (tx *Tx) ClosedBefore(day calendar.Date, after ClosedCursor, limit int) ([]ClosedCursor, error) {
	from := ""
	if after.ID != 0 {
		from = after.On.String()
	}
	rows, err := tx.Query(`SELECT c.closed_on, c.id FROM complaint c WHERE c.closed_on IS NOT NULL AND c.closed_on <= ? AND (c.closed_on > ? OR c.closed_on = ? AND c.id > ?)
		AND NOT c.open AND NOT EXISTS (SELECT 1 FROM retention_case r WHERE r.case_id = c.id) ORDER BY c.closed_on, c.id LIMIT ?`, day.String(), from, from, int64(after.ID), limit)
	if err != nil {
		return nil, err
	}
	return scanClosed(rows)
}

func scanClosed(rows *sql.Rows) (out []ClosedCursor, err error) {
	defer rows.Close()
	for rows.Next() {
		var on string
		var at ClosedCursor
		if err := rows.Scan(&on, &at.ID); err != nil {
			return nil, err
		}
		if at.On, err = calendar.Parse(on); err != nil {
			return nil, err
		}
		out = append(out, at)
	}
	return out, rows.Err()
}

// HeldBy returns the number of the first legal hold on a case that stands on a
// day, 0 when there is none.
func (tx *Tx) HeldBy(id complaint.ID, on calendar.Date) (n int64, err error) {
	err = tx.Scan(`SELECT COALESCE(MIN(n), 0) FROM legal_hold WHERE case_id = ? AND lifted_at IS NULL AND (until IS NULL OR until >= ?)`, []any{int64(id), on.String()}, &n)
	return n, err
}

// MergedInto returns the cases that were merged into a case and are not erased.
func (tx *Tx) MergedInto(id complaint.ID) ([]int64, error) {
	return tx.numbers(`SELECT c.id FROM complaint c WHERE c.merged_into = ? AND c.state = 'merged' AND NOT EXISTS (SELECT 1 FROM retention_case r WHERE r.case_id = c.id) ORDER BY c.id`, int64(id))
}

// Holds returns the numbers of the legal holds: those not lifted first, then the newest.
func (tx *Tx) Holds(limit int) ([]int64, error) {
	return tx.numbers(`SELECT n FROM legal_hold ORDER BY CASE WHEN lifted_at IS NULL THEN 0 ELSE 1 END, n DESC LIMIT ?`, limit)
}

// OpenRuns returns the approved protocols that are not done.
func (tx *Tx) OpenRuns() ([]int64, error) {
	return tx.numbers(`SELECT n FROM retention_run WHERE state = 'approved' ORDER BY n`)
}

func (tx *Tx) numbers(q string, args ...any) (out []int64, err error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// RunRow is a protocol of erasing in a list.
type RunRow struct {
	N                      int64
	At, Ended              time.Time
	Who, DecidedBy         string // actors
	Ground, State          string
	Cases, Erased, Skipped int
}

// ErasureRuns returns protocols, the newest first, below a number (0 for all).
func (tx *Tx) ErasureRuns(before int64, limit int) (out []RunRow, err error) {
	rows, err := tx.Query(`SELECT n, at, who, ground, state, cases, erased, skipped, decided_by, ended_at FROM retention_run WHERE (? = 0 OR n < ?) ORDER BY n DESC LIMIT ?`, before, before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r RunRow
		var at int64
		var ended sql.NullInt64
		if err := rows.Scan(&r.N, &at, &r.Who, &r.Ground, &r.State, &r.Cases, &r.Erased, &r.Skipped, &r.DecidedBy, &ended); err != nil {
			return nil, err
		}
		r.At, r.Ended = time.UnixMicro(at).UTC(), timeOf(ended)
		out = append(out, r)
	}
	return out, rows.Err()
}

func timeOf(v sql.NullInt64) time.Time {
	if !v.Valid || v.Int64 == 0 {
		return time.Time{}
	}
	return time.UnixMicro(v.Int64).UTC()
}
