package web

import (
	"context"
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/party"
)

// Access of routes that are not bound to an action of the matrix.
const (
	Public access.Action = "public" // anybody, without signing in
	Signed access.Action = "signed" // any person who is signed in
)

// Route is one address of the pages. Need is checked before the handler runs: an
// action of the matrix that the person's roles must give, Signed or Public. What
// is done to which case is asked again by the use case. The authorization tests
// are made from these tables.
type Route struct {
	Method  string // "GET" or "POST"
	Path    string // a pattern of http.ServeMux, such as "/complaints/{id}"
	Need    access.Action
	Handler func(w http.ResponseWriter, r *http.Request) error
	MaxBody int64 // bytes a request may bring; 0 is the server's usual limit
	Fresh   bool  // shows personal data in clear or takes data away: asks for a proof of the last minutes first
	// Words are the fields of a GET route in which people type: they may be a name. The
	// form posts them to FindPath, and the address holds them sealed; the handler finds
	// them in the query as if they had stood there, and Words(r) for its own links.
	Words []string
}

type actorKey struct{}

// WithActor gives a request the person who makes it.
func WithActor(ctx context.Context, who party.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, who)
}

// Actor returns the person who makes the request; the zero Actor when nobody is
// signed in.
func Actor(r *http.Request) party.Actor {
	who, _ := r.Context().Value(actorKey{}).(party.Actor)
	return who
}
