package casefile

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/document"
	"xiaobao/internal/law"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/web"
)

// replyRoutes are the page on which a reply is written and checked.
func (m *room) replyRoutes(at string) []web.Route {
	return []web.Route{
		{Method: "GET", Path: at + "/reply", Need: access.HandleComplaint, Handler: m.replyPage, Words: []string{"law"}},
		{Method: "POST", Path: at + "/reply", Need: access.HandleComplaint, Handler: m.replyDo},
		{Method: "POST", Path: at + "/reply/check", Need: access.HandleComplaint, Handler: m.replyCheck},
		{Method: "POST", Path: at + "/reply/auto", Need: access.HandleComplaint, Handler: m.replyAuto},
		{Method: "GET", Path: at + "/reply/articles", Need: access.HandleComplaint, Handler: m.replyArticles, Words: []string{"law"}},
	}
}

// ReplyView is the page of a reply.
type ReplyView struct {
	Head     Head
	Kind     string
	Kinds    []web.Tab
	Points   []ReplyPoint
	Demand   string
	Redress  []Fact
	Paras    []Para
	Whole    []Found // findings without a place
	Sum      ReplySum
	Saved    ReplySaved
	Versions []Version
	Diff     []web.DiffPara
	DiffOf   int
	Letter   *document.Letter
	Form     *web.Form
	Words    string // of the article picker
	Articles []law.Article
	May      bool // write
	Override bool // let findings stand
	Second   bool // somebody else must: the reader wrote part of it
	Propose  bool // the case allows to propose the decision
	Why      string
	Pending  bool
	Post     string
	Swap     bool // a partial answer: the margins go out of band
	Assist   bool // a language model is attached
	Waiting  int  // paragraphs of the machine that nobody confirmed
}

// ReplyPoint is one allegation with what is known of it.
type ReplyPoint struct {
	N             int
	Text          string
	Outcome, Kind string
	Finding       *complaint.Finding
	Find          string
}

// Para is one paragraph of the letter with its findings.
type Para struct {
	ID    string // of the text box
	Name  string // as posted
	Label string
	Of    string // the allegation, "" for the others
	Text  string
	Rows  int
	Found []Found
	Swap  bool

	Machine bool // written by a machine, and nobody changed or confirmed it
}

// Found is a finding as the margin shows it. From and To count UTF-16 units, as
// a text box does.
type Found struct {
	ID, Level, Icon   string
	Title, Text       string
	Advice            string
	Cite              []Law
	Source            string
	Mend              bool
	Put               string // what the mend puts in
	Stops             bool
	Let               string // who let it stand and why
	Box               string
	From, To          int
	Place             string
	MayLet, Unmending bool
}

// Law is an article with its page.
type Law struct{ Text, Link string }

// ReplySum is the state of the whole letter.
type ReplySum struct {
	Errors, Warns, Hints int
	Stops                []Found
	Let                  []complaint.Overridden
	Score, Least         int
	Sentence, Jargon     int
	Chars                int
	Level                string
}

// ReplySaved says what is saved.
type ReplySaved struct {
	N, Rev int
	At, By string
	Auto   bool
	Stale  string // why it could not be saved
	Swap   bool
}

// Version is one version of the draft.
type Version struct {
	N      int
	At, By string
	Link   string
	Here   bool
}

func kindOf(s string) complaint.ReplyKind {
	if k := complaint.ReplyKind(s); slices.Contains(complaint.ReplyKinds, k) {
		return k
	}
	return complaint.DecisionReply
}

// replyPage shows the draft, or a first one.
func (m *room) replyPage(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p, err := m.app.ReplyDraft(r.Context(), web.Actor(r), id, kindOf(q.Get("kind")))
	if err != nil {
		return err
	}
	v, err := m.replyView(r, p)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(q.Get("v")); err == nil {
		v.DiffOf, v.Diff = n, m.talk(r).since(p, n)
	}
	return m.site.Render(w, r, "case/reply", v)
}

// replyView shows a wording with its check.
func (m *room) replyView(r *http.Request, p app.ReplyPage) (ReplyView, error) {
	k, c := m.talk(r), p.Case
	v := ReplyView{Head: m.head(r, p.CasePage), Kind: string(p.Kind), Demand: c.Demand, Form: web.NewForm(), Post: path(c.ID, "/reply"), Words: strings.TrimSpace(r.URL.Query().Get("law"))}
	for _, kind := range complaint.ReplyKinds {
		v.Kinds = append(v.Kinds, web.Tab{Label: "reply.kind." + string(kind), Link: web.Link(v.Post, "kind", string(kind)), Here: kind == p.Kind})
	}
	v.May, v.Override = may(p.CasePage, complaint.SaveDraft{}.Action()) && c.Open(), may(p.CasePage, complaint.OverrideReply{}.Action()) && c.Open()
	v.Second = v.Override && c.NeedsSecond(p.Kind, m.env(r, p.CasePage))
	if p.Kind == complaint.DecisionReply {
		_, err := complaint.ProposeDecision{Text: "-"}.Decide(c, m.env(r, p.CasePage))
		v.Propose, v.Pending = v.May && err == nil, c.State == complaint.Deciding
		if err != nil {
			v.Why = m.site.Sentence(k.lang, err)
		}
	}
	for _, a := range p.Points {
		pt := ReplyPoint{N: a.N, Text: a.Text, Finding: a.Finding, Find: web.Link(path(c.ID, "/do/find"), "n", a.N)}
		if a.Finding != nil {
			pt.Outcome, pt.Kind = k.label("outcome", string(a.Finding.Outcome)), outcomeKinds[a.Finding.Outcome]
		}
		v.Points = append(v.Points, pt)
	}
	for _, x := range c.Redress {
		v.Redress = append(v.Redress, Fact{Label: k.label("redress", x.What), Value: strings.TrimSpace(x.Text + " " + moneyOr(x.Amount))})
	}
	k.fillCheck(&v, p)
	v.Assist, v.Waiting = v.May && m.app.Assist().On && p.Kind != complaint.MessageReply, machine(v.Paras, p.Draft, p.Reply)
	v.Saved = k.saved(p.Draft, p.CasePage)
	for _, d := range p.Past {
		v.Versions = append(v.Versions, Version{N: d.N, At: d.At.In(zone).Format("01-02 15:04"), By: k.name(p.CasePage, d.By), Link: web.Link(v.Post, "kind", v.Kind, "v", d.N) + "#diff"})
	}
	var err error
	v.Articles, err = m.articles(r, v.Words, c.Codes.Product)
	return v, err
}

// shownArticles is how many articles the picker offers.
const shownArticles = 8

// articles finds articles for the picker, as in force today; those of the product's
// line of business weigh more.
func (m *room) articles(r *http.Request, words, product string) ([]law.Article, error) {
	if words == "" {
		return nil, nil
	}
	found, err := m.app.SearchLaws(r.Context(), law.Search{Words: words, Product: product, Limit: shownArticles})
	out := make([]law.Article, len(found.Hits))
	for i, h := range found.Hits {
		out[i] = h.Article
	}
	return out, err
}

func moneyOr(fen int64) string {
	if fen == 0 {
		return ""
	}
	return web.Money(fen)
}

func (k talk) saved(d complaint.Draft, p app.CasePage) ReplySaved {
	if d.N == 0 {
		return ReplySaved{}
	}
	return ReplySaved{N: d.N, Rev: d.Rev, At: d.At.In(zone).Format("01-02 15:04"), By: k.name(p, d.By), Auto: d.Auto}
}

// fillCheck lays the findings beside their paragraphs.
func (k talk) fillCheck(v *ReplyView, p app.ReplyPage) {
	v.Paras = k.paras(p)
	texts := map[string]string{}
	for _, x := range v.Paras {
		texts[x.ID] = x.Text
	}
	for _, f := range p.Check.Findings {
		x := k.found(f, p, texts)
		switch f.Severity {
		case rule.Error:
			v.Sum.Errors++
		case rule.Warn:
			v.Sum.Warns++
		default:
			v.Sum.Hints++
		}
		if x.Stops {
			v.Sum.Stops = append(v.Sum.Stops, x)
		}
		i := slices.IndexFunc(v.Paras, func(b Para) bool { return b.ID == x.Box })
		if i < 0 {
			v.Whole = append(v.Whole, x)
			continue
		}
		v.Paras[i].Found = append(v.Paras[i].Found, x)
	}
	read := p.Check.Reading
	v.Sum.Score, v.Sum.Least, v.Sum.Sentence, v.Sum.Jargon, v.Sum.Chars, v.Sum.Level, v.Sum.Let = read.Score, p.Check.Least, int(read.Sentence), read.Jargon, read.Chars, p.Check.Level, p.Check.Overridden
}

// paras are the text boxes of a kind of reply.
func (k talk) paras(p app.ReplyPage) []Para {
	para := func(part reply.Part, text string) Para {
		return Para{ID: boxID(part, 0), Name: string(part), Label: k.t("reply.part." + string(part)), Text: text, Rows: rowsOf(text)}
	}
	out := []Para{para(reply.Opening, p.Reply.Opening)}
	if p.Kind != complaint.MessageReply {
		for _, a := range p.Points {
			text := p.Reply.Answer(a.N)
			out = append(out, Para{ID: boxID(reply.Answer, a.N), Name: "answer-" + itoa(a.N), Label: k.t("reply.part.answer", "Number", itoa(a.N)), Of: a.Text, Text: text, Rows: rowsOf(text)})
		}
		out = append(out, para(reply.Decision, p.Reply.Decision))
	}
	if p.Kind == complaint.DecisionReply {
		out = append(out, para(reply.Options, p.Reply.Options))
	}
	return append(out, para(reply.Closing, p.Reply.Closing))
}

func boxID(part reply.Part, point int) string {
	if part == reply.Answer {
		return "r-answer-" + itoa(point)
	}
	return "r-" + string(part)
}

// rowsOf is how high a text box starts.
func rowsOf(text string) int {
	return min(12, max(2, len([]rune(text))/34+1+strings.Count(text, "\n")))
}

func (k talk) found(f reply.Finding, p app.ReplyPage, texts map[string]string) Found {
	x := Found{ID: f.ID, Level: string(f.Severity), Title: f.Title, Text: f.Text, Advice: f.Advice, Source: f.Source, Stops: slices.Contains(p.Check.Stops, f.ID), Icon: map[rule.Severity]string{rule.Error: "alert-circle", rule.Warn: "alert-triangle"}[f.Severity]}
	if x.Icon == "" {
		x.Icon = "info-circle"
	}
	if kind, ok := reply.KindOf(f.Kind); ok && f.Rule == "" && k.lang == web.English {
		x.Title, x.Advice = kind.TitleEn, kind.AdviceEn
	}
	if f.Part != "" {
		x.Box = boxID(f.Part, f.Point)
		x.Place = f.Says()
	}
	if text, ok := texts[x.Box]; ok && f.End <= len(text) && f.Start <= f.End {
		x.From, x.To = utf16Len(text[:f.Start]), utf16Len(text[:f.End])
	}
	if f.Mend != nil {
		x.Mend, x.Put = true, clip(f.Mend.Text, 60)
	}
	for _, c := range f.Cite {
		if a, ok := p.Rules.Article(c.Instrument, c.Article); ok {
			x.Cite = append(x.Cite, Law{Text: shortCite(p, c.Instrument, c.Article) + " " + a.Text, Link: law.Link(c.Instrument, c.Article)})
		}
	}
	for _, o := range p.Check.Overridden {
		if o.Finding == f.ID {
			x.Let = k.t("reply.let", "Name", k.name(p.CasePage, o.By), "Text", o.Why)
		}
	}
	return x
}

func shortCite(p app.ReplyPage, instrument, article string) string {
	for _, in := range p.Rules.Instruments() {
		if in.ID == instrument {
			return in.Short + " " + law.Label(article)
		}
	}
	return instrument
}

func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }

// since tells how the wording changed since a version.
func (k talk) since(p app.ReplyPage, n int) []web.DiffPara {
	i := slices.IndexFunc(p.Past, func(d complaint.Draft) bool { return d.N == n })
	if i < 0 {
		return nil
	}
	return web.DiffReplies(p.Past[i].Reply, p.Reply, k.t)
}

// wordsOf reads the text boxes of the page.
func wordsOf(v url.Values) complaint.Reply {
	get := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(v.Get(name), "\r\n", "\n")) }
	r := complaint.Reply{Opening: get("opening"), Decision: get("decision"), Options: get("options"), Closing: get("closing")}
	for _, name := range slices.Sorted(mapsKeys(v)) {
		if n, ok := strings.CutPrefix(name, "answer-"); ok {
			if point, err := strconv.Atoi(n); err == nil {
				r.Answers = append(r.Answers, complaint.Answer{Point: point, Text: get(name)})
			}
		}
	}
	slices.SortFunc(r.Answers, func(a, b complaint.Answer) int { return a.Point - b.Point })
	return r
}

func mapsKeys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}
