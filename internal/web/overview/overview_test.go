package overview_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
	"xiaobao/internal/web/desk"
	"xiaobao/internal/web/overview"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

var ctx = context.Background()

func world(t testing.TB) *servertest.World {
	return servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route {
			return append(overview.Routes(site, a), desk.Routes(site, a)...)
		}
	})
}

// fill makes n cases by the real commands: everywhere, of every age, some told
// late or in time, some withdrawn, some about a unit that is then recused.
func fill(t testing.TB, w *servertest.World, n int, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	book := complaint.Book()
	people := []party.PersonID{"handler", "chaoyang", "shanghai", "office"}
	told := 0
	for i := range n {
		who := people[r.IntN(len(people))]
		d := complaint.Register{Channel: party.Channels()[r.IntN(len(party.Channels()))].ID, ReceivedOn: w.App.Today().AddDays(-r.IntN(75)), Narrative: fmt.Sprintf("第%d件：三月账单多出年费三百元，打了几次客服都没有答复，要求退还。", i),
			Complainant: complaint.Complainant{Name: "投诉人", Phone: fmt.Sprintf("139%08d", i)}}
		if r.IntN(6) > 0 {
			d.Codes = complaint.Codes{Product: book.Products[r.IntN(4)].ID, Reason: book.Reasons[r.IntN(4)].ID}
		}
		if r.IntN(7) == 0 {
			d.Respondents = []complaint.Respondent{{Unit: "010101"}}
		}
		receipt, err := w.App.Register(ctx, w.Actor(who), d)
		if err != nil {
			t.Fatal(err)
		}
		switch r.IntN(5) {
		case 0:
			run(w, receipt, complaint.Withdraw{How: "written"})
		case 1, 2:
			if tell(w, receipt, 1+r.IntN(5)) {
				told++
			}
		}
	}
	if told == 0 {
		t.Fatal("nobody was told")
	}
}

// run does what the owner may; a recused owner leaves the case as it is.
func run(w *servertest.World, r app.Receipt, cmds ...complaint.Command) bool {
	for _, c := range cmds {
		if _, err := w.App.Do(ctx, w.Actor(r.Owner), r.ID, 0, c); err != nil {
			return false
		}
	}
	return true
}

// tell carries a case to its notice and a satisfaction, as far as its owner may.
func tell(w *servertest.World, r app.Receipt, satisfaction int) bool {
	ok := run(w, r, complaint.Accept{}, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "流水属实", Basis: "领用合约", Explanation: "未提示"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultNone, Percent: 0}}}},
		complaint.Amend{Codes: &complaint.Codes{Product: "credit_card", Reason: complaint.Book().Reasons[0].ID}}, complaint.ProposeDecision{Text: "退还年费"})
	for _, who := range []party.PersonID{"lead", "office", "executive"} {
		if _, err := w.App.Do(ctx, w.Actor(who), r.ID, 0, complaint.Approve{N: 1}); err == nil {
			break
		}
	}
	if _, err := w.App.IssueLetter(ctx, w.Actor(r.Owner), r.ID, 0, complaint.DecisionLetter, 0); !ok || err != nil {
		return false
	}
	return run(w, r, complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: w.App.Today(), Proof: "EMS"}, complaint.RecordFollowUp{Reached: true, Satisfaction: satisfaction})
}

var (
	link    = regexp.MustCompile(`<a[^>]* href="(/(?:complaints|desk|overview/rows)[^"]*)"[^>]*>(.*?)</a>`)
	tagText = regexp.MustCompile(`<[^>]*>`)
	numeral = regexp.MustCompile(`[0-9,]+$`)
	rowMark = regexp.MustCompile(`<tr[^>]* data-row`)
)

// numbers returns the links of a page that say a number, with it.
func numbers(body string) map[string]int {
	out := map[string]int{}
	for _, m := range link.FindAllStringSubmatch(body, -1) {
		text := strings.TrimSpace(html.UnescapeString(tagText.ReplaceAllString(m[2], " ")))
		if n := numeral.FindString(text); n != "" {
			out[html.UnescapeString(m[1])], _ = strconv.Atoi(strings.ReplaceAll(n, ",", ""))
		}
	}
	return out
}

// Every number that is a link opens exactly as many rows, for whoever looks:
// head office, a branch and somebody who is recused from some of them.
func TestNumbersAreTheirRows(t *testing.T) {
	for seed := range uint64(3) {
		w := world(t)
		fill(t, w, 45, seed)
		for _, login := range []string{"office", "lead", "chaoyang", "auditor"} {
			b := w.As(login)
			for _, period := range app.OverviewPeriods {
				page := b.Get("/overview?period=" + period)
				if page.Status != 200 {
					t.Fatalf("%s: %d\n%s", login, page.Status, page.Text())
				}
				found := numbers(page.Body)
				if login == "office" && len(found) < 30 {
					t.Fatalf("only %d numbers on the page", len(found))
				}
				for address, n := range found {
					rows := b.Get(address)
					if got := len(rowMark.FindAllString(rows.Body, -1)); rows.Status != 200 || got != n {
						t.Errorf("seed %d, %s, %s: %s says %d, opens %d rows (status %d)", seed, login, period, address, n, got, rows.Status)
					}
				}
			}
		}
	}
}

// The tables add up: every breakdown of the open cases has the same sum.
func TestBreakdownsAddUp(t *testing.T) {
	w := world(t)
	fill(t, w, 40, 9)
	for _, id := range []party.PersonID{"office", "lead", "chaoyang", "shanghai"} {
		o, err := w.App.Overview(ctx, w.Actor(id), "year")
		if err != nil {
			t.Fatal(err)
		}
		sum := func(list []app.OverviewCount) (n int) {
			for _, c := range list {
				n += c.N
			}
			return n
		}
		ages, heat := 0, 0
		for _, a := range o.Ages {
			ages += a.N
		}
		for _, h := range o.Heat {
			for _, n := range h.N {
				heat += n
			}
		}
		for name, got := range map[string]int{"units": sum(o.Units) + o.Own, "channels": sum(o.Channels), "products": sum(o.Products), "reasons": sum(o.Reasons), "ages": ages, "heat": heat} {
			if got != o.Open {
				t.Errorf("%s: %s add up to %d of %d", id, name, got, o.Open)
			}
		}
		if got := sumOf(o.Period.Satisfaction[:]); got != o.Period.Told || o.Period.Late > o.Period.Told {
			t.Errorf("%s: told %d, late %d, satisfaction of %d", id, o.Period.Told, o.Period.Late, got)
		}
	}
}

func sumOf(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

func TestPeriodSpan(t *testing.T) {
	w := world(t)
	for _, test := range []struct{ period, from string }{{"month", "2026-03-01"}, {"days30", "2026-03-02"}, {"quarter", "2026-01-01"}, {"year", "2026-01-01"}, {"nonsense", "2026-03-01"}} {
		if got := app.PeriodSpan(test.period, w.App.Today()); got.From.String() != test.from || got.To != w.App.Today() {
			t.Errorf("%s: %v", test.period, got)
		}
	}
}

func TestOverviewScenarios(t *testing.T) {
	w := world(t)
	fill(t, w, 12, 4)
	office := w.As("office")
	export := office.Post("/overview/export", "period", "year")
	table, err := document.ReadTable(bytes.NewReader([]byte(export.Body)), int64(len(export.Body)), "overview.xlsx", document.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		found = found || row.Get("项目") == "未办结"
	}
	if !found {
		t.Error("the export lacks the open cases")
	}
	log, err := w.App.AccessLog(ctx, w.Actor("auditor"), 0, w.Now().AddDate(0, 0, 1), 50)
	if err != nil || !strings.Contains(fmt.Sprint(log), "access.Exported") {
		t.Errorf("the export is not recorded: %v %v", log, err)
	}
	for _, test := range []struct {
		name, login, path string
		status            int
	}{
		{"administrator", "admin", "/overview", 403}, {"executive", "executive", "/overview", 200}, {"unknown period", "office", "/overview?period=x", 200},
		{"rows without dates", "office", "/overview/rows", 422}, {"no rows", "office", "/overview/rows?from=2001-01-01&to=2001-02-01", 200},
		{"late", "office", "/overview/rows?from=2026-01-01&to=2026-12-31&what=late", 200}, {"rows for the administrator", "admin", "/overview/rows?from=2026-01-01&to=2026-12-31", 403},
	} {
		if a := w.As(test.login).Get(test.path); a.Status != test.status {
			t.Errorf("%s: %d, want %d", test.name, a.Status, test.status)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		office.Lang = lang
		for _, path := range []string{"/overview", "/overview/rows?from=2026-01-01&to=2026-12-31", "/overview/rows?from=2001-01-01&to=2001-02-01"} {
			for _, wrong := range webtest.Markup(office.Get(path).Body) {
				t.Errorf("%s in %s: %s", path, lang, wrong)
			}
		}
	}
}

func TestOverviewInTheBrowser(t *testing.T) {
	w := world(t)
	fill(t, w, 45, 2)
	p := webtest.Start(t, w.URL)
	p.Open("/overview")
	p.Fill("name", "office")
	p.Fill("password", servertest.Password)
	p.Click("登录")
	p.WaitFor("两周内到期")
	if n := p.Count(".chart svg"); n != 6 {
		t.Errorf("%d charts", n)
	}
	p.Axe()
	look(p, "overview")
	p.Click("今年")
	p.WaitFor("2026-01-01")
	p.Size(390, 844)
	p.Open("/overview")
	p.Axe()
	look(p, "overview-phone")
	p.Size(1440, 900)
	if err := p.Dark(true); err != nil {
		t.Fatal(err)
	}
	p.ClickOn("button[value=en]")
	p.WaitFor("Due within two weeks")
	p.Axe()
	look(p, "overview-dark-en")
}

// look takes a picture where PICTURES names a folder.
func look(p *webtest.Page, name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}
