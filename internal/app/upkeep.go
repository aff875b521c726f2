package app

import (
	"context"
	"encoding/json"
	"errors"

	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
)

// claimUpkeep notes that a piece of upkeep begins; false when another copy of the
// program was quicker.
func (a *App) claimUpkeep(ctx context.Context, id, kind string) (bool, error) {
	err := a.store.Write(ctx, func(w *storage.Writer) error { return w.BeginRun(id, kind) })
	if fault.Is(err, fault.Stale) {
		return false, nil
	}
	return err == nil, err
}

// endUpkeep notes how it ended, with what its kind keeps in doc, and forgets the oldest
// of the kind. The error is that of the work, or of the note.
func (a *App) endUpkeep(ctx context.Context, id, kind string, doc any, failed error) error {
	text, err := json.Marshal(doc)
	if err != nil {
		return errors.Join(failed, err)
	}
	state := storage.RunGood
	if failed != nil {
		state = storage.RunBad
	}
	err = a.store.Write(context.WithoutCancel(ctx), func(w *storage.Writer) error {
		if _, err := w.DropRuns(kind, a.now().Add(-backupMemory)); err != nil {
			return err
		}
		return w.EndRun(id, state, text)
	})
	return errors.Join(failed, err)
}
