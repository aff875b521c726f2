package complaint

import (
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// Escalation is where a complaint may go next (S4.15).
type Escalation string

// The ways of escalation.
const (
	ToRegulator  Escalation = "regulator"
	ToMedia      Escalation = "media"
	ToLitigation Escalation = "litigation"
	ToGroup      Escalation = "group"
)

// Escalations lists the ways.
var Escalations = []Escalation{ToRegulator, ToMedia, ToLitigation, ToGroup}

// Level is how near an escalation seems: a rank of reasons, not a probability.
type Level string

// The levels.
const (
	LevelLow   Level = "low"
	LevelWatch Level = "watch"
	LevelHigh  Level = "high"
)

// Levels lists the levels, lowest first.
var Levels = []Level{LevelLow, LevelWatch, LevelHigh}

// ForecastAck is what a person made of a forecast.
type ForecastAck struct {
	Of     Escalation
	Shown  Level // what the program said
	Points int   // on what ground: more points than these and the word no longer holds
	Level  Level // what the person says; equal to Shown when agreed
	Why    string
	By     string
	At     time.Time
}

// AckForecast agrees with a forecast or sets another level with a reason.
type AckForecast struct {
	Of     Escalation `json:"of" enum:"regulator,media,litigation,group"`
	Shown  Level      `json:"shown" enum:"low,watch,high" doc:"The level that was shown"`
	Points int        `json:"points" minimum:"0" doc:"The points that were shown"`
	Level  Level      `json:"level,omitempty" enum:"low,watch,high" doc:"Another level; empty to agree"`
	Why    string     `json:"why,omitempty" maxLength:"500" doc:"Needed for another level"`
}

// Action implements Command.
func (AckForecast) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d AckForecast) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	if d.Level == "" {
		d.Level = d.Shown
	}
	var f fault.Fields
	f.Need(one(Escalations, d.Of), "of", "请选择升级方向：监管、媒体、诉讼或群体")
	f.Need(one(Levels, d.Shown), "shown", "请刷新页面后再确认")
	f.Need(one(Levels, d.Level), "level", "请选择等级：低、关注或高")
	f.Need(d.Points >= 0, "points", "请刷新页面后再确认")
	text(&f, "why", d.Why, "调整理由", d.Level != d.Shown, 500)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&ForecastAcked{Of: d.Of, Shown: d.Shown, Points: d.Points, Level: d.Level, Why: d.Why}}, nil
}

// ForecastAcked is what a person made of a forecast.
type ForecastAcked struct {
	Of     Escalation `json:"of"`
	Shown  Level      `json:"shown"`
	Points int        `json:"points"`
	Level  Level      `json:"level"`
	Why    string     `json:"why" seal:"true"`
}

// Kind implements Event.
func (*ForecastAcked) Kind() string { return "complaint.ForecastAcked" }

func (e *ForecastAcked) apply(c *Case, m Meta) {
	c.ForecastAcks = add(c.ForecastAcks, ForecastAck{Of: e.Of, Shown: e.Shown, Points: e.Points, Level: e.Level, Why: e.Why, By: m.By, At: m.At})
}

// ForecastAck returns the last word on a way of escalation, nil when none was said.
func (c Case) ForecastAck(of Escalation) *ForecastAck {
	for i := len(c.ForecastAcks) - 1; i >= 0; i-- {
		if c.ForecastAcks[i].Of == of {
			a := c.ForecastAcks[i]
			return &a
		}
	}
	return nil
}
