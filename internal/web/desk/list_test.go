package desk_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web/webtest"
)

// Every page of the room in both languages, for those who may enter it.
func TestPagesInBothLanguages(t *testing.T) {
	w, m := full(t)
	other := m.register("shanghai", plain("何平", "上海分行扣了年费。"))
	for _, lang := range []string{"zh", "en"} {
		for path, login := range map[string]string{
			"/desk": "handler", "/desk?tab=all&state=handling&channel=phone&unit=0101&owner=handler&care=yes&due_from=2026-01-01": "office", "/desk?tab=unit": "lead", "/desk?due=over&tab=all": "auditor",
			"/complaints": "executive", "/complaints?closed=1&from=2026-01-01&to=2026-12-31": "office", "/complaints/new": "handler", "/complaints/new?channel=nfra": "office",
			"/complaints/" + other.String() + "/receipt": "shanghai", "/search": "office", "/search?q=存款": "office", "/search?q=13800001234": "office", "/search?q=龘": "handler", "/approvals": "office",
		} {
			b := w.As(login)
			b.Lang = lang
			a := b.Get(path)
			if a.Status != 200 {
				t.Errorf("%s %s as %s: %d %s", lang, path, login, a.Status, a.Text())
				continue
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s %s: %s", lang, path, wrong)
			}
		}
	}
}

func TestWhoMayEnter(t *testing.T) {
	w := world(t)
	for path, want := range map[string]map[string]int{
		"/desk":           {"handler": 200, "auditor": 200, "executive": 200, "admin": 403},
		"/complaints":     {"handler": 200, "admin": 403},
		"/complaints/new": {"handler": 200, "office": 200, "auditor": 403, "executive": 403, "admin": 403},
		"/approvals":      {"lead": 200, "office": 200, "executive": 200, "handler": 403, "auditor": 403, "admin": 403},
		"/search?q=a":     {"auditor": 200, "admin": 403},
	} {
		for login, status := range want {
			if got := w.As(login).Get(path).Status; got != status {
				t.Errorf("%s as %s: %d, want %d", path, login, got, status)
			}
		}
	}
}

var rowNumber = regexp.MustCompile(`class="no" href="/complaints/(\d+)">`)

func ids(body string) []string {
	var out []string
	for _, m := range rowNumber.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestFilters(t *testing.T) {
	w, m := full(t)
	chaoyang := m.register("chaoyang", plain("冯梅", "朝阳支行排队两小时。"))
	of := func(login, path string) []string { return ids(w.As(login).Get(path).Body) }
	all := of("office", "/desk?tab=all")
	if len(all) != 22 {
		t.Fatalf("%d cases", len(all))
	}
	tests := []struct {
		query string
		has   int
		one   string
	}{
		{"unit=010101", 1, chaoyang.String()}, {"unit=" + url.QueryEscape("北京分行 朝阳支行"), 1, chaoyang.String()}, {"owner=chaoyang", 1, chaoyang.String()}, {"regulator=yes", 3, ""},
		{"care=yes", 4, ""}, {"waiting=yes", 4, ""}, {"state=deciding", 1, ""}, {"channel=nfra", 2, ""}, {"product=agency_insurance", 7, ""}, {"due_from=2026-04-15&due_to=2026-04-15", 0, ""},
		{"from=2026-03-31&to=2026-03-31", 6, ""}, {"due=over", 12, ""}, {"due=nonsense", 22, ""}, {"due_from=yesterday", 22, ""}, {"state=' OR 1=1 --", 22, ""},
	}
	for _, tt := range tests {
		got := of("office", "/desk?tab=all&"+strings.ReplaceAll(tt.query, " ", "%20"))
		if tt.one != "" && (len(got) != 1 || got[0] != tt.one) {
			t.Errorf("%s: %v, want %s", tt.query, got, tt.one)
		}
		if tt.query == "due_from=2026-04-15&due_to=2026-04-15" { // counted by the rule: what was received on 31 March
			if len(got) == 0 {
				t.Errorf("nothing is due on 15 April")
			}
			continue
		}
		if len(got) != tt.has {
			t.Errorf("%s: %d rows %v, want %d", tt.query, len(got), got, tt.has)
		}
	}
	if a := w.As("office").Get("/desk?tab=all&unit=" + url.QueryEscape("火星分行")); !strings.Contains(a.Text(), "火星分行") || len(ids(a.Body)) != 22 {
		t.Error("a unit that is none is not told")
	}
}

// A branch sees its subtree, nobody sees a case he must keep away from.
func TestReach(t *testing.T) {
	w := world(t)
	m := must{t, w}
	beijing := m.register("handler", plain("王芳", narrative))
	shanghai := m.register("shanghai", plain("何平", "上海分行扣了年费。"))
	d := plain("宋佳", "朝阳支行的李雯态度恶劣。")
	d.Respondents = []complaint.Respondent{{Person: "handler"}}
	about := m.register("lead", d)
	for login, want := range map[string][]string{"lead": {beijing.String(), about.String()}, "handler": {beijing.String()}, "shanghai": {shanghai.String()}, "chaoyang": nil, "office": {beijing.String(), shanghai.String(), about.String()}} {
		if got := ids(w.As(login).Get("/desk?tab=all").Body); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s sees %v, want %v", login, got, want)
		}
	}
	if a := w.As("handler").Get("/desk/preview/" + about.String()); a.Status != 403 || strings.Contains(a.Body, "态度恶劣") {
		t.Errorf("preview for the person complained about: %d", a.Status)
	}
}

// Pages follow each other by key and lead back the same way.
func TestPaging(t *testing.T) {
	w := world(t)
	m := must{t, w}
	for range 120 {
		m.register("handler", plain("王芳", "排队太久。"))
	}
	b := w.As("handler")
	link := func(body, rel string) string {
		found := regexp.MustCompile(`href="([^"]+)" rel="` + rel + `"`).FindStringSubmatch(body)
		if found == nil {
			return ""
		}
		return strings.ReplaceAll(found[1], "&amp;", "&")
	}
	first := b.Get("/desk?channel=phone")
	second := b.Get(link(first.Body, "next"))
	third := b.Get(link(second.Body, "next"))
	if n := [3]int{len(ids(first.Body)), len(ids(second.Body)), len(ids(third.Body))}; n != [3]int{50, 50, 20} {
		t.Fatalf("pages of %v rows", n)
	}
	seen := map[string]bool{}
	for _, id := range append(append(ids(first.Body), ids(second.Body)...), ids(third.Body)...) {
		if seen[id] {
			t.Errorf("case %s stands on two pages", id)
		}
		seen[id] = true
	}
	if !strings.Contains(third.Text(), "第 101–120 件") || link(third.Body, "next") != "" {
		t.Errorf("end of the list: %s", third.Text())
	}
	back := b.Get(link(third.Body, "prev"))
	if strings.Join(ids(back.Body), " ") != strings.Join(ids(second.Body), " ") || !strings.Contains(back.Text(), "第 51–100 件") {
		t.Error("the way back is another page")
	}
	if got := link(second.Body, "prev"); got != "/desk?channel=phone" {
		t.Errorf("back to the first page by %s", got)
	}
	if a := b.Get("/desk?after=2026-04-15.99999999"); a.Status != 200 || !strings.Contains(a.Text(), "后面没有了") {
		t.Errorf("behind the end: %d", a.Status)
	}
}

func TestTilesAndEmptyStates(t *testing.T) {
	w := world(t)
	m := must{t, w}
	if a := w.As("handler").Get("/desk"); !strings.Contains(a.Text(), "您名下没有未办结的投诉") || !strings.Contains(a.Body, "tab=unit") {
		t.Error("the empty desk does not say what to do")
	}
	d := plain("王芳", narrative)
	d.Channel, d.ReceivedOn = "letter", calendar.Of(2026, 3, 2)
	m.register("handler", d)
	a := w.As("handler").Get("/desk")
	if !strings.Contains(a.Body, "tile-over") || !strings.Contains(a.Body, `href="/desk?due=over"`) {
		t.Errorf("an overdue case is not counted: %s", a.Text())
	}
	if a := w.As("handler").Get("/desk?due=over"); !strings.Contains(a.Body, `aria-current="true"`) || len(ids(a.Body)) != 1 {
		t.Error("the number is no filter")
	}
	if a := w.As("handler").Get("/desk?due=today"); !strings.Contains(a.Text(), "没有符合条件的投诉") {
		t.Error("nothing found and nothing said")
	}
}

func TestColumnsAndSavedFilters(t *testing.T) {
	w, _ := full(t)
	b := w.As("office")
	if a := b.Post("/desk/columns", "back", "/desk?tab=all", "column", "amount", "column", "nonsense"); a.Status != 303 || a.Location() != "/desk?tab=all" {
		t.Fatalf("%d %s", a.Status, a.Location())
	}
	if a := b.Get("/desk?tab=all"); !strings.Contains(a.Body, ">涉及金额</th>") || strings.Contains(a.Body, ">进度</th>") {
		t.Error("the chosen columns are not shown")
	}
	if a := b.Post("/desk/views", "back", "/desk?channel=nfra&tab=all", "name", "监管件"); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if a := b.Get("/desk?tab=all"); !strings.Contains(a.Body, `href="/desk?channel=nfra&amp;tab=all"`) || !strings.Contains(a.Text(), "监管件") {
		t.Error("the filter has no name")
	}
	for name, back := range map[string]string{"": "/desk", "外面": "https://example.com/desk", "别处": "/approvals", strings.Repeat("长", 30): "/desk"} {
		if a := b.Post("/desk/views", "back", back, "name", name); a.Status != 422 {
			t.Errorf("view %q of %s: %d", name, back, a.Status)
		}
	}
	b.Post("/desk/views", "back", "/desk?tab=all", "name", "监管件", "do", "remove")
	if a := b.Get("/desk?tab=all"); strings.Contains(a.Text(), "监管件") {
		t.Error("the filter is still there")
	}
}

func TestPaneAndCount(t *testing.T) {
	w := world(t)
	m := must{t, w}
	d := plain("王秀兰", narrative)
	d.Points = []string{"把保险说成存款", "代消费者勾选合同"}
	id := m.register("handler", d)
	m.do("handler", id, complaint.Accept{}, complaint.RecordContact{At: w.Now(), Channel: "phone", Outbound: true, Reached: true, Summary: "已致电，三日内回复。电话 13912345678"},
		complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "录像", Basis: "第三十七条", Explanation: "属实"}})
	a := w.As("handler").Get("/desk/preview/" + id.String())
	for _, want := range []string{"代消费者勾选合同", "已致电，三日内回复", "已查 1/2", "同理倾听", "王**"} {
		if !strings.Contains(a.Text(), want) {
			t.Errorf("pane lacks %q: %s", want, a.Text())
		}
	}
	for _, not := range []string{"王秀兰", "13912345678", "<html"} {
		if strings.Contains(a.Body, not) {
			t.Errorf("pane shows %q", not)
		}
	}
	a = w.As("handler").Get("/desk/count/" + id.String())
	if !strings.Contains(a.Text(), "2026-04-15") || !strings.Contains(a.Text(), "第十八条") || strings.Count(a.Body, "<tr") < 15 {
		t.Errorf("count: %s", a.Text())
	}
	for _, path := range []string{"/desk/preview/0", "/desk/preview/x", "/desk/preview/999", "/desk/count/999"} {
		if a := w.As("handler").Get(path); a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
}

// A page of fifty rows as the server makes it, without the way there.
func BenchmarkWorklistPage(b *testing.B) {
	w := world(b)
	m := must{b, w}
	for range 60 {
		m.register("handler", plain("王芳", narrative))
	}
	r := httptest.NewRequest("GET", "/desk", nil)
	r.AddCookie(&http.Cookie{Name: "xb_session", Value: w.As("handler").Token()})
	b.ReportAllocs()
	for b.Loop() {
		a := httptest.NewRecorder()
		w.Handler.ServeHTTP(a, r)
		if a.Code != 200 {
			b.Fatal(a.Code)
		}
	}
}
