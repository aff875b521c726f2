package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

const (
	tagHouse   = "Units, people and tokens"
	tagSetting = "Settings and holiday notices"
)

type none struct{}

type unitIn struct {
	Unit string `path:"unit" maxLength:"32"`
	Because
	Raw
}

// PersonIn is a person in the address.
type PersonIn struct {
	Person string `path:"person" maxLength:"32"`
}

type setPersonIn struct {
	PersonIn
	Because
	Raw
}

type hireIn struct {
	Because
	Raw
}

type peopleIn struct {
	Unit     string `query:"unit" doc:"This unit and below"`
	Handlers bool   `query:"handlers" doc:"Only enabled people who may handle complaints"`
}

// UnitsView is every unit, superiors first.
type UnitsView struct {
	Units []party.Unit `json:"units"`
}

// PeopleView is people by unit and login name.
type PeopleView struct {
	People []party.Person `json:"people"`
}

// HiredView is a new person with the first password, which is shown once.
type HiredView struct {
	Person   party.Person `json:"person"`
	Password string       `json:"password" doc:"Shown once; to be changed at the first sign-in"`
	Waits
}

// PasswordView is a new password, which is shown once.
type PasswordView struct {
	Password string `json:"password" doc:"Shown once; to be changed at the next sign-in"`
}

// CheckpointView is an exported checkpoint.
type CheckpointView struct {
	At      time.Time `json:"at"`
	Size    int64     `json:"size" doc:"Events that it vouches for"`
	Root    string    `json:"root"`
	Note    string    `json:"note" doc:"The signed text"`
	File    string    `json:"file"`
	Agrees  bool      `json:"agrees" doc:"The ledger of today begins with what it vouches for"`
	Failure string    `json:"failure,omitempty"`
}

// CheckpointsView is how the export of checkpoints stands.
type CheckpointsView struct {
	PublicKey   string           `json:"public_key"`
	Fingerprint string           `json:"fingerprint"`
	Hours       int              `json:"hours" doc:"Interval of the export"`
	Exports     []CheckpointView `json:"exports"`
}

func checkpointView(e app.CheckpointExport) CheckpointView {
	v := CheckpointView{At: e.At, Note: e.Note, File: e.File, Failure: e.Failure, Agrees: e.Agrees == nil && e.Note != ""}
	if e.Note != "" {
		v.Size, v.Root = e.Checkpoint.Size, e.Checkpoint.Root.String()
	}
	if e.Agrees != nil {
		v.Failure = fault.Message(e.Agrees)
	}
	return v
}

func (s *rest) checkpoints() {
	answer(s, get("/checkpoints", "list-checkpoints", tagSetting, "Exported checkpoints of the ledger (检查点)", access.ReadSettings, "Checkpoints"),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*out[CheckpointsView], error) {
			c, err := s.Checkpoints(ctx, who)
			if err != nil {
				return nil, err
			}
			return body(CheckpointsView{PublicKey: c.PublicKey, Fingerprint: c.Fingerprint, Hours: int(c.Every.Hours()), Exports: each(c.Exports, checkpointView)}), nil
		})
	answer(s, post("/checkpoints", "export-checkpoint", tagSetting, "Export a checkpoint at once (导出检查点)", access.ManageSettings, "ExportCheckpoint"),
		func(ctx context.Context, who party.Actor, _ *struct{}) (*out[CheckpointView], error) {
			e, err := s.ExportCheckpoint(ctx, who)
			if err != nil {
				return nil, err
			}
			return body(checkpointView(e)), nil
		})
}

func (s *rest) organisation() {
	answer(s, get("/units", "list-units", tagHouse, "Units of the institution (机构)", access.ReadParty, "Org"), func(ctx context.Context, _ party.Actor, _ *none) (*out[UnitsView], error) {
		org, err := s.Org(ctx)
		if err != nil {
			return nil, err
		}
		return body(UnitsView{org.Tree.Units()}), nil
	})
	take(s, put("/units/{unit}", "set-unit", tagHouse, "Open a unit or change one (设置机构)", access.ManageParty, "SetUnit").answers(http.StatusNoContent).says(saysWaits),
		func(ctx context.Context, who party.Actor, in *unitIn, u party.Unit) (*done, error) {
			if err := sameID("id", string(u.ID), in.Unit); err != nil {
				return nil, err
			}
			u.ID = party.UnitID(in.Unit)
			return &done{}, s.SetUnit(ctx, who, u, in.Reason)
		})
	answer(s, get("/people", "list-people", tagHouse, "People (人员)", access.ReadParty, "Org"), s.people)
	take(s, post("/people", "hire", tagHouse, "Add a person (新增人员)", access.ManageParty, "Hire").answers(http.StatusCreated).
		says("The program gives the id; leave it out. The random password is shown once. "+saysWaits),
		func(ctx context.Context, who party.Actor, in *hireIn, p party.Person) (*kept[HiredView], error) {
			if p.ID != "" {
				return nil, &fault.Error{Kind: fault.Invalid, Text: "新人员的编号由系统给出，请不要填写", Violations: []fault.Violation{{Field: "id", Text: "请不要填写"}}}
			}
			p, password, err := s.Hire(ctx, who, p, in.Reason)
			v := HiredView{Person: p, Password: password}
			return orWaiting(&v, &v.Change, http.StatusCreated, err)
		})
	take(s, put("/people/{person}", "set-person", tagHouse, "Move a person, give roles, disable or enable (更改人员)", access.ManageParty, "SetPerson").answers(http.StatusNoContent).
		says("Disabling ends every session and token of the person at once. "+saysWaits),
		func(ctx context.Context, who party.Actor, in *setPersonIn, p party.Person) (*done, error) {
			if err := sameID("id", string(p.ID), in.Person); err != nil {
				return nil, err
			}
			p.ID = party.PersonID(in.Person)
			return &done{}, s.SetPerson(ctx, who, p, in.Reason)
		})
	answer(s, post("/people/{person}/reset-password", "reset-password", tagHouse, "Give a person a random password (重设密码)", access.ManageParty, "ResetPassword"),
		func(ctx context.Context, who party.Actor, in *PersonIn) (*out[PasswordView], error) {
			password, err := s.ResetPassword(ctx, who, party.PersonID(in.Person))
			return body(PasswordView{password}), err
		})
	answer(s, post("/people/{person}/reset-authenticator", "reset-authenticator", tagHouse, "Take a lost authenticator from a person (解除身份验证器)", access.ManageParty, "ResetTOTP").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *PersonIn) (*done, error) {
			return &done{}, s.ResetTOTP(ctx, who, party.PersonID(in.Person))
		})
}

// sameID refuses a body that names another thing than the address.
func sameID(field, inBody, inPath string) error {
	if inBody == "" || inBody == inPath {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Text: "正文里的编号 " + inBody + " 与地址里的 " + inPath + " 不一致", Violations: []fault.Violation{{Field: field, Text: "须与地址里的编号一致，或不填"}}}
}

func (s *rest) people(ctx context.Context, _ party.Actor, in *peopleIn) (*out[PeopleView], error) {
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	unit := party.UnitID(in.Unit)
	if unit == "" {
		unit = org.Tree.Root()
	}
	if in.Handlers {
		return body(PeopleView{append([]party.Person{}, org.Handlers(unit)...)}), nil
	}
	return body(PeopleView{slices.DeleteFunc(org.People(), func(p party.Person) bool { return !org.Tree.Within(p.Unit, unit) })}), nil
}

// TokenView is a token without its text.
type TokenView struct {
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Person   party.PersonID `json:"person"`
	Scopes   []string       `json:"scopes"`
	Created  time.Time      `json:"created"`
	Expires  time.Time      `json:"expires,omitzero" doc:"Absent: never"`
	LastUsed time.Time      `json:"last_used,omitzero"`
	Revoked  bool           `json:"revoked,omitempty"`
}

func tokenView(t identity.APIToken) TokenView {
	return TokenView{t.ID, t.Name, t.Person, t.Scopes, t.Created, t.Expires, t.LastUsed, t.Revoked}
}

// TokensView lists tokens, newest first.
type TokensView struct {
	Tokens []TokenView `json:"tokens"`
}

// NewTokenView is a new token with its text, which is shown once.
type NewTokenView struct {
	TokenView
	Text string `json:"token" doc:"Shown once"`
	Waits
}

type tokenBody struct {
	Person  party.PersonID `json:"person" doc:"For whom the token acts"`
	Name    string         `json:"name" maxLength:"80" doc:"What it is for"`
	Scopes  []string       `json:"scopes" enum:"read,write"`
	Expires time.Time      `json:"expires,omitzero" doc:"Absent: never"`
	Reason  string         `json:"reason,omitempty" maxLength:"500" doc:"Required where a second person has to confirm"`
}

type tokenIn struct {
	Token string `path:"token" doc:"Id of the token, not its text"`
}

func (s *rest) tokens() {
	answer(s, get("/tokens", "list-tokens", tagHouse, "Tokens: all for the administrator, else one's own (接口令牌)", "", "Tokens"), func(ctx context.Context, who party.Actor, _ *none) (*out[TokensView], error) {
		list, err := s.Tokens(ctx, who)
		return body(TokensView{each(list, tokenView)}), err
	})
	take(s, post("/tokens", "create-token", tagHouse, "Make a token (创建接口令牌)", access.ManageTokens, "CreateToken").answers(http.StatusCreated).says(saysWaits),
		func(ctx context.Context, who party.Actor, _ *Raw, b tokenBody) (*kept[NewTokenView], error) {
			t, text, err := s.CreateToken(ctx, who, b.Person, b.Name, b.Scopes, b.Expires, b.Reason)
			v := NewTokenView{TokenView: tokenView(t), Text: text}
			return orWaiting(&v, &v.Change, http.StatusCreated, err)
		})
	answer(s, del("/tokens/{token}", "revoke-token", tagHouse, "End a token at once (撤销接口令牌)", "", "RevokeToken").answers(http.StatusNoContent),
		func(ctx context.Context, who party.Actor, in *tokenIn) (*done, error) {
			return &done{}, s.RevokeToken(ctx, who, in.Token)
		})
}

// SettingView is a value that no rule gives.
type SettingView struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Kind    string   `json:"kind" enum:"int,ints,bool,choice"`
	Unit    string   `json:"unit,omitempty"`
	Choices []string `json:"choices,omitempty"`
	Min     int64    `json:"min,omitempty"`
	Max     int64    `json:"max,omitempty"`
	Default string   `json:"default"`
	Value   string   `json:"value"`
	Note    string   `json:"note,omitempty" doc:"Why, and on what it leans"`
	Grade   string   `json:"grade"`
}

// SettingsView lists the settings in the order of their ids.
type SettingsView struct {
	Settings []SettingView `json:"settings"`
}

type settingIn struct {
	Setting string `path:"setting"`
	Raw
}

type settingBody struct {
	Value  string `json:"value" doc:"As written in lists: 15, \"7,3,1,0\", true"`
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"Required where a second person has to confirm"`
}

// YearsView is the holiday arrangements of the years that are known.
type YearsView struct {
	Years []calendar.Year `json:"years"`
}

type yearIn struct {
	Because
	Raw
}

func (s *rest) rules() {
	answer(s, get("/settings", "list-settings", tagSetting, "Values that no rule gives (设置)", access.ReadSettings, "Rules"), func(_ context.Context, _ party.Actor, _ *none) (*out[SettingsView], error) {
		return body(SettingsView{each(s.Rules(s.Today()).Settings(), func(x regulation.Setting) SettingView { return SettingView(x) })}), nil
	})
	take(s, put("/settings/{setting}", "set-setting", tagSetting, "Give a setting another value (更改设置)", access.ManageSettings, "SetSetting").answers(http.StatusNoContent).
		says("The due dates of open cases that rest on it are derived anew; what has been decided stays. "+saysWaits),
		func(ctx context.Context, who party.Actor, in *settingIn, b settingBody) (*done, error) {
			return &done{}, s.SetSetting(ctx, who, in.Setting, b.Value, b.Reason)
		})
	answer(s, get("/holiday-years", "list-holiday-years", tagSetting, "Holiday notices by year (放假安排)", "", "Calendar"), func(_ context.Context, _ party.Actor, _ *none) (*out[YearsView], error) {
		cal := s.Calendar()
		return body(YearsView{each(cal.Years(), func(n int) calendar.Year { y, _ := cal.Year(n); return y })}), nil
	})
	take(s, post("/holiday-years", "import-holiday-year", tagSetting, "Take in a year's notice (导入放假通知)", access.ManageSettings, "ImportNotice").answers(http.StatusCreated).
		says("Open cases are derived anew. "+saysWaits), func(ctx context.Context, who party.Actor, in *yearIn, _ calendar.Year) (*out[calendar.Year], error) {
		y, err := s.ImportNotice(ctx, who, in.RawBody, in.Reason)
		return body(y), err
	})
}
