package api

import (
	"context"
	"io"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

const tagLaw = "Law library"

// InstrumentView is one instrument of the law library.
type InstrumentView struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Short    string           `json:"short,omitempty"`
	Number   string           `json:"number,omitempty"`
	Issuer   string           `json:"issuer,omitempty"`
	Kind     string           `json:"kind" doc:"law, regulation, rule, judicial, notice, standard"`
	From     calendar.Date    `json:"from,omitempty"`
	Until    calendar.Date    `json:"until,omitempty"`
	State    law.State        `json:"state" doc:"Today: in_force, not_yet, no_longer"`
	Coverage law.Coverage     `json:"coverage" doc:"verbatim, partial (some books of a code), summary (only our own one-line summaries)"`
	Articles int              `json:"articles"`
	Versions []LawEditionView `json:"versions,omitempty"`
	Text     []LawArticleView `json:"text,omitempty" doc:"Articles as in force on the day asked for"`
	Cited    *LawCitedByView  `json:"cited_by,omitempty"`
}

// LawEditionView is one imported text.
type LawEditionView struct {
	N        int64         `json:"n"`
	Part     string        `json:"part,omitempty"`
	From     calendar.Date `json:"from,omitempty"`
	Until    calendar.Date `json:"until,omitempty"`
	File     string        `json:"file,omitempty"`
	Articles int           `json:"articles"`
	Warnings []law.Warning `json:"warnings,omitempty"`
}

// LawArticleView is one article.
type LawArticleView struct {
	Instrument string          `json:"instrument"`
	Title      string          `json:"title"`
	Number     string          `json:"number"`
	Label      string          `json:"label" doc:"As laws write it: 第十八条"`
	Heading    []string        `json:"heading,omitempty"`
	Paragraphs []law.Paragraph `json:"paragraphs,omitempty"`
	Summary    string          `json:"summary,omitempty" doc:"In our own words"`
	Grade      string          `json:"grade,omitempty"`
	Verbatim   bool            `json:"verbatim,omitempty"`
	From       calendar.Date   `json:"from,omitempty"`
	Until      calendar.Date   `json:"until,omitempty"`
	Link       string          `json:"link"`
	Marks      []law.Mark      `json:"marks,omitempty"`
}

// LawCitedByView is what rests on an article; cases beyond the person's reach
// are only counted.
type LawCitedByView struct {
	Clocks []string      `json:"clocks,omitempty"`
	Duties []string      `json:"duties,omitempty"`
	Rules  []app.LawRule `json:"rules,omitempty"`
	Cases  []string      `json:"cases,omitempty" doc:"Numbers of cases in reach"`
	More   int           `json:"more,omitempty"`
}

// LawsView lists the instruments of the library.
type LawsView struct {
	Instruments []InstrumentView `json:"instruments"`
}

// LawSearchView is what a question found.
type LawSearchView struct {
	Hits    []LawArticleView `json:"hits"`
	Widened []law.Widened    `json:"widened,omitempty" doc:"Lay words that were understood, with the law's words and why"`
}

// LawResolvedView lists the citations of a text.
type LawResolvedView struct {
	Citations []law.Resolution `json:"citations"`
}

// LawIn is an instrument in the address, as of a day.
type LawIn struct {
	Instrument string `path:"instrument" maxLength:"60"`
	On         string `query:"on" doc:"Day, such as 2024-05-01; today without it"`
}

type lawArticleIn struct {
	LawIn
	Article string `path:"article" maxLength:"40" doc:"18, 120-1, or a topic"`
}

type resolveIn struct{ Raw }

type resolveBody struct {
	Text string        `json:"text" maxLength:"100000"`
	On   calendar.Date `json:"on,omitempty" doc:"Day on which the citations are to stand; today without it"`
}

type lawFileIn struct {
	Instrument string `query:"instrument" maxLength:"60" doc:"Id, when title and number do not tell it"`
	From       string `query:"from" doc:"First day in force, when the text does not tell it"`
	DryRun     bool   `query:"dry_run" doc:"Only say what importing would do"`
}

type withdrawLawIn struct {
	Instrument string `path:"instrument" maxLength:"60"`
	N          int64  `path:"n" minimum:"1"`
	Raw
}

type withdrawLawBody struct {
	Reason string `json:"reason" maxLength:"200"`
}

func (s *rest) laws() {
	answer(s, get("/laws", "list-laws", tagLaw, "Instruments of the library (法规库)", access.ReadLaw, "Laws"), func(ctx context.Context, _ party.Actor, _ *none) (*out[LawsView], error) {
		lib, err := s.Laws(ctx)
		if err != nil {
			return nil, err
		}
		return body(LawsView{each(lib.Entries(), s.instrumentView)}), nil
	})
	take(s, post("/laws/search", "search-laws", tagLaw, "Search by the law's words or lay words (查条文)", access.ReadLaw, "SearchLaws").reads().says(inBody), s.searchLaws)
	answer(s, get("/laws/{instrument}", "get-law", tagLaw, "One instrument with its articles on a day (一部法规)", access.ReadLaw, "Laws", "CitedBy"), s.law)
	answer(s, get("/laws/{instrument}/articles/{article}", "get-law-article", tagLaw, "One article on a day (条文)", access.ReadLaw, "Article", "ArticleOn"), s.lawArticle)
	take(s, post("/laws/resolve", "resolve-citations", tagLaw, "Find and check the citations of a text (核对引用)", access.ReadLaw, "ResolveCitations", "ResolveCitation").reads().answers(http.StatusOK),
		func(ctx context.Context, _ party.Actor, _ *resolveIn, b resolveBody) (*out[LawResolvedView], error) {
			all, err := s.ResolveCitations(ctx, b.Text, b.On)
			return body(LawResolvedView{all}), err
		})
	up := post("/laws", "import-law", tagLaw, "Take a text in, or only look at it (导入法规正文)", access.ManageLaw, "ImportLaw", "PreviewLaw").answers(http.StatusOK).
		says("multipart/form-data with file: plain text, Markdown or DOCX. With dry_run nothing is stored. The same words again change nothing.")
	answer(s, up, s.importLaw)
	s.api.OpenAPI().Paths[up.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}}}}}}
	take(s, post("/laws/{instrument}/versions/{n}/withdraw", "withdraw-law", tagLaw, "Take an import out again (撤下文本)", access.ManageLaw, "WithdrawLaw").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *withdrawLawIn, b withdrawLawBody) (*done, error) {
			return &done{}, s.WithdrawLaw(ctx, who, in.Instrument, in.N, b.Reason)
		})
}

func dayOf(text string) (calendar.Date, error) {
	if text == "" {
		return 0, nil
	}
	return calendar.Parse(text)
}

func (s *rest) instrumentView(e *law.Entry) InstrumentView {
	v := InstrumentView{ID: e.ID, Title: e.Title, Short: e.Short, Number: e.Number, Issuer: e.Issuer, Kind: e.Kind, From: e.From, Until: e.Until,
		State: e.State(s.Today()), Coverage: e.Coverage(s.Today()), Articles: len(e.Articles(s.Today()))}
	for _, x := range e.Versions {
		v.Versions = append(v.Versions, LawEditionView{N: x.N, Part: x.Text.Part, From: x.From, Until: x.Until, File: x.File, Articles: len(x.Text.Provisions), Warnings: x.Text.Warnings})
	}
	return v
}

func articleView(a law.Article) LawArticleView {
	return LawArticleView{Instrument: a.Instrument, Title: a.Title, Number: a.Number, Label: a.Label(), Heading: a.Heading, Paragraphs: a.Paragraphs,
		Summary: a.Summary, Grade: a.Grade, Verbatim: a.Verbatim, From: a.From, Until: a.Until, Link: a.Link()}
}

func (s *rest) searchLaws(ctx context.Context, _ party.Actor, _ *rawIn, b lawSearchBody) (*out[LawSearchView], error) {
	if err := typed("query", b.Query, 400, &b.Limit, 10, 50); err != nil {
		return nil, err
	}
	r, err := s.SearchLaws(ctx, law.Search{Words: b.Query, On: b.On, Instrument: b.Instrument, Limit: b.Limit, Exact: b.Exact})
	if err != nil {
		return nil, err
	}
	return body(LawSearchView{Widened: r.Widened, Hits: each(r.Hits, func(h law.Hit) LawArticleView {
		v := articleView(h.Article)
		v.Marks = h.Marks
		return v
	})}), nil
}

func (s *rest) law(ctx context.Context, who party.Actor, in *LawIn) (*out[InstrumentView], error) {
	on, err := dayOf(in.On)
	if err != nil {
		return nil, err
	}
	lib, err := s.Laws(ctx)
	if err != nil {
		return nil, err
	}
	e, ok := lib.Entry(in.Instrument)
	if !ok {
		return nil, fault.New(fault.NotFound, "法规库中没有编号为“%s”的法规。", in.Instrument)
	}
	v := s.instrumentView(e)
	if on.IsZero() {
		on = s.Today()
	}
	v.Text = each(e.Articles(on), articleView)
	cited, err := s.CitedBy(ctx, who, e.ID, "")
	if err != nil {
		return nil, err
	}
	v.Cited = &LawCitedByView{Rules: cited.Rules, More: cited.More,
		Clocks: each(cited.Clocks, func(c regulation.Clock) string { return c.ID }), Duties: each(cited.Duties, func(d regulation.Obligation) string { return d.ID })}
	for _, row := range cited.Cases {
		v.Cited.Cases = append(v.Cited.Cases, row.Number)
	}
	return body(v), nil
}

func (s *rest) lawArticle(ctx context.Context, _ party.Actor, in *lawArticleIn) (*out[LawArticleView], error) {
	on, err := dayOf(in.On)
	if err != nil {
		return nil, err
	}
	a, err := s.ArticleOn(ctx, in.Instrument, in.Article, on)
	return body(articleView(a)), err
}

func (s *rest) importLaw(ctx context.Context, who party.Actor, in *lawFileIn) (*out[app.LawPreview], error) {
	from, err := dayOf(in.From)
	if err != nil {
		return nil, err
	}
	if err := access.Can(who, access.ManageLaw, access.Target{}).Err(); err != nil { // before a large body is read
		return nil, err
	}
	r := callOf(ctx).r
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "multipart/form-data" {
		return nil, unsupported("法规正文须以 multipart/form-data 上传，文件放在名为 file 的部分")
	}
	_, sent, err := formWithFile(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(sent.Open())
	if err != nil {
		return nil, err
	}
	file := app.LawFile{Name: sent.Filename, Data: data, Instrument: in.Instrument, From: from}
	do := s.ImportLaw
	if in.DryRun {
		do = s.PreviewLaw
	}
	p, err := do(ctx, who, file)
	return body(p), err
}
