package cli

import (
	"context"
	"io"
	"os"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

var caseFileCommand = command{
	name:  "case-file",
	args:  text{"投诉编号", "NUMBER"},
	brief: text{"导出一件投诉的密封案卷", "make the sealed case file of a complaint"},
	more: text{"案卷是一个 ZIP：投诉 PDF、文书与附件原件、全部记录及其证明、签名的检查点、离线核对页。导出会记入台账。\n  xiaobao case-file TS20260331-000001 --as zhoumin --reason regulator --why 京金函〔2026〕12号 -o 案卷.zip\n原因：regulator 监管调阅、court 诉讼仲裁、mediation 调解、audit 审计、archive 归档、other 其他（须用 --why 写明）。",
		"A case file is a ZIP: the case as PDF, original letters and attachments, every event with its proof, the signed checkpoint, and a page that checks it offline. The making is recorded.\n  xiaobao case-file TS20260331-000001 --as zhoumin --reason regulator --why \"letter 12\" -o case.zip\nReasons: regulator, court, mediation, audit, archive, other (--why says which)."},
	flags: func(f *flags) func(context.Context, *call) error {
		var login, out string
		var ask app.CaseFileRequest
		f.store(DefaultData)
		f.text(&login, "as", "LOGIN", "", text{"以谁的权限", "whose rights"})
		f.text(&out, "o", "FILE", "", text{"写到哪个文件", "file to write"})
		f.text(&ask.Reason, "reason", "REASON", "", text{"原因", "why"})
		f.text(&ask.Why, "why", "TEXT", "", text{"具体说明", "details"})
		f.yes(&ask.Masked, "masked", text{"隐去个人信息，不含原件", "mask personal data, leave originals out"})
		return func(ctx context.Context, c *call) error { return c.caseFile(ctx, login, out, ask) }
	},
}

func (c *call) caseFile(ctx context.Context, login, out string, ask app.CaseFileRequest) error {
	if len(c.args) != 1 || login == "" || out == "" {
		return usageError{c.say("请写明一个投诉编号，用 --as 写明登录名，用 -o 写明文件", "give one complaint number, --as LOGIN and -o FILE")}
	}
	return c.with(ctx, func(s *storage.Store) error {
		a, err := c.app(ctx, s, app.Options{})
		if err != nil {
			return err
		}
		who, err := actorOf(ctx, a, login)
		if err != nil {
			return err
		}
		id, err := caseOf(ctx, a, c.args[0])
		if err != nil {
			return err
		}
		f, err := a.CaseFile(ctx, who, id, ask)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := writeNew(out, f); err != nil {
			return err
		}
		c.printf("案卷已写入 %s（%d 字节）。公钥指纹：%s\n", "case file written to %s (%d bytes). Fingerprint of the key: %s\n", out, f.Size, dossier.Fingerprint(s.PublicKey()))
		return nil
	})
}

// actorOf is the person with a login name.
func actorOf(ctx context.Context, a *app.App, login string) (party.Actor, error) {
	org, err := a.Org(ctx)
	if err != nil {
		return party.Actor{}, err
	}
	for _, p := range org.People() {
		if p.Login == login {
			return a.Actor(ctx, p.ID)
		}
	}
	return party.Actor{}, fault.New(fault.NotFound, "没有登录名为 %s 的人员", login)
}

// caseOf is the case with a number of ours or of a sender, or an id.
func caseOf(ctx context.Context, a *app.App, number string) (complaint.ID, error) {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n > 0 && len(number) < 10 {
		return complaint.ID(n), nil
	}
	return a.ByNumber(ctx, number)
}

// writeNew writes a file that only its owner can read and that was not there before.
func writeNew(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "不能写文件 %s：它已经存在，或目录不可写", path)
	}
	if _, err = io.Copy(f, r); err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "文件 %s 没有写完", path)
	}
	return nil
}

// fileAnswer is what --json prints of one case file.
type fileAnswer struct {
	File string `json:"file"`
	OK   bool   `json:"ok"`
	dossier.Report
	Compared int `json:"compared,omitempty"` // opened parts compared with this system's
}

// verifyFiles checks sealed case files.
func (c *call) verifyFiles(ctx context.Context, keyFile string, open, asJSON bool) error {
	key := ""
	if keyFile != "" {
		b, err := os.ReadFile(keyFile)
		if err != nil {
			return fault.Wrap(fault.NotFound, err, "读不了公钥文件 %s", keyFile)
		}
		key = strings.TrimSpace(string(b))
	}
	bad := false
	for _, path := range c.args {
		a, err := c.verifyFile(ctx, path, key, open)
		if err != nil {
			return err
		}
		bad = bad || !a.OK
		if asJSON {
			err = c.printJSON(a)
		} else {
			c.printFile(a)
		}
		if err != nil {
			return err
		}
	}
	if bad {
		return errFinding
	}
	return nil
}

func (c *call) verifyFile(ctx context.Context, path, key string, open bool) (fileAnswer, error) {
	a := fileAnswer{File: path}
	f, err := os.Open(path)
	if err != nil {
		return a, fault.Wrap(fault.NotFound, err, "读不了文件 %s", path)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return a, err
	}
	if a.Report, err = dossier.Verify(f, st.Size(), key); err != nil {
		return a, err
	}
	if open && a.Report.OK() {
		err = c.with(ctx, func(s *storage.Store) error {
			use, err := c.app(ctx, s, app.Options{})
			if err != nil {
				return err
			}
			a.Compared, err = use.ProveOpened(ctx, f, st.Size())
			return err
		})
		if fault.Is(err, fault.Conflict) {
			a.Findings, err = append(a.Findings, fault.Message(err)), nil
		}
	}
	a.OK = a.Report.OK()
	return a, err
}

func (c *call) printFile(a fileAnswer) {
	if !a.OK {
		c.printf("%s：没有通过\n", "%s: FAILED\n", a.File)
		for _, f := range a.Findings {
			c.printf("  %s\n", "  %s\n", f)
		}
		return
	}
	c.printf("%s：通过，没有一个字节被改动。\n", "%s: verified, not a byte was changed.\n", a.File)
	c.printf("  投诉 %s，%s 于 %s 导出；记录 %d 条，文书与附件 %d 份；检查点 %d 条（%s）。\n", "  complaint %s, made by %s at %s; %d events, %d originals; checkpoint of %d events (%s).\n",
		a.Number, a.By, a.At.Format("2006-01-02 15:04:05Z"), a.Events, a.Originals, a.Size, a.Checkpoint.At.Format("2006-01-02 15:04:05Z"))
	if a.Compared > 0 {
		c.printf("  密文已用本系统的密钥打开，%d 份明文全部相符。\n", "  opened with this system's keys: all %d plain texts agree.\n", a.Compared)
	}
	if a.Trusted {
		c.printf("  公钥与给出的一致。\n", "  the public key is the one given.\n")
		return
	}
	c.printf("  公钥来自案卷本身，请核对指纹：%s\n", "  the public key is the file's own; compare its fingerprint: %s\n", a.Fingerprint)
}
