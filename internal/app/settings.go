package app

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/change"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
)

// settingsStream holds every change of a setting and every imported notice.
const settingsStream = "settings"

// SettingChanged is the event of a setting given another value.
type SettingChanged struct {
	ID  string `json:"id"`
	Old string `json:"old"`
	New string `json:"new"`
}

// NoticeImported is the event of a holiday notice imported.
type NoticeImported struct {
	Year int    `json:"year"`
	Doc  string `json:"doc"`
}

// loadRules brings the store's rules to the settings in force. It costs one head
// lookup when nothing changed, so that every copy of the program sees a change.
func (a *App) loadRules(ctx context.Context) error { return a.store.View(ctx, a.rulesIn) }

// rulesIn is loadRules within a snapshot that is open already.
func (a *App) rulesIn(tx *storage.Tx) error {
	head, err := tx.Head(settingsStream)
	if err != nil {
		return err
	}
	a.rulesMu.Lock()
	defer a.rulesMu.Unlock()
	if head.Version == a.rulesHead {
		return nil
	}
	rules, err := readRules(tx)
	if err != nil {
		return err
	}
	a.store.SetRules(rules)
	a.rulesHead = head.Version
	return nil
}

func readRules(tx *storage.Tx) (storage.Rules, error) {
	values, years, err := tx.Settings()
	if err != nil {
		return storage.Rules{}, err
	}
	lib, err := regulation.Embedded().WithSettings(values)
	if err != nil {
		return storage.Rules{}, err
	}
	cal := calendar.Official()
	for _, doc := range years {
		y, err := calendar.ParseNotice(doc)
		if err != nil {
			return storage.Rules{}, err
		}
		if cal, err = cal.With(y); err != nil {
			return storage.Rules{}, err
		}
	}
	return storage.Rules{Library: lib, Calendar: cal}, nil
}

// SetSetting gives a setting another value. The open cases' due dates that rest
// on it are derived anew; what has been decided stays as it was. Where a second
// person has to confirm, the answer is a *WaitingChange and reason is needed.
func (a *App) SetSetting(ctx context.Context, who party.Actor, id, value, reason string) error {
	return a.alter(ctx, who, change.Setting, &settingChange{ID: id, Value: value}, reason)
}

// settingChange gives a setting another value.
type settingChange struct {
	ID, Value string
}

func (x *settingChange) about(a *App, tx *storage.Tx) (about, error) {
	s, err := a.settingIn(tx, x.ID)
	if err != nil {
		return about{}, err
	}
	return about{subject: x.ID, before: s.Value, always: strings.HasPrefix(x.ID, "change."),
		lines: []change.Line{{Field: "value", Old: s.Value, New: x.Value}}}, s.Check(x.Value)
}

// settingIn is a setting as the snapshot has it.
func (a *App) settingIn(tx *storage.Tx, id string) (regulation.Setting, error) {
	if err := a.rulesIn(tx); err != nil {
		return regulation.Setting{}, err
	}
	return a.setting(id)
}

func (x *settingChange) take(a *App, tx *storage.Tx, by string) error {
	s, err := a.settingIn(tx, x.ID)
	if err != nil {
		return err
	}
	if _, err := tx.AppendNext(settingsStream, by, "settings.SettingChanged", SettingChanged{ID: x.ID, Old: s.Value, New: x.Value}); err != nil {
		return err
	}
	tx.Exec(`INSERT INTO setting (id, value) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value`, x.ID, x.Value)
	return nil
}

func (x *settingChange) settle(ctx context.Context, a *App) error { return a.rederive(ctx) }

// ImportNotice takes in a year's holiday notice and derives the open cases anew.
func (a *App) ImportNotice(ctx context.Context, who party.Actor, data []byte, reason string) (calendar.Year, error) {
	y, err := calendar.ParseNotice(data)
	if err != nil {
		return y, err
	}
	doc, err := json.Marshal(y)
	if err != nil {
		return y, err
	}
	return y, a.alter(ctx, who, change.Notice, &noticeChange{Year: y.Year, Doc: string(doc)}, reason)
}

// noticeChange takes a year's notice in.
type noticeChange struct {
	Year int
	Doc  string
}

func (x *noticeChange) about(a *App, tx *storage.Tx) (about, error) {
	if err := a.rulesIn(tx); err != nil {
		return about{}, err
	}
	fresh, err := calendar.ParseNotice([]byte(x.Doc))
	if err != nil {
		return about{}, err
	}
	if _, err := a.Calendar().With(fresh); err != nil {
		return about{}, err
	}
	old, known := a.Calendar().Year(x.Year)
	out := about{subject: strconv.Itoa(x.Year), title: strconv.Itoa(x.Year)}
	if known {
		out.before = old
	}
	out.lines = noticeLines(old, fresh)
	return out, nil
}

// noticeLines compares two arrangements holiday by holiday.
func noticeLines(old, fresh calendar.Year) (out []change.Line) {
	days := func(y calendar.Year, name string) string {
		for _, p := range y.Holidays {
			if p.Name == name {
				text := p.Off.From.String() + " – " + p.Off.To.String()
				for _, d := range p.Work {
					text += " ⇄ " + d.String()
				}
				return text
			}
		}
		return ""
	}
	out = append(out, change.Line{Field: "notice", Old: noticeNames(old), New: noticeNames(fresh)})
	var names []string
	for _, p := range append(slices.Clone(fresh.Holidays), old.Holidays...) {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	for _, name := range names {
		out = append(out, change.Line{Field: "holiday", Old: prefixed(name, days(old, name)), New: prefixed(name, days(fresh, name))})
	}
	return out
}

func noticeNames(y calendar.Year) string {
	var out []string
	for _, n := range y.Notices {
		out = append(out, strings.TrimSpace(n.Title+" "+n.Number))
	}
	return strings.Join(out, "；")
}

func prefixed(name, text string) string {
	if text == "" {
		return ""
	}
	return name + " " + text
}

func (x *noticeChange) take(_ *App, tx *storage.Tx, by string) error {
	if _, err := tx.AppendNext(settingsStream, by, "settings.NoticeImported", NoticeImported{Year: x.Year, Doc: x.Doc}); err != nil {
		return err
	}
	tx.Exec(`INSERT INTO holiday_year (year, doc) VALUES (?, ?) ON CONFLICT (year) DO UPDATE SET doc = excluded.doc`, x.Year, x.Doc)
	return nil
}

func (x *noticeChange) settle(ctx context.Context, a *App) error { return a.rederive(ctx) }

// rederive loads the rules and projects the open cases anew.
func (a *App) rederive(ctx context.Context) error {
	if err := a.loadRules(ctx); err != nil {
		return err
	}
	return a.store.Reproject(ctx)
}
