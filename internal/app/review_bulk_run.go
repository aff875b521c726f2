package app

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"strings"

	"xiaobao/internal/document"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/text"
)

// bulkRun goes through the files of one job, one after the other: of a large
// folder only the file in hand is in memory.
type bulkRun struct {
	a     *App
	who   party.Actor
	order BulkOrder
	tell  func(ImportProgress)
	doc   *bulkDoc
	lines []BulkLine
	skip  int // so many files were done before the program ended: they come in the same order
	save  func(context.Context) error
	all   int
}

// saveEvery is after how many files the lines so far are kept.
const saveEvery = 200

func (x *bulkRun) files(ctx context.Context, key seal.CaseKey, id string, names []string) error {
	x.all = len(names)
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		digest, err := blob.ParseDigest(x.doc.Blobs[i])
		if err != nil {
			return err
		}
		in, err := x.a.blobs.Open(ctx, key, jobOwner(id), digest)
		if err != nil {
			return err
		}
		err = x.upload(ctx, name, in)
		_ = in.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// upload takes one uploaded file, or each file of an archive.
func (x *bulkRun) upload(ctx context.Context, name string, in io.Reader) error {
	tmp, size, err := spoolBulk(in, MaxBulkUpload)
	if err != nil {
		return err
	}
	defer tmp.Close()
	if strings.EqualFold(name[max(0, len(name)-4):], ".zip") {
		return x.archive(ctx, name, tmp, size)
	}
	if x.done() {
		return nil
	}
	return x.file(ctx, name, tmp, size)
}

// archive takes each file of a ZIP. What cannot be opened is a line, not an end.
func (x *bulkRun) archive(ctx context.Context, name string, r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		if x.done() {
			return nil
		}
		return x.unread(ctx, name, "压缩包已损坏，打不开。请重新压缩为 ZIP 后上传。")
	}
	if len(z.File) > maxBulkFiles {
		return fault.New(fault.TooLarge, "压缩包“%s”里有 %d 个文件，一次最多 %d 个。请分成几个压缩包。", name, len(z.File), maxBulkFiles)
	}
	x.all += len(z.File) - 1
	for _, f := range z.File {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.FileInfo().IsDir() || strings.HasPrefix(baseName(f.Name), ".") || strings.HasPrefix(f.Name, "__MACOSX/") {
			x.all--
			continue
		}
		if err := x.entry(ctx, name+"/"+entryName(f), f); err != nil {
			return err
		}
	}
	return nil
}

// entryName is the name of an entry; archives made on Chinese Windows have it in GBK.
func entryName(f *zip.File) string {
	if !f.NonUTF8 {
		return f.Name
	}
	t, err := document.ReadText(strings.NewReader(f.Name), int64(len(f.Name)), 64<<10, "zip")
	if err != nil {
		return strings.ToValidUTF8(f.Name, "?")
	}
	return t.Text
}

func (x *bulkRun) entry(ctx context.Context, name string, f *zip.File) error {
	if x.done() {
		return nil
	}
	in, err := f.Open()
	if err != nil {
		return x.unread(ctx, name, "压缩包里的这个文件打不开（可能已加密或已损坏）。")
	}
	defer in.Close()
	tmp, size, err := spoolBulk(in, extract.DefaultMaxBytes)
	if err != nil {
		return x.unread(ctx, name, fault.Message(err))
	}
	defer tmp.Close()
	return x.file(ctx, name, tmp, size)
}

func spoolBulk(in io.Reader, most int64) (Spooled, int64, error) {
	tmp, err := temporary("暂时无法处理")
	if err != nil {
		return Spooled{}, 0, err
	}
	size, err := io.Copy(tmp, io.LimitReader(in, most+1))
	if err == nil && size > most {
		err = fault.New(fault.TooLarge, "文件超过 %d MB", most>>20)
	} else if err != nil {
		err = fault.Wrap(fault.Invalid, err, "文件读不完，可能已损坏")
	}
	if err != nil {
		_ = tmp.Close()
	}
	return tmp, size, err
}

// file takes one file. One that cannot be read is a line that says why.
func (x *bulkRun) file(ctx context.Context, name string, r io.ReaderAt, size int64) error {
	d, err := extract.Read(ctx, r, size, name, extract.Options{OCR: x.a.ocr})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	l := BulkLine{File: name, Result: BulkUnread}
	switch {
	case err != nil:
		l.Why = fault.Message(err)
	case strings.TrimSpace(text.Fold(d.Text)) == "":
		l.Why = strings.Join(d.Warnings, " ")
	case x.order.Mode == BulkRecheck:
		err = x.recheck(ctx, d, &l)
	default:
		err = x.scan(ctx, d, &l)
	}
	if e := x.add(ctx, l); e != nil {
		return e
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Kind == fault.Invalid {
		return nil // of this file alone; the line says it
	}
	return err
}

// done reports whether a file was done before the program ended, and counts it off.
func (x *bulkRun) done() bool {
	if x.skip == 0 {
		return false
	}
	x.skip--
	return true
}

// unread is the line of a file that cannot be opened.
func (x *bulkRun) unread(ctx context.Context, name, why string) error {
	return x.add(ctx, BulkLine{File: name, Result: BulkUnread, Why: why})
}

func (x *bulkRun) add(ctx context.Context, l BulkLine) error {
	x.lines = append(x.lines, l)
	x.doc.Counts[l.Result]++
	x.tell(ImportProgress{Done: len(x.lines), All: max(x.all, len(x.lines))})
	if len(x.lines)%saveEvery == 0 {
		return x.save(ctx)
	}
	return nil
}

func (x *bulkRun) scan(ctx context.Context, d extract.Document, l *BulkLine) error {
	kind, _ := review.KindOf(x.order.Kind)
	found, _, err := x.a.findIn(ctx, d, kind, map[string]string{"line": x.order.Line}, x.order.On, nil)
	if err != nil {
		return err
	}
	l.Result = BulkClean
	for _, f := range found {
		switch f.Severity {
		case review.Error:
			l.Error++
		case review.Warn:
			l.Warn++
		default:
			l.Info++
		}
		l.Notes = append(l.Notes, Note{Severity: label("severity", f.Severity), Rule: f.Rule, Title: f.Title, Place: f.Place, Quote: f.Quote, Advice: f.Advice})
	}
	if l.Error+l.Warn > 0 {
		l.Result = BulkFound
	}
	return nil
}

func (x *bulkRun) recheck(ctx context.Context, d extract.Document, l *BulkLine) error {
	r, err := x.a.Recheck(ctx, x.who, d)
	if err != nil {
		l.Why = fault.Message(err)
		return err
	}
	l.Result = string(r.Standing)
	if len(r.Hits) > 0 {
		h := r.Hits[0]
		l.Number, l.Until = h.Number, h.Until
		for _, c := range h.Result.Changes {
			l.Notes = append(l.Notes, Note{Severity: string(c.Kind), Quote: c.New.Text, Old: c.Old.Text})
		}
	}
	return nil
}
