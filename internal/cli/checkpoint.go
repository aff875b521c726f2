package cli

import (
	"context"
	"os"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

var checkpointCommand = command{
	name:  "checkpoint",
	brief: text{"签发台账检查点，供存放在别处", "sign a checkpoint of the ledger, to be kept elsewhere"},
	more: text{"检查点记下台账此刻的条数和总散列，并签名。请存到本系统以外（监管、审计、公证）：以后 verify 凭它发现任何改动和截断。",
		"A checkpoint holds the size and the hash of the ledger as of now, signed. Keep it away from this system: verify uses it later to find any change and truncation."},
	flags: func(f *flags) func(context.Context, *call) error {
		var out string
		f.store(DefaultData)
		f.text(&out, "out", "FILE", "", text{"写到文件；不写则打印", "write to a file; print without it"})
		return func(ctx context.Context, c *call) error { return c.checkpoint(ctx, out) }
	},
}

func (c *call) checkpoint(ctx context.Context, out string) error {
	return c.with(ctx, func(s *storage.Store) error {
		note, err := s.Checkpoint(ctx)
		if err != nil {
			return err
		}
		if out == "" {
			_, err = c.Out.Write(note)
			return err
		}
		if err := os.WriteFile(out, note, 0o644); err != nil {
			return fault.Wrap(fault.Unavailable, err, "写不了文件 %s", out)
		}
		c.printf("检查点已写入 %s\n", "checkpoint written to %s\n", out)
		return nil
	})
}
