package rule

import (
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/text"
)

// Step is one thing that was looked at while a rule was tried on a text.
type Step struct {
	At   text.Span `json:"at"` // the hit it is about; zero when about the whole document
	OK   bool      `json:"ok"` // true when it speaks for a finding
	Text string    `json:"text"`
}

// Explanation says why a rule hit a text or did not.
type Explanation struct {
	Rule     string    `json:"rule"`
	Hit      bool      `json:"hit"`
	Steps    []Step    `json:"steps"`
	Findings []Finding `json:"findings"`
}

// Explain tries one rule on a document, whatever its switch, and says step by
// step what decided. An unknown rule is a fault of kind NotFound.
func (b *Book) Explain(d Doc, id string) (Explanation, error) {
	r := b.byID[id]
	if r == nil {
		return Explanation{}, fault.New(fault.NotFound, "没有编号为“%s”的规则：请核对编号。", clip(id, 64))
	}
	t := &trace{}
	x := Explanation{Rule: id}
	switch r.state {
	case Off:
		t.note(true, "这条规则现在是关着的；下面按打开时的样子试。")
	case Shadow:
		t.note(true, "这条规则现在只在影子状态：它的命中不给使用的人看。")
	}
	if t.scope(r, d) {
		v := b.read(d)
		defer v.close()
		for _, h := range v.hits(r, t) {
			x.Findings = append(x.Findings, v.finding(r, h))
		}
		if len(t.steps) == 0 || !slices.ContainsFunc(t.steps, func(s Step) bool { return s.At != text.Span{} }) && !r.Whole {
			t.note(false, "文中没有规则要找的词：%s。", strings.Join(clipList(r.Literals), "、"))
		}
	}
	x.Hit, x.Steps = len(x.Findings) > 0, t.steps
	return x, nil
}

// trace collects steps; a nil trace collects nothing.
type trace struct{ steps []Step }

// most bounds an explanation: nobody reads more.
const maxSteps = 200

func (t *trace) say(at text.Span, ok bool, format string, args ...any) {
	if t != nil && len(t.steps) < maxSteps {
		t.steps = append(t.steps, Step{At: at, OK: ok, Text: fmt.Sprintf(format, args...)})
	}
}

func (t *trace) note(ok bool, format string, args ...any) { t.say(text.Span{}, ok, format, args...) }

func (t *trace) condition(at text.Span, ok bool, verb, what, found string) {
	switch {
	case t == nil:
	case found != "":
		t.say(at, ok, "%s：%s——有：%s。", verb, what, found)
	default:
		t.say(at, ok, "%s：%s——没有。", verb, what)
	}
}

// scope says whether the rule is for such a document at all.
func (t *trace) scope(r *compiled, d Doc) bool {
	if !r.InForce(d.On) {
		t.note(false, "规则自 %s 起%s有效，文件日期 %s 不在其中。", r.From, until(r.Rule), d.On)
		return false
	}
	if !r.Applies(d.Kind, d.Product) {
		t.note(false, "规则只用于 %v%v，这份材料是“%s%s”。", r.Kinds, r.Products, d.Kind, d.Product)
		return false
	}
	return true
}

func until(r *Rule) string {
	if r.To.IsZero() {
		return ""
	}
	return "至 " + r.To.String()
}

// show quotes the words that a condition found.
func (v *view) show(words []text.Span) string {
	if len(words) == 0 {
		return ""
	}
	var out []string
	for _, w := range words {
		out = append(out, "“"+v.quote(w)+"”")
	}
	return strings.Join(clipList(out), "、")
}

// clipList keeps the first few and says how many there are.
func clipList(words []string) []string {
	const most = 6
	if len(words) <= most {
		return words
	}
	return append(slices.Clone(words[:most]), fmt.Sprintf("……等 %d 个", len(words)))
}

// reasoning says a rule's conditions in words, for pages and for rules list.
func reasoning(r *Rule) []string {
	var out []string
	if r.Whole {
		out = append(out, "全文要有其中之一："+terms(r.missing))
		if len(r.find) > 0 {
			out = append(out, "只在文中有这些词时才要求："+terms(r.find))
		}
	} else {
		out = append(out, "找："+terms(r.find))
	}
	for _, c := range r.need {
		out = append(out, "需要："+c.words)
	}
	for _, c := range r.absent {
		out = append(out, "不能有："+c.words)
	}
	if len(r.unless) > 0 {
		out = append(out, "白名单："+terms(r.unless))
	}
	switch r.negation {
	case "ignored":
		out = append(out, "否定的说法也算")
	case "required":
		out = append(out, "只算否定的说法")
	}
	if r.quotation == "ignored" {
		out = append(out, "引用法规和禁止性规定也算")
	}
	return out
}

func terms(list []term) string {
	words := make([]string, len(list))
	for i, t := range list {
		words[i] = t.String()
	}
	return strings.Join(clipList(words), "、")
}

// describe says a condition in words.
func (c condition) describe(f conditionFile) string {
	where := map[string]string{inClause: "同一小句", inSentence: "同一句", inParagraph: "同一段", inSection: "同一栏目", inDocument: "全文"}[c.within]
	if where == "" {
		where = fmt.Sprintf("前后 %d 个字", c.chars)
	}
	where += "里" + map[string]string{"after": "，在它之后", "before": "，在它之前"}[c.order]
	var parts []string
	if len(c.all) > 0 {
		parts = append(parts, "同时有 "+terms(c.all))
	}
	if len(c.any) > 0 {
		least := ""
		if c.atLeast > 1 {
			least = fmt.Sprintf("至少 %d 处", c.atLeast)
		}
		parts = append(parts, least+"有 "+terms(c.any)+" 之一")
	}
	if f.Number != "" {
		beside := ""
		if len(c.near) > 0 {
			beside = "（在 " + terms(c.near) + " 旁边）"
		}
		parts = append(parts, "有数 "+f.Number+beside)
	}
	if f.Regex != "" {
		parts = append(parts, "符合 "+clip(f.Regex, 60))
	}
	return where + strings.Join(parts, "，并且")
}
