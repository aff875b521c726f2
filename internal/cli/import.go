package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

var importCommand = command{
	name:  "import",
	brief: text{"导入：投诉台账", "import: ledgers of complaints"},
	subs:  []command{importComplaintsCommand},
}

// importOptions are the flags of an import.
type importOptions struct {
	mapFile, channel, as, rejected string
	dry, json                      bool
}

var importComplaintsCommand = command{
	name: "complaints",
	args: text{"文件", "FILE"},
	brief: text{"导入投诉台账（XLSX 或 CSV），逐行报告：新登记、并入、重复、未导入",
		"import a ledger of complaints (XLSX or CSV); each row ends as new, attached, duplicate or rejected"},
	more: text{`  xiaobao import complaints 台账.xlsx --dry-run
  xiaobao import complaints 台账.csv --map 对照.toml --rejected 未导入.xlsx
常见的列名自动识别；其他列名写在对照文件里：[columns] 列 = 字段，[constants] 整表相同的值，[values.字段] 值的对照。
同一份文件再导入一次不会改变任何东西；中途停止后再运行，从停下的地方继续。有未导入的行时退出码为 1。`,
		`  xiaobao import complaints ledger.xlsx --dry-run
  xiaobao import complaints ledger.csv --map map.toml --rejected rejected.xlsx
Usual names of columns are known; others stand in a map file: [columns] column = field, [constants] values for all rows, [values.field] value = value.
Importing the same file again changes nothing; an import that was stopped goes on where it was. With rejected rows the exit code is 1.`},
	flags: func(f *flags) func(context.Context, *call) error {
		var o importOptions
		f.store(DefaultData)
		f.text(&o.mapFile, "map", "MAP.toml", "", text{"列与字段的对照文件", "map of columns to fields"})
		f.text(&o.channel, "channel", "CHANNEL", "", text{"表里没写渠道的行按此渠道：phone、nfra、petition 等", "channel of rows that say none: phone, nfra, petition ..."})
		f.text(&o.as, "as", "LOGIN", "", text{"以谁的名义导入；不写则记为系统", "who imports; the program itself when left out"})
		f.text(&o.rejected, "rejected", "OUT", "", text{"把未导入的行连同原因写到这个文件（.xlsx 或 .csv）", "write rejected rows with their reasons to this file (.xlsx or .csv)"})
		f.yes(&o.dry, "dry-run", text{"只检查，不写入", "check only, write nothing"})
		f.json(&o.json)
		return func(ctx context.Context, c *call) error { return o.run(ctx, c) }
	},
}

func (o importOptions) run(ctx context.Context, c *call) error {
	if len(c.args) != 1 {
		return usageError{c.say("请写明要导入的一个文件", "name one file to import")}
	}
	in, err := o.options(c)
	if err != nil {
		return err
	}
	return c.withApp(ctx, func(a *app.App, org *app.Org) error {
		who := party.System
		if o.as != "" {
			p, err := personOf(org, o.as)
			if err != nil {
				return err
			}
			if who, err = a.Actor(ctx, p.ID); err != nil {
				return err
			}
		}
		r, err := o.take(ctx, a, who, c.args[0], in)
		if err != nil {
			return err
		}
		return o.report(c, r)
	})
}

func (o importOptions) options(c *call) (app.ImportOptions, error) {
	in := app.ImportOptions{Channel: party.ChannelID(o.channel), DryRun: o.dry}
	if _, ok := party.ChannelOf(in.Channel); !ok && o.channel != "" {
		return in, usageError{c.say("没有渠道 %s", "there is no channel %s", o.channel)}
	}
	if o.rejected != "" && formatOf(o.rejected) == "" {
		return in, usageError{c.say("--rejected 的文件名须以 .xlsx 或 .csv 结尾", "the file of --rejected ends in .xlsx or .csv")}
	}
	if o.mapFile != "" {
		b, err := os.ReadFile(o.mapFile)
		if err != nil {
			return in, fault.Wrap(fault.NotFound, err, "读不了对照文件 %s", o.mapFile)
		}
		if in.Map, err = app.ParseImportMap(b); err != nil {
			return in, err
		}
	}
	progress := c.progress("已处理", "rows")
	in.Progress = func(p app.ImportProgress) { progress(int64(p.Done), int64(p.All)) }
	return in, nil
}

func (o importOptions) take(ctx context.Context, a *app.App, who party.Actor, path string, in app.ImportOptions) (app.ImportReport, error) {
	f, err := os.Open(path)
	if err != nil {
		return app.ImportReport{}, fault.Wrap(fault.NotFound, err, "打不开文件 %s", path)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return app.ImportReport{}, err
	}
	r, err := a.Import(ctx, who, f, st.Size(), filepath.Base(path), in)
	if err == nil && o.rejected != "" && r.Counts.Rejected > 0 {
		err = writeRejected(o.rejected, r)
	}
	return r, err
}

func formatOf(path string) document.Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx":
		return document.XLSX
	case ".csv":
		return document.CSV
	}
	return ""
}

func writeRejected(path string, r app.ImportReport) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "写不了文件 %s", path)
	}
	return errors.Join(r.WriteRejected(f, formatOf(path)), f.Close())
}

// shownProblems is how many rows the text report shows; --json has all of them.
const shownProblems = 20

func (o importOptions) report(c *call, r app.ImportReport) error {
	if o.json {
		if err := c.printJSON(r); err != nil {
			return err
		}
	} else {
		if r.DryRun {
			c.printf("试导入，没有写入。\n", "Dry run, nothing was written.\n")
		}
		c.printf("新登记 %d，并入 %d，重复 %d，未导入 %d；提示 %d 条\n", "new %d, attached %d, duplicate %d, rejected %d; notes %d\n",
			r.Counts.New, r.Counts.Attached, r.Counts.Duplicate, r.Counts.Rejected, r.Counts.Notes)
		for _, n := range r.Notes {
			c.printf("· %s\n", "· %s\n", n)
		}
		for _, row := range r.Problems(shownProblems) {
			c.printf("%s：%s\n", "%s: %s\n", row.Place, sentences(append([]string{row.Why}, row.Notes...)))
		}
	}
	if r.Counts.Rejected > 0 {
		return errFinding
	}
	return nil
}

// sentences joins what is said of one row into one sentence.
func sentences(list []string) string {
	var said []string
	for _, s := range list {
		if s = strings.TrimRight(s, "。；"); s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, "；")
}
