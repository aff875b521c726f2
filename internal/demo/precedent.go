package demo

import (
	"context"
	_ "embed"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
)

//go:embed data/lessons.toml
var lessonsTOML string

// lesson is what somebody learnt from a closed complaint of a kind.
type lesson struct {
	Product, Reason string
	Title, Text     string
	Cited           string // the training that used it, "" for none
	Waits           bool   // handed in and not yet decided
}

func lessons() ([]lesson, error) {
	var file struct{ Lesson []lesson }
	_, err := toml.Decode(lessonsTOML, &file)
	return file.Lesson, err
}

// library proposes closed complaints as precedents by those who handled them, and
// lets head office approve all but those that wait.
func (t *teller) library(ctx context.Context, lives []*life, s staff) error {
	list, err := lessons()
	if err != nil {
		return err
	}
	used := map[complaint.ID]bool{}
	for _, l := range list {
		if from := teaches(lives, l, used); from != nil {
			used[from.id] = true
			if err := t.shelve(ctx, t.actors[from.kase.Owner], t.actors[s.office(headOffice)], from.id, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// teaches returns the closed complaint of the lesson's kind with the most content
// consumer, nil when there is none. One owned by the approver is left out.
func teaches(lives []*life, l lesson, used map[complaint.ID]bool) *life {
	var best *life
	for _, x := range lives {
		c := x.kase
		if c.State != complaint.Closed || c.Ending != complaint.ByDecision || used[x.id] || c.Codes.Product != l.Product || c.Codes.Reason != l.Reason || c.Owner == x.staff.office(headOffice) {
			continue
		}
		if best == nil || c.Satisfaction() > best.kase.Satisfaction() {
			best = x
		}
	}
	return best
}

// shelve writes one precedent from its draft to the library.
func (t *teller) shelve(ctx context.Context, by, second party.Actor, from complaint.ID, l lesson) error {
	p, err := t.app.ProposePrecedent(ctx, by, from)
	if err != nil {
		return err
	}
	e := precedent.Edit{Content: p.Content}
	e.Title, e.Lessons = l.Title, l.Text
	if p, err = t.app.DoPrecedent(ctx, by, p.ID, 0, e); err != nil {
		return err
	}
	page, err := t.app.Precedent(ctx, by, p.ID)
	if err != nil {
		return err
	}
	for _, f := range precedent.Open(page.Findings) {
		e.Cleared = append(e.Cleared, precedent.Clearance{Key: f.Key(), Why: "通用的说法，不能据此认出任何人"})
	}
	acts := []struct {
		who party.Actor
		cmd precedent.Command
	}{{by, e}, {by, precedent.HandIn{}}}
	if !l.Waits {
		acts = append(acts, struct {
			who party.Actor
			cmd precedent.Command
		}{second, precedent.Approve{}})
	}
	if l.Cited != "" {
		acts = append(acts, struct {
			who party.Actor
			cmd precedent.Command
		}{second, precedent.Cite{What: "training", Note: l.Cited}})
	}
	for _, a := range acts {
		if _, err := t.app.DoPrecedent(ctx, a.who, p.ID, 0, a.cmd); err != nil {
			return err
		}
	}
	return nil
}
