package portal_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
	"xiaobao/internal/web/portal"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

func world(t testing.TB) *servertest.World {
	return servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route { return portal.Routes(site, a) }
	})
}

var (
	formNumber = regexp.MustCompile(`name="form" value="([0-9a-f]{32})"`)
	caseNumber = regexp.MustCompile(`TS[0-9]{8}-[0-9]{6}`)
	caseSecret = regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}`)
)

const story = "三月二日我在朝阳支行办业务，柜员说买这份保险比存款好，没有说是保险，也没有说提前退要扣钱。现在退保只退一半，我不同意。"

// file fills the form in as a consumer would and returns the answer.
func file(t *testing.T, b *servertest.Browser, fields ...string) servertest.Answer {
	t.Helper()
	form := formNumber.FindStringSubmatch(b.Get("/portal/new").Body)
	if form == nil {
		t.Fatal("the form has no number")
	}
	return b.Upload("/portal/new", "files", "回单.txt", []byte("二零二六年三月二日 保费两万元"), append([]string{"form", form[1], "unit", "010101"}, fields...)...)
}

func TestPortalOverHTTP(t *testing.T) {
	w := world(t)
	b := w.Browser()
	done := file(t, b, "name", "何大海", "phone", "13600001111", "narrative", story, "demand", "退回全部保费", "care", "elderly")
	number, secret := caseNumber.FindString(done.Body), caseSecret.FindString(done.Body)
	if done.Status != 200 || number == "" || secret == "" || !strings.Contains(done.Text(), "收到 1 个文件") {
		t.Fatalf("%d %s\n%s", done.Status, number, done.Text())
	}
	if a := b.Get("/portal/case"); a.Status != 303 {
		t.Errorf("the case without number and secret: %d", a.Status)
	}
	a := b.Post("/portal", "number", number, "secret", secret)
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/portal"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		b.Lang = lang
		for _, path := range []string{"/portal", "/portal/new", "/portal/case", "/portal/case/withdraw"} {
			a := b.Get(path)
			if a.Status != 200 || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s in %s: %d", path, lang, a.Status)
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s in %s: %s", path, lang, wrong)
			}
		}
	}
	b.Lang = "zh"
	page := b.Get("/portal/case")
	for _, want := range []string{"已收到，正在安排", "收到您的投诉", "收到您的文件", "回单.txt", "北京分行", "010-00000000", "最迟会在这一天之前答复您"} {
		if !strings.Contains(page.Text(), want) {
			t.Errorf("the case does not say %q", want)
		}
	}
	for _, never := range []string{"李雯", secret, "13600001111"} {
		if strings.Contains(page.Body, never) {
			t.Errorf("the case shows %q", never)
		}
	}
}

func TestPortalScenarios(t *testing.T) {
	w := world(t)
	b := w.Browser()
	done := file(t, b, "name", "何大海", "phone", "13600001111", "narrative", story)
	number, secret := caseNumber.FindString(done.Body), caseSecret.FindString(done.Body)
	b.Post("/portal", "number", number, "secret", secret)
	for _, test := range []struct {
		name   string
		do     func() servertest.Answer
		status int
		want   string
	}{
		{"nothing said", func() servertest.Answer { return file(t, b, "name", "何", "phone", "13600001111") }, 422, "请说说发生了什么"},
		{"no way to answer", func() servertest.Answer { return file(t, b, "name", "何", "narrative", story) }, 422, "至少留一个"},
		{"what was typed stays", func() servertest.Answer { return file(t, b, "narrative", story) }, 422, "退保只退一半"},
		{"strange phone", func() servertest.Answer {
			return file(t, b, "name", "何", "phone", "打我小灵通", "narrative", story)
		}, 422, "电话号码只能包含"},
		{"wrong secret", func() servertest.Answer { return b.Post("/portal", "number", number, "secret", "x") }, 422, "编号或查询码不对"},
		{"refused file, kept complaint", func() servertest.Answer {
			form := formNumber.FindStringSubmatch(b.Get("/portal/new").Body)[1]
			return b.Upload("/portal/new", "files", "照片.png", []byte("MZ\x90\x00program"), "form", form, "name", "何", "phone", "13600001111", "narrative", story)
		}, 200, "有文件没有收下"},
		{"empty facts", func() servertest.Answer { return b.Post("/portal/case/facts", "text", "") }, 422, "请填写补充内容"},
		{"facts", func() servertest.Answer { return b.Post("/portal/case/facts", "text", "我找到了录音") }, 303, ""},
		{"rating too early", func() servertest.Answer { return b.Post("/portal/case/rating", "satisfaction", "5") }, 409, "还没有告知"},
		{"no rating", func() servertest.Answer { return b.Post("/portal/case/rating") }, 422, "1 至 5 分"},
		{"no such letter", func() servertest.Answer { return b.Get("/portal/case/letters/1") }, 404, ""},
		{"withdraw without the box", func() servertest.Answer { return b.Post("/portal/case/withdraw", "why", "算了") }, 422, "请勾选确认"},
		{"withdraw", func() servertest.Answer { return b.Post("/portal/case/withdraw", "why", "算了", "sure", "yes") }, 303, ""},
		{"withdrawn", func() servertest.Answer { return b.Get("/portal/case") }, 200, "已按您的意愿撤回"},
		{"withdraw again", func() servertest.Answer { return b.Post("/portal/case/withdraw", "sure", "yes") }, 409, ""},
		{"leave", func() servertest.Answer { return b.Post("/portal/leave") }, 303, ""},
		{"left", func() servertest.Answer { return b.Get("/portal/case") }, 303, ""},
	} {
		if a := test.do(); a.Status != test.status || !strings.Contains(a.Text(), test.want) {
			t.Errorf("%s: %d, want %d with %q\n%s", test.name, a.Status, test.status, test.want, a.Text())
		}
	}
}

// The whole way on a phone, from the first word to the rating.
func TestPortalOnAPhone(t *testing.T) {
	w := world(t)
	p := webtest.Start(t, w.URL)
	p.Size(390, 844)
	p.Open("/portal")
	p.Axe()
	look(p, "portal-start")
	p.Click("我要投诉")
	p.Fill("narrative", story)
	p.Fill("demand", "退回全部保费，并说明是谁让这样卖的。")
	p.Fill("unit", "010101")
	p.Fill("name", "何大海")
	p.Fill("phone", "13600001111")
	p.Fill("care", "elderly")
	p.Axe()
	look(p, "portal-new")
	p.Click("提交投诉")
	p.WaitFor("已经收到您的投诉")
	p.Axe()
	look(p, "portal-done")
	secret := caseSecret.FindString(p.Text("main"))
	p.Click("查看进展")
	p.Fill("secret", strings.ToLower(secret))
	p.Click("查看")
	p.WaitFor("已收到，正在安排")
	p.Fill("text", "我找到了三月二日的录音，柜员说“跟存款一样”。")
	p.Click("发送")
	p.WaitFor("收到了，谢谢")
	p.Axe()
	look(p, "portal-case")
	tell(t, w)
	p.Open("/portal/case")
	p.WaitFor("您对这次处理满意吗")
	p.Fill("satisfaction", "4")
	p.Fill("comment", "处理得还算快，希望以后说清楚再卖。")
	look(p, "portal-told")
	p.Click("提交评价")
	p.WaitFor("谢谢您的评价")
	p.Axe()
	p.Click("大字")
	look(p, "portal-large")
	if n := p.Count("main"); n != 1 {
		t.Errorf("%d mains", n)
	}
}

// tell carries the only case to its notice.
func tell(t *testing.T, w *servertest.World) {
	t.Helper()
	ctx := context.Background()
	do := func(who party.PersonID, cmds ...complaint.Command) {
		for _, c := range cmds {
			if _, err := w.App.Do(ctx, w.Actor(who), 1, 0, c); err != nil {
				t.Fatalf("%T: %v", c, err)
			}
		}
	}
	do("handler", complaint.Accept{}, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "录音证实未说明是保险", Basis: "《保险销售行为管理办法》", Explanation: "销售时没有如实告知"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}},
		complaint.Amend{Codes: &complaint.Codes{Product: "agency_insurance", Reason: "sales"}}, complaint.ProposeDecision{Text: "全额退还保费，并由网点当面致歉"})
	do("lead", complaint.Approve{N: 1})
	if _, err := w.App.IssueLetter(ctx, w.Actor("handler"), 1, 0, complaint.DecisionLetter, 0); err != nil {
		t.Fatal(err)
	}
	do("handler", complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: w.App.Today(), Proof: "EMS 1234567890123"})
}

// look takes a picture where PICTURES names a folder.
func look(p *webtest.Page, name string) {
	if dir := os.Getenv("PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, name+".png"))
	}
}
