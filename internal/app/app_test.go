package app_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// world is an institution on a real database with a clock that the test moves.
type world struct {
	*testing.T
	app *app.App
	s   *storage.Store
	now *time.Time
	o   storage.Options // by which another copy opens the same data
}

var ctx = context.Background()

func each(t *testing.T, fn func(w world)) {
	storagetest.EachOptions(t, func(t *testing.T, o storage.Options) {
		now := calendar.Of(2026, 3, 31).Time().Add(10 * time.Hour)
		w := world{T: t, now: &now}
		o.Now = func() time.Time { return *w.now }
		w.s, w.o = storagetest.Open(t, o), o
		a, err := app.New(ctx, app.Options{Hasher: identity.NewWeakHasher(1), Store: w.s, Blobs: blob.New(t.TempDir(), rand.Reader), Now: o.Now, Rand: rand.Reader, Institution: "示例银行股份有限公司"})
		if err != nil {
			t.Fatal(err)
		}
		w.app = a
		w.found()
		fn(w)
	})
}

func (w world) found() {
	w.Helper()
	for _, u := range []party.Unit{
		{ID: "01", Name: "总行", Level: party.HeadOffice, Address: "示例市示例路1号", Phone: "400-000-0000"},
		{ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京", Phone: "010-00000000"},
		{ID: "010101", Name: "朝阳支行", Parent: "0101", Level: party.SubBranch, Region: "北京"},
		{ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch, Region: "上海"},
	} {
		w.ok(w.app.SetUnit(ctx, party.System, u, ""))
	}
	for _, p := range []party.Person{
		{ID: "office", Login: "office", Name: "周敏", Unit: "01", Roles: []party.Role{party.Office}},
		{ID: "exec", Login: "exec", Name: "郑川", Unit: "01", Roles: []party.Role{party.Executive}},
		{ID: "audit", Login: "audit", Name: "吴审", Unit: "01", Roles: []party.Role{party.Auditor}},
		{ID: "bjlead", Login: "bjlead", Name: "陈立", Unit: "0101", Roles: []party.Role{party.BranchLead}},
		{ID: "bj", Login: "bj", Name: "李雯", Unit: "0101", Roles: []party.Role{party.Handler}},
		{ID: "cy", Login: "cy", Name: "孙朝", Unit: "010101", Roles: []party.Role{party.Handler}},
		{ID: "sh", Login: "sh", Name: "王沪", Unit: "0102", Roles: []party.Role{party.Handler}},
	} {
		w.ok(w.app.SetPerson(ctx, party.System, p, ""))
	}
}

func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w world) who(id party.PersonID) party.Actor {
	w.Helper()
	who, err := w.app.Actor(ctx, id)
	w.ok(err)
	return who
}

func (w world) today() calendar.Date { return calendar.FromTime(*w.now) }

func (w world) register(by party.PersonID, d complaint.Register) app.Receipt {
	w.Helper()
	if d.Channel == "" {
		d.Channel = "phone"
	}
	if d.Complainant.Name == "" {
		d.Complainant = complaint.Complainant{Name: "张三丰", Phone: "13800001234"}
	}
	if d.Narrative == "" {
		d.Narrative = "我在网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。"
	}
	r, err := w.app.Register(ctx, w.who(by), d)
	w.ok(err)
	return r
}

func (w world) do(by party.PersonID, id complaint.ID, cmds ...complaint.Command) complaint.Case {
	w.Helper()
	var c complaint.Case
	for _, cmd := range cmds {
		var err error
		if c, err = w.app.Do(ctx, w.who(by), id, 0, cmd); err != nil {
			w.Fatalf("%T by %s: %v", cmd, by, err)
		}
	}
	return c
}

// settle carries a case from registration to the approved decision.
func (w world) settle(id complaint.ID) {
	w.Helper()
	w.do("bj", id, complaint.Accept{}, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "调取扣费流水，三月五日扣年费三百元", Basis: "《信用卡领用合约》第六条", Explanation: "办卡时未提示年费，应予退还"}},
		complaint.FindFault{Finding: complaint.FaultFinding{Evidence: true, Team: true, Shares: []complaint.Share{{Bearer: complaint.FaultTeam, Unit: "010101", Percent: 100}}}},
		complaint.Amend{Codes: &complaint.Codes{Product: "credit_card", Reason: "pricing"}},
		complaint.ProposeDecision{Text: "退还年费三百元，并由网点当面致歉"})
	w.do("bjlead", id, complaint.Approve{N: 1})
}

// finish tells the consumer, follows up and closes.
func (w world) finish(id complaint.ID) complaint.Case {
	w.Helper()
	_, err := w.app.IssueLetter(ctx, w.who("bj"), id, 0, complaint.DecisionLetter, 0)
	w.ok(err)
	w.do("bj", id, complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: w.today(), Proof: "EMS 1234567890123"})
	for i, g := range complaint.Guides() {
		var lines []string
		for _, l := range g.Checks {
			lines = append(lines, l.ID)
		}
		w.do("bj", id, complaint.FinishStep{Step: complaint.Step(i), Checked: lines})
	}
	return w.do("bj", id, complaint.RecordFollowUp{On: w.today(), Reached: true, Satisfaction: 5}, complaint.Close{})
}

// S0.3 S0.7 CP-07 CP-14 CP-17: from receipt to closing, on both engines.
func TestComplaintFromReceiptToClosing(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		if r.Owner != "bj" || !strings.HasPrefix(r.Number, "TS20260331-") {
			w.Errorf("receipt %+v", r)
		}
		if d := r.Deadlines[0]; d.Due.IsZero() {
			w.Errorf("no first date: %+v", d)
		}
		w.settle(r.ID)
		c := w.finish(r.ID)
		if c.State != complaint.Closed {
			w.Errorf("state %s", c.State)
		}
		page, err := w.app.Complaint(ctx, w.who("audit"), r.ID)
		w.ok(err)
		if page.Case.Complainant.Name != "张**" || strings.Contains(page.Case.Complainant.Phone, "0000123") {
			w.Errorf("personal data not masked: %+v", page.Case.Complainant)
		}
		for _, form := range []string{"docx", "pdf"} {
			f, err := w.app.OpenLetter(ctx, w.who("bj"), r.ID, 1, form)
			w.ok(err)
			f.Close()
		}
	})
}

// The read tables are nothing but the events: a rebuild finds them equal.
func TestRebuildEqualsLive(t *testing.T) {
	each(t, func(w world) {
		a, b := w.register("bj", complaint.Register{}), w.register("sh", complaint.Register{Narrative: "手机银行转账失败，钱扣了对方没收到，催了三次没有人回复。"})
		w.settle(a.ID)
		w.finish(a.ID)
		w.do("sh", b.ID, complaint.Accept{}, complaint.Extend{Regime: "nfra", Why: "须向清算机构查询"})
		_, err := w.app.Search(ctx, w.who("office"), "转账", 0, 10)
		w.ok(err)
		before, err := w.app.Search(ctx, w.who("office"), "转账", 0, 10)
		w.ok(err)
		if n := w.written(); n != 0 {
			w.Errorf("a rebuild writes %d cases anew, whose texts were not brought up to date", n)
		}
		w.alike()
		after, err := w.app.Search(ctx, w.who("office"), "转账", 0, 10)
		w.ok(err)
		if len(before.Rows) != 1 || len(after.Rows) != 1 || after.Rows[0].ID != b.ID {
			w.Errorf("search before %d, after %d rows", len(before.Rows), len(after.Rows))
		}
	})
}

// Lists, counts, search and pages apply the same permission filter.
func TestOneFilterForAll(t *testing.T) {
	each(t, func(w world) {
		bj := w.register("bj", complaint.Register{})
		w.register("sh", complaint.Register{})
		named := w.register("cy", complaint.Register{Respondents: []complaint.Respondent{{Unit: "010101"}}})
		for _, test := range []struct {
			who  party.PersonID
			want int
		}{{"office", 3}, {"audit", 3}, {"bjlead", 2}, {"sh", 1}, {"cy", 0}} {
			page, err := w.app.Worklist(ctx, w.who(test.who), storage.Filter{Reach: storage.All})
			w.ok(err)
			found, err := w.app.Search(ctx, w.who(test.who), "年费", 0, 10)
			w.ok(err)
			tally := page.Tally.Overdue + page.Tally.Today + page.Tally.Soon
			if len(page.Rows) != test.want || len(found.Rows) != test.want || tally > test.want {
				w.Errorf("%s: worklist %d, search %d, tally %d, want %d", test.who, len(page.Rows), len(found.Rows), tally, test.want)
			}
		}
		if _, err := w.app.Complaint(ctx, w.who("sh"), bj.ID); !fault.Is(err, fault.Forbidden) {
			w.Errorf("other branch read: %v", err)
		}
		if named.Unit != "0101" {
			w.Errorf("a complaint about the sub-branch is handled by %s", named.Unit)
		}
		if _, err := w.app.Complaint(ctx, w.who("cy"), named.ID); !fault.Is(err, fault.Recused) {
			w.Errorf("recused read: %v", err)
		}
	})
}

// Two people save at once: the second is told, and nothing of his is half-written.
func TestStaleVersion(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		c := w.do("bj", r.ID, complaint.Accept{})
		if _, err := w.app.Do(ctx, w.who("bj"), r.ID, c.Version, complaint.AddNote{Text: "甲"}); err != nil {
			w.Fatal(err)
		}
		_, err := w.app.Do(ctx, w.who("bjlead"), r.ID, c.Version, complaint.AddNote{Text: "乙"})
		if !fault.Is(err, fault.Stale) {
			w.Fatalf("second save: %v", err)
		}
		page, err := w.app.Complaint(ctx, w.who("bj"), r.ID)
		w.ok(err)
		if len(page.Case.Notes) != 1 {
			w.Errorf("%d notes", len(page.Case.Notes))
		}
	})
}

// S4.1 CP-11: a merge keeps numbers and clocks and is undone.
func TestMergeAndUnmerge(t *testing.T) {
	each(t, func(w world) {
		a := w.register("bj", complaint.Register{})
		b := w.register("bj", complaint.Register{Channel: "nfra", SenderNumber: "京金消转〔2026〕88号", OwnDue: calendar.Of(2026, 4, 10)})
		w.ok(w.app.Merge(ctx, w.who("bjlead"), b.ID, a.ID, "同一事项"))
		page, err := w.app.Complaint(ctx, w.who("bj"), a.ID)
		w.ok(err)
		if n := len(page.Case.LiveReferences()); n != 2 {
			w.Errorf("%d references after the merge", n)
		}
		id, err := w.app.ByNumber(ctx, "京金消转〔2026〕88号")
		w.ok(err)
		if id != a.ID && id != b.ID {
			w.Errorf("sender's number leads to %d", id)
		}
		w.ok(w.app.Unmerge(ctx, w.who("bjlead"), b.ID, a.ID, "并错了"))
		page, err = w.app.Complaint(ctx, w.who("bj"), b.ID)
		w.ok(err)
		if !page.Case.Open() || page.Next() == nil {
			w.Errorf("unmerged case: state %s", page.Case.State)
		}
	})
}

// Duplicates are shown with their reason: same phone, near text.
func TestPreviewShowsDuplicates(t *testing.T) {
	each(t, func(w world) {
		long := "我在网点办卡时没有被告知年费，三月份被扣了三百元，打了三次客服都说会有人联系我，到今天也没有人联系，要求退还并给个说法。"
		r := w.register("bj", complaint.Register{Narrative: long})
		for _, test := range []struct {
			name string
			d    complaint.Register
			want string
		}{
			{"phone", complaint.Register{Complainant: complaint.Complainant{Name: "张三", Phone: "138 0000 1234"}, Narrative: "另一件事"}, "phone"},
			{"text", complaint.Register{Complainant: complaint.Complainant{Name: "李四"}, Narrative: long + "谢谢。"}, "text"},
			{"none", complaint.Register{Complainant: complaint.Complainant{Name: "李四", Phone: "13900000000"}, Narrative: "手机银行登录不上，换了手机也不行。"}, ""},
		} {
			test.d.Channel = "phone"
			p, err := w.app.Preview(ctx, w.who("bj"), test.d)
			w.ok(err)
			got := ""
			if len(p.Duplicates) > 0 && p.Duplicates[0].Row.ID == r.ID {
				got = strings.Join(p.Duplicates[0].Reasons, ",")
			}
			if got != test.want {
				w.Errorf("%s: reasons %q, want %q", test.name, got, test.want)
			}
		}
	})
}

// S1.6: personal data is shown with a reason and a record.
func TestRevealIsRecorded(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		if _, err := w.app.Reveal(ctx, w.who("bj"), r.ID, "because", ""); !fault.Is(err, fault.Invalid) {
			w.Errorf("without a reason: %v", err)
		}
		p, err := w.app.Reveal(ctx, w.who("bj"), r.ID, "contact", "")
		w.ok(err)
		if p.Complainant.Phone != "13800001234" {
			w.Errorf("revealed %+v", p.Complainant)
		}
		log, err := w.app.AccessLog(ctx, w.who("audit"), r.ID, w.now.Add(time.Hour), 10)
		w.ok(err)
		if len(log) != 1 || log[0].What != "personal:contact" || log[0].Who != "person/bj" {
			w.Errorf("access log %+v", log)
		}
	})
}

// A setting changes the dates of open cases, and nothing that was decided.
func TestSettingMovesOpenDates(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{Nature: complaint.Consultation})
		due := func() calendar.Date {
			p, err := w.app.Worklist(ctx, w.who("office"), storage.Filter{Reach: storage.All})
			w.ok(err)
			return p.Rows[0].NextDue
		}
		before := due()
		w.ok(w.app.SetSetting(ctx, party.System, "house.simple.days", "5", ""))
		if after := due(); after != calendar.Of(2026, 4, 5) || after == before {
			w.Errorf("due moved from %s to %s", before, after)
		}
		if err := w.app.SetSetting(ctx, party.System, "house.simple.days", "viel", ""); err == nil {
			w.Error("a word was taken for a number")
		}
		_ = r
	})
}

// Files are told by their content, sealed, and read only with a record.
func TestAttachments(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		pdf := "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
		c, err := w.app.AttachFile(ctx, w.who("bj"), r.ID, 0, "回单.pdf", strings.NewReader(pdf))
		w.ok(err)
		if len(c.Files) != 1 {
			w.Fatalf("%d files", len(c.Files))
		}
		f, err := w.app.OpenFile(ctx, w.who("bjlead"), r.ID, 1)
		w.ok(err)
		defer f.Close()
		b := new(strings.Builder)
		buf := make([]byte, 64)
		for {
			n, err := f.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				break
			}
		}
		if b.String() != pdf {
			w.Errorf("read back %q", b.String())
		}
		_, err = w.app.AttachFile(ctx, w.who("bj"), r.ID, 0, "照片.png", strings.NewReader("MZ\x90\x00program"))
		if fe, ok := errors.AsType[*fault.Error](err); !ok || fe.Kind == fault.Internal {
			w.Errorf("forged type: %v", err)
		}
	})
}

// An answer to a regulator must not say that the consumer was told before he was.
func TestRegulatorAnswerSaysWhatIsRecorded(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{Channel: "nfra", Sender: "国家金融监督管理总局北京监管局", SenderNumber: "京金消转〔2026〕9号"})
		w.settle(r.ID)
		answer := func() string {
			l, err := w.app.PreviewLetter(ctx, w.who("bj"), r.ID, complaint.RegulatorResponse, 1)
			w.ok(err)
			return l.Text()
		}
		if text := answer(); !strings.Contains(text, "尚未告知消费者") {
			w.Errorf("before the notice: %s", text)
		}
		_, err := w.app.IssueLetter(ctx, w.who("bj"), r.ID, 0, complaint.DecisionLetter, 0)
		w.ok(err)
		w.do("bj", r.ID, complaint.GiveNotice{Letter: 1, Mode: complaint.Posted, On: w.today(), Proof: "EMS 1"})
		if text := answer(); !strings.Contains(text, "2026年3月31日以邮寄方式告知消费者") {
			w.Errorf("after the notice: %s", text)
		}
	})
}

// A decision letter names the redress with its amount.
func TestDecisionLetterNamesTheAmount(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{})
		w.do("bj", r.ID, complaint.Accept{}, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: 123456, Text: "退还年费及利息。"}}, Why: "未提示年费"})
		w.do("bjlead", r.ID, complaint.Approve{N: 1})
		w.do("bj", r.ID, complaint.Find{N: 1, Finding: complaint.Finding{Outcome: complaint.Upheld, Evidence: "扣费流水", Basis: "合约第六条", Explanation: "未提示"}}, complaint.ProposeDecision{Text: "退还年费"})
		w.do("bjlead", r.ID, complaint.Approve{N: 2})
		l, err := w.app.PreviewLetter(ctx, w.who("bj"), r.ID, complaint.DecisionLetter, 0)
		w.ok(err)
		if !strings.Contains(l.Text(), "退还年费及利息（1,234.56元）") {
			w.Errorf("letter: %s", l.Text())
		}
	})
}

// The distance at which a due date warns is the institution's to set.
func TestWarningDistanceIsASetting(t *testing.T) {
	each(t, func(w world) {
		w.register("bj", complaint.Register{Channel: "nfra", SenderNumber: "京〔2026〕1号", OwnDue: w.today().AddDays(6)})
		r := w.register("bj", complaint.Register{Channel: "letter"})
		w.do("bj", r.ID, complaint.RecordContact{Channel: "phone", Outbound: true, Reached: true, Summary: "已联系"})
		soon := func() int {
			p, err := w.app.Worklist(ctx, w.who("office"), storage.Filter{Reach: storage.All})
			w.ok(err)
			return p.Tally.Soon
		}
		before := soon()
		w.ok(w.app.SetSetting(ctx, party.System, "warning.days", "20,1", ""))
		if after := soon(); after != before+1 || w.app.SoonDays() != 20 {
			w.Errorf("soon: %d before, %d after", before, after)
		}
	})
}

// The answer to a regulator prints what was written for it, with the redress that
// the wording leaves out; with an error in it, it is not issued.
func TestRegulatorAnswerPrintsItsDraft(t *testing.T) {
	each(t, func(w world) {
		r := w.register("bj", complaint.Register{Channel: "nfra", Sender: "国家金融监督管理总局北京监管局", SenderNumber: "京金消转〔2026〕9号"})
		w.settle(r.ID)
		c, err := w.app.Case(ctx, w.who("bj"), r.ID)
		w.ok(err)
		words := complaint.Reply{Opening: "我行收到来文后由专人核查。", Decision: "消费者所称情况属实，已按规定处理。", Closing: "后续情况另报。"}
		for _, p := range c.Case.Live() {
			words.Answers = append(words.Answers, complaint.Answer{Point: p.N, Text: "经核实，" + p.Finding.Evidence + "。依据" + p.Finding.Basis + "，" + p.Finding.Explanation + "。"})
		}
		w.do("bj", r.ID, complaint.SaveDraft{Kind: complaint.RegulatorReply, Reply: words})
		l, err := w.app.PreviewLetter(ctx, w.who("bj"), r.ID, complaint.RegulatorResponse, 1)
		w.ok(err)
		for _, want := range []string{"由专人核查", "已按规定处理", words.Answers[0].Text, "后续情况另报", "尚未告知消费者"} {
			if !strings.Contains(l.Text(), want) {
				w.Errorf("the letter lacks %s:\n%s", want, l.Text())
			}
		}
		bad := words
		bad.Decision, bad.Answers = "消费者所称情况属实，【怎么处理】", nil
		w.do("bj", r.ID, complaint.SaveDraft{Kind: complaint.RegulatorReply, Base: 1, Reply: bad})
		if _, err := w.app.IssueLetter(ctx, w.who("bj"), r.ID, 0, complaint.RegulatorResponse, 1); err == nil || !strings.Contains(err.Error(), "处错误") {
			w.Errorf("a letter with errors was issued: %v", err)
		}
		w.do("bj", r.ID, complaint.SaveDraft{Kind: complaint.RegulatorReply, Base: 2, Reply: complaint.Reply{Opening: words.Opening}})
		if l, err = w.app.PreviewLetter(ctx, w.who("bj"), r.ID, complaint.RegulatorResponse, 1); err != nil || strings.Contains(l.Text(), "由专人核查") {
			w.Errorf("a draft without a decision was printed: %v", err)
		}
	})
}

// TestApprovalsCountedUpTo: the number of what waits stops at its bound, so that it
// costs no more where more waits.
func TestApprovalsCountedUpTo(t *testing.T) {
	each(t, func(w world) {
		for range 3 {
			r := w.register("bj", complaint.Register{})
			w.do("bj", r.ID, complaint.Accept{}, complaint.ProposeRedress{Items: []complaint.Redress{{What: "refund", Amount: 30000, Text: "退还年费"}}, Why: "未提示年费"})
		}
		for _, c := range []struct{ most, want int }{{2, 2}, {3, 3}, {1000, 3}} {
			var n int
			w.ok(w.s.View(ctx, func(tx *storage.Tx) (err error) { n, err = tx.CountApprovals(w.who("bjlead"), c.most); return err }))
			if n != c.want {
				w.Errorf("up to %d: %d", c.most, n)
			}
		}
	})
}
