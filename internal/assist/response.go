package assist

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// sentences say for each outcome what happened and what to do, to a person.
var sentences = map[Outcome]string{
	Busy:        "大模型正在处理其他请求，请稍候再试；也可以直接人工办理。",
	Unreachable: "连不上大模型服务，没有改动任何内容。请人工办理，并请管理员检查服务和地址。",
	Broken:      "大模型服务的连接中断，没有改动任何内容。请稍后再试，或人工办理。",
	TimedOut:    "大模型在规定时间内没有回答，没有改动任何内容。请稍后再试，或人工办理。",
	Canceled:    "已取消，没有改动任何内容。",
	Redirected:  "大模型服务要求转到别的地址，程序没有跟随，没有改动任何内容。请管理员核对 assist-url。",
	Limited:     "大模型服务说请求太多（429），没有改动任何内容。请过一会儿再试，或人工办理。",
	Denied:      "大模型服务拒绝了密钥（401 或 403），没有改动任何内容。请管理员核对密钥。",
	Status:      "大模型服务出错，没有改动任何内容。请稍后再试，或人工办理。",
	Streamed:    "大模型服务返回了流式数据，与请求不符，没有采用。请管理员检查服务的设置。",
	WrongType:   "大模型服务返回的不是约定的数据（可能是网页或登录页），没有采用。请管理员核对 assist-url。",
	TooLarge:    "大模型的回答过大，没有采用。",
	Malformed:   "大模型的回答格式不对，没有采用。请再试一次，或人工办理。",
	Empty:       "大模型没有给出内容，没有改动任何内容。请再试一次，或人工办理。",
	Truncated:   "大模型的回答没有写完就断了，没有采用。可请管理员调大 assist-max-tokens。",
	Declined:    "大模型拒绝回答这个请求，没有改动任何内容。请人工办理。",
}

// refuse is a question without an answer. The cause goes to the log, not to pages.
func refuse(a Answer, o Outcome, cause ...error) (Answer, error) {
	a.Text, a.Outcome = "", o
	err := fault.New(fault.Unavailable, "%s", sentences[o])
	if len(cause) > 0 {
		err.Cause = cause[0]
	}
	return a, err
}

// Refused returns the fault of an answer whose text cannot be used, and notes it
// in the answer.
func (a *Answer) Refused(o Outcome) (err error) {
	*a, err = refuse(*a, o)
	return err
}

func ofStatus(code int) Outcome {
	switch {
	case code >= 300 && code < 400:
		return Redirected
	case code == http.StatusTooManyRequests:
		return Limited
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return Denied
	}
	return Status
}

// completion is the part of an answer that is read.
type completion struct {
	Choices []struct {
		Message struct {
			Content string `json:"content"`
			Refusal string `json:"refusal"`
		} `json:"message"`
		Finish string `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		In  int `json:"prompt_tokens"`
		Out int `json:"completion_tokens"`
	} `json:"usage"`
}

// read takes the text out of a response.
func (a Answer) read(res *http.Response, raw []byte) (Answer, error) {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode != http.StatusOK:
		return refuse(a, ofStatus(res.StatusCode))
	case len(raw) > maxResponse:
		return refuse(a, TooLarge)
	case kind == "text/event-stream":
		return refuse(a, Streamed)
	case kind != "application/json":
		return refuse(a, WrongType)
	}
	var c completion
	if !utf8.Valid(raw) || json.Unmarshal(raw, &c) != nil {
		return refuse(a, Malformed)
	}
	a.In, a.Out = bounded(c.Usage.In), bounded(c.Usage.Out)
	if len(c.Choices) == 0 {
		return refuse(a, Empty)
	}
	first := c.Choices[0]
	switch {
	case first.Message.Refusal != "" || first.Finish == "content_filter":
		return refuse(a, Declined)
	case first.Finish == "length":
		return refuse(a, Truncated)
	}
	if a.Text = withoutThought(first.Message.Content); a.Text == "" {
		return refuse(a, Empty)
	}
	a.Outcome = OK
	return a, nil
}

// bounded keeps a count that an endpoint tells within what can be true.
func bounded(n int) int { return min(max(n, 0), 10_000_000) }

// withoutThought drops the reasoning that some models print before the answer,
// and the fence around it.
func withoutThought(s string) string {
	if _, rest, ok := strings.Cut(s, "</think>"); ok {
		s = rest
	}
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "```"); ok {
		_, inner, _ = strings.Cut(inner, "\n")
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(inner), "```"))
	}
	return s
}
