package e2e

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

const narrative = "2025年3月12日我在柜台存钱，客户经理说有一款利息更高的存款，到期随时可取。今年到期去取时才知道是五年期分红险。"

// filled is a register form as a clerk has it before sending.
func (c *clerk) filled() *form {
	c.w.t.Helper()
	c.open("/complaints/new")
	return c.form("/complaints/new").fill("channel", "phone").fill("complainant.name", "王秀兰").fill("complainant.phone", "13800001234").fill("narrative", narrative).
		fill("points[0]", "把保险说成存款").fill("respondents[0].name", "小刘").fill("demand", "退还全部本金")
}

// plainAnswer fails unless a refusal is a page that a person can read: the status,
// sound markup, nothing of the inside.
func (w world) plainAnswer(what string, a servertest.Answer, status int, want string) {
	w.t.Helper()
	if a.Status != status || !strings.Contains(a.Text(), want) {
		w.t.Errorf("%s: %d, want %d with %q\n%s", what, a.Status, status, want, clipped(a.Text()))
		return
	}
	for _, wrong := range webtest.Markup(a.Body) {
		w.t.Errorf("%s: %s", what, wrong)
	}
	for _, inside := range []string{"panic", "goroutine", "sql:", "SQLITE", ".go:", "<nil>", "invalid character"} {
		if strings.Contains(a.Body, inside) {
			w.t.Errorf("%s: the page shows the inside: %q", what, inside)
		}
	}
}

// S2 section 5: what cannot be taken is refused in a sentence beside its field,
// what was typed stays, and nothing is written.
func TestRegisterFormRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.comes("handler")
	long := strings.Repeat("我的钱去哪了。", 150_000)
	before := w.size()
	for _, tt := range []struct {
		name, field, value, want string
	}{
		{"a narrative of eight megabytes", "narrative", long, "超过 20000 字"},
		{"a control character", "narrative", "存款\x07变保险", "控制字符"},
		{"a zero byte", "complainant.name", "王\x00兰", "控制字符"},
		{"bytes that are no text", "narrative", "存款\xff\xfe变保险", "无法识别的字符编码"},
		{"bytes that are no name", "complainant.name", "\xc3\x28", "无法识别的字符编码"},
		{"a line feed in a name", "complainant.name", strings.Repeat("王", 81), "超过 80 字"},
		{"a name of a million", "complainant.name", strings.Repeat("王", 1_000_000), "超过 80 字"},
		{"tomorrow", "received_on", "2026-04-01", "晚于今天"},
		{"a day that is none", "received_on", "2026-02-29", "2026-02-29"},
		{"a day of another calendar", "received_on", "31.03.2026", "31.03.2026"},
		{"the year zero", "received_on", "0000-00-00", "0000-00-00"},
		{"before there were computers", "received_on", "1999-12-31", "早于可登记的最早日期"},
		{"a unit nobody knows", "unit", "火星分行", "没有名为“火星分行”的机构"},
		{"a channel nobody knows", "channel", "pigeon", "请选择投诉渠道"},
		{"a reason nobody knows", "codes.reason", "bad_weather", "不在目录中"},
		{"money below nothing", "amount", "-1", "金额不能为负数"},
		{"money beyond counting", "amount", "1e100", "金额请以元为单位填写"},
		{"money of a hundred digits", "amount", strings.Repeat("9", 100), "金额"},
		{"more than all the money there is", "amount", "999999999999999", "金额过大"},
		{"not a number", "amount", "NaN", "金额请以元为单位填写"},
		{"a telephone that is none", "complainant.phone", "'; DROP TABLE complaint;--", "电话号码只能"},
		{"a mail address with a header in it", "complainant.email", "a@b.cn\r\nBcc: all@b.cn", "电子邮箱"},
		{"half a crowd", "joint.count", "1", "至少为 2 人"},
		{"a crowd that is none", "joint.count", "many", "请填写整数"},
		{"a group nobody knows", "vulnerable", "rich", "不在可选范围内"},
		{"nothing", "narrative", " \r\n\t ", "请填写投诉内容"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := world{w.World, t}
			f := (&clerk{Browser: c.Browser, w: w}).filled()
			f.values.Set(tt.field, tt.value) // past what the form offers
			a := f.post()
			w.plainAnswer(tt.field, a, http.StatusUnprocessableEntity, tt.want)
			for _, kept := range []string{"王秀兰", "把保险说成存款", "小刘", "退还全部本金"} {
				if (tt.field != "complainant.name" || kept != "王秀兰") && !strings.Contains(a.Body, kept) {
					t.Errorf("%q was lost", kept)
				}
			}
		})
	}
	if got := w.size(); got != before {
		t.Errorf("%d events were written by what was refused", got-before)
	}
	if list := c.open("/complaints").page.Text(); strings.Contains(list, "TS2026") {
		t.Error("something was registered")
	}
	w.sound()
}

// A body beyond the limit is refused before it is read, in a page.
func TestTenMegabytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.comes("handler")
	f := c.filled()
	f.values.Set("narrative", strings.Repeat("a", 11<<20))
	w.plainAnswer("11 MB", f.post(), http.StatusRequestEntityTooLarge, "太大")
	for _, body := range []string{"%zz=1", "a=%", "narrative=%E4%BD"} {
		r, err := http.NewRequest(http.MethodPost, w.URL+"/complaints/new", strings.NewReader(body))
		w.ok(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w.plainAnswer(body, c.Do(r), http.StatusUnprocessableEntity, "")
	}
	for _, kind := range []string{"application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/plain; charset=x; x", ""} {
		r, err := http.NewRequest(http.MethodPost, w.URL+"/complaints/new", strings.NewReader(`{"narrative":"x"}`))
		w.ok(err)
		r.Header.Set("Content-Type", kind)
		w.plainAnswer("content type "+kind, c.Do(r), http.StatusUnprocessableEntity, "")
	}
}

// acts are forms of a case with something wrong in them.
var acts = []struct {
	name, verb string
	fields     url.Values
	status     int
	want, kept string
}{
	{"a finding without its basis", "find", url.Values{"n": {"1"}, "finding.outcome": {"upheld"}, "finding.evidence": {"录像 12 分"}}, 422, "请填写依据", "录像 12 分"},
	{"a finding of a point that is not there", "find", url.Values{"n": {"99"}, "finding.outcome": {"upheld"}, "finding.evidence": {"x"}, "finding.basis": {"x"}, "finding.explanation": {"x"}}, 404, "没有第 99 个争议点", ""},
	{"an outcome nobody knows", "find", url.Values{"n": {"1"}, "finding.outcome": {"maybe"}, "finding.evidence": {"录像 13 分"}, "finding.basis": {"x"}, "finding.explanation": {"x"}}, 422, "请选择", "录像 13 分"},
	{"shares beyond all", "find-fault", url.Values{"finding.shares[0].bearer": {"team"}, "finding.shares[0].percent": {"900"}, "finding.note": {"责任不清"}}, 422, "", "责任不清"},
	{"shares below nothing", "find-fault", url.Values{"finding.shares[0].bearer": {"team"}, "finding.shares[0].percent": {"-100"}, "finding.shares[1].bearer": {"company"}, "finding.shares[1].percent": {"200"}, "finding.note": {"责任倒挂"}}, 422, "", "责任倒挂"},
	{"a person nobody knows", "find-fault", url.Values{"finding.shares[0].bearer": {"team"}, "finding.shares[0].percent": {"100"}, "finding.shares[0].person": {"nobody"}, "finding.note": {"查无此人"}}, 422, "", "查无此人"},
	{"money that must not be", "propose-redress", url.Values{"items[0].what": {"refund"}, "items[0].amount": {"-5"}, "items[0].text": {"退费"}, "why": {"误收"}}, 422, "金额不能为负数", "误收"},
	{"money as a formula", "propose-redress", url.Values{"items[0].what": {"refund"}, "items[0].amount": {"=1+1"}, "items[0].text": {"退费"}, "why": {"误算"}}, 422, "金额请以元为单位填写", "=1+1"},
	{"two hundred and one rows", "propose-redress", url.Values{"items[0].what": {"refund"}, "items[9999999].what": {"refund"}, "items[-1].what": {"x"}, "items[0].text": {""}, "why": {"很多行"}}, 422, "请填写说明", "很多行"},
	{"a contact tomorrow", "record-contact", url.Values{"channel": {"phone"}, "at": {"2027-01-01T10:00"}, "summary": {"预约"}}, 422, "晚于现在", "预约"},
	{"a contact before the complaint", "record-contact", url.Values{"channel": {"phone"}, "at": {"2020-01-01T10:00"}, "summary": {"很早"}}, 422, "早于收到投诉的日期", "很早"},
	{"a contact at no time", "record-contact", url.Values{"channel": {"phone"}, "at": {"noon"}, "summary": {"中午"}}, 422, "时间请按", "中午"},
	{"an appraisal that ends before it begins", "start-exclusion", url.Values{"what": {"appraisal"}, "from": {"2026-03-31"}, "expected_to": {"2026-03-01"}, "body": {"鉴定所"}}, 422, "不早于开始日期", "鉴定所"},
	{"an appraisal of a century", "start-exclusion", url.Values{"what": {"appraisal"}, "from": {"2026-03-31"}, "expected_to": {"2126-03-31"}, "body": {"百年所"}}, 422, "", "百年所"},
	{"a reason of two thousand", "start-exclusion", url.Values{"what": {"appraisal"}, "from": {"2026-03-31"}, "expected_to": {"2026-04-05"}, "body": {"长文所"}, "why": {strings.Repeat("长", 2000)}}, 422, "超过 1000 字", "长文所"},
	{"to a person nobody knows", "assign", url.Values{"person": {"nobody"}, "why": {"忙"}}, 422, "", "忙"},
	{"to a unit nobody knows", "assign", url.Values{"unit": {"99"}, "why": {"忙碌"}}, 422, "", "忙碌"},
	{"a step that is none", "finish-step", url.Values{"step": {"77"}, "note": {"第七十八步"}}, 422, "没有第 78 步", ""},
	{"a step below the first", "finish-step", url.Values{"step": {"-1"}, "note": {"第零步"}}, 422, "没有第 0 步", ""},
	{"a line that is on no list", "finish-step", url.Values{"step": {"0"}, "checked": {"heard_out", "restated", "bribed"}, "note": {"多一项"}}, 422, "没有 bribed 这一项", "多一项"},
	{"into itself", "merge", url.Values{"into": {"TS20260331-000001"}, "why": {"自己"}}, 422, "", ""},
	{"into nothing", "merge", url.Values{"into": {"TS-无"}, "why": {"没有"}}, 422, "没有编号为 TS-无 的投诉", "没有"},
	{"satisfied beyond measure", "record-follow-up", url.Values{"on": {"2026-03-31"}, "reached": {"yes"}, "satisfaction": {"11"}, "comment": {"非常非常"}}, 409, "", "非常非常"},
	{"closing what is not done", "close", url.Values{}, 409, "还不能办结", ""},
	{"an approval that nobody asked for", "approve", url.Values{"n": {"1"}}, 403, "", ""},
}

// Forms of a case: a sentence, the status, the input kept, nothing written.
func TestCaseFormsRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register("handler", complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰"}, Narrative: narrative, Points: []string{"甲", "乙"}})
	c := w.comes("handler")
	c.does(id, complaint.Accept{})
	before := w.fold(id).Version
	for _, tt := range acts {
		t.Run(tt.name, func(t *testing.T) {
			w := world{w.World, t}
			fields := url.Values{"version": {"2"}}
			for name, values := range tt.fields {
				fields[name] = values
			}
			f := form{c: &clerk{Browser: c.Browser, w: w}, action: caseAt(id) + "/" + tt.verb, values: fields}
			a := f.post()
			w.plainAnswer(tt.verb, a, tt.status, tt.want)
			if tt.kept != "" && !strings.Contains(html.UnescapeString(a.Body), tt.kept) {
				t.Errorf("%q was lost\n%s", tt.kept, clipped(a.Text()))
			}
		})
	}
	if got := w.fold(id).Version; got != before {
		t.Errorf("version %d became %d by what was refused", before, got)
	}
	w.sound()
}

// Addresses of things that are not there.
func TestUnknownAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register("handler", complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王秀兰"}, Narrative: narrative})
	c := w.comes("handler")
	for _, path := range []string{"/complaints/0", "/complaints/-1", "/complaints/2", "/complaints/99999999999999999999", "/complaints/1x", "/complaints/%00", "/complaints/..%2f..%2fetc%2fpasswd",
		"/complaints/１", caseAt(id) + "/do/dance", caseAt(id) + "/files/1", caseAt(id) + "/files/x", caseAt(id) + "/letters/1/pdf", caseAt(id) + "/letters/1/exe", caseAt(id) + "/letters/-1/pdf",
		"/people/person/nobody", "/people?unit=99", "/imports/none", "/desk/preview/77", "/desk/count/77", "/complaints/77/receipt", "/nowhere", "/assets/..%2fserver%2fserver.go", "/assets/none.js"} {
		a := c.Get(path)
		if a.Status != http.StatusNotFound && a.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, a.Status, clipped(a.Text()))
		}
	}
	for _, path := range []string{caseAt(id) + "/dance", "/complaints/77/accept", "/complaints/x/accept", "/approvals/77/1/approve", "/approvals/1/x/approve"} {
		if a := w.comes("lead").Post(path, "version", "1"); a.Status != http.StatusNotFound && a.Status != http.StatusForbidden && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d %s", path, a.Status, clipped(a.Text()))
		}
	}
	if got := w.fold(id).Version; got != 1 {
		t.Errorf("version %d", got)
	}
	for _, q := range []string{"/search?q=" + strings.Repeat("%E5%AD%98", 3000), "/search?q=%FF%FE", "/search?q=%00", "/desk?tab=x&from=y&to=z&unit=%FF&page=-1&after=!!", "/desk?cursor=" + strings.Repeat("A", 5000), "/complaints?closed=maybe&state=none&product=%3Cscript%3E"} {
		if a := c.Get(q); a.Status >= 500 || a.Status == http.StatusOK && strings.Contains(a.Body, "<script>") {
			t.Errorf("%.40s: %d %s", q, a.Status, clipped(a.Text()))
		}
	}
}

// Two people save at once: one change is taken, the other sees what happened and
// keeps what was typed. The same form sent twice counts once.
func TestTwoAtOnceAndTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.comes("handler")
	f := c.filled()
	answers := make([]servertest.Answer, 8)
	var clicks sync.WaitGroup
	for i := range answers {
		clicks.Go(func() {
			r, _ := http.NewRequest(http.MethodPost, w.URL+"/complaints/new", strings.NewReader(f.values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answers[i] = c.Do(r)
		})
	}
	clicks.Wait()
	for _, a := range answers {
		if a.Status != http.StatusSeeOther || a.Location() != answers[0].Location() {
			t.Errorf("one form, sent eight times at once: %d %s, first %s", a.Status, a.Location(), answers[0].Location())
		}
	}
	n, err := strconv.ParseInt(strings.Split(answers[0].Location(), "/")[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	id := complaint.ID(n)
	version := w.fold(id).Version
	people := []*clerk{w.comes("handler"), w.comes("lead")}
	forms := make([]*form, len(people))
	for i, p := range people {
		p.open(caseAt(id) + "/do/add-note")
		forms[i] = p.form(caseAt(id)+"/add-note").fill("text", []string{"先核对录像", "请关注老年客户"}[i])
	}
	got := make([]servertest.Answer, len(forms))
	for i := range forms {
		clicks.Go(func() {
			r, _ := http.NewRequest(http.MethodPost, w.URL+forms[i].action, strings.NewReader(forms[i].values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			got[i] = people[i].Do(r)
		})
	}
	clicks.Wait()
	slices.SortFunc(got, func(a, b servertest.Answer) int { return a.Status - b.Status })
	if got[0].Status != http.StatusSeeOther || got[1].Status != http.StatusConflict || !strings.Contains(got[1].Body, "先核对录像") || !strings.Contains(got[1].Body, "请关注老年客户") {
		t.Errorf("two at once: %d and %d\n%s", got[0].Status, got[1].Status, clipped(got[1].Text()))
	}
	if k := w.fold(id); k.Version != version+1 {
		t.Errorf("version %d became %d", version, k.Version)
	}
	for _, stale := range []string{"1000", "-1"} {
		if a := people[1].Post(caseAt(id)+"/add-note", "version", stale, "text", "我写的备注"); a.Status != http.StatusConflict || !strings.Contains(a.Body, "我写的备注") {
			t.Errorf("version %s: %d", stale, a.Status)
		}
	}
	w.Pass(time.Minute)
	w.sound()
}

// Every field of every form of a case, filled with bytes that are no text, with a
// zero byte and with far too much: refused, never broken.
func TestEveryFieldOfEveryForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.register("handler", complaint.Register{Channel: "nfra", SenderNumber: "1号", Complainant: complaint.Complainant{Name: "王秀兰"}, Narrative: narrative, Points: []string{"甲", "乙"}})
	c := w.comes("handler")
	c.does(id, complaint.Accept{})
	before := w.fold(id).Version
	fields := 0
	for _, v := range complaint.Verbs() {
		page := c.Get(caseAt(id) + "/do/" + v.Name)
		if page.Status != http.StatusOK || !strings.Contains(page.Body, `action="`+caseAt(id)+"/"+v.Name+`"`) {
			continue // not the handler's, or not now
		}
		c.show(page)
		for name := range c.form(caseAt(id) + "/" + v.Name).typed {
			if v.Name == "change-point" && name == "why" {
				continue // read only when the point is dropped
			}
			fields++
			for _, bad := range []string{"\xff\xfe坏", "坏\x00", strings.Repeat("长", 30_000)} {
				c.show(page)
				f := c.form(caseAt(id) + "/" + v.Name)
				f.values.Set(name, bad)
				if a := f.post(); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusConflict {
					t.Errorf("%s, %s with %.12q: %d %s", v.Name, name, bad, a.Status, clipped(a.Text()))
				}
			}
		}
	}
	if fields < 60 {
		t.Errorf("only %d fields were tried", fields)
	}
	if got := w.fold(id).Version; got != before {
		t.Errorf("version %d became %d", before, got)
	}
	w.sound()
}
