package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/assist"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// AssistNotes says what was done to an answer, for the person who asked.
type AssistNotes struct {
	assist.Notes
	Uncited  []string    `json:"uncited,omitempty" doc:"Citations that do not resolve and stood in no finding; they were taken out"`
	Strange  []string    `json:"strange,omitempty" doc:"Placeholders that nobody gave out; they stand in the text"`
	Suspects []string    `json:"suspects,omitempty" doc:"Words in the material that speak to a machine"`
	Asked    AssistAsked `json:"asked"`
}

// veil hides what the case knows of people, and the names of all staff.
func (a *App) veil(ctx context.Context, c complaint.Case) (*assist.Veil, error) {
	org, err := a.Org(ctx)
	if err != nil {
		return nil, err
	}
	p := c.Complainant
	known := []assist.Known{{Label: "客户", Value: p.Name}, {Label: "负责人", Value: p.HeadName}, {Label: "客户证件", Value: p.IDNumber}, {Label: "客户电话", Value: p.Phone},
		{Label: "客户邮箱", Value: p.Email}, {Label: "客户地址", Value: p.Address}, {Label: "客户号码", Value: p.Policy}, {Label: "投诉编号", Value: c.Number}}
	if r := c.Representative; r != nil {
		known = append(known, assist.Known{Label: "代理人", Value: r.Name}, assist.Known{Label: "代理人电话", Value: r.Phone})
	}
	if c.Joint != nil {
		for _, name := range c.Joint.Representatives {
			known = append(known, assist.Known{Label: "代表", Value: name})
		}
	}
	for _, r := range c.Respondents {
		known = append(known, assist.Known{Label: "被投诉人员", Value: r.Name})
	}
	for _, r := range c.References {
		known = append(known, assist.Known{Label: "来文编号", Value: r.Number})
	}
	for _, person := range org.People() {
		known = append(known, assist.Known{Label: "员工", Value: person.Name})
	}
	return assist.NewVeil(known...)
}

// AssistDraft is a reply that a model wrote the first draft of, as it was saved.
type AssistDraft struct {
	AssistNotes
	N       int             `json:"n" doc:"Version of the draft"`
	Rev     int             `json:"rev"`
	Reply   complaint.Reply `json:"reply"`
	Machine []string        `json:"machine" doc:"Paragraphs that wait for a person: opening, answer-1 and so on"`
	Check   ReplyCheck      `json:"check"`
}

// AssistReply lets the attached model write the opening and one paragraph for
// each allegation that has a finding, and saves the result as a new version of
// the draft. Decision, options and closing stay as they are, or as they are
// composed: what is decided is not a model's to word. Base is the Rev of the draft
// that the person had before the eyes. On a failure nothing changes.
func (a *App) AssistReply(ctx context.Context, who party.Actor, id complaint.ID, kind complaint.ReplyKind, base int) (AssistDraft, error) {
	var c complaint.Case
	var words complaint.Reply
	err := a.onReply(ctx, who, id, func(d *replyDesk, found complaint.Case, env complaint.Env, _ []reply.Recent) error {
		if a.assist.client == nil {
			return errNoModel()
		}
		c, words = found, reply.Compose(d.facts(found, env, kind), "")
		if last, ok := c.Draft(kind); ok {
			words = last.Reply
		}
		_, err := complaint.SaveDraft{Kind: kind, Base: base, Reply: words}.Decide(c, env) // what would be refused afterwards costs nothing now
		return err
	})
	if err != nil {
		return AssistDraft{}, err
	}
	points := draftable(c)
	switch {
	case kind == complaint.MessageReply:
		return AssistDraft{}, fault.New(fault.Invalid, "给消费者的消息没有逐条答复，不用机器起草")
	case len(points) == 0:
		return AssistDraft{}, fault.New(fault.Conflict, "还没有核查结论，不能机器起草：请先填写各争议点的核查结论，机器只按结论行文。")
	}
	out, words, err := a.draftReply(ctx, who, c, points, words)
	if err != nil {
		return out, err
	}
	saved, err := a.Do(ctx, who, id, 0, complaint.SaveDraft{Kind: kind, Base: base, Reply: words, Machine: out.Machine})
	if err != nil {
		return out, err
	}
	d, _ := saved.Draft(kind)
	out.N, out.Rev, out.Reply, out.Machine = d.N, d.Rev, d.Reply, d.Machine
	out.Check, err = a.CheckReply(ctx, who, id, kind, d.Reply)
	return out, err
}

// draftable are the allegations that have a finding.
func draftable(c complaint.Case) (out []complaint.Allegation) {
	for _, p := range c.Live() {
		if p.Finding != nil {
			out = append(out, p)
		}
	}
	return out
}

// draftReply asks the model and puts its paragraphs into words.
func (a *App) draftReply(ctx context.Context, who party.Actor, c complaint.Case, points []complaint.Allegation, words complaint.Reply) (AssistDraft, complaint.Reply, error) {
	out := AssistDraft{Machine: []string{}}
	veil, err := a.veil(ctx, c)
	if err != nil {
		return out, words, err
	}
	q, err := veil.Ask(assist.DraftReply, replyBlocks(c, points)...)
	if err != nil {
		return out, words, err
	}
	numbers := make([]int, len(points))
	for i, p := range points {
		numbers[i] = p.N
	}
	var d assist.Drafted
	out.Asked, err = a.ask(ctx, who, assist.DraftReply, c.ID, q, func(x *assist.Answer) error {
		d, out.Notes, err = x.Drafted(numbers)
		return err
	})
	if out.Suspects = q.Suspects; err != nil {
		return out, words, err
	}
	laws, err := a.Laws(ctx)
	if err != nil {
		return out, words, err
	}
	show := func(s string) string {
		s, uncited := grounded(s, laws.ResolveText(s, a.Today()), strings.Join(q.Data, "\n"))
		out.Uncited = append(out.Uncited, uncited...)
		s, strange := veil.Show(s, nil)
		out.Strange = append(out.Strange, strange...)
		return s
	}
	if d.Opening != "" {
		words.Opening, out.Machine = show(d.Opening), append(out.Machine, "opening")
	}
	for _, x := range d.Answers {
		words.Answers = slices.DeleteFunc(slices.Clone(words.Answers), func(w complaint.Answer) bool { return w.Point == x.Point })
		words.Answers = append(words.Answers, complaint.Answer{Point: x.Point, Text: show(x.Text)})
		out.Machine = append(out.Machine, "answer-"+strconv.Itoa(x.Point))
	}
	slices.SortFunc(words.Answers, func(a, b complaint.Answer) int { return a.Point - b.Point })
	return out, words, nil
}

// grounded takes citations out of a paragraph that neither resolve nor stand in
// what the model was told. Those that stood there the check of the reply judges.
func grounded(s string, found []law.Resolution, told string) (out string, uncited []string) {
	told = strings.Join(strings.Fields(told), "")
	for _, r := range slices.Backward(found) {
		if r.Status == law.Resolved || r.Status == law.Summarised || r.Start < 0 || r.End > len(s) || r.Start >= r.End {
			continue
		}
		quote := s[r.Start:r.End]
		if !strings.Contains(told, strings.Join(strings.Fields(quote), "")) {
			s, uncited = s[:r.Start]+assist.Unverified+s[r.End:], append(uncited, quote)
		}
	}
	slices.Reverse(uncited)
	return s, uncited
}

// replyBlocks is what the model is told of a case: the demand, the allegations
// with their findings, and whether the person needs particular care.
func replyBlocks(c complaint.Case, points []complaint.Allegation) []assist.Block {
	out := []assist.Block{{Title: "诉求", Text: c.Demand}}
	if name := strings.TrimSpace(c.Complainant.Name); utf8.RuneCountInString(name) > 1 { // a shorter one cannot be hidden
		out = append(out, assist.Block{Title: "收信人", Text: name})
	}
	if len(c.Vulnerable) > 0 {
		out = append(out, assist.Block{Title: "消费者特点", Text: "需要特别照顾，请用浅显的词"})
	}
	for _, p := range points {
		f := p.Finding
		out = append(out, assist.Block{Title: "争议点" + strconv.Itoa(p.N), Text: "争议：" + p.Text + "\n核查结论：" + complaint.Label("outcome", string(f.Outcome), "zh") +
			"\n事实：" + f.Evidence + "\n依据：" + f.Basis + "\n理由：" + f.Explanation})
	}
	return out
}

// AssistSummary is a summary of the contacts of a case. It is stored nowhere.
type AssistSummary struct {
	AssistNotes
	Lines []assist.Line `json:"lines"`
}

// AssistSummary lets the attached model summarise the contacts of a case, for
// somebody who handles it. Personal data stay masked, as on the page.
func (a *App) AssistSummary(ctx context.Context, who party.Actor, id complaint.ID) (out AssistSummary, err error) {
	var c complaint.Case
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err = a.loadFor(tx, who, id, access.HandleComplaint)
		return err
	})
	switch {
	case err != nil:
		return out, err
	case a.assist.client == nil:
		return out, errNoModel()
	case len(c.Contacts) == 0:
		return out, fault.New(fault.Conflict, "还没有沟通记录，没有可以摘要的内容")
	}
	veil, err := a.veil(ctx, c)
	if err != nil {
		return out, err
	}
	q, err := veil.Ask(assist.Summary, contactBlocks(c)...)
	if err != nil {
		return out, err
	}
	out.Asked, err = a.ask(ctx, who, assist.Summary, id, q, func(x *assist.Answer) error {
		out.Lines, out.Notes, err = x.Lines(len(c.Contacts))
		return err
	})
	out.Suspects = q.Suspects
	for i, l := range out.Lines {
		text, strange := veil.Show(l.Text, masked)
		out.Lines[i].Text, out.Strange = complaint.MaskNumbers(text), append(out.Strange, strange...)
	}
	return out, err
}

// masked is a value as pages show it without a reason.
func masked(label, words string) string {
	switch {
	case strings.HasSuffix(label, "地址") || strings.HasSuffix(label, "邮箱"):
		return complaint.MaskText(words)
	case strings.ContainsAny(words, "0123456789"):
		return complaint.MaskNumber(words)
	}
	return complaint.MaskName(words)
}

// maxContacts is how many of the newest contacts are summarised.
const maxContacts = 60

func contactBlocks(c complaint.Case) []assist.Block {
	var out []assist.Block
	for _, k := range c.Contacts[max(0, len(c.Contacts)-maxContacts):] {
		way := "消费者来电来访"
		if k.Outbound {
			way = "机构联系消费者"
		}
		if !k.Reached {
			way += "（没有联系上）"
		}
		text := k.Summary
		if k.ReplyNext != "" {
			text += "\n答应：" + k.ReplyNext
		}
		out = append(out, assist.Block{Title: fmt.Sprintf("第%d次沟通 %s %s", k.N, calendar.FromTime(k.At), way), Text: text})
	}
	return out
}

// AssistClaim is one thing that a letter claims, with the words it rests on.
type AssistClaim struct {
	Text  string `json:"text"`
	Quote string `json:"quote" doc:"As it stands in the letter"`
}

// AssistLetter is what a model read in a letter. Everything in it rests on words
// of the letter.
type AssistLetter struct {
	AssistNotes
	Name    string        `json:"name,omitempty"`
	Claims  []AssistClaim `json:"claims"`
	Amounts []string      `json:"amounts" doc:"As written"`
	Dates   []string      `json:"dates" doc:"As written"`
	Wants   string        `json:"wants,omitempty"`
}

// AssistLetter lets the attached model read a letter that is to be registered:
// who, what is claimed, amounts, dates, and what is wanted. about is what the form
// holds already; it is hidden too. Nothing is stored but the record of asking.
func (a *App) AssistLetter(ctx context.Context, who party.Actor, about complaint.Register) (out AssistLetter, err error) {
	if err := access.Can(who, access.RegisterComplaint, access.Target{}).Err(); err != nil {
		return out, err
	}
	if a.assist.client == nil {
		return out, errNoModel()
	}
	var f fault.Fields
	f.Need(strings.TrimSpace(about.Narrative) != "", "narrative", "请先粘贴或输入来信的文字")
	if err := f.Err(); err != nil {
		return out, err
	}
	veil, err := a.veil(ctx, complaint.Case{Complainant: about.Complainant, Representative: about.Representative, Joint: about.Joint, Respondents: about.Respondents})
	if err != nil {
		return out, err
	}
	q, err := veil.Ask(assist.Letter, assist.Block{Title: "来信", Text: about.Narrative})
	if err != nil {
		return out, err
	}
	var r assist.Read
	out.Asked, err = a.ask(ctx, who, assist.Letter, 0, q, func(x *assist.Answer) error {
		r, out.Notes, err = x.Read(q.Data[0])
		return err
	})
	if out.Suspects = q.Suspects; err != nil {
		return out, err
	}
	out.show(veil, r)
	return out, nil
}

// show puts the words back into what was read.
func (l *AssistLetter) show(veil *assist.Veil, r assist.Read) {
	show := func(s string) string {
		s, strange := veil.Show(s, nil)
		l.Strange = append(l.Strange, strange...)
		return s
	}
	each := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = show(s)
		}
		return out
	}
	l.Claims, l.Amounts, l.Dates = []AssistClaim{}, each(r.Amounts), each(r.Dates)
	for _, c := range r.Claims {
		l.Claims = append(l.Claims, AssistClaim{show(c.Text), show(c.Quote)})
	}
	l.Name, l.Wants = show(r.Name), show(r.Wants)
}
