package api

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// tokensOf authenticates by the tokens of the program.
func tokensOf(a *app.App) Authenticate {
	return func(ctx context.Context, text string) (party.Actor, []string, error) {
		who, t, err := a.TokenActor(ctx, text)
		return who, t.Scopes, err
	}
}

type callKey struct{}

// call is what the middleware knows of a request.
type call struct {
	who party.Actor
	r   *http.Request
}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// admit lets in who holds a good token with the scope and could do the operation
// to something; the use case asks again with the case itself.
func (s *rest) admit(ctx huma.Context, next func(huma.Context)) {
	o := ctx.Operation().Metadata[operationKey].(*operation)
	who, scopes, err := s.bearer(ctx)
	if err == nil {
		err = o.admits(who, scopes)
	}
	if err == nil && o.body != nil && !isJSON(ctx.Header("Content-Type")) {
		err = unsupported("请求正文须是 JSON：请把 Content-Type 写成 application/json")
	}
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	r, _ := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, callKey{}, call{who: who, r: r}))
}

func unsupported(sentence string) *Problem {
	p := problemOf(fault.New(fault.Invalid, "%s", sentence))
	p.Status, p.Title = http.StatusUnsupportedMediaType, http.StatusText(http.StatusUnsupportedMediaType)
	return p
}

func (s *rest) bearer(ctx huma.Context) (party.Actor, []string, error) {
	kind, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || strings.TrimSpace(token) == "" {
		return party.Actor{}, nil, fault.New(fault.Unauthed, "请求没有接口令牌：请加上 Authorization: Bearer xb_…（用 xiaobao token create 创建）")
	}
	return s.o.Authenticate(ctx.Context(), strings.TrimSpace(token))
}

func (o *operation) admits(who party.Actor, scopes []string) error {
	if !slices.Contains(scopes, o.scope) {
		return fault.New(fault.Forbidden, "这个接口令牌没有“%s”权限：请创建带有该权限的令牌。", o.scope)
	}
	if o.need == "" || access.May(who, o.need) {
		return nil
	}
	return access.Can(who, o.need, access.Target{}).Err()
}

// refuse answers before the operation runs.
func (s *rest) refuse(ctx huma.Context, err error) {
	p := s.problem(ctx.Operation(), err)
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="xiaobao"`)
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = writeJSON(ctx.BodyWriter(), p) // the client is gone when this fails
}

// problem turns an error into its answer and logs what is not for clients.
func (s *rest) problem(o *huma.Operation, err error) *Problem {
	if fault.Is(err, fault.Internal) {
		if _, ours := errors.AsType[*Problem](err); !ours && !errors.Is(err, context.Canceled) {
			s.o.Log.Error("api failed", "operation", o.OperationID, "err", err)
		}
	}
	return problemOf(err)
}

// contain turns a panic of a handler into an internal error.
func (s *rest) contain(ctx huma.Context, next func(huma.Context)) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.o.Log.Error("api panicked", "operation", ctx.Operation().OperationID, "panic", p, "stack", string(debug.Stack()))
			s.refuse(ctx, fault.New(fault.Internal, "panic"))
		}
	}()
	next(ctx)
}
