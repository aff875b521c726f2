package casefile

import (
	"net/http"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// Approval is one request for a second person's decision.
type Approval struct {
	N       int
	Version int64 // of the case that the person sees
	Name    string
	State   string
	Waiting bool
	Asks    []Fact
	Text    string // decision or redress as asked for
	Why     string
	By, At  string
	Done    string // who decided and when, "" while it waits
	Note    string
	Post    string
	May     bool
	Refused string // why this person may not grant it
	Wording web.Wording
}

// approvals lists the requests, waiting ones first, then the newest.
func (m *room) approvals(k talk, p app.CasePage) []Approval {
	var out []Approval
	for _, a := range slices.Backward(p.Case.Approvals) {
		v := Approval{N: a.N, Version: p.Case.Version, Name: k.label("approval", string(a.Kind)), State: k.label("approval_state", string(a.State)), Waiting: a.State == complaint.Asked, Why: a.Why,
			By: k.name(p, a.AskedBy), At: a.AskedAt.In(zone).Format("2006-01-02 15:04"), Note: a.Note, Post: path(p.Case.ID, "/approvals/"+itoa(a.N))}
		v.Asks, v.Text = k.asks(p, a)
		if a.Deviation != "" {
			v.Asks = append(v.Asks, Fact{Label: "case.f.deviation", Value: a.Deviation})
		}
		v.Wording = web.WordingOf(p.Case, a, k.t, func(by string) string { return k.name(p, by) })
		switch {
		case v.Waiting:
			err := p.CanGrant[a.N]
			v.May = may(p, complaint.Approve{}.Action()) && err == nil
			if err == nil {
				err = p.May[complaint.Approve{}.Action()].Err()
			}
			if err != nil {
				v.Refused = m.site.Sentence(k.lang, err)
			}
		case a.By != "":
			v.Done = k.name(p, a.By) + " " + a.At.In(zone).Format("2006-01-02 15:04")
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y Approval) int {
		switch {
		case x.Waiting == y.Waiting:
			return 0
		case x.Waiting:
			return -1
		}
		return 1
	})
	return out
}

// asks says what granting it would change.
func (k talk) asks(p app.CasePage, a complaint.Approval) ([]Fact, string) {
	var facts []Fact
	text := ""
	switch {
	case a.Kind == complaint.ForExtension:
		facts = append(facts, Fact{Label: "case.f.regime", Value: k.t("case.regime." + a.Regime)})
		if clock, err := p.Rules.Clock(a.Clock); err == nil {
			facts = append(facts, Fact{Label: "case.approval.days", Value: k.t("case.days", "Count", clock.Days)}, Fact{Label: "case.approval.rule", Value: clock.Cite.String()})
		}
	case a.Kind == complaint.ForRedress:
		facts = append(facts, Fact{Label: "case.f.amount", Value: web.Money(a.Amount), Num: true})
		for _, r := range a.Redress {
			facts = append(facts, Fact{Label: "case.f.items", Value: k.label("redress", r.What) + " " + web.Money(r.Amount) + " " + r.Text})
		}
	case a.Decision != nil:
		text = a.Decision.Text
	case a.Refusal != nil:
		facts = append(facts, Fact{Label: "case.f.reason", Value: k.label("refusal", a.Refusal.Reason)})
	}
	if key := "case.approver." + a.Rule; k.has(key) {
		facts = append(facts, Fact{Label: "case.approval.who", Value: k.t(key)})
	}
	return facts, text
}

// approval takes the verdict on a request: approve, or return with a reason.
func (m *room) approval(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	typed, err := web.FormOf(r)
	if err != nil {
		return err
	}
	name, reason := "approve", "note"
	if typed.Get("verdict") == "return" {
		name, reason = "return", "why"
	} else if typed.Get("verdict") != "approve" {
		return fault.New(fault.Invalid, "请选择批准或退回")
	}
	typed.Values.Set("n", r.PathValue("n"))
	typed.Values.Set(reason, typed.Values.Get("reason"))
	s, _ := specOf(name)
	if err := m.run(r, s, id, typed); err != nil {
		return m.again(w, r, s, id, typed, err)
	}
	return m.done(w, r, id, s)
}
