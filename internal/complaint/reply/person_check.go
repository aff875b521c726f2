package reply

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
	"xiaobao/internal/text/mask"
)

var (
	dearText    = regexp.MustCompile(`(?:尊敬的|致：?|您好[，,]?)\s*([\p{Han}·]{1,12}?)(先生|女士|小姐|老师|阿姨|大爷|大妈)`)
	otherBank   = regexp.MustCompile(`(?:中国)?(?:工商|农业|建设|交通|招商|浦发|中信|光大|民生|兴业|平安|邮储|邮政储蓄|广发|华夏|浙商|恒丰|渤海)银行|中国银行|(?:中国)?(?:人寿|平安|太平洋|人保|新华|泰康|太平)(?:保险|财险|人寿)`)
	commonNames = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍郤璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公"
)

// persons looks for other people's data and for a wrong address of the reader.
func (c *run) persons(p paragraph) {
	c.numbers(p)
	c.names(p)
	c.addressed(p)
	c.institution(p)
}

// numberKinds are the numbers of people that a letter must not carry.
var numberKinds = map[mask.Kind]string{mask.Mobile: "手机号码", mask.Identity: "身份证号码", mask.BankCard: "银行卡号"}

var masker = mask.New()

// numbers finds telephone, identity and card numbers that are neither the
// reader's nor the institution's, in any way of writing.
func (c *run) numbers(p paragraph) {
	for _, h := range masker.Find(p.text) {
		what, quote := numberKinds[h.Kind], p.text[h.Start:h.End]
		if what == "" || c.ownNumber(strings.NewReplacer("-", "", " ", "", "+86", "").Replace(text.Fold(quote))) {
			continue
		}
		place := p.at(h.Start, h.End)
		c.add("personal_number", place, quote, put(place, h.With), "{what}", what)
	}
}

// ownNumber reports whether a number belongs to the reader or to the institution.
func (c *run) ownNumber(digits string) bool {
	own := append([]string{c.Case.Complainant.Phone, c.Case.Complainant.IDNumber, c.Case.Complainant.Policy, c.Case.Number}, c.Phones...)
	if r := c.Case.Representative; r != nil {
		own = append(own, r.Phone)
	}
	for _, r := range c.Case.References {
		own = append(own, r.Number)
	}
	plain := strings.NewReplacer("-", "", " ", "", "（", "", "）", "", "(", "", ")", "", "+86", "")
	for _, o := range own {
		if o = plain.Replace(o); o != "" && strings.Contains(o, digits) {
			return true
		}
	}
	return false
}

// names finds a full name after a word such as 柜员 or 客户.
func (c *run) names(p paragraph) {
	for _, word := range c.NamesBefore {
		for at := 0; ; {
			i := strings.Index(p.text[at:], word)
			if i < 0 {
				break
			}
			at += i + len(word)
			if name := nameAt(p.text[at:]); name != "" && !c.readers(name) {
				c.add("personal_name", p.at(at, at+len(name)), name, put(p.at(at, at+len(name)), firstRune(name)+"某"))
			}
		}
	}
}

// nameAt reads two or three characters that begin with a common surname and end
// before a mark or a verb; a guess that a person looks at.
func nameAt(s string) string {
	runes := []rune(after(s, 0, 4))
	for _, n := range []int{3, 2} {
		if len(runes) > n && strings.ContainsRune(commonNames, runes[0]) && strings.ContainsRune("，。、；（）(),的在于于向说称未已将对与和", runes[n]) && !has(string(runes[:n]), notNames) {
			return string(runes[:n])
		}
	}
	return ""
}

var notNames = []string{"经办", "明确", "应当", "方面", "关系", "服务", "高级", "权益", "本人", "任何", "通过", "时间", "利益", "成员", "经理", "安排", "计算", "解释", "查询", "应该", "都是", "相关", "公司", "文件", "全部", "关于", "和解", "平时", "满意", "居住", "代为", "资料", "信息", "国家", "容易", "要求", "和家", "家属", "支行", "能够", "强调"}

func firstRune(s string) string { r, _ := utf8.DecodeRuneInString(s); return string(r) }

// readers reports whether a name is that of the reader or of the complainant.
func (c *run) readers(name string) bool {
	own := []string{c.Addressee, c.Case.Complainant.Name, c.Case.Complainant.HeadName}
	if r := c.Case.Representative; r != nil {
		own = append(own, r.Name)
	}
	if j := c.Case.Joint; j != nil {
		own = append(own, j.Representatives...)
	}
	for _, o := range own {
		if o != "" && (o == name || strings.HasPrefix(name, o) || strings.HasPrefix(o, name)) {
			return true
		}
	}
	return false
}

// addressed holds name and salutation of an address against the reader.
func (c *run) addressed(p paragraph) {
	if c.Addressee == "" || c.Case.Complainant.Entity || c.Kind == "regulator" {
		return
	}
	for _, m := range dearText.FindAllStringSubmatchIndex(p.text, -1) {
		name, title := p.text[m[2]:m[3]], p.text[m[4]:m[5]]
		if strings.HasPrefix(c.Addressee, "匿名") || name == "客户" {
			continue
		}
		if !strings.HasPrefix(c.Addressee, name) {
			c.add("wrong_name", p.at(m[2], m[3]), name+title, put(p.at(m[2], m[3]), c.Addressee), "{name}", c.Addressee)
		} else if s := c.Facts.Salutation; s != "" && (title == "先生" || title == "女士") && s != title && !strings.Contains(s, "/") {
			c.add("wrong_salutation", p.at(m[4], m[5]), name+title, put(p.at(m[4], m[5]), s), "{salutation}", s)
		}
	}
}

// institution finds the other way of naming oneself and the names of others.
func (c *run) institution(p paragraph) {
	should := "我" + c.We
	for _, w := range c.Ours[c.We] {
		if i := strings.Index(p.text, w); i >= 0 && !strings.HasPrefix(p.text[i:], "我公司法") {
			place := p.at(i, i+len(w))
			c.add("wrong_institution", place, w, put(place, should), "{should}", should)
		}
	}
	if c.Institution == "" {
		return
	}
	for _, m := range otherBank.FindAllStringIndex(p.text, -1) {
		if name := p.text[m[0]:m[1]]; !strings.Contains(c.Institution, name) && p.part == Opening {
			c.add("wrong_institution", p.at(m[0], m[1]), name, nil, "{should}", c.Institution)
		}
	}
}
