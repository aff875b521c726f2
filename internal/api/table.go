package api

import "xiaobao/internal/access"

// Operation is one line of the API, as the tests of the authorization matrix want it.
type Operation struct {
	Method, Path, ID, Scope string
	Need                    access.Action // "" where the use case alone decides
	Uses                    []string      // use cases of app that it offers
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
