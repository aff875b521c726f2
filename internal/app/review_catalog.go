package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/review/check"
	"xiaobao/internal/text/rule"
)

// KindStandard is a kind of material with what it is held against on a day.
type KindStandard struct {
	review.Kind
	On     calendar.Date
	Limit  regulation.Clock // zero where the house sets none
	Packs  []PackState      // with those of their rules that are written for the kind and in force
	Checks []check.Sort     // beyond words
	States map[string]rule.Switch
}

// MaterialKinds lists the kinds of material as of a day, today for none.
func (a *App) MaterialKinds(ctx context.Context, who party.Actor, on calendar.Date) ([]KindStandard, error) {
	if err := access.Can(who, access.RecheckMaterial, access.Target{}).Err(); err != nil {
		return nil, err
	}
	room, err := a.ruleRoom(ctx)
	if err != nil {
		return nil, err
	}
	on = cmp.Or(on, a.Today())
	var out []KindStandard
	for _, k := range review.MaterialKinds() {
		s := KindStandard{Kind: k, On: on, Checks: check.SortsFor(k.ID), States: map[string]rule.Switch{}}
		if clock, err := a.Rules(on).Clock(k.Clock); err == nil {
			s.Limit = clock
		}
		for _, p := range room.Packs {
			if slices.Contains(k.Packs, p.ID) {
				s.Packs = append(s.Packs, inForce(p, k.ID, on))
			}
		}
		for _, p := range s.Packs {
			for _, r := range p.Rules {
				_, s.States[r.ID], _ = room.Book.Rule(r.ID)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// inForce is a pack with the rules that are written for a kind and in force on a day.
func inForce(p PackState, kind string, on calendar.Date) PackState {
	pack := *p.Pack
	pack.Rules = slices.DeleteFunc(slices.Clone(p.Rules), func(r *rule.Rule) bool { return !r.InForce(on) || !r.Applies(kind, "") })
	p.Pack = &pack
	return p
}

// CheckOrder says as what a material is checked.
type CheckOrder struct {
	Kind string
	Form map[string]string // what is known of it; line is the business line
	On   calendar.Date     // planned publication, today for none
}

// MaterialChecked is what was found in a material that nobody handed in.
type MaterialChecked struct {
	On       calendar.Date
	Rules    string // digest of the rules that were used
	Findings []review.Finding
}

// CheckMaterial finds in a document what its submission would find, and keeps
// nothing. Anybody on duty may ask.
func (a *App) CheckMaterial(ctx context.Context, who party.Actor, o CheckOrder, d extract.Document) (MaterialChecked, error) {
	out := MaterialChecked{On: cmp.Or(o.On, a.Today())}
	if err := access.Can(who, access.RecheckMaterial, access.Target{}).Err(); err != nil {
		return out, err
	}
	kind, err := o.kind()
	if err != nil {
		return out, err
	}
	if strings.TrimSpace(d.Text) == "" {
		return out, fault.New(fault.Invalid, "没有读到文字，不能检查")
	}
	out.Findings, out.Rules, err = a.findIn(ctx, d, kind, o.Form, out.On, nil)
	return out, err
}

// kind is the kind of the order; the form may answer only what it asks.
func (o CheckOrder) kind() (review.Kind, error) {
	kind, known := review.KindOf(o.Kind)
	var f fault.Fields
	f.Need(known, "kind", "没有“%s”这类材料：请从材料类型里选一个", o.Kind)
	if known {
		for id := range o.Form {
			asked := id == "line" || slices.ContainsFunc(kind.Form(), func(x review.Field) bool { return x.ID == id })
			f.Need(asked, "form."+id, "这类材料的表单没有“%s”这一项", id)
		}
	}
	return kind, f.Err()
}

// CheckDocument lets the rules of a kind's packs and the checks beyond words run
// over a document as of a day; others are cleared materials of its product, nil
// for none. What says the same of the same place is one finding.
func CheckDocument(book *rule.Book, d extract.Document, kind review.Kind, form map[string]string, on calendar.Date, others []check.Other) []review.Finding {
	return check.Whole(book, kind.Packs, checked(d, kind, form, on, others))
}

// segments tells the rules which part of the document a passage stands in.
func segments(d extract.Document) []rule.Segment {
	var out []rule.Segment
	for _, b := range d.Blocks {
		if b.End > b.Start {
			out = append(out, rule.Segment{Start: b.Start, End: b.End, Section: string(b.Kind)})
		}
	}
	return out
}
