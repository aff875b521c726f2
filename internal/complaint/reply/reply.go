// Package reply composes the answer to a complaint and checks whether it is fit
// to be sent: every allegation answered with finding, basis and reason, remedies
// and options named, dates and amounts as in the case, no forbidden words, nobody
// else's data (S1.4, S4.4-S4.6, S4.13; rule 2020-3 art. 19-21).
//
// The package is pure. Word lists, sentences, thresholds and severities stand in
// data/*.toml.
//
//	compose.go      a first draft from what the case knows
//	check.go        the findings of a reply, in the order of the letter
//	*_check.go      one file per group of checks
//	readability.go  how easy it reads, by a formula
//	mend.go         one-click mends
package reply

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/text/rule"
)

// Part names a paragraph of a letter.
type Part string

// The parts in the order of the letter. Remedies are written by the letter's
// template, not by the author.
const (
	Opening  Part = "opening"
	Answer   Part = "answer" // on one allegation, see Place.Point
	Decision Part = "decision"
	Options  Part = "options"
	Remedies Part = "remedies"
	Closing  Part = "closing"
)

// Place is where in a reply something stands: byte offsets into the paragraph.
type Place struct {
	Part  Part `json:"part"`
	Point int  `json:"point,omitempty"` // of an answer
	Start int  `json:"start"`
	End   int  `json:"end"`
}

// Mend is a change that may safely be made with one click: the words of the
// finding's place are replaced, or Text is put in when the place is empty.
type Mend struct {
	Place
	Text string `json:"text"`
}

// Finding is one thing that is wrong or could be better.
type Finding struct {
	ID       string        `json:"id"`   // the same as long as the words are the same; an override names it
	Kind     string        `json:"kind"` // as in data/check.toml
	Severity rule.Severity `json:"severity"`
	Title    string        `json:"title"`
	Place
	Quote  string      `json:"quote,omitempty"`
	Text   string      `json:"text"` // a sentence
	Advice string      `json:"advice,omitempty"`
	Cite   []rule.Cite `json:"cite,omitempty"`
	Source string      `json:"source,omitempty"` // row such as S4.4
	Grade  string      `json:"grade,omitempty"`
	Rule   string      `json:"rule,omitempty"` // id of the language rule, "" for the checks of this package
	Mend   *Mend       `json:"mend,omitempty"`
}

// Recent is an answer in a letter that the institution sent lately.
type Recent struct {
	Number string // of the complaint
	Text   string
}

// Facts is what the case says, against which the wording is held.
type Facts struct {
	Kind        complaint.ReplyKind
	Case        complaint.Case // in clear
	Today       calendar.Date
	Due         calendar.Date // of the decision clock, zero when there is none
	Branch      bool          // the decider is a branch: re-examination is open
	ReexamDays  int           // within which it is asked for
	Remedies    string        // the remedies as the letter prints them, "" when it prints none yet
	Addressee   string
	Salutation  string // as registered, "" when unknown
	Institution string
	We          string   // 行 or 公司
	Phones      []string // of the institution's own units
	Recent      []Recent

	PrintsRedress bool // the letter prints the redress by itself: a decision that was not composed
}

// frail reports whether the person needs particular care with words.
func (f Facts) frail() bool { return len(f.Case.Vulnerable) > 0 }

// Checker holds what does not depend on the case. It is immutable and may be
// shared.
type Checker struct {
	Rules *rule.Book   // packs of language rules; nil for none
	Packs []string     // ids of the packs that apply to replies, none for all
	Laws  *law.Library // nil: citations are not looked up
}

// Bounds refuses a reply that is too large or no text, with a sentence.
func Bounds(r complaint.Reply) error {
	n := 0
	for _, p := range paragraphs(r) {
		if !utf8.ValidString(p.text) {
			return fault.New(fault.Invalid, "%s含有无法识别的字符编码，请重新输入", p.name())
		}
		n += utf8.RuneCountInString(p.text)
	}
	if most := int(lex().limits["letter"]); n > most {
		return fault.New(fault.TooLarge, "答复共 %d 字，超过 %d 字，没有检查。请缩短，或者把材料作为附件", n, most)
	}
	return nil
}

// paragraph is a part of a letter with its words.
type paragraph struct {
	part  Part
	point int
	text  string
}

func (p paragraph) name() string {
	if p.part == Answer {
		return "第 " + strconv.Itoa(p.point) + " 个争议点的答复"
	}
	return map[Part]string{Opening: "开头", Decision: "处理决定", Options: "可选方案", Closing: "结尾", Remedies: "救济途径"}[p.part]
}

func (p paragraph) at(start, end int) Place { return Place{p.part, p.point, start, end} }

// paragraphs returns the written paragraphs in the order of the letter.
func paragraphs(r complaint.Reply) []paragraph {
	out := []paragraph{{Opening, 0, r.Opening}}
	for _, a := range r.Answers {
		out = append(out, paragraph{Answer, a.Point, a.Text})
	}
	return append(out, paragraph{Decision, 0, r.Decision}, paragraph{Options, 0, r.Options}, paragraph{Closing, 0, r.Closing})
}

// set returns the reply with one paragraph replaced.
func set(r complaint.Reply, part Part, point int, text string) complaint.Reply {
	switch part {
	case Opening:
		r.Opening = text
	case Decision:
		r.Decision = text
	case Options:
		r.Options = text
	case Closing:
		r.Closing = text
	case Answer:
		answers := append([]complaint.Answer(nil), r.Answers...)
		for i := range answers {
			if answers[i].Point == point {
				answers[i].Text = text
				r.Answers = answers
				return r
			}
		}
		r.Answers = append(answers, complaint.Answer{Point: point, Text: text})
	}
	return r
}

// idOf names a finding by its kind, place and words.
func idOf(kind, rule string, place Place, quote string) string {
	h := fnv.New64a()
	for _, s := range []string{kind, rule, string(place.Part), strconv.Itoa(place.Point), quote} {
		_, _ = h.Write([]byte(s + "\x00")) // a hash cannot fail
	}
	if rule != "" {
		kind = rule
	}
	return kind + ":" + strconv.FormatUint(h.Sum64(), 36)
}

// FromFindings is the reply of a case whose letter is printed from the findings
// themselves: the paragraphs as the template prints them.
func FromFindings(c complaint.Case, decision string) complaint.Reply {
	r := complaint.Reply{Decision: decision}
	for _, a := range c.Live() {
		var lines []string
		if f := a.Finding; f != nil {
			add := func(label, text string) {
				if text = strings.TrimSpace(text); text != "" {
					lines = append(lines, label+strings.TrimRight(text, "。")+"。")
				}
			}
			if f.Evidence != "" {
				add("核实情况：", complaint.Label("outcome", string(f.Outcome), "zh")+"。"+f.Evidence)
			}
			add("处理依据：", f.Basis)
			add("处理理由：", f.Explanation)
		}
		r.Answers = append(r.Answers, complaint.Answer{Point: a.N, Text: strings.Join(lines, "\n")})
	}
	return r
}

// Whole returns the words of a reply as one text, a paragraph a line.
func Whole(r complaint.Reply) string {
	var lines []string
	for _, p := range paragraphs(r) {
		if p.text != "" {
			lines = append(lines, p.text)
		}
	}
	return strings.Join(lines, "\n")
}

// Stopping returns the findings that stop a reply at a level: "error", "warn" or
// "never", a setting of the institution, less those that were let stand.
func Stopping(found []Finding, level string, c complaint.Case) (stop []Finding, let []complaint.Overridden) {
	for _, f := range found {
		if level == "never" || f.Severity != rule.Error && (level != "warn" || f.Severity != rule.Warn) {
			continue
		}
		if o, ok := c.OverrideOf(f.ID); ok {
			let = append(let, complaint.Overridden{Finding: f.ID, Says: f.Says(), Why: o.Why, By: o.By})
			continue
		}
		stop = append(stop, f)
	}
	return stop, let
}

// Says is the finding in one line, with its place.
func (f Finding) Says() string {
	p := paragraph{part: f.Part, point: f.Point}
	if f.Part == "" {
		return f.Text
	}
	return p.name() + "：" + f.Text
}
