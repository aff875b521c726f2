package keeping

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

//go:embed data/reading.toml
var readingTOML string

// ReadingRule says what reading is unusual. See data/reading.toml.
type ReadingRule struct {
	ID     string  `toml:"id"`
	Name   string  `toml:"name"`
	NameEn string  `toml:"name_en"`
	Counts string  `toml:"counts"`
	Window string  `toml:"window"`
	Least  int     `toml:"least"`
	Times  float64 `toml:"times"`
	Only   string  `toml:"only"`
	From   int     `toml:"from"` // hour of the night's beginning
	To     int     `toml:"to"`   // hour of its end
	Why    string  `toml:"why"`
	WhyEn  string  `toml:"why_en"`
}

// ReadingRules are the rules as the data gives them.
var ReadingRules = sync.OnceValue(func() []ReadingRule {
	var file struct {
		Rule []ReadingRule `toml:"rule"`
	}
	if _, err := toml.Decode(readingTOML, &file); err != nil {
		panic("reading.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return file.Rule
})

// ReadingRuleOf returns a rule by id.
func ReadingRuleOf(id string) (ReadingRule, bool) {
	i := slices.IndexFunc(ReadingRules(), func(r ReadingRule) bool { return r.ID == id })
	if i < 0 {
		return ReadingRule{}, false
	}
	return ReadingRules()[i], true
}

// Reading is one line of the access record, with what the rules ask of it.
type Reading struct {
	ID      int64
	At      time.Time
	Who     string // actor
	Kind    string // of the access event
	Case    int64
	Foreign bool   // the person has done nothing in the case
	Surname string // of the complainant, "" when unknown
	Query   string // of a search, in the form in which equal ones are equal
}

// Start is the beginning of the window that a time stands in.
func (r ReadingRule) Start(at time.Time) time.Time {
	at = at.In(calendar.Zone)
	if r.Window == "hour" {
		return at.Truncate(time.Hour)
	}
	day := calendar.FromTime(at)
	if r.Only == "night" && at.Hour() < r.To { // the night belongs to the day on which it began
		day = day.AddDays(-1)
	}
	return day.Time()
}

// counted reports whether a reading is one of those that the rule counts.
func (r ReadingRule) counted(x Reading) bool {
	switch r.Counts {
	case "reveals":
		if x.Kind != "access.Revealed" {
			return false
		}
	case "searches":
		if x.Kind != "access.Searched" {
			return false
		}
	default:
		if x.Kind == "access.Searched" {
			return false
		}
	}
	switch r.Only {
	case "night":
		hour := x.At.In(calendar.Zone).Hour()
		return hour >= r.From || hour < r.To
	case "foreign":
		return x.Foreign
	case "surname":
		return x.Surname != ""
	case "same":
		return x.Query != ""
	}
	return true
}

// group is what readings are counted by within a window.
func (r ReadingRule) group(x Reading) string {
	switch r.Only {
	case "surname":
		return x.Surname
	case "same":
		return x.Query
	}
	return ""
}

// Usual tells a person's mean of a window's readings over the windows with any in
// the 30 days before a time; 0 when there were none.
type Usual func(who, counts, window string, before time.Time) (float64, error)

// Unusual returns what the rules find in readings, ordered by time. usual is asked
// only where the least is reached.
func Unusual(rules []ReadingRule, readings []Reading, usual Usual) ([]FlagRaised, error) {
	var out []FlagRaised
	for _, rule := range rules {
		found, err := rule.find(readings, usual)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

type readingGroup struct {
	who   string
	start time.Time
	of    string
}

func (r ReadingRule) find(readings []Reading, usual Usual) (out []FlagRaised, err error) {
	groups := map[readingGroup][]Reading{}
	var order []readingGroup
	for _, x := range readings {
		if !r.counted(x) {
			continue
		}
		g := readingGroup{x.Who, r.Start(x.At), r.group(x)}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], x)
	}
	for _, g := range order {
		rows := groups[g]
		n := r.size(rows)
		if n < r.Least {
			continue
		}
		flag := FlagRaised{Rule: r.ID, Who: g.who, Start: g.start.UTC(), Count: n}
		if r.Times > 0 {
			mean, err := usual(g.who, r.Counts, r.Window, g.start)
			if err != nil {
				return nil, err
			}
			if float64(n) < r.Times*mean {
				continue
			}
			flag.Usual = int64(mean*10 + 0.5)
		}
		for _, x := range rows {
			flag.Rows = append(flag.Rows, x.ID)
		}
		out = append(out, flag)
	}
	return out, nil
}

// size counts readings; where the rule is about whose cases they are, a case
// counts once.
func (r ReadingRule) size(rows []Reading) int {
	if r.Only != "foreign" && r.Only != "surname" {
		return len(rows)
	}
	cases := map[int64]bool{}
	for _, x := range rows {
		cases[x.Case] = true
	}
	return len(cases)
}

// FlagRaised asks the auditor to look.
type FlagRaised struct {
	Rule  string    `json:"rule"`
	Who   string    `json:"who"` // actor
	Start time.Time `json:"start"`
	Count int       `json:"count"`
	Usual int64     `json:"usual"` // tenths; 0 when it was not compared
	Rows  []int64   `json:"rows"`  // ids of the lines of the access record
}

// Verdict is what the auditor made of a flag.
type Verdict string

// The verdicts.
const (
	Explained Verdict = "explained" // there was a reason
	Followed  Verdict = "followed"  // talked to the person, or more
)

// Verdicts are all of them.
var Verdicts = []Verdict{Explained, Followed}

// FlagClosed closes a flag with a note.
type FlagClosed struct {
	Verdict Verdict `json:"verdict"`
	Note    string  `json:"note" seal:"true"`
}

// FlagEvent is one of the events of a flag's stream.
type FlagEvent interface {
	Kind() string
	applyFlag(f *Flag, at time.Time, by string)
}

// Flag is a flag as its events tell it.
type Flag struct {
	FlagRaised
	Version  int64
	At       time.Time
	ClosedBy string
	ClosedAt time.Time
	Verdict  Verdict
	Note     string
}

// FlagStream is the stream of a flag: one for each rule, person and window, so that
// two copies of the program never raise it twice.
func FlagStream(f FlagRaised) string {
	return fmt.Sprintf("reading/%s/%s/%d", f.Rule, strings.ReplaceAll(f.Who, "/", "."), f.Start.Unix())
}

// Kind implements FlagEvent.
func (*FlagRaised) Kind() string { return "reading.Flagged" }

// Kind implements FlagEvent.
func (*FlagClosed) Kind() string { return "reading.Closed" }

// FlagKinds gives each event how to make an empty one.
var FlagKinds = map[string]func() FlagEvent{
	"reading.Flagged": func() FlagEvent { return &FlagRaised{} },
	"reading.Closed":  func() FlagEvent { return &FlagClosed{} },
}

func (e *FlagRaised) applyFlag(f *Flag, at time.Time, _ string) { f.FlagRaised, f.At = *e, at }

func (e *FlagClosed) applyFlag(f *Flag, at time.Time, by string) {
	f.ClosedAt, f.ClosedBy, f.Verdict, f.Note = at, by, e.Verdict, e.Note
}

// Apply returns the flag after an event.
func (f Flag) Apply(e FlagEvent, at time.Time, by string) Flag {
	f.Version++
	e.applyFlag(&f, at, by)
	return f
}

// Close decides the closing. Nobody closes a flag about themselves.
func (f Flag) Close(who string, verdict Verdict, note string) (*FlagClosed, error) {
	switch {
	case f.Who == who:
		return nil, fault.New(fault.Forbidden, "这条提示与您本人有关，须由另一人处理")
	case !f.ClosedAt.IsZero():
		return nil, fault.New(fault.Conflict, "这条提示已经处理过，请刷新后查看")
	}
	var v fault.Fields
	v.Need(slices.Contains(Verdicts, verdict), "verdict", "请选择处理结果")
	if err := v.Err(); err != nil {
		return nil, err
	}
	if err := need("note", "核实情况", note); err != nil {
		return nil, err
	}
	return &FlagClosed{Verdict: verdict, Note: strings.TrimSpace(note)}, nil
}
