package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
)

// sought is a name that stands in many complaints and in no address.
const sought = "欧阳听澜"

// seeker types the name into every box in which people type to find something, and
// looks at the addresses that come of it.
type seeker struct {
	world
	*servertest.Browser
	found map[string]bool // actions of the search forms that were used
}

// Words of a search are in no address: not in that of a request (which is also what
// Referer and history hold), not in a redirect, a link or the log. Every page of the
// route table is opened, as several people, and each of its forms that asks by GET
// has nothing to type in.
func TestNoWordsInAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.subject()
	for range 32 { // more than a page of them
		w.register("handler", complaint.Register{Channel: "phone", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: sought, Phone: "13900001111"}, Narrative: narrative, Points: []string{sought + "说没有告知年费"}})
	}
	site, err := web.New(web.Options{})
	w.ok(err)
	found := map[string]bool{}
	for _, login := range []string{"office", "handler", "auditor", "admin"} {
		s := seeker{w, w.As(login), found}
		for _, route := range server.Table(server.Rooms(site, w.App)) {
			if route.Method == http.MethodGet && !strings.HasSuffix(route.Path, "/export") {
				_, _, path := row{path: strings.ReplaceAll(route.Path, "/complaints/{id}", "/complaints/"+id.String())}.of(t)
				s.looks(path)
			}
		}
	}
	for _, want := range []string{"/search", "/reviews", "/people", "/audit", "/exports", "/rules", "/products", "/precedents", "/settings", "/settings/duties", "/laws/search", "/desk", "/complaints", caseAt(id) + "/reply/articles"} {
		if !found[web.FindPath+want] {
			t.Errorf("nothing was typed into the search of %s", want)
		}
	}
	if strings.Contains(w.Log.String(), sought) || strings.Contains(w.Log.String(), url.QueryEscape(sought)) {
		t.Error("the log holds the words")
	}
}

// looks opens a page and uses its search forms.
func (s seeker) looks(path string) {
	s.t.Helper()
	a := s.Get(path)
	if a.Status != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		return
	}
	for _, f := range elements(s.world, a.Body, "form") {
		action := value(f, "action")
		at, _ := url.Parse(action)
		if boxes := typing(f); len(boxes) == 0 || strings.EqualFold(value(f, "method"), "post") && !strings.HasPrefix(action, web.FindPath+"/") {
			continue
		}
		if !strings.EqualFold(value(f, "method"), "post") || value(f, "hx-get") != "" {
			s.t.Errorf("%s: the form %s puts what is typed into the address", path, action)
			continue
		}
		if !s.found[at.Path] {
			s.found[at.Path] = true
			s.finds(path, action, typing(f))
		}
	}
}

// finds sends a search form with the name in every box.
func (s seeker) finds(path, action string, boxes []string) {
	s.t.Helper()
	var fields []string
	for _, name := range boxes {
		fields = append(fields, name, sought)
	}
	a := s.Post(action, fields...)
	if a.Status != http.StatusSeeOther || !strings.Contains(a.Location(), "s=") {
		s.t.Errorf("%s: %s leads to %d %q", path, action, a.Status, a.Location())
	}
	at := ""
	for range 4 {
		if a.Status != http.StatusSeeOther {
			break
		}
		at = a.Location()
		s.clean(action, "redirect", at)
		a = s.Get(at)
	}
	if a.Status >= http.StatusBadRequest {
		s.t.Errorf("%s: %d", at, a.Status)
	}
	on := s.addresses(action, a.Body)
	if action == web.FindPath+"/search" && len(on) == 0 {
		s.t.Error("the search has one page only: the walk saw no link that goes on")
	}
	for _, link := range on {
		next := s.Get(link)
		if next.Status != http.StatusOK {
			s.t.Errorf("%s: %d", link, next.Status)
		}
		s.addresses(link, next.Body)
	}
}

// addresses looks at every address on a page and returns those that carry sealed words.
func (s seeker) addresses(from, body string) (sealed []string) {
	s.t.Helper()
	for _, n := range elements(s.world, body, "") {
		for _, a := range n.Attr {
			if slices.Contains([]string{"value", "title", "aria-label", "placeholder"}, a.Key) {
				continue
			}
			s.clean(from, n.Data+" "+a.Key, a.Val)
			if at, err := url.Parse(a.Val); a.Key == "href" && err == nil && at.Query().Get(web.WordsField) != "" {
				sealed = append(sealed, a.Val)
			}
		}
	}
	return sealed
}

func (s seeker) clean(from, what, address string) {
	s.t.Helper()
	if plain, err := url.QueryUnescape(address); strings.Contains(address, sought) || err == nil && strings.Contains(plain, sought) {
		s.t.Errorf("%s: %s holds the words: %s", from, what, address)
	}
}

// elements are those of a page with a name, all for "".
func elements(w world, page, name string) (out []*html.Node) {
	w.t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	w.ok(err)
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			out = append(out, n)
		}
	}
	return out
}

// typing are the names of the boxes of a form in which words can be typed.
func typing(f *html.Node) (out []string) {
	for n := range f.Descendants() {
		kind, _ := attr(n, "type")
		if n.Type != html.ElementNode || n.Data != "textarea" && (n.Data != "input" || !slices.Contains([]string{"", "text", "search", "tel", "email", "url"}, kind)) {
			continue
		}
		out = append(out, value(n, "name"))
	}
	return out
}

// An address with sealed words is good for who made it, as often as he likes and on
// its further pages, until its hours are over; for everybody else, and later, it is
// the page with an empty box and a sentence.
func TestSealedAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 32 {
		w.register("handler", complaint.Register{Channel: "phone", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: sought}, Narrative: narrative, Points: []string{"年费"}})
	}
	b := w.As("handler")
	at := b.Post(web.FindPath+"/search", "q", sought).Location()
	for range 2 {
		if a := b.Get(at); a.Status != http.StatusOK || !strings.Contains(a.Body, `value="`+sought+`"`) || !strings.Contains(a.Body, "/complaints/32") {
			t.Fatalf("the own address: %d %s", a.Status, clipped(a.Text()))
		}
	}
	on := seeker{world: w}.addresses(at, b.Get(at).Body)
	if len(on) != 1 || !strings.Contains(b.Get(on[0]).Body, `"/complaints/1"`) {
		t.Errorf("the next page: %q", on)
	}
	if a := b.Post(web.FindPath+"/search", "q", " "); a.Location() != "/search" {
		t.Errorf("an empty box leads to %q", a.Location())
	}
	for name, path := range map[string]string{"no page": "/nowhere", "no search": "/approvals", "elsewhere": "/%2Fevil.example/search", "up": "/x/../search"} {
		if a := b.Post(web.FindPath+path, "q", sought); a.Status != http.StatusNotFound && !strings.HasPrefix(a.Location(), web.FindPath) {
			t.Errorf("%s: %d %s", name, a.Status, a.Location())
		}
	}
	if a := b.Post(web.FindPath+"/desk", "q", sought, "tab", "all"); strings.Contains(a.Location(), url.QueryEscape(sought)) || !strings.Contains(a.Location(), "tab=all") {
		t.Errorf("a field that the page does not know: %q", a.Location())
	}
	if a := b.Post(web.FindPath+"/search", "q", strings.Repeat("长", 900)); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("words too long for an address: %d", a.Status)
	}
	refused := func(what string, b *servertest.Browser, at string) {
		t.Helper()
		a := b.Get(at)
		if a.Status != http.StatusSeeOther || a.Location() != "/search" {
			t.Fatalf("%s: %d %s", what, a.Status, a.Location())
		}
		if a = b.Get("/search"); !strings.Contains(a.Text(), "已经过期，或是别人的") || strings.Contains(a.Body, sought) {
			t.Errorf("%s: %s", what, clipped(a.Text()))
		}
	}
	refused("a colleague's", w.As("office"), at)
	refused("cut", b, at[:len(at)-3])
	refused("none", b, "/search?s=abc")
	w.Pass(13 * time.Hour)
	refused("expired", w.As("handler"), at)
}
