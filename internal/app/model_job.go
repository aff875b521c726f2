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
	State            string // ImportRunning, ImportDone, ImportFailed or ImportInterrupted, from which it goes on by itself
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
		if t.Active() && a.lost(j) {
			t.State = ImportInterrupted
		}
		return nil
	})
	return t, err
}

func (a *App) runTraining(who party.Actor, j storage.Job) {
	var last ImportProgress
	a.goJob(j, func(ctx context.Context, tell func(ImportProgress)) error {
		_, err := a.TrainModels(ctx, who, func(done, all int) {
			last = ImportProgress{Done: done, All: all}
			tell(last)
		})
		return err
	}, func(err error, stopped bool) error { return a.endTraining(j, last, err, stopped) })
}

// resumeTraining trains again what a program was training that ended.
func (a *App) resumeTraining(ctx context.Context, j storage.Job) error {
	who, err := a.Actor(ctx, (party.Actor{ID: j.Person}).Person())
	if err != nil {
		return a.endTraining(j, ImportProgress{}, err, false)
	}
	a.runTraining(who, j)
	return nil
}

// endTraining stores what became of it. Nobody stops a training: one that is
// stopped has lost its program, and the next start goes on.
func (a *App) endTraining(j storage.Job, p ImportProgress, failed error, stopped bool) error {
	if stopped {
		return nil
	}
	from := j.State
	j.State, j.Done, j.Total = ImportDone, p.Done, p.All
	var doc trainDoc
	if failed != nil {
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
