package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

var lawCommand = command{
	name:  "law",
	brief: text{"法规库：导入正文、列表、查条文", "law library: import texts, list, look up articles"},
	subs:  []command{lawImportCommand, lawListCommand, lawShowCommand, lawSearchCommand, lawResolveCommand},
}

// withLaws runs fn with the use cases over the data.
func (c *call) withLaws(ctx context.Context, fn func(*app.App) error) error {
	return c.with(ctx, func(s *storage.Store) error {
		a, err := c.app(ctx, s, app.Options{})
		if err != nil {
			return err
		}
		return fn(a)
	})
}

type lawImportOptions struct {
	id, from     string
	dryRun, json bool
}

var lawImportCommand = command{
	name:  "import",
	args:  text{"文件或目录…", "FILE-OR-DIR..."},
	brief: text{"导入法规正文：.txt、.md、.docx", "take in texts of laws: .txt, .md, .docx"},
	more: text{"按标题和文号认出是哪一部法规；认不出的另立编号，也可用 --id 指明。\n生效日取自正文；正文只写了最初施行日的，按修改之日起算并提示，可用 --from 指明。\n同一法规以后再导入修改后的文本，即成为新的版本；内容相同的不重复导入。",
		"Title and number tell which instrument it is; one that is not known gets an id of its own, or --id says it.\nThe first day in force is taken from the text; where the text names only that of its first version, the day of the amendment is taken and said; --from says it.\nAn amended text imported later becomes a new version; the same words again change nothing."},
	flags: func(f *flags) func(context.Context, *call) error {
		var o lawImportOptions
		f.store(DefaultData)
		f.text(&o.id, "id", "ID", "", text{"法规编号，只能用于一个文件", "id of the instrument, for one file only"})
		f.text(&o.from, "from", "DATE", "", text{"此文本的生效日，只能用于一个文件", "first day in force, for one file only"})
		f.yes(&o.dryRun, "dry-run", text{"只看会怎样，不写入", "only say what would be done"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return c.importLaws(ctx, a, o) })
		}
	},
}

// lawFiles lists what the arguments name; of a directory, the files that may be texts.
func lawFiles(args []string) ([]string, error) {
	var out []string
	for _, arg := range args {
		st, err := os.Stat(arg)
		if err != nil {
			return nil, fault.Wrap(fault.NotFound, err, "找不到 %s", arg)
		}
		if !st.IsDir() {
			out = append(out, arg)
			continue
		}
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, fault.Wrap(fault.Unavailable, err, "读不了目录 %s", arg)
		}
		for _, e := range entries {
			if slices.Contains([]string{".md", ".txt", ".docx"}, strings.ToLower(filepath.Ext(e.Name()))) {
				out = append(out, filepath.Join(arg, e.Name()))
			}
		}
	}
	return out, nil
}

func (c *call) importLaws(ctx context.Context, a *app.App, o lawImportOptions) error {
	files, err := lawFiles(c.args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return usageError{c.say("请写明文件或目录", "name a file or a directory")}
	}
	if len(files) > 1 && (o.id != "" || o.from != "") {
		return usageError{c.say("--id 和 --from 只能用于一个文件", "--id and --from go with one file only")}
	}
	var from calendar.Date
	if o.from != "" {
		if from, err = calendar.Parse(o.from); err != nil {
			return err
		}
	}
	var done []app.LawPreview
	var failed []error
	for _, f := range files {
		p, err := takeLaw(ctx, a, f, app.LawFile{Instrument: o.id, From: from}, o.dryRun)
		if err != nil {
			failed = append(failed, err)
			c.warn("%s：%s", "%s: %s", filepath.Base(f), fault.Message(err))
			continue
		}
		p.Changes = nil
		done = append(done, p)
		if !o.json {
			c.lawLine(p)
		}
	}
	return c.lawSum(done, failed, o)
}

func takeLaw(ctx context.Context, a *app.App, path string, f app.LawFile, dryRun bool) (app.LawPreview, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return app.LawPreview{}, fault.Wrap(fault.Unavailable, err, "读不了文件 %s", path)
	}
	f.Name, f.Data = filepath.Base(path), data
	if dryRun {
		return a.PreviewLaw(ctx, party.System, f)
	}
	return a.ImportLaw(ctx, party.System, f)
}

var lawEffects = map[string]text{
	app.LawNew: {"新增", "new"}, app.LawVersion: {"新版本", "new version"}, app.LawReplaces: {"更正", "correction"}, app.LawUnchanged: {"已有，未变", "unchanged"},
}

func (c *call) lawLine(p app.LawPreview) {
	title := p.Text.Title
	if p.Text.Part != "" {
		title += " " + p.Text.Part
	}
	c.printf("%s  %s  %d 条  自 %s  %s\n", "%s  %s  %d articles  from %s  %s\n", pad(c.lang.say(lawEffects[p.Effect]), 12), pad(p.Instrument, 26), p.Articles, orDash(p.Text.From.String()), title)
	for _, w := range p.Text.Warnings {
		if w.Line > 0 {
			c.printf("    ! 第 %d 行：%s\n", "    ! line %d: %s\n", w.Line, w.Text)
		} else {
			fmt.Fprintf(c.Out, "    ! %s\n", w.Text)
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (c *call) lawSum(done []app.LawPreview, failed []error, o lawImportOptions) error {
	count := map[string]int{}
	warnings, articles := 0, 0
	for i := range done {
		count[done[i].Effect]++
		warnings += len(done[i].Text.Warnings)
		articles += done[i].Articles
		done[i].Text.Provisions = []law.Provision{}
	}
	if o.json {
		if err := c.printJSON(struct {
			DryRun bool             `json:"dry_run"`
			Files  []app.LawPreview `json:"files"`
			Failed int              `json:"failed"`
		}{o.dryRun, done, len(failed)}); err != nil {
			return err
		}
	} else {
		if o.dryRun {
			c.printf("试导入，没有写入。", "Dry run, nothing was written. ")
		}
		c.printf("共 %d 个文件 %d 条：新增 %d，新版本 %d，更正 %d，未变 %d，未导入 %d；提示 %d 条\n", "%d files with %d articles: new %d, new versions %d, corrections %d, unchanged %d, failed %d; warnings %d\n",
			len(done)+len(failed), articles, count[app.LawNew], count[app.LawVersion], count[app.LawReplaces], count[app.LawUnchanged], len(failed), warnings)
	}
	if len(failed) > 0 {
		return errFinding
	}
	return nil
}

// lawEntryView is an instrument for a program.
type lawEntryView struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Number   string        `json:"number,omitempty"`
	Kind     string        `json:"kind"`
	From     calendar.Date `json:"from,omitempty"`
	State    law.State     `json:"state"`
	Coverage law.Coverage  `json:"coverage"`
	Articles int           `json:"articles"`
	Versions int           `json:"versions"`
}

var lawListCommand = command{
	name:  "list",
	brief: text{"列出法规和正文导入情况", "list the instruments and whose texts are here"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return c.listLaws(ctx, a, asJSON) })
		}
	},
}

var coverages = map[law.Coverage]text{law.Verbatim: {"正文", "text"}, law.Partial: {"部分正文", "part"}, law.SummaryOnly: {"摘要", "summary"}}

func (c *call) listLaws(ctx context.Context, a *app.App, asJSON bool) error {
	lib, err := a.Laws(ctx)
	if err != nil {
		return err
	}
	out := []lawEntryView{}
	for _, e := range lib.Entries() {
		out = append(out, lawEntryView{e.ID, e.Title, e.Number, e.Kind, e.From, e.State(a.Today()), e.Coverage(a.Today()), len(e.Articles(a.Today())), len(e.Versions)})
	}
	if asJSON {
		return c.printJSON(out)
	}
	for _, e := range out {
		fmt.Fprintf(c.Out, "%s %s %4d  %s  %s\n", pad(e.ID, 28), pad(c.lang.say(coverages[e.Coverage]), 9), e.Articles, pad(orDash(e.From.String()), 10), e.Title)
	}
	return nil
}

var lawShowCommand = command{
	name:  "show",
	args:  text{"编号 条号", "ID ARTICLE"},
	brief: text{"显示一条条文", "show one article"},
	more:  text{"  xiaobao law show nfra-2020-3 18\n  xiaobao law show aml-law 29 --on 2024-06-01", "  xiaobao law show nfra-2020-3 18\n  xiaobao law show aml-law 29 --on 2024-06-01"},
	flags: lawOnDay(text{"在哪一天有效的文本", "as in force on this day"}, (*call).showLaw),
}

// lawOnDay are the flags of a command over the law library as of a day.
func lawOnDay(help text, run func(c *call, ctx context.Context, a *app.App, on string, asJSON bool) error) func(*flags) func(context.Context, *call) error {
	return func(f *flags) func(context.Context, *call) error {
		var on string
		var asJSON bool
		f.store(DefaultData)
		f.text(&on, "on", "DATE", "", help)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error { return run(c, ctx, a, on, asJSON) })
		}
	}
}

func (c *call) showLaw(ctx context.Context, a *app.App, on string, asJSON bool) error {
	if len(c.args) != 2 {
		return usageError{c.say("请写明法规编号和条号，例如 nfra-2020-3 18", "name the instrument and the article, such as nfra-2020-3 18")}
	}
	day, err := optionalDay(on)
	if err != nil {
		return err
	}
	found, err := a.ArticleOn(ctx, c.args[0], c.args[1], day)
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(found)
	}
	fmt.Fprintf(c.Out, "《%s》%s\n", found.Title, found.Label())
	if found.Chapter() != "" {
		fmt.Fprintln(c.Out, found.Chapter())
	}
	if found.Verbatim {
		fmt.Fprintf(c.Out, "\n%s\n\n", found.Text())
		c.printf("此文本自 %s 起有效。\n", "In force from %s.\n", orDash(found.From.String()))
	}
	if found.Summary != "" {
		c.printf("摘要（本系统整理，%s 级）：%s\n", "Summary (ours, grade %s): %s\n", found.Grade, found.Summary)
	}
	return nil
}

func optionalDay(s string) (calendar.Date, error) {
	if s == "" {
		return 0, nil
	}
	return calendar.Parse(s)
}

var lawSearchCommand = command{
	name:  "search",
	args:  text{"查什么", "WORDS..."},
	brief: text{"按法条用语或日常说法查条文", "find articles by the law's words or lay words"},
	more:  text{"  xiaobao law search 砍头息\n  xiaobao law search 拒赔要不要书面说明理由", "  xiaobao law search 砍头息"},
	flags: func(f *flags) func(context.Context, *call) error {
		var on string
		var limit int
		var exact, asJSON bool
		f.store(DefaultData)
		f.text(&on, "on", "DATE", "", text{"在哪一天有效的条文", "articles in force on this day"})
		f.number(&limit, "limit", "N", 10, text{"最多几条", "how many at most"})
		f.yes(&exact, "exact", text{"只按原词查", "the words as they stand"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.withLaws(ctx, func(a *app.App) error {
				day, err := optionalDay(on)
				if err != nil {
					return err
				}
				return c.searchLaws(ctx, a, law.Search{Words: strings.Join(c.args, " "), On: day, Limit: limit, Exact: exact}, asJSON)
			})
		}
	},
}

func (c *call) searchLaws(ctx context.Context, a *app.App, s law.Search, asJSON bool) error {
	if strings.TrimSpace(s.Words) == "" || s.Limit < 1 || s.Limit > 100 {
		return usageError{c.say("请写明查什么；--limit 为 1 至 100", "say what to look for; --limit is 1 to 100")}
	}
	r, err := a.SearchLaws(ctx, s)
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(r)
	}
	for _, w := range r.Widened {
		c.printf("“%s”：%s\n", "%s: %s\n", w.Say, w.Why)
	}
	for i, h := range r.Hits {
		fmt.Fprintf(c.Out, "%2d. 《%s》%s  %s\n    %s\n", i+1, h.Title, h.Label(), h.Instrument+" "+h.Number, excerpt(h))
	}
	if len(r.Hits) == 0 {
		c.printf("没有找到。可以换个说法，或先导入正文：xiaobao law import 文件\n", "Nothing was found. Say it differently, or import texts first: xiaobao law import FILE\n")
		return errFinding
	}
	return nil
}

// excerpt is one line of an article.
func excerpt(h law.Hit) string {
	text := h.Text()
	if !h.Verbatim {
		text = h.Summary
	}
	if r := []rune(strings.ReplaceAll(text, "\n", " ")); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return strings.ReplaceAll(text, "\n", " ")
}

var lawResolveCommand = command{
	name:  "resolve",
	args:  text{"文字", "TEXT..."},
	brief: text{"核对一段文字里的法规引用", "check the citations in a text"},
	more:  text{"  xiaobao law resolve 依据《银行业保险业消费投诉处理管理办法》第十八条作出决定\n有一处引用对不上时，退出码为 1。", "  xiaobao law resolve TEXT\nExit code 1 when a citation does not stand."},
	flags: lawOnDay(text{"引用时的日期，没有时为今天", "day on which they are to stand, today without it"}, (*call).resolveLaws),
}

func (c *call) resolveLaws(ctx context.Context, a *app.App, on string, asJSON bool) error {
	words := strings.Join(c.args, " ")
	if strings.TrimSpace(words) == "" {
		return usageError{c.say("请写明要核对的文字", "give the text to check")}
	}
	day, err := optionalDay(on)
	if err != nil {
		return err
	}
	found, err := a.ResolveCitations(ctx, words, day)
	if err != nil {
		return err
	}
	wrong := slices.ContainsFunc(found, func(r law.Resolution) bool { return !r.Status.Stands() && r.Status != law.Unchecked })
	if asJSON {
		err = c.printJSON(found)
	} else {
		for _, r := range found {
			fmt.Fprintln(c.Out, strings.TrimSpace(pad(words[r.Start:r.End], 40)+" "+r.Say))
		}
		if len(found) == 0 {
			c.printf("没有找到引用。\n", "No citation was found.\n")
		}
	}
	if err == nil && wrong {
		return errFinding
	}
	return err
}

// demoLaws takes the texts of a folder into the demo's library; a file that
// cannot be taken is said and left out.
func (c *call) demoLaws(ctx context.Context, a *app.App, dir string) error {
	if dir == "" {
		return nil
	}
	files, err := lawFiles([]string{dir})
	if err != nil {
		return err
	}
	taken := 0
	for _, f := range files {
		p, err := takeLaw(ctx, a, f, app.LawFile{}, false)
		if err != nil {
			c.warn("%s：%s", "%s: %s", filepath.Base(f), fault.Message(err))
		} else if p.Effect != app.LawUnchanged {
			taken++
		}
	}
	c.warn("法规库：%d 个文件，导入 %d 个。", "law library: %d files, %d taken in.", len(files), taken)
	return nil
}
