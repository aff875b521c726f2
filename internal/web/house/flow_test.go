package house_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

var ctx = context.Background()

// shown finds the password that a page shows once.
var shown = regexp.MustCompile(`\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b`)

func TestHireAndSignIn(t *testing.T) {
	w := servertest.New(t, nil)
	admin := w.As("admin")
	for _, tt := range []struct {
		name   string
		fields []string
		want   string
	}{
		{"nothing", nil, "请填写登录名"},
		{"login taken", []string{"name", "新人", "login", "Handler", "unit", "0101", "roles", "handler"}, "已被使用"},
		{"no role", []string{"name", "新人", "login", "xinren", "unit", "0101"}, "至少选择一个角色"},
		{"unit unknown", []string{"name", "新人", "login", "xinren", "unit", "9999", "roles", "handler"}, "不存在"},
		{"administrator and handler", []string{"name", "新人", "login", "xinren", "unit", "0101", "roles", "handler", "roles", "administrator"}, "不能兼任"},
	} {
		a := admin.Post("/people/person/new", tt.fields...)
		if a.Status != 422 || !strings.Contains(a.Text(), tt.want) {
			t.Errorf("%s: %d %s", tt.name, a.Status, a.Text())
		}
		for i := 0; i+1 < len(tt.fields); i += 2 {
			if tt.fields[i] == "name" && !strings.Contains(a.Body, tt.fields[i+1]) {
				t.Errorf("%s: the input is lost", tt.name)
			}
		}
	}
	a := admin.Post("/people/person/new", "name", "新人", "login", "xinren", "unit", "0101", "roles", "handler")
	password := shown.FindString(a.Body)
	if a.Status != 200 || password == "" {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	b := w.Browser()
	if a := b.Post("/sign-in", "name", "xinren", "password", password); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := b.Get("/people"); a.Location() != "/account/password?back=%2Fpeople" {
		t.Errorf("the first sign-in leads to %q", a.Location())
	}
	if a := admin.Get("/people?q=xinren"); !strings.Contains(a.Text(), "新人") || strings.Contains(a.Text(), "孙朝") {
		t.Error("the search does not find the one person")
	}
}

func TestPersonChanges(t *testing.T) {
	w := servertest.New(t, nil)
	admin, handler := w.As("admin"), w.As("handler")
	if a := admin.Post("/people/person/handler", "name", "李雯", "login", "handler", "unit", "010101", "roles", "handler", "title", "主管"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := handler.Get("/me"); !strings.Contains(a.Text(), "朝阳支行") || !strings.Contains(a.Text(), "主管") {
		t.Errorf("the move does not show: %s", a.Text())
	}
	if a := admin.Post("/people/person/admin/state", "state", "off"); a.Status != 409 || !strings.Contains(a.Text(), "不能停用自己") {
		t.Errorf("disabling oneself: %d %s", a.Status, a.Text())
	}
	if a := admin.Post("/people/person/handler/state", "state", "off"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := handler.Get("/me"); !strings.HasPrefix(a.Location(), "/sign-in") {
		t.Errorf("the disabled person is still in: %d", a.Status)
	}
	if a := w.Browser().Post("/sign-in", "name", "handler", "password", servertest.Password); a.Status != 403 || !strings.Contains(a.Text(), "已停用") {
		t.Errorf("signing in while disabled: %d %s", a.Status, a.Text())
	}
	if a := admin.Post("/people/person/handler/password"); a.Status != 409 {
		t.Errorf("a password for a disabled person: %d", a.Status)
	}
	if a := admin.Post("/people/person/handler/state", "state", "on"); a.Status != 303 {
		t.Fatal(a.Status)
	}
	w.As("handler")
}

// Nothing may be without an owner.
func TestOwnerOfOpenCasesStays(t *testing.T) {
	w := servertest.New(t, nil)
	_, err := w.App.Register(ctx, w.Actor("handler"), complaint.Register{Nature: complaint.Complaint, Channel: "phone", ReceivedOn: calendar.Of(2026, time.March, 31),
		Complainant: complaint.Complainant{Name: "王某", Phone: "13800000000"}, Unit: "0101", Narrative: "柜面办理业务时未告知手续费。", Codes: complaint.Codes{}})
	if err != nil {
		t.Fatal(err)
	}
	admin := w.As("admin")
	a := admin.Post("/people/person/handler/state", "state", "off")
	if a.Status != 409 || !strings.Contains(a.Text(), "名下还有 1 件未办结投诉") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	a = admin.Post("/people/unit/0101", "name", "北京分行", "level", "branch", "closed", "yes")
	if a.Status != 409 || !strings.Contains(a.Text(), "还有在岗人员") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}

func TestUnits(t *testing.T) {
	w := servertest.New(t, nil)
	admin := w.As("admin")
	for _, tt := range []struct {
		name   string
		fields []string
		status int
		want   string
	}{
		{"code taken", []string{"id", "0102", "name", "广州分行", "parent", "01", "level", "branch"}, 422, "已用于上海分行"},
		{"no superior", []string{"id", "0103", "name", "广州分行", "level", "branch"}, 422, "请选择上级机构"},
		{"no name", []string{"id", "0103", "parent", "01", "level", "branch"}, 422, "请填写机构名称"},
		{"good", []string{"id", "0103", "name", "广州分行", "parent", "01", "level", "branch", "region", "广州"}, 303, ""},
	} {
		a := admin.Post("/people/unit/new", tt.fields...)
		if a.Status != tt.status || !strings.Contains(a.Text(), tt.want) {
			t.Errorf("%s: %d %s", tt.name, a.Status, a.Text())
		}
	}
	if a := admin.Post("/people/unit/0103", "name", "广东分行", "level", "branch", "closed", "yes"); a.Status != 303 {
		t.Fatal(a.Status, a.Text())
	}
	if a := admin.Get("/people?unit=0103"); !strings.Contains(a.Text(), "广东分行") || !strings.Contains(a.Text(), "已撤销") {
		t.Error(a.Text())
	}
	if a := admin.Get("/people?unit=nowhere"); a.Status != 404 {
		t.Errorf("unknown unit: %d", a.Status)
	}
}

func TestSettings(t *testing.T) {
	w := servertest.New(t, nil)
	admin := w.As("admin")
	for _, tt := range []struct {
		id, value string
		status    int
		want      string // sentence, or the value that is then in force
	}{
		{"follow_up.days", "5", 303, "5"}, {"follow_up.days", "0", 422, "1 至 90"}, {"follow_up.days", "seven", 422, "整数"},
		{"warning.days", "10，5, 1", 303, "10,5,1"}, {"redress.limit.office", "30000.50", 303, "3000050"}, {"redress.limit.office", "-1", 422, ""},
		{"totp.policy", "sometimes", 422, "只能是"}, {"approval.decision", "false", 303, "false"}, {"no.such", "1", 404, "没有编号"},
		{"totp.policy", "required", 303, "required"}, // last: from now on the administrator needs an authenticator too
	} {
		a := admin.Post("/settings/value/"+tt.id, "value", tt.value)
		if a.Status != tt.status {
			t.Errorf("%s=%s: %d %s", tt.id, tt.value, a.Status, a.Text())
			continue
		}
		if tt.status != 303 {
			if !strings.Contains(a.Text(), tt.want) {
				t.Errorf("%s=%s: %s", tt.id, tt.value, a.Text())
			}
			continue
		}
		if s, err := w.App.Rules(w.App.Today()).Setting(tt.id); err != nil || s.Value != tt.want {
			t.Errorf("%s is %q (%v), want %q", tt.id, s.Value, err, tt.want)
		}
	}
	if err := w.App.SetSetting(ctx, w.Actor("admin"), "totp.policy", "optional", ""); err != nil {
		t.Fatal(err)
	}
	if a := w.As("auditor").Get("/settings?q=follow"); !strings.Contains(a.Text(), "已改动") || strings.Contains(a.Text(), "步骤目标用时：倾听") {
		t.Error(a.Text())
	}
}

// The English and Chinese names of the catalogue are those of the data, and each
// setting stands among those that it belongs to.
func TestEverySettingHasAName(t *testing.T) {
	w := servertest.New(t, nil)
	b := w.As("auditor")
	zh := b.Get("/settings").Text()
	b.Lang = "en"
	en := b.Get("/settings")
	for _, s := range w.App.Rules(w.App.Today()).Settings() {
		if !strings.Contains(zh, s.Name) {
			t.Errorf("%s is not on the page", s.ID)
		}
	}
	if strings.Contains(en.Body, "⟦") {
		t.Error("a setting has no English name")
	}
	if strings.Contains(en.Body, ">Others<") {
		t.Error("a setting belongs to no group")
	}
}

func TestHolidayNotice(t *testing.T) {
	w := servertest.New(t, nil)
	admin := w.As("admin")
	if a := admin.Upload("/settings/calendar/preview", "file", "x.toml", []byte("year = 2027")); a.Status != 422 {
		t.Errorf("a broken file: %d %s", a.Status, a.Text())
	}
	if a := admin.Post("/settings/calendar/preview"); a.Status != 422 || !strings.Contains(a.Text(), "请先选择文件") {
		t.Errorf("no file: %d %s", a.Status, a.Text())
	}
	doc := []byte(notice2027)
	a := admin.Upload("/settings/calendar/preview", "file", "2027.toml", doc)
	if a.Status != 200 || !strings.Contains(a.Text(), "2027-10-01") {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if w.App.Calendar().Announced(2027) {
		t.Error("the preview has stored the notice")
	}
	if a := admin.Post("/settings/calendar", "doc", string(doc)); a.Status != 303 || !w.App.Calendar().Announced(2027) {
		t.Fatalf("%d, announced %v", a.Status, w.App.Calendar().Announced(2027))
	}
	if a := w.As("office").Get("/settings/calendar"); !strings.Contains(a.Text(), "2027") || strings.Contains(a.Text(), "导入新一年") {
		t.Error(a.Text())
	}
}

// notice2027 is made up; it has the shape of a real one.
const notice2027 = `year = 2027
[[notice]]
title = "测试用的2027年放假通知"
[[holiday]]
name = "元旦"
off = "2027-01-01..2027-01-03"
[[holiday]]
name = "劳动节"
off = "2027-05-01..2027-05-05"
work = ["2027-05-08"]
[[holiday]]
name = "国庆节"
off = "2027-10-01..2027-10-07"
`

func TestTokens(t *testing.T) {
	w := servertest.New(t, nil)
	admin, handler := w.As("admin"), w.As("handler")
	for _, fields := range [][]string{{"name", "x", "person", "handler"}, {"person", "handler", "scopes", "read"}, {"name", "x", "scopes", "read"},
		{"name", "x", "person", "handler", "scopes", "all"}, {"name", "x", "person", "handler", "scopes", "read", "expires", "2020-01-01"}, {"name", "x", "person", "handler", "scopes", "read", "expires", "soon"}} {
		if a := admin.Post("/settings/tokens", fields...); a.Status != 422 {
			t.Errorf("%v: %d", fields, a.Status)
		}
	}
	a := admin.Post("/settings/tokens", "name", "对接", "person", "handler", "scopes", "read", "scopes", "write", "expires", "2026-04-02")
	text := regexp.MustCompile(`xb_[a-z2-7]{8}_[a-z2-7]{52}`).FindString(a.Body)
	if a.Status != 200 || text == "" {
		t.Fatal(a.Status, a.Text())
	}
	who, token, err := w.App.TokenActor(ctx, text)
	if err != nil || who.ID != "person/handler" || token.Check(token.Hash, app.ScopeWrite, w.Now()) != nil {
		t.Fatalf("%v %v %v", who, token, err)
	}
	if a := admin.Get("/settings/tokens"); strings.Contains(a.Body, text) || !strings.Contains(a.Body, token.ID) {
		t.Error("the token is shown twice, or not listed")
	}
	if _, _, err := w.App.TokenActor(ctx, text[:len(text)-1]+"a"); err == nil && !strings.HasSuffix(text, "a") {
		t.Error("another secret is accepted")
	}
	if a := w.As("lead").Post("/settings/tokens/" + token.ID + "/revoke"); a.Status != 404 {
		t.Errorf("somebody else's token: %d", a.Status)
	}
	w.Pass(10 * time.Minute)
	if a := handler.Post("/settings/tokens/" + token.ID + "/revoke"); a.Status != 303 || a.Location() != "/me" {
		t.Fatal(a.Status, a.Text())
	}
	if _, _, err := w.App.TokenActor(ctx, text); err == nil {
		t.Error("a revoked token is accepted")
	}
}

func TestTokenEnds(t *testing.T) {
	w := servertest.New(t, nil)
	expires := w.Now().Add(time.Hour)
	_, text, err := w.App.CreateToken(ctx, w.Actor("admin"), "handler", "对接", []string{app.ScopeRead}, expires, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.App.TokenActor(ctx, text); err != nil {
		t.Fatal(err)
	}
	w.Pass(time.Hour)
	if _, _, err := w.App.TokenActor(ctx, text); err == nil {
		t.Error("a token past its end is accepted")
	}
	p := servertest.People[5]
	_, text, err = w.App.CreateToken(ctx, w.Actor("admin"), p.ID, "对接", []string{app.ScopeRead}, time.Time{}, "")
	if err != nil {
		t.Fatal(err)
	}
	p.Disabled = true
	if err := w.App.SetPerson(ctx, w.Actor("admin"), p, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.App.TokenActor(ctx, text); err == nil {
		t.Error("the token of a disabled person is accepted")
	}
	if _, _, err := w.App.CreateToken(ctx, w.Actor("office"), "lead", "x", []string{app.ScopeRead}, time.Time{}, ""); err == nil {
		t.Error("somebody who is no administrator makes a token")
	}
}

func TestAudit(t *testing.T) {
	w := servertest.New(t, nil)
	r, err := w.App.Register(ctx, w.Actor("handler"), complaint.Register{Nature: complaint.Complaint, Channel: "phone", ReceivedOn: calendar.Of(2026, time.March, 31),
		Complainant: complaint.Complainant{Name: "王某", Phone: "13800000000"}, Unit: "0101", Narrative: "柜面办理业务时未告知手续费。"})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []party.PersonID{"handler", "lead"} {
		if _, err := w.App.Complaint(ctx, w.Actor(id), r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.App.Reveal(ctx, w.Actor("handler"), r.ID, "contact", ""); err != nil {
		t.Fatal(err)
	}
	auditor := w.As("auditor")
	for _, tt := range []struct {
		query string
		rows  int
	}{
		{"", 3}, {"?who=lead", 1}, {"?kind=access.Revealed", 1}, {"?number=" + r.Number, 3}, {"?from=2026-03-31&to=2026-03-31", 3}, {"?to=2026-03-30", 0}, {"?from=2026-04-01", 0},
	} {
		a := auditor.Get("/audit" + tt.query)
		if got := strings.Count(a.Body, "<tr data-row>"); a.Status != 200 || got != tt.rows {
			t.Errorf("%q: %d with %d rows, want %d", tt.query, a.Status, got, tt.rows)
		}
		if strings.Contains(a.Body, "王某") || strings.Contains(a.Body, "13800000000") {
			t.Errorf("%q shows personal data", tt.query)
		}
	}
	for _, query := range []string{"?number=TS-none", "?from=yesterday"} {
		if a := auditor.Get("/audit" + query); a.Status != 200 || !strings.Contains(a.Body, "note-warn") {
			t.Errorf("%s: %d", query, a.Status)
		}
	}
}

func TestAuditPages(t *testing.T) {
	w := servertest.New(t, nil)
	for range 60 {
		w.Pass(time.Minute)
		if err := w.App.SignOut(ctx, w.As("shanghai").Token(), app.Client{IP: "10.0.0.1"}); err != nil {
			t.Fatal(err)
		}
	}
	auditor := w.As("auditor")
	seen, path := 0, "/audit/signs?who=shanghai"
	for pages := 0; path != ""; pages++ {
		a := auditor.Get(path)
		seen += strings.Count(a.Body, `<td class="lead nowrap">`)
		next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(a.Body)
		if path = ""; next != nil {
			path = strings.ReplaceAll(next[1], "&amp;", "&")
		}
		if pages > 5 {
			t.Fatal("the pages have no end")
		}
	}
	if seen != 120 {
		t.Errorf("%d lines on all pages, want 120", seen)
	}
}

func TestOwnSessions(t *testing.T) {
	w := servertest.New(t, nil)
	here, there, third := w.As("handler"), w.As("handler"), w.As("handler")
	ids := regexp.MustCompile(`name="id" value="([\w-]{16})"`).FindAllStringSubmatch(here.Get("/me").Body, -1)
	if len(ids) != 2 {
		t.Fatalf("%d other sessions", len(ids))
	}
	if a := w.As("lead").Post("/me/sessions", "id", ids[0][1]); a.Status != 404 {
		t.Errorf("ending somebody else's session: %d", a.Status)
	}
	if a := here.Post("/me/sessions", "id", ids[0][1]); a.Status != 303 {
		t.Fatal(a.Status)
	}
	if a := here.Post("/me/sessions", "id", "others"); a.Status != 303 {
		t.Fatal(a.Status)
	}
	for _, b := range []*servertest.Browser{there, third} {
		if !strings.HasPrefix(b.Get("/me").Location(), "/sign-in") {
			t.Error("an ended session goes on")
		}
	}
	if here.Get("/me").Status != 200 {
		t.Error("the session that asked has ended")
	}
}

func TestTheHouseInTheBrowser(t *testing.T) {
	w := servertest.New(t, nil)
	p := webtest.Start(t, w.URL)
	p.Open("/settings")
	p.Fill("name", "admin")
	p.Fill("password", "not the password")
	p.Click("登录")
	p.Want("登录名或密码不对")
	if p.Count(`input[name=name][value=admin]`) != 1 || p.Count(`input[name=password][value]`) != 0 {
		t.Error("the name is lost, or the password came back")
	}
	p.Fill("password", servertest.Password)
	p.ClickOn("main form button")
	if p.URL() != "/settings" {
		t.Fatalf("led to %s", p.URL())
	}
	p.Open("/settings/value/follow_up.days")
	p.Fill("value", "500")
	p.Click("保存")
	p.Want("1 至 90")
	p.Axe()
	p.Fill("value", "9")
	p.Click("保存")
	p.Want("已保存", "已改动")
	p.Open("/people/person/new?unit=0101")
	p.Fill("name", "新人")
	p.Fill("login", "xinren")
	p.Fill("roles", "handler")
	p.Click("新增并生成初始密码")
	p.Want("离开本页后不能再看到")
	p.Axe()
}
