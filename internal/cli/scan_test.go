package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/cli"
	"xiaobao/internal/document"
)

// run runs a command and returns what it printed.
func run(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = cli.Run(context.Background(), cli.World{In: strings.NewReader(""), Out: &o, Err: &e, Env: func(string) string { return "" }, Now: time.Now}, args)
	return code, o.String(), e.String()
}

// folder is files to scan: a Word file with a promise in a table, a harmless text,
// and a PDF that is none.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	err := document.WriteDOCX(&b, document.Letter{Issuer: "安和银行", Title: "活动页", Blocks: []document.Block{
		{Kind: document.Paragraph, Text: "欢迎参加活动。"}, {Kind: document.Grid, Rows: [][]string{{"问", "答"}, {"不满意怎么办", "那您就投诉吧"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{"活动页.docx": b.String(), "b.txt": "欢迎光临。", "c.pdf": "%PDF-1.4\nnothing"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A folder is scanned whatever its files are: each hit has its place, and what
// cannot be read is listed, not fatal.
func TestScanDocuments(t *testing.T) {
	dir := folder(t)
	code, out, errs := run("scan", dir, "--pack", "taboos", "--json")
	var r struct {
		Texts, Error int
		Found        []struct {
			Text     string
			Findings []struct{ Rule, Place, Quote string }
		}
		Unread []struct{ Text, Why string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != cli.Failure {
		t.Fatalf("code %d, %v: %s%s", code, err, out, errs)
	}
	if r.Texts != 2 || r.Error != 1 || len(r.Found) != 1 || len(r.Unread) != 1 {
		t.Fatalf("report %+v", r)
	}
	if f := r.Found[0]; filepath.Base(f.Text) != "活动页.docx" || f.Findings[0].Rule != "taboos.lead" || !strings.Contains(f.Findings[0].Place, "表") {
		t.Errorf("found %+v", f)
	}
	if u := r.Unread[0]; filepath.Base(u.Text) != "c.pdf" || u.Why == "" {
		t.Errorf("unread %+v", u)
	}
	code, out, _ = run("scan", filepath.Join(dir, "b.txt"), "--pack", "taboos")
	if code != cli.OK {
		t.Errorf("a harmless text: code %d, %s", code, out)
	}
	if code, _, errs = run("scan", filepath.Join(dir, "c.pdf")); code != cli.Failure || errs == "" {
		t.Errorf("a broken file named alone: code %d, %q", code, errs)
	}
}
