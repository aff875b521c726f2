package assist

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// wire answers without a network, so that time can be made up.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func good(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(said("{}")))}, nil
}

func wired(t *testing.T, w wire) *Client {
	t.Helper()
	conf := Default()
	conf.URL, conf.Model, conf.Concurrency = "http://127.0.0.1:1/v1", "m", 1
	c, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	c.http.Transport = w
	return c
}

// An endpoint that says nothing costs the configured time and no more; a person
// who goes away ends it at once.
func TestTimeIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wired(t, silent)
		begin := time.Now()
		if a, _ := c.Ask(t.Context(), question); a.Outcome != TimedOut || a.Took != 45*time.Second || time.Since(begin) != 45*time.Second {
			t.Errorf("%+v after %v", a, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		go func() { time.Sleep(2 * time.Second); cancel() }()
		if a, _ := c.Ask(ctx, question); a.Outcome != Canceled || a.Took != 2*time.Second {
			t.Errorf("%+v", a)
		}
	})
}

// After three failures in a row nobody waits: one question a minute tries again.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, fail := 0, true
		c := wired(t, func(r *http.Request) (*http.Response, error) {
			asked++
			if fail {
				return nil, io.ErrUnexpectedEOF
			}
			return good(r)
		})
		ask := func(want Outcome) {
			t.Helper()
			if a, err := c.Ask(t.Context(), question); a.Outcome != want {
				t.Errorf("outcome %s (%v), want %s", a.Outcome, err, want)
			}
		}
		for range 3 {
			ask(Unreachable)
		}
		ask(Resting)
		time.Sleep(breakFor)
		ask(Unreachable)
		ask(Resting)
		fail = false
		time.Sleep(breakFor)
		ask(OK)
		ask(OK)
		if asked != 6 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// No more questions at once than allowed; the next is told so at once.
func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wired(t, silent)
		done := make(chan Outcome)
		go func() { a, _ := c.Ask(t.Context(), question); done <- a.Outcome }()
		synctest.Wait()
		if a, err := c.Ask(t.Context(), question); a.Outcome != Busy || !strings.Contains(err.Error(), "正在处理其他请求") {
			t.Errorf("%+v %v", a, err)
		}
		if got := <-done; got != TimedOut {
			t.Errorf("the first ended %s", got)
		}
	})
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   string // of the sentence, "" for fine
	}{
		"off":                {func(c *Config) { c.URL, c.Model = "", "" }, ""},
		"in the house":       {func(c *Config) {}, ""},
		"by name":            {func(c *Config) { c.URL = "https://llm.bank.internal/v1" }, ""},
		"this machine":       {func(c *Config) { c.URL = "http://localhost:11434/v1" }, ""},
		"public":             {func(c *Config) { c.URL = "https://8.8.8.8/v1" }, "在机构之外"},
		"metadata":           {func(c *Config) { c.URL = "http://169.254.169.254/v1" }, "在机构之外"},
		"public allowed":     {func(c *Config) { c.URL, c.AllowPublic = "https://api.example.com/v1", true }, ""},
		"public, plain":      {func(c *Config) { c.URL, c.AllowPublic = "http://api.example.com/v1", true }, "只能用 https"},
		"key in the address": {func(c *Config) { c.URL = "http://u:p@10.0.0.1/v1" }, "不能带用户名"},
		"key in the query":   {func(c *Config) { c.URL = "http://10.0.0.1/v1?key=1" }, "不能带用户名"},
		"file":               {func(c *Config) { c.URL = "file:///etc/passwd" }, "写得不对"},
		"nothing":            {func(c *Config) { c.URL = "10.0.0.1" }, "写得不对"},
		"no model":           {func(c *Config) { c.Model = " " }, "assist-model"},
		"no time":            {func(c *Config) { c.Timeout = 0 }, "assist-timeout"},
		"no tokens":          {func(c *Config) { c.MaxTokens = 1 }, "assist-max-tokens"},
		"no slot":            {func(c *Config) { c.Concurrency = 0 }, "assist-concurrency"},
		"key with a line":    {func(c *Config) { c.Key = "a\nb" }, "密钥"},
		"negative":           {func(c *Config) { c.PriceIn = -1 }, "不能是负数"},
		"proxy":              {func(c *Config) { c.Proxy = "http://10.0.0.2:3128" }, ""},
		"proxy to a name":    {func(c *Config) { c.URL, c.Proxy = "https://llm.bank/v1", "http://10.0.0.2:3128" }, "看不到"},
		"bad proxy":          {func(c *Config) { c.Proxy = "socks5://10.0.0.2" }, "assist-proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := Default()
			conf.URL, conf.Model, conf.Key = "http://10.0.0.8:8000/v1", "m", "sk-secret"
			c.change(&conf)
			err := conf.Check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if client, err := New(conf); conf.On() != (client != nil) && err == nil {
				t.Errorf("client %v of %v", client, conf.URL)
			}
		})
	}
}

// A name that leads out of the house is noticed at the connection.
func TestConnectionIsChecked(t *testing.T) {
	for at, want := range map[string]bool{"10.1.2.3": true, "192.168.0.1": true, "172.16.9.9": true, "127.0.0.1": true, "::1": true, "fd00::1": true, "::ffff:10.0.0.1": true,
		"8.8.8.8": false, "172.32.0.1": false, "169.254.169.254": false, "2400:3200::1": false, "::ffff:8.8.8.8": false, "100.64.0.1": false} {
		conf := Config{URL: "http://llm.bank/v1"}
		if got := conf.mayConnect(netip.MustParseAddr(at)); got != want {
			t.Errorf("connects to %s: %v", at, got)
		}
	}
	conf := Default()
	conf.URL, conf.Model, conf.Timeout = "http://192.0.2.1.nip.invalid/v1", "m", time.Second
	tr := conf.transport()
	if conn, err := tr.DialContext(t.Context(), "tcp", "192.0.2.1:80"); err == nil || !strings.Contains(err.Error(), "在机构之外") {
		t.Errorf("connected: %v %v", conn, err)
	}
	if conn, err := tr.DialContext(t.Context(), "tcp", "169.254.169.254:80"); err == nil || !strings.Contains(err.Error(), "在机构之外") {
		t.Errorf("connected: %v %v", conn, err)
	}
}

// The key stands in no print, log or JSON of the configuration.
func TestKeyIsNeverPrinted(t *testing.T) {
	conf := Config{URL: "http://10.0.0.8/v1", Key: "sk-secret"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "conf", conf, "key", conf.Key)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "conf", conf, "key", conf.Key)
	js, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		log.WriteString(fmt.Sprintf(verb, conf.Key) + fmt.Sprintf(verb, conf))
	}
	if all := log.String() + string(js); strings.Contains(all, "sk-secret") || strings.Contains(all, "736b2d73") {
		t.Error(all)
	}
}

func TestCost(t *testing.T) {
	for text, want := range map[string]Cost{"0.004": 4000, "12": 12_000_000, "0.000001": 1, " 1.5 ": 1_500_000, "": -1, "-1": -1, "a": -1, "0.0000001": -1, ".5": -1, "1.2.3": -1} {
		got, err := ParseCost(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	if got := (Config{PriceIn: 4000, PriceOut: 12_000}).Cost(1001, 1); got != 4016 {
		t.Errorf("cost %d", got)
	}
	if got := Cost(4016).Yuan(); got != "0.0041" {
		t.Errorf("in yuan %s", got)
	}
}
