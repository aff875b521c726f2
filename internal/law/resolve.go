package law

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
)

// Status is what became of a citation.
type Status string

// The statuses. Only the first two stand; with Summarised the words could not be
// compared, with Unchecked not even the number of the article.
const (
	Resolved      Status = "resolved"       // in force on the day, and the words are here
	Summarised    Status = "summary"        // in force on the day; only our summary of it is here
	Unchecked     Status = "unchecked"      // in force on the day, but nothing of this article is here to compare
	NotYetInForce Status = "not_yet"        // the instrument or this version came into force later
	NotInForce    Status = "no_longer"      // it was out of force by then
	NoArticle     Status = "no_article"     // the text in force on the day has no such article
	NoParagraph   Status = "no_paragraph"   // the article has no such paragraph or item
	Unknown       Status = "unknown_source" // the library knows no such instrument
)

// Stands reports whether the citation may be relied on.
func (s Status) Stands() bool { return s == Resolved || s == Summarised }

// Resolution is a citation and what it leads to.
type Resolution struct {
	Citation
	Status  Status        `json:"status"`
	Name    string        `json:"name,omitempty"`    // full title of the instrument
	Text    string        `json:"text,omitempty"`    // words of the article or paragraph
	Summary string        `json:"summary,omitempty"` // our own words
	From    calendar.Date `json:"from,omitempty"`    // of the version, or of the instrument
	Until   calendar.Date `json:"until,omitempty"`
	Link    string        `json:"link,omitempty"`
	Say     string        `json:"say"` // sentence for a person, in Chinese
}

// ResolveText finds the citations of a text and resolves each on a day.
func (l *Library) ResolveText(text string, on calendar.Date) []Resolution {
	cites := l.names.Citations(text, "")
	out := make([]Resolution, len(cites))
	for i, c := range cites {
		out[i] = l.Resolve(c, on)
	}
	return out
}

// Resolve says what a citation leads to on a day; on zero means the newest texts.
func (l *Library) Resolve(c Citation, on calendar.Date) Resolution {
	r := Resolution{Citation: c}
	e, ok := l.byID[c.Instrument]
	if !ok {
		r.Status, r.Name = Unknown, l.names.Title(c.Instrument)
		r.Say = fmt.Sprintf("法规库中没有《%s》，无法核对：请核对名称，或先导入正文。", either(r.Name, c.Title))
		return r
	}
	r.Name, r.Link, r.From, r.Until = e.Title, Link(e.ID, c.Article), e.From, e.Until
	if !r.force(e, on) {
		return r
	}
	if c.Article == "" {
		r.Status, r.Say = Summarised, fmt.Sprintf("《%s》%s有效。", e.Title, when(on))
		if e.Coverage(on) == Verbatim {
			r.Status = Resolved
		}
		return r
	}
	l.article(&r, e, on)
	return r
}

// force checks the instrument's own days.
func (r *Resolution) force(e *Entry, on calendar.Date) bool {
	switch e.State(on) {
	case NotYet:
		r.Status, r.Say = NotYetInForce, fmt.Sprintf("《%s》自 %s 起施行，%s时尚未生效。", e.Title, e.From, on)
		return false
	case NoLonger:
		r.Status, r.Say = NotInForce, fmt.Sprintf("《%s》已于 %s 失效。", e.Title, e.Until)
		return false
	}
	return true
}

func when(on calendar.Date) string {
	if on.IsZero() {
		return "现行"
	}
	return "在 " + on.String() + " "
}

func (l *Library) article(r *Resolution, e *Entry, on calendar.Date) {
	a, ok := l.Article(e.ID, r.Article, on)
	switch {
	case ok && a.Verbatim:
		r.Status, r.Summary, r.From, r.Until = Resolved, a.Summary, a.From, a.Until
		r.Say = fmt.Sprintf("《%s》%s，%s有效。", e.Title, Label(r.Number()), when(on))
		r.quote(a)
	case ok:
		r.Status, r.Summary = Summarised, a.Summary
		r.Say = fmt.Sprintf("《%s》%s%s有效；库中只有本系统的一句话摘要，正文未导入。", e.Title, Label(r.Article), when(on))
	case e.Coverage(on) == Verbatim:
		r.Status, r.Link = NoArticle, Link(e.ID, "")
		r.Say = fmt.Sprintf("《%s》%s的文本没有%s。", e.Title, when(on), Label(r.Article))
		r.elsewhere(l, e, on)
	default:
		r.Status = Unchecked
		r.Say = fmt.Sprintf("《%s》%s有效，但%s的正文没有导入，无法核对条文。", e.Title, when(on), Label(r.Article))
		r.elsewhere(l, e, on)
	}
}

// elsewhere notes that a version of other days has the article.
func (r *Resolution) elsewhere(l *Library, e *Entry, on calendar.Date) {
	for _, v := range e.Versions {
		if v.InForce(on) || on.IsZero() {
			continue
		}
		for _, p := range v.Text.Provisions {
			if p.Number != r.Article {
				continue
			}
			if r.Status == NoArticle {
				r.Status = NotInForce
				if v.From > on {
					r.Status = NotYetInForce
				}
			}
			r.From, r.Until = v.From, v.Until
			r.Say += fmt.Sprintf("%s起的文本有这一条。", either(v.From.String(), "另一时期"))
			return
		}
	}
}

// quote gives the words of the paragraph or item that is cited.
func (r *Resolution) quote(a Article) {
	r.Text = a.Text()
	if r.Paragraph == 0 && r.Item == 0 {
		return
	}
	i := max(r.Paragraph, 1) - 1
	if r.Paragraph == 0 { // 第十三条第（三）项: the paragraph that has it
		i = max(0, slices.IndexFunc(a.Paragraphs, func(p Paragraph) bool { return p.item(r.Item) != nil }))
	}
	if i >= len(a.Paragraphs) || r.Item > 0 && a.Paragraphs[i].item(r.Item) == nil {
		r.Status = NoParagraph
		r.Say = fmt.Sprintf("《%s》%s有 %d 款，没有所引的款项。", r.Name, Label(r.Article), len(a.Paragraphs))
		return
	}
	if it := a.Paragraphs[i].item(r.Item); it != nil {
		r.Text = it.Mark + it.Text
		r.Say = fmt.Sprintf("《%s》%s第%s项有效。", r.Name, Label(r.Article+"."+strconv.Itoa(i+1)), Han(r.Item))
		return
	}
	r.Text = Provision{Paragraphs: a.Paragraphs[i : i+1]}.Text()
}

// item returns the 项 of a number, nil when there is none.
func (p Paragraph) item(n int) *Item {
	for i, it := range p.Items {
		if v, _ := readNumber(strings.TrimLeft(it.Mark, "（(")); v == n && n > 0 && itemMark.MatchString(it.Mark) {
			return &p.Items[i]
		}
	}
	return nil
}
