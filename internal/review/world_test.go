package review_test

import (
	"slices"
	"testing"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The institution of the tests: head office 01 with its consumer-protection
// department 01D and its retail department 01R, branch Beijing 0101 with desk 0101D.
func tree(t *testing.T) *party.Tree {
	t.Helper()
	out, err := party.NewTree([]party.Unit{
		{ID: "01", Name: "总行", Level: party.HeadOffice}, {ID: "01D", Name: "消费者权益保护部", Parent: "01", Level: party.Department},
		{ID: "01R", Name: "零售业务部", Parent: "01", Level: party.Department}, {ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch},
		{ID: "0101D", Name: "北京分行消保部", Parent: "0101", Level: party.Department}, {ID: "010101", Name: "朝阳支行", Parent: "0101", Level: party.SubBranch},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var staff = map[party.PersonID]party.Person{
	"subHQ": {Unit: "01R", Name: "许宁", Roles: []party.Role{party.Submitter}}, "subBJ": {Unit: "0101", Name: "蒋雯", Roles: []party.Role{party.Submitter}},
	"revHQ": {Unit: "01D", Name: "林珊", Roles: []party.Role{party.Reviewer}}, "revHQ2": {Unit: "01D", Name: "方明", Roles: []party.Role{party.Reviewer}},
	"revBJ": {Unit: "0101D", Name: "高洁", Roles: []party.Role{party.Reviewer}}, "leadBJ": {Unit: "0101", Name: "李建国", Roles: []party.Role{party.BranchLead}},
	"office": {Unit: "01D", Name: "赵倩", Roles: []party.Role{party.Office}}, "boss": {Unit: "01", Name: "郑总", Roles: []party.Role{party.Executive}},
	"clerk": {Unit: "010101", Name: "张敏", Roles: []party.Role{party.Handler}},
}

func person(id party.PersonID) (party.Person, bool) {
	p, ok := staff[id]
	p.ID = id
	if !ok {
		p.ID = ""
	}
	return p, ok
}

// world plays commands on one review, each a day of its own.
type world struct {
	t     *testing.T
	r     review.Review
	today calendar.Date
	log   []review.Event
}

func start(t *testing.T, by party.PersonID, d review.NewDraft) *world {
	t.Helper()
	w := &world{t: t, today: day(t, "2026-10-12")}
	e, err := d.New(7, "SC20261012-000007", w.env(by))
	if err != nil {
		t.Fatalf("draft: %v", err)
	}
	w.take(by, e)
	return w
}

func day(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *world) env(by party.PersonID) review.Env {
	p, _ := person(by)
	tr := tree(w.t)
	return review.Env{By: party.ActorOf(p, tr), At: w.today.Time().Add(10 * time.Hour), Rules: regulation.Embedded().At(w.today), Cal: calendar.Official(), Tree: tr, People: person}
}

func (w *world) take(by party.PersonID, events ...review.Event) {
	w.log = append(w.log, events...)
	w.r = w.r.ApplyAll(events, review.Meta{At: w.today.Time().Add(10 * time.Hour), By: "person/" + string(by)})
}

// try runs a command as app does: permission first, then the review.
func (w *world) try(by party.PersonID, c review.Command) error {
	env := w.env(by)
	if err := access.Can(env.By, c.Action(), w.r.Target()).Err(); err != nil {
		return err
	}
	events, err := c.Decide(w.r, env)
	if err == nil {
		w.take(by, events...)
	}
	return err
}

func (w *world) do(by party.PersonID, c review.Command) {
	w.t.Helper()
	if err := w.try(by, c); err != nil {
		w.t.Fatalf("%s %T: %v", by, c, err)
	}
}

// read reads and scans the newest material, as the program does.
func (w *world) read(found ...review.Finding) {
	w.t.Helper()
	m, _ := w.r.Current()
	events, err := review.Read(w.r, m.N, review.Reading{Extract: "x", Sum: "s", Chars: 20})
	if err != nil {
		w.t.Fatal(err)
	}
	w.take("", events...)
	events, err = review.Scanning(w.r, w.today, "rules", found, func(old, fresh review.Finding) bool { return old.Quote == fresh.Quote })
	if err != nil {
		w.t.Fatal(err)
	}
	w.take("", events...)
}

// judge accepts everything unjudged and answers the whole checklist.
func (w *world) judge(by party.PersonID, v review.Verdict) {
	w.t.Helper()
	for _, f := range w.r.Unjudged() {
		w.do(by, review.JudgeFinding{N: []int{f.N}, Verdict: v, Why: "语境不同"})
	}
	for _, i := range w.r.Unchecked() {
		w.do(by, review.CheckItem{Item: i.ID, Verdict: review.ItemOK})
	}
}

func (w *world) is(want review.State) {
	w.t.Helper()
	if w.r.State != want {
		w.t.Fatalf("state %s, want %s", w.r.State, want)
	}
}

var sms = map[string]string{"line": "wealth", "audience": "存量客户", "consent": "开户协议第八条单独勾选", "channels": "sms,app", "publish_on": "2026-10-20", "publish_until": "2026-12-31"}

var guarantee = review.Finding{Pack: "wealth", Rule: "wealth.guarantee", Edition: "1", Severity: review.Error, Title: "承诺保本", Start: 3, End: 9, Quote: "保本", Advice: "删除保本表述",
	Cites: []review.Cite{{Instrument: "ad-law", Article: "25"}}}

// draftSMS is a message of a head-office department, ready to be reviewed by revHQ.
func draftSMS(t *testing.T, found ...review.Finding) *world {
	t.Helper()
	w := start(t, "subHQ", review.NewDraft{Kind: "marketing.sms", Title: "国庆理财短信", Form: sms})
	w.do("subHQ", review.AddMaterial{Text: "稳健保本，年化4.2%，回复TD退订。"})
	w.read(found...)
	w.do("subHQ", review.HandIn{})
	w.do("revHQ", review.Take{})
	return w
}

// Every event survives the ledger: what was decided is what is read again.
func (w *world) replay() {
	w.t.Helper()
	for _, e := range w.log {
		public, private, err := ledger.Encode(e)
		if err != nil {
			w.t.Fatalf("%s: %v", e.Kind(), err)
		}
		back, err := review.Decode(ledger.Event{Kind: e.Kind(), Body: public}, private)
		if err != nil {
			w.t.Fatalf("%s: %v", e.Kind(), err)
		}
		if diff := cmp.Diff(e, back, cmpopts.EquateEmpty()); diff != "" {
			w.t.Errorf("%s (-decided +read):\n%s", e.Kind(), diff)
		}
		if !slices.Contains(review.Kinds(), e.Kind()) {
			w.t.Errorf("%s is not among the kinds", e.Kind())
		}
	}
}
