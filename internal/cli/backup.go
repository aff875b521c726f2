package cli

import (
	"context"
	"strconv"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

var backupCommand = command{
	name:  "backup",
	brief: text{"备份全部数据到一个空目录，运行中也可以", "copy everything to an empty folder, while the program runs"},
	more: text{"备份含数据库、附件和签名的检查点，不含主密钥：主密钥请另行保管，没有它任何人都读不了备份。",
		"The copy holds the database, the attachments and a signed checkpoint, not the master key: keep that apart, nobody can read the copy without it."},
	flags: func(f *flags) func(context.Context, *call) error {
		var out string
		var asJSON bool
		f.store(DefaultData)
		f.text(&out, "out", "DIR", "", text{"备份目录，须为空或还不存在", "folder of the copy; empty or not there yet"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if out == "" {
				return usageError{c.say("请用 --out 写明备份目录", "say --out FOLDER")}
			}
			return c.backup(ctx, out, asJSON)
		}
	},
}

func (c *call) backup(ctx context.Context, out string, asJSON bool) error {
	return c.with(ctx, func(s *storage.Store) error {
		b, err := s.Backup(ctx, out)
		if err != nil {
			return err
		}
		if asJSON {
			return c.printJSON(b)
		}
		c.printf("备份完成：%s\n数据库 %s，附件 %d 个共 %s。\n主密钥 %s 不在备份里，请另行保管。\n",
			"backup complete: %s\ndatabase %s, %d attachments of %s.\nThe master key %s is not in it: keep it apart.\n",
			out, bytesText(b.Database), b.Files, bytesText(b.FileBytes), c.keyPath())
		return nil
	})
}

var restoreCommand = command{
	name:  "restore",
	brief: text{"把备份恢复到一个空目录，并立即核对", "bring a backup back into an empty folder and verify it"},
	more: text{"目录里已有内容时不动手。需要当时的主密钥：放在数据目录以外，用 --master-key-file 指明；恢复后复制到数据目录。",
		"A folder that holds anything is left alone. The master key of that time is needed: keep it outside the folder and name it with --master-key-file."},
	flags: func(f *flags) func(context.Context, *call) error {
		var from string
		var asJSON bool
		f.store(DefaultData)
		f.text(&from, "from", "DIR", "", text{"备份目录", "folder of the backup"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if from == "" {
				return usageError{c.say("请用 --from 写明备份目录", "say --from FOLDER")}
			}
			return c.restore(ctx, from, asJSON)
		}
	},
}

func (c *call) restore(ctx context.Context, from string, asJSON bool) error {
	if c.conf.get("master-key-file") == "" {
		return fault.New(fault.Invalid, "请用 --master-key-file 指明备份时的主密钥文件：备份里没有它，数据目录须为空")
	}
	key, err := readKey(c.keyPath())
	if err != nil {
		return err
	}
	r, err := storage.Restore(ctx, from, storage.Options{Dir: c.conf.get("data"), DSN: c.conf.get("dsn"), Master: key, Now: c.Now, Log: c.logger()})
	if err != nil {
		return err
	}
	if asJSON {
		err = c.printJSON(verifyAnswer{OK: r.OK(), Report: r})
	} else {
		c.printf("已恢复到 %s。\n", "restored to %s.\n", c.conf.get("data"))
		c.printReport(r)
	}
	if err == nil && !r.OK() {
		return errFinding
	}
	return err
}

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
		if err != nil {
			return err
		}
		if asJSON {
			err = c.printJSON(struct {
				Streams int                    `json:"streams"`
				Tables  []storage.RebuiltTable `json:"tables"`
			}{n, tables})
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

// bytesText is a size for a person.
func bytesText(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return strconv.FormatFloat(f, 'f', 0, 64) + " B"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + units[i]
}
