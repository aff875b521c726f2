package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
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
	rules                            []string
}

// scanAnswer is one text with what was found in it, as --json prints it.
type scanAnswer struct {
	Text     string         `json:"text"` // where it stands
	Findings []rule.Finding `json:"findings"`
}

// scanReport is what --json prints.
type scanReport struct {
	On    calendar.Date `json:"on"`
	Packs []string      `json:"packs"`
	Texts int           `json:"texts"`
	Error int           `json:"error"`
	Warn  int           `json:"warn"`
	Info  int           `json:"info"`
	Found []scanAnswer  `json:"found"`
}

var scanCommand = command{
	name:  "scan",
	args:  text{"文件、文件夹或 -", "FILE, folder or -"},
	brief: text{"用规则包检查文字，逐处列出命中、依据和改法", "check a text with rule packs: every hit with its article and advice"},
	more: text{`  xiaobao scan 海报.txt --pack marketing-general,marketing-finance --as-of 2026-10-01 --kind marketing.poster
  xiaobao scan 短信.csv --column text --pack all --json
  xiaobao scan - --rules 自己的规则包.toml < 回复.txt
有 error 或 warn 级的命中时退出码为 1。`,
		`  xiaobao scan poster.txt --pack marketing-general,marketing-finance --as-of 2026-10-01 --kind marketing.poster
  xiaobao scan messages.csv --column text --pack all --json
  xiaobao scan - --rules my-pack.toml < reply.txt
The exit code is 1 when something of level error or warn was found.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o scanOptions
		f.text(&o.packs, "pack", "ID,…", "all", text{"规则包的编号，逗号分开；all 为全部", "ids of rule packs, separated by commas; all for all"})
		f.list(&o.rules, "rules", "FILE", text{"再用这个规则包文件，可多次", "use this pack file too; may be repeated"})
		f.text(&o.on, "as-of", "DATE", "", text{"按哪一天的规则查（默认今天）", "the day whose rules apply (today by default)"})
		f.text(&o.kind, "kind", "KIND", "", text{"材料类型，例如 marketing.sms、reply、contract（默认不限）", "kind of material, such as marketing.sms, reply, contract (any by default)"})
		f.text(&o.product, "product", "CODE", "", text{"产品线（默认不限）", "product line (any by default)"})
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
	book, err := bookOf(o.rules, true)
	if err != nil {
		return err
	}
	chosen, err := o.chosen(c, book)
	if err != nil {
		return err
	}
	if o.off {
		book = allOn(book)
	}
	r := scanReport{On: day, Packs: chosen, Found: []scanAnswer{}}
	for _, path := range c.args {
		err := c.eachSource(ctx, path, o.column, func(s source) error {
			found := book.Scan(rule.Doc{Text: s.text, Kind: o.kind, On: day, Product: o.product, Segments: rule.Dialogue(s.text)}, chosen...)
			r.add(s, found)
			if !o.json {
				c.printFindings(s, found)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return o.end(c, r)
}

func (r *scanReport) add(s source, found []rule.Finding) {
	r.Texts++
	if len(found) > 0 {
		r.Found = append(r.Found, scanAnswer{s.name, found})
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
		c.printf("查了 %d 段文字：必须改 %d 处，应当看 %d 处，提示 %d 处。\n", "%d texts: %d errors, %d warnings, %d hints.\n", r.Texts, r.Error, r.Warn, r.Info)
	}
	if r.Error+r.Warn > 0 {
		return errFinding
	}
	return nil
}

// chosen returns the ids of the packs to use, nil for all.
func (o scanOptions) chosen(c *call, b *rule.Book) ([]string, error) {
	if o.packs == "all" {
		return nil, nil
	}
	var have []string
	for _, p := range b.Packs() {
		have = append(have, p.ID)
	}
	chosen := strings.Split(strings.ReplaceAll(o.packs, " ", ""), ",")
	for _, id := range chosen {
		if !slices.Contains(have, id) {
			return nil, usageError{c.say("没有规则包 %s；有：%s", "there is no pack %s; there are: %s", id, strings.Join(have, ", "))}
		}
	}
	return chosen, nil
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

func (c *call) printFindings(s source, found []rule.Finding) {
	for _, f := range found {
		line := 1 + strings.Count(s.text[:f.Start], "\n")
		fmt.Fprintf(c.Out, "%s:%d: %s %s  %s\n", s.name, line, c.severity(f.Severity), f.Rule, f.Title)
		if f.Quote != "" {
			fmt.Fprintf(c.Out, "    %s\n", strings.ReplaceAll(rule.Excerpt(s.text, f), "\n", " "))
		}
		fmt.Fprintf(c.Out, "    %s%s", c.say("依据：", "basis: "), basisOf(f.Cite, f.Source))
		if f.Grade == rule.GradeC {
			fmt.Fprint(c.Out, c.say("（待确认）", " (to be confirmed)"))
		}
		fmt.Fprintf(c.Out, "\n    %s%s\n", c.say("改法：", "advice: "), f.Advice)
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
