package dates

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
)

func TestFind(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"2026年10月1日至2026年12月31日", "2026-10-01 2026-12-31"},
		{"截止2026-10-20，2026.9.30，2026/1/5", "2026-10-20 2026-09-30 2026-01-05"},
		{"10月1日起", "10/1"},
		{"2026年2月30日", "wrong"},
		{"2025年2月29日，2月29日", "wrong 2/29"},
		{"13月1日", "wrong"},
		{"2026年10月1日（星期五）", "2026-10-01 wants 四"},
		{"2026年10月1日（星期四）", "2026-10-01"},
		{"版本3.5，电话010-12-34567，比例1.2-3.4", ""},
		{"2026年10月", ""},
		{"3.14 与 9/30", ""},
	} {
		var got []string
		for _, d := range Find(tt.text) {
			word := fmt.Sprintf("%d/%d", d.Month, d.Day)
			if d.Wrong {
				word = "wrong"
			} else if !d.On.IsZero() {
				word = d.On.String()
			}
			if right, wrong := d.WrongWeekday(); wrong {
				word += " wants " + right
			}
			got = append(got, word)
		}
		if g := strings.Join(got, " "); g != tt.want {
			t.Errorf("%s: %q, want %q", tt.text, g, tt.want)
		}
	}
}

func TestIn(t *testing.T) {
	d := Find("2月29日")[0]
	if on, ok := d.In(2028); !ok || on != calendar.Of(2028, 2, 29) {
		t.Errorf("2028: %v %v", on, ok)
	}
	if _, ok := d.In(2027); ok {
		t.Error("2027 has no 29 February")
	}
}

// Every date reads back as it was written, wherever it stands.
func TestFindWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		on := calendar.Of(2000, 1, 1).AddDays(rapid.IntRange(0, 20000).Draw(t, "day"))
		form := rapid.SampledFrom([]string{on.String(), on.Chinese(), strings.ReplaceAll(on.String(), "-", "/")}).Draw(t, "form")
		s := rapid.SampledFrom([]string{"", "截止", "（", "自"}).Draw(t, "before") + form + rapid.SampledFrom([]string{"", "止", "）", "起"}).Draw(t, "after")
		got := Find(s)
		if len(got) != 1 || got[0].On != on || got[0].Span.In(s) != form {
			t.Fatalf("%q: %+v", s, got)
		}
	})
}

func FuzzFind(f *testing.F) {
	f.Add("2026年10月1日（星期四）至12月31日")
	f.Add("９月\xff31日 2026-2-30")
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range Find(s) {
			if d.Start < 0 || d.End > len(s) || d.Start >= d.End || s[d.Start:d.End] != d.Quote || d.Wrong && !d.On.IsZero() {
				t.Fatalf("%+v in %q", d, s)
			}
		}
	})
}
