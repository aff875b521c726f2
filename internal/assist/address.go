package assist

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"xiaobao/internal/fault"
)

// dialTime bounds how long a connection may take to come about.
const dialTime = 10 * time.Second

// checkAddress refuses what can be seen from the address alone: a public address
// that was not allowed, plain http to one, and a proxy behind which nobody can
// see where the text goes.
func (c Config) checkAddress(u *url.URL) error {
	if c.AllowPublic {
		if u.Scheme == "http" && !private(u.Hostname()) {
			return fault.New(fault.Invalid, "机构外的大模型只能用 https 地址（assist-url）")
		}
	} else if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !inHouse(ip) {
		return outside(u.Host)
	}
	if c.Proxy == "" {
		return nil
	}
	p, err := url.Parse(c.Proxy)
	if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" || p.User != nil {
		return fault.New(fault.Invalid, "代理地址 assist-proxy 写得不对：应为 http://主机:端口，不带用户名和密码")
	}
	if !c.AllowPublic && !private(u.Hostname()) {
		return fault.New(fault.Invalid, "经代理访问时，程序看不到文字最终送到哪里：assist-url 请写内网 IP 地址，或由管理者决定设置 assist-allow-public=true")
	}
	return nil
}

func outside(host string) error {
	return fault.New(fault.Invalid, "大模型地址 %s 在机构之外，没有发送任何内容。只允许本机和内网地址；确需使用外部服务的，须先做个人信息保护影响评估，再设置 assist-allow-public=true", host)
}

// private reports whether a host is written as an address of the house.
func private(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && inHouse(ip) || host == "localhost"
}

// inHouse reports whether an address is this machine or of a private network.
// Link-local ones are not: there the secrets of rented machines are found.
func inHouse(ip netip.Addr) bool {
	ip = ip.Unmap()
	return ip.IsLoopback() || ip.IsPrivate()
}

// transport connects to allowed addresses only, each name looked up anew and
// checked at the connection itself, so that a name that moves is noticed.
func (c Config) transport() *http.Transport {
	d := &net.Dialer{Timeout: dialTime, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || ap.Addr().Unmap().IsLinkLocalUnicast() || ap.Addr().IsUnspecified() || !c.mayConnect(ap.Addr()) {
			return outside(address)
		}
		return nil
	}}
	t := &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: dialTime, MaxIdleConnsPerHost: c.Concurrency, IdleConnTimeout: time.Minute,
		MaxResponseHeaderBytes: 64 << 10, DisableCompression: true, ForceAttemptHTTP2: true}
	if p, err := url.Parse(c.Proxy); err == nil && c.Proxy != "" {
		t.Proxy = http.ProxyURL(p)
	}
	return t
}

// mayConnect decides on a looked-up address. Plain http leaves the house never,
// whatever a name says.
func (c Config) mayConnect(ip netip.Addr) bool {
	u, err := url.Parse(c.URL)
	return err == nil && (inHouse(ip) || c.AllowPublic && u.Scheme == "https")
}
