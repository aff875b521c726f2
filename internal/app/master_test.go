package app_test

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// Everything that the master key wraps goes over to a new one: second factors, the
// documents of jobs and models, beside the keys of cases.
func TestRewrap(t *testing.T) {
	dir := t.TempDir()
	each(t, func(w world) {
		w.useFiles(dir)
		_, _ = w.signIn("bj")
		who := w.who("bj")
		secret, err := w.app.EnrolTOTP(ctx, who)
		w.ok(err)
		job := w.upload(ledger)
		w.ok(w.app.SetSetting(ctx, party.System, "model.min_examples", "20", ""))
		w.teach(10)
		_, err = w.app.TrainModels(ctx, w.who("office"), nil)
		w.ok(err)

		w.ok(w.s.BeginMasterChange(ctx, [32]byte{'n', 'e', 'w'}))
		running := func(state string) {
			w.ok(w.s.Write(ctx, func(tx *storage.Writer) error {
				_, err := tx.Exec(`UPDATE job SET state = ? WHERE id = ?`, state, job)
				return err
			}))
		}
		running(app.ImportRunning)
		if _, err := w.app.Rewrap(ctx, nil); !fault.Is(err, fault.Conflict) {
			w.Errorf("while a job runs: %v", err)
		}
		running(app.ImportChecked)
		n, err := w.app.Rewrap(ctx, nil)
		if err != nil || n < 20+3 {
			w.Errorf("%d keys, %v", n, err)
		}
		if n, err := w.app.Rewrap(ctx, nil); n != 0 || err != nil {
			w.Errorf("again: %d keys, %v", n, err)
		}
		_, err = w.s.FinishMasterChange(ctx) // forgets the old one
		w.ok(err)

		code, err := totp.GenerateCode(secret.Secret, *w.now)
		w.ok(err)
		if _, _, err := w.app.ConfirmTOTP(ctx, who, code, here); err != nil {
			w.Errorf("the authenticator: %v", err)
		}
		var b bytes.Buffer
		if err := w.app.RejectedRows(ctx, w.who("office"), job, document.CSV, &b); err != nil || b.Len() == 0 {
			w.Errorf("the job: %d bytes, %v", b.Len(), err)
		}
		other, err := app.New(ctx, app.Options{Store: w.s, Blobs: blob.New(dir, rand.Reader), Now: func() time.Time { return *w.now }})
		w.ok(err)
		m, err := other.Model(ctx, complaint.TopicProduct)
		if err != nil || m == nil || m.Classify("买的理财产品亏损了").Label != "wealth_own" {
			w.Errorf("the model: %v", err)
		}
	})
}
