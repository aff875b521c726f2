package guide

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

//go:embed data/negotiation.toml
var negotiationTOML string

// AmountClass is a class of the sum in dispute: cases of one class are compared.
// It reaches from From (fen, inclusive) to below Below; 0 means without end.
type AmountClass struct {
	ID     string `toml:"id"`
	From   int64  `toml:"from"`
	Name   string `toml:"name"`
	NameEn string `toml:"name_en"`
	Below  int64  `toml:"-"`
}

// Phrase is a sentence of resonance; When is the emotion that it fits, "" for any.
type Phrase struct {
	When   string `toml:"when"`
	Text   string `toml:"text"`
	TextEn string `toml:"text_en"`
	Source string `toml:"source"`
}

// Turn is a way to turn a stuck talk.
type Turn struct {
	ID      string `toml:"id"`
	Text    string `toml:"text"`
	TextEn  string `toml:"text_en"`
	Say     string `toml:"say"`
	SayEn   string `toml:"say_en"`
	Avoid   string `toml:"avoid"`
	AvoidEn string `toml:"avoid_en"`
	Source  string `toml:"source"`
}

// Habit is a usual way or a usual error; Instead is empty for a way.
type Habit struct {
	ID        string `toml:"id"`
	Text      string `toml:"text"`
	TextEn    string `toml:"text_en"`
	Instead   string `toml:"instead"`
	InsteadEn string `toml:"instead_en"`
	Source    string `toml:"source"`
}

type negotiationFile struct {
	Classes []AmountClass `toml:"class"`
	Phrases []Phrase      `toml:"phrase"`
	Turns   []Turn        `toml:"turn"`
	Errors  []Habit       `toml:"error"`
	Usual   []Habit       `toml:"usual"`
}

var negotiationData = sync.OnceValue(func() negotiationFile {
	var f negotiationFile
	if _, err := toml.Decode(negotiationTOML, &f); err != nil {
		panic("negotiation.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	for i := range f.Classes[:len(f.Classes)-1] {
		f.Classes[i].Below = f.Classes[i+1].From
	}
	return f
})

// ClassOf returns the class of a sum in fen.
func ClassOf(fen int64) AmountClass {
	all := negotiationData().Classes
	for i := len(all) - 1; i > 0; i-- {
		if fen >= all[i].From {
			return all[i]
		}
	}
	return all[0]
}

// RangeOf is the range of what cases were given, in fen: quartiles by the nearest
// rank, so that each is a sum that was really given. Below least cases there is none.
func RangeOf(given []int64, least int) complaint.RedressRange {
	r := complaint.RedressRange{Cases: len(given), Needed: least, Known: len(given) >= max(least, 1)}
	if !r.Known {
		return r
	}
	sorted := slices.Sorted(slices.Values(given))
	at := func(quarter int) int64 { return sorted[(quarter*len(sorted)+3)/4-1] }
	r.Low, r.Median, r.High = at(1), at(2), at(3)
	return r
}

// Authority is what a role may approve, in fen.
type Authority struct {
	Role  party.Role
	Limit int64
}

// Authorities lists the limits from the lowest up; they are settings.
func Authorities(rules regulation.Set) []Authority {
	var out []Authority
	for _, role := range []party.Role{party.Handler, party.BranchLead, party.Office, party.Executive} {
		out = append(out, Authority{role, complaint.RedressLimit(rules, []party.Role{role})})
	}
	return out
}

// NeedsOf returns the lowest role that may approve a sum; ok is false when none may.
func NeedsOf(list []Authority, fen int64) (role party.Role, ok bool) {
	for _, a := range list {
		if fen <= a.Limit {
			return a.Role, true
		}
	}
	return "", false
}

// Move is how far a round brought both sides: positive means nearer, in fen.
type Move struct {
	Round       complaint.Round
	AskMoved    int64 // how much less they ask than in the round before
	OfferMoved  int64 // how much more we offer
	Gap         int64 // between the last ask and the last offer; 0 once accepted
	AsksKnown   bool
	OffersKnown bool
}

// Moves follows the sums over the rounds. A round that names no sum leaves the last one standing.
func Moves(c complaint.Case) []Move {
	var out []Move
	ask, offer := int64(0), int64(0)
	if c.Talk != nil {
		ask = c.Talk.Opening
	}
	for _, r := range c.Rounds {
		m := Move{Round: r, AsksKnown: r.AskAmount > 0 && ask > 0, OffersKnown: r.OfferAmount > 0 && offer > 0}
		if r.AskAmount > 0 {
			if m.AsksKnown {
				m.AskMoved = ask - r.AskAmount
			}
			ask = r.AskAmount
		}
		if r.OfferAmount > 0 {
			if m.OffersKnown {
				m.OfferMoved = r.OfferAmount - offer
			}
			offer = r.OfferAmount
		}
		if m.Gap = max(0, ask-offer); r.Response == complaint.TalkAccepted {
			m.Gap = 0
		}
		out = append(out, m)
	}
	return out
}

// Phrases returns sentences of resonance: those for the latest judged emotion first.
func Phrases(c complaint.Case) []Phrase {
	emotion := "dissatisfied"
	if i := emotionRank(c); i >= 0 {
		emotion = complaint.Emotions[i]
	}
	var fit, any []Phrase
	for _, p := range negotiationData().Phrases {
		switch p.When {
		case emotion:
			fit = append(fit, p)
		case "":
			any = append(any, p)
		}
	}
	return append(fit, any...)
}

// Turns returns the ways to turn a stuck talk; those that the last rounds call for first.
func Turns(c complaint.Case) []Turn {
	wanted := ""
	if n := len(c.Rounds); n > 0 {
		switch last := c.Rounds[n-1]; {
		case last.Response == complaint.TalkRefused:
			wanted = "refused"
		case last.Response == complaint.TalkCounter && n > 1 && c.Rounds[n-2].AskAmount == last.AskAmount:
			wanted = "extreme"
		}
	}
	out := slices.Clone(negotiationData().Turns)
	slices.SortStableFunc(out, func(a, b Turn) int { return order(b.ID == wanted) - order(a.ID == wanted) })
	return out
}

func order(first bool) int {
	if first {
		return 1
	}
	return 0
}

// Habits returns the usual ways and the usual errors (S4.15).
func Habits() (usual, errors []Habit) { return negotiationData().Usual, negotiationData().Errors }

// checkNegotiation says what is wrong with the data; the package test asks it.
func checkNegotiation(f negotiationFile) (wrong []string) {
	bad := func(when bool, format string, args ...any) {
		if when {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	for i, c := range f.Classes {
		bad(c.ID == "" || c.Name == "" || c.NameEn == "" || i == 0 && c.From != 0 || i > 0 && c.From <= f.Classes[i-1].From, "class %+v", c)
	}
	for _, p := range f.Phrases {
		bad(p.Text == "" || p.TextEn == "" || p.Source == "" || p.When != "" && !slices.Contains(complaint.Emotions, p.When), "phrase %+v", p)
	}
	for _, e := range complaint.Emotions {
		bad(!slices.ContainsFunc(f.Phrases, func(p Phrase) bool { return p.When == e }), "no phrase for %s", e)
	}
	for _, t := range f.Turns {
		bad(t.ID == "" || t.Text == "" || t.TextEn == "" || t.Say == "" || t.SayEn == "" || t.Avoid == "" || t.AvoidEn == "" || t.Source == "", "turn %+v", t)
	}
	for _, h := range slices.Concat(f.Errors, f.Usual) {
		bad(h.Text == "" || h.TextEn == "" || h.Source == "" || (h.Instead == "") != (h.InsteadEn == ""), "habit %+v", h)
	}
	for _, h := range f.Errors {
		bad(h.Instead == "", "error %s without an instead", h.ID)
	}
	return wrong
}
