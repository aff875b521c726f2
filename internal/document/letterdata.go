package document

import (
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// LetterData is what a letter about a complaint says. A template asks for the
// fields it needs; Render refuses when one of them is empty.
type LetterData struct {
	LetterNumber string // 文号 of this letter, "" for none
	Number       string // of the complaint
	Institution  string // full name, for the letterhead
	We           string // how the institution names itself after 我: 行 or 公司
	Unit         string // that handles the complaint
	Signer       string // institution or unit that signs
	Complainant  string // name as addressed
	Salutation   string // 先生, 女士, or "" for an entity
	Contact      string // person or desk, telephone, address
	Footer       string // small line at the foot, "" for none
	Draft        bool

	Date     calendar.Date // of the letter
	Received calendar.Date // of the complaint; in a re-examination of the application
	Due      calendar.Date // of the decision

	Points      []Point
	Opening     string // composed: what the letter begins with, "" for none
	Decision    string // the overall decision
	Options     string // composed: the ways to choose from, "" for none
	Closing     string // composed: closing courtesy, "" for none
	Redress     string // what is paid or done, "" for nothing
	Branch      bool   // the decider is a branch, whose superior can re-examine
	Remedies    []Remedy
	Grounds     string // for not handling
	Told        string // how and when the consumer was told, for the regulator
	Improvement string // measures taken, "" for none
	Reexamined  string // the unit whose decision is re-examined

	Extension Extension
	Excluded  Exclusion
	Withdrawn calendar.Date // day on which the withdrawal was received

	Regulator       string // full name
	RegulatorWe     string // how it is addressed after 贵: 局, 行, 中心
	RegulatorNumber string // its reference

	Review ReviewLetter // of an opinion letter
}

// Point is one allegation with its answer (rule 2020-3 art. 19).
type Point struct {
	Claim   string // what is claimed
	Finding string // what verification showed
	Basis   string // rule or contract term
	Reason  string // why it leads to the decision
	Reply   string // composed: the whole paragraph, in place of the three above
}

// Extension is a prolonged period (rule 2020-3 art. 18).
type Extension struct {
	From, To calendar.Date // the due date before and after
	Reason   string
	Approver string // who approved, as printed; "" leaves it out
}

// Exclusion is time that does not count (rule 2020-3 arts. 18, 23).
type Exclusion struct {
	Kind     string // 鉴定, 检测, 评估, 调解
	Reason   string
	Body     string        // who does it, "" leaves it out
	From, To calendar.Date // To zero while it lasts
}

// RemedyKind is a way open after the decision (rule 2020-3 art. 19).
type RemedyKind string

// The remedies, in the order in which a letter names them.
const (
	Reexamination RemedyKind = "reexamination"
	Mediation     RemedyKind = "mediation"
	Arbitration   RemedyKind = "arbitration"
	Litigation    RemedyKind = "litigation"
)

// Remedy is a way that is open in this case.
type Remedy struct {
	Kind    RemedyKind
	Body    string // the superior, mediation body, arbitration commission or court
	Address string
	Phone   string
	Days    int // within which re-examination is to be asked for, from the rules
}

// partRule is what a part of a letter is for: the fields its text must use, how
// it is repeated, and the data without which it must not be printed.
type partRule struct {
	fields []string
	each   string
	check  func(LetterData, *fault.Fields)
}

func need(f *fault.Fields, value, field, what string) {
	f.Need(value != "", field, "请填写%s，这封信必须写明。", what)
}

func eachPoint(field, what string, value func(Point) string) func(LetterData, *fault.Fields) {
	return func(d LetterData, f *fault.Fields) {
		f.Need(len(d.Points) > 0, "points", "至少要有一个投诉事项。")
		for i, p := range d.Points {
			f.Need(value(p) != "", "points["+itoa(i)+"]."+field, "第 %d 个投诉事项缺少%s，这封信必须逐项写明。", i+1, what)
		}
	}
}

// partRules are the parts that letters are made of. What the law asks of a
// letter stands in requiredParts.
var partRules = map[string]partRule{
	"received": {fields: []string{".Received", ".Number"}, check: func(d LetterData, f *fault.Fields) {
		f.Need(!d.Received.IsZero(), "received", "缺少收到投诉的日期。")
		need(f, d.Number, "number", "投诉编号")
	}},
	"claims": {fields: []string{".Point.Claim"}, each: "points", check: eachPoint("claim", "投诉内容", func(p Point) string { return p.Claim })},
	"verification": {fields: []string{".Point.Claim", ".Point.Finding"}, each: "points", check: func(d LetterData, f *fault.Fields) {
		eachPoint("claim", "投诉内容", func(p Point) string { return p.Claim })(d, f)
		eachPoint("finding", "核实情况", func(p Point) string { return p.Finding })(d, f)
	}},
	"basis":   {fields: []string{".Point.Basis"}, each: "points", check: eachPoint("basis", "处理依据", func(p Point) string { return p.Basis })},
	"reasons": {fields: []string{".Point.Reason"}, each: "points", check: eachPoint("reason", "理由", func(p Point) string { return p.Reason })},
	"answers": {fields: []string{".Point.Claim", ".Point.Reply"}, each: "points", check: eachPoint("reply", "答复", func(p Point) string { return p.Reply })},
	"result":  {fields: []string{".Decision"}, check: func(d LetterData, f *fault.Fields) { need(f, d.Decision, "decision", "处理决定") }},
	"remedies": {fields: []string{".Remedy"}, each: "remedies", check: func(d LetterData, f *fault.Fields) {
		f.Need(len(d.Remedies) > 0, "remedies", "缺少救济途径，请至少写明一种。")
	}},
	"due": {fields: []string{".Due"}, check: func(d LetterData, f *fault.Fields) {
		f.Need(!d.Due.IsZero(), "due", "缺少处理期限。")
	}},
	"contact": {fields: []string{".Contact"}, check: func(d LetterData, f *fault.Fields) { need(f, d.Contact, "contact", "联系方式") }},
	"grounds": {fields: []string{".Grounds"}, check: func(d LetterData, f *fault.Fields) { need(f, d.Grounds, "grounds", "不予办理的理由") }},
	"told":    {fields: []string{".Told"}, check: func(d LetterData, f *fault.Fields) { need(f, d.Told, "told", "告知消费者的情况") }},
	"extension": {fields: []string{".Extension.From", ".Extension.To", ".Extension.Reason"}, check: func(d LetterData, f *fault.Fields) {
		f.Need(!d.Extension.From.IsZero(), "extension.from", "缺少原处理期限。")
		f.Need(d.Extension.To > d.Extension.From, "extension.to", "延长后的期限必须晚于原期限。")
		need(f, d.Extension.Reason, "extension.reason", "延期理由")
	}},
	"excluded": {fields: []string{".Excluded.Kind", ".Excluded.From", ".Excluded.Reason"}, check: func(d LetterData, f *fault.Fields) {
		need(f, d.Excluded.Kind, "excluded.kind", "不计入期限的事由（鉴定、检测、评估或调解）")
		need(f, d.Excluded.Reason, "excluded.reason", "原因")
		f.Need(!d.Excluded.From.IsZero(), "excluded.from", "缺少开始日期。")
		f.Need(d.Excluded.To.IsZero() || d.Excluded.To >= d.Excluded.From, "excluded.to", "结束日期早于开始日期。")
	}},
	"withdrawn": {fields: []string{".Withdrawn"}, check: func(d LetterData, f *fault.Fields) {
		f.Need(!d.Withdrawn.IsZero(), "withdrawn", "缺少收到撤回申请的日期。")
	}},
	"regulator": {fields: []string{".Number", ".RegulatorNumber", ".Received"}, check: func(d LetterData, f *fault.Fields) {
		need(f, d.Number, "number", "投诉编号")
		need(f, d.Regulator, "regulator", "转办单位")
		need(f, d.RegulatorNumber, "regulator_number", "转办编号")
		f.Need(!d.Received.IsZero(), "received", "缺少收到转办件的日期。")
	}},
}

// requiredParts is what each letter must carry, whoever words it: a decision
// verification of each point, basis, reasons and remedies (rule 2020-3 art. 19),
// an extension its reason and new date (art. 18), and so on.
var requiredParts = map[string][]string{
	"acknowledgement":  {"received", "claims", "due", "contact"},
	"extension":        {"received", "extension", "contact"},
	"decision":         {"received", "verification", "basis", "reasons", "result", "remedies", "contact"},
	"not-handled":      {"received", "grounds", "contact"},
	"decision-reply":   {"received", "answers", "result", "remedies", "contact"}, // finding, basis and reasons stand in the checked paragraphs
	"re-examination":   {"received", "verification", "basis", "reasons", "result", "remedies", "contact"},
	"regulator-reply":  {"regulator", "verification", "result", "told", "contact"},
	"regulator-answer": {"regulator", "answers", "result", "told", "contact"},
	"exclusion":        {"received", "excluded", "contact"},
	"withdrawal":       {"received", "withdrawn", "contact"},
	"review-opinion":   {"material", "conclusion", "opinions", "outcome", "clearance", "signatures"},
}

// unaddressed are the letters that do not go to a complainant.
var unaddressed = map[string]bool{"regulator-reply": true, "regulator-answer": true, "review-opinion": true}

// ruleOf returns what a part is for.
func ruleOf(part string) (partRule, bool) {
	if r, ok := partRules[part]; ok {
		return r, true
	}
	r, ok := reviewParts[part]
	return r, ok
}

// requiredRemedies is what a template must have words for. A re-examination is
// offered only against the decision of a branch (rule 2020-3 art. 20).
var requiredRemedies = map[string][]RemedyKind{
	"decision":       {Reexamination, Mediation, Arbitration, Litigation},
	"decision-reply": {Reexamination, Mediation, Arbitration, Litigation},
	"re-examination": {Mediation, Arbitration, Litigation},
}

// checkRemedies refuses remedies that do not exist in this case and the lack of
// the one that must be offered.
func checkRemedies(id string, d LetterData, f *fault.Fields) {
	kinds := requiredRemedies[id]
	offered := map[RemedyKind]bool{}
	for i, r := range d.Remedies {
		field := "remedies[" + itoa(i) + "]"
		f.Need(slices.Contains(kinds, r.Kind), field, "这封信不能写救济途径“%s”。", r.Kind)
		f.Need(!offered[r.Kind] || r.Kind != Reexamination, field, "核查只能写一次。")
		offered[r.Kind] = true
		switch r.Kind {
		case Mediation:
			need(f, r.Body, field+".body", "调解组织的名称")
		case Reexamination:
			need(f, r.Body, field+".body", "受理核查的上级机构名称")
			need(f, r.Address, field+".address", "受理核查的上级机构地址")
			f.Need(r.Days > 0, field+".days", "缺少申请核查的期限。")
			f.Need(d.Branch, field, "总部作出的决定没有上级机构，不能写核查。")
		}
	}
	if (id == "decision" || id == "decision-reply") && d.Branch {
		f.Need(offered[Reexamination], "remedies", "分支机构的处理决定必须告知可以向上级机构申请核查。")
	}
	if len(kinds) > 0 {
		f.Need(offered[Mediation] && offered[Litigation], "remedies", "救济途径必须包括调解和诉讼。")
	}
}
