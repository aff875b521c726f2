package app_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/change"
	"xiaobao/internal/complaint"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/post"
	"xiaobao/internal/text/rule"
)

func admin(id party.PersonID) party.Person {
	return party.Person{ID: id, Login: string(id), Name: "管" + string(id), Unit: "01", Roles: []party.Role{party.Administrator}}
}

// admins hires administrators as the program.
func (w world) admins(ids ...party.PersonID) {
	w.Helper()
	for _, id := range ids {
		w.ok(w.app.SetPerson(ctx, party.System, admin(id), ""))
	}
}

// waits is the number of the change that err says waits for a second person.
func (w world) waits(err error) int64 {
	w.Helper()
	c, ok := errors.AsType[*app.WaitingChange](err)
	if !ok {
		w.Fatalf("the change does not wait: %v", err)
	}
	return c.N
}

func (w world) value(id string) string {
	w.Helper()
	s, err := w.app.Rules(w.today()).Setting(id)
	w.ok(err)
	return s.Value
}

func (w world) denied(what string, err error, want fault.Kind) {
	w.Helper()
	if !fault.Is(err, want) {
		w.Errorf("%s: %v, want %v", what, err, want)
	}
}

// A setting takes effect when the second administrator confirms it, and not before.
func TestSettingUnderFourEyes(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b")
		w.denied("without a reason", w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", " "), fault.Invalid)
		n := w.waits(w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", "提早提醒"))
		if w.value("warning.days") == "20,1" {
			w.Error("in force before anybody confirmed")
		}
		w.denied("a second proposal", w.app.SetSetting(ctx, w.who("b"), "warning.days", "9", "别的"), fault.Conflict)
		w.denied("confirmed by the proposer", w.app.ConfirmChange(ctx, w.who("a"), n), fault.Forbidden)
		w.denied("confirmed by the office", w.app.ConfirmChange(ctx, w.who("office"), n), fault.Forbidden)
		w.denied("confirmed by a handler", w.app.ConfirmChange(ctx, w.who("bj"), n), fault.Forbidden)
		w.denied("read by a handler", func() error { _, err := w.app.ConfigChange(ctx, w.who("bj"), n); return err }(), fault.Forbidden)
		for who, want := range map[party.PersonID]int{"a": 0, "b": 1, "office": 0, "bj": 0} {
			if list, err := w.app.WaitingChanges(ctx, w.who(who)); err != nil || len(list) != want {
				w.Errorf("%s has %d to confirm, want %d: %v", who, len(list), want, err)
			}
		}
		p, err := w.app.ConfigChange(ctx, w.who("b"), n)
		if w.ok(err); !p.Confirm || p.Reason != "提早提醒" || len(p.Lines) != 1 || p.Lines[0].New != "20,1" {
			w.Errorf("the page of the second person: %+v", p)
		}
		w.ok(w.app.ConfirmChange(ctx, w.who("b"), n))
		if got := w.value("warning.days"); got != "20,1" {
			w.Errorf("confirmed, and the value is %s", got)
		}
		w.denied("confirmed twice", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Conflict)
		w.alike()
	})
}

// A lone administrator's change takes effect at once and is recorded as that; so is
// the one at the machine, and one of a kind that is set to need nobody.
func TestChangesThatWaitForNobody(t *testing.T) {
	each(t, func(w world) {
		w.admins("a")
		w.ok(w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", ""))
		w.ok(w.app.SetSetting(ctx, party.Shell, "warning.days", "19,1", ""))
		w.ok(w.app.SetSetting(ctx, party.System, "warning.days", "18,1", ""))
		w.ok(w.app.SetSetting(ctx, w.who("a"), "change.unit", "false", ""))
		w.admins("b")
		w.ok(w.app.SetUnit(ctx, w.who("a"), party.Unit{ID: "0103", Name: "天津分行", Parent: "01", Level: party.Branch}, ""))
		w.waits(w.app.SetSetting(ctx, w.who("b"), "change.unit", "true", "收紧"))
		rows, _, err := w.app.Changes(ctx, w.who("audit"), app.ChangeFilter{Limit: 10})
		w.ok(err)
		var modes []string
		for _, r := range rows {
			modes = append(modes, string(r.Mode))
		}
		if got, want := strings.Join(modes, " "), "waits free alone shell alone"; got != want {
			w.Errorf("recorded as %s, want %s: the program's own changes are none", got, want)
		}
		w.ok(w.app.SetSetting(ctx, party.Shell, "change.setting", "false", ""))
		w.waits(w.app.SetSetting(ctx, w.who("b"), "change.person", "false", "嫌麻烦"))
	})
}

// Nobody puts another confirmer out alone, however the settings stand.
func TestTheSecondPersonIsProtected(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b")
		out := admin("b")
		out.Disabled = true
		w.denied("one of two puts the other out", w.app.SetPerson(ctx, w.who("a"), out, "离职"), fault.Conflict)
		w.ok(w.app.SetSetting(ctx, party.Shell, "change.person", "false", ""))
		w.denied("where people need no second", w.app.SetPerson(ctx, w.who("a"), out, "离职"), fault.Conflict)
		w.admins("c")
		n := w.waits(w.app.SetPerson(ctx, w.who("a"), out, "离职"))
		w.denied("confirmed by whom it puts out", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Forbidden)
		w.ok(w.app.ConfirmChange(ctx, w.who("c"), n))
		if p, _ := w.org().Person("b"); !p.Disabled {
			w.Error("confirmed, and b is in office")
		}
		renamed := admin("c")
		renamed.Title = "主任"
		w.ok(w.app.SetPerson(ctx, w.who("a"), renamed, "")) // no right changes
		demoted := admin("c")
		demoted.Roles = []party.Role{party.Handler}
		w.denied("a role taken from the last other", w.app.SetPerson(ctx, w.who("a"), demoted, "调岗"), fault.Conflict)
	})
}

// Who could act as the other does not count as a second person.
func TestTwoAccountsInOneHand(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b", "c")
		n := w.waits(w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", "x"))
		_, err := w.app.ResetPassword(ctx, w.who("a"), "b")
		w.ok(err)
		w.denied("a has b's password", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Forbidden)
		w.ok(w.app.ConfirmChange(ctx, w.who("c"), n))
		n = w.waits(w.app.SetSetting(ctx, w.who("b"), "warning.days", "21,1", "x"))
		w.denied("b is confirmed by who has the password", w.app.ConfirmChange(ctx, w.who("a"), n), fault.Forbidden)
		*w.now = w.now.AddDate(0, 0, 6)
		w.denied("six days later", w.app.ConfirmChange(ctx, w.who("a"), n), fault.Forbidden)
		*w.now = w.now.AddDate(0, 0, 30)
		n = w.waits(w.app.SetSetting(ctx, w.who("b"), "warning.days", "21,1", "x"))
		w.ok(w.app.ConfirmChange(ctx, w.who("a"), n))
		_, text, err := w.app.CreateToken(ctx, w.who("a"), "b", "对接", []string{app.ScopeRead, app.ScopeWrite}, time.Time{}, "对接网银")
		n = w.waits(err)
		if _, _, err := w.app.TokenActor(ctx, text); err == nil {
			w.Error("the token works before anybody confirmed")
		}
		w.denied("b confirms the token for b", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Forbidden)
		w.ok(w.app.ConfirmChange(ctx, w.who("c"), n))
		if _, _, err := w.app.TokenActor(ctx, text); err != nil {
			w.Errorf("the confirmed token: %v", err)
		}
		n = w.waits(w.app.SetSetting(ctx, w.who("a"), "warning.days", "22,1", "x"))
		w.denied("a holds a token of b", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Forbidden)
		_, _, err = w.app.CreateToken(ctx, w.who("a"), "bj", "报表", []string{app.ScopeRead}, time.Time{}, "")
		w.ok(err)
	})
}

// What was changed meanwhile, whose days are over, or whose proposer is gone does
// not take effect.
func TestProposalsThatNoLongerHold(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b", "c")
		n := w.waits(w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", "x"))
		w.ok(w.app.SetSetting(ctx, party.Shell, "warning.days", "12,1", ""))
		w.denied("stale", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Conflict)
		if p, err := w.app.ConfigChange(ctx, w.who("b"), n); err != nil || !p.Moved {
			w.Errorf("the page does not say that it moved: %v", err)
		}
		w.ok(w.app.DeclineChange(ctx, w.who("b"), n, "已改过"))
		n = w.waits(w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", "x"))
		w.denied("withdrawn by another", w.app.WithdrawChange(ctx, w.who("b"), n, ""), fault.Forbidden)
		w.ok(w.app.WithdrawChange(ctx, w.who("a"), n, ""))
		w.denied("withdrawn", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Conflict)
		n = w.waits(w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", "x"))
		gone := admin("a")
		gone.Disabled = true
		w.ok(w.app.ConfirmChange(ctx, w.who("c"), w.waits(w.app.SetPerson(ctx, w.who("b"), gone, "离职"))))
		w.denied("of somebody who is gone", w.app.ConfirmChange(ctx, w.who("b"), n), fault.Conflict)
		n = w.waits(w.app.SetSetting(ctx, w.who("b"), "close.days", "20", "x"))
		*w.now = w.now.AddDate(0, 0, 8)
		w.denied("after its days", w.app.ConfirmChange(ctx, w.who("c"), n), fault.Conflict)
		if w.value("warning.days") != "12,1" {
			w.Errorf("the value is %s", w.value("warning.days"))
		}
	})
}

// Of two who confirm at once one does, and the change is made once.
func TestConfirmedAtOnce(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b", "c")
		n := w.waits(w.app.SetUnit(ctx, w.who("a"), party.Unit{ID: "0103", Name: "天津分行", Parent: "01", Level: party.Branch}, "新设"))
		before, err := w.app.LedgerSize(ctx)
		w.ok(err)
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, who := range []party.Actor{w.who("b"), w.who("c")} {
			wg.Go(func() { errs[i] = w.app.ConfirmChange(ctx, who, n) })
		}
		wg.Wait()
		lost := errors.Join(errs...)
		if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(lost, fault.Stale) && !fault.Is(lost, fault.Conflict) && !fault.Is(errs[0], fault.Conflict) && !fault.Is(errs[1], fault.Conflict) {
			w.Errorf("confirmed at once: %v", errs)
		}
		after, err := w.app.LedgerSize(ctx)
		if w.ok(err); after != before+2 {
			w.Errorf("%d events, want the unit and its confirmation", after-before)
		}
	})
}

// Every kind of change waits and takes effect when it is confirmed.
func TestEveryKindWaits(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b")
		w.register("bj", complaint.Register{})
		w.ok(w.app.SetPerson(ctx, party.System, party.Person{ID: "office2", Login: "office2", Name: "林敏", Unit: "01", Roles: []party.Role{party.Office}}, ""))
		seen := map[change.Kind]bool{}
		confirm := func(kind change.Kind, by party.PersonID, err error) {
			w.Helper()
			n := w.waits(err)
			p, err := w.app.ConfigChange(ctx, w.who(by), n)
			if w.ok(err); p.About != kind || len(p.Lines) == 0 {
				w.Errorf("%s is shown as %s with %d lines", kind, p.About, len(p.Lines))
			}
			w.ok(w.app.ConfirmChange(ctx, w.who(by), n))
			seen[kind] = true
		}
		confirm(change.Setting, "b", w.app.SetSetting(ctx, w.who("a"), "warning.days", "20,1", "x"))
		_, err := w.app.ImportNotice(ctx, w.who("a"), notice2027(w), "x")
		confirm(change.Notice, "b", err)
		if _, known := w.app.Calendar().Notice(2027); !known {
			w.Error("the notice is not in force")
		}
		confirm(change.Unit, "b", w.app.SetUnit(ctx, w.who("a"), party.Unit{ID: "0103", Name: "天津分行", Parent: "01", Level: party.Branch}, "x"))
		p, password, err := w.app.Hire(ctx, w.who("a"), party.Person{Login: "neu", Name: "新人", Unit: "0101", Roles: []party.Role{party.Handler}}, "x")
		if _, err := w.app.SignIn(ctx, "neu", password, app.Client{IP: "10.0.0.1"}); err == nil {
			w.Error("signed in before anybody confirmed")
		}
		confirm(change.Person, "b", err)
		if _, err := w.app.SignIn(ctx, "neu", password, app.Client{IP: "10.0.0.1"}); err != nil {
			w.Errorf("%s does not get in: %v", p.ID, err)
		}
		_, _, err = w.app.CreateToken(ctx, w.who("a"), "bj", "x", []string{app.ScopeWrite}, time.Time{}, "x")
		confirm(change.Token, "b", err)
		*w.now = w.now.Add(time.Hour)
		e, err := w.app.OpenExamination(ctx, w.who("a"), examine.Request{Name: "检查员", Login: "jcy", Reason: "现场检查", Size: 1, From: calendar.Of(2026, time.January, 1), To: w.today(), Until: w.today().AddDays(9)})
		if _, err := w.app.SignIn(ctx, "jcy", e.Password, app.Client{IP: "10.0.0.1"}); err == nil {
			w.Error("the examiner is in before anybody confirmed")
		}
		confirm(change.Examination, "b", err)
		if _, err := w.app.SignIn(ctx, "jcy", e.Password, app.Client{IP: "10.0.0.1"}); err != nil {
			w.Errorf("the examiner does not get in: %v", err)
		}
		w.app.SetPost(app.PostConfig{Base: "https://xb.example", Hooks: post.HookPolicy{Hosts: []string{"in.bank.example"}}})
		to := hook.Config{Name: "数据平台", Address: "https://in.bank.example/xb", Kinds: []string{"complaint.registered"}}
		target, _, err := w.app.AddHook(ctx, w.who("a"), to)
		w.ok(err)
		confirm(change.Hook, "b", w.app.SetHook(ctx, w.who("a"), target.ID, to, true, "x"))
		confirm(change.Rule, "office2", w.app.SwitchRule(ctx, w.who("office"), "taboos.lead", rule.Shadow, "先看误伤"))
		law, err := w.app.ImportLaw(ctx, w.who("office"), app.LawFile{Name: "风筝办法.txt", Instrument: "kites", Data: []byte("风筝管理办法\n（2024年1月1日起施行）\n第一条 为了规范放风筝，制定本办法。\n第二条 放风筝的人应当看天。\n")})
		w.ok(err)
		confirm(change.Law, "office2", w.app.WithdrawLaw(ctx, w.who("office"), law.Instrument, law.N, "导错了"))
		for _, kind := range change.Kinds {
			if !seen[kind] {
				w.Errorf("%s was not tried", kind)
			}
		}
	})
}

// Whatever two administrators, a third and the office try: the value of a setting
// that is in force was proposed by one administrator and confirmed by another.
func TestNoSettingWithoutTwo(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b", "c")
		people := []party.PersonID{"a", "b", "c", "office", "audit", "bj"}
		rapid.Check(t, func(t *rapid.T) {
			for range rapid.IntRange(1, 6).Draw(t, "steps") {
				who := w.who(rapid.SampledFrom(people).Draw(t, "who"))
				before := w.value("close.days")
				waiting, _, err := w.app.Changes(ctx, w.who("audit"), app.ChangeFilter{Waiting: true, Limit: 5})
				w.ok(err)
				var n int64
				if len(waiting) > 0 {
					n = waiting[0].N
				}
				act := rapid.SampledFrom([]string{"propose", "confirm", "decline", "withdraw"}).Draw(t, "act")
				switch act {
				case "propose":
					_ = w.app.SetSetting(ctx, who, "close.days", rapid.SampledFrom([]string{"5", "6", "7"}).Draw(t, "value"), "x")
				case "confirm":
					_ = w.app.ConfirmChange(ctx, who, n)
				case "decline":
					_ = w.app.DeclineChange(ctx, who, n, "x")
				default:
					_ = w.app.WithdrawChange(ctx, who, n, "")
				}
				if w.value("close.days") == before {
					continue
				}
				p, err := w.app.ConfigChange(ctx, w.who("audit"), n)
				if err != nil || act != "confirm" || p.By == who.ID || p.DecidedBy != who.ID || !who.Has(party.Administrator) || p.Lines[0].New != w.value("close.days") {
					t.Fatalf("%s by %s put %s in force: %+v %v", act, who.ID, w.value("close.days"), p.Change, err)
				}
			}
		})
	})
}

// notice2027 is a year's arrangement as it is uploaded.
func notice2027(w world) []byte {
	w.Helper()
	span := func(m time.Month, from, to int) calendar.Interval {
		return calendar.Interval{From: calendar.Of(2027, m, from), To: calendar.Of(2027, m, to)}
	}
	doc, err := json.Marshal(calendar.Year{Year: 2027, Notices: []calendar.Notice{{Title: "测试用的假设安排", URL: "https://example.org/2027"}}, Holidays: []calendar.Period{
		{Name: "元旦", Off: span(time.January, 1, 3)}, {Name: "春节", Off: span(time.February, 5, 11), Work: []calendar.Date{calendar.Of(2027, time.February, 14)}},
		{Name: "劳动节", Off: span(time.May, 1, 5)}, {Name: "国庆节", Off: span(time.October, 1, 7)}}})
	w.ok(err)
	return doc
}

// A change that altered nothing when it was looked at needs no second person. When
// the thing was changed in between, so that it does alter something, it is refused.
func TestNothingBecomesSomething(t *testing.T) {
	each(t, func(w world) {
		w.admins("a", "b")
		was := w.value("warning.days")
		w.denied("unnoticed", w.app.AlterUnnoticed(ctx, w.who("a"), "warning.days", "20,1"), fault.Stale)
		if got := w.value("warning.days"); got != was {
			w.Errorf("in force without a second person: %q, was %q", got, was)
		}
		w.ok(w.app.AlterUnnoticed(ctx, party.System, "warning.days", "20,1")) // the program itself
	})
}
