// Package calendar counts days the way a Chinese office counts them: dates in
// the zone of the institution, and working days by the official holiday notices
// with their make-up working days.
//
// A year whose notice is not out is not guessed: see Calendar.Announced.
package calendar

import (
	"fmt"
	"time"

	"xiaobao/internal/fault"
)

// Zone is the zone of every date in the house: UTC+8 without summer time.
var Zone = time.FixedZone("CST", 8*3600)

const secondsPerDay = 24 * 60 * 60

// Date is a day, counted from 1970-01-01. The zero value means "no date", so
// 1970-01-01 itself cannot be represented.
type Date int32

// Of returns the date of a year, month and day. Values out of range are carried
// over as time.Date does.
func Of(y int, m time.Month, d int) Date {
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// Parse reads "2006-01-02". A day that does not exist (02-30) is refused with a
// fault of kind Invalid.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < minYear || t.Year() > maxYear {
		return 0, fault.New(fault.Invalid, "日期“%s”不对：请按“2026-05-01”的样子填写实际存在的日子（%d 年至 %d 年）。",
			clip(s), minYear, maxYear)
	}
	return FromTime(t.Add(-8 * time.Hour)), nil
}

// The years that a date read from outside may have. Wider than any case needs;
// narrow enough that a typing slip such as 20266 is caught.
const (
	minYear = 1971
	maxYear = 2199
)

// clip shortens hostile input before it is repeated in a message.
func clip(s string) string {
	const most = 24
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// FromTime returns the date on which t falls in Zone.
func FromTime(t time.Time) Date {
	seconds := t.Unix() + 8*3600
	days := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		days--
	}
	return Date(days)
}

// Time returns the first moment of the day in Zone.
func (d Date) Time() time.Time {
	return time.Unix(int64(d)*secondsPerDay-8*3600, 0).In(Zone)
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == 0 }

// AddDays returns the date n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Sub returns the number of days from o to d.
func (d Date) Sub(o Date) int { return int(d - o) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(((int(d)+4)%7 + 7) % 7) // 1970-01-01 was a Thursday
}

// Year returns the year.
func (d Date) Year() int { return d.Time().Year() }

// String returns "2026-05-01", and "" for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// Chinese returns "2026年5月1日" as letters write it, and "" for no date.
func (d Date) Chinese() string {
	if d == 0 {
		return ""
	}
	t := d.Time()
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what Parse reads; empty text is no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}
