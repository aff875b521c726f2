package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const trainKind = "train"

// Training is the newest training as a job. The zero value means that there was none.
type Training struct {
	State            string // ImportRunning, ImportDone, ImportStopped, ImportFailed or ImportInterrupted
	By               string
	Created, Updated time.Time
	Done, All        int    // cases read; All is the most that may be read
	Failure          string // why it failed
}

// Active reports whether it is at work.
func (t Training) Active() bool { return t.State == ImportRunning }

type trainDoc struct {
	Failure string `json:"failure,omitempty"`
}

// StartTraining trains the models in the background; Training says how far it is.
// fault.Conflict while one runs already, in whatever copy of the program.
func (a *App) StartTraining(ctx context.Context, who party.Actor) error {
	if err := access.Can(who, access.ManageCoding, access.Target{}).Err(); err != nil {
		return err
	}
	if last, err := a.Training(ctx, who); err != nil {
		return err
	} else if last.Active() {
		return fault.New(fault.Conflict, "正在训练（已读 %d 件），请等它结束", last.Done)
	}
	raw := make([]byte, 12)
	if _, err := io.ReadFull(a.rand, raw); err != nil {
		return err
	}
	j := storage.Job{ID: hex.EncodeToString(raw), Kind: trainKind, Person: who.ID, State: ImportRunning, Doc: []byte("{}")}
	if err := a.store.Write(ctx, func(w *storage.Writer) error { return w.PutJob(j, "") }); err != nil {
		return err
	}
	a.runTraining(who, j)
	return nil
}

// Training returns the newest training.
func (a *App) Training(ctx context.Context, who party.Actor) (Training, error) {
	if err := access.Can(who, access.ReadCoding, access.Target{}).Err(); err != nil {
		return Training{}, err
	}
	var t Training
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		jobs, err := tx.Jobs(trainKind, 1)
		if err != nil || len(jobs) == 0 {
			return err
		}
		j := jobs[0]
		var doc trainDoc
		t = Training{State: j.State, By: j.Person, Created: j.Created, Updated: j.Updated, Done: j.Done, All: j.Total}
		if err := json.Unmarshal(j.Doc, &doc); err != nil {
			return err
		}
		t.Failure = doc.Failure
		a.jobs.mu.Lock()
		_, here := a.jobs.stop[j.ID]
		a.jobs.mu.Unlock()
		if t.Active() && !here && a.now().Sub(j.Updated) > beatLost {
			t.State = ImportInterrupted
		}
		return nil
	})
	return t, err
}

// runTraining is startImport for a training.
func (a *App) runTraining(who party.Actor, j storage.Job) {
	ctx, cancel := context.WithCancel(context.Background())
	a.jobs.mu.Lock()
	if a.jobs.stop == nil {
		a.jobs.stop = map[string]context.CancelFunc{}
	}
	a.jobs.stop[j.ID] = cancel
	a.jobs.mu.Unlock()
	a.jobs.wait.Go(func() {
		defer func() {
			cancel()
			a.jobs.mu.Lock()
			delete(a.jobs.stop, j.ID)
			a.jobs.mu.Unlock()
		}()
		var b beat
		quiet := make(chan struct{})
		go func() { defer close(quiet); a.beat(ctx, cancel, j, &b) }()
		_, err := a.TrainModels(ctx, who, func(done, all int) { b.set(ImportProgress{Done: done, All: all}) })
		stopped := ctx.Err() != nil
		cancel()
		<-quiet
		if err := a.endTraining(j, b.get(), err, stopped); err != nil {
			a.log.Error("training", "job", j.ID, "err", err)
		}
	})
}

func (a *App) endTraining(j storage.Job, p ImportProgress, failed error, stopped bool) error {
	from := j.State
	j.State, j.Done, j.Total = ImportDone, p.Done, p.All
	var doc trainDoc
	switch {
	case stopped:
		j.State = ImportStopped
	case failed != nil:
		j.State, doc.Failure = ImportFailed, fault.Message(failed)
		a.log.Error("training failed", "job", j.ID, "err", failed)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	j.Doc = b
	return a.store.Write(context.Background(), func(w *storage.Writer) error { return w.PutJob(j, from) })
}
