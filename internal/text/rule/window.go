package rule

import (
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
)

// The windows around a hit are looked for from the hit outwards and no farther
// than this, so that a hit costs the same in a short text and in a long one
// without any punctuation. Chinese sentences are some 100 bytes long.
const (
	maxClause    = 600
	maxSentence  = 3000
	maxParagraph = 12000
	maxDenial    = 150
)

// stop says where a window ends.
type stop func(r rune) bool

func clauseStop(r rune) bool {
	switch r {
	case '，', ',', '：', ':', '—':
		return true
	}
	return sentenceStop(r)
}
func sentenceStop(r rune) bool {
	switch r {
	case '\n', '\r', '。', '！', '？', '；', '!', '?', ';', '…':
		return true
	}
	return false
}

// around returns the window about a span: outwards to the nearest stop on both
// sides, at most most bytes away. A full stop between digits and the "…" that
// writers use as a pause end nothing.
func around(s string, at text.Span, most int, end stop) text.Span {
	from, to := at.Start, at.End
	for from > 0 && at.Start-from < most {
		r, n := utf8.DecodeLastRuneInString(s[:from])
		if end(r) && !betweenDigits(s, from-n, from) {
			break
		}
		from -= n
	}
	for to < len(s) && to-at.End < most {
		r, n := utf8.DecodeRuneInString(s[to:])
		if end(r) && !betweenDigits(s, to, to+n) {
			break
		}
		to += n
	}
	return text.Span{Start: from, End: to}
}

// betweenDigits reports whether the mark at from..to stands between digits, as
// in 1,000 and 10:30.
func betweenDigits(s string, from, to int) bool {
	return from > 0 && to < len(s) && to-from == 1 && isDigit(s[from-1]) && isDigit(s[to])
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func clause(s string, at text.Span) text.Span { return around(s, at, maxClause, clauseStop) }

// near is the part of a hit's clause that can deny it.
func near(s string, at text.Span) text.Span { return around(s, at, maxDenial, clauseStop) }

// paragraph is the hit's line, at most maxParagraph bytes to either side.
func paragraph(s string, at text.Span) text.Span {
	w := text.Span{Start: max(0, at.Start-maxParagraph), End: min(len(s), at.End+maxParagraph)}
	if n := strings.LastIndexByte(s[w.Start:at.Start], '\n'); n >= 0 {
		w.Start += n + 1
	}
	if n := strings.IndexByte(s[at.End:w.End], '\n'); n >= 0 {
		w.End = at.End + n
	}
	return w
}

// cut returns where the sentences of s begin, in order; a sentence without an
// end is cut after maxSentence bytes.
func cut(s string) []int32 {
	starts := []int32{0}
	last := 0
	for i, r := range s {
		n := i + utf8.RuneLen(max(r, 0))
		if sentenceStop(r) && !betweenDigits(s, i, n) || i-last >= maxSentence {
			last = n
			starts = append(starts, int32(n))
		}
	}
	return starts
}

// chars returns the window of n characters on both sides of a span.
func chars(s string, at text.Span, n int) text.Span {
	from, to := at.Start, at.End
	for i := 0; i < n && from > 0; i++ {
		_, size := utf8.DecodeLastRuneInString(s[:from])
		from -= size
	}
	for i := 0; i < n && to < len(s); i++ {
		_, size := utf8.DecodeRuneInString(s[to:])
		to += size
	}
	return text.Span{Start: from, End: to}
}

// whole reports whether the characters that noise put between those of a word
// leave it one word: clause punctuation does not, unless the word is long.
func whole(word, found string) bool {
	if len(word) == len(found) {
		return true
	}
	long := utf8.RuneCountInString(word) > 3
	open := 0
	for _, r := range found {
		switch {
		case strings.ContainsRune("。！？；!?;", r) && !strings.ContainsRune(word, r):
			return false
		case strings.ContainsRune("，,：:、\n", r) && !long && !strings.ContainsRune(word, r):
			return false
		case strings.ContainsRune("（(【[", r):
			open++
		case strings.ContainsRune("）)】]", r):
			open--
			if open < 0 {
				return false
			}
		}
	}
	return open == 0
}

// alone reports whether a word that begins or ends with a Latin letter or a
// digit stands alone there: SM is not in Smoking.
func alone(s string, at text.Span) bool {
	first, n := utf8.DecodeRuneInString(s[at.Start:at.End])
	before, _ := utf8.DecodeLastRuneInString(s[:at.Start])
	if n > 0 && glued(first, before) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(s[at.Start:at.End])
	after, _ := utf8.DecodeRuneInString(s[at.End:])
	return !glued(last, after)
}

// glued reports whether two neighbours belong to one Latin word or one number,
// in half or in full width.
func glued(a, b rune) bool {
	return isLatin(a) && isLatin(b) || isArabic(a) && isArabic(b)
}

func isLatin(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || 'ａ' <= r && r <= 'ｚ' || 'Ａ' <= r && r <= 'Ｚ'
}

func isArabic(r rune) bool { return '0' <= r && r <= '9' || '０' <= r && r <= '９' }
