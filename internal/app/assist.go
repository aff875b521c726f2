package app

import (
	"context"
	"sync"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/assist"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// AssistConfig says where an attached language model is; the zero value is none.
type AssistConfig = assist.Config

// AssistCost is money in millionths of a yuan.
type AssistCost = assist.Cost

// AssistSecret is a key that prints as dots.
type AssistSecret = assist.Secret

// AssistDefaults is a configuration with bounds and without a model.
func AssistDefaults() AssistConfig { return assist.Default() }

// ParseAssistCost reads yuan with up to six decimals.
func ParseAssistCost(s string) (AssistCost, error) { return assist.ParseCost(s) }

// assistant is the attached model, if there is one, with what is under way.
type assistant struct {
	client *assist.Client
	mu     sync.Mutex
	calls  int         // under way
	cost   assist.Cost // that they may come to
}

// AssistAsked is the event of one question to the model. The texts stand nowhere:
// only their digests, so that a log of the endpoint can be held against it.
type AssistAsked struct {
	Use       assist.Use     `json:"use" enum:"reply,summary,letter"`
	Case      complaint.ID   `json:"case,omitempty" doc:"0 for a letter that is no case yet"`
	Model     string         `json:"model"`
	Prompt    string         `json:"prompt" doc:"Version of the question"`
	Outcome   assist.Outcome `json:"outcome" doc:"ok, or what went wrong"`
	Sent      string         `json:"sent,omitempty" doc:"SHA-256 of the bytes sent; empty when nothing left"`
	Received  string         `json:"received,omitempty" doc:"SHA-256 of the bytes received"`
	In        int            `json:"in" doc:"Tokens sent"`
	Out       int            `json:"out" doc:"Tokens received"`
	Estimated bool           `json:"estimated,omitempty" doc:"The endpoint did not count the tokens"`
	Millis    int64          `json:"millis"`
	Cost      assist.Cost    `json:"cost" doc:"Millionths of a yuan"`
	Suspects  int            `json:"suspects,omitempty" doc:"Words in the material that speak to a machine"`
}

// AssistInfo says whether a model is attached, and where. It holds no secret.
type AssistInfo struct {
	On     bool   `json:"on"`
	Model  string `json:"model,omitempty"`
	Host   string `json:"host,omitempty"`
	Public bool   `json:"public,omitempty" doc:"Addresses outside of the house are allowed"`
	Prompt string `json:"prompt,omitempty"`
}

// AssistUsage is what a day came to.
type AssistUsage struct {
	AssistInfo
	Day      calendar.Date    `json:"day"`
	Calls    int              `json:"calls"`
	Failed   int              `json:"failed"`
	In       int              `json:"in"`
	Out      int              `json:"out"`
	Cost     assist.Cost      `json:"cost" doc:"Millionths of a yuan"`
	Budget   assist.Cost      `json:"budget" doc:"Millionths of a yuan a day, 0 for no limit"`
	MaxCalls int              `json:"max_calls" doc:"A day, 0 for no limit"`
	Outcomes []AssistOutcome  `json:"outcomes"`
	Uses     []AssistUseCount `json:"uses"`
}

// AssistOutcome counts how questions ended.
type AssistOutcome struct {
	Outcome assist.Outcome `json:"outcome"`
	Calls   int            `json:"calls"`
}

// AssistUseCount counts what was asked.
type AssistUseCount struct {
	Use   assist.Use `json:"use"`
	Calls int        `json:"calls"`
}

// Assist says whether a model is attached.
func (a *App) Assist() AssistInfo {
	if a.assist.client == nil {
		return AssistInfo{}
	}
	c := a.assist.client.Config()
	return AssistInfo{On: true, Model: c.Model, Host: c.Host(), Public: c.AllowPublic, Prompt: assist.PromptVersion()}
}

// AssistUsage returns what today's questions came to.
func (a *App) AssistUsage(ctx context.Context, who party.Actor) (AssistUsage, error) {
	if err := access.Can(who, access.ReadSettings, access.Target{}).Err(); err != nil {
		return AssistUsage{}, err
	}
	return a.assistUsage(ctx)
}

// AssistProbe asks the endpoint for its list of models, without any text of a case.
func (a *App) AssistProbe(ctx context.Context, who party.Actor) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	if a.assist.client == nil {
		return errNoModel()
	}
	return a.assist.client.Probe(ctx)
}

// ProbeAssist is AssistProbe for a configuration, before anything runs.
func ProbeAssist(ctx context.Context, conf AssistConfig) error {
	c, err := assist.New(conf)
	if err != nil || c == nil {
		return err
	}
	return c.Probe(ctx)
}

func errNoModel() error {
	return fault.New(fault.Conflict, "没有接入大模型。其他功能不受影响；需要的，请系统管理员在配置文件中设置（见手册“接入大模型”）。")
}

// assistStream holds a day's questions, so that a day is read without the others.
func assistStream(day calendar.Date) string { return "assist/" + day.String() }

func (a *App) assistUsage(ctx context.Context) (u AssistUsage, err error) {
	u = AssistUsage{AssistInfo: a.Assist(), Day: a.Today(), Outcomes: []AssistOutcome{}, Uses: []AssistUseCount{}}
	if u.On {
		c := a.assist.client.Config()
		u.Budget, u.MaxCalls = c.DailyBudget, c.DailyCalls
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		events, err := tx.Load(assistStream(u.Day))
		if err != nil {
			return err
		}
		for _, e := range events {
			var asked AssistAsked
			if err := tx.Decode(e, &asked); err != nil {
				return err
			}
			u.add(asked)
		}
		return nil
	})
	return u, err
}

func (u *AssistUsage) add(e AssistAsked) {
	u.Calls++
	if e.Outcome != assist.OK {
		u.Failed++
	}
	u.In, u.Out, u.Cost = u.In+e.In, u.Out+e.Out, u.Cost+e.Cost
	found := false
	for i := range u.Outcomes {
		if u.Outcomes[i].Outcome == e.Outcome {
			u.Outcomes[i].Calls, found = u.Outcomes[i].Calls+1, true
		}
	}
	if !found {
		u.Outcomes = append(u.Outcomes, AssistOutcome{e.Outcome, 1})
	}
	for i := range u.Uses {
		if u.Uses[i].Use == e.Use {
			u.Uses[i].Calls++
			return
		}
	}
	u.Uses = append(u.Uses, AssistUseCount{e.Use, 1})
}

// reserve takes what a question may come to out of the day's budget, and returns
// how to give it back. Copies of the program that run at once know what the
// others have spent, not what they have under way.
func (a *App) reserve(ctx context.Context, q assist.Question) (func(), error) {
	m := &a.assist
	m.mu.Lock()
	defer m.mu.Unlock()
	u, err := a.assistUsage(ctx)
	if err != nil {
		return nil, err
	}
	most := m.client.Most(q)
	switch {
	case u.MaxCalls > 0 && u.Calls+m.calls >= u.MaxCalls:
		return nil, fault.New(fault.TooMany, "今天已调用大模型 %d 次，达到每日上限。请人工办理；上限由系统管理员设置。", u.Calls+m.calls)
	case u.Budget > 0 && u.Cost+m.cost+most > u.Budget:
		return nil, fault.New(fault.TooMany, "今天的大模型费用 %s 元，再调用一次可能超出每日预算 %s 元。请人工办理；预算由系统管理员设置。", u.Cost.Yuan(), u.Budget.Yuan())
	}
	m.calls, m.cost = m.calls+1, m.cost+most
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.calls, m.cost = m.calls-1, m.cost-most
	}, nil
}

// asked is a question with its answer, before it is recorded.
type asked struct {
	app    *App
	who    party.Actor
	use    assist.Use
	id     complaint.ID
	q      assist.Question
	answer assist.Answer
}

// ask sends a question, lets read take the answer apart, and records what
// happened, whatever it was. Nobody gets an answer that is not on record.
func (a *App) ask(ctx context.Context, who party.Actor, use assist.Use, id complaint.ID, q assist.Question, read func(*assist.Answer) error) (AssistAsked, error) {
	release, err := a.reserve(ctx, q)
	if err != nil {
		return AssistAsked{}, err
	}
	defer release()
	x := asked{app: a, who: who, use: use, id: id, q: q}
	x.answer, err = a.assist.client.Ask(ctx, q)
	if err == nil {
		err = read(&x.answer)
	}
	event, failed := x.record(context.WithoutCancel(ctx))
	if failed != nil {
		return event, failed
	}
	if cause := err; cause != nil {
		a.log.Warn("assist: no answer", "use", use, "outcome", event.Outcome, "ms", event.Millis)
	}
	return event, err
}

// recordTime bounds the writing of the record when the person has gone.
const recordTime = 10 * time.Second

func (x asked) record(ctx context.Context) (AssistAsked, error) {
	r, a := x.answer, x.app
	e := AssistAsked{Use: x.use, Case: x.id, Model: a.assist.client.Config().Model, Prompt: assist.PromptVersion(), Outcome: r.Outcome, Sent: r.Sent, Received: r.Received,
		In: r.In, Out: r.Out, Estimated: r.Estimated, Millis: r.Took.Milliseconds(), Cost: r.Cost, Suspects: len(x.q.Suspects)}
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	return e, a.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.AppendNext(assistStream(calendar.FromTime(tx.Now())), x.who.ID, "assist.Asked", e)
		return err
	})
}
