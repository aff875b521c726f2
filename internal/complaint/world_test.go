package complaint_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// The institution of the tests: head office 01 with its consumer-protection
// department 01D, branches Beijing 0101 and Shanghai 0102 with sub-branches.
var tree = sync.OnceValue(func() *party.Tree {
	t, err := party.NewTree([]party.Unit{
		{ID: "01", Name: "总行", Level: party.HeadOffice, Region: "北京", Address: "北京市西城区金融街 1 号"},
		{ID: "01D", Name: "消费者权益保护部", Parent: "01", Level: party.Department, Region: "北京"},
		{ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京", Address: "北京市东城区建国门内大街 2 号"},
		{ID: "0101D", Name: "北京分行消保部", Parent: "0101", Level: party.Department, Region: "北京"},
		{ID: "010101", Name: "朝阳支行", Parent: "0101", Level: party.SubBranch, Region: "北京"},
		{ID: "010102", Name: "海淀支行", Parent: "0101", Level: party.SubBranch, Region: "北京"},
		{ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch, Region: "上海", Address: "上海市浦东新区陆家嘴环路 3 号"},
		{ID: "010201", Name: "静安支行", Parent: "0102", Level: party.SubBranch, Region: "上海"},
		{ID: "010299", Name: "徐汇支行", Parent: "0102", Level: party.SubBranch, Region: "上海", Closed: true},
	})
	if err != nil {
		panic(err)
	}
	return t
})

// people: ids say unit and role. clerk* handle, lead* lead, office* are the
// consumer-protection desks, boss is an executive, audit and admin the others.
var people = sync.OnceValue(func() map[party.PersonID]party.Person {
	out := map[party.PersonID]party.Person{}
	for id, p := range map[party.PersonID]struct {
		unit party.UnitID
		role party.Role
		name string
	}{
		"clerkBJ": {"010101", party.Handler, "张敏"}, "clerkBJ2": {"010101", party.Handler, "刘洋"}, "clerkHD": {"010102", party.Handler, "吴迪"},
		"clerkBR": {"0101", party.Handler, "何静"}, "leadCY": {"010101", party.BranchLead, "孙强"}, "leadBJ": {"0101", party.BranchLead, "李建国"},
		"officeBJ": {"0101D", party.Office, "周婷"}, "clerkSH": {"010201", party.Handler, "陈晨"}, "leadSH": {"0102", party.BranchLead, "王海"},
		"clerkHQ": {"01", party.Handler, "冯磊"}, "officeHQ": {"01D", party.Office, "赵倩"}, "office2HQ": {"01D", party.Office, "钱宇"},
		"boss": {"01", party.Executive, "郑总"}, "boss2": {"01", party.Executive, "孔总"}, "audit": {"01", party.Auditor, "沈审"}, "admin": {"01", party.Administrator, "韩管"},
	} {
		out[id] = party.Person{ID: id, Login: string(id), Name: p.name, Unit: p.unit, Roles: []party.Role{p.role}}
	}
	out["gone"] = party.Person{ID: "gone", Name: "离职", Unit: "010101", Roles: []party.Role{party.Handler}, Disabled: true}
	return out
})

func person(id party.PersonID) (party.Person, bool) { p, ok := people()[id]; return p, ok }

func who(id party.PersonID) party.Actor {
	p, ok := person(id)
	if !ok {
		panic("nobody is called " + id)
	}
	return party.ActorOf(p, tree())
}

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// at is ten in the morning of a day.
func at(d calendar.Date) time.Time { return d.Time().Add(10 * time.Hour).UTC() }

var duty = sync.OnceValue(func() func(party.UnitID, access.Target) party.PersonID {
	return complaint.DutyOf(slices.Collect(maps.Values(people())), tree())
})

// env is the world on a day for a person, with the rules of the day of receipt.
func env(by party.Actor, on calendar.Date, received calendar.Date) complaint.Env {
	return complaint.Env{By: by, At: at(on), Rules: regulation.Embedded().At(received), Cal: calendar.Official(), Tree: tree(), People: person, Duty: duty()}
}

// recorded is one event as the ledger keeps it.
type recorded struct {
	event complaint.Event
	meta  complaint.Meta
}

// tb is what the desk needs of *testing.T and of *rapid.T.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// desk is a case with its trace; every event goes through the ledger's encoding.
type desk struct {
	t     tb
	c     complaint.Case
	trace []recorded
}

// seen collects the kinds of events that any test has sent through the ledger.
var (
	seenMu sync.Mutex
	seen   = map[string]bool{}
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && !filtered() {
		for _, k := range complaint.Kinds() {
			if !seen[k] {
				println("no test has made an event of kind " + k)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// filtered reports whether only some of the tests were run.
func filtered() bool {
	return slices.ContainsFunc(os.Args, func(a string) bool {
		v, ok := strings.CutPrefix(a, "-test.run=")
		return ok && v != "" || strings.HasPrefix(a, "-test.fuzz=") || strings.HasPrefix(a, "-test.list") || strings.HasPrefix(a, "-test.skip=")
	})
}

// through sends an event through the ledger's bytes and back.
func through(t tb, e complaint.Event) complaint.Event {
	t.Helper()
	public, private, err := ledger.Encode(e)
	if err != nil {
		t.Fatalf("encode %s: %v", e.Kind(), err)
	}
	back, err := complaint.Decode(ledger.Event{Kind: e.Kind(), Body: public}, private)
	if err != nil {
		t.Fatalf("decode %s: %v", e.Kind(), err)
	}
	if diff := cmp.Diff(e, back, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s lost something in the ledger:\n%s", e.Kind(), diff)
	}
	seenMu.Lock()
	seen[e.Kind()] = true
	seenMu.Unlock()
	return back
}

func (d *desk) take(events []complaint.Event, by party.Actor, when time.Time) {
	d.t.Helper()
	before := d.c.Version
	for _, e := range events {
		r := recorded{through(d.t, e), complaint.Meta{At: when, By: by.ID}}
		d.trace = append(d.trace, r)
		d.c = d.c.Apply(r.event, r.meta)
	}
	if d.c.Version != before+int64(len(events)) {
		d.t.Fatalf("version %d after %d events on %d", d.c.Version, len(events), before)
	}
}

// refold folds the trace from scratch.
func (d *desk) refold() complaint.Case {
	var c complaint.Case
	for _, r := range d.trace {
		c = c.Apply(through(d.t, r.event), r.meta)
	}
	return c
}

var ids complaint.ID = 100

// register takes a complaint in; the day is the day of receipt.
func register(t tb, by party.PersonID, on string, r complaint.Register) *desk {
	t.Helper()
	if r.ReceivedOn.IsZero() {
		r.ReceivedOn = day(on)
	}
	r.Complainant.Name = or(r.Complainant.Name, "王秀英")
	r.Channel = or(r.Channel, "phone")
	r.Narrative = or(r.Narrative, "我的银行卡突然被限额，一天只能转五百块，我去网点问了三次都没人说清楚。")
	ids++
	e, err := r.NewCase(ids, "TS2026-"+ids.String(), env(who(by), day(on), r.ReceivedOn))
	if err != nil {
		t.Fatalf("register: %v", err)
	}
	d := &desk{t: t}
	d.take([]complaint.Event{e}, who(by), at(day(on)))
	return d
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// try decides a command without taking its events; the right is asked first, as the house does.
func (d *desk) try(cmd complaint.Command, by party.PersonID, on string) ([]complaint.Event, error) {
	if err := access.Can(who(by), cmd.Action(), d.c.Target()).Err(); err != nil {
		return nil, err
	}
	return cmd.Decide(d.c, env(who(by), day(on), d.c.ReceivedOn))
}

// do decides and applies; it fails the test when the command is refused.
func (d *desk) do(cmd complaint.Command, by party.PersonID, on string) *desk {
	d.t.Helper()
	events, err := d.try(cmd, by, on)
	if err != nil {
		d.t.Fatalf("%T by %s on %s: %v", cmd, by, on, err)
	}
	d.take(events, who(by), at(day(on)))
	return d
}

// refused fails the test unless the command is refused with a sentence that holds want.
func (d *desk) refused(cmd complaint.Command, by party.PersonID, on, want string) *desk {
	d.t.Helper()
	_, err := d.try(cmd, by, on)
	if err == nil || !strings.Contains(err.Error(), want) {
		d.t.Errorf("%T by %s on %s: got %v, want a refusal with %q", cmd, by, on, err, want)
	}
	if err != nil && fault.KindOf(err) == fault.Internal {
		d.t.Errorf("%T: an internal error is no answer for a person: %v", cmd, err)
	}
	return d
}

// due returns the due dates of a kind, by reference number (0 for the case).
func (d *desk) due(kind complaint.DeadlineKind) map[int]string {
	out := map[int]string{}
	for _, dl := range d.deadlines() {
		if dl.Kind == kind {
			out[dl.Reference] = dl.Due.String()
		}
	}
	return out
}

func (d *desk) deadlines() []complaint.Deadline {
	return d.c.Deadlines(regulation.Embedded().At(d.c.ReceivedOn), calendar.Official())
}

// one returns the only deadline of a kind.
func (d *desk) one(kind complaint.DeadlineKind) complaint.Deadline {
	d.t.Helper()
	var found []complaint.Deadline
	for _, dl := range d.deadlines() {
		if dl.Kind == kind {
			found = append(found, dl)
		}
	}
	if len(found) != 1 {
		d.t.Fatalf("%d deadlines of kind %s, want one", len(found), kind)
	}
	return found[0]
}

// found answers every allegation.
func (d *desk) found(by party.PersonID, on string) *desk {
	d.t.Helper()
	for _, a := range d.c.Live() {
		d.do(complaint.Find{N: a.N, Finding: finding}, by, on)
	}
	return d
}

var finding = complaint.Finding{Outcome: complaint.Partly, Evidence: "调取了系统日志和柜面录像", Basis: "《个人账户服务协议》第六条", Explanation: "限额为系统按风险规则设置，但未及时告知"}

var noFault = complaint.FindFault{Finding: complaint.FaultFinding{Shares: []complaint.Share{{Bearer: complaint.FaultNone, Percent: 0}}}}

// decided takes a fresh case to an approved decision.
func (d *desk) decided(by, approver party.PersonID, on string) *desk {
	d.t.Helper()
	return d.found(by, on).do(noFault, by, on).
		do(complaint.ProposeDecision{Text: "恢复额度并向您致歉。"}, by, on).
		do(complaint.Approve{N: len(d.c.Approvals)}, approver, on)
}

// told takes an approved decision to the consumer.
func (d *desk) told(by party.PersonID, on string) *desk {
	d.t.Helper()
	d.do(complaint.IssueLetter{What: complaint.DecisionLetter, Title: "处理决定告知书"}, by, on)
	return d.do(complaint.GiveNotice{Letter: len(d.c.Letters), Mode: complaint.HandedOver, On: day(on), Proof: "签收单 001"}, by, on)
}

// steps finishes the steps that are left, all lines ticked.
func (d *desk) steps(by party.PersonID, on string) *desk {
	d.t.Helper()
	for s := d.c.Current(); s < complaint.StepCount; s = d.c.Current() {
		var lines []string
		for _, k := range complaint.Guides()[s].Checks {
			lines = append(lines, k.ID)
		}
		d.do(complaint.FinishStep{Step: s, Checked: lines}, by, on)
	}
	return d
}

// started is a complaint by phone, received on a day and accepted by its first owner.
func started(t tb, on string) *desk {
	t.Helper()
	return register(t, "clerkBJ", on, complaint.Register{Codes: complaint.Codes{Product: "debit_card", Reason: "rules"}}).do(complaint.Accept{}, "clerkBJ", on)
}
