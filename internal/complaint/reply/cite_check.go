package reply

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	titleText   = regexp.MustCompile(`《([^《》\n]{2,60})》((?:（[^（）\n]{1,30}）)?)((?:[、和及]?第[零〇一二两三四五六七八九十百千0-9]{1,8}条(?:第[一二三四五六七八九十0-9]{1,3}[款项])*)*)`)
	articleText = regexp.MustCompile(`第([零〇一二两三四五六七八九十百千0-9]{1,8})条`)
)

// Cited is a citation as a text writes it.
type Cited struct {
	Title   string
	Article string // "19", "" for the whole instrument
	Start   int    // byte offsets of the title or of the article
	End     int
}

// Citations finds what a text cites: 《…》 with its articles, each by itself.
func Citations(s string) []Cited {
	var out []Cited
	for _, m := range titleText.FindAllStringSubmatchIndex(s, -1) {
		title := s[m[2]:m[3]]
		tail := s[m[6]:m[7]]
		if tail == "" {
			out = append(out, Cited{title, "", m[0], m[1]})
			continue
		}
		for i, a := range articleText.FindAllStringSubmatchIndex(tail, -1) {
			c := Cited{Title: title, Start: m[6] + a[0], End: m[6] + a[1]}
			if i == 0 {
				c.Start = m[0]
			}
			if n := chineseInt(tail[a[2]:a[3]]); n > 0 {
				c.Article = strconv.Itoa(n)
			}
			out = append(out, c)
		}
	}
	return out
}

// citations looks up every citation of a paragraph: it must exist and have been
// in force when the answer was given or the complaint received, unless the text
// says that it speaks of an earlier day (S4.6).
func (c *run) citations(p paragraph) {
	if c.Resolve == nil {
		return
	}
	for _, x := range Citations(p.text) {
		place, quote := p.at(x.Start, x.End), p.text[x.Start:x.End]
		r := c.Resolve(x.Title, x.Article, c.Today)
		switch {
		case r.Instrument == "":
			if c.lawlike(x.Title) {
				c.add("citation_unknown", place, quote, nil)
			}
		case x.Article != "" && !r.Article && r.Whole:
			c.add("citation_article", place, quote, nil, "{name}", r.Title, "{article}", "第"+x.Article+"条")
		case x.Article != "" && !r.Article:
			c.add("citation_unchecked", place, quote, nil, "{name}", r.Title, "{article}", "第"+x.Article+"条")
		case !c.inForce(r) && !has(before(p.text, x.Start, 12)+after(p.text, x.End, 6), c.Then):
			span := r.From.String() + " 起"
			if !r.To.IsZero() {
				span = r.From.String() + " 至 " + r.To.String()
			}
			c.add("citation_not_in_force", place, quote, nil, "{name}", r.Title, "{day}", c.Today.String(), "{span}", span)
		}
	}
}

// lawlike reports whether a title is one that a law library should know, not a
// contract or a rule of the house.
func (c *run) lawlike(title string) bool {
	if has(title, c.HouseRules) {
		return false
	}
	for _, w := range c.Instruments {
		if strings.HasSuffix(title, w) {
			return true
		}
	}
	return false
}

func (c *run) inForce(r Resolution) bool {
	if c.Today.IsZero() {
		return true
	}
	if r.From.IsZero() && r.To.IsZero() {
		return true
	}
	return r.From <= c.Today && (r.To.IsZero() || c.Today <= r.To) || !r.To.IsZero() && r.From <= c.Case.ReceivedOn && c.Case.ReceivedOn <= r.To
}
