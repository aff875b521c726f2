package desk

import (
	"net/http"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// approvalCards is how many requests stand on the page: the oldest come first,
// the next ones follow when these are decided.
const approvalCards = 20

type approvalsView struct {
	Form  *web.Form // a refusal whose card is no longer there
	Cards []cardView
	All   int  // how many wait
	More  bool // at least so many: counting stops there
	Empty web.Empty
}

// approvals shows what waits for this person's decision.
func (d *desk) approvals(w http.ResponseWriter, r *http.Request) error {
	v, err := d.approvalsView(r)
	if err != nil {
		return err
	}
	return d.site.Render(w, r, "desk/approvals", v)
}

func (d *desk) approvalsView(r *http.Request) (approvalsView, error) {
	who := web.Actor(r)
	cards, org, err := d.app.Approvals(r.Context(), who, approvalCards)
	if err != nil {
		return approvalsView{}, err
	}
	v := approvalsView{All: len(cards), Empty: web.Empty{Icon: "circle-check", Title: "desk.approvals.none", Text: "desk.approvals.none_text"}}
	if access.May(who, access.ReadComplaint) {
		v.Empty.Link, v.Empty.Do = "/desk", "desk.to_desk"
	}
	if len(cards) == approvalCards {
		p, err := d.app.Worklist(r.Context(), who, storage.Filter{Reach: storage.Mine, Limit: 1})
		if err != nil {
			return v, err
		}
		v.All, v.More = max(v.All, p.Tally.Approvals), p.Tally.Approvals >= app.TallyMax
	}
	c := carder{lister: lister{words: d.words(r), org: org, today: d.app.Today(), soon: d.app.SoonDays()}, who: who}
	for _, one := range cards {
		c.rules = d.app.Rules(one.Case.ReceivedOn)
		v.Cards = append(v.Cards, c.card(one))
	}
	return v, nil
}

// approve grants a request.
func (d *desk) approve(w http.ResponseWriter, r *http.Request) error {
	return d.decide(w, r, "desk.approvals.approved", func(n int, f *web.Form) complaint.Command {
		return complaint.Approve{N: n, Note: f.Get("note")}
	})
}

// returnApproval sends a request back with a reason.
func (d *desk) returnApproval(w http.ResponseWriter, r *http.Request) error {
	return d.decide(w, r, "desk.approvals.returned", func(n int, f *web.Form) complaint.Command {
		return complaint.ReturnApproval{N: n, Why: f.Get("why")}
	})
}

func (d *desk) decide(w http.ResponseWriter, r *http.Request, done string, command func(int, *web.Form) complaint.Command) error {
	id, err := caseID(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return fault.New(fault.NotFound, "没有第 %q 号审批", r.PathValue("n"))
	}
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "表单不完整，没有保存。请回到审批页重新打开。")
	}
	c, err := d.app.Do(r.Context(), web.Actor(r), id, version, command(n, f))
	if err != nil {
		return d.refusedDecision(r, id, n, f, err)
	}
	d.site.Flash(w, "good", done, "Number", c.Number)
	http.Redirect(w, r, "/approvals", http.StatusSeeOther)
	return nil
}

// refusedDecision shows the page again with what was typed on its card, or on
// top when somebody else has decided meanwhile.
func (d *desk) refusedDecision(r *http.Request, id complaint.ID, n int, f *web.Form, err error) error {
	v, broken := d.approvalsView(r)
	if broken != nil {
		return err
	}
	f.Refuse(err)
	v.Form = f
	for i := range v.Cards {
		if v.Cards[i].ID == id.String() && v.Cards[i].N == n {
			v.Cards[i].Form, v.Form = f, nil
		}
	}
	return web.Again("desk/approvals", v, err)
}
