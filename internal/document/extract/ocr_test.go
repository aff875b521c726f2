package extract_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/signintech/gopdf"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/document/fonts"
)

var poster = []string{"理财产品过往业绩不代表未来表现", "本产品不保证本金和收益", "投资须谨慎，请仔细阅读合同"}

// recall is the share of the poster's characters that were read, in order.
func recall(got string) float64 {
	want, have := []rune(strings.Join(poster, "")), []rune(got)
	before := make([]int, len(have)+1)
	for _, w := range want {
		row := make([]int, len(have)+1)
		for j, h := range have {
			if row[j+1] = max(before[j+1], row[j]); w == h {
				row[j+1] = before[j] + 1
			}
		}
		before = row
	}
	return float64(before[len(have)]) / float64(len(want))
}

// program finds a program that a test needs; without it the test is skipped.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed", name)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// picture draws the poster as a PNG.
func picture(t *testing.T) []byte {
	t.Helper()
	draw := program(t, "pdftoppm")
	doc := gopdf.GoPdf{}
	doc.Start(gopdf.Config{PageSize: gopdf.Rect{W: 400, H: 200}})
	doc.AddPage()
	err := errors.Join(doc.AddTTFFontData("f", fonts.Bold()), doc.SetFont("f", "", 20))
	for i, line := range poster {
		doc.SetXY(30, 40+float64(i)*50)
		err = errors.Join(err, doc.Text(line))
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.pdf"), doc.GetBytesPdf(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(draw, "-r", "250", "-png", "-singlefile", filepath.Join(dir, "a.pdf"), filepath.Join(dir, "a")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "a.png"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func recognised(t *testing.T, name string, data []byte) {
	t.Helper()
	d, err := extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), name, extract.Options{OCR: program(t, "tesseract")})
	if err != nil {
		t.Fatal(err)
	}
	whole(t, d)
	if recall(d.Text) < 0.8 || d.Pages != 1 || len(d.Warnings) == 0 || !strings.Contains(d.Warnings[0], "由图片识别") {
		t.Fatalf("%q %v", d.Text, d.Warnings)
	}
	t.Logf("recall %.2f: %q", recall(d.Text), d.Text)
	if b := d.Blocks[0]; b.Page != 1 || b.Box == nil || b.Box.Y < 0.02 || b.Box.Y > 0.3 || !strings.Contains(b.Place, "由图片识别") {
		t.Errorf("%+v", b)
	}
}

func TestReadPicture(t *testing.T) { recognised(t, "海报.png", picture(t)) }

func TestReadScannedPage(t *testing.T) {
	img := picture(t)
	doc := gopdf.GoPdf{}
	doc.Start(gopdf.Config{PageSize: gopdf.Rect{W: 400, H: 200}})
	doc.AddPage()
	holder, err := gopdf.ImageHolderByBytes(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.ImageByHolder(holder, 0, 0, &gopdf.Rect{W: 400, H: 200}); err != nil {
		t.Fatal(err)
	}
	data := doc.GetBytesPdf()
	recognised(t, "扫描.pdf", data)
	tesseract := program(t, "tesseract")
	t.Setenv("PATH", "") // without pdftoppm, from the picture in the file
	if d, err := extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), "扫描.pdf", extract.Options{OCR: tesseract}); err != nil || recall(d.Text) < 0.8 {
		t.Errorf("%q %v", d.Text, err)
	}
}

func TestPictureFaults(t *testing.T) {
	broken := []byte("\x89PNG\r\n\x1a\nbroken")
	_, err := extract.Read(context.Background(), bytes.NewReader(broken), int64(len(broken)), "坏.png", extract.Options{OCR: program(t, "tesseract")})
	if err == nil || !strings.Contains(err.Error(), "坏.png") {
		t.Errorf("%v", err)
	}
	script := filepath.Join(t.TempDir(), "tesseract")
	if err := os.WriteFile(script, []byte(fmt.Sprintf("#!/bin/sh\necho %q >&2\nexit 1\n", "Error opening data file chi_sim.traineddata")), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = extract.Read(context.Background(), bytes.NewReader(broken), int64(len(broken)), "a.png", extract.Options{OCR: script})
	if err == nil || !strings.Contains(err.Error(), "chi_sim") {
		t.Errorf("%v", err)
	}
}

// A plan recognises nothing and counts the pages that need it.
func TestPlan(t *testing.T) {
	doc := gopdf.GoPdf{}
	doc.Start(gopdf.Config{PageSize: gopdf.Rect{W: 400, H: 200}})
	for range 3 {
		doc.AddPage()
	}
	read := func(name string, data []byte, o extract.Options) (extract.Document, error) {
		return extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), name, o)
	}
	never := extract.Options{OCR: filepath.Join(t.TempDir(), "not there"), Plan: true}
	for name, want := range map[string]int{"扫描.pdf": 3, "海报.png": 1, "短文.txt": 0} {
		data := map[string][]byte{"扫描.pdf": doc.GetBytesPdf(), "海报.png": []byte("\x89PNG\r\n\x1a\n"), "短文.txt": []byte("稳赚不赔")}[name]
		if d, err := read(name, data, never); err != nil || d.Scans != want {
			t.Errorf("%s: %d pages to recognise, want %d: %v", name, d.Scans, want, err)
		}
	}
	if _, err := read("扫描.pdf", doc.GetBytesPdf(), extract.Options{Plan: true}); err == nil || !strings.Contains(err.Error(), "都没有文字层") {
		t.Errorf("without a program there is nothing to wait for: %v", err)
	}
}
