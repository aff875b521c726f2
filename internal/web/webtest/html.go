package webtest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

var void = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

// Markup returns what is wrong with a page's HTML: tags that do not balance,
// ids that stand twice, labels of nothing, inline scripts and styles (the
// security policy refuses them), messages that the catalogue lacks, and in a
// page that is not Chinese, Chinese words outside elements with lang="zh…".
func Markup(page string) []string {
	c := &markup{z: html.NewTokenizer(strings.NewReader(page)), ids: map[string]bool{}}
	for c.next() {
	}
	for _, open := range c.open {
		c.say("<%s> is never closed", open.name)
	}
	for _, want := range c.wanted {
		if !c.ids[want] {
			c.say("no element has the id %q that a label or description names", want)
		}
	}
	if at := strings.Index(page, "⟦"); at >= 0 {
		c.say("message without text: %s", page[at:min(len(page), at+60)])
	}
	return c.wrong
}

type element struct {
	name    string
	chinese bool
	raw     bool // text of scripts and styles is no text
}

type markup struct {
	z      *html.Tokenizer
	open   []element
	ids    map[string]bool
	wanted []string
	wrong  []string
}

func (c *markup) say(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *markup) next() bool {
	switch c.z.Next() {
	case html.ErrorToken:
		if err := c.z.Err(); err != io.EOF {
			c.say("%v", err)
		}
		return false
	case html.StartTagToken:
		c.start(c.z.Token())
	case html.EndTagToken:
		c.end(c.z.Token().Data)
	case html.TextToken:
		c.text(string(c.z.Text()))
	}
	return true
}

func (c *markup) chinese() bool { return len(c.open) > 0 && c.open[len(c.open)-1].chinese }

func (c *markup) start(t html.Token) {
	el := element{name: t.Data, chinese: c.chinese(), raw: t.Data == "script" || t.Data == "style"}
	for _, a := range t.Attr {
		if a.Key == "lang" {
			el.chinese = strings.HasPrefix(a.Val, "zh")
		}
	}
	for _, a := range t.Attr {
		c.attribute(t.Data, a, el.chinese)
	}
	if el.raw && !slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == "src" }) {
		c.say("inline <%s>", t.Data)
	}
	if !slices.Contains(void, t.Data) {
		c.open = append(c.open, el)
	}
}

func (c *markup) attribute(tag string, a html.Attribute, chinese bool) {
	switch {
	case a.Key == "id" && c.ids[a.Val]:
		c.say("id %q stands twice", a.Val)
	case a.Key == "id":
		c.ids[a.Val] = true
	case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
		c.say("inline %s on <%s>", a.Key, tag)
	case a.Key == "for" || a.Key == "aria-describedby" || a.Key == "aria-labelledby":
		c.wanted = append(c.wanted, strings.Fields(a.Val)...)
	case !chinese && a.Key != "value" && han(a.Val):
		c.say("Chinese in %s=%q of <%s> on a page that is not Chinese", a.Key, a.Val, tag)
	}
}

func (c *markup) end(name string) {
	if len(c.open) == 0 || c.open[len(c.open)-1].name != name {
		c.say("</%s> closes nothing (open: %v)", name, c.names())
		return
	}
	c.open = c.open[:len(c.open)-1]
}

func (c *markup) names() (out []string) {
	for _, e := range c.open {
		out = append(out, e.name)
	}
	return out
}

func (c *markup) text(s string) {
	if len(c.open) > 0 && c.open[len(c.open)-1].raw {
		return
	}
	if !c.chinese() && han(s) {
		c.say("Chinese %q in <%s> on a page that is not Chinese", strings.TrimSpace(s), strings.Join(c.names(), ">"))
	}
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
