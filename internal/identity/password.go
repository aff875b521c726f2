// Package identity proves who somebody is: passwords, one-time codes, sessions
// and tokens of programs. It keeps nothing: it takes what was stored and gives
// back what is to be stored, and no secret of it in clear but a TOTP seed, which
// the caller seals.
package identity

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"xiaobao/internal/fault"
)

// Lengths of a password in characters.
const (
	MinPassword = 10
	MaxPassword = 128
)

// cost follows the OWASP password storage sheet (argon2id, 19 MiB, two passes,
// one lane): as strong as 64 MiB in one pass, with a third of the memory.
var cost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Hasher hashes passwords, only so many at once: each takes 19 MiB while it
// runs. Others wait their turn.
type Hasher struct {
	slots  chan struct{}
	work   atomic.Int64
	cost   argon2id.Params
	nobody string // a well-formed hash of that cost that no password has; checking against it takes as long as against a real one
}

// NewHasher returns a Hasher for so many at once, at least one.
func NewHasher(parallel int) *Hasher { return newHasher(parallel, cost) }

// NewWeakHasher returns a Hasher whose hashes anybody can break, for the tests of what
// stands above: they sign people in some thousand times. No program may use it, and a
// test of the architecture looks.
func NewWeakHasher(parallel int) *Hasher {
	weak := cost
	weak.Memory, weak.Iterations = 8, 1
	return newHasher(parallel, weak)
}

func newHasher(parallel int, p argon2id.Params) *Hasher {
	return &Hasher{slots: make(chan struct{}, max(parallel, 1)), cost: p, nobody: fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
		p.Memory, p.Iterations, p.Parallelism, strings.Repeat("A", 22), strings.Repeat("A", 43))}
}

// Work is how many passwords were held against a hash so far, one of nobody included.
func (h *Hasher) Work() int64 { return h.work.Load() }

// enter waits for a slot; the answer leaves it.
func (h *Hasher) enter(ctx context.Context) (leave func(), err error) {
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "同时登录的人太多，请稍后再试。")
	}
}

// Hash returns the argon2id hash of a password in the usual text form, salt and
// cost included. It does not judge the password: see CheckPolicy.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return argon2id.CreateHash(password, &h.cost)
}

// Check compares a password with a stored hash. An empty hash is that of
// somebody unknown: the same work is done and the answer is no. outdated says
// that a right password should be hashed anew because the cost has changed.
func (h *Hasher) Check(ctx context.Context, password, hash string) (ok, outdated bool, err error) {
	known := hash != ""
	if !known {
		hash = h.nobody
	}
	if utf8.RuneCountInString(password) > MaxPassword {
		password, known = "", false
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	h.work.Add(1)
	match, params, err := argon2id.CheckHash(password, hash)
	if err != nil {
		return false, false, fmt.Errorf("identity: stored password hash: %w", err)
	}
	ok = match && known
	return ok, ok && *params != h.cost, nil
}

//go:embed common.txt
var commonText string

// common are the pieces of which common passwords are made.
var common = strings.Fields(commonText)

// CheckPolicy judges a new password for the person with this login name: its
// length, that it is no common one, and that the login name is not in it. The
// fault is about the field "password".
func CheckPolicy(password, login string) error {
	var f fault.Fields
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password):
		f.Add("password", "密码里有无法识别的字符，请重新输入。")
	case n < MinPassword:
		f.Add("password", "密码至少 %d 个字符，现在只有 %d 个。可以用几个不相干的词连起来，容易记也难猜。", MinPassword, n)
	case n > MaxPassword:
		f.Add("password", "密码最多 %d 个字符，现在有 %d 个。", MaxPassword, n)
	case len(login) >= 3 && strings.Contains(low, strings.ToLower(login)):
		f.Add("password", "密码里不能含有登录名，请换一个。")
	case unusual(low) < minUnusual:
		f.Add("password", "这个密码太常见，容易被猜到。请换成几个不相干的词，或在中间加入别人想不到的内容。")
	}
	return f.Err()
}

// minUnusual is how many different characters have to be left of a password
// when everything common is taken out.
const minUnusual = 4

// unusual counts the different characters that are in no common piece and do
// not repeat or continue the one before.
func unusual(low string) int {
	covered := make([]bool, len(low))
	for _, piece := range common {
		for at := range len(low) {
			if strings.HasPrefix(low[at:], piece) {
				for i := range len(piece) {
					covered[at+i] = true
				}
			}
		}
	}
	seen := map[rune]bool{}
	var last rune
	for i, r := range low {
		if step := r - last; !covered[i] && (step < -1 || step > 1) {
			seen[r] = true
		}
		last = r
	}
	return len(seen)
}

// readable has no characters that are mistaken for each other.
const readable = "abcdefghjkmnpqrstuvwxyz23456789"

// NewPassword returns a random password to be read out or typed from paper:
// three groups of four, 59 bits. It satisfies CheckPolicy for the login.
func NewPassword(random io.Reader, login string) (string, error) {
	for {
		password, err := groups(random, 3)
		if err != nil || CheckPolicy(password, login) == nil {
			return password, err
		}
	}
}

// groups returns n groups of four readable characters joined by hyphens, every
// character equally likely.
func groups(random io.Reader, n int) (string, error) {
	out := make([]byte, 0, 5*n)
	var b [1]byte
	for len(out) < 5*n-1 {
		if len(out)%5 == 4 {
			out = append(out, '-')
			continue
		}
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", noRandom(err)
		}
		if i := int(b[0] & 31); i < len(readable) {
			out = append(out, readable[i])
		}
	}
	return string(out), nil
}

func noRandom(err error) error {
	return fault.Wrap(fault.Unavailable, err, "系统取不到随机数：请检查操作系统的随机数来源后重试。")
}
