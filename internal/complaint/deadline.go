package complaint

import (
	"cmp"
	"slices"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// DeadlineKind is what has to be done by a date.
type DeadlineKind string

// The kinds of deadlines of a case.
const (
	DecideBy       DeadlineKind = "decide"        // decide and tell the consumer (2020-3 art. 18; 2020-5)
	FirstContactBy DeadlineKind = "first_contact" // reach the consumer (house setting; local overlay)
	AnswerBy       DeadlineKind = "answer"        // answer the sender of a reference
	AgreedBy       DeadlineKind = "agreed"        // as agreed with the consumer (art. 21)
	ReexamineBy    DeadlineKind = "reexamine"     // decide the re-examination and tell (art. 20)
	FollowUpBy     DeadlineKind = "follow_up"     // follow up (house setting)
	CloseBy        DeadlineKind = "close"         // close once told (house setting)
	ReportBy       DeadlineKind = "supervision"   // answer a supervision order
	ReplyBy        DeadlineKind = "reply"         // answer a matter that is no complaint (house setting)
	MajorBy        DeadlineKind = "major"         // report a major complaint (art. 29; house setting)
)

// DeadlineKinds lists the kinds.
var DeadlineKinds = []DeadlineKind{DecideBy, FirstContactBy, AnswerBy, AgreedBy, ReexamineBy, FollowUpBy, CloseBy, ReportBy, ReplyBy, MajorBy}

// Deadline is one date that a case must meet, with the rule it rests on.
type Deadline struct {
	Kind      DeadlineKind
	Reference int    // the reference it belongs to, 0 for the case as a whole
	Regime    string // of DecideBy
	Clock     regulation.Clock
	regulation.Deadline
	MetOn       calendar.Date // zero while it is live
	Stopped     bool          // fell away: withdrawn, closed, or a later date was agreed on (art. 21)
	Provisional bool          // rests on the expected end of a running exclusion
	Owed        string        // sender to be answered, "" for the consumer
}

// Live reports whether the deadline still waits.
func (d Deadline) Live() bool { return d.MetOn.IsZero() && !d.Stopped }

// Late reports whether it was met after its last day, or is not met by today.
func (d Deadline) Late(today calendar.Date) bool {
	if d.Stopped || d.Due.IsZero() {
		return false
	}
	on := d.MetOn
	if on.IsZero() {
		on = today
	}
	return on > d.Due
}

// last is the day after which the limit has surely passed: the rolled day when it is known.
func (d Deadline) last() calendar.Date {
	if d.Announced && d.Rolled > d.Due {
		return d.Rolled
	}
	return d.Due
}

func regimeOf(r Reference) string {
	if ch, ok := party.ChannelOf(r.Channel); ok {
		return ch.Regime
	}
	return "nfra"
}

// Deadlines returns every date of the case, live ones first, each group by due
// date. It is a pure fold of the state: nobody types a due date.
func (c Case) Deadlines(rules regulation.Set, cal *calendar.Calendar) []Deadline {
	if c.Number == "" || c.State == Merged {
		return nil
	}
	b := book{c: c, rules: rules, cal: cal}
	for _, r := range c.LiveReferences() {
		b.reference(r)
	}
	b.firstContact()
	b.agreed()
	b.supervision()
	b.reexaminations()
	b.afterNotice()
	b.major()
	slices.SortStableFunc(b.out, func(x, y Deadline) int {
		if x.Live() != y.Live() {
			if x.Live() {
				return -1
			}
			return 1
		}
		return cmp.Compare(orLast(x.Due), orLast(y.Due))
	})
	return b.out
}

func orLast(d calendar.Date) calendar.Date {
	if d.IsZero() {
		return calendar.Of(9999, 12, 31)
	}
	return d
}

// Next returns the live deadline that comes first, false when there is none. An
// open case always has one: CaseClosed is the only way to have none.
func (c Case) Next(rules regulation.Set, cal *calendar.Calendar) (Deadline, bool) {
	for _, d := range c.Deadlines(rules, cal) {
		if d.Live() {
			return d, !d.Due.IsZero()
		}
	}
	return Deadline{}, false
}

type book struct {
	c     Case
	rules regulation.Set
	cal   *calendar.Calendar
	out   []Deadline
}

// spans returns the days that do not count for a reference, with their reasons. A
// reference that came by a merge brings its own and shares what began later.
func (c Case) spans(r Reference) (out []calendar.Interval, why []string) {
	for _, v := range r.Spans {
		out, why = append(out, v), append(why, "合并前的鉴定或调解")
	}
	for _, x := range c.Exclusions[min(r.Since, len(c.Exclusions)):] {
		out, why = append(out, x.Interval()), append(why, exclusionReason[x.What])
	}
	return out, why
}

var exclusionReason = map[ExclusionKind]string{Appraisal: "鉴定、检测、评估", Mediation: "调解"}

func (b *book) add(d Deadline, start calendar.Date, excluded []calendar.Interval) {
	d.Deadline = regulation.Compute(d.Clock, start, excluded, b.cal)
	b.out = append(b.out, d)
}

// fixed adds a date that a person set: a sender's letter, an agreement, an order.
func (b *book) fixed(d Deadline, start, due calendar.Date) {
	d.Deadline = regulation.Deadline{Start: start, Due: due}
	d.Rolled, d.Announced = b.cal.Roll(due)
	b.out = append(b.out, d)
}

func (b *book) reference(r Reference) {
	var decide Deadline
	if b.c.Nature == Complaint {
		decide = b.decision(r)
	} else {
		decide = b.otherMatter(r)
	}
	if !r.owed() {
		return
	}
	answer := Deadline{Kind: AnswerBy, Reference: r.N, MetOn: r.AnsweredOn, Owed: r.Sender, Clock: regulation.Clock{ID: "own", Name: "来函要求的期限"}}
	if !r.OwnDue.IsZero() {
		b.fixed(answer, r.ReceivedOn, r.OwnDue)
		return
	}
	if k, err := b.rules.Clock("regulator.answer"); err == nil {
		answer.Clock = k
	}
	excluded, _ := b.c.spans(r)
	answer.Deadline = regulation.Compute(answer.Clock, r.ReceivedOn, excluded, b.cal)
	if !decide.Due.IsZero() && decide.Due > answer.Due {
		answer.Clock, answer.Deadline = decide.Clock, decide.Deadline // the sender is told what was decided, not before it is
	}
	b.out = append(b.out, answer)
}

func (b *book) decision(r Reference) Deadline {
	d := Deadline{Kind: DecideBy, Reference: r.N, Regime: b.c.regime(b.rules, r), Clock: b.c.clock(b.rules, r)}
	d.MetOn = b.c.toldOn(r.ReceivedOn)
	d.Stopped = d.MetOn.IsZero() && (b.c.Ending == ByWithdrawal || b.c.State == Closed)
	if b.c.Ending == ByRefusal && d.MetOn.IsZero() {
		d.MetOn = b.c.noticeOf(NotHandledLetter)
	}
	d.Provisional = d.Live() && slices.ContainsFunc(b.c.Exclusions, func(x Exclusion) bool { return x.To.IsZero() })
	excluded, _ := b.c.spans(r)
	d.Deadline = regulation.Compute(d.Clock, r.start(), excluded, b.cal)
	d.Stopped = d.Stopped || d.MetOn.IsZero() && b.c.agreedBeyond(d)
	b.out = append(b.out, d)
	return d
}

// agreedBeyond reports whether both sides agreed in time on a later day than the
// limit; what they agreed prevails (art. 21).
func (c Case) agreedBeyond(d Deadline) bool {
	return d.Regime != "pbc" && c.AgreedDue > d.Due && c.AgreedOn <= d.last()
}

func (b *book) otherMatter(r Reference) Deadline {
	d := Deadline{Kind: ReplyBy, Reference: r.N, Regime: "house", Clock: b.c.clock(b.rules, r), Stopped: b.c.Ending == ByWithdrawal}
	if b.c.OtherReply != nil {
		d.MetOn = max(b.c.OtherReply.On, r.ReceivedOn)
	}
	b.add(d, r.start(), nil)
	return b.out[len(b.out)-1]
}

// toldOn is when the consumer was told the decision, for a reference received on
// a day: a notice given before a later arrival answers that arrival too only
// from the day it arrived.
func (c Case) toldOn(received calendar.Date) calendar.Date {
	on := c.firstNotice(DecisionLetter)
	if on.IsZero() || c.Decision == nil {
		return 0
	}
	return max(on, received)
}

// noticeOf returns the last notice of a kind since the case was last reopened.
func (c Case) noticeOf(kind LetterKind) calendar.Date {
	var on calendar.Date
	for _, n := range c.Notices[c.CycleNotices:] {
		if n.What == kind {
			on = max(on, n.On)
		}
	}
	return on
}

// firstNotice returns the first notice of a kind since the case was last
// reopened: it met the limit, a second copy does not make it late.
func (c Case) firstNotice(kind LetterKind) calendar.Date {
	for _, n := range c.Notices[c.CycleNotices:] {
		if n.What == kind {
			return n.On
		}
	}
	return 0
}

func (b *book) firstContact() {
	if b.c.Nature != Complaint {
		return
	}
	clocks, err := b.rules.Local("first_contact", b.c.Region)
	if err != nil {
		return
	}
	clock, computed, ok := regulation.Strictest(clocks, b.c.ReceivedOn, nil, b.cal)
	if !ok {
		return
	}
	d := Deadline{Kind: FirstContactBy, Clock: clock, Deadline: computed}
	for _, k := range b.c.Contacts {
		if k.Reached || k.Outbound {
			on := calendar.FromTime(k.At)
			if d.MetOn.IsZero() || on < d.MetOn {
				d.MetOn = on
			}
		}
	}
	d.Stopped = d.MetOn.IsZero() && !b.c.Active()
	b.out = append(b.out, d)
}

func (b *book) agreed() {
	if b.c.AgreedDue.IsZero() {
		return
	}
	clock := regulation.Clock{ID: "agreed", Name: "与投诉人约定的期限"}
	if a, ok := b.rules.Article("nfra-2020-3", "21"); ok {
		clock.Cite = regulation.Citation{Instrument: "nfra-2020-3", Article: "21", Text: a.Text, Grade: a.Grade}
	}
	d := Deadline{Kind: AgreedBy, Clock: clock, MetOn: b.c.toldOn(b.c.ReceivedOn)}
	if b.c.Ending == ByRefusal && d.MetOn.IsZero() {
		d.MetOn = b.c.noticeOf(NotHandledLetter)
	}
	d.Stopped = d.MetOn.IsZero() && (b.c.Ending == ByWithdrawal || b.c.Ending == AsOther)
	b.fixed(d, b.c.ReceivedOn, b.c.AgreedDue)
}

func (b *book) supervision() {
	for _, r := range b.c.Reminders {
		if r.Kind == "supervise" && !r.Due.IsZero() {
			d := Deadline{Kind: ReportBy, Clock: regulation.Clock{ID: "supervision", Name: "督办答复"}, Stopped: r.Done.IsZero() && b.c.State == Closed}
			if !r.Done.IsZero() {
				d.MetOn = calendar.FromTime(r.Done)
			}
			b.fixed(d, calendar.FromTime(r.At), r.Due)
		}
	}
}

func (b *book) reexaminations() {
	clock, err := b.rules.Clock("nfra.reexam.decide")
	if err != nil {
		clock = b.c.clock(b.rules, Reference{}) // no rule in force: the house's own
	}
	for _, r := range b.c.Reexams {
		b.add(Deadline{Kind: ReexamineBy, Clock: clock, MetOn: r.NoticedOn, Stopped: r.NoticedOn.IsZero() && b.c.State == Closed}, r.On, nil)
	}
}

// afterNotice adds what is left once the consumer was told or the case ended.
func (b *book) afterNotice() {
	start := b.c.endedOn()
	if start.IsZero() {
		return
	}
	if clock, err := b.rules.Clock("follow_up"); err == nil && b.c.Ending == ByDecision {
		d := Deadline{Kind: FollowUpBy, Clock: clock, Stopped: b.c.State == Closed}
		if n := len(b.c.FollowUps); n > b.c.CycleFollows {
			d.MetOn = b.c.FollowUps[n-1].On
		}
		b.add(d, start, nil)
	}
	if clock, err := b.rules.Clock("close"); err == nil {
		b.add(Deadline{Kind: CloseBy, Clock: clock, MetOn: b.c.ClosedOn}, start, nil)
	}
}

func (b *book) major() {
	clock, err := b.rules.Clock("major.report")
	if b.c.Major == nil || err != nil {
		return
	}
	m := b.c.Major
	b.add(Deadline{Kind: MajorBy, Clock: clock, MetOn: m.ReportedOn, Stopped: m.ReportedOn.IsZero() && b.c.State == Closed}, m.On, nil)
}

// endedOn is the day on which the consumer was told, or the case ended otherwise.
func (c Case) endedOn() calendar.Date {
	switch {
	case c.Ending == ByDecision && c.Decision != nil:
		return max(c.noticeOf(DecisionLetter), c.noticeOf(ReexamLetter))
	case c.Ending == ByWithdrawal && c.Withdrawal != nil:
		return c.Withdrawal.On
	case c.Ending == AsOther && c.OtherReply != nil:
		return c.OtherReply.On
	case c.Ending == ByRefusal:
		return c.noticeOf(NotHandledLetter)
	}
	return 0
}

// Explain returns the day-by-day count of a deadline; nil for a date that a
// person set.
func (c Case) Explain(d Deadline, cal *calendar.Calendar) []regulation.DayCount {
	if d.Clock.Days == 0 {
		return nil
	}
	var spans []calendar.Interval
	var why []string
	if r, ok := c.Reference(d.Reference); ok && (d.Kind == DecideBy || d.Kind == AnswerBy) {
		spans, why = c.spans(r)
	}
	return regulation.ExplainNamed(d.Clock, d.Start, spans, why, cal)
}
