package cli

import (
	"context"

	"xiaobao/internal/app"
)

var archiveCommand = command{
	name:  "archive",
	brief: text{"把办结多年的投诉归档：压缩存放，查阅、检索、核验与平时一样", "archive complaints closed years ago: compressed, and read, found and verified as before"},
	more: text{"服务每天夜间按设置的年数自动归档；这条命令立即全部归档，可与服务同时运行，中断后再运行会接着做。",
		"The server does this every night, after the number of years that is set. This command does all of it at once, also while a server runs, and continues where it was stopped."},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		var years int
		f.store(DefaultData)
		f.number(&years, "years", "N", app.ArchiveAsSet, text{"办结满几年，0 为所有已办结的；不写则按设置", "years since closing, 0 for every closed complaint; without it, the setting"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.archive(ctx, int64(years), asJSON) }
	},
}

func (c *call) archive(ctx context.Context, years int64, asJSON bool) error {
	return c.withApp(ctx, func(a *app.App, _ *app.Org) error {
		show := c.progress("已归档", "archived")
		done, err := a.ArchiveNow(ctx, years, func(d app.Archived) { show(d.Cases, 0) })
		if err != nil {
			return err
		}
		if asJSON {
			return c.printJSON(done)
		}
		c.printf("归档 %d 件投诉（%s 及以前办结）的 %d 条记录，压缩为 %d 字节；%d 件有人在办，留到下次。\n", "%d complaints (closed on %s or before) with %d events were archived, compressed into %d bytes; %d were in use and wait for the next run.\n",
			done.Cases, done.Before, done.Events, done.Bytes, done.Later)
		return nil
	})
}
