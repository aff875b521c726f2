package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/similar"
)

// PrecedentPage is a precedent with what one person may see and do.
type PrecedentPage struct {
	Precedent precedent.Precedent // draft fields are zero for those who may not see them
	Edition   precedent.Edition   // what everybody reads
	Published bool
	Findings  []precedent.Finding // of the draft
	Inside    bool                // sees the draft and who wrote it
	MayEdit   bool
	MayDecide bool         // approve or return what waits
	MayEnd    bool         // withdraw, or give the draft up
	Source    complaint.ID // 0 for those who may not read the case
	SourceNo  string
	Org       *Org
	History   []storage.RecordedPrecedent // for those inside
}

// ProposePrecedent composes a draft from a closed case. The draft is anonymous
// from its first event on; nobody but the proposer and the approvers in reach sees it.
func (a *App) ProposePrecedent(ctx context.Context, who party.Actor, from complaint.ID) (precedent.Precedent, error) {
	var out precedent.Precedent
	id, err := a.store.Counter(ctx, "precedent")
	if err != nil {
		return out, err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(from)
		if err != nil {
			return err
		}
		if err := mayPropose(who, c); err != nil {
			return err
		}
		if old, err := tx.PrecedentOf(int64(from)); err != nil || old != 0 {
			return cmp.Or(err, error(fault.New(fault.Conflict, "这件投诉已经提为案例，请直接修改那一件")))
		}
		org, err := a.orgIn(tx)
		if err != nil {
			return err
		}
		s := a.precedentSource(c, org)
		content, masked := precedent.Compose(s)
		out, err = tx.AppendPrecedent(precedent.Precedent{}, who.ID, []precedent.Event{&precedent.Proposed{ID: precedent.ID(id), Source: int64(from), Path: c.Path, Facts: s.Facts, Masked: masked, Content: content}})
		return err
	})
	if err != nil {
		return out, err
	}
	return out, a.noteOpening(ctx, who, from)
}

func mayPropose(who party.Actor, c complaint.Case) error {
	if err := access.Can(who, access.ReadComplaint, c.Target()).Err(); err != nil {
		return err
	}
	if err := access.Can(who, access.ProposePrecedent, c.Target()).Err(); err != nil {
		return err
	}
	if c.State != complaint.Closed || c.Nature != complaint.Complaint {
		return fault.New(fault.Conflict, "只有已办结的消费投诉可以提为案例")
	}
	return nil
}

// DoPrecedent runs a command on a precedent. expect is the version that the person
// saw, 0 when it does not matter.
func (a *App) DoPrecedent(ctx context.Context, who party.Actor, id precedent.ID, expect int64, cmd precedent.Command) (precedent.Precedent, error) {
	number, err := a.precedentNumber(ctx, who, id, expect, cmd)
	if err != nil {
		return precedent.Precedent{}, err
	}
	for try := 1; ; try++ {
		var out precedent.Precedent
		err := a.store.Update(ctx, func(tx *storage.Tx) error {
			p, events, err := a.decidePrecedent(tx, who, id, expect, cmd, number)
			if err == nil {
				out, err = tx.AppendPrecedent(p, who.ID, events)
			}
			return err
		})
		if fault.Is(err, fault.Stale) && expect == 0 && try < tries {
			continue
		}
		return out, err
	}
}

func (a *App) decidePrecedent(tx *storage.Tx, who party.Actor, id precedent.ID, expect int64, cmd precedent.Command, number string) (precedent.Precedent, []precedent.Event, error) {
	p, _, err := tx.Precedent(id)
	if err != nil {
		return p, nil, err
	}
	if err := a.mayDo(tx, who, cmd, p); err != nil {
		return p, nil, err
	}
	if expect != 0 && p.Version != expect {
		return p, nil, fault.New(fault.Stale, "您打开页面之后，这件案例已有新的变化（第 %d 版，您看到的是第 %d 版）。您的改动没有保存，请刷新后再提交。", p.Version, expect)
	}
	check, err := a.precedentCheck(tx, p)
	if err != nil {
		return p, nil, err
	}
	events, err := cmd.Decide(p, precedent.Env{By: who, At: a.now(), Check: check, Number: number})
	return p, events, err
}

// precedentNumber takes a number such as AL-2026-0001 for a first approval. The
// command is decided once before, so that a refused one uses none up.
func (a *App) precedentNumber(ctx context.Context, who party.Actor, id precedent.ID, expect int64, cmd precedent.Command) (string, error) {
	needed := false
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		if cmd.Action() != access.ApprovePrecedent {
			return nil
		}
		p, events, err := a.decidePrecedent(tx, who, id, expect, cmd, "AL")
		_, accepted := first(events).(*precedent.Accepted)
		needed = accepted && p.Number == ""
		return err
	})
	if err != nil || !needed {
		return "", err
	}
	year := a.Today().Time().Year()
	n, err := a.store.Counter(ctx, fmt.Sprintf("precedent/%d", year))
	return fmt.Sprintf("AL-%d-%04d", year, n), err
}

func first[T any](list []T) (v T) {
	if len(list) > 0 {
		v = list[0]
	}
	return v
}

// mayDo decides access. Who is a party to the case stays away from the precedent too.
func (a *App) mayDo(tx *storage.Tx, who party.Actor, cmd precedent.Command, p precedent.Precedent) error {
	if cmd.Action() == access.ReadPrecedent {
		if p.Number == "" && !inside(who, p) {
			return fault.New(fault.NotFound, "没有找到这件案例，请核对编号")
		}
		return access.Can(who, access.ReadPrecedent, access.Target{}).Err()
	}
	if !inside(who, p) {
		if p.State != precedent.Approved {
			return fault.New(fault.NotFound, "没有找到这件案例，请核对编号")
		}
		return fault.New(fault.Forbidden, "这件案例由其他机构或人员提出，您只能阅读和引用")
	}
	if err := access.Can(who, cmd.Action(), p.Target()).Err(); err != nil {
		return fault.New(fault.Forbidden, "您的角色不能对这件案例这样做，请联系消保办")
	}
	if kept, err := keptAway(tx, who, p); err != nil || !kept {
		return err
	}
	return fault.New(fault.Recused, "您是原投诉的当事人或来自被投诉机构，须回避这件案例的修改和审批")
}

// keptAway reports whether somebody is a party to the case behind a precedent: he
// reads what everybody reads, and no draft. Nobody is kept away by an erased case.
func keptAway(tx *storage.Tx, who party.Actor, p precedent.Precedent) (bool, error) {
	c, err := tx.Complaint(complaint.ID(p.Source))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil && access.Recused(who, c.Target()), err
}

// inside reports whether somebody sees the draft: its writers, and those who may
// approve in reach.
func inside(who party.Actor, p precedent.Precedent) bool {
	return who.ID == p.Proposer || who.ID == p.Editor || access.Can(who, access.ApprovePrecedent, access.Target{Path: p.Path}).Allow
}

// precedentCheck returns the check with everything that the source case knows. An
// erased case knows nothing any more; the shapes are left.
func (a *App) precedentCheck(tx *storage.Tx, p precedent.Precedent) (func(precedent.Precedent) []precedent.Finding, error) {
	org, err := a.orgIn(tx)
	if err != nil {
		return nil, err
	}
	c, err := tx.Complaint(complaint.ID(p.Source))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	rare, err := precedentRare(tx, p.Shown())
	if err != nil {
		return nil, err
	}
	cleaner := precedent.NewCleaner(a.precedentKnown(c, org))
	return func(p precedent.Precedent) []precedent.Finding {
		if p.Version == 0 {
			return cleaner.Check(p, nil)
		}
		return cleaner.Check(p, rare)
	}, nil
}

// precedentRare counts the closed cases of the same product and reason.
func precedentRare(tx *storage.Tx, f precedent.Facts) (*precedent.Rare, error) {
	var words []string
	if f.Product != "" {
		words = append(words, complaint.TopicProduct.Name(f.Product, "zh"))
	}
	if f.Reason != "" {
		words = append(words, complaint.TopicReason.Name(f.Reason, "zh"))
	}
	if len(words) == 0 {
		return nil, nil
	}
	n, err := tx.ClosedAlike(f.Product, f.Reason, precedent.Crowd())
	return &precedent.Rare{Text: strings.Join(words, "、"), N: n}, err
}

// Precedent returns a precedent for reading.
func (a *App) Precedent(ctx context.Context, who party.Actor, id precedent.ID) (PrecedentPage, error) {
	var out PrecedentPage
	if err := access.Can(who, access.ReadPrecedent, access.Target{}).Err(); err != nil {
		return out, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		p, history, err := tx.Precedent(id)
		if err != nil {
			return err
		}
		kept, err := keptAway(tx, who, p)
		if err != nil {
			return err
		}
		if out.Inside = inside(who, p) && !kept; !out.Inside && p.Number == "" {
			return fault.New(fault.NotFound, "没有找到这件案例，请核对编号")
		}
		if out.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		out.Precedent = p
		out.Edition, out.Published = p.Published()
		if err := a.rightsOn(tx, who, p, &out); err != nil {
			return err
		}
		if !out.Inside {
			out.hideDraft()
			return nil
		}
		out.History = history
		check, err := a.precedentCheck(tx, p)
		if err == nil && p.Work != "" {
			out.Findings = check(p)
		}
		return err
	})
	return out, err
}

func (a *App) rightsOn(tx *storage.Tx, who party.Actor, p precedent.Precedent, out *PrecedentPage) error {
	may := func(cmd precedent.Command) bool {
		return out.Inside && p.State != precedent.Withdrawn && a.mayDo(tx, who, cmd, p) == nil
	}
	out.MayEdit = may(precedent.Edit{})
	out.MayDecide = may(precedent.Approve{}) && p.Work == precedent.Waiting && who.ID != p.Proposer && who.ID != p.Editor
	out.MayEnd = may(precedent.Withdraw{}) && (p.State != precedent.Approved || access.Can(who, access.ApprovePrecedent, access.Target{Path: p.Path}).Allow)
	c, err := tx.Complaint(complaint.ID(p.Source))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && access.Can(who, access.ReadComplaint, c.Target()).Allow {
		out.Source, out.SourceNo = c.ID, c.Number
	}
	return nil
}

// hideDraft leaves what everybody may read: the approved edition and the uses.
func (p *PrecedentPage) hideDraft() {
	was := p.Precedent
	p.Precedent = precedent.Precedent{ID: was.ID, Version: was.Version, Number: was.Number, State: was.State, Gone: was.Gone, Citations: slices.Clone(was.Citations),
		Content: p.Edition.Content, Facts: p.Edition.Facts, ChangedAt: was.ChangedAt}
	for i := range p.Precedent.Citations {
		p.Precedent.Citations[i].By = "" // who cites says where the case may come from
	}
}

// PrecedentList is a page of the library.
type PrecedentList struct {
	Rows   []storage.PrecedentRow
	Next   precedent.ID
	Total  int
	Facets map[string][]storage.Facet // by topic of precedent.Filters
	Work   int                        // own drafts and what waits for this person
}

// Precedents lists the library, or with f.Work what is in work for the person.
func (a *App) Precedents(ctx context.Context, who party.Actor, f storage.PrecedentFilter) (PrecedentList, error) {
	var out PrecedentList
	if err := access.Can(who, access.ReadPrecedent, access.Target{}).Err(); err != nil {
		return out, err
	}
	f.Who, f.Approve = who, access.May(who, access.ApprovePrecedent)
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 30
	}
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if out.Rows, out.Next, err = tx.Precedents(f); err != nil {
			return err
		}
		if out.Total, err = tx.CountPrecedents(f); err != nil {
			return err
		}
		if out.Work, err = tx.CountPrecedents(storage.PrecedentFilter{Who: who, Work: true, Approve: f.Approve}); err != nil || f.Work {
			return err
		}
		out.Facets = map[string][]storage.Facet{}
		for _, topic := range precedent.Filters {
			if out.Facets[topic], err = tx.PrecedentFacets(f, topic); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// PrecedentByNumber returns the id of the precedent with a number.
func (a *App) PrecedentByNumber(ctx context.Context, number string) (id precedent.ID, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if id, err = tx.PrecedentByNumber(strings.ToUpper(strings.TrimSpace(number))); err == nil && id == 0 {
			err = fault.New(fault.NotFound, "没有编号为 %s 的案例，请核对", number)
		}
		return err
	})
	return id, err
}

// SimilarPrecedent is a precedent that resembles a case.
type SimilarPrecedent struct {
	Row   storage.PrecedentRow
	Score similar.Score
	Kind  bool // same product and reason
}

// PrecedentPanel is what stands beside a case: similar precedents, and whether it
// is or may become one itself.
type PrecedentPanel struct {
	Similar []SimilarPrecedent
	Own     precedent.ID // made of this case; 0 when there is none or it is not for this person
	Propose bool
}

// precedentCandidates is how many precedents of the index are compared for each group of clues.
const precedentCandidates = 40

// PrecedentsFor returns the precedents that resemble a case, best first.
func (a *App) PrecedentsFor(ctx context.Context, who party.Actor, id complaint.ID, limit int) (PrecedentPanel, error) {
	var out PrecedentPanel
	if err := access.Can(who, access.ReadPrecedent, access.Target{}).Err(); err != nil {
		return out, err
	}
	shares, _, err := a.frequencies(ctx, id)
	if err != nil {
		return out, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(id)
		if err != nil {
			return err
		}
		if err := access.Can(who, access.ReadComplaint, c.Target()).Err(); err != nil {
			return err
		}
		own, err := tx.PrecedentOf(int64(id))
		if err != nil {
			return err
		}
		out.Propose = own == 0 && mayPropose(who, c) == nil
		if own != 0 {
			p, _, err := tx.Precedent(own)
			if err != nil {
				return err
			}
			if inside(who, p) || p.State == precedent.Approved {
				out.Own = own
			}
		}
		query := similar.New(c.Narrative, shares)
		ids, err := tx.AlikePrecedents(clues(query, func(string) bool { return true }), c.Codes.Product, c.Codes.Reason, precedentCandidates)
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(p precedent.ID) bool { return p == own })
		out.Similar, err = comparePrecedents(tx, query, shares, c.Codes, ids)
		out.Similar = out.Similar[:min(max(0, limit), len(out.Similar))]
		return err
	})
	return out, err
}

func comparePrecedents(tx *storage.Tx, query *similar.Text, shares similar.Frequencies, codes complaint.Codes, ids []precedent.ID) ([]SimilarPrecedent, error) {
	rows, err := tx.PrecedentsByID(ids)
	if err != nil {
		return nil, err
	}
	var out []SimilarPrecedent
	for _, r := range rows {
		p, _, err := tx.Precedent(r.ID)
		if err != nil {
			return nil, err
		}
		e, _ := p.Published()
		s := SimilarPrecedent{Row: r, Score: query.Compare(similar.New(precedent.Plain(e.Content.Situation), shares)),
			Kind: codes.Product != "" && slices.Contains(r.Tags["product"], codes.Product) && codes.Reason != "" && slices.Contains(r.Tags["reason"], codes.Reason)}
		if s.Kind || s.Score.Value >= similarLeast && len(s.Score.Shared) > 0 {
			out = append(out, s)
		}
	}
	weight := func(s SimilarPrecedent) float64 {
		if s.Kind {
			return s.Score.Value + sameKindWeight
		}
		return s.Score.Value
	}
	slices.SortStableFunc(out, func(a, b SimilarPrecedent) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(b.Row.ID, a.Row.ID))
	})
	return out, nil
}

// sameKindWeight is what the same product and reason count beside the words.
const sameKindWeight = 0.15

// PrecedentLaw is a citation in a precedent, for its list of articles.
type PrecedentLaw struct{ Title, Article, Link string }

// PrecedentLaws lists the articles that a content cites, once each.
func (a *App) PrecedentLaws(ctx context.Context, c precedent.Content) ([]PrecedentLaw, error) {
	var out []PrecedentLaw
	for _, part := range c.Parts() {
		found, err := a.ResolveCitations(ctx, part.Text, calendar.Date(0))
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			l := precedentLaw(r)
			if l.Link != "" && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out, nil
}

func precedentLaw(r law.Resolution) PrecedentLaw {
	l := PrecedentLaw{Title: r.Name, Link: r.Link}
	if r.Article != "" {
		l.Article = law.Label(r.Article)
	}
	return l
}
