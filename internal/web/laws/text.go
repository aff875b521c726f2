package laws

import (
	"sort"

	"xiaobao/internal/app"
	"xiaobao/internal/law"
)

// piece is a part of a text: plain, found by the search, or a citation.
type piece struct {
	Text string
	Link string
	Hit  bool
}

type paraView struct {
	Pieces []piece
	Items  []itemView
}

type itemView struct {
	Mark   string
	Pieces []piece
}

type articleView struct {
	Number, Label, Anchor string
	Link                  string   // its own page
	Headings              []string // that begin with it
	Paragraphs            []paraView
	Summary, Grade        string
	Verbatim              bool
}

// linked cuts a text at its citations.
func linked(lib *law.Library, self, text string) []piece {
	var out []piece
	at := 0
	for _, c := range app.LawText(lib, self, text) {
		if c.Instrument == "" || c.Start < at {
			continue
		}
		if _, ok := lib.Entry(c.Instrument); !ok {
			continue
		}
		if c.Start > at {
			out = append(out, piece{Text: text[at:c.Start]})
		}
		out = append(out, piece{Text: text[c.Start:c.End], Link: law.Link(c.Instrument, c.Article)})
		at = c.End
	}
	if at < len(text) {
		out = append(out, piece{Text: text[at:]})
	}
	return out
}

// marked cuts a text where the search found something.
func marked(text string, marks []law.Mark) []piece {
	var out []piece
	at := 0
	for _, m := range marks {
		if m.Start > at {
			out = append(out, piece{Text: text[at:m.Start]})
		}
		out = append(out, piece{Text: text[m.Start:m.End], Hit: true})
		at = m.End
	}
	if at < len(text) {
		out = append(out, piece{Text: text[at:]})
	}
	return out
}

func articleOf(lib *law.Library, a law.Article) articleView {
	v := articleView{Number: a.Number, Label: a.Label(), Anchor: law.Anchor(a.Number), Link: "/laws/" + a.Instrument + "/articles/" + a.Number, Summary: a.Summary, Grade: a.Grade, Verbatim: a.Verbatim}
	for _, p := range a.Paragraphs {
		para := paraView{Pieces: linked(lib, a.Instrument, p.Text)}
		for _, it := range p.Items {
			para.Items = append(para.Items, itemView{Mark: it.Mark, Pieces: linked(lib, a.Instrument, it.Text)})
		}
		v.Paragraphs = append(v.Paragraphs, para)
	}
	return v
}

// articlesOf is the text of an instrument with the headings where they begin.
func articlesOf(lib *law.Library, list []law.Article) []articleView {
	var out []articleView
	var path []string
	part := ""
	for _, a := range list {
		v := articleOf(lib, a)
		if a.Part != part && a.Part != "" {
			v.Headings, path = append(v.Headings, a.Part), nil
		}
		part = a.Part
		for i, h := range a.Heading {
			if i >= len(path) || path[i] != h {
				v.Headings = append(v.Headings, h)
				path = append([]string{}, a.Heading[:i+1]...)
			}
		}
		out = append(out, v)
	}
	return out
}

// around cuts a long text to the part where most was found.
func around(text string, marks []law.Mark, most int) (string, []law.Mark) {
	if len(text) <= most || len(marks) == 0 {
		return text, marks
	}
	best, most2 := 0, -1
	for i := range marks {
		j := sort.Search(len(marks), func(k int) bool { return marks[k].End > marks[i].Start+most })
		if j-i > most2 {
			best, most2 = i, j-i
		}
	}
	from := marks[best].Start - most/6
	from = max(0, from)
	for from > 0 && !startOfRune(text, from) {
		from--
	}
	to := min(len(text), from+most)
	for to < len(text) && !startOfRune(text, to) {
		to++
	}
	cut := text[from:to]
	shift := from
	if from > 0 {
		cut, shift = "…"+cut, from-len("…")
	}
	if to < len(text) {
		cut += "…"
	}
	var out []law.Mark
	for _, m := range marks {
		if m.Start >= from && m.End <= to {
			out = append(out, law.Mark{Start: m.Start - shift, End: m.End - shift})
		}
	}
	return cut, out
}

func startOfRune(s string, i int) bool { return s[i]&0xC0 != 0x80 }
