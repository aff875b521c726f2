package precedents_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder for pictures of the pages")

func (w world) open(t *testing.T, login, lang string) *webtest.Page {
	t.Helper()
	p := webtest.Start(t, w.URL)
	for name, value := range map[string]string{"xb_session": w.As(login).Token(), "xb_lang": lang} {
		if err := p.Cookie(w.URL, name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The main acts in a browser: propose from the case, write, hand in, approve.
func TestPrecedentInABrowser(t *testing.T) {
	w := newWorld(t)
	id := w.closed(narrative)
	p := w.open(t, "handler", "zh")
	p.Open("/complaints/" + id.String() + "/precedents")
	p.Send(`form[action$="/precedents"] .btn`)
	p.WaitFor("草稿已整理好")
	p.Axe()
	p.Fill("lessons", "收费前以短信告知，并留痕。")
	p.Send(`button[value=save]`)
	p.WaitFor("草稿已保存")
	p.Want("罕见组合")
	p.Fill("cleared[0].why", "这类投诉在同业很常见，不能据此认出当事人")
	p.Send(`button[value=hand-in]`)
	p.WaitFor("已提交")
	p = w.open(t, "office", "zh")
	p.Open("/precedents?show=work")
	p.Send(`.prec-card h2 a`)
	p.WaitFor("批准入库")
	p.Send(`form[action$="/approve"] .btn`)
	p.WaitFor("案例已入库")
	p.Want("AL-2026-0001")
}

// No serious barrier on any page, nothing runs over the edge; pictures for people.
func TestLook(t *testing.T) {
	w := newWorld(t)
	first := w.closed(narrative)
	at := w.shelf(first)
	edit := w.As("handler").Post("/complaints/" + w.closed(narrative).String() + "/precedents").Location()
	waiting := w.As("handler").Post("/complaints/" + w.closed(narrative+"我叫张三丰，住在海淀区知春路，找过李大爷和张先生。").String() + "/precedents").Location()
	w.As("handler").Post(waiting, append(filled(w.As("handler").Get(waiting), "lessons", "开户时当面提示。"), "do", "hand-in")...)
	w.As("shanghai").Post(at+"/cite", "what", "training", "note", "二季度柜员培训")
	for _, look := range []struct {
		name, lang    string
		dark          bool
		width, height int64
	}{{"wide", "zh", false, 1440, 900}, {"wide-dark", "en", true, 1440, 900}, {"phone", "zh", false, 390, 844}, {"phone-dark", "en", true, 390, 844}} {
		p := w.open(t, "office", look.lang)
		p.Size(look.width, look.height)
		if err := p.Dark(look.dark); err != nil {
			t.Fatal(err)
		}
		for name, path := range map[string]string{"list": "/precedents?q=年费", "work": "/precedents?show=work", "none": "/precedents?q=zzz", "show": at, "edit": edit, "draft": strings.TrimSuffix(edit, "/edit"), "waiting": strings.TrimSuffix(waiting, "/edit"),
			"beside": "/complaints/" + first.String() + "/precedents"} {
			p.Open(path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, name+"-"+look.name+".png"))
			}
		}
	}
}
