package casefile

import (
	"strconv"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// StepGroup is one of the five steps with those of the seven that belong to it.
type StepGroup struct {
	Name  string
	Steps []Step
}

// Step is one of the seven steps.
type Step struct {
	N       int // from 1
	Name    string
	State   string // done, skipped, now, or ""
	Spent   string
	Aim     string
	Prompts []string
	Checks  []StepLine
	Note    string
	By      string
	Do      string // form to finish a step out of its turn
	Post    string // of the current one, when it may be finished
	Why     string // why it may not
	Version int64  // of the case that the person sees
}

// StepLine is one line of the checklist.
type StepLine struct {
	ID, Text string
	Must, OK bool
}

func (k talk) steps(p app.CasePage, now time.Time, finish Action) []StepGroup {
	var out []StepGroup
	guides := complaint.Guides()
	for _, g := range complaint.StepGroups() {
		group := StepGroup{Name: k.either(g.Name, g.NameEn)}
		for i, guide := range guides {
			if guide.Group == g.ID {
				s := k.step(p, complaint.Step(i), guide, now, finish)
				group.Steps = append(group.Steps, s)
			}
		}
		out = append(out, group)
	}
	return out
}

func (k talk) step(p app.CasePage, at complaint.Step, guide complaint.StepGuide, now time.Time, finish Action) Step {
	record := p.Case.Steps[at]
	s := Step{N: int(at) + 1, Name: k.either(guide.Name, guide.NameEn), Aim: k.either(guide.Aim, guide.AimEn), Prompts: guide.Prompts, Version: p.Case.Version, Note: record.Note,
		Do: web.Link(path(p.Case.ID, "/do/finish-step"), "n", strconv.Itoa(int(at)+1))}
	ticked := map[string]bool{}
	for _, id := range record.Checked {
		ticked[id] = true
	}
	for _, c := range guide.Checks {
		s.Checks = append(s.Checks, StepLine{ID: c.ID, Text: k.either(c.Text, c.TextEn), Must: c.Required, OK: ticked[c.ID]})
	}
	if p.Case.Open() || record.Done {
		s.Spent = k.spent(p.Case.InStep(at, now))
	}
	switch {
	case record.Done:
		s.State, s.By, s.Do = "done", k.name(p, record.By), ""
		if record.Skipped {
			s.State = "skipped"
		}
	case at == p.Case.Current() && p.Case.Open():
		s.State, s.Post, s.Why = "now", finish.Post, finish.Why
	}
	if finish.Why != "" {
		s.Do = ""
	}
	return s
}
