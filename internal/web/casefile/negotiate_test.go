package casefile_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
)

// heated is a case in which the consumer speaks of the regulator and of the press.
func (w world) heated() complaint.ID {
	w.t.Helper()
	id := w.register("handler", complaint.Register{Channel: "phone", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"},
		Narrative: narrative + "我说话客气，也不想闹到监管局，可是你们总得给个说法。", Demand: "全额退还保费，否则我就发抖音。", Requests: []string{"refund"}, Amount: 5_000_000,
		Points: []string{"把保险说成存款", "代消费者勾选合同"}, Codes: complaint.Codes{Product: "agency_insurance", Reason: "sales"}})
	w.do("handler", id, complaint.Accept{}, complaint.RecordContact{At: w.Now().Add(-time.Hour), Channel: "phone", Outbound: true, Reached: true, Summary: "说明将核查录像。", ReplyNext: "三日内回复"})
	return id
}

// S4.15, S1.2: the forecast stands with its words and the step that lowers it, a
// person's word is kept; questions lead to the form that takes the answer.
func TestForecastAndQuestionsOnThePage(t *testing.T) {
	w := newWorld(t)
	id := w.heated()
	h := w.desk(t, "handler", id)
	h.shows("升级预判", "以“不想……但是”的说法预告向监管投诉", "提到媒体或社交平台曝光", "抖音", "这样做可以降低", "等级是理由相加的分值，不是概率",
		"接着问什么", "您反映的是把保险说成存款；代消费者勾选合同。您希望全额退还保费", "我方自己查，不向消费者要", "不得要求消费者提供")
	body := h.Get(h.at).Body
	for _, want := range []string{"/do/find?n=1", "/do/acknowledge-forecast?of=media&amp;points=", "/do/finish-step"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page leads nowhere to %s", want)
		}
	}
	if a := h.tries("acknowledge-forecast", "of", "media", "shown", "watch", "points", "35", "level", "low"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "请填写调整理由") {
		t.Errorf("another level without a reason: %d %s", a.Status, clipped(a.Text()))
	}
	h.sends("acknowledge-forecast", "of", "media", "shown", "watch", "points", "35", "level", "low", "why", "已当面说明，消费者同意等候")
	h.shows("调整为“低”", "已当面说明", "调整媒体升级预判")
}

// S1.3, S1.4: sheet, rounds, authority and print, through the pages.
func TestNegotiationThroughThePages(t *testing.T) {
	w := newWorld(t)
	id := w.heated()
	h := w.desk(t, "handler", id)
	h.shows("还没有填写谈判表", "同类已办结投诉只有 0 件，不足 5 件")
	if a := h.tries("plan-negotiation", "opening", "50000", "options[0].title", "退还差额", "options[0].benefit", "三日到账", "options[0].basis", "条款"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "只有一个方案，消费者就没有选择") {
		t.Errorf("one option: %d %s", a.Status, clipped(a.Text()))
	}
	h.sends("plan-negotiation", "opening", "50,000.00", "opening_text", "全额退", "floor", "30000", "floor_text", "两次提到三万", "interests", "要个说法\n急用钱",
		"options[0].title", "退还差额", "options[0].amount", "1,000", "options[0].benefit", "三日到账", "options[0].basis", "条款第三条",
		"options[1].title", "减保加保单贷款", "options[1].benefit", "保障还在", "options[1].basis", "合同第八条", "concessions[0].give", "当面致歉", "concessions[0].get", "确认经过")
	if a := h.tries("record-round", "on", "2026-03-31", "offer", "退还差额", "offer_amount", "1000000", "response", "thinking"); !strings.Contains(a.Text(), "超过您可以答应的") {
		t.Errorf("beyond the authority: %d %s", a.Status, clipped(a.Text()))
	}
	h.sends("record-round", "on", "2026-03-31", "ask", "四万", "ask_amount", "40000", "offer", "退还差额", "offer_amount", "1000", "subject", "yes", "response", "counter")
	sheet := h.Get(h.at + "/negotiation")
	for _, want := range []string{"¥50,000.00", "¥30,000.00", "要个说法", "急用钱", "退还差额", "减保加保单贷款", "须由", "差距 ¥39,000.00", "让步 ¥10,000.00", "以批准为准", "共鸣用语", "僵局怎么转", "审批权限", "内部材料", "换取：确认经过"} {
		if !strings.Contains(sheet.Text(), want) {
			t.Errorf("the sheet does not show %q\n%s", want, clipped(sheet.Text()))
		}
	}
	paper := h.Get(h.at + "/negotiation/print")
	if paper.Status != 200 || !strings.Contains(paper.Text(), "减保加保单贷款") || strings.Contains(paper.Text(), "疑似代理维权") {
		t.Errorf("print: %d %s", paper.Status, clipped(paper.Text()))
	}
	h.shows("差距 ¥39,000.00", "提出方案 ¥1,000.00")
	if a := w.As("auditor").Get(h.at + "/negotiation"); a.Status != 200 || strings.Contains(a.Body, "/do/plan-negotiation") {
		t.Errorf("an auditor: %d", a.Status)
	}
	h.sends("propose-redress", "items[0].what", "refund", "items[0].amount", "1,000", "items[0].text", "退还差额", "why", "属实", "deviation", "另有误工损失")
	h.shows("偏离理由", "另有误工损失")
	for _, path := range []string{"/negotiation", "/negotiation/print"} {
		w.page(t, "office", h.at+path)
	}
}

// Field pain 10: the flag needs a second person, stands beside the sentence that
// it changes no duty, and is hidden from those who need not know.
func TestAgentFlagThroughThePages(t *testing.T) {
	w := newWorld(t)
	id := w.heated()
	h, lead := w.desk(t, "handler", id), w.desk(t, "lead", id)
	before := dues(h)
	h.sends("flag-agent", "signs", "template", "signs", "no_talk", "why", "与另两件措辞相同")
	h.shows("待第二人确认", "模板化文书", "标记不影响任何期限、检查和办理动作")
	if a := h.Get(h.at + "/do/confirm-agent"); a.Status != http.StatusForbidden && versionField.MatchString(a.Body) {
		t.Errorf("the one who flagged may confirm: %d", a.Status)
	}
	lead.sends("confirm-agent", "note", "同意")
	lead.shows("已确认", "委托他人投诉是消费者的权利")
	if after := dues(h); after != before {
		t.Errorf("the dates were %s, with the flag %s", before, after)
	}
	exec := w.desk(t, "executive", id)
	if page := exec.Get(exec.at).Body; strings.Contains(page, "措辞相同") || strings.Contains(page, `id="agent"`) || strings.Contains(page, "确认疑似代理维权（") {
		t.Error("an executive sees the suspicion")
	}
	lead.sends("lift-agent", "why", "本人到场")
	h.shows("已撤销")
	w.page(t, "office", h.at+"/negotiation")
}

// dues are the due dates that the page shows.
func dues(d desk) string {
	body := d.Get(d.at).Body
	i := strings.Index(body, `id="clocks"`)
	return strings.Join(strings.Fields(body[i:i+strings.Index(body[i:], "</section>")]), " ")
}

// No serious barrier on the sheet, and pictures for people.
func TestNegotiationInABrowser(t *testing.T) {
	w := newWorld(t)
	id := w.heated()
	w.do("handler", id, complaint.PlanTalk{Opening: 5_000_000, OpeningText: "全额退还保费", Floor: 3_000_000, FloorText: "两次提到三万", Interests: []string{"要一个说法", "孩子上学要用钱"},
		Options:     []complaint.Option{{Title: "退还差额并致歉", Amount: 800_000, Benefit: "三个工作日内到账，不用再来网点", Basis: "核查结论、收费减免规定第三条"}, {Title: "减保并办理保单贷款", Amount: 4_000_000, Benefit: "保障还在，当天可用钱", Basis: "合同第八条"}},
		Concessions: []complaint.Concession{{Give: "负责人当面致歉", Get: "确认事实经过"}}},
		complaint.RecordRound{On: calendar.Of(2026, 3, 31), Ask: "全额退", AskAmount: 5_000_000, Response: complaint.TalkHeard},
		complaint.RecordRound{On: calendar.Of(2026, 3, 31), Ask: "退四万", AskAmount: 4_000_000, Offer: "退还差额", OfferAmount: 800_000, Subject: true, Response: complaint.TalkRefused, Note: "说要咨询律师"},
		complaint.FlagAgent{Signs: []string{"template", "no_talk"}, Why: "与另两件措辞相同"})
	p := w.open(t, "office", "zh", "/complaints/"+id.String())
	for _, path := range []string{"", "/negotiation", "/negotiation/print"} {
		for _, at := range []struct {
			name, lang string
			width      int64
			dark       bool
		}{{"zh", "zh", 1440, false}, {"en-dark", "en", 1440, true}, {"zh-phone", "zh", 390, false}} {
			w.ok(p.Cookie(w.URL, "xb_lang", at.lang))
			w.ok(p.Dark(at.dark))
			p.Size(at.width, 900)
			p.Open("/complaints/" + id.String() + path)
			p.Axe()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, "negotiate"+strings.ReplaceAll(path, "/", "-")+"-"+at.name+".png"))
			}
		}
	}
}
