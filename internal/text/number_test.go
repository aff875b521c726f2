package text_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/text"
)

func numbers(s string) string {
	var out []string
	for _, n := range text.Numbers(s) {
		line := n.In(s) + "=" + n.Value.String() + n.Unit
		if n.Annual {
			line += "/年"
		}
		out = append(out, line)
	}
	return strings.Join(out, " ")
}

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"收益3.5%，", "3.5%=3.5%"},
		{"３．５％", "３．５％=3.5%"},
		{"3万5千元", "3万5千元=35000元"},
		{"三万五千元", "三万五千元=35000元"},
		{"三万五", "三万五=35000"},
		{"一百零五天", "一百零五天=105天"},
		{"一万零五百元", "一万零五百元=10500元"},
		{"一亿二千万元", "一亿二千万元=120000000元"},
		{"1亿2000万", "1亿2000万=120000000"},
		{"三千五百万亿元", "三千五百万亿元=3500000000000000元"},
		{"1.5万元", "1.5万元=15000元"},
		{"百分之五", "百分之五=5%"},
		{"百分之三点五", "百分之三点五=3.5%"},
		{"百分之十五", "百分之十五=15%"},
		{"百分百", "百分百=100%"},
		{"千分之三、万分之5", "千分之三=3‰ 万分之5=5‱"},
		{"三成收益，三成功", "三成=30%"},
		{"年化4.2%", "4.2%=4.2%/年"},
		{"年化收益率可达百分之六", "百分之六=6%/年"},
		{"预期年化3%-5%，管理费1%", "3%=3%/年 5%=5%/年 1%=1%"},
		{"3～5%", "3=3% 5%=5%"},
		{"十五日内", "十五日=15日"},
		{"六十日", "六十日=60日"},
		{"三十个工作日", "三十个工作日=30个工作日"},
		{"两年", "两年=2年"},
		{"半年", "半年=0.5年"},
		{"1,234,567.80元", "1,234,567.80元=1234567.80元"},
		{"￥100，$20", "￥100=100元 $20=20美元"},
		{"亏损-3.5%，为-2%", "3.5%=3.5% -2%=-2%"},
		{"负5%", "负5%=-5%"},
		{"上浮50bp", "50bp=50bp"},
		{"5 万元，1.2 亿元", "5 万元=50000元 1.2 亿元=120000000元"},
		{"100 元", "100 元=100元"},
		{"1000-5000元", "1000=1000元 5000元=5000元"},
		{"2000-5000元", "2000=2000元 5000元=5000元"},
		{"拾万元整", "拾万元=100000元"},
		{"叁佰伍拾元", "叁佰伍拾元=350元"},
		// what is none
		{"2026年3月5日", ""}, {"二〇二六年三月", ""}, {"2026-03-05 12:30:00", ""}, {"2026/3/5", ""}, {"2026.3.5", ""}, {"12月31日", ""}, {"26年3月", ""}, {"三月五日", ""},
		{"第三条第二款", ""}, {"第18条", ""}, {"〔2020〕3号", ""}, {"P2P、H5、5G", ""}, {"13800000000", ""}, {"010-12345678", ""}, {"400-800-1234", ""},
		{"一定、万一、千万不要、十分满意、统一、一下、一一列举", ""}, {"百万医疗", ""}, {"三四天", ""}, {"三三两两", ""}, {"三分之一", ""},
		{"999999999999999999999元", ""}, {"99999999999亿亿元", ""},
	} {
		if got := numbers(test.in); got != test.want {
			t.Errorf("%q: got %s, want %s", test.in, got, test.want)
		}
	}
}

// chinese writes a number below ten thousand the formal way.
func chinese(n int) string {
	digits := []rune("零一二三四五六七八九")
	var b strings.Builder
	zero := false
	for _, u := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / u.size
		n %= u.size
		switch {
		case d > 0:
			if zero {
				b.WriteRune('零')
			}
			b.WriteString(string(digits[d]) + u.name)
			zero = false
		case b.Len() > 0:
			zero = true
		}
	}
	return b.String()
}

func TestChineseNumerals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		high, low := rapid.IntRange(0, 9999).Draw(t, "high"), rapid.IntRange(1, 9999).Draw(t, "low")
		s := chinese(low) + "元"
		if high > 0 {
			between := "万"
			if low < 1000 {
				between = "万零"
			}
			s = chinese(high) + between + s
		}
		got := text.Numbers("合计" + s)
		if len(got) != 1 || got[0].Value != (text.Decimal{Mantissa: int64(high*10000 + low)}) || got[0].Unit != "元" {
			t.Fatalf("%s: %v", s, got)
		}
	})
}

func TestDecimal(t *testing.T) {
	for _, test := range []struct {
		a, b text.Decimal
		want int
	}{
		{text.Decimal{Mantissa: 35, Scale: 1}, text.Decimal{Mantissa: 350, Scale: 2}, 0},
		{text.Decimal{Mantissa: 35, Scale: 1}, text.Decimal{Mantissa: 4}, -1},
		{text.Decimal{Mantissa: -35, Scale: 1}, text.Decimal{Mantissa: -4}, 1},
		{text.Decimal{Mantissa: -1}, text.Decimal{Mantissa: 1, Scale: 18}, -1},
		{text.Decimal{Mantissa: 1 << 62}, text.Decimal{Mantissa: 1 << 62, Scale: 18}, 1},
	} {
		if got := test.a.Cmp(test.b); got != test.want || test.b.Cmp(test.a) != -test.want {
			t.Errorf("%v against %v: %d, want %d", test.a, test.b, got, test.want)
		}
	}
	if got := (text.Decimal{Mantissa: -5, Scale: 2}).String(); got != "-0.05" {
		t.Error(got)
	}
}

func FuzzNumbers(f *testing.F) {
	f.Add("年化3.5%，三万五千元，2026年3月5日，百分之三点五，￥1,000 负5")
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, n := range text.Numbers(s) {
			if n.Start < last || n.End <= n.Start || n.End > len(s) || n.Value.Scale < 0 || n.Value.Scale > 18 || n.Value.String() == "" {
				t.Fatalf("%q: %+v", s, n)
			}
			last = n.End
		}
	})
}
