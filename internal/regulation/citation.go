package regulation

import (
	"strconv"
	"strings"
)

// Citation points to an article. Every citation of the data resolves.
type Citation struct {
	Instrument string `json:"instrument"`          // id
	Article    string `json:"article"`             // number, or a topic where it could not be verified
	Paragraph  int    `json:"paragraph,omitempty"` // 0 for the whole article
	Title      string `json:"title"`               // of the instrument
	Number     string `json:"number,omitempty"`    // of the instrument
	Text       string `json:"text"`                // our own one-line summary
	Grade      string `json:"grade"`
}

// String returns the citation as a letter prints it:
// 《银行业保险业消费投诉处理管理办法》第十八条第一款.
func (c Citation) String() string {
	if c.Title == "" {
		return ""
	}
	s := "《" + c.Title + "》"
	n, err := strconv.Atoi(c.Article)
	if err != nil {
		return s + "（" + c.Article + "）"
	}
	s += "第" + hanNumber(n) + "条"
	if c.Paragraph > 0 {
		s += "第" + hanNumber(c.Paragraph) + "款"
	}
	return s
}

var hanDigits = [...]string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// hanNumber writes 1 to 9999 in Chinese numerals as laws number articles.
func hanNumber(n int) string {
	if n < 1 || n > 9999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	gap := false
	for i, unit := range [...]string{"千", "百", "十", ""} {
		div := [...]int{1000, 100, 10, 1}[i]
		digit := n / div % 10
		if digit == 0 {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteString("零")
			gap = false
		}
		if unit != "十" || digit != 1 || b.Len() > 0 {
			b.WriteString(hanDigits[digit])
		}
		b.WriteString(unit)
	}
	return b.String()
}

// splitParagraph takes "18.3" apart into "18" and 3.
func splitParagraph(s string) (article string, paragraph int) {
	head, tail, ok := strings.Cut(s, ".")
	if !ok {
		return s, 0
	}
	n, err := strconv.Atoi(tail)
	if err != nil || n < 1 {
		return s, 0
	}
	return head, n
}

// lies reports whether a place, written with its superiors first, lies in a
// region.
func lies(place, region string) bool {
	return region != "" && strings.HasPrefix(place, region)
}

// compareIDs orders CP-9 before CP-10.
func compareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
