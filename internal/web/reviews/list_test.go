package reviews_test

import (
	"strings"
	"testing"

	"xiaobao/internal/party"
)

// A reviewer with nothing at hand sees what waits to be taken, and is told so;
// whoever chose a list gets that one.
func TestListOpensOnWork(t *testing.T) {
	w := newWorld(t)
	at := w.draft(poster)
	number := w.get(at).Number
	list := func(who, path string) string {
		a := w.As(who).Get(path)
		if a.Status != 200 {
			t.Fatalf("%s: %d", path, a.Status)
		}
		return a.Text()
	}
	const told = "先列出待领取的"
	if s := list(rev, "/reviews"); strings.Contains(s, told) {
		t.Error("nothing waits, and the list says it does")
	}
	w.do(w.As(sub), at, "hand-in")
	for _, tt := range []struct {
		who, path    string
		told, listed bool
	}{{rev, "/reviews", true, true}, {rev, "/reviews?tab=mine", false, false}, {rev, "/reviews?show=free", false, true}, {sub, "/reviews", false, true}, {other, "/reviews", false, false}} {
		s := list(tt.who, tt.path)
		if got := strings.Contains(s, told); got != tt.told {
			t.Errorf("%s at %s: told %v, want %v", tt.who, tt.path, got, tt.told)
		}
		if got := strings.Contains(s, number); got != tt.listed {
			t.Errorf("%s at %s: listed %v, want %v", tt.who, tt.path, got, tt.listed)
		}
	}
	w.do(w.As(rev), at, "take")
	if s := list(rev, "/reviews"); strings.Contains(s, told) || !strings.Contains(s, number) {
		t.Errorf("with a review at hand:\n%s", s)
	}
	if a := w.As(rev).Get("/reviews?tab=all&unit=0102"); !strings.Contains(a.Body, w.unitName("0102")) {
		t.Errorf("the chosen unit has no name:\n%s", a.Text())
	}
}

// What a material has to say is shown with the words that say it.
func TestElementsShow(t *testing.T) {
	w := newWorld(t)
	at := w.draft(mended)
	b := w.As(sub)
	part := w.htmx(b, at+"/elements")
	for _, want := range []string{"发行机构：示例理财有限责任公司", "风险等级"} {
		if !strings.Contains(part.Text(), want) {
			t.Errorf("the elements lack %q:\n%s", want, part.Text())
		}
	}
	if a := b.Get(at + "/elements"); a.Status != 303 || !strings.Contains(b.Get(a.Location()).Text(), "已写明的要素") {
		t.Errorf("without a script: %d", a.Status)
	}
	if a := w.htmx(w.As(other), at+"/elements"); a.Status == 200 {
		t.Error("a stranger reads a draft")
	}
}

func (w world) unitName(id party.UnitID) string {
	w.t.Helper()
	org, err := w.App.Org(w.t.Context())
	w.ok(err)
	return org.Tree.Name(id)
}
