package check

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
	"xiaobao/internal/text/dates"
)

var riskGrade = regexp.MustCompile(`\bP?(R[1-5])\b`)

// forms holds what the form says against the text.
func (c *run) forms() {
	c.formFee()
	c.formGrade()
	c.formNo("auto_renewal", "是否自动续期、续费", "renewal")
	c.formNo("personal_data", "是否收集或提供个人信息", "personal")
	c.named("issuer", "发行人或责任部门")
	c.named("partner", "合作机构")
	c.validity()
}

// formGrade reports a risk grade other than that of the form.
func (c *run) formGrade() {
	want := c.Form["risk_grade"]
	if want == "" || strings.Contains(c.Text, want) {
		return
	}
	if m := riskGrade.FindStringSubmatchIndex(c.Text); m != nil {
		c.add("form-differs", text.Span{Start: m[0], End: m[1]}, "field", "产品风险等级", "form", want, "text", c.Text[m[2]:m[3]])
	}
}

// formNo reports words of a thing that the form says there is not.
func (c *run) formNo(field, name, group string) {
	if c.Form[field] != "no" {
		return
	}
	for _, h := range c.found[group] {
		if s := c.sentence(h.Span); denied(c.Text[max(s.Start, h.Start-48):h.Start]) {
			continue
		}
		c.add("form-differs", h.Span, "field", name, "form", "否", "text", "“"+h.In(c.Text)+"”")
		return
	}
}

// denied reports whether what stands before a word denies it.
func denied(before string) bool {
	r := []rune(before)
	near := string(r[max(0, len(r)-12):])
	for _, w := range []string{"不", "无", "未", "非", "没有"} {
		if strings.Contains(near, w) {
			return true
		}
	}
	return false
}

// named reports an institution of the form that the text does not name. What is
// no institution, such as a department, need not stand in a material.
func (c *run) named(field, name string) {
	want := strings.TrimSpace(c.Form[field])
	if want == "" || !c.has(want, "institution") || strings.HasSuffix(want, "部") || strings.HasSuffix(want, "中心") || strings.HasSuffix(want, "处") {
		return
	}
	if !strings.Contains(squeeze(c.Text), squeeze(want)) && !strings.Contains(squeeze(c.Text), squeeze(short(want))) {
		c.add("issuer-missing", text.Span{}, "field", name, "form", want)
	}
}

// short is an institution's name without its legal form.
func short(name string) string {
	for _, w := range []string{"股份有限公司", "有限责任公司", "有限公司"} {
		name = strings.TrimSuffix(name, w)
	}
	return name
}

// squeeze folds a text and takes its white space out.
func squeeze(s string) string { return strings.Join(strings.Fields(text.Fold(s)), "") }

// validity reports an offer without a period; any date counts as one.
func (c *run) validity() {
	if at, ok := c.first("offer", 0); ok && len(c.found["validity"]) == 0 && c.wants("validity-missing") && len(dates.Find(c.Text)) == 0 {
		c.add("validity-missing", at)
	}
}

// message looks at what only short messages need; each line is one message.
func (c *run) message() {
	if !under(c.Kind, c.sorts["sms-sender"].Kinds) {
		return
	}
	limit, signed, list := int(c.Limits["sms_chars"]), false, text.Paragraphs(c.Text)
	for _, p := range list {
		s := p.In(c.Text)
		signed = signed || strings.HasPrefix(s, "【") || strings.HasSuffix(s, "】")
		if n := utf8.RuneCountInString(s); n > limit {
			c.add("sms-long", p, "count", strconv.Itoa(n), "limit", strconv.Itoa(limit))
		}
	}
	if len(list) > 0 && !signed {
		c.add("sms-sender", text.Span{})
	}
}
