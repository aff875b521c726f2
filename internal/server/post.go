package server

import (
	"context"
	"log/slog"
	"time"

	"xiaobao/internal/app"
)

// Post hands over what waits to leave the house, every so often, until ctx ends.
// Several copies of the program may do it: each message is claimed by one of them.
func Post(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := a.SendMail(ctx); err != nil && ctx.Err() == nil {
			log.Error("mail", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
