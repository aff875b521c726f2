package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

var moveCommand = command{
	name:  "move",
	brief: text{"把数据搬到另一个数据库：SQLite 与 PostgreSQL 之间，逐表核对", "move the data to another database, between SQLite and PostgreSQL, comparing every table"},
	more: text{"目标须是空的数据库或空目录。中断了（断电、被杀、断网）就用原来的参数再运行一次，从中断的地方接着搬；做完以前，目标谁也打不开。\n最后把每张表整个读回来，与原来的逐表比较行数和摘要，再核对整本台账。原来的数据不动。\n请先停止服务：台账在两次运行之间变了，就要用 --restart 从头搬；搬运期间写入的内容不会带过去，如果有，会说出来，退出码为 1。\n搬到 PostgreSQL 时，主密钥和附件仍在数据目录里；搬到目录时，附件一起复制，主密钥请自行放好。附件在 S3 存储里的，留在原处（另见 xiaobao attachments）。",
		"The target is an empty database or folder. Broken off (power, a kill, the network), run it again with the same arguments: it goes on where it stopped; until it is done nothing opens the target.\nIn the end every table is read back whole and compared by rows and digest, and the ledger is verified. The data moved from stay as they are.\nStop the server first: a ledger that changed between two runs needs --restart, from the beginning; what is written while the command runs is not taken along: if there is any, it says so and exits with 1.\nTo PostgreSQL, master key and attachments stay in the data folder; to a folder, attachments are copied and the master key is yours to place. Attachments in an S3 store stay there (see xiaobao attachments)."},
	flags: func(f *flags) func(context.Context, *call) error {
		var restart bool
		f.yes(&restart, "restart", text{"丢掉目标里没搬完的部分，从头搬", "throw away what is unfinished in the target and begin anew"})
		return toward("DSN|DIR", text{"PostgreSQL 连接串，或 SQLite 的空目录", "PostgreSQL connection string, or an empty folder for SQLite"}, func(c *call, ctx context.Context, s *storage.Store, to string, asJSON bool) error {
			return c.move(ctx, s, to, restart, asJSON)
		})(f)
	},
}

// toward are the options of a command that takes something to another place.
func toward(kind string, what text, do func(*call, context.Context, *storage.Store, string, bool) error) func(*flags) func(context.Context, *call) error {
	return func(f *flags) func(context.Context, *call) error {
		var to string
		var asJSON bool
		f.store(DefaultData)
		f.text(&to, "to", kind, "", what)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if to == "" || len(c.args) > 0 {
				return usageError{c.say("请用 --to 写明搬到哪里", "say with --to where to")}
			}
			return c.with(ctx, func(s *storage.Store) error { return do(c, ctx, s, to, asJSON) })
		}
	}
}

// moved is what a move did.
type moved struct {
	Tables      []storage.CopiedTable `json:"tables"`
	Rows        int64                 `json:"rows"`
	Events      int64                 `json:"events"`
	Missed      int64                 `json:"missed"` // events written while the move was under way
	Attachments int                   `json:"attachments"`
	Verified    bool                  `json:"verified"`
}

func (c *call) move(ctx context.Context, s *storage.Store, to string, restart, asJSON bool) error {
	o, err := c.target(ctx, to)
	if err != nil {
		return err
	}
	out := moved{}
	out.Tables, err = s.MoveInto(ctx, o, storage.MoveOptions{Restart: restart, Progress: c.movingOn()})
	if err != nil {
		return err
	}
	for _, t := range out.Tables {
		out.Rows += t.Rows
	}
	if from := s.Files().Place(); o.DSN == "" && c.conf.get("attachments-file") == "" {
		copied, err := blob.Copy(ctx, from, blob.NewFolder(filepath.Join(o.Dir, storage.FilesName)), c.copying())
		if err != nil {
			return err
		}
		out.Attachments = copied.Files
	}
	return c.moved(ctx, s, o, out, asJSON)
}

// movingOn shows how far a move is, and how quick. Words come last and are slower than
// rows: their own pace says how long they will take.
func (c *call) movingOn() func(storage.MoveProgress) {
	tell, words, check := c.pace("已搬行数", "rows moved"), c.pace("已搬行数", "rows moved"), c.pace("已比较行数", "rows compared")
	return func(p storage.MoveProgress) {
		switch {
		case p.Sorting:
			c.remark("正在把检索词按文档排序，其间没有进度，一百万件约几分钟", "sorting the words of the search index by document; some minutes for a million cases, without progress")
		case p.Checking:
			check(p.Rows, p.Total)
		case p.Table == storage.WordsTable:
			words(p.Rows, p.Total)
		default:
			tell(p.Rows, p.Total)
		}
	}
}

// target reads --to: what is no connection string is a folder, which must be new,
// empty, or the one of a move that is not finished.
func (c *call) target(ctx context.Context, to string) (storage.Options, error) {
	o := storage.Options{Dir: to, Now: c.Now, Log: c.logger()}
	var err error
	if o.Master, err = c.master(false); err != nil {
		return o, err
	}
	if strings.HasPrefix(to, "postgres://") || strings.HasPrefix(to, "postgresql://") || strings.Contains(to, "host=") {
		o.DSN, o.Dir = to, c.conf.get("data")
		return o, nil
	}
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		on, err := storage.MoveGoesOn(ctx, o)
		if err != nil {
			return o, err
		}
		if !on {
			return o, fault.New(fault.Conflict, "目录 %s 里已经有文件。请换一个空目录", to)
		}
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return o, fault.Wrap(fault.Unavailable, err, "建不了目录 %s", to)
	}
	return o, nil
}

// moved opens the target, verifies its ledger whole, gives it free and says what came over.
func (c *call) moved(ctx context.Context, s *storage.Store, o storage.Options, out moved, asJSON bool) error {
	o.Moving = true
	target, err := storage.Open(ctx, o)
	if err != nil {
		return err
	}
	defer target.Close()
	report, err := target.Verify(ctx, storage.VerifyOptions{Progress: c.verifying()})
	if err != nil {
		return err
	}
	out.Events, out.Verified = report.Events, report.OK()
	was, err := lastEvent(ctx, target)
	if err != nil {
		return err
	}
	now, err := lastEvent(ctx, s)
	if err != nil {
		return err
	}
	out.Missed = max(now-was, 0)
	if out.Verified && out.Missed == 0 {
		if err := target.FinishMove(ctx); err != nil {
			return err
		}
	}
	if asJSON {
		err = c.printJSON(out)
	} else {
		c.printf("已搬 %d 张表、%d 行、%d 条事件、%d 个附件，逐表核对一致\n", "moved %d tables, %d rows, %d events, %d attachments; every table compared\n", len(out.Tables), out.Rows, out.Events, out.Attachments)
	}
	switch {
	case err != nil:
		return err
	case !out.Verified:
		c.warn("目标的台账核对不通过，请不要使用，并对原来的数据运行 verify", "the ledger of the target does not verify: do not use it, and verify the data it came from")
		return errFinding
	case out.Missed > 0:
		c.warn("搬运期间又写入了 %d 条事件，没有带过去，目标还不能用。请停止服务，加上 --restart 再运行一次", "%d events were written meanwhile and not taken along, and the target is not finished: stop the server and run it again with --restart", out.Missed)
		return errFinding
	}
	return nil
}

// lastEvent returns the number of the newest event; numbers may have gaps.
func lastEvent(ctx context.Context, s *storage.Store) (n int64, err error) {
	err = s.View(ctx, func(tx *storage.Tx) error {
		return tx.Scan(`SELECT COALESCE(MAX(seq), 0) FROM event`, nil, &n)
	})
	return n, err
}
