package reply

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text/readable"
)

// Reading is how easy a letter reads. How far the formula agrees with people's
// judgement is measured in the tests.
type Reading = readable.Reading

// Readability computes the reading of a text.
func Readability(text string) Reading { return readable.Of(text) }

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
	for _, j := range readable.Words() {
		if i := strings.Index(p.text, j.Word); i >= 0 && (c.frail() || c.hard) && !strings.HasPrefix(p.text[i+len(j.Word):], "（") {
			place := p.at(i, i+len(j.Word))
			c.add("jargon", place, j.Word, put(place, j.Word+"（"+j.Say+"）"), "{plain}", j.Say)
		}
	}
	limit := readable.LongSentence()
	if c.frail() {
		limit = int(c.limits["sentence_long_frail"])
	}
	for _, s := range sentences(p.text) {
		if n := readable.Letters(s.in(p.text)); n > limit {
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
