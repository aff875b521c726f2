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

// bucket is the store of the attachments that the settings name; nil when they lie
// in the data folder.
func (c *call) bucket() (blob.Place, error) {
	path := strings.TrimSpace(c.conf.get("attachments-file"))
	if path == "" {
		return nil, nil
	}
	return openBucket(path)
}

func openBucket(path string) (blob.Place, error) {
	o, err := blob.ReadSettings(path)
	if err != nil {
		return nil, err
	}
	return blob.NewS3(o)
}

var attachmentsCommand = command{
	name:  "attachments",
	rare:  true,
	brief: text{"把附件搬到 S3 存储或搬回目录，逐个读回核对", "move the attachments to an S3 store or back to a folder, comparing each"},
	more: text{"从当前设置的位置复制到 --to：以 .toml 结尾的是 S3 存储的设置文件，其余是目录。逐个读回核对；中断后再运行一次，已在的只核对、不重传。\n原来的附件不动。搬完再运行一次（服务已停止），然后改 attachments-file 并启动；确认无误后自行删除旧的。",
		"Copies from where the settings say to --to: a name that ends in .toml is the settings file of an S3 store, any other a folder. Each file is read back and compared; run again after an interruption, what is there is compared and not sent again.\nThe originals stay. When it is done, stop the server, run it once more, change attachments-file and start; delete the old ones yourself when all is well."},
	flags: toward("FILE|DIR", text{"S3 存储的设置文件（.toml），或目录", "settings file of an S3 store (.toml), or a folder"}, (*call).moveAttachments),
}

// movedFiles is what moving the attachments did.
type movedFiles struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
	There   int    `json:"there"`
	Missing int    `json:"missing"` // named by the ledger and not in the target
}

func (c *call) moveAttachments(ctx context.Context, s *storage.Store, to string, asJSON bool) error {
	target, err := openPlace(to)
	if err != nil {
		return err
	}
	from := s.Files().Place()
	if from.String() == target.String() {
		return fault.New(fault.Conflict, "附件已经在 %s，不用搬。请核对 --to 和 attachments-file", to)
	}
	if err := blob.Probe(ctx, target); err != nil {
		return err
	}
	out := movedFiles{From: from.String(), To: target.String()}
	copied, err := blob.Copy(ctx, from, target, c.copying())
	if err != nil {
		return err
	}
	out.Files, out.Bytes, out.There = copied.Files, copied.Bytes, copied.There
	check, err := s.CheckFilesIn(ctx, target)
	if err != nil {
		return err
	}
	out.Missing = len(check.Missing)
	if asJSON {
		err = c.printJSON(out)
	} else {
		c.printf("%d 个附件（%s）已在 %s，逐个核对一致，其中 %d 个原已在；记录提到而不在的 %d 个\n", "%d attachments (%s) are in %s, each compared, %d had been there; %d named by the ledger are missing\n",
			out.Files, bytesText(out.Bytes), out.To, out.There, out.Missing)
	}
	if err == nil && out.Missing > 0 {
		return errFinding
	}
	return err
}

func (c *call) copying() func(blob.Copied) {
	tell := c.progress("已核对附件", "attachments compared")
	return func(n blob.Copied) { tell(int64(n.Files), 0) }
}

// openPlace reads --to.
func openPlace(to string) (blob.Place, error) {
	if strings.HasSuffix(to, ".toml") {
		return openBucket(to)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "建不了目录 %s", to)
	}
	path, err := filepath.Abs(to)
	return blob.NewFolder(path), err
}

// bucket looks whether the store of the attachments can be used.
func (k *checkup) bucket(ctx context.Context) {
	name := text{"附件存储", "store of attachments"}
	p, err := k.c.bucket()
	if err == nil && p == nil {
		return
	}
	mend := text{"按上面的说明改正 attachments-file 指向的设置、桶或权限", "mend the settings in attachments-file, the bucket or its permissions as said here"}
	if err == nil {
		if err = blob.Probe(ctx, p); err == nil {
			k.note(name, true, k.c.say("%s：写入、读回、删除都可以", "%s: written, read back and removed", p), text{})
			return
		}
	}
	k.note(name, false, fault.Message(err), mend)
}
