package app

import (
	"context"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
)

// comparableMost bounds the cases behind a range, newest first.
const comparableMost = 500

// relatedMost bounds the cases that are compared with one for signs of an agent.
const relatedMost = 20

// Outlook is what may happen next to a case and what to ask: nothing of it is
// kept, all of it follows from the case and the rules of the day.
type Outlook struct {
	Forecasts []guide.Forecast
	Asking    guide.Asking
}

// Outlook returns the forecasts and the questions of a case. It records no
// reading: it stands beside the page of a person who has the case open.
func (a *App) Outlook(ctx context.Context, who party.Actor, id complaint.ID) (Outlook, error) {
	book, err := a.Rulebook(ctx)
	if err != nil {
		return Outlook{}, err
	}
	var out Outlook
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.ReadComplaint)
		if err != nil {
			return err
		}
		env, _, err := a.env(tx, who, c.ReceivedOn)
		if err != nil {
			return err
		}
		in := guide.ForecastInput{Case: c, Deadlines: c.Deadlines(env.Rules, env.Cal), Today: env.Today(), Said: said(book, c, env.Today(), "complaint-escalation")}
		if in.Earlier, in.Alike, err = a.kin(tx, who, c); err != nil {
			return err
		}
		out = Outlook{Forecasts: guide.Forecasts(in), Asking: guide.Ask(c.Masked())}
		return nil
	})
	return out, err
}

// said scans what the consumer wrote and what contacts noted of their words.
func said(book *rule.Book, c complaint.Case, on calendar.Date, pack string) []guide.Said {
	var out []guide.Said
	scan := func(text, kind, where string, n int) {
		for _, f := range book.Scan(rule.Doc{Text: text, Kind: kind, On: on, Product: c.Codes.Product}, pack) {
			out = append(out, guide.Said{Rule: f.Rule, Quote: complaint.MaskNumbers(f.Quote), Where: where, N: n})
		}
	}
	scan(c.Narrative, "complaint", "narrative", 0)
	scan(c.Demand, "complaint", "demand", 0)
	for _, k := range c.Contacts {
		scan(k.Summary, "contact", "contact", k.N)
	}
	return out
}

// kin counts earlier cases of the same person and recent ones of others that read
// alike, in the reader's reach.
func (a *App) kin(tx *storage.Tx, who party.Actor, c complaint.Case) (earlier, alike int, err error) {
	found, err := tx.Likely(who, storage.Identifiers(c.Complainant, nil), c.Narrative, relatedMost)
	if err != nil {
		return 0, 0, err
	}
	ids := make([]complaint.ID, 0, len(found))
	reasons := map[complaint.ID][]string{}
	for _, f := range found {
		if f.ID != c.ID {
			ids, reasons[f.ID] = append(ids, f.ID), f.Reasons
		}
	}
	if len(ids) == 0 {
		return 0, 0, nil
	}
	rows, err := tx.RowsByID(who, ids)
	for _, r := range rows {
		switch same := slices.ContainsFunc(reasons[r.ID], func(s string) bool { return s != "text" }); {
		case r.State == complaint.Merged || r.ID > c.ID && same:
		case same:
			earlier++
		case r.ReceivedOn >= a.duplicatesSince():
			alike++
		}
	}
	return earlier, alike, err
}

// Negotiation is the negotiation sheet of a case with everything beside it.
type Negotiation struct {
	Page      CasePage
	Range     complaint.RedressRange
	Class     guide.AmountClass    // of the sum in dispute: cases of one class are compared
	Days      int                  // how far back
	Cases     []storage.Comparable // behind the range, newest first, in reach
	Authority []guide.Authority    // lowest first
	Own       int64                // what the reader may approve, fen
	Moves     []guide.Move
	Phrases   []guide.Phrase
	Turns     []guide.Turn
	Usual     []guide.Habit
	Errors    []guide.Habit
}

// Negotiation returns the sheet for reading and records the reading.
func (a *App) Negotiation(ctx context.Context, who party.Actor, id complaint.ID) (Negotiation, error) {
	page, err := a.Complaint(ctx, who, id)
	if err != nil {
		return Negotiation{}, err
	}
	return a.NegotiationOf(ctx, who, page)
}

// NegotiationOf is Negotiation for a page that was read already.
func (a *App) NegotiationOf(ctx context.Context, who party.Actor, page CasePage) (Negotiation, error) {
	c := page.Case
	n := Negotiation{Page: page, Class: guide.ClassOf(c.Amount), Days: int(settingOf(page.Rules, "negotiation.window_days")), Authority: guide.Authorities(page.Rules),
		Own: complaint.RedressLimit(page.Rules, who.Roles), Moves: guide.Moves(c), Phrases: guide.Phrases(c), Turns: guide.Turns(c)}
	n.Usual, n.Errors = guide.Habits()
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		n.Range, n.Cases, err = a.comparable(tx, who, page.Rules, c)
		return err
	})
	return n, err
}

// comparable finds the cases behind the range and the range. Without product and
// reason nothing can be compared.
func (a *App) comparable(tx *storage.Tx, who party.Actor, rules regulation.Set, c complaint.Case) (complaint.RedressRange, []storage.Comparable, error) {
	least := int(settingOf(rules, "negotiation.min_cases"))
	if !c.Codes.Complete() {
		return complaint.RedressRange{Needed: least}, nil, nil
	}
	class := guide.ClassOf(c.Amount)
	cases, err := tx.Comparables(storage.Likes{Who: who, Product: c.Codes.Product, Reason: c.Codes.Reason, AmountFrom: class.From, AmountBelow: class.Below,
		Since: calendar.FromTime(tx.Now()).AddDays(-int(settingOf(rules, "negotiation.window_days"))), Except: c.ID, Limit: comparableMost})
	given := make([]int64, len(cases))
	for i, k := range cases {
		given[i] = k.Redress
	}
	return guide.RangeOf(given, least), cases, err
}

// rangeIn is what decides whether a proposed redress deviates.
func (a *App) rangeIn(tx *storage.Tx, who party.Actor, rules regulation.Set) func(complaint.Case) (complaint.RedressRange, error) {
	return func(c complaint.Case) (complaint.RedressRange, error) {
		r, _, err := a.comparable(tx, who, rules, c)
		return r, err
	}
}

func settingOf(rules regulation.Set, id string) int64 {
	s, err := rules.Setting(id)
	if err != nil {
		return 0
	}
	return s.Int()
}

// hideAgents leaves suspicions, and what the history says of them, to those who need them.
func (p *CasePage) hideAgents(c complaint.Case) {
	if p.May[access.ReadAgent].Allow {
		p.Case.Agents = c.Agents
		return
	}
	p.History = slices.DeleteFunc(p.History, func(r storage.Recorded) bool { return complaint.AboutAgents(r.Event) })
}

// AgentView is what is known of a suspicion: the flags, and the signs that the
// program sees now, with the cases in reach that they were seen in.
type AgentView struct {
	Flags []complaint.AgentFlag
	Alive *complaint.AgentFlag // proposed or confirmed and within its time
	Signs []guide.AgentSign
	Cases map[complaint.ID]string // numbers of the cases named in the signs
}

// AgentSigns returns it to those who need it; it changes no duty on the case.
func (a *App) AgentSigns(ctx context.Context, who party.Actor, id complaint.ID) (AgentView, error) {
	book, err := a.Rulebook(ctx)
	if err != nil {
		return AgentView{}, err
	}
	out := AgentView{Cases: map[complaint.ID]string{}}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.loadFor(tx, who, id, access.ReadAgent)
		if err != nil {
			return err
		}
		today := calendar.FromTime(tx.Now())
		out.Flags, out.Alive = c.Agents, c.Agent(today)
		in := guide.AgentInput{Case: c, Alike: map[complaint.ID]bool{}, Said: said(book, c, today, "agents")}
		if in.Others, err = a.relatedTo(tx, who, c, in.Alike); err != nil {
			return err
		}
		out.Signs = guide.SignsOfAgent(in)
		for _, o := range in.Others {
			out.Cases[o.ID] = o.Number
		}
		return nil
	})
	return out, err
}

// relatedTo loads the cases in reach that share an identifier or the wording.
func (a *App) relatedTo(tx *storage.Tx, who party.Actor, c complaint.Case, alike map[complaint.ID]bool) ([]complaint.Case, error) {
	found, err := tx.Likely(who, storage.Identifiers(c.Complainant, c.Representative), c.Narrative, relatedMost)
	var out []complaint.Case
	for _, f := range found {
		if f.ID == c.ID || err != nil {
			continue
		}
		var o complaint.Case
		if o, err = tx.Complaint(f.ID); err == nil && o.State != complaint.Merged && access.Can(who, access.ReadAgent, o.Target()).Allow {
			out, alike[f.ID] = append(out, o), slices.Contains(f.Reasons, "text")
		}
	}
	return out, err
}
