package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
)

// Hint is something about a rule that works but deserves a second look.
type Hint struct {
	Rule string `json:"rule"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// Lint looks for rules that can never hit, words that add nothing and rules
// that rest on little. What is plainly wrong is not here: Parse refuses it.
func (p *Pack) Lint() []Hint {
	var out []Hint
	say := func(r *Rule, format string, args ...any) {
		out = append(out, Hint{r.ID, r.Line, fmt.Sprintf(format, args...)})
	}
	bare := 0
	for _, r := range p.Rules {
		if len(r.Cite) == 0 {
			bare++
		}
		if r.Grade < worstGrade(r.Cite) {
			say(r, "写的是 %s 级，而引用的条文是 %s 级：规则不能比依据更可靠。", r.Grade, worstGrade(r.Cite))
		}
		for _, w := range dead(r) {
			say(r, "词“%s”永远不会命中：白名单里有同样的词。", w)
		}
		for _, w := range idle(r.unless, slices.Concat(r.find, r.missing)) {
			say(r, "白名单里的“%s”盖不住任何要找的词，可以去掉。", w)
		}
		for _, t := range r.find {
			if len(t.parts) == 1 && utf8.RuneCountInString(t.parts[0]) == 1 && len(r.need) == 0 {
				say(r, "只有一个字的词“%s”又没有条件，会误伤很多：请加长或者加条件。", t)
			}
		}
		if !r.To.IsZero() && r.To < r.From {
			say(r, "有效期是空的。")
		}
		if len(r.find) > 1 {
			for _, w := range swallowed(r) {
				say(r, "词“%s”已经包含在更短的词里，可以去掉。", w)
			}
		}
	}
	if bare > 0 {
		out = append(out, Hint{p.ID, 1, fmt.Sprintf("%d 条规则没有引用条文，只写了来源：有条文依据时请补上。", bare)})
	}
	return out
}

// dead returns the words to find that the whitelist excuses each time.
func dead(r *Rule) []string {
	var out []string
	for _, f := range r.find {
		for _, u := range r.unless {
			if len(u.parts) == 1 && strings.Contains(text.Fold(f.String()), text.Fold(u.String())) && text.Fold(f.String()) == text.Fold(u.String()) {
				out = append(out, f.String())
			}
		}
	}
	return out
}

// idle returns the whitelisted words that share no character with any word to
// find and so can neither cover it nor cross its border.
func idle(unless, find []term) []string {
	var all strings.Builder
	for _, f := range find {
		all.WriteString(text.Fold(strings.Join(f.parts, "")))
	}
	var out []string
	for _, u := range unless {
		if !strings.ContainsAny(text.Fold(u.String()), all.String()) {
			out = append(out, u.String())
		}
	}
	return out
}

// swallowed returns the words that hold another word of the rule.
func swallowed(r *Rule) []string {
	var out []string
	for _, long := range r.find {
		for _, short := range r.find {
			a, b := text.Fold(long.String()), text.Fold(short.String())
			if len(long.parts) == 1 && len(short.parts) == 1 && len(b) < len(a) && strings.Contains(a, b) {
				out = append(out, long.String())
				break
			}
		}
	}
	return out
}
