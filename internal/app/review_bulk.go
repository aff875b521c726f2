package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

const bulkKind = "review-bulk"

// What a bulk job does with each file.
const (
	BulkScan    = "scan"    // lets the rules of a kind run over it
	BulkRecheck = "recheck" // says what it is to what was cleared
)

// Results of a file that was scanned; one that was re-checked has a Standing.
const (
	BulkClean  = "clean"  // nothing of weight found
	BulkFound  = "found"  // something of level error or warn
	BulkUnread = "unread" // could not be read; the line says why
)

const (
	// MaxBulkUpload bounds one upload of files, in bytes.
	MaxBulkUpload = 512 << 20
	// maxBulkFiles bounds the files of a job, those inside archives included.
	maxBulkFiles = 20000
	// shownBulk is how many lines with a problem the page shows; the file has all.
	shownBulk = 100
)

// BulkOrder says what to do with the files.
type BulkOrder struct {
	Mode string
	Kind string        // of material, for a scan
	Line string        // business line, for a scan; "" for any
	On   calendar.Date // as of, for a scan; zero is today
}

// BulkLine is what became of one file.
type BulkLine struct {
	File   string `json:"file"`
	Result string `json:"result"`           // a Bulk result or a Standing
	Number string `json:"number,omitempty"` // of the review that it equals or is nearest to
	Until  string `json:"until,omitempty"`  // of its clearance
	Error  int    `json:"error,omitempty"`
	Warn   int    `json:"warn,omitempty"`
	Info   int    `json:"info,omitempty"`
	Why    string `json:"why,omitempty"` // why it could not be read
	Notes  []Note `json:"notes,omitempty"`
}

// Note is a finding, or a sentence that differs.
type Note struct {
	Severity string `json:"severity,omitempty"` // or changed, added, removed, moved
	Rule     string `json:"rule,omitempty"`
	Title    string `json:"title,omitempty"`
	Place    string `json:"place,omitempty"`
	Quote    string `json:"quote,omitempty"` // what stands in the file
	Old      string `json:"old,omitempty"`   // what was cleared
	Advice   string `json:"advice,omitempty"`
}

// bad reports whether a person has to look at the line.
func (l BulkLine) bad() bool { return l.Result != BulkClean && l.Result != string(StandsCleared) }

// BulkJob is a bulk job as its page shows it. Only who started it may see it.
type BulkJob struct {
	ID, State        string // as of an import
	Order            BulkOrder
	Names            []string
	Created, Updated time.Time
	Done, All        int
	Counts           map[string]int // by result
	Lines            []BulkLine     // the first that need a look
	Failure          string
	Result           bool // there is a file to take away
}

// Active reports whether the job is at work.
func (j BulkJob) Active() bool { return j.State == ImportRunning }

// Goes reports whether it is at work, or goes on by itself after an interruption.
func (j BulkJob) Goes() bool { return j.Active() || j.State == ImportInterrupted }

type bulkDoc struct {
	Order   BulkOrder      `json:"order"`
	Key     []byte         `json:"key"`
	Names   []byte         `json:"names"` // sealed
	Blobs   []string       `json:"blobs"`
	Saved   string         `json:"saved,omitempty"` // digest of the lines so far, while it runs
	Counts  map[string]int `json:"counts"`
	Lines   []byte         `json:"lines,omitempty"` // sealed
	Failure string         `json:"failure,omitempty"`
}

// StartBulk takes files and archives in, stores them sealed and starts to scan or
// re-check them in the background. It returns the id of the job.
func (a *App) StartBulk(ctx context.Context, who party.Actor, o BulkOrder, files []Upload) (string, error) {
	if err := access.Can(who, access.RecheckMaterial, access.Target{}).Err(); err != nil {
		return "", err
	}
	var f fault.Fields
	_, known := review.KindOf(o.Kind)
	f.Need(o.Mode == BulkScan || o.Mode == BulkRecheck, "mode", "请选择批量检查或批量回检")
	f.Need(o.Mode != BulkScan || known, "kind", "请选择材料类型")
	f.Need(len(files) > 0, "file", "请选择文件，或一个 ZIP 压缩包")
	if err := f.Err(); err != nil {
		return "", err
	}
	if o.On.IsZero() {
		o.On = a.Today()
	}
	raw := make([]byte, 12)
	if _, err := io.ReadFull(a.rand, raw); err != nil {
		return "", err
	}
	id, doc := hex.EncodeToString(raw), bulkDoc{Order: o, Counts: map[string]int{}}
	key, err := seal.NewCaseKey(a.rand, a.store.Keys().Suite())
	if err != nil {
		return "", err
	}
	if doc.Key, err = a.store.Keys().Wrap(a.rand, key, jobOwner(id)); err != nil {
		return "", err
	}
	var names []string
	for _, u := range files {
		digest, _, err := a.blobs.Put(ctx, key, jobOwner(id), u.Body, MaxBulkUpload)
		if err != nil {
			return "", uploadFault(err)
		}
		doc.Blobs, names = append(doc.Blobs, digest.String()), append(names, baseName(u.Name))
	}
	if doc.Names, err = a.sealJSON(key, id, names); err != nil {
		return "", err
	}
	j := storage.Job{ID: id, Kind: bulkKind, Person: who.ID, State: ImportRunning}
	if err := a.putBulk(ctx, &j, doc, ""); err != nil {
		return "", err
	}
	a.runBulk(who, key, j, &doc, names, nil)
	return id, nil
}

// runBulk does a job in the background, beginning after what was done already.
func (a *App) runBulk(who party.Actor, key seal.CaseKey, j storage.Job, doc *bulkDoc, names []string, done []BulkLine) {
	run := bulkRun{a: a, who: who, order: doc.Order, doc: doc, lines: done, skip: len(done)}
	run.save = func(ctx context.Context) error { return a.saveBulk(ctx, key, j, *doc, run.lines, run.all) }
	a.goJob(j, func(ctx context.Context, tell func(ImportProgress)) error {
		run.tell = tell
		return run.files(ctx, key, j.ID, names)
	}, func(err error, stopped bool) error { return a.endBulk(key, j, *doc, run.lines, err, stopped) })
}

// saveBulk keeps the lines of a job so far, from which it may be resumed.
func (a *App) saveBulk(ctx context.Context, key seal.CaseKey, j storage.Job, doc bulkDoc, lines []BulkLine, all int) error {
	b, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	digest, _, err := a.blobs.Put(ctx, key, jobOwner(j.ID), bytes.NewReader(b), MaxBulkUpload)
	if err != nil {
		return err
	}
	doc.Saved, j.Done, j.Total = digest.String(), len(lines), max(all, len(lines))
	err = a.putBulk(ctx, &j, doc, ImportRunning)
	if fault.Is(err, fault.Stale) { // somebody stops it
		return nil
	}
	return err
}

// resumeBulk goes on with a job whose program ended.
func (a *App) resumeBulk(ctx context.Context, j storage.Job) error {
	var doc bulkDoc
	if err := json.Unmarshal(j.Doc, &doc); err != nil {
		return err
	}
	key, err := a.store.Keys().Unwrap(doc.Key, jobOwner(j.ID))
	if err != nil {
		return err
	}
	var names []string
	var lines []BulkLine
	if err := unsealJSON(key, j.ID, doc.Names, &names); err != nil {
		return err
	}
	if doc.Saved != "" {
		if lines, err = a.bulkLines(ctx, key, j.ID, doc.Saved); err != nil {
			return err
		}
	}
	who, err := a.Actor(ctx, (party.Actor{ID: j.Person}).Person())
	if err != nil {
		return a.endBulk(key, j, doc, lines, err, false)
	}
	a.runBulk(who, key, j, &doc, names, lines)
	return nil
}

// bulkLines opens the lines of a job that were kept.
func (a *App) bulkLines(ctx context.Context, key seal.CaseKey, id, digest string) (lines []BulkLine, err error) {
	d, err := blob.ParseDigest(digest)
	if err != nil {
		return nil, err
	}
	in, err := a.blobs.Open(ctx, key, jobOwner(id), d)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return lines, json.NewDecoder(in).Decode(&lines)
}

func (a *App) putBulk(ctx context.Context, j *storage.Job, doc bulkDoc, from string) error {
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	j.Doc = b
	return a.store.Write(ctx, func(w *storage.Writer) error { return w.PutJob(*j, from) })
}

// endBulk stores what became of the job: what was done stays, also when it was
// stopped or failed on the way. When the program itself ends, the job is left as
// it runs: the next start goes on.
func (a *App) endBulk(key seal.CaseKey, j storage.Job, doc bulkDoc, lines []BulkLine, failed error, stopped bool) error {
	ctx := context.Background()
	now, _, err := a.bulkJob(ctx, j.ID)
	if err != nil {
		return err
	}
	if stopped && now.State == ImportRunning {
		return a.saveBulk(ctx, key, j, doc, lines, now.Total)
	}
	j.State = ImportDone
	switch {
	case stopped || now.State == ImportStopped:
		j.State = ImportStopped
	case failed != nil:
		j.State, doc.Failure = ImportFailed, fault.Message(failed)
	}
	b, err := json.Marshal(lines)
	if err != nil {
		return err
	}
	digest, _, err := a.blobs.Put(ctx, key, jobOwner(j.ID), bytes.NewReader(b), MaxBulkUpload)
	if err != nil {
		return err
	}
	var shown []BulkLine
	for _, l := range lines {
		if l.bad() && len(shown) < shownBulk {
			shown = append(shown, l)
		}
	}
	j.File, j.Done, j.Total, doc.Saved = digest.String(), len(lines), max(now.Total, len(lines)), ""
	if doc.Lines, err = a.sealJSON(key, j.ID, shown); err != nil {
		return err
	}
	return a.putBulk(ctx, &j, doc, now.State)
}

func (a *App) bulkJob(ctx context.Context, id string) (j storage.Job, doc bulkDoc, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		j, err = tx.Job(bulkKind, id)
		return err
	})
	if err == nil {
		err = json.Unmarshal(j.Doc, &doc)
	}
	return j, doc, err
}

// ownBulk returns a job of the person's own with its key.
func (a *App) ownBulk(ctx context.Context, who party.Actor, id string) (storage.Job, bulkDoc, seal.CaseKey, error) {
	j, doc, err := a.bulkJob(ctx, id)
	if err == nil && j.Person != who.ID {
		err = fault.New(fault.NotFound, "没有这项任务，可能已被清理")
	}
	if err != nil {
		return j, doc, seal.CaseKey{}, err
	}
	key, err := a.store.Keys().Unwrap(doc.Key, jobOwner(id))
	return j, doc, key, err
}

// BulkJob returns a bulk job as it stands.
func (a *App) BulkJob(ctx context.Context, who party.Actor, id string) (BulkJob, error) {
	j, doc, key, err := a.ownBulk(ctx, who, id)
	if err != nil {
		return BulkJob{}, err
	}
	v := BulkJob{ID: j.ID, State: j.State, Order: doc.Order, Created: j.Created, Updated: j.Updated, Done: j.Done, All: j.Total, Counts: doc.Counts, Failure: doc.Failure, Result: j.File != ""}
	if v.Active() && a.lost(j) {
		v.State = ImportInterrupted
	}
	return v, errors.Join(unsealJSON(key, id, doc.Names, &v.Names), unsealJSON(key, id, doc.Lines, &v.Lines))
}

// StopBulk stops a running job after the file in hand, wherever it runs.
func (a *App) StopBulk(ctx context.Context, who party.Actor, id string) error {
	j, doc, _, err := a.ownBulk(ctx, who, id)
	if err != nil || j.State != ImportRunning {
		return err
	}
	j.State = ImportStopped
	if err := a.putBulk(ctx, &j, doc, ImportRunning); err != nil && !fault.Is(err, fault.Stale) { // stale: it has just ended
		return err
	}
	a.jobs.cancel(id)
	return nil
}

// bulkColumns are the columns of the result file.
var bulkColumns = []document.Column{{Name: "文件", Width: 36}, {Name: "结果", Width: 18}, {Name: "审查编号", Width: 20}, {Name: "有效期至", Width: 12}, {Name: "级别", Width: 8}, {Name: "规则", Width: 28}, {Name: "问题", Width: 28},
	{Name: "位置", Width: 16}, {Name: "原文", Width: 40}, {Name: "通过的文字", Width: 40}, {Name: "建议", Width: 40}}

// BulkResult writes the whole result of a job as a table: a row for each finding
// or difference, and one for each file without.
func (a *App) BulkResult(ctx context.Context, who party.Actor, id string, f document.Format, name func(result string) string, w io.Writer) error {
	j, _, key, err := a.ownBulk(ctx, who, id)
	if err != nil {
		return err
	}
	if j.File == "" {
		return fault.New(fault.Conflict, "任务还没有结束，结果还不能下载")
	}
	lines, err := a.bulkLines(ctx, key, id, j.File)
	if err != nil {
		return err
	}
	return a.export(ctx, who, leaving{what: ExportedBulk, base: "result", form: f, sheet: Sheet{Name: "result", Columns: bulkColumns, Lines: func(yield func([]string) bool) {
		for _, l := range lines {
			notes := l.Notes
			if len(notes) == 0 {
				notes = []Note{{Advice: l.Why}}
			}
			for _, n := range notes {
				if !yield([]string{l.File, name(l.Result), l.Number, l.Until, n.Severity, n.Rule, n.Title, n.Place, n.Quote, n.Old, n.Advice}) {
					return
				}
			}
		}
	}}}, w)
}
