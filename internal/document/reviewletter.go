package document

import "xiaobao/internal/fault"

// ReviewLetter is what an opinion letter says of a reviewed material
// (消保审查意见书): what was read, what was found, what was answered, and where
// and until when it may be used (measures 2022-9 art. 9; S3.1, CP-27).
type ReviewLetter struct {
	Submitter  string    // the unit that submitted, as addressed
	Facts      []Fact    // number, kind, title, product, material, dates: a table
	Conclusion string    // as printed: 同意, 修改后同意, 不同意
	Summary    string    // the reviewer's opinion on the whole
	Opinions   []Opinion // points, in order
	Outcome    string    // a sentence: cleared, vetoed, or what is waited for
	Clearance  []Fact    // number, scope, channels, until; nil before one
	Conditions []string  // of a clearance
	Signatures []Fact    // who reviewed and who decided, with the day
}

// Fact is a line of a table of two columns.
type Fact struct{ Name, Value string }

// Opinion is one point of an opinion, with what became of it.
type Opinion struct {
	Weight string // as printed: 必须采纳, 建议
	Text   string
	Quote  string // the words it speaks of, with their place; "" for the whole material
	Basis  string // articles; "" for a point of the reviewer's own
	Advice string // how to mend; "" for none
	Answer string // the submitter's answer with the reviewer's word; "" before one
}

// reviewParts are the parts of an opinion letter.
var reviewParts = map[string]partRule{
	"material": {fields: []string{".Fact.Name", ".Fact.Value"}, each: "facts", check: func(d LetterData, f *fault.Fields) {
		need(f, d.Number, "number", "审查编号")
		need(f, d.Review.Submitter, "review.submitter", "送审机构")
		f.Need(len(d.Review.Facts) > 0, "review.facts", "缺少送审材料的基本情况。")
	}},
	"conclusion": {fields: []string{".Review.Conclusion", ".Review.Summary"}, check: func(d LetterData, f *fault.Fields) {
		need(f, d.Review.Conclusion, "review.conclusion", "审查结论")
		need(f, d.Review.Summary, "review.summary", "综合意见")
	}},
	"opinions": {fields: []string{".Opinion.Weight", ".Opinion.Text", ".Opinion.Quote", ".Opinion.Basis", ".Opinion.Advice", ".Opinion.Answer"}, each: "opinions",
		check: func(d LetterData, f *fault.Fields) {
			for i, o := range d.Review.Opinions {
				need(f, o.Text, "review.opinions["+itoa(i)+"].text", "审查意见的内容")
			}
		}},
	"outcome":   {fields: []string{".Review.Outcome"}, check: func(d LetterData, f *fault.Fields) { need(f, d.Review.Outcome, "review.outcome", "办理结果") }},
	"clearance": {fields: []string{".Fact.Name", ".Fact.Value"}, each: "clearance", check: func(LetterData, *fault.Fields) {}},
	"signatures": {fields: []string{".Fact.Name", ".Fact.Value"}, each: "signatures", check: func(d LetterData, f *fault.Fields) {
		f.Need(len(d.Review.Signatures) > 0, "review.signatures", "缺少审查人。")
	}},
}

// reviewProbe has every field set.
var reviewProbe = ReviewLetter{Submitter: "x", Facts: []Fact{{"x", "x"}}, Conclusion: "x", Summary: "x", Opinions: []Opinion{{"x", "x", "x", "x", "x", "x"}},
	Outcome: "x", Clearance: []Fact{{"x", "x"}}, Conditions: []string{"x"}, Signatures: []Fact{{"x", "x"}}}

// reviewRounds is the data of each repetition in an opinion letter, and false for
// what it does not repeat.
func reviewRounds(d LetterData, each string) ([]blockData, bool) {
	var out []blockData
	add := func(b blockData) {
		b.LetterData, b.N = d, len(out)+1
		out = append(out, b)
	}
	facts := map[string][]Fact{"facts": d.Review.Facts, "clearance": d.Review.Clearance, "signatures": d.Review.Signatures}
	list, ok := facts[each]
	for _, f := range list {
		add(blockData{Fact: f})
	}
	switch each {
	case "opinions":
		for _, o := range d.Review.Opinions {
			add(blockData{Opinion: o})
		}
		return out, true
	case "conditions":
		for _, c := range d.Review.Conditions {
			add(blockData{Condition: c})
		}
		return out, true
	}
	return out, ok
}
