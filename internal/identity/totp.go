package identity

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"image/png"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"xiaobao/internal/fault"
)

// TOTP is a new secret for an authenticator app (RFC 6238: SHA-1, six digits,
// thirty seconds, which every app takes).
type TOTP struct {
	Secret string // base32; to be sealed by the caller
	URL    string // otpauth://, to be shown as a QR code once
}

const (
	period = 30 // seconds a code lasts
	skew   = 1  // codes before and after that are taken too: clocks differ
)

// NewTOTP makes a secret of 20 random bytes. issuer and account are what the
// app shows; neither may be empty.
func NewTOTP(random io.Reader, issuer, account string) (TOTP, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Period: period, SecretSize: 20, Rand: random})
	if err != nil {
		return TOTP{}, fmt.Errorf("identity: new TOTP secret: %w", err)
	}
	return TOTP{Secret: key.Secret(), URL: key.URL()}, nil
}

// QR draws the URL as a PNG of size pixels each way.
func (t TOTP) QR(size int) ([]byte, error) {
	key, err := otp.NewKeyFromURL(t.URL)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	img, err := key.Image(size, size)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// CheckTOTP checks a code, spaces and full-width digits allowed, and returns
// the step it belongs to. The caller stores it and gives it as lastStep the next
// time: a code that was used, and any older one, is refused. Zero is "none used
// yet".
func CheckTOTP(secret, code string, now time.Time, lastStep int64) (step int64, err error) {
	code = digits(code)
	current := now.Unix() / period
	for s := current - skew; s <= current+skew; s++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("identity: stored TOTP secret: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 {
			step = s
		}
	}
	switch {
	case step == 0:
		return 0, fault.New(fault.Unauthed, "动态验证码不对或已过期：请输入验证器上现在显示的 6 位数字，并确认手机时间准确。")
	case step <= lastStep:
		return 0, fault.New(fault.Unauthed, "这个动态验证码已经用过：请等验证器换出下一个再输入。")
	}
	return step, nil
}

// digits folds full-width digits and drops spaces and hyphens.
func digits(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '０' <= r && r <= '９':
			return r - '０' + '0'
		case r == ' ' || r == '\u3000' || r == '-':
			return -1
		}
		return r
	}, code)
}

// NewRecoveryCodes returns n codes, each good for one sign-in without the
// authenticator, and the hashes to be stored. Sixteen readable characters are
// 79 bits: a plain hash cannot be searched through.
func NewRecoveryCodes(random io.Reader, n int) (codes, hashes []string, err error) {
	for range n {
		code, err := groups(random, 4)
		if err != nil {
			return nil, nil, err
		}
		codes, hashes = append(codes, code), append(hashes, recoveryHash(code))
	}
	return codes, hashes, nil
}

// UseRecoveryCode checks a code, in whatever case and grouping it was typed, and
// returns the hashes that are left to be stored.
func UseRecoveryCode(code string, hashes []string) (left []string, err error) {
	want := recoveryHash(code)
	for i, h := range hashes {
		if SameHash(h, want) {
			return append(append([]string{}, hashes[:i]...), hashes[i+1:]...), nil
		}
	}
	return hashes, fault.New(fault.Unauthed, "恢复码不对或已经用过：请核对后重新输入，或请系统管理员为您重设动态验证。")
}

func recoveryHash(code string) string {
	return digest("recovery", strings.ToLower(digits(code)))
}
