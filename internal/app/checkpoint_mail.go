package app

import (
	"fmt"

	"xiaobao/internal/post"
	"xiaobao/internal/storage"
)

// keepsCheckpoints reports whether checkpoints go anywhere by themselves.
func (a *App) keepsCheckpoints() bool {
	return a.checkpoints != "" || len(a.checkpointReaders()) > 0
}

// checkpointReaders are the addresses that checkpoints are mailed to, masked.
func (a *App) checkpointReaders() (out []string) {
	if !a.post.SMTP.On() {
		return nil
	}
	for _, to := range a.post.Checkpoints {
		out = append(out, post.Mask(to))
	}
	return out
}

// checkpointMails are the mails of an exported checkpoint: the signed text and the
// proof that it grew from the one before, which hold no personal data.
func (a *App) checkpointMails(e CheckpointExport) (out []storage.Outgoing, err error) {
	if !a.post.SMTP.On() || e.Note == "" {
		return nil, nil
	}
	d := mailDoc{Subject: fmt.Sprintf("小保检查点：%d 条", e.Checkpoint.Size), Text: fmt.Sprintf("这是台账的签名检查点，请原样保存在本系统以外：以后可据此发现台账的改动、删除和截断。\n\n条数 %d\n根摘要 %s\n\n核对：xiaobao checkpoint check 目录\n\n%s",
		e.Checkpoint.Size, e.Checkpoint.Root, e.Note), Files: []post.Attached{{Name: e.File, Content: []byte(e.Note)}}}
	if len(e.growth) > 0 {
		d.Files = append(d.Files, post.Attached{Name: e.Proof, Content: e.growth})
	}
	if e.Failure != "" {
		d.Subject = "小保检查点有问题：" + e.Failure
	}
	for _, to := range a.post.Checkpoints {
		o, err := a.outgoing(MailCheckpoint, toAddress+to, e.At.String(), d)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}
