package rule

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// term is a word, or several in order with bounded gaps: "保证…收益".
type term struct {
	parts []string
	gap   int // characters between two parts at most
}

func (t term) String() string { return strings.Join(t.parts, "…") }

// The windows of a condition.
const (
	inClause    = "clause"
	inSentence  = "sentence"
	inParagraph = "paragraph"
	inSection   = "section"
	inDocument  = "document"
)

// condition is what must, or must not, stand near a hit.
type condition struct {
	any, all []term
	near     []term // words that the number must stand beside
	unless   []term
	atLeast  int
	number   *comparison
	regex    *regexp.Regexp
	within   string
	chars    int    // of the window when within is ""
	order    string // after, before or ""
	words    string // for people
}

// finding reads what a rule looks for.
func (r *reader) finding(ru *Rule, rf ruleFile) {
	ru.find = r.terms(ru, "find", rf.Find)
	ru.unless = r.terms(ru, "unless", rf.Unless)
	if len(rf.Missing) > 0 {
		if len(rf.Find) > 0 {
			r.at(ru, "missing", "find 和 missing 只能写一个：找缺少的要素时，触发的词写在 when 里。")
		}
		ru.Whole = true
		ru.missing = r.terms(ru, "missing", rf.Missing)
		ru.find = r.terms(ru, "when", rf.When)
	} else if len(rf.Find) == 0 {
		r.at(ru, "find", "没有写要找的词（find），也没有写要有的要素（missing）。")
	}
	for _, t := range ru.find {
		ru.Literals = append(ru.Literals, t.String())
	}
	for i, c := range rf.Need {
		ru.need = append(ru.need, r.condition(ru, "need["+strconv.Itoa(i)+"]", c))
	}
	for i, c := range rf.Absent {
		ru.absent = append(ru.absent, r.condition(ru, "absent["+strconv.Itoa(i)+"]", c))
	}
	if ru.Whole && len(ru.find) == 0 && len(ru.need)+len(ru.absent) > 0 {
		r.at(ru, "need", "找缺少的要素（missing）时，need 和 absent 说的是触发词（when）旁边的话：请写上 when。")
	}
	ru.Reasoning = reasoning(ru)
}

func (r *reader) condition(ru *Rule, field string, f conditionFile) condition {
	c := condition{any: r.terms(ru, field+".any", f.Any), all: r.terms(ru, field+".all", f.All), near: r.terms(ru, field+".near", f.Near),
		unless: r.terms(ru, field+".unless", f.Unless), atLeast: max(1, f.AtLeast), order: f.Order}
	if f.Number != "" {
		n, err := parseComparison(f.Number, r.value)
		if err != "" {
			r.at(ru, field+".number", "%s", err)
		}
		c.number = n
	}
	if f.Regex != "" {
		c.regex = r.regex(ru, field+".regex", f.Regex)
	}
	if len(f.Any)+len(f.All) == 0 && f.Number == "" && f.Regex == "" {
		r.at(ru, field, "条件是空的：请写 any、all、number 或者 regex。")
	}
	if len(f.Near) > 0 && f.Number == "" {
		r.at(ru, field+".near", "near 只能和 number 一起写。")
	}
	if !slices.Contains([]string{"", "after", "before"}, c.order) {
		r.at(ru, field+".order", "“%s”不对：请写 after（在命中词之后）或者 before（之前）。", c.order)
	}
	c.within, c.chars = r.within(ru, field+".within", string(f.Within))
	c.words = c.describe(f)
	return c
}

func (r *reader) within(ru *Rule, field, s string) (string, int) {
	switch s {
	case "":
		return inSentence, 0
	case inClause, inSentence, inParagraph, inSection, inDocument:
		return s, 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, "字"))
	if err != nil || n < 1 || n > 500 {
		r.at(ru, field, "“%s”不对：请写 clause、sentence、paragraph、section、document，或者 1 至 500 的字数。", s)
	}
	return "", n
}

// terms expands groups and checks the words.
func (r *reader) terms(ru *Rule, field string, words []string) []term {
	flat := r.expand(ru, field, words, nil)
	if len(flat) > maxWords {
		r.at(ru, field, "有 %d 个词，一条规则最多 %d 个：请拆成几条。", len(flat), maxWords)
		return nil
	}
	var out []term
	seen := map[string]bool{}
	for _, w := range flat {
		t, wrong := parseTerm(w)
		if wrong != "" {
			r.at(ru, field, "词“%s”不对：%s", clip(w, 40), wrong)
			continue
		}
		if !seen[w] {
			seen[w] = true
			out = append(out, t)
		}
	}
	return out
}

// expand replaces "@name" by the words of the group; path holds the groups that
// are being expanded.
func (r *reader) expand(ru *Rule, field string, words, path []string) []string {
	var out []string
	for _, w := range words {
		name, isGroup := strings.CutPrefix(w, "@")
		if !isGroup {
			out = append(out, w)
			continue
		}
		group, known := r.words[name]
		switch {
		case !known:
			r.at(ru, field, "没有名为“%s”的词组：请在 [words] 里写上，或者改正名字。", name)
		case slices.Contains(path, name):
			r.at(ru, field, "词组“%s”绕回了自己：请去掉其中一处引用。", name)
		default:
			out = append(out, r.expand(ru, field, group, append(slices.Clone(path), name))...)
		}
		if len(out) > maxWords {
			return out
		}
	}
	return out
}

func parseTerm(w string) (term, string) {
	t := term{gap: defaultGap}
	for _, p := range strings.Split(w, "…") {
		if p == "" {
			if strings.Contains(w, "……") {
				continue
			}
			return t, "“…”的两边都要有字。"
		}
		if n, err := strconv.Atoi(p); err == nil && len(t.parts) > 0 && strings.Count(w, "…") > 1 && !strings.HasSuffix(w, p) {
			if n < 1 || n > maxGap {
				return t, "“…”之间的字数要在 1 至 60 之间。"
			}
			t.gap = n
			continue
		}
		t.parts = append(t.parts, p)
	}
	for _, p := range t.parts {
		if strings.TrimSpace(p) != p || p == "" {
			return t, "前后不能有空格，也不能是空的。"
		}
		if utf8.RuneCountInString(p) > maxWordRunes {
			return t, "太长，最多 60 个字：请只写关键的几个字，其余写成条件。"
		}
	}
	if len(t.parts) == 0 {
		return t, "不能是空的。"
	}
	return t, ""
}

// Bounds of an expression. Go's regexp runs in linear time whatever the
// expression; these keep its constant small and the expression readable.
const (
	maxRegexRunes  = 200
	maxRegexRepeat = 50
	maxRegexNodes  = 400
)

func (r *reader) regex(ru *Rule, field, s string) *regexp.Regexp {
	if utf8.RuneCountInString(s) > maxRegexRunes {
		r.at(ru, field, "表达式有 %d 个字，最多 %d 个：请拆成几个条件。", utf8.RuneCountInString(s), maxRegexRunes)
		return nil
	}
	parsed, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		r.at(ru, field, "表达式“%s”读不懂（%s）：请按 RE2 的写法改正；不支持前后断言和反向引用。", clip(s, 40), err)
		return nil
	}
	repeat, depth := regexCost(parsed, 0)
	if repeat > maxRegexRepeat {
		r.at(ru, field, "表达式里有重复 %d 次以上的部分，最多 %d 次：请缩小 {n,m}。", repeat, maxRegexRepeat)
		return nil
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if depth > 2 || err != nil || len(prog.Inst) > maxRegexNodes {
		r.at(ru, field, "表达式“%s”太复杂（重复套着重复，或者展开后过大）：请写简单些，或者拆成几个条件。", clip(s, 40))
		return nil
	}
	re, err := regexp.Compile(s)
	if err != nil {
		r.at(ru, field, "表达式读不懂：%s。", err)
		return nil
	}
	if re.MatchString("") {
		r.at(ru, field, "表达式“%s”连空白也能匹配，等于没有条件：请写出至少一个必须出现的字。", clip(s, 40))
	}
	return re
}

// regexCost returns the largest bound of a repetition and how deep repetitions
// are nested in each other.
func regexCost(re *syntax.Regexp, depth int) (repeat, deepest int) {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		depth++
	case syntax.OpRepeat:
		depth++
		repeat = max(re.Min, re.Max)
	}
	deepest = depth
	for _, sub := range re.Sub {
		r, d := regexCost(sub, depth)
		repeat, deepest = max(repeat, r), max(deepest, d)
	}
	return repeat, deepest
}
