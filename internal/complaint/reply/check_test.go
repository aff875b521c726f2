package reply_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/text/rule"
)

// A letter composed of good findings has nothing to warn of.
func TestComposedLetterIsClean(t *testing.T) {
	r, f := good(t)
	if got := kinds(check(t, r, f), rule.Warn); got != nil {
		for _, x := range check(t, r, f) {
			t.Log(x.Severity, x.Kind, x.Rule, x.Text)
		}
		t.Errorf("found %v in\n%s", got, reply.Whole(r))
	}
}

// Each defect is found, and nothing but it.
func TestFindings(t *testing.T) {
	type change func(*complaint.Reply, *reply.Facts)
	decide := func(text string) change { return func(r *complaint.Reply, _ *reply.Facts) { r.Decision = text } }
	more := func(text string) change { return func(r *complaint.Reply, _ *reply.Facts) { r.Closing += text } }
	answer := func(n int, text string) change {
		return func(r *complaint.Reply, _ *reply.Facts) {
			for i := range r.Answers {
				if r.Answers[i].Point == n {
					r.Answers[i].Text = text
				}
			}
		}
	}
	for _, test := range []struct {
		name   string
		change change
		least  rule.Severity
		want   []string
	}{
		{"an allegation is left out", answer(2, ""), rule.Warn, []string{"unanswered@2"}},
		{"no decision", decide(" "), rule.Error, []string{"no_decision"}},
		{"no verification, basis, reason", answer(2, "您说的第二件事我们不支持。请您多多包涵，谢谢您对我们工作的支持和理解，祝您生活愉快，万事如意。"), rule.Error, []string{"no_verification@2", "no_basis@2", "no_reason@2"}},
		{"other point's words", answer(2, "我们理解。系统日志显示限额由监测程序自动设置，短信平台没有对应的发送记录，没有任何通知。依据《个人账户服务协议》第六条，因此未告知。"), rule.Warn, []string{"other_point@2"}},
		{"same reasons twice", func(r *complaint.Reply, f *reply.Facts) {
			r.Answers[1].Text = r.Answers[0].Text
		}, rule.Warn, []string{"other_point@2", "copied_within@2"}},
		{"copied from another letter", func(r *complaint.Reply, f *reply.Facts) {
			f.Recent = []reply.Recent{{Number: "TS20260101-000003", Text: r.Answers[0].Text}}
		}, rule.Warn, []string{"copied_letter@1"}},
		{"no re-examination named", func(_ *complaint.Reply, f *reply.Facts) { f.Remedies = "调解。仲裁。诉讼。" }, rule.Warn, []string{"no_remedy"}},
		{"no mediation named", func(_ *complaint.Reply, f *reply.Facts) { f.Remedies = "核查。仲裁。诉讼。" }, rule.Warn, []string{"no_remedy"}},
		{"head office needs no re-examination", func(_ *complaint.Reply, f *reply.Facts) { f.Branch, f.Remedies = false, "调解。仲裁。诉讼。" }, rule.Warn, nil},
		{"head office offers it", func(r *complaint.Reply, f *reply.Facts) {
			f.Branch, r.Closing = false, r.Closing+"您可以在30日内申请核查。"
		}, rule.Warn, []string{"remedy_head_office"}},
		{"wrong days", more("您可以自收到之日起六十日内申请核查。"), rule.Warn, []string{"remedy_days"}},
		{"right days", more("您可以自收到之日起三十日内申请核查。"), rule.Warn, nil},
		{"working days", more("您可以自收到之日起30个工作日内申请核查。"), rule.Warn, []string{"remedy_days"}},
		{"no such article", more("依据《银行业保险业消费投诉处理管理办法》第九十九条。"), rule.Warn, []string{"citation_article"}},
		{"second article of a list", more("依据《银行业保险业消费投诉处理管理办法》第十八条、第八十条。"), rule.Warn, []string{"citation_article"}},
		{"article exists", more("依据《银行业保险业消费投诉处理管理办法》第十八条、第十九条第二款。"), rule.Warn, nil},
		{"unknown instrument", more("依据《银行客户优待办法》第三条。"), rule.Warn, []string{"citation_unknown"}},
		{"a contract is no instrument", more("见《信用卡领用合约》第三条和《委外催收管理办法》。"), rule.Warn, nil},
		{"not yet in force", func(r *complaint.Reply, f *reply.Facts) {
			f.Today, f.Case.ReceivedOn, f.Case.References = day("2025-12-10"), day("2025-12-02"), nil
			*r = reply.Compose(*f, "")
			r.Closing += "依据《金融机构产品适当性管理办法》第七条。"
		}, rule.Warn, []string{"citation_not_in_force"}},
		{"30 February", more("我们于2026年2月30日前办好。"), rule.Warn, []string{"date_impossible"}},
		{"no year", more("2月30日前办好，4月31日回访。"), rule.Warn, []string{"date_impossible"}},
		{"wrong weekday", more("请于2026年3月12日（星期五）到网点。"), rule.Warn, []string{"date_weekday"}},
		{"right weekday", more("请于2026年3月12日（周四）到网点。"), rule.Warn, nil},
		{"wrong receipt", more("我行于2026年3月5日收到您的投诉。"), rule.Warn, []string{"date_receipt"}},
		{"wrong due", more("办理期限为2026年3月20日。"), rule.Warn, []string{"date_due"}},
		{"done tomorrow", more("款项已于2026年3月11日退还。"), rule.Warn, []string{"date_future"}},
		{"before the receipt", more("我行于2026年2月1日核查了录像。"), rule.Warn, []string{"date_before"}},
		{"redress unsaid", decide("对您的诉求部分支持，恢复额度，致歉。"), rule.Error, []string{"redress_unsaid"}},
		{"redress without its sum", decide("对您的诉求部分支持，恢复每日五万元额度，补偿您往返交通费，致歉。"), rule.Error, []string{"redress_unsaid"}},
		{"redress in words", decide("对您的诉求部分支持，恢复每日五万元额度，补偿二百元，致歉。"), rule.Error, nil},
		{"redress that the letter prints", func(r *complaint.Reply, f *reply.Facts) {
			decide("对您的诉求部分支持，致歉。")(r, f)
			f.PrintsRedress = true
		}, rule.Error, nil},
		{"a phone in full width", more("经办人电话１３９　０００　０５６７８。"), rule.Warn, []string{"personal_number"}},
		{"another sum", decide("对您的诉求部分支持，向您补偿300元，致歉。"), rule.Warn, []string{"amount_differs", "redress_unsaid"}},
		{"the sum in words", decide("对您的诉求部分支持，向您补偿二百元，致歉。"), rule.Warn, nil},
		{"a sum nobody approved", func(r *complaint.Reply, f *reply.Facts) {
			f.Case.Redress, r.Decision = nil, "部分支持，退还三百元，向您致歉。"
		}, rule.Warn, []string{"amount_unapproved"}},
		{"a sum that is not paid", decide("部分支持，向您补偿200元；您要求赔偿5000元，不予支持。致歉。"), rule.Warn, nil},
		{"somebody else's phone", more("经办人电话13900005678。"), rule.Warn, []string{"personal_number"}},
		{"the reader's phone", more("我们会拨打您的电话13800001234。"), rule.Warn, nil},
		{"an identity card", more("该客户证件号11010519491231002X。"), rule.Warn, []string{"personal_number"}},
		{"somebody else's name", more("柜员张秀英，已接受教育。"), rule.Warn, []string{"personal_name"}},
		{"wrong name", func(r *complaint.Reply, _ *reply.Facts) { r.Opening = "尊敬的王女士：" + r.Opening }, rule.Warn, []string{"wrong_name"}},
		{"wrong salutation", func(r *complaint.Reply, _ *reply.Facts) { r.Opening = "尊敬的周先生：" + r.Opening }, rule.Warn, []string{"wrong_salutation"}},
		{"right name", func(r *complaint.Reply, _ *reply.Facts) { r.Opening = "尊敬的周桂兰女士：" + r.Opening }, rule.Warn, nil},
		{"wrong we", more("我公司感谢您。"), rule.Warn, []string{"wrong_institution"}},
		{"no options", func(r *complaint.Reply, _ *reply.Facts) { r.Options = "" }, rule.Warn, []string{"no_options"}},
		{"a blank", more("【办理日期】前办好。"), rule.Warn, []string{"placeholder"}},
		{"a forbidden phrase", more("这是系统自动设置的，我们也没办法。"), rule.Error, []string{"reply-language.helpless"}},
		{"a condition", more("请您先撤诉。"), rule.Error, []string{"reply-language.withdraw"}},
	} {
		r, f := good(t)
		test.change(&r, &f)
		if diff := cmp.Diff(test.want, kinds(check(t, r, f), test.least)); diff != "" {
			t.Errorf("%s (- want, + got):\n%s%s", test.name, diff, reply.Whole(r))
		}
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	_, f := good(t)
	for _, test := range []struct {
		text string
		want string
	}{{strings.Repeat("长", 17_500_000), "超过"}, {"坏\xff字", "无法识别"}} {
		_, err := checker().Check(complaint.Reply{Decision: test.text}, f)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d bytes: %v, want %q", len(test.text), err, test.want)
		}
	}
}

// What a click mends is gone afterwards, and no error has come in its place.
func TestMends(t *testing.T) {
	r, f := good(t)
	r.Answers[0].Text = "您说的第一件事我们知道了，谢谢您对我们工作的支持和理解，祝您生活愉快，万事如意，请您多多包涵。"
	r.Answers[1].Text, r.Options = "", ""
	r.Opening = "尊敬的王女士：我行于2026年3月5日收到您的投诉。办理期限为2026年3月20日。我公司感谢您。"
	r.Decision = "补偿300元。你可以在2026年3月12日（星期五）办理。"
	r.Closing = "您可以在六十日内申请核查。经办人13900005678。不好意思。"
	mended := 0
	for {
		found := check(t, r, f)
		i := 0
		for i < len(found) && found[i].Mend == nil {
			i++
		}
		if i == len(found) {
			if got := kinds(found, rule.Error); got != nil {
				t.Errorf("left: %v\n%s", got, reply.Whole(r))
			}
			break
		}
		after, ok := reply.Apply(r, found[i])
		for _, x := range check(t, after, f) {
			if !ok || x.ID == found[i].ID {
				t.Fatalf("%s is not mended: %+v\n%s", found[i].Kind, found[i].Mend, reply.Whole(after))
			}
		}
		r = after
		if mended++; mended > 40 {
			t.Fatal("no end of mends")
		}
	}
	if mended < 12 {
		t.Errorf("%d mends, want at least 12", mended)
	}
}

func TestStopping(t *testing.T) {
	r, f := good(t)
	r.Closing += "请您先撤诉。"
	r.Options = ""
	found := check(t, r, f)
	ids := func(list []reply.Finding) (out []string) {
		for _, x := range list {
			out = append(out, x.ID)
		}
		return out
	}
	stop, let := reply.Stopping(found, "error", f.Case)
	if len(stop) != 1 || len(let) != 0 {
		t.Fatalf("stopped by %v, let %v", ids(stop), let)
	}
	if all, _ := reply.Stopping(found, "warn", f.Case); len(all) != 2 {
		t.Errorf("warnings too: %v", ids(all))
	}
	if none, _ := reply.Stopping(found, "never", f.Case); none != nil {
		t.Errorf("never: %v", ids(none))
	}
	f.Case.Overrides = []complaint.Override{{Findings: ids(stop), Why: "引用来信", By: "person/lead"}}
	stop, let = reply.Stopping(found, "error", f.Case)
	if len(stop) != 0 || len(let) != 1 || let[0].By != "person/lead" || !strings.Contains(let[0].Says, "结尾") {
		t.Errorf("overridden: %v %+v", ids(stop), let)
	}
	r.Closing = "先撤诉。" // other words: the override does not reach them
	again := check(t, r, f)
	if stop, _ := reply.Stopping(again, "error", f.Case); len(stop) != 0 && stop[0].Quote != "先撤诉" {
		t.Errorf("stopped by %+v", stop)
	}
}
