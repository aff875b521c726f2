package reply

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
)

var (
	dateText  = regexp.MustCompile(`(?:(\d{4})\s*[年\-/.]\s*)?(\d{1,2})\s*(?:月|[\-/.])\s*(\d{1,2})\s*日?(?:\s*[（(，,]?\s*(?:星期|周|礼拜)([一二三四五六日天])\s*[）)]?)?`)
	weekdays  = map[string]time.Weekday{"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 0, "天": 0}
	weekNames = [...]string{"日", "一", "二", "三", "四", "五", "六"}
)

// stated is a date as a text writes it.
type stated struct {
	span
	quote   string
	on      calendar.Date // zero when there is no such day, or no year is given
	wrong   bool
	weekday string // as written, "" for none
	weekAt  span
}

// datesIn finds the dates of a text: with a year, or as month and day in 月日.
func datesIn(s string) []stated {
	var out []stated
	for _, m := range dateText.FindAllStringSubmatchIndex(s, -1) {
		quote := s[m[0]:m[1]]
		year := group(s, m, 1)
		if year == "" && !(strings.Contains(quote, "月") && strings.Contains(quote, "日")) || adjoins(s, m[0], m[1], quote) {
			continue
		}
		d := stated{span: span{m[0], m[1]}, quote: strings.TrimRight(quote, " （(，,")}
		d.end = m[0] + len(d.quote)
		month, day := number(group(s, m, 2)), number(group(s, m, 3))
		y := number(year)
		if year == "" {
			y = 2024 // a leap year: whether the day exists at all
		}
		on := calendar.Of(y, time.Month(month), day)
		if month < 1 || month > 12 || day < 1 || on.Time().Day() != day {
			d.wrong = true
		} else if year != "" {
			d.on = on
		}
		if d.weekday = group(s, m, 4); d.weekday != "" {
			d.weekAt = span{m[8], m[9]}
		}
		out = append(out, d)
	}
	return out
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

// dates holds every date of a paragraph against the calendar and the case.
func (c *run) dates(p paragraph) {
	for _, d := range datesIn(p.text) {
		at := p.in(d.span)
		switch {
		case d.wrong:
			c.add("date_impossible", at, d.quote, nil)
			continue
		case d.on.IsZero():
			continue
		}
		if d.weekday != "" && weekdays[d.weekday] != d.on.Weekday() {
			right := weekNames[d.on.Weekday()]
			c.add("date_weekday", at, d.quote, put(p.in(d.weekAt), right), "{date}", d.on.Chinese(), "{weekday}", right)
		}
		c.inCase(p, d, at)
	}
}

// inCase compares a date with what the sentence says of it.
func (c *run) inCase(p paragraph, d stated, at Place) {
	head, tail := before(p.text, d.start, 14), after(p.text, d.end, 14)
	near := sentenceAt(p.text, d.start).in(p.text)
	switch {
	case has(head, c.lexicon.Due) && !c.Facts.Due.IsZero() && d.on != c.Facts.Due:
		c.add("date_due", at, d.quote, put(at, c.Facts.Due.Chinese()), "{due}", c.Facts.Due.Chinese())
	case c.receivedSaid(head, tail) && !c.receivedOn(d.on):
		c.add("date_receipt", at, d.quote, put(at, c.Case.ReceivedOn.Chinese()), "{received}", c.Case.ReceivedOn.Chinese())
	case d.on > c.Today && !c.Today.IsZero() && strings.HasSuffix(strings.TrimSpace(head), "已于"):
		c.add("date_future", at, d.quote, nil, "{today}", c.Today.Chinese())
	case d.on < c.Case.ReceivedOn && (strings.HasSuffix(head, "我行于") || strings.HasSuffix(head, "我公司于") || strings.HasSuffix(head, "我们于")) && has(near, c.Acts):
		c.add("date_before", at, d.quote, nil, "{received}", c.Case.ReceivedOn.Chinese())
	}
}

func (c *run) receivedSaid(head, tail string) bool {
	return has(tail, c.Receipt) && !strings.ContainsAny(tail[:max(0, strings.IndexAny(tail, "收受"))], "，。；") || strings.HasSuffix(strings.TrimSpace(head), "收到日期为")
}

// receivedOn reports whether the case was received on a day, by any of its arrivals.
func (c *run) receivedOn(on calendar.Date) bool {
	if on == c.Case.ReceivedOn || on == c.Case.RestartOn {
		return true
	}
	for _, r := range c.Case.LiveReferences() {
		if r.ReceivedOn == on {
			return true
		}
	}
	for _, k := range c.Case.Contacts {
		if calendar.FromTime(k.At) == on && (k.NewFacts || k.Channel == "material") {
			return true
		}
	}
	return c.Case.ReceivedOn.IsZero()
}

var reexamDays = regexp.MustCompile(`([0-9]{1,3}|[一二两三四五六七八九十百]{1,5})个?(?:自然|工作)?日(?:之)?内`)

// remedies holds what a paragraph says of re-examination against the rule.
func (c *run) remedies(p paragraph) {
	if c.Kind != complaint.DecisionReply {
		return
	}
	for _, s := range sentences(p.text) {
		text := s.in(p.text)
		at := strings.Index(text, "申请核查")
		if at < 0 {
			continue
		}
		if !c.Branch {
			c.add("remedy_head_office", p.in(s), text, nil)
			continue
		}
		m := reexamDays.FindStringSubmatchIndex(text)
		if m == nil || c.ReexamDays == 0 || chineseInt(text[m[2]:m[3]]) == c.ReexamDays && !strings.Contains(text[m[0]:m[1]], "工作") {
			continue
		}
		days := strconv.Itoa(c.ReexamDays)
		place := p.at(s.start+m[0], s.start+m[1])
		c.add("remedy_days", place, text[m[0]:m[1]], put(place, days+"日内"), "{days}", days)
	}
}
