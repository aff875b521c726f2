package app_test

import (
	"path/filepath"
	"testing"
	"time"

	"xiaobao/internal/storage"
)

// The clock runs a year ahead while the house is kept, and is mended: what is due
// then happens when it is due, not a year later; what stays undone is said.
func TestClockThatRanAhead(t *testing.T) {
	each(t, func(w world) {
		w.backups()
		out := filepath.Join(t.TempDir(), "out")
		w.app.SetCheckpoints(out)
		s := w.mailing()
		keep := func() {
			t.Helper()
			w.ok(w.app.KeepBackups(ctx))
			w.ok(w.app.KeepCheckpoints(ctx))
			w.send()
		}
		keep()
		before := *w.now
		*w.now = before.AddDate(1, 0, 0)
		keep()
		s.Behave("450", "")
		w.ok(w.app.TestMail(ctx, w.admin(), "li@bank.example"))
		w.send() // refused for now, and put off until a minute of next year
		*w.now = before.Add(48 * time.Hour)
		if w.state().Waiting != 1 {
			t.Errorf("not put off: %+v", w.state())
		}
		if st := w.backupStatus(); st.Alarm == "" {
			t.Error("nobody hears that there is no backup of two nights")
		}
		taken := len(s.Taken())
		keep()
		st := w.backupStatus()
		if st.Alarm != "" || len(st.Runs) == 0 || st.Runs[0].State != storage.RunGood || !st.Runs[0].Started.Equal(*w.now) {
			t.Errorf("backups: %+v", st)
		}
		c, err := w.app.Checkpoints(ctx, w.who("office"))
		w.ok(err)
		if len(c.Exports) == 0 || !c.Exports[0].Good || !c.Exports[0].At.Equal(*w.now) {
			t.Errorf("checkpoints: %+v", c.Exports)
		}
		if len(s.Taken()) == taken || w.state().Waiting != 0 {
			t.Errorf("mail: %d taken, %+v", len(s.Taken()), w.state())
		}
		report, err := w.s.Verify(ctx, storage.VerifyOptions{})
		w.ok(err)
		bad, err := w.s.Integrity(ctx)
		w.ok(err)
		if !report.OK() || len(bad) > 0 {
			t.Errorf("%+v %v", report.Damages, bad)
		}
	})
}
