package casefile_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
)

// desk is a person who works on one case in a browser.
type desk struct {
	*servertest.Browser
	t  testing.TB
	at string
}

func (w world) desk(t testing.TB, login string, id complaint.ID) desk {
	return desk{w.As(login), t, "/complaints/" + id.String()}
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// sends opens the form of a verb, fills it in and sends it; the answer must be a
// redirect back to the case.
func (d desk) sends(verb string, fields ...string) {
	d.t.Helper()
	if a := d.tries(verb, fields...); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location(), d.at) {
		d.t.Fatalf("%s: %d %s\n%s", verb, a.Status, a.Location(), clipped(a.Text()))
	}
}

func (d desk) tries(verb string, fields ...string) servertest.Answer {
	d.t.Helper()
	form := d.Get(d.at + "/do/" + verb)
	version := versionField.FindStringSubmatch(form.Body)
	if form.Status != http.StatusOK || version == nil {
		d.t.Fatalf("form of %s: %d\n%s", verb, form.Status, clipped(form.Text()))
	}
	return d.Post(d.at+"/"+verb, append([]string{"version", version[1]}, fields...)...)
}

func clipped(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return s[max(0, len(s)-1500):]
}

// shows fails unless the page of the case holds the texts.
func (d desk) shows(texts ...string) {
	d.t.Helper()
	page := d.Get(d.at).Text()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.t.Errorf("the page does not show %q\n%s", text, clipped(page))
		}
	}
}

// A complaint from receipt to closing, through the pages alone.
func TestFromReceiptToClosing(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	h, lead := w.desk(t, "handler", id), w.desk(t, "lead", id)
	h.shows("待接收", "请接收并开始办理", "把保险说成存款", "还剩 11 天", "王**", "老年人")
	h.sends("accept")
	h.sends("record-contact", "channel", "phone", "outbound", "yes", "reached", "yes", "at", "2026-03-31T09:30", "summary", "电话 13800001234，核实诉求", "reply_next", "三日内回复")
	h.shows("联系了消费者", "138****1234", "答应：三日内回复")
	for step, lines := range [][]string{{"heard_out", "restated"}, {"respect", "owner_told"}, {"fitting", "no_admission"}, {"internal", "points_clear"}, {"options", "basis"}, {"explained", "remedies"}, {"promises"}} {
		fields := []string{"step", strconv.Itoa(step)}
		for _, line := range lines {
			fields = append(fields, "checked", line)
		}
		h.sends("finish-step", fields...)
	}
	for n, outcome := range []string{"upheld", "partly"} {
		h.sends("find", "n", strconv.Itoa(n+1), "finding.outcome", outcome, "finding.evidence", "录像第 12 分钟", "finding.basis", "办法第三十七条", "finding.explanation", "没有说明是保险产品")
	}
	h.sends("find-fault", "finding.team", "yes", "finding.shares[0].bearer", "team", "finding.shares[0].unit", "010101", "finding.shares[0].percent", "100", "finding.shares[1].bearer", "", "finding.note", "加强双录")
	h.sends("propose-redress", "items[0].what", "refund", "items[0].amount", "1,234.50", "items[0].text", "退还差额", "items[2].what", "apology", "items[2].text", "当面致歉", "why", "双录缺失")
	h.shows("补偿申请", "¥1,234.50", "不能审批自己提出的申请")
	if a := lead.Post(lead.at+"/approvals/1", "verdict", "approve", "reason", "同意"); a.Status != http.StatusSeeOther {
		t.Fatalf("approve: %d %s", a.Status, clipped(a.Text()))
	}
	h.sends("perform-redress", "n", "1", "on", "2026-03-31", "proof", "回单 0331")
	h.sends("perform-redress", "n", "2", "on", "2026-03-31", "proof", "致歉照片")
	h.sends("propose-decision", "text", "退还保费差额并当面致歉。")
	lead.sends("approve", "n", "2")
	h.shows("退还保费差额并当面致歉", "申请核查", "还没有告知处理决定的凭证")
	w.Pass(time.Minute)
	preview := h.Get(h.at + "/letters/preview?kind=decision")
	version := versionField.FindStringSubmatch(preview.Body)
	if !strings.Contains(preview.Body, "王秀兰") || !strings.Contains(preview.Text(), "没有说明是保险产品") || version == nil {
		t.Fatalf("preview: %s", clipped(preview.Text()))
	}
	if a := h.Post(h.at+"/issue-letter", "version", version[1], "kind", "decision"); a.Status != http.StatusSeeOther || !strings.Contains(a.Location(), "/do/give-notice?n=1") {
		t.Fatalf("issue: %d %s", a.Status, clipped(a.Text()))
	}
	if pdf := h.Get(h.at + "/letters/1/pdf"); !strings.HasPrefix(pdf.Body, "%PDF") || !strings.HasPrefix(pdf.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("letter: %d %.40q %v", pdf.Status, pdf.Body, pdf.Header)
	}
	h.sends("give-notice", "letter", "1", "mode", "posted", "on", "2026-03-31", "proof", "EMS 1234567")
	if a := h.Get(h.at + "/do/close"); !strings.Contains(a.Text(), "还没有回访") || !strings.Contains(a.Body, "/do/record-follow-up") || strings.Contains(a.Body, `action="`+h.at+`/close"><input`) && strings.Contains(a.Body, "办结</button>") {
		t.Errorf("the checks before closing: %s", clipped(a.Text()))
	}
	h.sends("record-follow-up", "on", "2026-03-31", "reached", "yes", "satisfaction", "4", "comment", "满意")
	h.shows("检查已全部通过，可以办结")
	h.sends("close")
	h.shows("已办结", "没有待办事项")
	c, err := w.App.Case(context.Background(), w.Actor("handler"), id)
	w.ok(err)
	if c.Case.State != complaint.Closed || c.Case.RedressTotal() != 123450 || len(c.Case.Redress) != 2 {
		t.Errorf("the case ended as %s with %d fen", c.Case.State, c.Case.RedressTotal())
	}
}

// What is refused comes back with what was typed and the sentence beside its field.
func TestRefusedFormsKeepTheirInput(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	h := w.desk(t, "handler", id)
	tests := []struct {
		verb   string
		fields []string
		status int
		want   []string
	}{
		{"find", []string{"n", "1", "finding.outcome", "upheld", "finding.evidence", "只写了证据"}, 422, []string{"只写了证据", "请填写依据", `href="#f-finding-basis"`, `aria-invalid="true"`}},
		{"propose-redress", []string{"items[2].what", "refund", "items[2].amount", "12.345", "items[2].text", "退差额", "why", "有误导"}, 422, []string{"最多两位小数", "12.345", `id="f-items-0-amount"`}},
		{"record-contact", []string{"channel", "phone", "at", "2027-01-01T00:00", "summary", "联系记录"}, 422, []string{"联系时间晚于现在", "联系记录"}},
		{"agree-date", []string{"due", "2026-02-30", "proof", "短信"}, 422, []string{"日期", "短信"}},
		{"give-notice", []string{"letter", "9", "mode", "posted", "on", "2026-03-31", "proof", "单号 7"}, 404, nil},
		{"merge", []string{"into", "TS-没有", "why", "重复"}, 422, []string{"没有编号为 TS-没有 的投诉", "重复"}},
		{"answer-supervision", []string{"text", "没有督办"}, 409, []string{"没有待答复的督办", "没有督办"}},
	}
	for _, tt := range tests {
		t.Run(tt.verb, func(t *testing.T) {
			a := h.Post(h.at+"/"+tt.verb, append([]string{"version", "1"}, tt.fields...)...)
			if a.Status != tt.status {
				t.Fatalf("%d, want %d\n%s", a.Status, tt.status, clipped(a.Text()))
			}
			for _, want := range tt.want {
				if !strings.Contains(a.Body, want) {
					t.Errorf("no %q in\n%s", want, clipped(a.Text()))
				}
			}
		})
	}
	if c, err := w.App.Case(context.Background(), w.Actor("handler"), id); err != nil || c.Case.Version != 1 {
		t.Errorf("something was saved: version %d, %v", c.Case.Version, err)
	}
}

// The slower of two people keeps what she typed, sees what the other did, and
// may send again.
func TestStaleFormShowsWhatChanged(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	h := w.desk(t, "handler", id)
	w.desk(t, "lead", id).sends("add-note", "text", "请关注老年客户")
	a := h.Post(h.at+"/add-note", "version", "1", "text", "我写的很长的备注")
	if a.Status != http.StatusConflict || !strings.Contains(a.Body, "我写的很长的备注") || !strings.Contains(a.Text(), "请关注老年客户") || !strings.Contains(a.Body, `name="version" value="2"`) {
		t.Fatalf("%d\n%s", a.Status, clipped(a.Text()))
	}
	if a := h.Post(h.at+"/add-note", "version", "2", "text", "我写的很长的备注"); a.Status != http.StatusSeeOther {
		t.Errorf("second try: %d", a.Status)
	}
}

// Who may see what: the person complained about, another branch, the auditor,
// the administrator.
func TestWhoMaySeeTheCase(t *testing.T) {
	w := newWorld(t)
	id := w.transfer()
	at := "/complaints/" + id.String()
	tests := []struct {
		login, method, path string
		status              int
		want, never         string
	}{
		{"chaoyang", "GET", "", 403, "须回避", "代办人冒用"},
		{"chaoyang", "GET", "/print", 403, "须回避", "代办人冒用"},
		{"chaoyang", "POST", "/add-note", 403, "须回避", "代办人冒用"},
		{"shanghai", "GET", "", 403, "", "代办人冒用"},
		{"admin", "GET", "", 403, "", "代办人冒用"},
		{"auditor", "GET", "", 200, "代办人冒用", "139****5678x"},
		{"auditor", "GET", "/do/find", 403, "", ""},
		{"auditor", "GET", "/access", 200, "打开", ""},
		{"handler", "GET", "/access", 403, "", ""},
		{"office", "GET", "/do/close", 200, "还有申请等待审批", ""},
	}
	for _, tt := range tests {
		t.Run(tt.login+tt.method+tt.path, func(t *testing.T) {
			b := w.As(tt.login)
			a := b.Get(at + tt.path)
			if tt.method == "POST" {
				a = b.Post(at+tt.path, "text", "x")
			}
			if a.Status != tt.status || !strings.Contains(a.Text(), tt.want) || tt.never != "" && strings.Contains(a.Text(), tt.never) {
				t.Errorf("%d, want %d with %q\n%s", a.Status, tt.status, tt.want, clipped(a.Text()))
			}
		})
	}
	if a := w.As("office").Get("/complaints/999"); a.Status != 404 {
		t.Errorf("a case that does not exist: %d", a.Status)
	}
	if a := w.As("office").Get("/complaints/x7"); a.Status != 404 {
		t.Errorf("no number: %d", a.Status)
	}
}

func TestReveal(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	b := w.As("lead")
	at := "/complaints/" + id.String() + "/reveal"
	if a := b.Post(at, "field", "phone"); a.Status != 422 || strings.Contains(a.Body, "13800001234") {
		t.Errorf("without a reason: %d", a.Status)
	}
	if a := b.Post(at, "field", "phone", "reason", "other"); a.Status != 422 {
		t.Errorf("other without words: %d", a.Status)
	}
	a := b.Post(at, "field", "phone", "reason", "contact")
	if a.Status != 200 || !strings.Contains(a.Body, "13800001234") || strings.Contains(a.Body, "王秀兰") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("page: %d %s", a.Status, a.Header)
	}
	r, err := http.NewRequest("POST", w.URL+at, strings.NewReader(url.Values{"field": {"phone"}, "reason": {"contact"}}.Encode()))
	w.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	if a := b.Do(r); !strings.Contains(a.Body, "13800001234") || strings.Contains(a.Body, "王秀兰") || strings.Contains(a.Body, "<main") {
		t.Errorf("part: %s", a.Body)
	}
	if log := w.As("auditor").Get("/complaints/" + id.String() + "/access").Text(); strings.Count(log, "查看完整个人信息") != 2 || !strings.Contains(log, "联系消费者 · 电话") {
		t.Errorf("access record: %s", clipped(log))
	}
}

// A number in the narrative is hidden, and shown where the text stands with a reason.
func TestRevealNarrative(t *testing.T) {
	w := newWorld(t)
	receipt, err := w.App.Register(context.Background(), w.Actor("handler"), complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰"},
		Narrative: "我的卡6222020000001234567被扣了年费，没有人告诉过我。"})
	w.ok(err)
	at := "/complaints/" + receipt.ID.String()
	b := w.As("lead")
	page := b.Get(at).Body
	if strings.Contains(page, "6222020000001234567") || !strings.Contains(page, `value="narrative"`) {
		t.Error("the number stands in clear, or has no eye")
	}
	r, err := http.NewRequest("POST", w.URL+at+"/reveal", strings.NewReader(url.Values{"field": {"narrative"}, "reason": {"payment"}}.Encode()))
	w.ok(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	if a := b.Do(r); !strings.Contains(a.Body, "6222020000001234567") {
		t.Errorf("part: %d %s", a.Status, clipped(a.Body))
	}
}

// What was not typed stays, "-" clears, codes that did not change give no event.
func TestAmendKeepsWhatWasNotTyped(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	h := w.desk(t, "handler", id)
	same := []string{"codes.product", "agency_insurance", "codes.reason", "sales", "amount", "50000.00", "vulnerable", "elderly", "demand", ""}
	if a := h.tries("amend", append(same, "why", "没有改动")...); a.Status != 422 || !strings.Contains(a.Text(), "没有要更正的内容") {
		t.Errorf("nothing changed: %d", a.Status)
	}
	h.sends("amend", append(same, "complainant.phone", "13700002222", "complainant.policy", "-", "why", "消费者更正电话")...)
	clear, err := w.App.Reveal(context.Background(), w.Actor("handler"), id, "contact", "")
	w.ok(err)
	if c := clear.Complainant; c.Phone != "13700002222" || c.Name != "王秀兰" || c.Policy != "" {
		t.Errorf("complainant is now %+v", c)
	}
}

func TestMergeUnmergeSplit(t *testing.T) {
	w := newWorld(t)
	first, second := w.plain(), w.plain()
	number := func(id complaint.ID) string {
		c, err := w.App.Case(context.Background(), w.Actor("lead"), id)
		w.ok(err)
		return c.Case.Number
	}
	lead := w.desk(t, "lead", second)
	lead.sends("merge", "into", number(first), "why", "同一件事")
	lead.shows("已并案", "已并入", number(first), "撤销合并")
	into := w.desk(t, "lead", first)
	into.shows("合并了", number(second), "随 "+number(second)+" 并入")
	into.sends("unmerge", "from", second.String(), "why", "不是同一件事")
	lead.shows("待接收")
	into.sends("split", "nature", "report", "text", "另外举报该网点员工飞单", "why", "属于举报")
	into.shows("拆分出")
	fresh := w.desk(t, "lead", second+1)
	fresh.shows("举报", "另外举报该网点员工飞单", "拆分自")
}

func TestFiles(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	at := "/complaints/" + id.String()
	h := w.As("handler")
	if a := h.Upload(at+"/files", "file", "说明.txt", []byte("录像说明：第 12 分钟")); a.Status != http.StatusSeeOther {
		t.Fatalf("upload: %d %s", a.Status, clipped(a.Text()))
	}
	a := h.Get(at + "/files/1")
	if a.Body != "录像说明：第 12 分钟" || !strings.Contains(a.Header.Get("Content-Disposition"), "attachment") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("download: %d %v %q", a.Status, a.Header, a.Body)
	}
	if a := h.Upload(at+"/files", "file", "照片.png", []byte("这不是图片")); a.Status != 422 {
		t.Errorf("forged type: %d %s", a.Status, clipped(a.Text()))
	}
	if a := h.Get(at + "/files/7"); a.Status != 404 {
		t.Errorf("no such file: %d", a.Status)
	}
	if a := w.As("shanghai").Get(at + "/files/1"); a.Status != 403 {
		t.Errorf("another branch: %d", a.Status)
	}
}

// The timeline shows one kind when asked, and says all kinds that there are.
func TestTimelineFilter(t *testing.T) {
	w := newWorld(t)
	id := w.transfer()
	page := w.As("office").Get("/complaints/" + id.String() + "?show=contact").Text()
	if !strings.Contains(page, "联系了消费者") || strings.Contains(page, "完成“同理倾听”") {
		t.Error("the filter shows the wrong events")
	}
}

// What cannot be done says why, in the reader's language where it is ours to say.
func TestReasonsWhyNot(t *testing.T) {
	w := newWorld(t)
	id := w.plain()
	tests := []struct{ lang, verb, want string }{
		{"zh", "give-notice", "还没有出具文书"}, {"en", "give-notice", "No letter was issued yet"}, {"zh", "approve", "没有等待审批的申请"},
		{"zh", "reopen", "还在办理"}, {"en", "return", "No request waits for approval"}, {"zh", "unmerge", "没有合并过"},
	}
	for _, tt := range tests {
		b := w.As("lead")
		b.Lang = tt.lang
		a := b.Get("/complaints/" + id.String() + "/do/" + tt.verb)
		if a.Status != 200 || !strings.Contains(a.Text(), tt.want) || strings.Contains(a.Body, "<textarea") {
			t.Errorf("%s %s: %d %s", tt.lang, tt.verb, a.Status, clipped(a.Text()))
		}
	}
	page := w.As("lead").Get("/complaints/" + id.String()).Text()
	for _, never := range []string{"第 0 号", "第 0 项", "return-approval"} {
		if strings.Contains(page, never) {
			t.Errorf("the page says %q", never)
		}
	}
}
