package document

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func TestReadText(t *testing.T) {
	const want = "本产品不保本，业绩比较基准不是收益承诺。\r\n投资须谨慎。"
	gbk, _ := simplifiedchinese.GBK.NewEncoder().String(want)
	utf16, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(want)
	for _, tt := range []struct {
		name, data, text, enc, fails string
		broken                       int
	}{
		{"utf-8", want, want, "utf-8", "", 0},
		{"bom", "\xef\xbb\xbf" + want, want, "utf-8", "", 0},
		{"gbk", gbk, want, "gb18030", "", 0},
		{"utf-16", utf16, want, "utf-16le", "", 0},
		{"one bad byte", strings.Repeat(want, 20) + "\xff", strings.Repeat(want, 20) + "\uFFFD", "utf-8", "", 1},
		{"empty", "", "", "", "是空的", 0},
		{"binary", strings.Repeat("\x01\x02\x03\x04\x7f\x05", 300), "", "", "不是文字文件", 0},
		{"too long", strings.Repeat("长", 1000), "", "", "超过", 0},
	} {
		got, err := ReadText(strings.NewReader(tt.data), int64(len(tt.data)), 2900, tt.name+".txt")
		if tt.fails != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.fails)
			}
			continue
		}
		if err != nil || got.Text != tt.text || got.Encoding != tt.enc || got.Broken != tt.broken {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}
