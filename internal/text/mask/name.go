package mask

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/text/match"
)

//go:embed data/names.txt
var nameData string

// nameWords are the lists of data/names.txt and a matcher over all cues.
type nameWords struct {
	letters map[string]map[rune]bool // surnames common, rare, odd; after
	words   map[string]map[string]bool

	cues  *match.Matcher
	class []string // by pattern of cues
}

var names = sync.OnceValue(func() *nameWords {
	w := &nameWords{letters: map[string]map[rune]bool{}, words: map[string]map[string]bool{}}
	var cues []string
	for line := range strings.Lines(nameData) {
		class, list, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(class, "#") {
			continue
		}
		switch class {
		case "common", "rare", "odd", "after":
			w.letters[class] = map[rune]bool{}
			for _, r := range list {
				w.letters[class][r] = true
			}
		case "compound", "never":
			w.words[class] = map[string]bool{}
			for _, word := range strings.Fields(list) {
				w.words[class][word] = true
			}
		default:
			for _, word := range strings.Fields(list) {
				cues, w.class = append(cues, word), append(w.class, class)
			}
		}
	}
	m, err := match.New(cues)
	if err != nil {
		panic(err) // the embedded list, which a test reads
	}
	w.cues = m
	return w
})

func (w *nameWords) common(r rune) bool      { return w.letters["common"][r] }
func (w *nameWords) rare(r rune) bool        { return w.letters["rare"][r] }
func (w *nameWords) after(r rune) bool       { return w.letters["after"][r] }
func (w *nameWords) compound(a, b rune) bool { return w.words["compound"][string([]rune{a, b})] }
func (w *nameWords) never(a, b rune) bool    { return w.words["never"][string([]rune{a, b})] }
func (w *nameWords) told(r rune) bool        { return w.rare(r) || w.letters["odd"][r] }

// findNames finds names behind kinship, role, label or 叫, and surnames before
// titles. It does not look for names that stand alone: those are given to New.
func findNames(s string, add func(Hit)) {
	w := names()
	w.cues.Each(s, func(x match.Match) bool {
		class := w.class[x.Pattern]
		if class == "title" || class == "post" {
			if start := w.beforeTitle(s, x.Start, class == "title"); start >= 0 {
				add(Hit{Name, start, x.Start, titled(s[start:x.Start])})
			}
			return true
		}
		start, told := pastColon(s, x.End)
		if class == "label" && !told {
			return true
		}
		if end := w.nameEnd(s, start, told || class == "said"); end > 0 {
			add(Hit{Name, start, end, stars(s[start:end], 1, 0)})
		}
		return true
	})
}

// titled hides a bare surname before a title and keeps that of a full name.
func titled(name string) string {
	if utf8.RuneCountInString(name) == 1 {
		return "*"
	}
	return stars(name, 1, 0)
}

// pastColon goes over a colon, 为, 是, 叫 or brackets behind a cue; told says that
// there was one, so that what follows is meant as a value.
func pastColon(s string, i int) (at int, told bool) {
	for n := 0; n < 4; n++ {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '：' || r == ':' || r == '叫' || r == '（' || r == '(' || r == '“' || r == '"' || r == '|':
			told = true
		case r == ' ' || r == '　' || r == '\u00a0' || r == '\t':
		default:
			return i, told
		}
		i += size
	}
	return i, told
}

// nameEnd returns where the name ends that begins at i, 0 for none. told lets
// rare surnames begin it and takes four characters up to a mark.
func (w *nameWords) nameEnd(s string, i int, told bool) int {
	r := make([]rune, 0, 16)
	ends := make([]int, 0, 16)
	for at := i; at < len(s) && len(r) < 16; {
		c, n := utf8.DecodeRuneInString(s[at:])
		if !unicode.Is(unicode.Han, c) && c != '·' {
			break
		}
		at += n
		r, ends = append(r, c), append(ends, at)
	}
	if dot := strings.IndexRune(string(r), '·'); told && dot > 0 && ends[len(ends)-1]-i > dot+len("·") {
		return w.dotted(r, ends)
	}
	given := 1
	switch {
	case len(r) < 2 || w.never(r[0], r[1]):
		return 0
	case w.compound(r[0], r[1]):
		given = 2
	case !w.common(r[0]) && !(told && w.told(r[0])):
		return 0
	}
	if len(r) <= given || w.after(r[given]) {
		return 0
	}
	if len(r) > given+1 && !w.after(r[given+1]) && r[given+1] != '·' {
		given++
	}
	return ends[given]
}

// dotted takes all of a name such as 阿卜杜拉·买买提.
func (w *nameWords) dotted(r []rune, ends []int) int {
	last := 0
	for i, c := range r {
		if c == '·' {
			last = i
		}
	}
	n := last + 1
	for n < len(r) && n-last <= 5 {
		n++
	}
	return ends[n-1]
}

// beforeTitle returns where the surname, or the name of up to three characters,
// begins that stands before a title at i, -1 for none. A rare surname stands
// alone, and only before a title by which people are addressed.
func (w *nameWords) beforeTitle(s string, i int, addressed bool) int {
	var r [4]rune
	var at [4]int
	n := 0
	for pos := i; n < 4 && pos > 0; n++ {
		c, size := utf8.DecodeLastRuneInString(s[:pos])
		if !unicode.Is(unicode.Han, c) {
			break
		}
		pos -= size
		r[n], at[n] = c, pos
	}
	word := n >= 2 && w.never(r[1], r[0])
	switch {
	case n >= 3 && w.compound(r[2], r[1]) && !word:
		return at[2]
	case n >= 2 && w.compound(r[1], r[0]):
		return at[1]
	case n >= 3 && w.common(r[2]) && !w.after(r[1]) && !w.common(r[0]) && !w.after(r[0]) && !w.never(r[2], r[1]) && !word:
		return at[2]
	case n >= 1 && (w.common(r[0]) || addressed && w.rare(r[0])) && !word:
		return at[0]
	case n >= 2 && w.common(r[1]) && !w.after(r[0]) && !word:
		return at[1]
	}
	return -1
}
