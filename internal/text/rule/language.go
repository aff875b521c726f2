package rule

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/text"
)

//go:embed language.toml
var languageFile string

// language holds the words that turn the meaning of what stands beside them.
type language struct {
	Reach               int      `toml:"reach"`
	Strong              []string `toml:"strong"`
	Bare                []string `toml:"bare"`
	Carry               []string `toml:"carry"`
	Not                 []string `toml:"not"`
	Breakers            []string `toml:"breakers"`
	Denials             []string `toml:"denials"`
	Prohibitions        []string `toml:"prohibitions"`
	NoProhibition       []string `toml:"no_prohibition"`
	ProhibitionBreakers []string `toml:"prohibition_breakers"`

	openers map[rune][]opener // by the first rune, longest first
	carry   map[rune][]string
}

// opener is a word that denies, or one that only looks so.
type opener struct {
	word  string
	reach int // characters; 0 = at once; -1 = denies nothing
}

var chinese = sync.OnceValue(func() *language {
	l := &language{openers: map[rune][]opener{}, carry: map[rune][]string{}}
	if _, err := toml.Decode(languageFile, l); err != nil {
		panic(err) // the file is part of the program and tested with it
	}
	for _, set := range []struct {
		words []string
		reach int
	}{{l.Not, -1}, {l.Strong, l.Reach}, {l.Bare, 0}} {
		for _, w := range set.words {
			w = text.Fold(w)
			first, _ := utf8.DecodeRuneInString(w)
			l.openers[first] = insertLongest(l.openers[first], opener{w, set.reach})
		}
	}
	for _, w := range l.Carry {
		w = text.Fold(w)
		first, _ := utf8.DecodeRuneInString(w)
		l.carry[first] = append(l.carry[first], w)
	}
	for _, list := range []*[]string{&l.Breakers, &l.Denials} {
		for i, w := range *list {
			(*list)[i] = text.Fold(w)
		}
	}
	return l
})

// insertLongest keeps longer words first; of equal words the first one stays.
func insertLongest(list []opener, o opener) []opener {
	at := len(list)
	for i, have := range list {
		if have.word == o.word {
			return list
		}
		if len(o.word) > len(have.word) {
			at = i
			break
		}
	}
	return append(list[:at], append([]opener{o}, list[at:]...)...)
}

// denied reports whether the hit that follows prefix, both in one clause, is
// denied by it; why is the word that denies it. Two denials cancel each other.
func (l *language) denied(prefix string) (why string, odd bool) {
	p := squeeze(text.Fold(prefix))
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRuneInString(p[i:])
		step := size
		for _, o := range l.openers[r] {
			if strings.HasPrefix(p[i:], o.word) {
				step = len(o.word)
				if o.reach >= 0 && l.carries(p[i+step:], o.reach) {
					why, odd = o.word, !odd
				}
				break
			}
		}
		i += step
	}
	return why, odd
}

// carries reports whether a denial of a reach gets over the words between it
// and the hit.
func (l *language) carries(gap string, reach int) bool {
	if gap == "" {
		return true
	}
	if reach > 0 {
		return utf8.RuneCountInString(gap) <= reach && !containsAny(gap, l.Breakers)
	}
	for n := 0; gap != "" && n < 4; n++ {
		best := 0
		r, _ := utf8.DecodeRuneInString(gap)
		for _, w := range l.carry[r] {
			if len(w) > best && strings.HasPrefix(gap, w) {
				best = len(w)
			}
		}
		if _, again := l.openers[r]; best == 0 && again {
			return true // a denial of the denial: both are counted
		}
		if best == 0 {
			return false
		}
		gap = gap[best:]
	}
	return gap == ""
}

// deniedAfter returns the word in the rest of the clause that says the hit is
// not so, "" when there is none.
func (l *language) deniedAfter(rest string) string {
	rest = squeeze(text.Fold(rest))
	if r := []rune(rest); len(r) > l.Reach {
		rest = string(r[:l.Reach])
	}
	return firstOf(rest, l.Denials)
}

func containsAny(s string, words []string) bool { return firstOf(s, words) != "" }

func firstOf(s string, words []string) string {
	for _, w := range words {
		if strings.Contains(s, w) {
			return w
		}
	}
	return ""
}

// squeeze drops the spaces, invisible characters and quotation marks.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"'“”‘’「」『』", r) {
			return -1
		}
		return r
	}, s)
}
