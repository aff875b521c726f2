package app

import (
	"context"
	"fmt"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// tries bounds how often a command without an expected version is decided anew
// when somebody else was quicker.
const tries = 4

// Receipt is what a registration answers: number, first owner, and the dates
// that the case must meet with the first one to tell the consumer.
type Receipt struct {
	ID        complaint.ID
	Number    string
	Owner     party.PersonID
	Unit      party.UnitID
	Version   int64
	Deadlines []complaint.Deadline
	Secret    string // for the public portal, shown once; "" when not asked for
}

// Register takes a complaint in.
func (a *App) Register(ctx context.Context, who party.Actor, d complaint.Register) (Receipt, error) {
	if err := access.Can(who, access.RegisterComplaint, access.Target{}).Err(); err != nil {
		return Receipt{}, err
	}
	return a.register(ctx, who, d, nil)
}

// register makes the case; more adds to the same transaction.
func (a *App) register(ctx context.Context, who party.Actor, d complaint.Register, more func(*storage.Tx, complaint.Case) error) (Receipt, error) {
	id, number, err := a.newNumber(ctx)
	if err != nil {
		return Receipt{}, err
	}
	var out Receipt
	var c complaint.Case
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		var env complaint.Env
		var err error
		if c, env, err = a.open(tx, who, d, id, number); err != nil {
			return err
		}
		out = Receipt{ID: id, Number: number, Owner: c.Owner, Unit: c.Unit, Version: c.Version, Deadlines: c.Deadlines(env.Rules, env.Cal)}
		if more != nil {
			return more(tx, c)
		}
		return nil
	})
	if err == nil {
		a.hear(ctx, c, d)
	}
	return out, err
}

// open decides a registration in a transaction.
func (a *App) open(tx *storage.Tx, who party.Actor, d complaint.Register, id complaint.ID, number string) (complaint.Case, complaint.Env, error) {
	env, _, err := a.env(tx, who, d.ReceivedOn)
	if err != nil {
		return complaint.Case{}, env, err
	}
	events, err := d.Open(id, number, env)
	if err != nil {
		return complaint.Case{}, env, err
	}
	c, err := tx.AppendComplaint(complaint.Case{}, who.ID, events)
	return c, env, err
}

// newNumber gives the case its id and its number, such as TS20260503-000123.
func (a *App) newNumber(ctx context.Context) (complaint.ID, string, error) {
	id, err := a.store.Counter(ctx, "complaint")
	if err != nil {
		return 0, "", err
	}
	day := calendar.FromTime(a.now()).Time().Format("20060102")
	n, err := a.store.Counter(ctx, "number/"+day)
	if err != nil {
		return 0, "", err
	}
	return complaint.ID(id), fmt.Sprintf("TS%s-%06d", day, n), nil
}

// Do runs a command on a case. expect is the version that the person saw, 0 when
// it does not matter. A lost race is decided anew; it is refused when the winner
// changed what the person saw.
func (a *App) Do(ctx context.Context, who party.Actor, id complaint.ID, expect int64, cmd complaint.Command) (complaint.Case, error) {
	decide, err := a.checked(ctx, cmd)
	if err != nil {
		return complaint.Case{}, err
	}
	c, err := a.change(ctx, who, id, expect, cmd.Action(), decide)
	if err == nil {
		a.hear(ctx, c, cmd)
	}
	return c, err
}

type decide func(complaint.Case, complaint.Env) ([]complaint.Event, error)

func (a *App) change(ctx context.Context, who party.Actor, id complaint.ID, expect int64, do access.Action, fn decide) (complaint.Case, error) {
	var out complaint.Case
	for try := 1; ; try++ {
		outdated := false
		err := a.store.Update(ctx, func(tx *storage.Tx) error {
			c, err := tx.Complaint(id)
			if err != nil {
				return err
			}
			if err := access.Can(who, do, c.Target()).Err(); err != nil {
				return err
			}
			outdated = c.Outdated(expect)
			out, err = a.apply(tx, who, c, expect, fn)
			return err
		})
		if fault.Is(err, fault.Stale) && !outdated && try < tries { // somebody was quicker
			continue
		}
		return out, err
	}
}

// apply decides on a loaded case and appends.
func (a *App) apply(tx *storage.Tx, who party.Actor, c complaint.Case, expect int64, fn decide) (complaint.Case, error) {
	if c.Outdated(expect) {
		return c, fault.New(fault.Stale, "您打开页面之后，这件投诉已有新的变化（第 %d 版，您看到的是第 %d 版）。您的改动没有保存，请刷新后再提交。", c.Version, expect)
	}
	if c.Erased != nil {
		return c, fault.New(fault.Conflict, "投诉 %s 的个人信息已按规定删除，不能再办理。需要时请新登记一件。", c.Number)
	}
	env, _, err := a.env(tx, who, c.ReceivedOn)
	if err != nil {
		return c, err
	}
	events, err := fn(c, env)
	if err != nil {
		return c, err
	}
	return tx.AppendComplaint(c, who.ID, events)
}

// Merge puts one case into another; both must be in reach.
func (a *App) Merge(ctx context.Context, who party.Actor, from, into complaint.ID, why string) error {
	return a.pair(ctx, who, from, into, func(f, i complaint.Case) ([]complaint.Event, []complaint.Event, error) {
		return complaint.Merge(f, i, why)
	})
}

// Unmerge undoes it.
func (a *App) Unmerge(ctx context.Context, who party.Actor, from, into complaint.ID, why string) error {
	return a.pair(ctx, who, from, into, func(f, i complaint.Case) ([]complaint.Event, []complaint.Event, error) {
		return complaint.Unmerge(f, i, why)
	})
}

func (a *App) pair(ctx context.Context, who party.Actor, from, into complaint.ID, fn func(f, i complaint.Case) (fe, ie []complaint.Event, err error)) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		f, err := a.loadFor(tx, who, from, access.MergeComplaint)
		if err != nil {
			return err
		}
		i, err := a.loadFor(tx, who, into, access.MergeComplaint)
		if err != nil {
			return err
		}
		fe, ie, err := fn(f, i)
		if err != nil {
			return err
		}
		if _, err := tx.AppendComplaint(f, who.ID, fe); err != nil {
			return err
		}
		_, err = tx.AppendComplaint(i, who.ID, ie)
		return err
	})
}

// loadFor loads a case for an action.
func (a *App) loadFor(tx *storage.Tx, who party.Actor, id complaint.ID, do access.Action) (complaint.Case, error) {
	c, err := tx.Complaint(id)
	if err != nil {
		return c, err
	}
	return c, access.Can(who, do, c.Target()).Err()
}

// SplitInput says what goes on as a case of its own.
type SplitInput struct {
	Nature complaint.Nature `json:"nature" enum:"complaint,consultation,suggestion,report,petition"`
	Text   string           `json:"text" maxLength:"20000" doc:"The part of the matter that goes on by itself"`
	Why    string           `json:"why" maxLength:"500"`
}

// Split lets a part of a case go on as a new one (art. 32). Both are kept and
// know of each other; the new one has the receipt date of the old.
func (a *App) Split(ctx context.Context, who party.Actor, id complaint.ID, expect int64, in SplitInput) (Receipt, error) {
	newID, number, err := a.newNumber(ctx)
	if err != nil {
		return Receipt{}, err
	}
	var out Receipt
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.HandleComplaint)
		if err != nil {
			return err
		}
		first := c.References[0]
		fresh, env, err := a.open(tx, who, complaint.Register{Nature: in.Nature, Channel: first.Channel, ReceivedOn: c.ReceivedOn, Complainant: c.Complainant,
			Representative: c.Representative, Respondents: c.Respondents, Unit: c.Unit, Vulnerable: c.Vulnerable, Codes: c.Codes, Narrative: in.Text, SplitFrom: c.ID}, newID, number)
		if err != nil {
			return err
		}
		_, err = a.apply(tx, who, c, expect, func(c complaint.Case, _ complaint.Env) ([]complaint.Event, error) {
			return complaint.Split(c, &complaint.Registered{ID: newID, Number: number, Nature: fresh.Nature, SplitFrom: c.ID}, in.Why)
		})
		out = Receipt{ID: newID, Number: number, Owner: fresh.Owner, Unit: fresh.Unit, Version: fresh.Version, Deadlines: fresh.Deadlines(env.Rules, env.Cal)}
		return err
	})
	return out, err
}

// Bulk assigns several cases at once and says of each what became of it.
func (a *App) Bulk(ctx context.Context, who party.Actor, ids []complaint.ID, cmd complaint.Command) map[complaint.ID]error {
	out := make(map[complaint.ID]error, len(ids))
	for _, id := range ids {
		_, err := a.Do(ctx, who, id, 0, cmd)
		out[id] = err
	}
	return out
}
