package webtest

import (
	"flag"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var pictures = flag.String("pictures", "", "folder for pictures of the gallery")

func TestMain(m *testing.M) {
	flag.Parse()
	Main(m)
}

func gallery(t *testing.T) *httptest.Server {
	t.Helper()
	h, err := Gallery()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// look is a way to see a page.
type look struct {
	lang, theme, size string
	width             int64
	axe               bool // colours differ by theme, structure by size: two looks see both
}

var looks = []look{
	{"zh", "light", "desk", 1440, true}, {"en", "dark", "phone", 390, true},
	{"zh", "dark", "desk", 1440, false}, {"zh", "light", "phone", 390, false}, {"en", "light", "desk", 1440, false},
}

// Every page of the base, as people see it: no serious barrier, no complaint in
// the console, nothing wider than the window.
func TestGalleryInBrowser(t *testing.T) {
	server := gallery(t)
	p := Start(t, server.URL)
	for name := range Samples() {
		for _, l := range looks {
			if !l.axe && *pictures == "" && l.width > 1000 {
				continue // seen already, but for its colours or words
			}
			p.look(t, server.URL, l)
			p.Open("/gallery/" + name)
			if l.axe {
				p.Axe()
			}
			if wide, err := call[int](p, "return document.documentElement.scrollWidth"); err != nil || int64(wide) > l.width {
				t.Errorf("%s at %d is %d wide (%v)", name, l.width, wide, err)
			}
			if *pictures != "" {
				file := strings.ReplaceAll(name, "/", "-") + "-" + l.lang + "-" + l.theme + "-" + l.size + ".png"
				p.Screenshot(filepath.Join(*pictures, file))
			}
		}
	}
}

func (p *Page) look(t *testing.T, base string, l look) {
	t.Helper()
	if err := p.Cookie(base, "xb_lang", l.lang); err != nil {
		t.Fatal(err)
	}
	if err := p.Dark(l.theme == "dark"); err != nil {
		t.Fatal(err)
	}
	p.Size(l.width, 900)
}

func TestKeys(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	if got := p.Text(".rooms [aria-current]"); !strings.HasPrefix(got, "工作台") {
		t.Errorf("the room is marked %q", got)
	}
	p.Press("jj")
	if got := p.Text("tr.at .no"); got != "2026-000130" {
		t.Errorf("after jj the cursor is at %s", got)
	}
	p.Press("kkx")
	if got := p.Text("[data-chosen]"); got != "1" || p.Text("tr.at .no") != "2026-000127" {
		t.Errorf("after kkx %s chosen", got)
	}
	p.Press("/")
	p.Press("jx")
	if got, err := call[string](p, "return document.querySelector('input[type=search]').value"); err != nil || got != "jx" {
		t.Errorf("keys typed into the search: %q (%v)", got, err)
	}
}

func TestPreviewFollowsTheCursor(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Size(1720, 900)
	p.Open("/desk")
	if _, err := call[bool](p, "document.querySelector('[data-preview-pane]').textContent = ''; return true"); err != nil {
		t.Fatal(err)
	}
	p.Press("j")
	p.WaitFor("我妈七十三岁")
}

func TestHelpOpensAndCloses(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	p.Press("?")
	p.Want("下一条、上一条")
	p.Axe()
	p.ClickOn("#keys [data-close]")
	if p.Count("dialog[open]") != 0 {
		t.Error("the list of keys stays open")
	}
}

func TestRevealAsksWhy(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/gallery/gallery/case")
	p.ClickOn(".masked summary")
	p.Want("为什么要查看？")
	p.Axe()
	p.Click("查看")
	if p.Has("13812345678") {
		t.Fatal("shown without a reason")
	}
	p.Fill("reason", "contact")
	p.Click("查看")
	p.WaitFor("13812345678")
}

func TestCountOpens(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/gallery/gallery/case")
	p.ClickOn(".case-head .count summary")
	p.Want("期限如何计算", "劳动节", "第十八条")
	p.Axe()
}

func TestCountIsFetchedInLists(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	if p.Has("劳动节") {
		t.Fatal("the count stands in the list before it is asked for")
	}
	p.ClickOn("tr .count summary")
	p.WaitFor("劳动节")
}

func TestPartialFaultsAreShown(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Size(1720, 900)
	p.Open("/desk")
	if _, err := call[bool](p, "const row = document.querySelector('[data-row]'); row.dataset.preview = '/refused'; return true"); err != nil {
		t.Fatal(err)
	}
	p.Press("j")
	p.WaitFor("这件投诉已办结，不能再分派。")
	p.Want("2026-000130") // the page is still there
}

func TestPreferencesStay(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	p.Click("English")
	p.Want("Worklist")
	p.Click("Appearance")
	p.Click("Dark")
	if p.Count(`html[lang=en][data-bs-theme=dark]`) != 1 || p.URL() != "/desk" {
		t.Errorf("the choice did not stay, at %s", p.URL())
	}
}

// Large letters on a small phone: still one column, still nothing cut off.
func TestLargeTypeFitsThePhone(t *testing.T) {
	server := gallery(t)
	p := Start(t, server.URL)
	if err := p.Cookie(server.URL, "xb_type", "large"); err != nil {
		t.Fatal(err)
	}
	p.look(t, server.URL, look{lang: "en", width: 360})
	for name := range Samples() {
		p.Open("/gallery/" + name)
		if wide, err := call[int](p, "return document.documentElement.scrollWidth"); err != nil || wide > 360 {
			t.Errorf("%s is %d wide (%v)", name, wide, err)
		}
	}
}

func TestTabsShareNothing(t *testing.T) {
	server := gallery(t)
	one, two := Start(t, server.URL), Start(t, server.URL)
	one.Open("/desk")
	one.Click("English")
	two.Open("/desk")
	if one.Has("工作台") || !two.Has("工作台") {
		t.Error("a choice in one tab shows in another")
	}
}

func TestConsoleHearsComplaints(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	if _, err := call[bool](p, "console.error('spoken'); const s = document.createElement('script'); s.textContent = '1'; document.head.append(s); setTimeout(() => { throw new Error('thrown') }); await new Promise((f) => setTimeout(f, 50)); return true"); err != nil {
		t.Fatal(err)
	}
	heard := p.Console()
	for _, want := range []string{"spoken", "thrown", "Content Security Policy"} {
		if !slices.ContainsFunc(heard, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("not heard: %s in %q", want, heard)
		}
	}
}

func TestAxeFindsBarriers(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	if _, err := call[bool](p, "document.querySelector('main').append(document.createElement('button')); return true"); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(p.Barriers(), func(f Finding) bool { return f.ID == "button-name" }) {
		t.Error("axe is blind to a button without a name")
	}
}

// A word by itself is not to be broken; one within running text may be.
func TestFitsFindsBrokenWords(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/desk")
	if wrong := p.Misfits(); len(wrong) != 0 {
		t.Fatal(wrong)
	}
	if _, err := call[bool](p, `const add = (html) => { const at = document.createElement('p'); at.style.cssText = 'width: 1.2em; margin: 0'; at.innerHTML = html; document.querySelector('main').append(at) }
add('<b>退保</b> <b>本金</b>'); add('他说<b>拒绝</b>退还'); return true`); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(p.Misfits(), "\n")
	for word, want := range map[string]bool{"退保": true, "本金": true, "拒绝": false} {
		if strings.Contains(got, word) != want {
			t.Errorf("%s found: %v in %q", word, !want, got)
		}
	}
}

// Without JavaScript every popover opens and every form goes: the markup alone
// must carry them.
func TestMenusNeedNoScript(t *testing.T) {
	p := Start(t, gallery(t).URL)
	p.Open("/gallery/gallery/case")
	if n := p.Count("details > summary:first-child"); n < 5 || n != p.Count("details") {
		t.Errorf("%d of %d popovers open by themselves", n, p.Count("details"))
	}
	if n := p.Count("form:not([action])"); n != 0 {
		t.Errorf("%d forms go nowhere without a script", n)
	}
}
