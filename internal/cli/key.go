package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
	"xiaobao/internal/storage"
)

var keyCommand = command{
	name:  "key",
	brief: text{"主密钥：更换、查看", "master key: change it, see how it stands"},
	subs:  []command{keyChangeCommand, keyStatusCommand},
}

var keyChangeCommand = command{
	name:  "change",
	brief: text{"换一把主密钥，把全部密钥重新封到它下面", "put another master key in the place of the present one and wrap all keys anew"},
	more: text{"生成新的主密钥（主密钥文件旁的 .new），分批重新封装每一把密钥，再把新的换到原处，旧的改名为 .old-代数 留下。服务可以照常运行；导入等任务须先结束。\n中断后再运行一次就接着做：完成之前，新旧两把都能打开数据；完成之后，旧的什么也打不开，但换之前的备份仍要用它，请离线保管，随那些备份一起销毁。\n多台机器各有主密钥文件时，先加 --hold：换到只差最后一步为止；把新的主密钥文件放到每一台，再运行一次完成。",
		"Draws a new master key (.new beside its file), wraps every key anew in batches, then puts the new one into place; the old one is kept as .old-N. The server may go on; imports and other jobs have to end first.\nBroken off, run it again: until it is complete both keys open the data; afterwards the old one opens nothing, but backups of before still need it: keep it offline and destroy it with them.\nWhere several machines have a key file each, say --hold first: all but the last step; put the new file on each, then run it again."},
	flags: func(f *flags) func(context.Context, *call) error {
		var hold, asJSON bool
		f.store(DefaultData)
		f.yes(&hold, "hold", text{"先不作废旧的一把", "do not make the old one useless yet"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.changeKey(ctx, hold, asJSON) }
	},
}

var keyStatusCommand = command{
	name:  "status",
	brief: text{"查看主密钥的代数和更换进度", "which generation the master key is of, and how far a change has come"},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.store(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			return c.with(ctx, func(s *storage.Store) error {
				st, err := s.MasterStatus(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return c.printJSON(st)
				}
				fmt.Fprintln(c.Out, c.masterText(st))
				return nil
			})
		}
	},
}

func (c *call) masterText(st storage.MasterStatus) string {
	s := c.say("第 %d 代，启用于 %s", "generation %d, since %s", st.Generation, st.Since.In(calendar.Zone).Format(time.DateOnly))
	if st.Changing {
		s += c.say("；正在更换，还有 %d 把密钥在旧的下面", "; being changed, %d keys left under the old one", st.Left)
	}
	if st.Legacy && st.Generation > 1 {
		s += c.say("；检索标记和检查点签名仍来自最早的一把", "; search tokens and signatures still come from the very first one")
	}
	return s
}

// master looks whether a change of the master key was left half done.
func (k *checkup) master(ctx context.Context, s *storage.Store) {
	st, err := s.MasterStatus(ctx)
	if err != nil {
		return
	}
	k.note(text{"主密钥代数", "master key generation"}, !st.Changing, k.c.masterText(st), text{
		"更换没有做完，旧的主密钥仍然有效：再运行一次 xiaobao key change", "a change is not complete and the old key still opens everything: run xiaobao key change again"})
}

// keyChanged is what --json prints.
type keyChanged struct {
	storage.MasterStatus
	Wrapped int64  `json:"wrapped"`       // keys wrapped anew in this run
	Old     string `json:"old,omitempty"` // where the old key file is now
}

func (c *call) changeKey(ctx context.Context, hold, asJSON bool) error {
	return c.with(ctx, func(s *storage.Store) error {
		a, err := c.app(ctx, s, app.Options{Institution: " "})
		if err != nil {
			return err
		}
		out := keyChanged{}
		if err := c.beginKeyChange(ctx, s); err != nil {
			return err
		}
		if out.Wrapped, err = a.Rewrap(ctx, c.progress("重新封装", "wrapped anew")); err != nil {
			return err
		}
		if !hold {
			if out.Old, err = c.swapKeys(ctx, s); err != nil {
				return err
			}
			if err := c.finishKeyChange(ctx, s, a, &out.Wrapped); err != nil {
				return err
			}
		}
		if out.MasterStatus, err = s.MasterStatus(ctx); err != nil {
			return err
		}
		return c.printKeyChange(out, asJSON)
	})
}

// beginKeyChange sees that there is a new key in a file before the database knows of
// it, and waits until every running program has taken it up. A change whose new key
// is in its place already only has its last steps left.
func (c *call) beginKeyChange(ctx context.Context, s *storage.Store) error {
	st, err := s.MasterStatus(ctx)
	if err != nil {
		return err
	}
	path := c.keyPath() + ".new"
	_, err = os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case st.Changing && missing:
		if newest, err := c.hasNewest(ctx, s); err != nil || newest {
			return err
		}
		return fault.New(fault.NotFound, "主密钥的更换没有做完，但新主密钥文件 %s 不在。请把它放回原处再运行", path)
	case missing:
		if _, err := makeKey(path, c.keyPath()); err != nil {
			return err
		}
	}
	key, err := readKey(path)
	if err != nil {
		return err
	}
	if err := errors.Join(folder.Sync(filepath.Dir(path)), s.BeginMasterChange(ctx, key)); err != nil {
		return err
	}
	return wait(ctx, storage.MasterSettles)
}

// hasNewest reports whether the key file in its place is the new one already.
func (c *call) hasNewest(ctx context.Context, s *storage.Store) (bool, error) {
	key, err := readKey(c.keyPath())
	if err != nil {
		return false, err
	}
	return s.NewestMaster(ctx, key)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// swapKeys puts the new key into place. The old one gets another name first: at no
// moment is there no key under the usual name, and both open the data.
func (c *call) swapKeys(ctx context.Context, s *storage.Store) (string, error) {
	st, err := s.MasterStatus(ctx)
	if err != nil {
		return "", err
	}
	path := c.keyPath()
	old := fmt.Sprintf("%s.old-%d", path, st.Generation-1)
	newest, err := c.hasNewest(ctx, s)
	if err != nil || newest { // a run before this one came as far
		return old, err
	}
	key, err := readKey(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(old); errors.Is(err, fs.ErrNotExist) {
		if err := writeKey(old, path, key); err != nil {
			return "", err
		}
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "新的主密钥没有能换到 %s，请检查权限后再运行一次", path)
	}
	return old, folder.Sync(filepath.Dir(path))
}

// finishKeyChange ends the change. Keys that were wrapped under the old one while the
// last batch ran are wrapped once more.
func (c *call) finishKeyChange(ctx context.Context, s *storage.Store, a *app.App, wrapped *int64) error {
	for tries := 0; ; tries++ {
		n, err := a.Rewrap(ctx, nil)
		if *wrapped += n; err != nil {
			return err
		}
		_, err = s.FinishMasterChange(ctx)
		if !fault.Is(err, fault.Conflict) || tries == 5 {
			return err
		}
	}
}

func (c *call) printKeyChange(out keyChanged, asJSON bool) error {
	if asJSON {
		return c.printJSON(out)
	}
	c.printf("重新封装 %d 把密钥。现在：%s。\n", "%d keys wrapped anew. Now: %s.\n", out.Wrapped, c.masterText(out.MasterStatus))
	if out.Changing {
		c.printf("新旧两把都能打开数据。请把 %s 放到每一台机器，再运行一次 xiaobao key change。\n", "Both keys open the data. Put %s on each machine, then run xiaobao key change again.\n", c.keyPath()+".new")
		return nil
	}
	c.printf("新的主密钥在 %s：请立即另行备份。旧的在 %s：它打不开现在的数据，但以前的备份要用它，请移到离线的地方。\n",
		"The new master key is %s: back it up now. The old one is %s: it opens nothing of today, but backups of before need it; move it offline.\n", c.keyPath(), out.Old)
	return nil
}
