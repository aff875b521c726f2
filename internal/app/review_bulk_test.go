package app_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

// zipped is an archive of texts by name.
func zipped(t *testing.T, files map[string]string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func (w world) bulk(o app.BulkOrder, files ...app.Upload) app.BulkJob {
	w.Helper()
	id, err := w.app.StartBulk(ctx, w.who("rev"), o, files)
	w.ok(err)
	w.app.WaitJobs(false)
	j, err := w.app.BulkJob(ctx, w.who("rev"), id)
	w.ok(err)
	return j
}

// Many files and archives are scanned and re-checked one after the other: each
// has its line, and one that cannot be read is no end.
func TestBulkScanAndRecheck(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		const good = "大额存单年利率1.90%，本产品为存款，受存款保险保护。"
		w.clear(w.draft("sub", good).ID)
		files := func() []app.Upload {
			return []app.Upload{{Name: "网点.zip", Body: zipped(w.T, map[string]string{"a/通过.txt": good, "a/坏.pdf": "%PDF-1.4\nx", "b.txt": "稳赚不赔，保本保息，零风险！", ".DS_Store": "x"})},
				{Name: "c.txt", Body: strings.NewReader("稳赚不赔，保本保息，零风险！")}, {Name: "d.zip", Body: strings.NewReader("no archive")}}
		}
		scan := w.bulk(app.BulkOrder{Mode: app.BulkScan, Kind: "marketing.poster", Line: "wealth"}, files()...)
		if scan.State != app.ImportDone || scan.Counts[app.BulkUnread] != 2 || scan.Counts[app.BulkFound] < 2 || scan.Done != 5 || !scan.Result {
			t.Errorf("scan %s %v, %d of %d: %s", scan.State, scan.Counts, scan.Done, scan.All, scan.Failure)
		}
		recheck := w.bulk(app.BulkOrder{Mode: app.BulkRecheck}, files()...)
		if recheck.State != app.ImportDone || recheck.Counts[string(app.StandsCleared)] != 1 || recheck.Counts[string(app.StandsUnknown)] != 2 || recheck.Counts[app.BulkUnread] != 2 {
			t.Errorf("recheck %s %v: %s", recheck.State, recheck.Counts, recheck.Failure)
		}
		if len(recheck.Lines) != 4 {
			t.Errorf("%d lines need a look, want all but the cleared one: %+v", len(recheck.Lines), recheck.Lines)
		}
		var out bytes.Buffer
		w.ok(w.app.BulkResult(ctx, w.who("rev"), recheck.ID, document.CSV, func(s string) string { return s }, &out))
		for _, want := range []string{"网点.zip/a/通过.txt,cleared,SC", "网点.zip/a/坏.pdf,unread", "c.txt,unknown", "d.zip,unread"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the result lacks %q:\n%s", want, out.String())
			}
		}
		if _, err := w.app.BulkJob(ctx, w.who("sub"), recheck.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's job: %v", err)
		}
		for name, o := range map[string]app.BulkOrder{"mode": {Mode: "x"}, "kind": {Mode: app.BulkScan, Kind: "x"}} {
			if _, err := w.app.StartBulk(ctx, w.who("rev"), o, files()); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), name) {
				t.Errorf("wrong %s: %v", name, err)
			}
		}
	})
}
