package complaint

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

//go:embed data/retention.toml
var retentionTOML string

// RetentionClass says how long the personal data of some cases are kept.
type RetentionClass struct {
	ID           string            `toml:"id"`
	Name         string            `toml:"name"`
	NameEn       string            `toml:"name_en"`
	Applies      string            `toml:"applies"`
	From         string            `toml:"from"`
	Years        int64             `toml:"years"`         // a rule's, or
	YearsSetting string            `toml:"years_setting"` // the id of the institution's
	Cite         []RetentionSource `toml:"cite"`
	Grade        string            `toml:"grade"`
	Note         string            `toml:"note"`
	NoteEn       string            `toml:"note_en"`
}

// RetentionSource is an article that a class rests on.
type RetentionSource struct {
	Instrument string `toml:"instrument"`
	Article    string `toml:"article"`
}

// In returns the number of years in force.
func (r RetentionClass) In(rules regulation.Set) (int64, error) {
	if r.YearsSetting == "" {
		return r.Years, nil
	}
	s, err := rules.Setting(r.YearsSetting)
	return s.Int(), err
}

// RetentionClasses are the classes as the data gives them.
var RetentionClasses = sync.OnceValue(func() []RetentionClass {
	var file struct {
		Class []RetentionClass `toml:"class"`
	}
	if _, err := toml.Decode(retentionTOML, &file); err != nil {
		panic("retention.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return file.Class
})

// Kept is one class that applies to a case: from when, how long, until when.
type Kept struct {
	Class RetentionClass
	From  calendar.Date // zero while it cannot begin: a dispute is not over
	Years int64
	Until calendar.Date // the last day on which it is kept, zero for no end
}

// Keeping lists the classes that apply to a case, and the last day on which its
// personal data are kept: the latest of them. It is zero while there is none,
// because the case is open or a dispute goes on.
func (c Case) Keeping(rules regulation.Set) (kept []Kept, until calendar.Date, err error) {
	endless := c.ClosedOn.IsZero() || c.Open()
	for _, class := range RetentionClasses() {
		if !c.keptAs(class.Applies) {
			continue
		}
		k := Kept{Class: class, From: c.ClosedOn}
		if class.From == "dispute" {
			k.From = c.disputesEnded()
		}
		if k.Years, err = class.In(rules); err != nil {
			return nil, 0, err
		}
		if endless = endless || k.From.IsZero(); !k.From.IsZero() {
			k.Until = yearsAfter(k.From, int(k.Years))
			until = max(until, k.Until)
		}
		kept = append(kept, k)
	}
	if endless {
		until = 0
	}
	return kept, until, nil
}

// yearsAfter is the same day some years on; 29 February becomes 1 March.
func yearsAfter(d calendar.Date, years int) calendar.Date {
	t := d.Time().In(calendar.Zone)
	return calendar.Of(t.Year()+years, t.Month(), t.Day())
}

func (c Case) keptAs(applies string) bool {
	switch what, of, _ := strings.Cut(applies, ":"); what {
	case "always":
		return true
	case "reference":
		for _, r := range c.LiveReferences() {
			if ch, ok := party.ChannelOf(r.Channel); ok && ch.Regime == of {
				return true
			}
		}
	case "dispute":
		return len(c.Ladder) > 0
	case "recording":
		for _, f := range c.Files {
			if recordings[f.Type] {
				return true
			}
		}
	}
	return false
}

// recordings are the types of files that hold sound or moving pictures.
var recordings = map[string]bool{"mp3": true, "wav": true, "m4a": true, "mp4": true}

// disputesEnded is the day the last step of the ladder ended, zero while one goes on.
func (c Case) disputesEnded() (last calendar.Date) {
	for _, l := range c.Ladder {
		if l.EndedOn.IsZero() {
			return 0
		}
		last = max(last, l.EndedOn)
	}
	return max(last, c.ClosedOn)
}
