package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// logins are who plays each role.
var logins = map[party.Role]string{party.Handler: "handler", party.BranchLead: "lead", party.Office: "office", party.Executive: "executive"}

// verbs are the names of commands in addresses.
var verbs = func() map[reflect.Type]string {
	out := map[reflect.Type]string{}
	for _, v := range complaint.Verbs() {
		out[reflect.TypeOf(v.New()).Elem()] = v.Name
	}
	return out
}()

// registers takes the complaint of a story in through the form and returns its id.
func (c *clerk) registers(s casebook.Story, phone string) complaint.ID {
	c.w.t.Helper()
	c.open("/complaints/new")
	f := c.form("/complaints/new")
	if len(s.Points) > 2 { // the form has two lines; more come by the button
		c = f.press("do", "more").send(http.StatusOK)
		f = c.form("/complaints/new")
	}
	f.fill("channel", string(s.Channel)).fill("received_on", c.w.today().String()).fill("complainant.name", s.Name).fill("complainant.salutation", s.Salutation).
		fill("complainant.phone", phone).fill("vulnerable", s.Vulnerable...).fill("narrative", s.Narrative).fill("demand", s.Demand).fill("requests", s.Requests...).
		fill("codes.product", complaint.CodeName(complaint.Book().Products, s.Product)).fill("codes.reason", s.Reason).fill("amount", web.Yuan(s.Amount))
	for i, p := range s.Points {
		f.fill("points["+strconv.Itoa(i)+"]", p.Text)
	}
	if ch, _ := party.ChannelOf(s.Channel); ch.Sender {
		f.fill("sender_number", transferNumber)
	}
	if s.Agent != nil {
		f.fill("representative.kind", string(s.Agent.Kind)).fill("representative.name", s.Agent.Name).fill("representative.proof", s.Agent.Proof)
	}
	c = f.send(http.StatusSeeOther)
	c.sees("最迟在 "+c.w.today().AddDays(limit).String()+" 把处理决定告诉您", "李雯")
	id, err := strconv.ParseInt(c.link("打开")[len("/complaints/"):], 10, 64)
	c.w.ok(err)
	return complaint.ID(id)
}

const (
	transferNumber = "12378转〔2026〕0331号"
	limit          = 15 // natural days for a decision (rule 2020-3 art. 18)
)

// does gives a command on the pages: its form is opened, filled in and sent.
func (c *clerk) does(id complaint.ID, command complaint.Command) {
	c.w.t.Helper()
	switch d := command.(type) {
	case complaint.IssueLetter:
		c.open(fmt.Sprintf("%s/letters/preview?kind=%s&ref=%d", caseAt(id), d.What, d.Reference))
		c.form(caseAt(id) + "/issue-letter").send(http.StatusSeeOther)
	case complaint.Approve:
		c.open("/approvals")
		c.form(fmt.Sprintf("/approvals/%s/%d/approve", id, d.N)).fill("note", d.Note).send(http.StatusSeeOther)
	case complaint.FinishStep:
		c.open(caseAt(id))
		f := c.form(caseAt(id)+"/finish-step").fill("checked", d.Checked...).fill("note", d.Note)
		if got := f.values.Get("step"); got != strconv.Itoa(int(d.Step)) {
			c.w.t.Fatalf("the page is at step %s, not %d", got, d.Step)
		}
		f.send(http.StatusSeeOther)
	default:
		verb := verbs[reflect.TypeOf(command)]
		c.open(caseAt(id) + "/do/" + verb)
		c.form(caseAt(id) + "/" + verb).takes(entries(command)).send(http.StatusSeeOther)
	}
}

// takes fills in everything that the command says and the form asks.
func (f *form) takes(all []entry) *form {
	f.c.w.t.Helper()
	for _, e := range all {
		switch {
		case f.has(e.name):
			f.fill(e.name, e.values...)
		case len(e.values) == 0: // a box that is off, on a form without it
		case f.values.Get(e.name) != e.values[0]:
			f.c.w.t.Fatalf("%s has no field for %s=%q", f.action, e.name, e.values)
		}
	}
	return f
}

// play tells a story from the register form to its end, each act on its day by
// somebody with the role, who signs in and out for it.
func (w world) play(s casebook.Story, phone string) complaint.ID {
	w.t.Helper()
	at, who := 0, "handler"
	c := w.comes(who)
	id := c.registers(s, phone)
	for _, act := range s.Acts() {
		if act.Day != at || logins[act.By] != who {
			c.goes()
			w.Pass(time.Duration(act.Day-at) * 24 * time.Hour)
			at, who = act.Day, logins[act.By]
			c = w.comes(who)
		}
		w.Pass(time.Minute)
		command := act.Do(w.fold(id), w.today())
		if _, last := command.(complaint.Close); last {
			c.readsBeforeClosing(id, s)
		}
		c.does(id, command)
		if _, first := command.(complaint.Accept); first {
			c.cannotCloseYet(id)
		}
	}
	c.open(caseAt(id)).sees("已办结", "这件投诉没有待办事项")
	c.goes()
	return id
}

var mending = regexp.MustCompile(`<a[^>]* href="(/complaints/\d+/(?:do|letters)/[^"]+)"`)

// cannotCloseYet opens the checks before closing right after acceptance: each
// that fails leads to the page that mends it, and nothing can be sent.
func (c *clerk) cannotCloseYet(id complaint.ID) {
	c.w.t.Helper()
	c.open(caseAt(id)+"/do/close").sees("还有争议点没有核查结论", "还没有经批准的处理决定", "还没有告知处理决定的凭证", "还没有定责", "七个步骤还没有走完", "还没有回访")
	ways := mending.FindAllStringSubmatch(c.page.Body, -1)
	if len(ways) < 6 {
		c.w.t.Errorf("%d ways to mend what is missing, want 6 or more", len(ways))
	}
	for _, way := range ways {
		if a := c.Get(way[1]); a.Status != http.StatusOK {
			c.w.t.Errorf("the way to mend %s: %d", way[1], a.Status)
		}
	}
}

// readsBeforeClosing looks at the case as a person does who is about to close it.
func (c *clerk) readsBeforeClosing(id complaint.ID, s casebook.Story) {
	c.w.t.Helper()
	k := c.w.fold(id)
	c.open(caseAt(id)).sees("检查已全部通过，可以办结", s.Decision)
	for _, p := range s.Points {
		c.sees(p.Text, p.Evidence, p.Explanation, complaint.Label("outcome", string(p.Outcome), "zh"))
	}
	for _, r := range s.Redress {
		c.sees(r.Text)
		if r.Amount > 0 {
			c.sees(web.Money(r.Amount))
		}
	}
	if people := c.part("people"); strings.Contains(people, s.Name) || !strings.Contains(people, "**") {
		c.w.t.Errorf("the case page shows the name in full: %s", people)
	}
	for _, l := range k.Letters {
		c.readsLetter(id, l, s)
	}
}

// readsLetter downloads a letter in both forms and holds that it says all it must.
func (c *clerk) readsLetter(id complaint.ID, l complaint.Letter, s casebook.Story) {
	c.w.t.Helper()
	if pdf := c.Get(fmt.Sprintf("%s/letters/%d/pdf", caseAt(id), l.N)); pdf.Status != http.StatusOK || !strings.HasPrefix(pdf.Body, "%PDF-") || len(pdf.Body) < 8000 {
		c.w.t.Errorf("letter %d as PDF: %d, %d bytes", l.N, pdf.Status, len(pdf.Body))
	}
	text := docx(c.w, c.Get(fmt.Sprintf("%s/letters/%d/docx", caseAt(id), l.N)).Body)
	want := []string{c.w.fold(id).Number}
	switch l.What {
	case complaint.DecisionLetter:
		want = append(want, addressee(s), strings.TrimSuffix(s.Decision, "。"), "30日内", "示例银行总行", "调解", "诉讼")
	case complaint.RegulatorResponse:
		want = append(want, transferNumber, strings.TrimSuffix(s.Decision, "。"), "改进措施", s.Fault.Note, "告知消费者")
	case complaint.ExclusionLetter:
		want = append(want, s.Appraisal.Body)
	}
	if l.What == complaint.DecisionLetter || l.What == complaint.RegulatorResponse {
		for _, p := range s.Points {
			want = append(want, p.Text, p.Evidence, p.Explanation)
		}
	}
	for _, one := range want {
		if !strings.Contains(text, one) {
			c.w.t.Errorf("the letter %s does not say %q:\n%s", l.Title, one, text)
		}
	}
}

// addressee is whom the letters of a story go to: nobody writes to the dead.
func addressee(s casebook.Story) string {
	if s.Agent != nil && s.Agent.Kind == complaint.Heir {
		return s.Agent.Name
	}
	return s.Name
}

var tag = regexp.MustCompile(`<[^>]*>`)

// docx is the text of a Word file.
func docx(w world, body string) string {
	w.t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	w.ok(err)
	f, err := z.Open("word/document.xml")
	w.ok(err)
	defer f.Close()
	b, err := io.ReadAll(f)
	w.ok(err)
	return tag.ReplaceAllString(string(b), "")
}

// S0.9 S4.7 S4.11 S4.13: the cases and exercises of the training material, from
// the register form to closing, by people who sign in and out.
func TestStoriesThroughTheForms(t *testing.T) {
	played := 0
	for i, s := range casebook.All() {
		if s.Row == "" {
			continue
		}
		played++
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.play(s, fmt.Sprintf("1380000%04d", i))
			w.checkEnd(id, s)
			w.sound()
		})
	}
	if played < 9 {
		t.Errorf("%d stories of the material were played, want at least 9", played)
	}
}

// checkEnd asks the ledger what became of the case.
func (w world) checkEnd(id complaint.ID, s casebook.Story) {
	w.t.Helper()
	k := w.fold(id)
	var sum int64
	for _, r := range s.Redress {
		sum += r.Amount
	}
	if k.State != complaint.Closed || k.Ending != complaint.ByDecision || k.RedressTotal() != sum || len(k.FollowUps) != 1 || k.FollowUps[0].Satisfaction != s.Satisfied {
		w.t.Errorf("the case ended %s by %s with %d fen and follow-ups %+v", k.State, k.Ending, k.RedressTotal(), k.FollowUps)
	}
	for _, d := range k.Deadlines(w.App.Rules(k.ReceivedOn), w.App.Calendar()) {
		if d.Live() || d.MetOn.IsZero() || !d.Due.IsZero() && d.MetOn > d.Due {
			w.t.Errorf("deadline %s: due %s, met %s", d.Kind, d.Due, d.MetOn)
		}
	}
	if ch, _ := party.ChannelOf(s.Channel); ch.Regulator {
		w.checkTransfer(k)
	}
}

// S4.10 S4.11: the transferred case was judged by the matrix and its sender answered.
func (w world) checkTransfer(k complaint.Case) {
	w.t.Helper()
	c := w.comes("office")
	c.open(caseAt(k.ID)).sees("有证据、团队与公司均有责", transferNumber, k.References[0].AnsweredOn.String()+" 已答复")
	c.goes()
}
