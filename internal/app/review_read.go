package app

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync/atomic"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
)

// readKind are jobs that recognise the scanned pages of a material: each page
// takes seconds, and nobody waits for forty of them.
const readKind = "review-read"

// ReadingJob is the recognition of the current material, for its page.
type ReadingJob struct {
	State     string // as of an import; "" when there was none
	Done, All int    // pages
	Failure   string // why it failed
}

// Active reports whether it is at work.
func (j ReadingJob) Active() bool { return j.State == ImportRunning }

type readDoc struct {
	Review   review.ID `json:"review"`
	Material int       `json:"material"`
	Key      []byte    `json:"key"`
	Failure  []byte    `json:"failure,omitempty"` // sealed: it may name a file
}

// readingID is the job of a version: it has one at most.
func readingID(id review.ID, n int) string { return "read-" + id.String() + "-" + strconv.Itoa(n) }

// startReading reads the current material in the background.
func (a *App) startReading(ctx context.Context, who party.Actor, r review.Review, pages int) error {
	m, _ := r.Current()
	j := storage.Job{ID: readingID(r.ID, m.N), Kind: readKind, Person: who.ID, State: ImportRunning, Total: pages}
	doc := readDoc{Review: r.ID, Material: m.N}
	key, err := seal.NewCaseKey(a.rand, a.store.Keys().Suite())
	if err != nil {
		return err
	}
	if doc.Key, err = a.store.Keys().Wrap(a.rand, key, jobOwner(j.ID)); err != nil {
		return err
	}
	if err := a.putReading(ctx, &j, doc, ""); err != nil {
		return err
	}
	a.runReading(j, doc)
	return nil
}

func (a *App) putReading(ctx context.Context, j *storage.Job, doc readDoc, from string) error {
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	j.Doc = b
	return a.store.Write(ctx, func(w *storage.Writer) error { return w.PutJob(*j, from) })
}

func (a *App) runReading(j storage.Job, doc readDoc) {
	var pages atomic.Int64
	a.goJob(j, func(ctx context.Context, tell func(ImportProgress)) error {
		tell(ImportProgress{All: j.Total})
		return a.readMaterial(ctx, doc, func() {
			n := int(pages.Add(1))
			tell(ImportProgress{Done: n, All: max(j.Total, n)})
		})
	}, func(err error, stopped bool) error { return a.endReading(j, doc, int(pages.Load()), err, stopped) })
}

func (a *App) readMaterial(ctx context.Context, doc readDoc, tell func()) error {
	var r review.Review
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		r, err = tx.Review(doc.Review)
		return err
	})
	if err != nil {
		return err
	}
	m, _ := r.Current()
	if m.N != doc.Material || !r.Open() {
		return nil // another version came, or nobody needs it any more
	}
	if m.Reading == nil {
		if err := a.readStored(ctx, r, m, tell); err != nil {
			return err
		}
	}
	_, err = a.ScanReview(ctx, party.System, r.ID)
	return err
}

// endReading stores what became of it. When the program itself ends, the job is
// left as it runs: the next start goes on.
func (a *App) endReading(j storage.Job, doc readDoc, pages int, failed error, stopped bool) error {
	ctx := context.Background()
	now, _, err := a.readingJob(ctx, j.ID)
	if err != nil || stopped && now.State == ImportRunning {
		return err
	}
	j.State, j.Done, j.Total = ImportDone, pages, max(now.Total, pages)
	switch {
	case stopped || now.State == ImportStopped:
		j.State = ImportStopped
	case failed != nil:
		key, err := a.store.Keys().Unwrap(doc.Key, jobOwner(j.ID))
		if err != nil {
			return err
		}
		j.State = ImportFailed
		if doc.Failure, err = a.sealJSON(key, j.ID, fault.Message(failed)); err != nil {
			return err
		}
	}
	return a.putReading(ctx, &j, doc, now.State)
}

func (a *App) readingJob(ctx context.Context, id string) (j storage.Job, doc readDoc, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		j, err = tx.Job(readKind, id)
		return err
	})
	if err == nil {
		err = json.Unmarshal(j.Doc, &doc)
	}
	return j, doc, err
}

// reading returns the job of a version that has not been read; the zero value for none.
func (a *App) reading(ctx context.Context, id review.ID, n int) (ReadingJob, error) {
	j, doc, err := a.readingJob(ctx, readingID(id, n))
	if fault.Is(err, fault.NotFound) {
		return ReadingJob{}, nil
	}
	if err != nil {
		return ReadingJob{}, err
	}
	v := a.readingView(j)
	if doc.Failure == nil {
		return v, nil
	}
	key, err := a.store.Keys().Unwrap(doc.Key, jobOwner(j.ID))
	return v, errors.Join(err, unsealJSON(key, j.ID, doc.Failure, &v.Failure))
}

// unread are the jobs of those reviews whose newest version waits to be recognised.
// Jobs that are done are not looked at, so that this costs what is unread.
func (a *App) unread(tx *storage.Tx, rows []storage.ReviewRow) (map[review.ID]ReadingJob, error) {
	shown := map[review.ID]bool{}
	for _, r := range rows {
		shown[r.ID] = r.Open
	}
	out := map[review.ID]ReadingJob{}
	for _, state := range []string{ImportRunning, ImportStopped, ImportFailed} {
		jobs, err := tx.JobsIn(readKind, state)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			var doc readDoc
			if err := json.Unmarshal(j.Doc, &doc); err != nil {
				return nil, err
			}
			if !shown[doc.Review] {
				continue
			}
			r, err := tx.Review(doc.Review)
			if err != nil {
				return nil, err
			}
			if m, _ := r.Current(); m.N == doc.Material && m.Reading == nil {
				out[r.ID] = a.readingView(j)
			}
		}
	}
	return out, nil
}

func (a *App) readingView(j storage.Job) ReadingJob {
	v := ReadingJob{State: j.State, Done: j.Done, All: max(j.Total, j.Done)}
	if v.Active() && a.lost(j) {
		v.State = ImportInterrupted
	}
	return v
}

// resumeReading goes on with a recognition whose program ended.
func (a *App) resumeReading(_ context.Context, j storage.Job) error {
	var doc readDoc
	if err := json.Unmarshal(j.Doc, &doc); err != nil {
		return err
	}
	a.runReading(j, doc)
	return nil
}

// mayReadStored refuses to read a version in a request that a job reads.
func (a *App) mayReadStored(ctx context.Context, id review.ID, m review.Material) error {
	j, err := a.reading(ctx, id, m.N)
	if err == nil && j.State != "" {
		err = fault.New(fault.Conflict, "第 %d 版材料的扫描页还没有识别完（%d/%d 页）。识别完会自动检查；已停止的，请提交人点“继续识别”。", m.N, j.Done, j.All)
	}
	return err
}

// StopReading stops the recognition of the current material, wherever it runs.
func (a *App) StopReading(ctx context.Context, who party.Actor, id review.ID) error {
	j, doc, err := a.ownReading(ctx, who, id)
	if err != nil || j.State != ImportRunning {
		return err
	}
	j.State = ImportStopped
	if err := a.putReading(ctx, &j, doc, ImportRunning); err != nil && !fault.Is(err, fault.Stale) { // stale: it has just ended
		return err
	}
	a.jobs.cancel(j.ID)
	return nil
}

// ReadAgain goes on with a recognition that was stopped or failed.
func (a *App) ReadAgain(ctx context.Context, who party.Actor, id review.ID) error {
	j, doc, err := a.ownReading(ctx, who, id)
	if err != nil {
		return err
	}
	if a.jobs.here(j.ID) || j.State == ImportRunning && !a.lost(j) {
		return fault.New(fault.Conflict, "正在识别或刚刚停止，请稍候")
	}
	from := j.State
	j.State, j.Done, doc.Failure = ImportRunning, 0, nil
	if err := a.putReading(ctx, &j, doc, from); err != nil {
		return err
	}
	a.runReading(j, doc)
	return nil
}

// ownReading returns the job of the current material for who may submit it.
func (a *App) ownReading(ctx context.Context, who party.Actor, id review.ID) (j storage.Job, doc readDoc, err error) {
	var m review.Material
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		r, err := tx.Review(id)
		if err != nil {
			return err
		}
		m, _ = r.Current()
		return mayReview(who, access.SubmitReview, r)
	})
	if err != nil {
		return j, doc, err
	}
	return a.readingJob(ctx, readingID(id, m.N))
}
