package cli

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/storage"
)

var checkpointCommand = command{
	name:  "checkpoint",
	brief: text{"签发台账检查点，供存放在别处", "sign a checkpoint of the ledger, to be kept elsewhere"},
	more: text{"检查点记下台账此刻的条数和总散列，并签名。请存到本系统以外（监管、审计、公证）：以后 verify 凭它发现任何改动和截断。",
		"A checkpoint holds the size and the hash of the ledger as of now, signed. Keep it away from this system: verify uses it later to find any change and truncation."},
	subs: []command{checkpointCheckCommand, checkpointKeyCommand},
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

var checkpointKeyCommand = command{
	name:  "key",
	brief: text{"打印公钥，供核对检查点和案卷", "print the public key that checkpoints and case files are checked with"},
	flags: func(f *flags) func(context.Context, *call) error {
		var out string
		f.store(DefaultData)
		f.text(&out, "out", "FILE", "", text{"写到文件；不写则打印", "write to a file; print without it"})
		return func(ctx context.Context, c *call) error {
			return c.with(ctx, func(s *storage.Store) error {
				if out != "" {
					return writeNew(out, strings.NewReader(s.PublicKey()+"\n"))
				}
				c.printf("%s\n指纹 %s\n", "%s\nfingerprint %s\n", s.PublicKey(), dossier.Fingerprint(s.PublicKey()))
				return nil
			})
		}
	},
}

var checkpointCheckCommand = command{
	name:  "check",
	args:  text{"文件 ...", "FILE ..."},
	brief: text{"核对检查点之间是否一致", "check that checkpoints agree with each other"},
	more: text{"写出检查点文件和增长证明（growth-*.txt）。每相邻两个之间有增长证明的，不需要数据；没有的，加 --data 用台账核对。\n  xiaobao checkpoint check --key public-key.txt 目录/*.txt\n不一致时退出码为 1。",
		"Give checkpoint files and growth proofs (growth-*.txt). Where a growth proof lies between two neighbours no data is needed; else --data checks them with the ledger.\n  xiaobao checkpoint check --key public-key.txt DIR/*.txt\nThe exit code is 1 when they do not agree."},
	flags: func(f *flags) func(context.Context, *call) error {
		var key string
		f.store(DefaultData)
		f.text(&key, "key", "FILE", "", text{"公钥文件；不写则用 --data 的", "file of the public key; that of --data without it"})
		return func(ctx context.Context, c *call) error { return c.checkCheckpoints(ctx, key) }
	},
}

// proofFiles are the files that a check was given.
type proofFiles struct {
	notes   map[string][]byte
	growths []ledger.Growth
	key     string
}

func readProofFiles(paths []string, keyFile string) (p proofFiles, err error) {
	p.notes = map[string][]byte{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return p, fault.Wrap(fault.NotFound, err, "读不了文件 %s", path)
		}
		switch {
		case ledger.IsGrowth(b):
			g, err := ledger.ParseGrowth(b)
			if err != nil {
				return p, err
			}
			p.growths = append(p.growths, g)
		case !strings.HasSuffix(path, dossier.KeyName): // a folder of exports has it beside them
			p.notes[path] = b
		}
	}
	if keyFile != "" {
		b, err := os.ReadFile(keyFile)
		if err != nil {
			return p, fault.Wrap(fault.NotFound, err, "读不了公钥文件 %s", keyFile)
		}
		p.key = strings.TrimSpace(string(b))
	}
	return p, nil
}

// read checks the signatures and sorts by size.
func (p proofFiles) read() ([]ledger.Checkpoint, error) {
	var all []ledger.Checkpoint
	for path, b := range p.notes {
		c, err := ledger.VerifyCheckpoint(b, p.key)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "%s：%s", path, fault.Message(err))
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y ledger.Checkpoint) int { return cmp.Or(cmp.Compare(x.Size, y.Size), x.At.Compare(y.At)) })
	return all, nil
}

// apart checks neighbours by the growth proofs alone; missing is true when there
// is none for some of them.
func (p proofFiles) apart(all []ledger.Checkpoint) (missing bool, err error) {
	for i := 1; i < len(all); i++ {
		older, newer := all[i-1], all[i]
		at := slices.IndexFunc(p.growths, func(g ledger.Growth) bool { return g.Old == older.Size && g.New == newer.Size })
		switch {
		case older.Size == newer.Size:
			err = ledger.Growth{Origin: older.Origin, Old: older.Size, New: newer.Size}.Check(older, newer)
		case at >= 0:
			err = p.growths[at].Check(older, newer)
		default:
			missing = true
		}
		if err != nil {
			return missing, err
		}
	}
	return missing, nil
}

func (c *call) checkCheckpoints(ctx context.Context, keyFile string) error {
	p, err := readProofFiles(c.args, keyFile)
	if err != nil {
		return err
	}
	if len(p.notes) == 0 {
		return usageError{c.say("请写出检查点文件", "give checkpoint files")}
	}
	if p.key == "" {
		if err := c.with(ctx, func(s *storage.Store) error { p.key = s.PublicKey(); return nil }); err != nil {
			return err
		}
	}
	all, err := p.read()
	if err != nil {
		return err
	}
	missing, err := p.apart(all)
	withData := false
	if err == nil && (missing || keyFile == "") {
		withData, err = true, c.compare(ctx, all)
	}
	if err != nil {
		return err
	}
	first, last := all[0], all[len(all)-1]
	c.printf("%d 个检查点一致：%s，从 %d 条到 %d 条（%s 至 %s）。\n", "%d checkpoints agree: %s, from %d to %d events (%s to %s).\n", len(all), first.Origin, first.Size, last.Size,
		first.At.Format("2006-01-02 15:04:05Z"), last.At.Format("2006-01-02 15:04:05Z"))
	if withData {
		c.printf("现在的台账与它们一致。\n", "The ledger of today agrees with them.\n")
	}
	return nil
}

// compare checks the checkpoints with the ledger.
func (c *call) compare(ctx context.Context, all []ledger.Checkpoint) error {
	if !c.hasData() {
		return fault.New(fault.NotFound, "有相邻的检查点之间没有增长证明。请一并写出 growth-*.txt，或用 --data 指明数据目录")
	}
	return c.with(ctx, func(s *storage.Store) error {
		a, err := c.app(ctx, s, app.Options{})
		if err != nil {
			return err
		}
		return a.CompareCheckpoints(ctx, all)
	})
}
