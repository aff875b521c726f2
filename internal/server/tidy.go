package server

import (
	"context"
	"log/slog"
	"time"

	"xiaobao/internal/app"
)

// Tidy drops sessions and attempts that are over, and answers kept for requests
// that nobody repeats any more, destroys exports that were not fetched, goes on with
// approved protocols of erasing, forgets the log of old messages and looks for unusual reading: at once and then every so often, until ctx ends. Several copies of the program may do it at the same time.
func Tidy(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for what, drop := range map[string]func(context.Context) (int64, error){"sessions": a.DropSessions, "answers": a.DropAnswers, "exports": a.DropExports, "protocols of erasing": a.CarryOutRuns, "readings": a.FlagReadings, "outbox": a.DropPost, "inbox": a.DropInbox} {
			if n, err := drop(ctx); err != nil && ctx.Err() == nil {
				log.Error("what is over stays", "what", what, "err", err)
			} else if n > 0 {
				log.Debug("dropped what is over", "what", what, "n", n)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
