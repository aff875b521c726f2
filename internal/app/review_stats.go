package app

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/storage"
)

// ReviewStatQuery chooses what the statistics count. Span is asked of each number
// in its own sense: submitted, decided, answered for by a desk within it.
type ReviewStatQuery struct {
	Span calendar.Interval
	Unit party.UnitID // with all below it, "" for all in reach
	Kind string       // a kind or the beginning of one
}

// ReviewSpread is how long something took: working days, -1 where nothing ended.
type ReviewSpread struct{ N, Median, P90 int }

// ReviewGroup is the numbers of one unit, kind, or of all.
type ReviewGroup struct {
	ID          string
	Submitted   int
	Decided     int
	Cleared     int
	Conditional int
	Vetoed      int
	Took        ReviewSpread // first submission to decision
	Desk        ReviewSpread // a desk's turn, days of questions left out
	Turns       int          // turns that ended
	Late        int          // of these, after the limit
	Back        int          // of these, sent back
	Points      [2]ReviewAnswers
}

// ReviewAnswers counts points of opinions: of advice at 0, of what has to be adopted at 1.
type ReviewAnswers struct{ Open, Adopted, Otherwise, NotAdopted int }

// Answered is how many were answered.
func (a ReviewAnswers) Answered() int { return a.Adopted + a.Otherwise + a.NotAdopted }

// Rate is the adoption rate in per mille: adopted and adopted otherwise over
// answered; -1 when none was answered.
func (a ReviewAnswers) Rate() int { return share(a.Adopted+a.Otherwise, a.Answered()) }

// OnTime is the share of turns within the limit in per mille, -1 for none.
func (g ReviewGroup) OnTime() int { return share(g.Turns-g.Late, g.Turns) }

func share(part, whole int) int {
	if whole == 0 {
		return -1
	}
	return part * 1000 / whole
}

// ReviewMonth is what was submitted and decided in a month.
type ReviewMonth struct {
	Month              string // such as 2026-10
	Submitted, Decided int
}

// ReviewRule is how often a rule hit and what reviewers made of it.
type ReviewRule struct {
	Pack, Rule string
	Title      string
	Known      bool // it stands in the rule book, and has a page
	Hits       int
	Accepted   int
	Edited     int
	Dismissed  int
	Reviewers  int // who judged it at least spreadFrom times
	Low, High  int // ‰ dismissed by the most and the least trusting of them, -1 with fewer than two
	Both       int // findings that both stages had before them
	Differ     int // of these, head office took the other side
}

// Judged is how many a person judged.
func (r ReviewRule) Judged() int { return r.Accepted + r.Edited + r.Dismissed }

// Doubt is the share dismissed in per mille, -1 for none judged.
func (r ReviewRule) Doubt() int { return share(r.Dismissed, r.Judged()) }

// Gap is how far apart the reviewers are in per mille, -1 with fewer than two.
func (r ReviewRule) Gap() int {
	if r.Reviewers < 2 {
		return -1
	}
	return r.High - r.Low
}

// ReviewStats is the statistics of reviews in the reader's reach.
type ReviewStats struct {
	Query  ReviewStatQuery
	Org    *Org
	All    ReviewGroup
	Units  []ReviewGroup // by the unit that submits, busiest first
	Kinds  []ReviewGroup // in the order of the forms
	Months []ReviewMonth
	Rules  []ReviewRule // most hit first
	Both   int          // findings that a branch and head office both had before them
	Differ int          // of these, judged otherwise by head office
}

// spreadFrom is how many judgements of a rule make a reviewer comparable.
const spreadFrom = 3

// statRules bounds the list of rules.
const statRules = 50

// ReviewStats counts the reviews in the reader's reach. The filter is that of the
// list of reviews: whoever may not open a review is not told of it in a number.
func (a *App) ReviewStats(ctx context.Context, who party.Actor, q ReviewStatQuery) (ReviewStats, error) {
	out := ReviewStats{Query: q}
	if err := access.Can(who, access.ReadReview, access.Target{}).Err(); err != nil {
		return out, err
	}
	if q.Span.To < q.Span.From {
		return out, fault.New(fault.Invalid, "期间的结束日（%s）早于开始日（%s）", q.Span.To, q.Span.From)
	}
	if err := a.loadRules(ctx); err != nil {
		return out, err
	}
	book, err := a.Rulebook(ctx)
	if err != nil {
		return out, err
	}
	x := newStatCount()
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if out.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		f := storage.ReviewFilter{Who: who, Today: a.Today(), Kind: q.Kind, Unit: q.Unit}
		if q.Unit != "" {
			f.Depth = len(out.Org.Tree.Path(q.Unit))
		}
		return x.read(tx, f, q.Span)
	})
	if err != nil {
		return out, err
	}
	x.fill(&out)
	for i := range out.Rules {
		x := &out.Rules[i]
		if r, _, ok := book.Rule(x.Rule); ok {
			x.Title, x.Known = r.Title, true
		}
		for _, s := range check.Sorts() { // beyond words
			if s.ID == x.Rule || "check."+s.ID == x.Rule {
				x.Title = s.Title
			}
		}
	}
	return out, nil
}

// ExportReviewStats writes the tables of the statistics as XLSX and records that
// they were taken away.
func (a *App) ExportReviewStats(ctx context.Context, who party.Actor, sheet Sheet, w io.Writer) error {
	if err := access.Can(who, access.ReadReview, access.Target{}).Err(); err != nil {
		return err
	}
	return a.export(ctx, who, leaving{what: ExportedReviews, base: "reviews", form: document.XLSX, sheet: sheet}, w)
}

// statCount adds counts up by unit and kind.
type statCount struct {
	all    *groupCount
	units  map[string]*groupCount
	kinds  map[string]*groupCount
	months map[string]*ReviewMonth
	rules  map[string]*ReviewRule
	judges map[string]map[string][2]int // rule -> judge -> judged, dismissed
	both   int
	differ int
}

// groupCount is a group with the counts that its shares come from.
type groupCount struct {
	ReviewGroup
	took, desk map[int]int
}

func newGroup(id string) *groupCount {
	return &groupCount{ReviewGroup: ReviewGroup{ID: id}, took: map[int]int{}, desk: map[int]int{}}
}

func newStatCount() *statCount {
	return &statCount{all: newGroup(""), units: map[string]*groupCount{}, kinds: map[string]*groupCount{}, months: map[string]*ReviewMonth{}, rules: map[string]*ReviewRule{}, judges: map[string]map[string][2]int{}}
}

// groups are those that a cell belongs to.
func (x *statCount) groups(c storage.ReviewCell) []*groupCount {
	return []*groupCount{x.all, at(x.units, string(c.Unit), newGroup), at(x.kinds, c.Kind, newGroup)}
}

func at[T any](m map[string]*T, id string, fresh func(string) *T) *T {
	v, ok := m[id]
	if !ok {
		v = fresh(id)
		m[id] = v
	}
	return v
}

func (x *statCount) month(id string) *ReviewMonth {
	return at(x.months, id, func(id string) *ReviewMonth { return &ReviewMonth{Month: id} })
}

func (x *statCount) read(tx *storage.Tx, f storage.ReviewFilter, span calendar.Interval) error {
	handed, decided := f, f
	handed.Stat.Handed, decided.Stat.Decided = span, span
	for _, part := range []struct {
		query func() ([]storage.ReviewCell, error)
		add   func(storage.ReviewCell)
	}{
		{func() ([]storage.ReviewCell, error) { return tx.ReviewsHanded(handed) }, x.handed},
		{func() ([]storage.ReviewCell, error) { return tx.ReviewsDecided(decided) }, x.decided},
		{func() ([]storage.ReviewCell, error) { return tx.ReviewTurns(f, span) }, x.turn},
		{func() ([]storage.ReviewCell, error) { return tx.ReviewPoints(handed) }, x.point},
		{func() ([]storage.ReviewCell, error) { return tx.ReviewFindings(handed) }, x.finding},
		{func() ([]storage.ReviewCell, error) { return tx.ReviewStages(handed) }, x.stage},
	} {
		cells, err := part.query()
		if err != nil {
			return err
		}
		for _, c := range cells {
			part.add(c)
		}
	}
	return nil
}

func (x *statCount) handed(c storage.ReviewCell) {
	x.month(c.Month).Submitted += c.N
	for _, g := range x.groups(c) {
		g.Submitted += c.N
	}
}

func (x *statCount) decided(c storage.ReviewCell) {
	x.month(c.Month).Decided += c.N
	for _, g := range x.groups(c) {
		g.Decided += c.N
		g.took[c.Days] += c.N
		switch c.Outcome {
		case review.Approved:
			g.Cleared += c.N
		case review.Conditional:
			g.Conditional += c.N
		case review.Vetoed:
			g.Vetoed += c.N
		}
	}
}

func (x *statCount) turn(c storage.ReviewCell) {
	for _, g := range x.groups(c) {
		g.Turns += c.N
		g.desk[c.Days] += c.N
		if c.Late {
			g.Late += c.N
		}
		if c.Back {
			g.Back += c.N
		}
	}
}

func (x *statCount) point(c storage.ReviewCell) {
	kind := 0
	if c.Must {
		kind = 1
	}
	for _, g := range x.groups(c) {
		p := &g.Points[kind]
		switch c.Answer {
		case review.Adopted:
			p.Adopted += c.N
		case review.Otherwise:
			p.Otherwise += c.N
		case review.NotAdopted:
			p.NotAdopted += c.N
		default:
			p.Open += c.N
		}
	}
}

func (x *statCount) rule(id string) *ReviewRule {
	return at(x.rules, id, func(id string) *ReviewRule { return &ReviewRule{Rule: id, Low: -1, High: -1} })
}

func (x *statCount) finding(c storage.ReviewCell) {
	r := x.rule(c.Rule)
	r.Pack, r.Hits = c.Pack, r.Hits+c.N
	switch c.Verdict {
	case review.Accepted:
		r.Accepted += c.N
	case review.Edited:
		r.Edited += c.N
	case review.Dismissed:
		r.Dismissed += c.N
	}
	if c.Verdict == "" || c.Judge == party.System.ID { // carried over, not judged anew
		return
	}
	if x.judges[c.Rule] == nil {
		x.judges[c.Rule] = map[string][2]int{}
	}
	n := x.judges[c.Rule][c.Judge]
	n[0] += c.N
	if c.Verdict == review.Dismissed {
		n[1] += c.N
	}
	x.judges[c.Rule][c.Judge] = n
}

func (x *statCount) stage(c storage.ReviewCell) {
	differ := 0
	if c.First != "" && (c.First == review.Dismissed) != (c.Verdict == review.Dismissed) {
		differ = c.N
	}
	x.both, x.differ = x.both+c.N, x.differ+differ
	if c.Rule != "" {
		r := x.rule(c.Rule)
		r.Both, r.Differ = r.Both+c.N, r.Differ+differ
	}
}

// fill turns counts into the answer.
func (x *statCount) fill(out *ReviewStats) {
	out.All, out.Both, out.Differ = x.all.group(), x.both, x.differ
	for _, g := range x.units {
		out.Units = append(out.Units, g.group())
	}
	slices.SortFunc(out.Units, func(a, b ReviewGroup) int {
		return cmp.Or(cmp.Compare(b.Submitted, a.Submitted), cmp.Compare(b.Decided, a.Decided), cmp.Compare(a.ID, b.ID))
	})
	for _, k := range review.MaterialKinds() {
		if g, ok := x.kinds[k.ID]; ok {
			out.Kinds = append(out.Kinds, g.group())
		}
	}
	out.Months = monthsOf(out.Query.Span, x.months)
	for id, r := range x.rules {
		r.spread(x.judges[id])
		out.Rules = append(out.Rules, *r)
	}
	slices.SortFunc(out.Rules, func(a, b ReviewRule) int { return cmp.Or(cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Rule, b.Rule)) })
	out.Rules = out.Rules[:min(len(out.Rules), statRules)]
}

// spread compares the reviewers of a rule.
func (r *ReviewRule) spread(judges map[string][2]int) {
	for _, n := range judges {
		if n[0] < spreadFrom {
			continue
		}
		doubt := share(n[1], n[0])
		if r.Reviewers++; r.Reviewers == 1 {
			r.Low, r.High = doubt, doubt
		}
		r.Low, r.High = min(r.Low, doubt), max(r.High, doubt)
	}
}

func (g *groupCount) group() ReviewGroup {
	out := g.ReviewGroup
	out.Took, out.Desk = spreadOf(g.took), spreadOf(g.desk)
	return out
}

func spreadOf(counts map[int]int) ReviewSpread {
	s := ReviewSpread{Median: -1, P90: -1}
	for _, n := range counts {
		s.N += n
	}
	if s.N > 0 {
		s.Median, s.P90 = quantile(counts, s.N, 500), quantile(counts, s.N, 900)
	}
	return s
}

// quantile is the smallest value that a share of n values, in per mille, does
// not exceed; values are given as counts.
func quantile(counts map[int]int, n, permille int) int {
	values := slices.Sorted(maps.Keys(counts))
	seen := 0
	for _, v := range values {
		if seen += counts[v]; seen*1000 >= n*permille {
			return v
		}
	}
	return 0
}

// monthsOf lists the months of an interval, also those in which nothing happened.
func monthsOf(span calendar.Interval, m map[string]*ReviewMonth) []ReviewMonth {
	var out []ReviewMonth
	for d := calendar.Of(span.From.Time().Year(), span.From.Time().Month(), 1); d <= span.To; d = nextMonth(d) {
		one := ReviewMonth{Month: d.String()[:7]}
		if v, ok := m[one.Month]; ok {
			one = *v
		}
		out = append(out, one)
	}
	return out
}

func nextMonth(d calendar.Date) calendar.Date {
	t := d.Time()
	return calendar.Of(t.Year(), t.Month()+1, 1)
}
