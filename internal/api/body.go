package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// maxBody bounds a JSON body: the longest narrative in its most wasteful
// spelling, six bytes a character, with room for everything else.
const maxBody = 1 << 20

// bodyTime is how long a client may take to send a JSON body.
const bodyTime = 30 * time.Second

// Raw is the body of a request before it is decoded; inputs embed it.
type Raw struct {
	RawBody []byte `contentType:"application/json"`
}

func (r *Raw) raw() []byte { return r.RawBody }

// decode reads a JSON object into v. What the object may hold is for the domain
// to say; unknown names, wrong types and anything after the object are refused here.
func decode(data []byte, v any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil // whether a body is needed is declared with the operation
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return bodyFault(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "请求正文在 JSON 结束之后还有内容（第 %d 字节之后），请只发送一个 JSON 对象", dec.InputOffset())
	}
	return nil
}

// bodyFault says in a sentence what is wrong with a body.
func bodyFault(err error) error {
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return fe // a date that is none, with its own sentence
	}
	if te, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return typeFault(te)
	}
	if se, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fault.New(fault.Invalid, "请求正文不是正确的 JSON（第 %d 字节附近）：请检查引号、逗号和括号", se.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Invalid, "请求正文的 JSON 不完整：请检查括号和引号是否成对")
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return fault.New(fault.Invalid, "时间的写法不对：请写成 2026-05-03T10:00:00+08:00")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return &fault.Error{Kind: fault.Invalid, Text: "请求正文里有不认识的字段 " + name + "：请对照接口说明核对名称",
			Violations: []fault.Violation{{Field: name, Text: "没有名为 " + name + " 的字段"}}}
	}
	return fault.New(fault.Invalid, "请求正文无法读取：请检查 JSON 的写法")
}

var jsonTypes = map[string]string{"string": "字符串", "number": "数字", "bool": "true 或 false", "array": "数组", "object": "对象"}

func typeFault(te *json.UnmarshalTypeError) error {
	got, _, _ := strings.Cut(te.Value, " ")
	if name, ok := jsonTypes[got]; ok {
		got = name
	}
	want := wantedType(te.Type.Kind().String())
	if te.Field == "" {
		return fault.New(fault.Invalid, "请求正文应为%s，收到的是%s", want, got)
	}
	text := "应为" + want + "，收到的是" + got
	return &fault.Error{Kind: fault.Invalid, Text: "字段 " + te.Field + " " + text, Violations: []fault.Violation{{Field: te.Field, Text: text}}}
}

func wantedType(kind string) string {
	switch {
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "uint"):
		return "整数（范围内，不带小数）"
	case kind == "struct", kind == "map":
		return "JSON 对象"
	case kind == "slice":
		return "数组"
	case kind == "bool":
		return " true 或 false"
	}
	return "字符串"
}

// isJSON reports whether a content type says JSON; none is taken as JSON.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || strings.HasSuffix(t, "+json"))
}
