package reviews

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// footView is below the document: what is to be submitted, written, answered
// and decided.
type footView struct {
	Base      string
	Version   int64
	Submit    *submitView
	Builder   *builderView
	Questions []questionView
	Opinions  []opinionView
	Points    []pointView
	AllOpen   []int // open points that can be adopted at once
	AllAnswer []int // adopted points that can be confirmed at once
	Decide    *decideView
	MayBring  bool // a new version may come
	Bring     *web.Form
	First     bool // no version yet
}

// submitView is the panel of a draft.
type submitView struct {
	Form *web.Form
	Days string
}

// builderView is the opinion that builds itself from the accepted findings.
type builderView struct {
	Base        string
	Version     int64
	Form        *web.Form
	Points      []builtPoint
	Conclusions []web.Option
	Unjudged    int
	Unchecked   []string
	Before      int // opinions given
}

// builtPoint is one point as the opinion would say it.
type builtPoint struct {
	Name         string // points[0]
	Findings     []int
	Severity     string
	SeverityName string
	Title        string
	Own          bool // the reviewer's own
	Use, Must    bool
	Text         string
	Wrong        string
}

// ownPoints are the empty rows for what rests on no finding.
const ownPoints = 2

type questionView struct {
	N            int
	Text, By, At string
	Answer       string
	Who, When    string
	May          bool
	Form         *web.Form
}

type opinionView struct {
	N          int
	Conclusion string
	Kind       string // class
	Summary    string
	By, At     string
	Stage      string
	Material   int
}

type pointView struct {
	Base                      string
	Version                   int64
	N                         int
	Opinion                   int
	Text                      string
	Must                      bool
	State, Dot                string
	Given, Answer, By, At     string
	Checked, Settled          string
	Returned                  int
	Findings                  []int
	MayAnswer, MayCheck       bool
	MayRaise, MaySettle       bool
	MustChange                bool // a new version has to come before it is adopted
	Answers                   []web.Option
	FormA, FormC, FormR, Form *web.Form
}

type decideView struct {
	Base         string
	Version      int64
	May, MayVeto bool
	Why          string
	Up           bool // head office reviews next
	Clear, Veto  *web.Form
	Channels     []web.Option
	Longest      string
}

func (m *room) foot(r *http.Request, p app.ReviewPage, t typedForm) footView {
	k, rv := m.talk(r), p.Review
	v := footView{Base: path(rv.ID, ""), Version: rv.Version, First: len(rv.Materials) == 0}
	v.MayBring = m.can(p, "edit")
	v.Bring = t.of("material", 0, web.NewForm())
	if m.can(p, "hand-in") {
		v.Submit = &submitView{Form: t.of("hand-in", 0, web.NewForm())}
	}
	if m.can(p, "give-opinion") {
		v.Builder = m.builder(r, p, t)
	}
	for _, q := range rv.Asked {
		one := questionView{N: q.N, Text: q.Text, By: k.name(p.Org, q.By), At: stamp(q.At), Answer: q.Answer, Who: k.name(p.Org, q.AnsweredBy), When: stamp(q.AnsweredAt)}
		one.May = q.AnsweredAt.IsZero() && m.can(p, "answer-question")
		one.Form = t.of("answer-question", q.N, web.NewForm())
		v.Questions = append(v.Questions, one)
	}
	for _, o := range slices.Backward(rv.Opinions) {
		v.Opinions = append(v.Opinions, opinionView{o.N, k.label("conclusion", string(o.Conclusion)), conclusionKinds[o.Conclusion], o.Summary, k.name(p.Org, o.By), stamp(o.At), k.label("stage", string(o.Stage)), o.Material})
	}
	v.Points = m.points(r, p, t)
	for _, x := range v.Points {
		if x.MayAnswer && !x.MustChange {
			v.AllOpen = append(v.AllOpen, x.N)
		}
		if x.MayCheck && !x.MayRaise {
			v.AllAnswer = append(v.AllAnswer, x.N)
		}
	}
	v.Decide = m.decision(r, p, t)
	return v
}

var conclusionKinds = map[review.Conclusion]string{review.Agree: "good", review.AfterChange: "warn", review.Disagree: "bad"}

// builder gathers the accepted findings that no opinion speaks of: one point
// each, and one for those that stand on the same words.
func (m *room) builder(r *http.Request, p app.ReviewPage, t typedForm) *builderView {
	k, rv := m.talk(r), p.Review
	v := &builderView{Base: path(rv.ID, ""), Version: rv.Version, Unjudged: rv.Left(), Before: len(rv.Opinions)}
	for _, i := range rv.Unchecked() {
		v.Unchecked = append(v.Unchecked, k.in(i.Name, i.NameEn))
	}
	must := 0
	for _, group := range together(unspoken(rv)) {
		one := k.built(group, p.Document.Text, len(v.Points))
		if v.Points = append(v.Points, one); one.Must {
			must++
		}
	}
	count := len(v.Points)
	for range ownPoints {
		v.Points = append(v.Points, builtPoint{Name: "points[" + itoa(len(v.Points)) + "]", Own: true})
	}
	v.Form = t.of("give-opinion", 0, k.startOpinion(rv, count, must))
	for _, c := range review.Conclusions {
		v.Conclusions = append(v.Conclusions, web.Option{Value: string(c), Text: k.label("conclusion", string(c))})
	}
	v.overlay()
	return v
}

// startOpinion suggests conclusion and summary once everything is judged.
func (k talk) startOpinion(rv review.Review, points, must int) *web.Form {
	if rv.Left() > 0 {
		return web.NewForm()
	}
	conclusion := review.Agree
	if must > 0 {
		conclusion = review.AfterChange
	}
	return web.NewForm("conclusion", string(conclusion), "summary", k.summary(rv, points, must))
}

// unspoken are the accepted findings on the newest version that no opinion
// speaks of, in the order of the text.
func unspoken(rv review.Review) []review.Finding {
	out := slices.DeleteFunc(rv.FindingsOf(len(rv.Materials)), func(f review.Finding) bool {
		said := slices.ContainsFunc(rv.Points, func(p review.Point) bool { return slices.Contains(p.Findings, f.N) })
		return said || f.Verdict != review.Accepted && f.Verdict != review.Edited
	})
	slices.SortStableFunc(out, func(a, b review.Finding) int { return a.Start - b.Start })
	return out
}

// together groups findings whose words overlap.
func together(list []review.Finding) [][]review.Finding {
	var out [][]review.Finding
	end := 0
	for _, f := range list {
		if n := len(out); n > 0 && f.End > f.Start && f.Start < end {
			out[n-1] = append(out[n-1], f)
		} else {
			out = append(out, []review.Finding{f})
		}
		end = max(end, f.End)
	}
	return out
}

// built is the point of a group of findings.
func (k talk) built(group []review.Finding, document string, n int) builtPoint {
	p := builtPoint{Name: "points[" + itoa(n) + "]"}
	start, end := group[0].Start, group[0].End
	worst := group[0]
	var said, titles []string
	for _, f := range group {
		end = max(end, f.End)
		p.Findings = append(p.Findings, f.N)
		if slices.Index(review.Severities, f.Severity) < slices.Index(review.Severities, worst.Severity) {
			worst = f
		}
		if text := cmp.Or(f.Advice, f.Title); !slices.Contains(said, text) {
			said = append(said, text)
		}
		if !slices.Contains(titles, f.Title) {
			titles = append(titles, f.Title)
		}
	}
	p.Text = strings.Join(said, "")
	if start < end && end <= len(document) {
		p.Text = "“" + clip(document[start:end], 80) + "”：" + p.Text
	}
	if len(group) == 1 && worst.Rewrite != "" {
		p.Text += "建议改为：“" + worst.Rewrite + "”。"
	}
	p.Severity, p.SeverityName, p.Title = string(worst.Severity), k.label("severity", string(worst.Severity)), strings.Join(titles, k.t("reviews.comma"))
	p.Use, p.Must = worst.Severity != review.Info, worst.Severity == review.Error
	return p
}

// summary is the first wording of the summary: opinions are written in Chinese.
func (k talk) summary(rv review.Review, points, must int) string {
	if points == 0 {
		return "经审查，未发现损害消费者合法权益的内容。"
	}
	return "经审查，第 " + itoa(len(rv.Materials)) + " 版材料有 " + itoa(points) + " 条修改意见，其中 " + itoa(must) + " 条必须采纳。请逐条答复，并提交修改后的材料。"
}

// overlay puts what was typed over what was suggested.
func (v *builderView) overlay() {
	if v.Form.Fault == nil {
		return
	}
	for i := range v.Points {
		p := &v.Points[i]
		p.Use, p.Must, p.Text = v.Form.Get(p.Name+".use") != "", v.Form.Get(p.Name+".must") != "", v.Form.Get(p.Name+".text")
		p.Wrong = v.Form.Wrong(p.Name + ".text")
	}
}

// opinion answers the builder, after findings were judged.
func (m *room) opinion(w http.ResponseWriter, r *http.Request) error {
	p, err := m.open(r)
	if err != nil {
		return err
	}
	if !partial(r) || !m.can(p, "give-opinion") {
		return back(w, r, path(p.Review.ID, "#opinion"))
	}
	return m.site.Fragment(w, r, "reviews/show", "rv-builder", m.builder(r, p, typedForm{}))
}

func (m *room) points(r *http.Request, p app.ReviewPage, t typedForm) []pointView {
	k, rv := m.talk(r), p.Review
	may := map[string]bool{}
	for _, verb := range []string{"answer-point", "check-point", "raise-point", "settle-point"} {
		may[verb] = m.can(p, verb)
	}
	var out []pointView
	for _, x := range slices.Backward(rv.Points) {
		v := pointView{Base: path(rv.ID, ""), Version: rv.Version, N: x.N, Opinion: x.Opinion, Text: x.Text, Must: x.Must, State: k.label("point", string(x.State)), Dot: pointKinds[x.State], Given: k.label("point", string(x.Given)), Answer: x.Answer, By: k.name(p.Org, x.By), At: stamp(x.At),
			Checked: x.Checked, Settled: x.Settled, Returned: x.Returned, Findings: x.Findings}
		answered := slices.Contains(review.Answers, x.State)
		v.MayAnswer, v.MayCheck = may["answer-point"] && x.State == review.PointOpen, may["check-point"] && answered
		v.MayRaise, v.MaySettle = may["raise-point"] && answered && x.State != review.Adopted, may["settle-point"] && x.State == review.PointEscalated
		v.MustChange = x.Must && rv.Opinions[x.Opinion-1].Material == len(rv.Materials)
		for _, a := range review.Answers {
			v.Answers = append(v.Answers, web.Option{Value: string(a), Text: k.label("point", string(a))})
		}
		v.FormA, v.FormC = t.of("answer-point", x.N, web.NewForm()), t.of("check-point", x.N, web.NewForm())
		v.FormR, v.Form = t.of("raise-point", x.N, web.NewForm()), t.of("settle-point", x.N, web.NewForm())
		out = append(out, v)
	}
	return out
}

var pointKinds = map[review.PointState]string{review.PointOpen: "wait", review.Adopted: "active", review.Otherwise: "active", review.NotAdopted: "bad", review.PointConfirmed: "good", review.PointEscalated: "bad", review.Waived: "good"}

// decision is the panel of clearing and refusing; nil when nobody decides now.
func (m *room) decision(r *http.Request, p app.ReviewPage, t typedForm) *decideView {
	rv, k := p.Review, m.talk(r)
	v := &decideView{Base: path(rv.ID, ""), Version: rv.Version, May: m.can(p, "clear"), MayVeto: m.can(p, "veto"), Channels: k.channelOptions()}
	if !v.May && !v.MayVeto && rv.State != review.Confirmed {
		return nil
	}
	s, _ := specOf("clear")
	v.Why = m.why(r, s, p)
	v.Up = p.Kind.Head && rv.Stage == review.Local && p.Org.Tree.Institution(rv.Unit) != p.Org.Tree.Root()
	fresh := web.NewForm("until", rv.Form["publish_until"])
	fresh.Values["channels"] = rv.Channels()
	if days, err := p.Env.Rules.Setting("review.clearance.days"); err == nil {
		longest := p.Today.AddDays(int(days.Int()))
		v.Longest = longest.String()
		if fresh.Get("until") == "" || fresh.Get("until") > v.Longest {
			fresh.Values.Set("until", v.Longest)
		}
	}
	v.Clear, v.Veto = t.of("clear", 0, fresh), t.of("veto", 0, web.NewForm())
	if v.Clear.Fault != nil {
		v.Clear = &web.Form{Values: maps.Clone(v.Clear.Values), Fault: v.Clear.Fault}
	}
	return v
}
