package document_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
)

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// grievance is a case with everything that any letter may say.
func grievance(t testing.TB) document.LetterData {
	return document.LetterData{
		LetterNumber: "安和银消函〔2026〕128号", Number: "TS-2026-000128", Institution: "安和银行股份有限公司东城支行", We: "行", Unit: "东城支行消费者权益保护岗",
		Signer: "安和银行股份有限公司东城支行", Complainant: "王小梅", Salutation: "女士", Contact: "李主任，010-65550100，北京市东城区示例大街1号",
		Footer: "安和银行客户服务与投诉热线：95500", Date: day(t, "2026-05-01"), Received: day(t, "2026-04-20"), Due: day(t, "2026-05-05"),
		Points: []document.Point{
			{Claim: "未经告知限制账户非柜面交易", Finding: "部分属实。经调阅系统记录，您尾号6217的账户于2026年4月16日因触发可疑交易监测规则被限制非柜面交易，限制前未向您发送短信提示", Basis: "《金融机构反洗钱规定》及我行《个人账户管理办法》第三十二条；您与我行签订的《个人银行结算账户管理协议》第八条", Reason: "账户在短时间内收到多笔异地转账并即时转出，符合可疑特征，采取限制措施有据；但未及时告知，服务确有不周，应当改进"},
			{Claim: "网点工作人员态度生硬、推诿", Finding: "属实。经回看4月18日营业大厅监控录像，当班人员未按首问负责要求为您联系后台部门", Basis: "我行《营业网点服务规范》第十二条", Reason: "当班人员的处理不符合首问负责的要求，您的意见成立"},
		},
		Decision: "一是自2026年4月28日起恢复您账户的非柜面交易功能；二是就告知不及时和服务不周向您诚挚道歉，并对当班人员进行批评教育",
		Redress:  "另向您退还限制期间临柜办理业务产生的手续费人民币36.00元，已于2026年4月29日存入您的账户",
		Branch:   true,
		Remedies: []document.Remedy{
			{Kind: document.Reexamination, Body: "安和银行股份有限公司北京分行", Address: "北京市西城区示例路8号", Phone: "010-66660100", Days: 30},
			{Kind: document.Mediation, Body: "北京市金融消费纠纷调解中心", Phone: "010-12345678"},
			{Kind: document.Arbitration}, {Kind: document.Litigation, Body: "北京市东城区人民法院"},
		},
		Grounds: "该投诉由他人以您的名义提出，未能提供您的授权委托书，经我行电话核实，您未曾授权他人代为投诉",
		Told:    "处理决定书已于2026年5月1日以邮寄方式（EMS 1234567890123）送达投诉人", Improvement: "我行已完善限制措施的短信提示功能，并组织全辖网点开展首问负责培训。",
		Reexamined: "安和银行股份有限公司东城支行",
		Extension:  document.Extension{From: day(t, "2026-05-05"), To: day(t, "2026-05-20"), Reason: "事项涉及多家网点和历史交易资料，情况复杂，需要进一步核实", Approver: "分行分管行长"},
		Excluded:   document.Exclusion{Kind: "调解", Reason: "您与我行均同意就争议事项进行调解", Body: "北京市金融消费纠纷调解中心", From: day(t, "2026-04-28")},
		Withdrawn:  day(t, "2026-04-25"), Regulator: "国家金融监督管理总局北京监管局", RegulatorWe: "局", RegulatorNumber: "京金监转〔2026〕0456号",
	}
}

// forTemplate fits the case to a letter: what is re-examined has no superior left.
func forTemplate(t testing.TB, id string) document.LetterData {
	d := grievance(t)
	switch id {
	case "re-examination":
		d.Remedies, d.Branch, d.Institution, d.Signer = d.Remedies[1:], false, "安和银行股份有限公司北京分行", "安和银行股份有限公司北京分行"
	case "decision":
	case "decision-reply", "regulator-answer":
		d.Opening, d.Options, d.Closing = "感谢您向我行反映问题，现将核查结果告诉您。", "您可以选择：一是由我们直接办理；二是到网点办理。", "如有不清楚的地方，请随时联系我们。"
		for i := range d.Points {
			p := &d.Points[i]
			p.Reply = "我们理解您的着急。经核实，" + p.Finding + "。依据" + p.Basis + "，" + p.Reason + "。"
		}
		if id == "regulator-answer" {
			d.Remedies = nil
		}
	case "review-opinion":
		d.Number, d.Review, d.Remedies = "SC20261012-000007", reviewed(), nil
	default:
		d.Remedies = nil
	}
	return d
}

func letterOf(t testing.TB, id string) document.Letter {
	t.Helper()
	tpl, ok := document.TemplateOf(id)
	if !ok {
		t.Fatalf("no template %s", id)
	}
	l, err := tpl.Render(forTemplate(t, id))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return l
}

func TestTemplatesGolden(t *testing.T) {
	want := 11
	if got := len(document.Templates()); got != want {
		t.Fatalf("%d templates, want %d", got, want)
	}
	for _, tpl := range document.Templates() {
		t.Run(tpl.ID, func(t *testing.T) {
			path := filepath.Join("testdata", tpl.ID+".txt")
			l := letterOf(t, tpl.ID)
			got := l.Text()
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(got, docxText(t, docx(t, l))); diff != "" {
				t.Errorf("DOCX: %s", diff)
			}
			data := pdfBytes(t, l)
			show(t, tpl.ID, data)
			for line := range strings.Lines(got) {
				if !strings.Contains(squeeze(pdfText(t, data)), squeeze(line)[:min(len(squeeze(line)), 30)]) {
					t.Errorf("PDF lacks %q", line)
				}
			}
		})
	}
}

func TestTemplateArticlesResolve(t *testing.T) {
	rules := regulation.Embedded().At(day(t, "2026-05-01"))
	for _, tpl := range document.Templates() {
		for _, a := range tpl.Articles {
			instrument, number, _ := strings.Cut(a, "#")
			if _, ok := rules.Article(instrument, number); !ok {
				t.Errorf("%s rests on %s, which does not exist", tpl.ID, a)
			}
		}
	}
}

// A decision carries what rule 2020-3 art. 19 asks for, point by point.
func TestDecisionSaysEverything(t *testing.T) {
	d := grievance(t)
	text := letterOf(t, "decision").Text()
	for _, p := range d.Points {
		for _, want := range []string{p.Claim, p.Finding, p.Basis, p.Reason} {
			if !strings.Contains(text, want) {
				t.Errorf("the letter does not say %q", want)
			}
		}
	}
	for _, want := range []string{"自收到本决定书之日起30日内", "北京市西城区示例路8号", "申请调解", "申请仲裁", "北京市东城区人民法院"} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter does not say %q", want)
		}
	}
}

func TestHeadOfficeOffersNoReexamination(t *testing.T) {
	tpl, _ := document.TemplateOf("decision")
	d := grievance(t)
	d.Branch = false
	if _, err := tpl.Render(d); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "总部作出的决定没有上级机构") {
		t.Errorf("got %v, want a refusal", err)
	}
	d.Remedies = d.Remedies[1:]
	l, err := tpl.Render(d)
	if err != nil || strings.Contains(l.Text(), "申请核查") {
		t.Errorf("letter %q, error %v", l.Text(), err)
	}
}

// Each letter refuses data that lacks what it must say.
func TestRenderRefuses(t *testing.T) {
	for _, test := range []struct {
		id, field string
		spoil     func(*document.LetterData)
	}{
		{"decision", "points[1].finding", func(d *document.LetterData) { d.Points[1].Finding = "" }},
		{"decision", "points[0].basis", func(d *document.LetterData) { d.Points[0].Basis = "" }},
		{"decision", "points[0].reason", func(d *document.LetterData) { d.Points[0].Reason = "" }},
		{"decision", "points", func(d *document.LetterData) { d.Points = nil }},
		{"decision", "decision", func(d *document.LetterData) { d.Decision = "" }},
		{"decision", "remedies", func(d *document.LetterData) { d.Remedies = nil }},
		{"decision", "remedies", func(d *document.LetterData) { d.Remedies = d.Remedies[1:] }},
		{"decision", "remedies[0].address", func(d *document.LetterData) { d.Remedies[0].Address = "" }},
		{"decision", "remedies[0].days", func(d *document.LetterData) { d.Remedies[0].Days = 0 }},
		{"decision", "complainant", func(d *document.LetterData) { d.Complainant = "" }},
		{"re-examination", "remedies[0]", func(d *document.LetterData) { d.Remedies[0].Kind = document.Reexamination }},
		{"extension", "extension.reason", func(d *document.LetterData) { d.Extension.Reason = "" }},
		{"extension", "extension.to", func(d *document.LetterData) { d.Extension.To = d.Extension.From }},
		{"not-handled", "grounds", func(d *document.LetterData) { d.Grounds = "" }},
		{"regulator-reply", "regulator_number", func(d *document.LetterData) { d.RegulatorNumber = "" }},
		{"exclusion", "excluded.kind", func(d *document.LetterData) { d.Excluded.Kind = "" }},
		{"withdrawal", "withdrawn", func(d *document.LetterData) { d.Withdrawn = 0 }},
		{"review-opinion", "number", func(d *document.LetterData) { d.Number = "" }},
		{"review-opinion", "review.facts", func(d *document.LetterData) { d.Review.Facts = nil }},
		{"review-opinion", "review.conclusion", func(d *document.LetterData) { d.Review.Conclusion = "" }},
		{"review-opinion", "review.opinions[1].text", func(d *document.LetterData) { d.Review.Opinions[1].Text = "" }},
		{"review-opinion", "review.outcome", func(d *document.LetterData) { d.Review.Outcome = "" }},
		{"review-opinion", "review.signatures", func(d *document.LetterData) { d.Review.Signatures = nil }},
		{"acknowledgement", "due", func(d *document.LetterData) { d.Due = 0 }},
		{"acknowledgement", "received", func(d *document.LetterData) { d.Received = 0 }},
	} {
		tpl, _ := document.TemplateOf(test.id)
		d := forTemplate(t, test.id)
		test.spoil(&d)
		_, err := tpl.Render(d)
		if !strings.Contains(violations(err), " "+test.field+" ") {
			t.Errorf("%s without %s: got %v", test.id, test.field, err)
		}
	}
}

// violations lists the fields that an error names.
func violations(err error) string {
	fields := " "
	if e, ok := err.(*fault.Error); ok {
		for _, v := range e.Violations {
			fields += v.Field + " "
		}
	}
	return fields
}

// Taking any required part out of any template keeps it from loading.
func TestTemplateWithoutRequiredPartDoesNotLoad(t *testing.T) {
	files, err := filepath.Glob("templates/*.toml")
	if err != nil || len(files) != 11 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(data), "[[block]]")
		removed := 0
		for i, b := range blocks[1:] {
			if !strings.Contains(b, "part = ") || strings.Contains(b, "kind = \"heading\"") {
				continue
			}
			removed++
			without := strings.Join(append(append([]string{}, blocks[:i+1]...), blocks[i+2:]...), "[[block]]")
			if _, err := document.ParseTemplate([]byte(without)); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s without block %d loads: %v%s", file, i, err, b)
			}
		}
		if removed < 3 {
			t.Errorf("%s has only %d parts", file, removed)
		}
	}
}

func TestParseTemplateRefuses(t *testing.T) {
	data, err := os.ReadFile("templates/decision.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, old, new string }{
		{"unknown field", "{{stop .Redress}}", "{{.Nothing}}"},
		{"unknown key", "version = 1", "version = 1\ncolour = \"red\""},
		{"function", "{{stop .Redress}}", "{{printf \"%s\" .Redress}}"},
		{"call", "{{stop .Redress}}", "{{call .Redress}}"},
		{"range", "{{stop .Redress}}", "{{range .Points}}{{.Claim}}{{end}}"},
		{"definition", "{{stop .Redress}}", "{{define \"x\"}}{{end}}"},
		{"no version", "version = 1", "version = 0"},
		{"no article", `articles = ["nfra-2020-3#18", "nfra-2020-3#19", "nfra-2020-3#20"]`, "articles = []"},
		{"no words for litigation", "litigation = ", "lawsuit = "},
		{"conditional verification", "each = \"points\"\ntext = \"处理依据", "each = \"points\"\nwhen = \".Redress\"\ntext = \"处理依据"},
		{"finding not printed", "{{stop .Point.Finding}}", "{{stop .Point.Reason}}"},
		{"unknown kind", `id = "decision"`, `id = "greeting"`},
		{"broken", "[[block]]", "[[block"},
	} {
		bad := strings.Replace(string(data), test.old, test.new, 1)
		if bad == string(data) {
			t.Fatalf("%s changes nothing", test.name)
		}
		if _, err := document.ParseTemplate([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: loads with error %v", test.name, err)
		}
	}
}

func FuzzParseTemplate(f *testing.F) {
	data, err := os.ReadFile("templates/extension.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := document.ParseTemplate(data); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
}
