package app

import (
	"context"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// formKey marks the import key of what came by a form: the form's own number
// takes the place of the row's.
const formKey = "form/"

// RegisterOnce is Register for a form that may be sent twice. form is a number
// that the form was given when it was shown; the same number of the same person
// always gives the case of the first time.
func (a *App) RegisterOnce(ctx context.Context, who party.Actor, form string, d complaint.Register) (complaint.ID, error) {
	if form == "" {
		r, err := a.Register(ctx, who, d)
		return r.ID, err
	}
	d.ImportKey = formKey + strings.TrimPrefix(who.ID, "person/") + "/" + form
	if id, err := a.imported(ctx, d.ImportKey); id != 0 || err != nil {
		return id, err
	}
	r, err := a.Register(ctx, who, d)
	if fault.Is(err, fault.Stale) { // both clicks were on their way at once
		if id, broken := a.imported(ctx, d.ImportKey); broken == nil && id != 0 {
			return id, nil
		}
	}
	return r.ID, err
}

func (a *App) imported(ctx context.Context, key string) (id complaint.ID, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		id, err = tx.ImportedAs(key)
		return err
	})
	return id, err
}

// ReceiptOf returns the receipt of a registered case: to whoever may read the
// case, and to the person who registered or first received it even when that
// person is recused from it: a receipt holds number, dates and who is responsible, nothing else.
func (a *App) ReceiptOf(ctx context.Context, who party.Actor, id complaint.ID) (Receipt, *Org, error) {
	if err := a.loadRules(ctx); err != nil {
		return Receipt{}, nil, err
	}
	var out Receipt
	var org *Org
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(id)
		if err != nil {
			return err
		}
		if c.RegisteredBy != who.ID && (c.Owner != who.Person() || c.Owner == "") {
			if err := access.Can(who, access.ReadComplaint, c.Target()).Err(); err != nil {
				return err
			}
		}
		var env complaint.Env
		env, org, err = a.env(tx, who, c.ReceivedOn)
		out = Receipt{ID: id, Number: c.Number, Owner: c.Owner, Unit: c.Unit, Version: c.Version, Deadlines: c.Deadlines(env.Rules, env.Cal)}
		return err
	})
	return out, org, err
}

// keptAwayShown bounds the cases shown beside a worklist.
const keptAwayShown = 50

// KeptAway returns the open cases that the person owns and must keep away from:
// their numbers and dates, until a superior takes them over, and nothing else.
func (a *App) KeptAway(ctx context.Context, who party.Actor) (out []storage.KeptAway, err error) {
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		out, err = tx.KeptAway(who, keptAwayShown)
		return err
	})
	return out, err
}

// Trial is what would become of one case under a command.
type Trial struct {
	Row     storage.Row
	Refused error // nil when the command would be taken
}

// Try says of each case in reach whether a command would be taken as things
// stand. It changes nothing; a nil command only lists the cases.
func (a *App) Try(ctx context.Context, who party.Actor, ids []complaint.ID, cmd complaint.Command) ([]Trial, *Org, error) {
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	var out []Trial
	var org *Org
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		rows, err := tx.RowsByID(who, ids)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t := Trial{Row: r}
			if cmd != nil {
				if t.Refused, err = a.try(tx, who, r.ID, cmd); err != nil {
					return err
				}
			}
			out = append(out, t)
		}
		return nil
	})
	return out, org, err
}

// try tells a refusal from an error of the store.
func (a *App) try(tx *storage.Tx, who party.Actor, id complaint.ID, cmd complaint.Command) (refused, err error) {
	c, err := tx.Complaint(id)
	if err != nil {
		return nil, err
	}
	if no := access.Can(who, cmd.Action(), c.Target()).Err(); no != nil {
		return no, nil
	}
	env, _, err := a.env(tx, who, c.ReceivedOn)
	if err != nil {
		return nil, err
	}
	_, refused = cmd.Decide(c, env)
	return refused, nil
}

// SoonDays is how many days before a due date a case counts as due soon.
func (a *App) SoonDays() int { return a.soonDays() }
