package desk

import (
	"net/http"
	"slices"
	"strings"
	"unicode"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

const (
	searchRows = 30
	maxQuery   = 200
)

// part is a piece of a text; Hit is what was searched for.
type part struct {
	Text string
	Hit  bool
}

type searchView struct {
	Query  string
	Sealed string // as addresses carry it
	Form   *web.Form
	Rows   []rowView
	On     string // address of the next page
	Later  bool   // this is not the first page
	Empty  web.Empty
}

// search finds cases; the number of a case leads to it at once.
func (d *desk) search(w http.ResponseWriter, r *http.Request) error {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if runes := []rune(q); len(runes) > maxQuery {
		q = string(runes[:maxQuery])
	}
	v := searchView{Query: q, Sealed: web.Words(r), Form: web.NewForm("q", q), Empty: web.Empty{Icon: "search", Title: "desk.search.start", Text: "desk.search.start_text"}}
	if q == "" {
		return d.site.Render(w, r, "desk/search", v)
	}
	who := web.Actor(r)
	before, _ := parseID(r.URL.Query().Get("before")) // 0 is the first page
	if id := d.numbered(r, q); id != 0 && before == 0 {
		http.Redirect(w, r, "/complaints/"+id.String(), http.StatusSeeOther)
		return nil
	}
	p, err := d.app.Search(r.Context(), who, q, before, searchRows)
	if err != nil {
		return err
	}
	l := lister{words: d.words(r), org: p.Org, today: p.Today, soon: d.app.SoonDays()}
	v.Later = before != 0
	for _, row := range p.Rows {
		one := l.row(row)
		one.Parts = cut(row.Card.Line, q)
		one.Found = why(row.Found, one, q)
		v.Rows = append(v.Rows, one)
	}
	if p.Next.ID != 0 {
		v.On = web.Link("/search", web.WordsField, v.Sealed, "before", p.Next.ID.String())
	}
	v.Empty = web.Empty{Icon: "search", Title: "desk.search.none", Text: "desk.search.none_text"}
	if access.May(who, access.RegisterComplaint) {
		v.Empty.Link, v.Empty.Do = "/complaints/new", "desk.register"
	}
	return d.site.Render(w, r, "desk/search", v)
}

// numbered returns the case whose number, ours or a sender's, was typed in full,
// when the reader may see it; 0 otherwise.
func (d *desk) numbered(r *http.Request, q string) complaint.ID {
	if !strings.ContainsFunc(q, unicode.IsDigit) || len(q) < 4 {
		return 0
	}
	id, err := d.app.ByNumber(r.Context(), q)
	if err != nil {
		return 0
	}
	rows, _, err := d.app.Try(r.Context(), web.Actor(r), []complaint.ID{id}, nil)
	if err != nil || len(rows) == 0 {
		return 0
	}
	return id
}

// why says in message ids by what a case was found: the kind of identifier, its
// number, the line that is shown, or something else that was written down.
func why(found []string, row rowView, q string) []string {
	var out []string
	for _, kind := range found {
		id := "desk.found." + kind
		if kind == "text" {
			switch {
			case strings.Contains(strings.ToLower(row.Number), strings.ToLower(q)):
				id = "desk.found.number"
			case slices.ContainsFunc(row.Parts, func(p part) bool { return p.Hit }):
				id = "desk.found.line"
			}
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// cut divides a text at every word of the query, whatever its case.
func cut(text, q string) []part {
	words := strings.Fields(strings.ToLower(q))
	lower := strings.ToLower(text)
	if len(lower) != len(text) { // a letter whose small form is longer: nothing is marked
		return []part{{Text: text}}
	}
	var out []part
	from := 0
	for from < len(text) {
		at, length := next(lower[from:], words)
		if at < 0 {
			break
		}
		if at > 0 {
			out = append(out, part{Text: text[from : from+at]})
		}
		out = append(out, part{Text: text[from+at : from+at+length], Hit: true})
		from += at + length
	}
	if from < len(text) || len(out) == 0 {
		out = append(out, part{Text: text[from:]})
	}
	return out
}

// next returns where the first of the words stands, the longer one of two at the
// same place; -1 for none.
func next(text string, words []string) (at, length int) {
	at = -1
	for _, w := range words {
		i := strings.Index(text, w)
		if i >= 0 && (at < 0 || i < at || i == at && len(w) > length) {
			at, length = i, len(w)
		}
	}
	return at, length
}
