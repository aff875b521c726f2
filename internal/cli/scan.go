package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

type scanOptions struct {
	packs, on, kind, product, column string
	off, json                        bool
	rules, form                      []string
}

// scanAnswer is one text with what was found in it, as --json prints it.
type scanAnswer struct {
	Text     string        `json:"text"` // where it stands
	Warnings []string      `json:"warnings,omitempty"`
	Findings []scanFinding `json:"findings"`
}

// scanFinding is a finding with its place: the line of a text, or what the
// document says, such as 第 2 页 表 1.
type scanFinding struct {
	rule.Finding
	Why   string `json:"why,omitempty"` // what a check beyond words saw
	Line  int    `json:"line,omitempty"`
	Page  int    `json:"page,omitempty"`
	Place string `json:"place,omitempty"`
}

// unread is a file of a folder that could not be read.
type unread struct {
	Text string `json:"text"`
	Why  string `json:"why"`
}

// scanReport is what --json prints.
type scanReport struct {
	On    calendar.Date `json:"on"`
	Kind  string        `json:"kind,omitempty"`
	Packs []string      `json:"packs"` // null: all that check
	Texts int           `json:"texts"`
	Error int           `json:"error"`
	Warn  int           `json:"warn"`
	Info  int           `json:"info"`
	Found []scanAnswer  `json:"found"`
	Bad   []unread      `json:"unread"`
}

var scanCommand = command{
	name:  "scan",
	args:  text{"文件、文件夹或 -", "FILE, folder or -"},
	brief: text{"用规则包检查文字，逐处列出命中、依据和改法", "check a text with rule packs: every hit with its article and advice"},
	more: text{`  xiaobao scan 海报.txt --pack marketing-general,marketing-finance --as-of 2026-10-01 --kind marketing.poster
  xiaobao scan 短信.csv --column text --pack all --json
  xiaobao scan - --rules 自己的规则包.toml < 回复.txt
  xiaobao scan 待发布/ --as-of 2026-10-01 --kind marketing.poster --product wealth --json
材料类型是消保审查的类型时，做送审时的全套检查：该类型的规则包，以及风险提示、字号、前后不一的数、过期的日期、要素和送审表（--form）。
文件可以是 TXT、DOCX、PDF、XLSX、PPTX、HTML 和图片；文件夹里读不了的文件列出来，其余照查。
有 error 或 warn 级的命中，或者有文件读不了时，退出码为 1。`,
		`  xiaobao scan poster.txt --pack marketing-general,marketing-finance --as-of 2026-10-01 --kind marketing.poster
  xiaobao scan messages.csv --column text --pack all --json
  xiaobao scan - --rules my-pack.toml < reply.txt
  xiaobao scan to-publish/ --as-of 2026-10-01 --kind marketing.poster --product wealth --json
With a kind of consumer-protection review everything is checked as on submission: the packs of the kind, risk warnings, type sizes, figures that disagree, dates past, missing elements and the form (--form).
Files may be TXT, DOCX, PDF, XLSX, PPTX, HTML and pictures; files of a folder that cannot be read are listed, and the others are checked.
The exit code is 1 when something of level error or warn was found, or a file could not be read.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o scanOptions
		f.text(&o.packs, "pack", "ID,…", "", text{"规则包的编号，逗号分开；all 为全部（默认：审查的材料类型用它的规则包，其余用全部）", "ids of rule packs, separated by commas; all for all (by default those of the kind of review, else all)"})
		f.list(&o.rules, "rules", "FILE", text{"再用这个规则包文件，可多次", "use this pack file too; may be repeated"})
		f.text(&o.on, "as-of", "DATE", "", text{"按哪一天的规则查（默认今天）", "the day whose rules apply (today by default)"})
		f.text(&o.kind, "kind", "KIND", "", text{"材料类型，例如 marketing.sms、reply、contract（默认不限）；审查的类型做全套检查", "kind of material, such as marketing.sms, reply, contract (any by default); a kind of review is checked in full"})
		f.text(&o.product, "product", "CODE", "", text{"产品线（默认不限）", "product line (any by default)"})
		f.list(&o.form, "form", "FIELD=VALUE", text{"送审表的一项，例如 issuer=安和理财；与材料核对，可多次", "an answer of the review's form, such as issuer=…, held against the material; may be repeated"})
		f.text(&o.column, "column", "COL", "", text{"文件是表格时：文字所在的列，每行一段", "for tables: the column of the text, one text a row"})
		f.yes(&o.off, "with-off", text{"也用关着的规则（待确认的）", "use rules that are off (to be confirmed) too"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error { return o.run(ctx, c) }
	},
}

func (o scanOptions) run(ctx context.Context, c *call) error {
	if len(c.args) == 0 {
		return usageError{c.say("请写明要检查的文件（- 为标准输入）", "name the file to check (- for standard input)")}
	}
	day := calendar.FromTime(c.Now())
	if o.on != "" {
		var err error
		if day, err = calendar.Parse(o.on); err != nil {
			return usageError{c.say("--as-of：%v", "--as-of: %v", err)}
		}
	}
	look, err := o.scanner(c, day)
	if err != nil {
		return err
	}
	r := scanReport{On: day, Kind: o.kind, Packs: look.packs, Found: []scanAnswer{}, Bad: []unread{}}
	tell := c.progress("已检查", "checked")
	for _, path := range c.args {
		err := c.eachReadable(ctx, path, o.column, func(s source) error {
			found := look.find(&s)
			r.add(s, found)
			if !o.json {
				c.printFindings(s, found)
			}
			tell(int64(r.Texts), 0)
			return nil
		}, func(name string, err error) error {
			r.Bad = append(r.Bad, unread{name, fault.Message(err)})
			if !o.json {
				c.explain(err)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return o.end(c, r)
}

// segments tells the rules who speaks in a text, and in a document which part a
// passage stands in.
func (s source) segments() []rule.Segment {
	if !s.document {
		return rule.Dialogue(s.text)
	}
	var out []rule.Segment
	for _, b := range s.doc.Blocks {
		if b.End > b.Start {
			out = append(out, rule.Segment{Start: b.Start, End: b.End, Section: string(b.Kind)})
		}
	}
	return out
}

// placed adds the places of findings.
func (s source) placed(found []scanFinding) []scanFinding {
	line, at := 1, 0
	for i, f := range found {
		if b, ok := s.doc.At(f.Start); ok && s.document && b.Place != "" {
			found[i].Page, found[i].Place = b.Page, b.Place
			continue
		}
		if f.Start < at { // findings come in order, but for those on the whole text
			line, at = 1, 0
		}
		line, at = line+strings.Count(s.text[at:f.Start], "\n"), f.Start
		found[i].Line = line
	}
	return found
}

func (r *scanReport) add(s source, found []scanFinding) {
	r.Texts++
	if len(found) > 0 || len(s.doc.Warnings) > 0 {
		r.Found = append(r.Found, scanAnswer{s.name, s.doc.Warnings, found})
	}
	for _, f := range found {
		switch f.Severity {
		case rule.Error:
			r.Error++
		case rule.Warn:
			r.Warn++
		default:
			r.Info++
		}
	}
}

func (o scanOptions) end(c *call, r scanReport) error {
	if o.json {
		if err := c.printJSON(r); err != nil {
			return err
		}
	} else {
		if len(r.Bad) > 0 {
			c.printf("有 %d 个文件读不了，没有查。\n", "%d files could not be read and were not checked.\n", len(r.Bad))
		}
		c.printf("查了 %d 段文字：必须改 %d 处，应当看 %d 处，提示 %d 处。\n", "%d texts: %d errors, %d warnings, %d hints.\n", r.Texts, r.Error, r.Warn, r.Info)
	}
	if r.Error+r.Warn+len(r.Bad) > 0 {
		return errFinding
	}
	return nil
}

// bookOf is the book of pack files, together with the packs of the program when
// own is set; a file replaces the program's pack of the same id.
func bookOf(files []string, own bool) (*rule.Book, error) {
	var list []*rule.Pack
	if own {
		var err error
		if list, err = packs.All(); err != nil {
			return nil, err
		}
		list = slices.Clone(list)
	}
	for _, path := range files {
		p, err := readPack(path)
		if err != nil {
			return nil, err
		}
		list = append(slices.DeleteFunc(list, func(have *rule.Pack) bool { return have.ID == p.ID }), p)
	}
	return rule.NewBook(list...)
}

// readPack reads a pack file, or the program's pack of an id.
func readPack(path string) (*rule.Pack, error) {
	src, err := os.ReadFile(path)
	if err == nil {
		return rule.Parse(path, src)
	}
	own, e := packs.All()
	if e != nil {
		return nil, e
	}
	if i := slices.IndexFunc(own, func(p *rule.Pack) bool { return p.ID == path }); i >= 0 {
		return own[i], nil
	}
	return nil, fault.Wrap(fault.NotFound, err, "打不开规则包 %s：既不是文件，也不是自带规则包的编号", path)
}

func allOn(b *rule.Book) *rule.Book {
	on := map[string]rule.Switch{}
	for _, p := range b.Packs() {
		for _, r := range p.Rules {
			on[r.ID] = rule.On
		}
	}
	return b.With(on)
}

func (c *call) printFindings(s source, found []scanFinding) {
	for _, w := range s.doc.Warnings {
		fmt.Fprintf(c.Out, "%s: %s\n", s.name, w)
	}
	for _, f := range found {
		place := f.Place
		if place == "" {
			place = strconv.Itoa(f.Line)
		}
		fmt.Fprintf(c.Out, "%s:%s: %s %s  %s\n", s.name, place, c.severity(f.Severity), f.Rule, f.Title)
		if f.Quote != "" {
			fmt.Fprintf(c.Out, "    %s\n", strings.ReplaceAll(rule.Excerpt(s.text, f.Finding), "\n", " "))
		}
		if f.Why != "" {
			fmt.Fprintf(c.Out, "    %s\n", f.Why)
		}
		fmt.Fprintf(c.Out, "    %s%s", c.say("依据：", "basis: "), basisOf(f.Cite, f.Source))
		if f.Grade == rule.GradeC {
			fmt.Fprint(c.Out, c.say("（待确认）", " (to be confirmed)"))
		}
		fmt.Fprintf(c.Out, "\n    %s%s\n", c.say("改法：", "advice: "), f.Advice)
		for _, a := range f.Also {
			fmt.Fprintf(c.Out, "    %s%s  %s\n", c.say("另见：", "also: "), a.Rule, a.Title)
		}
	}
}

func (c *call) severity(s rule.Severity) string {
	switch s {
	case rule.Error:
		return c.say("必须改", "error")
	case rule.Warn:
		return c.say("应当看", "warn")
	}
	return c.say("提示", "info")
}

// basisOf prints citations as people read them.
func basisOf(cites []rule.Cite, source string) string {
	var out []string
	for _, c := range cites {
		in, ok := regulation.Embedded().Instrument(c.Instrument)
		if !ok {
			out = append(out, c.String())
			continue
		}
		out = append(out, regulation.Citation{Title: in.Title, Article: c.Article}.String())
	}
	if len(out) == 0 {
		return source
	}
	return strings.Join(out, "、")
}
