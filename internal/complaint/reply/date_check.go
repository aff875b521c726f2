package reply

import (
	"regexp"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/text/dates"
)

// dates holds every date of a paragraph against the calendar and the case.
func (c *run) dates(p paragraph) {
	for _, d := range dates.Find(p.text) {
		at := p.in(span{d.Start, d.End})
		switch {
		case d.Wrong:
			c.add("date_impossible", at, d.Quote, nil)
			continue
		case d.On.IsZero():
			continue
		}
		if right, wrong := d.WrongWeekday(); wrong {
			c.add("date_weekday", at, d.Quote, put(p.in(span{d.At.Start, d.At.End}), right), "{date}", d.On.Chinese(), "{weekday}", right)
		}
		c.inCase(p, d, at)
	}
}

// inCase compares a date with what the sentence says of it.
func (c *run) inCase(p paragraph, d dates.Date, at Place) {
	head, tail := before(p.text, d.Start, 14), after(p.text, d.End, 14)
	near := sentenceAt(p.text, d.Start).in(p.text)
	switch {
	case has(head, c.lexicon.Due) && !c.Facts.Due.IsZero() && d.On != c.Facts.Due:
		c.add("date_due", at, d.Quote, put(at, c.Facts.Due.Chinese()), "{due}", c.Facts.Due.Chinese())
	case c.receivedSaid(head, tail) && !c.receivedOn(d.On):
		c.add("date_receipt", at, d.Quote, put(at, c.Case.ReceivedOn.Chinese()), "{received}", c.Case.ReceivedOn.Chinese())
	case d.On > c.Today && !c.Today.IsZero() && strings.HasSuffix(strings.TrimSpace(head), "已于"):
		c.add("date_future", at, d.Quote, nil, "{today}", c.Today.Chinese())
	case d.On < c.Case.ReceivedOn && (strings.HasSuffix(head, "我行于") || strings.HasSuffix(head, "我公司于") || strings.HasSuffix(head, "我们于")) && has(near, c.Acts):
		c.add("date_before", at, d.Quote, nil, "{received}", c.Case.ReceivedOn.Chinese())
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
