package document

import (
	"strings"
	"text/template"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Render fills a template. It refuses data that lacks what the letter must say,
// naming each missing field.
func (t *Template) Render(d LetterData) (Letter, error) {
	var f fault.Fields
	need(&f, d.Institution, "institution", "机构名称")
	need(&f, d.We, "we", "机构自称（行或公司）")
	need(&f, d.Signer, "signer", "落款单位")
	f.Need(!d.Date.IsZero(), "date", "缺少信函日期。")
	if !unaddressed[t.ID] {
		need(&f, d.Complainant, "complainant", "收信人姓名")
	}
	for _, part := range requiredParts[t.ID] {
		rule, _ := ruleOf(part)
		rule.check(d, &f)
	}
	checkRemedies(t.ID, d, &f)
	if err := f.Err(); err != nil {
		return Letter{}, err
	}
	return t.fill(d)
}

func (t *Template) fill(d LetterData) (Letter, error) {
	l := Letter{Issuer: d.Institution, Number: d.LetterNumber, Title: t.Title, Signer: d.Signer, Seal: true, Date: d.Date.Chinese(), Footer: d.Footer, Draft: d.Draft}
	x := filler{t: t, d: d}
	l.To = x.text(t.to, blockData{LetterData: d})
	for i := 0; i < len(t.Block); {
		n := t.group(i)
		l.Blocks = append(l.Blocks, x.blocks(t.Block[i:i+n])...)
		i += n
	}
	return l, x.err
}

// group returns how many blocks from i on are repeated together: heading,
// finding, basis and reason of a point stand one after the other.
func (t *Template) group(i int) int {
	together := func(b TemplateBlock) bool {
		return b.Each == t.Block[i].Each && (b.Each == "points" || b.Each == "opinions") && b.When == "" && b.Kind != Grid && b.Kind != List
	}
	n := 1
	for together(t.Block[i]) && i+n < len(t.Block) && together(t.Block[i+n]) {
		n++
	}
	return n
}

// filler executes texts and keeps the first error.
type filler struct {
	t   *Template
	d   LetterData
	err error
}

func (x *filler) text(t *template.Template, data any) string {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil && x.err == nil {
		x.err = fault.Wrap(fault.Invalid, err, "信函模板“%s”填不进内容：%v", x.t.ID, err)
	}
	return strings.TrimSpace(b.String())
}

func (x *filler) blocks(group []TemplateBlock) []Block {
	first := group[0]
	if first.when != nil && x.text(first.when, blockData{LetterData: x.d}) == "" {
		return nil
	}
	switch {
	case first.Kind == Grid:
		if table := x.table(first); len(table.Rows) > 1 {
			return []Block{table}
		}
		return nil
	case first.Kind == List:
		return []Block{{Kind: List, Items: x.items(first)}}
	}
	var out []Block
	for _, data := range x.rounds(first.Each) {
		for _, b := range group {
			out = append(out, Block{Kind: b.Kind, Text: x.text(b.text, data)})
		}
	}
	return out
}

// rounds is the data of each repetition; one round when nothing is repeated.
func (x *filler) rounds(each string) []blockData {
	out, known := reviewRounds(x.d, each)
	if known {
		return out
	}
	switch each {
	case "points":
		for i, p := range x.d.Points {
			out = append(out, blockData{LetterData: x.d, N: i + 1, Point: p})
		}
	case "remedies":
		for i, r := range x.d.Remedies {
			text := ""
			if t := x.t.remedies[r.Kind]; t != nil {
				text = x.text(t, remedyData{Remedy: r, We: x.d.We})
			}
			out = append(out, blockData{LetterData: x.d, N: i + 1, Remedy: text})
		}
	default:
		out = append(out, blockData{LetterData: x.d})
	}
	return out
}

func (x *filler) items(b TemplateBlock) []string {
	var items []string
	for _, data := range x.rounds(b.Each) {
		items = append(items, x.text(b.text, data))
	}
	return items
}

func (x *filler) table(b TemplateBlock) Block {
	rows := [][]string{b.Head}
	for _, data := range x.rounds(b.Each) {
		row := make([]string, len(b.cells))
		for i, cell := range b.cells {
			row[i] = x.text(cell, data)
		}
		rows = append(rows, row)
	}
	return Block{Kind: Grid, Rows: rows}
}

// fullStop ends a sentence that somebody typed without its full stop.
func fullStop(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") || strings.HasSuffix(s, "。") || strings.HasSuffix(s, "！") || strings.HasSuffix(s, "？") || strings.HasSuffix(s, "”") {
		return s
	}
	return strings.TrimRight(s, "；;，,") + "。"
}

var hanDigits = []string{"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// chineseNumber writes 1 to 99 as headings do: 一, 十, 十二, 二十.
func chineseNumber(n int) string {
	switch {
	case n < 0 || n > 99:
		return itoa(n)
	case n < 10:
		return hanDigits[n]
	}
	s := "十"
	if n >= 20 {
		s = hanDigits[n/10] + s
	}
	if n%10 > 0 {
		s += hanDigits[n%10]
	}
	return s
}

// probe has every field set; a template that fails on it uses what is not there.
var probe = func() LetterData {
	day := calendar.Of(2026, 5, 1)
	d := LetterData{Number: "1", LetterNumber: "1", Institution: "x", We: "行", Unit: "x", Signer: "x", Complainant: "x", Salutation: "x", Contact: "x",
		Date: day, Received: day, Due: day, Decision: "x", Redress: "x", Grounds: "x", Told: "x", Improvement: "x", Reexamined: "x",
		Opening: "x", Options: "x", Closing: "x",
		Points:    []Point{{Claim: "x", Finding: "x", Basis: "x", Reason: "x", Reply: "x"}},
		Extension: Extension{From: day, To: day, Reason: "x", Approver: "x"}, Excluded: Exclusion{Kind: "x", Reason: "x", Body: "x", From: day, To: day},
		Withdrawn: day, Regulator: "x", RegulatorWe: "局", RegulatorNumber: "1", Review: reviewProbe}
	for _, kind := range []RemedyKind{Reexamination, Mediation, Arbitration, Litigation} {
		d.Remedies = append(d.Remedies, Remedy{Kind: kind, Body: "x", Address: "x", Phone: "x", Days: 1})
	}
	return d
}()
