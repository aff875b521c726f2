package codes_test

import (
	"bytes"
	"context"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
	"xiaobao/internal/web/casefile"
	"xiaobao/internal/web/codes"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

var ctx = context.Background()

func world(t testing.TB) *servertest.World {
	return servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route {
			return append(codes.Routes(site, a), casefile.Routes(site, a)...)
		}
	})
}

func register(t testing.TB, w *servertest.World, by party.PersonID, d complaint.Register) app.Receipt {
	t.Helper()
	d.Channel, d.Narrative, d.Complainant = "phone", "三月账单多出年费三百元，打了几次客服都没有答复，要求退还。", complaint.Complainant{Name: "王秀英", Phone: "13800001234"}
	r, err := w.App.Register(ctx, w.Actor(by), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// fill takes in cases that are mapped, ambiguous, unmapped, incomplete, merged and no complaint.
func fill(t testing.TB, w *servertest.World) {
	t.Helper()
	c := func(product, reason, business string) complaint.Codes {
		return complaint.Codes{Product: product, Reason: reason, Business: business}
	}
	for _, d := range []struct {
		n     int
		by    party.PersonID
		codes complaint.Codes
	}{
		{4, "handler", c("credit_card", "pricing", "mobile")}, {3, "handler", c("debit_card", "funds_safety", "premises")}, {2, "chaoyang", c("debit_card", "funds_safety", "premises")},
		{2, "shanghai", c("collection", "collection", "phone_bank")}, {2, "handler", c("motor", "claims", "third_party")}, {3, "shanghai", c("loan_housing", "rules", "")}, {1, "handler", complaint.Codes{}},
		{1, "shanghai", c("wealth_own", "sales", "online_bank")},
	} {
		for range d.n {
			register(t, w, d.by, complaint.Register{Codes: d.codes})
		}
	}
	a, b := register(t, w, "handler", complaint.Register{Codes: c("credit_card", "rules", "mobile")}), register(t, w, "handler", complaint.Register{Codes: c("credit_card", "rules", "mobile")})
	if err := w.App.Merge(ctx, w.Actor("office"), b.ID, a.ID, "同一事项"); err != nil {
		t.Fatal(err)
	}
	register(t, w, "handler", complaint.Register{Nature: complaint.Consultation, Codes: c("savings", "rules", "premises")})
}

var (
	link    = regexp.MustCompile(`<a[^>]* href="(/codes/rows[^"]*)"[^>]*>([0-9,]+)</a>`)
	rowMark = regexp.MustCompile(`<tr[^>]* data-row`)
)

func numbers(body string) map[string]int {
	out := map[string]int{}
	for _, m := range link.FindAllStringSubmatch(body, -1) {
		out[html.UnescapeString(m[1])], _ = strconv.Atoi(strings.ReplaceAll(m[2], ",", ""))
	}
	return out
}

// CP-50, field pain 3: every number of the reconciliation and of the queue opens as
// many rows as it says, for whoever looks, under every version.
func TestNumbersAreTheirRows(t *testing.T) {
	w := world(t)
	fill(t, w)
	for _, login := range []string{"office", "lead", "chaoyang", "shanghai", "auditor"} {
		b := w.As(login)
		for _, at := range []string{"/codes/reconcile", "/codes/reconcile?basis=newest&unit=0101", "/codes/reconcile?from=2026-01-01&to=2026-12-31&basis=before", "/codes/queue", "/codes/queue?state=unmapped", "/codes/queue?state=missing"} {
			page := b.Get(at)
			if page.Status != 200 {
				t.Fatalf("%s %s: %d %s", login, at, page.Status, page.Text())
			}
			if strings.Contains(at, "reconcile") && !strings.Contains(page.Body, "各口径合计一致") {
				t.Errorf("%s %s: the totals do not agree", login, at)
			}
			for address, n := range numbers(page.Body) {
				rows := b.Get(address)
				if got := len(rowMark.FindAllString(rows.Body, -1)); rows.Status != 200 || got != n {
					t.Errorf("%s on %s: %s says %d, opens %d (status %d)", login, at, address, n, got, rows.Status)
				}
			}
		}
	}
	if n := len(numbers(w.As("office").Get("/codes/reconcile").Body)); n < 40 {
		t.Errorf("only %d numbers", n)
	}
}

func report(t testing.TB, w *servertest.World, who party.PersonID) coding.Report {
	t.Helper()
	r, err := w.App.Reconcile(ctx, w.Actor(who), app.CodingAsk{Basis: coding.AtRegistration})
	if err != nil {
		t.Fatal(err)
	}
	return r.Report
}

func column(r coding.Report, scheme, facet string) coding.Column {
	for _, c := range r.Columns {
		if c.Scheme.ID == scheme && c.Facet.ID == facet {
			return c
		}
	}
	return coding.Column{}
}

// From the queue one pick codes all alike in reach; the counts follow, the case says who.
func TestPickForAllAlike(t *testing.T) {
	w := world(t)
	fill(t, w)
	before := column(report(t, w, "office"), "jrt0169", "B").States[coding.Ambiguous]
	office := w.As("office")
	page := office.Get("/codes/queue")
	pick := regexp.MustCompile(`name="pick" value="(jrt0169/B=B.debit.fraud\|[^"]*)"`).FindStringSubmatch(page.Body)
	if pick == nil {
		t.Fatal(page.Text())
	}
	value := html.UnescapeString(pick[1])
	if a := office.Post("/codes/queue", "pick", value, "why", ""); a.Status != 422 || !strings.Contains(a.Body, "选择的理由") {
		t.Errorf("without a reason: %d", a.Status)
	}
	if a := office.Post("/codes/queue", "pick", strings.Replace(value, "B.debit.fraud", "B.nothing", 1), "why", "x"); a.Status != 422 {
		t.Errorf("an unknown code: %d", a.Status)
	}
	a := office.Post("/codes/queue", "pick", value, "why", "批量核对流水均为盗刷")
	if said := office.Get("/codes/queue"); a.Status != 303 || !strings.Contains(said.Body, "已为 5 件投诉选定编码") {
		t.Fatalf("%d %s", a.Status, said.Text())
	}
	after := column(report(t, w, "office"), "jrt0169", "B")
	if after.States[coding.Ambiguous] != before-5 || after.States[coding.Chosen] != 5 || after.Codes["B.debit.fraud"] != 5 {
		t.Errorf("before %d ambiguous, after %v", before, after.States)
	}
	if a := office.Post("/codes/queue", "pick", value, "why", "再来一次"); a.Status != 409 || !strings.Contains(a.Body, "已经没有待定") {
		t.Errorf("twice: %d", a.Status)
	}
	if a := w.As("auditor").Post("/codes/queue", "pick", value, "why", "x"); a.Status != 403 {
		t.Errorf("an auditor picks: %d", a.Status)
	}
}

// One case is corrected on its own page; the block names line and version.
func TestCaseShowsThreeCodings(t *testing.T) {
	w := world(t)
	r := register(t, w, "handler", complaint.Register{Codes: complaint.Codes{Product: "debit_card", Reason: "funds_safety", Business: "premises"}})
	b := w.As("handler")
	at := "/complaints/" + r.ID.String()
	page := b.Get(at)
	for _, want := range []string{"三套编码", "JR/T 0169", "金融监管总局投诉通报口径（银行）", "本机构投诉分类", "营业现场", "对照表第 1 版第 1 行", "待人工选定", "资金安全可能是盗刷"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	form := b.Get(at + "/do/choose-code?scheme=jrt0169&facet=B")
	if !strings.Contains(form.Body, "借记卡盗刷") || strings.Contains(form.Body, "贵金属") {
		t.Error("the form does not offer the candidates alone")
	}
	if a := b.Post(at+"/choose-code", "version", "1", "scheme", "jrt0169", "facet", "B", "code", "B.debit.fraud", "why", "流水属实"); a.Status != 303 || !strings.Contains(b.Get(at).Body, "流水属实") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

const table = "分面,产品,原因,服务环节,业务渠道,来源渠道,目标编码,理由\r\nbusiness,信用卡,,,,,credit_card,\r\nbusiness,*,,,,,other,其余\r\n"

// A table goes from file to proposal, shows what it moves, and is released; older
// cases stay under the older version and the report says so.
func TestReleaseOfATable(t *testing.T) {
	w := world(t)
	fill(t, w)
	office := w.As("office")
	if a := office.Upload("/codes/nfra-bank/propose", "file", "对照.csv", []byte(table), "what", "mapping"); a.Status != 303 || !strings.Contains(office.Get("/codes").Body, "检查通过") {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	page := office.Get("/codes/nfra-bank")
	for _, want := range []string{"待发布", "个人贷款业务", "其他业务", "正式改变"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the proposal lacks %q", want)
		}
	}
	for _, test := range []struct{ from, why, want string }{{"", "x", "生效日"}, {"2026-04-01", "", "为什么发布"}} {
		if a := office.Post("/codes/nfra-bank/release", "what", "mapping", "from", test.from, "why", test.why); a.Status != 422 || !strings.Contains(a.Body, test.want) {
			t.Errorf("%v: %d", test, a.Status)
		}
	}
	if a := office.Post("/codes/nfra-bank/release", "what", "mapping", "from", "2026-04-01", "why", "个人贷款并入其他"); a.Status != 303 || !strings.Contains(office.Get("/codes").Body, "新版已发布") {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	c := column(report(t, w, "office"), "nfra-bank", "business")
	if c.Older != c.Total() || c.Moved == 0 || c.Codes["personal_loan"] != 3 {
		t.Errorf("older %d of %d, moved %d, loans %d", c.Older, c.Total(), c.Moved, c.Codes["personal_loan"])
	}
	r, err := w.App.Reconcile(ctx, w.Actor("office"), app.CodingAsk{Basis: coding.Newest})
	if err != nil {
		t.Fatal(err)
	}
	if c := column(r.Report, "nfra-bank", "business"); c.Codes["personal_loan"] != 0 || c.Older != 0 {
		t.Errorf("under the newest: %v, older %d", c.Codes, c.Older)
	}
	if a := office.Post("/codes/nfra-bank/release", "what", "mapping", "from", "2026-05-01", "why", "x"); a.Status != 409 {
		t.Errorf("nothing to release: %d", a.Status)
	}
}

// Bad input: clear sentences, and nothing is proposed.
func TestBadFiles(t *testing.T) {
	w := world(t)
	office := w.As("office")
	const head = "分面,分面名称,内部标识,编码,上级,名称\r\n"
	for _, test := range []struct {
		name, file, what string
		data             []byte
		status           int
		want             string
	}{
		{"codes twice", "a.csv", "scheme", []byte(head + "p,产品,,1,,甲\r\np,产品,,1,,乙\r\n"), 422, "重复"},
		{"circle", "a.csv", "scheme", []byte(head + "p,产品,,1,2,甲\r\np,产品,,2,1,乙\r\n"), 422, "绕了一圈"},
		{"unknown parent", "a.csv", "scheme", []byte(head + "p,产品,,1,9,甲\r\n"), 422, "上级 9 不存在"},
		{"five levels", "a.csv", "scheme", []byte(head + "p,产品,,1,,a\r\np,,,2,1,b\r\np,,,3,2,c\r\np,,,4,3,d\r\np,,,5,4,e\r\n"), 422, "最多 4 层"},
		{"no name", "a.csv", "scheme", []byte(head + "p,产品,,1,,\r\n"), 422, "名称没有填写"},
		{"other columns", "a.csv", "scheme", []byte("甲,乙\r\n1,2\r\n"), 422, "表头须有"},
		{"wrong encoding", "a.csv", "scheme", append([]byte(head+"p,产品,,1,,甲"), 0xff, 0xfe, 0x81, '\r', '\n'), 422, ""},
		{"unknown code", "m.csv", "mapping", []byte("分面,产品,目标编码\r\nproduct,借记卡,nothing\r\n"), 422, "不在本机构投诉分类"},
		{"unknown product", "m.csv", "mapping", []byte("分面,产品,目标编码\r\nproduct,火星卡,debit_card\r\n"), 422, "第 2 行：产品“火星卡”不在录入目录中"},
		{"unknown facet", "m.csv", "mapping", []byte("分面,产品,目标编码\r\nzz,借记卡,debit_card\r\n"), 422, "分面“zz”不在"},
		{"empty", "m.csv", "mapping", nil, 422, "0 字节"},
		{"no table", "m.pdf", "mapping", []byte("%PDF-1.7 x"), 422, ""},
		{"50 MB", "m.csv", "mapping", bytes.Repeat([]byte("x,y,z\r\n"), 50<<20/7), 413, "太大"},
	} {
		a := office.Upload("/codes/own/propose", "file", test.file, test.data, "what", test.what)
		if a.Status != test.status || !strings.Contains(a.Text(), test.want) {
			t.Errorf("%s: %d, want %d with %q\n%.1500s", test.name, a.Status, test.status, test.want, a.Text())
		}
	}
	c, err := w.App.Codings(ctx, w.Actor("office"))
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Catalogue.Draft("own"); d.Scheme != nil || d.Mapping != nil {
		t.Error("a wrong file left a proposal")
	}
}

// Numbers of a purchased copy are imported by what export gives out; the keys stay.
func TestNumbersAreImported(t *testing.T) {
	w := world(t)
	office := w.As("office")
	export := office.Get("/codes/jrt0169/scheme.csv")
	data := strings.Replace(export.Body, "B,业务类别,B.credit,,", "B,业务类别,B.credit,0201,", 1)
	if data == export.Body {
		t.Fatal(export.Body[:400])
	}
	office.Upload("/codes/jrt0169/propose", "file", "jrt.csv", []byte(data), "what", "scheme")
	if a := office.Post("/codes/jrt0169/release", "what", "scheme", "from", "2026-03-01", "why", "录入购买的标准"); a.Status != 303 {
		t.Fatal(a.Text())
	}
	r := register(t, w, "handler", complaint.Register{Codes: complaint.Codes{Product: "credit_card", Reason: "pricing"}})
	if page := office.Get("/complaints/" + r.ID.String()); !strings.Contains(page.Body, "0201") {
		t.Error("the case page lacks the number")
	}
}

func TestScenarios(t *testing.T) {
	w := world(t)
	fill(t, w)
	office := w.As("office")
	export := office.Post("/codes/reconcile", "from", "2026-01-01", "to", "2026-12-31", "basis", "registered")
	file, err := document.ReadTable(bytes.NewReader([]byte(export.Body)), int64(len(export.Body)), "codes.xlsx", document.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range file.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n < 50 {
		t.Errorf("%d lines in the file", n)
	}
	cases := office.Post("/codes/rows", "cell", "counted", "from", "2026-01-01", "to", "2026-12-31")
	sheet, err := document.ReadTable(bytes.NewReader([]byte(cases.Body)), int64(len(cases.Body)), "coded.xlsx", document.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	coded := 0
	for row, err := range sheet.Rows() {
		if err != nil || row.Get("编号") == "" || row.Get("总局通报·银行业务类型状态") == "" {
			t.Fatal(row, err)
		}
		coded++
	}
	if coded != 19 {
		t.Errorf("%d cases in the file, want 19", coded)
	}
	for _, test := range []struct {
		login, path string
		status      int
	}{
		{"admin", "/codes", 403}, {"executive", "/codes", 200}, {"office", "/codes/none", 404}, {"office", "/codes/own/none.xlsx", 404}, {"office", "/codes/own/draft.csv", 200},
		{"office", "/codes/reconcile?from=gestern", 422}, {"office", "/codes/reconcile?from=2026-05-01&to=2026-01-01", 422}, {"office", "/codes/reconcile?unit=zz", 404},
		{"handler", "/codes/own/line", 403}, {"office", "/codes/own/line?n=1", 200}, {"office", "/codes/rows?cell=in/none/x/y", 404}, {"office", "/codes/rows?cell=all", 200},
	} {
		if a := w.As(test.login).Get(test.path); a.Status != test.status {
			t.Errorf("%s %s: %d, want %d", test.login, test.path, a.Status, test.status)
		}
	}
	for _, test := range []struct {
		want   string
		status int
		form   []string
	}{
		{"", 303, []string{"n", "0", "before", "1", "facet", "product", "product", "借记卡", "reason", "营销方式和手段", "codes", "other", "why", "试"}},
		{"没有第 999 行", 409, []string{"n", "999", "do", "remove"}},
		{"至少要有一个条件", 422, []string{"facet", "product", "codes", "other"}},
		{"条件与", 422, []string{"facet", "product", "product", "贵金属", "codes", "metal"}},
	} {
		if a := office.Post("/codes/own/line", test.form...); a.Status != test.status || !strings.Contains(a.Body, test.want) {
			t.Errorf("%v: %d, want %d %s", test.form, a.Status, test.status, test.want)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		office.Lang = lang
		for _, path := range []string{"/codes", "/codes/jrt0169", "/codes/own", "/codes/own/line?n=2", "/codes/queue", "/codes/queue?state=unmapped", "/codes/queue?state=missing", "/codes/reconcile", "/codes/rows?cell=all", "/codes/rows?cell=out/merged", "/complaints/1"} {
			for _, wrong := range webtest.Markup(office.Get(path).Body) {
				t.Errorf("%s in %s: %s", path, lang, wrong)
			}
		}
	}
}

func TestCodesInTheBrowser(t *testing.T) {
	w := world(t)
	fill(t, w)
	p := webtest.Start(t, w.URL)
	p.Open("/codes")
	p.Fill("name", "office")
	p.Fill("password", servertest.Password)
	p.Click("登录")
	p.WaitFor("什么不计数")
	p.Axe()
	look(p, "codes-home")
	pages := map[string]string{"queue": "/codes/queue", "reconcile": "/codes/reconcile", "scheme": "/codes/jrt0169", "case": "/complaints/5"}
	for name, path := range pages {
		p.Open(path)
		p.Axe()
		look(p, "codes-"+name)
	}
	p.Size(390, 844)
	for name, path := range pages {
		p.Open(path)
		p.Axe()
		look(p, "codes-"+name+"-phone")
	}
	p.Size(1440, 900)
	if err := p.Dark(true); err != nil {
		t.Fatal(err)
	}
	p.ClickOn("button[value=en]")
	for name, path := range pages {
		p.Open(path)
		p.Axe()
		look(p, "codes-"+name+"-dark-en")
	}
}

// look takes a picture where PICTURES names a folder.
func look(p *webtest.Page, name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}
