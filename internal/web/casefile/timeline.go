package casefile

import (
	"fmt"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/party"
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
	unit := func(id string) string { return p.Org.Tree.Name(party.UnitID(id)) }
	for _, h := range slices.Backward(p.History) {
		t := k.tell(h.Event, p.Case, p.Org.Name, unit)
		out = append(out, Event{Version: h.Version, Of: t.of, Icon: t.icon, At: h.At.In(zone).Format("2006-01-02 15:04"), By: k.name(p, h.By), What: k.t(t.key, t.args...), Say: t.say, Turn: t.turn})
	}
	return out
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
