package storage

import (
	"cmp"
	"database/sql"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

const upsertCoding = `INSERT INTO case_coding (id, unit, s2, s3, s4, s5, received_on, registered_on, situation, left_out) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET unit = excluded.unit, s2 = excluded.s2, s3 = excluded.s3, s4 = excluded.s4, s5 = excluded.s5, received_on = excluded.received_on,
	registered_on = excluded.registered_on, situation = excluded.situation, left_out = excluded.left_out`

// codingRow is the case's line of case_coding.
func codingRow(c complaint.Case) []any {
	s := [5]any{}
	for i, u := range c.Path {
		if i > 0 && i < len(s) {
			s[i] = string(u)
		}
	}
	return []any{int64(c.ID), string(c.Unit), s[1], s[2], s[3], s[4], c.ReceivedOn.String(), calendar.FromTime(c.RegisteredAt).String(),
		c.CodingKey().String(), coding.LeftOut(string(c.State), string(c.Nature))}
}

// projectCoding brings case_coding up to date; most events change nothing of it.
func (tx *Tx) projectCoding(before, c complaint.Case) {
	row := codingRow(c)
	if before.Version == 0 || !slices.Equal(row, codingRow(before)) {
		tx.Exec(upsertCoding, row...)
	}
}

// CodingFilter chooses cases for counts by coding.
type CodingFilter struct {
	Received  calendar.Interval // zero ends are open
	Unit      party.UnitID      // handling unit and below; "" for the reader's reach
	UnitDepth int               // depth of Unit in the tree, 1 = head office
}

func (f CodingFilter) where(w *where) {
	if !f.Received.From.IsZero() {
		w.add("c.received_on >= ?", f.Received.From.String())
	}
	if !f.Received.To.IsZero() {
		w.add("c.received_on <= ?", f.Received.To.String())
	}
	if f.Unit != "" {
		w.subtree(f.Unit, f.UnitDepth)
	}
}

// CodingGroups counts the cases in the actor's reach by what their codings depend
// on. since are the days from which other versions are in force, sorted, the first
// zero; within each span between two of them cases are coded alike. However many
// versions there are, the index is walked once.
func (tx *Tx) CodingGroups(who party.Actor, subtree []party.UnitID, f CodingFilter, since []calendar.Date) ([]coding.Group, error) {
	w := overviewWhere(who, subtree)
	f.where(w)
	var from strings.Builder // how many were registered from each boundary on
	var args []any
	for _, day := range since[1:] {
		from.WriteString(", count(*) FILTER (WHERE c.registered_on >= ?)")
		args = append(args, day.String())
	}
	rows, err := tx.Query(`SELECT c.situation, c.left_out, count(*)`+from.String()+` FROM case_coding c`+w.String()+
		` GROUP BY c.situation, c.left_out ORDER BY c.situation, c.left_out`, append(args, w.args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return spansOf(rows, since)
}

// spansOf reads counts from each boundary on, and gives those within each span.
func spansOf(rows *sql.Rows, since []calendar.Date) ([]coding.Group, error) {
	var out []coding.Group
	var g coding.Group
	counts := make([]int, len(since)+1) // the last stays zero: nobody is registered after the end
	into := []any{&g.Key, &g.LeftOut}
	for i := range since {
		into = append(into, &counts[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, day := range since {
			if n := counts[i] - counts[i+1]; n > 0 {
				out = append(out, coding.Group{Key: g.Key, LeftOut: g.LeftOut, Since: day, N: n})
			}
		}
	}
	return out, rows.Err()
}

// span bounds the day of registration to that between the i-th boundary and the next.
func span(w *where, since []calendar.Date, i int) {
	if !since[i].IsZero() {
		w.add("c.registered_on >= ?", since[i].String())
	}
	if i+1 < len(since) {
		w.add("c.registered_on < ?", since[i+1].String())
	}
}

// codingChunk bounds how many situations one statement names.
const codingChunk = 500

// CodingIDs returns the cases of groups by id, from after on, at most limit. The
// groups are some of those that CodingGroups gave for the same filter and boundaries.
func (tx *Tx) CodingIDs(who party.Actor, subtree []party.UnitID, f CodingFilter, since []calendar.Date, groups []coding.Group, after complaint.ID, limit int) ([]complaint.ID, error) {
	type part struct {
		since calendar.Date
		out   string
	}
	keys := map[part][]any{}
	for _, g := range groups {
		p := part{g.Since, g.LeftOut}
		keys[p] = append(keys[p], g.Key)
	}
	var ids []complaint.ID
	for p, all := range keys {
		for chunk := range slices.Chunk(all, codingChunk) {
			w := overviewWhere(who, subtree)
			f.where(w)
			span(w, since, slices.Index(since, p.since))
			w.add("c.left_out = ?", p.out)
			w.add("c.situation IN (?"+strings.Repeat(", ?", len(chunk)-1)+")", chunk...)
			w.add("c.id > ?", int64(after))
			found, err := tx.ids(`SELECT c.id FROM case_coding c`+w.String()+` ORDER BY c.id LIMIT ?`, append(w.args, limit)...)
			if err != nil {
				return nil, err
			}
			ids = append(ids, found...)
		}
	}
	slices.Sort(ids)
	return ids[:min(limit, len(ids))], nil
}

func (tx *Tx) ids(q string, args ...any) ([]complaint.ID, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []complaint.ID
	for rows.Next() {
		var id complaint.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// CodingKeys returns the situations and days of registration of cases, by id.
func (tx *Tx) CodingKeys(ids []complaint.ID) (map[complaint.ID]coding.Group, error) {
	out := make(map[complaint.ID]coding.Group, len(ids))
	for chunk := range slices.Chunk(ids, codingChunk) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = int64(id)
		}
		rows, err := tx.Query(`SELECT c.id, c.situation, c.left_out, c.registered_on FROM case_coding c WHERE c.id IN (?`+strings.Repeat(", ?", len(chunk)-1)+`) ORDER BY c.id`, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id complaint.ID
			var day string
			g := coding.Group{N: 1}
			if err := rows.Scan(&id, &g.Key, &g.LeftOut, &day); err != nil {
				_ = rows.Close()
				return nil, err
			}
			g.Since = date(day)
			out[id] = g
		}
		if err := cmp.Or(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Codings returns base with everything that the coding streams say.
func (tx *Tx) Codings(base *coding.Catalogue) (*coding.Catalogue, error) {
	out := base
	for _, s := range base.Schemes("") {
		events, err := tx.Load(coding.Stream(s.ID))
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			v := map[string]any{coding.KindProposed: new(coding.Proposed), coding.KindReleased: new(coding.Released), coding.KindDropped: new(coding.Dropped)}[e.Kind]
			if v == nil {
				continue
			}
			if err := tx.Decode(e, v); err != nil {
				return nil, err
			}
			out = out.Apply(s.ID, v)
		}
	}
	return out, nil
}

// CodingsHead is the sum of the versions of the coding streams: it grows with each
// change of a scheme or table. Every command asks for it, so it is one query.
func (tx *Tx) CodingsHead(base *coding.Catalogue) (n int64, err error) {
	var streams []any
	for _, s := range base.Schemes("") {
		streams = append(streams, coding.Stream(s.ID))
	}
	in := "?" + strings.Repeat(", ?", len(streams)-1)
	err = tx.Scan(`SELECT CAST(coalesce(sum(h.version), 0) AS BIGINT) FROM (SELECT max(version) AS version FROM event WHERE stream IN (`+in+`) GROUP BY stream) h`, streams, &n)
	return n, err
}
