package casefile

import (
	"net/http"
	"strings"
	"unicode"

	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// similarShown is how many resembling cases the panel shows.
const similarShown = 5

// SimilarView is the panel of cases that resemble this one.
type SimilarView struct {
	Head  Head
	Cases []SimilarLine // best first
}

// SimilarLine is one of them.
type SimilarLine struct {
	Number, Link string
	Line         []Piece  // its first point, one line
	Words        []string // that both have and the line does not show
	Copy         bool     // nearly the same text
	State        string
	Outcome      string // "" while nothing was found
	Redress      int64  // fen
	Days         int    // from receipt to closing, 0 while open
}

// Piece is a stretch of a line; Shared ones stand in this case too.
type Piece struct {
	Text   string
	Shared bool
}

// similar answers with the panel: for the case page the part alone, else a page.
func (m *room) similar(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	read := m.app.Complaint
	if sheet(r) {
		read = m.app.Case
	}
	page, err := read(r.Context(), web.Actor(r), id)
	if err != nil {
		return err
	}
	list, _, err := m.app.Similar(r.Context(), web.Actor(r), id, similarShown)
	if err != nil {
		return err
	}
	v := SimilarView{Head: m.head(r, page)}
	for _, s := range list {
		v.Cases = append(v.Cases, m.talk(r).similarLine(s))
	}
	if sheet(r) {
		return m.site.Fragment(w, r, "case/similar", "similar-panel", v)
	}
	return m.site.Render(w, r, "case/similar", v)
}

func (k talk) similarLine(s app.SimilarCase) SimilarLine {
	l := SimilarLine{Number: s.Row.Number, Link: path(s.Row.ID, ""), Copy: s.Copy(), State: k.label("state", string(s.Row.State)),
		Outcome: k.label("outcome", string(s.Outcome)), Redress: s.Redress, Days: s.Days, Line: mark(s.Row.Card.Line, s.Score.Shared)}
	for _, word := range s.Score.Shared {
		if !strings.Contains(plain(s.Row.Card.Line), word) {
			l.Words = append(l.Words, word)
		}
	}
	return l
}

// plain is a line as shared words are written: half width, lower case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if 0xFF01 <= r && r <= 0xFF5E {
			r -= 0xFEE0
		}
		return unicode.ToLower(r)
	}, s)
}

// mark cuts a line at the words that are shared.
func mark(line string, words []string) []Piece {
	text := []rune(line)
	folded := []rune(plain(line)) // character for character
	hit := make([]bool, len(text))
	for _, word := range words {
		w := []rune(word)
		for i := 0; i+len(w) <= len(folded); i++ {
			if string(folded[i:i+len(w)]) == word {
				for j := range w {
					hit[i+j] = true
				}
			}
		}
	}
	var out []Piece
	for i, r := range text {
		if i == 0 || hit[i] != hit[i-1] {
			out = append(out, Piece{Shared: hit[i]})
		}
		out[len(out)-1].Text += string(r)
	}
	return out
}
