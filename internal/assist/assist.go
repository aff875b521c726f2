// Package assist asks one language model that speaks the OpenAI chat protocol,
// such as a bank runs in its own house (vLLM, Ollama, Xinference). It is off
// until the operator names an address, and nothing else of the program needs it.
//
// What identifies a person never leaves: a Veil puts placeholders in its place
// and puts the words back into the answer, here. What is sent is data to the
// model, never an instruction; what comes back is text, cut to bounds, without
// links and markup, and never run.
//
//	assist.go   configuration          client.go   one question, bounded in time and size
//	address.go  where it may go        response.go what came back, or why not
//	breaker.go  rest after failures    veil.go     placeholders for personal data
//	prompt.go   the questions          clean.go    texts in and out
//	answer.go   the answers of the three uses
package assist

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// Secret is a text that prints as dots, so that no log or page shows it by accident.
type Secret string

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.hidden()) } // a fmt.State does not fail

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.hidden()), nil }

func (s Secret) hidden() string {
	if s == "" {
		return ""
	}
	return "…"
}

// Cost is money in millionths of a yuan: a thousand tokens cost less than a fen.
type Cost int64

// Yuan is the cost in yuan with four decimals, rounded up.
func (c Cost) Yuan() string {
	n := (int64(c) + 99) / 100
	return fmt.Sprintf("%d.%04d", n/10_000, n%10_000)
}

// ParseCost reads yuan with up to six decimals.
func ParseCost(s string) (Cost, error) {
	whole, part, _ := strings.Cut(strings.TrimSpace(s), ".")
	if len(part) > 6 {
		return 0, fault.New(fault.Invalid, "金额 %s 的小数超过六位", s)
	}
	n, err := strconv.ParseUint(whole+part+strings.Repeat("0", 6-len(part)), 10, 50)
	if err != nil || whole == "" {
		return 0, fault.New(fault.Invalid, "“%s”不是金额，请写元，例如 0.004", s)
	}
	return Cost(n), nil
}

// Config says where the model is and what it may use. Without URL it is off.
type Config struct {
	URL         string        // up to and with /v1; http or https, without user, query and fragment
	Model       string        // name as the endpoint knows it
	Key         Secret        // sent as bearer token; "" for none
	Timeout     time.Duration // of one question, all in all
	MaxTokens   int           // of one answer
	PriceIn     Cost          // of a thousand tokens sent
	PriceOut    Cost          // of a thousand tokens received
	DailyBudget Cost          // 0 for no limit
	DailyCalls  int           // 0 for no limit
	Concurrency int           // questions at once in this process
	AllowPublic bool          // the address may lie outside of the house; then only https
	Proxy       string        // http or https proxy, "" for none; the environment is not asked
}

// maxTimeout leaves time to render the page, which the server sends within a minute.
const maxTimeout = 50 * time.Second

// On reports whether an endpoint is configured.
func (c Config) On() bool { return c.URL != "" }

// Default returns a configuration with bounds and without an endpoint.
func Default() Config {
	return Config{Timeout: 45 * time.Second, MaxTokens: 2000, Concurrency: 2, DailyCalls: 500}
}

// Check refuses a configuration that cannot work or is not safe. The address
// itself is checked again at every connection, see address.go.
func (c Config) Check() error {
	if !c.On() {
		return nil
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fault.New(fault.Invalid, "大模型地址 assist-url 写得不对：应为 http:// 或 https:// 开头、到 /v1 为止，例如 http://10.0.0.8:8000/v1")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fault.New(fault.Invalid, "大模型地址 assist-url 里不能带用户名、密码、问号参数或井号；密钥请放在环境变量 XIAOBAO_ASSIST_KEY 或 assist-key-file 指定的文件里")
	case strings.TrimSpace(c.Model) == "":
		return fault.New(fault.Invalid, "没有写明模型名称：请设置 assist-model")
	case c.Timeout < time.Second || c.Timeout > maxTimeout:
		return fault.New(fault.Invalid, "assist-timeout 应在 1 到 50 秒之间：页面一分钟之内要有回答")
	case c.MaxTokens < 64 || c.MaxTokens > 32_000:
		return fault.New(fault.Invalid, "assist-max-tokens 应在 64 到 32000 之间")
	case c.Concurrency < 1 || c.Concurrency > 64:
		return fault.New(fault.Invalid, "assist-concurrency 应在 1 到 64 之间")
	case c.PriceIn < 0 || c.PriceOut < 0 || c.DailyBudget < 0 || c.DailyCalls < 0:
		return fault.New(fault.Invalid, "单价、每日预算和每日次数不能是负数")
	case strings.ContainsFunc(string(c.Key), func(r rune) bool { return r <= ' ' || r > '~' }):
		return fault.New(fault.Invalid, "大模型的密钥含有空格、换行或非英文字符，请核对密钥文件")
	}
	return c.checkAddress(u)
}

// Cost is what tokens cost, rounded up.
func (c Config) Cost(in, out int) Cost {
	return (Cost(in)*c.PriceIn + Cost(out)*c.PriceOut + 999) / 1000
}

// Host is the host of the endpoint, for people; it holds no secret.
func (c Config) Host() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	return u.Host
}
