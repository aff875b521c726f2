package calendar_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*calendar.Year)
		want   string // part of the sentence
	}{
		{"fine", func(*calendar.Year) {}, ""},
		{"year", func(y *calendar.Year) { y.Year = 27 }, "年份 27 不对"},
		{"no source", func(y *calendar.Year) { y.Notices = nil }, "没有写明依据"},
		{"source without title", func(y *calendar.Year) { y.Notices[0].Title = " " }, "没有标题"},
		{"address", func(y *calendar.Year) { y.Notices[0].URL = "javascript:alert(1)" }, "网址"},
		{"nothing off", func(y *calendar.Year) { y.Holidays = nil }, "还没有发布"},
		{"no name", func(y *calendar.Year) { y.Holidays[0].Name = "" }, "没有名称"},
		{"weekday worked", func(y *calendar.Year) { y.Holidays[1].Work[0]++ }, "是周一，不是周六、周日"},
		{"backwards", func(y *calendar.Year) { y.Holidays[1].Off.To = y.Holidays[1].Off.From - 1 }, "放假期间"},
		{"too long", func(y *calendar.Year) { y.Holidays[1].Off.To += 40 }, "最多 16 天"},
		{"other year", func(y *calendar.Year) { y.Holidays[3].Off.From += 365; y.Holidays[3].Off.To += 365 }, "不属于 2027 年"},
		{"told twice", func(y *calendar.Year) { y.Holidays[2].Off = y.Holidays[3].Off }, "写了两次"},
		{"off and worked", func(y *calendar.Year) { y.Holidays[1].Work[0] = calendar.Of(2027, time.May, 1) }, "写了两次"},
		{"cut off", func(y *calendar.Year) { y.Holidays = y.Holidays[:3] }, "缺少国庆节（10月1日）"},
	} {
		t.Run(test.name, func(t *testing.T) {
			y := year2027()
			test.change(&y)
			_, err := calendar.Official().With(y)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestParseNoticePublicList reads every year in the shape people can get, and
// compares it with the embedded data day by day.
func TestParseNoticePublicList(t *testing.T) {
	var none calendar.Calendar
	for year := 2007; year <= 2026; year++ {
		y, err := calendar.ParseNotice(shared(t, fmt.Sprintf("holidays/%d.json", year)))
		if err != nil {
			t.Errorf("%d: %v", year, err)
			continue
		}
		imported, err := none.With(y)
		if err != nil {
			t.Fatal(err)
		}
		own, _ := calendar.Official().Year(year)
		embedded, err := none.With(own)
		if err != nil {
			t.Fatal(err)
		}
		for d := calendar.Of(year-1, time.December, 1); d.Year() <= year; d++ {
			if imported.Day(d) != embedded.Day(d) {
				t.Errorf("%s: imported %v, embedded %v", d, imported.Day(d), embedded.Day(d))
			}
		}
	}
	_, err := calendar.ParseNotice(shared(t, "holidays/2027.json"))
	if err == nil || !strings.Contains(err.Error(), "没有") {
		t.Errorf("the empty list of 2027 was taken: %v", err)
	}
}

func TestParseNoticeOwnShapes(t *testing.T) {
	data, err := os.ReadFile("data/2026.toml")
	if err != nil {
		t.Fatal(err)
	}
	fromTOML, err := calendar.ParseNotice(data)
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(fromTOML)
	if err != nil {
		t.Fatal(err)
	}
	fromJSON, err := calendar.ParseNotice(append([]byte("\xef\xbb\xbf"), asJSON...))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromTOML, fromJSON) {
		t.Errorf("TOML and JSON disagree:\n%+v\n%+v", fromTOML, fromJSON)
	}
}

func TestParseNoticeRefuses(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"empty", "", "年份 0"},
		{"not toml", "year = ", "TOML"},
		{"unknown field", "year = 2027\nholidays = 3\n", "不认识的字段“holidays”"},
		{"not json", `{"year": 2027,`, "JSON"},
		{"days of another type", `{"year": 2027, "days": 3}`, "JSON"},
		{"impossible day", `{"year": 2027, "papers": ["https://x"], "days": [{"name":"x","date":"2027-02-30","isOffDay":true}]}`, "2027-02-30"},
		{"too many days", `{"year": 2027, "papers": ["https://x"], "days": [` + strings.Repeat(`{"date":"2027-01-01"},`, 400) + `{}]}`, "太多"},
		{"only worked days", `{"year": 2027, "papers": ["https://x"], "days": [{"name":"春节","date":"2027-02-14","isOffDay":false}]}`, "放假期间"},
		{"weekday worked", `{"year": 2027, "papers": ["https://x"], "days": [{"name":"元旦","date":"2027-01-01","isOffDay":true},{"name":"元旦","date":"2027-01-05","isOffDay":false}]}`, "不是周六"},
	} {
		_, err := calendar.ParseNotice([]byte(test.in))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := calendar.ParseNotice(make([]byte, 2<<20)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("2 MB: got %v", err)
	}
}

// FuzzParseNotice: whatever the bytes, there is no panic, and what is taken can
// be laid into a calendar.
func FuzzParseNotice(f *testing.F) {
	data, err := os.ReadFile("data/2026.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"year": 2027, "papers": ["https://x"], "days": [{"name":"元旦","date":"2027-01-01","isOffDay":true}]}`))
	f.Add([]byte(`{"year": 2027, "notice": [{"title": "x"}], "holiday": [{"name": "x", "off": "2027-01-01..2027-01-03"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		y, err := calendar.ParseNotice(data)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("an internal error for input: %v", err)
			}
			return
		}
		var none calendar.Calendar
		cal, err := none.With(y)
		if err != nil {
			t.Fatalf("parsed but refused: %v", err)
		}
		if !cal.Announced(y.Year) {
			t.Fatalf("%d is not announced", y.Year)
		}
	})
}
