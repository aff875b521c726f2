package desk

import (
	"slices"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// unitLabel is a unit as lists for typing ahead offer it: with the units above it
// that it needs to be told apart, head office left out.
func unitLabel(org *app.Org, id party.UnitID) string {
	path := org.Tree.Path(id)
	if len(path) < 2 {
		return org.Tree.Name(id)
	}
	names := make([]string, 0, len(path))
	for _, u := range path[1:] {
		names = append(names, org.Tree.Name(u))
	}
	return strings.Join(names, " ")
}

// unitNamed finds a unit by id, by what unitLabel wrote, or by a name that only
// one unit has. ok is false for a name that is none; an empty one is no unit.
func unitNamed(org *app.Org, typed string) (id party.UnitID, ok bool) {
	typed = strings.Join(strings.Fields(typed), " ")
	if typed == "" {
		return "", true
	}
	if _, ok := org.Tree.Unit(party.UnitID(typed)); ok {
		return party.UnitID(typed), true
	}
	var named []party.UnitID
	for _, u := range org.Tree.Units() {
		if unitLabel(org, u.ID) == typed {
			return u.ID, true
		}
		if u.Name == typed {
			named = append(named, u.ID)
		}
	}
	if len(named) == 1 {
		return named[0], true
	}
	return "", false
}

// personLabel is a person as lists for typing ahead offer him.
func personLabel(org *app.Org, p party.Person) string {
	return p.Name + "（" + unitLabel(org, p.Unit) + "，" + p.Login + "）"
}

// personNamed finds a person by id, by what personLabel wrote, or by a name that
// only one person has.
func personNamed(org *app.Org, typed string) (party.PersonID, bool) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", true
	}
	if p, ok := org.Person(party.PersonID(typed)); ok {
		return p.ID, true
	}
	var named []party.PersonID
	for _, p := range org.People() {
		if personLabel(org, p) == typed {
			return p.ID, true
		}
		if p.Name == typed {
			named = append(named, p.ID)
		}
	}
	if len(named) == 1 {
		return named[0], true
	}
	return "", false
}

// codeNamed finds a code by id or by its name in either language; what is none is
// returned as it is, so that the refusal can name it.
func codeNamed(list []complaint.Code, typed string) string {
	typed = strings.TrimSpace(typed)
	i := slices.IndexFunc(list, func(c complaint.Code) bool {
		return c.ID == typed || c.Name == typed || strings.EqualFold(c.NameEn, typed)
	})
	if i < 0 {
		return typed
	}
	return list[i].ID
}

// unitOptions are the units in the actor's reach that are open.
func unitOptions(org *app.Org, within party.UnitID) []string {
	var out []string
	for _, u := range org.Tree.Units() {
		if !u.Closed && (within == "" || org.Tree.Within(u.ID, within)) {
			out = append(out, unitLabel(org, u.ID))
		}
	}
	return out
}

func (w words) codeOptions(list []complaint.Code) []web.Option {
	out := []web.Option{{Text: "—"}}
	for _, c := range list {
		out = append(out, web.Option{Value: c.ID, Text: w.code(list, c.ID)})
	}
	return out
}

func (w words) channelOptions(none bool) []web.Option {
	var out []web.Option
	if none {
		out = append(out, web.Option{Text: "—"})
	}
	for _, c := range party.Channels() {
		out = append(out, web.Option{Value: string(c.ID), Text: w.channel(c.ID)})
	}
	return out
}

// labelOptions are the values of an enumeration with their names.
func labelOptions[T ~string](w words, group string, values []T) []web.Option {
	out := make([]web.Option, len(values))
	for i, v := range values {
		out[i] = web.Option{Value: string(v), Text: w.label(group, string(v))}
	}
	return out
}

// handlerOptions are the people who may be given cases in the actor's reach.
func handlerOptions(org *app.Org, who party.Actor) []web.Option {
	out := []web.Option{{Text: "—"}}
	for _, p := range org.Handlers(who.Unit) {
		out = append(out, web.Option{Value: string(p.ID), Text: p.Name + " · " + unitLabel(org, p.Unit)})
	}
	return out
}
