package complaint

import (
	_ "embed"
	"strings"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

//go:embed data/steps.toml
var stepsTOML string

// Step is one of the seven steps of handling (S0.7), 0 to 6.
type Step int

// The seven steps.
const (
	Listen Step = iota
	Calm
	Apologise
	Collect
	Propose
	Agree
	FollowUpStep
)

// StepCount is the number of steps.
const StepCount = 7

// StepRecord is what was done in a step.
type StepRecord struct {
	Done    bool
	Skipped bool
	At      time.Time
	By      string
	Checked []string
	Note    string
}

// StepGuide is the guidance for a step: prompts to say, things to have done.
type StepGuide struct {
	ID      string      `toml:"id"`
	Name    string      `toml:"name"`
	NameEn  string      `toml:"name_en"`
	Group   string      `toml:"group"` // one of the five steps of S4.12
	Aim     string      `toml:"aim"`
	AimEn   string      `toml:"aim_en"`
	Prompts []string    `toml:"prompts"`
	Checks  []StepCheck `toml:"check"`
}

// StepCheck is one line of a step's checklist.
type StepCheck struct {
	ID       string `toml:"id"`
	Text     string `toml:"text"`
	TextEn   string `toml:"text_en"`
	Required bool   `toml:"required"`
}

// StepGroup is one of the five steps of S4.12.
type StepGroup struct {
	ID     string `toml:"id"`
	Name   string `toml:"name"`
	NameEn string `toml:"name_en"`
}

type stepFile struct {
	Groups []StepGroup `toml:"group"`
	Steps  []StepGuide `toml:"step"`
}

var steps = sync.OnceValue(func() stepFile {
	var f stepFile
	if _, err := toml.Decode(stepsTOML, &f); err != nil {
		panic("steps.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return f
})

// Guides returns the guidance of the seven steps in order.
func Guides() []StepGuide { return steps().Steps }

// StepGroups returns the five steps of S4.12 that group the seven.
func StepGroups() []StepGroup { return steps().Groups }

// Current returns the first step that is neither done nor skipped, StepCount when none is.
func (c Case) Current() Step {
	for i, r := range c.Steps {
		if !r.Done {
			return Step(i)
		}
	}
	return StepCount
}

// InStep returns how long a step took, or has taken until now; zero for a step
// not reached. It is derived from the ledger's times, nobody types it.
func (c Case) InStep(s Step, now time.Time) time.Duration {
	start := c.RegisteredAt
	for i := range s {
		if !c.Steps[i].Done {
			return 0
		}
		if c.Steps[i].At.After(start) {
			start = c.Steps[i].At
		}
	}
	if end := c.Steps[s]; end.Done {
		return max(0, end.At.Sub(start))
	}
	return max(0, now.Sub(start))
}

// FinishStep finishes a step, or skips it with a reason.
type FinishStep struct {
	Step    Step     `json:"step" minimum:"0" maximum:"6"`
	Checked []string `json:"checked,omitempty" doc:"Ids of the checklist lines that were done"`
	Skip    bool     `json:"skip,omitempty"`
	Note    string   `json:"note,omitempty" maxLength:"2000"`
}

// Action implements Command.
func (FinishStep) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. Steps may be finished out of order: a call does
// not wait for the form. Required lines must be ticked, or the step skipped with a reason.
func (d FinishStep) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	if d.Step < 0 || d.Step >= StepCount {
		return nil, fault.New(fault.Invalid, "没有第 %d 步：处理步骤为 1 至 %d", d.Step+1, StepCount)
	}
	guide := Guides()[d.Step]
	if c.Steps[d.Step].Done {
		return nil, fault.New(fault.Conflict, "“%s”一步已经完成", guide.Name)
	}
	var f fault.Fields
	if d.Skip {
		f.Need(strings.TrimSpace(d.Note) != "", "note", "跳过“%s”须说明原因", guide.Name)
	} else {
		for _, line := range guide.Checks {
			f.Need(!line.Required || one(d.Checked, line.ID), "checked", "“%s”还缺一项：%s", guide.Name, line.Text)
		}
	}
	for _, id := range d.Checked {
		known := false
		for _, line := range guide.Checks {
			known = known || line.ID == id
		}
		f.Need(known, "checked", "清单里没有 %s 这一项", id)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&StepDone{Step: d.Step, Checked: d.Checked, Skipped: d.Skip, Note: d.Note}}, nil
}
