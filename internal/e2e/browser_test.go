package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/text/mask"
	"xiaobao/internal/web"
	"xiaobao/internal/web/webtest"
)

// screen is a person at a real browser, working on one case.
type screen struct {
	*webtest.Page
	w  world
	id complaint.ID
}

func (w world) screen() *screen { return &screen{Page: webtest.Start(w.t, w.URL), w: w} }

// comes signs in by the page; goes signs out by the menu of the frame.
func (s *screen) comes(login string) {
	s.Open("/sign-in")
	s.Fill("name", login)
	s.Fill("password", servertest.Password)
	s.ClickOn("form[action='/sign-in'] button")
}

func (s *screen) goes() {
	s.ClickOn("header.bar details:last-of-type > summary")
	s.Click("退出登录")
	s.WaitFor("登录")
}

// registers types a complaint into the form and reads the receipt.
func (s *screen) registers(story casebook.Story) {
	s.Open("/desk")
	s.Press("n")
	s.WaitFor("发生了什么")
	if len(story.Points) > 2 {
		s.Click("再加几行")
		s.WaitFor("争议点")
	}
	for name, value := range map[string]string{"channel": string(story.Channel), "complainant.name": story.Name, "complainant.phone": "13800001234", "narrative": story.Narrative,
		"demand": story.Demand, "codes.product": complaint.CodeName(complaint.Book().Products, story.Product), "codes.reason": story.Reason, "amount": web.Yuan(story.Amount)} {
		s.Fill(name, value)
	}
	for i, p := range story.Points {
		s.Fill("points["+strconv.Itoa(i)+"]", p.Text)
	}
	for _, v := range story.Vulnerable {
		s.Fill("vulnerable", v)
	}
	s.WaitFor("2026-04-15") // beside the form, before anything is sent
	s.ClickOn(".register-foot .btn-primary")
	s.Want("TS20260331-000001", "告诉消费者", "最迟在 2026-04-15 把处理决定告诉您", "李雯")
	s.Axe()
	s.Click("打开投诉")
	s.id = 1
}

// does opens the sheet of a verb from the list of everything that can be done,
// fills it in and sends it.
func (s *screen) does(verb string, fields ...string) {
	s.w.Pass(time.Minute)
	s.ClickOn(".all-acts > summary")
	s.ClickOn(`.all-acts a.item[href$="/do/` + verb + `"]`)
	s.sheet(verb, fields...)
}

func (s *screen) sheet(verb string, fields ...string) {
	for i := 0; i+1 < len(fields); i += 2 {
		s.Fill(fields[i], fields[i+1])
	}
	s.Send(`#sheet form[action$="/` + verb + `"] .btn-primary, #sheet form[action$="/` + verb + `"] .btn-danger`)
	s.WaitFor("已保存")
}

// step finishes the step that the page has open, every line ticked.
func (s *screen) step() {
	s.w.Pass(time.Minute)
	at := s.w.fold(s.id).Current()
	for _, line := range complaint.Guides()[at].Checks {
		s.Fill("checked", line.ID)
	}
	s.ClickOn("#steps .step-open.next form .btn-primary")
	s.Want("已保存")
}

// finds answers every allegation from its own card.
func (s *screen) finds(story casebook.Story) {
	for i, p := range story.Points {
		s.ClickOn("#point-" + strconv.Itoa(i+1) + " .card-do a")
		s.sheet("find", "finding.outcome", string(p.Outcome), "finding.evidence", p.Evidence, "finding.basis", p.Basis, "finding.explanation", p.Explanation)
		s.Want(p.Explanation)
	}
	fields := []string{"finding.evidence", "yes", "finding.note", story.Fault.Note}
	n := 0
	for _, f := range []struct {
		bearer, box string
		percent     int
	}{{"company", "finding.company", story.Fault.Company}, {"team", "finding.team", story.Fault.Team}} {
		if f.percent > 0 {
			row := "finding.shares[" + strconv.Itoa(n) + "]."
			fields = append(fields, f.box, "yes", row+"bearer", f.bearer, row+"percent", strconv.Itoa(f.percent))
			n++
		}
	}
	s.does("find-fault", fields...)
}

// offers proposes the redress of the story.
func (s *screen) offers(story casebook.Story) {
	fields := []string{"why", story.Fault.Note}
	for i, r := range story.Redress {
		row := "items[" + strconv.Itoa(i) + "]."
		fields = append(fields, row+"what", r.What, row+"text", r.Text, row+"amount", web.Yuan(r.Amount))
	}
	s.does("propose-redress", fields...)
	s.Want("补偿申请", "不能审批自己提出的申请")
}

// grants is another person who reads what is asked and grants it.
func (s *screen) grants(login string, texts ...string) {
	s.goes()
	s.comes(login)
	s.Open("/approvals")
	s.Want(texts...)
	s.Axe()
	s.Press("ja")
	s.WaitFor("已批准")
	s.goes()
	s.comes("handler")
	s.Open(caseAt(s.id))
}

func (s *screen) performs(story casebook.Story) {
	for i := range story.Redress {
		s.does("perform-redress", "n", strconv.Itoa(i+1), "proof", "凭证 "+strconv.Itoa(i+1)+" 号")
	}
}

// begins is the work up to the collected facts.
func (s *screen) begins(story casebook.Story) {
	s.Want("待接收", "请接收并开始办理", story.Points[0].Text)
	s.Axe()
	s.does("accept")
	s.does("record-contact", "channel", "phone", "summary", story.Call, "reply_next", story.Promise)
	promise, _ := mask.Mask(story.Promise, story.Name) // names are masked in what was promised too
	s.Want("答应：" + promise)
	for range 3 {
		s.step()
	}
	s.finds(story)
	s.step()
}

// S0.9, the account that was limited: by clicks alone, from the call to closing.
func TestAccountLimitedInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	story, _ := casebook.ByID("account-limit")
	s := w.screen()
	s.comes("handler")
	s.registers(story)
	s.begins(story)
	s.offers(story)
	s.grants("lead", story.Redress[0].Text, story.Redress[1].Text)
	s.step()
	s.does("propose-decision", "text", story.Decision)
	s.grants("lead", story.Decision, story.Points[0].Explanation)
	s.Want("处理决定", "申请核查", "还没有告知处理决定的凭证")
	w.Pass(time.Minute)
	s.ClickOn(".foot-bar .btn-primary")
	s.Want("周桂兰", story.Points[1].Explanation, "30日内")
	s.Axe()
	s.ClickOn(`form[action$="/issue-letter"] button`)
	s.Fill("mode", "posted")
	s.Fill("proof", "EMS 1234567890123")
	s.ClickOn(`form[action$="/give-notice"] .btn-primary`)
	s.Want("EMS 1234567890123")
	s.step()
	s.performs(story)
	s.step()
	s.does("record-follow-up", "satisfaction", "5", "comment", story.Comment)
	s.Want("检查已全部通过，可以办结")
	s.english()
	s.does("close")
	s.Want("已办结", "这件投诉没有待办事项")
	if k := w.fold(1); k.State != complaint.Closed || k.Ending != complaint.ByDecision || k.FollowUps[0].Satisfaction != 5 {
		t.Errorf("the case ended %s by %s", k.State, k.Ending)
	}
	w.sound()
}

// english looks at case and desk in the other language, light and dark.
func (s *screen) english() {
	s.ClickOn(`form[action="/preferences"] button[name=lang][value=en]`)
	s.Want("Every check holds; the case can be closed")
	for _, path := range []string{"/desk", "/complaints", caseAt(s.id)} {
		for _, dark := range []bool{true, false} {
			s.w.ok(s.Dark(dark))
			s.Open(path)
			s.Axe()
			s.Fits()
		}
	}
	s.Want("TS20260331-000001")
	s.ClickOn(`form[action="/preferences"] button[name=lang][value=zh]`)
	s.Want("办结")
}

// S0.9, the wealth product that was taken for a deposit: explained, compensated
// and withdrawn by the consumer.
func TestWealthProductWithdrawnInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	story, _ := casebook.ByID("wealth-misunderstood")
	s := w.screen()
	s.comes("handler")
	s.registers(story)
	s.begins(story)
	s.offers(story)
	s.grants("office", web.Money(story.Redress[0].Amount), story.Redress[1].Text)
	s.performs(story)
	s.Want("¥5,600.00")
	s.does("withdraw", "how", "in_person", "why", "看过录像，听了说明，补偿已到账，表示理解并撤回投诉。")
	s.Want("已办结", "表示理解并撤回投诉", "这件投诉没有待办事项")
	s.Axe()
	if s.Count("#redress .good-text") != len(story.Redress) {
		t.Error("the page does not show each redress as done")
	}
	s.Open("/complaints?closed=1")
	s.Want("TS20260331-000001")
	if k := w.fold(1); k.State != complaint.Closed || k.Ending != complaint.ByWithdrawal || k.RedressTotal() != 560000 || !strings.Contains(k.Withdrawal.Why, "理解") {
		t.Errorf("the case ended %s by %s with %d fen", k.State, k.Ending, k.RedressTotal())
	}
	w.sound()
}
