package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// digest is the SHA-256 of a random secret under a purpose, in base64url: what
// is stored in its place. Secrets of 79 bits and more need nothing slower.
func digest(purpose, secret string) string {
	sum := sha256.Sum256([]byte("xiaobao " + purpose + "\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SameHash compares two stored hashes in constant time.
func SameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Session is one sign-in of one person at one browser.
type Session struct {
	Hash     string // of the token in the cookie; the key of the table
	Person   party.PersonID
	Epoch    int64 // of the account when it began
	Created  time.Time
	LastSeen time.Time
	IP       string
	Agent    string    // of the browser, cut to 200 bytes
	TOTP     bool      // the second factor was given
	Proved   time.Time // when the person last proved who he is: at sign-in, or since
}

// NewSession begins a session and returns the token for the cookie: 32 random
// bytes in base64url. Only its hash is in the Session. Make a new one, and
// delete the old, whenever the rights of the session grow (second factor given).
func NewSession(random io.Reader, a Account, now time.Time, ip, agent string, totp bool) (Session, string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return Session{}, "", noRandom(err)
	}
	token := base64.RawURLEncoding.EncodeToString(b[:])
	if len(agent) > 200 {
		agent = strings.ToValidUTF8(agent[:200], "")
	}
	return Session{Hash: SessionHash(token), Person: a.Person, Epoch: a.Epoch, Created: now, LastSeen: now,
		IP: ip, Agent: agent, TOTP: totp, Proved: now}, token, nil
}

// SessionHash is the key under which the session of a cookie's token is stored.
func SessionHash(token string) string { return digest("session", token) }

// SessionPolicy bounds sessions: Idle without a request, Longest in all. Touch
// is how old LastSeen may grow before it is worth a write.
type SessionPolicy struct{ Idle, Longest, Touch time.Duration }

// DefaultSessions fits a working day at a counter.
var DefaultSessions = SessionPolicy{Idle: 30 * time.Minute, Longest: 12 * time.Hour, Touch: time.Minute}

// sessionAhead is how far the clocks of copies may be apart. A session of a clock that
// ran further ahead would go on until that time comes.
const sessionAhead = 10 * time.Minute

// Check returns an Unauthed fault, which says why, when the session is over.
// a is the account as it is now.
func (p SessionPolicy) Check(s Session, a Account, now time.Time) error {
	switch {
	case s.Person != a.Person || s.Person == "":
		return fault.New(fault.Unauthed, "请先登录。")
	case a.Disabled || s.Epoch != a.Epoch:
		return fault.New(fault.Unauthed, "您的登录已被终止（密码或账号状态有变更），请重新登录。")
	case s.Created.Sub(now) > sessionAhead, s.LastSeen.Sub(now) > sessionAhead:
		return fault.New(fault.Unauthed, "服务器的时间调整过，请重新登录。")
	case now.Sub(s.LastSeen) >= p.Idle:
		return fault.New(fault.Unauthed, "您已有一段时间没有操作，为保护客户信息已自动退出，请重新登录。")
	case now.Sub(s.Created) >= p.Longest:
		return fault.New(fault.Unauthed, "登录时间已达上限，请重新登录。")
	case a.NeedsSecond() && !s.TOTP:
		return fault.New(fault.Unauthed, "请输入动态验证码完成登录。")
	}
	return nil
}

// Fresh reports whether the person proved who he is within so long; 0 asks for
// nothing beyond the session.
func (s Session) Fresh(within time.Duration, now time.Time) bool {
	return within <= 0 || now.Sub(s.Proved) < within
}

// Expiry is when the session is over if nothing more comes; rows past it may
// be deleted.
func (p SessionPolicy) Expiry(s Session) time.Time {
	idle, longest := s.LastSeen.Add(p.Idle), s.Created.Add(p.Longest)
	if idle.Before(longest) {
		return idle
	}
	return longest
}

// NeedsTouch reports whether LastSeen should be stored as now.
func (p SessionPolicy) NeedsTouch(s Session, now time.Time) bool {
	return now.Sub(s.LastSeen) >= p.Touch
}

// APIToken is a program's standing permission, of which only the hash of the
// secret is stored.
type APIToken struct {
	ID       string // shown in lists and logs
	Hash     string
	Name     string // what it is for
	Person   party.PersonID
	Scopes   []string
	Created  time.Time
	Expires  time.Time // zero: never
	LastUsed time.Time
	Revoked  bool
}

var tokenText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewAPIToken makes a token xb_<id>_<secret>, 40 bits of id and 256 of secret in
// lower-case base32, which is shown once. The caller fills in the rest of the
// APIToken.
func NewAPIToken(random io.Reader) (t APIToken, text string, err error) {
	var b [5 + 32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return APIToken{}, "", noRandom(err)
	}
	id, secret := tokenText.EncodeToString(b[:5]), tokenText.EncodeToString(b[5:])
	return APIToken{ID: id, Hash: digest("api token", secret)}, "xb_" + id + "_" + secret, nil
}

// ParseAPIToken takes a token apart into the id to look up and the hash to be
// compared by Check.
func ParseAPIToken(text string) (id, hash string, err error) {
	parts := strings.Split(strings.TrimSpace(text), "_")
	if len(parts) != 3 || parts[0] != "xb" || len(parts[1]) != 8 || len(parts[2]) != 52 {
		return "", "", fault.New(fault.Unauthed, "接口令牌的格式不对：应为 xb_编号_密文，请完整复制创建时显示的令牌。")
	}
	return parts[1], digest("api token", parts[2]), nil
}

// Check returns an Unauthed fault when the token with this hash is not t or t is
// no longer good, and a Forbidden one when it lacks the scope. The scope "" asks
// for none.
func (t APIToken) Check(hash, scope string, now time.Time) error {
	switch {
	case !SameHash(t.Hash, hash) || t.Hash == "":
		return fault.New(fault.Unauthed, "接口令牌无效：请检查是否复制完整，或重新创建。")
	case t.Revoked:
		return fault.New(fault.Unauthed, "接口令牌已被撤销：请在“接口令牌”页重新创建。")
	case !t.Expires.IsZero() && !now.Before(t.Expires):
		return fault.New(fault.Unauthed, "接口令牌已于 %s 到期：请在“接口令牌”页重新创建。", t.Expires.UTC().Format(time.RFC3339))
	case scope != "" && !slices.Contains(t.Scopes, scope):
		return fault.New(fault.Forbidden, "这个接口令牌没有“%s”权限：请创建带有该权限的令牌。", scope)
	}
	return nil
}
