package app

import (
	"context"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/change"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// ForgetJob leaves an import as a program leaves it that is killed at work.
func (a *App) ForgetJob(ctx context.Context, id string) error {
	return a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.Exec(`UPDATE job SET state = ? WHERE id = ?`, ImportRunning, id)
		return err
	})
}

// AssistEvents returns the events of a day's questions as the ledger keeps them.
func AssistEvents(ctx context.Context, a *App, day calendar.Date) (out []map[string]string, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		events, err := tx.Load(assistStream(day))
		for _, e := range events {
			plain, err := tx.Open(e)
			if err != nil {
				return err
			}
			out = append(out, map[string]string{"by": e.By, "kind": e.Kind, "body": string(e.Body), "plain": string(plain)})
		}
		return err
	})
	return out, err
}

// PasswordWork is how many passwords were held against a hash so far.
func (a *App) PasswordWork() int64 { return a.hasher.Work() }

// AlterUnnoticed sets a setting as a change goes on that altered nothing when it was
// looked at, whatever has come in between.
func (a *App) AlterUnnoticed(ctx context.Context, who party.Actor, id, value string) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := a.alterIn(tx, who, change.Setting, 0, &settingChange{ID: id, Value: value}, "")
		return err
	})
}

// TellOf tells webhooks of events as if they had been appended to a case, the last as
// this version.
func (a *App) TellOf(ctx context.Context, id complaint.ID, version int64, events ...complaint.Event) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(id)
		if err != nil {
			return err
		}
		c.Version = version
		return a.herald(tx, c, c, party.System.ID, events)
	})
}

// TellOfReview is TellOf for a review.
func (a *App) TellOfReview(ctx context.Context, id review.ID, version int64, events ...review.Event) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		r, err := tx.Review(id)
		if err != nil {
			return err
		}
		r.Version = version
		return a.heraldReview(tx, r, r, party.System.ID, events)
	})
}

// Quiet is the quiet hours that a file of data says, at a time.
func Quiet(text string, at time.Time) (end time.Time, ok bool) {
	return builtIn("test.toml", text, func(q quietHours) bool { return q.FromHour < q.ToHour })().within(at)
}
