package webtest

import (
	"fmt"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// say is data in the language of the sample, so that an English page with
// Chinese in it is one whose template speaks Chinese.
func say(lang web.Lang, zh, en string) string {
	if lang == web.English {
		return en
	}
	return zh
}

// Samples returns a sample view per page of the base and of the gallery.
func Samples() map[string]func(web.Lang) any {
	return map[string]func(web.Lang) any{
		"gallery/desk":  func(l web.Lang) any { return deskSample(l) },
		"gallery/case":  func(l web.Lang) any { return caseSample(l) },
		"gallery/parts": func(l web.Lang) any { return partsSample(l) },
		"portal/sample": func(l web.Lang) any { return portalSample(l) },
		"sign/in":       func(l web.Lang) any { return web.Sign{Form: refused(l), Back: "/desk"} },
		"sign/code": func(web.Lang) any {
			return web.SecondFactor{Sign: web.Sign{Back: "/desk"}, Code: true, Key: web.KeyAsk{On: true, Options: "/sign-in/key/options", Action: "/sign-in/key", Back: "/desk"}}
		},
		"sign/proof": func(web.Lang) any {
			return web.Proof{Sign: web.Sign{Form: web.NewForm(), Back: "/desk"}, Code: true, Key: web.KeyAsk{On: true, Missing: "没有设置公开地址（base-url），浏览器不能使用安全密钥。"}}
		},
		"sign/password": func(l web.Lang) any {
			return web.NewPassword{Sign: web.Sign{Back: "/desk"}, Rules: []string{say(l, "至少 12 个字符", "At least 12 characters")}, Reason: "password.first"}
		},
		"sign/codes": func(web.Lang) any {
			return web.Codes{Codes: []string{"k7mn-p2qr-8stv-w3xy", "a4bc-d5ef-g6hj-k8mn", "p9qr-s2tu-v3wx-y4za", "b5cd-e6fg-h7jk-m8np"}, Back: "/me"}
		},
		"sign/enrol": func(web.Lang) any {
			return web.Enrol{Sign: web.Sign{Back: "/desk"}, Secret: "JBSW Y3DP EHPK 3PXP", QR: "data:image/png;base64," + dot}
		},
		"fault/fault": func(l web.Lang) any {
			return web.FaultView{Status: 409, Kind: "stale", Text: say(l, "投诉 2026-000127 刚被王*修改。", "Complaint 2026-000127 was changed by W*."), Back: "/desk"}
		},
	}
}

const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func refused(l web.Lang) *web.Form {
	return web.NewForm("name", "liwen").Refuse(fault.New(fault.Unauthed, "%s", say(l, "用户名或密码不对。再错 3 次，登录将暂停 15 分钟。", "Wrong name or password. Three more and sign-in pauses for 15 minutes.")))
}

type deskRow struct {
	Due                             web.Due
	No, Name, About, Product, Owner string
	Marks                           []string
	State, Kind, Temper, Heat, Face string
	Fen                             int64
}

type head struct{ Text, Class string }

type deskView struct {
	Tabs  []web.Tab
	Tiles []web.Tile
	Heads []head
	Rows  []deskRow
	Pane  string
	Items []web.Item
}

func deskSample(l web.Lang) deskView {
	v := deskView{
		Tabs: []web.Tab{{Label: "room.desk", Link: "?", N: 12, Here: true}, {Label: "room.people", Link: "?tab=unit", N: 148}, {Label: "room.complaints", Link: "?tab=all", N: 1284}},
		Tiles: []web.Tile{{Label: "role.handler", Icon: "alert-circle", N: 2, Link: "?due=over", Kind: "over"}, {Label: "due.today", Icon: "clock-exclamation", N: 1, Link: "?due=today", Kind: "today", Here: true},
			{Label: "room.search", Icon: "clock", N: 6, Link: "?due=soon", Kind: "soon"}, {Label: "room.approvals", Icon: "clipboard-check", N: 3, Link: "/approvals"}},
		Heads: []head{{say(l, "期限", "Due"), ""}, {say(l, "编号", "Number"), ""}, {say(l, "投诉人", "Complainant"), ""}, {say(l, "事由", "About"), ""}, {say(l, "业务", "Product"), "spare"}, {say(l, "来源", "From"), ""},
			{say(l, "状态", "State"), ""}, {say(l, "经办", "Owner"), "spare"}, {say(l, "涉及金额", "Amount"), "num"}, {say(l, "情绪", "Temper"), "spare"}},
		Pane: "2026-000127", Items: items(l),
	}
	about := []string{
		say(l, "柜面推荐的“存款”实为五年期分红险，退保只能拿回六成本金，要求全额退还", "A “deposit” recommended at the counter was a five-year insurance; only sixty percent came back"),
		say(l, "信用卡被盗刷三笔，银行以密码交易为由拒绝调查", "Three card payments were not mine; the bank refused to look because the PIN was used"),
		say(l, "提前还贷申请四十天没有答复", "No answer to the early repayment for forty days"),
		say(l, "催收人员联系单位同事并透露欠款金额", "Debt collectors told colleagues the amount owed"),
		say(l, "理赔材料三次被要求补充，每次理由不同", "The claim was sent back three times, each time for another reason"),
	}
	for i := range 16 {
		v.Rows = append(v.Rows, row(l, i, about[i%len(about)]))
	}
	return v
}

func row(l web.Lang, i int, about string) deskRow {
	r := deskRow{Due: dues(l)[min(i, 3)], No: fmt.Sprintf("2026-%06d", 127+i*3), Name: say(l, "王*", "W*"), About: about, Product: say(l, "个人保险", "Insurance"), Owner: say(l, "陈静", "Chen Jing"),
		State: say(l, "核查中", "Examining"), Kind: "active", Temper: say(l, "平静", "calm"), Face: "mood-smile", Fen: int64(i*i) * 1234567}
	r.Due.Count, r.Due.More = nil, "/count"
	if i > 3 {
		r.Due.Left, r.Due.On = i+4, fmt.Sprintf("2026-05-%02d", i+5)
	}
	if i%3 == 0 {
		r.Marks, r.Heat, r.Face, r.Temper = []string{say(l, "监", "NFRA")}, "hot", "mood-angry", say(l, "愤怒", "angry")
	}
	if i%4 == 1 {
		r.State, r.Kind = say(l, "待审批", "Approval"), "wait"
	}
	return r
}

func dues(l web.Lang) []web.Due {
	count := &web.Count{From: "2026-04-28", Due: "2026-05-19", Cite: say(l, "银行业保险业消费投诉处理管理办法 第十八条", "Rule 2020-3 art. 18")}
	for i := range 9 {
		d := web.CountDay{Date: fmt.Sprintf("2026-05-%02d", i+1), N: max(0, i-4), Why: say(l, "工作日", "working day")}
		if d.N == 0 {
			d.Why = say(l, "劳动节", "Labour Day")
		}
		count.Days = append(count.Days, d)
	}
	return []web.Due{{On: "2026-04-26", Left: -2, Count: count}, {On: "2026-04-28", Count: count}, {On: "2026-05-01", Left: 3, Soon: true, Count: count},
		{On: "2026-05-19", Left: 21, Count: count}, {On: "2026-04-20", Done: true}, {Unknown: true}, {}}
}

func items(l web.Lang) []web.Item {
	return []web.Item{
		{Icon: "phone", At: "2026-04-28 14:05", By: say(l, "陈静", "Chen Jing"), What: say(l, "电话联系投诉人，说明将核查录像", "Called the complainant about the recording"), Say: say(l, "我妈七十三岁，你们说是存款她才买的。", "My mother is seventy-three; she bought it because you called it a deposit.")},
		{Icon: "transfer", At: "2026-04-27 09:30", By: say(l, "李雯", "Li Wen"), What: say(l, "分派给 陈静", "Assigned to Chen Jing"), Key: true},
		{Icon: "inbox", At: "2026-04-27 09:12", By: say(l, "系统", "System"), What: say(l, "登记，编号 2026-000127", "Registered as 2026-000127"), Key: true},
	}
}
