package server_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/storage"
)

func TestTidyEndsWithItsContext(t *testing.T) {
	w := servertest.New(t, nil)
	w.As("handler")
	w.Pass(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { server.Tidy(ctx, w.App, slog.New(slog.DiscardHandler), time.Millisecond); close(ended) }()
	for left := 1; left > 0; time.Sleep(time.Millisecond) {
		err := w.Store.View(t.Context(), func(tx *storage.Tx) error {
			return tx.Scan(`SELECT count(*) FROM session`, nil, &left)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-ended
}
