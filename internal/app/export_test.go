package app

import (
	"context"

	"xiaobao/internal/storage"
)

// ForgetJob leaves an import as a program leaves it that is killed at work.
func (a *App) ForgetJob(ctx context.Context, id string) error {
	return a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.Exec(`UPDATE job SET state = ? WHERE id = ?`, ImportRunning, id)
		return err
	})
}
