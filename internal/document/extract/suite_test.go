package extract_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files")

// The files in testdata/office were made by a real office suite (LibreOffice 7.4)
// from one contract with a heading, a footnote, a text box, a table, small type, a
// header and a footer, one workbook of two sheets and two slides with notes and a table.
func TestOfficeSuite(t *testing.T) {
	for name, want := range map[string][]string{
		"contract.docx": {"header|", "footer|", "footnote|", "textbox|", "cell|", "heading|"},
		"contract.html": {"heading|", "cell|"},
		"contract.pdf":  {"保本保收益|10.5", "投资须谨慎。|6\n", "机会难得，错过再等一年"},
		"fees.xlsx":     {"工作表“收费标准” B3|全国销量第一", "工作表“说明”"},
		"talk.pptx":     {"第 1 张", "第 2 张", "cell|"},
	} {
		path := filepath.Join("testdata", "office", name)
		data, err := os.ReadFile(path) // #nosec G304: of the test's own
		if err != nil {
			t.Fatal(err)
		}
		d := read(t, name, data)
		got := shown(d) + "\n"
		if len(d.Warnings) > 0 {
			got += "! " + strings.Join(d.Warnings, "\n! ") + "\n"
		}
		if *update {
			if err := os.WriteFile(path+".golden", []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(path + ".golden") // #nosec G304: of the test's own
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, string(golden))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, got)
			}
		}
	}
}

// Old binary files get a sentence that says what they are and what helps.
func TestOldOfficeSuite(t *testing.T) {
	for name, want := range map[string]string{"contract.doc": "旧版 Word（.doc）", "fees.xls": "旧版 Excel（.xls）", "talk.ppt": "旧版 PowerPoint（.ppt）"} {
		packed, err := os.ReadFile(filepath.Join("testdata", "office", name+".gz")) // #nosec G304: of the test's own
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		_, err = extract.Read(context.Background(), bytes.NewReader(data), int64(len(data)), name, extract.Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), want) || !strings.Contains(fault.Message(err), "另存为") {
			t.Errorf("%s: %v, want a sentence with %q", name, err, want)
		}
	}
}
