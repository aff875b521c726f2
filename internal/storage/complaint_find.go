package storage

import (
	"slices"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
)

// shingleBands is how many near-duplicate keys a narrative has; seal.Shingles
// shows what it finds.
const shingleBands = 6

// ScopeToken marks documents that a unit and the units above it may see.
func (s *Store) ScopeToken(u party.UnitID) seal.Token { return s.keys.Blind("scope", string(u)) }

// OwnerToken marks documents of cases that a person owns.
func (s *Store) OwnerToken(p party.PersonID) seal.Token { return s.keys.Blind("owner", string(p)) }

// traits are everything by which a case may be found, with its scopes.
type traits struct {
	text  string // what words are looked for in
	ids   []Identifier
	path  []party.UnitID
	owner party.PersonID
	near  string // the narrative
}

func (t traits) same(o traits) bool {
	return t.text == o.text && t.near == o.near && t.owner == o.owner && slices.Equal(t.ids, o.ids) && slices.Equal(t.path, o.path)
}

func foundBy(c complaint.Case) traits {
	var b strings.Builder
	line := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
			b.WriteByte('\n')
		}
	}
	line(c.Number, c.Complainant.Name, c.Narrative, c.Demand)
	if c.Representative != nil {
		line(c.Representative.Name)
	}
	for _, r := range c.Respondents {
		line(r.Name)
	}
	for _, p := range c.Live() {
		line(p.Text)
		if p.Finding != nil {
			line(p.Finding.Explanation)
		}
	}
	for _, k := range c.Contacts {
		line(k.Summary)
	}
	for _, n := range c.Notes {
		line(n.Text)
	}
	for _, r := range c.LiveReferences() {
		line(r.Number)
	}
	if c.Decision != nil {
		line(c.Decision.Text)
	}
	return traits{text: b.String(), ids: Identifiers(c.Complainant, c.Representative), path: c.Path, owner: c.Owner, near: c.Narrative}
}

// caseTokens are the tokens of what a case is found by.
func (s *Store) caseTokens(c complaint.Case) []seal.Token {
	t := foundBy(c)
	tokens := s.keys.Tokens(make([]seal.Token, 0, 512), t.text)
	for _, id := range t.ids {
		tokens = append(tokens, s.BlindToken(id))
	}
	for _, u := range t.path {
		tokens = append(tokens, s.ScopeToken(u))
	}
	tokens = append(tokens, s.OwnerToken(t.owner))
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// caseKeys are the exact keys by which a case is recognised as a likely duplicate.
func (s *Store) caseKeys(c complaint.Case) []seal.Token {
	keys := append(s.identityTokens(c.Complainant, c.Representative), s.NearTokens(c.Narrative)...)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// identityTokens are the blind identifiers of the people: phone, identity number,
// policy or card, and e-mail. They serve exact search and the duplicate check.
func (s *Store) identityTokens(c complaint.Complainant, r *complaint.Representative) []seal.Token {
	var out []seal.Token
	for _, id := range Identifiers(c, r) {
		out = append(out, s.keys.Blind(id.Kind, id.Value))
	}
	return out
}

// Identifier is one exact way to recognise a person or a contract.
type Identifier struct{ Kind, Value string }

// Identifiers returns the exact identifiers, normalised: digits and letters only, lower case.
func Identifiers(c complaint.Complainant, r *complaint.Representative) []Identifier {
	var out []Identifier
	put := func(kind, v string) {
		if v = plainID(v); len(v) >= 5 {
			out = append(out, Identifier{kind, v})
		}
	}
	put("phone", c.Phone)
	put("id_number", c.IDNumber)
	put("policy", c.Policy)
	put("email", c.Email)
	if r != nil {
		put("phone", r.Phone)
	}
	return out
}

func plainID(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r == '@':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 32
		}
		return -1
	}, s)
}

// IdentifierKinds lists the kinds of exact identifiers.
var IdentifierKinds = []string{"phone", "id_number", "policy", "email"}

// QueryTokens splits a search: tokens that all must be there, and, when the query
// looks like an identifier, the blind ids of which one suffices instead.
func (s *Store) QueryTokens(query string) (all, exact []seal.Token) {
	all = s.keys.QueryTokens(nil, query)
	if v := plainID(query); len(v) >= 5 && !strings.ContainsFunc(query, func(r rune) bool { return r > 0x2000 }) {
		for _, kind := range IdentifierKinds {
			exact = append(exact, s.keys.Blind(kind, v))
		}
	}
	return all, exact
}

// NearTokens are the near-duplicate keys of a narrative.
func (s *Store) NearTokens(narrative string) []seal.Token {
	return s.keys.Shingles(nil, narrative, shingleBands)
}

// BlindToken is the search key of one identifier.
func (s *Store) BlindToken(id Identifier) seal.Token { return s.keys.Blind(id.Kind, id.Value) }
