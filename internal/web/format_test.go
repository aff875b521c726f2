package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMoney(t *testing.T) {
	for fen, want := range map[int64]string{0: "¥0.00", 5: "¥0.05", 123450: "¥1,234.50", -100: "-¥1.00", -5: "-¥0.05", 99999999999: "¥999,999,999.99"} {
		if got := Money(fen); got != want {
			t.Errorf("Money(%d) = %s, want %s", fen, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 12: "12", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %s, want %s", n, got, want)
		}
	}
}

// However large an amount, its digits come back when the marks are taken away.
func TestMoneyKeepsEveryFen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Range(0, 1<<60).Draw(t, "fen")
		digits := strings.TrimLeft(strings.NewReplacer("¥", "", ",", "", ".", "").Replace(Money(fen)), "0")
		want := strings.TrimLeft(strings.ReplaceAll(Number(fen), ",", ""), "0")
		if digits != want {
			t.Fatalf("Money(%d) holds %s", fen, digits)
		}
	})
}

func TestDate(t *testing.T) {
	late := time.Date(2026, 4, 30, 17, 30, 0, 0, time.UTC) // the next day in the institution's zone
	tests := []struct {
		in             any
		date, datetime string
	}{
		{late, "2026-05-01", "2026-05-01 01:30"},
		{time.Time{}, "", ""},
		{"2026-05-01", "2026-05-01", "2026-05-01"},
		{&strings.Builder{}, "", ""}, // anything that prints itself
	}
	for _, tt := range tests {
		date, err := Date(tt.in)
		datetime, err2 := DateTime(tt.in)
		if date != tt.date || datetime != tt.datetime || err != nil || err2 != nil {
			t.Errorf("%v = %q, %q (%v, %v), want %q, %q", tt.in, date, datetime, err, err2, tt.date, tt.datetime)
		}
	}
	if _, err := Date(7); err == nil {
		t.Error("7 is no date")
	}
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{"王小明": "王*", "Smith": "S*", "": ""} {
		if got := MaskName(in); got != want {
			t.Errorf("MaskName(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"13800000000": "138****0000", "1234567": "*****67", "12": "12", "": ""} {
		if got := MaskNumber(in); got != want {
			t.Errorf("MaskNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLangOf(t *testing.T) {
	tests := []struct {
		cookie, header string
		want           Lang
	}{
		{"", "", Chinese}, {"", "zh-CN,zh;q=0.9,en;q=0.8", Chinese}, {"", "en-US,en;q=0.9", English},
		{"", "fr-FR", Chinese}, {"en", "zh-CN", English}, {"zh", "en", Chinese}, {"xx", "en", English}, {"", "zh-TW", Chinese},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: cookieLang, Value: tt.cookie})
		}
		if tt.header != "" {
			r.Header.Set("Accept-Language", tt.header)
		}
		if got := LangOf(r); got != tt.want {
			t.Errorf("cookie %q header %q: %s, want %s", tt.cookie, tt.header, got, tt.want)
		}
	}
}

func TestLink(t *testing.T) {
	tests := []struct {
		want string
		args []any
	}{
		{"/a", nil}, {"/a", []any{"q", ""}}, {"/a?q=%E5%AD%98%E6%AC%BE", []any{"q", "存款"}}, {"/a?n=3&tab=mine", []any{"tab", "mine", "n", 3}},
	}
	for _, tt := range tests {
		if got := Link("/a", tt.args...); got != tt.want {
			t.Errorf("Link(%v) = %s, want %s", tt.args, got, tt.want)
		}
	}
}

func TestDueState(t *testing.T) {
	c := catalogue(t)
	words := func(key string, args ...any) string { return c.Text(Chinese, key, args...) }
	tests := []struct {
		due         Due
		state, want string
	}{
		{Due{On: "2026-04-26", Left: -2}, "over", "已超期 2 天（04-26）"},
		{Due{On: "2026-04-28"}, "today", "今天到期"},
		{Due{On: "2026-05-01", Left: 3, Soon: true}, "soon", "还剩 3 天（05-01）"},
		{Due{On: "2026-05-01", Left: 3}, "ok", "还剩 3 天（05-01）"},
		{Due{On: "2026-04-20", Left: -8, Done: true}, "done", "已完成（04-20）"},
		{Due{Unknown: true}, "unknown", "放假安排未公布，暂不能确定"},
		{Due{}, "none", "无期限"},
	}
	for _, tt := range tests {
		if tt.due.State() != tt.state || tt.due.words(words) != tt.want {
			t.Errorf("%+v is %s %q, want %s %q", tt.due, tt.due.State(), tt.due.words(words), tt.state, tt.want)
		}
		if !plainName(tt.due.Icon()) {
			t.Errorf("%+v has no icon", tt.due)
		}
	}
}
