package guide

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

//go:embed data/forecast.toml
var forecastTOML string

// Said is a finding of a rule in what the consumer said or wrote.
type Said struct {
	Rule  string // id of the rule
	Quote string // the words, as they stand
	Where string // "narrative", "demand" or "contact"
	N     int    // number of the contact, 0 elsewhere
}

// ForecastInput is what a forecast may depend on. Case may be masked.
type ForecastInput struct {
	Case      complaint.Case
	Deadlines []complaint.Deadline
	Today     calendar.Date
	Said      []Said
	Earlier   int // earlier complaints of the same person
	Alike     int // recent complaints of others that read alike
}

// Reason is one ground of a forecast with the points it gave.
type Reason struct {
	ID, Text, TextEn string
	Points           int
	Quotes           []string // the words that were seen, none for a fact
}

// LowerStep is what lowers a forecast: the verb where it is done and the row it comes from.
type LowerStep struct {
	ID, Verb, Source, Text, TextEn string
}

// Forecast is how near one way of escalation seems: points with their reasons,
// ranked by thresholds. It is no probability (S4.15).
type Forecast struct {
	Of      complaint.Escalation
	Source  string
	Points  int
	Rule    complaint.Level // what the points say
	Level   complaint.Level // what holds: a person's word while no new reason has come
	Reasons []Reason        // weightiest first
	Steps   []LowerStep     // what lowers it, for the weightiest reasons
	Ack     *complaint.ForecastAck
	Stale   bool // more points than when the person spoke: the word no longer holds
}

type forecastKind struct {
	ID     complaint.Escalation `toml:"id"`
	Watch  int                  `toml:"watch"`
	High   int                  `toml:"high"`
	Source string               `toml:"source"`
}

type forecastReason struct {
	ID      string                       `toml:"id"`
	Rule    string                       `toml:"rule"`
	Fact    string                       `toml:"fact"`
	AtLeast *int                         `toml:"at_least"`
	AtMost  *int                         `toml:"at_most"`
	Points  map[complaint.Escalation]int `toml:"points"`
	Text    string                       `toml:"text"`
	TextEn  string                       `toml:"text_en"`
	Step    string                       `toml:"step"`
	Covered string                       `toml:"covered_by"` // reason that says the same of the same words
}

type forecastStep struct {
	ID     string `toml:"id"`
	Verb   string `toml:"verb"`
	Source string `toml:"source"`
	Text   string `toml:"text"`
	TextEn string `toml:"text_en"`
}

type forecastFile struct {
	PromiseDays int              `toml:"promise_days"`
	Kinds       []forecastKind   `toml:"kind"`
	Reasons     []forecastReason `toml:"reason"`
	Steps       []forecastStep   `toml:"step"`
}

var forecastData = sync.OnceValue(func() forecastFile {
	var f forecastFile
	if _, err := toml.Decode(forecastTOML, &f); err != nil {
		panic("forecast.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return f
})

// Forecasts returns the four forecasts in a fixed order. More reasons never give
// fewer points.
func Forecasts(in ForecastInput) []Forecast {
	data := forecastData()
	facts := in.facts(data.PromiseDays)
	var out []Forecast
	for _, k := range data.Kinds {
		f := Forecast{Of: k.ID, Source: k.Source}
		var steps []string
		for _, r := range data.Reasons {
			if points := r.Points[k.ID]; points > 0 {
				if got, ok := r.holds(in, facts); ok && !data.covered(r, in, facts) {
					got.Points = points
					f.Reasons = append(f.Reasons, got)
					f.Points += points
				}
			}
		}
		slices.SortStableFunc(f.Reasons, func(a, b Reason) int { return cmp.Compare(b.Points, a.Points) })
		for _, r := range f.Reasons {
			steps = append(steps, data.stepOf(r.ID))
		}
		f.Steps = data.steps(steps)
		f.Rule = k.level(f.Points)
		f.hear(in.Case)
		out = append(out, f)
	}
	return out
}

// covered reports whether another reason says the same more exactly, so that one
// sentence is not counted twice.
func (d forecastFile) covered(r forecastReason, in ForecastInput, facts map[string]int) bool {
	i := slices.IndexFunc(d.Reasons, func(o forecastReason) bool { return o.ID == r.Covered })
	if i < 0 {
		return false
	}
	_, holds := d.Reasons[i].holds(in, facts)
	return holds
}

// Highest returns the forecast to show first: by level, then by points.
func Highest(list []Forecast) Forecast {
	return slices.MaxFunc(list, func(a, b Forecast) int {
		return cmp.Or(cmp.Compare(slices.Index(complaint.Levels, a.Level), slices.Index(complaint.Levels, b.Level)), cmp.Compare(a.Points, b.Points))
	})
}

func (k forecastKind) level(points int) complaint.Level {
	switch {
	case points >= k.High:
		return complaint.LevelHigh
	case points >= k.Watch:
		return complaint.LevelWatch
	}
	return complaint.LevelLow
}

// hear lets a person's word stand while the points have not grown since.
func (f *Forecast) hear(c complaint.Case) {
	f.Level, f.Ack = f.Rule, c.ForecastAck(f.Of)
	if f.Ack == nil {
		return
	}
	if f.Stale = f.Points > f.Ack.Points; !f.Stale {
		f.Level = f.Ack.Level
	}
}

// maxSteps bounds what is proposed at once: a long list is not done.
const maxSteps = 2

func (d forecastFile) stepOf(reason string) string {
	i := slices.IndexFunc(d.Reasons, func(r forecastReason) bool { return r.ID == reason })
	return d.Reasons[i].Step
}

func (d forecastFile) steps(ids []string) []LowerStep {
	var out []LowerStep
	for _, id := range append(ids, "default") {
		i := slices.IndexFunc(d.Steps, func(s forecastStep) bool { return s.ID == id })
		if i < 0 || len(out) == maxSteps || id == "default" && len(out) > 0 || slices.ContainsFunc(out, func(s LowerStep) bool { return s.ID == id }) {
			continue
		}
		s := d.Steps[i]
		out = append(out, LowerStep(s))
	}
	return out
}

// holds reports whether the reason holds, with the words or the number.
func (r forecastReason) holds(in ForecastInput, facts map[string]int) (Reason, bool) {
	out := Reason{ID: r.ID, Text: r.Text, TextEn: r.TextEn}
	if r.Rule != "" {
		for _, s := range in.Said {
			if s.Rule == r.Rule && !slices.Contains(out.Quotes, s.Quote) {
				out.Quotes = append(out.Quotes, s.Quote)
			}
		}
		return out, len(out.Quotes) > 0
	}
	n, known := facts[r.Fact]
	out.Text, out.TextEn = fill(out.Text, n), fill(out.TextEn, n)
	return out, known && (r.AtLeast == nil || n >= *r.AtLeast) && (r.AtMost == nil || n <= *r.AtMost)
}

func fill(text string, n int) string { return strings.ReplaceAll(text, "{n}", strconv.Itoa(n)) }

// factNames lists what facts gives; the data may ask for nothing else.
var factNames = []string{"overdue_days", "days_left", "silence_days", "unanswered", "broken_promises", "regulator_references", "repeats", "earlier_cases", "reminders",
	"reopened", "reexaminations", "court_rungs", "not_upheld", "refused_offers", "vulnerable", "amount_yuan", "emotion", "joint", "alike"}

// facts measures the case. A fact that cannot be told is left out.
func (in ForecastInput) facts(promiseDays int) map[string]int {
	c := in.Case
	out := map[string]int{"repeats": len(c.LiveReferences()) - 1, "earlier_cases": in.Earlier, "alike": in.Alike, "reminders": len(c.Reminders), "reopened": c.Reopened,
		"reexaminations": len(c.Reexams), "vulnerable": len(c.Vulnerable), "amount_yuan": int(c.Amount / 100), "emotion": emotionRank(c)}
	if c.Joint != nil {
		out["joint"] = c.Joint.Count
	}
	for _, r := range c.LiveReferences() {
		if ch, ok := party.ChannelOf(r.Channel); ok && ch.Regulator {
			out["regulator_references"]++
		}
	}
	for _, l := range c.Ladder {
		if l.Rung == complaint.RungArbitration || l.Rung == complaint.RungLitigation {
			out["court_rungs"]++
		}
	}
	for _, a := range c.Live() {
		if a.Finding != nil && (a.Finding.Outcome == complaint.NotUpheld || a.Finding.Outcome == complaint.Outside) {
			out["not_upheld"]++
		}
	}
	for _, r := range c.Rounds {
		if r.Response == complaint.TalkRefused {
			out["refused_offers"]++
		}
	}
	in.times(out)
	in.talks(out, promiseDays)
	return out
}

// emotionRank is the place of the latest emotion that a person judged, -1 for none.
func emotionRank(c complaint.Case) int {
	rank, at := -1, time.Time{}
	for _, j := range c.Judgements {
		if i := slices.Index(complaint.Emotions, j.Value); j.Topic == complaint.TopicEmotion && i >= 0 && !j.At.Before(at) {
			rank, at = i, j.At
		}
	}
	return rank
}

// times measures the nearest limit and the longest delay.
func (in ForecastInput) times(out map[string]int) {
	for _, d := range in.Deadlines {
		if !d.Live() || d.Due.IsZero() {
			continue
		}
		left := d.Due.Sub(in.Today)
		if left < 0 {
			out["overdue_days"] = max(out["overdue_days"], -left)
		} else if was, ok := out["days_left"]; !ok || left < was {
			out["days_left"] = left
		}
	}
}

// talks measures silence, unanswered contacts and promises without a sequel; of
// an open case only, for nobody waits for a call after the end.
func (in ForecastInput) talks(out map[string]int, promiseDays int) {
	c := in.Case
	if !c.Active() {
		return
	}
	last, promised := c.ReceivedOn, calendar.Date(0)
	for _, k := range c.Contacts {
		on := calendar.FromTime(k.At)
		switch {
		case k.Outbound && k.Reached:
			if !promised.IsZero() && on.Sub(promised) > promiseDays {
				out["broken_promises"]++
			}
			last, promised, out["unanswered"] = max(last, on), 0, 0
			if k.ReplyNext != "" {
				promised = on
			}
		case !k.Outbound:
			out["unanswered"]++
		}
	}
	if len(c.Contacts) > 0 && !c.Contacts[0].Outbound && c.Contacts[0].At.Equal(c.ReceivedOn.Time()) && out["unanswered"] > 0 {
		out["unanswered"]-- // the visit in which it was registered
	}
	if !promised.IsZero() && in.Today.Sub(promised) > promiseDays {
		out["broken_promises"]++
	}
	out["silence_days"] = max(0, in.Today.Sub(last))
}

// checkForecast says what is wrong with the data; the package test asks it.
func checkForecast(f forecastFile, verbs []string) (wrong []string) {
	bad := func(when bool, format string, args ...any) {
		if when {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	for _, k := range f.Kinds {
		bad(!slices.Contains(complaint.Escalations, k.ID) || k.Watch <= 0 || k.High <= k.Watch || k.Source == "", "kind %+v", k)
	}
	for _, r := range f.Reasons {
		bad((r.Rule == "") == (r.Fact == ""), "%s needs a rule or a fact", r.ID)
		bad(r.Fact != "" && (!slices.Contains(factNames, r.Fact) || r.AtLeast == nil && r.AtMost == nil), "%s: fact %s", r.ID, r.Fact)
		bad(r.Text == "" || r.TextEn == "" || len(r.Points) == 0, "%s is incomplete", r.ID)
		bad(!slices.ContainsFunc(f.Steps, func(s forecastStep) bool { return s.ID == r.Step }), "%s: step %s", r.ID, r.Step)
		for of, n := range r.Points {
			bad(!slices.Contains(complaint.Escalations, of) || n <= 0, "%s: points %s %d", r.ID, of, n)
		}
	}
	for _, r := range f.Reasons {
		bad(r.Covered != "" && !slices.ContainsFunc(f.Reasons, func(o forecastReason) bool { return o.ID == r.Covered }), "%s: covered by %s", r.ID, r.Covered)
	}
	for _, s := range f.Steps {
		bad(s.Text == "" || s.TextEn == "" || s.Source == "" || !slices.Contains(verbs, s.Verb), "step %+v", s)
	}
	return wrong
}
