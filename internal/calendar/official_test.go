package calendar_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"xiaobao/internal/calendar"
)

// shared opens a file of the shared data folder beside the repository.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatalf("XIAOBAO_REQUIRE_ALL=1 but: %v", err)
		}
		t.Skipf("shared data folder is absent: %v", err)
	}
	return data
}

// listedDays reads the public list of a year: date -> off.
func listedDays(t testing.TB, year int) map[string]bool {
	t.Helper()
	var list struct {
		Days []struct {
			Date string
			Off  bool `json:"isOffDay"`
		}
	}
	if err := json.Unmarshal(shared(t, fmt.Sprintf("holidays/%d.json", year)), &list); err != nil {
		t.Fatal(err)
	}
	days := map[string]bool{}
	for _, d := range list.Days {
		days[d.Date] = d.Off
	}
	return days
}

func TestOfficialAgreesWithPublicList(t *testing.T) {
	cal := calendar.Official()
	listed := map[string]bool{}
	for year := 2007; year <= 2026; year++ {
		for d, off := range listedDays(t, year) {
			listed[d] = off
		}
	}
	checked := 0
	for d := calendar.Of(2007, time.January, 1); d <= calendar.Of(2026, time.December, 31); d++ {
		off, told := listed[d.String()]
		want := !off
		if !told {
			want = d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		}
		if got := cal.IsWorking(d); got != want {
			t.Errorf("%s %s: working = %v, want %v", d, d.WeekdayName(), got, want)
		}
		checked++
	}
	if checked != 7305 {
		t.Errorf("checked %d days, want 7305", checked)
	}
}

func TestOfficialYears(t *testing.T) {
	cal := calendar.Official()
	for year := 2007; year <= 2026; year++ {
		n, ok := cal.Notice(year)
		if !ok || !cal.Announced(year) || n.Title == "" || n.URL == "" {
			t.Errorf("%d: notice %+v, announced %v", year, n, cal.Announced(year))
		}
	}
	for _, year := range []int{2006, 2027} {
		if _, ok := cal.Notice(year); ok || cal.Announced(year) {
			t.Errorf("%d is announced, but no notice comes with the program", year)
		}
	}
	y, _ := cal.Year(2020)
	if len(y.Notices) != 2 || y.Notices[1].Number != "国办发明电〔2020〕1号" {
		t.Errorf("2020: notices %+v, want the arrangement and its extension", y.Notices)
	}
}

func TestWorkingDaysOf2026(t *testing.T) {
	whole := calendar.Interval{From: calendar.Of(2026, time.January, 1), To: calendar.Of(2026, time.December, 31)}
	if got, ok := calendar.Official().Between(whole); !ok || got != 248 {
		t.Errorf("2026 has %d working days (%v), want 248", got, ok)
	}
}
