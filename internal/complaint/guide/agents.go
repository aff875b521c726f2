package guide

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"xiaobao/internal/complaint"
)

// AgentInput is what the signs of an organised agent may depend on. Cases carry
// their personal data in clear: they are compared, never shown.
type AgentInput struct {
	Case   complaint.Case
	Others []complaint.Case      // cases in reach that share an identifier or the wording
	Alike  map[complaint.ID]bool // those of them whose narrative reads alike
	Said   []Said
}

// AgentSign is one sign with what it was seen in. It is a reason to look, no finding.
type AgentSign struct {
	ID     string // as in complaint.AgentSigns
	Cases  []complaint.ID
	Quotes []string
}

// agentRules are the signs that a rule of the pack agents gives.
var agentRules = map[string]string{"agents.template": "template", "agents.full-surrender": "full_surrender", "agents.no-talk": "no_talk", "agents.fee": "fee", "agents.impersonation": "impersonation"}

// SignsOfAgent returns the signs, those with most cases first. Cases of the same
// person are left out: to complain twice is no sign of anything.
func SignsOfAgent(in AgentInput) []AgentSign {
	signs := map[string]*AgentSign{}
	at := func(id string) *AgentSign {
		if signs[id] == nil {
			signs[id] = &AgentSign{ID: id}
		}
		return signs[id]
	}
	for _, o := range in.Others {
		if samePerson(in.Case, o) {
			continue
		}
		for _, id := range in.shared(o) {
			at(id).Cases = append(at(id).Cases, o.ID)
		}
	}
	for _, s := range in.Said {
		if id, ok := agentRules[s.Rule]; ok && !slices.Contains(at(id).Quotes, s.Quote) {
			at(id).Quotes = append(at(id).Quotes, s.Quote)
		}
	}
	var out []AgentSign
	for _, id := range complaint.AgentSigns {
		if s := signs[id]; s != nil {
			out = append(out, *s)
		}
	}
	slices.SortStableFunc(out, func(a, b AgentSign) int { return cmp.Compare(len(b.Cases), len(a.Cases)) })
	return out
}

// shared names what a case of another person has in common with this one.
func (in AgentInput) shared(o complaint.Case) []string {
	c := in.Case
	var out []string
	add := func(when bool, id string) {
		if when {
			out = append(out, id)
		}
	}
	add(in.Alike[o.ID], "same_wording")
	add(overlap(phones(c), phones(o)), "shared_phone")
	add(same(plain(c.Complainant.Address), plain(o.Complainant.Address)), "shared_address")
	add(overlap(accounts(c), accounts(o)), "shared_account")
	r, p := c.Representative, o.Representative
	add(r != nil && p != nil && r.Kind == complaint.Agent && p.Kind == complaint.Agent && (same(digits(r.Phone), digits(p.Phone)) || r.Phone == "" && p.Phone == "" && same(r.Name, p.Name)), "many_cases")
	return out
}

// samePerson reports whether two cases are of one complainant: the same identity
// number, or the same name where one of the numbers is unknown.
func samePerson(a, b complaint.Case) bool {
	x, y := a.Complainant, b.Complainant
	if x.IDNumber != "" && y.IDNumber != "" {
		return strings.EqualFold(plain(x.IDNumber), plain(y.IDNumber))
	}
	return plain(x.Name) == plain(y.Name)
}

func same(a, b string) bool { return a != "" && a == b }

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func phones(c complaint.Case) []string {
	out := []string{c.Complainant.Phone}
	if c.Representative != nil {
		out = append(out, c.Representative.Phone)
	}
	for i := range out {
		out[i] = digits(out[i])
	}
	return slices.DeleteFunc(out, func(s string) bool { return len(s) < 7 })
}

// accountNumber is a run of digits as long as a bank account's, with the spaces people write.
var accountNumber = regexp.MustCompile(`[0-9](?:[ -]?[0-9]){14,20}`)

// accounts are the account numbers that a complaint names, such as those to which a refund is to go.
func accounts(c complaint.Case) []string {
	var out []string
	for _, text := range []string{c.Narrative, c.Demand} {
		for _, n := range accountNumber.FindAllString(text, -1) {
			if n = digits(n); n != digits(c.Complainant.IDNumber) {
				out = append(out, n)
			}
		}
	}
	return out
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func plain(s string) string { return strings.Join(strings.Fields(s), "") }
