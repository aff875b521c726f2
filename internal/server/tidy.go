package server

import (
	"context"
	"log/slog"
	"time"

	"xiaobao/internal/app"
)

// Tidy drops sessions and attempts that are over, at once and then every so
// often, until ctx ends. Several copies of the program may do it at the same time.
func Tidy(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if n, err := a.DropSessions(ctx); err != nil && ctx.Err() == nil {
			log.Error("sessions that are over stay", "err", err)
		} else if n > 0 {
			log.Debug("sessions dropped", "n", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
