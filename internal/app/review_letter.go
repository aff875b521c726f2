package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// ReviewLetter returns the opinion letter of a review (消保审查意见书) as "docx"
// or "pdf". It is rendered when asked for, from the events alone: the same state
// of the ledger gives the same bytes, and the foot of every page names that state
// by version and hash, so that a paper can be held against the ledger later.
// There is none before the first opinion.
func (a *App) ReviewLetter(ctx context.Context, who party.Actor, id review.ID, form string) (OpenedFile, error) {
	t, ok := document.TypeOf(form)
	if !ok || form != "docx" && form != "pdf" {
		return OpenedFile{}, fault.New(fault.NotFound, "意见书只有 DOCX 和 PDF 两种格式")
	}
	l, number, err := a.reviewLetter(ctx, who, id)
	if err != nil {
		return OpenedFile{}, err
	}
	var b bytes.Buffer
	if form == "docx" {
		err = document.WriteDOCX(&b, l)
	} else {
		err = writeWhole(&b, l)
	}
	return OpenedFile{Name: "消保审查意见书-" + number + "." + form, Content: t.MIME, Size: int64(b.Len()), ReadCloser: io.NopCloser(&b)}, err
}

// unprintable stands for a character that the PDF's font lacks.
const unprintable = "□"

// writeWhole writes a PDF in which characters without a glyph, such as pictures
// in a quoted message, are marked and the mark is explained.
func writeWhole(b *bytes.Buffer, l document.Letter) error {
	missing, err := document.WritePDF(b, l)
	if err != nil || len(missing) == 0 {
		return err
	}
	var pairs []string
	for _, c := range missing {
		pairs = append(pairs, string(c), unprintable)
	}
	marked := strings.NewReplacer(pairs...)
	for i, block := range l.Blocks {
		l.Blocks[i].Text = marked.Replace(block.Text)
		for j := range block.Items {
			block.Items[j] = marked.Replace(block.Items[j])
		}
		for _, row := range block.Rows {
			for j := range row {
				row[j] = marked.Replace(row[j])
			}
		}
	}
	l.To = marked.Replace(l.To)
	l.Blocks = append(l.Blocks, document.Block{Kind: document.SmallNote, Text: "注：字库里没有的字符以“" + unprintable + "”代替，原样见 DOCX 稿和送审材料。"})
	b.Reset()
	_, err = document.WritePDF(b, l)
	return err
}

func (a *App) reviewLetter(ctx context.Context, who party.Actor, id review.ID) (l document.Letter, number string, err error) {
	if err := a.loadRules(ctx); err != nil {
		return l, "", err
	}
	x := reviewLetterOf{rules: a.store.Rules().Library}
	err = a.store.View(ctx, func(tx *storage.Tx) (err error) {
		if x.r, x.history, err = tx.ReviewHistory(id); err != nil {
			return err
		}
		if err := mayReview(who, access.ReadReview, x.r); err != nil {
			return err
		}
		if x.org, err = a.orgIn(tx); err != nil || x.r.Product == "" {
			return err
		}
		p, _, err := tx.Product(x.r.Product)
		x.product = p.Name
		return err
	})
	if err != nil {
		return l, "", err
	}
	if len(x.r.Opinions) == 0 {
		return l, "", fault.New(fault.Conflict, "还没有出具审查意见，没有意见书")
	}
	t, ok := document.TemplateOf("review-opinion")
	if !ok {
		return l, "", fault.New(fault.Internal, "no template for the opinion letter")
	}
	l, err = t.Render(x.data(a.institution))
	return l, x.r.Number, err
}

// reviewLetterOf gathers what the letter says.
type reviewLetterOf struct {
	r       review.Review
	history []storage.RecordedReview
	org     *Org
	rules   *regulation.Library
	product string
}

func (x reviewLetterOf) data(institution string) document.LetterData {
	r, last := x.r, x.history[len(x.history)-1]
	root, _ := x.org.Tree.Unit(x.org.Tree.Root())
	desk, _ := x.org.Tree.Unit(r.Desk(x.org.Tree))
	given := r.Opinions[len(r.Opinions)-1]
	d := document.LetterData{Number: r.Number, Institution: institution, We: we(institution), Unit: desk.Name, Signer: institution + signerUnit(desk, root), Date: calendar.FromTime(last.At),
		Footer: fmt.Sprintf("台账 %s 第 %d 版，校验值 %s", r.ID.Stream(), last.Version, hex.EncodeToString(last.Hash[:8]))}
	d.Review = document.ReviewLetter{Submitter: x.org.Tree.Name(r.Unit), Facts: x.facts(given), Conclusion: label("conclusion", given.Conclusion), Summary: given.Summary,
		Opinions: x.opinions(), Outcome: x.outcome(), Signatures: x.signatures()}
	if c := r.Clearance; c != nil {
		var channels []string
		for _, ch := range c.Channels {
			channels = append(channels, review.Label("channel", ch, "zh"))
		}
		d.LetterNumber = c.Number
		d.Review.Clearance = []document.Fact{{Name: "通过编号", Value: c.Number}, {Name: "材料", Value: x.material(c.Material)}, {Name: "适用范围", Value: c.Scope},
			{Name: "使用渠道", Value: strings.Join(channels, "、")}, {Name: "有效期", Value: c.From.Chinese() + "至" + c.Until.Chinese()}}
		d.Review.Conditions = c.Conditions
	}
	return d
}

func label[T ~string](group string, v T) string { return review.Label(group, string(v), "zh") }

func (x reviewLetterOf) facts(given review.Issued) []document.Fact {
	r := x.r
	kind, _ := review.KindOf(r.Kind)
	line := r.Form["line"]
	for _, f := range kind.Form() {
		for _, o := range f.Options {
			if f.ID == "line" && o.ID == line {
				line = o.Name
			}
		}
	}
	facts := []document.Fact{{Name: "审查编号", Value: r.Number}, {Name: "类型", Value: kind.Name}, {Name: "标题", Value: r.Title}, {Name: "产品", Value: x.product}, {Name: "业务条线", Value: line},
		{Name: "送审人", Value: x.org.Tree.Name(r.Unit) + " " + x.org.Name(r.CreatedBy)}, {Name: "送审日期", Value: x.submitted().Chinese()}, {Name: "计划发布日", Value: r.PublishOn().Chinese()},
		{Name: "审查的材料", Value: x.material(given.Material)}}
	if r.Urgent {
		facts = append(facts, document.Fact{Name: "加急", Value: r.UrgentWhy})
	}
	return slices.DeleteFunc(facts, func(f document.Fact) bool { return f.Value == "" })
}

// submitted is the day on which it was handed in first.
func (x reviewLetterOf) submitted() calendar.Date {
	for _, e := range x.history {
		if h, ok := e.Event.(*review.HandedIn); ok {
			return h.On
		}
	}
	return 0
}

// material names a version by its files and the digest of its text, which a
// re-check compares.
func (x reviewLetterOf) material(n int) string {
	if n < 1 || n > len(x.r.Materials) {
		return ""
	}
	m := x.r.Materials[n-1]
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	if m.Text != "" {
		names = append([]string{pastedName}, names...)
	}
	s := fmt.Sprintf("第 %d 版：%s", n, strings.Join(names, "、"))
	if m.Reading == nil {
		return s
	}
	pages := ""
	if m.Reading.Pages > 0 {
		pages = fmt.Sprintf("%d 页，", m.Reading.Pages)
	}
	return s + fmt.Sprintf("（%s%d 字；文字校验值 %s）", pages, m.Reading.Chars, m.Reading.Sum[:min(len(m.Reading.Sum), 16)])
}

func (x reviewLetterOf) opinions() []document.Opinion {
	var out []document.Opinion
	for _, p := range x.r.Points {
		o := document.Opinion{Weight: "建议", Text: p.Text, Answer: x.answer(p)}
		if p.Must {
			o.Weight = "必须采纳"
		}
		var quotes, basis, advice []string
		for _, n := range p.Findings {
			f, _ := x.r.Finding(n)
			quotes, advice = append(quotes, quoteOf(f)), append(advice, adviceOf(f, p.Text))
			for _, c := range f.Cites {
				basis = append(basis, x.cite(c))
			}
		}
		o.Quote, o.Basis, o.Advice = semicolons(quotes), semicolons(basis), semicolons(advice)
		out = append(out, o)
	}
	return out
}

func semicolons(list []string) string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, "；")
}

func quoteOf(f review.Finding) string {
	if f.Quote == "" {
		return ""
	}
	s := "“" + f.Quote + "”"
	if f.Place != "" {
		s += "（" + f.Place + "）"
	}
	return s
}

// adviceOf is what the finding advises beyond the words of the point.
func adviceOf(f review.Finding, said string) string {
	s := strings.TrimRight(f.Advice, "。；")
	if strings.Contains(said, s) {
		s = ""
	}
	if f.Rewrite != "" {
		s = strings.TrimPrefix(s+"；可改为：“"+f.Rewrite+"”", "；")
	}
	return s
}

func (x reviewLetterOf) cite(c review.Cite) string {
	in, ok := x.rules.Instrument(c.Instrument)
	if !ok {
		return c.Instrument + "第" + c.Article + "条"
	}
	return regulation.Citation{Title: in.Title, Article: c.Article}.String()
}

// answer is what became of a point.
func (x reviewLetterOf) answer(p review.Point) string {
	if p.Given == "" {
		return ""
	}
	s := label("point", p.Given)
	if p.Answer != "" {
		s += "：" + strings.TrimRight(p.Answer, "。")
	}
	s += "（" + x.signed(p.By, calendar.FromTime(p.At)) + "）"
	if p.Checked != "" {
		s += "。复核：" + strings.TrimRight(p.Checked, "。")
	}
	if p.Settled != "" {
		s += "。上级决定：" + strings.TrimRight(p.Settled, "。")
	}
	return s + "。现状：" + label("point", p.State)
}

func (x reviewLetterOf) signed(by string, on calendar.Date) string {
	return x.org.Name(by) + "，" + on.Chinese()
}

// outcome says where the review stands in the ledger's state. It does not look
// at today: an end that passes by itself stands in the period of validity.
func (x reviewLetterOf) outcome() string {
	r := x.r
	switch r.State {
	case review.Approved:
		return "通过，可以在下列范围、渠道和期限内使用"
	case review.Conditional:
		return "附条件通过，满足条件的，可以在下列范围、渠道和期限内使用"
	case review.Vetoed:
		return "否决，材料不得使用。理由：" + cmp.Or(r.Veto.Why, "见具体意见")
	case review.Ended:
		return "通过已失效，材料不得继续使用。原因：" + r.Closed.Why
	case review.Withdrawn:
		return "送审人撤回。原因：" + r.Closed.Why
	}
	return "尚未决定（" + label("state", r.State) + "），决定之前材料不得使用"
}

// signatures are the people who reviewed and decided, each with the day.
func (x reviewLetterOf) signatures() []document.Fact {
	var out []document.Fact
	stage := review.Local
	for _, e := range x.history {
		name := ""
		switch v := e.Event.(type) {
		case *review.OpinionGiven:
			name = "审查（" + label("stage", stage) + "）"
		case *review.PointSettled:
			name = fmt.Sprintf("上级决定（第 %d 条意见）", v.N)
		case *review.PassedUp:
			name, stage = "同意提交总部审查", review.Head
		case *review.ClearanceGiven:
			name = "决定（通过）"
		case *review.VetoCast:
			name = "决定（否决）"
		}
		if name != "" {
			out = append(out, document.Fact{Name: name, Value: x.signed(e.By, calendar.FromTime(e.At))})
		}
	}
	return out
}
