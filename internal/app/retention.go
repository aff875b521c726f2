package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// maxRun bounds the cases of one protocol: what a second person can still look through.
const maxRun = 500

// DueCase is a case whose keeping period is over, or why it is kept although old.
type DueCase struct {
	ID     complaint.ID
	Number string
	Unit   party.UnitID
	Closed calendar.Date
	Kept   []complaint.Kept
	Until  calendar.Date // last day of keeping, zero for no end
	Hold   int64         // number of the legal hold that stands, 0 for none
	target access.Target
}

// reached reports whether a person may read of its keeping.
func (d DueCase) reached(who party.Actor) bool {
	return access.Can(who, access.ReadRetention, d.target).Allow
}

// Due reports whether the case may be erased on a day.
func (d DueCase) Due(on calendar.Date) bool { return d.Hold == 0 && !d.Until.IsZero() && d.Until < on }

// DueForErasure lists the closed cases whose periods are over today, the oldest
// first, up to limit; those on a protocol already are left out. held are the ones
// of the same age that a hold or a longer class keeps.
func (a *App) DueForErasure(ctx context.Context, who party.Actor, limit int) (due, held []DueCase, err error) {
	if err := access.Can(who, access.ReadRetention, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	if limit <= 0 || limit > maxRun {
		limit = maxRun
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		due, held, err = a.dueIn(tx, who, limit)
		return err
	})
	return due, held, err
}

// dueIn walks the closed cases that a person reaches, the oldest first.
func (a *App) dueIn(tx *storage.Tx, who party.Actor, limit int) (due, held []DueCase, err error) {
	rules, today := a.Rules(a.Today()), a.Today()
	least, err := leastYears(rules.Setting)
	if err != nil {
		return nil, nil, err
	}
	before := today.Time().AddDate(-int(least), 0, 0)
	var after storage.ClosedCursor
	for len(due) < limit {
		page, err := tx.ClosedBefore(calendar.FromTime(before), after, 200)
		if err != nil || len(page) == 0 {
			return due, held, err
		}
		for _, at := range page {
			after = at
			d, err := a.dueCase(tx, at.ID)
			if err != nil {
				return nil, nil, err
			}
			if !d.reached(who) {
				continue
			}
			if d.Due(today) && len(due) < limit {
				due = append(due, d)
			} else if !d.Due(today) && len(held) < limit {
				held = append(held, d)
			}
		}
	}
	return due, held, nil
}

// leastYears is the shortest period that any case can have.
func leastYears[S interface{ Int() int64 }](setting func(string) (S, error)) (int64, error) {
	for _, c := range complaint.RetentionClasses() {
		if c.Applies == "always" && c.YearsSetting != "" {
			s, err := setting(c.YearsSetting)
			return s.Int(), err
		}
		if c.Applies == "always" {
			return c.Years, nil
		}
	}
	return 0, nil
}

func (a *App) dueCase(tx *storage.Tx, id complaint.ID) (DueCase, error) {
	c, err := tx.Complaint(id)
	if err != nil {
		return DueCase{}, err
	}
	if c.MergedInto != 0 && c.State == complaint.Merged { // it is kept as long as the case that took it in
		d, err := a.dueCase(tx, c.MergedInto)
		d.ID, d.Number, d.Unit, d.target = id, c.Number, c.Unit, c.Target()
		return d, err
	}
	d := DueCase{ID: id, Number: c.Number, Unit: c.Unit, Closed: c.ClosedOn, target: c.Target()}
	if d.Kept, d.Until, err = c.Keeping(a.Rules(a.Today())); err != nil {
		return d, err
	}
	d.Hold, err = tx.HeldBy(id, a.Today())
	return d, err
}

// withMerged adds the cases that were merged into others: they hold the same data.
func (a *App) withMerged(ctx context.Context, ids []int64) (out []int64, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		for _, id := range ids {
			merged, err := tx.MergedInto(complaint.ID(id))
			if err != nil {
				return err
			}
			out = append(append(out, id), merged...)
		}
		return nil
	})
	return out, err
}

// Keeping tells how long the personal data of one case are kept, and why.
func (a *App) Keeping(ctx context.Context, who party.Actor, id complaint.ID) (d DueCase, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if _, err := a.loadFor(tx, who, id, access.ReadComplaint); err != nil {
			return err
		}
		d, err = a.dueCase(tx, id)
		return err
	})
	return d, err
}

// ProposeDue opens a protocol over what is due, up to limit cases, for a second
// person to decide on. It is fault.NotFound while nothing is due.
func (a *App) ProposeDue(ctx context.Context, who party.Actor, limit int) (int64, error) {
	if err := access.Can(who, access.ProposeErasure, access.Target{}).Err(); err != nil {
		return 0, err
	}
	due, _, err := a.DueForErasure(ctx, who, limit)
	if err != nil {
		return 0, err
	}
	if len(due) == 0 {
		return 0, fault.New(fault.NotFound, "今天没有保存期满的投诉")
	}
	ids := make([]int64, len(due))
	for i, d := range due {
		ids[i] = int64(d.ID)
	}
	return a.openRun(ctx, who, keeping.GroundPeriod, ids, "", "")
}

// ProposeErasure opens a protocol over one case at the request of a person. While
// the keeping period runs, only data that were never to be kept may go, and the
// proposer says why the period does not stand in the way (PIPL art. 47).
func (a *App) ProposeErasure(ctx context.Context, who party.Actor, id complaint.ID, ground keeping.Ground, reason, despite string) (int64, error) {
	if err := access.Can(who, access.ProposeErasure, access.Target{}).Err(); err != nil {
		return 0, err
	}
	var d DueCase
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.ProposeErasure)
		if err != nil {
			return err
		}
		if _, err := c.Erase(0, string(ground), nil, 0); err != nil {
			return err
		}
		d, err = a.dueCase(tx, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := mayErase(d, ground, despite, a.Today()); err != nil {
		return 0, err
	}
	return a.openRun(ctx, who, ground, []int64{int64(id)}, reason, despite)
}

func mayErase(d DueCase, ground keeping.Ground, despite string, today calendar.Date) error {
	switch {
	case d.Hold != 0:
		return fault.New(fault.Conflict, "投诉 %s 有第 %d 号保全，不能删除。请先由消保办解除保全。", d.Number, d.Hold)
	case d.Due(today):
		return nil
	case ground == keeping.GroundPeriod:
		return fault.New(fault.Conflict, "投诉 %s 的保存期还没有满%s，不能按期满删除。", d.Number, untilText(d.Until))
	case !ground.OutlivesPeriod():
		return fault.New(fault.Conflict, "投诉 %s 的保存期还没有满%s。《个人信息保护法》第四十七条：法律、行政法规规定的保存期限未届满的，应当停止除存储和采取必要的安全保护措施之外的处理，期满后再删除。请把这一点告知请求人。", d.Number, untilText(d.Until))
	}
	var f fault.Fields
	f.Need(despite != "", "despite", "保存期未满，请写明为什么不受保存期限制（例如登记错误，从来不应保存）")
	return f.Err()
}

func untilText(d calendar.Date) string {
	if d.IsZero() {
		return "（未办结或争议未结束）"
	}
	return "（至 " + d.String() + "）"
}

func (a *App) openRun(ctx context.Context, who party.Actor, ground keeping.Ground, cases []int64, reason, despite string) (int64, error) {
	cases, err := a.withMerged(ctx, cases)
	if err != nil {
		return 0, err
	}
	n, err := a.store.Counter(ctx, "retention")
	if err != nil {
		return 0, err
	}
	e, err := keeping.Open(n, ground, a.Today(), cases, reason, despite)
	if err != nil {
		return 0, err
	}
	return n, a.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.AppendRun(keeping.Run{}, who.ID, e)
		return err
	})
}

// ErasureRuns lists the protocols, the newest first.
func (a *App) ErasureRuns(ctx context.Context, who party.Actor, before int64, limit int) (out []storage.RunRow, err error) {
	if err := access.Can(who, access.ReadRetention, access.Target{}).Err(); err != nil {
		return nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		for len(out) < limit {
			rows, err := tx.ErasureRuns(before, limit)
			for _, r := range rows {
				if before = r.N; len(out) < limit && reachesRun(who, access.ReadRetention, org, r.Who) == nil {
					out = append(out, r)
				}
			}
			if err != nil || len(rows) < limit {
				return err
			}
		}
		return nil
	})
	return out, err
}

// reachesRun refuses a protocol that was opened above or beside a person: it may
// list cases that the person does not reach. Whoever opened it reached them all.
func reachesRun(who party.Actor, do access.Action, org *Org, by string) error {
	p, _ := org.Person(party.PersonID(strings.TrimPrefix(by, "person/")))
	return access.Can(who, do, access.Target{Path: org.Tree.Path(p.Unit)}).Err()
}

// RunPage is a protocol with what its page shows of the cases still listed.
type RunPage struct {
	keeping.Run
	Listed []DueCase // not erased yet
	Org    *Org
}

// ErasureRun returns a protocol.
func (a *App) ErasureRun(ctx context.Context, who party.Actor, n int64) (p RunPage, err error) {
	if err := access.Can(who, access.ReadRetention, access.Target{}).Err(); err != nil {
		return p, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if p.Run, err = tx.Run(n); err != nil {
			return err
		}
		if p.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		if err = reachesRun(who, access.ReadRetention, p.Org, p.By); err != nil {
			return err
		}
		for _, id := range p.Cases {
			if slices.ContainsFunc(p.Erased, func(l keeping.ErasedLine) bool { return l.Case == id }) {
				continue
			}
			d, err := a.dueCase(tx, complaint.ID(id))
			if err != nil {
				return err
			}
			p.Listed = append(p.Listed, d)
		}
		return nil
	})
	return p, err
}

// DecideRun approves a protocol, which erases its cases, or sends it back.
func (a *App) DecideRun(ctx context.Context, who party.Actor, n int64, ok bool, why string) error {
	if err := access.Can(who, access.ApproveErasure, access.Target{}).Err(); err != nil {
		return err
	}
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		r, err := tx.Run(n)
		if err != nil {
			return err
		}
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		if err := reachesRun(who, access.ApproveErasure, org, r.By); err != nil {
			return err
		}
		e, err := r.Decide(who.ID, ok, why)
		if err != nil {
			return err
		}
		_, err = tx.AppendRun(r, who.ID, e)
		return err
	})
	if err != nil || !ok {
		return err
	}
	return a.carryOut(ctx, n)
}

// CarryOutRuns goes on with the approved protocols that were interrupted. It is for
// a timer; several copies of the program may run it at once. It returns how many
// there were.
func (a *App) CarryOutRuns(ctx context.Context) (int64, error) {
	var open []int64
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		open, err = tx.OpenRuns()
		return err
	})
	for i, run := range open {
		if err := a.carryOut(ctx, run); err != nil {
			return int64(i), err
		}
	}
	return int64(len(open)), err
}

// carryOut erases what is left of an approved protocol, case by case, each in one
// transaction with its line of the protocol, and closes it with its digest.
func (a *App) carryOut(ctx context.Context, n int64) error {
	for {
		r, err := a.runNow(ctx, n)
		if err != nil || r.State != keeping.RunApproved {
			return err
		}
		left := r.Left()
		if len(left) == 0 {
			return a.endRun(ctx, n)
		}
		for _, id := range left {
			if err := a.eraseOne(ctx, n, complaint.ID(id)); err != nil && !fault.Is(err, fault.Stale) {
				return err
			}
		}
	}
}

func (a *App) runNow(ctx context.Context, n int64) (r keeping.Run, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		r, err = tx.Run(n)
		return err
	})
	return r, err
}

// eraseOne erases a case, or notes why it stays: it was reopened, a hold was placed,
// a class that applies is longer than it was when the protocol was written.
func (a *App) eraseOne(ctx context.Context, n int64, id complaint.ID) error {
	var blobs []string
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		blobs = nil
		r, err := tx.Run(n)
		if err != nil || !slices.Contains(r.Left(), int64(id)) {
			return err
		}
		d, err := a.dueCase(tx, id)
		if err != nil {
			return err
		}
		err = mayErase(d, r.Ground, cmp.Or(r.Despite, "-"), a.Today())
		var e *complaint.Erased
		if err == nil {
			e, blobs, err = tx.EraseComplaint(id, party.System.ID, n, string(r.Ground))
		}
		if fault.Is(err, fault.Conflict) {
			blobs = nil
			_, err = tx.AppendRun(r, party.System.ID, &keeping.CaseSkipped{Case: int64(id), Number: d.Number, Why: fault.Message(err)})
			return err
		}
		if err != nil {
			return err
		}
		_, err = tx.AppendRun(r, party.System.ID, &keeping.CaseErased{Case: int64(id), Number: d.Number, Sealed: e.Sealed, Files: e.Files})
		return err
	})
	if err == nil {
		a.dropBlobs(ctx, id.Stream(), blobs)
	}
	return err
}

// dropBlobs removes files whose key is gone. One that cannot be removed is of no
// use to anybody; doctor names it among the orphans.
func (a *App) dropBlobs(ctx context.Context, owner string, digests []string) {
	for _, text := range digests {
		if err := a.dropBlob(context.WithoutCancel(ctx), owner, text); err != nil {
			a.log.Error("a file whose key is gone stays", "owner", owner, "err", err)
		}
	}
}

func (a *App) endRun(ctx context.Context, n int64) error {
	err := a.store.Update(ctx, func(tx *storage.Tx) error {
		r, err := tx.Run(n)
		if err != nil || r.State != keeping.RunApproved || len(r.Left()) > 0 {
			return err
		}
		_, err = tx.AppendRun(r, party.System.ID, &keeping.RunEnded{Sum: r.Digest()})
		return err
	})
	if fault.Is(err, fault.Stale) { // another copy was quicker
		return nil
	}
	return err
}

// PlaceHold keeps a case from being erased.
func (a *App) PlaceHold(ctx context.Context, who party.Actor, id complaint.ID, until calendar.Date, reason string) (int64, error) {
	if err := access.Can(who, access.HoldComplaint, access.Target{}).Err(); err != nil {
		return 0, err
	}
	n, err := a.store.Counter(ctx, "hold")
	if err != nil {
		return 0, err
	}
	return n, a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.HoldComplaint)
		if err != nil {
			return err
		}
		if c.Erased != nil {
			return fault.New(fault.Conflict, "投诉 %s 的个人信息已经删除，没有可保全的内容", c.Number)
		}
		e, err := keeping.Place(n, int64(id), c.Number, until, a.Today(), reason)
		if err != nil {
			return err
		}
		_, err = tx.AppendHold(keeping.Hold{}, who.ID, e)
		return err
	})
}

// LiftHold ends a hold.
func (a *App) LiftHold(ctx context.Context, who party.Actor, n int64, why string) error {
	if err := access.Can(who, access.HoldComplaint, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		h, err := tx.Hold(n)
		if err != nil {
			return err
		}
		if _, err := a.loadFor(tx, who, complaint.ID(h.Case), access.HoldComplaint); err != nil {
			return err
		}
		e, err := h.Lift(why)
		if err != nil {
			return err
		}
		_, err = tx.AppendHold(h, who.ID, e)
		return err
	})
}

// Holds lists the legal holds on cases that a person reaches, those that stand
// first, then the newest.
func (a *App) Holds(ctx context.Context, who party.Actor, limit int) (out []keeping.Hold, err error) {
	if err := access.Can(who, access.ReadRetention, access.Target{}).Err(); err != nil {
		return nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		numbers, err := tx.Holds(limit)
		for _, n := range numbers {
			h, err := tx.Hold(n)
			if err != nil {
				return err
			}
			c, err := tx.Complaint(complaint.ID(h.Case))
			if err != nil {
				return err
			}
			if access.Can(who, access.ReadRetention, c.Target()).Allow {
				out = append(out, h)
			}
		}
		return err
	})
	return out, err
}

// RetentionYears tells each class of keeping with the years in force.
func (a *App) RetentionYears() ([]complaint.Kept, error) {
	var out []complaint.Kept
	rules := a.Rules(a.Today())
	for _, c := range complaint.RetentionClasses() {
		years, err := c.In(rules)
		if err != nil {
			return nil, err
		}
		out = append(out, complaint.Kept{Class: c, Years: years})
	}
	return out, nil
}

// BackupWarning names the time before which a backup still holds the keys of cases
// erased by a protocol: zero while it is not done.
func BackupWarning(r keeping.Run) time.Time {
	if len(r.Erased) == 0 {
		return time.Time{}
	}
	return r.Erased[len(r.Erased)-1].At
}
