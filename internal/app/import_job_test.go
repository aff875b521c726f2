package app_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
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

// What a killed program leaves shows as interrupted after a while and goes on by
// itself without doubling; it says why rows count as known.
func TestInterruptedJobGoesOn(t *testing.T) {
	each(t, func(w world) {
		id := w.upload(synthetic(200))
		w.ok(w.app.RunImport(ctx, w.who("office"), id))
		w.app.WaitJobs(true) // the program ends
		if j := w.importJob(id); j.State == app.ImportDone {
			w.ok(w.app.ForgetJob(ctx, id)) // it had ended before
		}
		if j := w.importJob(id); j.State != app.ImportRunning {
			w.Fatalf("just ended: %+v", j)
		}
		w.ok(w.app.ResumeJobs(ctx)) // another copy may still be at it
		*w.now = w.now.Add(time.Minute)
		if j := w.importJob(id); j.State != app.ImportInterrupted || j.MayRun() {
			w.Fatalf("a minute later: %+v", j)
		}
		w.ok(w.app.ResumeJobs(ctx))
		w.ok(w.app.ResumeJobs(ctx)) // nobody runs it twice
		w.app.WaitJobs(false)
		j := w.importJob(id)
		if j.State != app.ImportDone || w.total() != 180 || w.references() != 200 {
			w.Errorf("%+v, %d cases, %d references", j, w.total(), w.references())
		}
		if len(j.Notes) == 0 || !strings.Contains(j.Notes[len(j.Notes)-1], "自动继续") {
			w.Errorf("notes %q", j.Notes)
		}
	})
}

// An import of somebody who has left since is not finished in his name.
func TestInterruptedJobOfAnotherTime(t *testing.T) {
	each(t, func(w world) {
		id := w.upload(synthetic(20))
		w.ok(w.app.ForgetJob(ctx, id))
		gone, err := w.app.Org(ctx)
		w.ok(err)
		p, _ := gone.Person("office")
		p.Disabled = true
		w.ok(w.app.SetPerson(ctx, party.System, p, ""))
		*w.now = w.now.Add(time.Minute)
		w.ok(w.app.ResumeJobs(ctx))
		w.app.WaitJobs(false)
		j, err := w.app.ImportJob(ctx, party.System, id)
		w.ok(err)
		if j.State != app.ImportFailed || j.Failure == "" || w.total() != 0 {
			w.Errorf("%+v, %d cases", j, w.total())
		}
	})
}

// A check that was cut off begins anew and never turns into an import.
func TestInterruptedCheckGoesOn(t *testing.T) {
	each(t, func(w world) {
		id, err := w.app.UploadImport(ctx, w.who("office"), "台账.csv", strings.NewReader(ledger), nil, "")
		w.ok(err)
		w.app.WaitJobs(true)
		if j := w.importJob(id); j.State == app.ImportChecking {
			*w.now = w.now.Add(time.Minute)
			w.ok(w.app.ResumeJobs(ctx))
			w.app.WaitJobs(false)
		}
		if j := w.importJob(id); j.State != app.ImportChecked || j.Counts.New != 4 || w.total() != 0 || len(j.Notes) > 1 {
			w.Errorf("%+v, %d cases", j, w.total())
		}
	})
}
