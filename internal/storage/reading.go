package storage

import (
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"xiaobao/internal/complaint"
	"xiaobao/internal/keeping"
	"xiaobao/internal/ledger"
)

// Readers returns the people with at least so many readings since a time, from the
// hourly counts.
func (tx *Tx) Readers(since time.Time, least int) (out []string, err error) {
	rows, err := tx.Query(`SELECT who FROM access_count WHERE hour >= ? AND who LIKE 'person/%' GROUP BY who HAVING SUM(reads) >= ? ORDER BY who`, since.UnixMicro(), least)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var who string
		if err := rows.Scan(&who); err != nil {
			return nil, err
		}
		out = append(out, who)
	}
	return out, rows.Err()
}

// ReadingsOf returns what a person read since a time, the oldest first, with what
// the rules of unusual reading ask of it.
func (tx *Tx) ReadingsOf(who string, since time.Time) ([]keeping.Reading, error) {
	out, err := tx.readingRows(who, since)
	if err != nil {
		return nil, err
	}
	queries, err := tx.searchedBy(who, since)
	if err != nil {
		return nil, err
	}
	foreign, surnames := map[int64]bool{}, map[int64]string{}
	for i := range out {
		r := &out[i]
		r.Query = queries[r.ID]
		if r.Kind != "access.Revealed" || r.Case == 0 {
			continue
		}
		if _, known := foreign[r.Case]; !known {
			if foreign[r.Case], err = tx.foreignTo(who, complaint.ID(r.Case)); err != nil {
				return nil, err
			}
			if surnames[r.Case], err = tx.surnameOf(complaint.ID(r.Case)); err != nil {
				return nil, err
			}
		}
		r.Foreign, r.Surname = foreign[r.Case], surnames[r.Case]
	}
	return out, nil
}

func (tx *Tx) readingRows(who string, since time.Time) (out []keeping.Reading, err error) {
	rows, err := tx.Query(`SELECT id, at, kind, case_id FROM access_log WHERE who = ? AND at >= ? ORDER BY at, id`, who, since.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r := keeping.Reading{Who: who}
		var at int64
		if err := rows.Scan(&r.ID, &at, &r.Kind, &r.Case); err != nil {
			return nil, err
		}
		r.At = time.UnixMicro(at).UTC()
		out = append(out, r)
	}
	return out, rows.Err()
}

// searchedBy opens what a person searched for since a time, by line of the record,
// in the form in which equal searches are equal.
func (tx *Tx) searchedBy(who string, since time.Time) (map[int64]string, error) {
	rows, err := tx.Query(`SELECT `+eventColumns+` FROM event e LEFT JOIN sealed s ON s.seq = e.seq WHERE e.stream = ? AND e.kind = 'access.Searched' AND e.at >= ? ORDER BY e.version`,
		"access/search/"+strings.TrimPrefix(who, "person/"), since.UnixMicro())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []ledger.Event
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	out := map[int64]string{}
	for _, e := range events {
		var a Accessed
		if err := tx.Decode(e, &a); err != nil {
			return nil, err
		}
		out[a.Row] = strings.ToLower(strings.Join(strings.Fields(a.Why), " "))
	}
	return out, rows.Err()
}

// foreignTo reports whether a person neither owns a case nor has done anything in it.
func (tx *Tx) foreignTo(who string, id complaint.ID) (bool, error) {
	var n int64
	err := tx.Scan(`SELECT count(*) FROM complaint WHERE id = ? AND 'person/' || owner = ?`, []any{int64(id), who}, &n)
	if err != nil || n > 0 {
		return false, err
	}
	acted, err := tx.actedIn(id.Stream(), who)
	return !acted, err
}

// surnameOf is the first character of the complainant's name, "" when it is not known.
func (tx *Tx) surnameOf(id complaint.ID) (string, error) {
	var ct []byte
	err := tx.Scan(`SELECT card FROM complaint WHERE id = ?`, []any{int64(id)}, &ct)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := tx.OpenText(id.Stream(), "complaint.card", ct)
	if err != nil || plain == nil {
		return "", err
	}
	var card Card
	if err := json.Unmarshal(plain, &card); err != nil {
		return "", err
	}
	if r, size := utf8.DecodeRuneInString(card.Name); size > 0 && r != '*' {
		return string(r), nil
	}
	return "", nil
}

// UsualReads is the mean of a person's readings over the hours or days with any in
// the 30 days before a time, from the hourly counts; 0 when there were none. counts
// is as in the rules of unusual reading.
func (tx *Tx) UsualReads(who, counts, window string, before time.Time) (float64, error) {
	span := hourMicros
	if window == "day" {
		span *= 24
	}
	kinds := `kind <> 'access.Searched'`
	switch counts {
	case "reveals":
		kinds = `kind = 'access.Revealed'`
	case "searches":
		kinds = `kind = 'access.Searched'`
	}
	var sum, n int64
	err := tx.Scan(`SELECT COALESCE(SUM(x.n), 0), count(*) FROM (SELECT SUM(reads) AS n FROM access_count WHERE who = ? AND `+kinds+` AND hour >= ? AND hour < ? GROUP BY (hour + `+strconv.FormatInt(8*hourMicros, 10)+`) / `+strconv.FormatInt(span, 10)+`) x`,
		[]any{who, before.AddDate(0, 0, -30).UnixMicro(), before.UnixMicro()}, &sum, &n)
	if err != nil || n == 0 {
		return 0, err
	}
	return float64(sum) / float64(n), nil
}

// FlagRow is a flag of unusual reading in a list.
type FlagRow struct {
	Stream    string
	Rule, Who string
	Start, At time.Time
	Reads     int
	Usual     int64 // tenths
	ClosedBy  string
	ClosedAt  time.Time
	Verdict   keeping.Verdict
}

// Flags returns flags of unusual reading, the newest first; open only, or all.
func (tx *Tx) Flags(open bool, who string, limit int) (out []FlagRow, err error) {
	w := &where{}
	if open {
		w.add("closed_at IS NULL")
	}
	if who != "" {
		w.add("who = ?", who)
	}
	rows, err := tx.Query(`SELECT stream, rule, who, start, at, reads, usual, closed_by, closed_at, verdict FROM access_flag`+w.String()+` ORDER BY at DESC, stream LIMIT ?`, append(w.args, limit)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r FlagRow
		var start, at int64
		var closed sql.NullInt64
		if err := rows.Scan(&r.Stream, &r.Rule, &r.Who, &start, &at, &r.Reads, &r.Usual, &r.ClosedBy, &closed, &r.Verdict); err != nil {
			return nil, err
		}
		r.Start, r.At, r.ClosedAt = time.UnixMicro(start).UTC(), time.UnixMicro(at).UTC(), timeOf(closed)
		out = append(out, r)
	}
	return out, rows.Err()
}

// Scanned is up to when the readings were looked at, the zero time for never.
func (tx *Tx) Scanned() (time.Time, error) {
	var at int64
	err := tx.Scan(`SELECT COALESCE(MAX(at), 0) FROM access_scan`, nil, &at)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(at).UTC(), nil
}

// SetScanned notes it.
func (tx *Tx) SetScanned(at time.Time) {
	tx.Exec(`INSERT INTO access_scan (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at`, at.UnixMicro())
}
