package api

import (
	"context"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/review/catalog"
	"xiaobao/internal/storage"
)

// inBody is said of every search: no operation takes words in its address.
const inBody = "The words stand in the body and not in the address, because they may be personal data."

type reviewSearchBody struct {
	Words string `json:"words" maxLength:"200" doc:"Words, number, or clearance"`
	Limit int    `json:"limit,omitempty" minimum:"1" maximum:"200" default:"50"`
}

type precedentSearchBody struct {
	Words     string       `json:"words" maxLength:"200"`
	Product   string       `json:"product,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Outcome   string       `json:"outcome,omitempty"`
	Cause     string       `json:"cause,omitempty"`
	Right     string       `json:"right,omitempty"`
	LifeCycle string       `json:"life_cycle,omitempty"`
	Settled   bool         `json:"settled,omitempty" doc:"Only those that were not escalated"`
	Before    precedent.ID `json:"before,omitempty" doc:"Id of the last one of the page before"`
	Limit     int          `json:"limit,omitempty" minimum:"1" maximum:"200" default:"30"`
}

type productSearchBody struct {
	Query string `json:"query" maxLength:"80" doc:"Beginning of id, name or issuer"`
	Line  string `json:"line,omitempty"`
	Limit int    `json:"limit,omitempty" minimum:"1" maximum:"500" default:"100"`
}

type lawSearchBody struct {
	Query      string        `json:"query" maxLength:"400"`
	On         calendar.Date `json:"on,omitempty" doc:"Day, such as 2024-05-01; today without it"`
	Instrument string        `json:"instrument,omitempty"`
	Limit      int           `json:"limit,omitempty" minimum:"1" maximum:"50" default:"10"`
	Exact      bool          `json:"exact,omitempty" doc:"The words as they stand"`
}

// typed checks what a search was asked for and fills in the usual number of rows.
func typed(field, words string, most int, limit *int, usual, top int) error {
	if *limit == 0 {
		*limit = usual
	}
	var f fault.Fields
	f.Need(strings.TrimSpace(words) != "", field, "请填写要检索的内容")
	f.Need(utf8.RuneCountInString(words) <= most, field, "检索内容太长")
	f.Need(*limit > 0 && *limit <= top, "limit", "每页的行数超出范围")
	return f.Err()
}

func (s *rest) searchReviews(ctx context.Context, who party.Actor, _ *rawIn, b reviewSearchBody) (*out[ReviewsView], error) {
	if err := typed("words", b.Words, 200, &b.Limit, 50, 200); err != nil {
		return nil, err
	}
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.SearchReviews(ctx, who, b.Words, b.Limit)
	if err != nil {
		return nil, err
	}
	return body(ReviewsView{Reviews: each(rows, func(r storage.ReviewRow) ReviewRowView { return reviewRowView(r, org) })}), nil
}

func (s *rest) searchPrecedents(ctx context.Context, who party.Actor, _ *rawIn, b precedentSearchBody) (*out[PrecedentsView], error) {
	if err := typed("words", b.Words, 200, &b.Limit, 30, 200); err != nil {
		return nil, err
	}
	return s.precedentsOf(ctx, who, storage.PrecedentFilter{Words: b.Words, Settled: b.Settled, Before: b.Before, Limit: b.Limit,
		Tags: tagsOf(b.Product, b.Reason, b.Outcome, b.Cause, b.Right, b.LifeCycle)})
}

// tagsOf are the facets by which the case library is narrowed.
func tagsOf(product, reason, outcome, cause, right, lifeCycle string) map[string][]string {
	tags := map[string][]string{}
	for topic, v := range map[string]string{"product": product, "reason": reason, "outcome": outcome, "cause": cause, "right": right, "life_cycle": lifeCycle} {
		if v != "" {
			tags[topic] = []string{v}
		}
	}
	return tags
}

func (s *rest) searchProducts(ctx context.Context, who party.Actor, _ *rawIn, b productSearchBody) (*out[ProductsView], error) {
	if err := typed("query", b.Query, 80, &b.Limit, 100, 500); err != nil {
		return nil, err
	}
	return s.productsOf(ctx, who, b.Line, b.Query, b.Limit)
}

func (s *rest) productsOf(ctx context.Context, who party.Actor, line, query string, limit int) (*out[ProductsView], error) {
	list, err := s.Products(ctx, who, line, query, limit)
	if err != nil {
		return nil, err
	}
	return body(ProductsView{Products: each(list, func(p catalog.Product) catalog.Product { return p })}), nil
}
