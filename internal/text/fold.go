package text

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed data/fold.txt
var foldData string

//go:embed data/lookalike.txt
var lookalikeData string

// far stands in the table for forms beyond the BMP; it is no character.
const far = 0xFFFF

// foldTable maps a character to its plain form; 0 means that it is plain.
type foldTable struct {
	bmp   [1 << 16]uint16
	other map[rune]rune // sources or targets beyond the BMP
}

var folds = sync.OnceValue(func() *foldTable {
	t := &foldTable{other: map[rune]rune{}}
	t.read(foldData)
	t.read(lookalikeData)
	t.settle()
	return t
})

// read takes lines of a character, a tab and the characters that stand for it.
func (t *foldTable) read(data string) {
	for line := range strings.Lines(data) {
		to, from, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if !ok || strings.HasPrefix(to, "#") && len(to) > 1 {
			continue
		}
		plain, _ := utf8.DecodeRuneInString(to)
		for _, r := range from {
			t.put(r, plain)
		}
	}
}

func (t *foldTable) put(from, to rune) {
	switch {
	case from == to:
	case from < 1<<16 && to < 1<<16:
		t.bmp[from] = uint16(to)
	default:
		if from < 1<<16 {
			t.bmp[from] = far
		}
		t.other[from] = to
	}
}

// settle makes one step of two: a Greek capital is a small letter that looks Latin.
func (t *foldTable) settle() {
	for r, to := range t.bmp {
		if to != 0 && to != far {
			t.put(rune(r), t.fold(rune(to)))
		}
	}
	for from, to := range t.other {
		t.put(from, t.fold(to))
	}
}

func (t *foldTable) fold(r rune) rune {
	if uint32(r) < 1<<16 {
		if to := t.bmp[r]; to != far {
			if to == 0 {
				return r
			}
			return rune(to)
		}
	}
	if to, ok := t.other[r]; ok {
		return to
	}
	return r
}

// FoldRune returns the plain form of a character: half width, lower case,
// simplified, without circle, brackets or style; Chinese digits (financial ones
// too) become Arabic, and look-alikes what they look like. A character without
// another form is returned as it is. FoldRune(FoldRune(r)) == FoldRune(r).
func FoldRune(r rune) rune { return folds().fold(r) }

// Fold folds every character of s. The number of characters stays the same, the
// number of bytes may not; bytes that are not UTF-8 become U+FFFD.
func Fold(s string) string {
	t := folds()
	return strings.Map(t.fold, s)
}

// EachFold calls yield for every character that FoldRune changes, with its form.
// The order is not determined.
func EachFold(yield func(from, to rune)) {
	t := folds()
	for r, to := range t.bmp {
		if to != 0 && to != far {
			yield(rune(r), rune(to))
		}
	}
	for from, to := range t.other {
		yield(from, to)
	}
}
