package app

import (
	"context"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// SetUnit opens a unit or changes one. A new address or telephone number takes
// effect at once; the rest may need a second person, see SetSetting.
func (a *App) SetUnit(ctx context.Context, who party.Actor, u party.Unit, reason string) error {
	return a.alter(ctx, who, change.Unit, &unitChange{Unit: u}, reason)
}

// unitChange opens a unit or changes one.
type unitChange struct {
	Unit party.Unit
}

func (x *unitChange) about(a *App, tx *storage.Tx) (about, error) {
	org, err := a.orgIn(tx)
	if err != nil {
		return about{}, err
	}
	if _, err := party.SetUnit(org.Tree, x.Unit); err != nil {
		return about{}, err
	}
	if x.Unit.Closed {
		if err := a.mayClose(tx, org, x.Unit); err != nil {
			return about{}, err
		}
	}
	old, known := org.Tree.Unit(x.Unit.ID)
	out := about{subject: string(x.Unit.ID), title: x.Unit.Name, before: old, lines: unitLines(old, x.Unit)}
	reached := old
	reached.Address, reached.Phone = x.Unit.Address, x.Unit.Phone
	out.plain = known && reached == x.Unit
	return out, nil
}

func unitLines(old, is party.Unit) []change.Line {
	return differing(change.Line{Field: "name", Old: old.Name, New: is.Name}, change.Line{Field: "unit", Old: string(old.Parent), New: string(is.Parent)},
		change.Line{Field: "level", Old: string(old.Level), New: string(is.Level)}, change.Line{Field: "region", Old: old.Region, New: is.Region},
		change.Line{Field: "address", Old: old.Address, New: is.Address}, change.Line{Field: "phone", Old: old.Phone, New: is.Phone},
		change.Line{Field: "closed", Old: yes(old.Closed), New: yes(is.Closed)})
}

// differing leaves out the lines on which nothing changes.
func differing(lines ...change.Line) []change.Line {
	return slices.DeleteFunc(lines, func(l change.Line) bool { return l.Old == l.New })
}

// yes is a switch on a line.
func yes(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func (x *unitChange) take(a *App, tx *storage.Tx, by string) error {
	org, err := a.orgIn(tx)
	if err != nil {
		return err
	}
	e, err := party.SetUnit(org.Tree, x.Unit)
	if err != nil {
		return err
	}
	if _, err := tx.AppendNext(orgStream, by, party.KindUnitSet, e); err != nil {
		return err
	}
	return tx.SetUnit(e.Unit)
}

// mayClose refuses to close a unit that people or open cases still stand in:
// nothing may be without an owner.
func (a *App) mayClose(tx *storage.Tx, org *Org, u party.Unit) error {
	for _, p := range org.people {
		if p.Unit == u.ID && !p.Disabled {
			return fault.New(fault.Conflict, "%s 还有在岗人员（%s 等），请先调离或停用", u.Name, p.Name)
		}
	}
	n, err := tx.OpenIn(u.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Conflict, "%s 还有 %d 件未办结投诉，请先转办", u.Name, n)
	}
	return nil
}

// SetPerson changes a person. Disabling ends every session at once; a person who
// still owns open cases cannot be disabled: they are handed over first. Another
// name or title takes effect at once; the rest may need a second person, see
// SetSetting.
func (a *App) SetPerson(ctx context.Context, who party.Actor, p party.Person, reason string) error {
	return a.alter(ctx, who, change.Person, &personChange{Person: p}, reason)
}

// personChange hires or changes a person.
type personChange struct {
	Person   party.Person
	Password string `json:",omitempty"` // hash of the first password of somebody new
}

func (x *personChange) about(a *App, tx *storage.Tx) (about, error) {
	org, err := a.orgIn(tx)
	if err != nil {
		return about{}, err
	}
	old, err := x.check(tx, org)
	if err != nil {
		return about{}, err
	}
	p := x.Person
	out := about{subject: string(p.ID), title: p.Name, affects: []party.PersonID{p.ID}, before: old}
	out.lines = differing(change.Line{Field: "name", Old: old.Name, New: p.Name}, change.Line{Field: "login", Old: old.Login, New: p.Login},
		change.Line{Field: "title", Old: old.Title, New: p.Title}, change.Line{Field: "unit", Old: string(old.Unit), New: string(p.Unit)},
		change.Line{Field: "roles", Old: roleText(old.Roles), New: roleText(p.Roles)}, change.Line{Field: "disabled", Old: yes(old.Disabled), New: yes(p.Disabled)})
	out.plain = old.ID != "" && !slices.ContainsFunc(out.lines, func(l change.Line) bool { return l.Field != "name" && l.Field != "title" })
	out.always = losesConfirming(org, old, p)
	return out, nil
}

// check returns the person as he stands, and why the change cannot be made.
func (x *personChange) check(tx *storage.Tx, org *Org) (old party.Person, err error) {
	p := x.Person
	if _, err := party.SetPerson(org.Tree, p); err != nil {
		return old, err
	}
	if id, taken := org.logins[strings.ToLower(p.Login)]; taken && id != p.ID {
		return old, &fault.Error{Kind: fault.Invalid, Text: "登录名已被使用", Violations: []fault.Violation{{Field: "login", Text: "登录名 " + p.Login + " 已被使用，请换一个"}}}
	}
	old = org.people[p.ID]
	if !p.Disabled || old.Disabled {
		return old, nil
	}
	n, err := tx.OpenOwnedBy(p.ID)
	if err == nil && n > 0 {
		err = fault.New(fault.Conflict, "%s 名下还有 %d 件未办结投诉，请先批量转办并由他人接收，再停用", p.Name, n)
	}
	return old, err
}

// losesConfirming reports whether somebody who may confirm some kind of change
// will no longer: that always needs two people.
func losesConfirming(org *Org, old, is party.Person) bool {
	if old.ID == "" || old.Disabled {
		return false
	}
	was, will := party.ActorOf(old, org.Tree), party.ActorOf(is, org.Tree)
	for _, kind := range change.Kinds {
		need := changeKinds[kind].need
		if access.May(was, need) && (is.Disabled || !access.May(will, need)) {
			return true
		}
	}
	return false
}

func roleText(roles []party.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

func (x *personChange) take(a *App, tx *storage.Tx, by string) error {
	org, err := a.orgIn(tx)
	if err != nil {
		return err
	}
	e, err := party.SetPerson(org.Tree, x.Person)
	if err != nil {
		return err
	}
	if _, err := tx.AppendNext(orgStream, by, party.KindPersonSet, e); err != nil {
		return err
	}
	if err := tx.SetPerson(e.Person); err != nil || x.Password == "" {
		return err
	}
	return givePassword(tx, by, x.Person, x.Password)
}

// givePassword sets the first password of somebody new, to be changed at the first
// sign-in.
func givePassword(tx *storage.Tx, by string, p party.Person, hash string) error {
	tx.Exec(passwordUpsert, string(p.ID), hash, true)
	return tx.AppendTail(signStream(p.ID), by, PasswordReset, signed{})
}
