package casefile_test

import (
	"path/filepath"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web/webtest"
)

// open is a tab of a person on a case.
func (w world) open(t testing.TB, login, lang, path string) *webtest.Page {
	t.Helper()
	p := webtest.Start(t, w.URL)
	w.ok(p.Cookie(w.URL, "xb_session", w.As(login).Token()))
	w.ok(p.Cookie(w.URL, "xb_lang", lang))
	p.Open(path)
	return p
}

// The main acts in a browser: the sheet opens beside the case, a refusal stays in
// it, a success loads the case anew.
func TestSheetInABrowser(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	p := w.open(t, "handler", "zh", "/complaints/"+id.String())
	p.Axe()
	p.Click("接收")
	p.WaitFor("由您对这件投诉负责")
	p.Axe()
	p.Send("#sheet .btn-primary")
	p.WaitFor("已保存：接收")
	p.Click("增加争议点")
	p.WaitFor("取消")
	p.Fill("text", " ")
	p.ClickOn("#sheet .btn-primary")
	p.WaitFor("请填写争议点")
	p.Axe()
	if *pictures != "" {
		p.Screenshot(filepath.Join(*pictures, "sheet.png"))
	}
	p.Fill("text", "收益率承诺不实")
	p.Send("#sheet .btn-primary")
	p.WaitFor("收益率承诺不实")
	if clear := "13800001234"; p.Has(clear) {
		t.Error("the phone stands in clear on the page")
	}
	p.ClickOn(`#people dd:nth-of-type(2) .eye`)
	p.ClickOn(`#people dd:nth-of-type(2) input[value=contact]`)
	p.ClickOn(`#people dd:nth-of-type(2) .btn-primary`)
	p.WaitFor("13800001234")
	p.ClickOn(".kinds a:last-child")
	p.WaitFor("经客服电话收到")
	if p.Has("接收，开始负责") {
		t.Error("the filter still shows the other kinds")
	}
	if !p.Has("13800001234") {
		t.Error("the filter loaded the whole page anew")
	}
}

// No serious barrier on any page of the room, light and dark, wide and narrow, and all
// words fit.
func TestAxe(t *testing.T) {
	w := newWorld(t)
	rich, plain := w.transfer(), w.plain()
	at := func(id complaint.ID, more string) string { return "/complaints/" + id.String() + more }
	p := w.open(t, "office", "en", at(rich, ""))
	for _, path := range []string{at(rich, ""), at(rich, "/print"), at(rich, "/access"), at(plain, "/do/find-fault"), at(plain, "/do/close"), at(plain, "/do/propose-redress"), at(plain, "/letters/preview?kind=acknowledgement")} {
		for _, dark := range []bool{false, true} {
			w.ok(p.Dark(dark))
			p.Size(1440, 900)
			p.Open(path)
			p.Axe()
		}
		p.Fits()

		p.Size(390, 844)
		p.Open(path)
		p.Axe()
		p.Fits()
	}
}
