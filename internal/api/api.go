// Package api is the REST interface under /api/v1: everything that a page can do,
// as JSON, for programs that hold a token. The description (OpenAPI 3.1) is made
// from the same types that decode the requests, so it cannot lag behind.
//
//	op.go      how an operation is declared     auth.go     who asks
//	problem.go errors as problem+json           body.go     request bodies
//	verbs.go   one operation per command        case*.go    complaints
//	file.go    letters and attachments          house.go    units, people, settings
//	view*.go   the JSON shapes                  lookup.go   enumerations, deadlines
//
// Conventions of the wire: names in snake_case; days as YYYY-MM-DD in the
// institution's zone, moments in RFC 3339 UTC; money in fen, integer; ids of
// complaints are integers below 2^53, ids of units and people are strings.
// Zero values are left out of answers.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Prefix is where the API stands on the server.
const Prefix = "/api/v1"

// Authenticate returns the person that a token acts for and its scopes; an
// Unauthed fault when the token is not good.
type Authenticate func(ctx context.Context, token string) (party.Actor, []string, error)

// Options is what the API needs.
type Options struct {
	App          *app.App
	Log          *slog.Logger                      // internal errors go here, never to a client; nil means slog.Default
	Authenticate Authenticate                      // nil means the tokens of App
	Asset        func(name string) (string, error) // address of a script or style of the docs page; nil: there is no such page
}

// rest is the API while it is put together and what its handlers share.
type rest struct {
	*app.App
	o   Options
	api huma.API
	ops []operation
}

// New returns the handler of everything below Prefix.
func New(o Options) http.Handler {
	h, _ := build(o)
	return h
}

func build(o Options) (http.Handler, *rest) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Authenticate == nil {
		o.Authenticate = tokensOf(o.App)
	}
	mux := http.NewServeMux()
	s := &rest{App: o.App, o: o, api: humago.NewWithPrefix(mux, Prefix, config())}
	s.api.UseMiddleware(s.contain, s.admit)
	for _, room := range []func(){s.registering, s.reading, s.verbs, s.negotiating, s.pairs, s.approvals, s.personal, s.letters, s.attachments, s.organisation, s.keeping, s.checkpoints, s.backups, s.examinations, s.readings, s.tokens, s.changes, s.rules, s.rulebook, s.laws, s.imports, s.reviews, s.products, s.replies, s.overview, s.codings, s.guidance, s.account, s.lookups, s.similar, s.precedents, s.models, s.assisting, s.mail, s.inbox, s.hooks} {
		room()
	}
	if o.Asset != nil {
		mux.Handle("GET "+Prefix+"/docs", docsPage(o.Asset))
	}
	mux.HandleFunc("/", s.nothing(mux))
	return mux, s
}

const about = `Complaint handling (消费投诉处理) as a REST interface. It can do whatever a page can.

**Tokens**: ` + "`Authorization: Bearer xb_…`" + `, made with ` + "`xiaobao token create`" + ` or POST /tokens; a token acts for one person, with the scopes read and write, and is refused like that person is. x-permission names the permission (access matrix) that each operation needs.

**Versions**: answers of a case carry its version as ETag. Send it back as If-Match: when somebody was quicker the answer is 412 with both versions, and nothing is changed.

**Repeats**: POST /complaints honours Idempotency-Key.

**Shapes**: names in snake_case, days YYYY-MM-DD (+08:00), moments RFC 3339 UTC, money in fen (integer, 1/100 yuan), complaint ids are integers below 2^53. Zero values are left out. Personal data is masked (脱敏); POST /complaints/{id}/reveal shows it with a reason and leaves a record.

**Errors** are application/problem+json with a sentence in Chinese in detail, a stable kind, and the violations of single fields. Internal errors show nothing of the inside.`

// schemaNames are the prefixes of shapes of packages whose types have names that
// complaints have too.
var schemaNames = map[string]string{"xiaobao/internal/review": "Review", "xiaobao/internal/precedent": "Precedent", "xiaobao/internal/complaint/reply": "Reply", "xiaobao/internal/assist": "Assist"}

// schemaName names a shape after its type.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if prefix := schemaNames[t.PkgPath()]; !strings.HasPrefix(name, prefix) {
		name = prefix + name
	}
	return name
}

func config() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[calendar.Date](), reflect.TypeFor[dayText]())
	json := huma.Format{Marshal: writeJSON, Unmarshal: func(data []byte, v any) error { return decode(data, v) }}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Xiaobao 消保", Version: "1", Description: about},
			Components: &huma.Components{Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", BearerFormat: "xb_…"}}},
			Security: []map[string][]string{{"token": {}}},
		},
		OpenAPIPath:                  "/openapi",
		Formats:                      map[string]huma.Format{"application/json": json, "json": json},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// dayText is how a calendar.Date stands in the description.
type dayText string

// Schema implements huma.SchemaProvider.
func (dayText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date", Examples: []any{"2026-05-03"}}
}

// nothing answers what no operation takes.
func (s *rest) nothing(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			probe := r.Clone(r.Context())
			probe.Method = m
			if _, pattern := mux.Handler(probe); strings.HasPrefix(pattern, m+" ") {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 {
			writeProblem(w, problemOf(fault.New(fault.NotFound, "没有这个接口地址，请对照 %s/openapi.json", Prefix)))
			return
		}
		if slices.Contains(allowed, http.MethodGet) {
			allowed = append(allowed, http.MethodHead)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		p := problemOf(fault.New(fault.Invalid, "这个接口地址只接受 %s", strings.Join(allowed, "、")))
		p.Status, p.Title = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed)
		writeProblem(w, p)
	}
}
