package assist

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// said is a completion as an endpoint writes it.
func said(content string) string {
	b, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": content}, "finish_reason": "stop"}},
		"usage": map[string]int{"prompt_tokens": 120, "completion_tokens": 30}})
	return string(b)
}

func writes(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// standIn serves an endpoint on this machine and returns a client of it.
func standIn(t *testing.T, h http.Handler, change ...func(*Config)) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	conf := Default()
	conf.URL, conf.Model, conf.Key = s.URL+"/v1", "qwen3-32b", "sk-secret"
	conf.PriceIn, conf.PriceOut = 4000, 12_000
	for _, fn := range change {
		fn(&conf)
	}
	c, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

var question = Question{System: "规则", User: "资料"}

// Every way in which an endpoint can go wrong gives one sentence and its outcome.
func TestEndpointMisbehaves(t *testing.T) {
	const js = "application/json"
	finish := func(reason string) string { return strings.Replace(said("{}"), `"stop"`, `"`+reason+`"`, 1) }
	for name, c := range map[string]struct {
		h    http.HandlerFunc
		want Outcome
		say  string
	}{
		"fine":                   {writes(200, js+"; charset=utf-8", said(`{"a":1}`)), OK, ""},
		"error 500":              {writes(500, js, `{"error":"x"}`), Status, "服务出错"},
		"bad gateway page":       {writes(502, "text/html", "<html>502</html>"), Status, "服务出错"},
		"too many":               {writes(429, js, `{}`), Limited, "429"},
		"key refused":            {writes(401, js, `{}`), Denied, "密钥"},
		"forbidden":              {writes(403, js, `{}`), Denied, "密钥"},
		"redirect":               {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://192.0.2.7/", 307) }, Redirected, "没有跟随"},
		"page":                   {writes(200, "text/html", "<html>请登录</html>"), WrongType, "登录页"},
		"no type":                {writes(200, "", said("{}")), WrongType, "不是约定的数据"},
		"stream":                 {writes(200, "text/event-stream", "data: {}\n\n"), Streamed, "流式"},
		"not JSON":               {writes(200, js, `{"choices":[`), Malformed, "格式不对"},
		"JSON of the wrong kind": {writes(200, js, `[1,2]`), Malformed, "格式不对"},
		"not UTF-8":              {writes(200, js, "{\"choices\":[{\"message\":{\"content\":\"\xff\"}}]}"), Malformed, "格式不对"},
		"no choice":              {writes(200, js, `{"choices":[]}`), Empty, "没有给出内容"},
		"empty":                  {writes(200, js, said("  \n")), Empty, "没有给出内容"},
		"only thought":           {writes(200, js, said("<think>嗯</think>\n")), Empty, "没有给出内容"},
		"truncated":              {writes(200, js, finish("length")), Truncated, "没有写完"},
		"filtered":               {writes(200, js, finish("content_filter")), Declined, "拒绝回答"},
		"refusal":                {writes(200, js, `{"choices":[{"message":{"content":null,"refusal":"不行"}}]}`), Declined, "拒绝回答"},
		"huge":                   {writes(200, js, said(strings.Repeat("长", maxResponse/2))), TooLarge, "过大"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", js)
			_, _ = io.Copy(w, endless{})
		}, TooLarge, "过大"},
		"breaks off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "900")
			_, _ = io.WriteString(w, "{")
		}, Broken, "中断"},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Broken, "中断"},
		"slow":     {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, TimedOut, "没有回答"},
	} {
		t.Run(name, func(t *testing.T) {
			got := []byte(nil)
			client := standIn(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got, _ = io.ReadAll(r.Body)
				c.h(w, r)
			}), func(conf *Config) { conf.Timeout = time.Second })
			a, err := client.Ask(t.Context(), question)
			if a.Outcome != c.want || (err == nil) != (c.want == OK) || a.Sent != digest(got) || (c.want == OK) != (a.Text != "") {
				t.Fatalf("outcome %s, text %q, sent %s, error %v", a.Outcome, a.Text, a.Sent, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.say) {
				t.Errorf("says %v, want %s", err, c.say)
			}
			if a.In == 0 || a.Cost == 0 || a.Took <= 0 {
				t.Errorf("not counted: %+v", a)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte("0"), len(p))), nil }

// Nothing left when nobody listened.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	c := standIn(t, http.NotFoundHandler(), func(conf *Config) { conf.URL = "http://" + at + "/v1" })
	a, err := c.Ask(t.Context(), question)
	if a.Outcome != Unreachable || a.Sent != "" || a.In != 0 || a.Cost != 0 || err == nil {
		t.Errorf("%+v, %v", a, err)
	}
}

// What is sent is what the protocol says, without a stream, and the key only as a header.
func TestWhatIsSent(t *testing.T) {
	var body chat
	c := standIn(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		if strings.Contains(string(raw)+r.URL.String(), "sk-secret") || r.Header.Get("Authorization") != "Bearer sk-secret" || r.URL.Path != "/v1/chat/completions" {
			t.Errorf("the key stands elsewhere than in its header, or the path is wrong: %s %s", r.URL, r.Header)
		}
		if err := json.Unmarshal(raw, &body); err != nil {
			t.Error(err)
		}
		writes(200, "application/json", said("```json\n{\"a\":\"<b>\"}\n```"))(w, r)
	}))
	a, err := c.Ask(t.Context(), question)
	if err != nil || a.Text != `{"a":"<b>"}` || a.In != 120 || a.Out != 30 || a.Estimated || a.Cost != 840 {
		t.Errorf("%+v, %v", a, err)
	}
	if body.Stream || body.Model != "qwen3-32b" || body.MaxTokens != 2000 || len(body.Messages) != 2 || body.Messages[0].Role != "system" || body.Messages[1].Content != "资料" {
		t.Errorf("%+v", body)
	}
}

func TestProbe(t *testing.T) {
	for name, c := range map[string]struct {
		h   http.HandlerFunc
		say string
	}{
		"there":     {writes(200, "application/json", `{"data":[{"id":"qwen3-32b"}]}`), ""},
		"another":   {writes(200, "application/json", `{"data":[{"id":"glm"}]}`), "没有名为 qwen3-32b"},
		"a page":    {writes(200, "text/html", "<html>"), "格式不对"},
		"no key":    {writes(401, "text/plain", "no"), "密钥"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", 302) }, "没有跟随"},
	} {
		t.Run(name, func(t *testing.T) {
			err := standIn(t, c.h).Probe(t.Context())
			if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
				t.Errorf("%v, want %q", err, c.say)
			}
		})
	}
}
