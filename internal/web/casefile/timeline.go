package casefile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// Event is one line of the timeline.
type Event struct {
	Version int64
	Of      string // kind of thing, for the filter
	Icon    string
	At      string
	By      string
	What    string
	Say     string
	Turn    bool
}

// kindsOfEvents are the filters of the timeline.
var kindsOfEvents = []string{"contact", "work", "decide", "letter", "clock", "people", "matter", "note"}

// events are all events of the case in words, newest first.
func (k talk) events(p app.CasePage) []Event {
	out := make([]Event, 0, len(p.History))
	for _, h := range slices.Backward(p.History) {
		out = append(out, k.event(p, h))
	}
	return out
}

func (k talk) event(p app.CasePage, h storage.Recorded) Event {
	t := k.tell(h.Event, p.Case, p.Org.Name, func(id string) string { return p.Org.Tree.Name(party.UnitID(id)) })
	return Event{Version: h.Version, Of: t.of, Icon: t.icon, At: h.At.In(zone).Format("2006-01-02 15:04"), By: k.name(p, h.By), What: k.t(t.key, t.args...), Say: t.say, Turn: t.turn}
}

// sitting is the longest pause between small acts that belong together.
const sitting = time.Hour

// digest is the same with the small acts of one sitting as one line: drafts that
// saved themselves, and judgements with the codes that they wrote.
func (k talk) digest(p app.CasePage) []Event {
	out := make([]Event, 0, len(p.History))
	for rest := p.History; len(rest) > 0; {
		n := together(rest)
		first, last := rest[len(rest)-n], rest[len(rest)-1]
		e := k.event(p, last)
		if n > 1 || strings.HasPrefix(smallKind(last), "draft") {
			k.sum(&e, p, rest[len(rest)-n:])
		}
		if from := first.At.In(zone).Format("2006-01-02 15:04"); from != e.At {
			e.At = from + " – " + strings.TrimPrefix(e.At, from[:len("2006-01-02 ")])
		}
		out, rest = append(out, e), rest[:len(rest)-n]
	}
	return out
}

// together is how many of the last events are told as one.
func together(h []storage.Recorded) int {
	last := h[len(h)-1]
	kind, n := smallKind(last), 1
	for i := len(h) - 2; i >= 0 && kind != ""; i-- {
		if smallKind(h[i]) != kind || h[i].By != last.By || h[i+1].At.Sub(h[i].At) > sitting {
			break
		}
		n++
	}
	judged := func(r storage.Recorded) bool { _, ok := r.Event.(*complaint.Judged); return ok }
	if kind == "judgement" && !slices.ContainsFunc(h[len(h)-n:], judged) {
		return 1
	}
	return n
}

// smallKind groups the acts of which one alone says little, "" for the others.
func smallKind(h storage.Recorded) string {
	switch e := h.Event.(type) {
	case *complaint.DraftSaved:
		if e.Auto && !e.Written {
			return "draft " + string(e.What) // what somebody saved, or a model wrote, stands for itself
		}
	case *complaint.Judged:
		return "judgement"
	case *complaint.Amended:
		if e.Codes != nil && e.Why == "" && e.Amount == nil && e.Demand == nil && e.Complainant == nil && e.Representative == nil && !e.SetVulnerable {
			return "judgement" // the code that a judgement wrote, or a reason would stand with it
		}
	}
	return ""
}

// sum tells several small acts as one line.
func (k talk) sum(e *Event, p app.CasePage, acts []storage.Recorded) {
	if d, ok := acts[0].Event.(*complaint.DraftSaved); ok {
		e.What, e.Say = k.t("case.e.drafts", "Count", len(acts), "Name", k.label("reply", string(d.What))), ""
		return
	}
	var said []string
	for _, a := range acts {
		if _, ok := a.Event.(*complaint.Judged); ok {
			said = append(said, k.event(p, a).What)
		}
	}
	e.Icon, e.Of = "checkbox", "note"
	if e.What, e.Say = said[0], ""; len(said) > 1 {
		e.What, e.Say = k.t("case.e.judgements", "Count", len(said)), strings.Join(said, "\n")
	}
}

// name is who acted; the program and the consumer have names in both languages.
func (k talk) name(p app.CasePage, actor string) string {
	switch actor {
	case party.System.ID:
		return k.t("case.system")
	case party.Consumer.ID:
		return k.t("case.consumer")
	}
	return p.Org.Name(actor)
}

// filters are the kinds that occur, with their numbers; show is the one chosen.
func filters(p app.CasePage, all []Event, show string) []web.Tab {
	counts := map[string]int{}
	for _, e := range all {
		counts[e.Of]++
	}
	tabs := []web.Tab{{Label: "case.show.all", Link: path(p.Case.ID, "#timeline"), N: len(all), Here: show == ""}}
	for _, of := range kindsOfEvents {
		if counts[of] > 0 {
			tabs = append(tabs, web.Tab{Label: "case.show." + of, Link: web.Link(path(p.Case.ID, ""), "show", of) + "#timeline", N: counts[of], Here: show == of})
		}
	}
	return tabs
}

// shown keeps the events of one kind; all for "".
func shown(all []Event, show string) []Event {
	if show == "" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(e Event) bool { return e.Of != show })
}

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}
