package review

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

// Take makes the person the reviewer (领取).
type Take struct{}

// Action implements Command.
func (Take) Action() access.Action { return access.HandleReview }

// Decide implements Command.
func (Take) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("领取", Submitted); err != nil {
		return nil, err
	}
	p, _ := env.People(env.By.Person())
	if err := r.MayReview(p, env); err != nil {
		return nil, err
	}
	return []Event{&Taken{Person: p.ID}}, nil
}

// MayReview says why a person may not review: the reviewer is independent of
// the submitter and serves the desk of the stage.
func (r Review) MayReview(p party.Person, env Env) error {
	who := party.ActorOf(p, env.Tree)
	switch {
	case p.ID == "":
		return fault.New(fault.Invalid, "请选择审查人")
	case p.Disabled:
		return fault.New(fault.Invalid, "%s 已停用，不能审查", p.Name)
	case !access.May(who, access.HandleReview):
		return fault.New(fault.Invalid, "%s 没有消保审查的角色", p.Name)
	case p.ID == r.creator():
		return fault.New(fault.Recused, "送审人不能审查自己送审的材料")
	case slices.ContainsFunc(r.Recused, func(x Recusal) bool { return x.Person == p.ID }):
		return fault.New(fault.Recused, "%s 已回避，不能审查", p.Name)
	case !who.Serves(r.Desk(env.Tree), env.Tree):
		return fault.New(fault.Forbidden, "这件材料由%s的消保部门审查，%s 不在该机构", env.Tree.Name(r.Desk(env.Tree)), p.Name)
	}
	return nil
}

// AssignReviewer gives the review to a person, with a deputy (分派、改派、代理).
type AssignReviewer struct {
	Person party.PersonID `json:"person"`
	Deputy party.PersonID `json:"deputy,omitempty"`
	Why    string         `json:"why,omitempty" maxLength:"500"`
}

// Action implements Command.
func (AssignReviewer) Action() access.Action { return access.AssignReview }

// Decide implements Command.
func (d AssignReviewer) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("分派", Submitted, InReview, Questions, Opinion, Answered, Escalated, Confirmed); err != nil {
		return nil, err
	}
	var f fault.Fields
	p, _ := env.People(d.Person)
	if err := r.MayReview(p, env); err != nil {
		f.Add("person", "%s", fault.Message(err))
	}
	if d.Deputy != "" {
		p, _ := env.People(d.Deputy)
		if err := r.MayReview(p, env); err != nil {
			f.Add("deputy", "%s", fault.Message(err))
		}
		f.Need(d.Deputy != d.Person, "deputy", "代理人不能是审查人本人")
	}
	text(&f, "why", d.Why, "分派说明", r.Reviewer != "" && r.Reviewer != d.Person, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Taken{Person: d.Person, Deputy: d.Deputy, Why: d.Why}}, nil
}

// Recuse keeps a person away from the review (回避).
type Recuse struct {
	Person party.PersonID `json:"person"`
	Why    string         `json:"why" maxLength:"500"`
}

// Action implements Command.
func (Recuse) Action() access.Action { return access.HandleReview }

// Decide implements Command. A reviewer steps back himself; others are taken
// off by those who assign.
func (d Recuse) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("登记回避", Submitted, InReview, Questions, Opinion, Answered, Escalated, Confirmed); err != nil {
		return nil, err
	}
	var f fault.Fields
	_, ok := env.People(d.Person)
	f.Need(ok, "person", "请选择回避的人员")
	f.Need(d.Person != r.creator(), "person", "送审人不是审查人，不用回避")
	f.Need(d.Person == env.By.Person() || access.Can(env.By, access.AssignReview, r.Target()).Allow, "person", "只能登记本人回避；他人回避请消保办登记")
	f.Need(!slices.ContainsFunc(r.Recused, func(x Recusal) bool { return x.Person == d.Person }), "person", "已登记过回避")
	text(&f, "why", d.Why, "回避原因", true, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&RecusalAdded{Person: d.Person, Why: d.Why}}, nil
}

// SendBack returns a submission that cannot be reviewed as it is (退回补正).
type SendBack struct {
	Why string `json:"why" maxLength:"1000"`
}

// Action implements Command.
func (SendBack) Action() access.Action { return access.HandleReview }

// Decide implements Command.
func (d SendBack) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("退回", InReview); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "退回原因", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&SentBack{Why: d.Why}}, nil
}

// Ask asks the submitter; the limit rests until the answer.
type Ask struct {
	Text string `json:"text" maxLength:"2000"`
}

// Action implements Command.
func (Ask) Action() access.Action { return access.HandleReview }

// Decide implements Command.
func (d Ask) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("提问", InReview); err != nil {
		return nil, err
	}
	if err := r.mustReview(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "text", d.Text, "问题", true, 2000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&QuestionAsked{N: len(r.Asked) + 1, On: env.Today(), Text: d.Text}}, nil
}

// AnswerQuestion answers it.
type AnswerQuestion struct {
	N    int    `json:"n" minimum:"1"`
	Text string `json:"text" maxLength:"4000"`
}

// Action implements Command.
func (AnswerQuestion) Action() access.Action { return access.SubmitReview }

// Decide implements Command.
func (d AnswerQuestion) Decide(r Review, env Env) ([]Event, error) {
	if err := r.in("答复问题", Questions); err != nil {
		return nil, err
	}
	if err := r.mustSubmit(env); err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Need(slices.ContainsFunc(r.Asked, func(q Question) bool { return q.N == d.N && q.AnsweredAt.IsZero() }), "n", "没有待答复的第 %d 个问题", d.N)
	text(&f, "text", d.Text, "答复", true, 4000)
	m, ok := r.Current()
	f.Need(!ok || m.Reading != nil, "files", "新材料还没有读取完毕，请稍候再答复")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&QuestionAnswered{N: d.N, On: env.Today(), Text: d.Text}}, nil
}

// Due returns the day by which the desk of the stage has to give its opinion,
// and false when nobody waits for it. Days on which a question was out do not count.
func (r Review) Due(rules regulation.Set, cal *calendar.Calendar, today calendar.Date) (regulation.Deadline, regulation.Clock, bool) {
	if !one([]State{Submitted, InReview, Questions}, r.State) {
		return regulation.Deadline{}, regulation.Clock{}, false
	}
	clock, ok := r.clock(r.Urgent, rules)
	if !ok {
		return regulation.Deadline{}, regulation.Clock{}, false
	}
	return regulation.Compute(clock, r.SubmittedOn, r.pauses(today), cal), clock, true
}

// pauses closes a running pause with today.
func (r Review) pauses(today calendar.Date) []calendar.Interval {
	return edit(r.Pauses, func(v calendar.Interval) bool { return v.To.IsZero() }, func(v *calendar.Interval) { v.To = today })
}
