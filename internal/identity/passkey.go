package identity

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// PasskeyTime is how long somebody has to touch the key that was asked for.
const PasskeyTime = 5 * time.Minute

// maxPasskeyAnswer bounds what a browser answers.
const maxPasskeyAnswer = 64 << 10

// Passkey is a security key, or what a phone or computer keeps in its place (W3C
// WebAuthn): a public key and its counter, no secret.
type Passkey struct {
	ID      string // base64url of the credential's id
	Name    string // that the person gave it
	Doc     []byte // JSON of the credential
	Created time.Time
	LastIn  time.Time // zero before the first use
}

// PasskeyUser is somebody with his keys. Handle is what keys are made for: it tells
// nothing of the person and never changes.
type PasskeyUser struct {
	Person party.PersonID
	Handle []byte
	Login  string
	Name   string
	Keys   []Passkey
}

// Passkeys asks for keys and checks the answers, for the one address by which people
// open the pages: a key that was made for it answers to no other.
type Passkeys struct{ w *webauthn.WebAuthn }

// NewPasskeys takes the address by which people open the pages and the name that
// browsers show. Keys need a host name, and https except on this machine.
func NewPasskeys(base, name string) (*Passkeys, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil, &fault.Error{Kind: fault.Invalid, Key: "key.no_base", Text: "没有设置公开地址（base-url），浏览器不能使用安全密钥。请系统管理员在配置里写明，例如 https://xiaobao.bank.example。"}
	}
	host := u.Hostname()
	if net.ParseIP(host) != nil || u.Scheme != "https" && host != "localhost" {
		return nil, &fault.Error{Kind: fault.Invalid, Key: "key.bad_base", Args: map[string]string{"Text": base}, Text: "公开地址 " + base + " 不能用于安全密钥：须是 https 开头的域名，不能是 IP 地址。请系统管理员修改配置项 base-url。"}
	}
	w, err := webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference:  protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementDiscouraged, UserVerification: protocol.VerificationPreferred}})
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "公开地址 %s 不能用于安全密钥。请系统管理员修改配置项 base-url。", base)
	}
	return &Passkeys{w}, nil
}

// passkeyUser is what the library asks of a person.
type passkeyUser struct {
	PasskeyUser
	credentials []webauthn.Credential
}

// WebAuthnID is the handle.
func (u passkeyUser) WebAuthnID() []byte { return u.Handle }

// WebAuthnName is the login name.
func (u passkeyUser) WebAuthnName() string { return u.Login }

// WebAuthnDisplayName is the name.
func (u passkeyUser) WebAuthnDisplayName() string { return u.Name }

// WebAuthnCredentials are the keys.
func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func (u PasskeyUser) opened() (passkeyUser, error) {
	out := passkeyUser{PasskeyUser: u}
	for _, k := range u.Keys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Doc, &c); err != nil {
			return out, err
		}
		out.credentials = append(out.credentials, c)
	}
	return out, nil
}

// Register asks for a new key: what the browser is to be told, and what has to be
// kept until it answers.
func (p *Passkeys) Register(u PasskeyUser) (ask, keep []byte, err error) {
	user, err := u.opened()
	if err != nil {
		return nil, nil, err
	}
	options, session, err := p.w.BeginRegistration(user, webauthn.WithExclusions(webauthn.Credentials(user.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, nil, err
	}
	return both(options, session)
}

// Ask asks for one of the keys of a person.
func (p *Passkeys) Ask(u PasskeyUser) (ask, keep []byte, err error) {
	user, err := u.opened()
	if err != nil {
		return nil, nil, err
	}
	if len(user.credentials) == 0 {
		return nil, nil, fault.New(fault.Conflict, "您没有登记安全密钥，请用其他方式。")
	}
	options, session, err := p.w.BeginLogin(user)
	if err != nil {
		return nil, nil, err
	}
	return both(options, session)
}

func both(ask, keep any) (a, k []byte, err error) {
	if a, err = json.Marshal(ask); err != nil {
		return nil, nil, err
	}
	k, err = json.Marshal(keep)
	return a, k, err
}

var errPasskey = "安全密钥没有通过核验：可能不是为这个地址登记的，或这次请求已经用过、已经过期。请重试，或用其他方式。"

// Registered checks the answer to Register and returns the key.
func (p *Passkeys) Registered(u PasskeyUser, keep, answer []byte) (Passkey, error) {
	user, session, err := reopen(u, keep, answer)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, fault.Wrap(fault.Invalid, err, "%s", errPasskey)
	}
	c, err := p.w.CreateCredential(user, session, parsed)
	if err != nil {
		return Passkey{}, fault.Wrap(fault.Invalid, err, "%s", errPasskey)
	}
	c.Attestation = webauthn.CredentialAttestation{} // which make of key it is, nobody asks
	return passkeyOf(c)
}

// Answered checks the answer to Ask and returns the key with its counter as it is
// now. A counter that does not go on tells of a copied key, and is refused.
func (p *Passkeys) Answered(u PasskeyUser, keep, answer []byte) (Passkey, error) {
	user, session, err := reopen(u, keep, answer)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Passkey{}, fault.Wrap(fault.Unauthed, err, "%s", errPasskey)
	}
	c, err := p.w.ValidateLogin(user, session, parsed)
	if err != nil {
		return Passkey{}, fault.Wrap(fault.Unauthed, err, "%s", errPasskey)
	}
	if c.Authenticator.CloneWarning {
		return Passkey{}, fault.New(fault.Unauthed, "这把安全密钥的计数倒退了，可能被复制过，已拒绝。请用其他方式登录，并移除这把密钥。")
	}
	return passkeyOf(c)
}

func reopen(u PasskeyUser, keep, answer []byte) (user passkeyUser, session webauthn.SessionData, err error) {
	if len(keep) == 0 || len(answer) == 0 || len(answer) > maxPasskeyAnswer {
		return user, session, fault.New(fault.Unauthed, "%s", errPasskey)
	}
	if err := json.Unmarshal(keep, &session); err != nil {
		return user, session, err
	}
	if !bytes.Equal(session.UserID, u.Handle) {
		return user, session, fault.New(fault.Unauthed, "%s", errPasskey)
	}
	user, err = u.opened()
	return user, session, err
}

func passkeyOf(c *webauthn.Credential) (Passkey, error) {
	doc, err := json.Marshal(c)
	return Passkey{ID: base64.RawURLEncoding.EncodeToString(c.ID), Doc: doc}, err
}
