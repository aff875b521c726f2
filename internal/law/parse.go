package law

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most a text may bring; over it, parsing stops with a warning.
const (
	maxProvisions = 3000
	maxBytes      = 8 << 20
)

// Parse takes a text apart. src is UTF-8: plain lines or Markdown headings, as
// official sites, word processors and public collections give them. name is the
// file's name; a date in it is compared with those of the text. Parse never
// fails: what it could not make sense of is in Text.Warnings.
func Parse(src, name string) Text {
	p := &parser{}
	src, _ = strings.CutPrefix(strings.ToValidUTF8(src, "\uFFFD"), "\uFEFF")
	if len(src) > maxBytes {
		src = strings.ToValidUTF8(src[:maxBytes], "")
		p.warn(WarnLong, 0, "文本超过 %d MB，后面的部分没有读入。请检查是否选错了文件。", maxBytes>>20)
	}
	p.lines = splitLines(src)
	p.style()
	p.run()
	p.heading(name)
	p.check()
	return p.text
}

type line struct {
	n    int // in the source, from 1
	hash int // level of a Markdown heading, 0 for none
	text string
}

type parser struct {
	text     Text
	lines    []line
	articles bool // has 第…条; else numbered points
	head     []line
	path     [4]string // 编, 分编, 章, 节
	cur      *Provision
	point    string // the 一、 that （一） stands below
	last     int    // number of the last article
	joined   int
	open     bool // the last line may go on in the next
}

func (p *parser) warn(code string, n int, format string, args ...any) {
	p.text.Warnings = append(p.text.Warnings, Warning{Code: code, Line: n, Text: fmt.Sprintf(format, args...)})
}

// splitLines cuts the source into its lines without what is no text: spaces
// around, Markdown marks, comments.
func splitLines(src string) []line {
	var out []line
	comment := false
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(src)
	for n, l := range strings.Split(src, "\n") {
		l = strings.TrimFunc(strings.ReplaceAll(l, "\t", " "), blank)
		switch {
		case comment:
			comment = !strings.Contains(l, "-->")
			continue
		case strings.HasPrefix(l, "<!--"):
			comment = !strings.Contains(l, "-->")
			continue
		case strings.Trim(l, "-=*_") == "":
			continue
		}
		rest := strings.TrimLeft(l, "#")
		hash := len(l) - len(rest)
		if rest = strings.TrimFunc(strings.ReplaceAll(rest, "**", ""), blank); rest != "" {
			out = append(out, line{n: n + 1, hash: hash, text: rest})
		}
	}
	return out
}

func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u3000' || r == '\u200b' || r == '\ufeff' }

var (
	articleMark = regexp.MustCompile(`^第([零〇○一二两三四五六七八九十百千]+|[0-9０-９]+)条(?:之([一二三四五六七八九十]+))?`)
	headingMark = regexp.MustCompile(`^第[零一二三四五六七八九十百]+(分编|编|章|节)(?:[\s　]|$|[^的规、至和，。])`)
	itemMark    = regexp.MustCompile(`^[（(][零一二三四五六七八九十百]+[）)]`)
	numberMark  = regexp.MustCompile(`^[0-9０-９]{1,2}[.．、]|^[①-⑳]|^[（(][0-9]{1,2}[）)]`)
	pointMark   = regexp.MustCompile(`^([一二三四五六七八九十百]+)、`)
	annexMark   = regexp.MustCompile(`^附(件|表|则|录)?\s*[0-9一二三四五六七八九十]*\s*[:：]?\s*$|^附(件|表|录)[0-9一二三四五六七八九十]*[:：.、\s]`)
)

// style decides whether the text is made of articles or of numbered points.
func (p *parser) style() {
	for _, l := range p.lines {
		if _, _, ok := p.article(l.text, 0); ok {
			p.articles = true
			return
		}
	}
}

func (p *parser) run() {
	for _, l := range p.lines {
		if len(p.text.Provisions) >= maxProvisions {
			p.warn(WarnLong, l.n, "条文超过 %d 条，第 %d 行以后没有读入。", maxProvisions, l.n)
			return
		}
		p.line(l)
	}
}

func (p *parser) line(l line) {
	if p.cur == nil && l.hash == 1 {
		p.head = append(p.head, l)
		return
	}
	if p.structure(l) {
		p.open = false
		return
	}
	switch {
	case p.articles && p.startArticle(l), !p.articles && p.startPoint(l):
	case p.cur == nil:
		p.head = append(p.head, l)
	case annexMark.MatchString(l.text):
		p.begin("附件", "", nil)
		p.add(l.text)
	default:
		p.add(l.text)
	}
}

// structure notes a heading of a part, chapter or section.
func (p *parser) structure(l line) bool {
	m := headingMark.FindStringSubmatch(l.text)
	if m == nil || utf8.RuneCountInString(l.text) > 40 || strings.ContainsAny(l.text, "。；") {
		return false
	}
	level := slices.Index([]string{"编", "分编", "章", "节"}, m[1])
	p.path[level] = strings.Join(strings.Fields(strings.ReplaceAll(l.text, "\u3000", " ")), " ")
	for i := level + 1; i < len(p.path); i++ {
		p.path[i] = ""
	}
	return true
}

func (p *parser) headings() []string {
	var out []string
	for _, h := range p.path {
		if h != "" {
			out = append(out, h)
		}
	}
	return out
}

// article reads the mark 第十八条 at the beginning of a line. Without a space
// after it, the line is an article only when the number is the next one: else it
// is a sentence that begins with a reference.
func (p *parser) article(s string, last int) (number, rest string, ok bool) {
	m := articleMark.FindStringSubmatch(s)
	if m == nil {
		return "", "", false
	}
	v, _ := readNumber(m[1])
	rest = s[len(m[0]):]
	first, _ := utf8.DecodeRuneInString(rest)
	if v == 0 || strings.ContainsRune("第规所、和至及，的或与；", first) && rest != "" {
		return "", "", false
	}
	spaced := rest == "" || blank(first) || first == '【' || first == '：'
	if !spaced && last != 0 && v != last+1 && m[2] == "" {
		return "", "", false
	}
	number = strconv.Itoa(v)
	if m[2] != "" {
		k, _ := readNumber(m[2])
		number += "-" + strconv.Itoa(k)
	}
	return number, strings.TrimFunc(rest, blank), true
}

func (p *parser) startArticle(l line) bool {
	number, rest, ok := p.article(l.text, p.last)
	if !ok {
		return false
	}
	p.sequence(l.n, number)
	p.begin(number, rest, p.headings())
	return true
}

// sequence warns of gaps, repeats and steps back in the numbering.
func (p *parser) sequence(n int, number string) {
	main, sub, _ := strings.Cut(number, "-")
	v, _ := strconv.Atoi(main)
	switch {
	case slices.ContainsFunc(p.text.Provisions, func(q Provision) bool { return q.Number == number }):
		p.warn(WarnDuplicate, n, "%s出现了两次，都已保留；后一处编号为“%s”。", Label(number), p.free(number))
	case sub != "":
	case p.last != 0 && v < p.last:
		p.warn(WarnOrder, n, "%s排在%s之后，请核对原文。", Label(number), Label(strconv.Itoa(p.last)))
	case p.last != 0 && v > p.last+1:
		p.warn(WarnGap, n, "%s之后是%s，中间缺 %d 条。", Label(strconv.Itoa(p.last)), Label(number), v-p.last-1)
	}
	p.last = v
}

// free returns the number itself, or one with a mark when it is taken.
func (p *parser) free(number string) string {
	taken := func(s string) bool {
		return slices.ContainsFunc(p.text.Provisions, func(q Provision) bool { return q.Number == s })
	}
	name := number
	for k := 2; taken(name); k++ {
		name = number + "~" + strconv.Itoa(k)
	}
	return name
}

// startPoint begins a point of a notice: 一、 or, below one, （一）.
func (p *parser) startPoint(l line) bool {
	if m := pointMark.FindStringSubmatch(l.text); m != nil {
		p.point = m[1]
		p.path = [4]string{}
		p.begin(m[1], strings.TrimFunc(l.text[len(m[0]):], blank), nil)
		if utf8.RuneCountInString(l.text) <= 40 && !strings.HasSuffix(l.text, "。") {
			p.path[2] = l.text
		}
		return true
	}
	if m := itemMark.FindString(l.text); m != "" && p.point != "" && p.path[2] != "" {
		k, _ := readNumber(strings.Trim(m, "（()）"))
		p.begin(p.point+"（"+Han(k)+"）", strings.TrimFunc(l.text[len(m):], blank), p.headings())
		return true
	}
	return false
}

func (p *parser) begin(number, rest string, heading []string) {
	p.text.Provisions = append(p.text.Provisions, Provision{Number: p.free(number), Heading: heading})
	p.cur = &p.text.Provisions[len(p.text.Provisions)-1]
	p.open = false
	if rest != "" {
		p.add(rest)
	}
}

// add puts a line into the current provision: as an item, as the rest of a
// broken line, or as a paragraph.
func (p *parser) add(s string) {
	mark := itemMark.FindString(s)
	if mark == "" && len(p.cur.Paragraphs) > 0 {
		mark = numberMark.FindString(s)
	}
	paras := p.cur.Paragraphs
	switch {
	case mark != "":
		if len(paras) == 0 {
			p.cur.Paragraphs = append(paras, Paragraph{})
		}
		last := &p.cur.Paragraphs[len(p.cur.Paragraphs)-1]
		last.Items = append(last.Items, Item{Mark: mark, Text: strings.TrimFunc(s[len(mark):], blank)})
	case p.open && len(paras) > 0:
		p.join(&paras[len(paras)-1], s)
	default:
		p.cur.Paragraphs = append(paras, Paragraph{Text: s})
	}
	p.open = unfinished(s)
}

func (p *parser) join(last *Paragraph, s string) {
	p.joined++
	if n := len(last.Items); n > 0 {
		last.Items[n-1].Text += s
		return
	}
	last.Text += s
}

// unfinished reports whether a line broke off in the middle of a sentence: long,
// and without a closing mark.
func unfinished(s string) bool {
	end, _ := utf8.DecodeLastRuneInString(s)
	return utf8.RuneCountInString(s) >= 12 && !strings.ContainsRune("。；：！？”》）.;:!?)", end)
}

// check says aloud what a person should look at.
func (p *parser) check() {
	if p.joined > 0 {
		p.warn(WarnJoined, 0, "有 %d 处断开的行已接上，请抽查段落。", p.joined)
	}
	if len(p.text.Provisions) == 0 {
		p.warn(WarnNumbering, 0, "没有找到条文，也没有“一、”一类的编号。请检查文件是不是法规正文。")
	} else if !p.articles {
		p.warn(WarnNumbering, 0, "没有“第…条”，已按“一、（一）”的编号分成 %d 段。", len(p.text.Provisions))
	}
}
