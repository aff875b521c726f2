package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/text"
)

const (
	openers = "([{<（［｛＜【《〈「『〔﹙﹝"
	closers = ")]}>）］｝＞】》〉」』〕﹚﹞"
	periods = ".．"
	// Connecting and ornamental marks. Commas, colons, semicolons, question and
	// exclamation marks, 、 and … end a clause; % and signs of money mean something.
	marks = "-_*·•・∙⋅~^`'\"|/\\+=#@&" + "－＿＊～＾｀＇＂｜／＼＋＝＃＠＆" + "–—‒―−‐‑﹣﹏¯‖¦" + "“”„‟‘’‚‛〝〞〜∼′″"
)

// noiseRanges are invisible and purely ornamental characters.
var noiseRanges = &unicode.RangeTable{R16: []unicode.Range16{
	{0x0009, 0x0009, 1}, {0x0020, 0x0020, 1}, {0x00A0, 0x00A0, 1}, {0x00AD, 0x00AD, 1}, // spaces, soft hyphen
	{0x0300, 0x036F, 1}, {0x061C, 0x061C, 1}, {0x115F, 0x1160, 1}, {0x180B, 0x180E, 1}, // combining marks, fillers
	{0x2000, 0x200F, 1}, {0x202A, 0x202F, 1}, {0x205F, 0x206F, 1}, {0x20D0, 0x20F0, 1}, // spaces, zero width, directions, enclosing marks
	{0x2190, 0x21FF, 1}, {0x2500, 0x2775, 1}, {0x2794, 0x27BF, 1}, {0x2B00, 0x2BFF, 1}, // arrows, boxes, shapes, dingbats but for digits
	{0x3000, 0x3000, 1}, {0x3013, 0x3013, 1}, {0x303F, 0x303F, 1}, {0x3164, 0x3164, 1}, // wide space, fillers
	{0xFE00, 0xFE0F, 1}, {0xFEFF, 0xFEFF, 1}, {0xFFA0, 0xFFA0, 1}, {0xFFF9, 0xFFFC, 1},
}}

// IsNoise reports whether Noise passes over a character: a space within a line,
// an invisible character, a connecting or ornamental mark, a bracket, a picture.
func IsNoise(r rune) bool {
	return unicode.Is(noiseRanges, r) || strings.ContainsRune(openers+closers+periods+marks, r) ||
		r >= 0x1F300 && r <= 0x1FAFF || r >= 0xE0100 && r <= 0xE01EF
}

func holdsNoise(p []rune) bool {
	for _, r := range p {
		if IsNoise(r) {
			return true
		}
	}
	return false
}

// putNoise gives noise its codes. What folds to noise follows when forms do.
func (a *automaton) putNoise() {
	for _, g := range noiseRanges.R16 {
		for r := rune(g.Lo); r <= rune(g.Hi); r++ {
			a.code[r] = noiseCode
		}
	}
	for chars, c := range map[string]uint16{marks: noiseCode, closers: noiseCode, openers: bracket, periods: period} {
		for _, r := range chars {
			a.code[r] = c
		}
	}
}

// maxLetters is the longest pinyin that brackets may hold.
const maxLetters = 8

// pinyin returns where the brackets that opened before i close, if they hold
// nothing but a few Latin letters and perhaps the number of a tone, else 0.
func pinyin(s string, i int) int {
	for n := 0; i < len(s) && n <= maxLetters+1; n++ {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if n > 0 && strings.ContainsRune(closers, r) {
			return i
		}
		digit := n > 0 && r >= '0' && r <= '5'
		if n > maxLetters || !digit && !pinyinLetter(r) {
			return 0
		}
		if digit {
			n = maxLetters
		}
	}
	return 0
}

// pinyinLetter knows plain and full-width letters and those that bear a tone.
func pinyinLetter(r rune) bool {
	if r >= 0x80 {
		if strings.ContainsRune("āáǎàēéěèêīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", r) {
			return true
		}
		r = text.FoldRune(r)
	}
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
