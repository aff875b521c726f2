package post_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"xiaobao/internal/fault"
	"xiaobao/internal/post"
)

// The vector of the Standard Webhooks specification, alone and beside the secret
// that it replaces.
func TestSign(t *testing.T) {
	at := time.Unix(1614265330, 0)
	const first, second = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,woH/1mJtZGSMCmpFTxRYbStS24eLLD/oXIYr4PYyZ7g="
	for _, test := range []struct {
		secrets []post.Secret
		want    string
	}{
		{[]post.Secret{secret}, first},
		{[]post.Secret{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, first},
		{[]post.Secret{post.HookSecret(make([]byte, 24)), secret}, second + " " + first},
		{[]post.Secret{"whsec_%%%"}, ""}, {[]post.Secret{secret, ""}, ""}, {nil, ""},
	} {
		got, err := post.Sign(test.secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`))
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %s, %v; want %s", test.secrets, got, err, test.want)
		}
	}
	if key := make([]byte, 24); post.HookSecret(key) != "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" {
		t.Errorf("%s", string(post.HookSecret(key)))
	}
}

const secret = post.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

// say is a message of an old time.
func say(id, body string) post.HookMessage {
	return post.HookMessage{ID: id, At: time.Unix(1614265330, 0), Body: []byte(body)}
}

func inside(hosts ...string) post.HookPolicy {
	return post.HookPolicy{Hosts: []string{"*"}, Plain: hosts, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 300 * time.Millisecond}
}

// How long a receiver asks to be left alone: as seconds or as a date, of 429 and 503
// only, and never so long that a time overflows.
func TestRetryAfter(t *testing.T) {
	at := time.Unix(1614265330, 0)
	const most = 10 * 365 * 24 * time.Hour
	var code int
	var header string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", header)
		w.WriteHeader(code)
	}))
	t.Cleanup(s.Close)
	for _, test := range []struct {
		code int
		text string
		want time.Duration
	}{
		{429, "120", 2 * time.Minute}, {503, "120", 2 * time.Minute}, {503, " 0120 ", 2 * time.Minute}, {503, "0", 0}, {503, "", 0}, {503, "-5", 0}, {503, "1.5", 0}, {503, "1h", 0},
		{503, "999999999", most}, {429, "99999999999999999999999999", most}, {503, "00000000000000000000000001", time.Second},
		{429, at.Add(time.Hour).UTC().Format(http.TimeFormat), time.Hour}, {503, at.Add(time.Minute).UTC().Format(time.RFC850), time.Minute}, {503, at.Add(time.Minute).UTC().Format(time.ANSIC), time.Minute},
		{503, at.Add(-time.Hour).UTC().Format(http.TimeFormat), 0}, {503, "Fri, 31 Dec 9999 23:59:59 GMT", most}, {503, "tomorrow", 0},
		{500, "120", 0}, {200, "120", 0}, {410, "120", 0}, {302, "120", 0},
	} {
		code, header = test.code, test.text
		got := inside("127.0.0.1").Deliver(ctx, s.URL, []post.Secret{secret}, say("msg_1", "{}"))
		if got.After != test.want || got.Code != test.code || strings.Contains(got.Text, "Retry-After") != (test.want > 0) {
			t.Errorf("%d %q: %+v, want %s", test.code, test.text, got, test.want)
		}
	}
}

// A receiver in every mood: what takes a message, what is tried again, what ends it.
func TestDeliver(t *testing.T) {
	release := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/{code}", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want, _ := post.Sign([]post.Secret{secret}, r.Header.Get("webhook-id"), time.Unix(1614265330, 0), body)
		if r.Header.Get("webhook-signature") != want || r.Header.Get("webhook-timestamp") != "1614265330" || r.Header.Get("webhook-id") != "msg_1" || r.Method != "POST" {
			t.Errorf("headers %v", r.Header)
		}
		switch r.PathValue("code") {
		case "200":
		case "410":
			w.WriteHeader(410)
		case "500":
			w.WriteHeader(500)
		case "302":
			http.Redirect(w, r, "/200?followed", http.StatusFound)
		case "slow":
			<-release
		case "huge":
			_, _ = w.Write(make([]byte, 8<<20))
		case "drip":
			for range 50 {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		case "head":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(release) })
	for _, test := range []struct {
		path        string
		taken, last bool
		code        int
	}{
		{"200", true, false, 200}, {"huge", true, false, 200}, {"drip", true, false, 200}, {"500", false, false, 500}, {"410", false, true, 410}, {"302", false, false, 302}, {"slow", false, false, 0}, {"head", false, false, 0},
	} {
		got := inside("127.0.0.1").Deliver(ctx, s.URL+"/"+test.path, []post.Secret{secret}, say("msg_1", `{"type":"x"}`))
		if (got.Err == nil) != test.taken || got.Final != test.last || got.Code != test.code {
			t.Errorf("%s: %+v", test.path, got)
		}
		if strings.Contains(got.Text, s.URL) {
			t.Errorf("%s: the address is kept: %s", test.path, got.Text)
		}
	}
}

// Whatever a name says, the address that it leads to is judged when the connection
// is made.
func TestDeliverReachesNobodyInside(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"localhost", "127.0.0.1"} {
		closed := post.HookPolicy{Hosts: []string{"*"}, Plain: []string{host}, Timeout: time.Second}
		if got := closed.Deliver(ctx, "http://"+host+":"+u.Port()+"/", []post.Secret{secret}, say("m", "")); got.Err == nil || asked != 0 {
			t.Errorf("%s: %+v, asked %d times", host, got, asked)
		}
	}
	if got := inside("localhost").Deliver(ctx, "http://localhost:"+u.Port()+"/", []post.Secret{secret}, say("m", "")); got.Err != nil || asked != 1 {
		t.Errorf("a network that is allowed: %+v, asked %d times", got, asked)
	}
}

func TestHookPolicyCheck(t *testing.T) {
	p := post.HookPolicy{Hosts: []string{"*"}, Plain: []string{"old.bank.example"}, Inside: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}}
	for address, good := range map[string]bool{
		"https://hooks.bank.example/x?y=z": true, "http://old.bank.example/": true, "https://10.1.2.3/": true, "https://8.8.8.8/": true, "https://[2606:4700::1]/": true,
		"http://hooks.bank.example/": false, "ftp://x.example/": false, "https:///x": false, "https://u:p@x.example/": false, "https://x.example/#f": false, "x": false,
		"https://10.2.0.1/": false, "https://127.0.0.1/": false, "https://[::1]/": false, "https://169.254.169.254/": false, "https://192.168.1.1/": false, "https://0.0.0.0/": false,
		"https://[::ffff:127.0.0.1]/": false, "https://[fe80::1]/": false, "https://[fd00::1]/": false, "https://100.64.0.1/": false, "https://224.0.0.1/": false, "https://[64:ff9b::7f00:1]/": false, "https://[2002:7f00:1::]/": false, "https://[::127.0.0.1]/": false, "https://[fe80::1%25eth0]/": false, "https://[fec0::1]/": false, "https://[ff02::1]/": false,
		"https://a b.example/": false, "https://x.example/" + strings.Repeat("x", 1000): false,
	} {
		if err := p.Check(address); (err == nil) != good || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want good %v", address, err, good)
		}
	}
}

// Only the hosts of the configuration are reached, and none when it names none.
func TestHookHosts(t *testing.T) {
	for _, test := range []struct {
		hosts []string
		host  string
		want  bool
	}{
		{nil, "hooks.bank.example", false}, {[]string{"*"}, "hooks.bank.example", true}, {[]string{"hooks.bank.example"}, "HOOKS.bank.example", true},
		{[]string{".bank.example"}, "hooks.bank.example", true}, {[]string{".bank.example"}, "bank.example", false}, {[]string{".bank.example"}, "evilbank.example", false}, {[]string{"bank.example"}, "hooks.bank.example", false},
	} {
		p := post.HookPolicy{Hosts: test.hosts}
		if err := p.Check("https://" + test.host + "/"); (err == nil) != test.want || p.On() != (len(test.hosts) > 0) {
			t.Errorf("%v: %s: %v", test.hosts, test.host, err)
		}
	}
}

// A name that leads to an allowed address the first time and to another the second:
// the second connection is refused.
func TestDeliverAfterRebinding(t *testing.T) {
	asked := map[string]int{}
	var mu sync.Mutex
	count := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()]++
	})
	listen := func(at string) string {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Skip("no second address on the loopback interface: ", err)
		}
		s := &http.Server{Handler: count, ReadHeaderTimeout: time.Second}
		go func() { _ = s.Serve(l) }()
		t.Cleanup(func() { _ = s.Close() })
		return l.Addr().String()
	}
	good := listen("127.0.0.2:0")
	_, port, _ := net.SplitHostPort(good)
	evil := listen("127.0.0.1:" + port)
	p := post.HookPolicy{Hosts: []string{"hooks.bank.example"}, Plain: []string{"hooks.bank.example"}, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}, Timeout: 2 * time.Second,
		Resolver: resolver(t, [4]byte{127, 0, 0, 2}, [4]byte{127, 0, 0, 1})}
	for i, want := range []bool{true, false, false} {
		got := p.Deliver(ctx, "http://hooks.bank.example:"+port+"/", []post.Secret{secret}, say("m", "{}"))
		if (got.Err == nil) != want || !want && !strings.Contains(got.Text, "webhook-networks") {
			t.Errorf("%d: %+v, want %v", i, got, want)
		}
	}
	if mu.Lock(); asked[good] != 1 || asked[evil] != 0 {
		t.Errorf("asked %v", asked)
	}
	mu.Unlock()
}

// resolver answers each question for a v4 address with the next one, the last for
// all that follow.
func resolver(t *testing.T, answers ...[4]byte) *net.Resolver {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		in := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(in)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(in[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}, Body: &dnsmessage.AResource{A: answers[0]}}}
				answers = answers[min(1, len(answers)-1):]
			}
			if out, err := m.Pack(); err == nil {
				_, _ = c.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

// A proxy that the environment names is never asked.
func TestDeliverIgnoresProxies(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	if got := inside("127.0.0.1").Deliver(ctx, s.URL, []post.Secret{secret}, say("m", "{}")); got.Err != nil {
		t.Errorf("%+v", got)
	}
}
