package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// alteration is one change of the configuration. Its exported fields are what a
// proposal keeps until a second person confirms it.
type alteration interface {
	// about checks the change against the snapshot and says what it changes. It is
	// asked when the change is proposed and again when it takes effect.
	about(a *App, tx *storage.Tx) (about, error)
	// take puts it in force within the unit, as the act of whoever proposed it.
	take(a *App, tx *storage.Tx, by string) error
}

// settles is an alteration after which more is to be derived anew.
type settles interface {
	settle(ctx context.Context, a *App) error
}

// about is what an alteration changes.
type about struct {
	subject string           // id of the thing
	title   string           // its name, "" for a setting
	affects []party.PersonID // whose rights change
	before  any              // the thing as it stands; a proposal is stale when this differs
	lines   []change.Line
	plain   bool // changes no rule and no right: no record beside the event itself
	always  bool // needs two people whatever the settings say
}

// changeKinds says which permission a kind of change needs, to make it and to
// confirm it, and how to read one back.
var changeKinds = map[change.Kind]struct {
	need access.Action
	make func() alteration
}{
	change.Setting:     {access.ManageSettings, func() alteration { return &settingChange{} }},
	change.Notice:      {access.ManageSettings, func() alteration { return &noticeChange{} }},
	change.Rule:        {access.ManageRules, func() alteration { return &ruleChange{} }},
	change.Law:         {access.ManageLaw, func() alteration { return &lawChange{} }},
	change.Unit:        {access.ManageParty, func() alteration { return &unitChange{} }},
	change.Person:      {access.ManageParty, func() alteration { return &personChange{} }},
	change.Token:       {access.ManageTokens, func() alteration { return &tokenChange{} }},
	change.Examination: {access.ManageParty, func() alteration { return &examinationChange{} }},
	change.Hook:        {access.ManageSettings, func() alteration { return &hookChange{} }},
}

// fourEyes are the settings that say whether a kind of change needs two people.
var fourEyes = map[change.Kind]string{
	change.Setting: "change.setting", change.Notice: "change.notice", change.Rule: "change.rule", change.Law: "change.law",
	change.Unit: "change.unit", change.Person: "change.person", change.Token: "change.token", change.Examination: "change.examination",
	change.Hook: "change.hook",
}

// WaitingChange is the answer to a change that waits for a second person: nothing
// has taken effect yet.
type WaitingChange struct {
	N     int64
	Until time.Time
	fault *fault.Error
}

// Error implements error.
func (w *WaitingChange) Error() string { return w.fault.Error() }

// Unwrap returns the sentence for a person.
func (w *WaitingChange) Unwrap() error { return w.fault }

// Continue is the path of the page where it goes on.
func (w *WaitingChange) Continue() string { return fmt.Sprintf("/changes/%d", w.N) }

// alter makes a change: at once where no second person is needed or there is none,
// else as a proposal, which is answered by a *WaitingChange.
func (a *App) alter(ctx context.Context, who party.Actor, kind change.Kind, x alteration, reason string) error {
	if err := access.Can(who, changeKinds[kind].need, access.Target{}).Err(); err != nil {
		return err
	}
	var what about
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		what, err = x.about(a, tx)
		return err
	})
	if err != nil {
		return err
	}
	var n int64
	if recorded := !what.plain && who.ID != party.System.ID; recorded {
		if n, err = a.store.Counter(ctx, "change"); err != nil {
			return err
		}
	}
	var p *change.Proposed
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		p, err = a.alterIn(tx, who, kind, n, x, reason)
		return err
	})
	if err != nil {
		return err
	}
	if p != nil && p.Mode == change.Waits {
		return &WaitingChange{N: n, Until: p.Until, fault: fault.New(fault.Conflict, "更改已提交为第 %d 号，须由另一人复核后生效。", n)}
	}
	return a.settle(ctx, x)
}

// alterIn is alter within a unit. It returns the proposal, nil for a change that
// is not recorded.
func (a *App) alterIn(tx *storage.Tx, who party.Actor, kind change.Kind, n int64, x alteration, reason string) (*change.Proposed, error) {
	what, err := x.about(a, tx)
	switch {
	case err != nil:
		return nil, err
	case n == 0 && !what.plain && who.ID != party.System.ID: // it changed nothing when it was looked at, and does now
		return nil, fault.New(fault.Stale, "这一事项刚刚被改动，您的更改没有生效。请刷新后重试")
	case n == 0:
		return nil, x.take(a, tx, who.ID)
	}
	mode, err := a.modeOf(tx, who, kind, what)
	if err != nil {
		return nil, err
	}
	p, err := a.proposal(tx, kind, mode, what, x)
	if err != nil {
		return nil, err
	}
	p.N, p.Reason = n, reason
	e, err := change.Propose(p)
	if err != nil {
		return nil, err
	}
	if mode != change.Waits {
		err = x.take(a, tx, who.ID)
	} else {
		err = onlyOne(tx, kind, what.subject)
	}
	if err != nil {
		return nil, err
	}
	_, err = tx.AppendChange(change.Change{}, who.ID, e)
	return e, err
}

func (a *App) proposal(tx *storage.Tx, kind change.Kind, mode change.Mode, what about, x alteration) (change.Proposed, error) {
	var body, before []byte
	var err error
	if mode == change.Waits { // else the event of the thing itself says it
		if body, err = json.Marshal(x); err != nil {
			return change.Proposed{}, err
		}
	}
	before, err = json.Marshal(what.before)
	days := a.number("change.days", 7)
	return change.Proposed{About: kind, Subject: what.subject, Title: what.title, Mode: mode, Affects: what.affects, Until: tx.Now().AddDate(0, 0, int(days)),
		Lines: what.lines, Before: string(before), Body: string(body)}, err
}

// onlyOne refuses a second proposal for a thing that has one waiting.
func onlyOne(tx *storage.Tx, kind change.Kind, subject string) error {
	rows, err := tx.Changes(storage.ChangeFilter{About: kind, Subject: subject, Waiting: true, Limit: 1})
	if err == nil && len(rows) > 0 {
		err = fault.New(fault.Conflict, "同一事项的第 %d 号更改还在等待复核：请先复核、撤回或等它失效", rows[0].N)
	}
	return err
}

// modeOf says whether a change waits for a second person. Where nobody else could
// confirm it, it takes effect at once and is recorded so. A change that only those
// whom it affects could confirm is refused: else one of two could put the other
// out and then be alone.
func (a *App) modeOf(tx *storage.Tx, who party.Actor, kind change.Kind, what about) (change.Mode, error) {
	if who.ID == party.Shell.ID {
		return change.Shell, nil
	}
	s, err := a.setting(fourEyes[kind])
	if err != nil || !s.Bool() && !what.always {
		return change.Free, err
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return "", err
	}
	others := slices.DeleteFunc(confirmers(org, kind), func(p party.PersonID) bool { return p == who.Person() })
	switch {
	case len(others) == 0:
		return change.Alone, nil
	case slices.ContainsFunc(others, func(p party.PersonID) bool { return !slices.Contains(what.affects, p) }):
		return change.Waits, nil
	}
	return "", fault.New(fault.Conflict, "这项更改涉及%s，而除您以外只有本人可以复核。请由本人提出、您来复核；本人不能提出时，请掌管服务器的人员用 xiaobao user 命令办理（台账会如实记为命令行办理）。", org.Name("person/"+string(others[0])))
}

// confirmers are the enabled people who may make a kind of change, and so confirm it.
func confirmers(org *Org, kind change.Kind) (out []party.PersonID) {
	for _, p := range org.People() {
		if !p.Disabled && access.May(party.ActorOf(p, org.Tree), changeKinds[kind].need) {
			out = append(out, p.ID)
		}
	}
	return out
}

func (a *App) settle(ctx context.Context, x alteration) error {
	if s, ok := x.(settles); ok {
		return s.settle(ctx, a)
	}
	return nil
}
