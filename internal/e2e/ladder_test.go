package e2e

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
)

var (
	caseNumber = regexp.MustCompile(`TS[0-9]{8}-[0-9]{6}`)
	caseSecret = regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}`)
)

// consumer is somebody at the public portal, known by number and secret.
type consumer struct {
	*clerk
	number, secret string
}

// files tells the portal what happened.
func (w world) files() *consumer {
	w.t.Helper()
	c := &consumer{clerk: &clerk{Browser: w.Browser(), w: w}}
	c.open("/portal/new")
	c.form("/portal/new").fill("narrative", narrative).fill("demand", "退回全部保费").fill("unit", "010101").fill("name", "何大海").fill("phone", "13600001111").send(http.StatusOK)
	c.number, c.secret = caseNumber.FindString(c.page.Body), caseSecret.FindString(c.page.Body)
	if c.number == "" || c.secret == "" {
		w.t.Fatalf("no number and secret: %s", clipped(c.page.Text()))
	}
	return c
}

// looks comes back with number and secret and sees where the case stands.
func (c *consumer) looks(texts ...string) {
	c.w.t.Helper()
	c.Browser = c.w.Browser()
	c.open("/portal")
	c.form("/portal").fill("number", c.number).fill("secret", c.secret).send(http.StatusSeeOther)
	c.sees(texts...)
}

// stages plays commands, each stage by somebody who signs in and out, some days later.
func (w world) stage(login string, days int, id complaint.ID, commands ...complaint.Command) {
	w.t.Helper()
	w.Pass(time.Duration(days)*24*time.Hour + time.Minute)
	c := w.comes(login)
	for _, cmd := range commands {
		w.Pass(time.Minute)
		c.does(id, cmd)
	}
	c.goes()
}

func allSteps() (out []complaint.Command) {
	for i, g := range complaint.Guides() {
		cmd := complaint.FinishStep{Step: complaint.Step(i)}
		for _, line := range g.Checks {
			cmd.Checked = append(cmd.Checked, line.ID)
		}
		out = append(out, cmd)
	}
	return out
}

func told(letter int, on calendar.Date) complaint.Command {
	return complaint.GiveNotice{Letter: letter, Mode: complaint.HandedOver, On: on, Proof: "本人签收"}
}

// The long way (rule 2020-3 art. 18-20): filed at the portal, extended twice with
// the right approver, decided, told, re-examined by the superior with another
// result, rated by the consumer and closed.
func TestTheLongWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.files()
	id := complaint.ID(1)
	c.looks("2026-04-15")
	w.stage("handler", 1, id, complaint.Accept{}, complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "核实情况，说明将调取录像"},
		complaint.Amend{Codes: &complaint.Codes{Product: "agency_insurance", Reason: "sales"}, Why: "确认分类"}, complaint.Extend{Regime: "nfra", Why: "须调取一年前的录像"})
	w.stage("lead", 0, id, complaint.Approve{N: 1})
	c.looks("2026-04-30")
	w.stage("handler", 12, id, complaint.Extend{Regime: "nfra", Why: "录像在异地灾备中心，须协调取回"})
	w.comes("lead").open("/approvals").sees("延长至六十日须由上级机构或总部高级管理人员批准") // and has no button for it
	w.stage("office", 0, id, complaint.Approve{N: 2})
	c.looks("2026-05-30")
	w.stage("handler", 1, id, complaint.IssueLetter{What: complaint.ExtensionLetter})
	w.stage("handler", 0, id, told(1, w.today()))
	w.stage("handler", 10, id, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.NotUpheld, Evidence: "录像没有声音", Basis: "《商业银行代理保险业务管理办法》第三十七条", Explanation: "没有证据证明销售时有误导"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultNone}}}}, complaint.ProposeDecision{Text: "不支持退保请求。"})
	w.stage("lead", 0, id, complaint.Approve{N: len(w.fold(id).Approvals)})
	w.stage("handler", 0, id, complaint.IssueLetter{What: complaint.DecisionLetter})
	w.stage("handler", 0, id, told(2, w.today()))
	c.looks("消费投诉延期处理告知书", "消费投诉处理决定书", "把结果告诉了您")
	if pdf := c.Get(c.link("消费投诉处理决定书")); pdf.Status != http.StatusOK || !strings.HasPrefix(pdf.Body, "%PDF-") {
		t.Errorf("the consumer's copy of the decision: %d", pdf.Status)
	}
	if strings.Count(c.page.Text(), "把结果告诉了您") != 1 {
		t.Error("the notice of the extension stands there as the result")
	}
	w.stage("handler", 5, id, complaint.RequestReexam{On: w.today().AddDays(5), Grounds: "录像有画面可以看出代签"})
	w.reexamined(id, c)
	w.sound()
}

// reexamined is the superior's part and the end.
func (w world) reexamined(id complaint.ID, c *consumer) {
	w.t.Helper()
	w.stage("office", 1, id, complaint.Accept{})
	w.stage("office", 10, id, complaint.DecideReexam{N: 1, Changed: true, Process: "原核查没有查看画面", InTime: "在延长后的期限内办理", Decision: "撤销原决定，全额退还保费。"}, complaint.IssueLetter{What: complaint.ReexamLetter})
	w.stage("office", 0, id, told(3, w.today()))
	c.looks("消费投诉核查决定书", "示例银行总行")
	w.stage("office", 1, id, allSteps()...)
	w.stage("office", 0, id, complaint.RecordFollowUp{On: w.today(), Reached: true, Satisfaction: 4, Comment: "结果公道"}, complaint.Close{})
	c.looks("已办结")
	k := w.fold(id)
	if k.State != complaint.Closed || len(k.Reexams) != 1 || !k.Reexams[0].Changed || k.Reexams[0].NoticedOn.IsZero() {
		w.t.Errorf("state %s, re-examinations %+v", k.State, k.Reexams)
	}
	office := w.comes("office")
	office.open(caseAt(id)).sees("核查", "撤销原决定，全额退还保费", "已办结", "不支持退保请求")
	office.goes()
}
