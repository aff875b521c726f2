package cli

import (
	"context"
	"os"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

// verifyAnswer is what --json prints.
type verifyAnswer struct {
	OK bool `json:"ok"`
	storage.Report
}

var verifyCommand = command{
	name:  "verify",
	brief: text{"核对台账有没有被改动、删除、调换或截断", "check the ledger for anything changed, deleted, moved or cut off"},
	more: text{"逐条核对每份档案的散列链、密文摘要、总树和检查点。另存在别处的检查点可以发现其后被截断的记录：\n  xiaobao verify --data DIR --checkpoint 2026-11-01.note\n有损坏时列出来，退出码为 1。",
		"Checks the chain of every stream, the digests of sealed parts, the tree and the checkpoints. A checkpoint kept elsewhere also shows what was cut off since:\n  xiaobao verify --data DIR --checkpoint 2026-11-01.note\nDamage is listed; the exit code is then 1."},
	flags: func(f *flags) func(context.Context, *call) error {
		var files []string
		var asJSON bool
		f.store(DefaultData)
		f.list(&files, "checkpoint", "FILE", text{"另存的检查点文件，可多次", "a checkpoint kept elsewhere; may be repeated"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.verify(ctx, files, asJSON) }
	},
}

func (c *call) verify(ctx context.Context, files []string, asJSON bool) error {
	o := storage.VerifyOptions{Progress: c.progress("核对", "checking")}
	for _, path := range files {
		note, err := os.ReadFile(path)
		if err != nil {
			return fault.Wrap(fault.NotFound, err, "读不了检查点文件 %s", path)
		}
		o.Checkpoints = append(o.Checkpoints, note)
	}
	return c.with(ctx, func(s *storage.Store) error {
		r, err := s.Verify(ctx, o)
		if err != nil {
			return err
		}
		if asJSON {
			err = c.printJSON(verifyAnswer{OK: r.OK(), Report: r})
		} else {
			c.printReport(r)
		}
		if err == nil && !r.OK() {
			return errFinding
		}
		return err
	})
}

func (c *call) printReport(r storage.Report) {
	c.printf("记录 %d 条，档案 %d 份；密文 %d 份完好，%d 份已依法删除。\n", "%d events in %d streams; %d sealed parts whole, %d erased on record.\n", r.Events, r.Streams, r.Sealed, r.Erased)
	c.printf("总树 %d 条，尚未入树 %d 条；比对检查点 %d 个，其中最大的证明 %d 条。\n", "%d in the tree, %d not yet; %d checkpoints compared, the greatest vouches for %d.\n", r.Leaves, r.Unsequenced, r.Checkpoints, r.Vouched)
	if r.OK() {
		c.printf("没有发现损坏。\n", "No damage found.\n")
		return
	}
	c.printf("发现 %d 处损坏：\n", "%d damages found:\n", int64(len(r.Damages))+r.More)
	for _, d := range r.Damages {
		c.printf("  %s  %s 第 %d 版  %s\n", "  %s  %s version %d  %s\n", d.Kind, d.Stream, d.Version, d.Text)
	}
	if r.More > 0 {
		c.printf("  …… 另有 %d 处没有列出\n", "  ... and %d more\n", r.More)
	}
}
