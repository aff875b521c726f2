package rules_test

import (
	"flag"
	"path/filepath"
	"testing"

	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder for pictures of the pages")

func open(t *testing.T, w *servertest.World, login, lang string) *webtest.Page {
	t.Helper()
	p := webtest.Start(t, w.URL)
	for name, value := range map[string]string{"xb_session": w.As(login).Token(), "xb_lang": lang} {
		if err := p.Cookie(w.URL, name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The main acts in a browser: a text is tried, a rule goes to the shadow, a pack
// is back-tested and released.
func TestRulesInABrowser(t *testing.T) {
	w := servertest.New(t, nil)
	at := w.As("office").Upload("/rules/import", "file", "a.toml", []byte(pack)).Location()
	p := open(t, w, "office", "zh")
	p.Open("/rules/rule/taboos.lead")
	p.Fill("text", "如果您不满意，那您就投诉吧。")
	p.Send(`#try .btn-primary`)
	p.WaitFor("命中 1 处")
	p.Axe()
	p.ClickOn(`input[name=state][value=shadow]`)
	p.Fill("why", "先看误伤")
	p.Send(`form[action$="/switch"] .btn-primary`)
	p.WaitFor("规则的状态已更改")
	p.Open(at)
	p.Send(`form[action*="/backtest"] .btn`)
	p.WaitFor("发布后命中")
	p.Send(`form[action$="/release"] .btn-primary`)
	p.WaitFor("规则包已发布")
	p.Want("本行用语")
}

// No serious barrier on any page, nothing runs over the edge; pictures for people.
func TestLook(t *testing.T) {
	w := servertest.New(t, nil)
	office := w.As("office")
	at := office.Upload("/rules/import", "file", "a.toml", []byte(pack)).Location()
	office.Post("/rules/rule/taboos.lead/switch", "state", "shadow", "why", "先看误伤")
	for _, look := range []struct {
		name, lang    string
		dark          bool
		width, height int64
	}{{"wide", "zh", false, 1440, 900}, {"wide-dark", "en", true, 1440, 900}, {"phone", "zh", false, 390, 844}, {"phone-dark", "en", true, 390, 844}} {
		p := open(t, w, "office", look.lang)
		p.Size(look.width, look.height)
		if err := p.Dark(look.dark); err != nil {
			t.Fatal(err)
		}
		for name, path := range map[string]string{"list": "/rules", "found": "/rules?q=投诉", "rule": "/rules/rule/taboos.lead", "try": "/rules/try", "import": "/rules/import", "draft": at} {
			p.Open(path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, name+"-"+look.name+".png"))
			}
		}
		p.Open("/rules/try")
		p.Fill("text", "尊敬的客户：您说我们乱收费，那您就投诉吧，我们没有办法。都是我们的错，您说赔多少就赔多少。\n我们会尽快处理。")
		p.Send(`.sheet-form .btn-primary`)
		p.Axe()
		p.Fits()
		if *pictures != "" {
			p.Screenshot(filepath.Join(*pictures, "found-text-"+look.name+".png"))
		}
	}
}
