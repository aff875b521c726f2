package law

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Citation is one article that a text relies on, or an instrument as a whole.
type Citation struct {
	Start      int    `json:"start"`                // byte offsets in the text: of the title and the article for the first of a list,
	End        int    `json:"end"`                  // of the article alone for the others
	Title      string `json:"title"`                // as written, without 《》
	Instrument string `json:"instrument,omitempty"` // id; "" when no instrument is known by the title
	Article    string `json:"article,omitempty"`    // "18", "120-1"; "" for the instrument as a whole
	Paragraph  int    `json:"paragraph,omitempty"`  // 款, 0 for the whole article
	Item       int    `json:"item,omitempty"`       // 项, 0 for all of them
}

// Number returns the article with its paragraph: "18.2".
func (c Citation) Number() string {
	if c.Paragraph == 0 {
		return c.Article
	}
	return c.Article + "." + strconv.Itoa(c.Paragraph)
}

// Citations finds the citations in a text by the names that the program knows.
func Citations(text string) []Citation { return embeddedNames().Citations(text, "") }

// Citations finds the citations in a text, in their order: 《…》第十八条第一款,
// short names and numbers (消保法第二十六条, 令2020-3第19条), lists and ranges,
// 该办法第…条 after one that was named, and what （以下简称…） abbreviates. self is
// the id of the instrument that 本法, 本办法 mean; "" when the text is none.
func (n *Names) Citations(text, self string) []Citation {
	s := &scanner{names: n, text: text, self: self, local: map[string]mention{}}
	for s.at < len(text) {
		s.step()
	}
	return s.out
}

type mention struct{ title, id string }

type scanner struct {
	names *Names
	text  string
	self  string
	at    int
	last  mention
	local map[string]mention // what the text itself abbreviates
	out   []Citation
}

var (
	anaphora  = regexp.MustCompile(`^(?:该|上述|前述|同)(?:法|办法|条例|规定|通知|解释|规则|意见|指引)`)
	itself    = regexp.MustCompile(`^本(?:法|办法|条例|规定|解释|规则|细则)`)
	legal     = regexp.MustCompile(`(?:法|典|条例|办法|规定|规则|细则|解释|通知|意见|指引|决定|准则|标准|批复|公告)$`)
	abbreviat = regexp.MustCompile(`(?:以下|下)(?:简|统)?称(?:为)?[:：]?[《“"‘]?([^》”"’）)，,]{2,30})`)
)

// step looks at one place of the text: a title, a short name, a reference back.
func (s *scanner) step() {
	rest := s.text[s.at:]
	start := s.at
	switch r, w := utf8.DecodeRuneInString(rest); {
	case r == '《':
		title, n := bracketed(rest)
		if n == 0 {
			s.at += w
			return
		}
		s.at += n
		s.mentioned(start, s.known(title), true)
	case strings.ContainsRune("该上前同", r) && anaphora.MatchString(rest):
		s.at += len(anaphora.FindString(rest))
		if s.last.title != "" {
			s.mentioned(start, s.last, false)
		}
	case r == '本' && s.self != "" && itself.MatchString(rest):
		s.at += len(itself.FindString(rest))
		s.mentioned(start, mention{s.names.Title(s.self), s.self}, false)
	default:
		if m, n := s.short(rest); n > 0 {
			s.at += n
			s.mentioned(start, m, true)
			return
		}
		s.at += w
	}
}

// bracketed reads 《…》, with titles inside, and returns what stands between.
func bracketed(s string) (title string, n int) {
	depth := 0
	for i, r := range s {
		switch r {
		case '《':
			depth++
		case '》':
			if depth--; depth == 0 {
				return s[len("《"):i], i + len("》")
			}
		case '\n', '。':
			return "", 0
		}
		if i > 400 {
			break
		}
	}
	return "", 0
}

func (s *scanner) known(title string) mention {
	if m, ok := s.local[plain(title)]; ok {
		return m
	}
	return mention{title, s.names.Find(title)}
}

func (s *scanner) short(rest string) (mention, int) {
	for name, m := range s.local {
		if len(name) >= 9 && strings.HasPrefix(rest, name) { // 办法 alone is a common word
			return m, len(name)
		}
	}
	id, n := s.names.at(rest)
	return mention{rest[:n], id}, n
}

// mentioned goes on after a name of an instrument: what stands in brackets
// behind it, then the articles. whole says that the name alone is a citation.
func (s *scanner) mentioned(start int, m mention, whole bool) {
	if m.id == "" && !legal.MatchString(strings.TrimRight(m.title, "（）()一二三四五六七八九十试行")) {
		return // a contract, a form
	}
	named := s.at
	s.brackets(m)
	s.skip(" 　的中之")
	s.last = m
	before := len(s.out)
	s.articles(start, m)
	if len(s.out) == before {
		s.at = max(named, s.at)
		if whole {
			s.out = append(s.out, Citation{Start: start, End: named, Title: m.title, Instrument: m.id})
		}
	}
}

// brackets skips （银保监会令2020年第3号，以下简称《办法》） and keeps the short name.
func (s *scanner) brackets(m mention) {
	rest := s.text[s.at:]
	r, w := utf8.DecodeRuneInString(rest)
	if r != '（' && r != '(' {
		return
	}
	end := strings.IndexAny(rest, "）)\n。")
	if end < 0 || end > 300 || strings.HasPrefix(rest[w:], "一）") || strings.HasPrefix(rest[w:], "二）") {
		return
	}
	if a := abbreviat.FindStringSubmatch(rest[:end]); a != nil {
		s.local[plain(a[1])] = m
	}
	_, w = utf8.DecodeRuneInString(rest[end:])
	s.at += end + w
}

func (s *scanner) skip(set string) {
	s.at += len(s.text[s.at:]) - len(strings.TrimLeft(s.text[s.at:], set))
}

// maxRange bounds how many articles a range such as 第一条至第五十条 names.
const maxRange = 100

// articles reads a list of articles after a name.
func (s *scanner) articles(start int, m mention) {
	c := Citation{Start: start, Title: m.title, Instrument: m.id}
	for {
		var ok bool
		if c.Article, ok = s.article(); !ok {
			return
		}
		c.Paragraph, c.Item = s.ordinal("款"), s.item()
		c.End = s.at
		s.out = append(s.out, c)
		s.paragraphs(c)
		from := c.Article
		between, ranged := s.separator()
		if between < 0 {
			return
		}
		mark := s.at
		s.at = between
		if ranged {
			s.between(c, from)
		}
		c = Citation{Start: s.at, Title: m.title, Instrument: m.id}
		if _, ok := s.peekArticle(); !ok {
			s.at = mark
			return
		}
	}
}

func (s *scanner) peekArticle() (string, bool) {
	mark := s.at
	n, ok := s.article()
	s.at = mark
	return n, ok
}

// article reads 第十八条, 第18条, 第一百二十条之一.
func (s *scanner) article() (string, bool) {
	rest, ok := strings.CutPrefix(s.text[s.at:], "第")
	if !ok {
		return "", false
	}
	rest = strings.TrimLeft(rest, " ")
	v, n := readNumber(rest)
	after, ok := strings.CutPrefix(strings.TrimLeft(rest[n:], " "), "条")
	if n == 0 || !ok {
		return "", false
	}
	number := strconv.Itoa(v)
	if tail, ok := strings.CutPrefix(after, "之"); ok {
		if k, n := readNumber(tail); n > 0 {
			number += "-" + strconv.Itoa(k)
			after = tail[n:]
		}
	}
	s.at = len(s.text) - len(after)
	return number, true
}

// ordinal reads 第二款; 0 when there is none.
func (s *scanner) ordinal(unit string) int {
	rest, ok := strings.CutPrefix(s.text[s.at:], "第")
	if !ok {
		return 0
	}
	v, n := readNumber(strings.TrimLeft(rest, " "))
	after, ok := strings.CutPrefix(strings.TrimLeft(rest, " ")[n:], unit)
	if n == 0 || !ok {
		return 0
	}
	s.at = len(s.text) - len(after)
	return v
}

// item reads 第（三）项, 第三项.
func (s *scanner) item() int {
	if n := s.ordinal("项"); n > 0 {
		return n
	}
	rest, ok := strings.CutPrefix(s.text[s.at:], "第")
	if !ok || !strings.HasPrefix(rest, "（") && !strings.HasPrefix(rest, "(") {
		return 0
	}
	_, w := utf8.DecodeRuneInString(rest)
	v, n := readNumber(rest[w:])
	for _, end := range []string{"）项", ")项"} {
		if after, ok := strings.CutPrefix(rest[w+n:], end); ok && n > 0 {
			s.at = len(s.text) - len(after)
			return v
		}
	}
	return 0
}

// paragraphs reads further paragraphs of the same article: 第二款、第三款.
func (s *scanner) paragraphs(c Citation) {
	for {
		mark := s.at
		if next, _ := s.separator(); next >= 0 {
			s.at = next
		}
		c.Start = s.at
		if c.Paragraph = s.ordinal("款"); c.Paragraph == 0 {
			s.at = mark
			return
		}
		c.Item = s.item()
		c.End = s.at
		s.out = append(s.out, c)
	}
}

// separator returns where the next article of a list would begin, -1 when the
// list ends here, and whether the two are the ends of a range.
func (s *scanner) separator() (at int, ranged bool) {
	rest := s.text[s.at:]
	for _, sep := range []string{"、", "和", "及", "以及", "与", "或者", "或", "，", ",", "；", "到", "至", "-", "—", "——", "~", "～"} {
		if tail, ok := strings.CutPrefix(rest, sep); ok && strings.HasPrefix(strings.TrimLeft(tail, " "), "第") {
			tail = strings.TrimLeft(tail, " ")
			return len(s.text) - len(tail), strings.Contains("到至-—~～", strings.TrimSuffix(sep, "—")) || sep == "—"
		}
	}
	return -1, false
}

// between adds the articles inside a range; its ends are cited by themselves.
func (s *scanner) between(c Citation, from string) {
	to, ok := s.peekArticle()
	a, err1 := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if !ok || err1 != nil || err2 != nil || b-a > maxRange {
		return
	}
	c.Paragraph, c.Item = 0, 0
	for k := a + 1; k < b; k++ {
		c.Article = strconv.Itoa(k)
		s.out = append(s.out, c)
	}
}
