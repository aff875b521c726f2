package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

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
	args:  text{"[案卷.zip ...]", "[CASE-FILE.zip ...]"},
	more: text{"写明密封案卷的 ZIP 文件时，只核对这些文件，不需要数据：任何一个字节的改动都会被发现。\n  xiaobao verify 案卷.zip --key public-key.txt\n加上 --open 时，另用本系统的密钥打开密文，与案卷里的明文比对：\n  xiaobao verify 案卷.zip --open --data DIR\n不写文件时，逐条核对每份档案的散列链、密文摘要、总树和检查点。另存在别处的检查点可以发现其后被截断的记录：\n  xiaobao verify --data DIR --checkpoint 2026-11-01.note\n有损坏时列出来，退出码为 1。",
		"Given sealed case files it checks only these and needs no data: every changed byte is found.\n  xiaobao verify CASE.zip --key public-key.txt\nWith --open the ciphertext is opened again with this system's keys and compared with the plain text in the file:\n  xiaobao verify CASE.zip --open --data DIR\nWithout files it checks the chain of every stream, the digests of sealed parts, the tree and the checkpoints. A checkpoint kept elsewhere also shows what was cut off since:\n  xiaobao verify --data DIR --checkpoint 2026-11-01.note\nDamage is listed; the exit code is then 1."},
	flags: func(f *flags) func(context.Context, *call) error {
		var files []string
		var asJSON bool
		var key string
		var open bool
		f.store(DefaultData)
		f.list(&files, "checkpoint", "FILE", text{"另存的检查点文件，可多次", "a checkpoint kept elsewhere; may be repeated"})
		f.text(&key, "key", "FILE", "", text{"核对案卷：另行取得的公钥文件", "for case files: file of the public key, had from elsewhere"})
		f.yes(&open, "open", text{"核对案卷：另用本系统的密钥打开密文比对", "for case files: open the ciphertext with this system's keys and compare"})
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error {
			if len(c.args) > 0 {
				return c.verifyFiles(ctx, key, open, asJSON)
			}
			return c.verify(ctx, files, asJSON)
		}
	},
}

// verifying shows how far a verification has come: each event first, then each place of the tree.
func (c *call) verifying() func(step storage.VerifyStep, done, total int64) {
	show := map[storage.VerifyStep]func(done, total int64){
		storage.VerifyEvents: c.pace("核对记录", "checking events"),
		storage.VerifyTree:   c.pace("核对总账", "checking the tree"),
	}
	return func(step storage.VerifyStep, done, total int64) { show[step](done, total) }
}

func (c *call) verify(ctx context.Context, files []string, asJSON bool) error {
	o := storage.VerifyOptions{Progress: c.verifying()}
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

// counts lists what was made with what.
func counts(by map[string]int64) string {
	if len(by) == 0 {
		return "–"
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, fmt.Sprintf("%s %d", name, by[name]))
	}
	return strings.Join(out, ", ")
}

func (c *call) printReport(r storage.Report) {
	c.printf("记录 %d 条，档案 %d 份；密文 %d 份完好，%d 份已依法删除。\n", "%d events in %d streams; %d sealed parts whole, %d erased on record.\n", r.Events, r.Streams, r.Sealed, r.Erased)
	if r.Archived > 0 {
		c.printf("其中 %d 条在归档里。\n", "%d of the events lie in the archive.\n", r.Archived)
	}
	c.printf("总树 %d 条，尚未入树 %d 条；比对检查点 %d 个，其中最大的证明 %d 条。\n", "%d in the tree, %d not yet; %d checkpoints compared, the greatest vouches for %d.\n", r.Leaves, r.Unsequenced, r.Checkpoints, r.Vouched)
	c.printf("摘要 %s；密封 %s。\n", "hashes %s; sealing %s.\n", counts(r.Hashes), counts(r.Suites))
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
