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
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.rebuild(ctx, asJSON) }
	},
}

func (c *call) rebuild(ctx context.Context, asJSON bool) error {
	return c.with(ctx, func(s *storage.Store) error {
		show := c.progress("档案", "streams")
		n := 0
		tables, err := s.RebuildReadTables(ctx, func(streams int) { n = streams; show(int64(streams), 0) })
		if tables == nil {
			return err
		}
		if asJSON {
			err = errors.Join(err, c.printJSON(struct {
				Streams int                    `json:"streams"`
				Tables  []storage.RebuiltTable `json:"tables"`
			}{n, tables}))
		}
		differ := 0
		for _, t := range tables {
			mark := c.say("一致", "equal")
			if !t.Equal {
				mark = c.say("原有的不同，已改正", "was different, mended")
				differ++
			}
			if !asJSON {
				c.printf("%s %s\n", "%s %s\n", pad(t.Name, 22), mark)
			}
		}
		if err == nil && differ > 0 {
			return errFinding
		}
		return err
	})
}
