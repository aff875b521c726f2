package rule

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
	"xiaobao/internal/text"
)

// Limits of a pack: far above what a person writes, low enough that a file
// from outside cannot hold the program up.
const (
	maxPackBytes = 4 << 20
	maxRules     = 2000
	maxWords     = 5000 // of one rule, groups expanded
	maxWordRunes = 60
	defaultGap   = 10 // characters that "…" stands for at most
	maxGap       = 60
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Parse reads a pack from TOML and runs the examples of its rules. file is the
// name for messages. The error is a fault of kind Invalid that lists everything
// found wrong, each with line, rule and field.
func Parse(file string, src []byte) (*Pack, error) {
	p, err := Read(file, src)
	if err != nil {
		return nil, err
	}
	if failed := p.Try(); len(failed) > 0 {
		r := &reader{file: file, src: src}
		for _, f := range failed {
			r.at(f.Rule, f.Field, "%s", f.Text)
		}
		return nil, r.err()
	}
	return p, nil
}

// Read is Parse without running the examples: for tools that want to show
// which of them fail. A pack that has not been tried must not be put to use.
func Read(file string, src []byte) (*Pack, error) {
	r := &reader{file: file, src: src}
	if len(src) > maxPackBytes {
		return nil, fault.New(fault.TooLarge, "%s 有 %d 兆，规则包最大 4 兆：请拆成几个包。", file, len(src)>>20)
	}
	if !utf8.Valid(src) {
		return nil, fault.New(fault.Invalid, "%s 不是 UTF-8 编码的文本：请用 UTF-8 另存后再试。", file)
	}
	f, unknown, err := decode(bytes.TrimPrefix(src, []byte("\ufeff")))
	if err != nil {
		return nil, r.syntax(err)
	}
	for _, key := range unknown {
		r.addf(r.lineOf(key), key, "不认识这一项，可能是拼写错误：请对照 README 里的写法。")
	}
	p := r.pack(f)
	return p, r.err()
}

// reader turns what is written into a pack and notes what is wrong.
type reader struct {
	file  string
	src   []byte
	words map[string][]string
	value map[string]text.Decimal
	plain []string
	bad   fault.Fields
	heads []int // lines of the [[rule]] headers
}

func (r *reader) addf(line int, field, format string, args ...any) {
	place := r.file
	if line > 0 {
		place = fmt.Sprintf("%s 第 %d 行", r.file, line)
	}
	r.bad.Add(field, "%s：%s", place, fmt.Sprintf(format, args...))
}

// at notes a fault of a rule's field.
func (r *reader) at(ru *Rule, field, format string, args ...any) {
	line := ru.Line
	if n := r.fieldLine(ru.Line, field); n > 0 {
		line = n
	}
	r.addf(line, ru.ID+"."+field, "规则 %s 的 %s：%s", ru.ID, field, fmt.Sprintf(format, args...))
}

func (r *reader) err() error {
	if len(r.bad) == 0 {
		return nil
	}
	return r.bad.Err()
}

func (r *reader) syntax(err error) error {
	if p, ok := errors.AsType[toml.ParseError](err); ok {
		return fault.New(fault.Invalid, "%s 第 %d 行不是正确的 TOML：%s。", r.file, p.Position.Line, p.Message)
	}
	return fault.New(fault.Invalid, "%s 读不出来：%s。", r.file, err.Error())
}

func (r *reader) pack(f packFile) *Pack {
	p := &Pack{ID: f.ID, Version: string(f.Version), Title: f.Title, Owner: f.Owner, Note: f.Note, Signal: f.Purpose == "signal", File: r.file}
	if !idForm.MatchString(f.ID) {
		r.addf(1, "id", "包的编号“%s”不对：请用小写字母、数字、点和横线。", clip(f.ID, 40))
	}
	for field, v := range map[string]string{"version": p.Version, "title": p.Title, "owner": p.Owner} {
		if strings.TrimSpace(v) == "" {
			r.addf(1, field, "包的 %s 没有填。", field)
		}
	}
	if f.Purpose != "" && f.Purpose != "check" && f.Purpose != "signal" {
		r.addf(r.lineOf("purpose"), "purpose", "“%s”不对：请写 check（检查，默认）或者 signal（只用来判断内容）。", clip(f.Purpose, 20))
	}
	if len(f.Rules) == 0 || len(f.Rules) > maxRules {
		r.addf(1, "rule", "包里有 %d 条规则：请写 1 至 %d 条。", len(f.Rules), maxRules)
		return p
	}
	r.words, r.value, r.heads = f.Words, map[string]text.Decimal{}, r.headers()
	for name, v := range f.Values {
		d, ok := decimal(string(v))
		if !ok {
			r.addf(r.lineOf(name), "values", "“%s = %s”不是数。", name, v)
		}
		r.value[name] = d
	}
	p.plain = r.terms(&Rule{ID: p.ID, Line: 1}, "plain", f.Plain)
	seen := map[string]bool{}
	for i, rf := range f.Rules {
		ru := r.rule(p, f, i, rf)
		if seen[ru.ID] {
			r.at(ru, "id", "编号重复：每条规则要有自己的编号。")
		}
		seen[ru.ID] = true
		p.Rules = append(p.Rules, ru)
	}
	return p
}

func (r *reader) rule(p *Pack, f packFile, i int, rf ruleFile) *Rule {
	ru := &Rule{Pack: p.ID, ID: rf.ID, Version: string(rf.Version), Title: rf.Title, Severity: rf.Severity, Source: rf.Source,
		Grade: rf.Grade, Note: rf.Note, Kinds: rf.Kinds, Sections: rf.Sections, Speakers: rf.Speakers, Products: rf.Products,
		Advice: rf.Advice, Rewrite: rf.Rewrite, Same: rf.Same, Off: rf.Off, once: rf.Once, inflected: rf.Inside, negation: rf.Negation, quotation: rf.Quotation}
	if i < len(r.heads) {
		ru.Line = r.heads[i]
	}
	if ru.Kinds == nil {
		ru.Kinds = f.Kinds
	}
	if ru.Version == "" {
		ru.Version = "1"
	}
	r.face(ru)
	r.basis(ru, rf)
	r.finding(ru, rf)
	r.examples(ru, rf, max(1, f.MinExamples))
	return ru
}

// face checks what people read.
func (r *reader) face(ru *Rule) {
	if !idForm.MatchString(ru.ID) {
		r.at(ru, "id", "规则的编号“%s”不对：请用小写字母、数字、点和横线。", clip(ru.ID, 40))
	}
	if ru.Title == "" {
		r.at(ru, "title", "没有填标题。")
	}
	if ru.Same != "" && !idForm.MatchString(ru.Same) {
		r.at(ru, "same", "事项“%s”不对：请用小写字母、数字、点和横线。", clip(ru.Same, 40))
	}
	if ru.Advice == "" {
		r.at(ru, "advice", "没有写怎么改：每条规则都要告诉使用的人怎么办。")
	}
	if !slices.Contains([]Severity{Error, Warn, Info}, ru.Severity) {
		r.at(ru, "severity", "“%s”不对：请写 error、warn 或者 info。", ru.Severity)
	}
	for _, s := range ru.Speakers {
		if s != "staff" && s != "consumer" {
			r.at(ru, "speakers", "“%s”不对：请写 staff（工作人员）或者 consumer（消费者）。", s)
		}
	}
	ru.negation = r.mode(ru, "negation", ru.negation, "excuses", "ignored", "required")
	ru.quotation = r.mode(ru, "quotation", ru.quotation, "excuses", "ignored")
}

// mode returns one of the choices, the first when nothing is written.
func (r *reader) mode(ru *Rule, field, s string, choices ...string) string {
	if s == "" {
		return choices[0]
	}
	if !slices.Contains(choices, s) {
		r.at(ru, field, "“%s”不对：请写 %s。", s, strings.Join(choices, "、"))
	}
	return s
}

// basis resolves the citations and derives what follows from them: the grade
// and the days in force.
func (r *reader) basis(ru *Rule, rf ruleFile) {
	for _, s := range rf.Cite {
		if c, ok := r.cite(ru, s); ok {
			ru.Cite = append(ru.Cite, c)
		}
	}
	if len(rf.Cite) == 0 && ru.Source == "" {
		r.at(ru, "cite", "没有依据：请写条文（cite）或者来源（source）。")
	}
	if ru.Grade == "" {
		ru.Grade = worstGrade(ru.Cite)
	}
	if !slices.Contains([]string{GradeA, GradeB, GradeC}, ru.Grade) {
		r.at(ru, "grade", "“%s”不对：没有引用条文时要写 A、B 或者 C。", ru.Grade)
	}
	ru.Off = ru.Off || ru.Grade == GradeC
	ru.From, ru.To = citedDays(ru.Cite)
	for field, day := range map[string]*calendar.Date{"from": &ru.From, "to": &ru.To} {
		s := map[string]string{"from": rf.From, "to": rf.To}[field]
		if s == "" {
			continue
		}
		on, err := calendar.Parse(s)
		if err != nil {
			r.at(ru, field, "%s", fault.Message(err))
		}
		*day = on
	}
	if !ru.To.IsZero() && ru.To < ru.From {
		r.at(ru, "to", "最后一天 %s 早于第一天 %s。", ru.To, ru.From)
	}
}

func (r *reader) cite(ru *Rule, s string) (Cite, bool) {
	id, article, ok := strings.Cut(s, " ")
	if !ok {
		id, article, ok = strings.Cut(s, ":")
	}
	c := Cite{Instrument: id, Article: strings.TrimSpace(article)}
	if !ok {
		r.at(ru, "cite", "“%s”不对：请写成“文件编号 条号”，例如 \"ad-law 25\"。", s)
		return c, false
	}
	in, found := regulation.Embedded().Instrument(id)
	if !found {
		r.at(ru, "cite", "规则库里没有编号为“%s”的文件：请核对编号，或者先把它加进 internal/regulation/data。", id)
		return c, false
	}
	if _, found = articleOf(in, c.Article); !found {
		r.at(ru, "cite", "《%s》在规则库里没有第“%s”条：请核对条号。", in.Title, c.Article)
		return c, false
	}
	return c, true
}

// articleOf returns the article of a number that may name a paragraph ("18.3").
func articleOf(in regulation.Instrument, number string) (regulation.Article, bool) {
	bare, _, _ := strings.Cut(number, ".")
	for _, a := range in.Articles {
		if a.Number == number || a.Number == bare {
			return a, true
		}
	}
	return regulation.Article{}, false
}

// worstGrade returns the weakest grade among the cited articles, "" without any.
func worstGrade(cites []Cite) string {
	worst := ""
	for _, c := range cites {
		in, _ := regulation.Embedded().Instrument(c.Instrument)
		a, _ := articleOf(in, c.Article)
		g := a.Grade
		if g == "" {
			g = in.Grade
		}
		if g == regulation.GradeSetting {
			g = GradeB
		}
		worst = max(worst, g)
	}
	return worst
}

// citedDays returns the days on which at least one of the cited instruments is
// in force.
func citedDays(cites []Cite) (from, to calendar.Date) {
	open := false
	for i, c := range cites {
		in, _ := regulation.Embedded().Instrument(c.Instrument)
		if i == 0 || in.From < from {
			from = in.From
		}
		open = open || in.Until.IsZero()
		to = max(to, in.Until)
	}
	if open {
		to = 0
	}
	return from, to
}

func (r *reader) examples(ru *Rule, rf ruleFile, least int) {
	for _, set := range []struct {
		field string
		list  []exampleFile
		hit   bool
	}{{"hits", rf.Hits, true}, {"passes", rf.Passes, false}} {
		if len(set.list) < least {
			r.at(ru, set.field, "有 %d 个例句，至少要 %d 个：命中的（hits）和不该命中的（passes）都要。", len(set.list), least)
		}
		for i, e := range set.list {
			e.Hit = set.hit
			if strings.TrimSpace(e.Text) == "" {
				r.at(ru, set.field, "第 %d 个例句是空的。", i+1)
			}
			ru.Examples = append(ru.Examples, e.Example)
		}
	}
}

// headers returns the lines of the [[rule]] headers.
func (r *reader) headers() []int {
	var out []int
	for n, line := range bytes.Split(r.src, []byte("\n")) {
		if bytes.HasPrefix(bytes.TrimSpace(line), []byte("[[rule]]")) {
			out = append(out, n+1)
		}
	}
	return out
}

// fieldLine returns the line on which a field of the rule that begins on a line
// is written, 0 when it is not.
func (r *reader) fieldLine(from int, field string) int {
	name, _, _ := strings.Cut(field, "[")
	name = name[strings.LastIndex(name, ".")+1:]
	for n, line := range strings.Split(string(r.src), "\n") {
		s := strings.TrimSpace(line)
		if n+1 > from && strings.HasPrefix(s, "[[rule]]") {
			return 0
		}
		if n+1 >= from && (strings.HasPrefix(s, name+" ") || strings.HasPrefix(s, name+"=") || s == "[[rule."+name+"]]") {
			return n + 1
		}
	}
	return 0
}

// lineOf returns the first line that gives the last part of a key.
func (r *reader) lineOf(key string) int { return r.fieldLine(1, key[strings.LastIndex(key, ".")+1:]) }

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
