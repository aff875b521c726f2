package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// CaseFileRequest says why a case file is made and what goes in.
type CaseFileRequest struct {
	Reason string `json:"reason" enum:"regulator,court,mediation,audit,archive,other"`
	Why    string `json:"why,omitempty" maxLength:"500" doc:"In words; required when reason is other"`
	Masked bool   `json:"masked,omitempty" doc:"Without personal data, originals and letters"`
}

func (r CaseFileRequest) check() error {
	switch {
	case !slices.Contains(complaint.CaseFileReasons, r.Reason):
		return wrongField("reason", "请选择导出案卷的原因")
	case r.Reason == "other" && strings.TrimSpace(r.Why) == "":
		return wrongField("why", "选“其他”时，请写明原因")
	case utf8.RuneCountInString(r.Why) > maxRevealWhy:
		return wrongField("why", "原因过长，请写得短些")
	}
	return nil
}

func wrongField(field, text string) error {
	var f fault.Fields
	f.Add(field, "%s", text)
	return f.Err()
}

func (r CaseFileRequest) variant() string {
	if r.Masked {
		return dossier.Masked
	}
	return dossier.Clear
}

// sealTries is how often a case file is begun anew because an event of the case
// came between the checkpoint and the reading.
const sealTries = 5

// CaseFile makes the sealed case file of a case: a ZIP that verifies anywhere. It
// needs the permission to export, for personal data that to reveal as well. The
// making is recorded with its reason before anything is given out. The file stands
// in the temporary folder until it is closed.
func (a *App) CaseFile(ctx context.Context, who party.Actor, id complaint.ID, ask CaseFileRequest) (OpenedFile, error) {
	if err := ask.check(); err != nil {
		return OpenedFile{}, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		_, err := a.loadForFile(tx, who, id, ask.Masked)
		return err
	})
	if err != nil {
		return OpenedFile{}, err
	}
	if err := a.note(ctx, who, id, readExported, "case-file:"+ask.Reason+"/"+ask.variant(), strings.TrimSpace(ask.Why)); err != nil {
		return OpenedFile{}, err
	}
	var c dossier.Case
	for range sealTries {
		if c, err = a.sealable(ctx, who, id, ask); !fault.Is(err, fault.Stale) {
			break
		}
	}
	if err != nil {
		return OpenedFile{}, err
	}
	out, sum, err := a.spoolCaseFile(c)
	if err != nil {
		return out, err
	}
	err = a.RegisterExport(ctx, who, keeping.Exported{What: ExportedCaseFile, Form: "zip", Filter: ask.Reason + "/" + ask.variant(), Rows: 1, Case: int64(id), Name: out.Name, Sum: sum})
	if err != nil {
		return OpenedFile{}, errors.Join(err, out.Close())
	}
	return out, nil
}

// loadForFile asks whether the person may take the case out.
func (a *App) loadForFile(tx *storage.Tx, who party.Actor, id complaint.ID, masked bool) (complaint.Case, error) {
	c, err := a.loadFor(tx, who, id, access.ExportComplaint)
	if err != nil {
		return c, err
	}
	if len(c.Agents) > 0 { // the events tell of it
		if err := access.Can(who, access.ReadAgent, c.Target()).Err(); err != nil {
			return c, err
		}
	}
	if !masked {
		err = access.Can(who, access.RevealComplaint, c.Target()).Err()
	}
	return c, err
}

// sealable gathers what goes into the case file as of one signed checkpoint.
func (a *App) sealable(ctx context.Context, who party.Actor, id complaint.ID, ask CaseFileRequest) (dossier.Case, error) {
	note, err := a.store.Checkpoint(ctx)
	if err != nil {
		return dossier.Case{}, err
	}
	checkpoint, err := ledger.VerifyCheckpoint(note, a.store.PublicKey())
	if err != nil {
		return dossier.Case{}, err
	}
	out := dossier.Case{Checkpoint: note, PublicKey: a.store.PublicKey(), Reason: ask.words()}
	var files []blobFile
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadForFile(tx, who, id, ask.Masked)
		if err != nil {
			return err
		}
		out.Head = dossier.Head{Stream: id.Stream(), Number: c.Number, Variant: ask.variant(), At: tx.Now(), By: strings.TrimPrefix(who.ID, "person/") + " " + who.Name}
		events, err := tx.Load(id.Stream())
		if err != nil {
			return err
		}
		if out.Records, err = tx.Prove(events, checkpoint); err != nil {
			return err
		}
		if !ask.Masked {
			if out.Opened, err = openAll(tx, events); err != nil {
				return err
			}
			if files = originalsOf(c); len(out.Opened) == 0 { // erased: nothing can be opened any more
				out.Variant, files = dossier.Masked, nil
			}
		}
		out.Paper, err = a.casePaper(tx, c, out, checkpoint)
		return err
	})
	if err == nil && len(files) > 0 {
		out.Files, err = a.openFiles(ctx, id, files)
	}
	return out, err
}

// words is the reason as the read-me prints it.
func (r CaseFileRequest) words() string {
	return strings.Trim(complaint.Label("case_file_reason", r.Reason, "zh")+"，"+strings.TrimSpace(r.Why), "，")
}

// openAll opens the private parts of events; erased ones are left out.
func openAll(tx *storage.Tx, events []ledger.Event) (map[int64]string, error) {
	out := map[int64]string{}
	for _, e := range events {
		private, err := tx.Open(e)
		if err != nil {
			return nil, err
		}
		if private != nil {
			out[e.Version] = string(private)
		}
	}
	return out, nil
}

// blobFile is an original or a letter by its digest.
type blobFile struct{ name, digest string }

func originalsOf(c complaint.Case) (out []blobFile) {
	for _, f := range c.Files {
		out = append(out, blobFile{dossier.Place(dossier.Originals, f.N, f.Name), f.Digest})
	}
	for _, l := range c.Letters {
		for ext, digest := range map[string]string{".docx": l.Docx, ".pdf": l.PDF} {
			if digest != "" {
				out = append(out, blobFile{dossier.Place(dossier.Letters, l.N, l.Title+ext), digest})
			}
		}
	}
	slices.SortFunc(out, func(x, y blobFile) int { return strings.Compare(x.name, y.name) })
	return out
}

func (a *App) openFiles(ctx context.Context, id complaint.ID, files []blobFile) ([]dossier.File, error) {
	key, err := a.caseKey(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []dossier.File
	for _, f := range files {
		digest, err := blob.ParseDigest(f.digest)
		if err != nil {
			return nil, err
		}
		out = append(out, dossier.File{Name: f.name, Open: func() (io.ReadCloser, error) { return a.blobs.Open(ctx, key, id.Stream(), digest) }})
	}
	return out, nil
}

func (a *App) spoolCaseFile(c dossier.Case) (out OpenedFile, sum string, err error) {
	f, err := temporary("暂时无法导出案卷")
	if err != nil {
		return out, "", err
	}
	h := sha256.New()
	if err := dossier.Write(io.MultiWriter(f, h), c, a.store.Signer()); err != nil {
		return out, "", errors.Join(err, f.Close())
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return out, "", errors.Join(err, f.Close())
	}
	return OpenedFile{Name: "案卷 " + c.Number + ".zip", Content: "application/zip", Size: size, ReadCloser: f}, hex.EncodeToString(h.Sum(nil)), nil
}

// ProveOpened compares the opened parts of a case file, which has to verify, with
// what this installation opens itself: the part of a case file that its receiver
// cannot check alone. It returns how many agree; a part whose key has been
// destroyed gives a fault that says so.
func (a *App) ProveOpened(ctx context.Context, r io.ReaderAt, size int64) (int, error) {
	stream, parts, err := dossier.OpenedOf(r, size)
	if err != nil {
		return 0, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		events, err := tx.Load(stream)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.Version > int64(len(events)) {
				return fault.New(fault.Conflict, "本系统没有案卷里的第 %d 条记录：案卷不是本系统出具的。", p.Version)
			}
			private, err := tx.Open(events[p.Version-1])
			if err != nil {
				return err
			}
			if private == nil {
				return fault.New(fault.Conflict, "这件投诉的个人信息已依法删除，不能再核对明文。")
			}
			if !sameJSON(private, p.Private) {
				return fault.New(fault.Conflict, "第 %d 条记录的明文与本系统解密的结果不符。", p.Version)
			}
		}
		return nil
	})
	return len(parts), err
}

// renderPaper is the PDF of a letter; characters that the face lacks are printed as 〓.
func renderPaper(l document.Letter) ([]byte, error) {
	var b bytes.Buffer
	_, err := document.WritePDF(&b, l)
	return b.Bytes(), err
}
