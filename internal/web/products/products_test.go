package products_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

var pictures = flag.String("pictures", "", "folder to write pictures of the pages to")

func TestMain(m *testing.M) { webtest.Main(m) }

var wealth = []string{"id", "WX-3", "name", "稳享三号理财产品", "line", "wealth", "issuer", "示例理财有限责任公司", "series", "稳享", "grade", "R2", "code", "wealth_own", "unit", "0100", "status", "on_sale", "from", "2026-01-05", "note", "封闭期 180 天"}

// with changes fields of a form.
func with(fields []string, args ...string) []string {
	out := append([]string{}, fields...)
	for i := 0; i+1 < len(args); i += 2 {
		for j := 0; j+1 < len(out); j += 2 {
			if out[j] == args[i] {
				out[j+1] = args[i+1]
			}
		}
	}
	return out
}

// shop is a register with one product, its complaints and a second product.
func shop(t testing.TB) *servertest.World {
	t.Helper()
	w := servertest.New(t, nil)
	office := w.As("office")
	for _, fields := range [][]string{wealth, with(wealth, "id", "LN-1", "name", "乐享消费贷", "line", "loan", "grade", "", "code", "", "status", "planned")} {
		if a := office.Post("/products/new", fields...); a.Status != 303 {
			t.Fatalf("%d\n%s", a.Status, a.Text())
		}
	}
	if a := office.Post("/products/WX-3/edit", with(wealth, "grade", "R3")...); a.Status != 303 {
		t.Fatalf("%d\n%s", a.Status, a.Text())
	}
	for range 3 {
		_, err := w.App.Register(t.Context(), w.Actor("handler"), complaint.Register{Channel: "phone", ReceivedOn: w.App.Today(), Complainant: complaint.Complainant{Name: "王梅", Phone: "13800001234"},
			Narrative: "客户称购买理财时被告知保本，到期后发现亏损。", Codes: complaint.Codes{Product: "wealth_own", Reason: "marketing"}, Points: []string{"承诺保本"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// S3.6: the register ties grade, reviews and complaints together, each in the reader's reach.
func TestProduct(t *testing.T) {
	w := shop(t)
	for _, tt := range []struct {
		who, path string
		status    int
		want, not string
	}{
		{"office", "/products", 200, "稳享三号理财产品", ""}, {"office", "/products?line=loan", 200, "乐享消费贷", "稳享三号"}, {"office", "/products?q=稳享", 200, "稳享三号", "乐享消费贷"}, {"office", "/products?q=没有这个", 200, "没有产品", ""},
		{"office", "/products/WX-3", 200, "R2 → R3", ""}, {"handler", "/products/WX-3", 200, "/complaints?product=wealth_own&amp;reason=marketing", "/edit"}, {"shanghai", "/products/WX-3", 200, "没有您可以查看的投诉", ""},
		{"handler", "/products/new", 403, "", ""}, {"handler", "/products/WX-3/edit", 403, "", ""}, {"office", "/products/WX-9", 404, "", ""}, {"office", "/products/WX-9/edit", 404, "", ""},
	} {
		a := w.As(tt.who).Get(tt.path)
		if a.Status != tt.status || !strings.Contains(a.Body, tt.want) || tt.not != "" && strings.Contains(a.Body, tt.not) {
			t.Errorf("%s %s: %d, want %d with %q, without %q", tt.who, tt.path, a.Status, tt.status, tt.want, tt.not)
		}
	}
}

func TestRefused(t *testing.T) {
	w := shop(t)
	office := w.As("office")
	for _, tt := range []struct {
		path   string
		fields []string
		status int
		say    string
	}{
		{"/products/new", wealth, 422, "已登记"}, {"/products/new", with(wealth, "id", "稳享"), 422, "产品编号由字母"}, {"/products/WX-3/edit", with(wealth, "name", ""), 422, "请填写产品名称"},
		{"/products/WX-3/edit", with(wealth, "line", "boats"), 422, "请选择业务条线"}, {"/products/WX-9/edit", wealth, 404, ""}, {"/products/new", with(wealth, "id", "N-1", "from", "高"), 422, "日期"},
	} {
		a := office.Post(tt.path, tt.fields...)
		if a.Status != tt.status || !strings.Contains(a.Body, tt.say) {
			t.Errorf("%s: %d, want %d with %q", tt.path, a.Status, tt.status, tt.say)
		}
		if tt.status == 422 && !strings.Contains(a.Body, "封闭期 180 天") {
			t.Errorf("%s: what was typed is gone", tt.path)
		}
	}
	if a := w.As("handler").Post("/products/new", wealth...); a.Status != 403 {
		t.Errorf("a clerk enters a product: %d", a.Status)
	}
}

var stops = map[string]string{"list": "/products", "empty": "/products?q=没有", "show": "/products/WX-3", "new": "/products/new", "edit": "/products/WX-3/edit"}

func TestEveryPage(t *testing.T) {
	w := shop(t)
	for name, path := range stops {
		for _, lang := range []string{"zh", "en"} {
			b := w.As("office")
			b.Lang = lang
			a := b.Get(path)
			if a.Status != 200 {
				t.Errorf("%s: %d", name, a.Status)
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s %s: %s", name, lang, wrong)
			}
		}
	}
}

func TestLook(t *testing.T) {
	w := shop(t)
	for _, look := range []struct {
		name, lang    string
		dark          bool
		width, height int64
	}{{"wide", "zh", false, 1440, 900}, {"phone-dark", "en", true, 390, 844}} {
		p := webtest.Start(t, w.URL)
		for name, value := range map[string]string{"xb_session": w.As("office").Token(), "xb_lang": look.lang} {
			if err := p.Cookie(w.URL, name, value); err != nil {
				t.Fatal(err)
			}
		}
		p.Size(look.width, look.height)
		if err := p.Dark(look.dark); err != nil {
			t.Fatal(err)
		}
		for name, path := range stops {
			p.Open(path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, "product-"+name+"-"+look.name+".png"))
			}
		}
	}
}
