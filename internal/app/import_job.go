package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

const importKind = "import"

// The states of an import as a job. A checked one waits for a person to start it;
// a stopped or failed one may be started again and goes on, an interrupted one does by itself.
const (
	ImportChecking    = "checking"
	ImportChecked     = "checked"
	ImportRunning     = "running"
	ImportDone        = "done"
	ImportStopped     = "stopped"
	ImportFailed      = "failed"
	ImportInterrupted = "interrupted" // the program ended while it ran
)

const (
	// importMax bounds an uploaded table, as document.ReadTable does.
	importMax = 64 << 20
	// beatEvery is how often a running job says that it lives.
	beatEvery = 500 * time.Millisecond
	// beatLost is after how long without a sign a job counts as interrupted.
	beatLost = 15 * time.Second
	// shownProblems is how many rows with problems a job keeps to be shown.
	shownProblems = 50
)

// ImportJob is an import as pages show it.
type ImportJob struct {
	ID, Name, State  string
	By               string // actor id
	Created, Updated time.Time
	Done, All        int
	Counts           ImportCounts
	Columns          []ImportColumn
	Notes            []string
	Problems         []ImportedRow
	Channel          party.ChannelID
	Mapped           bool   // with a map file
	Rejected         bool   // rows can be taken away
	Failure          string // why it failed
}

// Active reports whether the job is at work.
func (j ImportJob) Active() bool { return j.State == ImportChecking || j.State == ImportRunning }

// Goes reports whether it is at work, or goes on by itself after an interruption.
func (j ImportJob) Goes() bool { return j.Active() || j.State == ImportInterrupted }

// MayRun reports whether it can be started, or again.
func (j ImportJob) MayRun() bool {
	return j.State == ImportChecked && j.Counts.New+j.Counts.Attached > 0 || j.State == ImportStopped || j.State == ImportFailed && j.All > 0
}

// importDoc is what the job's row keeps. What may hold personal data is sealed
// under a key of the job.
type importDoc struct {
	Name     string          `json:"name"`
	Key      []byte          `json:"key"`
	Upload   string          `json:"upload"` // digest of the table
	Map      string          `json:"map,omitempty"`
	Channel  party.ChannelID `json:"channel,omitempty"`
	Counts   ImportCounts    `json:"counts"`
	Columns  []ImportColumn  `json:"columns,omitempty"`
	Notes    []byte          `json:"notes,omitempty"`    // sealed
	Problems []byte          `json:"problems,omitempty"` // sealed
	Failure  string          `json:"failure,omitempty"`
	Resumed  bool            `json:"resumed,omitempty"` // the program ended while it ran
}

func jobOwner(id string) string { return "job/" + id }

// UploadImport takes a table in, stores it sealed and starts checking it: a dry
// run whose counts and problems the job shows. mapText may be empty.
func (a *App) UploadImport(ctx context.Context, who party.Actor, name string, r io.Reader, mapText []byte, channel party.ChannelID) (string, error) {
	if err := access.Can(who, access.ImportComplaint, access.Target{}).Err(); err != nil {
		return "", err
	}
	if _, err := ParseImportMap(mapText); err != nil {
		return "", err
	}
	if _, ok := party.ChannelOf(channel); !ok && channel != "" {
		return "", fault.New(fault.Invalid, "没有渠道 %s，请从列表中选择", channel)
	}
	raw := make([]byte, 12)
	if _, err := io.ReadFull(a.rand, raw); err != nil {
		return "", err
	}
	id := hex.EncodeToString(raw)
	doc := importDoc{Name: cut(name, 200), Map: string(mapText), Channel: channel}
	key, err := seal.NewCaseKey(a.rand, a.store.Keys().Suite())
	if err != nil {
		return "", err
	}
	if doc.Key, err = a.store.Keys().Wrap(a.rand, key, jobOwner(id)); err != nil {
		return "", err
	}
	digest, _, err := a.blobs.Put(ctx, key, jobOwner(id), r, importMax)
	if err != nil {
		return "", err
	}
	doc.Upload = digest.String()
	j := storage.Job{ID: id, Kind: importKind, Person: who.ID, State: ImportChecking}
	if err := a.putJob(ctx, &j, doc, ""); err != nil {
		return "", err
	}
	a.startImport(who, j, doc)
	return id, nil
}

func (a *App) putJob(ctx context.Context, j *storage.Job, doc importDoc, from string) error {
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	j.Doc = b
	return a.store.Write(ctx, func(w *storage.Writer) error { return w.PutJob(*j, from) })
}

// RunImport starts a checked import, or goes on with one that was stopped.
func (a *App) RunImport(ctx context.Context, who party.Actor, id string) error {
	view, err := a.ImportJob(ctx, who, id)
	if err != nil {
		return err
	}
	if !view.MayRun() {
		return fault.New(fault.Conflict, "这次导入现在不能开始：它正在进行、已经完成，或没有可以导入的行")
	}
	j, doc, err := a.importJob(ctx, id)
	if err != nil {
		return err
	}
	from := j.State
	j.State, j.Done = ImportRunning, 0
	doc.Failure = ""
	if err := a.putJob(ctx, &j, doc, from); err != nil {
		return err
	}
	a.startImport(who, j, doc)
	return nil
}

// StopImport stops a running import after the rows in hand, wherever it runs.
func (a *App) StopImport(ctx context.Context, who party.Actor, id string) error {
	view, err := a.ImportJob(ctx, who, id)
	if err != nil || !view.Goes() {
		return err
	}
	j, doc, err := a.importJob(ctx, id)
	if err != nil {
		return err
	}
	from := j.State
	j.State = ImportStopped
	if err := a.putJob(ctx, &j, doc, from); err != nil && !fault.Is(err, fault.Stale) { // stale: it has just ended
		return err
	}
	a.jobs.cancel(id)
	return nil
}

func (a *App) importJob(ctx context.Context, id string) (j storage.Job, doc importDoc, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		j, err = tx.Job(importKind, id)
		return err
	})
	if err == nil {
		err = json.Unmarshal(j.Doc, &doc)
	}
	return j, doc, err
}

// ImportJob returns an import as it stands.
func (a *App) ImportJob(ctx context.Context, who party.Actor, id string) (ImportJob, error) {
	if err := access.Can(who, access.ImportComplaint, access.Target{}).Err(); err != nil {
		return ImportJob{}, err
	}
	j, doc, err := a.importJob(ctx, id)
	if err != nil {
		return ImportJob{}, err
	}
	v := a.importView(j, doc)
	key, err := a.jobKey(id, doc)
	if err != nil {
		return v, err
	}
	return v, errors.Join(unsealJSON(key, id, doc.Notes, &v.Notes), unsealJSON(key, id, doc.Problems, &v.Problems))
}

func (a *App) importView(j storage.Job, doc importDoc) ImportJob {
	v := ImportJob{ID: j.ID, Name: doc.Name, State: j.State, By: j.Person, Created: j.Created, Updated: j.Updated, Done: j.Done, All: j.Total, Counts: doc.Counts,
		Columns: doc.Columns, Channel: doc.Channel, Mapped: strings.TrimSpace(doc.Map) != "", Rejected: j.File != "", Failure: doc.Failure}
	if v.Active() && a.lost(j) {
		v.State = ImportInterrupted
	}
	return v
}

// ImportJobs returns the newest imports, without their problems.
func (a *App) ImportJobs(ctx context.Context, who party.Actor, limit int) ([]ImportJob, *Org, error) {
	if err := access.Can(who, access.ImportComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	var out []ImportJob
	var org *Org
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		jobs, err := tx.Jobs(importKind, limit)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			var doc importDoc
			if err := json.Unmarshal(j.Doc, &doc); err != nil {
				return err
			}
			out = append(out, a.importView(j, doc))
		}
		org, err = a.orgIn(tx)
		return err
	})
	return out, org, err
}

func (a *App) jobKey(id string, doc importDoc) (seal.CaseKey, error) {
	return a.store.Keys().Unwrap(doc.Key, jobOwner(id))
}

func (a *App) sealJSON(key seal.CaseKey, id string, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return key.Seal(a.rand, b, jobOwner(id)+"/doc")
}

func unsealJSON(key seal.CaseKey, id string, ct []byte, v any) error {
	if ct == nil {
		return nil
	}
	b, err := key.Open(ct, jobOwner(id)+"/doc")
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// startImport checks a table in the background, or imports it, as the state of
// the job says.
func (a *App) startImport(who party.Actor, j storage.Job, doc importDoc) {
	var r ImportReport
	a.goJob(j, func(ctx context.Context, tell func(ImportProgress)) (err error) {
		r, err = a.importFile(ctx, who, j.ID, doc, j.State == ImportChecking, tell)
		return err
	}, func(err error, stopped bool) error { return a.endImport(j, doc, r, err, stopped) })
}

// resumeImport goes on with an import whose program ended. A check begins anew; of
// an import the rows that were taken are known by their keys.
func (a *App) resumeImport(ctx context.Context, j storage.Job) error {
	var doc importDoc
	if err := json.Unmarshal(j.Doc, &doc); err != nil {
		return err
	}
	who, err := a.Actor(ctx, (party.Actor{ID: j.Person}).Person())
	if err != nil {
		return a.endImport(j, doc, ImportReport{}, err, false)
	}
	doc.Resumed = j.State == ImportRunning
	a.startImport(who, j, doc)
	return nil
}

// importFile opens the sealed table and imports it. A table is read at places, so
// it is laid down in clear in a temporary file that is gone when the work ends.
func (a *App) importFile(ctx context.Context, who party.Actor, id string, doc importDoc, dry bool, tell func(ImportProgress)) (ImportReport, error) {
	m, err := ParseImportMap([]byte(doc.Map))
	if err != nil {
		return ImportReport{}, err
	}
	tmp, size, err := a.spool(ctx, id, doc)
	if err != nil {
		return ImportReport{}, err
	}
	defer tmp.Close()
	return a.Import(ctx, who, tmp, size, doc.Name, ImportOptions{Map: m, Channel: doc.Channel, DryRun: dry, Progress: tell})
}

func (a *App) spool(ctx context.Context, id string, doc importDoc) (Spooled, int64, error) {
	digest, err := blob.ParseDigest(doc.Upload)
	if err != nil {
		return Spooled{}, 0, err
	}
	key, err := a.jobKey(id, doc)
	if err != nil {
		return Spooled{}, 0, err
	}
	in, err := a.blobs.Open(ctx, key, jobOwner(id), digest)
	if err != nil {
		return Spooled{}, 0, err
	}
	defer in.Close()
	tmp, err := temporary("暂时无法导入")
	if err != nil {
		return Spooled{}, 0, err
	}
	size, err := io.Copy(tmp, in)
	if err != nil {
		_ = tmp.Close()
	}
	return tmp, size, err
}

// resumedNote says why rows of an import that went on count as known.
const resumedNote = "导入曾因程序停止而中断，随后自动继续：中断前已录入的行不重复录入，计在“重复”里。"

// endImport stores what became of the job. When the program itself ends, the job is
// left as it runs: the next start goes on.
func (a *App) endImport(j storage.Job, doc importDoc, r ImportReport, failed error, stopped bool) error {
	ctx := context.Background()
	now, _, err := a.importJob(ctx, j.ID)
	if err != nil || stopped && now.State == j.State {
		return err
	}
	switch {
	case stopped || now.State == ImportStopped:
		j.State = ImportStopped
	case failed != nil:
		j.State, doc.Failure = ImportFailed, fault.Message(failed)
	case r.DryRun:
		j.State = ImportChecked
	default:
		j.State = ImportDone
	}
	key, err := a.jobKey(j.ID, doc)
	if err != nil {
		return err
	}
	if doc.Resumed {
		r.Notes = append(r.Notes, resumedNote)
	}
	doc.Counts, doc.Columns = r.Counts, r.Columns
	j.Done, j.Total = r.Counts.Sum(), max(now.Total, r.Counts.Sum())
	notes, err1 := a.sealJSON(key, j.ID, r.Notes)
	problems, err2 := a.sealJSON(key, j.ID, r.Problems(shownProblems))
	doc.Notes, doc.Problems = notes, problems
	file, err3 := a.keepRejected(ctx, key, j.ID, r)
	j.File = file
	return errors.Join(err1, err2, err3, a.putJob(ctx, &j, doc, now.State))
}

// rejectedRow is a rejected row as a job keeps it.
type rejectedRow struct {
	Place  string   `json:"place"`
	Why    string   `json:"why"`
	Header []string `json:"header"`
	Cells  []string `json:"cells"`
}

func (a *App) keepRejected(ctx context.Context, key seal.CaseKey, id string, r ImportReport) (string, error) {
	var rows []rejectedRow
	for _, row := range r.Rows {
		if row.Result == ImportRejected {
			rows = append(rows, rejectedRow{row.Place, row.Why, row.header, row.cells})
		}
	}
	if len(rows) == 0 {
		return "", nil
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return "", err
	}
	digest, _, err := a.blobs.Put(ctx, key, jobOwner(id), bytes.NewReader(b), 4*importMax)
	return digest.String(), err
}

// RejectedRows writes the rejected rows of an import as a table and records that
// they were taken away.
func (a *App) RejectedRows(ctx context.Context, who party.Actor, id string, f document.Format, w io.Writer) error {
	if err := access.Can(who, access.ImportComplaint, access.Target{}).Err(); err != nil {
		return err
	}
	j, doc, err := a.importJob(ctx, id)
	if err != nil {
		return err
	}
	digest, err := blob.ParseDigest(j.File)
	if err != nil {
		return fault.New(fault.NotFound, "这次导入没有未导入的行")
	}
	key, err := a.jobKey(id, doc)
	if err != nil {
		return err
	}
	in, err := a.blobs.Open(ctx, key, jobOwner(id), digest)
	if err != nil {
		return err
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var rows []rejectedRow
	if err := json.Unmarshal(b, &rows); err != nil {
		return err
	}
	var r ImportReport
	for _, row := range rows {
		r.Rows = append(r.Rows, ImportedRow{Place: row.Place, Result: ImportRejected, Why: row.Why, header: row.Header, cells: row.Cells})
	}
	return a.export(ctx, who, leaving{what: ExportedRejected, base: "rejected", form: f, sheet: r.rejectedSheet(), again: true, reason: doc.Name}, w)
}
