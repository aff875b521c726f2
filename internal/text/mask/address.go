package mask

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	numeral = `[0-9０-９一二三四五六七八九十百零〇A-Za-z]`
	number  = numeral + `{1,6}(?:[-－—之]` + numeral + `{1,5}){0,3}`
	tail    = `(?:[ 　,，]?` + number + `(?:号楼|号院|号铺|号|弄|栋|幢|座|单元|楼|层|室|户|组|队))`
	body    = `[\p{Han}A-Za-z0-9]`
)

// place words are followed by the number of a house; estates by that of a
// building or a room.
var (
	street = regexp.MustCompile(`\p{Han}{1,8}?(?:路|大街|街道|街|大道|道|巷|胡同|弄|里|村|屯|庄|镇|乡)` + `(?:` + body + `{0,8}?)?` + number + `(?:号楼|号院|号|弄|组|队)` + `(?:` + body + `{0,12}?` + tail + `)*` + tail + `*`)
	estate = regexp.MustCompile(`\p{Han}{1,6}?(?:小区|花园|家园|公寓|大厦|广场|苑|庭|城|府|园|里|村|社区|新村|宿舍|家属院)` + tail + tail + `*`)
)

// leads are the words between which and the street nothing belongs to it.
var leads = []string{"地址", "住址", "住在", "居住在", "家住", "位于", "住所", "坐落", "寄到", "寄往", "送到", "送达", "来到", "到", "在", "于", "往", "为", "是", "从", "住", "搬至", "至", "的", "了", "我", "系", "将", "现"}

// findAddresses hides street, house and room; province, city and district stay,
// since statistics and local handling need them. A street without a number is no
// address of a person.
func findAddresses(s string, add func(Hit)) {
	for _, line := range lines(s) {
		part := s[line[0]:line[1]]
		if !housed(part) {
			continue
		}
		for _, re := range []*regexp.Regexp{street, estate} {
			for _, at := range re.FindAllStringIndex(part, -1) {
				if counted(part[at[1]:]) {
					continue
				}
				if start := streetStart(part, at[0], at[1]); start >= 0 {
					add(Hit{Address, line[0] + start, line[0] + at[1], "***"})
				}
			}
		}
	}
}

// housed reports whether a number stands before a word for a house or a room: a
// cheap question that most lines fail.
func housed(s string) bool {
	before := rune(0)
	for _, r := range s {
		switch r {
		case '号', '弄', '栋', '幢', '座', '单', '楼', '层', '室', '户', '组', '队':
			if before < 0x80 && before > ' ' || before >= '０' && before <= '９' || strings.ContainsRune("一二三四五六七八九十百零〇", before) {
				return true
			}
		}
		before = r
	}
	return false
}

// counted tells 一号线 and 3号文件 from the number of a house.
func counted(next string) bool {
	for _, w := range []string{"线", "文", "令", "公告", "通知", "标段", "口"} {
		if strings.HasPrefix(next, w) {
			return true
		}
	}
	return false
}

// lines cuts s where no address goes on.
func lines(s string) [][2]int {
	var out [][2]int
	start := 0
	for i, r := range s {
		if r == '\n' || r == '。' || r == '；' || r == '、' || r == '：' || r == ':' || r == '“' || r == '《' {
			out = append(out, [2]int{start, i})
			start = i + utf8.RuneLen(r)
		}
	}
	return append(out, [2]int{start, len(s)})
}

// streetStart moves the start behind the administrative units and the words that
// lead to an address, -1 when nothing of a street is left.
func streetStart(s string, start, end int) int {
	start += unitsEnd(s[start:end])
	start = end - len(strings.TrimLeft(s[start:end], "区县镇"))
	for moved := true; moved; {
		moved = false
		for _, w := range leads {
			if i := strings.Index(s[start:min(start+30, end)], w); i >= 0 && utf8.ValidString(s[start+i+len(w):end]) {
				start, moved = start+i+len(w), true
			}
		}
	}
	if first, _ := utf8.DecodeRuneInString(s[start:end]); start >= end || strings.ContainsRune("第《〔", first) || !strings.ContainsAny(s[start:end], "路街道巷弄里村屯庄镇乡区园苑庭城府寓厦场舍院同") {
		return -1
	}
	return start
}

// unitNames end the names of administrative units.
var unitNames = []string{"特别行政区", "自治区", "自治州", "自治县", "街道", "地区", "省", "市", "区", "县", "旗", "州", "盟", "镇", "乡"}

// unitsEnd returns where the administrative units at the head of an address end.
// 小区 is none, and 市 in 市中路 belongs to the street.
func unitsEnd(s string) int {
	end := 0
	for i, r := range s {
		if r < 0x4E00 {
			break
		}
		if i == end {
			continue // a unit has a name
		}
		for _, u := range unitNames {
			if strings.HasPrefix(s[i:], u) && !strings.HasSuffix(s[:i], "小") && !strings.HasSuffix(s[:i], "社") && !streetly(s[i+len(u):]) {
				end = i + len(u)
				break
			}
		}
	}
	return end
}

// streetly reports whether what follows makes a street of what stands before.
func streetly(s string) bool {
	for _, w := range []string{"路", "街", "大道", "道", "巷", "胡同", "中路", "东路", "西路", "南路", "北路"} {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}
