package casefile_test

import (
	"context"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
	"xiaobao/internal/web/casefile"
	"xiaobao/internal/web/precedents"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

// world is a server with the room of a case.
type world struct {
	*servertest.World
	t testing.TB
}

func newWorld(t testing.TB) world {
	return world{servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route { // the case page asks the case library
			return append(casefile.Routes(site, a), precedents.Routes(site, a)...)
		}
	}), t}
}

func (w world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w world) do(who party.PersonID, id complaint.ID, commands ...complaint.Command) {
	w.t.Helper()
	for _, c := range commands {
		_, err := w.App.Do(context.Background(), w.Actor(who), id, 0, c)
		w.ok(err)
	}
}

const narrative = "2025年3月12日我在朝阳支行柜台存钱，客户经理说有一款利息更高的存款，一年期，到期随时可取。今年到期去取时才知道是五年期分红险，退保只能拿回六成本金。我不识多少字，合同是他代我勾选的。"

func (w world) register(who party.PersonID, d complaint.Register) complaint.ID {
	w.t.Helper()
	r, err := w.App.Register(context.Background(), w.Actor(who), d)
	w.ok(err)
	return r.ID
}

// plain is a case of the branch with two allegations.
func (w world) plain() complaint.ID {
	w.t.Helper()
	return w.register("handler", complaint.Register{Channel: "phone", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234", Policy: "P880012345678"},
		Narrative: narrative, Demand: "全额退还保费并书面道歉", Requests: []string{"refund", "apology"}, Vulnerable: []string{"elderly"}, Amount: 5_000_000,
		Points: []string{"把保险说成存款，承诺到期随时可取", "代消费者勾选合同"}, Codes: complaint.Codes{Product: "agency_insurance", Reason: "sales"}})
}

func finding(outcome complaint.Outcome) complaint.Finding {
	return complaint.Finding{Outcome: outcome, Evidence: "调取柜面录像：第 12 分钟客户经理称“利息比存款高”。", Basis: "《商业银行代理保险业务管理办法》第三十七条", Explanation: "没有说明是保险产品，不符合规定，您反映的情况属实。"}
}

// transfer is a case that a regulator sent and that arrived again by the hotline,
// worked on until the decision waits for approval.
func (w world) transfer() complaint.ID {
	w.t.Helper()
	id := w.register("office", complaint.Register{Channel: "nfra", SenderNumber: "京金消转〔2026〕1024号", ReceivedOn: calendar.Of(2026, 3, 20), Complainant: complaint.Complainant{Name: "赵淑芬", Phone: "13900005678", IDNumber: "110101195001011234"},
		Representative: &complaint.Representative{Kind: complaint.Agent, Name: "赵强", Phone: "13700001111"}, Respondents: []complaint.Respondent{{Unit: "010101", Person: "chaoyang"}},
		Narrative: narrative, Demand: "撤销合同", Points: []string{"代办人冒用身份办理消费贷款", "银行没有核实本人"}, Codes: complaint.Codes{Product: "loan_consumer", Reason: "sales"}})
	w.do("office", id, complaint.AddReference{Channel: "hotline_12345", Number: "12345-20260330-77", ReceivedOn: calendar.Of(2026, 3, 30)},
		complaint.Accept{}, complaint.RecordContact{At: w.Now().Add(-time.Hour), Channel: "phone", Outbound: true, Reached: true, Summary: "电话 13900005678 联系投诉人，说明将核查录像。", ReplyNext: "三日内回复核查结果"},
		complaint.FinishStep{Step: 0, Checked: []string{"heard_out", "restated"}, Note: "消费者主要担心征信记录"}, complaint.FinishStep{Step: 1, Skip: true, Note: "情绪平稳，不需要安抚"},
		complaint.Find{N: 1, Finding: finding(complaint.Upheld)}, complaint.Find{N: 2, Finding: finding(complaint.Partly)},
		complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 70}, {Bearer: complaint.FaultPartner, Name: "某助贷公司", Percent: 30}}, Note: "网点未双人核实"}},
		complaint.Extend{Regime: "nfra", Why: "须向助贷公司调取资料"})
	w.do("office", id, complaint.StartExclusion{What: complaint.Appraisal, From: calendar.Of(2026, 3, 31), ExpectedTo: calendar.Of(2026, 4, 10), Body: "司法鉴定中心", Why: "签名笔迹鉴定"})
	return id
}
