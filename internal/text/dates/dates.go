// Package dates finds the dates that a Chinese text writes.
package dates

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text"
)

var written = regexp.MustCompile(`(?:(\d{4})\s*[年\-/.]\s*)?(\d{1,2})\s*(?:月|[\-/.])\s*(\d{1,2})\s*日?(?:\s*[（(，,]?\s*(?:星期|周|礼拜)([一二三四五六日天])\s*[）)]?)?`)

var weekdays = map[string]time.Weekday{"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 0, "天": 0}

var names = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// Date is a date as a text writes it. Span covers the date without the weekday.
type Date struct {
	text.Span
	Quote   string
	On      calendar.Date // zero when there is no such day, or no year is given
	Month   int
	Day     int
	Wrong   bool      // there is no such day in any year, or not in this one
	Weekday string    // one character as written, "" for none
	At      text.Span // of Weekday
}

// Find returns the dates of a text in order: with a year in any usual form, or
// as month and day in 月日. Pieces of longer numbers are none.
func Find(s string) []Date {
	var out []Date
	for _, m := range written.FindAllStringSubmatchIndex(s, -1) {
		quote, year := s[m[0]:m[1]], group(s, m, 1)
		if year == "" && !(strings.Contains(quote, "月") && strings.Contains(quote, "日")) || adjoins(s, m[0], m[1], quote) {
			continue
		}
		d := Date{Span: text.Span{Start: m[0]}, Quote: strings.TrimRight(quote, " （(，,"), Month: number(group(s, m, 2)), Day: number(group(s, m, 3))}
		d.End = m[0] + len(d.Quote)
		d.place(year)
		if d.Weekday = group(s, m, 4); d.Weekday != "" {
			d.At = text.Span{Start: m[8], End: m[9]}
		}
		out = append(out, d)
	}
	return out
}

// place looks the day up; without a year it is tried in a leap year.
func (d *Date) place(year string) {
	y := number(year)
	if year == "" {
		y = 2024
	}
	on := calendar.Of(y, time.Month(d.Month), d.Day)
	if d.Month < 1 || d.Month > 12 || d.Day < 1 || on.Time().Day() != d.Day {
		d.Wrong = true
	} else if year != "" {
		d.On = on
	}
}

// In returns the day that a date without a year means in a year; false when
// there is none.
func (d Date) In(year int) (calendar.Date, bool) {
	on := calendar.Of(year, time.Month(d.Month), d.Day)
	return on, !d.Wrong && on.Time().Day() == d.Day
}

// WrongWeekday reports whether the text names another weekday than the day has,
// and which it has.
func (d Date) WrongWeekday() (right string, wrong bool) {
	if d.Weekday == "" || d.On.IsZero() || weekdays[d.Weekday] == d.On.Weekday() {
		return "", false
	}
	return names[d.On.Weekday()], true
}

// adjoins reports whether what looks like a date is a piece of a longer number.
func adjoins(s string, start, end int, quote string) bool {
	digit := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '-')
	}
	if strings.Contains(quote, "月") {
		return start > 0 && s[start-1] >= '0' && s[start-1] <= '9'
	}
	return digit(start-1) || digit(end)
}

func group(s string, m []int, i int) string {
	if m[2*i] < 0 {
		return ""
	}
	return s[m[2*i]:m[2*i+1]]
}

func number(s string) int { n, _ := strconv.Atoi(s); return n }
