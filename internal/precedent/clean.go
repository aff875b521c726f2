package precedent

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text/mask"
	"xiaobao/internal/text/match"
)

// Open and Close stand around what was put in place of something masked.
const (
	OpenMark  = "〖"
	CloseMark = "〗"
)

// Person is somebody of the case. Role is a key of the words in classes.toml:
// complainant, representative, respondent, staff. An organisation is called by
// its whole name only.
type Person struct {
	Role, Name string
	Org        bool
}

// Known is what is known of a case and of the institution around it, so that it
// can be taken out of texts wherever it stands.
type Known struct {
	People  []Person
	Staff   []string      // everybody else who works there
	Numbers []string      // telephone, identity, card, policy, case numbers, e-mail, addresses
	Units   []string      // names of branches and below
	House   []string      // names of the institution itself
	Places  []string      // provinces and cities of its units
	Start   calendar.Date // receipt: day 1
}

// Cleaner takes what names a person out of texts. It is immutable.
type Cleaner struct {
	known *match.Matcher // nil when nothing is known
	with  []string       // by pattern
	kind  []string
	start calendar.Date
}

// hit is one place of a text and what stands there instead, without the marks.
type hit struct {
	start, end int
	kind, with string
	rank       int
}

// The kinds of findings beside those of package mask.
const (
	kindKnown  = "known" // of the case: never kept
	kindNumber = "number"
	kindUnit   = "unit"
	kindPlace  = "place"
	kindDate   = "date"
	kindAmount = "amount"
	kindRare   = "rare"
)

// NewCleaner returns a cleaner that also knows a case.
func NewCleaner(k Known) *Cleaner {
	c := &Cleaner{start: k.Start}
	var patterns []string
	seen := map[string]bool{}
	add := func(kind, with, pattern string) {
		pattern = strings.TrimSpace(pattern)
		if n := utf8.RuneCountInString(pattern); n < 2 || n > match.MaxPattern || !utf8.ValidString(pattern) || seen[pattern] || slices.Contains(rules().Units.Plain, pattern) {
			return
		}
		seen[pattern] = true
		patterns, c.with, c.kind = append(patterns, pattern), append(c.with, with), append(c.kind, kind)
	}
	words := rules().Words
	for _, p := range k.People {
		add(kindKnown, words[p.Role], p.Name)
	}
	for _, n := range k.Numbers {
		if utf8.RuneCountInString(n) >= 4 {
			add(kindKnown, words["number"], n)
		}
	}
	for _, p := range k.People {
		if p.Org {
			continue
		}
		for _, call := range calls(p.Name) {
			add(kindKnown, words[p.Role], call)
		}
	}
	for _, n := range k.Staff {
		add(string(mask.Name), words["staff"], n)
	}
	for _, u := range k.House {
		add(kindUnit, words["institution"], u)
	}
	for _, u := range k.Units {
		add(kindUnit, unitKind(u), u)
	}
	for _, p := range k.Places {
		add(kindPlace, words["place"], p+"市")
		add(kindPlace, words["place"], p)
	}
	if len(patterns) > 0 {
		c.known, _ = match.New(patterns, match.Folded(), match.Noise(2)) // refused beyond 65,000 letters: then the shapes alone are left
	}
	return c
}

// calls are the ways people are called besides their full name: the given name,
// the surname with a title or behind 老 and 小.
func calls(name string) []string {
	r := []rune(strings.TrimSpace(name))
	if len(r) < 2 || len(r) > 4 || r[0] < 0x4E00 {
		return nil
	}
	surname := string(r[:1])
	if len(r) == 4 || slices.Contains(compound, string(r[:2])) {
		surname = string(r[:2])
	}
	var out []string
	if given := strings.TrimPrefix(string(r), surname); utf8.RuneCountInString(given) >= 2 {
		out = append(out, given)
	}
	a := rules().Address
	for _, t := range a.Titles {
		out = append(out, surname+t)
	}
	for _, h := range a.Heads {
		out = append(out, h+surname)
	}
	return slices.DeleteFunc(out, func(s string) bool { return slices.Contains(a.Never, s) })
}

// compound surnames of two characters that people of three characters bear.
var compound = []string{"欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "夏侯"}

// unitKind is what the name of a unit becomes: 某分行.
func unitKind(name string) string {
	for _, e := range rules().Units.Ends {
		if strings.HasSuffix(name, e) {
			return "某" + e
		}
	}
	return rules().Words["unit"]
}

// Clean returns a text without what names somebody, what took its place marked,
// and how many places those are. Places that are marked already stay.
func (c *Cleaner) Clean(s string) (string, int) {
	hits := c.find(s)
	var b strings.Builder
	at := 0
	for _, h := range hits {
		b.WriteString(s[at:h.start])
		b.WriteString(OpenMark + h.with + CloseMark)
		at = h.end
	}
	b.WriteString(s[at:])
	return b.String(), len(hits)
}

// find returns what has to go, in order and without overlaps.
func (c *Cleaner) find(s string) []hit {
	blank := hideMarks(s)
	var all []hit
	add := func(rank int, kind, with string, start, end int) {
		if start < end && strings.TrimSpace(blank[start:end]) != "" {
			all = append(all, hit{start, end, kind, with, rank})
		}
	}
	if c.known != nil {
		c.known.Each(blank, func(m match.Match) bool {
			rank := 0
			if c.kind[m.Pattern] != kindKnown {
				rank = 2
			}
			add(rank, c.kind[m.Pattern], c.with[m.Pattern], m.Start, m.End)
			return true
		})
	}
	words := rules().Words
	for _, h := range masker.Find(blank) {
		with := words[string(h.Kind)]
		if h.Kind == mask.Name && strings.HasPrefix(h.With, "*") { // a surname before a title
			with = words["surname"]
		}
		add(3, string(h.Kind), with, h.Start, h.End)
	}
	findDates(blank, c.start, func(start, end int, with string) { add(1, kindDate, with, start, end) })
	findSums(blank, func(start, end int, with string) { add(4, kindAmount, with, start, end) })
	findNumbers(blank, func(start, end int, with string) { add(5, kindNumber, with, start, end) })
	findUnits(blank, func(start, end int, with string) { add(6, kindUnit, with, start, end) })
	return settle(all)
}

var masker = mask.New()

// hideMarks blanks out what is marked already, byte for byte. Brackets of a person
// stay, so that what stands in them is looked at.
func hideMarks(s string) string {
	b := []byte(s)
	for at := 0; ; {
		start, end := nextMark(s[at:])
		if end == 0 {
			return string(b)
		}
		copy(b[at+start:at+end], "，"+strings.Repeat(" ", end-start)) // nothing joins over it
		at += end
	}
}

var dayWords = regexp.MustCompile(`^(第 \d{1,4} 天|投诉前 \d{1,3} 天|投诉前约 \d{1,3} (个月|年))$`)

// ours reports whether a cleaner puts such words between marks.
func ours(s string) bool {
	for _, w := range rules().Words {
		if s == w {
			return true
		}
	}
	for _, e := range rules().Units.Ends {
		if s == "某"+e {
			return true
		}
	}
	return dayWords.MatchString(s) || slices.ContainsFunc(rules().Amount, func(c Class) bool { return c.Zh == s })
}

// settle keeps the stronger of hits that overlap, the longer of one strength.
func settle(all []hit) []hit {
	slices.SortFunc(all, func(a, b hit) int {
		return cmp.Or(a.rank-b.rank, (b.end-b.start)-(a.end-a.start), a.start-b.start)
	})
	var kept []hit
	for _, h := range all {
		i, _ := slices.BinarySearchFunc(kept, h, func(a, b hit) int { return a.start - b.start })
		if i > 0 && kept[i-1].end > h.start || i < len(kept) && kept[i].start < h.end {
			continue
		}
		kept = slices.Insert(kept, i, h)
	}
	return kept
}

// Piece is a stretch of a text; Masked ones took the place of something.
type Piece struct {
	Text   string
	Masked bool
}

// Pieces cuts a text at its marks and takes them off. A bracket that no cleaner
// wrote stays as it is.
func Pieces(s string) []Piece {
	var out []Piece
	add := func(text string, masked bool) {
		if text != "" {
			out = append(out, Piece{text, masked})
		}
	}
	for {
		start, end := nextMark(s)
		if end == 0 {
			add(s, false)
			return out
		}
		add(s[:start], false)
		add(s[start+len(OpenMark):end-len(CloseMark)], true)
		s = s[end:]
	}
}

// nextMark returns where the first mark of a cleaner stands, 0, 0 for none.
func nextMark(s string) (start, end int) {
	for at := 0; ; {
		i := strings.Index(s[at:], OpenMark)
		if i < 0 {
			return 0, 0
		}
		start = at + i
		j := strings.Index(s[start:], CloseMark)
		if j >= 0 && ours(s[start+len(OpenMark):start+j]) {
			return start, start + j + len(CloseMark)
		}
		at = start + len(OpenMark)
	}
}

// Plain is a text with the marks taken off, as it is printed and compared.
func Plain(s string) string {
	var b strings.Builder
	for _, p := range Pieces(s) {
		b.WriteString(p.Text)
	}
	return b.String()
}
