package text

// quantity is digits and multipliers as they were read.
type quantity struct {
	value  Decimal
	arabic bool // began with Arabic digits
	solid  bool // a Chinese numeral that is one without a unit: 三万, 二〇二六
	read   bool
	ok     bool // fits and is exact: 三四 is neither three nor four
	digits int  // length of the first run of digits
	terms  int
}

// sum adds up a numeral from left to right: current is the last literal, section
// what is below 万, total the rest.
type sum struct {
	total, section, current Decimal
	have, single, ok        bool // have: a literal waits for its multiplier
	last                    int64
}

// quantity reads 3.5, 1,000, 3万5千, 三万五, 二〇二六, 三点五, 半.
func (p *scan) quantity() quantity {
	if p.take("半") {
		return quantity{value: Decimal{5, 1}, read: true, ok: true}
	}
	a := sum{ok: true}
	q := quantity{}
	for {
		p.gap(a)
		r, n := p.peek()
		if m := multiplier(r); m > 0 {
			if !a.multiply(m, q.terms == 0) {
				break
			}
			p.at += n
		} else {
			lit := literal{}
			if !a.have {
				lit = p.literal()
			}
			if lit.digits == 0 {
				break
			}
			if q.terms == 0 {
				q.arabic, q.digits, q.solid = lit.arabic, lit.digits, !lit.arabic && lit.zero
			}
			a.current, a.have, a.single, a.ok = lit.value, true, lit.digits == 1, a.ok && lit.ok
		}
		q.terms++
	}
	q.value = a.end()
	q.read, q.ok, q.solid = q.terms > 0, a.ok, q.solid || !q.arabic && q.terms > 1
	return q
}

// gap passes the blank of 5 万元.
func (p *scan) gap(a sum) {
	if r, n := p.peek(); a.have && r == ' ' {
		if next, _ := plainRune(p.s, min(p.at+n, len(p.s))); multiplier(next) >= 1000 {
			p.at += n
		}
	}
}

func (a *sum) add(to *Decimal, d Decimal) {
	var fits bool
	*to, fits = to.plus(d)
	a.ok = a.ok && fits
}

func (a *sum) scale(d *Decimal, m int64) {
	var fits bool
	*d, fits = d.times(m)
	a.ok = a.ok && fits
}

// multiply takes one multiplier; false when it does not belong to the number.
func (a *sum) multiply(m int64, first bool) bool {
	if m < 10_000 {
		if !a.have && m == 10 && (first || a.last >= 100) {
			a.current, a.have = Decimal{1, 0}, true
		}
		if !a.have || a.last > 0 && a.last < 10_000 && m >= a.last {
			return false
		}
		a.scale(&a.current, m)
		a.add(&a.section, a.current)
	} else {
		if first || a.last >= 10_000 && !a.have && m <= a.last {
			return false
		}
		a.add(&a.section, a.current)
		if m > 10_000 {
			a.add(&a.section, a.total)
			a.total = Decimal{}
		}
		a.scale(&a.section, m)
		a.add(&a.total, a.section)
		a.section = Decimal{}
	}
	a.current, a.have, a.last = Decimal{}, false, m
	return true
}

// end adds what is left: the five of 三万五 counts thousands.
func (a *sum) end() Decimal {
	if a.have && a.single && a.last >= 100 {
		a.scale(&a.current, a.last/10)
	}
	a.add(&a.section, a.current)
	a.add(&a.total, a.section)
	return a.total
}

// literal is a run of digits.
type literal struct {
	value            Decimal
	digits           int
	arabic, zero, ok bool
}

func (p *scan) literal() literal {
	r, _ := p.peek()
	if isDigit(r) {
		return p.arabic()
	}
	l := literal{ok: true}
	p.digits(&l, chineseDigit)
	l.ok = l.ok && (l.digits == 1 || l.digits >= 4 || l.zero)
	if at := p.at; l.digits > 0 && p.take("点") {
		whole := l.digits
		if p.digits(&l, chineseDigit); l.digits == whole {
			p.at = at
		} else {
			l.value.Scale, l.digits = l.digits-whole, whole
		}
	}
	return l
}

// digits appends a run of digits to the mantissa.
func (p *scan) digits(l *literal, value func(rune) int64) {
	for {
		r, n := p.peek()
		v := value(r)
		if n == 0 || v < 0 {
			return
		}
		p.at += n
		l.digits++
		l.zero = l.zero || v == 0
		if l.digits > 18 {
			l.ok = false
			continue
		}
		l.value.Mantissa = l.value.Mantissa*10 + v
	}
}

func arabicDigit(r rune) int64 {
	if isDigit(r) {
		return int64(r - '0')
	}
	return -1
}

// arabic reads digits with commas between thousands and a decimal point.
func (p *scan) arabic() literal {
	l := literal{arabic: true, ok: true}
	p.digits(&l, arabicDigit)
	for first := l.digits; first <= 3 && p.thousands(); {
		p.digits(&l, arabicDigit)
	}
	whole := l.digits
	if at := p.at; p.point() {
		p.digits(&l, arabicDigit)
		if l.digits == whole {
			p.at = at
		}
	}
	l.value.Scale, l.digits = min(l.digits-whole, 18), whole
	return l
}

// thousands takes a comma that exactly three digits follow.
func (p *scan) thousands() bool {
	r, n := p.peek()
	at := p.at + n
	for range 3 {
		d, size := plainRune(p.s, at)
		if r != ',' || !isDigit(d) {
			return false
		}
		at += size
	}
	if d, _ := plainRune(p.s, at); isDigit(d) {
		return false
	}
	p.at += n
	return true
}

func (p *scan) point() bool {
	if r, n := p.peek(); r == '.' {
		p.at += n
		return true
	}
	return false
}
