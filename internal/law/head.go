package law

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"xiaobao/internal/calendar"
)

var (
	dateMark    = regexp.MustCompile(`([12][0-9]{3})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日`)
	fileDate    = regexp.MustCompile(`([12][0-9]{3})-([0-9]{2})-([0-9]{2})`)
	inForceMark = regexp.MustCompile(`自\s*([12][0-9]{3}\s*年\s*[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*日)\s*起?(?:正式)?(?:施行|实施|生效|执行)`)
	onIssueMark = regexp.MustCompile(`自(?:公布|发布|印发|颁布)之日起(?:施行|实施|生效|执行)`)
	ofItself    = regexp.MustCompile(`(本|该)(法|办法|条例|规定|解释|批复|通知|规则|细则|指引|意见|决定|编)|^自`)
	orderMark   = regexp.MustCompile(`[\p{Han}、]{2,40}令\s*(?:[〔\[（(]?[0-9]{4}[〕\]）)]?\s*年?\s*)?第?\s*[0-9一二三四五六七八九十百]+\s*号`)
	letterMark  = regexp.MustCompile(`[\p{Han}]{1,12}[〔\[][0-9]{4}[〕\]]\s*(?:第\s*)?[0-9]+\s*号`)
	titleEnd    = regexp.MustCompile(`(法|典|条例|办法|规定|规则|细则|解释|通知|决定|批复|意见|指引|公告|准则|标准|规范|编|函|纲要|要点|方案|[）)])$`)
	quoted      = regexp.MustCompile(`《[^》]*》`) // titles of decisions hold verbs of their own
	partTitle   = regexp.MustCompile(`^[\p{Han}]{1,10}编$`)
)

func dateOf(m []string) calendar.Date {
	y, _ := strconv.Atoi(m[1])
	mo, _ := strconv.Atoi(m[2])
	d, _ := strconv.Atoi(m[3])
	on, err := calendar.Parse(time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	if err != nil || mo > 12 || d > 31 {
		return 0
	}
	return on
}

// heading reads what stands before the first article: title, number, issuer,
// dates, and the preamble.
func (p *parser) heading(name string) {
	rest := p.title(p.head)
	for _, l := range rest {
		if p.isHistory(l) {
			p.text.History = append(p.text.History, l.text)
		} else {
			p.text.Preamble = append(p.text.Preamble, l.text)
		}
	}
	p.numbers()
	p.dates(name)
	p.text.Kind = kindOf(p.text.Title, p.text.Issuer)
}

// title takes the title off the head; a title may be broken over lines.
func (p *parser) title(head []line) []line {
	for len(head) > 0 && tableOfContents(head[0].text) {
		head = head[1:]
	}
	if len(head) == 0 {
		p.warn(WarnTitle, 0, "没有找到标题。请在第一行写明法规全称。")
		return nil
	}
	title, i := head[0].text, 1
	for head[0].hash == 0 && i < len(head) && i < 4 && !titleEnd.MatchString(title) && utf8.RuneCountInString(title) < 60 && !dateMark.MatchString(head[i].text) {
		title += head[i].text
		i++
	}
	if i < len(head) && head[i].hash == 1 && partTitle.MatchString(head[i].text) {
		p.text.Part = head[i].text
		i++
	}
	p.text.Title = strings.Trim(title, "《》")
	if !titleEnd.MatchString(title) || utf8.RuneCountInString(title) > 100 {
		p.warn(WarnTitle, head[0].n, "“%s”不像法规名称，请核对标题。", clip(title, 30))
	}
	return head[i:]
}

func tableOfContents(s string) bool { return s == "目录" || s == "目 录" || s == "目　录" }

// isHistory tells lines about passing, publishing and amending from the preamble.
func (p *parser) isHistory(l line) bool {
	s := l.text
	if utf8.RuneCountInString(s) > 160 {
		return false
	}
	bare := strings.TrimLeft(s, "（(")
	switch {
	case dateMark.MatchString(s) && dateMark.FindStringIndex(bare) != nil && dateMark.FindStringIndex(bare)[0] == 0:
		return true
	case strings.HasPrefix(s, "（") && strings.HasSuffix(s, "）"):
		return true
	}
	short := utf8.RuneCountInString(s) <= 40 && !strings.HasSuffix(s, "：") && !strings.HasSuffix(s, "。")
	return short && (orderMark.MatchString(s) || letterMark.MatchString(s) || strings.Contains(squeeze(p.text.Title), squeeze(s)))
}

// numbers finds the document's number and its issuer in the lines of history.
func (p *parser) numbers() {
	all := strings.Join(p.text.History, "\n")
	if m := orderMark.FindString(all); m != "" {
		p.text.Number = strings.TrimPrefix(m, "中华人民共和国")
		p.text.Issuer, _, _ = strings.Cut(p.text.Number, "令")
	} else if m := letterMark.FindString(all); m != "" {
		p.text.Number = m
	}
	if p.text.Issuer != "" {
		return
	}
	for _, who := range []struct{ mark, name string }{{"最高人民法院、最高人民检察院", "最高人民法院、最高人民检察院"}, {"最高人民法院", "最高人民法院"},
		{"常务委员会", "全国人民代表大会常务委员会"}, {"全国人民代表大会", "全国人民代表大会"}, {"中共中央、国务院", "中共中央、国务院"}, {"国务院", "国务院"}} {
		if strings.Contains(p.text.Title, who.mark) || strings.Contains(first(p.text.History), who.mark) || strings.Contains(all, who.mark) {
			p.text.Issuer = who.name
			return
		}
	}
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// dates reads the dates of the history and of the closing articles, and decides
// from which day this text was in force.
func (p *parser) dates(name string) {
	t := &p.text
	for _, s := range t.History {
		p.historyDates(s)
	}
	if t.Effective.IsZero() {
		t.Effective = p.closing()
	}
	if m := fileDate.FindStringSubmatch(name); m != nil {
		if on := dateOf(m); on > max(t.Promulgated, t.Amended, t.Effective) && !on.IsZero() {
			p.warn(WarnName, 0, "文件名中的日期 %s 晚于正文写明的各个日期，已作为最近一次公布或修改的日期。", on)
			t.Amended = on
		}
	}
	p.inForce()
}

// historyDates reads one line: each date with the verb that follows it.
func (p *parser) historyDates(s string) {
	t := &p.text
	at := dateMark.FindAllStringSubmatchIndex(s, -1)
	for i, loc := range at {
		end := len(s)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		on, after := dateOf(dateMark.FindStringSubmatch(s[loc[0]:loc[1]])), quoted.ReplaceAllString(s[loc[1]:end], "")
		switch {
		case on.IsZero():
		case strings.Contains(after, "废止") || strings.Contains(after, "失效"):
			t.Until = on.AddDays(-1)
		case inForceVerb(after):
			t.Effective = max(t.Effective, on)
		case !t.Promulgated.IsZero() && on.Sub(t.Promulgated) > 120 || amendVerb(after):
			t.Amended = max(t.Amended, on)
		case t.Promulgated.IsZero() || on < t.Promulgated || strings.Contains(after, "公布") || strings.Contains(after, "发布"):
			t.Promulgated = max(t.Promulgated, on)
		}
	}
}

// inForceVerb looks for the verb near the date: 自2020年3月1日起施行.
func inForceVerb(after string) bool {
	after = strings.TrimLeft(after, " 　起")
	return slices.ContainsFunc([]string{"施行", "实施", "生效", "执行", "正式施行"}, func(v string) bool { return strings.HasPrefix(after, v) })
}

func amendVerb(after string) bool {
	return strings.Contains(after, "修正") || strings.Contains(after, "修订") || strings.Contains(after, "修改")
}

// closing finds the day of entry into force in the last articles or, for short
// texts, in the preamble.
func (p *parser) closing() calendar.Date {
	prov := p.text.Provisions
	for i := len(prov) - 1; i >= 0 && i >= len(prov)-4; i-- {
		s := prov[i].Text()
		if m := inForceMark.FindStringSubmatch(s); m != nil && ofItself.MatchString(s) {
			return dateOf(dateMark.FindStringSubmatch(m[1]))
		}
		if onIssueMark.MatchString(s) && ofItself.MatchString(s) {
			return p.text.Promulgated
		}
	}
	for i, s := range p.text.Preamble {
		if m := inForceMark.FindStringSubmatch(s); m != nil && i < 2 && utf8.RuneCountInString(s) < 60 {
			return dateOf(dateMark.FindStringSubmatch(m[1]))
		}
	}
	return 0
}

// inForce decides From: a text that was amended after its own closing article
// came into force says only when its first version did.
func (p *parser) inForce() {
	t := &p.text
	switch {
	case !t.Effective.IsZero() && t.Effective >= t.Amended:
		t.From = t.Effective
	case !t.Amended.IsZero():
		t.From = t.Amended
		p.warn(WarnDate, 0, "正文写明的施行日是最初的 %s，此文本是 %s 修改后的版本；暂按修改之日起算。修改决定另定施行日的，请指明生效日。", either(t.Effective.String(), "（未写明）"), t.Amended)
	case !t.Promulgated.IsZero():
		t.From = t.Promulgated
		p.warn(WarnDate, 0, "没有找到施行日，暂按公布之日 %s 起算。请核对并指明生效日。", t.Promulgated)
	default:
		p.warn(WarnDate, 0, "没有找到任何日期：此文本将视为一直有效。请指明生效日。")
	}
	if t.Promulgated.IsZero() {
		p.warn(WarnDate, 0, "没有找到公布日期。")
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// kindOf tells the rank of an instrument by its title and issuer.
func kindOf(title, issuer string) string {
	end := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			return strings.HasSuffix(strings.TrimRight(title, "（）()一二三四五六七八九十试行暂0123456789年修正订"), w)
		})
	}
	switch {
	case strings.HasPrefix(issuer, "最高人民"):
		return "judicial"
	case end("法", "法典", "民法典"):
		if !end("办法") {
			return "law"
		}
		return "rule"
	case end("条例"):
		return "regulation"
	case end("通知", "意见", "函", "批复", "公告", "决定"):
		return "notice"
	case end("标准", "规范"):
		return "standard"
	}
	return "rule"
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// squeeze leaves out every space.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if blank(r) {
			return -1
		}
		return r
	}, s)
}
