package server

import (
	"context"
	"log/slog"
	"time"

	"xiaobao/internal/app"
)

// Resume goes on with jobs that another run of the program left in the middle, at
// once and then every so often, until ctx ends: a copy that died is found by the others.
func Resume(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := a.ResumeJobs(ctx); err != nil && ctx.Err() == nil {
			log.Error("jobs are not resumed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
