package webtest

import (
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

type point struct {
	N                       int
	Text, Found, Kind, Rule string
}

type clock struct {
	Name, Cite string
	Due        web.Due
}

type caseView struct {
	No, State, Mark, Why, Extend, Decide, About, Rule            string
	StepsTitle, PointsTitle, LineTitle, ClocksTitle, PersonTitle string
	Due                                                          web.Due
	Phone                                                        web.Masked
	Steps                                                        []web.Step
	Points                                                       []point
	Chips                                                        []web.Chip
	Items                                                        []web.Item
	Clocks                                                       []clock
	Facts                                                        [][2]string
}

func caseSample(l web.Lang) caseView {
	return caseView{
		No: "2026-000127", State: say(l, "核查中", "Examining"), Mark: say(l, "监管转办", "Regulator"), Why: say(l, "须先写明延期理由", "A reason is needed first"), Extend: say(l, "延期", "Extend"), Decide: say(l, "拟定处理决定", "Draft decision"),
		About: say(l, "个人保险 · 北京分行 中关村支行 · 网点办理", "Insurance · Beijing branch, Zhongguancun"), Rule: say(l, "依据", "Rule"),
		StepsTitle: say(l, "处理步骤", "Steps"), PointsTitle: say(l, "争议点", "Allegations"), LineTitle: say(l, "经过", "Timeline"), ClocksTitle: say(l, "期限", "Clocks"), PersonTitle: say(l, "投诉人", "Complainant"),
		Due: dues(l)[2], Phone: web.Masked{Text: "138****5678", Reveal: "/reveal", Field: "phone"},
		Steps: []web.Step{{Name: "room.register", State: "done", Spent: say(l, "12 分", "12 min")}, {Name: "room.search", State: "done", Spent: say(l, "2 天", "2 d")},
			{Name: "room.approvals", State: "now", Spent: say(l, "3 小时", "3 h"), Hint: "reveal.kept", Tasks: []web.Check{{OK: true, Label: "reveal.contact"}, {Label: "reveal.verify_identity"}, {Label: "reveal.audit", Mend: "#x", MendBy: "do.save"}}},
			{Name: "room.overview"}, {Name: "room.people"}, {Name: "room.settings"}, {Name: "room.desk"}},
		Points: []point{{1, say(l, "销售时称产品为“存款”，未说明是保险", "It was sold as a deposit; insurance was never mentioned"), say(l, "属实", "upheld"), "bad", say(l, "保险销售行为管理办法 第二十一条", "Insurance sales rule art. 21")},
			{2, say(l, "代投保人抄写风险提示语", "The risk sentence was written by somebody else"), say(l, "部分属实", "partly"), "warn", say(l, "录音录像第 14 分钟", "Recording, minute 14")},
			{3, say(l, "犹豫期内拒绝退保", "Surrender was refused in the cooling-off period"), say(l, "不属实", "not upheld"), "good", say(l, "退保申请在第 23 日提出", "It was asked on day 23")}},
		Chips: []web.Chip{{Label: "room.complaints", Value: say(l, "销售误导", "Mis-selling"), Words: []string{say(l, "存款", "deposit"), say(l, "五年", "five years")}, Post: "/chip", Edit: "/edit", Shares: 87}, {Label: "role.handler", Value: say(l, "老年人", "Elderly"), Set: true, SetBy: say(l, "陈静", "Chen Jing")}},
		Items: items(l),
		Clocks: []clock{{say(l, "处理决定", "Decision"), say(l, "令2020-3 第十八条", "Rule 2020-3 art. 18"), dues(l)[2]},
			{say(l, "回复监管", "Answer to the regulator"), say(l, "转办函", "Letter"), dues(l)[0]}, {say(l, "首次联系", "First contact"), say(l, "北京", "Beijing"), dues(l)[4]}},
		Facts: [][2]string{{say(l, "姓名", "Name"), say(l, "王*", "W*")}, {say(l, "年龄", "Age"), "73"}, {say(l, "诉求", "Demand"), say(l, "全额退还保费 ¥50,000.00", "Full refund of ¥50,000.00")}},
	}
}

type partsView struct {
	Title      string
	Dues       []web.Due
	Notes      []web.Note
	Form       *web.Form
	Options    []web.Option
	Approval   web.Approval
	Closed     web.Approval
	Progress   web.Progress
	Empty      web.Empty
	ChartHeads []string
	Chart      [][]string
	Letter     web.Letter
}

func options() []web.Option {
	return []web.Option{{Value: "a", Label: "reveal.contact"}, {Value: "b", Label: "reveal.verify_identity"}, {Value: "c", Label: "reveal.payment"}}
}

func partsSample(l web.Lang) partsView {
	form := web.NewForm("name", "", "channel", "b", "kind", "b", "box", "a", "text", say(l, "老人称柜员说是存款", "She was told it was a deposit"))
	var wrong fault.Fields
	wrong.Add("name", "%s", say(l, "请填写投诉人姓名；匿名投诉请选“不留姓名”。", "Enter the name, or choose “no name”."))
	wrong.Add("text", "%s", say(l, "请写明发生的时间。", "Say when it happened."))
	approval := web.Approval{Title: say(l, "退还保费 · 2026-000127", "Refund · 2026-000127"), State: "room.approvals", Due: dues(l)[1], By: say(l, "陈静", "Chen Jing"), At: "2026-04-28 10:20",
		Was: []web.Change{{Label: "approval.was", Value: "¥0.00"}}, Will: []web.Change{{Label: "approval.will", Value: "¥50,000.00"}},
		Limits: []web.Check{{OK: true, Text: say(l, "支行权限 ¥10,000.00 以内：须分行审批", "Above the sub-branch limit: the branch decides")}, {Text: say(l, "经办与审批不得为同一人", "Maker and checker must differ")}},
		Reason: say(l, "争议点一属实，销售时未出示产品说明书。", "Allegation 1 is upheld."), Post: "/approve", May: true}
	closed := approval
	closed.May, closed.Why = false, say(l, "您是经办人，不能审批自己提出的事项。", "You proposed this; somebody else must approve it.")
	return partsView{Title: say(l, "部件", "Parts"), Dues: dues(l), Form: form.Refuse(wrong.Err()), Options: options(), Approval: approval, Closed: closed,
		Notes:      []web.Note{{Kind: "good", Key: "count.span", Args: []string{"From", "2026-04-28", "Due", "2026-05-19"}}, {Kind: "bad", Key: "fault.stale.title"}, {Kind: "warn", Key: "due.unknown"}, {Kind: "info", Key: "reveal.kept"}},
		Progress:   web.Progress{Title: say(l, "导入 投诉台账.xlsx", "Import ledger.xlsx"), State: "progress.again", Done: 8231, All: 13000, Refresh: "/progress", Stop: "/stop", Results: []web.Result{{Label: "room.register", N: 7911}, {Label: "room.search", N: 214}, {Label: "room.approvals", N: 88}, {Label: "approval.return", N: 18}}, File: "/file", FileName: "rejected.xlsx"},
		Empty:      web.Empty{Icon: "inbox", Title: "fault.not_found.title", Text: "fault.not_found.next", Link: "/complaints/new", Do: "room.register"},
		ChartHeads: []string{say(l, "机构", "Unit"), say(l, "按期", "On time"), say(l, "超期", "Overdue"), say(l, "办理中", "Open")},
		Chart:      [][]string{{say(l, "中关村", "North"), "42", "3", "11"}, {say(l, "朝阳", "East"), "38", "1", "9"}, {say(l, "丰台", "South"), "27", "6", "14"}, {say(l, "海淀", "West"), "31", "0", "4"}},
		Letter: web.Letter{Title: say(l, "消费投诉处理决定告知书", "Notice of decision"), Number: say(l, "京消投〔2026〕127 号", "2026/127"), To: say(l, "王某某：", "Dear Ms Wang,"), From: say(l, "某某银行北京分行", "Beijing branch"), Date: say(l, "2026 年 4 月 28 日", "28 April 2026"),
			Paragraphs: []string{say(l, "您于 2026 年 4 月 27 日提出的投诉，我行已调查核实，现将处理决定告知如下。", "We have examined your complaint of 27 April 2026 and decide as follows."), say(l, "一、关于销售时未说明产品为保险的问题，经查属实。", "1. It is true that you were not told this was insurance.")}}}
}

type portalView struct {
	Title, Lead, Promise, Do string
	Form                     *web.Form
	Options                  []web.Option
	Items                    []web.Item
}

func portalSample(l web.Lang) portalView {
	return portalView{Title: say(l, "我要投诉", "Make a complaint"), Lead: say(l, "请说明发生了什么、您希望怎样解决。我们会给您一个编号和查询码。", "Tell us what happened and what you want. You get a number and a code."), Promise: say(l, "我们最迟答复您的日子", "You have our answer by"), Do: say(l, "提交", "Send"),
		Form: web.NewForm(), Options: options(), Items: items(l)}
}
