package cli

import (
	"context"
	"errors"

	"xiaobao/internal/storage"
)

var rebuildCommand = command{
	name:  "rebuild",
	brief: text{"由台账重新推导全部读表和检索索引，并与原有的比较", "derive every read table and the search index anew from the ledger, and compare"},
	flags: func(f *flags) func(context.Context, *call) error {
		var all, asJSON bool
		f.store(DefaultData)
		f.yes(&all, "all", text{"连与台账相符的各行和检索文本也重写", "write also the rows and texts that agree with the ledger"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.rebuild(ctx, all, asJSON) }
	},
}

func (c *call) rebuild(ctx context.Context, all, asJSON bool) error {
	return c.with(ctx, func(s *storage.Store) error {
		show := c.progress("档案", "streams")
		n := 0
		r, err := s.RebuildReadTables(ctx, storage.RebuildOptions{All: all, Progress: func(streams int) { n = streams; show(int64(streams), 0) }})
		if r.Tables == nil {
			return err
		}
		if asJSON {
			err = errors.Join(err, c.printJSON(struct {
				Streams int `json:"streams"`
				storage.Rebuilt
			}{n, r}))
		} else {
			for _, t := range r.Tables {
				mark := c.say("一致", "equal")
				if !t.Equal {
					mark = c.say("原有的不同，已改正", "was different, mended")
				}
				c.printf("%s %s\n", "%s %s\n", pad(t.Name, 22), mark)
			}
			c.printf("投诉共 %d 件，其中 %d 件重写了读表或检索文本\n", "%d cases, of which the rows or texts of %d were written anew\n", r.Cases, r.Written)
		}
		if err == nil && r.Differing() != nil {
			return errFinding
		}
		return err
	})
}
