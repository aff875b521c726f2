package complaint

import (
	"slices"
	"time"

	"xiaobao/internal/calendar"
)

func (e *Requested) apply(c *Case, m Meta) {
	c.Approvals = add(c.Approvals, Approval{N: e.N, Kind: e.What, Rule: e.Rule, Regime: e.Regime, Clock: e.Clock, Extends: e.Extends, Tell: e.Tell, Amount: e.Amount,
		Redress: e.Redress, Decision: e.Decision, Refusal: e.Refusal, Why: e.Why, Deviation: e.Deviation, AskedBy: m.By, AskedAt: m.At, State: Asked, From: e.FromState})
	if e.What == ForDecision {
		c.State = Deciding
	}
}

// approve settles an approval and returns it as it was asked.
func (c *Case) settle(n int, state ApprovalState, m Meta, note string) Approval {
	var asked Approval
	c.Approvals = edit(c.Approvals, func(a Approval) bool { return a.N == n }, func(a *Approval) {
		a.State, a.By, a.At, a.Note = state, m.By, m.At, note
		asked = *a
	})
	return asked
}

func (e *Approved) apply(c *Case, m Meta) {
	asked := c.settle(e.N, Granted, m, e.Note)
	switch asked.Kind {
	case ForExtension:
		c.reach(asked.Extends, asked.Clock)
		c.ExtendedWhy = asked.Why
		if asked.Tell {
			c.mustTell(ExtensionLetter, calendar.FromTime(m.At))
		}
	case ForRedress:
		for _, r := range asked.Redress {
			r.N = len(c.Redress) + 1
			c.Redress = add(c.Redress, r)
		}
	case ForDecision:
		var d Decision
		if asked.Decision != nil { // nil once the case was erased: that it was decided stays
			d = *asked.Decision
		}
		d.ApprovedBy, d.ApprovedAt = m.By, m.At
		c.Decision, c.State, c.Ending = &d, Decided, ByDecision
	case ForRefusal:
		c.Refusal, c.State, c.Ending = asked.Refusal, Ended, ByRefusal
		c.overtake(m)
	}
}

func (e *Returned) apply(c *Case, m Meta) {
	if asked := c.settle(e.N, SentBack, m, e.Why); asked.Kind == ForDecision {
		c.State = Handling
	}
}

func (e *RedressPerformed) apply(c *Case, _ Meta) {
	c.Redress = edit(c.Redress, func(r Redress) bool { return r.N == e.N }, func(r *Redress) { r.PerformedOn, r.Proof = e.On, e.Proof })
}

func (e *LetterIssued) apply(c *Case, m Meta) {
	c.Letters = add(c.Letters, Letter{N: e.N, What: e.What, Title: e.Title, Template: e.Template, Edition: e.Edition, Reference: e.Reference, Docx: e.Docx, PDF: e.PDF, At: m.At, By: m.By})
}

func (e *NoticeGiven) apply(c *Case, m Meta) {
	c.Untold = slices.DeleteFunc(slices.Clone(c.Untold), func(u Untold) bool { return u.Letter == e.What })
	if len(c.Untold) == 0 {
		c.Untold = nil
	}
	c.Notices = add(c.Notices, Notice{Letter: e.Letter, What: e.What, Mode: e.Mode, On: e.On, Proof: e.Proof, Attempts: e.Attempts, By: m.By})
	switch {
	case e.What == DecisionLetter && c.State == Decided:
		c.State = Noticed
		c.overtakeApprovals(m, ForExtension, ForRefusal)
	case e.What == ReexamLetter:
		c.Reexams = edit(c.Reexams, func(r Reexamination) bool { return r.Decided && r.NoticedOn.IsZero() }, func(r *Reexamination) { r.NoticedOn = e.On })
	}
}

func (e *LadderMoved) apply(c *Case, _ Meta) {
	c.Ladder = add(c.Ladder, LadderEntry{N: e.N, Rung: e.Rung, Body: e.Body, Number: e.Number, On: e.On, Why: e.Why})
}

func (e *LadderEnded) apply(c *Case, _ Meta) {
	c.Ladder = edit(c.Ladder, func(l LadderEntry) bool { return l.N == e.N }, func(l *LadderEntry) {
		l.EndedOn, l.Settled, l.Enforceable, l.Result = e.On, e.Settled, e.Enforceable, e.Result
	})
}

// overtake ends what waits for approval when the case itself has ended.
func (c *Case) overtake(m Meta) {
	c.overtakeApprovals(m, ForExtension, ForDecision, ForRedress, ForRefusal)
	c.Offer = nil
}

func (c *Case) overtakeApprovals(m Meta, kinds ...ApprovalKind) {
	c.Approvals = edit(c.Approvals, func(a Approval) bool { return a.State == Asked && one(kinds, a.Kind) }, func(a *Approval) { a.State, a.At = Overtaken, m.At })
}

// mustTell notes that the consumer has to be told of something by a letter of a kind.
func (c *Case) mustTell(kind LetterKind, since calendar.Date) {
	c.Untold = add(c.Untold, Untold{kind, since})
}

func (e *Withdrew) apply(c *Case, m Meta) {
	w := e.Withdrawal
	c.Withdrawal, c.State, c.Ending = &w, Ended, ByWithdrawal
	c.overtake(m)
}

func (e *OtherAnswered) apply(c *Case, m Meta) {
	c.OtherReply = &OtherReply{On: e.On, Text: e.Text}
	c.State, c.Ending = Ended, AsOther
	c.overtake(m)
}

func (e *ReexamRequested) apply(c *Case, _ Meta) {
	c.Reexams = add(c.Reexams, Reexamination{N: e.N, On: e.On, Unit: e.Unit, Grounds: e.Grounds})
	c.Offer = nil
	c.owned(e.Unit, e.Path)
	c.State, c.ClosedOn, c.ClosedAt = Noticed, 0, time.Time{}
}

func (e *ReexamDecided) apply(c *Case, m Meta) {
	c.Reexams = edit(c.Reexams, func(r Reexamination) bool { return r.N == e.N }, func(r *Reexamination) {
		r.Decided, r.DecidedAt, r.Changed, r.Process, r.InTime, r.Decision = true, m.At, e.Changed, e.Process, e.InTime, e.Decision
	})
}

func (e *ReopenedAgain) apply(c *Case, _ Meta) {
	c.State, c.Ending, c.Decision = Handling, "", nil
	c.restart(e.On)
	c.AgreedDue, c.AgreedOn, c.ClosedOn, c.ClosedAt = 0, 0, 0, time.Time{}
	c.Withdrawal, c.Refusal, c.OtherReply = nil, nil, nil
	c.CycleNotices, c.CycleFollows = len(c.Notices), len(c.FollowUps)
	c.Reopened++
	for i := Collect; i < StepCount; i++ {
		c.Steps[i] = StepRecord{}
	}
}

func (e *FollowedUp) apply(c *Case, m Meta) {
	c.FollowUps = add(c.FollowUps, FollowUp{On: e.On, Reached: e.Reached, Satisfaction: e.Satisfaction, Comment: e.Comment, By: m.By})
}

func (e *CaseClosed) apply(c *Case, m Meta) { c.closeOn(e.On, m) }
