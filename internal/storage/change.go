package storage

import (
	"database/sql"
	"strings"
	"time"

	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Change returns a change of the configuration; fault.NotFound when there is none.
func (tx *Tx) Change(n int64) (change.Change, error) {
	c, events, err := foldStream(tx, change.Stream(n), change.EventKinds, change.Change.Apply)
	if err == nil && events == 0 {
		err = fault.New(fault.NotFound, "没有第 %d 号更改", n)
	}
	return c, err
}

// AppendChange appends an event to a change and writes its row.
func (tx *Tx) AppendChange(c change.Change, by string, e change.Event) (change.Change, error) {
	after := c.Apply(e, tx.at, by)
	if err := tx.Append(change.Stream(after.N), after.Version, by, e.Kind(), e); err != nil {
		return c, err
	}
	tx.projectChange(after)
	return after, nil
}

func (tx *Tx) projectChange(c change.Change) {
	tx.Exec(`INSERT INTO config_change (n, at, who, about, subject, title, mode, state, affects, until, decided_by, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (n) DO UPDATE SET state = excluded.state, decided_by = excluded.decided_by, decided_at = excluded.decided_at`,
		c.N, c.At.UnixMicro(), c.By, string(c.About), c.Subject, c.Title, string(c.Mode), string(c.State), unitPath(c.Affects), micro(c.Until), c.DecidedBy, microOrNull(c.DecidedAt))
}

func (tx *Tx) rebuildChange(w *Writer, stream string) error {
	events, err := tx.Load(stream)
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	return w.Project(tx, func(sub *Tx) error {
		return eachOf(sub, events, change.EventKinds, change.Change.Apply, func(c change.Change, _ change.Event) { sub.projectChange(c) })
	})
}

// ChangeRow is a change in a list; its State is as of the time asked for.
type ChangeRow struct {
	N              int64
	At, Until      time.Time
	Who, DecidedBy string // actors
	Decided        time.Time
	About          change.Kind
	Subject, Title string
	Mode           change.Mode
	State          change.State
	Affects        []party.PersonID // whose rights change
}

// ChangeFilter says which changes are wanted.
type ChangeFilter struct {
	About   change.Kind
	Subject string
	Waiting bool  // only those that wait now
	Before  int64 // numbers below; 0 begins with the newest
	Limit   int
}

// Changes returns changes, the newest first.
func (tx *Tx) Changes(f ChangeFilter) (out []ChangeRow, err error) {
	now := tx.at.UnixMicro()
	rows, err := tx.Query(`SELECT n, at, who, about, subject, title, mode, state, affects, until, decided_by, decided_at FROM config_change
		WHERE (? = '' OR about = ?) AND (? = '' OR subject = ?) AND (? = 0 OR n < ?) AND (? = 0 OR state = 'waiting' AND until >= ?) ORDER BY n DESC LIMIT ?`,
		string(f.About), string(f.About), f.Subject, f.Subject, f.Before, f.Before, number(f.Waiting), now, f.Limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r ChangeRow
		var at, until int64
		var affects string
		var decided sql.NullInt64
		if err := rows.Scan(&r.N, &at, &r.Who, &r.About, &r.Subject, &r.Title, &r.Mode, &r.State, &affects, &until, &r.DecidedBy, &decided); err != nil {
			return nil, err
		}
		for p := range strings.SplitSeq(strings.Trim(affects, "/"), "/") {
			r.Affects = append(r.Affects, party.PersonID(p))
		}
		r.At, r.Until, r.Decided = time.UnixMicro(at).UTC(), time.UnixMicro(until).UTC(), timeOf(decided)
		if r.State == change.Waiting && until < now {
			r.State = change.Expired
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
