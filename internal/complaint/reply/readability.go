package reply

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/complaint"
)

// Reading is how easy a letter reads, with what it was computed from.
//
//	score = 100 - sentence*(mean sentence - sentence_free)+ - long*(share of long sentences)
//	            - clause*(mean clause - clause_free)+ - jargon*(jargon words in 100 characters)
//	            - bookish*(bookish words in 100 characters), not under 0
//
// The weights stand in data/check.toml. The formula is a rule of thumb of our own:
// how far it agrees with people's judgement is measured in the tests.
type Reading struct {
	Score    int     `json:"score"`    // 0 to 100, higher is easier
	Sentence float64 `json:"sentence"` // mean characters of a sentence
	Clause   float64 `json:"clause"`   // mean characters between two marks
	Long     float64 `json:"long"`     // share of long sentences, 0 to 1
	Jargon   int     `json:"jargon"`   // jargon words
	Bookish  int     `json:"bookish"`  // words of written style
	Chars    int     `json:"chars"`
}

// Readability computes the reading of a text.
func Readability(text string) Reading {
	l := lex()
	var r Reading
	chars := func(list []span) (n, long int) {
		for _, s := range list {
			c := letters(s.in(text))
			n += c
			if c > int(l.limits["sentence_long"]) {
				long++
			}
		}
		return n, long
	}
	whole, parts := sentences(text), clauses(text)
	n, long := chars(whole)
	if r.Chars = n; n == 0 {
		r.Score = 100
		return r
	}
	r.Sentence, r.Long = float64(n)/float64(len(whole)), float64(long)/float64(len(whole))
	if c, _ := chars(parts); len(parts) > 0 {
		r.Clause = float64(c) / float64(len(parts))
	}
	for _, p := range l.Plain {
		r.Jargon += strings.Count(text, p.Word)
	}
	r.Bookish = count(text, l.Bookish)
	w := l.read
	score := 100 - w["sentence"]*max(0, r.Sentence-w["sentence_free"]) - w["long"]*r.Long - w["clause"]*max(0, r.Clause-w["clause_free"]) -
		(w["jargon"]*float64(r.Jargon)+w["bookish"]*float64(r.Bookish))*100/float64(max(n, 100))
	r.Score = int(max(0, score))
	return r
}

// letters counts the characters that are read: no spaces, no marks.
func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// Reading returns the reading of a reply and the least that fits the person.
func (f Facts) Reading(r complaint.Reply) (reading Reading, least int) {
	l := lex()
	least = int(l.limits["score"])
	if f.frail() {
		least = int(l.limits["score_frail"])
	}
	return Readability(Whole(r)), least
}

// reading finds jargon and long sentences of a paragraph; what a person who
// needs plain words gets counts as a warning in the score of the letter.
func (c *run) reading(p paragraph) {
	if c.Kind == complaint.RegulatorReply {
		return
	}
	for _, j := range c.Plain {
		if i := strings.Index(p.text, j.Word); i >= 0 && (c.frail() || c.hard) && !strings.HasPrefix(p.text[i+len(j.Word):], "（") {
			place := p.at(i, i+len(j.Word))
			c.add("jargon", place, j.Word, put(place, j.Word+"（"+j.Say+"）"), "{plain}", j.Say)
		}
	}
	limit := int(c.limits["sentence_long"])
	if c.frail() {
		limit = int(c.limits["sentence_long_frail"])
	}
	for _, s := range sentences(p.text) {
		if n := letters(s.in(p.text)); n > limit {
			c.add("long_sentence", p.in(s), clip(s.in(p.text), 30), nil, "{count}", strconv.Itoa(n))
		}
	}
}

// readable says so when the letter as a whole is hard to read.
func (c *run) readable() {
	r, least := c.Facts.Reading(c.reply)
	c.hard = r.Score < least
	if c.Kind == complaint.RegulatorReply {
		return
	}
	if c.hard && utf8.RuneCountInString(Whole(c.reply)) > int(c.limits["answer_short"]) {
		frail := ""
		if c.frail() {
			frail = "（对方需要更平白的文字）"
		}
		c.add("hard_to_read", Place{}, "", nil, "{score}", strconv.Itoa(r.Score), "{least}", strconv.Itoa(least), "{frail}", frail)
	}
}

// places finds blanks that the composer left to be filled.
func (c *run) places(p paragraph) {
	for _, w := range c.Placeholders {
		if i := strings.Index(p.text, w); i >= 0 {
			end := i + len(w)
			if w == "【" {
				if j := strings.Index(p.text[i:], "】"); j > 0 {
					end = i + j + len("】")
				}
			}
			c.add("placeholder", p.at(i, end), p.text[i:end], nil)
		}
	}
}
