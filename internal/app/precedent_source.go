package app

import (
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
)

// precedentKnown is everything that a case and the institution know by name.
func (a *App) precedentKnown(c complaint.Case, org *Org) precedent.Known {
	k := precedent.Known{Start: c.ReceivedOn, House: []string{a.institution, strings.TrimSuffix(a.institution, "股份有限公司"), strings.TrimSuffix(a.institution, "有限公司")}}
	k.People = peopleOf(c, org)
	k.Numbers = numbersOf(c)
	for _, p := range org.People() {
		k.Staff = append(k.Staff, p.Name)
	}
	for _, u := range org.Tree.Units() {
		if u.Region != "" {
			k.Places = append(k.Places, u.Region)
		}
		switch {
		case u.Parent == "":
			k.House = append(k.House, u.Name, strings.TrimSuffix(u.Name, "总行"), strings.TrimSuffix(u.Name, "总公司"))
		case u.Level != party.Department: // a department is called the same everywhere
			k.Units = append(k.Units, u.Name)
		}
	}
	return k
}

func peopleOf(c complaint.Case, org *Org) []precedent.Person {
	var out []precedent.Person
	add := func(role, name string) {
		if name != "" {
			out = append(out, precedent.Person{Role: role, Name: name})
		}
	}
	firm := func(role, name string) {
		if name != "" {
			out = append(out, precedent.Person{Role: role, Name: name, Org: true})
		}
	}
	if c.Complainant.Entity {
		firm("complainant", c.Complainant.Name)
	} else {
		add("complainant", c.Complainant.Name)
	}
	add("complainant", c.Complainant.HeadName)
	if c.Representative != nil {
		add("representative", c.Representative.Name)
	}
	if c.Joint != nil {
		for _, name := range c.Joint.Representatives {
			add("complainant", name)
		}
	}
	person := func(role string, id party.PersonID) {
		if p, ok := org.Person(id); ok {
			add(role, p.Name)
		}
	}
	for _, r := range c.Respondents {
		add("respondent", r.Name)
		person("respondent", r.Person)
	}
	for _, s := range c.Faults.Shares {
		firm("respondent", s.Name) // a partner
		person("respondent", s.Person)
	}
	person("staff", c.Owner)
	person("staff", c.FirstOwner)
	for _, h := range c.HandedOver {
		person("staff", h.To)
	}
	for _, k := range c.Contacts {
		person("staff", party.PersonID(strings.TrimPrefix(k.By, "person/")))
	}
	return out
}

func numbersOf(c complaint.Case) []string {
	p := c.Complainant
	out := []string{p.IDNumber, p.Phone, p.Email, p.Address, p.Policy, c.Number, c.MergedNumber}
	if c.Representative != nil {
		out = append(out, c.Representative.Phone)
	}
	for _, r := range c.References {
		out = append(out, r.Number)
	}
	for _, m := range c.Absorbed {
		out = append(out, m.Number)
	}
	for _, l := range c.Ladder {
		out = append(out, l.Number)
	}
	for _, n := range c.Notices {
		out = append(out, n.Proof)
	}
	for _, r := range c.Redress {
		out = append(out, r.Proof)
	}
	return out
}

// precedentFacts are what the case is counted by.
func precedentFacts(c complaint.Case, org *Org) precedent.Facts {
	f := precedent.Facts{Product: c.Codes.Product, Reason: c.Codes.Reason, LifeCycle: c.Codes.LifeCycle, Rights: slices.Sorted(slices.Values(c.Codes.Rights)), Ending: string(c.Ending),
		Amount: precedent.ClassOf(c.Amount).ID, Redress: precedent.ClassOf(c.RedressTotal()).ID, Satisfaction: c.Satisfaction(), Escalated: escalated(c)}
	if u, ok := org.Tree.Unit(org.Tree.Institution(c.Unit)); ok {
		f.Level = string(u.Level)
	}
	if !c.ClosedOn.IsZero() {
		f.Days = c.ClosedOn.Sub(c.ReceivedOn)
	}
	add := func(list []string, v string) []string {
		if v == "" || slices.Contains(list, v) {
			return list
		}
		return append(list, v)
	}
	for _, p := range c.Live() {
		if p.Finding != nil {
			f.Outcomes = add(f.Outcomes, string(p.Finding.Outcome))
		}
	}
	for _, r := range c.Redress {
		f.RedressKinds = add(f.RedressKinds, r.What)
	}
	for _, j := range c.Judgements {
		switch j.Topic {
		case complaint.TopicCause:
			f.Causes = add(f.Causes, j.Value)
		case complaint.TopicEmotion:
			if slices.Index(complaint.Emotions, j.Value) > slices.Index(complaint.Emotions, f.Emotion) {
				f.Emotion = j.Value
			}
		}
	}
	slices.Sort(f.Outcomes)
	slices.Sort(f.Causes)
	slices.Sort(f.RedressKinds)
	return f
}

// escalated reports whether the dispute went further than our own desk.
func escalated(c complaint.Case) bool {
	return c.Regulator() || c.Reopened > 0 || len(c.Reexams) > 0 || slices.ContainsFunc(c.Ladder, func(l complaint.LadderEntry) bool {
		return l.Rung != complaint.RungDispute && l.Rung != complaint.RungComplaint
	})
}

// precedentSource is the case as the first draft is composed from it.
func (a *App) precedentSource(c complaint.Case, org *Org) precedent.Source {
	s := precedent.Source{Known: a.precedentKnown(c, org), Facts: precedentFacts(c, org), Narrative: c.Narrative, Demand: c.Demand}
	s.Title = precedentTitle(s.Facts)
	for _, r := range c.Requests {
		s.Requests = append(s.Requests, complaint.Label("request", r, "zh"))
	}
	for _, p := range c.Live() {
		point := precedent.Point{Text: p.Text}
		if f := p.Finding; f != nil {
			point.Outcome, point.Evidence, point.Basis, point.Explanation = string(f.Outcome), f.Evidence, f.Basis, f.Explanation
		}
		s.Points = append(s.Points, point)
	}
	s.Points = s.Points[:min(len(s.Points), precedent.MaxPoints)]
	s.Steps = stepsOf(c)
	if c.Talk != nil {
		for _, o := range c.Talk.Options {
			s.Options = append(s.Options, o.Title+"（"+o.Benefit+"）")
		}
	}
	for _, r := range c.Redress {
		line := complaint.Label("redress", r.What, "zh")
		if r.Amount > 0 {
			line += precedent.OpenMark + precedent.ClassOf(r.Amount).Zh + precedent.CloseMark
		}
		s.Redress = append(s.Redress, line+"，"+r.Text)
	}
	if d := c.Decision; d != nil {
		s.Decision = d.Text
		if d.Reply != nil {
			s.Letter = []string{d.Reply.Opening}
			for _, x := range d.Reply.Answers {
				s.Letter = append(s.Letter, x.Text)
			}
			s.Letter = append(s.Letter, d.Reply.Decision, d.Reply.Options, d.Reply.Closing)
		}
	}
	s.Judged, s.Result, s.Comment = judgedWords(c), resultWords(c, s.Facts), lastComment(c)
	return s
}

// precedentTitle names product, reason and outcome; the proposer writes a better one.
func precedentTitle(f precedent.Facts) string {
	var parts []string
	for _, w := range []struct {
		topic complaint.Topic
		id    string
	}{{complaint.TopicProduct, f.Product}, {complaint.TopicReason, f.Reason}} {
		if w.id != "" {
			parts = append(parts, w.topic.Name(w.id, "zh"))
		}
	}
	title := strings.Join(parts, "·")
	if title == "" {
		title = "消费投诉"
	}
	if len(f.Outcomes) == 1 {
		title += "：" + complaint.Label("outcome", f.Outcomes[0], "zh")
	}
	return title
}

func stepsOf(c complaint.Case) []precedent.Step {
	var out []precedent.Step
	add := func(on calendar.Date, format string, args ...any) {
		out = append(out, precedent.Step{On: on, Text: fmt.Sprintf(format, args...)})
	}
	for _, k := range c.Contacts {
		if k.Summary == "" {
			continue
		}
		text := k.Summary
		if k.ReplyNext != "" {
			text += "（承诺：" + k.ReplyNext + "）"
		}
		add(calendar.FromTime(k.At), "%s：%s", complaint.Label("contact", k.Channel, "zh"), text)
	}
	for i, g := range complaint.Guides() {
		if r := c.Steps[i]; r.Done && r.Note != "" {
			add(calendar.FromTime(r.At), "%s：%s", g.Name, r.Note)
		}
	}
	for _, r := range c.Rounds {
		add(r.On, "协商：对方提出“%s”，我方提出“%s”，对方%s。%s", r.Ask, r.Offer, complaint.Label("talk_response", string(r.Response), "zh"), r.Note)
	}
	for _, x := range c.Exclusions {
		add(x.From, "%s：%s %s", complaint.Label("exclusion", string(x.What), "zh"), x.Why, x.Result)
	}
	for _, l := range c.Ladder {
		add(l.On, "%s：%s %s", complaint.Label("rung", string(l.Rung), "zh"), l.Why, l.Result)
	}
	for _, r := range c.Reexams {
		add(r.On, "上级核查：%s", r.Grounds)
	}
	if d := c.Decision; d != nil && !d.On.IsZero() {
		add(d.On, "作出处理决定")
	}
	for _, n := range c.Notices {
		add(n.On, "%s，%s", complaint.Label("letter", string(n.What), "zh"), complaint.Label("notice_mode", string(n.Mode), "zh"))
	}
	if !c.ClosedOn.IsZero() {
		add(c.ClosedOn, "办结")
	}
	return out
}

func judgedWords(c complaint.Case) []string {
	var out []string
	for _, j := range c.Judgements {
		switch j.Topic {
		case complaint.TopicCause, complaint.TopicEmotion, complaint.TopicNeed, complaint.TopicTemper, complaint.TopicExplicit, complaint.TopicImplicit:
			if w := complaint.Label("topic", string(j.Topic), "zh") + "为" + j.Topic.Name(j.Value, "zh"); j.Value != "" && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

func resultWords(c complaint.Case, f precedent.Facts) []string {
	out := []string{complaint.Label("ending", f.Ending, "zh") + "，从收到到办结共 " + fmt.Sprint(f.Days) + " 天。"}
	if c.Withdrawal != nil {
		out = append(out, "撤回的原因："+c.Withdrawal.Why)
	}
	if f.Satisfaction > 0 {
		out = append(out, fmt.Sprintf("回访满意度 %d 分（满分 5 分）。", f.Satisfaction))
	}
	if f.Escalated {
		return append(out, "投诉曾升级到监管、上级核查、调解、仲裁或诉讼。")
	}
	return append(out, "没有升级到监管、调解、仲裁或诉讼。")
}

func lastComment(c complaint.Case) string {
	for i := len(c.FollowUps) - 1; i >= 0; i-- {
		if c.FollowUps[i].Comment != "" {
			return c.FollowUps[i].Comment
		}
	}
	return ""
}
