package casefile_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/dossier"
)

// The button of the case leads to the form, the form to a file that verifies; the
// access record says so in words.
func TestCaseFilePage(t *testing.T) {
	w := newWorld(t)
	id := w.transfer()
	o := w.desk(t, "office", id)
	if page := o.Get(o.at); !strings.Contains(page.Body, `href="`+o.at+`/case-file"`) {
		t.Error("the case has no button")
	}
	form := o.Get(o.at + "/case-file")
	if form.Status != http.StatusOK || !strings.Contains(form.Text(), "监管调阅") || !strings.Contains(form.Text(), "含个人信息") {
		t.Fatalf("%d %s", form.Status, clipped(form.Text()))
	}
	if a := o.Post(o.at+"/case-file", "reason", "other", "variant", "masked", "why", ""); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "请写明原因") {
		t.Errorf("other without words: %d %s", a.Status, clipped(a.Text()))
	}
	for variant, clear := range map[string]bool{"clear": true, "masked": false} {
		a := o.Post(o.at+"/case-file", "reason", "regulator", "why", "京金消转〔2026〕1024号", "variant", variant)
		b := []byte(a.Body)
		r, err := dossier.Verify(bytes.NewReader(b), int64(len(b)), w.Store.PublicKey())
		if err != nil || a.Status != http.StatusOK || !r.OK() || !r.Trusted || r.Variant != variant || r.By != "office "+w.Actor("office").Name {
			t.Errorf("%s: %d %+v %v", variant, a.Status, r, err)
		}
		if bytes.Contains(b, []byte("110101195001011234")) != clear {
			t.Errorf("%s: the identity card number in the file: %v", variant, !clear)
		}
	}
	if log := o.Get(o.at + "/access").Text(); !strings.Contains(log, "密封案卷 · 监管调阅 · 隐去个人信息") {
		t.Errorf("record: %s", clipped(log))
	}
	for login, want := range map[string]int{"handler": 403, "chaoyang": 403, "shanghai": 403, "admin": 403, "auditor": 200} {
		if a := w.As(login).Get(o.at + "/case-file"); a.Status != want {
			t.Errorf("%s: %d, want %d", login, a.Status, want)
		}
	}
	if strings.Contains(w.As("handler").Get(o.at).Body, "/case-file") {
		t.Error("who may not export sees the button")
	}
}

func TestCaseFilePageInABrowser(t *testing.T) {
	w := newWorld(t)
	id := w.transfer()
	for lang, want := range map[string]string{"zh": "导出密封案卷", "en": "Make the sealed case file"} {
		p := w.open(t, "office", lang, "/complaints/"+id.String()+"/case-file")
		p.WaitFor(want)
		p.Axe()
		p.Size(390, 844)
		p.Fits()
		if *pictures != "" {
			p.Screenshot(filepath.Join(*pictures, "case-file-"+lang+".png"))
		}
	}
}
