package api

import (
	"context"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/hook"
	"xiaobao/internal/party"
)

// HookView is a target of webhooks. It never holds a secret.
type HookView struct {
	N       int64        `json:"n"`
	Name    string       `json:"name"`
	Address string       `json:"address" doc:"Without its query for those who may not change it"`
	Kinds   []string     `json:"kinds"`
	Unit    party.UnitID `json:"unit,omitempty" doc:"Absent: all units"`
	On      bool         `json:"on"`
	Failed  bool         `json:"failed,omitempty" doc:"The program turned it off because it took nothing"`
	Why     string       `json:"why,omitempty" doc:"It is off"`
	Since   time.Time    `json:"since" doc:"On or off"`
	By      string       `json:"by" doc:"Who made it"`
	Created time.Time    `json:"created"`
	Old     time.Time    `json:"old_secret_until,omitzero" doc:"Until then messages bear two signatures"`
	Waiting int64        `json:"waiting"`
	Oldest  time.Time    `json:"oldest,omitzero" doc:"When the oldest that waits was written"`
	Held    time.Time    `json:"held_until,omitzero" doc:"It asks to be left alone (Retry-After): nothing is tried before"`
	GivenUp int64        `json:"given_up"`
	Last    time.Time    `json:"last_sent,omitzero"`
}

func hookView(s app.HookStatus) HookView {
	return HookView{N: s.ID, Name: s.Name, Address: s.Address, Kinds: s.Kinds, Unit: s.Unit, On: s.On, Failed: s.Failed(), Why: s.Why, Since: s.Since, By: s.By, Created: s.Created, Old: s.OldUntil,
		Waiting: s.Waiting, Oldest: s.Oldest, Held: s.Held, GivenUp: s.GivenUp, Last: s.LastSent}
}

// HookKindView is something that a target may be told of.
type HookKindView struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	NameEn string   `json:"name_en"`
	Steps  []string `json:"steps" doc:"Values of data.step in its messages"`
}

// HooksView is how webhooks stand.
type HooksView struct {
	On      bool           `json:"on" doc:"The configuration names hosts that may be reached"`
	Hosts   []string       `json:"hosts,omitempty"`
	Targets []HookView     `json:"targets"`
	Kinds   []HookKindView `json:"kinds"`
}

// HookSecretView has the secret of a target, shown this once.
type HookSecretView struct {
	N      int64     `json:"n"`
	Secret string    `json:"secret" doc:"whsec_ and base64, as Standard Webhooks says; not shown again"`
	Old    time.Time `json:"old_secret_until,omitzero" doc:"Until then the one before signs too"`
}

// HookLogView is a page of the log of deliveries.
type HookLogView struct {
	Log []DeliveryView `json:"log" doc:"Newest first"`
}

// DeliveryView is one message to one target.
type DeliveryView struct {
	SentView
	Target int64 `json:"target"`
	Took   int64 `json:"took_ms,omitempty" doc:"Of the last try"`
}

type hookIn struct {
	N int64 `path:"n" minimum:"1"`
}

type hookDo struct {
	Raw
	N int64 `path:"n" minimum:"1"`
}

type hookBody struct {
	hook.Config
	On     bool   `json:"on,omitempty" doc:"Events are told"`
	Reason string `json:"reason,omitempty" maxLength:"500"`
}

type stopHookBody struct {
	Why string `json:"why,omitempty" maxLength:"200"`
}

type hookAgainBody struct {
	ID string `json:"id,omitempty" maxLength:"64" doc:"Of one message; absent: all that were given up"`
}

type hookLogIn struct {
	LogPage
	Target int64 `query:"target" doc:"Absent: all"`
}

func (s *rest) hooks() {
	answer(s, get("/hooks", "list-hooks", tagPost, "Targets of webhooks, and what they may be told of (事件推送)", access.ReadSettings, "Hooks"),
		func(ctx context.Context, who party.Actor, _ *none) (*out[HooksView], error) {
			h, err := s.Hooks(ctx, who)
			return body(HooksView{On: h.On, Hosts: h.Hosts, Targets: each(h.Targets, hookView), Kinds: each(hook.Kinds(), func(k hook.Kind) HookKindView { return HookKindView{k.ID, k.Name, k.NameEn, k.Events} })}), err
		})
	answer(s, get("/hooks/{n}", "get-hook", tagPost, "One target", access.ReadSettings, "Hook"),
		func(ctx context.Context, who party.Actor, in *hookIn) (*out[HookView], error) {
			h, err := s.Hook(ctx, who, in.N)
			return body(hookView(h)), err
		})
	answer(s, get("/hook-log", "list-deliveries", tagPost, "Log of deliveries (推送记录)", access.ReadSettings, "HookLog"),
		func(ctx context.Context, who party.Actor, in *hookLogIn) (*out[HookLogView], error) {
			log, err := s.HookLog(ctx, who, in.Target, in.State, in.Before, in.Limit)
			return body(HookLogView{each(log, func(l app.HookLine) DeliveryView {
				return DeliveryView{sentView(app.MailLine{Outgoing: l.Outgoing, To: l.Name}), l.Target, l.Took.Milliseconds()}
			})}), err
		})
	take(s, post("/hooks", "add-hook", tagPost, "Make a target, which is off, with a secret that is shown once (新建接收方)", access.ManageSettings, "AddHook").answers(http.StatusCreated),
		func(ctx context.Context, who party.Actor, _ *Raw, b hook.Config) (*out[HookSecretView], error) {
			t, secret, err := s.AddHook(ctx, who, b)
			return body(HookSecretView{N: t.ID, Secret: secret}), err
		})
	take(s, put("/hooks/{n}", "set-hook", tagPost, "Change a target, or turn it on (修改与启用)", access.ManageSettings, "SetHook").answers(http.StatusNoContent).says(saysWaits+" What is off and stays off waits for nobody."),
		func(ctx context.Context, who party.Actor, in *hookDo, b hookBody) (*done, error) {
			return &done{}, s.SetHook(ctx, who, in.N, b.Config, b.On, b.Reason)
		})
	s.hookActs()
}

func (s *rest) hookActs() {
	take(s, post("/hooks/{n}/stop", "stop-hook", tagPost, "Turn a target off at once (停用)", access.ManageSettings, "StopHook").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *hookDo, b stopHookBody) (*done, error) {
			return &done{}, s.StopHook(ctx, who, in.N, b.Why)
		})
	answer(s, post("/hooks/{n}/rotate", "rotate-hook", tagPost, "Another secret, shown once; the old one signs too for a time (换密钥)", access.ManageSettings, "RotateHook"),
		func(ctx context.Context, who party.Actor, in *hookIn) (*out[HookSecretView], error) {
			secret, until, err := s.RotateHook(ctx, who, in.N)
			return body(HookSecretView{in.N, secret, until}), err
		})
	answer(s, post("/hooks/{n}/test", "test-hook", tagPost, "Send a message of the type test (测试)", access.ManageSettings, "TestHook").answers(http.StatusAccepted),
		func(ctx context.Context, who party.Actor, in *hookIn) (*done, error) {
			return &done{}, s.TestHook(ctx, who, in.N)
		})
	take(s, post("/hooks/{n}/again", "send-hook-again", tagPost, "Try what was given up once more (再发)", access.ManageSettings, "HookAgain").answers(http.StatusAccepted),
		func(ctx context.Context, who party.Actor, in *hookDo, b hookAgainBody) (*done, error) {
			return &done{}, s.HookAgain(ctx, who, in.N, b.ID)
		})
	answer(s, del("/hooks/{n}", "remove-hook", tagPost, "End a target and destroy its secrets (删除)", access.ManageSettings, "RemoveHook").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *hookIn) (*done, error) {
			return &done{}, s.RemoveHook(ctx, who, in.N)
		})
}
