package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/text"
	"xiaobao/internal/text/rule"
)

// Upload is a file on its way into a review.
type Upload struct {
	Name string
	Body io.Reader
}

// AddMaterial stores a version of the material, reads it and lets the rules run
// over it. A file that cannot be read is refused with the reason, and nothing is
// kept. Where several pages have to be recognised, which takes seconds a page, the
// version comes back without a Reading and a job goes on: see ReadingJob.
func (a *App) AddMaterial(ctx context.Context, who party.Actor, id review.ID, expect int64, text, note string, files []Upload) (review.Review, error) {
	if err := a.mayAdd(ctx, who, id, review.AddMaterial{Text: text, Files: make([]review.File, len(files)), Note: note}); err != nil {
		return review.Review{}, err
	}
	list, scans, err := a.readFiles(ctx, files)
	defer closeFiles(list)
	if err != nil {
		return review.Review{}, err
	}
	kept, err := a.keepFiles(ctx, id, list)
	if err != nil {
		return review.Review{}, err
	}
	out, err := a.changeReview(ctx, who, id, expect, access.SubmitReview, review.AddMaterial{Text: text, Files: kept, Note: note}.Decide)
	if err != nil {
		return out, err
	}
	if scans > 0 {
		return out, a.startReading(ctx, who, out, scans)
	}
	var read []extract.Named
	if strings.TrimSpace(text) != "" {
		read = append(read, extract.Named{Name: pastedName, Document: extract.Plain(text)})
	}
	for _, f := range list {
		read = append(read, extract.Named{Name: f.name, Document: f.doc})
	}
	if err := a.noteReading(ctx, out, extract.Join(read)); err != nil {
		return out, err
	}
	return a.ScanReview(ctx, party.System, id)
}

// mayAdd asks before a large body is read whether the version may come at all.
func (a *App) mayAdd(ctx context.Context, who party.Actor, id review.ID, cmd review.AddMaterial) error {
	return a.store.View(ctx, func(tx *storage.Tx) error {
		r, err := tx.Review(id)
		if err != nil {
			return err
		}
		if err := mayReview(who, access.SubmitReview, r); err != nil {
			return err
		}
		env, _, err := a.reviewEnv(tx, who)
		if err != nil {
			return err
		}
		_, err = cmd.Decide(r, env)
		return err
	})
}

// spooledFile is an upload on the disk with what was read of it.
type spooledFile struct {
	name string
	tmp  Spooled
	size int64
	doc  extract.Document
}

func closeFiles(list []spooledFile) {
	for _, f := range list {
		_ = f.tmp.Close()
	}
}

// quickScans is how many pages are recognised while the person waits.
const quickScans = 1

// readFiles reads the uploads, all before one is kept: a bad one leaves nothing
// behind. scans is how many pages of them wait for recognition.
func (a *App) readFiles(ctx context.Context, files []Upload) (list []spooledFile, scans int, err error) {
	for _, u := range files {
		f := spooledFile{name: baseName(u.Name)}
		if f.tmp, f.size, err = spoolBody(u.Body); err != nil {
			return list, 0, err
		}
		list = append(list, f)
		on := &list[len(list)-1]
		if on.doc, err = extract.Read(ctx, f.tmp, f.size, f.name, extract.Options{OCR: a.ocr, Plan: true}); err != nil {
			return list, 0, err
		}
		scans += on.doc.Scans
	}
	if scans > quickScans {
		return list, scans, nil
	}
	for i, f := range list {
		if f.doc.Scans == 0 {
			continue
		}
		if list[i].doc, err = extract.Read(ctx, f.tmp, f.size, f.name, extract.Options{OCR: a.ocr}); err != nil {
			return list, 0, err
		}
	}
	return list, 0, nil
}

// keepFiles stores what was read.
func (a *App) keepFiles(ctx context.Context, id review.ID, list []spooledFile) (kept []review.File, err error) {
	for _, f := range list {
		if _, err := f.tmp.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		digest, err := a.putReviewBlob(ctx, id, f.tmp)
		if err != nil {
			return nil, err
		}
		kept = append(kept, review.File{Name: f.name, Type: f.doc.Format, Size: f.size, Digest: digest})
	}
	return kept, nil
}

// ReadUpload reads a file that is not kept, as AddMaterial reads one that is.
func (a *App) ReadUpload(ctx context.Context, u Upload) (extract.Document, error) {
	tmp, size, err := spoolBody(u.Body)
	if err != nil {
		return extract.Document{}, err
	}
	defer tmp.Close()
	return extract.Read(ctx, tmp, size, baseName(u.Name), extract.Options{OCR: a.ocr})
}

func (a *App) putReviewBlob(ctx context.Context, id review.ID, r io.Reader) (string, error) {
	key, err := a.streamKey(ctx, id.Stream())
	if err != nil {
		return "", err
	}
	digest, _, err := a.blobs.Put(ctx, key, id.Stream(), r, maxUpload)
	return digest.String(), err
}

// noteReading stores what was read and notes it on the review.
func (a *App) noteReading(ctx context.Context, r review.Review, d extract.Document) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	digest, err := a.putReviewBlob(ctx, r.ID, bytes.NewReader(b))
	if err != nil {
		return err
	}
	m, _ := r.Current()
	x := review.Reading{Extract: digest, Sum: MaterialSum(d.Body()), Chars: utf8.RuneCountInString(d.Text), Pages: d.Pages, Warnings: d.Warnings, Prints: a.store.PrintTokens(text.Fold(d.Body()))}
	_, err = a.changeReview(ctx, party.System, r.ID, 0, access.SubmitReview, func(r review.Review, _ review.Env) ([]review.Event, error) { return review.Read(r, m.N, x) })
	return err
}

// MaterialSum is the digest of a material as a reader sees it: folded, without
// white space. What differs only in layout has the same.
func MaterialSum(s string) string {
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(text.Fold(s)), "")))
	return hex.EncodeToString(sum[:])
}

// keptReadings is how many bytes of readings are kept as they were decoded.
const keptReadings = 32 << 20

// extraction returns a material as it was read. What a digest names never changes,
// so the newest readings are kept; the key is asked for each time, so that what
// was erased stays erased. Nobody changes what is returned.
func (a *App) extraction(ctx context.Context, id review.ID, m review.Material) (extract.Document, error) {
	var d extract.Document
	if m.Reading == nil {
		return d, nil
	}
	key, err := a.streamKey(ctx, id.Stream())
	if err != nil {
		return d, err
	}
	kept := id.Stream() + " " + m.Reading.Extract
	if d, ok := a.readings.Get(kept); ok {
		return d, nil
	}
	rc, err := a.openSealed(ctx, key, id, m.Reading.Extract)
	if err != nil {
		return d, err
	}
	defer rc.Close()
	b, err := io.ReadAll(rc)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return d, err
	}
	a.readings.Put(kept, d, 2*len(b))
	return d, nil
}

func (a *App) openReviewBlob(ctx context.Context, id review.ID, digest string) (io.ReadCloser, error) {
	key, err := a.streamKey(ctx, id.Stream())
	if err != nil {
		return nil, err
	}
	return a.openSealed(ctx, key, id, digest)
}

func (a *App) openSealed(ctx context.Context, key seal.CaseKey, id review.ID, digest string) (io.ReadCloser, error) {
	d, err := blob.ParseDigest(digest)
	if err != nil {
		return nil, err
	}
	return a.blobs.Open(ctx, key, id.Stream(), d)
}

// Material returns one version of the material as it was read.
func (a *App) Material(ctx context.Context, who party.Actor, id review.ID, n int) (extract.Document, error) {
	r, err := a.readableReview(ctx, who, id)
	if err != nil {
		return extract.Document{}, err
	}
	i := slices.IndexFunc(r.Materials, func(m review.Material) bool { return m.N == n })
	if i < 0 {
		return extract.Document{}, fault.New(fault.NotFound, "没有第 %d 版材料", n)
	}
	return a.extraction(ctx, id, r.Materials[i])
}

// OpenMaterial opens the i-th file of a version as it was uploaded.
func (a *App) OpenMaterial(ctx context.Context, who party.Actor, id review.ID, n, i int) (OpenedFile, error) {
	r, err := a.readableReview(ctx, who, id)
	if err != nil {
		return OpenedFile{}, err
	}
	for _, m := range r.Materials {
		if m.N == n && i >= 1 && i <= len(m.Files) {
			f := m.Files[i-1]
			rc, err := a.openReviewBlob(ctx, id, f.Digest)
			return OpenedFile{Name: f.Name, Content: "application/octet-stream", Size: f.Size, ReadCloser: rc}, err
		}
	}
	return OpenedFile{}, fault.New(fault.NotFound, "没有这个文件")
}

func (a *App) readableReview(ctx context.Context, who party.Actor, id review.ID) (r review.Review, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if r, err = tx.Review(id); err != nil {
			return err
		}
		return mayReview(who, access.ReadReview, r)
	})
	return r, err
}

// ScanReview lets the rules run over the current material, as of its planned
// publication (today when none is planned).
func (a *App) ScanReview(ctx context.Context, who party.Actor, id review.ID) (review.Review, error) {
	var r review.Review
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if r, err = tx.Review(id); err != nil {
			return err
		}
		return mayReview(who, access.ReadReview, r)
	})
	if err != nil {
		return r, err
	}
	if !r.Open() {
		return r, fault.New(fault.Conflict, "这件审查已经办结，结论不再变动；要看现行规则怎么说，请用回检或批量检查")
	}
	m, ok := r.Current()
	if !ok {
		return r, fault.New(fault.Conflict, "还没有送审材料，不能检查")
	}
	if m.Reading == nil {
		if err := a.mayReadStored(ctx, id, m); err != nil {
			return r, err
		}
		if err := a.readStored(ctx, r, m, nil); err != nil {
			return r, err
		}
		return a.ScanReview(ctx, who, id)
	}
	doc, err := a.extraction(ctx, id, m)
	if err != nil {
		return r, err
	}
	on := a.asOf(r)
	kind, _ := review.KindOf(r.Kind)
	others, err := a.clearedTexts(ctx, r)
	if err != nil {
		return r, err
	}
	found, rules, err := a.findIn(ctx, doc, kind, r.Form, on, others)
	if err != nil {
		return r, err
	}
	return a.changeReview(ctx, party.System, id, 0, access.SubmitReview, func(r review.Review, _ review.Env) ([]review.Event, error) {
		return review.Scanning(r, on, rules, found, samePassage)
	})
}

// asOf is the day whose rules a review is measured by.
func (a *App) asOf(r review.Review) calendar.Date {
	if on := r.PublishOn(); !on.IsZero() {
		return on
	}
	return a.Today()
}

// samePassage reports whether two findings of one rule speak of the same words.
func samePassage(old, fresh review.Finding) bool {
	return text.Fold(old.Quote) == text.Fold(fresh.Quote) && fresh.Quote != ""
}

// findIn lets the rule packs of a kind and the checks beyond words run over a
// document; others are cleared materials of its product, nil for none.
func (a *App) findIn(ctx context.Context, d extract.Document, kind review.Kind, form map[string]string, on calendar.Date, others []check.Other) ([]review.Finding, string, error) {
	book, err := a.Rulebook(ctx)
	if err != nil {
		return nil, "", err
	}
	return CheckDocument(book, d, kind, form, on, others), bookDigest(book, check.Installed(book, kind.Packs)) + " " + check.Edition(), nil
}

// bookDigest names the state of the packs a scan used.
func bookDigest(book *rule.Book, use []string) string {
	h := sha256.New()
	for _, p := range book.Packs() {
		if !slices.Contains(use, p.ID) {
			continue
		}
		for _, r := range p.Rules {
			_, sw, _ := book.Rule(r.ID)
			_, _ = io.WriteString(h, p.ID+"@"+p.Version+" "+r.ID+"@"+r.Version+" "+string(sw)+"\n")
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// readStored reads a version again from its stored files: for one whose reading
// was interrupted, or that waits for recognition. tell may be nil.
func (a *App) readStored(ctx context.Context, r review.Review, m review.Material, tell func()) error {
	var read []extract.Named
	if strings.TrimSpace(m.Text) != "" {
		read = append(read, extract.Named{Name: pastedName, Document: extract.Plain(m.Text)})
	}
	for _, f := range m.Files {
		rc, err := a.openReviewBlob(ctx, r.ID, f.Digest)
		if err != nil {
			return err
		}
		tmp, size, err := spoolBody(rc)
		_ = rc.Close()
		if err != nil {
			return err
		}
		doc, err := extract.Read(ctx, tmp, size, f.Name, extract.Options{OCR: a.ocr, Tell: tell})
		_ = tmp.Close()
		if err != nil {
			return err
		}
		read = append(read, extract.Named{Name: f.Name, Document: doc})
	}
	return a.noteReading(ctx, r, extract.Join(read))
}

// pastedName is the name of a pasted text among files.
const pastedName = "粘贴文字"
