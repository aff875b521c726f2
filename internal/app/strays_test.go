package app_test

import (
	"strings"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
)

// zeros is no randomness at all, which a key of a test does not need.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestKeepFiles(t *testing.T) {
	each(t, func(w world) {
		key, err := seal.NewCaseKey(zeros{}, seal.AES256GCM)
		w.ok(err)
		_, _, err = w.s.Files().Put(ctx, key, "case/1", strings.NewReader("an upload that was broken off"), 99)
		w.ok(err)
		runs := func() (out []storage.Run) {
			w.ok(w.s.View(ctx, func(tx *storage.Tx) (err error) {
				out, err = tx.Upkeep("files", 9)
				return err
			}))
			return out
		}
		today := calendar.FromTime(time.Now()).Time() // files bear the time of the disk
		for _, step := range []struct {
			at   time.Time
			runs int
		}{
			{today.AddDate(0, 0, 3).Add(10 * time.Hour), 0}, // people are at work
			{today.AddDate(0, 0, 4).Add(2 * time.Hour), 1},
			{today.AddDate(0, 0, 4).Add(3 * time.Hour), 1},
			{today.AddDate(0, 0, 5).Add(2 * time.Hour), 1},
			{today.AddDate(0, 0, 11).Add(2 * time.Hour), 2},
		} {
			*w.now = step.at
			w.ok(w.app.KeepFiles(ctx))
			if got := runs(); len(got) != step.runs {
				w.Fatalf("%v: %d runs, want %d", step.at, len(got), step.runs)
			}
		}
		first := runs()[1]
		if first.State != storage.RunGood || !strings.Contains(string(first.Doc), `"removed":1`) {
			w.Errorf("%s %s", first.State, first.Doc)
		}
	})
}
