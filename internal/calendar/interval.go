package calendar

import (
	"strings"

	"xiaobao/internal/fault"
)

// Interval is a run of days, both ends inclusive. An interval that ends before
// it begins holds no day, nor does one without a beginning.
type Interval struct{ From, To Date }

// ParseInterval reads "2026-05-01..2026-05-05", or a single day for both ends.
func ParseInterval(s string) (Interval, error) {
	from, to, found := strings.Cut(s, "..")
	if !found {
		to = from
	}
	var iv Interval
	var err error
	if iv.From, err = Parse(strings.TrimSpace(from)); err != nil {
		return Interval{}, err
	}
	if iv.To, err = Parse(strings.TrimSpace(to)); err != nil {
		return Interval{}, err
	}
	if iv.To < iv.From {
		return Interval{}, fault.New(fault.Invalid, "期间“%s”的结束日早于开始日：请按“开始日..结束日”填写。", clip(s))
	}
	return iv, nil
}

// Days returns the number of days in the interval.
func (v Interval) Days() int {
	if v.From.IsZero() {
		return 0
	}
	return max(0, int(v.To-v.From)+1)
}

// Contains reports whether d lies in the interval.
func (v Interval) Contains(d Date) bool { return v.From <= d && d <= v.To }

// Overlaps reports whether the two share a day.
func (v Interval) Overlaps(o Interval) bool {
	return v.Days() > 0 && o.Days() > 0 && v.From <= o.To && o.From <= v.To
}

// String returns "2026-05-01..2026-05-05", one date for a single day, and ""
// for the zero interval.
func (v Interval) String() string {
	if v.From == v.To {
		return v.From.String()
	}
	return v.From.String() + ".." + v.To.String()
}

// MarshalText writes the interval as String does.
func (v Interval) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what ParseInterval reads; empty text is the zero interval.
func (v *Interval) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*v = Interval{}
		return nil
	}
	iv, err := ParseInterval(string(b))
	if err != nil {
		return err
	}
	*v = iv
	return nil
}
