package house

import (
	"net/http"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/regulation"
	"xiaobao/internal/web"
)

// tabs are the pages of the settings that the person may open.
func (h *house) tabs(r *http.Request, here string) []web.Tab {
	out := []web.Tab{{Label: "house.tab.values", Link: "/settings"}, {Label: "house.tab.calendar", Link: "/settings/calendar"},
		{Label: "house.tab.rules", Link: "/settings/rules"}, {Label: "house.tab.duties", Link: "/settings/duties"}, {Label: "assist.tab", Link: "/settings/assist"}, {Label: "backup.tab", Link: "/settings/backups"}, {Label: "checkpoint.tab", Link: "/settings/checkpoints"}, {Label: "mail.tab", Link: "/settings/mail"}, {Label: "hook.tab", Link: hooksPath}}
	if access.May(web.Actor(r), access.ManageTokens) {
		out = append(out, web.Tab{Label: "house.tab.tokens", Link: "/settings/tokens"})
	}
	for i := range out {
		out[i].Here = out[i].Link == here
	}
	return out
}

type settingsView struct {
	Tabs   []web.Tab
	May    bool
	Query  string
	Groups []settingGroup
	Empty  web.Empty
}

type settingGroup struct {
	Label string // message id
	Rows  []settingRow
}

type settingRow struct {
	regulation.Setting
	Key     string // message id of its name in other languages
	Shown   string // value as people read it, or
	Choice  string // message id of it
	Money   int64  // in fen, when it is an amount
	IsMoney bool   // its unit is fen
	Default string // as people read it; DefaultKey and DefaultFen likewise
	DefKey  string
	DefFen  int64
	Clocks  []string // names of the time limits that it sets
}

// groups sort the settings by what they are about; the beginning of the id decides.
var groups = []struct {
	label  string
	starts []string
}{
	{"house.group.limits", []string{"first_contact", "acknowledge", "follow_up", "close", "house.", "regulator", "major", "notice", "exclusion"}},
	{"house.group.warn", []string{"warning"}},
	{"house.group.money", []string{"redress", "approval"}},
	{"house.group.repeat", []string{"duplicate", "repeat", "joint", "narrative", "portal"}},
	{"house.group.reply", []string{"reply", "negotiation", "agent"}},
	{"house.group.review", []string{"review"}},
	{"house.group.code", []string{"coding", "model"}},
	{"house.group.privacy", []string{"reading", "retention", "export", "archive"}},
	{"house.group.sign", []string{"totp", "stepup", "session", "lockout"}},
	{"house.group.change", []string{"change"}},
	{"house.group.post", []string{"checkpoint", "mail"}},
}

func groupOf(id string) int {
	i := slices.IndexFunc(groups, func(g struct {
		label  string
		starts []string
	}) bool {
		return slices.ContainsFunc(g.starts, func(s string) bool { return strings.HasPrefix(id, s) })
	})
	return i
}

func (h *house) settings(w http.ResponseWriter, r *http.Request) error {
	v := settingsView{Tabs: h.tabs(r, "/settings"), May: access.May(web.Actor(r), access.ManageSettings), Query: strings.TrimSpace(r.URL.Query().Get("q")),
		Empty: web.Empty{Icon: "search", Title: "house.settings.none", Text: "house.settings.none_text"}}
	rules := h.a.Rules(h.a.Today())
	sorted := make([][]settingRow, len(groups)+1)
	for _, s := range rules.Settings() {
		row := h.settingRow(r, rules, s)
		if v.Query != "" && !strings.Contains(strings.ToLower(s.ID+s.Name+s.Note+h.site.Texts().Text(web.LangOf(r), row.Key)), strings.ToLower(v.Query)) {
			continue
		}
		at := groupOf(s.ID)
		if at < 0 {
			at = len(groups)
		}
		sorted[at] = append(sorted[at], row)
	}
	for i, rows := range sorted {
		label := "house.group.other"
		if i < len(groups) {
			label = groups[i].label
		}
		if len(rows) > 0 {
			v.Groups = append(v.Groups, settingGroup{Label: label, Rows: rows})
		}
	}
	return h.site.Render(w, r, "house/settings", v)
}

func (h *house) settingRow(r *http.Request, rules regulation.Set, s regulation.Setting) settingRow {
	row := settingRow{Setting: s, Key: "setting." + s.ID, IsMoney: s.Unit == "分" && s.Kind == "int"}
	if row.IsMoney {
		row.Money, row.DefFen = s.Int(), regulation.Setting{Value: s.Default}.Int()
	}
	row.Shown, row.Choice = shown(s, s.Value)
	row.Default, row.DefKey = shown(s, s.Default)
	for _, c := range rules.Clocks() {
		if c.Setting == s.ID {
			row.Clocks = append(row.Clocks, c.Name)
		}
	}
	return row
}

// shown returns a value as people read it: as it is, or a message id.
func shown(s regulation.Setting, value string) (text, key string) {
	switch s.Kind {
	case "bool":
		return "", "house.bool." + value
	case "choice":
		return "", "house.choice." + value
	}
	return strings.ReplaceAll(value, ",", ", "), ""
}

type settingView struct {
	settingRow
	Form    *web.Form
	Choices []web.Option
}

func (h *house) settingView(r *http.Request) (settingView, error) {
	rules := h.a.Rules(h.a.Today())
	s, err := rules.Setting(r.PathValue("id"))
	if err != nil {
		return settingView{}, err
	}
	v := settingView{settingRow: h.settingRow(r, rules, s), Form: web.NewForm("value", s.Value)}
	if v.IsMoney {
		v.Form = web.NewForm("value", strings.NewReplacer("¥", "", ",", "").Replace(web.Money(s.Int())))
	}
	switch s.Kind {
	case "bool":
		v.Choices = options("house.bool.", []string{"true", "false"})
	case "choice":
		v.Choices = options("house.choice.", s.Choices)
	}
	return v, nil
}

func (h *house) setting(w http.ResponseWriter, r *http.Request) error {
	v, err := h.settingView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/setting", v)
}

func (h *house) setSetting(w http.ResponseWriter, r *http.Request) error {
	v, err := h.settingView(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	value := strings.NewReplacer("，", ",", " ", "").Replace(form.Get("value"))
	if v.IsMoney {
		value, err = fen(value)
	}
	if err == nil {
		err = h.a.SetSetting(r.Context(), web.Actor(r), v.ID, value, form.Get("reason"))
	}
	if err != nil {
		err = field("value", err)
		v.Form = form.Refuse(err)
		return web.Again("house/setting", v, err)
	}
	h.site.Flash(w, "good", "house.saved")
	return to(w, r, "/settings")
}

// field puts a refusal without a field beside the one field of a form.
func field(name string, err error) error {
	e, ok := err.(*fault.Error)
	if !ok || e.Kind != fault.Invalid || len(e.Violations) > 0 {
		return err
	}
	return &fault.Error{Kind: e.Kind, Text: e.Text, Violations: []fault.Violation{{Field: name, Text: e.Text}}}
}
