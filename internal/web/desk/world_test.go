package desk_test

import (
	"context"
	"fmt"
	"strings"
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
	"xiaobao/internal/web/desk"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

// world is a server with the desk and the room of one case, to which it leads.
func world(t testing.TB) *servertest.World {
	return servertest.New(t, func(o *server.Options) {
		o.Rooms = func(site *web.Site, a *app.App) []web.Route {
			return append(desk.Routes(site, a), casefile.Routes(site, a)...)
		}
	})
}

type must struct {
	t testing.TB
	w *servertest.World
}

func (m must) ok(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// register takes a complaint in as a person would.
func (m must) register(who party.PersonID, d complaint.Register) complaint.ID {
	m.t.Helper()
	r, err := m.w.App.Register(context.Background(), m.w.Actor(who), d)
	m.ok(err)
	return r.ID
}

func (m must) do(who party.PersonID, id complaint.ID, commands ...complaint.Command) {
	m.t.Helper()
	for _, c := range commands {
		_, err := m.w.App.Do(context.Background(), m.w.Actor(who), id, 0, c)
		m.ok(err)
	}
}

func plain(name, narrative string) complaint.Register {
	return complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: name, Phone: "13800001234"}, Narrative: narrative,
		Codes: complaint.Codes{Product: "agency_insurance", Reason: "sales"}}
}

const narrative = "2025年3月12日我在朝阳支行柜台存钱，客户经理说有一款利息更高的存款，一年期，到期随时可取。今年到期去取时才知道是五年期分红险，退保只能拿回六成本金。我不识多少字，合同是他代我勾选的。"

// full makes a desk with cases of every kind: two dozen open ones, some late, one
// from a regulator with two references, and requests that wait.
func full(t testing.TB) (*servertest.World, must) {
	w := world(t)
	m := must{t, w}
	about := []string{narrative, "信用卡被盗刷三笔，共 8,600 元，致电客服后以密码交易为由拒绝调查。", "提前还贷申请四十天没有答复，每次打电话都说在走流程。",
		"催收人员联系我的单位同事并透露欠款金额，影响工作。", "理赔材料三次被要求补充，每次理由不同，至今没有结论。"}
	names := []string{"王秀兰", "李建国", "欧阳文静", "张伟", "陈晓明"}
	for i := range 16 {
		d := plain(names[i%5], about[i%5])
		d.ReceivedOn = calendar.FromTime(w.Now()).AddDays(-i * 3 / 2)
		d.Channel = party.Channels()[i*5%len(party.Channels())].ID
		d.Complainant.Phone = fmt.Sprintf("1390000%04d", 1000+i*7)
		d.Codes.Product = complaint.Book().Products[i*3%len(complaint.Book().Products)].ID
		d.Amount = int64(i*i) * 1234567
		if i%4 == 1 {
			d.Vulnerable = []string{"elderly"}
		}
		d.Narrative += strings.Repeat("。", i)
		id := m.register("handler", d)
		if i%3 > 0 {
			m.do("handler", id, complaint.Accept{})
		}
		if i%3 == 2 {
			m.do("handler", id, complaint.RecordContact{At: w.Now().Add(-time.Hour), Channel: "phone", Outbound: true, Reached: true, Summary: "电话联系投诉人，说明将调取柜面录像，三日内回复。对方情绪平稳。", ReplyNext: "三日内回复录像核查结果"})
		}
	}
	m.transfer()
	m.waiting()
	return w, m
}

// transfer is a case that came from the regulator and again by 12345.
func (m must) transfer() complaint.ID {
	d := plain("赵淑芬", "代办贷款的人冒用我的身份信息办理了消费贷款，银行审核时没有核实本人，要求撤销贷款并删除征信记录。")
	d.Channel, d.SenderNumber, d.ReceivedOn = "nfra", "京金消转〔2026〕1024号", calendar.Of(2026, 3, 27)
	id := m.register("office", d)
	m.do("office", id, complaint.AddReference{Channel: "hotline_12345", Number: "12345-20260330-77", ReceivedOn: calendar.Of(2026, 3, 30)})
	return id
}

// waiting leaves one request of each kind, each on a case of its own.
func (m must) waiting() (extension, redress, decision, refusal complaint.ID) {
	make := func(name string) complaint.ID {
		d := plain(name, narrative)
		d.Points = []string{"把保险说成存款", "代消费者勾选合同"}
		d.Amount = 5_000_000
		id := m.register("handler", d)
		m.do("handler", id, complaint.Accept{})
		return id
	}
	extension, redress, decision, refusal = make("孙丽"), make("周强"), make("吴芳"), make("郑勇")
	m.do("handler", extension, complaint.Extend{Regime: "nfra", Why: "须调取一年前的柜面录像，科技部门答复需十个工作日"})
	m.do("handler", redress, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: 2_000_000, Text: "退还已扣保费与现金价值之差"}, {What: "apology", Text: "支行行长当面致歉"}}, Why: "双录缺失，销售过程存在误导"})
	for n := range 2 {
		m.do("handler", decision, complaint.Find{N: n + 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "录像第 12 分钟", Basis: "《商业银行代理保险业务管理办法》第三十七条", Explanation: "客户经理使用了“存款”“利息”等表述，没有说明是保险产品。"}})
	}
	m.do("handler", decision, complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}},
		complaint.ProposeDecision{Text: "投诉属实。撤销保险合同，退还全部保费五万元，七日内到账；对客户经理按内部制度处理。"})
	m.do("handler", refusal, complaint.Refuse{Reason: "not_entitled", Text: "经核实，来电人不是保单持有人，也没有授权委托。"})
	return extension, redress, decision, refusal
}
