package storage

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/seal"
)

// PrecedentRow is one precedent in a list.
type PrecedentRow struct {
	ID           precedent.ID
	Number       string
	Version      int64
	State, Work  precedent.State
	Shown        bool
	Proposer     string
	Editor       string
	Returned     bool
	Editions     int
	Cited        int
	ChangedOn    calendar.Date
	ApprovedOn   calendar.Date
	Days         int
	Satisfaction int
	Escalated    bool
	Card         PrecedentCard
	Tags         map[string][]string // of the approved edition, by topic
	card         []byte
}

// PrecedentFilter chooses precedents. Without Work it is the library: approved
// ones, newest approval first. With Work it is the drafts and requests that the
// person may see: the own ones, and those that wait in reach of an approver.
type PrecedentFilter struct {
	Who     party.Actor
	Work    bool
	Approve bool                // Who may approve in the own subtree
	Words   string              // for the library
	Tags    map[string][]string // by topic: one of the values
	Settled bool                // not escalated
	Before  precedent.ID
	Limit   int
}

// searchedPrecedents bounds how many hits of words the filters are laid on.
const searchedPrecedents = 500

// where is the condition of the filter; ok is false when nothing can match.
func (tx *Tx) precedentWhere(f PrecedentFilter) (w *where, ok bool, err error) {
	w = &where{}
	if f.Work {
		w.add("p.work <> ''")
		prefix := pathText(f.Who.Path)
		if f.Approve {
			w.add("(p.proposer = ? OR p.work = 'waiting' AND substr(p.path, 1, ?) = ?)", f.Who.ID, len([]rune(prefix)), prefix)
		} else {
			w.add("p.proposer = ?", f.Who.ID)
		}
		w.notRecusedFrom("p.source", f.Who)
		return w, true, nil
	}
	w.add("p.shown")
	if f.Settled {
		w.add("NOT p.escalated")
	}
	for _, topic := range precedent.Topics {
		values := f.Tags[topic]
		if len(values) == 0 {
			continue
		}
		args := []any{topic}
		for _, v := range values {
			args = append(args, v)
		}
		w.add("p.id IN (SELECT t.precedent_id FROM precedent_tag t WHERE t.topic = ? AND t.value IN (?"+strings.Repeat(", ?", len(values)-1)+"))", args...)
	}
	if strings.TrimSpace(f.Words) == "" {
		return w, true, nil
	}
	ids, err := tx.searchPrecedents(f.Words)
	if err != nil || len(ids) == 0 {
		return w, false, err
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	w.add("p.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	return w, true, nil
}

func (tx *Tx) searchPrecedents(words string) ([]precedent.ID, error) {
	tokens := tx.s.keys.QueryTokens(nil, words)
	if len(tokens) == 0 {
		return nil, nil
	}
	return tx.precedentHits(append(tokens, tx.s.precedentScope()), nil, searchedPrecedents)
}

func (tx *Tx) precedentHits(all, any []seal.Token, limit int) ([]precedent.ID, error) {
	hits, err := tx.Search(all, any, 0, limit)
	var out []precedent.ID
	for _, h := range hits {
		if h.Doc > precedentDoc(0) {
			out = append(out, precedent.ID(h.Doc-precedentDoc(0)))
		}
	}
	return out, err
}

const precedentRowColumns = `p.id, p.number, p.version, p.state, p.work, p.shown, p.proposer, p.editor, p.returned, p.editions, p.cited, p.changed_on, p.approved_on, p.days, p.satisfaction, p.escalated, p.card`

// Precedents returns a page of the filter, newest first, and the Before of the
// next page (0 at the end).
func (tx *Tx) Precedents(f PrecedentFilter) ([]PrecedentRow, precedent.ID, error) {
	w, ok, err := tx.precedentWhere(f)
	if err != nil || !ok {
		return nil, 0, err
	}
	if f.Before != 0 {
		w.add("p.id < ?", int64(f.Before))
	}
	rows, err := tx.precedentRows(`SELECT `+precedentRowColumns+` FROM precedent p`+w.String()+` ORDER BY p.id DESC LIMIT ?`, append(w.args, f.Limit+1)...)
	if err != nil {
		return nil, 0, err
	}
	var next precedent.ID
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[len(rows)-1].ID
	}
	return rows, next, tx.tagPrecedents(rows)
}

// CountPrecedents counts the precedents of a filter.
func (tx *Tx) CountPrecedents(f PrecedentFilter) (n int, err error) {
	w, ok, err := tx.precedentWhere(f)
	if err != nil || !ok {
		return 0, err
	}
	err = tx.Scan(`SELECT count(*) FROM precedent p`+w.String(), w.args, &n)
	return n, err
}

// Facet is how many precedents have a value of a topic.
type Facet struct {
	Topic, Value string
	N            int
}

// PrecedentFacets counts the values of a topic among the precedents of a filter,
// its own choice left out so that others can be chosen; most first.
func (tx *Tx) PrecedentFacets(f PrecedentFilter, topic string) ([]Facet, error) {
	tags := map[string][]string{}
	for t, v := range f.Tags {
		if t != topic {
			tags[t] = v
		}
	}
	f.Tags = tags
	w, ok, err := tx.precedentWhere(f)
	if err != nil || !ok {
		return nil, err
	}
	w.add("g.topic = ?", topic)
	rows, err := tx.Query(`SELECT g.topic, g.value, count(*) FROM precedent_tag g JOIN precedent p ON p.id = g.precedent_id`+w.String()+` GROUP BY g.topic, g.value ORDER BY count(*) DESC, g.value`, w.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Facet
	for rows.Next() {
		var x Facet
		if err := rows.Scan(&x.Topic, &x.Value, &x.N); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// PrecedentsByID returns approved precedents in the given order.
func (tx *Tx) PrecedentsByID(ids []precedent.ID) ([]PrecedentRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	rows, err := tx.precedentRows(`SELECT `+precedentRowColumns+` FROM precedent p WHERE p.shown AND p.id IN (?`+strings.Repeat(", ?", len(ids)-1)+`)`, args...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b PrecedentRow) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return rows, tx.tagPrecedents(rows)
}

// PrecedentOf returns the precedent, or the draft of one, that was made of a
// complaint; 0 when there is none.
func (tx *Tx) PrecedentOf(source int64) (id precedent.ID, err error) {
	ids, err := scanIDs(tx.Query(`SELECT p.id FROM precedent p WHERE p.source = ? AND p.state <> 'withdrawn'`, source))
	if len(ids) > 0 {
		id = precedent.ID(ids[0])
	}
	return id, err
}

// PrecedentByNumber returns the precedent with a number, 0 when there is none.
func (tx *Tx) PrecedentByNumber(number string) (id precedent.ID, err error) {
	ids, err := scanIDs(tx.Query(`SELECT p.id FROM precedent p WHERE p.number = ?`, number))
	if number != "" && len(ids) > 0 {
		id = precedent.ID(ids[0])
	}
	return id, err
}

// libraryProbes is how many clues the library is asked for, twelve at a time: it is small.
const libraryProbes = 96

// AlikePrecedents returns approved precedents that may resemble a text: those with
// some of the clues, and the newest of the same product and reason.
func (tx *Tx) AlikePrecedents(clues []Clue, product, reason string, limit int) ([]precedent.ID, error) {
	var out []precedent.ID
	for part := range slices.Chunk(clues[:min(libraryProbes, len(clues))], 12) {
		var any []seal.Token
		for _, c := range part {
			any = append(any, tx.s.keys.QueryTokens(nil, c.Word)...)
		}
		if len(any) == 0 {
			continue
		}
		ids, err := tx.precedentHits([]seal.Token{tx.s.precedentScope()}, any, limit)
		if err != nil {
			return nil, err
		}
		out = append(out, ids...)
	}
	if product != "" && reason != "" {
		rows, _, err := tx.Precedents(PrecedentFilter{Tags: map[string][]string{"product": {product}, "reason": {reason}}, Limit: limit})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out = append(out, r.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// ClosedAlike counts the closed complaints of a product and reason, "" for any, up to most.
func (tx *Tx) ClosedAlike(product, reason string, most int) (n int, err error) {
	w := &where{}
	w.add("c.state = 'closed'")
	if product != "" {
		w.add("c.product = ?", product)
	}
	if reason != "" {
		w.add("c.reason = ?", reason)
	}
	err = tx.Scan(`SELECT count(*) FROM (SELECT 1 FROM complaint c`+w.String()+` LIMIT ?) AS few`, append(w.args, most), &n)
	return n, err
}

func (tx *Tx) precedentRows(q string, args ...any) ([]PrecedentRow, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []PrecedentRow
	for rows.Next() {
		var r PrecedentRow
		var changed string
		var approved sql.NullString
		if err := rows.Scan(&r.ID, &r.Number, &r.Version, &r.State, &r.Work, &r.Shown, &r.Proposer, &r.Editor, &r.Returned, &r.Editions, &r.Cited, &changed, &approved, &r.Days, &r.Satisfaction, &r.Escalated, &r.card); err != nil {
			return nil, err
		}
		r.ChangedOn, r.ApprovedOn = date(changed), date(approved.String)
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		b, err := tx.OpenText(out[i].ID.Stream(), "precedent.card", out[i].card)
		if err == nil && b != nil {
			err = json.Unmarshal(b, &out[i].Card)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tagPrecedents puts the tags beside the rows.
func (tx *Tx) tagPrecedents(list []PrecedentRow) error {
	if len(list) == 0 {
		return nil
	}
	args := make([]any, len(list))
	at := map[int64]int{}
	for i, r := range list {
		args[i], at[int64(r.ID)] = int64(r.ID), i
		list[i].Tags = map[string][]string{}
	}
	rows, err := tx.Query(`SELECT t.precedent_id, t.topic, t.value FROM precedent_tag t WHERE t.precedent_id IN (?`+strings.Repeat(", ?", len(args)-1)+`) ORDER BY t.topic, t.value`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var topic, value string
		if err := rows.Scan(&id, &topic, &value); err != nil {
			return err
		}
		list[at[id]].Tags[topic] = append(list[at[id]].Tags[topic], value)
	}
	return rows.Err()
}
