package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/storage"
)

const tagPrecedent = "Case library"

// PrecedentRowView is one precedent in a list.
type PrecedentRowView struct {
	ID           precedent.ID        `json:"id"`
	Number       string              `json:"number,omitempty" doc:"AL-2026-0001, stable from the first approval on"`
	Version      int64               `json:"version"`
	State        precedent.State     `json:"state" enum:"draft,waiting,approved,withdrawn"`
	Work         precedent.State     `json:"work,omitempty" enum:"draft,waiting" doc:"How far the next edition is; only in the list of what is in work"`
	Title        string              `json:"title"`
	Line         string              `json:"line" doc:"How its situation begins"`
	Tags         map[string][]string `json:"tags,omitempty" doc:"By topic: product, reason, outcome, cause, right, life_cycle and more"`
	ApprovedOn   calendar.Date       `json:"approved_on,omitzero"`
	Days         int                 `json:"days" doc:"From receipt to closing"`
	Satisfaction int                 `json:"satisfaction,omitempty" doc:"1 to 5"`
	Escalated    bool                `json:"escalated,omitempty"`
	Cited        int                 `json:"cited"`
}

// PrecedentsView is a page of the library.
type PrecedentsView struct {
	Precedents []PrecedentRowView     `json:"precedents"`
	Next       precedent.ID           `json:"next,omitempty" doc:"before of the next page"`
	Total      int                    `json:"total"`
	Facets     map[string][]FacetView `json:"facets,omitempty"`
}

// FacetView is how many precedents have a value.
type FacetView struct {
	Value string `json:"value"`
	N     int    `json:"n"`
}

// PrecedentView is one precedent. What stands between 〖 and 〗 took the place of
// something that was masked.
type PrecedentView struct {
	ID        precedent.ID        `json:"id"`
	Number    string              `json:"number,omitempty"`
	Version   int64               `json:"version"`
	State     precedent.State     `json:"state" enum:"draft,waiting,approved,withdrawn"`
	Edition   int                 `json:"edition,omitempty" doc:"Of the approved text"`
	Content   precedent.Content   `json:"content" doc:"The approved text; the draft while there is none"`
	Facts     precedent.Facts     `json:"facts"`
	Citations []CitationUseView   `json:"citations,omitempty"`
	Laws      []app.PrecedentLaw  `json:"laws,omitempty" doc:"Articles that it cites"`
	Withdrawn string              `json:"withdrawn,omitempty" doc:"Why it was withdrawn"`
	Source    complaint.ID        `json:"source,omitempty" doc:"The complaint it came from, for those who may read that"`
	Draft     *PrecedentDraftView `json:"draft,omitempty" doc:"What is in work, for its writers and the approvers in reach"`
}

// PrecedentDraftView is the text in work with its check.
type PrecedentDraftView struct {
	Work     precedent.State         `json:"work" enum:"draft,waiting"`
	Content  precedent.Content       `json:"content"`
	Hidden   []string                `json:"hidden,omitempty"`
	Masked   int                     `json:"masked" doc:"Places of the complaint that were masked"`
	Returned string                  `json:"returned,omitempty"`
	Findings []PrecedentFindingView  `json:"findings,omitempty" doc:"What still looks like a person; each is rewritten or cleared before it can be handed in"`
	Cleared  []precedent.Clearance   `json:"cleared,omitempty"`
	History  []PrecedentHistoryEntry `json:"history,omitempty"`
}

// PrecedentHistoryEntry is one event.
type PrecedentHistoryEntry struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
	By   string    `json:"by"`
}

// PrecedentFindingView is one thing by which somebody may be recognised.
type PrecedentFindingView struct {
	Field   string `json:"field"`
	Kind    string `json:"kind"`
	Text    string `json:"text"`
	Key     string `json:"key" doc:"For cleared"`
	Hard    bool   `json:"hard,omitempty" doc:"It comes from the complaint and must be rewritten"`
	Cleared string `json:"cleared,omitempty"`
}

// CitationUseView is one use.
type CitationUseView struct {
	What string    `json:"what" enum:"training,reply,review,other"`
	Note string    `json:"note,omitempty"`
	By   string    `json:"by,omitempty"`
	At   time.Time `json:"at"`
}

// PrecedentPanelView is what stands beside a complaint.
type PrecedentPanelView struct {
	Similar []SimilarPrecedentView `json:"similar"`
	Own     precedent.ID           `json:"own,omitempty" doc:"The precedent that was made of this complaint"`
	Propose bool                   `json:"propose,omitempty" doc:"It may be proposed by the holder of the token"`
}

// SimilarPrecedentView is a precedent that resembles a complaint.
type SimilarPrecedentView struct {
	Precedent PrecedentRowView `json:"precedent"`
	Value     float64          `json:"value" doc:"0 to 1"`
	Shared    []string         `json:"shared,omitempty"`
	SameKind  bool             `json:"same_kind,omitempty" doc:"Same product and reason"`
}

// PrecedentIn is a precedent in the address.
type PrecedentIn struct {
	Precedent int64 `path:"precedent" minimum:"1" maximum:"9007199254740991"`
}

type precedentChange struct {
	PrecedentIn
	Expected
	Raw
}

// precedentsIn is the library narrowed by its facets.
type precedentsIn struct {
	Number    string `query:"number" maxLength:"32" doc:"A number such as AL-2026-0001 instead of all else"`
	Product   string `query:"product" maxLength:"64"`
	Reason    string `query:"reason" maxLength:"64"`
	Outcome   string `query:"outcome" maxLength:"64"`
	Cause     string `query:"cause" maxLength:"64"`
	Right     string `query:"right" maxLength:"64"`
	LifeCycle string `query:"life_cycle" maxLength:"64"`
	Settled   bool   `query:"settled" doc:"Only those that were not escalated"`
	Work      bool   `query:"work" doc:"Instead: own drafts, and what waits for the holder of the token"`
	Before    int64  `query:"before"`
	Limit     int    `query:"limit" minimum:"1" maximum:"200" default:"30"`
}

type precedentVerb struct {
	name  string
	mount func(*rest)
}

func onPrecedent[C precedent.Command](name, summary string) precedentVerb {
	return precedentVerb{name, func(s *rest) {
		var zero C
		take(s, post("/precedents/{precedent}/"+name, "precedent-"+name, tagPrecedent, summary, zero.Action(), "DoPrecedent").says("Answers with the precedent as it then stands."),
			func(ctx context.Context, who party.Actor, in *precedentChange, cmd C) (*out[PrecedentView], error) {
				expect, err := in.version()
				if err != nil {
					return nil, err
				}
				if _, err := s.DoPrecedent(ctx, who, precedent.ID(in.Precedent), expect, any(&cmd).(precedent.Command)); err != nil {
					return nil, err
				}
				return s.precedent(ctx, who, precedent.ID(in.Precedent))
			})
	}}
}

// precedentVerbs lists every command; a test compares it with precedent.Verbs.
var precedentVerbs = []precedentVerb{
	onPrecedent[precedent.Edit]("edit", "Write the draft (修改案例草稿)"),
	onPrecedent[precedent.HandIn]("hand-in", "Hand the draft in (提交审批)"),
	onPrecedent[precedent.Approve]("approve", "Approve as the second person (批准入库)"),
	onPrecedent[precedent.Return]("return", "Send back with a reason (退回)"),
	onPrecedent[precedent.Withdraw]("withdraw", "Withdraw, or give a draft up (撤下)"),
	onPrecedent[precedent.Drop]("drop", "Give the next edition up (放弃修订)"),
	onPrecedent[precedent.Cite]("cite", "Record a use (引用)"),
}

func (s *rest) precedents() {
	answer(s, get("/precedents", "list-precedents", tagPrecedent, "The case library (案例库)", access.ReadPrecedent, "Precedents", "PrecedentByNumber"), s.listPrecedents)
	take(s, post("/precedents/search", "search-precedents", tagPrecedent, "Search the case library by words (检索案例)", access.ReadPrecedent, "Precedents").reads().says(inBody), s.searchPrecedents)
	answer(s, get("/precedents/{precedent}", "get-precedent", tagPrecedent, "One precedent (案例详情)", access.ReadPrecedent, "Precedent", "PrecedentLaws"),
		func(ctx context.Context, who party.Actor, in *PrecedentIn) (*out[PrecedentView], error) {
			return s.precedent(ctx, who, precedent.ID(in.Precedent))
		})
	answer(s, get("/complaints/{id}/precedents", "list-similar-precedents", tagPrecedent, "Precedents that resemble a complaint (相似案例)", access.ReadComplaint, "PrecedentsFor"),
		func(ctx context.Context, who party.Actor, in *similarIn) (*out[PrecedentPanelView], error) {
			p, err := s.PrecedentsFor(ctx, who, complaint.ID(in.ID), in.Limit)
			if err != nil {
				return nil, err
			}
			return body(PrecedentPanelView{Own: p.Own, Propose: p.Propose, Similar: each(p.Similar, func(x app.SimilarPrecedent) SimilarPrecedentView {
				return SimilarPrecedentView{precedentRowView(x.Row), x.Score.Value, x.Score.Shared, x.Kind}
			})}), nil
		})
	answer(s, post("/complaints/{id}/precedent", "propose-precedent", tagPrecedent, "Propose a closed complaint as a precedent (提为案例)", access.ProposePrecedent, "ProposePrecedent").answers(http.StatusCreated).
		says("Answers with the draft that was composed and masked; write its lessons, answer the findings, then hand it in."),
		func(ctx context.Context, who party.Actor, in *CaseID) (*out[PrecedentView], error) {
			p, err := s.ProposePrecedent(ctx, who, complaint.ID(in.ID))
			if err != nil {
				return nil, err
			}
			return s.precedent(ctx, who, p.ID)
		})
	for _, v := range precedentVerbs {
		v.mount(s)
	}
}

func (s *rest) listPrecedents(ctx context.Context, who party.Actor, in *precedentsIn) (*out[PrecedentsView], error) {
	words := ""
	if in.Number != "" {
		if _, err := s.PrecedentByNumber(ctx, in.Number); err != nil {
			return nil, err
		}
		words = strings.TrimSpace(in.Number)
	}
	f := storage.PrecedentFilter{Words: words, Work: in.Work, Settled: in.Settled, Before: precedent.ID(in.Before), Limit: in.Limit, Tags: tagsOf(in.Product, in.Reason, in.Outcome, in.Cause, in.Right, in.LifeCycle)}
	return s.precedentsOf(ctx, who, f)
}

func (s *rest) precedentsOf(ctx context.Context, who party.Actor, f storage.PrecedentFilter) (*out[PrecedentsView], error) {
	l, err := s.Precedents(ctx, who, f)
	if err != nil {
		return nil, err
	}
	v := PrecedentsView{Precedents: each(l.Rows, precedentRowView), Next: l.Next, Total: l.Total}
	for topic, list := range l.Facets {
		if v.Facets == nil {
			v.Facets = map[string][]FacetView{}
		}
		v.Facets[topic] = each(list, func(x storage.Facet) FacetView { return FacetView{x.Value, x.N} })
	}
	return body(v), nil
}

func precedentRowView(r storage.PrecedentRow) PrecedentRowView {
	return PrecedentRowView{ID: r.ID, Number: r.Number, Version: r.Version, State: r.State, Work: r.Work, Title: r.Card.Title, Line: r.Card.Line, Tags: r.Tags, ApprovedOn: r.ApprovedOn,
		Days: r.Days, Satisfaction: r.Satisfaction, Escalated: r.Escalated, Cited: r.Cited}
}

func (s *rest) precedent(ctx context.Context, who party.Actor, id precedent.ID) (*out[PrecedentView], error) {
	page, err := s.Precedent(ctx, who, id)
	if err != nil {
		return nil, err
	}
	p := page.Precedent
	v := PrecedentView{ID: p.ID, Number: p.Number, Version: p.Version, State: p.State, Content: p.Content, Facts: p.Shown(), Withdrawn: p.Gone, Source: page.Source,
		Citations: each(p.Citations, func(c precedent.Citation) CitationUseView { return CitationUseView{c.What, c.Note, c.By, c.At} })}
	if page.Published {
		v.Edition, v.Content, v.Facts = page.Edition.N, page.Edition.Content, page.Edition.Facts
	}
	if page.Inside && p.Work != "" {
		v.Draft = precedentDraft(page)
	}
	v.Laws, err = s.PrecedentLaws(ctx, v.Content)
	return &out[PrecedentView]{ETag: etag(p.Version), Location: "/api/v1/precedents/" + p.ID.String(), Body: v}, err
}

func precedentDraft(page app.PrecedentPage) *PrecedentDraftView {
	p := page.Precedent
	d := &PrecedentDraftView{Work: p.Work, Content: p.Content, Hidden: p.Hidden, Masked: p.Masked, Returned: p.Returned,
		Findings: each(page.Findings, func(f precedent.Finding) PrecedentFindingView {
			return PrecedentFindingView{f.Field, f.Kind, f.Text, f.Key(), f.Hard(), f.Cleared}
		}),
		History: each(page.History, func(h storage.RecordedPrecedent) PrecedentHistoryEntry {
			return PrecedentHistoryEntry{h.Event.Kind(), h.Meta.At, h.Meta.By}
		})}
	for _, f := range page.Findings {
		if f.Cleared != "" {
			d.Cleared = append(d.Cleared, precedent.Clearance{Key: f.Key(), Why: f.Cleared})
		}
	}
	return d
}
