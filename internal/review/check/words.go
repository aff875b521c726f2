package check

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/text"
	"xiaobao/internal/text/readable"
)

// words finds jargon that the text explains nowhere.
func (c *run) words() {
	if !c.wants("jargon") {
		return
	}
	first, explained := map[int]hit{}, map[int]bool{}
	var order []int
	for _, h := range c.found[jargonGroup] {
		if _, ok := first[h.n]; !ok {
			first[h.n] = h
			order = append(order, h.n)
		}
		explained[h.n] = explained[h.n] || c.explains(h.End)
	}
	for _, n := range order {
		if !explained[n] {
			c.add("jargon", first[n].Span, "word", c.Plain[n].Word, "say", c.Plain[n].Say)
		}
	}
}

// explains reports whether an explanation follows.
func (c *run) explains(at int) bool {
	rest := strings.TrimLeft(c.Text[at:min(len(c.Text), at+30)], "”\"’ ")
	for _, w := range c.Words["explained"] {
		if strings.HasPrefix(rest, w) {
			return true
		}
	}
	return false
}

// readability judges the text as a whole and shows its longest sentence.
func (c *run) readability() {
	least, known := c.least()
	if !known || !c.wants("hard-to-read") {
		return
	}
	r := readable.Of(c.Text)
	if r.Score >= least || r.Chars < int(c.Limits["read_least"]) {
		return
	}
	var longest text.Span
	most := -1
	for _, s := range readable.Sentences(c.Text) {
		if n := readable.Letters(s.In(c.Text)); n > most {
			most, longest = n, s
		}
	}
	c.add("hard-to-read", longest, "score", strconv.Itoa(r.Score), "least", strconv.Itoa(least), "sentence", strconv.Itoa(int(r.Sentence+0.5)),
		"long", strconv.Itoa(int(r.Long*100+0.5)), "limit", strconv.Itoa(readable.LongSentence()))
}

// least is the score that fits the kind and the audience.
func (c *run) least() (int, bool) {
	if c.elderly {
		return c.Score["elderly"], true
	}
	head, _, _ := strings.Cut(c.Kind, ".")
	n, ok := c.Score[head]
	return n, ok
}

// boxes finds consent that is ticked before the consumer sees it.
func (c *run) boxes() {
	for _, h := range c.found["tick_words"] {
		b, ok := c.blockAt(h.Start)
		if !ok || b.Kind != "attribute" || b.End < h.End || !c.consents(c.Text[h.End:b.End]) && !c.has(c.Text[h.End:b.End], "consent_box") {
			continue
		}
		c.add("ticked", text.Span{Start: b.Start, End: b.End})
	}
	for _, mark := range c.Words["ticked"] {
		for at := 0; ; {
			i := strings.Index(c.Text[at:], mark)
			if i < 0 {
				break
			}
			at += i + len(mark)
			line := c.lineFrom(at)
			if c.consents(head(line.In(c.Text), 16)) {
				c.add("ticked", text.Span{Start: at - len(mark), End: line.End})
			}
		}
	}
}

func (c *run) consents(s string) bool { return c.has(s, "consent") }

// lineFrom is what stands on a line from an offset on, up to the next box.
func (c *run) lineFrom(at int) text.Span {
	end := len(c.Text)
	for i, r := range c.Text[at:] {
		if r == '\n' || r == '\r' || strings.ContainsRune("☐□☑✔✅☒🗹√■", r) {
			end = at + i
			break
		}
	}
	return text.Span{Start: at, End: at + len(strings.TrimRightFunc(c.Text[at:end], unicode.IsSpace))}
}

// head is the first n characters of s.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// noteMarks stand behind a word and point to a note.
const noteMarks = "*＊※†"

// marks finds marks whose note stands nowhere.
func (c *run) marks() {
	if !c.wants("mark-unexplained") {
		return
	}
	noted := map[string]bool{}
	var pointers []text.Span
	for i, r := range c.Text {
		if !strings.ContainsRune(noteMarks, r) {
			continue
		}
		at := text.Span{Start: i, End: i + utf8.RuneLen(r)}
		switch {
		case c.notes(at):
			noted[markOf(at.In(c.Text))] = true
		case c.points(at):
			pointers = append(pointers, at)
		}
	}
	for _, at := range pointers {
		if mark := at.In(c.Text); !noted[markOf(mark)] {
			c.add("mark-unexplained", c.word(at), "mark", mark)
		}
	}
}

func markOf(mark string) string { return text.Fold(mark) }

// neighbours are the characters before and behind a place, 0 at the ends.
func (c *run) neighbours(at text.Span) (prev, next rune) {
	if at.Start > 0 {
		prev, _ = utf8.DecodeLastRuneInString(c.Text[:at.Start])
	}
	if at.End < len(c.Text) {
		next, _ = utf8.DecodeRuneInString(c.Text[at.End:])
	}
	return prev, next
}

// notes reports whether a mark begins a note.
func (c *run) notes(at text.Span) bool {
	prev, _ := c.neighbours(at)
	if unicode.IsLetter(prev) || unicode.IsDigit(prev) || prev == '%' || prev == '％' || strings.ContainsRune(noteMarks, prev) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(c.Text[at.End:min(len(c.Text), at.End+16)], " 　：:"))
	return unicode.IsLetter(next) && next != utf8.RuneError
}

// points reports whether a mark stands behind a word as a pointer does: not in a
// masked number or name, a product, a row of stars or the mark-up of a text.
func (c *run) points(at text.Span) bool {
	prev, next := c.neighbours(at)
	switch {
	case strings.ContainsRune(noteMarks, next) || unicode.IsDigit(next):
		return false
	case prev == '%' || prev == '％':
		return true
	}
	return unicode.Is(unicode.Han, prev) && (!unicode.Is(unicode.Han, next) || strings.HasPrefix(at.In(c.Text), "※"))
}

// word is a mark with the word it stands behind.
func (c *run) word(at text.Span) text.Span {
	for range 12 {
		prev, size := utf8.DecodeLastRuneInString(c.Text[:at.Start])
		if size == 0 || !unicode.IsLetter(prev) && !unicode.IsDigit(prev) && !strings.ContainsRune("%％.", prev) {
			break
		}
		at.Start -= size
	}
	return at
}
