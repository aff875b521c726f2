package storage

import (
	"database/sql"
	"strings"
	"time"

	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
)

// ExportFilter says which exports of the register are wanted. Zero values do not
// restrict. Reader and All are the permission: with All the subtree of the reader's
// unit, else only the own.
type ExportFilter struct {
	Reader party.Actor
	All    bool

	Who      party.PersonID
	What     string
	State    keeping.ExportState
	Sum      string // beginning of the digest of a file that was found
	From, To time.Time
	Before   int64
	Limit    int
}

// ExportRow is an export in a list.
type ExportRow struct {
	N         int64
	At        time.Time
	Who       string // actor
	What      string
	Form      string
	Filter    string
	Rows      int
	Sum       string
	Case      int64
	Number    string // of the case
	Held      bool
	State     keeping.ExportState
	Until     time.Time
	DecidedBy string
	TakenAt   time.Time
}

// Exports returns a page of the register, the newest first. An export that was not
// decided or taken in time is Expired although nobody has noted it yet.
func (tx *Tx) Exports(f ExportFilter, now time.Time) (out []ExportRow, err error) {
	w := f.where()
	if f.State == keeping.Expired {
		w.add("(e.state = 'expired' OR e.held AND e.state <> 'refused' AND e.until < ?)", now.UnixMicro())
	} else if f.State != "" {
		w.add("e.state = ? AND (NOT e.held OR e.state = 'refused' OR e.until >= ?)", string(f.State), now.UnixMicro())
	}
	rows, err := tx.Query(`SELECT e.n, e.at, e.who, e.what, e.form, e.filter, e.lines, e.sum, e.case_id, COALESCE(c.number, ''), e.held, e.state, e.until, e.decided_by, e.taken_at
		FROM export_register e LEFT JOIN complaint c ON c.id = e.case_id`+w.String()+` ORDER BY e.n DESC LIMIT ?`, append(w.args, f.Limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r ExportRow
		var at, until int64
		var taken sql.NullInt64
		if err := rows.Scan(&r.N, &at, &r.Who, &r.What, &r.Form, &r.Filter, &r.Rows, &r.Sum, &r.Case, &r.Number, &r.Held, &r.State, &until, &r.DecidedBy, &taken); err != nil {
			return nil, err
		}
		r.At, r.Until, r.TakenAt = time.UnixMicro(at).UTC(), time.UnixMicro(until).UTC(), timeOf(taken)
		if r.Held && r.State != keeping.Refused && now.After(r.Until) {
			r.State = keeping.Expired
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (f ExportFilter) where() *where {
	w := &where{}
	if f.All {
		w.add("(e.path LIKE ? ESCAPE '!' OR e.who = ?)", likePrefix(unitPath(f.Reader.Path)), f.Reader.ID)
	} else {
		w.add("e.who = ?", f.Reader.ID)
	}
	if f.Who != "" {
		w.add("e.who = ?", "person/"+string(f.Who))
	}
	if f.What != "" {
		w.add("e.what = ?", f.What)
	}
	if f.Sum != "" {
		w.add("e.sum LIKE ? ESCAPE '!'", likePrefix(strings.ToLower(f.Sum)))
	}
	if !f.From.IsZero() {
		w.add("e.at >= ?", f.From.UnixMicro())
	}
	if !f.To.IsZero() {
		w.add("e.at < ?", f.To.UnixMicro())
	}
	if f.Before > 0 {
		w.add("e.n < ?", f.Before)
	}
	return w
}

// likePrefix is a LIKE pattern for a beginning, with ! as the escape.
func likePrefix(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// ExportsOver returns held exports whose days are over.
func (tx *Tx) ExportsOver(now time.Time) ([]int64, error) {
	return tx.numbers(`SELECT n FROM export_register WHERE held AND until < ? ORDER BY n LIMIT 100`, now.UnixMicro())
}
