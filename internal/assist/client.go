package assist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// maxResponse is how many bytes of an answer are read.
const maxResponse = 1 << 20

// Outcome is how a question ended, as the record names it.
type Outcome string

// The outcomes. Only OK gives an answer.
const (
	OK          Outcome = "ok"
	Busy        Outcome = "busy"        // too many at once; nothing was sent
	Resting     Outcome = "resting"     // after failures; nothing was sent
	Unreachable Outcome = "unreachable" // no connection
	Broken      Outcome = "broken"      // the connection broke before the answer was whole
	TimedOut    Outcome = "timeout"
	Canceled    Outcome = "canceled" // by the person
	Redirected  Outcome = "redirected"
	Limited     Outcome = "limited"  // 429
	Denied      Outcome = "denied"   // 401, 403
	Status      Outcome = "status"   // any other status but 200
	Streamed    Outcome = "streamed" // although nobody asked for it
	WrongType   Outcome = "wrong_type"
	TooLarge    Outcome = "too_large"
	Malformed   Outcome = "malformed"
	Empty       Outcome = "empty"
	Truncated   Outcome = "truncated"
	Declined    Outcome = "declined" // the model would not answer
)

// hurts reports whether an outcome speaks against the endpoint itself.
func (o Outcome) hurts() bool {
	return o != OK && o != Busy && o != Resting && o != Canceled && o != Declined && o != Truncated
}

// Answer is what came of a question. Everything but Text is for the record and
// is set after a failure too.
type Answer struct {
	Text      string
	Outcome   Outcome
	In, Out   int    // tokens
	Estimated bool   // the endpoint did not count; a token a character
	Sent      string // SHA-256 of the bytes sent, hexadecimal, "" when nothing was
	Received  string // of the bytes received
	Took      time.Duration
	Cost      Cost
}

// Client asks one endpoint. It is safe for concurrent use.
type Client struct {
	conf    Config
	http    *http.Client
	slots   chan struct{}
	breaker breaker
}

// New returns a client, nil when the configuration is off.
func New(c Config) (*Client, error) {
	if err := c.Check(); err != nil || !c.On() {
		return nil, err
	}
	return &Client{conf: c, slots: make(chan struct{}, c.Concurrency), http: &http.Client{Transport: c.transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Config returns the configuration; its key prints as dots.
func (c *Client) Config() Config { return c.conf }

type chat struct {
	Model       string    `json:"model"`
	Messages    []message `json:"messages"`
	MaxTokens   int       `json:"max_tokens"`
	Temperature float64   `json:"temperature"`
	Stream      bool      `json:"stream"`
	Format      any       `json:"response_format,omitempty"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// body is what is sent for a question.
func (c *Client) body(q Question) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the guard over what leaves reads the text as it is
	err := e.Encode(chat{Model: c.conf.Model, MaxTokens: c.conf.MaxTokens, Temperature: 0.2, Format: map[string]string{"type": "json_object"},
		Messages: []message{{"system", q.System}, {"user", q.User}}})
	return b.Bytes(), err
}

// Most is what a question can cost at most, with every token of the answer.
func (c *Client) Most(q Question) Cost {
	return c.conf.Cost(utf8.RuneCountInString(q.System+q.User), c.conf.MaxTokens)
}

// Ask sends a question and returns the text of the answer. It waits for nobody:
// when as many questions as allowed are under way it says so. An error is a
// sentence for the person who asked; Answer tells the record what happened.
func (c *Client) Ask(ctx context.Context, q Question) (Answer, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		return refuse(Answer{}, Busy)
	}
	begin := time.Now()
	if rest, ok := c.breaker.allow(begin); !ok {
		return Answer{Outcome: Resting}, fault.New(fault.Unavailable, "大模型刚才连续失败，暂停调用，约 %d 秒后再试。其他功能不受影响，请先人工办理。", int(rest.Seconds())+1)
	}
	body, err := c.body(q)
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.conf.Timeout)
	defer cancel()
	a, err := c.ask(ctx, body)
	a.Took = time.Since(begin)
	a.count(c.conf, q)
	c.breaker.note(time.Now(), a.Outcome.hurts())
	return a, err
}

func (c *Client) ask(ctx context.Context, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(c.conf.URL, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "xiaobao")
	if c.conf.Key != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.conf.Key))
	}
	var a Answer
	var left atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { left.Store(true) }}))
	res, err := c.http.Do(req)
	if left.Load() {
		a.Sent = digest(body)
	}
	if err != nil {
		return refuse(a, lost(ctx, left.Load()), err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxResponse+1))
	a.Received = digest(raw)
	if err != nil {
		return refuse(a, lost(ctx, true), err)
	}
	return a.read(res, raw)
}

// lost says why no answer came; left tells whether the question was sent.
func lost(ctx context.Context, left bool) Outcome {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return TimedOut
	case ctx.Err() != nil:
		return Canceled
	case left:
		return Broken
	}
	return Unreachable
}

// count fills the tokens that the endpoint did not tell, and the cost.
func (a *Answer) count(c Config, q Question) {
	if a.Sent == "" {
		return
	}
	if a.In <= 0 {
		a.In, a.Estimated = utf8.RuneCountInString(q.System+q.User), true
	}
	if a.Out <= 0 && a.Text != "" {
		a.Out, a.Estimated = utf8.RuneCountInString(a.Text), true
	}
	a.Cost = c.Cost(a.In, a.Out)
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

// Probe asks the endpoint for its list of models, which sends no text of any
// case, and reports whether the configured one is among them.
func (c *Client) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, min(c.conf.Timeout, dialTime))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(c.conf.URL, "/")+"/models", nil)
	if err != nil {
		return err
	}
	if c.conf.Key != "" {
		req.Header.Set("Authorization", "Bearer "+string(c.conf.Key))
	}
	res, err := c.http.Do(req)
	if err != nil {
		_, err = refuse(Answer{}, lost(ctx, false), err)
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	if err == nil && res.StatusCode == http.StatusOK {
		return c.listed(raw)
	}
	_, err = refuse(Answer{}, ofStatus(res.StatusCode))
	return err
}

// listed looks for the model in the list of an endpoint.
func (c *Client) listed(raw []byte) error {
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(raw, &list) != nil {
		_, err := refuse(Answer{}, Malformed)
		return err
	}
	for _, m := range list.Data {
		if m.ID == c.conf.Model {
			return nil
		}
	}
	return fault.New(fault.Unavailable, "大模型服务连得上，但没有名为 %s 的模型；请核对 assist-model", c.conf.Model)
}
