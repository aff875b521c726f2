package text

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Decimal is the exact number Mantissa / 10^Scale; Scale is 0 to 18.
type Decimal struct {
	Mantissa int64
	Scale    int
}

// Cmp returns -1, 0 or 1 as d is less than, equal to or greater than o, whatever
// their scales.
func (d Decimal) Cmp(o Decimal) int {
	if (d.Mantissa < 0) != (o.Mantissa < 0) {
		if d.Mantissa < 0 {
			return -1
		}
		return 1
	}
	h1, l1 := scaled(d.Mantissa, o.Scale-d.Scale)
	h2, l2 := scaled(o.Mantissa, d.Scale-o.Scale)
	sign := 1
	if d.Mantissa < 0 {
		sign = -1
	}
	switch {
	case h1 == h2 && l1 == l2:
		return 0
	case h1 < h2 || h1 == h2 && l1 < l2:
		return -sign
	}
	return sign
}

// scaled returns |m| * 10^n in two words, |m| when n is not positive.
func scaled(m int64, n int) (hi, lo uint64) {
	u := uint64(m)
	if m < 0 {
		u = -u
	}
	if n <= 0 {
		return 0, u
	}
	return bits.Mul64(u, uint64(pow10(n)))
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// String prints the number plainly: 3.50 keeps its zero.
func (d Decimal) String() string {
	if d.Scale <= 0 {
		return strconv.FormatInt(d.Mantissa, 10)
	}
	s, sign := strconv.FormatInt(d.Mantissa, 10), ""
	if s[0] == '-' {
		s, sign = s[1:], "-"
	}
	if pad := d.Scale + 1 - len(s); pad > 0 {
		s = strings.Repeat("0", pad) + s
	}
	return sign + s[:len(s)-d.Scale] + "." + s[len(s)-d.Scale:]
}

// times multiplies by a power of ten; ok is false on overflow.
func (d Decimal) times(n int64) (Decimal, bool) {
	for n >= 10 && d.Scale > 0 {
		n, d.Scale = n/10, d.Scale-1
	}
	hi, lo := bits.Mul64(uint64(d.Mantissa), uint64(n))
	if hi != 0 || lo > math.MaxInt64 {
		return d, false
	}
	d.Mantissa = int64(lo)
	return d, true
}

// plus adds two numbers that are not negative; ok is false on overflow.
func (d Decimal) plus(o Decimal) (Decimal, bool) {
	if d.Scale < o.Scale {
		d, o = o, d
	}
	hi, lo := bits.Mul64(uint64(o.Mantissa), uint64(pow10(d.Scale-o.Scale)))
	sum := lo + uint64(d.Mantissa)
	if hi != 0 || lo > math.MaxInt64 || sum > math.MaxInt64 {
		return d, false
	}
	d.Mantissa = int64(sum)
	return d, true
}
