package mask_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"xiaobao/internal/text/mask"
)

// maker writes complaints that hold one known thing each, in the many forms in
// which people write it.
type maker struct{ *rand.Rand }

func (m maker) of(list ...string) string { return list[m.IntN(len(list))] }

func (m maker) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + m.IntN(10)))
	}
	return b.String()
}

func (m maker) name() string {
	given := []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英建国志红玉梅海燕春生文博子轩雨晨")
	n := m.of(strings.Split("王李张刘陈杨赵黄周吴徐孙朱马胡郭林何罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤", "")...)
	for range 1 + m.IntN(2) {
		n += string(given[m.IntN(len(given))])
	}
	return n
}

func (m maker) checked(n int, head string) string {
	s := head + m.digits(n-1-len(head))
	for d := range 10 {
		if c := s + fmt.Sprint(d); luhnOK(c) {
			return c
		}
	}
	return ""
}

func luhnOK(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		sum += d
		if i%2 == 1 {
			sum += d
			if d > 4 {
				sum -= 9
			}
		}
	}
	return sum%10 == 0
}

func (m maker) identity() string {
	s := m.of("110105", "370102", "440304", "510107", "320583") + fmt.Sprintf("%d%02d%02d", 1940+m.IntN(70), 1+m.IntN(12), 1+m.IntN(28)) + m.digits(3)
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(s[i]-'0') * w
	}
	return s + string("10X98765432"[sum%11])
}

// dressed writes a number in one of its usual or evasive forms.
func (m maker) dressed(s string, cuts ...int) string {
	switch m.IntN(6) {
	case 0:
		return strings.Map(func(r rune) rune { return r + '０' - '0' }, strings.TrimRight(s, "X")) + strings.Repeat("Ｘ", strings.Count(s, "X"))
	case 1:
		for _, c := range cuts {
			if c < len(s) {
				s = s[:c] + " " + s[c:]
			}
		}
		return s
	case 2:
		for _, c := range cuts {
			if c < len(s) {
				s = s[:c] + "-" + s[c:]
			}
		}
		return s
	case 3:
		return strings.Map(func(r rune) rune {
			if r == 'X' {
				return r
			}
			return []rune("〇一二三四五六七八九")[r-'0']
		}, s)
	}
	return s
}

func (m maker) address() string {
	s := m.of("北京市朝阳区", "山东省济宁市任城区", "广东省深圳市南山区", "成都市武侯区", "江苏省昆山市玉山镇", "", "河北省保定市")
	if s == "" || m.IntN(2) == 0 {
		s += m.of("建国路", "人民中路", "解放大道", "中山东街", "文化巷") + m.of("88号", "12号", "一百二十号", "5弄6号")
		if m.IntN(2) == 0 {
			s += m.of("3号楼502室", "2单元301室", "阳光小区12栋1单元", "B座1203室")
		}
		return s
	}
	return s + m.of("阳光小区", "幸福花园", "锦绣家园", "红星村") + m.of("12栋2单元301室", "5号楼502室", "3组15号", "8幢1102室")
}

// cases returns a sentence, the kind and the part that must not be readable.
func (m maker) one() (s string, kind mask.Kind, secret string) {
	switch k := mask.Kinds[m.IntN(len(mask.Kinds))]; k {
	case mask.Email:
		secret = m.of("zhang.san", "li_4", "WANGFANG88", "a-b-c") + m.of("@qq.com", "@163.com", "＠example.com.cn")
		return "请回复到" + secret + "，谢谢", k, secret
	case mask.Credit:
		return "我公司统一社会信用代码91350100M000100Y43，请核对", k, "91350100M000100Y43"
	case mask.Identity:
		secret = m.dressed(m.identity(), 14, 6)
		return m.of("我的身份证是", "身份证号：", "证件号码", "本人") + secret + "，请查一下", k, secret
	case mask.BankCard:
		secret = m.dressed(m.checked(m.of2(16, 19), m.of("622202", "621700", "622848", "955880")), 16, 12, 8, 4)
		return m.of("我的卡", "卡号是", "从", "转到") + secret + "扣了300元", k, secret
	case mask.Mobile:
		secret = m.dressed("1"+m.of("38", "86", "59", "77", "99", "31")+m.digits(8), 7, 3)
		return m.of("请打", "我的电话", "手机号：", "联系") + secret + "找我", k, secret
	case mask.Landline:
		secret = m.of("010-6", "0531-8", "(0755)2", "021 5", "05378") + m.digits(7)
		return "家里电话" + secret + "，白天有人", k, secret
	case mask.Account:
		secret = m.of("0200003319", "37001618", "1001") + m.digits(9)
		return m.of("账号：", "账户", "帐号是", "我的卡号") + secret + "被冻结", k, secret
	case mask.Policy:
		secret = m.of("PICC2026", "P", "2026", "HT-2026-") + m.digits(8)
		return m.of("保单号", "保单号码：", "合同编号：", "报案号是") + secret + "，要退保", k, secret
	case mask.Plate:
		secret = m.of("鲁A", "粤B·", "京N ", "川Ａ") + m.of("12345", "D12345", "8B666", "1234学")
		return "我的车" + secret + "出险了", k, secret
	case mask.Address:
		secret = m.address()
		return m.of("我住在", "地址：", "家住", "请寄到") + secret + "，一直没收到", k, secret
	}
	secret = m.name()
	return m.of("我叫", "被保险人：", "我丈夫", "客户经理", "联系人：", "我女儿", "业务员") + secret + m.of("，", "说保本", "在网点", "。"), mask.Name, secret
}

func (m maker) of2(a, b int) int {
	if m.IntN(2) == 0 {
		return a
	}
	return b
}

// TestEvalMaskingRecall prints how many of 5,000 written things are hidden:
// hidden means that a hit of any kind covers all but the part that masks keep.
func TestEvalMaskingRecall(t *testing.T) {
	const seed = 20260301
	m := maker{rand.New(rand.NewPCG(seed, seed))}
	found, all, missed := map[mask.Kind]int{}, map[mask.Kind]int{}, map[mask.Kind][]string{}
	for range 5000 {
		s, kind, secret := m.one()
		masked, _ := mask.Mask(s)
		all[kind]++
		if !strings.Contains(masked, tailOf(secret, kind)) {
			found[kind]++
		} else if len(missed[kind]) < 5 {
			missed[kind] = append(missed[kind], s+" -> "+masked)
		}
	}
	hits, total := 0, 0
	for _, k := range mask.Kinds {
		rate := float64(found[k]) / float64(all[k])
		t.Logf("%-12s %4d of %4d hidden, %.1f %%", k, found[k], all[k], rate*100)
		if hits, total = hits+found[k], total+all[k]; rate < 0.9 {
			t.Errorf("%s: only %.1f %% hidden: %q", k, rate*100, missed[k])
		} else if len(missed[k]) > 0 {
			t.Logf("  missed %q", missed[k])
		}
	}
	t.Logf("seed %d: %d of %d hidden, %.2f %%", seed, hits, total, float64(hits)/float64(total)*100)
}

// tailOf is a part of the secret that no mask may leave.
func tailOf(secret string, kind mask.Kind) string {
	r := []rune(secret)
	switch kind {
	case mask.Name:
		return secret
	case mask.Address:
		return string(r[len(r)-4:])
	case mask.Plate:
		return string(r[2 : len(r)-1])
	case mask.Email:
		return string(r[1:5])
	}
	return string(r[len(r)-8 : len(r)-3])
}
