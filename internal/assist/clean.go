package assist

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/text/match"
)

var (
	markupText   = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->|</?[a-z!][^<>]{0,1000}>`)
	markdownLink = regexp.MustCompile(`!?\[([^\[\]]{0,200})\]\([^()\s]{0,1000}\)`)
	address      = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.|javascript:|data:|mailto:)[^\s\p{Han}，。；、（）“”【】]*`)
	turnMark     = regexp.MustCompile(`<\|[^|<>]{0,40}\|>|\[/?INST\]|<</?SYS>>`)
)

// Clean makes plain text of what a model wrote: without markup, links and
// characters that nobody sees, at most most characters long. notes count what was
// taken out.
func Clean(s string, most int) (out string, removed int) {
	cut := func(re *regexp.Regexp, with string) {
		removed += len(re.FindAllStringIndex(s, -1))
		s = re.ReplaceAllString(s, with)
	}
	s = seen(s)
	for range 3 { // what taking out puts together is taken out too
		cut(turnMark, "")
		cut(markupText, "")
		cut(markdownLink, "$1")
		cut(address, "")
	}
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > most {
		s, removed = string([]rune(s)[:most]), removed+1
	}
	return s, removed
}

// seen drops control characters, marks of direction and what has no width.
func seen(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

// plainData makes of a text that somebody wrote one that can be sent as data: it
// cannot close its block nor play a turn of the conversation.
func plainData(s string) string { return turnMark.ReplaceAllString(seen(s), "") }

// Suspect returns the words of a text that speak to a machine and not to the
// institution, in the order in which they stand.
func Suspect(s string) []string {
	var out []string
	end := 0
	book().suspects.Each(s, func(m match.Match) bool {
		if m.Start >= end {
			out, end = append(out, s[m.Start:m.End]), m.End
		}
		return len(out) < 5
	})
	return out
}
