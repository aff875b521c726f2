package api

import "xiaobao/internal/access"

// Operation is one line of the API, for tests.
type Operation struct {
	Method, Path, ID, Scope string
	Need                    access.Action
	Uses                    []string
}

// Operations lists the API of an App.
func Operations(o Options) []Operation {
	_, s := build(o)
	out := make([]Operation, len(s.ops))
	for i, op := range s.ops {
		out[i] = Operation{op.method, op.path, op.id, op.scope, op.need, op.uses}
	}
	return out
}

// VerbNames lists the commands that have an operation.
func VerbNames() []string {
	return each(verbTable, func(v verb) string { return v.name })
}

// ReviewVerbNames lists the commands on reviews that have an operation.
func ReviewVerbNames() []string {
	return each(reviewVerbs, func(v reviewVerb) string { return v.name })
}

// PrecedentVerbNames lists the commands on precedents that have an operation.
func PrecedentVerbNames() []string {
	return each(precedentVerbs, func(v precedentVerb) string { return v.name })
}
