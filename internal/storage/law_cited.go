package storage

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
)

// projectCited derives which articles a case relies on, when its findings or its
// decision changed.
func (tx *Tx) projectCited(before, c complaint.Case) {
	if c.Erased != nil {
		tx.keepCited(before, c)
		return
	}
	text := reliedOn(c)
	if text == reliedOn(before) {
		return
	}
	if before.Version > 0 {
		tx.Exec(`DELETE FROM law_cited WHERE case_id = ?`, int64(c.ID))
	}
	type key struct{ instrument, article string }
	var keys []key
	for _, cite := range law.Citations(text) {
		if cite.Instrument != "" {
			keys = append(keys, key{cite.Instrument, cite.Article})
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(strings.Compare(a.instrument, b.instrument), strings.Compare(a.article, b.article))
	})
	for _, k := range slices.Compact(keys) {
		tx.Exec(`INSERT INTO law_cited (case_id, instrument, article) VALUES (?, ?, ?)`, int64(c.ID), k.instrument, k.article)
	}
}

// keepCited writes the articles that an erased case keeps.
func (tx *Tx) keepCited(before, c complaint.Case) {
	if before.Version > 0 {
		return // they stand already
	}
	for _, a := range c.Erased.Cited {
		tx.Exec(`INSERT INTO law_cited (case_id, instrument, article) VALUES (?, ?, ?)`, int64(c.ID), a.Instrument, a.Article)
	}
}

// reliedOn is what a case says it rests on.
func reliedOn(c complaint.Case) string {
	var b strings.Builder
	for _, a := range c.Points {
		if a.Finding != nil {
			b.WriteString(a.Finding.Basis + "\n" + a.Finding.Explanation + "\n")
		}
	}
	if c.Decision == nil {
		return b.String()
	}
	b.WriteString(c.Decision.Text + "\n")
	if r := c.Decision.Reply; r != nil {
		for _, a := range r.Answers {
			b.WriteString(a.Text + "\n")
		}
		b.WriteString(r.Decision + "\n" + r.Options)
	}
	return b.String()
}

// CitingCases returns the cases in the person's reach that rely on an article
// ("" for the whole instrument), the newest first, and how many there are in all.
func (tx *Tx) CitingCases(who party.Actor, instrument, article string, limit int) (rows []Row, total int, err error) {
	cites, args := `SELECT case_id FROM law_cited WHERE instrument = ?`, []any{instrument}
	if article != "" {
		cites, args = cites+` AND article = ?`, append(args, article)
	}
	if err := tx.Scan(`SELECT count(DISTINCT case_id) FROM (`+cites+`) cited`, args, &total); err != nil {
		return nil, 0, err
	}
	w := &where{}
	w.add("c.id IN ("+cites+")", args...)
	w.permit(who, All)
	rows, err = tx.rows("SELECT "+rowColumns+" FROM complaint c"+w.String()+" ORDER BY c.received_on DESC, c.id DESC LIMIT ?", append(w.args, limit)...)
	return rows, total, err
}
