package assist

import (
	"encoding/json"
	"slices"
	"strings"
)

// Bounds of what is taken from an answer, in characters and items.
const (
	maxParagraph = 1200
	maxLine      = 200
	maxItems     = 12
)

// Drafted is the first draft of a reply, placeholders still in it.
type Drafted struct {
	Opening string `json:"opening"`
	Answers []struct {
		Point int    `json:"point"`
		Text  string `json:"text"`
	} `json:"answers"`
}

// Line is one line of a summary with the contacts that it comes from.
type Line struct {
	Contacts []int  `json:"contacts"`
	Text     string `json:"text"`
}

// Read is what stands in a letter, placeholders still in it.
type Read struct {
	Name   string `json:"name"`
	Claims []struct {
		Text  string `json:"text"`
		Quote string `json:"quote"`
	} `json:"claims"`
	Amounts []string `json:"amounts"`
	Dates   []string `json:"dates"`
	Wants   string   `json:"wants"`
}

// decode reads the one JSON object that an answer must be. An answer that holds
// more, such as a second object, is malformed.
func (a *Answer) decode(v any) error {
	if strings.HasPrefix(strings.TrimSpace(a.Text), "<") {
		return a.Refused(WrongType)
	}
	if err := json.Unmarshal([]byte(a.Text), v); err != nil {
		return a.Refused(Malformed)
	}
	return nil
}

// Drafted reads the answer to DraftReply. points are the allegations that were
// asked about; paragraphs on others, and second ones, are left out.
func (a *Answer) Drafted(points []int) (d Drafted, notes Notes, err error) {
	if err := a.decode(&d); err != nil {
		return d, notes, err
	}
	seen := map[int]bool{}
	kept := d.Answers[:0]
	for _, x := range d.Answers {
		x.Text = notes.take(x.Text, maxParagraph)
		if x.Text == "" || seen[x.Point] || !slices.Contains(points, x.Point) {
			notes.Dropped++
			continue
		}
		seen[x.Point] = true
		kept = append(kept, x)
	}
	d.Opening, d.Answers = notes.take(d.Opening, maxParagraph), kept
	if len(kept) == 0 {
		return d, notes, a.Refused(Empty)
	}
	return d, notes, nil
}

// Lines reads the answer to Summary; contacts is how many there were. A line
// without a contact to rest on is left out.
func (a *Answer) Lines(contacts int) (lines []Line, notes Notes, err error) {
	var v struct {
		Lines []Line `json:"lines"`
	}
	if err := a.decode(&v); err != nil {
		return nil, notes, err
	}
	for _, l := range v.Lines {
		l.Text = notes.take(l.Text, maxLine)
		l.Contacts = slices.DeleteFunc(l.Contacts, func(n int) bool { return n < 1 || n > contacts })
		if l.Text == "" || len(l.Contacts) == 0 || len(lines) == maxItems {
			notes.Dropped++
			continue
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, notes, a.Refused(Empty)
	}
	return lines, notes, nil
}

// Read reads the answer to Letter. letter is the text as it was sent: a claim
// whose quotation does not stand in it, and amounts and dates that do not, are
// left out.
func (a *Answer) Read(letter string) (r Read, notes Notes, err error) {
	if err := a.decode(&r); err != nil {
		return r, notes, err
	}
	flat := squeeze(letter)
	stands := func(s string) bool { return s != "" && strings.Contains(flat, squeeze(s)) }
	kept := r.Claims[:0]
	for _, c := range r.Claims {
		c.Text, c.Quote = notes.take(c.Text, maxLine), notes.take(c.Quote, maxLine)
		if c.Text == "" || len(kept) == maxItems || !stands(c.Quote) {
			notes.Dropped++
			continue
		}
		kept = append(kept, c)
	}
	r.Claims = kept
	only := func(list []string) (out []string) {
		for _, s := range list {
			if s = strings.TrimSpace(s); stands(s) && len(out) < maxItems && len([]rune(s)) <= 40 && !slices.Contains(out, s) {
				out = append(out, s)
			} else {
				notes.Dropped++
			}
		}
		return out
	}
	r.Amounts, r.Dates = only(r.Amounts), only(r.Dates)
	if r.Name = strings.TrimSpace(r.Name); r.Name != "" && !stands(r.Name) {
		r.Name, notes.Dropped = "", notes.Dropped+1
	}
	r.Wants = notes.take(r.Wants, maxLine)
	if len(kept) == 0 && r.Wants == "" {
		return r, notes, a.Refused(Empty)
	}
	return r, notes, nil
}

// squeeze is a text without white space, so that a quotation over a line break is found.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// Notes count what was done to an answer before anybody saw it.
type Notes struct {
	Removed int // links, markup, hidden characters, and what was too long
	Foreign int // personal data that the question did not hold
	Dropped int // pieces without ground in the question
}

// take cleans one text of an answer.
func (n *Notes) take(s string, most int) string {
	s, removed := Clean(s, most)
	s, foreign := Foreign(s)
	n.Removed, n.Foreign = n.Removed+removed, n.Foreign+foreign
	return s
}
