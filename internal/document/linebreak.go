package document

import (
	"strconv"
	"strings"
	"unicode"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Characters that may not begin or end a line (避头尾, after GB/T 15834).
const (
	notAtStart = "，。、；：？！）】〕》”’％‰…—～·」』〉〗｝］℃々ー,.;:?!)]}%>"
	notAtEnd   = "（【〔《“‘「『〈〖｛［￥¥$([{<№"
)

// longWord is the length from which a word is an address that may be broken.
const longWord = 12

// token is what a line is made of and cannot be broken inside.
type token struct {
	text  string
	width float64
	space bool
}

// tokens cuts text into Chinese characters and unbreakable Latin words and
// numbers (with their signs, so that dates, amounts and addresses stay whole).
func tokens(text string, width func(rune) float64) []token {
	var out []token
	var word strings.Builder
	wordWidth := 0.0
	flush := func() {
		if word.Len() > 0 {
			out = append(out, token{text: word.String(), width: wordWidth})
			word.Reset()
			wordWidth = 0
		}
	}
	for _, r := range text {
		switch {
		case r == ' ' || r == '\t':
			flush()
			out = append(out, token{text: " ", width: width(' '), space: true})
		case r < 0x2000 && unicode.IsPrint(r) && !unicode.Is(unicode.Han, r):
			word.WriteRune(r)
			if wordWidth += width(r); word.Len() >= longWord && strings.ContainsRune("/?&=", r) {
				flush() // an address may break after these
			}
		default:
			flush()
			out = append(out, token{text: string(r), width: width(r)})
		}
	}
	flush()
	return out
}

// textLine is a broken line: its text, its natural width, and whether it ends
// its paragraph (then it is not stretched).
type textLine struct {
	text  string
	width float64
	last  bool
}

// breakLines fills lines of the given width; the first is shorter by indent. No
// line begins or ends with a character that may not stand there, unless nothing
// else fits; words longer than a line are cut.
func breakLines(text string, measure, indent float64, width func(rune) float64) []textLine {
	all := splitLong(tokens(text, width), measure-indent, width)
	var lines []textLine
	room := measure - indent
	for len(all) > 0 {
		n := fill(all, room)
		if n < len(all) {
			n = legalBreak(all, n)
		}
		lines = append(lines, lineOf(all[:n], n == len(all)))
		all = all[n:]
		for len(all) > 0 && all[0].space {
			all = all[1:]
		}
		room = measure
	}
	return lines
}

// fill returns how many tokens fit, at least one. A closing mark may hang over
// by less than half its width: that is the empty half of its square.
func fill(all []token, room float64) int {
	used := 0.0
	for i, t := range all {
		over := used + t.width - room
		if over > 0.01 && i > 0 && !(hangs(t) && over < t.width/2) {
			return i
		}
		used += t.width
	}
	return len(all)
}

func hangs(t token) bool { return strings.ContainsAny(t.text, "，。、；：！？") }

// legalBreak moves a break left until no line would begin or end wrongly; it
// gives up and keeps the break where a whole line consists of such characters.
func legalBreak(all []token, n int) int {
	for i := n; i > 0; i-- {
		if !startsBadly(all[i:]) && !endsBadly(all[:i]) {
			return i
		}
	}
	return n
}

func startsBadly(rest []token) bool {
	for _, t := range rest {
		if !t.space {
			return strings.ContainsRune(notAtStart, []rune(t.text)[0])
		}
	}
	return false
}

func endsBadly(line []token) bool {
	for i := len(line) - 1; i >= 0; i-- {
		if !line[i].space {
			r := []rune(line[i].text)
			return strings.ContainsRune(notAtEnd, r[len(r)-1])
		}
	}
	return true
}

// splitLong cuts tokens that are wider than a line.
func splitLong(all []token, room float64, width func(rune) float64) []token {
	var out []token
	for _, t := range all {
		if t.width <= room {
			out = append(out, t)
			continue
		}
		part := token{}
		for _, r := range t.text {
			if w := width(r); part.text != "" && part.width+w > room {
				out = append(out, part)
				part = token{}
			}
			part.text += string(r)
			part.width += width(r)
		}
		out = append(out, part)
	}
	return out
}

func lineOf(line []token, last bool) textLine {
	for len(line) > 0 && line[len(line)-1].space {
		line = line[:len(line)-1]
	}
	l := textLine{last: last}
	for _, t := range line {
		l.text += t.text
		l.width += t.width
	}
	return l
}
