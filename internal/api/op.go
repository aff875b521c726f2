package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

const operationKey = "operation"

// operation is one line of the API: where it stands, what it needs, and which use
// cases it offers.
type operation struct {
	method, path string
	id           string        // stable name, also of the function in generated clients
	tag          string        // group in the description
	summary      string        // one line, English with the Chinese term
	doc          string        // more, Markdown
	need         access.Action // "" for anybody with a token
	scope        string
	status       int      // of success; 0 is 200, or 204 without a body
	uses         []string // methods of app.App
	body         *bodyOf
}

type bodyOf struct {
	of       reflect.Type
	required bool
}

// get, post, put and del begin an operation with the scope that goes with the method.
func get(path, id, tag, summary string, need access.Action, uses ...string) operation {
	return operation{method: http.MethodGet, path: path, id: id, tag: tag, summary: summary, need: need, scope: app.ScopeRead, uses: uses}
}

func post(path, id, tag, summary string, need access.Action, uses ...string) operation {
	return operation{method: http.MethodPost, path: path, id: id, tag: tag, summary: summary, need: need, scope: app.ScopeWrite, uses: uses}
}

func put(path, id, tag, summary string, need access.Action, uses ...string) operation {
	o := post(path, id, tag, summary, need, uses...)
	o.method = http.MethodPut
	return o
}

func del(path, id, tag, summary string, need access.Action, uses ...string) operation {
	o := post(path, id, tag, summary, need, uses...)
	o.method = http.MethodDelete
	return o
}

// reads says that an operation changes nothing although it is a POST.
func (o operation) reads() operation {
	o.scope = app.ScopeRead
	return o
}

func (o operation) says(doc string) operation {
	o.doc = doc
	return o
}

func (o operation) answers(status int) operation {
	o.status = status
	return o
}

// huma returns the operation as the library wants it.
func (o *operation) huma() huma.Operation {
	doc := o.doc
	if o.need != "" {
		doc = strings.TrimSpace(doc + "\n\nPermission: `" + string(o.need) + "` · scope: `" + o.scope + "`")
	} else {
		doc = strings.TrimSpace(doc + "\n\nPermission: any token · scope: `" + o.scope + "`")
	}
	return huma.Operation{Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, Description: doc, Tags: []string{o.tag}, DefaultStatus: o.status,
		MaxBodyBytes: maxBody + 1, BodyReadTimeout: bodyTime, SkipValidateBody: true, Metadata: map[string]any{operationKey: o},
		Extensions: map[string]any{"x-permission": string(o.need), "x-scope": o.scope}}
}

// answer registers an operation without a JSON body.
func answer[I, O any](s *rest, o operation, fn func(ctx context.Context, who party.Actor, in *I) (*O, error)) {
	s.ops = append(s.ops, o)
	op := o.huma()
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, callOf(ctx).who, in)
		if err != nil {
			return nil, s.refusal(&op, err)
		}
		return out, nil
	})
}

// take registers an operation with a JSON body of type B.
func take[I any, P interface {
	*I
	raw() []byte
}, B, O any](s *rest, o operation, fn func(ctx context.Context, who party.Actor, in P, body B) (*O, error)) {
	t := reflect.TypeFor[B]()
	o.body = &bodyOf{of: t, required: t.NumField() > 0}
	s.ops = append(s.ops, o)
	op := o.huma()
	op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{}}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		var body B
		err := decode(P(in).raw(), &body)
		if err == nil {
			var out *O
			if out, err = fn(ctx, callOf(ctx).who, P(in), body); err == nil {
				return out, nil
			}
		}
		return nil, s.refusal(&op, err)
	})
	op.RequestBody.Required = o.body.required
	op.RequestBody.Content["application/json"].Schema = s.api.OpenAPI().Components.Schemas.Schema(t, true, o.id+"Body")
}

// CaseID is the id of a complaint in the address.
type CaseID struct {
	ID int64 `path:"id" minimum:"1" doc:"Id of the complaint"`
}

// Expected is the version that the client saw.
type Expected struct {
	IfMatch string `header:"If-Match" doc:"Version of the case as the ETag gave it; the answer is 412 when somebody was quicker. Without it the command is decided on the case as it is."`
}

// version reads If-Match; 0 asks for none.
func (e Expected) version() (int64, error) {
	text := strings.Trim(strings.TrimPrefix(strings.TrimSpace(e.IfMatch), "W/"), `"`)
	if text == "" || text == "*" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, &fault.Error{Kind: fault.Invalid, Text: "If-Match 须是投诉的版本号，例如 \"3\"", Violations: []fault.Violation{{Field: "If-Match", Text: "须是版本号"}}}
	}
	return n, nil
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// out is an answer with a body and the headers that some carry.
type out[T any] struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     T
}

func body[T any](v T) *out[T] { return &out[T]{Body: v} }

// done is an answer without a body.
type done struct{}
