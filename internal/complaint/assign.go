package complaint

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Assign offers the case to a person or to a unit (分派、转办). Until somebody
// accepts, the owner stays responsible: first-contact responsibility (S4.2,
// notice 2022-90). Assigning to a person of the same unit by its lead takes
// effect at once.
type Assign struct {
	Unit   party.UnitID   `json:"unit,omitempty" doc:"Offer to anybody of this unit"`
	Person party.PersonID `json:"person,omitempty" doc:"Offer to this person"`
	Why    string         `json:"why,omitempty" maxLength:"500"`
}

// Action implements Command.
func (Assign) Action() access.Action { return access.AssignComplaint }

// Decide implements Command.
func (d Assign) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "转办说明", false, 500)
	unit, person := d.Unit, party.Person{}
	if d.Person != "" {
		p, ok := env.person(d.Person)
		switch {
		case !ok:
			f.Add("person", "人员 %s 不存在", d.Person)
		case p.Disabled:
			f.Add("person", "%s 已停用，不能接收投诉", p.Name)
		case !access.May(party.ActorOf(p, env.Tree), access.HandleComplaint):
			f.Add("person", "%s 没有办理投诉的角色", p.Name)
		case p.ID == c.Owner:
			f.Add("person", "%s 已经是承办人", p.Name)
		}
		person, unit = p, p.Unit
	}
	u, ok := env.Tree.Unit(unit)
	f.Need(ok, "unit", "请选择接收机构或人员")
	f.Need(!u.Closed, "unit", "%s 已撤销，不能接收投诉", u.Name)
	if ok {
		f.Need(!access.Recused(receiver(person, unit, env.Tree), c.Target()), "unit", "%s 是本投诉的被投诉方，须回避，不能接收", nameOf(person, u))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	offer := &Offered{Unit: unit, Path: env.Tree.Path(unit), Person: d.Person, Why: d.Why}
	if d.Person == "" || unit != c.Unit || !leads(env.By, c) {
		return []Event{offer}, nil
	}
	return []Event{offer, &Accepted{Person: d.Person, Unit: unit, Path: env.Tree.Path(unit)}}, nil
}

func receiver(p party.Person, unit party.UnitID, tree *party.Tree) party.Actor {
	if p.ID != "" {
		return party.ActorOf(p, tree)
	}
	return party.Actor{Unit: unit, Path: tree.Path(unit), Seat: unit}
}

func nameOf(p party.Person, u party.Unit) string {
	if p.ID != "" {
		return p.Name
	}
	return u.Name
}

// leads reports whether the actor may dispose of the unit's people.
func leads(who party.Actor, c Case) bool {
	return (who.Has(party.BranchLead) || who.Has(party.Office)) && access.InScope(who, c.Path)
}

// Accept takes an offered case over: from here the acceptor is responsible.
// A case that nobody was offered may be accepted by its owner, to start work.
type Accept struct{}

// Action implements Command.
func (Accept) Action() access.Action { return access.AcceptComplaint }

// Decide implements Command.
func (Accept) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	me := env.By.Person()
	if me == "" {
		return nil, fault.New(fault.Forbidden, "只有工作人员可以接收投诉")
	}
	unit := c.Unit
	switch {
	case c.Offer == nil && c.Owner == me && c.State == New:
	case c.Offer == nil && c.State == New && slices.Contains(c.Path, env.By.Unit):
	case c.Offer == nil:
		return nil, fault.New(fault.Conflict, "该投诉没有待接收的转办")
	case c.Offer.Person != "" && c.Offer.Person != me:
		return nil, fault.New(fault.Forbidden, "该投诉转给了其他人员，您不能代为接收")
	case c.Offer.Person == "" && !env.By.Serves(c.Offer.Unit, env.Tree):
		return nil, fault.New(fault.Forbidden, "该投诉转给了%s，您不在该机构", env.Tree.Name(c.Offer.Unit))
	default:
		unit = c.Offer.Unit
	}
	return []Event{&Accepted{Person: me, Unit: unit, Path: env.Tree.Path(unit)}}, nil
}

// Decline sends an offer back; the owner goes on.
type Decline struct {
	Why string `json:"why" maxLength:"500"`
}

// Action implements Command.
func (Decline) Action() access.Action { return access.AcceptComplaint }

// Decide implements Command.
func (d Decline) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "退回原因", true, 500)
	if c.Offer == nil {
		return nil, fault.New(fault.Conflict, "该投诉没有待接收的转办")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Declined{Why: d.Why}}, nil
}

// Remind asks the owner to hurry (催办), orders the owner to report (督办), or
// brings the case to the superior unit's notice (升级).
type Remind struct {
	How  string        `json:"how" enum:"remind,supervise,escalate"`
	Due  calendar.Date `json:"due,omitzero" doc:"By when a supervision order must be answered"`
	Text string        `json:"text" maxLength:"1000"`
}

// ReminderKinds lists them, mildest first.
var ReminderKinds = []string{"remind", "supervise", "escalate"}

// Action implements Command.
func (d Remind) Action() access.Action {
	if d.How == "supervise" {
		return access.SuperviseComplaint
	}
	return access.RemindComplaint
}

// Decide implements Command.
func (d Remind) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	f.Need(one(ReminderKinds, d.How), "how", "请选择催办、督办或升级")
	text(&f, "text", d.Text, "内容", true, 1000)
	f.Need(d.How != "supervise" || d.Due >= env.Today(), "due", "请填写督办答复期限，不早于今天")
	to := c.Unit
	if d.How == "escalate" {
		to = env.Tree.InstitutionAbove(c.Unit)
		f.Need(to != "", "how", "本投诉已由总部办理，没有上级机构可升级")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Reminded{How: d.How, To: to, Due: d.Due, Text: d.Text}}, nil
}

// AnswerSupervision reports back on supervision orders and escalations.
type AnswerSupervision struct {
	Text string `json:"text" maxLength:"2000"`
}

// Action implements Command.
func (AnswerSupervision) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AnswerSupervision) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "text", d.Text, "督办答复", true, 2000)
	if !slices.ContainsFunc(c.Reminders, func(r Reminder) bool { return r.Kind != "remind" && r.Done.IsZero() }) {
		return nil, fault.New(fault.Conflict, "没有待答复的督办")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&SupervisionAnswered{Text: d.Text}}, nil
}

// Recuse keeps a further person or unit away from the case (art. 17).
type Recuse struct {
	Unit   party.UnitID   `json:"unit,omitempty"`
	Person party.PersonID `json:"person,omitempty"`
	Why    string         `json:"why" maxLength:"500"`
}

// Action implements Command.
func (Recuse) Action() access.Action { return access.AssignComplaint }

// Decide implements Command. The present owner may recuse himself only once
// somebody else has been offered the case and accepted it: nothing may be without an owner.
func (d Recuse) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", d.Why, "回避原因", true, 500)
	f.Need((d.Unit == "") != (d.Person == ""), "person", "请选择一名人员或一个机构")
	if d.Unit != "" {
		_, ok := env.Tree.Unit(d.Unit)
		f.Need(ok, "unit", "机构 %s 不存在，请从列表中选择", d.Unit)
	}
	if d.Person != "" {
		_, ok := env.person(d.Person)
		f.Need(ok, "person", "人员 %s 不存在，请从列表中选择", d.Person)
	}
	f.Need(d.Unit != env.Tree.Root() || d.Unit == "", "unit", "总部没有上级，不能整体回避；请选择具体人员或部门")
	f.Need(d.Person == "" || d.Person != c.Owner, "person", "该人员是现承办人：请先转办并由他人接收，再登记回避，投诉不能无人负责")
	f.Need(d.Unit == "" || !env.Tree.Within(c.Unit, d.Unit), "unit", "%s 正在办理本投诉：请先转办给上级并由其接收，再登记回避", env.Tree.Name(d.Unit))
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&RecusalAdded{Unit: d.Unit, Person: d.Person, Why: d.Why}}, nil
}
