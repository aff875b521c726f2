package reviews_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/review"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder to write pictures of the pages to")

var only = flag.String("only", "", "name of the one page to look at")

// gallery is one review in each state that looks different.
type gallery struct {
	draft, work, opinion, answered, decide, cleared, asked string
}

func (w world) gallery() gallery {
	w.t.Helper()
	submitter, reviewer, office := w.As(sub), w.As(rev), w.As("office")
	g := gallery{draft: w.draft(poster), work: w.inReview(poster), asked: w.inReview(poster)}
	w.do(reviewer, g.asked, "ask", "text", "海报投放的网点范围是哪些？是否面向六十五岁以上客户？")
	given := func() string {
		at := w.inReview(poster)
		w.judge(reviewer, at)
		w.check(reviewer, at)
		w.do(reviewer, at, "give-opinion", append(builderFields(w.t, reviewer.Get(at).Body), "conclusion", "after_change", "summary", "经审查，材料含有保证收益等表述，请逐条修改。")...)
		return at
	}
	answered := func() string {
		at := given()
		w.do(submitter, at, "material", "text", mended, "note", "按意见修改收益和风险表述")
		w.answer(submitter, at, w.get(at).Points[0].N)
		return at
	}
	g.opinion, g.answered, g.decide = given(), answered(), answered()
	for _, p := range w.get(g.decide).Points[1:] {
		w.do(reviewer, g.decide, "check-point", "n", strconv.Itoa(p.N), "ok", "yes")
	}
	w.do(reviewer, g.decide, "raise-point", "n", "1", "why", "必须采纳")
	w.do(office, g.decide, "settle-point", "n", "1", "upheld", "no", "why", "新版已没有这句话")
	w.judge(reviewer, g.decide)
	g.cleared = w.clear(mended)
	return g
}

// clear takes a text from its draft to its clearance without findings left open.
func (w world) clear(text string) string {
	w.t.Helper()
	at, reviewer := w.inReview(text), w.As(rev)
	for len(w.get(at).Unjudged()) > 0 {
		w.do(reviewer, at, "judge-finding", "n", strconv.Itoa(w.get(at).Unjudged()[0].N), "verdict", "dismissed", "why", "相邻位置已有充分提示")
	}
	w.check(reviewer, at)
	w.do(reviewer, at, "give-opinion", "conclusion", "agree", "summary", "经审查，未发现损害消费者合法权益的内容。")
	w.do(w.As("office"), at, "clear", "scope", "全行网点及手机客户端，面向存量客户", "channels", "branch", "channels", "app", "until", "2026-12-31", "conditions", "随附风险揭示书")
	return at
}

type stop struct{ name, who, path string }

func (g gallery) stops() []stop {
	return []stop{{"list-office", "office", "/reviews?tab=all"}, {"list-sub", sub, "/reviews"}, {"list-over", "office", "/reviews?show=over"}, {"search", "office", "/reviews?q=稳享"}, {"kinds", sub, "/reviews/new"}, {"new", sub, "/reviews/new?kind=marketing.poster"},
		{"draft", sub, g.draft}, {"work", rev, g.work}, {"asked", sub, g.asked}, {"opinion", sub, g.opinion}, {"answered", rev, g.answered}, {"versus", rev, g.answered + "?v=2&against=1"}, {"old", rev, g.answered + "?v=1"},
		{"decide", "office", g.decide}, {"cleared", sub, g.cleared}, {"more", rev, g.work + "?more=1"}, {"print", rev, g.answered + "/print"}, {"edit", sub, g.draft + "/do/edit"}, {"assign", "office", g.work + "/do/assign-reviewer"}, {"add", rev, g.work + "/do/add-finding?start=0&end=15"},
		{"not-now", "auditor", g.work + "/do/add-finding"}, {"load", "office", "/reviews/load"}, {"recheck", sub, "/reviews/recheck"}}
}

// Every page, in both languages: balanced, no gap in the catalogue, English where it should be.
func TestEveryPage(t *testing.T) {
	w := newWorld(t)
	for _, s := range w.gallery().stops() {
		for _, lang := range []string{"zh", "en"} {
			b := w.As(s.who)
			b.Lang = lang
			a := b.Get(s.path)
			if s.name == "not-now" {
				if a.Status != 403 {
					t.Errorf("%s: %d", s.name, a.Status)
				}
				continue
			}
			if a.Status != 200 {
				t.Errorf("%s: %d\n%.300s", s.name, a.Status, a.Text())
				continue
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s %s: %s", s.name, lang, wrong)
			}
		}
	}
}

// browser opens a browser in which a person is signed in.
func (w world) browser(who, lang string) *webtest.Page {
	w.t.Helper()
	p := webtest.Start(w.t, w.URL)
	for name, value := range map[string]string{"xb_session": w.As(who).Token(), "xb_lang": lang} {
		w.ok(p.Cookie(w.URL, name, value))
	}
	return p
}

// The reviewer judges with the keyboard; the document shows it at once.
func TestJudgeWithTheKeyboard(t *testing.T) {
	w := newWorld(t)
	at := w.inReview(poster)
	open := len(w.get(at).Unjudged())
	p := w.browser(rev, "zh")
	p.Size(1440, 900)
	for _, f := range w.get(at).Unjudged() {
		if f.End > f.Start { // one that stands in the text
			p.Open(at + "?f=" + strconv.Itoa(f.N))
			break
		}
	}
	p.Press("a")
	p.WaitFor("未判断 " + strconv.Itoa(open-1) + " / 共 " + strconv.Itoa(open))
	if p.Count(".rv-pages a.hit.is-accepted") == 0 {
		t.Error("the document does not show what was accepted")
	}
	p.Fill("why", "语境不同")
	p.ClickOn(`.rv-dismiss button`)
	p.WaitFor("未判断 " + strconv.Itoa(open-2) + " / 共 " + strconv.Itoa(open))
	first := p.Text("#focus .rv-n")
	p.Press("n")
	p.WaitFor("采纳")
	p.Press("p")
	if p.Text("#focus .rv-n") == "" || first == "" {
		t.Error("the focus is empty")
	}
	r := w.get(at)
	verdicts := map[review.Verdict]int{}
	for _, f := range r.Findings {
		verdicts[f.Verdict]++
	}
	if verdicts[review.Accepted] != 1 || verdicts[review.Dismissed] != 1 {
		t.Errorf("verdicts %v", verdicts)
	}
}

// No serious barrier on any page, nothing runs over the edge; pictures for people.
func TestLook(t *testing.T) {
	w := newWorld(t)
	stops := w.gallery().stops()
	for _, look := range []struct {
		name, lang    string
		dark          bool
		width, height int64
	}{{"wide", "zh", false, 1440, 900}, {"dark-en", "en", true, 1440, 900}, {"phone", "zh", false, 390, 844}, {"phone-dark-en", "en", true, 390, 844}} {
		open := map[string]*webtest.Page{}
		for _, s := range stops {
			if s.name == "not-now" || s.name == "print" || *only != "" && s.name != *only {
				continue
			}
			p := open[s.who]
			if p == nil { // one window for each person: signing in and a cold cache cost more than the page
				p = w.browser(s.who, look.lang)
				p.Size(look.width, look.height)
				w.ok(p.Dark(look.dark))
				open[s.who] = p
			}
			p.Open(s.path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, s.name+"-"+look.name+".png"))
			}
		}
	}
}

// The judgement of a whole rule shows in the document wherever the rule found
// something, on the lines beyond the list too, without the page being loaded anew.
func TestJudgeTheWholeRuleShowsEverywhere(t *testing.T) {
	w := newWorld(t)
	var text strings.Builder
	for i := range 115 {
		fmt.Fprintf(&text, "第 %d 款产品保证收益，限时抢购。\n", i+1)
	}
	at := w.inReview(text.String())
	r := w.get(at)
	rules := map[string][]review.Finding{}
	for _, f := range r.Unjudged() {
		if f.End > f.Start {
			rules[f.Rule] = append(rules[f.Rule], f)
		}
	}
	var often []review.Finding
	for _, list := range rules {
		if len(list) > len(often) {
			often = list
		}
	}
	if len(often) < 110 {
		t.Fatalf("the rule that finds most finds %d", len(often))
	}
	p := w.browser(rev, "zh")
	p.Size(1440, 900)
	p.Open(at + "?f=" + strconv.Itoa(often[0].N))
	before := p.Count(".rv-pages a.hit.is-open")
	p.ClickOn(`.rv-dismiss input[name=same]`)
	p.Fill("why", "语境不同")
	p.ClickOn(`.rv-dismiss button`)
	p.WaitFor("未判断 " + strconv.Itoa(len(r.Unjudged())-len(often)) + " / 共")
	after := p.Count(".rv-pages a.hit.is-open")
	p.Open(at)
	if again := p.Count(".rv-pages a.hit.is-open"); after != again || before-after < 110 {
		t.Errorf("%d open marks before, %d after, %d when the page is loaded anew", before, after, again)
	}
}
