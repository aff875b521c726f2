package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/document/fonts"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/storage"
	"xiaobao/internal/web"
)

// DefaultAddr is where the server listens when nothing says so: this machine only.
const DefaultAddr = "127.0.0.1:8080"

// grace is how long requests under way may take when the program is stopped.
const grace = 20 * time.Second

// tidyEvery is how often sessions that are over are dropped.
const tidyEvery = 10 * time.Minute

// resumeEvery is how often jobs are looked for that nobody runs any more.
const resumeEvery = 20 * time.Second

// postEvery is how often it is looked whether anything waits to leave.
const postEvery = 2 * time.Second

// fetchEvery is how often the mailbox is looked at.
const fetchEvery = 30 * time.Second

// keepEvery is how often it is looked whether a backup is due.
const keepEvery = time.Minute

// serving registers the flags of commands that serve.
func (f *flags) serving(data string) {
	f.setting("addr", "HOST:PORT", DefaultAddr, text{"监听地址；端口写 0 由系统选", "address to listen on; port 0 lets the system choose"})
	f.store(data)
	f.setting("institution", "NAME", "", text{"文书上的机构全称；不写则为总部名称", "full name on letters; that of head office without it"})
	f.setting("proxies", "CIDR,...", "", text{"前面代理的网段，逗号分隔；只相信它们转来的来访地址，例如 127.0.0.0/8", "networks of the proxies in front, comma separated; only their word on the visitor's address is taken, e.g. 127.0.0.0/8"})
	f.setting("secure-cookies", "true|false", "false", text{"人们经 HTTPS 访问（本机前面有代理）时写 true", "true when people come over HTTPS, through a proxy"})
	f.setting("metrics-token-file", "FILE", "", text{"存放 /metrics 口令的文件；不写则只答复本机直接发来的请求", "file with the token of /metrics; without it only direct requests from this machine are answered"})
	f.assist()
	f.setting("identity-file", "FILE", "", text{"说明单点登录（OIDC）和目录服务（LDAP）的文件；不写则只用本地账号", "file that describes single sign-on (OIDC) and a directory (LDAP); accounts of our own only without it"})
	f.backups()
	f.post()
	f.setting("checkpoint-dir", "DIR", "", text{"按间隔把签名的检查点写到这个目录；不写则不导出", "folder that signed checkpoints are written to at intervals; none are without it"})
	f.setting("log-level", "LEVEL", "info", text{"日志：debug、info、warn、error", "log: debug, info, warn, error"})
}

var serveCommand = command{
	name:  "serve",
	brief: text{"启动服务", "run the server"},
	more: text{"首次启动建立数据目录、主密钥、总部和系统管理员，密码只打印一次；之后由管理员在页面上增加机构与人员。\n按 Ctrl-C 或收到 SIGTERM 时，先办完正在处理的请求再退出。",
		"The first start makes the data folder, the master key, head office and an administrator, whose password is printed once; the administrator adds units and people on the pages.\nCtrl-C or SIGTERM lets requests under way finish."},
	flags: func(f *flags) func(context.Context, *call) error {
		var asJSON bool
		f.serving(DefaultData)
		f.json(&asJSON)
		return func(ctx context.Context, c *call) error { return c.serve(ctx, asJSON) }
	},
}

// started is what --json prints when the server is ready.
type started struct {
	URL    string  `json:"url"`
	First  bool    `json:"first"` // passwords are shown this once
	People any     `json:"people,omitempty"`
	Cases  int     `json:"cases,omitempty"`
	Took   float64 `json:"seconds"`
}

func (c *call) serve(ctx context.Context, asJSON bool) error {
	begin := time.Now()
	l, err := c.listen(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	s, err := c.open(ctx, true, storage.Options{})
	if err != nil {
		return err
	}
	return errors.Join(c.serveStore(ctx, l, s, begin, asJSON), s.Close())
}

func (c *call) serveStore(ctx context.Context, l net.Listener, s *storage.Store, begin time.Time, asJSON bool) error {
	password, err := c.found(ctx, s)
	if err != nil {
		return err
	}
	model, err := c.assist()
	if err != nil {
		return err
	}
	a, err := c.app(ctx, s, app.Options{Assist: model})
	if err != nil {
		return err
	}
	ready := started{URL: address(l), First: password != "", Took: time.Since(begin).Seconds()}
	if ready.First {
		ready.People = []map[string]string{{"login": adminLogin, "password": password}}
	}
	return c.run(ctx, l, a, func() error {
		if asJSON {
			return c.printJSON(ready)
		}
		if ready.First {
			c.printf("系统管理员 %s 的密码：%s（只显示这一次，首次登录须修改）\n", "password of the administrator %s: %s (shown once, to be changed at the first sign-in)\n", adminLogin, password)
		}
		c.printf("小保已启动：%s\n", "Xiaobao is running: %s\n", ready.URL)
		return nil
	})
}

const adminLogin = "admin"

// found makes head office and an administrator where there is nobody, and returns
// the administrator's password; "" when there was an institution already, or
// another copy that started with this one founded it first.
func (c *call) found(ctx context.Context, s *storage.Store) (string, error) {
	a, err := c.app(ctx, s, app.Options{Institution: " "})
	if err != nil {
		return "", err
	}
	if empty, err := a.Empty(ctx); err != nil || !empty {
		return "", err
	}
	name := c.conf.get("institution")
	if name == "" {
		name = c.say("总部", "Head office")
	}
	units := []party.Unit{{ID: "01", Name: name, Level: party.HeadOffice}}
	people := []party.Person{{ID: "p0", Login: adminLogin, Name: c.say("系统管理员", "Administrator"), Unit: "01", Roles: []party.Role{party.Administrator}}}
	passwords, err := a.Bootstrap(ctx, units, people, nil)
	if fault.Is(err, fault.Conflict) {
		return "", nil
	}
	return passwords[adminLogin], err
}

// listen takes the address before anything is made, so that a taken port is said at once.
func (c *call) listen(ctx context.Context) (net.Listener, error) {
	addr := c.conf.get("addr")
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "不能在 %s 监听。请用 --addr 换一个地址或端口，或先停止占用它的程序", addr)
	}
	return l, nil
}

// address is where a browser on this machine finds the listener.
func address(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// run serves until ctx ends. say prints that the server is there.
func (c *call) run(ctx context.Context, l net.Listener, a *app.App, say func() error) error {
	secure, err := strconv.ParseBool(strings.TrimSpace(c.conf.get("secure-cookies")))
	if err != nil {
		return usageError{c.say("secure-cookies 只能是 true 或 false", "secure-cookies is true or false")}
	}
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
	log := c.logger()
	token, err := c.metricsToken()
	if err != nil {
		return err
	}
	h, err := server.New(server.Options{App: a, Log: log, Addr: l.Addr().String(), Secure: secure, Proxy: proxies, Token: token, API: func(site *web.Site, a *app.App) http.Handler {
		return api.New(api.Options{App: a, Log: log, Asset: site.Assets().URL})
	}})
	if err != nil {
		return err
	}
	if err := c.setBackups(a); err != nil {
		return err
	}
	a.SetCheckpoints(c.conf.get("checkpoint-dir"))
	if err := c.setPost(a); err != nil {
		return err
	}
	if err := c.setSources(a); err != nil {
		return err
	}
	if err := say(); err != nil {
		return err
	}
	go func() { // what the start took is given back: an idle program is small
		debug.FreeOSMemory()
		fonts.Release()
	}()
	go server.Tidy(ctx, a, log, tidyEvery)
	go server.Resume(ctx, a, log, resumeEvery)
	go server.Post(ctx, a, log, postEvery)
	go server.Fetch(ctx, a, log, fetchEvery)
	keep, stopKeeping := context.WithCancel(ctx)
	var keeping sync.WaitGroup
	keeping.Go(func() { server.Keep(keep, a, log, keepEvery) })
	err = server.Serve(ctx, h, l, grace)
	a.WaitJobs(true)
	stopKeeping()
	keeping.Wait()
	if ctx.Err() != nil {
		c.warn("已停止。", "stopped.")
	}
	return err
}

// minToken is how long a token of /metrics must be.
const minToken = 16

// metricsToken reads the token that /metrics asks for; "" where none is set.
func (c *call) metricsToken() (string, error) {
	path := c.conf.get("metrics-token-file")
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path) // #nosec G304: named by the operator
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "读不了监控口令文件 %s（metrics-token-file）", path)
	}
	token := strings.TrimSpace(string(raw))
	if len(token) < minToken || strings.ContainsAny(token, " \t\r\n") {
		return "", fault.New(fault.Invalid, "监控口令文件 %s 不对：应只有一行口令，不少于 %d 个字符", path, minToken)
	}
	return token, nil
}

// proxies reads the networks whose X-Forwarded-For is believed. Without any,
// everybody behind a proxy counts as one address.
func (c *call) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for part := range strings.SplitSeq(c.conf.get("proxies"), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, usageError{c.say("proxies 里的 %s 不是网段，例如 127.0.0.0/8", "%s in proxies is no network; write e.g. 127.0.0.0/8", part)}
		}
		out = append(out, p)
	}
	return out, nil
}
