package app_test

import (
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
)

const kiteRule = `示例机构纸鸢管理办法
（示例委员会令2019年第12号，2019年1月5日公布，自2019年3月1日起施行）
第一条 为了放好纸鸢，制定本办法。
第二条 每日八时至十八时可以放飞。
第三条 本办法自2019年3月1日起施行。
`

// An import, its next version, a repeat, a correction, a withdrawal, and a
// rebuild that gives the same tables; on both engines.
func TestLawLibrary(t *testing.T) {
	each(t, func(w world) {
		office := w.who("office")
		file := func(text string) app.LawFile { return app.LawFile{Name: "纸鸢.txt", Data: []byte(text)} }
		if _, err := w.app.ImportLaw(ctx, w.who("bj"), file(kiteRule)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a handler imported: %v", err)
		}
		p, err := w.app.PreviewLaw(ctx, office, file(kiteRule))
		w.ok(err)
		if p.Effect != app.LawNew || p.Articles != 3 || p.Text.From != calendar.Of(2019, 3, 1) || p.Known {
			t.Fatalf("%+v", p)
		}
		if _, err := w.app.Article(ctx, p.Instrument, "2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("the preview stored something: %v", err)
		}
		later := strings.NewReplacer("十八时", "二十时", "2019年3月1日起", "2022年1月1日起").Replace(kiteRule)
		for _, step := range []struct{ text, effect string }{{kiteRule, app.LawNew}, {kiteRule, app.LawUnchanged}, {later, app.LawVersion}, {strings.Replace(later, "二十时", "二十一时", 1), app.LawReplaces}} {
			got, err := w.app.ImportLaw(ctx, office, file(step.text))
			w.ok(err)
			if got.Effect != step.effect || got.Effect == app.LawVersion && len(got.Changes) != 2 {
				t.Errorf("effect %s with %d changes, want %s", got.Effect, len(got.Changes), step.effect)
			}
		}
		for on, want := range map[calendar.Date]string{calendar.Of(2020, 1, 1): "每日八时至十八时可以放飞。", calendar.Of(2023, 1, 1): "每日八时至二十一时可以放飞。"} {
			a, err := w.app.ArticleOn(ctx, p.Instrument, "2", on)
			w.ok(err)
			if a.Text() != want {
				t.Errorf("on %s: %s", on, a.Text())
			}
		}
		r, err := w.app.SearchLaws(ctx, law.Search{Words: "放飞的钟点"})
		w.ok(err)
		if len(r.Hits) == 0 || r.Hits[0].Number != "2" || !strings.Contains(r.Hits[0].Text(), "二十一时") {
			t.Errorf("%+v", r.Hits)
		}
		w.alike()
		w.ok(w.app.WithdrawLaw(ctx, office, p.Instrument, 3, "导错了文件"))
		if a, _ := w.app.Article(ctx, p.Instrument, "2"); !strings.Contains(a.Text(), "八时至二十时") {
			t.Errorf("after the correction was withdrawn: %s", a.Text())
		}
		w.alike()
		if err := w.app.WithdrawLaw(ctx, office, p.Instrument, 9, "没有"); !fault.Is(err, fault.NotFound) {
			t.Errorf("withdrew what is not there: %v", err)
		}
		if err := w.app.WithdrawLaw(ctx, office, p.Instrument, 1, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("withdrew without a reason: %v", err)
		}
	})
}

func TestLawFilesThatAreNone(t *testing.T) {
	each(t, func(w world) {
		for name, data := range map[string]string{"a.pdf": "%PDF-1.7 ...", "b.doc": "\xd0\xcf\x11\xe0 ...", "c.txt": "", "d.txt": "今天天气不错", "e.docx": "PK\x03\x04 broken", "f.bin": "\x00\x01\x02\x03\x00\x00\x00"} {
			if _, err := w.app.PreviewLaw(ctx, w.who("office"), app.LawFile{Name: name, Data: []byte(data)}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.app.PreviewLaw(ctx, w.who("office"), app.LawFile{Name: "a.txt", Data: []byte(kiteRule), Instrument: "../x"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a bad id: %v", err)
		}
	})
}

// Cases show only in reach; beyond it they are a number.
func TestWhatCitesAnArticle(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		w.do("bj", r.ID, complaint.Accept{}, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "扣费流水", Basis: "《中华人民共和国消费者权益保护法》第二十六条、合约第六条", Explanation: "未提示"}})
		for _, test := range []struct {
			who         string
			cases, more int
		}{{"bj", 1, 0}, {"office", 1, 0}, {"sh", 0, 1}} {
			got, err := w.app.CitedBy(ctx, w.who(party.PersonID(test.who)), "consumer-law", "26")
			w.ok(err)
			if len(got.Cases) != test.cases || got.More != test.more {
				t.Errorf("%s sees %d cases and %d more, want %d and %d", test.who, len(got.Cases), got.More, test.cases, test.more)
			}
		}
		got, err := w.app.CitedBy(ctx, w.who("bj"), "nfra-2020-3", "18")
		w.ok(err)
		if len(got.Clocks) == 0 || len(got.Duties) == 0 {
			t.Errorf("nothing rests on article 18: %+v", got)
		}
		w.do("bj", r.ID, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "扣费流水", Basis: "合约第六条", Explanation: "未提示"}})
		if got, _ := w.app.CitedBy(ctx, w.who("bj"), "consumer-law", "26"); len(got.Cases) != 0 {
			t.Errorf("a basis that was changed is still listed")
		}
		w.alike()
	})
}

func TestResolveCitations(t *testing.T) {
	each(t, func(w world) {
		got, err := w.app.ResolveCitations(ctx, "依据《银行业保险业消费投诉处理管理办法》第十八条和《某规定》第三条", w.today())
		w.ok(err)
		if len(got) != 2 || got[0].Status != law.Summarised || got[1].Status != law.Unknown {
			t.Errorf("%+v", got)
		}
		one, err := w.app.ResolveCitation(ctx, "没有引用", 0)
		w.ok(err)
		if one.Status != law.Unknown {
			t.Errorf("%+v", one)
		}
	})
}
