package app_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/review"
	"xiaobao/internal/storage/blob"
)

// slowReader is a stand-in for tesseract in a folder: it says that it has begun by
// the file "at" and waits for the file "go"; with "bad" it fails.
type slowReader struct{ dir, program string }

func newSlowReader(w world) slowReader {
	w.Helper()
	s := slowReader{dir: w.TempDir()}
	s.program = filepath.Join(s.dir, "tesseract")
	script := fmt.Sprintf(`#!/bin/sh
cd %q
touch at
while [ ! -e go ]; do sleep 0.02; done
if [ -e bad ]; then echo "cannot read the picture" >&2; exit 1; fi
printf '1\t1\t0\t0\t0\t0\t0\t0\t800\t600\t-1\t\n4\t1\t1\t1\t1\t0\t10\t10\t700\t40\t-1\t\n5\t1\t1\t1\t1\t1\t10\t10\t700\t40\t95\t稳赚不赔，保本保息，零风险！\n'
`, s.dir)
	w.ok(os.WriteFile(s.program, []byte(script), 0o700)) // #nosec G306: a program
	return s
}

func (s slowReader) has(name string) bool {
	_, err := os.Stat(filepath.Join(s.dir, name))
	return err == nil
}

func (s slowReader) set(w world, name string, there bool) {
	w.Helper()
	path := filepath.Join(s.dir, name)
	if there {
		w.ok(os.WriteFile(path, nil, 0o600))
	} else if s.has(name) {
		w.ok(os.Remove(path))
	}
}

// begun waits until a picture is being read.
func (s slowReader) begun(w world) {
	w.Helper()
	for deadline := time.Now().Add(time.Minute); !s.has("at"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatal("nothing is being read")
		}
	}
}

// program is the program started again over the same data.
func (w world) program(s slowReader, blobs *blob.Store) *app.App {
	w.Helper()
	a, err := app.New(ctx, app.Options{Store: w.s, Blobs: blobs, Now: func() time.Time { return *w.now }, Institution: "示例银行股份有限公司", OCR: s.program})
	w.ok(err)
	return a
}

func pictures(n int) (out []app.Upload) {
	for i := range n {
		out = append(out, app.Upload{Name: fmt.Sprintf("扫描%d.png", i+1), Body: strings.NewReader("\x89PNG\r\n\x1a\n" + fmt.Sprint(i))})
	}
	return out
}

// scanned drafts a review with two scanned pages.
func (w world) scanned() review.Review {
	w.Helper()
	r, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "扫描的海报", Form: posterForm})
	w.ok(err)
	r, err = w.app.AddMaterial(ctx, w.who("sub"), r.ID, 0, "", "", pictures(2))
	w.ok(err)
	return r
}

func (w world) readingIs(id review.ID, state string, done int) app.ReviewPage {
	w.Helper()
	p, err := w.app.Review(ctx, w.who("sub"), id)
	w.ok(err)
	if p.Reading.State != state || p.Reading.Done != done {
		w.Errorf("the reading is %+v, want %s with %d pages", p.Reading, state, done)
	}
	return p
}

func (w world) readAll(id review.ID) {
	w.Helper()
	p, err := w.app.Review(ctx, w.who("sub"), id)
	w.ok(err)
	if m, _ := p.Review.Current(); m.Reading == nil || m.Reading.Pages != 2 || len(m.Scans) != 1 || len(p.Review.Unjudged()) == 0 || !strings.Contains(p.Document.Text, "保本保息") {
		w.Errorf("read %+v, %d findings, %q, job %+v", m.Reading, len(p.Review.Findings), p.Document.Text, p.Reading)
	}
}

// Scanned pages are read by a job: nobody waits for it, it can be stopped and goes
// on, says why it fails, and a program that starts again finishes it.
func TestReadingScans(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		s, blobs := newSlowReader(w), blob.New(t.TempDir(), rand.Reader)
		w.app = w.program(s, blobs)

		r := w.scanned()
		if m, _ := r.Current(); m.Reading != nil {
			t.Fatal("the request waited for the recognition")
		}
		if p := w.readingIs(r.ID, app.ImportRunning, 0); !p.Reading.Active() {
			t.Error("not at work")
		}
		if _, err := w.app.DoReview(ctx, w.who("sub"), r.ID, 0, review.HandIn{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("handed in unread: %v", err)
		}
		if err := w.app.ReadAgain(ctx, w.who("sub"), r.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("two at once: %v", err)
		}
		if err := w.app.StopReading(ctx, w.who("rev"), r.ID); err == nil {
			t.Error("somebody else stopped it")
		}
		w.ok(w.app.StopReading(ctx, w.who("sub"), r.ID))
		w.app.WaitJobs(false)
		w.readingIs(r.ID, app.ImportStopped, 0)
		s.set(w, "go", true)
		w.ok(w.app.ReadAgain(ctx, w.who("sub"), r.ID))
		w.app.WaitJobs(false)
		w.readAll(r.ID)

		s.set(w, "bad", true)
		bad := w.scanned()
		w.app.WaitJobs(false)
		if p := w.readingIs(bad.ID, app.ImportFailed, 0); !strings.Contains(p.Reading.Failure, "扫描1.png") {
			t.Errorf("it does not say why: %q", p.Reading.Failure)
		}
		if _, err := w.app.ScanReview(ctx, w.who("sub"), bad.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a scan read it in the request: %v", err)
		}
		s.set(w, "bad", false)

		s.set(w, "go", false)
		s.set(w, "at", false)
		cut := w.scanned()
		s.begun(w)
		w.app.WaitJobs(true) // the program ends
		s.set(w, "go", true)
		w.app = w.program(s, blobs)
		w.ok(w.app.ResumeJobs(ctx)) // another copy may still be at it
		w.readingIs(cut.ID, app.ImportRunning, 0)
		*w.now = w.now.Add(time.Minute)
		w.readingIs(cut.ID, app.ImportInterrupted, 0)
		w.ok(w.app.ResumeJobs(ctx))
		w.app.WaitJobs(false)
		w.readAll(cut.ID)
	})
}

// One picture is read while the person waits.
func TestReadingOnePicture(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		s := newSlowReader(w)
		s.set(w, "go", true)
		w.app = w.program(s, blob.New(t.TempDir(), rand.Reader))
		r, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "海报", Form: posterForm})
		w.ok(err)
		r, err = w.app.AddMaterial(ctx, w.who("sub"), r.ID, 0, "", "", pictures(1))
		w.ok(err)
		if m, _ := r.Current(); m.Reading == nil || len(r.Findings) == 0 {
			t.Errorf("read %+v, %d findings", m.Reading, len(r.Findings))
		}
	})
}

// A check of many files goes on after the files that were done when the program ended.
func TestBulkGoesOn(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		s, blobs := newSlowReader(w), blob.New(t.TempDir(), rand.Reader)
		w.app = w.program(s, blobs)
		files := append([]app.Upload{{Name: "a.txt", Body: strings.NewReader("稳赚不赔，保本保息，零风险！")}}, pictures(1)...)
		files = append(files, app.Upload{Name: "c.zip", Body: zipped(t, map[string]string{"c.txt": "大额存单年利率1.90%。"})})
		id, err := w.app.StartBulk(ctx, w.who("rev"), app.BulkOrder{Mode: app.BulkScan, Kind: "marketing.poster"}, files)
		w.ok(err)
		s.begun(w)
		w.app.WaitJobs(true)
		s.set(w, "go", true)
		w.app = w.program(s, blobs)
		*w.now = w.now.Add(time.Minute)
		j, err := w.app.BulkJob(ctx, w.who("rev"), id)
		w.ok(err)
		if j.State != app.ImportInterrupted || j.Done != 1 {
			t.Errorf("before: %s, %d done", j.State, j.Done)
		}
		w.ok(w.app.ResumeJobs(ctx))
		w.ok(w.app.ResumeJobs(ctx)) // nobody runs it twice
		w.app.WaitJobs(false)
		j, err = w.app.BulkJob(ctx, w.who("rev"), id)
		w.ok(err)
		if j.State != app.ImportDone || j.Done != 3 || j.Counts[app.BulkFound] < 2 || j.Counts[app.BulkUnread] != 0 {
			t.Errorf("after: %s, %d done, %v: %s", j.State, j.Done, j.Counts, j.Failure)
		}
	})
}
