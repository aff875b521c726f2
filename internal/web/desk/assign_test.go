package desk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
)

func TestAssignSeveral(t *testing.T) {
	w := world(t)
	m := must{t, w}
	mine := m.register("handler", plain("王芳", narrative))
	about := plain("宋佳", "孙朝态度恶劣。")
	about.Respondents = []complaint.Respondent{{Person: "chaoyang"}}
	away := m.register("handler", about)
	shanghai := m.register("shanghai", plain("何平", "上海分行扣了年费。"))
	b := w.As("lead")
	if a := b.Post("/desk/assign", "back", "/desk?tab=all"); a.Status != 303 || a.Location() != "/desk?tab=all" {
		t.Errorf("nothing chosen: %d", a.Status)
	}
	chosen := []string{"back", "/desk?tab=all", "id", mine.String(), "id", away.String(), "id", shanghai.String(), "id", mine.String()}
	a := b.Post("/desk/assign", chosen...)
	if a.Status != 200 || strings.Count(a.Body, `name="id"`) != 2 || strings.Contains(a.Text(), "何**") {
		t.Fatalf("choice: %d, %d rows", a.Status, strings.Count(a.Body, `name="id"`))
	}
	if a := b.Post("/desk/assign", append(chosen, "do", "try")...); a.Status != 422 || !strings.Contains(a.Text(), "请选择接收人员或机构") {
		t.Errorf("nobody chosen: %d", a.Status)
	}
	if a := b.Post("/desk/assign", append(chosen, "do", "try", "unit", "火星分行")...); a.Status != 422 || !strings.Contains(a.Body, `value="火星分行"`) {
		t.Errorf("a unit that is none: %d", a.Status)
	}
	to := append(chosen, "person", "chaoyang", "why", "属地办理")
	a = b.Post("/desk/assign", append(to, "do", "try")...)
	if !strings.Contains(a.Text(), "将转给 孙朝") || !strings.Contains(a.Text(), "须回避") || !strings.Contains(a.Text(), "分派 1 件") {
		t.Errorf("preview: %s", a.Text())
	}
	if p, err := w.App.Case(context.Background(), w.Actor("lead"), mine); err != nil || p.Case.Offer != nil {
		t.Error("the preview changed something")
	}
	a = b.Post("/desk/assign", append(to, "do", "assign")...)
	if !strings.Contains(a.Text(), "已分派 1 件") || !strings.Contains(a.Text(), "等待 孙朝 接收") || !strings.Contains(a.Text(), "须回避") {
		t.Errorf("result: %s", a.Text())
	}
	if p, err := w.App.Case(context.Background(), w.Actor("lead"), mine); err != nil || p.Case.Offer == nil || p.Case.Offer.Person != "chaoyang" || p.Case.Owner != "handler" {
		t.Errorf("offer %+v %v", p.Case.Offer, err)
	}
	if p, err := w.App.Case(context.Background(), w.Actor("shanghai"), shanghai); err != nil || p.Case.Offer != nil {
		t.Error("a case out of reach was assigned")
	}
}

func TestApprove(t *testing.T) {
	w := world(t)
	m := must{t, w}
	extension, redress, decision, refusal := m.waiting()
	b := w.As("office")
	a := b.Get("/approvals")
	for _, want := range []string{"2026-04-15", "2026-04-30", "延后 15 天", "须调取一年前的柜面录像", "¥20,000.00", "支行行长当面致歉", "撤销保险合同", "代消费者勾选合同", "属实", "没有授权委托", "4 件待审批"} {
		if !strings.Contains(a.Text(), want) {
			t.Errorf("approvals lack %q", want)
		}
	}
	version := func(id complaint.ID) string {
		p, err := w.App.Case(context.Background(), w.Actor("office"), id)
		m.ok(err)
		return itoa(p.Case.Version)
	}
	post := func(id complaint.ID, verb string, fields ...string) (int, string) {
		a := b.Post("/approvals/"+id.String()+"/1/"+verb, fields...)
		return a.Status, a.Text()
	}
	if status, _ := post(extension, "approve"); status != 422 {
		t.Errorf("without a version: %d", status)
	}
	if status, text := post(extension, "approve", "version", "1"); status != 409 || !strings.Contains(text, "已有新的变化") {
		t.Errorf("stale: %d", status)
	}
	if status, text := post(redress, "return", "version", version(redress), "why", " "); status != 422 || !strings.Contains(text, "请填写退回原因") {
		t.Errorf("returned without a reason: %d", status)
	}
	for id, verb := range map[complaint.ID]string{extension: "approve", decision: "approve", redress: "return", refusal: "return"} {
		if status, text := post(id, verb, "version", version(id), "why", "请补充双录材料", "note", "同意"); status != 303 {
			t.Errorf("%s %v: %d %s", verb, id, status, text)
		}
	}
	if a := b.Get("/approvals"); !strings.Contains(a.Text(), "没有等您审批的申请") {
		t.Error("something still waits")
	}
	p, err := w.App.Case(context.Background(), w.Actor("office"), redress)
	if m.ok(err); p.Case.Approvals[0].State != complaint.SentBack || p.Case.Approvals[0].Note != "请补充双录材料" {
		t.Errorf("returned as %+v", p.Case.Approvals[0])
	}
	if status, text := post(extension, "approve", "version", version(extension)); status != 409 || !strings.Contains(text, "已经处理") {
		t.Errorf("twice: %d %s", status, text)
	}
}

// Who may not grant a request sees why, and has no button; the case that asked
// for it himself does not even see it.
func TestApprovalsSayWhyNot(t *testing.T) {
	w := world(t)
	m := must{t, w}
	id := m.register("handler", plain("周强", narrative))
	m.do("handler", id, complaint.Accept{}, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: 900_000_000, Text: "全额退还"}}, Why: "误导"})
	a := w.As("lead").Get("/approvals")
	if !strings.Contains(a.Text(), "超过您的审批权限") || strings.Contains(a.Body, `/1/approve"`) || !strings.Contains(a.Body, `/1/return"`) {
		t.Errorf("lead: %s", a.Text())
	}
	own := m.register("lead", plain("吴芳", narrative))
	m.do("lead", own, complaint.Accept{}, complaint.Extend{Regime: "nfra", Why: "录像"})
	if a := w.As("lead").Get("/approvals"); strings.Contains(a.Body, "/approvals/"+own.String()+"/") {
		t.Error("somebody may approve what he asked for himself")
	}
	if s, _ := w.App.Case(context.Background(), w.Actor("lead"), own); s.Case.Approvals[0].State != complaint.Asked {
		t.Errorf("%+v", s.Case.Approvals)
	}
}

// A decision that comes again after it was sent back shows what changed in its
// wording and what was let stand; a redress outside of the range says why, and
// the forecast stands on the card.
func TestApprovalCardShowsTheWording(t *testing.T) {
	w := world(t)
	m := must{t, w}
	_, redress, decision, _ := m.waiting()
	m.do("lead", decision, complaint.ReturnApproval{N: 1, Why: "写明到账时间"})
	m.do("handler", decision, complaint.RecordContact{At: w.Now().Add(-time.Hour), Channel: "phone", Reached: true, Summary: "再不解决我就去金融监管总局投诉，找记者曝光，还要起诉你们。"},
		complaint.ProposeDecision{Text: "投诉属实。撤销保险合同，退还全部保费五万元，三日内到账；对客户经理按内部制度处理。"})
	page := w.As("lead").Get("/approvals")
	card := func(id complaint.ID, n string) string {
		t.Helper()
		_, rest, ok := strings.Cut(page.Body, `id="approval-`+id.String()+"-"+n+`"`)
		if !ok {
			t.Fatalf("no card for %s", id)
		}
		rest, _, _ = strings.Cut(rest, "</article>")
		return rest
	}
	again := card(decision, "2")
	for _, want := range []string{"<del>七</del><ins>三</ins>", "与上次退回的版本相比", "#forecast", "高"} {
		if !strings.Contains(again, want) {
			t.Errorf("the card lacks %s:\n%s", want, again)
		}
	}
	if first := card(redress, "1"); strings.Contains(first, "<del>") || strings.Contains(first, "#forecast") {
		t.Errorf("a first request compares, or a quiet case warns: %s", first)
	}
}

// The list asks for the tempers of a page once, however many rows it has.
func TestListShowsTheConfirmedTemper(t *testing.T) {
	_, m := full(t)
	id := m.register("handler", plain("何平", narrative))
	m.do("handler", id, complaint.Accept{}, complaint.Judge{Topic: complaint.TopicEmotion, Value: "angry"})
	body := m.w.As("handler").Get("/desk?tab=unit").Body
	if n := strings.Count(body, `class="face face-`); n != 1 || !strings.Contains(body, "face-angry") {
		t.Errorf("%d faces, want the one that was confirmed", n)
	}
}
