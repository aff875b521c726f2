package storage

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/seal"
)

// RecordedPrecedent is one event of a precedent with what the ledger knows of it.
type RecordedPrecedent struct {
	precedent.Event
	precedent.Meta
	Version int64
	Hash    [32]byte
}

// Precedent returns a precedent as the fold of its events with them;
// fault.NotFound when there is none.
func (tx *Tx) Precedent(id precedent.ID) (precedent.Precedent, []RecordedPrecedent, error) {
	var p precedent.Precedent
	events, err := tx.Load(id.Stream())
	if err != nil {
		return p, nil, err
	}
	if len(events) == 0 {
		return p, nil, fault.New(fault.NotFound, "没有找到这件案例，请核对编号")
	}
	out := make([]RecordedPrecedent, 0, len(events))
	for _, e := range events {
		private, err := tx.Open(e)
		if err != nil {
			return p, nil, err
		}
		d, err := precedent.Decode(e, private)
		if err != nil {
			return p, nil, err
		}
		m := precedent.Meta{At: e.At, By: e.By}
		p = p.Apply(d, m)
		out = append(out, RecordedPrecedent{Event: d, Meta: m, Version: e.Version, Hash: e.Hash})
	}
	return p, out, nil
}

// AppendPrecedent appends events to a precedent and brings its read tables up to
// date in the same transaction. It returns the precedent after them.
func (tx *Tx) AppendPrecedent(p precedent.Precedent, by string, events []precedent.Event) (precedent.Precedent, error) {
	before, stream := p, p.ID.Stream()
	if p.Version == 0 {
		stream = events[0].(*precedent.Proposed).ID.Stream()
	}
	for _, e := range events {
		if err := tx.Append(stream, p.Version+1, by, e.Kind(), e); err != nil {
			return before, err
		}
		p = p.Apply(e, precedent.Meta{At: tx.at, By: by})
	}
	return p, tx.projectPrecedent(before, p)
}

var precedentColumns = []string{"id", "number", "version", "source", "path", "state", "work", "shown", "proposer", "editor", "returned", "editions", "cited",
	"changed_on", "approved_on", "days", "satisfaction", "escalated", "card"}

var (
	insertPrecedent = "INSERT INTO precedent (" + strings.Join(precedentColumns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(precedentColumns)-1) + ")"
	updatePrecedent = "UPDATE precedent SET " + strings.Join(precedentColumns[1:], " = ?, ") + " = ? WHERE id = ?"
)

// projectPrecedent writes the read tables of a precedent. The index and the tags
// hold the approved edition alone.
func (tx *Tx) projectPrecedent(before, p precedent.Precedent) error {
	row, err := tx.precedentRow(p)
	if err != nil {
		return err
	}
	if before.Version == 0 {
		tx.Exec(insertPrecedent, row...)
	} else {
		tx.ExecOne(updatePrecedent, append(row[1:], row[0])...)
	}
	was, wasShown := before.Published()
	now, shown := p.Published()
	if wasShown == shown && was.N == now.N {
		return nil
	}
	if wasShown {
		tx.Exec(`DELETE FROM precedent_tag WHERE precedent_id = ?`, int64(p.ID))
	}
	if !shown {
		tx.Unindex(precedentDoc(p.ID))
		return nil
	}
	for _, topic := range precedent.Topics {
		for _, v := range slices.Compact(slices.Sorted(slices.Values(now.Facts.Values(topic)))) {
			tx.Exec(`INSERT INTO precedent_tag (precedent_id, topic, value) VALUES (?, ?, ?)`, int64(p.ID), topic, v)
		}
	}
	tx.IndexDoc(Doc{ID: precedentDoc(p.ID), Owner: -precedentDoc(p.ID), Tokens: tx.s.precedentTokens(p.Number, now.Content)})
	return nil
}

// precedentDoc is the precedent's place in the search index, above every
// complaint and every review, so that none of them meet.
func precedentDoc(id precedent.ID) int64 { return 1<<51 + int64(id) }

// precedentScope stands on every approved precedent: everybody may read them.
func (s *Store) precedentScope() seal.Token { return s.keys.Blind("precedent-scope", "all") }

func (s *Store) precedentTokens(number string, c precedent.Content) []seal.Token {
	var b strings.Builder
	b.WriteString(number)
	for _, part := range c.Parts() {
		b.WriteString("\n" + part.Text)
	}
	tokens := append(s.keys.Tokens(make([]seal.Token, 0, 512), b.String()), s.precedentScope())
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

func (tx *Tx) precedentRow(p precedent.Precedent) ([]any, error) {
	content, on := p.Content, any(nil)
	e, shown := p.Published()
	if shown {
		content, on = e.Content, dayOf(e.At).String()
	}
	b, err := json.Marshal(PrecedentCard{Title: content.Title, Line: firstRunes(precedent.Plain(content.Situation), cardLine)})
	if err != nil {
		return nil, err
	}
	card, err := tx.SealText(p.ID.Stream(), "precedent.card", b)
	if err != nil {
		return nil, err
	}
	return []any{int64(p.ID), p.Number, p.Version, p.Source, pathText(p.Path), string(p.State), string(p.Work), shown, p.Proposer, p.Editor, p.Returned != "", int64(len(p.Editions)), int64(len(p.Citations)),
		dayOf(p.ChangedAt).String(), on, int64(p.Facts.Days), int64(p.Facts.Satisfaction), p.Facts.Escalated, card}, nil
}

func pathText(path []party.UnitID) string {
	s := "/"
	for _, u := range path {
		s += string(u) + "/"
	}
	return s
}

// rebuildPrecedent derives the rows of one stream in the order of its events:
// the projection of an edition rests on the one before.
func (tx *Tx) rebuildPrecedent(w *Writer, stream, id string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "stream %s", stream)
	}
	p, _, err := tx.Precedent(precedent.ID(n))
	if err != nil {
		return err
	}
	defer tx.forget(stream)
	return w.Project(tx, func(sub *Tx) error { return sub.projectPrecedent(precedent.Precedent{}, p) })
}

// PrecedentCard is what a list shows of a precedent.
type PrecedentCard struct {
	Title string `json:"title"`
	Line  string `json:"line"` // how its situation begins
}

const cardLine = 160

func firstRunes(s string, n int) string {
	r := []rune(strings.ReplaceAll(s, "\n", " "))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n]) + "…"
}
