package desk_test

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web/webtest"
)

func escape(s string) string { return url.QueryEscape(s) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// The smallest form: channel, name and what happened.
func TestRegisterSmall(t *testing.T) {
	w := world(t)
	b := w.As("handler")
	page := b.Get("/complaints/new")
	key := regexp.MustCompile(`name="form" value="(\w+)"`).FindStringSubmatch(page.Body)
	if key == nil || !strings.Contains(page.Body, `name="received_on" value="2026-03-31"`) {
		t.Fatalf("form: %s", page.Text())
	}
	small := []string{"form", key[1], "channel", "phone", "complainant.name", "王芳", "narrative", narrative}
	a := b.Post("/complaints/new", small...)
	if a.Status != 303 || a.Location() != "/complaints/1/receipt" {
		t.Fatalf("%d %s %s", a.Status, a.Location(), a.Text())
	}
	receipt := b.Get(a.Location()).Text()
	for _, want := range []string{"TS20260331-000001", "北京分行最迟在 2026-04-15 把处理决定告诉您", "010-00000000", "李雯", "作出决定并告知", "第十八条"} {
		if !strings.Contains(receipt, want) {
			t.Errorf("receipt lacks %q: %s", want, receipt)
		}
	}
	if strings.Contains(receipt, "王芳") {
		t.Error("the receipt shows a name")
	}
	if again := b.Post("/complaints/new", small...); again.Status != 303 || again.Location() != a.Location() {
		t.Errorf("a second click gave %d %s", again.Status, again.Location())
	}
	if list := ids(b.Get("/desk").Body); len(list) != 1 {
		t.Errorf("%d cases", len(list))
	}
}

// everything is a form with all its parts.
var everything = []string{
	"channel", "nfra", "received_on", "2026-03-30", "nature", "complaint", "sender", "北京金融监管局", "sender_number", "京金消转〔2026〕7号", "own_due", "2026-04-20",
	"complainant.name", "王秀兰", "complainant.phone", "13800001234", "complainant.policy", "P2025 0312", "complainant.id_number", "110101195201011234", "complainant.salutation", "女士",
	"representative.kind", "agent", "representative.name", "王小明", "representative.phone", "13900005678",
	"joint.count", "3", "joint.representatives[0]", "王秀兰", "joint.representatives[3]", "李桂英",
	"vulnerable", "elderly", "vulnerable", "illness", "narrative", narrative, "points[0]", "把保险说成存款", "points[1]", " ", "points[4]", "代消费者勾选合同",
	"codes.product", "代理保险", "codes.reason", "sales", "amount", "50,000.5", "respondents[2].unit", "北京分行 朝阳支行", "respondents[2].name", "孙朝", "respondents[3].name", "小刘",
	"requests", "refund", "requests", "apology", "demand", "退还全部本金", "split_from", "7", "import_key", "x",
}

func TestRegisterEverything(t *testing.T) {
	w := world(t)
	a := w.As("handler").Post("/complaints/new", everything...)
	if a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	p, err := w.App.Case(context.Background(), w.Actor("office"), 1)
	if err != nil {
		t.Fatal(err)
	}
	c := p.Case
	want := []complaint.Respondent{{Unit: "010101", Person: "chaoyang"}, {Name: "小刘"}}
	if len(c.Respondents) != 2 || c.Respondents[0] != want[0] || c.Respondents[1] != want[1] {
		t.Errorf("respondents %+v", c.Respondents)
	}
	r := c.References[0]
	if r.Sender != "北京金融监管局" || r.Number != "京金消转〔2026〕7号" || r.OwnDue.String() != "2026-04-20" || r.ReceivedOn.String() != "2026-03-30" {
		t.Errorf("reference %+v", r)
	}
	if c.Amount != 5000050 || c.Codes.Product != "agency_insurance" || len(c.Points) != 2 || c.Points[1].Text != "代消费者勾选合同" || len(c.Vulnerable) != 2 || len(c.Requests) != 2 {
		t.Errorf("case %+v", c)
	}
	if c.Representative == nil || c.Joint == nil || c.Joint.Count != 3 || len(c.Joint.Representatives) != 2 || c.Unit != "0101" || c.SplitFrom != 0 || c.ImportKey != "" {
		t.Errorf("people %+v %+v unit %s", c.Representative, c.Joint, c.Unit)
	}
}

// What is wrong stands beside its field, and nothing typed is lost.
func TestRegisterRefused(t *testing.T) {
	w := world(t)
	b := w.As("handler")
	tests := []struct{ field, value, want string }{
		{"complainant.name", " ", "请填写投诉人姓名"}, {"narrative", "", "请填写投诉内容"}, {"received_on", "2026-04-01", "晚于今天"}, {"received_on", "2026-02-30", "2026-02-30"},
		{"channel", "pigeon", "请选择投诉渠道"}, {"amount", "五万", "金额请以元为单位填写"}, {"codes.product", "梦想", "产品类别 梦想 不在目录中"}, {"unit", "火星分行", "没有名为“火星分行”的机构"},
		{"respondents[2].unit", "火星分行", "没有名为“火星分行”的机构"}, {"complainant.phone", "打给我", "电话号码只能"}, {"joint.count", "1", "至少为 2 人"}, {"narrative", "坏\x00字", "控制字符"},
	}
	for _, tt := range tests {
		fields := append([]string{}, everything...)
		for i := 0; i < len(fields); i += 2 {
			if fields[i] == tt.field {
				fields[i+1] = tt.value
			}
		}
		if !contains(fields, tt.field) {
			fields = append(fields, tt.field, tt.value)
		}
		a := b.Post("/complaints/new", fields...)
		if a.Status != 422 || !strings.Contains(a.Text(), tt.want) {
			t.Errorf("%s=%q: %d, want %q in %.300s", tt.field, tt.value, a.Status, tt.want, a.Text())
			continue
		}
		for _, kept := range []string{"京金消转〔2026〕7号", "代消费者勾选合同", "小刘", "退还全部本金", "李桂英", "北京分行 朝阳支行"} {
			if tt.value != "火星分行" && !strings.Contains(a.Body, kept) {
				t.Errorf("%s=%q: %q was lost", tt.field, tt.value, kept)
			}
		}
		for _, wrong := range webtest.Markup(a.Body) {
			t.Errorf("%s=%q: %s", tt.field, tt.value, wrong)
		}
	}
	if got := ids(b.Get("/desk").Body); len(got) != 0 {
		t.Errorf("%d cases were registered", len(got))
	}
}

func contains(list []string, s string) bool {
	for i := 0; i < len(list); i += 2 {
		if list[i] == s {
			return true
		}
	}
	return false
}

// The buttons beside "register" register nothing and lose nothing.
func TestMoreLines(t *testing.T) {
	w := world(t)
	a := w.As("handler").Post("/complaints/new", append(everything, "do", "more")...)
	if a.Status != 200 || !strings.Contains(a.Body, `name="points[4]"`) || !strings.Contains(a.Body, "小刘") || !strings.Contains(a.Body, `name="respondents[2].unit"`) {
		t.Errorf("%d %s", a.Status, a.Text())
	}
	if got := ids(w.As("handler").Get("/desk").Body); len(got) != 0 {
		t.Error("a case was registered")
	}
}

// Beside the form: clocks, unit and the earlier case with its reasons.
func TestRegisterPreview(t *testing.T) {
	w := world(t)
	m := must{t, w}
	earlier := plain("王芳", narrative)
	earlier.Complainant.Policy = "P20250312"
	id := m.register("handler", earlier)
	b := w.As("handler")
	a := b.Post("/complaints/new/preview", everything...)
	for _, want := range []string{"TS20260331-000001", "同一电话", "同一保单", "内容相近", "2026-04-14", "2026-04-20", "答复来文机关", "北京分行", "不要多问"} {
		if !strings.Contains(a.Text(), want) {
			t.Errorf("preview lacks %q: %s", want, a.Text())
		}
	}
	if !strings.Contains(a.Body, `action="/complaints/`+id.String()+`/add-reference"`) || !strings.Contains(a.Body, `name="number" value="京金消转〔2026〕7号"`) {
		t.Error("the arrival cannot be added to the earlier case")
	}
	if a := b.Post("/complaints/new/preview", "channel", "phone", "amount", "五", "received_on", "soon"); a.Status != 200 || !strings.Contains(a.Text(), "2026-04-15") {
		t.Errorf("half a form: %d %s", a.Status, a.Text())
	}
	if a := w.As("shanghai").Post("/complaints/new/preview", everything...); strings.Contains(a.Text(), "TS20260331-000001") {
		t.Error("another branch sees the case")
	}
}

// A clerk registers a complaint about the own unit: it goes up, the clerk has the
// receipt and nothing more.
func TestReceiptOfARecusedClerk(t *testing.T) {
	w := world(t)
	b := w.As("chaoyang")
	a := b.Post("/complaints/new", "channel", "counter", "complainant.name", "冯梅", "narrative", "支行排队两小时，大堂经理不理人。", "respondents[0].unit", "北京分行 朝阳支行")
	if a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.Text())
	}
	if r := b.Get(a.Location()); r.Status != 200 || !strings.Contains(r.Text(), "北京分行最迟在") || strings.Contains(r.Text(), "大堂经理") {
		t.Errorf("receipt: %d %s", r.Status, r.Text())
	}
	if r := b.Get("/desk/preview/1"); r.Status != 403 {
		t.Errorf("the recused clerk reads the case: %d", r.Status)
	}
	if r := w.As("shanghai").Get(a.Location()); r.Status != 403 {
		t.Errorf("another branch has the receipt: %d", r.Status)
	}
}

func TestSearch(t *testing.T) {
	w := world(t)
	m := must{t, w}
	d := plain("王秀兰", narrative)
	d.Channel, d.SenderNumber, d.Complainant.Policy = "nfra", "京金消转〔2026〕7号", "P2025-0312"
	m.register("handler", d)
	m.register("shanghai", plain("何平", "上海分行多扣年费。"))
	b := w.As("handler")
	tests := []struct{ q, want, not string }{
		{"存款", "<mark>存款</mark>", "何"}, {"王秀兰", "卷内文字", ""}, {"13800001234", "电话", ""}, {"p20250312", "保单、卡号或合同号", ""}, {"分红险", "TS20260331-000001", ""},
		{"年费", "没有找到", "TS"}, {"<script>alert(1)</script>", "没有找到", "<script>alert"},
	}
	for _, tt := range tests {
		a := b.Get("/search?q=" + escape(tt.q))
		if a.Status != 200 || !strings.Contains(a.Body, tt.want) || tt.not != "" && strings.Contains(a.Body, tt.not) {
			t.Errorf("%s: %d %s", tt.q, a.Status, a.Text())
		}
	}
	for _, number := range []string{"TS20260331-000001", "京金消转〔2026〕7号"} {
		if a := b.Get("/search?q=" + escape(number)); a.Status != 303 || a.Location() != "/complaints/1" {
			t.Errorf("%s: %d %s", number, a.Status, a.Location())
		}
	}
	if a := b.Get("/search?q=TS20260331-000002"); a.Status != 200 || !strings.Contains(a.Text(), "没有找到") {
		t.Errorf("a number out of reach: %d", a.Status)
	}
}
