package identity

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"xiaobao/internal/fault"
)

type ldapFile struct {
	URL        string `toml:"url"`
	StartTLS   bool   `toml:"start_tls"`
	AllowPlain bool   `toml:"allow_plain"`
	CAFile     string `toml:"ca_file"`
	BindDN     string `toml:"bind_dn"`
	SecretFile string `toml:"bind_password_file"`
	Base       string `toml:"base"`
	Filter     string `toml:"filter"`
	ID         string `toml:"id_attribute"`
	Login      string `toml:"login_attribute"`
	Name       string `toml:"name_attribute"`
	Groups     string `toml:"groups_attribute"`
	Unit       string `toml:"unit_attribute"`
	Timeout    string `toml:"timeout"`
}

// LDAP is a directory, such as Active Directory. Every sign-in has connections of
// its own: bind as the service, search for the name, bind as who was found.
type LDAP struct {
	file   ldapFile
	secret string
	tls    *tls.Config
	wait   time.Duration
}

// loginPlace is where the filter takes the login name.
const loginPlace = "{login}"

// switchedOff is the bit of userAccountControl of an account that is switched off.
const switchedOff = 2

func (f ldapFile) open(near func(string) string) (*LDAP, error) {
	u, err := url.Parse(f.URL)
	if err != nil || u.Host == "" || u.Scheme != "ldaps" && u.Scheme != "ldap" {
		return nil, fault.New(fault.Invalid, "url 须写成 ldaps://主机:端口 或 ldap://主机:端口，不能是 %s", f.URL)
	}
	if u.Scheme == "ldap" && !f.StartTLS && !f.AllowPlain {
		return nil, fault.New(fault.Invalid, "ldap:// 会明文传送密码：请改用 ldaps://，或写 start_tls = true")
	}
	for value, otherwise := range map[*string]string{&f.Filter: "(&(objectClass=person)(sAMAccountName={login}))", &f.ID: "objectGUID", &f.Login: "sAMAccountName", &f.Name: "displayName", &f.Groups: "memberOf", &f.Unit: "department"} {
		if *value == "" {
			*value = otherwise
		}
	}
	if _, err := ldap.CompileFilter(strings.ReplaceAll(f.Filter, loginPlace, "x")); err != nil || !strings.Contains(f.Filter, loginPlace) {
		return nil, fault.New(fault.Invalid, "filter 须是 LDAP 过滤条件并含有 {login}，例如 (sAMAccountName={login})，不能是 %s", f.Filter)
	}
	if f.Base == "" || f.BindDN == "" {
		return nil, fault.New(fault.Invalid, "须写 base（从哪里查找人员）和 bind_dn（用来查找的账号）")
	}
	d := &LDAP{file: f, tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	if d.wait, err = timeoutOf(f.Timeout); err != nil {
		return nil, err
	}
	if d.secret, err = secretOf(near(f.SecretFile)); err != nil {
		return nil, err
	}
	if f.CAFile != "" {
		pem, err := os.ReadFile(near(f.CAFile))
		d.tls.RootCAs = x509.NewCertPool()
		if err != nil || !d.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fault.New(fault.Invalid, "ca_file %s 里没有可用的 PEM 证书", f.CAFile)
		}
	}
	return d, nil
}

func (d *LDAP) dial() (*ldap.Conn, error) {
	c, err := ldap.DialURL(d.file.URL, ldap.DialWithDialer(&net.Dialer{Timeout: d.wait}), ldap.DialWithTLSConfig(d.tls))
	if err != nil {
		return nil, err
	}
	c.SetTimeout(d.wait)
	if d.file.StartTLS && strings.HasPrefix(d.file.URL, "ldap://") {
		if err := c.StartTLS(d.tls); err != nil {
			_ = c.Close()
			return nil, err
		}
	}
	return c, nil
}

// SignIn checks a name and a password with the directory and returns who it is. A
// name that it does not know, one that it knows twice, and a wrong password are the
// same refusal; a directory that does not answer is Unavailable.
func (d *LDAP) SignIn(ctx context.Context, login, password string) (Outside, error) {
	if login == "" || password == "" || len(login) > 200 || !utf8.ValidString(login) { // an empty password would bind as nobody and succeed
		return Outside{}, refused()
	}
	c, err := d.dial()
	if err != nil {
		return Outside{}, away(ctx, err, "目录服务（LDAP）")
	}
	defer func() { _ = c.Close() }()
	if err := c.Bind(d.file.BindDN, d.secret); err != nil {
		return Outside{}, away(ctx, err, "目录服务（LDAP）")
	}
	found, err := d.find(c, login)
	if err != nil {
		return Outside{}, away(ctx, err, "目录服务（LDAP）")
	}
	if found == nil {
		return Outside{}, refused()
	}
	err = c.Bind(found.DN, password)
	if e := (*ldap.Error)(nil); errors.As(err, &e) && e.ResultCode == ldap.LDAPResultInvalidCredentials {
		return Outside{}, refused()
	}
	if err != nil {
		return Outside{}, away(ctx, err, "目录服务（LDAP）")
	}
	return d.outside(found), nil
}

// find returns the one entry of a login name, nil for none and for several.
func (d *LDAP) find(c *ldap.Conn, login string) (*ldap.Entry, error) {
	r := ldap.NewSearchRequest(d.file.Base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, int(d.wait/time.Second)+1, false,
		strings.ReplaceAll(d.file.Filter, loginPlace, ldap.EscapeFilter(login)),
		[]string{d.file.ID, d.file.Login, d.file.Name, d.file.Groups, d.file.Unit, "userAccountControl"}, nil)
	got, err := c.Search(r)
	if e := (*ldap.Error)(nil); errors.As(err, &e) && (e.ResultCode == ldap.LDAPResultSizeLimitExceeded || e.ResultCode == ldap.LDAPResultNoSuchObject) {
		return nil, nil
	}
	if err != nil || len(got.Entries) != 1 {
		return nil, err
	}
	return got.Entries[0], nil
}

func (d *LDAP) outside(e *ldap.Entry) Outside {
	out := Outside{Source: "ldap", Subject: hex.EncodeToString(e.GetEqualFoldRawAttributeValue(d.file.ID)), Login: e.GetEqualFoldAttributeValue(d.file.Login),
		Name: e.GetEqualFoldAttributeValue(d.file.Name), Groups: e.GetEqualFoldAttributeValues(d.file.Groups), Unit: e.GetEqualFoldAttributeValue(d.file.Unit)}
	if out.Subject == "" {
		out.Subject = strings.ToLower(e.DN)
	}
	control, _ := strconv.ParseInt(e.GetEqualFoldAttributeValue("userAccountControl"), 10, 64) // not there: a directory of another make
	out.Disabled = control&switchedOff != 0
	return out
}
