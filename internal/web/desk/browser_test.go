package desk_test

import (
	"context"
	"strings"
	"testing"
)

// A call comes in: the clerk registers it with name and story, reads the promise
// out, and finds the case on the desk; a colleague gets it with the keyboard.
func TestRegisterInTheBrowser(t *testing.T) {
	w := world(t)
	m := must{t, w}
	earlier := plain("王秀兰", narrative)
	m.register("handler", earlier)
	p := page(t, w, "handler", "zh")
	p.Open("/desk")
	p.Press("n")
	p.WaitFor("发生了什么")
	p.Press("王秀兰") // the name has the focus
	p.Fill("complainant.phone", "138 0000 1234")
	p.WaitFor("可能是同一件事")
	p.Want("同一电话", "2026-04-15")
	p.Fill("channel", "nfra")
	p.WaitFor("答复来文机关")
	p.Fill("sender_number", "京金消转〔2026〕7号")
	p.Fill("points[0]", "把保险说成存款")
	p.Click("再加几行")
	p.WaitFor("争议点")
	if p.Count("#points input") != 4 {
		t.Errorf("%d lines", p.Count("#points input"))
	}
	p.Fill("points[1]", "代消费者勾选合同")
	p.Fill("narrative", "柜台说是存款，到期才知道是保险，要求退还全部本金。")
	p.ClickOn(".register-foot .btn-primary")
	p.Want("TS20260331-000002", "告诉消费者", "最迟在 2026-04-15", "答复来文机关")
	p.Axe()
	p.Size(1720, 900) // the preview stands beside the list where there is room
	p.Open("/desk")
	p.Want("TS20260331-000002")
	p.Press("j")
	p.WaitFor("代消费者勾选合同")
	p.Press("x")
	p.WaitFor("已选 1")
	p.Press("a")
	p.WaitFor("批量分派")
	p.Fill("person", "chaoyang")
	p.Click("预览")
	p.Want("将转给 孙朝")
	p.Click("分派 1 件")
	p.Want("等待 孙朝 接收")
	p.Axe()
}

// The same grievance by another way becomes a further reference of the case that
// is there, with what the form knows of the arrival.
func TestAddReferenceFromTheForm(t *testing.T) {
	w := world(t)
	m := must{t, w}
	id := m.register("handler", plain("王秀兰", narrative))
	p := page(t, w, "handler", "zh")
	p.Open("/complaints/new?channel=hotline_12345")
	p.Fill("sender_number", "12345-20260331-9")
	p.Fill("complainant.phone", "13800001234")
	p.WaitFor("可能是同一件事")
	p.Click("并入：增加一次来文")
	p.WaitFor("TS20260331-000001")
	c, err := w.App.Case(context.Background(), w.Actor("handler"), id)
	if m.ok(err); len(c.Case.References) != 2 || c.Case.References[1].Channel != "hotline_12345" || c.Case.References[1].Number != "12345-20260331-9" {
		t.Errorf("references %+v", c.Case.References)
	}
	p.Open("/search?q=12345-20260331-9")
	if p.URL() != "/complaints/1" {
		t.Errorf("the sender's number leads to %s", p.URL())
	}
}

// Approvals go by the keyboard: a grants, r opens the reason.
func TestApproveInTheBrowser(t *testing.T) {
	w := world(t)
	m := must{t, w}
	m.waiting()
	p := page(t, w, "office", "zh")
	p.Open("/approvals")
	p.Press("ja")
	p.WaitFor("已批准")
	p.Want("3 件待审批")
	p.Press("jr")
	p.WaitFor("退回原因")
	p.Fill("why", "请补充双录材料")
	p.ClickOn("details[open] .btn-danger")
	p.WaitFor("已退回")
	p.Want("2 件待审批")
}

// No page has a serious barrier, in either language, light or dark, wide or narrow.
func TestPagesHaveNoBarriers(t *testing.T) {
	w, _ := full(t)
	for i, path := range []string{"/desk?tab=all&unit=0101", "/complaints", "/complaints?closed=1", "/complaints/new?channel=nfra", "/complaints/3/receipt", "/search?q=存款", "/approvals"} {
		p := page(t, w, "office", []string{"zh", "en"}[i%2])
		for _, look := range []struct {
			width int64
			dark  bool
		}{{1440, false}, {1720, false}, {390, true}} {
			p.Size(look.width, 900)
			if err := p.Dark(look.dark); err != nil {
				t.Fatal(err)
			}
			p.Open(path)
			if strings.HasPrefix(path, "/desk") && look.width > 1600 {
				p.Press("j")
				p.WaitFor(map[int]string{0: "最近联系", 1: "Last contact"}[i%2])
				p.Click("筛选")
			}
			p.Axe()
			p.Fits()
		}
	}
}
