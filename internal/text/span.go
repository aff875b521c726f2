package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// Span is a piece of a text: bytes from Start up to, not including, End.
type Span struct{ Start, End int }

// In returns the piece of s.
func (p Span) In(s string) string { return s[p.Start:p.End] }

// Has reports whether q lies within p.
func (p Span) Has(q Span) bool { return p.Start <= q.Start && q.End <= p.End }

// Valid returns nil for UTF-8, else an Invalid fault that says at which line,
// character and byte the first bad byte stands.
func Valid(b []byte) error {
	if utf8.Valid(b) {
		return nil
	}
	line, column, i := 1, 1, 0
	for {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		if column++; r == '\n' {
			line, column = line+1, 1
		}
		i += n
	}
	return fault.New(fault.Invalid, "文字不是 UTF-8：第 %d 行第 %d 个字（第 %d 字节）处是 0x%02X。请另存为 UTF-8 后重试。", line, column, i+1, b[i])
}

const (
	sentenceEnds = "。！？!?｡"
	clauseEnds   = "，；：,;:"
	closing      = "”’」』）)】》〉]］\"'"
)

// Paragraphs returns the lines of s that are not blank, without the blanks at
// their ends. In Chinese every line break begins a paragraph.
func Paragraphs(s string) []Span {
	return cut(s, func(r rune, _ int) bool { return isBreak(r) })
}

// Sentences returns the sentences of s with the mark that ends each and the
// quotes and brackets that close behind it. A full stop ends a sentence before a
// blank only, not in 3.5, not behind the number of a list ("1. ") or an English
// abbreviation; an ellipsis does at the end of a quotation or line. A line break
// always does.
func Sentences(s string) []Span {
	return cut(s, func(r rune, next int) bool { return isBreak(r) || endsSentence(s, r, next) })
}

// Clauses returns the parts of sentences between commas, semicolons and colons,
// each with the mark that ends it. 1,000 and 12:30 are not cut, nor is a list
// whose items are joined by 、.
func Clauses(s string) []Span {
	return cut(s, func(r rune, next int) bool {
		return isBreak(r) || r == '…' && !strings.HasPrefix(s[next:], "…") || endsSentence(s, r, next) ||
			strings.ContainsRune(clauseEnds, r) && !(betweenDigits(s, next, utf8.RuneLen(r)))
	})
}

// cut ends a span behind every character for which end holds; next is the offset
// behind it. Marks that close or repeat stay with what they follow.
func cut(s string, end func(r rune, next int) bool) []Span {
	var out []Span
	start := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if !end(r, i) {
			continue
		}
		if !isBreak(r) {
			i += len(s[i:]) - len(strings.TrimLeft(s[i:], sentenceEnds+closing+"…"))
		}
		out = appendTrimmed(out, s, start, i)
		start = i
	}
	return appendTrimmed(out, s, start, len(s))
}

func appendTrimmed(out []Span, s string, start, end int) []Span {
	t := strings.TrimLeftFunc(s[start:end], unicode.IsSpace)
	start = end - len(t)
	if t = strings.TrimRightFunc(t, unicode.IsSpace); t == "" {
		return out
	}
	return append(out, Span{start, start + len(t)})
}

func isBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\v' || r == '\f'
}

func endsSentence(s string, r rune, next int) bool {
	if strings.ContainsRune(sentenceEnds, r) {
		return true
	}
	follows, _ := utf8.DecodeRuneInString(s[next:])
	stops := next == len(s) || isBreak(follows) || strings.ContainsRune(closing, follows)
	switch r {
	case '…':
		return stops
	case '.', '．':
		return (stops || unicode.IsSpace(follows)) && !abbreviated(s[:next-utf8.RuneLen(r)])
	}
	return false
}

// abbreviated reports whether s ends with the number of a list, an initial or a
// usual English abbreviation, whose full stop ends no sentence.
func abbreviated(s string) bool {
	i := strings.LastIndexFunc(s, func(r rune) bool { return r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if i >= 0 {
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	last := s[max(i, 0):]
	switch {
	case last == "":
		return false
	case len(last) == 1 && last[0] >= 'A' && last[0] <= 'Z':
		return true
	case strings.Trim(last, "0123456789") == "":
		line := strings.TrimRightFunc(s[:len(s)-len(last)], func(r rune) bool { return unicode.IsSpace(r) && !isBreak(r) })
		before, _ := utf8.DecodeLastRuneInString(line)
		return line == "" || isBreak(before) || strings.ContainsRune(sentenceEnds+clauseEnds, before)
	}
	switch strings.ToLower(last) {
	case "mr", "mrs", "ms", "dr", "no", "vs", "st", "co", "inc", "ltd", "art":
		return true
	}
	return false
}

// betweenDigits reports whether the mark of n bytes before next joins digits.
func betweenDigits(s string, next, n int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:max(next-n, 0)])
	after, _ := utf8.DecodeRuneInString(s[next:])
	return unicode.IsDigit(before) && unicode.IsDigit(after)
}
