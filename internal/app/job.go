package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"xiaobao/internal/storage"
)

// runningJobs are the jobs of this process.
type runningJobs struct {
	mu   sync.Mutex
	stop map[string]context.CancelFunc
	wait sync.WaitGroup
}

func (r *runningJobs) cancel(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stop := r.stop[id]; stop != nil {
		stop()
	}
}

// WaitJobs waits until no job of this process runs; cancel stops them first.
func (a *App) WaitJobs(cancel bool) {
	if cancel {
		a.jobs.mu.Lock()
		for _, stop := range a.jobs.stop {
			stop()
		}
		a.jobs.mu.Unlock()
	}
	a.jobs.wait.Wait()
}

// goJob does the work of a job in the background and says meanwhile that it lives;
// end stores what became of it. The context of the work is the program's, not the
// request's that started it.
func (a *App) goJob(j storage.Job, work func(context.Context, func(ImportProgress)) error, end func(err error, stopped bool) error) {
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
		done := make(chan struct{})
		go func() { defer close(done); a.beat(ctx, cancel, j, &b) }()
		err := work(ctx, b.set)
		stopped := ctx.Err() != nil
		cancel()
		<-done
		if err := end(err, stopped); err != nil {
			a.log.Error("job", "kind", j.Kind, "job", j.ID, "err", err)
		}
	})
}

// here reports whether a job runs in this process.
func (r *runningJobs) here(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.stop[id]
	return ok
}

// beat is the progress between two signs of life.
type beat struct {
	mu sync.Mutex
	p  ImportProgress
}

func (b *beat) set(p ImportProgress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.p = p
}

func (b *beat) get() ImportProgress {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.p
}

func (a *App) beat(ctx context.Context, cancel func(), j storage.Job, b *beat) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var state string
		p := b.get()
		err := a.store.Write(ctx, func(w *storage.Writer) (err error) {
			state, err = w.BeatJob(j.ID, p.Done, p.All)
			return err
		})
		if err == nil && state != j.State { // somebody stopped it
			cancel()
		}
	}
}

// lost reports whether a job that should run has given no sign for long.
func (a *App) lost(j storage.Job) bool {
	return !a.jobs.here(j.ID) && a.now().Sub(j.Updated) > beatLost
}

// resumable are the kinds of jobs that go on after the program has ended, by the
// states in which they are at work.
var resumable = []struct {
	kind, state string
	resume      func(*App, context.Context, storage.Job) error
}{
	{readKind, ImportRunning, (*App).resumeReading},
	{bulkKind, ImportRunning, (*App).resumeBulk},
	{importKind, ImportChecking, (*App).resumeImport},
	{importKind, ImportRunning, (*App).resumeImport},
	{trainKind, ImportRunning, (*App).resumeTraining},
}

// ResumeJobs goes on with what another run of the program left in the middle:
// recognition of scanned pages, checks of many files, imports, training. Several
// copies of the program may call it again and again; one of them gets each job.
func (a *App) ResumeJobs(ctx context.Context) error {
	var failed error
	for _, kind := range resumable {
		var list []storage.Job
		err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
			list, err = tx.JobsIn(kind.kind, kind.state)
			return err
		})
		failed = errors.Join(failed, err)
		for _, j := range list {
			mine := false
			if a.lost(j) {
				failed = errors.Join(failed, a.store.Write(ctx, func(w *storage.Writer) (err error) {
					mine, err = w.ClaimJob(j)
					return err
				}))
			}
			if mine {
				failed = errors.Join(failed, kind.resume(a, ctx, j))
			}
		}
	}
	return failed
}
