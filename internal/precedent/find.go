package precedent

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/text"
)

const numeral = `[0-9０-９〇○零一二三四五六七八九十]`

var (
	fullDay  = regexp.MustCompile(`(` + numeral + `{2,4}) *年 *(` + numeral + `{1,3}) *月 *(` + numeral + `{1,3}) *[日号]?`)
	plainDay = regexp.MustCompile(`\b((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})\b`)
	solidDay = regexp.MustCompile(`\b((?:19|20)\d{2})((?:0[1-9]|1[0-2]))((?:0[1-9]|[12]\d|3[01]))\b`)
	monthDay = regexp.MustCompile(`(` + numeral + `{1,3}) *月 *(` + numeral + `{1,3}) *[日号]`)
	oneMonth = regexp.MustCompile(`(` + numeral + `{2,4}) *年 *(` + numeral + `{1,3}) *月份?`)
	oneYear  = regexp.MustCompile(`((?:19|20)\d{2}) *年`)
)

// findDates turns days into their distance from the complaint. Days of rules, such
// as 自2020年3月1日起施行, and numbers of papers (2020年第3号) stay.
func findDates(s string, start calendar.Date, add func(start, end int, with string)) {
	var taken [][2]int
	each := func(re *regexp.Regexp, day func(p []string) (calendar.Date, bool)) {
		for _, at := range re.FindAllStringSubmatchIndex(s, -1) {
			if slices.ContainsFunc(taken, func(t [2]int) bool { return t[0] < at[1] && at[0] < t[1] }) {
				continue
			}
			if ofRule(s[at[1]:]) {
				taken = append(taken, [2]int{at[0], at[1]}) // nor is a part of it one
				continue
			}
			var p []string
			for i := 2; i < len(at); i += 2 {
				p = append(p, s[at[i]:at[i+1]])
			}
			if d, ok := day(p); ok {
				taken = append(taken, [2]int{at[0], at[1]})
				add(at[0], at[1], dayWord(d, start))
			}
		}
	}
	full := func(p []string) (calendar.Date, bool) { return dateOf(count(p[0]), count(p[1]), count(p[2])) }
	each(fullDay, full)
	each(plainDay, full)
	each(solidDay, full)
	each(oneMonth, func(p []string) (calendar.Date, bool) { return dateOf(count(p[0]), count(p[1]), 15) })
	each(monthDay, func(p []string) (calendar.Date, bool) { return nearest(start, count(p[0]), count(p[1])) })
	each(oneYear, func(p []string) (calendar.Date, bool) { return dateOf(count(p[0]), 7, 1) })
}

// ofRule reports whether what follows says that the day is one of a rule or paper.
func ofRule(next string) bool {
	next = strings.TrimLeft(next, " ")
	if strings.HasPrefix(next, "第") || strings.HasPrefix(next, "度") {
		return true
	}
	return slices.ContainsFunc(rules().Law.After, func(w string) bool { return strings.HasPrefix(next, w) })
}

// count reads a numeral of dates: 2026, 二〇二六, 十二, 廿 is none; -1 for nonsense.
func count(s string) int {
	n, ten, chinese := 0, false, false
	for _, r := range s {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		d := strings.IndexRune("0123456789", r)
		if i := strings.Index("零一二三四五六七八九", string(r)); i >= 0 {
			d, chinese = i/len("零"), true
		} else if r == '〇' || r == '○' {
			d, chinese = 0, true
		}
		switch {
		case r == '十' && ten:
			return -1
		case r == '十':
			n, ten = max(n, 1)*10, true
		case ten:
			n += d
		default:
			n = n*10 + d
		}
	}
	if !chinese && !ten && len(s) == 2 && n > 31 { // 19年
		return 2000 + n
	}
	return n
}

func dateOf(y, m, d int) (calendar.Date, bool) {
	if y >= 0 && y < 100 {
		y += 2000
	}
	if y < 1900 || y > 2100 || m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, false
	}
	return calendar.Of(y, time.Month(m), min(d, 28)).AddDays(max(0, d-28)), true
}

// nearest is the month and day of the year that lies nearest to the complaint.
func nearest(start calendar.Date, m, d int) (calendar.Date, bool) {
	if start.IsZero() {
		return dateOf(2000, m, d)
	}
	y := start.Time().Year()
	best, found := calendar.Date(0), false
	for _, year := range []int{y - 1, y, y + 1} {
		if day, ok := dateOf(year, m, d); ok && (!found || abs(day.Sub(start)) < abs(best.Sub(start))) {
			best, found = day, true
		}
	}
	return best, found
}

func abs(n int) int { return max(n, -n) }

// dayWord says how far a day lies from the complaint.
func dayWord(d, start calendar.Date) string {
	if start.IsZero() {
		return "第 1 天"
	}
	n, r := d.Sub(start), rules().Days
	switch {
	case n >= 0:
		return "第 " + strconv.Itoa(min(n, 9998)+1) + " 天"
	case -n <= r.Near:
		return "投诉前 " + strconv.Itoa(-n) + " 天"
	case -n <= r.Months:
		return "投诉前约 " + strconv.Itoa(max(1, (-n+15)/30)) + " 个月"
	}
	return "投诉前约 " + strconv.Itoa(min(999, (-n+180)/365)) + " 年"
}

// findSums turns sums of money into classes.
func findSums(s string, add func(start, end int, with string)) {
	for _, n := range text.Numbers(s) {
		word := s[n.Start:n.End]
		money := slices.Contains(rules().Money.Units, n.Unit) || n.Unit == "" && strings.ContainsAny(word, "万千亿") && n.Value.Cmp(text.Decimal{Mantissa: 1000}) >= 0
		if !money {
			continue
		}
		fen := int64(0)
		for _, c := range Classes() { // the first class that it does not reach
			if c.Upto == 0 || n.Value.Cmp(text.Decimal{Mantissa: c.Upto, Scale: 2}) < 0 {
				fen = max(1, c.Upto-1)
				if c.Upto == 0 {
					fen = 1 << 60
				}
				break
			}
		}
		add(n.Start, n.End, ClassOf(fen).Zh)
	}
}

var (
	longDigits = regexp.MustCompile(`[0-9０-９A-Za-z]*[0-9０-９*＊xX]{2}[0-9０-９A-Za-z*＊\-]*[0-9０-９*＊xX]{2}[0-9０-９A-Za-z*＊]*`)
	starred    = regexp.MustCompile(`\p{Han}[*＊]{1,4}|[0-9]+[*＊]+[0-9]*`)
	shortCode  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?:` + strings.Join(rules().Short.Before, "|") + `)[号码：:为是 ]{0,3}([A-Za-z0-9０-９]{2,12})`)
	})
)

// minDigits is from how many digits on a number may belong to somebody.
const minDigits = 5

// findNumbers finds what is left of numbers: long ones, starred ones, and short
// ones behind a word such as 尾号.
func findNumbers(s string, add func(start, end int, with string)) {
	words := rules().Words
	for _, at := range shortCode().FindAllStringSubmatchIndex(s, -1) {
		if strings.ContainsAny(s[at[2]:at[3]], "0123456789０１２３４５６７８９") {
			add(at[2], at[3], words["number"])
		}
	}
	for _, at := range longDigits.FindAllStringIndex(s, -1) {
		if digits(s[at[0]:at[1]]) >= minDigits {
			add(at[0], at[1], words["number"])
		}
	}
	for _, at := range starred.FindAllStringIndex(s, -1) {
		add(at[0], at[1], words["name"])
	}
}

func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) || r == '*' || r == '＊' {
			n++
		}
	}
	return n
}

// findUnits finds names of branches and counters that no list knows.
func findUnits(s string, add func(start, end int, with string)) {
	e := rules().Units
	findEnded(s, e, func(stem, start, end int) {
		for _, w := range e.Ends {
			if strings.HasSuffix(s[start:end], w) {
				add(start, end, "某"+w)
				return
			}
		}
	})
}

// findPlaces finds names of provinces down to villages.
func findPlaces(s string, add func(start, end int)) {
	findEnded(s, rules().Places, func(_, start, end int) { add(start, end) })
}

// maxStem is how many characters of a name are taken before its end.
const maxStem = 6

// findEnded finds names by their ends; stem is where the end begins.
func findEnded(s string, e wordEnds, add func(stem, start, end int)) {
	for i := 0; i < len(s); {
		w := longestPrefix(s[i:], e.Ends)
		if w == "" {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			continue
		}
		end := i + len(w)
		if start := stemStart(s, i, e); start < i && !isPlain(s[start:i], s[start:end], e.Plain) && utf8.RuneCountInString(s[start:i]) >= 2 {
			add(i, start, end)
		}
		i = end
	}
}

func longestPrefix(s string, list []string) string {
	best := ""
	for _, w := range list {
		if len(w) > len(best) && strings.HasPrefix(s, w) {
			best = w
		}
	}
	return best
}

// isPlain reports whether a stem, or the whole, names nothing.
func isPlain(stem, whole string, plain []string) bool {
	return slices.ContainsFunc(plain, func(w string) bool {
		return strings.HasSuffix(stem, w) || strings.HasSuffix(whole, w)
	})
}

// stemStart goes back over Han characters to a word that leads to a name.
func stemStart(s string, i int, e wordEnds) int {
	start := i
	for range maxStem {
		r, n := utf8.DecodeLastRuneInString(s[:start])
		if !unicode.Is(unicode.Han, r) {
			break
		}
		start -= n
	}
	for at := start; at < i; {
		moved := false
		for _, w := range e.Leads {
			if strings.HasPrefix(s[at:], w) && at+len(w) <= i {
				start, moved = at+len(w), true
			}
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
		if moved {
			at = max(at, start)
		}
	}
	return start
}
