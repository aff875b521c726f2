package precedents_test

import (
	"regexp"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

type world struct {
	*servertest.World
}

func newWorld(t *testing.T) world { return world{servertest.New(t, nil)} }

func (w world) ok(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w world) do(by party.PersonID, id complaint.ID, cmds ...complaint.Command) {
	w.T.Helper()
	for _, cmd := range cmds {
		if _, err := w.App.Do(w.T.Context(), w.Actor(by), id, 0, cmd); err != nil {
			w.T.Fatalf("%T by %s: %v", cmd, by, err)
		}
	}
}

const narrative = "我叫张三丰，2026年3月5日在朝阳支行由周芷若办信用卡，没有告知年费，卡号6222 0212 3456 7890 128，三月被扣三百元。打电话13800001234说过多次，北京分行的李雯说不退，要求退还年费并道歉。"

// closed registers a complaint and carries it to its end.
func (w world) closed(text string) complaint.ID {
	w.T.Helper()
	ctx := w.T.Context()
	r, err := w.App.Register(ctx, w.Actor("handler"), complaint.Register{Channel: "phone", Narrative: text, Demand: "退还年费三百元", Amount: 30000,
		Complainant: complaint.Complainant{Name: "张三丰", Phone: "13800001234", Policy: "6222021234567890128"}, Respondents: []complaint.Respondent{{Name: "周芷若"}}})
	w.ok(err)
	id, today := r.ID, calendar.FromTime(w.Now())
	w.do("handler", id, complaint.Accept{}, complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "致电张三丰，先致歉，听取经过，约定三日内答复", ReplyNext: "三日内答复"},
		complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "调取扣费流水，三月五日扣年费三百元；开卡录像没有提示年费", Basis: "《银行保险机构消费者权益保护管理办法》第二十一条", Explanation: "办卡时未提示年费，应予退还"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}},
		complaint.Judge{Topic: complaint.TopicCause, Value: "expectation"},
		complaint.Amend{Codes: &complaint.Codes{Product: "credit_card", Reason: "pricing", LifeCycle: "service", Rights: []string{"know"}}},
		complaint.ProposeDecision{Text: "退还年费三百元，并由网点当面致歉"})
	w.do("lead", id, complaint.Approve{N: 1})
	_, err = w.App.IssueLetter(ctx, w.Actor("handler"), id, 0, complaint.DecisionLetter, 0)
	w.ok(err)
	w.do("handler", id, complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: today, Proof: "EMS 1234567890123"})
	for i, g := range complaint.Guides() {
		var lines []string
		for _, l := range g.Checks {
			lines = append(lines, l.ID)
		}
		w.do("handler", id, complaint.FinishStep{Step: complaint.Step(i), Checked: lines})
	}
	w.do("handler", id, complaint.RecordFollowUp{On: today, Reached: true, Satisfaction: 5, Comment: "表示认可"}, complaint.Close{})
	return id
}

var (
	field    = regexp.MustCompile(`(?s)<(?:input|textarea)[^>]*?name="([^"]+)"(?:[^>]*?value="([^"]*)")?[^>]*>(?:([^<]*)</textarea>)?`)
	selected = regexp.MustCompile(`(?s)<select[^>]*name="([^"]+)".*?</select>`)
	option   = regexp.MustCompile(`<option value="([^"]*)"[^>]* selected`)
)

// filled is the edit form as the page brings it, so that a test changes some fields only.
func filled(a servertest.Answer, change ...string) []string {
	values := map[string]string{}
	body := a.Body[strings.Index(a.Body, `class="prec-read"`):]
	for _, m := range field.FindAllStringSubmatch(body, -1) {
		if !strings.Contains(m[0], "checkbox") && m[1] != "do" {
			values[m[1]] = unescape(m[2] + m[3])
		}
	}
	for _, m := range selected.FindAllStringSubmatch(body, -1) {
		if o := option.FindStringSubmatch(m[0]); o != nil {
			values[m[1]] = o[1]
		}
	}
	for i := 0; i+1 < len(change); i += 2 {
		values[change[i]] = change[i+1]
	}
	var out []string
	for k, v := range values {
		if strings.HasSuffix(k, "].why") && v == "" {
			v = "通用说法，不指向任何人"
		}
		out = append(out, k, v)
	}
	return out
}

func unescape(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(s)
}

func (w world) sees(b *servertest.Browser, path string, status int, want ...string) servertest.Answer {
	w.T.Helper()
	a := b.Get(path)
	if a.Status != status {
		w.T.Fatalf("%s: %d, want %d\n%s", path, a.Status, status, a.Text())
	}
	for _, s := range want {
		if no, ok := strings.CutPrefix(s, "!"); ok && strings.Contains(a.Text(), no) || !ok && !strings.Contains(a.Text(), s) {
			w.T.Errorf("%s: want %q\n%s", path, s, a.Text())
		}
	}
	return a
}

// shelf proposes and approves a precedent and returns its path.
func (w world) shelf(id complaint.ID) string {
	w.T.Helper()
	handler, office := w.As("handler"), w.As("office")
	at := strings.TrimSuffix(handler.Post("/complaints/"+id.String()+"/precedents").Location(), "/edit")
	a := handler.Post(at+"/edit", filled(handler.Get(at+"/edit"), "title", "信用卡年费没有事先告知", "lessons", "收费前以短信告知，开卡时当面提示并留痕。", "do", "hand-in")...)
	if a.Status != 303 {
		w.T.Fatalf("hand in: %d\n%s", a.Status, a.Text())
	}
	if a = office.Post(at + "/approve"); a.Status != 303 {
		w.T.Fatalf("approve: %d\n%s", a.Status, a.Text())
	}
	return at
}

// S2.7: from the case page to the library with proposer and approver, over HTTP.
func TestPropose(t *testing.T) {
	w := newWorld(t)
	handler, office, stranger := w.As("handler"), w.As("office"), w.As("shanghai")
	w.sees(stranger, "/precedents", 200, "案例库还没有案例")
	id := w.closed(narrative)
	for range 2 {
		w.closed("办信用卡时没有人说年费的事，被扣三百元。")
	}
	w.sees(handler, "/complaints/"+id.String()+"/precedents", 200, "提为案例", "没有相似的案例")
	if a := stranger.Post("/complaints/" + id.String() + "/precedents"); a.Status != 403 {
		t.Errorf("a stranger proposes: %d", a.Status)
	}
	edit := handler.Post("/complaints/" + id.String() + "/precedents").Location()
	at := strings.TrimSuffix(edit, "/edit")
	page := w.sees(handler, edit, 200, "去标识检查", "〖投诉人〗", "!张三丰", "!朝阳支行", "!周芷若", "!6222", "!13800001234", "!三百元")
	w.sees(stranger, at, 404)
	w.sees(stranger, edit, 404)
	w.sees(handler, "/precedents?show=work", 200, "起草中")

	a := handler.Post(edit, filled(page, "lessons", "张三丰的遭遇说明要先告知，联系电话13912345678", "do", "hand-in")...)
	if a.Status != 422 || !strings.Contains(a.Text(), "张三丰") || !strings.Contains(a.Text(), "当事人信息") {
		t.Fatalf("a name is handed in: %d\n%s", a.Status, a.Text())
	}
	a = handler.Post(edit, filled(w.sees(handler, edit, 200, "来自原投诉，只能改写"), "lessons", "收费前以短信告知。", "do", "save")...)
	if a.Status != 303 {
		t.Fatalf("save: %d\n%s", a.Status, a.Text())
	}
	if a = handler.Post(edit, append(filled(page, "lessons", "旧页面"), "do", "save")...); a.Status != 412 && a.Status != 409 {
		t.Errorf("a stale page is saved: %d", a.Status)
	}
	a = handler.Post(edit, filled(handler.Get(edit), "do", "hand-in")...)
	if a.Status != 303 {
		t.Fatalf("hand in: %d\n%s", a.Status, a.Text())
	}
	w.sees(handler, at, 200, "由消保办另一位人员审批", "!批准入库")
	if a := handler.Post(at + "/approve"); a.Status != 403 {
		t.Errorf("the proposer approves: %d", a.Status)
	}
	w.sees(office, "/precedents?show=work", 200, "等待审批")
	w.sees(office, at, 200, "批准入库", "李雯")
	if a := office.Post(at+"/return", "why", ""); a.Status != 422 || !strings.Contains(a.Text(), "退回的理由") {
		t.Errorf("returned without a reason: %d", a.Status)
	}
	office.Post(at+"/return", "why", "请写清楚告知的办法")
	w.sees(handler, edit, 200, "请写清楚告知的办法")
	handler.Post(edit, filled(handler.Get(edit), "lessons", "收费前三十日以短信告知。", "do", "hand-in")...)
	if a := office.Post(at + "/approve"); a.Status != 303 {
		t.Fatalf("approve: %d\n%s", a.Status, a.Text())
	}
	w.sees(stranger, at, 200, "AL-2026-0001", "已入库", "收费前三十日以短信告知", "第二十一条", "!李雯", "!原投诉", "!〖")
	w.sees(handler, at, 200, "原投诉")
	w.sees(handler, "/complaints/"+id.String()+"/precedents", 200, "本件已提为案例")
}

func TestLibrary(t *testing.T) {
	w := newWorld(t)
	first := w.closed(narrative)
	for range 2 {
		w.closed("办信用卡时没有人说年费的事，被扣三百元。")
	}
	at := w.shelf(first)
	stranger, office := w.As("shanghai"), w.As("office")
	for _, test := range []struct{ query, want string }{
		{"", "共 1 件"}, {"?q=年费", "信用卡年费没有事先告知"}, {"?q=AL-2026-0001", "信用卡年费没有事先告知"}, {"?q=理赔", "没有找到这样的案例"}, {"?product=credit_card", "全部清除"}, {"?product=debit_card", "没有找到这样的案例"},
		{"?settled=1&cause=expectation", "没有升级"}, {"?q=张三丰", "没有找到这样的案例"},
	} {
		w.sees(stranger, "/precedents"+test.query, 200, test.want)
	}
	if a := stranger.Post(at+"/cite", "what", "training", "note", "给13912345678看"); a.Status != 422 || !strings.Contains(a.Text(), "不要写个人信息") {
		t.Errorf("a note with a number: %d\n%s", a.Status, a.Text())
	}
	stranger.Post(at+"/cite", "what", "training", "note", "二季度柜员培训")
	w.sees(w.As("auditor"), at, 200, "引用 1 次", "二季度柜员培训", "!王沪")
	w.sees(office, at, 200, "王沪")
	other, err := w.App.Register(t.Context(), w.Actor("handler"), complaint.Register{Channel: "phone", Narrative: "办信用卡没有告知年费，被扣三百元，客服说不退。", Complainant: complaint.Complainant{Name: "赵敏"}})
	w.ok(err)
	w.sees(w.As("handler"), "/complaints/"+other.ID.String()+"/precedents", 200, "信用卡年费没有事先告知", "年费")
	if a := w.As("handler").Post(at+"/withdraw", "why", "写错了"); a.Status != 403 {
		t.Errorf("the proposer takes it out: %d", a.Status)
	}
	if a := office.Post(at+"/withdraw", "why", "制度已改"); a.Status != 303 {
		t.Fatalf("withdraw: %d\n%s", a.Status, a.Text())
	}
	w.sees(stranger, at, 200, "已撤下", "制度已改", "!三十日", "!收费前")
	w.sees(stranger, "/precedents", 200, "案例库还没有案例")
	for _, path := range []string{"/precedents/999", "/precedents/abc", "/precedents/999/edit"} {
		w.sees(office, path, 404)
	}
}

// Every page in both languages: balanced markup, complete texts.
func TestPages(t *testing.T) {
	w := newWorld(t)
	id := w.closed(narrative)
	at := w.shelf(id)
	b := w.As("office")
	edit := b.Post("/complaints/" + w.closed(narrative).String() + "/precedents").Location()
	for _, path := range []string{"/precedents", "/precedents?show=work", "/precedents?q=理赔", at, edit, strings.TrimSuffix(edit, "/edit"), "/complaints/" + id.String() + "/precedents"} {
		for _, lang := range []string{"zh", "en"} {
			b.Lang = lang
			a := b.Get(path)
			if a.Status != 200 {
				t.Fatalf("%s in %s: %d", path, lang, a.Status)
			}
			for _, wrong := range webtest.Markup(a.Body) {
				t.Errorf("%s in %s: %s", path, lang, wrong)
			}
			if i := strings.Index(a.Text(), "precedents."); i >= 0 {
				t.Errorf("%s in %s has no text for %q", path, lang, a.Text()[i:i+40])
			}
		}
	}
}
