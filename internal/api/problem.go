package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// Problem is the body of every answer that is an error (RFC 9457).
type Problem struct {
	Type       string            `json:"type" doc:"Names the kind: /problems/{kind}"`
	Title      string            `json:"title" doc:"Text of the status"`
	Status     int               `json:"status"`
	Detail     string            `json:"detail" doc:"Sentence for a person, in Chinese: what is wrong and how to mend it"`
	Kind       string            `json:"kind" enum:"internal,invalid,not_found,forbidden,recused,unauthenticated,stale,conflict,too_large,too_many,unavailable" doc:"Stable name for programs"`
	Violations []fault.Violation `json:"violations,omitempty" doc:"What is wrong with single fields, by their path in the body"`
	Versions   *Versions         `json:"versions,omitempty" doc:"Of a stale request: both versions"`
}

// Versions says how far behind a stale request was.
type Versions struct {
	Current int64 `json:"current" doc:"Version of the case now"`
	Yours   int64 `json:"yours" doc:"Version that If-Match named"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problemOf turns an error into what a client may see of it.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	kind := fault.KindOf(err)
	p := &Problem{Type: "/problems/" + kind.String(), Status: web.Status(kind), Detail: fault.Message(err), Kind: kind.String()}
	p.Title = http.StatusText(p.Status)
	if e, ok := errors.AsType[*fault.Error](err); ok && kind != fault.Internal {
		p.Violations = violationsOf(e)
	}
	return p
}

// violationsOf finds the violations also where a domain wrapped them.
func violationsOf(e *fault.Error) []fault.Violation {
	for e != nil {
		if len(e.Violations) > 0 {
			return e.Violations
		}
		cause, ok := errors.AsType[*fault.Error](e.Cause)
		if !ok {
			return nil
		}
		e = cause
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// writeProblem answers outside of an operation.
func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = writeJSON(w, p) // the client is gone when this fails
}

func init() {
	// The library makes errors of its own while it reads a request, through these.
	huma.NewError = requestProblem
	huma.DefaultArrayNullable = false // our lists are [] when empty
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return requestProblem(status, msg, errs...)
	}
}

var kindOfStatus = map[int]fault.Kind{
	http.StatusRequestEntityTooLarge: fault.TooLarge, http.StatusRequestTimeout: fault.Unavailable, http.StatusInternalServerError: fault.Internal,
}

var sentenceOfStatus = map[int]string{
	http.StatusBadRequest:            "请求没有正文：请以 JSON 发送内容",
	http.StatusRequestEntityTooLarge: "请求正文太大，没有处理；长文本请作为附件上传",
	http.StatusRequestTimeout:        "请求正文没有按时传完，没有处理；请重新发送",
	http.StatusNotAcceptable:         "接口只返回 JSON：请去掉 Accept 或写 application/json",
	http.StatusUnprocessableEntity:   "请求的参数不对",
}

// requestProblem is an error of reading a request, before any of our code runs.
func requestProblem(status int, _ string, errs ...error) huma.StatusError {
	kind, ok := kindOfStatus[status]
	if !ok {
		kind = fault.Invalid
	}
	p := problemOf(fault.New(kind, "%s", sentenceOfStatus[status]))
	p.Status, p.Title = status, http.StatusText(status)
	for _, err := range errs {
		if d, ok := err.(huma.ErrorDetailer); ok && kind != fault.Internal {
			detail := d.ErrorDetail()
			p.Violations = append(p.Violations, fault.Violation{Field: detail.Location, Text: "这个参数的值不对（" + detail.Message + "），请对照接口说明"})
		}
	}
	return p
}
