package server

import (
	"context"
	"log/slog"
	"time"

	"xiaobao/internal/app"
)

// Keep makes the backups, exports the checkpoints and posts the digests that are due until ctx ends, and returns when the one
// under way has ended too. Several copies of the program may run it: one of them
// makes each backup. A failure is on record; the log has it once.
func Keep(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := a.KeepBackups(ctx); err != nil && ctx.Err() == nil {
			log.Error("backup", "err", err)
		}
		if err := a.KeepFiles(ctx); err != nil && ctx.Err() == nil {
			log.Error("files that nothing names", "err", err)
		}
		if err := a.KeepArchive(ctx); err != nil && ctx.Err() == nil {
			log.Error("archive", "err", err)
		}
		if err := a.KeepCheckpoints(ctx); err != nil && ctx.Err() == nil {
			log.Error("checkpoint", "err", err)
		}
		if err := a.KeepMail(ctx); err != nil && ctx.Err() == nil {
			log.Error("digests", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
