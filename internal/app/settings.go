package app

import (
	"context"
	"encoding/json"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
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
// on it are derived anew; what has been decided stays as it was.
func (a *App) SetSetting(ctx context.Context, who party.Actor, id, value string) error {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return err
	}
	s, err := a.Rules(a.Today()).Setting(id)
	if err != nil {
		return err
	}
	if err := s.Check(value); err != nil {
		return err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		if _, err := tx.AppendNext(settingsStream, who.ID, "settings.SettingChanged", SettingChanged{ID: id, Old: s.Value, New: value}); err != nil {
			return err
		}
		tx.Exec(`INSERT INTO setting (id, value) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value`, id, value)
		return nil
	})
	if err != nil {
		return err
	}
	return a.rederive(ctx)
}

// ImportNotice takes in a year's holiday notice and derives the open cases anew.
func (a *App) ImportNotice(ctx context.Context, who party.Actor, data []byte) (calendar.Year, error) {
	if err := access.Can(who, access.ManageSettings, access.Target{}).Err(); err != nil {
		return calendar.Year{}, err
	}
	y, err := calendar.ParseNotice(data)
	if err != nil {
		return y, err
	}
	if _, err := a.Calendar().With(y); err != nil {
		return y, err
	}
	doc, err := json.Marshal(y)
	if err != nil {
		return y, err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		if _, err := tx.AppendNext(settingsStream, who.ID, "settings.NoticeImported", NoticeImported{Year: y.Year, Doc: string(doc)}); err != nil {
			return err
		}
		tx.Exec(`INSERT INTO holiday_year (year, doc) VALUES (?, ?) ON CONFLICT (year) DO UPDATE SET doc = excluded.doc`, y.Year, string(doc))
		return nil
	})
	if err != nil {
		return y, err
	}
	return y, a.rederive(ctx)
}

// rederive loads the rules and projects the open cases anew.
func (a *App) rederive(ctx context.Context) error {
	if err := a.loadRules(ctx); err != nil {
		return err
	}
	return a.store.Reproject(ctx)
}
