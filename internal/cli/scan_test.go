package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
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

// A document of a kind of review is checked as on submission, with the places of
// its own: here a promise, two rates that disagree, and urging in a table.
func TestScanWholeDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "海报.docx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = document.WriteDOCX(f, document.Letter{Issuer: "安和银行", Title: "理财", Blocks: []document.Block{
		{Kind: document.Paragraph, Text: "稳盈理财，保本保息，业绩比较基准3.2%。"}, {Kind: document.Paragraph, Text: "业绩比较基准3.5%，扫码认购。"},
		{Kind: document.Grid, Rows: [][]string{{"项目", "说明"}, {"额度", "本款理财额度有限，手慢无"}}}}})
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	code, out, errs := run("scan", path, "--kind", "marketing.poster", "--product", "wealth", "--as-of", "2026-10-01", "--json")
	var r struct {
		Kind  string
		Packs []string
		Found []struct {
			Findings []struct {
				Rule, Place, Quote, Why string
				Also                    []struct{ Rule string }
				Cite                    []struct{ Instrument string }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != cli.Failure || len(r.Found) != 1 {
		t.Fatalf("code %d, %v: %s%s", code, err, out, errs)
	}
	if r.Kind != "marketing.poster" || !slices.Contains(r.Packs, "wealth") || slices.Contains(r.Packs, "contract") {
		t.Errorf("kind %s, packs %v", r.Kind, r.Packs)
	}
	differ, promise, table := 0, 0, 0
	for _, f := range r.Found[0].Findings {
		switch {
		case f.Rule == "check.numbers-differ" && f.Why != "":
			differ++
		case f.Quote == "手慢无" && strings.Contains(f.Place, "表"):
			table++
		case f.Quote == "保本保息" && len(f.Also) > 0 && len(f.Cite) > 2:
			promise++
		}
	}
	if differ != 1 || promise != 1 || table != 1 {
		t.Errorf("%d figures that disagree, %d promises, %d in the table, want one of each: %s", differ, promise, table, out)
	}
}
