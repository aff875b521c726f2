package app

import (
	"context"
	"fmt"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// ReviewPage is everything a page or an API answer shows of one review.
type ReviewPage struct {
	Review   review.Review
	Kind     review.Kind
	Org      *Org
	Today    calendar.Date
	State    review.State // as of today
	Due      regulation.Deadline
	Clock    regulation.Clock
	HasDue   bool
	History  []storage.RecordedReview
	May      map[access.Action]access.Decision
	Document extract.Document // the current material as it was read; zero before
	Reading  ReadingJob       // of a material that has not been read yet
	Env      review.Env       // of the reading: what a command would say can be asked with it
}

// reviewEnv is what a decision on a review may depend on: the rules of today,
// since a review looks forward.
func (a *App) reviewEnv(tx *storage.Tx, who party.Actor) (review.Env, *Org, error) {
	env, org, err := a.env(tx, who, 0)
	return review.Env{By: env.By, At: env.At, Rules: env.Rules, Cal: env.Cal, Tree: env.Tree, People: env.People}, org, err
}

// Draft opens a review for somebody who submits.
func (a *App) Draft(ctx context.Context, who party.Actor, d review.NewDraft) (review.Review, error) {
	if err := access.Can(who, access.SubmitReview, access.Target{}).Err(); err != nil {
		return review.Review{}, err
	}
	id, err := a.store.Counter(ctx, "review")
	if err != nil {
		return review.Review{}, err
	}
	number, err := a.reviewNumber(ctx)
	if err != nil {
		return review.Review{}, err
	}
	var out review.Review
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		env, _, err := a.reviewEnv(tx, who)
		if err != nil {
			return err
		}
		if err := a.priorHolds(tx, who, d); err != nil {
			return err
		}
		if err := productKnown(tx, d.Product); err != nil {
			return err
		}
		e, err := d.New(review.ID(id), number, env)
		if err != nil {
			return err
		}
		out, err = tx.AppendReview(review.Review{}, who.ID, []review.Event{e})
		return err
	})
	return out, err
}

// reviewNumber gives a review its number, such as SC20261012-000007.
func (a *App) reviewNumber(ctx context.Context) (string, error) {
	day := calendar.FromTime(a.now()).Time().Format("20060102")
	n, err := a.store.Counter(ctx, "review/"+day)
	return fmt.Sprintf("SC%s-%06d", day, n), err
}

// priorHolds makes sure that a review of a change names a clearance in reach.
func (a *App) priorHolds(tx *storage.Tx, who party.Actor, d review.NewDraft) error {
	if d.Prior == 0 {
		return nil
	}
	p, err := tx.Review(d.Prior)
	if err != nil {
		return err
	}
	if err := access.Can(who, access.ReadReview, p.Target()).Err(); err != nil {
		return err
	}
	if p.Clearance == nil || p.Kind != d.Kind {
		return fault.New(fault.Invalid, "只有已通过的同类审查才能登记材料变更，%s 不是", p.Number)
	}
	return nil
}

// DoReview runs a command on a review. expect is the version that the person saw,
// 0 when it does not matter. What the form says decides what is looked for and as
// of which day: a change of it lets the rules run again.
func (a *App) DoReview(ctx context.Context, who party.Actor, id review.ID, expect int64, cmd review.Command) (review.Review, error) {
	if e, ok := cmd.(*review.Edit); ok {
		if err := a.store.View(ctx, func(tx *storage.Tx) error { return productKnown(tx, e.Product) }); err != nil {
			return review.Review{}, err
		}
	}
	out, err := a.changeReview(ctx, who, id, expect, cmd.Action(), cmd.Decide)
	if _, ok := cmd.(*review.Edit); !ok || err != nil {
		return out, err
	}
	if m, ok := out.Current(); !ok || m.Reading == nil {
		return out, nil
	}
	return a.ScanReview(ctx, party.System, id)
}

// productKnown refuses a product that the register does not have.
func productKnown(tx *storage.Tx, id string) error {
	if id == "" {
		return nil
	}
	_, ok, err := tx.Product(id)
	if err == nil && !ok {
		err = &fault.Error{Kind: fault.Invalid, Text: "产品登记簿里没有 " + id, Violations: []fault.Violation{{Field: "product", Text: "产品登记簿里没有 " + id + "，请先登记产品"}}}
	}
	return err
}

func (a *App) changeReview(ctx context.Context, who party.Actor, id review.ID, expect int64, do access.Action, fn func(review.Review, review.Env) ([]review.Event, error)) (review.Review, error) {
	var out review.Review
	for try := 1; ; try++ {
		err := a.store.Update(ctx, func(tx *storage.Tx) error {
			r, err := tx.Review(id)
			if err != nil {
				return err
			}
			if err := mayReview(who, do, r); err != nil {
				return err
			}
			if expect != 0 && r.Version != expect {
				return fault.New(fault.Stale, "您打开页面之后，这件审查已有新的变化（第 %d 版，您看到的是第 %d 版）。您的改动没有保存，请刷新后再提交。", r.Version, expect)
			}
			env, _, err := a.reviewEnv(tx, who)
			if err != nil {
				return err
			}
			events, err := fn(r, env)
			if err != nil {
				return err
			}
			if out, err = tx.AppendReview(r, who.ID, events); err != nil {
				return err
			}
			return a.replacePrior(tx, who, r, out)
		})
		if fault.Is(err, fault.Stale) && expect == 0 && try < tries {
			continue
		}
		return out, err
	}
}

// mayReview decides access to a review. A draft is its submitter's alone.
func mayReview(who party.Actor, do access.Action, r review.Review) error {
	if r.State == review.Draft && r.CreatedBy != who.ID && who.ID != party.System.ID {
		return fault.New(fault.NotFound, "没有找到这件审查，请核对编号")
	}
	d := access.Can(who, do, r.Target())
	if d.Kind == fault.Recused {
		d.Reason = "您已回避这件审查，不能查看或办理"
	}
	return d.Err()
}

// replacePrior ends the clearance that a newly cleared material replaces, in the
// same transaction: two versions are never cleared at once.
func (a *App) replacePrior(tx *storage.Tx, who party.Actor, before, after review.Review) error {
	if before.Cleared() || !after.Cleared() || after.Prior == 0 {
		return nil
	}
	p, err := tx.Review(after.Prior)
	if err != nil {
		return err
	}
	if events := review.Replace(p, after.ID); len(events) > 0 {
		_, err = tx.AppendReview(p, who.ID, events)
	}
	return err
}

// Review returns a review for reading.
func (a *App) Review(ctx context.Context, who party.Actor, id review.ID) (ReviewPage, error) {
	p := ReviewPage{Today: a.Today(), May: map[access.Action]access.Decision{}}
	if err := a.loadRules(ctx); err != nil {
		return p, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		if p.Review, p.History, err = tx.ReviewHistory(id); err != nil {
			return err
		}
		if err := mayReview(who, access.ReadReview, p.Review); err != nil {
			return err
		}
		env, org, err := a.reviewEnv(tx, who)
		if err != nil {
			return err
		}
		p.Org, p.Env = org, env
		p.Due, p.Clock, p.HasDue = p.Review.Due(env.Rules, env.Cal, p.Today)
		for _, do := range access.Actions() {
			p.May[do] = access.Can(who, do, p.Review.Target())
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	p.Kind, _ = review.KindOf(p.Review.Kind)
	p.State = p.Review.StateOn(p.Today)
	m, ok := p.Review.Current()
	switch {
	case !ok:
	case m.Reading != nil:
		p.Document, err = a.extraction(ctx, id, m)
	default:
		p.Reading, err = a.reading(ctx, id, m.N)
	}
	return p, err
}

// ReviewList is a page of reviews.
type ReviewList struct {
	Rows  []storage.ReviewRow
	Next  review.ID
	Org   *Org
	Today calendar.Date
	Tally ReviewTally

	Unread map[review.ID]ReadingJob // of the rows whose newest version is still to be recognised, without why
}

// ReviewTally is the numbers above a list; each is a filter. None counts
// further than TallyMax.
type ReviewTally struct{ Mine, Free, Decide, Overdue int }

// Reviews returns a page of reviews. Who and Today are set here.
func (a *App) Reviews(ctx context.Context, who party.Actor, f storage.ReviewFilter) (ReviewList, error) {
	out := ReviewList{Today: a.Today()}
	if err := access.Can(who, access.ReadReview, access.Target{}).Err(); err != nil {
		return out, err
	}
	f.Who, f.Today = who, out.Today
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		if out.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		if f.Unit != "" {
			f.Depth = len(out.Org.Tree.Path(f.Unit))
		}
		if out.Rows, out.Next, err = tx.Reviews(f); err != nil {
			return err
		}
		if out.Unread, err = a.unread(tx, out.Rows); err != nil {
			return err
		}
		out.Tally, err = reviewTally(tx, who, out.Today)
		return err
	})
	return out, err
}

func reviewTally(tx *storage.Tx, who party.Actor, today calendar.Date) (t ReviewTally, err error) {
	base := storage.ReviewFilter{Who: who, Today: today, Open: true}
	mine, free, decide, late := base, base, base, base
	mine.Mine, free.Waits, free.Free = true, "reviewer", true
	decide.Waits, late.DueTo = "decider", today.AddDays(-1)
	for _, c := range []struct {
		n *int
		f storage.ReviewFilter
	}{{&t.Mine, mine}, {&t.Free, free}, {&t.Decide, decide}, {&t.Overdue, late}} {
		if *c.n, err = tx.CountReviews(c.f, TallyMax); err != nil {
			return t, err
		}
	}
	return t, nil
}

// SearchReviews finds reviews by words, number or clearance.
func (a *App) SearchReviews(ctx context.Context, who party.Actor, query string, limit int) ([]storage.ReviewRow, error) {
	if err := access.Can(who, access.ReadReview, access.Target{}).Err(); err != nil {
		return nil, err
	}
	var out []storage.ReviewRow
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		out, err = tx.SearchReviews(who, a.Today(), query, min(max(limit, 1), 200))
		return err
	})
	return out, err
}

// MayAssign lists the people who could review it, for the form of assigning.
func (a *App) MayAssign(ctx context.Context, who party.Actor, id review.ID) ([]party.Person, error) {
	var out []party.Person
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		r, err := tx.Review(id)
		if err != nil {
			return err
		}
		if err := mayReview(who, access.ReadReview, r); err != nil {
			return err
		}
		env, org, err := a.reviewEnv(tx, who)
		if err != nil {
			return err
		}
		for _, p := range org.People() {
			if r.MayReview(p, env) == nil {
				out = append(out, p)
			}
		}
		return nil
	})
	return out, err
}
