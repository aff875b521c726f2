package reviews

import (
	"net/http"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/text"
	"xiaobao/internal/web"
)

// listed is how many findings the list shows at once.
const listed = 100

// workView is the middle of the page: the finding in focus and the list.
type workView struct {
	ID       string
	Base     string
	Version  int64
	V        int
	Latest   bool
	May      bool   // the reader may judge now
	Why      string // why not, data
	Total    int
	Unjudged int
	Serious  int
	Missing  int
	Filters  []web.Tab
	Show     string
	Rows     []findingRow
	From, To int // of the Kept that the filter leaves, the stretch that Rows are
	Kept     int
	Before   *stretch // the stretches beside it, nil at the ends
	After    *stretch
	Focus    *focusView
	Add      string  // path of the form that adds a finding, "" when the reader may not
	Blank    bool    // not read yet
	Redrawn  []block // of the document, where the answer to a judgement changes its marks
}

// stretch is a part of the list: the page with it, and the part alone.
type stretch struct{ Link, Get string }

// findingRow is a finding in the list.
type findingRow struct {
	N            int
	Link, Get    string
	Severity     string
	SeverityName string
	Title        string
	Rule         string
	Quote        string
	Place        string
	Start, End   int
	Verdict      string
	VerdictName  string
	Person       bool
	Carried      int
	Here         bool
}

// focusView is the finding in focus.
type focusView struct {
	findingRow
	ID         string
	Version    int64
	V          int
	May        bool
	Why        string
	By         string
	Edition    string
	RuleLink   string
	Grade      string
	Source     string
	Saw        string // what a check beyond words saw
	Cites      []citeView
	Also       []alsoView // other rules that say the same of this place
	Advice     string
	Rewrite    string
	Diff       []delta
	Reason     string
	JudgedBy   string
	JudgedAt   string
	Point      int // the point of an opinion that speaks of it
	Same       int // other open findings of the rule
	Missing    bool
	Prev, Next *findingRow
	Sheet      int // of the document, 0 when it stands nowhere
	Form       *web.Form
	Severities []web.Option
}

// alsoView is a rule that stands behind the one that speaks.
type alsoView struct{ Rule, Title, Link string }

type citeView struct{ Text, Link, Says, Grade string }

func also(list []review.Also, linked bool) []alsoView {
	out := make([]alsoView, len(list))
	for i, a := range list {
		out[i] = alsoView{Rule: a.Rule, Title: a.Title}
		if linked && a.Pack != "" && a.Pack != "check" {
			out[i].Link = "/rules/rule/" + a.Rule
		}
	}
	return out
}

// cites are articles as people read them.
func cites(list []review.Cite) []citeView {
	var out []citeView
	for _, c := range list {
		in, ok := regulation.Embedded().Instrument(c.Instrument)
		v := citeView{Text: c.Instrument + " " + c.Article, Link: web.LawLink(c.Instrument, c.Article)}
		if ok {
			v.Text, v.Grade = regulation.Citation{Title: in.Title, Article: c.Article}.String(), in.Grade
		}
		if i := slices.IndexFunc(in.Articles, func(a regulation.Article) bool { return a.Number == c.Article }); i >= 0 {
			v.Says, v.Grade = in.Articles[i].Text, in.Articles[i].Grade
		}
		out = append(out, v)
	}
	return out
}

// found are the findings on a version in the order of the text, what is missing
// first. They point into the review and are drawn one by one, where they show.
func found(r review.Review, v int) []*review.Finding {
	var out []*review.Finding
	for i := range r.Findings {
		if r.Findings[i].Material == v {
			out = append(out, &r.Findings[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *review.Finding) int {
		if (a.End > a.Start) != (b.End > b.Start) {
			if a.End > a.Start {
				return 1
			}
			return -1
		}
		return a.Start - b.Start
	})
	return out
}

func (k talk) row(p app.ReviewPage, f *review.Finding, show string) findingRow {
	v := findingRow{N: f.N, Severity: string(f.Severity), SeverityName: k.label("severity", string(f.Severity)), Title: f.Title, Rule: f.Rule, Quote: clip(f.Quote, 60), Place: f.Place, Start: f.Start, End: f.End,
		Verdict: string(f.Verdict), VerdictName: k.label("verdict", string(f.Verdict)), Person: f.By != "", Carried: f.Carried}
	args := []any{"v", "", "show", show, "f", f.N}
	if f.Material != len(p.Review.Materials) {
		args[1] = f.Material
	}
	v.Link = web.Link(path(p.Review.ID, ""), args...) + "#focus"
	v.Get = web.Link(path(p.Review.ID, "/findings/"+itoa(f.N)), "show", show)
	return v
}

func clip(s string, n int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n]) + "…"
}

// shows reports whether a filter of the list keeps a finding.
func shows(show string, f *review.Finding) bool {
	switch {
	case show == "open":
		return f.Verdict == ""
	case show == "error":
		return f.Severity == review.Error
	case show == "accepted":
		return f.Verdict != "" && f.Verdict != review.Dismissed
	case strings.HasPrefix(show, "rule:"):
		return f.Rule == strings.TrimPrefix(show, "rule:")
	}
	return true
}

// work gathers the middle of the page; n is the finding asked for, 0 for the
// first one that nobody has judged. Of a long list the stretch around it is drawn.
func (m *room) work(r *http.Request, p app.ReviewPage, v, n int) workView {
	k, q := m.talk(r), r.URL.Query()
	show := q.Get("show")
	all := found(p.Review, v)
	w := workView{ID: p.Review.ID.String(), Base: path(p.Review.ID, ""), Version: p.Review.Version, V: v, Latest: v == len(p.Review.Materials), Total: len(all), Show: show}
	kept := make([]*review.Finding, 0, len(all))
	for _, f := range all {
		w.count(f)
		if shows(show, f) {
			kept = append(kept, f)
		}
	}
	w.Filters = w.tabs(k)
	w.Why = m.mayJudge(r, p, v)
	w.May = w.Why == ""
	if !p.May[access.HandleReview].Allow {
		w.Why = "" // it is nobody's question why a submitter does not judge
	}
	if w.May {
		w.Add = path(p.Review.ID, "/do/add-finding")
	}
	w.Focus = m.focus(r, p, kept, all, n, w)
	at := slices.IndexFunc(kept, func(f *review.Finding) bool { return w.Focus != nil && f.N == w.Focus.N })
	from := max(at, 0) / listed * listed
	if asked := number(q.Get("from")); asked > 0 {
		from = min(asked-1, max(len(kept)-1, 0)) / listed * listed
	}
	to := min(from+listed, len(kept))
	for _, f := range kept[from:to] {
		row := k.row(p, f, show)
		row.Here = w.Focus != nil && f.N == w.Focus.N
		w.Rows = append(w.Rows, row)
	}
	w.From, w.To, w.Kept = from+1, to, len(kept)
	w.Before, w.After = w.stretch(from-listed), w.stretch(to)
	return w
}

// stretch links to the stretch of the list that begins at i, from 0.
func (w workView) stretch(i int) *stretch {
	if i < 0 || i >= w.Kept {
		return nil
	}
	args := []any{"v", w.V, "show", w.Show, "from", i + 1}
	if w.Focus != nil {
		args = append(args, "f", w.Focus.N)
	}
	return &stretch{web.Link(w.Base, args...) + "#list", web.Link(w.Base, append(args, "part", "list")...)}
}

func (w *workView) count(f *review.Finding) {
	if f.Verdict == "" {
		w.Unjudged++
	}
	if f.Severity == review.Error {
		w.Serious++
	}
	if f.Start == f.End {
		w.Missing++
	}
}

func (w workView) tabs(k talk) []web.Tab {
	link := func(show string) string {
		v := any(w.V)
		if w.Latest {
			v = ""
		}
		return web.Link(w.Base, "v", v, "show", show) + "#work"
	}
	out := []web.Tab{{Label: "reviews.show.all", N: w.Total, Link: link(""), Here: w.Show == ""}, {Label: "reviews.show.open", N: w.Unjudged, Link: link("open"), Here: w.Show == "open"},
		{Label: "reviews.show.error", N: w.Serious, Link: link("error"), Here: w.Show == "error"}, {Label: "reviews.show.accepted", Link: link("accepted"), Here: w.Show == "accepted"}}
	if strings.HasPrefix(w.Show, "rule:") {
		out = append(out, web.Tab{Label: "reviews.show.rule", Link: link(w.Show), Here: true})
	}
	return out
}

// mayJudge says why the reader cannot judge now; "" when he can.
func (m *room) mayJudge(r *http.Request, p app.ReviewPage, v int) string {
	if v != len(p.Review.Materials) {
		return m.talk(r).t("reviews.old_version")
	}
	s, _ := specOf("judge-finding")
	return m.why(r, s, p)
}

// focus gathers the finding that is looked at.
func (m *room) focus(r *http.Request, p app.ReviewPage, kept, all []*review.Finding, n int, w workView) *focusView {
	i := slices.IndexFunc(kept, func(f *review.Finding) bool { return f.N == n })
	if i < 0 && n > 0 {
		if j := slices.IndexFunc(all, func(f *review.Finding) bool { return f.N == n }); j >= 0 {
			kept, i = all, j
		}
	}
	if i < 0 {
		i = max(0, slices.IndexFunc(kept, func(f *review.Finding) bool { return f.Verdict == "" }))
	}
	if i >= len(kept) {
		return nil
	}
	k, f := m.talk(r), kept[i]
	out := &focusView{findingRow: k.row(p, f, w.Show), ID: w.ID, Version: w.Version, V: w.V, May: w.May, Why: w.Why, Edition: f.Edition, Grade: f.Grade, Source: f.Source, Saw: f.Why, Cites: cites(f.Cites), Also: also(f.Also, access.May(web.Actor(r), access.ReadRules)), Advice: f.Advice, Rewrite: f.Rewrite,
		Reason: f.Reason, JudgedBy: k.name(p.Org, f.JudgedBy), JudgedAt: stamp(f.JudgedAt), Missing: f.Start == f.End, Form: web.NewForm("advice", f.Advice, "rewrite", f.Rewrite, "severity", string(f.Severity))}
	out.Quote = f.Quote
	if w.Latest && !out.Missing {
		starts, _ := sheets(p.Document)
		out.Sheet = sheetOf(p.Document, starts, f.Start)
	}
	if f.By != "" {
		out.By = k.name(p.Org, f.By)
	}
	if f.Rule != "" && f.Pack != "" && f.Pack != "check" && access.May(web.Actor(r), access.ReadRules) {
		out.RuleLink = "/rules/rule/" + f.Rule
	}
	if f.Rewrite != "" && f.Quote != "" {
		out.Diff = deltas(text.Diff(f.Quote, f.Rewrite))
	}
	for _, s := range review.Severities {
		out.Severities = append(out.Severities, web.Option{Value: string(s), Text: k.label("severity", string(s))})
	}
	for _, point := range p.Review.Points {
		if slices.Contains(point.Findings, f.N) {
			out.Point, out.May, out.Why = point.N, false, ""
		}
	}
	if i > 0 {
		out.Prev = new(k.row(p, kept[i-1], w.Show))
	}
	if i+1 < len(kept) {
		out.Next = new(k.row(p, kept[i+1], w.Show))
	}
	for _, o := range found(p.Review, len(p.Review.Materials)) {
		if f.Rule != "" && o.Rule == f.Rule && o.N != f.N && o.Verdict == "" {
			out.Same++
		}
	}
	return out
}

// finding answers the focus of one finding; without a script, the page of it.
func (m *room) finding(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	f, ok := p.Review.Finding(number(r.PathValue("n")))
	if !ok {
		return missing()
	}
	if !partial(r) {
		return back(w, r, m.talk(r).row(p, &f, r.URL.Query().Get("show")).Link)
	}
	return m.site.Fragment(w, r, "reviews/show", "rv-focus", m.work(r, p, f.Material, f.N))
}

// sameRule adds the other open findings of the rule to a judgement.
func sameRule(r review.Review, numbers []int) []int {
	open := r.Unjudged()
	for _, n := range slices.Clone(numbers) {
		f, _ := r.Finding(n)
		for _, o := range open {
			if f.Rule != "" && o.Rule == f.Rule && !slices.Contains(numbers, o.N) {
				numbers = append(numbers, o.N)
			}
		}
	}
	return numbers
}

// reviewer reports whether the person reviews it.
func reviewer(who party.Actor, r review.Review) bool {
	return r.Reviewer != "" && (who.Person() == r.Reviewer || who.Person() == r.Deputy)
}
