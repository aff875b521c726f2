package complaint

import (
	"slices"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// AgentSigns are the signs that a complaint may be run by an organised agent.
// To be represented is a right (rule 2020-3 art. 14): none of them is that alone.
var AgentSigns = []string{"same_wording", "shared_phone", "shared_account", "shared_address", "template", "full_surrender", "many_cases", "no_talk", "fee", "impersonation"}

// AgentState is where a suspicion stands.
type AgentState string

// The states of a suspicion. Only AgentConfirmed, by a second person and within
// its time, is more than one person's guess.
const (
	AgentProposed  AgentState = "proposed"
	AgentConfirmed AgentState = "confirmed"
	AgentExpired   AgentState = "expired"
	AgentLifted    AgentState = "lifted"
)

// AgentStates lists the states.
var AgentStates = []AgentState{AgentProposed, AgentConfirmed, AgentExpired, AgentLifted}

// AgentFlag is a suspicion of an organised agent. It changes no deadline, no
// check and no command: whoever complains is owed the answer all the same.
type AgentFlag struct {
	N           int
	Signs       []string
	Why         string
	By          string
	At          time.Time
	Until       calendar.Date // last day on which it says anything
	ConfirmedBy string
	ConfirmedAt time.Time
	Note        string
	LiftedBy    string
	LiftedAt    time.Time
	LiftedWhy   string
}

// State returns where the suspicion stands on a day.
func (a AgentFlag) State(on calendar.Date) AgentState {
	switch {
	case !a.LiftedAt.IsZero():
		return AgentLifted
	case on > a.Until:
		return AgentExpired
	case a.ConfirmedBy != "":
		return AgentConfirmed
	}
	return AgentProposed
}

// Agent returns the suspicion that is alive on a day, nil when there is none.
func (c Case) Agent(on calendar.Date) *AgentFlag {
	for i := len(c.Agents) - 1; i >= 0; i-- {
		if s := c.Agents[i].State(on); s == AgentProposed || s == AgentConfirmed {
			a := c.Agents[i]
			return &a
		}
	}
	return nil
}

// AboutAgents reports whether an event speaks of a suspicion: it is shown only to
// those with access.ReadAgent.
func AboutAgents(e Event) bool {
	switch e.(type) {
	case *AgentFlagged, *AgentAgreed, *AgentCleared:
		return true
	}
	return false
}

func agentDays(env Env) int { return int(env.setting("agent.flag_days")) }

// FlagAgent proposes the suspicion. It says nothing until a second person confirms it.
type FlagAgent struct {
	Signs []string `json:"signs" doc:"same_wording, shared_phone, shared_account, shared_address, template, full_surrender, many_cases, no_talk, fee, impersonation"`
	Why   string   `json:"why" maxLength:"1000" doc:"What was seen, with the numbers of the other cases"`
}

// Action implements Command.
func (FlagAgent) Action() access.Action { return access.FlagAgent }

// Decide implements Command.
func (d FlagAgent) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	if c.Agent(env.Today()) != nil {
		return nil, fault.New(fault.Conflict, "已有一条疑似代理维权的标记，请先确认或撤销")
	}
	var f fault.Fields
	f.Need(len(d.Signs) > 0, "signs", "请至少选择一项迹象")
	for _, s := range d.Signs {
		f.Need(one(AgentSigns, s), "signs", "没有这种迹象：%s", s)
	}
	text(&f, "why", d.Why, "看到的事实", true, 1000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	signs := slices.Compact(slices.Sorted(slices.Values(d.Signs)))
	return []Event{&AgentFlagged{N: len(c.Agents) + 1, Until: env.Today().AddDays(agentDays(env)), Signs: signs, Why: d.Why}}, nil
}

// ConfirmAgent is the second person's agreement.
type ConfirmAgent struct {
	Note string `json:"note,omitempty" maxLength:"500"`
}

// Action implements Command.
func (ConfirmAgent) Action() access.Action { return access.ConfirmAgent }

// Decide implements Command. The time begins anew with the confirmation.
func (d ConfirmAgent) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	a := c.Agent(env.Today())
	switch {
	case a == nil || a.ConfirmedBy != "":
		return nil, fault.New(fault.Conflict, "没有等待确认的疑似代理维权标记")
	case a.By == env.By.ID:
		return nil, fault.New(fault.Forbidden, "不能确认自己提出的标记，须由另一人确认")
	}
	var f fault.Fields
	text(&f, "note", d.Note, "意见", false, 500)
	return []Event{&AgentAgreed{N: a.N, Until: env.Today().AddDays(agentDays(env)), Note: d.Note}}, f.Err()
}

// LiftAgent takes the suspicion back, or refuses it.
type LiftAgent struct {
	Why string `json:"why" maxLength:"500"`
}

// Action implements Command.
func (LiftAgent) Action() access.Action { return access.FlagAgent }

// Decide implements Command. It may be lifted on a closed case too: a suspicion
// must not outlive its reason.
func (d LiftAgent) Decide(c Case, env Env) ([]Event, error) {
	if c.Number == "" {
		return nil, c.mustBeOpen()
	}
	a := c.Agent(env.Today())
	if a == nil {
		return nil, fault.New(fault.Conflict, "没有生效或等待确认的疑似代理维权标记")
	}
	var f fault.Fields
	text(&f, "why", d.Why, "撤销理由", true, 500)
	return []Event{&AgentCleared{N: a.N, Why: d.Why}}, f.Err()
}

// AgentFlagged is one person's suspicion; what it rests on is sealed.
type AgentFlagged struct {
	N     int           `json:"n"`
	Until calendar.Date `json:"until"`
	Signs []string      `json:"signs" seal:"true"`
	Why   string        `json:"why" seal:"true"`
}

// Kind implements Event.
func (*AgentFlagged) Kind() string { return "complaint.AgentFlagged" }

func (e *AgentFlagged) apply(c *Case, m Meta) {
	c.Agents = add(c.Agents, AgentFlag{N: e.N, Signs: e.Signs, Why: e.Why, By: m.By, At: m.At, Until: e.Until})
}

// AgentAgreed is the second person's agreement.
type AgentAgreed struct {
	N     int           `json:"n"`
	Until calendar.Date `json:"until"`
	Note  string        `json:"note" seal:"true"`
}

// Kind implements Event.
func (*AgentAgreed) Kind() string { return "complaint.AgentAgreed" }

func (e *AgentAgreed) apply(c *Case, m Meta) {
	c.Agents = edit(c.Agents, func(a AgentFlag) bool { return a.N == e.N }, func(a *AgentFlag) {
		a.ConfirmedBy, a.ConfirmedAt, a.Until, a.Note = m.By, m.At, e.Until, e.Note
	})
}

// AgentCleared ends the suspicion before its time.
type AgentCleared struct {
	N   int    `json:"n"`
	Why string `json:"why" seal:"true"`
}

// Kind implements Event.
func (*AgentCleared) Kind() string { return "complaint.AgentCleared" }

func (e *AgentCleared) apply(c *Case, m Meta) {
	c.Agents = edit(c.Agents, func(a AgentFlag) bool { return a.N == e.N }, func(a *AgentFlag) {
		a.LiftedBy, a.LiftedAt, a.LiftedWhy = m.By, m.At, e.Why
	})
}
