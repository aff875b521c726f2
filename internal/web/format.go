package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// zone is the institution's: all times of pages stand in it.
var zone = time.FixedZone("CST", 8*3600)

// Money writes an amount of fen as yuan: 123450 is ¥1,234.50.
func Money(fen int64) string {
	sign := ""
	whole, cents := fen/100, fen%100
	if fen < 0 {
		sign, whole, cents = "-", -whole, -cents
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, Number(whole), cents)
}

// Number writes a whole number with its thousands apart: 1,234,567.
func Number[T ~int | ~int64](n T) string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// Date writes a time, or anything that prints as one of our dates, as
// 2026-05-01; nothing for a zero value.
func Date(v any) (string, error) { return when(v, time.DateOnly) }

// DateTime writes a time as 2026-05-01 14:05.
func DateTime(v any) (string, error) { return when(v, "2006-01-02 15:04") }

func when(v any, layout string) (string, error) {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return "", nil
		}
		return v.In(zone).Format(layout), nil
	case fmt.Stringer:
		return v.String(), nil
	case string:
		return v, nil
	}
	return "", fmt.Errorf("web: %T is no date", v)
}

// MaskName keeps the first character of a name: 王*, Smith becomes S*.
func MaskName(name string) string {
	for _, r := range name {
		return string(r) + "*"
	}
	return ""
}

// MaskNumber keeps the ends of a phone, card or identity number:
// 13800000000 is 138****0000. A number of seven characters or fewer shows
// only its last two.
func MaskNumber(number string) string {
	r := []rune(number)
	if len(r) > 7 {
		return string(r[:3]) + "****" + string(r[len(r)-4:])
	}
	return strings.Repeat("*", max(0, len(r)-2)) + string(r[max(0, len(r)-2):])
}

// Size is a number of bytes for a person: 3.2 MB.
func Size(n int64) string {
	f, unit := float64(n), 0
	units := []string{"B", "KB", "MB", "GB", "TB"}
	for f >= 1024 && unit < len(units)-1 {
		f, unit = f/1024, unit+1
	}
	decimals := 1
	if unit == 0 {
		decimals = 0
	}
	return strconv.FormatFloat(f, 'f', decimals, 64) + " " + units[unit]
}
