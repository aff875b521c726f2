package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

const tagChange = "Changes under four eyes"

// saysWaits is what every operation that changes rules or rights tells.
const saysWaits = "Where a second person has to confirm, the answer is 202 with the number of the change, nothing has taken effect yet, and a reason is required."

// Accepted is the answer to a change that waits for a second person.
type Accepted struct {
	Change int64     `json:"change" doc:"Number of the change, see /config-changes"`
	Until  time.Time `json:"until" doc:"It lapses when nobody confirms it before"`
	Detail string    `json:"detail" doc:"Sentence for a person, in Chinese"`
}

// Error implements error: to the library it takes the place of the usual answer.
func (a *Accepted) Error() string { return a.Detail }

// GetStatus implements huma.StatusError.
func (*Accepted) GetStatus() int { return http.StatusAccepted }

// refusal is what a client sees instead of the usual answer.
func (s *rest) refusal(o *huma.Operation, err error) error {
	if w, ok := errors.AsType[*app.WaitingChange](err); ok {
		return &Accepted{Change: w.N, Until: w.Until, Detail: fault.Message(err)}
	}
	return s.problem(o, err)
}

// kept is an answer with a secret that is shown once, of a thing that may be
// waiting for a second person.
type kept[T any] struct {
	Status int
	Body   T
}

// Waits says that a thing with a secret works only once a second person has
// confirmed it.
type Waits struct {
	Change int64 `json:"change,omitempty" doc:"Number of the change that a second person has to confirm first; absent: works now"`
}

// orWaiting answers with v also when the change that makes it work waits: 202, and
// its number in the body.
func orWaiting[T any](v *T, number *int64, created int, err error) (*kept[T], error) {
	w, waits := errors.AsType[*app.WaitingChange](err)
	if !waits {
		return &kept[T]{created, *v}, err
	}
	*number = w.N
	return &kept[T]{http.StatusAccepted, *v}, nil
}

// ChangeLine is one thing that becomes another.
type ChangeLine struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// ChangeView is a change of the configuration.
type ChangeView struct {
	N         int64            `json:"n"`
	Kind      change.Kind      `json:"kind" enum:"setting,notice,rule,law,unit,person,token,examination,hook"`
	Subject   string           `json:"subject" doc:"Id of the setting, unit, person, pack ..."`
	Title     string           `json:"title,omitempty" doc:"Its name; absent for a setting"`
	State     change.State     `json:"state" enum:"waiting,in_force,declined,withdrawn,expired"`
	Mode      change.Mode      `json:"mode" enum:"waits,alone,free,shell" doc:"waits: a second person confirms. alone: nobody else could. free: set to need nobody. shell: at the machine"`
	By        string           `json:"by"`
	At        time.Time        `json:"at"`
	Until     time.Time        `json:"until"`
	Affects   []party.PersonID `json:"affects,omitempty" doc:"Whose rights change: they do not confirm"`
	DecidedBy string           `json:"decided_by,omitempty"`
	DecidedAt time.Time        `json:"decided_at,omitzero"`
	Lines     []ChangeLine     `json:"lines,omitempty" doc:"Before and after; only of one change"`
	Reason    string           `json:"reason,omitempty" doc:"Only of one change"`
	Why       string           `json:"why,omitempty" doc:"It was declined or withdrawn; only of one change"`
	Confirm   bool             `json:"may_confirm,omitempty" doc:"The caller may confirm it; only of one change"`
	Hindrance string           `json:"hindrance,omitempty" doc:"Why the caller, who has the permission, may not"`
}

// ChangesView is a page of changes, newest first.
type ChangesView struct {
	Changes []ChangeView `json:"changes"`
}

type changesIn struct {
	Kind    string `query:"kind" enum:"setting,notice,rule,law,unit,person,token,examination,hook"`
	Subject string `query:"subject"`
	Waiting bool   `query:"waiting" doc:"Only those that wait now"`
	Before  int64  `query:"before" doc:"Only numbers below: the next page"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

// ConfigChangeIn is a change in the address.
type ConfigChangeIn struct {
	N int64 `path:"n" minimum:"1"`
}

type configChangeDo struct {
	ConfigChangeIn
	Raw
}

type whyBody struct {
	Why string `json:"why,omitempty" maxLength:"500"`
}

// Because is the reason of a change whose body has no place for it.
type Because struct {
	Reason string `query:"reason" maxLength:"500" doc:"Required where a second person has to confirm"`
}

func (s *rest) changes() {
	answer(s, get("/config-changes", "list-config-changes", tagChange, "Changes of the configuration (配置更改)", access.ReadChanges, "Changes"),
		func(ctx context.Context, who party.Actor, in *changesIn) (*out[ChangesView], error) {
			rows, _, err := s.Changes(ctx, who, app.ChangeFilter{About: change.Kind(in.Kind), Subject: in.Subject, Waiting: in.Waiting, Before: in.Before, Limit: in.Limit})
			return body(ChangesView{each(rows, changeRow)}), err
		})
	answer(s, get("/config-changes/{n}", "get-config-change", tagChange, "One change, before and after (一项更改)", access.ReadChanges, "ConfigChange"),
		func(ctx context.Context, who party.Actor, in *ConfigChangeIn) (*out[ChangeView], error) {
			p, err := s.ConfigChange(ctx, who, in.N)
			return body(changeView(p)), err
		})
	answer(s, post("/config-changes/{n}/confirm", "confirm-config-change", tagChange, "Put another person's change in force (同意)", access.ReadChanges, "ConfirmChange").answers(http.StatusNoContent).
		says("Needs the permission that the change itself needs. Neither the proposer nor anybody whose rights change may."),
		func(ctx context.Context, who party.Actor, in *ConfigChangeIn) (*done, error) {
			return &done{}, s.ConfirmChange(ctx, who, in.N)
		})
	take(s, post("/config-changes/{n}/decline", "decline-config-change", tagChange, "Refuse another person's change (不同意)", access.ReadChanges, "DeclineChange").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *configChangeDo, b whyBody) (*done, error) {
			return &done{}, s.DeclineChange(ctx, who, in.N, b.Why)
		})
	take(s, post("/config-changes/{n}/withdraw", "withdraw-config-change", tagChange, "Take one's own proposal back (撤回)", access.ReadChanges, "WithdrawChange").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *configChangeDo, b whyBody) (*done, error) {
			return &done{}, s.WithdrawChange(ctx, who, in.N, b.Why)
		})
}

func changeRow(c app.ChangeRow) ChangeView {
	return ChangeView{N: c.N, Kind: c.About, Subject: c.Subject, Title: c.Title, State: c.State, Mode: c.Mode, By: c.Who, At: c.At, Until: c.Until, Affects: c.Affects, DecidedBy: c.DecidedBy, DecidedAt: c.Decided}
}

func changeView(p app.ChangePage) ChangeView {
	v := ChangeView{N: p.N, Kind: p.About, Subject: p.Subject, Title: p.Title, State: p.Stands, Mode: p.Mode, By: p.By, At: p.At, Until: p.Until, Affects: p.Affects,
		DecidedBy: p.DecidedBy, DecidedAt: p.DecidedAt, Reason: p.Reason, Why: p.Why, Confirm: p.Confirm,
		Lines: each(p.Lines, func(l change.Line) ChangeLine { return ChangeLine(l) })}
	if p.Hindrance != nil {
		v.Hindrance = fault.Message(p.Hindrance)
	}
	return v
}
