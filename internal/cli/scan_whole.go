package cli

import (
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/review"
	"xiaobao/internal/text/rule"
)

// scanner is what a scan looks with. Kind is zero unless the material is of a
// kind of review: then everything is checked as on its submission.
type scanner struct {
	asked scanOptions
	book  *rule.Book
	packs []string // none: all that check
	kind  review.Kind
	form  map[string]string
	day   calendar.Date
}

func (o scanOptions) scanner(c *call, day calendar.Date) (scanner, error) {
	l := scanner{asked: o, day: day}
	var err error
	if l.book, err = bookOf(o.rules, true); err != nil {
		return l, err
	}
	l.kind, _ = review.KindOf(o.kind)
	if l.packs, err = o.chosen(c, l.book, l.kind); err != nil {
		return l, err
	}
	if l.form, err = o.answers(c, l.kind); err != nil {
		return l, err
	}
	if o.off {
		l.book = allOn(l.book)
	}
	return l, nil
}

// chosen returns the ids of the packs to use, nil for all.
func (o scanOptions) chosen(c *call, b *rule.Book, kind review.Kind) ([]string, error) {
	var have []string
	for _, p := range b.Packs() {
		have = append(have, p.ID)
	}
	switch {
	case o.packs == "" && kind.ID != "":
		return o.withOwn(kind.Packs)
	case o.packs == "" || o.packs == "all":
		return nil, nil
	}
	chosen := strings.Split(strings.ReplaceAll(o.packs, " ", ""), ",")
	for _, id := range chosen {
		if !slices.Contains(have, id) {
			return nil, usageError{c.say("没有规则包 %s；有：%s", "there is no pack %s; there are: %s", id, strings.Join(have, ", "))}
		}
	}
	return chosen, nil
}

// withOwn adds the packs of the files that were named to those of a kind.
func (o scanOptions) withOwn(list []string) ([]string, error) {
	out := slices.Clone(list)
	for _, path := range o.rules {
		p, err := readPack(path)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, p.ID) {
			out = append(out, p.ID)
		}
	}
	return out, nil
}

// answers are what the form of the review says.
func (o scanOptions) answers(c *call, kind review.Kind) (map[string]string, error) {
	form := map[string]string{}
	if o.product != "" {
		form["line"] = o.product
	}
	if len(o.form) > 0 && kind.ID == "" {
		return nil, usageError{c.say("--form 要和审查的材料类型一起用：--kind %s", "--form goes with a kind of review: --kind %s", strings.Join(kindIDs(), "、"))}
	}
	for _, s := range o.form {
		id, value, ok := strings.Cut(s, "=")
		if !ok || !slices.ContainsFunc(kind.Form(), func(f review.Field) bool { return f.ID == id }) {
			return nil, usageError{c.say("--form %s：请写成 项=内容；%s 的送审表有：%s", "--form %s: write FIELD=VALUE; the form of %s has: %s", s, kind.ID, strings.Join(fieldIDs(kind), "、"))}
		}
		form[id] = value
	}
	return form, nil
}

func kindIDs() (out []string) {
	for _, k := range review.MaterialKinds() {
		out = append(out, k.ID)
	}
	return out
}

func fieldIDs(k review.Kind) (out []string) {
	for _, f := range k.Form() {
		out = append(out, f.ID)
	}
	return out
}

// find looks at one text.
func (l scanner) find(s *source) []scanFinding {
	var out []scanFinding
	if l.kind.ID == "" {
		d := rule.Doc{Text: s.text, Kind: l.asked.kind, On: l.day, Product: l.asked.product, Segments: s.segments()}
		for _, f := range rule.Merge(l.book.Scan(d, l.packs...)) {
			out = append(out, scanFinding{Finding: f})
		}
		return s.placed(out)
	}
	if !s.document {
		s.doc = extract.Plain(s.text)
		s.text = s.doc.Text // places count in what was read: line ends are one byte there
	}
	kind := l.kind
	if kind.Packs = l.packs; len(l.packs) == 0 {
		kind.Packs = checking(l.book)
	}
	for _, f := range app.CheckDocument(l.book, s.doc, kind, l.form, l.day, nil) {
		out = append(out, scanned(f))
	}
	return s.placed(out)
}

// checking are the packs that look for what is to be mended.
func checking(b *rule.Book) (out []string) {
	for _, p := range b.Packs() {
		if !p.Signal {
			out = append(out, p.ID)
		}
	}
	return out
}

// scanned is a review's finding as a scan prints it.
func scanned(f review.Finding) scanFinding {
	out := scanFinding{Why: f.Why, Finding: rule.Finding{Pack: f.Pack, Rule: f.Rule, Version: f.Edition, Title: f.Title, Severity: rule.Severity(f.Severity), Start: f.Start, End: f.End,
		Quote: f.Quote, Source: f.Source, Grade: f.Grade, Advice: f.Advice, Rewrite: f.Rewrite, Same: f.Same}}
	for _, c := range f.Cites {
		out.Cite = append(out.Cite, rule.Cite(c))
	}
	for _, a := range f.Also {
		out.Also = append(out.Also, rule.Also{Pack: a.Pack, Rule: a.Rule, Version: a.Edition, Title: a.Title, Severity: rule.Severity(a.Severity)})
	}
	return out
}
