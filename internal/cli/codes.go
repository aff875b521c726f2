package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

var codesCommand = command{
	name:  "codes",
	brief: text{"编码：列表、导入、试算、对账", "codes: list, import, try an entry, reconcile"},
	subs:  []command{codesListCommand, codesImportCommand, codesMapCommand, codesReconcileCommand},
}

// codesSchemeView is a scheme for a program.
type codesSchemeView struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Version  int           `json:"version"`
	From     calendar.Date `json:"from,omitempty"`
	Codes    int           `json:"codes"`
	Numbered int           `json:"numbered"`
	Table    int           `json:"mapping_version"`
	Lines    int           `json:"lines"`
	Proposed []string      `json:"proposed,omitempty"`
	Facets   []codesFacet  `json:"facets,omitempty"`
}

type codesFacet struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Codes []coding.Code `json:"codes"`
}

var codesListCommand = command{
	name:  "list",
	args:  text{"[体系]", "[SCHEME]"},
	brief: text{"列出编码体系，或一个体系的编码", "list the schemes, or the codes of one"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return c.listCodes(ctx, a, asJSON) })
		}
	},
}

func (c *call) listCodes(ctx context.Context, a *app.App, asJSON bool) error {
	if len(c.args) > 1 {
		return usageError{c.say("只写一个体系的编号", "name one scheme only")}
	}
	k, err := a.Codings(ctx, party.System)
	if err != nil {
		return err
	}
	out := []codesSchemeView{}
	for _, s := range k.Catalogue.Schemes("") {
		if len(c.args) == 1 && c.args[0] != s.ID {
			continue
		}
		out = append(out, codesScheme(k, s, len(c.args) == 1))
	}
	if len(out) == 0 {
		_, err := k.Catalogue.Scheme(c.args[0])
		return err
	}
	if asJSON {
		return c.printJSON(out)
	}
	for _, s := range out {
		c.printf("%s 第 %d 版 自 %s  %d 个编码（%d 个有编号）  对照表第 %d 版 %d 行  %s\n", "%s version %d from %s  %d codes (%d with a number)  table version %d, %d lines  %s\n",
			pad(s.ID, 14), s.Version, pad(orDash(s.From.String()), 10), s.Codes, s.Numbered, s.Table, s.Lines, s.Title)
		for _, what := range s.Proposed {
			c.printf("    待发布：%s\n", "    proposed: %s\n", what)
		}
		for _, f := range s.Facets {
			fmt.Fprintf(c.Out, "\n%s %s\n", f.ID, f.Name)
			for _, code := range f.Codes {
				fmt.Fprintf(c.Out, "  %s %s %s\n", pad(code.ID, 24), pad(orDash(code.Number), 10), code.Name)
			}
		}
	}
	return nil
}

func codesScheme(k app.Codings, s coding.Scheme, whole bool) codesSchemeView {
	t, d := k.Catalogue.Table(s.ID, coding.AtRegistration, k.Today), k.Catalogue.Draft(s.ID)
	v := codesSchemeView{ID: s.ID, Title: s.Title, Version: t.Scheme.Version, From: t.Scheme.From, Codes: t.Scheme.Size(), Numbered: t.Scheme.Numbered(), Table: t.Mapping.Version, Lines: len(t.Mapping.Lines)}
	if d.Scheme != nil {
		v.Proposed = append(v.Proposed, coding.WhatScheme)
	}
	if d.Mapping != nil {
		v.Proposed = append(v.Proposed, coding.WhatMapping)
	}
	if whole {
		for _, f := range t.Scheme.Facets {
			v.Facets = append(v.Facets, codesFacet{f.ID, f.Name, f.Codes})
		}
	}
	return v
}

type codesImportOptions struct{ what, release, why string }

var codesImportCommand = command{
	name:  "import",
	args:  text{"体系 文件", "SCHEME FILE"},
	brief: text{"导入编码表或对照表（CSV、XLSX），可同时发布", "take in a code list or mapping table (CSV, XLSX), and release it"},
	more: text{"  xiaobao codes import own 分类.csv --what scheme --release 2026-04-01 --why 启用本行分类\n有一行不对就什么都不改，逐行说明。没有 --release 时只作为待发布的版本保存。",
		"  xiaobao codes import own tree.csv --what scheme --release 2026-04-01 --why \"our own tree\"\nOne wrong row and nothing changes; each is named. Without --release it is kept as a proposal."},
	flags: func(f *flags) func(context.Context, *call) error {
		var o codesImportOptions
		f.store(DefaultData)
		f.text(&o.what, "what", "scheme|mapping", coding.WhatScheme, text{"文件是编码表还是对照表", "whether the file is a code list or a mapping table"})
		f.text(&o.release, "release", "DATE", "", text{"从这一天起登记的投诉按它编码", "put it in force for cases registered from this day"})
		f.text(&o.why, "why", "TEXT", "", text{"为什么发布", "why it is released"})
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return c.importCodes(ctx, a, o) })
		}
	},
}

func (c *call) importCodes(ctx context.Context, a *app.App, o codesImportOptions) error {
	if len(c.args) != 2 {
		return usageError{c.say("请写明编码体系和文件，例如 own 分类.csv", "name the scheme and the file, such as own tree.csv")}
	}
	from, err := optionalDay(o.release)
	if err != nil {
		return err
	}
	scheme, path := c.args[0], c.args[1]
	file, err := os.Open(path)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "打不开文件 %s", path)
	}
	defer func() { _ = file.Close() }()
	st, err := file.Stat()
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "读不了文件 %s", path)
	}
	if err := a.ProposeCoding(ctx, party.System, scheme, o.what, filepath.Base(path), file, st.Size()); err != nil {
		return err
	}
	if from.IsZero() {
		c.printf("已作为待发布的版本保存。发布：加上 --release 日期 --why 原因，或在“编码”页上发布。\n", "Kept as a proposal. Release it with --release DATE --why TEXT, or on the page of codes.\n")
		return nil
	}
	if err := a.ReleaseCoding(ctx, party.System, scheme, o.what, from, o.why); err != nil {
		return err
	}
	c.printf("已发布：%s 起登记的投诉按新版编码。\n", "Released: cases registered from %s on are coded by it.\n", from)
	return nil
}

var codesMapCommand = command{
	name:  "map",
	brief: text{"一次录入对应到各个体系的编码", "what one entry becomes in every scheme"},
	more:  text{"  xiaobao codes map --product credit_card --reason pricing", "  xiaobao codes map --product credit_card --reason pricing"},
	flags: func(f *flags) func(context.Context, *call) error {
		var values [5]string
		var on string
		var asJSON bool
		f.store(DefaultData)
		for i, name := range []string{"product", "reason", "life-cycle", "business", "channel"} {
			f.text(&values[i], name, "CODE", "", [...]text{{"产品", "product"}, {"原因", "reason"}, {"服务环节", "stage of the life cycle"}, {"业务渠道", "channel of business"}, {"来源渠道", "channel of receipt"}}[i])
		}
		f.text(&on, "on", "DATE", "", text{"登记日，没有时为今天", "day of registration, today without it"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return c.mapCodes(ctx, a, values, on, asJSON) })
		}
	},
}

func (c *call) mapCodes(ctx context.Context, a *app.App, values [5]string, on string, asJSON bool) error {
	day, err := optionalDay(on)
	if err != nil {
		return err
	}
	k, err := a.Codings(ctx, party.System)
	if err != nil {
		return err
	}
	if day.IsZero() {
		day = k.Today
	}
	words := complaint.CodingVocabulary()
	for i, field := range coding.Fields {
		term, ok := words.Find(field, values[i])
		if values[i] != "" && !ok {
			return fault.New(fault.Invalid, "录入目录里没有“%s”（%s）；可用：%s", values[i], field, terms(words[field]))
		}
		values[i] = term.ID
	}
	e := coding.Entry{Product: values[0], Reason: values[1], LifeCycle: values[2], Business: values[3], Channel: values[4]}
	out := k.Catalogue.Code(k.Kind, coding.AtRegistration, coding.Key{Entry: e}, day)
	open := slices.ContainsFunc(out, func(one coding.Coding) bool { return !one.Has() })
	if asJSON {
		err = c.printJSON(out)
	} else {
		for _, one := range out {
			c.printCoding(one, words)
		}
	}
	if err == nil && open {
		return errFinding
	}
	return err
}

// maxTerms bounds how many values an error lists.
const maxTerms = 40

func terms(list []coding.Term) string {
	var ids []string
	for _, t := range list[:min(len(list), maxTerms)] {
		ids = append(ids, t.ID)
	}
	return strings.Join(ids, "、")
}

var codingStates = map[coding.State]text{coding.Coded: {"已编码", "coded"}, coding.Chosen: {"已选定", "chosen"}, coding.Ambiguous: {"待选定", "to choose"}, coding.Unmapped: {"无对应", "no line"}, coding.Missing: {"录入不全", "entry incomplete"}}

func (c *call) printCoding(one coding.Coding, words coding.Vocabulary) {
	fmt.Fprintf(c.Out, "%s %s %s", pad(one.Scheme+" "+one.Facet, 24), pad(c.lang.say(codingStates[one.State]), 10), strings.Join(strings.Fields(one.Code+" "+one.Number+" "+one.Name), " "))
	switch {
	case len(one.Candidates) > 0:
		fmt.Fprint(c.Out, strings.Join(one.Candidates, " | "))
	case len(one.Needs) > 0:
		c.printf("缺 %s", "needs %s", strings.Join(one.Needs, "、"))
	}
	if one.Line > 0 {
		c.printf("  对照表第 %d 版第 %d 行", "  table version %d, line %d", one.Version, one.Line)
	}
	fmt.Fprintln(c.Out)
}

type codesReportOptions struct {
	from, to, unit, basis string
	json                  bool
}

var codesReconcileCommand = command{
	name:  "reconcile",
	brief: text{"按各个体系计数并对账", "count by every scheme, and reconcile"},
	flags: func(f *flags) func(context.Context, *call) error {
		var o codesReportOptions
		f.store(DefaultData)
		f.text(&o.from, "from", "DATE", "", text{"收到日期从", "first day of receipt"})
		f.text(&o.to, "to", "DATE", "", text{"收到日期到", "last day of receipt"})
		f.text(&o.unit, "unit", "ID", "", text{"办理机构及其下级", "handling unit and below"})
		f.text(&o.basis, "basis", "registered|newest|before", string(coding.AtRegistration), text{"按登记时、最新或上一版", "versions at registration, the newest, or those before"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return c.reconcile(ctx, a, o) })
		}
	},
}

func (c *call) reconcile(ctx context.Context, a *app.App, o codesReportOptions) error {
	from, err := optionalDay(o.from)
	if err != nil {
		return err
	}
	to, err := optionalDay(o.to)
	if err != nil {
		return err
	}
	ask := app.CodingAsk{Received: calendar.Interval{From: from, To: to}, Unit: party.UnitID(o.unit), Basis: coding.Basis(o.basis)}
	if !slices.Contains(coding.Bases, ask.Basis) || !from.IsZero() && !to.IsZero() && from > to {
		return usageError{c.say("--basis 为 registered、newest 或 before；--to 不早于 --from", "--basis is registered, newest or before; --to is not before --from")}
	}
	org, err := a.Org(ctx)
	if err != nil {
		return err
	}
	who := party.System // with the data in hand: the whole institution
	who.Unit, who.Path = org.Tree.Root(), org.Tree.Path(org.Tree.Root())
	r, err := a.Reconcile(ctx, who, ask)
	if err != nil {
		return err
	}
	if o.json {
		err = c.printJSON(r.Report)
	} else {
		c.printCounts(r.Report)
	}
	if err == nil && !r.Report.Agrees() {
		return errFinding
	}
	return err
}

func (c *call) printCounts(r coding.Report) {
	c.printf("收到 %d 件", "received %d", r.Received)
	for _, rule := range coding.LeaveOuts() {
		if n := r.LeftOut[rule.ID]; n > 0 {
			c.printf("，不计 %s %d 件", ", not counted %s %d", rule.Name, n)
		}
	}
	c.printf("，计入 %d 件\n", ", counted %d\n", r.Counted)
	for _, col := range r.Columns {
		c.printf("\n%s %s：有编码 %d，待选定 %d，无对应 %d，录入不全 %d；按旧版 %d，其中新版不同 %d\n", "\n%s %s: coded %d, to choose %d, no line %d, entry incomplete %d; by an older version %d, of these coded otherwise now %d\n",
			col.Scheme.ID, col.Facet.Name, col.Coded(), col.States[coding.Ambiguous], col.States[coding.Unmapped], col.States[coding.Missing], col.Older, col.Moved)
		ids := slices.SortedFunc(maps.Keys(col.Codes), func(x, y string) int {
			if col.Codes[x] != col.Codes[y] {
				return col.Codes[y] - col.Codes[x]
			}
			return strings.Compare(x, y)
		})
		for _, id := range ids {
			code, _ := col.Facet.Code(id)
			fmt.Fprintf(c.Out, "  %7d  %s %s\n", col.Codes[id], pad(id, 24), code.Name)
		}
	}
	if r.Agrees() {
		c.printf("\n各列合计与计入件数相符。\n", "\nEvery column adds up to what is counted.\n")
	}
}
