package document

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// When is a date, and a time of day if one was written.
type When struct {
	Date  calendar.Date
	Clock time.Duration // since midnight
	Timed bool          // whether a time of day was written
}

// Time returns the moment in UTC, midnight where no time of day was written, of
// a wall clock in the institution's zone.
func (w When) Time() time.Time {
	day := w.Date.Time()
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, calendar.Zone).Add(w.Clock).UTC()
}

var (
	whenYMD   = regexp.MustCompile(`^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)`)
	whenMDY   = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})`)
	whenDigit = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$`)
	whenClock = regexp.MustCompile(`^(上午|下午|AM|PM)?\s*(\d{1,2})[:：时](\d{1,2})?(?:[:：分](\d{1,2})?(?:\.\d+)?秒?)?分?\s*(AM|PM|Z)?$`)
)

// ParseWhen reads a date as tables hold it: 2026-05-01, 2026/5/1, 2026年5月1日,
// 20260501, with or without a time of day, or the serial number of a spreadsheet
// (46143). monthFirst says how 3/4/2026 is meant; without it, such a date is
// refused unless one of the numbers is over 12.
func ParseWhen(s string, monthFirst bool) (When, error) {
	text := strings.ToUpper(strings.Join(strings.Fields(s), " "))
	if m := whenDigit.FindStringSubmatch(text); m != nil {
		return whenOf(s, m[1:4], strings.Trim(strings.Join(m[4:], ":"), ":"))
	}
	if m := whenYMD.FindStringSubmatch(text); m != nil {
		return whenOf(s, m[1:4], text[len(m[0]):])
	}
	if m := whenMDY.FindStringSubmatch(text); m != nil {
		month, day := m[1], m[2]
		switch first, second := number(m[1]), number(m[2]); {
		case first > 12 && second <= 12:
			month, day = m[2], m[1]
		case first <= 12 && second <= 12 && first != second && !monthFirst:
			return When{}, fault.New(fault.Invalid, "日期“%s”分不清月和日。请写成 2026-05-01 的样式，或在导入设置中说明月在前。", clip(s, 30))
		}
		return whenOf(s, []string{m[3], month, day}, text[len(m[0]):])
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil && v >= 20_000 && v < 80_000 && math.Trunc(v) > 60 {
		if written, ok := (epoch{}).text(text, clockToo); ok {
			return ParseWhen(written, monthFirst)
		}
	}
	return When{}, badDate(s)
}

func badDate(s string) error {
	return fault.New(fault.Invalid, "看不懂日期“%s”。请写成 2026-05-01 或 2026-05-01 14:30 的样式。", clip(s, 30))
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// whenOf checks that the day exists and reads the time of day after it.
func whenOf(s string, ymd []string, rest string) (When, error) {
	day, err := calendar.Parse(fmt.Sprintf("%04d-%02d-%02d", number(ymd[0]), number(ymd[1]), number(ymd[2])))
	if err != nil {
		return When{}, fault.Wrap(fault.Invalid, err, "没有“%s”这一天，或者年份不对。请改正后重新导入。", clip(s, 30))
	}
	w := When{Date: day}
	rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), "T"))
	if rest == "" {
		return w, nil
	}
	c := whenClock.FindStringSubmatch(rest)
	if c == nil {
		return When{}, badDate(s)
	}
	hour, minute, second := number(c[2]), number(c[3]), number(c[4])
	if half := c[1] + c[5]; hour < 12 && (half == "下午" || half == "PM") {
		hour += 12
	} else if hour == 12 && (half == "上午" || half == "AM") {
		hour = 0
	}
	if hour > 23 || minute > 59 || second > 59 || c[5] == "Z" {
		return When{}, badDate(s)
	}
	w.Clock = time.Duration(hour*3600+minute*60+second) * time.Second
	w.Timed = true
	return w, nil
}
