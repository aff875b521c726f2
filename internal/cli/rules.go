package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

var rulesCommand = command{
	name:  "rules",
	brief: text{"规则包：检查、试例句、说明、回测、列出", "rule packs: check, try examples, explain, back-test, list"},
	subs:  []command{rulesCheckCommand, rulesTestCommand, rulesExplainCommand, rulesBacktestCommand, rulesListCommand},
}

var rulesCheckCommand = command{
	name:  "check",
	args:  text{"规则包文件…", "PACK FILES"},
	brief: text{"读入规则包、跑例句，并指出可疑之处", "load packs, run their examples and point out what looks odd"},
	more: text{"错误写明文件、行、规则和字段，退出码为 1；提醒不影响退出码。例句不符的规则不能使用。",
		"An error names file, line, rule and field; the exit code is then 1. Hints do not change it. A rule whose examples fail cannot be used."},
	flags: func(f *flags) func(context.Context, *call) error {
		return func(_ context.Context, c *call) error { return c.checkPacks() }
	},
}

func (c *call) checkPacks() error {
	if len(c.args) == 0 {
		return usageError{c.say("请写明规则包文件", "name the pack files")}
	}
	var list []*rule.Pack
	bad := false
	for _, path := range c.args {
		p, err := readPack(path)
		if err != nil {
			c.explain(err)
			bad = true
			continue
		}
		list = append(list, p)
		for _, h := range p.Lint() {
			c.printf("%s:%d: 提醒 %s：%s\n", "%s:%d: hint %s: %s\n", path, h.Line, h.Rule, h.Text)
		}
		off, examples := 0, 0
		for _, r := range p.Rules {
			examples += len(r.Examples)
			if r.Off {
				off++
			}
		}
		c.printf("%s：规则 %d 条（默认关着 %d 条），例句 %d 个，全部相符。\n", "%s: %d rules (%d off by default), %d examples, all as written.\n", path, len(p.Rules), off, examples)
	}
	if _, err := rule.NewBook(list...); err != nil {
		c.explain(err)
		bad = true
	}
	if bad {
		return errFinding
	}
	return nil
}

// triedPack is what rules test --json prints of a pack.
type triedPack struct {
	Pack     string        `json:"pack"`
	Rules    int           `json:"rules"`
	Examples int           `json:"examples"`
	Failed   []triedFailed `json:"failed"`
}

type triedFailed struct {
	Rule  string `json:"rule"`
	Field string `json:"field"`
	N     int    `json:"n"`
	Text  string `json:"text"`
	Why   string `json:"why"`
}

var rulesTestCommand = command{
	name:  "test",
	args:  text{"规则包文件…", "PACK FILES"},
	brief: text{"跑例句，逐条列出不相符的", "run the examples and list those that do not hold"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.json(&asJSON)
		return func(_ context.Context, c *call) error { return c.testPacks(asJSON) }
	},
}

func (c *call) testPacks(asJSON bool) error {
	if len(c.args) == 0 {
		return usageError{c.say("请写明规则包文件", "name the pack files")}
	}
	var out []triedPack
	failed := 0
	for _, path := range c.args {
		src, err := os.ReadFile(path)
		if err != nil {
			return fault.Wrap(fault.NotFound, err, "打不开规则包 %s", path)
		}
		p, err := rule.Read(path, src)
		if err != nil {
			return err
		}
		t := triedPack{Pack: p.ID, Rules: len(p.Rules), Failed: []triedFailed{}}
		for _, r := range p.Rules {
			t.Examples += len(r.Examples)
		}
		for _, f := range p.Try() {
			t.Failed = append(t.Failed, triedFailed{f.Rule.ID, f.Field, f.Number, f.Example.Text, f.Text})
		}
		failed += len(t.Failed)
		out = append(out, t)
	}
	if asJSON {
		if err := c.printJSON(out); err != nil {
			return err
		}
	} else {
		for _, t := range out {
			c.printf("%s：规则 %d 条，例句 %d 个，不符 %d 个\n", "%s: %d rules, %d examples, %d do not hold\n", t.Pack, t.Rules, t.Examples, len(t.Failed))
			for _, f := range t.Failed {
				fmt.Fprintf(c.Out, "  %s.%s：%s\n", f.Rule, f.Field, f.Why)
			}
		}
	}
	if failed > 0 {
		return errFinding
	}
	return nil
}

type explainOptions struct {
	on, kind, speaker, section, product string
	json                                bool
}

var rulesExplainCommand = command{
	name:  "explain",
	args:  text{"规则包 规则 文字或-", "PACK RULE TEXT|-"},
	brief: text{"逐步说明一条规则为什么命中或者不命中一段文字", "say step by step why a rule hits a text or does not"},
	more: text{"  xiaobao rules explain taboos taboos.lead '那您就投诉吧' --kind reply\n规则包可以是文件，也可以是自带规则包的编号。",
		"  xiaobao rules explain taboos taboos.lead '那您就投诉吧' --kind reply\nThe pack is a file or the id of a pack of the program."},
	flags: func(f *flags) func(context.Context, *call) error {
		var o explainOptions
		f.text(&o.on, "as-of", "DATE", "", text{"按哪一天的规则（默认今天）", "the day whose rules apply (today by default)"})
		f.text(&o.kind, "kind", "KIND", "", text{"材料类型", "kind of material"})
		f.text(&o.speaker, "speaker", "staff|consumer", "", text{"是谁说的", "who says it"})
		f.text(&o.section, "section", "SECTION", "", text{"在哪个栏目", "section of the document"})
		f.text(&o.product, "product", "CODE", "", text{"产品线", "product line"})
		f.json(&o.json)
		return func(_ context.Context, c *call) error { return o.run(c) }
	},
}

func (o explainOptions) run(c *call) error {
	if len(c.args) != 3 {
		return usageError{c.say("请写明规则包、规则编号和文字（- 为标准输入）", "name the pack, the rule's id and the text (- for standard input)")}
	}
	p, err := readPack(c.args[0])
	if err != nil {
		return err
	}
	b, err := rule.NewBook(p)
	if err != nil {
		return err
	}
	s := c.args[2]
	if s == "-" {
		in, err := io.ReadAll(io.LimitReader(c.In, maxText))
		if err != nil {
			return err
		}
		s = string(in)
	}
	e := rule.Example{Text: strings.ToValidUTF8(s, "\uFFFD"), Kind: o.kind, Speaker: o.speaker, Section: o.section, Product: o.product, On: calendar.FromTime(c.Now())}
	if o.on != "" {
		if e.On, err = calendar.Parse(o.on); err != nil {
			return usageError{c.say("--as-of：%v", "--as-of: %v", err)}
		}
	}
	r := p.Rule(c.args[1])
	if r == nil {
		return fault.New(fault.NotFound, "规则包 %s 里没有规则 %s：请用 rules list 查看编号。", p.ID, c.args[1])
	}
	d := e.Doc(r)
	if d.Segments == nil {
		d.Segments = rule.Dialogue(d.Text)
	}
	x, err := b.Explain(d, r.ID)
	if err != nil {
		return err
	}
	return c.printExplanation(r, x, o.json)
}

func (c *call) printExplanation(r *rule.Rule, x rule.Explanation, asJSON bool) error {
	if asJSON {
		return c.printJSON(x)
	}
	fmt.Fprintf(c.Out, "%s  %s\n%s%s\n", r.ID, r.Title, c.say("依据：", "basis: "), basisOf(r.Cite, r.Source))
	for _, line := range r.Reasoning {
		fmt.Fprintf(c.Out, "  %s\n", line)
	}
	fmt.Fprintln(c.Out)
	for i, s := range x.Steps {
		mark := "✓"
		if !s.OK {
			mark = "✗"
		}
		fmt.Fprintf(c.Out, "%2d %s %s\n", i+1, mark, s.Text)
	}
	if x.Hit {
		c.printf("\n结论：命中 %d 处。%s\n", "\nVerdict: %d hits. %s\n", len(x.Findings), r.Advice)
	} else {
		c.printf("\n结论：没有命中。\n", "\nVerdict: no hit.\n")
	}
	return nil
}

var rulesListCommand = command{
	name:  "list",
	args:  text{"规则包…", "PACKS"},
	brief: text{"列出规则：编号、级别、依据、有效期", "list rules: id, severity, basis, days in force"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.json(&asJSON)
		return func(_ context.Context, c *call) error { return c.listRules(asJSON) }
	},
}

func (c *call) listRules(asJSON bool) error {
	list, err := packs.All()
	if len(c.args) > 0 {
		list = nil
		for _, path := range c.args {
			p, e := readPack(path)
			if e != nil {
				return e
			}
			list = append(list, p)
		}
	}
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(list)
	}
	for _, p := range list {
		c.printf("%s %s  %s（%d 条，%s）\n", "%s %s  %s (%d rules, %s)\n", p.ID, p.Version, p.Title, len(p.Rules), p.Owner)
		for _, r := range p.Rules {
			state := ""
			if r.Off {
				state = c.say("  [关]", "  [off]")
			}
			fmt.Fprintf(c.Out, "  %s  %s %s  %s  %s%s\n", pad(r.ID, 34), c.severity(r.Severity), r.Grade, r.Title, basisOf(r.Cite, r.Source), state)
		}
	}
	return nil
}

type backtestOptions struct {
	corpus, column, kind, on string
	keep                     int
	reviews, json            bool
}

var rulesBacktestCommand = command{
	name:  "backtest",
	args:  text{"旧包 新包", "OLD NEW"},
	brief: text{"回测：改动后的规则包在一批文字上新命中什么、不再命中什么", "what a changed pack newly hits and misses on a corpus"},
	more: text{"  xiaobao rules backtest --corpus 短信.csv --column text 旧.toml 新.toml\n  xiaobao rules backtest --reviews --data data 新.toml\n旧包写成空串 '' 表示从无到有。--reviews 用审查人判断过的问题来比：采纳过的还能不能找到，排除过的还会不会再报。",
		"  xiaobao rules backtest --corpus messages.csv --column text old.toml new.toml\n  xiaobao rules backtest --reviews --data data new.toml\nAn empty OLD '' means that there was none. --reviews compares with what reviewers judged: is what they accepted still found, is what they dismissed still reported."},
	flags: func(f *flags) func(context.Context, *call) error {
		var o backtestOptions
		f.store(DefaultData)
		f.yes(&o.reviews, "reviews", text{"对照审查人判断过的问题", "compare with what reviewers judged"})
		f.text(&o.corpus, "corpus", "FILE|DIR", "", text{"文字所在的文件或文件夹", "file or folder of the texts"})
		f.text(&o.column, "column", "COL", "", text{"表格里文字所在的列", "column of the text in a table"})
		f.text(&o.kind, "kind", "KIND", "", text{"材料类型（默认不限）", "kind of material (any by default)"})
		f.text(&o.on, "as-of", "DATE", "", text{"按哪一天的规则（默认今天）", "the day whose rules apply (today by default)"})
		f.number(&o.keep, "keep", "N", 20, text{"各列出多少处", "how many to list of each"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error { return o.run(ctx, c) }
	},
}

func (o backtestOptions) run(ctx context.Context, c *call) error {
	if o.reviews {
		return o.judged(ctx, c)
	}
	if len(c.args) != 2 || o.corpus == "" {
		return usageError{c.say("请写明 --corpus 和新旧两个规则包", "name --corpus and two packs")}
	}
	day := calendar.FromTime(c.Now())
	var err error
	if o.on != "" {
		if day, err = calendar.Parse(o.on); err != nil {
			return usageError{c.say("--as-of：%v", "--as-of: %v", err)}
		}
	}
	var books [2]*rule.Book
	for i, path := range c.args {
		if path == "" {
			continue
		}
		if books[i], err = bookOf([]string{path}, false); err != nil {
			return err
		}
	}
	t := rule.NewBacktest(max(0, o.keep))
	var names []string
	err = c.eachSource(ctx, o.corpus, o.column, func(s source) error {
		names = append(names, s.name)
		t.Add(books[0], books[1], rule.Doc{Text: s.text, Kind: o.kind, On: day, Segments: rule.Dialogue(s.text)})
		return nil
	})
	if err != nil {
		return err
	}
	if o.json {
		return c.printJSON(struct {
			*rule.Backtest
			Names []string `json:"names"`
		}{t, names})
	}
	c.printBacktest(t, names)
	return nil
}

func (c *call) printBacktest(t *rule.Backtest, names []string) {
	c.printf("文字 %d 段；原来命中 %d 处，现在 %d 处。\n", "%d texts; %d hits before, %d now.\n", t.Docs, t.Before, t.After)
	for _, side := range []struct {
		title string
		count map[string]int
		list  []rule.Change
	}{{c.say("新命中", "newly hit"), t.Gained, t.New}, {c.say("不再命中", "missed now"), t.Lost, t.Missed}} {
		total := 0
		for _, n := range side.count {
			total += n
		}
		c.printf("\n%s %d 处\n", "\n%s: %d\n", side.title, total)
		for _, id := range slices.Sorted(maps.Keys(side.count)) {
			fmt.Fprintf(c.Out, "  %s  %d\n", pad(id, 34), side.count[id])
		}
		for _, ch := range side.list {
			fmt.Fprintf(c.Out, "    %s  %s  %s\n", names[ch.Doc], ch.Finding.Rule, strings.ReplaceAll(ch.Excerpt, "\n", " "))
		}
	}
}
