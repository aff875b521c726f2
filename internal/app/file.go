package app

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// maxUpload bounds one attachment of any kind, in bytes; kinds have tighter
// bounds of their own (document.AttachmentOptions).
const maxUpload = 500 << 20

// caseKey returns the key that a case's attachments are sealed under.
func (a *App) caseKey(ctx context.Context, id complaint.ID) (seal.CaseKey, error) {
	return a.streamKey(ctx, id.Stream())
}

// streamKey returns the key of a stream of the ledger.
func (a *App) streamKey(ctx context.Context, stream string) (key seal.CaseKey, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		key, err = tx.StreamKey(stream)
		return err
	})
	return key, err
}

// AttachFile checks a file by its content, seals and stores it, and notes it on
// the case. A file whose content is not what its name says is refused.
func (a *App) AttachFile(ctx context.Context, who party.Actor, id complaint.ID, expect int64, name string, r io.Reader) (complaint.Case, error) {
	if err := a.mayHandle(ctx, who, id); err != nil {
		return complaint.Case{}, err
	}
	file, err := a.keep(ctx, id, name, r)
	if err != nil {
		return complaint.Case{}, err
	}
	return a.Do(ctx, who, id, expect, file)
}

// mayHandle asks before a large body is read.
func (a *App) mayHandle(ctx context.Context, who party.Actor, id complaint.ID) error {
	return a.store.View(ctx, func(tx *storage.Tx) error {
		_, err := a.loadFor(tx, who, id, complaint.Attach{}.Action())
		return err
	})
}

// keep spools a body to a temporary file, checks it and stores it sealed.
func (a *App) keep(ctx context.Context, id complaint.ID, name string, r io.Reader) (complaint.Attach, error) {
	tmp, err := temporary("暂时无法接收附件")
	if err != nil {
		return complaint.Attach{}, err
	}
	defer tmp.Close()
	size, err := io.Copy(tmp, io.LimitReader(r, maxUpload+1))
	if err != nil {
		return complaint.Attach{}, uploadFault(err)
	}
	if size > maxUpload {
		return complaint.Attach{}, fault.New(fault.TooLarge, "附件超过 %d MB，请压缩或拆分后上传", maxUpload>>20)
	}
	kind, err := document.CheckAttachment(tmp, size, name, document.AttachmentOptions{})
	if err != nil {
		return complaint.Attach{}, err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return complaint.Attach{}, err
	}
	digest, err := a.putBlob(ctx, id, tmp)
	return complaint.Attach{Name: baseName(name), Type: kind.ID, Size: size, Digest: digest}, err
}

// baseName is the name of a file without the folders of whoever sent it; on
// Windows they are divided by backslashes.
func baseName(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }

func uploadFault(err error) error {
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return fe
	}
	return fault.Wrap(fault.Invalid, err, "附件没有传完，请重新上传")
}

func (a *App) putBlob(ctx context.Context, id complaint.ID, r io.Reader) (string, error) {
	key, err := a.caseKey(ctx, id)
	if err != nil {
		return "", err
	}
	digest, _, err := a.blobs.Put(ctx, key, id.Stream(), r, maxUpload)
	return digest.String(), err
}

// OpenedFile is an attachment being read; close it.
type OpenedFile struct {
	Name    string
	Content string // media type
	Size    int64
	io.ReadCloser
}

// OpenFile opens the n-th attachment of a case and records the reading.
func (a *App) OpenFile(ctx context.Context, who party.Actor, id complaint.ID, n int) (OpenedFile, error) {
	return a.openBlob(ctx, who, id, func(c complaint.Case) (OpenedFile, string, error) {
		for _, f := range c.Files {
			if f.N == n {
				t, _ := document.TypeOf(f.Type)
				return OpenedFile{Name: f.Name, Content: t.MIME, Size: f.Size}, f.Digest, nil
			}
		}
		return OpenedFile{}, "", fault.New(fault.NotFound, "没有第 %d 个附件", n)
	})
}

// OpenLetter opens the n-th letter of a case as "docx" or "pdf".
func (a *App) OpenLetter(ctx context.Context, who party.Actor, id complaint.ID, n int, form string) (OpenedFile, error) {
	return a.openBlob(ctx, who, id, func(c complaint.Case) (OpenedFile, string, error) {
		for _, l := range c.Letters {
			digest := map[string]string{"docx": l.Docx, "pdf": l.PDF}[form]
			if l.N == n && digest != "" {
				t, _ := document.TypeOf(form)
				return OpenedFile{Name: c.Number + " " + l.Title + "." + form, Content: t.MIME}, digest, nil
			}
		}
		return OpenedFile{}, "", fault.New(fault.NotFound, "没有第 %d 号文书的 %s 文件", n, form)
	})
}

// mayOpen tells whether somebody who reads a case may open its files: these are not
// masked, and an examiner sees everything masked.
func mayOpen(who party.Actor) bool { return !who.Has(party.Examiner) }

func (a *App) openBlob(ctx context.Context, who party.Actor, id complaint.ID, pick func(complaint.Case) (OpenedFile, string, error)) (OpenedFile, error) {
	var out OpenedFile
	var text string
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.ReadComplaint)
		if err != nil {
			return err
		}
		if !mayOpen(who) {
			return fault.New(fault.Forbidden, "检查人员看到的内容隐去了个人信息，不能打开原件。需要时，请机构出具密封案卷。")
		}
		out, text, err = pick(c)
		return err
	})
	if err != nil {
		return out, err
	}
	digest, err := blob.ParseDigest(text)
	if err != nil {
		return out, err
	}
	key, err := a.caseKey(ctx, id)
	if err != nil {
		return out, err
	}
	if err := a.note(ctx, who, id, readFile, "file", out.Name); err != nil {
		return out, err
	}
	out.ReadCloser, err = a.blobs.Open(ctx, key, id.Stream(), digest)
	return out, err
}

// dropBlob removes one file of an owner.
func (a *App) dropBlob(ctx context.Context, owner, text string) error {
	digest, err := blob.ParseDigest(text)
	if err != nil {
		return err
	}
	return a.blobs.Remove(ctx, owner, digest)
}
