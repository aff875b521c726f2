package check

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
)

var october = calendar.Of(2026, 10, 20)

// paged is a text of lines, one block each; "\f" begins a new page.
func paged(kind, s string) Material {
	m := Material{Kind: kind, AsOf: october}
	for i, page := range strings.Split(s, "\f") {
		for line := range strings.SplitSeq(page, "\n") {
			m.put(Block{Kind: "paragraph", Page: i + 1}, line)
		}
	}
	return m
}

// put appends a block with its text.
func (m *Material) put(b Block, s string) {
	if m.Text != "" {
		m.Text += "\n"
	}
	b.Start, b.End = len(m.Text), len(m.Text)+len(s)
	m.Text += s
	m.Blocks = append(m.Blocks, b)
}

// found are the sorts found with their quotes, "sort:quote".
func found(m Material, only ...string) []string {
	var out []string
	for _, f := range Run(m) {
		if id := strings.TrimPrefix(f.Rule, "check."); len(only) == 0 || slices.Contains(only, id) {
			out = append(out, id+":"+f.Quote)
		}
	}
	return out
}

type row struct {
	name, text string
	want       []string
}

func tryRows(t *testing.T, kind string, rows []row, only ...string) {
	t.Helper()
	for _, r := range rows {
		if got := found(paged(kind, r.text), only...); !slices.Equal(got, r.want) {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}

func TestBenefitAlone(t *testing.T) {
	far := strings.Repeat("网点地址与营业时间请见下方表格。\n", 8)
	tryRows(t, "marketing.poster", []row{
		{"no warning", "业绩比较基准3.2%\n详询网点", []string{"benefit-alone:业绩比较基准3.2%"}},
		{"strong words need no figure", "稳健增值，惠及全家", []string{"benefit-alone:稳健增值，惠及全家"}},
		{"warning far below", "年化2.8%\n" + far + "产品有风险", []string{"benefit-alone:年化2.8%"}},
		{"warning on another page", "年化2.8%\f产品有风险，投资须谨慎", []string{"benefit-alone:年化2.8%"}},
		{"each claim needs its own", "年化2.8%，产品有风险\n" + far + far + "收益高达4%", []string{"benefit-alone:收益高达4%"}},
		{"warning in the line", "年化2.8%，产品有风险", nil},
		{"warning in the next line", "年化2.8%\n产品有风险", nil},
		{"disclaimer counts", "成立以来年化3%（过往业绩不代表未来表现）", nil},
		{"word without a figure", "收益请见产品说明书", nil},
		{"cost of a loan", "贷款年化利率3.6%起", nil},
		{"figure of another kind", "业绩比较基准每年公布2次", nil},
	}, "benefit-alone")
	m := paged("marketing.poster", "年化利率2%")
	m.Line = "deposit"
	if got := found(m, "benefit-alone"); got != nil {
		t.Errorf("a deposit needs no risk warning: %q", got)
	}
	m = paged("marketing.poster", "年化2.8%")
	m.put(Block{Kind: "comment", Page: 1}, "产品有风险")
	if got := found(m, "benefit-alone"); len(got) != 1 {
		t.Errorf("a comment warned the consumer: %q", got)
	}
}

func TestType(t *testing.T) {
	set := func(risk, claim Block) Material {
		m := Material{Kind: "marketing.poster", Line: "wealth"}
		m.put(claim, "年化收益率3.2%")
		m.put(risk, "产品有风险，投资须谨慎")
		return m
	}
	for _, tt := range []struct {
		name        string
		risk, claim Block
		want        []string
	}{
		{"small", Block{Kind: "line", Size: 8}, Block{Kind: "line", Size: 36}, []string{"risk-small:有风险"}},
		{"large enough", Block{Kind: "line", Size: 16}, Block{Kind: "line", Size: 36}, nil},
		{"sizes unknown", Block{Kind: "line"}, Block{Kind: "line", Size: 36}, nil},
		{"other pages", Block{Kind: "line", Page: 2, Size: 8}, Block{Kind: "line", Page: 1, Size: 36}, nil},
		{"faint", Block{Kind: "line", Faint: true}, Block{Kind: "line"}, []string{"risk-faint:有风险"}},
		{"all faint", Block{Kind: "line", Faint: true}, Block{Kind: "line", Faint: true}, nil},
		{"footnote", Block{Kind: "footnote"}, Block{Kind: "paragraph"}, []string{"risk-footnote:有风险"}},
		{"footer", Block{Kind: "footer"}, Block{Kind: "paragraph"}, []string{"risk-footnote:有风险"}},
		{"both in the footnote", Block{Kind: "footnote"}, Block{Kind: "footnote"}, nil},
	} {
		if got := found(set(tt.risk, tt.claim), "risk-small", "risk-faint", "risk-footnote"); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Beside a warning of unknown size none can be called small: the unknown one may be
// the large one.
func TestTypeUnknown(t *testing.T) {
	m := Material{Kind: "marketing.poster", Line: "wealth"}
	m.put(Block{Kind: "line", Size: 36}, "年化收益率3.2%")
	m.put(Block{Kind: "line", Size: 8}, "产品有风险，投资须谨慎")
	if got, want := found(m, "risk-small"), []string{"risk-small:有风险"}; !slices.Equal(got, want) {
		t.Errorf("known: %q, want %q", got, want)
	}
	m.put(Block{Kind: "line"}, "产品有风险，投资须谨慎")
	if got := found(m, "risk-small"); got != nil {
		t.Errorf("unknown: %q, want none", got)
	}
}

func TestElderlyType(t *testing.T) {
	m := Material{Kind: "marketing.poster", Form: map[string]string{"audience": "65岁以上存量客户"}}
	m.put(Block{Kind: "header", Size: 6}, "某某银行")
	m.put(Block{Kind: "paragraph", Size: 14}, "到网点有人帮您办")
	if got := found(m, "small-type"); got != nil {
		t.Errorf("%q", got)
	}
	m.put(Block{Kind: "paragraph", Size: 9}, "风险揭示见第二页")
	if got := found(m, "small-type"); !slices.Equal(got, []string{"small-type:风险揭示见第二页"}) {
		t.Errorf("%q", got)
	}
	m.Form["audience"] = "年轻客户"
	if got := found(m, "small-type"); got != nil {
		t.Errorf("young readers: %q", got)
	}
}

func TestFigures(t *testing.T) {
	tryRows(t, "contract", []row{
		{"rate twice", "年化利率3.6%。\n还款说明：年化利率为4.8%。", []string{"numbers-differ:年化利率为4.8%"}},
		{"fee and phone", "年费：100元\n客服热线：95588\n年费120元\n客服电话95599\n客服热线 95599", []string{"numbers-differ:年费120元", "numbers-differ:客服电话95599"}},
		{"phones for other matters", "客服电话95588，投诉电话：400-810-1234", nil},
		{"before the name", "1万元起购\n5万元起购", []string{"numbers-differ:5万元起购"}},
		{"written otherwise", "等待期九十天。等待期为90天", nil},
		{"same", "年化利率3.60%，年化利率3.6%", nil},
		{"term", "贷款期限12个月。贷款期限：24个月", []string{"numbers-differ:贷款期限：24个月"}},
		{"other unit", "贷款期限1年，贷款期限12个月", nil},
		{"different bearers", "首套年化利率3.1%，二套年化利率3.5%", nil},
		{"old and new", "原年费100元，现年费80元", nil},
		{"bounds", "年化利率最低3.1%。年化利率最高18%", nil},
		{"range", "年化利率3.1%-18%。年化利率3.6%", nil},
		{"tiers", "管理费0.1%\n管理费0.2%\n管理费0.3%\n管理费0.4%", nil},
		{"a name without a value", "年化利率以合同为准。年化利率3.6%", nil},
		{"too far", "年化利率由双方另行协商确定并写明，违约金3%", nil},
	}, "numbers-differ")
	m := paged("contract", "")
	m.put(Block{Kind: "cell"}, "年化利率3.1%")
	m.put(Block{Kind: "cell"}, "年化利率3.5%")
	if got := found(m, "numbers-differ"); got != nil {
		t.Errorf("cells of a table: %q", got)
	}
}

func TestFormAgainstText(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		form       map[string]string
		want       []string
	}{
		{"rate", "年化利率4.8%", map[string]string{"rate": "3.6"}, []string{"form-differs:年化利率4.8%"}},
		{"rate equal", "年化利率3.60%", map[string]string{"rate": "3.6"}, nil},
		{"rate in the range", "年化利率3%-18%", map[string]string{"rate": "3.6"}, nil},
		{"no rate said", "利率以合同为准", map[string]string{"rate": "3.6"}, nil},
		{"fee", "自下月起每笔收取8元", map[string]string{"new_fee": "每笔5元"}, []string{"form-differs:"}},
		{"fee equal", "自下月起每笔收取五元", map[string]string{"new_fee": "每笔5元"}, nil},
		{"grade", "风险等级：R3", map[string]string{"risk_grade": "R2"}, []string{"form-differs:R3"}},
		{"grade equal", "风险等级：R2，高于R1", map[string]string{"risk_grade": "R2"}, nil},
		{"grade is no model", "奔驰R350用户专享", map[string]string{"risk_grade": "R2"}, nil},
		{"renewal", "到期自动续费", map[string]string{"auto_renewal": "no"}, []string{"form-differs:自动续费"}},
		{"renewal denied", "到期不自动续费", map[string]string{"auto_renewal": "no"}, nil},
		{"renewal said", "到期自动续费", map[string]string{"auto_renewal": "yes"}, nil},
		{"data", "我们收集您的个人信息", map[string]string{"personal_data": "no"}, []string{"form-differs:个人信息"}},
		{"issuer", "稳享理财", map[string]string{"issuer": "某某理财有限责任公司"}, []string{"issuer-missing:"}},
		{"issuer short", "某某理财 发行", map[string]string{"issuer": "某某理财有限责任公司"}, nil},
		{"department", "稳享理财", map[string]string{"issuer": "某某银行财富管理部"}, nil},
	} {
		m := paged("marketing.poster", tt.text)
		m.Form = tt.form
		if got := found(m, "form-differs", "issuer-missing"); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestOthers(t *testing.T) {
	m := paged("marketing.poster", "业绩比较基准3.2%\n起购金额1万元\n固定管理费0.2%")
	m.Others = []Other{{Title: "稳享理财折页", Number: "消审〔2026〕3号", Text: "业绩比较基准3.5%，起购金额10000元"}}
	got := Run(m)
	var why []string
	for _, f := range got {
		if f.Rule == "check.other-differs" {
			why = append(why, f.Quote+" "+f.Why)
		}
	}
	want := "业绩比较基准3.2% “业绩比较基准”这里是 3.2%，已通过的《稳享理财折页》（消审〔2026〕3号）写的是 3.5%。"
	if len(why) != 1 || why[0] != want {
		t.Errorf("%q, want %q", why, want)
	}
	m.Others[0].Text = "业绩比较基准3.2%\xff"
	if got := found(m, "other-differs"); got != nil {
		t.Errorf("a broken text: %q", got)
	}
}

func TestWords(t *testing.T) {
	tryRows(t, "marketing.web", []row{
		{"unexplained once", "净值型产品。净值型理财", []string{"jargon:净值型"}},
		{"explained later", "业绩比较基准见下。业绩比较基准（参考收益，不是承诺）", nil},
		{"defined", "犹豫期是指可以全额退保的头几天", nil},
		{"house word", "本产品可能敲入", []string{"jargon:敲入"}},
		{"plain", "钱可以随时取", nil},
	}, "jargon")
	hard := "鉴于上述事项均系项下约定且尚未予以处理，" + strings.Repeat("该等条款之规定亦应予遵照执行，", 8) + "特此约定。"
	if got := found(paged("marketing.web", "短句。\n"+hard), "hard-to-read"); len(got) != 1 || !strings.HasPrefix(got[0], "hard-to-read:鉴于上述") {
		t.Errorf("%q", got)
	}
	tryRows(t, "marketing.web", []row{
		{"easy", strings.Repeat("钱退给您。三天到账。有事打电话。", 10), nil},
		{"too short to judge", "鉴于上述事项均系项下约定", nil},
	}, "hard-to-read")
	if got := found(paged("partner", hard), "hard-to-read"); got != nil {
		t.Errorf("no threshold for the kind: %q", got)
	}
}

func TestBoxes(t *testing.T) {
	tryRows(t, "marketing.web", []row{
		{"ticked consent", "☑ 我已阅读并同意《服务协议》 □ 接收短信", []string{"ticked:☑ 我已阅读并同意《服务协议》"}},
		{"tick before consent", "√本人授权贵行查询征信", []string{"ticked:√本人授权贵行查询征信"}},
		{"empty box", "□ 同意  ☐ 我已阅读", nil},
		{"a list", "☑ 免年费\n✔ 一键开通\n√ 全国通用", nil},
		{"consent on the next line", "√ 免年费\n同意请签名", nil},
	}, "ticked")
	m := paged("marketing.web", "贷款申请")
	m.put(Block{Kind: "attribute"}, "默认勾选：开通账户安全险")
	m.put(Block{Kind: "attribute"}, "默认勾选：男")
	m.put(Block{Kind: "paragraph"}, "不得默认勾选：同意")
	if got := found(m, "ticked"); !slices.Equal(got, []string{"ticked:默认勾选：开通账户安全险"}) {
		t.Errorf("%q", got)
	}
}

func TestDates(t *testing.T) {
	tryRows(t, "marketing.web", []row{
		{"impossible", "活动至2026年11月31日", []string{"date-impossible:2026年11月31日"}},
		{"weekday", "2026年10月21日（星期五）抽奖", []string{"date-weekday:2026年10月21日（星期五"}},
		{"order", "自2026年12月1日至2026年11月1日", []string{"date-order:2026年12月1日至2026年11月1日"}},
		{"past", "活动时间：2026年8月1日至2026年9月30日", []string{"date-past:活动时间：2026年8月1日至2026年9月30日"}},
		{"past without a year", "活动时间：2026年8月1日—9月30日", []string{"date-past:活动时间：2026年8月1日—9月30日"}},
		{"still running", "活动时间：2026年10月1日至12月31日", nil},
		{"over the year", "自2026年12月1日至2027年2月28日", nil},
		{"a fraction", "比例3.99-12.45，版本2.13.1", nil},
		{"founded", "本行成立于1998年8月1日，活动即日起", nil},
		{"since", "有效期自2026年8月1日起", nil},
		{"data", "数据截止2026年6月30日", nil},
		{"right weekday", "2026年10月21日（星期三）", nil},
	}, "date-impossible", "date-weekday", "date-order", "date-past")
	m := paged("marketing.poster", "有效期至2026年11月30日")
	m.Form = map[string]string{"publish_until": "2026-12-31"}
	if got := found(m, "date-beyond", "date-past"); !slices.Equal(got, []string{"date-beyond:有效期至2026年11月30日"}) {
		t.Errorf("%q", got)
	}
	m.Form["publish_until"] = "2026-11-30"
	if got := found(m, "date-beyond", "date-past"); got != nil {
		t.Errorf("%q", got)
	}
}

func TestChannels(t *testing.T) {
	tryRows(t, "marketing.sms", []row{
		{"no sender", "新客理财上线，拒收请回复R", []string{"sms-sender:"}},
		{"sender first", "【某某银行】新客理财上线", nil},
		{"sender last", "新客理财上线【某某银行】", nil},
		{"several", "【某某银行】一\n【某某银行】二", nil},
		{"empty", "", nil},
	}, "sms-sender", "sms-long")
	if got := found(paged("marketing.sms", "【某某银行】"+strings.Repeat("优惠", 110)), "sms-long"); len(got) != 1 {
		t.Errorf("%q", got)
	}
	tryRows(t, "marketing.poster", []row{
		{"offer without end", "消费满减，限时立减50元", []string{"validity-missing:满减"}},
		{"offer with a period", "活动时间：2026年10月1日至12月31日，立减50元", nil},
		{"offer with a day", "10月28日到店立减50元", nil},
		{"no offer", "网点地址，营业活动照常", nil},
	}, "validity-missing")
}

func TestMarks(t *testing.T) {
	tryRows(t, "marketing.web", []row{
		{"unexplained", "年化利率低至3.1%*起\n详询网点", []string{"mark-unexplained:年化利率低至3.1%*"}},
		{"explained below", "年化利率低至3.1%*起\n*以实际审批为准", nil},
		{"explained in the line", "费率一折*。*活动细则见网点", nil},
		{"wide mark", "免年费＊，终身有效\n* 注：首年", nil},
		{"masked", "卡号6222****1234，李*明，138*****678", nil},
		{"product", "面积3*4米，长*宽", nil},
		{"mark-up", "**重要提示** 请阅读", nil},
	}, "mark-unexplained")
}

// Each sort is used by a test row above or says why; all cite articles that exist.
func TestData(t *testing.T) {
	day := regulation.Embedded().At(october)
	for _, s := range Sorts() {
		for _, ref := range s.Cite {
			id, number, _ := strings.Cut(ref, " ")
			if a, ok := day.Article(id, number); !ok || a.Grade == regulation.GradeC {
				t.Errorf("%s cites %s: %v %+v", s.ID, ref, ok, a)
			}
		}
		for _, k := range s.Kinds {
			if !slices.ContainsFunc(review.MaterialKinds(), func(m review.Kind) bool { return under(m.ID, []string{k}) }) {
				t.Errorf("%s: there is no kind %s", s.ID, k)
			}
		}
	}
	for _, src := range []string{"odd = 1", "edition = 3", "[[check]]\nid = \"x\"", "edition = \"1\""} {
		if _, err := parse(src); err == nil {
			t.Errorf("%q was taken", src)
		}
	}
	if Edition() != "check@2026.1" {
		t.Error(Edition())
	}
}

// A finding says everything a reviewer needs, and what was in force on the day.
func TestFindingIsComplete(t *testing.T) {
	m := paged("marketing.poster", "封面\f业绩比较基准3.2%，收益可观")
	m.Blocks[1].Place = "第 2 页"
	fs := Run(m)
	if len(fs) == 0 {
		t.Fatal("nothing found")
	}
	f := fs[slices.IndexFunc(fs, func(f review.Finding) bool { return f.Rule == "check.benefit-alone" })]
	if f.Pack != "check" || f.Severity != review.Error || f.Page != 2 || f.Place != "第 2 页" || f.Advice == "" || f.Source != "CP-44" || f.Grade != "A" || len(f.Cites) != 2 || strings.Contains(f.Why, "{") {
		t.Errorf("%+v", f)
	}
	m.AsOf = calendar.Of(2022, 12, 31)
	for _, f := range Run(m) {
		for _, c := range f.Cites {
			if c.Instrument == "nfra-2022-9" {
				t.Errorf("%s cites a rule that is not yet in force", f.Rule)
			}
		}
	}
}
