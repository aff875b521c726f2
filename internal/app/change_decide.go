package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// ChangeFilter says which changes are wanted.
type ChangeFilter = storage.ChangeFilter

// ChangeRow is a change in a list.
type ChangeRow = storage.ChangeRow

// Changes lists the changes of the configuration, the newest first.
func (a *App) Changes(ctx context.Context, who party.Actor, f ChangeFilter) (rows []ChangeRow, org *Org, err error) {
	if err := access.Can(who, access.ReadChanges, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		rows, err = tx.Changes(f)
		return err
	})
	return rows, org, err
}

// waitingShown bounds what is counted and listed as waiting.
const waitingShown = 200

// WaitingChanges are the changes that a person may confirm now, the newest first.
func (a *App) WaitingChanges(ctx context.Context, who party.Actor) (out []storage.ChangeRow, err error) {
	if !access.May(who, access.ReadChanges) {
		return nil, nil
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Changes(storage.ChangeFilter{Waiting: true, Limit: waitingShown})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Who != who.ID && !slices.Contains(r.Affects, who.Person()) && access.May(who, changeKinds[r.About].need) {
				out = append(out, r)
			}
		}
		return nil
	})
	return out, err
}

// ChangePage is a change with what its page lets the reader do.
type ChangePage struct {
	change.Change
	Org       *Org
	Stands    change.State // as of now
	Confirm   bool         // the reader may confirm and decline it
	Withdraw  bool         // the reader proposed it and may take it back
	Hindrance error        // why the reader, who has the permission, may not confirm it
	Moved     bool         // what it changes is no longer as the proposer saw it
}

// ConfigChange returns a change of the configuration.
func (a *App) ConfigChange(ctx context.Context, who party.Actor, n int64) (p ChangePage, err error) {
	if err := access.Can(who, access.ReadChanges, access.Target{}).Err(); err != nil {
		return p, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if p.Change, err = tx.Change(n); err != nil {
			return err
		}
		if p.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		if p.Stands = p.StateAt(tx.Now()); p.Stands != change.Waiting {
			return nil
		}
		p.Withdraw = p.By == who.ID
		if !access.May(who, changeKinds[p.About].need) {
			return nil
		}
		if _, p.Hindrance = a.mayConfirm(tx, who, p.Change); p.Hindrance == nil {
			_, err := a.reopen(tx, p.Change)
			p.Moved = err != nil
		}
		p.Confirm = p.Hindrance == nil
		return nil
	})
	return p, err
}

// mayConfirm is the second person's yes, or why it does not count.
func (a *App) mayConfirm(tx *storage.Tx, who party.Actor, c change.Change) (*change.Confirmed, error) {
	if err := access.Can(who, changeKinds[c.About].need, access.Target{}).Err(); err != nil {
		return nil, err
	}
	e, err := c.Confirm(who, tx.Now())
	if err != nil {
		return nil, err
	}
	org, err := a.orgIn(tx)
	if err != nil {
		return nil, err
	}
	proposer := party.PersonID(c.By[len("person/"):])
	if !slices.Contains(confirmers(org, c.About), proposer) {
		return nil, fault.New(fault.Conflict, "提出人 %s 已停用或已没有此项权限，这项更改不能再生效。请由现任人员重新提出", org.Name(c.By))
	}
	return e, a.apart(tx, org, proposer, who.Person())
}

// apart refuses two people of whom one could act as the other: who has reset the
// other's password knows it until it is changed, and who has made the other a
// token that writes can use it.
func (a *App) apart(tx *storage.Tx, org *Org, x, y party.PersonID) error {
	since := tx.Now().AddDate(0, 0, -int(a.number("change.apart_days", 30))).UnixMicro()
	for _, pair := range [2][2]party.PersonID{{x, y}, {y, x}} {
		by, whose := "person/"+string(pair[0]), pair[1]
		var resets, tokens int
		if err := tx.Scan(`SELECT count(*) FROM event WHERE stream = ? AND by_ = ? AND kind IN (?, ?) AND at >= ?`,
			[]any{signStream(whose), by, PasswordReset, TOTPOff, since}, &resets); err != nil {
			return err
		}
		if resets > 0 {
			return fault.New(fault.Forbidden, "%s 最近重设过 %s 的密码或动态口令，两人暂不能互相复核：一个人可能同时掌握两个账号。请由其他人复核", org.Name(by), org.Name("person/"+string(whose)))
		}
		if err := tx.Scan(`SELECT count(*) FROM api_token t WHERE t.person = ? AND NOT t.revoked AND (t.expires = 0 OR t.expires > ?) AND t.scopes LIKE '%write%'
			AND EXISTS (SELECT 1 FROM event e WHERE e.stream = ? AND e.by_ = ? AND e.kind = ? AND e.at = t.created)`,
			[]any{string(whose), tx.Now().UnixMicro(), signStream(whose), by, TokenCreated}, &tokens); err != nil {
			return err
		}
		if tokens > 0 {
			return fault.New(fault.Forbidden, "%s 为 %s 创建的可写令牌仍有效，两人不能互相复核：一个人可能同时掌握两个账号。请先撤销该令牌，或由其他人复核", org.Name(by), org.Name("person/"+string(whose)))
		}
	}
	return nil
}

// reopen reads the alteration of a change back, and refuses it when what it
// changes has been changed since.
func (a *App) reopen(tx *storage.Tx, c change.Change) (alteration, error) {
	x := changeKinds[c.About].make()
	if err := json.Unmarshal([]byte(c.Body), x); err != nil {
		return nil, fmt.Errorf("app: change %d: %w", c.N, err)
	}
	what, err := x.about(a, tx)
	if err != nil {
		return nil, err
	}
	now, err := json.Marshal(what.before)
	if err != nil {
		return nil, err
	}
	if string(now) != c.Before {
		return nil, fault.New(fault.Conflict, "提出之后，这一事项已被改动，复核人看到的“原来”不再成立，更改没有生效。请不予同意，并由提出人按现状重新提出")
	}
	return x, nil
}

// ConfirmChange puts another person's change in force.
func (a *App) ConfirmChange(ctx context.Context, who party.Actor, n int64) error {
	var x alteration
	err := a.decideChange(ctx, who, n, func(tx *storage.Tx, c change.Change) (change.Event, error) {
		e, err := a.mayConfirm(tx, who, c)
		if err != nil {
			return nil, err
		}
		if x, err = a.reopen(tx, c); err != nil {
			return nil, err
		}
		return e, x.take(a, tx, c.By)
	})
	if err != nil {
		return err
	}
	return a.settle(ctx, x)
}

// DeclineChange refuses another person's change, with a reason.
func (a *App) DeclineChange(ctx context.Context, who party.Actor, n int64, why string) error {
	return a.decideChange(ctx, who, n, func(tx *storage.Tx, c change.Change) (change.Event, error) {
		if err := access.Can(who, changeKinds[c.About].need, access.Target{}).Err(); err != nil {
			return nil, err
		}
		return c.Decline(who, why, tx.Now())
	})
}

// WithdrawChange takes the person's own proposal back.
func (a *App) WithdrawChange(ctx context.Context, who party.Actor, n int64, why string) error {
	return a.decideChange(ctx, who, n, func(tx *storage.Tx, c change.Change) (change.Event, error) { return c.Withdraw(who, why, tx.Now()) })
}

// decideChange appends the end of a change, in one unit with what fn does. Of two
// who decide at once the second is told that it is decided.
func (a *App) decideChange(ctx context.Context, who party.Actor, n int64, fn func(*storage.Tx, change.Change) (change.Event, error)) error {
	if err := access.Can(who, access.ReadChanges, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := tx.Change(n)
		if err != nil {
			return err
		}
		e, err := fn(tx, c)
		if err != nil {
			return err
		}
		_, err = tx.AppendChange(c, who.ID, e)
		return err
	})
}
