package app

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// HookStatus is a target with how its deliveries stand. It never holds a secret; its
// address is whole for those who may change it, else as it is shown.
type HookStatus struct {
	hook.Target
	UnitName string // "" for all
	storage.OutboxState
}

// HooksStatus is how webhooks stand.
type HooksStatus struct {
	On      bool     // the configuration names hosts
	Hosts   []string // that may be reached
	Targets []HookStatus
}

// Hooks returns every target and how its deliveries stand.
func (a *App) Hooks(ctx context.Context, who party.Actor) (HooksStatus, error) {
	out := HooksStatus{On: a.post.Hooks.On(), Hosts: a.post.Hooks.Hosts}
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return HooksStatus{}, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		targets, err := tx.Hooks()
		if err != nil {
			return err
		}
		for _, t := range targets {
			s, err := a.hookStatus(tx, who, t)
			if err != nil {
				return err
			}
			out.Targets = append(out.Targets, s)
		}
		return nil
	})
	return out, err
}

// FailedHooks returns the targets that the program has turned off, for doctor and the
// notice on the page.
func (a *App) FailedHooks(ctx context.Context) (out []hook.Target, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		all, err := tx.Hooks()
		for _, t := range all {
			if t.Failed() {
				t.Secret, t.Old = "", ""
				out = append(out, t)
			}
		}
		return err
	})
	return out, err
}

// Hook returns one target.
func (a *App) Hook(ctx context.Context, who party.Actor, id int64) (out HookStatus, err error) {
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return out, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		t, err := tx.Hook(id)
		if err == nil {
			out, err = a.hookStatus(tx, who, t)
		}
		return err
	})
	return out, err
}

func (a *App) hookStatus(tx *storage.Tx, who party.Actor, t hook.Target) (s HookStatus, err error) {
	s.Target = t
	s.Secret, s.Old = "", ""
	if !access.May(who, access.ManageSettings) {
		s.Address = t.Shown()
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return s, err
	}
	if t.Unit != "" {
		s.UnitName = org.Tree.Name(t.Unit)
	}
	s.OutboxState, err = tx.OutboxState(storage.ByHook, hook.Stream(t.ID))
	return s, err
}

// checkHook refuses a configuration that says nothing or an address that cannot be reached.
func (a *App) checkHook(tx *storage.Tx, c hook.Config) (hook.Config, error) {
	if !a.post.Hooks.On() {
		return c, fault.New(fault.Conflict, "没有启用事件推送。请由运维在配置文件里写明 webhook-hosts。")
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return c, err
	}
	if c, err = c.Check(org.Tree); err != nil {
		return c, err
	}
	if err := a.post.Hooks.Check(c.Address); err != nil {
		return c, wrongField("address", fault.Message(err))
	}
	return c, nil
}

// AddHook makes a target that is off, and returns it with its secret, which is shown
// this once. Nothing is told to it before it is turned on.
func (a *App) AddHook(ctx context.Context, who party.Actor, c hook.Config) (t hook.Target, secret string, err error) {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return t, "", err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		_, err := a.checkHook(tx, c)
		return err
	})
	if err != nil {
		return t, "", err
	}
	if secret, err = a.hookSecret(); err != nil {
		return t, "", err
	}
	id, err := a.store.Counter(ctx, "hook")
	if err != nil {
		return t, "", err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := a.checkHook(tx, c)
		if err != nil {
			return err
		}
		all, err := tx.Hooks()
		if err == nil && len(all) >= postRules().Hook.Most {
			err = fault.New(fault.Conflict, "接收方已有 %d 个，达到上限。请先删除不用的。", len(all))
		}
		if err != nil {
			return err
		}
		t, err = tx.AppendHook(hook.Target{}, who.ID, &hook.Created{ID: id, Config: c, Secret: secret})
		return err
	})
	t.Secret = ""
	return t, secret, err
}

// SetHook changes a target or turns it on. What changes where things go, or what, is
// confirmed by a second person where the settings ask for it: the answer is then a
// *WaitingChange. Turning on what was confirmed before waits for nobody.
func (a *App) SetHook(ctx context.Context, who party.Actor, id int64, c hook.Config, on bool, reason string) error {
	return a.alter(ctx, who, change.Hook, &hookChange{ID: id, Config: c, On: on}, reason)
}

// hookChange is another configuration of a target, and whether it is told things.
type hookChange struct {
	ID     int64
	Config hook.Config
	On     bool
}

func (x *hookChange) about(a *App, tx *storage.Tx) (about, error) {
	t, err := tx.Hook(x.ID)
	if err != nil {
		return about{}, err
	}
	if x.Config, err = a.checkHook(tx, x.Config); err != nil {
		return about{}, err
	}
	lines := differing(change.Line{Field: "hook_on", Old: onOff(t.On), New: onOff(x.On)}, change.Line{Field: "name", Old: t.Name, New: x.Config.Name}, change.Line{Field: "hook_address", Old: t.Shown(), New: x.Config.Shown()},
		change.Line{Field: "hook_kinds", Old: strings.Join(t.Kinds, ","), New: strings.Join(x.Config.Kinds, ",")}, change.Line{Field: "unit", Old: string(t.Unit), New: string(x.Config.Unit)})
	same := x.Config.Equal(t.Config)
	if same && t.On == x.On {
		return about{}, fault.New(fault.Conflict, "没有改动")
	}
	if !same && t.Shown() == x.Config.Shown() && t.Address != x.Config.Address {
		lines = append(lines, change.Line{Field: "hook_query", Old: "…", New: "……"})
	}
	if !t.On { // whoever confirms sees all of what begins, not only what is new
		lines = append(lines, change.Line{Field: "hook_to", New: x.Config.Shown()}, change.Line{Field: "hook_tells", New: strings.Join(x.Config.Kinds, ",")})
	}
	return about{subject: hook.Stream(x.ID), title: t.Name, before: []any{t.Config, t.On}, lines: lines, plain: !x.On || same && t.Agreed}, nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (x *hookChange) take(_ *App, tx *storage.Tx, by string) error {
	t, err := tx.Hook(x.ID)
	if err != nil {
		return err
	}
	var events []hook.Event
	if x.On != t.On {
		tx.EndHold(storage.ByHook, hook.Stream(t.ID))
		events = append(events, &hook.Switched{On: x.On})
	}
	if !x.Config.Equal(t.Config) { // after it was turned on: then it counts as confirmed
		events = append(events, &hook.Changed{Config: x.Config})
	}
	_, err = tx.AppendHook(t, by, events...)
	return err
}

// maxStopWords bounds why a target was turned off, in characters.
const maxStopWords = 200

// changeHook loads a target for a change that takes effect at once.
func (a *App) changeHook(ctx context.Context, who party.Actor, id int64, fn func(*storage.Tx, hook.Target) error) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		t, err := tx.Hook(id)
		if err != nil {
			return err
		}
		return fn(tx, t)
	})
}

// StopHook turns a target off at once. What waits for it is given up when its time
// comes; events from now on are not kept for it.
func (a *App) StopHook(ctx context.Context, who party.Actor, id int64, why string) error {
	why = strings.TrimSpace(why)
	if utf8.RuneCountInString(why) > maxStopWords {
		return wrongField("why", "停用的原因不超过 200 字")
	}
	return a.changeHook(ctx, who, id, func(tx *storage.Tx, t hook.Target) error {
		if !t.On {
			return fault.New(fault.Conflict, "这个接收方已经停用")
		}
		_, err := tx.AppendHook(t, who.ID, &hook.Switched{Why: why})
		return err
	})
}

// RotateHook gives a target another secret and returns it, this once. The one before
// signs beside it until the time given.
func (a *App) RotateHook(ctx context.Context, who party.Actor, id int64) (secret string, until time.Time, err error) {
	if secret, err = a.hookSecret(); err != nil {
		return "", until, err
	}
	err = a.changeHook(ctx, who, id, func(tx *storage.Tx, t hook.Target) error {
		until = tx.Now().Add(postRules().Hook.Overlap)
		_, err := tx.AppendHook(t, who.ID, &hook.Rotated{Secret: secret, Until: until})
		return err
	})
	if err != nil {
		return "", until, err
	}
	return secret, until, nil
}

// RemoveHook ends a target and destroys its secrets.
func (a *App) RemoveHook(ctx context.Context, who party.Actor, id int64) error {
	return a.changeHook(ctx, who, id, func(tx *storage.Tx, t hook.Target) error { return tx.DeleteHook(t, who.ID) })
}

// TestHook sends a message of the type "test", on or off; the log shows what came of it.
func (a *App) TestHook(ctx context.Context, who party.Actor, id int64) error {
	if !a.post.Hooks.On() {
		return fault.New(fault.Conflict, "没有启用事件推送。请由运维在配置文件里写明 webhook-hosts。")
	}
	return a.changeHook(ctx, who, id, func(tx *storage.Tx, t hook.Target) error {
		tx.DropTries(storage.ByHook, hook.Stream(id), hook.Test)
		tx.EndHold(storage.ByHook, hook.Stream(id)) // a person waits for the answer
		return a.postHook(tx, id, hook.Message{Type: hook.Test, Timestamp: tx.Now(), Data: hook.Data{URL: a.post.page("/settings/hooks")}}, hook.Test, tx.Now().UnixMicro())
	})
}

// HookLine is one line of the log of deliveries.
type HookLine struct {
	storage.Outgoing
	Target int64
	Name   string // of the target, "" for one that was deleted
}

// Gone reports whether the receiver wants no more, which turned it off.
func (l HookLine) Gone() bool { return l.Code == gone }

// Answered reports whether a try has ended.
func (l HookLine) Answered() bool { return l.Took > 0 }

// HookLog returns lines of the log, newest first: of one target or, for 0, of all; state
// is "" for all, before the cursor of the line before.
func (a *App) HookLog(ctx context.Context, who party.Actor, id int64, state, before string, limit int) (out []HookLine, err error) {
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return nil, err
	}
	f := storage.OutboxFilter{Way: storage.ByHook, State: state, Before: before, Limit: limit}
	if id != 0 {
		f.Target = hook.Stream(id)
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		lines, err := tx.Outbox(f)
		if err != nil {
			return err
		}
		targets, err := tx.Hooks()
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, t := range targets {
			names[t.ID] = t.Name
		}
		for _, l := range lines {
			n := hook.Parse(l.Target)
			out = append(out, HookLine{l, n, names[n]})
		}
		return nil
	})
	return out, err
}

// HookAgain lets a message that was given up, or waits, be tried at once; id "" is all
// of a target that were given up.
func (a *App) HookAgain(ctx context.Context, who party.Actor, target int64, id string) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	if id != "" {
		return a.again(ctx, storage.ByHook, id)
	}
	s, err := a.Hook(ctx, who, target)
	if err == nil && !s.On {
		err = errOff
	}
	if err != nil {
		return err
	}
	return a.store.Write(ctx, func(w *storage.Writer) error {
		_, err := w.PostAllAgain(storage.ByHook, hook.Stream(target))
		return err
	})
}
