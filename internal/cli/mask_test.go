package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"xiaobao/internal/cli"
)

func runMask(in io.Reader, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	w := cli.World{In: in, Out: &o, Err: &e, Env: func(string) string { return "" }}
	code = cli.Run(context.Background(), w, append([]string{"mask"}, args...))
	return code, o.String(), e.String()
}

// endless is as many letters as are asked for.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestMaskReadsEncodings(t *testing.T) {
	const in, want = "客户电话13800001234，请尽快回复我们的投诉。\n", "客户电话138****1234，请尽快回复我们的投诉。\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(in)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, content, out, err string }{
		{"gbk", gbk, want, ""},
		{"utf-16", wide, want, ""},
		{"bom", "\ufeff" + in, want, ""},
		{"broken", strings.Repeat(in, 50) + "\xff\n" + in, "", "第 51 行起有 1 处不是有效的 utf-8 文字"},
		{"binary", "\x00\x01\x02\x00\x00\x7f\x00\x03", "", "binary.txt"},
	} {
		path := filepath.Join(t.TempDir(), test.name+".txt")
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := runMask(nil, path)
		if out != test.out || !strings.Contains(errs, test.err) || (code == cli.OK) != (test.err == "") {
			t.Errorf("%s: code %d\nout %q\nerr %q", test.name, code, out, errs)
		}
	}
}

func TestMaskRefusesTooMuch(t *testing.T) {
	code, out, errs := runMask(io.LimitReader(endless{}, 50<<20+1), "-")
	if code != cli.Failure || out != "" || !strings.Contains(errs, "超过 50 MB") {
		t.Errorf("code %d, out %d bytes, err %s", code, len(out), errs)
	}
}
