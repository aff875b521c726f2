package cli

import (
	"context"
	"crypto/x509"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/post"
	"xiaobao/internal/storage"
)

// postTimeout bounds one try to reach a mail server, twice: to connect, and to send.
const postTimeout = 30 * time.Second

// post registers the flags of what leaves the house.
func (f *flags) post() {
	f.setting("base-url", "URL", "", text{"人们打开页面用的地址，写进邮件，例如 https://xiaobao.bank.example", "address at which people open the pages, for links in mails, e.g. https://xiaobao.bank.example"})
	f.setting("smtp-host", "HOST", "", text{"发信服务器（SMTP）；不写则不发邮件", "mail server (SMTP); no mail is sent without it"})
	f.setting("smtp-port", "PORT", "465", text{"发信服务器的端口", "port of the mail server"})
	f.setting("smtp-tls", "MODE", "tls", text{"tls、starttls 或 none（只用于本机的转发服务）", "tls, starttls or none (only for a relay on this machine)"})
	f.setting("smtp-user", "NAME", "", text{"发信服务器的用户名；不写则不登录", "user name at the mail server; no sign-in without it"})
	f.setting("smtp-password-file", "FILE", "", text{"存放发信密码的文件", "file with the password"})
	f.setting("smtp-ca-file", "FILE", "", text{"发信服务器的证书由机构自己签发时，存放根证书的 PEM 文件；写了就只信任它", "PEM file with the authority of the mail server's certificate, where the house has its own; nothing else is trusted then"})
	f.setting("smtp-from", "ADDRESS", "", text{"发件地址，退信也到这里", "address that mail comes from, also for bounces"})
	f.setting("imap-host", "HOST", "", text{"收信服务器（IMAP）；不写则不收邮件", "mail server to fetch from (IMAP); no mail is fetched without it"})
	f.setting("imap-port", "PORT", "993", text{"收信服务器的端口", "port of the server to fetch from"})
	f.setting("imap-tls", "MODE", "tls", text{"tls、starttls 或 none（只用于本机）", "tls, starttls or none (only on this machine)"})
	f.setting("imap-user", "NAME", "", text{"收信邮箱的用户名", "user name of the mailbox"})
	f.setting("imap-password-file", "FILE", "", text{"存放收信密码的文件", "file with the password of the mailbox"})
	f.setting("imap-ca-file", "FILE", "", text{"收信服务器的证书由机构自己签发时，存放根证书的 PEM 文件；写了就只信任它", "the same for the server to fetch from"})
	f.setting("imap-folder", "NAME", "INBOX", text{"收哪个文件夹；只读，不改动其中的邮件", "folder that is read; nothing in it is changed"})
	f.setting("webhook-hosts", "HOST,...", "", text{"事件推送可以发往的主机，逗号分隔；.bank.example 表示其下所有主机，* 表示任何主机；不写则不推送", "hosts that webhooks may go to, comma separated; .bank.example for all below it, * for any; none go out without it"})
	f.setting("webhook-http-hosts", "HOST,...", "", text{"其中可以不用 TLS 的主机（只用于机构内部）", "of these, hosts that may be reached without TLS (inside the house only)"})
	f.setting("webhook-networks", "CIDR,...", "", text{"事件推送可以发往的内部网段，例如 10.1.0.0/16；不写则只发往公网地址", "networks of the house that webhooks may reach, e.g. 10.1.0.0/16; only public addresses without it"})
	f.setting("webhook-ca-file", "FILE", "", text{"接收方的证书由机构自己签发时，存放根证书的 PEM 文件；本机信任的仍然信任", "PEM file with the authority of receivers' certificates, where the house has its own; trusted beside those of the system"})
	f.setting("checkpoint-mail", "ADDRESS,...", "", text{"按间隔把签名的检查点寄给这些地址，逗号分隔", "addresses that signed checkpoints are mailed to at intervals, comma separated"})
}

// postConfig reads how the program reaches others.
func (c *call) postConfig() (app.PostConfig, error) {
	out := app.PostConfig{Base: strings.TrimRight(strings.TrimSpace(c.conf.get("base-url")), "/")}
	if u, err := url.Parse(out.Base); out.Base != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "") {
		return out, usageError{c.say("base-url 的值 %s 不是网址，例如 https://xiaobao.bank.example", "base-url is no address: %s", out.Base)}
	}
	for _, part := range c.list("checkpoint-mail") {
		if !strings.Contains(part, "@") {
			return out, usageError{c.say("checkpoint-mail 里的 %s 不是邮箱地址", "%s in checkpoint-mail is no address", part)}
		}
		out.Checkpoints = append(out.Checkpoints, part)
	}
	var err error
	if out.Hooks, err = c.hooks(); err != nil {
		return out, err
	}
	if out.SMTP, err = c.smtp(); err != nil {
		return out, err
	}
	out.IMAP, err = c.imap()
	return out, err
}

// list is a setting of several values with commas between.
func (c *call) list(name string) (out []string) {
	for part := range strings.SplitSeq(c.conf.get(name), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// hooks reads whom webhooks may reach.
func (c *call) hooks() (post.HookPolicy, error) {
	out := post.HookPolicy{Hosts: c.list("webhook-hosts"), Plain: c.list("webhook-http-hosts"), Timeout: app.HookTimeout()}
	for _, name := range [2]string{"webhook-hosts", "webhook-http-hosts"} {
		for _, host := range c.list(name) {
			if strings.ContainsAny(host, "/@? ") || name == "webhook-http-hosts" && strings.ContainsAny(host, "*") {
				return out, usageError{c.say("%s 里的 %s 不是主机名，例如 hooks.bank.example", "%s: %s is no host name", name, host)}
			}
		}
	}
	for _, part := range c.list("webhook-networks") {
		network, err := netip.ParsePrefix(part)
		if err != nil {
			return out, usageError{c.say("webhook-networks 里的 %s 不是网段，例如 10.1.0.0/16", "%s in webhook-networks is no network, e.g. 10.1.0.0/16", part)}
		}
		out.Inside = append(out.Inside, network.Masked())
	}
	if !out.On() {
		return out, nil
	}
	authorities, err := post.ReadAuthorities(c.conf.get("webhook-ca-file"), "webhook-ca-file")
	out.Roots = post.Beside(authorities)
	return out, err
}

// only reads the authorities of one server.
func (c *call) only(name string) (*x509.CertPool, error) {
	authorities, err := post.ReadAuthorities(c.conf.get(name), name)
	return post.Only(authorities), err
}

func (c *call) imap() (post.IMAP, error) {
	out := post.IMAP{Host: strings.TrimSpace(c.conf.get("imap-host")), TLS: post.TLS(c.conf.get("imap-tls")), User: strings.TrimSpace(c.conf.get("imap-user")),
		Folder: strings.TrimSpace(c.conf.get("imap-folder")), Timeout: postTimeout}
	if !out.On() {
		return post.IMAP{}, nil
	}
	var err error
	if out.Port, err = strconv.Atoi(strings.TrimSpace(c.conf.get("imap-port"))); err != nil {
		return out, usageError{c.say("imap-port 的值 %s 不对", "imap-port is not right: %s", c.conf.get("imap-port"))}
	}
	if out.Password, err = post.ReadSecret(c.conf.get("imap-password-file"), "imap-password-file"); err != nil {
		return out, err
	}
	if out.Roots, err = c.only("imap-ca-file"); err != nil {
		return out, err
	}
	return out, out.Check()
}

func (c *call) smtp() (post.SMTP, error) {
	out := post.SMTP{Host: strings.TrimSpace(c.conf.get("smtp-host")), TLS: post.TLS(c.conf.get("smtp-tls")), User: strings.TrimSpace(c.conf.get("smtp-user")),
		From: strings.TrimSpace(c.conf.get("smtp-from")), Name: "小保", Timeout: postTimeout}
	if !out.On() {
		return post.SMTP{}, nil
	}
	var err error
	if out.Port, err = strconv.Atoi(strings.TrimSpace(c.conf.get("smtp-port"))); err != nil {
		return out, usageError{c.say("smtp-port 的值 %s 不对", "smtp-port is not right: %s", c.conf.get("smtp-port"))}
	}
	if out.Password, err = post.ReadSecret(c.conf.get("smtp-password-file"), "smtp-password-file"); err != nil {
		return out, err
	}
	if out.Roots, err = c.only("smtp-ca-file"); err != nil {
		return out, err
	}
	return out, out.Check()
}

func (c *call) setPost(a *app.App) error {
	conf, err := c.postConfig()
	if err == nil {
		a.SetPost(conf)
		a.SetPasskeys(conf.Base)
	}
	return err
}

// mail says how mail leaves: configured, reachable when asked to, and what waits
// or was given up.
func (k *checkup) mail(ctx context.Context, reach bool) {
	name := text{"发送邮件", "outgoing mail"}
	conf, err := k.c.postConfig()
	if err != nil {
		k.note(text{"邮件与事件推送的配置", "configuration of mail and webhooks"}, false, err.Error(), text{"按上面的说明改正，或删去 smtp-host、imap-host、webhook-hosts 停用", "mend what is said here, or take smtp-host, imap-host or webhook-hosts out to switch it off"})
		return
	}
	k.fetching(ctx, conf.IMAP, reach)
	hosts := k.c.say("未设置", "none")
	if conf.Hooks.On() {
		hosts = strings.Join(conf.Hooks.Hosts, ", ")
	}
	k.note(text{"事件推送", "webhooks"}, true, hosts, text{})
	k.authorities(conf)
	if !conf.SMTP.On() {
		k.note(name, true, k.c.say("未设置", "none"), text{})
		return
	}
	k.note(name, true, conf.SMTP.Address()+" ("+string(conf.SMTP.TLS)+"), "+conf.SMTP.From, text{})
	k.ownOnly(text{"发信密码权限", "mode of the mail password"}, k.c.conf.get("smtp-password-file"))
	if reach {
		value := k.c.say("可用", "fine")
		if err = conf.SMTP.Probe(ctx); err != nil {
			value = err.Error()
		}
		k.note(text{"发信服务器连接", "connection to the mail server"}, err == nil, value, text{"请检查服务器、端口、tls 方式、用户名和密码文件", "check server, port, tls mode, user name and password file"})
	}
}

// endSoon is how long before the end of an authority doctor says so.
const endSoon = 30 * 24 * time.Hour

// authorities says which of the house's own are trusted where, and until when.
func (k *checkup) authorities(conf app.PostConfig) {
	for i, name := range [...]string{"smtp-ca-file", "imap-ca-file", "webhook-ca-file"} {
		certs, err := post.ReadAuthorities(k.c.conf.get(name), name)
		if on := [...]bool{conf.SMTP.On(), conf.IMAP.On(), conf.Hooks.On()}; err != nil || !on[i] || len(certs) == 0 {
			continue // what is wrong was said
		}
		end := post.FirstEnd(certs)
		k.note(text{"自己的根证书", "own authority"}, end.Sub(k.c.Now()) > endSoon, k.c.say("%s：%d 张，最早 %s 到期", "%s: %d, the first ends %s", name, len(certs), end.In(calendar.Zone).Format(time.DateOnly)),
			text{"即将到期或已到期：请把新的根证书加进文件，再重启服务", "it ends soon or has ended: add the new one to the file and restart"})
	}
}

// fetching says where mail is fetched from and, when asked to, whether it answers.
func (k *checkup) fetching(ctx context.Context, conf post.IMAP, reach bool) {
	name := text{"收取邮件", "incoming mail"}
	if !conf.On() {
		k.note(name, true, k.c.say("未设置", "none"), text{})
		return
	}
	k.note(name, true, conf.Address()+" ("+string(conf.TLS)+"), "+conf.Folder, text{})
	k.ownOnly(text{"收信密码权限", "mode of the mailbox's password"}, k.c.conf.get("imap-password-file"))
	if !reach {
		return
	}
	value, err := k.c.say("可用", "fine"), conf.Probe(ctx)
	if err != nil {
		value = err.Error()
	}
	k.note(text{"收信服务器连接", "connection to the mailbox"}, err == nil, value, text{"请检查服务器、端口、tls 方式、用户名、密码文件和文件夹", "check server, port, tls mode, user name, password file and folder"})
}

// inbox says when mail was last fetched and what waits.
func (k *checkup) inbox(ctx context.Context, a *app.App) {
	s, err := a.BoxState(ctx)
	if err != nil || s.Last.At.IsZero() {
		return
	}
	value := k.c.say("最近成功 %s，待登记 %d", "last good %s, %d to register", s.Good.At.In(calendar.Zone).Format(time.RFC3339), s.Counts[storage.InboxNew])
	if s.Last.Failure != "" {
		value += "; " + s.Last.Failure
	}
	k.note(text{"来信", "inbox"}, s.Last.Failure == "", value, text{"收信失败，原因见上；邮件仍在邮箱里，恢复后会接着收", "fetching fails for the reason above; the messages are in the mailbox and are fetched once it is mended"})
}

// targets names the receivers of webhooks that the program turned off.
func (k *checkup) targets(ctx context.Context, a *app.App) {
	off, err := a.FailedHooks(ctx)
	if err != nil {
		return
	}
	for _, t := range off {
		k.note(text{"事件推送的接收方", "receiver of webhooks"}, false, k.c.say("%s：已于 %s 停用。%s", "%s: off since %s. %s", t.Name, t.Since.In(calendar.Zone).Format(time.RFC3339), t.Why),
			text{"请与接收方核对后，在设置的“事件推送”页上重新启用，并“全部再发”", "ask the receiver, then turn it on again on the settings page of webhooks and send all again"})
	}
}

// outbox looks at what waits to leave and what was given up.
func (k *checkup) outbox(ctx context.Context, a *app.App) {
	states, err := a.PostStates(ctx)
	if err != nil {
		return
	}
	for way, s := range states {
		if s.Waiting+s.GivenUp == 0 && s.LastSent.IsZero() {
			continue
		}
		last := k.c.say("从未", "never")
		if !s.LastSent.IsZero() {
			last = s.LastSent.In(calendar.Zone).Format(time.RFC3339)
		}
		value := k.c.say("%s：待发送 %d，已放弃 %d，最近发出 %s", "%s: %d waiting, %d given up, last sent %s", way, s.Waiting, s.GivenUp, last)
		if s.Last.Answer != "" {
			value += "; " + s.Last.Answer
		}
		stuck := !s.Oldest.IsZero() && k.c.Now().Sub(s.Oldest) > 24*time.Hour
		k.note(text{"待发送", "outbox"}, s.GivenUp == 0 && !stuck, value, text{"有消息发不出去：看设置页面上的发送记录，处理后“再发一次”；服务须在运行", "messages do not leave: see the log on the settings pages, mend it and send again; the server must be running"})
	}
}
