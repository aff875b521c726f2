package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"xiaobao/internal/app"
)

// Post hands over what waits to leave the house, every so often, until ctx ends.
// Several copies of the program may do it: each message is claimed by one of them. A
// way that is slow does not hold the other up.
func Post(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	var ways sync.WaitGroup
	defer ways.Wait()
	for what, send := range map[string]func(context.Context) (int64, error){"mail": a.SendMail, "webhooks": a.SendHooks} {
		ways.Go(func() { postBy(ctx, log.With("way", what), every, send) })
	}
}

func postBy(ctx context.Context, log *slog.Logger, every time.Duration, send func(context.Context) (int64, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := send(ctx); err != nil && ctx.Err() == nil {
			log.Error("messages are not sent", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Fetch takes in what came by mail, every so often, until ctx ends. A failure is on
// record; the log has it once, until it is mended.
func Fetch(ctx context.Context, a *app.App, log *slog.Logger, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	said := ""
	for {
		_, err := a.FetchMail(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			said = ""
		case err.Error() != said:
			said = err.Error()
			log.Error("mail is not fetched", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
