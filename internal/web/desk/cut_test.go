package desk

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
	"xiaobao/internal/storage"
)

func TestCut(t *testing.T) {
	tests := []struct {
		text, q string
		want    []part
	}{
		{"把保险说成存款", "存款", []part{{"把保险说成", false}, {"存款", true}}},
		{"App 里 app 打不开", "APP", []part{{"App", true}, {" 里 ", false}, {"app", true}, {" 打不开", false}}},
		{"存款存", "存 存款", []part{{"存款", true}, {"存", true}}},
		{"没有", "别的", []part{{"没有", false}}},
		{"", "存款", []part{{"", false}}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, cut(tt.text, tt.q)); diff != "" {
			t.Errorf("cut(%q, %q): %s", tt.text, tt.q, diff)
		}
	}
}

// The pieces are the text, and each hit is a word of the query.
func TestCutKeepsTheText(t *testing.T) {
	letters := rapid.SampledFrom([]rune("存款保险aAİſ 1"))
	rapid.Check(t, func(t *rapid.T) {
		text, q := string(rapid.SliceOf(letters).Draw(t, "text")), string(rapid.SliceOfN(letters, 0, 4).Draw(t, "q"))
		var b strings.Builder
		for _, p := range cut(text, q) {
			b.WriteString(p.Text)
			if p.Hit && !strings.Contains(strings.ToLower(q), strings.ToLower(p.Text)) {
				t.Fatalf("hit %q is not in %q", p.Text, q)
			}
		}
		if b.String() != text {
			t.Fatalf("cut(%q, %q) gives %q", text, q, b.String())
		}
	})
}

// However far one pages, the way back leads through the same pages; behind the
// bound of the trail it leads to the first one.
func TestTrail(t *testing.T) {
	at := func(link string) query { return readQuery(httptest.NewRequest("GET", link, nil)) }
	var visited []string
	q := at("/desk?channel=phone")
	for n := range 2 * maxTrail {
		visited = append(visited, q.get("after"))
		_, on, before := q.pages(storage.Cursor{Day: 20000, ID: complaint.ID(100000 + n)})
		if before != n {
			t.Fatalf("page %d says %d pages stand before it", n, before)
		}
		q = at(on)
	}
	for n := 2*maxTrail - 1; n >= maxTrail; n-- {
		back, _, _ := q.pages(storage.Cursor{})
		q = at(back)
		if _, _, before := q.pages(storage.Cursor{}); q.get("after") != visited[n] || before != n || q.get("channel") != "phone" {
			t.Fatalf("back on page %d: %s", n, back)
		}
	}
	if back, _, _ := q.pages(storage.Cursor{}); back != "/desk?channel=phone" {
		t.Errorf("behind the trail, back leads to %s", back)
	}
	if back, _, _ := at("/desk?after=2026-04-01.9&trail=-&page=1").pages(storage.Cursor{}); back != "/desk" {
		t.Errorf("the first page is %s", back)
	}
}

// Whatever stands in the address, a filter comes of it and its own address keeps
// what it knows.
func FuzzReadQuery(f *testing.F) {
	f.Add("tab=all&due=over&unit=0101&after=2026-04-01.9&trail=-")
	f.Add("state=%00&due_from=2026-13-40&channel=';--&after=x.y&trail=____")
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := url.ParseQuery(raw)
		if err != nil {
			t.Skip()
		}
		q := readQuery(httptest.NewRequest("GET", "/desk?"+v.Encode(), nil))
		again := readQuery(httptest.NewRequest("GET", q.with(), nil))
		if again.with() != q.with() {
			t.Errorf("%s becomes %s", q.with(), again.with())
		}
		q.pages(storage.Cursor{Day: 1, ID: 1})
	})
}
