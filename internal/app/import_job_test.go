package app_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

func (w world) upload(text string) string {
	w.Helper()
	id, err := w.app.UploadImport(ctx, w.who("office"), "台账.csv", strings.NewReader(text), nil, "")
	w.ok(err)
	w.app.WaitJobs(false)
	return id
}

func (w world) importJob(id string) app.ImportJob {
	w.Helper()
	j, err := w.app.ImportJob(ctx, w.who("office"), id)
	w.ok(err)
	return j
}

// An upload is checked first, then run, and its rejected rows can be taken away.
func TestImportJob(t *testing.T) {
	each(t, func(w world) {
		id := w.upload(ledger)
		j := w.importJob(id)
		if j.State != app.ImportChecked || j.Counts.New != 4 || w.total() != 0 || len(j.Problems) != 6 || !j.Rejected {
			w.Fatalf("checked: %+v, %d cases", j, w.total())
		}
		w.ok(w.app.RunImport(ctx, w.who("office"), id))
		w.app.WaitJobs(false)
		if j = w.importJob(id); j.State != app.ImportDone || j.Done != 10 || w.total() != 4 {
			w.Errorf("done: %+v, %d cases", j, w.total())
		}
		if err := w.app.RunImport(ctx, w.who("office"), id); !fault.Is(err, fault.Conflict) {
			w.Errorf("ran twice: %v", err)
		}
		var b bytes.Buffer
		w.ok(w.app.RejectedRows(ctx, w.who("office"), id, document.CSV, &b))
		if !strings.Contains(b.String(), "未导入原因") || strings.Count(b.String(), "GZ-") != 3 {
			w.Errorf("rejected file:\n%s", b.String())
		}
		if _, err := w.app.ImportJob(ctx, w.who("bj"), id); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a handler reads an import: %v", err)
		}
	})
}

// A table that cannot be read ends the check with its sentence.
func TestImportJobFails(t *testing.T) {
	each(t, func(w world) {
		id := w.upload("编号,投诉内容\n1,x\n")
		if j := w.importJob(id); j.State != app.ImportFailed || !strings.Contains(j.Failure, "没有找到收到日期") || j.MayRun() {
			w.Errorf("%+v", j)
		}
		if _, err := w.app.UploadImport(ctx, w.who("office"), "台账.csv", strings.NewReader(ledger), []byte("x = 1"), ""); !fault.Is(err, fault.Invalid) {
			w.Errorf("bad map: %v", err)
		}
	})
}

// What a killed program leaves shows as interrupted after a while; started again
// it goes on without doubling.
func TestInterruptedJobGoesOn(t *testing.T) {
	each(t, func(w world) {
		id := w.upload(synthetic(200))
		w.ok(w.app.RunImport(ctx, w.who("office"), id))
		w.ok(w.app.StopImport(ctx, w.who("office"), id))
		w.app.WaitJobs(false)
		if j := w.importJob(id); j.State != app.ImportStopped && j.State != app.ImportDone {
			w.Fatalf("stopped: %+v", j)
		}
		killed := w.app.ForgetJob(ctx, id)
		w.ok(killed)
		if j := w.importJob(id); j.State != app.ImportRunning {
			w.Fatalf("just killed: %+v", j)
		}
		*w.now = w.now.Add(time.Minute)
		if j := w.importJob(id); j.State != app.ImportInterrupted || !j.MayRun() {
			w.Fatalf("a minute later: %+v", j)
		}
		w.ok(w.app.RunImport(ctx, w.who("office"), id))
		w.app.WaitJobs(false)
		if j := w.importJob(id); j.State != app.ImportDone || w.total() != 180 || w.references() != 200 {
			w.Errorf("%+v, %d cases, %d references", j, w.total(), w.references())
		}
	})
}
