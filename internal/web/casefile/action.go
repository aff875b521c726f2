package casefile

import (
	"net/http"
	"net/url"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// Action is one thing that can be done to the case, or the reason why not now.
type Action struct {
	Verb   string
	Name   string
	Link   string // of its form
	Post   string // where a command without a form is sent
	Why    string // data: why it cannot be done now; "" when it can
	Plain  bool   // there is nothing to fill in
	Danger bool
}

// ActionGroup is actions under one heading.
type ActionGroup struct {
	Label   string // message id
	Actions []Action
}

// actions asks the case about every verb: May of the person first, then a try of
// the command itself, so that a button never promises what the case refuses.
func (m *room) actions(r *http.Request, p app.CasePage) map[string]Action {
	k, env := m.talk(r), m.env(r, p)
	out := make(map[string]Action, len(specs))
	for _, s := range specs {
		a := Action{Verb: s.name, Name: k.verb(s.name), Link: path(p.Case.ID, "/do/"+s.name), Post: path(p.Case.ID, "/"+s.name), Plain: s.fields == nil && s.name != "close", Danger: s.danger}
		if s.page != "" {
			a.Link = path(p.Case.ID, s.page)
		}
		if err := m.refused(s, p, env); err != nil {
			a.Why = m.site.Sentence(k.lang, err)
		}
		out[s.name] = a
	}
	return out
}

// verb names a verb; merge and split are no commands on one case.
func (k talk) verb(name string) string {
	if key := "case.verb." + name; k.has(key) {
		return k.t(key)
	}
	return k.label("command", name)
}

// refused returns why a verb cannot be done now, nil when it can. Input that is
// missing is no reason: the form will ask for it.
func (m *room) refused(s spec, p app.CasePage, env complaint.Env) error {
	if d := p.May[s.need()]; !d.Allow {
		return d.Err()
	}
	cmd := s.command()
	if cmd == nil {
		return related(s.name, p.Case)
	}
	if s.number != nil && s.number(p.Case) == 0 {
		return &fault.Error{Kind: fault.Conflict, Key: "case.none." + s.name, Text: "现在没有需要这样办理的事项"}
	}
	if err := web.Decode(s.trial(p), cmd); err != nil {
		return err
	}
	_, err := cmd.Decide(p.Case, env)
	if fault.Is(err, fault.Invalid) || s.name == "close" && p.Case.Open() { // an open case answers with the checks that fail
		return nil
	}
	return err
}

// trial is the values with which a verb is tried on the case.
func (s spec) trial(p app.CasePage) url.Values {
	values := url.Values{}
	for name, value := range s.try {
		values.Set(name, value)
	}
	if s.number != nil {
		n := strconv.Itoa(s.number(p.Case))
		values.Set("n", n)
		values.Set("letter", n)
	}
	switch s.name {
	case "extend":
		for _, g := range p.Case.Regimes(p.Rules) {
			if _, ok := p.Case.NextStage(p.Rules, g); ok || values.Get("regime") == "" {
				values.Set("regime", g)
			}
		}
	case "finish-step":
		values.Set("step", strconv.Itoa(min(int(p.Case.Current()), complaint.StepCount-1)))
	case "approve":
		for n, err := range p.CanGrant {
			if err == nil {
				values.Set("n", strconv.Itoa(n))
			}
		}
	}
	return values
}

// related says whether a case can be merged, unmerged or split.
func related(verb string, c complaint.Case) error {
	held := c.MergedInto != 0
	for _, a := range c.Absorbed {
		held = held || !a.Released
	}
	switch {
	case verb == "unmerge" && !held:
		return fault.New(fault.Conflict, "该投诉没有合并过")
	case verb == "merge" && !c.Active(), verb == "split" && !c.Open():
		return fault.New(fault.Conflict, "该投诉已告知、终止、并案或办结，不能再合并或拆分")
	}
	return nil
}

// grouped puts the actions under their headings, with those that cannot be done apart.
func grouped(actions map[string]Action) (may []ActionGroup, not []Action) {
	for _, g := range groups {
		group := ActionGroup{Label: "case.group." + g}
		for _, s := range specs {
			a := actions[s.name]
			switch {
			case s.group != g:
			case a.Why != "":
				not = append(not, a)
			default:
				group.Actions = append(group.Actions, a)
			}
		}
		if len(group.Actions) > 0 {
			may = append(may, group)
		}
	}
	return may, not
}

// Next is what comes next, with the one button that does it.
type Next struct {
	Text string
	Do   *Action
	Link string // instead of Do: where it is done
	Name string
}

// next says what comes next.
func (m *room) next(k talk, p app.CasePage, actions map[string]Action) Next {
	if p.Mend == "" {
		return Next{Text: k.t("case.next.none")}
	}
	n := Next{Text: k.why(p)}
	link := mend(p, p.Mend)
	if a, ok := actions[p.Mend]; ok && link == a.Link {
		n.Do = &a
		return n
	}
	n.Link, n.Name = link, k.verb(p.Mend)
	if p.Mend == "give-notice" {
		n.Name = k.verb("issue-letter")
	}
	return n
}

// why is the sentence of the next step; English pages name the step instead.
func (k talk) why(p app.CasePage) string {
	if k.lang != web.English {
		return p.Why
	}
	for _, c := range complaint.Failing(p.Checks) {
		if c.Text == p.Why {
			return k.t("case.check." + c.ID)
		}
	}
	if p.Mend == "finish-step" {
		if at := p.Case.Current(); at < complaint.StepCount {
			return k.t("case.next.step", "Name", complaint.Guides()[at].NameEn)
		}
	}
	return k.t("case.next." + p.Mend)
}

// mend is where a verb is done: its form, about the first thing that needs it. A
// notice without its letter begins with the letter.
func mend(p app.CasePage, verb string) string {
	s, ok := specOf(verb)
	if !ok {
		return path(p.Case.ID, "#documents")
	}
	if verb == "give-notice" {
		if kind, ok := missingLetter(p.Case); ok {
			return web.Link(path(p.Case.ID, "/letters/preview"), "kind", kind)
		}
	}
	return path(p.Case.ID, "/do/"+s.name)
}

// missingLetter is the letter that a notice still needs.
func missingLetter(c complaint.Case) (string, bool) {
	wanted := complaint.LetterKind("")
	switch {
	case c.State == complaint.Decided:
		wanted = complaint.DecisionLetter
	case c.Ending == complaint.ByRefusal:
		wanted = complaint.NotHandledLetter
	case len(c.Untold) > 0:
		wanted = c.Untold[0].Letter
	}
	for _, r := range c.Reexams {
		if r.Decided && r.NoticedOn.IsZero() {
			wanted = complaint.ReexamLetter
		}
	}
	if wanted == "" {
		return "", false
	}
	for _, l := range c.Letters {
		if l.What == wanted && (wanted != complaint.DecisionLetter || c.Decision == nil || !l.At.Before(c.Decision.ApprovedAt)) {
			return "", false
		}
	}
	return string(wanted), true
}

// may reports a permission of the page without a try.
func may(p app.CasePage, do access.Action) bool { return p.May[do].Allow }
