package law_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/law"
	"xiaobao/internal/regulation"
)

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// sample is an invented rule with everything a rule may have.
const sample = `# 示例机构纸鸢管理办法

（示例委员会令2019年第12号，2019年1月5日公布，自2019年3月1日起施行）

<!-- INFO END -->

## 第一章　总则

第一条 为了放好纸鸢，制定本办法。

第二条 本办法所称纸鸢，包括下列各种：

（一）沙燕；

（二）大雁：
1. 单只的；
2. 成串的；

（三）其他。

前款各项以外的，由示例委员会认定。

## 第二章　放飞

### 第一节　时间

第三条　每日八时至十八时可以放飞。
第三条之一 雷雨时不得放飞。

第五条 第三条规定的时间可以延长。

第五条规定的延长不超过一小时。

第六条 本办法自2019年3月1日起施行。
`

func TestParse(t *testing.T) {
	x := law.Parse(sample, "纸鸢.md")
	if x.Title != "示例机构纸鸢管理办法" || x.Number != "示例委员会令2019年第12号" || x.Issuer != "示例委员会" || x.Kind != "rule" {
		t.Errorf("head: %q %q %q %q", x.Title, x.Number, x.Issuer, x.Kind)
	}
	if x.Promulgated != day("2019-01-05") || x.From != day("2019-03-01") || x.Effective != day("2019-03-01") {
		t.Errorf("dates: %s %s %s", x.Promulgated, x.Effective, x.From)
	}
	var got []string
	for _, p := range x.Provisions {
		got = append(got, fmt.Sprintf("%s/%d/%s", p.Number, len(p.Paragraphs), p.Chapter()))
	}
	want := []string{"1/1/第一章 总则", "2/2/第一章 总则", "3/1/第二章 放飞 · 第一节 时间", "3-1/1/第二章 放飞 · 第一节 时间", "5/2/第二章 放飞 · 第一节 时间", "6/1/第二章 放飞 · 第一节 时间"}
	if !slices.Equal(got, want) {
		t.Errorf("articles\n%v\nwant\n%v", got, want)
	}
	items := x.Provisions[1].Paragraphs[0].Items
	if len(items) != 5 || items[2].Mark != "1." || items[4].Text != "其他。" {
		t.Errorf("items %+v", items)
	}
	if p := x.Provisions[4].Paragraphs[1].Text; p != "第五条规定的延长不超过一小时。" {
		t.Errorf("a sentence that begins with a reference became %q", p)
	}
	if codes := warned(x); !slices.Equal(codes, []string{"gap"}) {
		t.Errorf("warnings %v: %v", codes, x.Warnings)
	}
}

func warned(x law.Text) []string {
	var out []string
	for _, w := range x.Warnings {
		out = append(out, w.Code)
	}
	return out
}

func TestParseDates(t *testing.T) {
	for _, test := range []struct{ name, src, file, from, warns string }{
		{"amended after its own closing article", "甲法\n2001年1月2日 某大会通过\n2015年3月4日 某会议《关于修改甲法的决定》第一次修正\n第一条 甲。\n第二条 本法自2001年6月1日起施行。", "", "2015-03-04", "date"},
		{"revised with a new closing article", "甲法\n2001年1月2日 通过\n2015年3月4日 修订\n第一条 本法自2015年6月1日起施行。", "", "2015-06-01", ""},
		{"from the day it was issued", "甲法\n2001年1月2日 通过\n第一条 本法自公布之日起施行。", "", "2001-01-02", ""},
		{"a decision on repeal amends", "甲办法\n2001年1月2日 公布\n2015年3月4日 《关于修改和废止有关规章的决定》修改\n第一条 甲。", "", "2015-03-04", "date"},
		{"no date at all", "甲办法\n第一条 甲。", "", "", "date date"},
		{"a later day in the file's name", "甲办法\n2001年1月2日 公布\n第一条 本办法自2001年2月1日起施行。", "甲办法(2010-05-06).md", "2010-05-06", "name date"},
		{"another law's day is not its own", "甲办法\n2001年1月2日 公布\n第一条 乙法自1999年1月1日起施行的，从其规定。", "", "2001-01-02", "date"},
	} {
		x := law.Parse(test.src, test.file)
		if x.From.String() != test.from || strings.Join(warned(x), " ") != test.warns {
			t.Errorf("%s: from %s, warnings %v; want %s, %s", test.name, x.From, x.Warnings, test.from, test.warns)
		}
	}
}

func TestParseNumbering(t *testing.T) {
	for _, test := range []struct{ name, src, numbers, warns string }{
		{"twice", "甲法\n第一条 甲。\n第一条 乙。\n第二条 丙。", "1 1~2 2", "duplicate date date"},
		{"back", "甲法\n第一条 甲。\n第三条 乙。\n第二条 丙。", "1 3 2", "gap order date date"},
		{"without spaces", "甲法\n第一条为了甲。\n第二条乙依照第一条办理。\n第一条的规定不变。", "1 2", "date date"},
		{"digits", "甲法\n第1条 甲。\n第 2 条", "1", "date date"},
		{"points", "关于甲的通知\n各单位：\n一、关于甲\n（一）做甲。\n（二）做乙。\n二、各单位照此执行。", "一 一（一） 一（二） 二", "date date numbering"},
		{"nothing", "甲", "", "title date date numbering"},
		{"empty", "", "", "title date date numbering"},
		{"annex", "甲法\n第一条 甲。\n附件1\n表格", "1 附件", "date date"},
	} {
		x := law.Parse(test.src, "")
		var got []string
		for _, p := range x.Provisions {
			got = append(got, p.Number)
		}
		if strings.Join(got, " ") != test.numbers || strings.Join(warned(x), " ") != test.warns {
			t.Errorf("%s: %v %v, want %s, %s", test.name, got, x.Warnings, test.numbers, test.warns)
		}
	}
}

// Broken lines, as word processors and scanned files have them, become one paragraph.
func TestParseJoins(t *testing.T) {
	x := law.Parse("甲法\n第一条 为了把这一句很长的话写完，在这里断开了一行而\n没有写完。\n另起一款。", "")
	if p := x.Provisions[0].Paragraphs; len(p) != 2 || p[0].Text != "为了把这一句很长的话写完，在这里断开了一行而没有写完。" {
		t.Errorf("%+v", p)
	}
	if !slices.Contains(warned(x), law.WarnJoined) {
		t.Error("joined without a word")
	}
}

// Whatever is fed in, parsing ends, and every article has a number of its own.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("一、甲\n（一）乙\n1.丙")
	f.Add("第一条\n第一条之一 \xff\n附件：\n第九千九百九十九条 丁")
	f.Fuzz(func(t *testing.T, src string) {
		x := law.Parse(src, "f.md")
		seen := map[string]bool{}
		for _, p := range x.Provisions {
			if p.Number == "" || seen[p.Number] {
				t.Errorf("article number %q is empty or stands twice", p.Number)
			}
			seen[p.Number] = true
		}
		law.Digest(x)
		law.Compare(x, law.Text{})
		law.Citations(src)
	})
}

func TestNumbersRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9999).Draw(t, "n")
		text := "《中华人民共和国民法典》第" + law.Han(n) + "条"
		got := law.Citations(text)
		if len(got) != 1 || got[0].Article != fmt.Sprint(n) || got[0].End != len(text) {
			t.Fatalf("%s: %+v", text, got)
		}
	})
}

func TestCitations(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"根据《银行业保险业消费投诉处理管理办法》第十九条第二款办理", "nfra-2020-3:19.2"},
		{"《中华人民共和国消费者权益保护法》第55条、消保法第二十六条", "consumer-law:55 consumer-law:26"},
		{"令2020-3第18条第1款和第二款", "nfra-2020-3:18.1 nfra-2020-3:18.2"},
		{"依据9号令第十五条、第二十一条以及第三十条", "nfra-2022-9:15 nfra-2022-9:21 nfra-2022-9:30"},
		{"银保监会令2020年第3号第七条", "nfra-2020-3:7"},
		{"中国人民银行令〔2020〕第5号第十条", "pbc-2020-5:10"},
		{"《广告法》第二十五条第（二）项", "ad-law:25/2"},
		{"民法典第一千一百九十八条至第一千二百条", "civil-code:1198 civil-code:1199 civil-code:1200"},
		{"《银行业保险业消费投诉处理管理办法》（银保监会令2020年第3号，以下简称《办法》）第十八条。另据《办法》第二十条", "nfra-2020-3:18 nfra-2020-3:20"},
		{"《个人信息保护法》有规定，该法第四十七条说得明白", "pipl: pipl:47"},
		{"《最高人民法院关于适用〈中华人民共和国保险法〉若干问题的解释（二）》第三条", "spc-insurance-2:3"},
		{"《某省纸鸢管理办法》第三条", "?某省纸鸢管理办法:3"},
		{"合同第三条、《理财产品说明书》第二条、第五条", ""},
		{"广告法规和广告法律", ""},
		{"刑法第二百五十三条之一", ""},
		{"《消费者权益保护法（2013修正）》第一条", "consumer-law:1"},
		{"《中华人民共和国保险法》的第 23 条", "insurance-law:23"},
	} {
		var got []string
		for _, c := range law.Citations(test.text) {
			id := c.Instrument
			if id == "" {
				id = "?" + c.Title
			}
			s := id + ":" + c.Number()
			if c.Item > 0 {
				s += fmt.Sprintf("/%d", c.Item)
			}
			got = append(got, s)
			if c.Start < 0 || c.End > len(test.text) || c.Start >= c.End {
				t.Errorf("%s: span %d-%d", test.text, c.Start, c.End)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, strings.Join(got, " "), test.want)
		}
	}
}

// kites is a library of one invented rule in two versions, beside the summaries
// of the program.
func kites() *law.Library {
	old, now := law.Parse(sample, ""), law.Parse(strings.NewReplacer("2019年3月1日", "2022年1月1日", "2019年1月5日", "2021年12月1日", "不得放飞。", "不得放飞。\n第四条 夜间须挂灯。", "八时至十八时", "七时至二十时").Replace(sample), "")
	return law.New(regulation.Embedded(), []law.Version{{Instrument: "kites", N: 1, Text: old, From: old.From}, {Instrument: "kites", N: 2, Text: now, From: now.From}})
}

func TestVersionsFollowEachOther(t *testing.T) {
	l := kites()
	e, ok := l.Entry("kites")
	if !ok || len(e.Versions) != 2 || e.Versions[0].Until != day("2021-12-31") || !e.Versions[1].Until.IsZero() {
		t.Fatalf("%+v", e)
	}
	for _, test := range []struct{ number, on, want string }{
		{"3", "2020-05-01", "每日八时至十八时可以放飞。"}, {"3", "2022-01-01", "每日七时至二十时可以放飞。"}, {"3", "", "每日七时至二十时可以放飞。"}, {"4", "2020-05-01", ""}, {"4", "2023-05-01", "夜间须挂灯。"},
	} {
		var on calendar.Date
		if test.on != "" {
			on = day(test.on)
		}
		if a, _ := l.Article("kites", test.number, on); a.Text() != test.want {
			t.Errorf("%s on %q: %q, want %q", test.number, test.on, a.Text(), test.want)
		}
	}
	changes := law.Compare(e.Versions[0].Text, e.Versions[1].Text)
	var got []string
	for _, c := range changes {
		got = append(got, c.Kind+" "+c.Number)
	}
	if want := []string{"changed 3", "added 4", "changed 6"}; !slices.Equal(got, want) {
		t.Errorf("changes %v, want %v", got, want)
	}
}

func TestResolve(t *testing.T) {
	l := kites()
	for _, test := range []struct {
		text, on string
		want     law.Status
	}{
		{"《示例机构纸鸢管理办法》第三条", "2020-05-01", law.Resolved},
		{"《示例机构纸鸢管理办法》第三条第二款", "2020-05-01", law.NoParagraph},
		{"《示例机构纸鸢管理办法》第二条第（三）项", "2020-05-01", law.Resolved},
		{"《示例机构纸鸢管理办法》第二条第（九）项", "2020-05-01", law.NoParagraph},
		{"《示例机构纸鸢管理办法》第四条", "2020-05-01", law.NotYetInForce},
		{"《示例机构纸鸢管理办法》第四条", "2022-05-01", law.Resolved},
		{"《示例机构纸鸢管理办法》第九条", "2022-05-01", law.NoArticle},
		{"《示例机构纸鸢管理办法》第一条", "2018-05-01", law.NotYetInForce},
		{"《示例机构纸鸢管理办法》", "2022-05-01", law.Resolved},
		{"《银行业保险业消费投诉处理管理办法》第十八条", "2024-05-01", law.Summarised},
		{"《银行业保险业消费投诉处理管理办法》第十八条", "2019-05-01", law.NotYetInForce},
		{"民法典第五百八十五条", "2024-05-01", law.Unchecked},
		{"《某省风筝条例》第二条", "2024-05-01", law.Unknown},
		{"保险法第二十三条", "2024-05-01", law.Unknown},
	} {
		got := l.ResolveText(test.text, day(test.on))
		if len(got) != 1 || got[0].Status != test.want || got[0].Say == "" {
			t.Errorf("%s on %s: %+v, want %s", test.text, test.on, got, test.want)
		}
	}
	r := l.ResolveText("《示例机构纸鸢管理办法》第二条第（三）项", day("2020-05-01"))[0]
	if r.Text != "（三）其他。" || r.Link != "/laws/kites#art-2" {
		t.Errorf("%+v", r)
	}
}

// The pieces of a comparison give back both texts.
func TestCompareKeepsBothTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙丙，。")), 0, 30, -1)
		a, b := "甲"+gen.Draw(t, "a"), "甲"+gen.Draw(t, "b")
		text := func(s string) law.Text {
			return law.Text{Provisions: []law.Provision{{Number: "1", Paragraphs: []law.Paragraph{{Text: s}}}}}
		}
		for _, c := range law.Compare(text(a), text(b)) {
			var old, now string
			for _, p := range c.Pieces {
				if p.Side <= 0 {
					old += p.Text
				}
				if p.Side >= 0 {
					now += p.Text
				}
			}
			if old != a || now != b {
				t.Fatalf("%q %q gave %+v", a, b, c.Pieces)
			}
		}
	})
}

func TestSearch(t *testing.T) {
	l := kites()
	r := l.Search(law.Search{Words: "雷雨天放纸鸢", On: day("2022-05-01")})
	if len(r.Hits) == 0 || r.Hits[0].Instrument != "kites" || r.Hits[0].Number != "3-1" || len(r.Hits[0].Marks) == 0 {
		t.Errorf("%+v", r.Hits)
	}
	if r := l.Search(law.Search{Words: "挂灯", On: day("2020-05-01"), Instrument: "kites", Exact: true}); len(r.Hits) != 0 {
		t.Errorf("an article of later days was found: %+v", r.Hits)
	}
	if r := l.Search(law.Search{Words: "消保法第二十六条"}); len(r.Hits) == 0 || r.Hits[0].Instrument != "consumer-law" || r.Hits[0].Number != "26" {
		t.Errorf("the cited article does not come first: %+v", r.Hits)
	}
	if r := l.Search(law.Search{Words: "砍头息"}); len(r.Widened) != 1 || r.Widened[0].Why == "" {
		t.Errorf("widened %+v", r.Widened)
	}
}
