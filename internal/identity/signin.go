package identity

import (
	"context"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Account is what is stored of a person to sign in by. The zero Account with
// the Attempts under the login name stands for somebody unknown.
type Account struct {
	Person     party.PersonID
	Hash       string   // of the password, "" if none is set
	MustChange bool     // the password was given by somebody else
	Disabled   bool     // may not sign in
	TOTP       string   // secret, "" if not set up; stored sealed
	LastStep   int64    // of the last TOTP code used
	Passkeys   int      // security keys registered
	Recovery   []string // hashes of the recovery codes left
	Epoch      int64    // raised to end all sessions: new password, disabled, TOTP reset
	Attempts   Attempts
}

// NeedsSecond reports whether the password alone is not enough.
func (a Account) NeedsSecond() bool { return a.TOTP != "" || a.Passkeys > 0 }

func refused() error {
	return fault.New(fault.Unauthed, "登录名或密码不对，请重新输入。")
}

// SignIn checks a password, after LockPolicy.Begin has counted the attempt and
// that count is stored: so guesses made at once cannot slip by it. On success it
// returns the account to be stored: failures forgotten, the hash made anew when
// its cost has changed. On an error there is nothing to store. Somebody unknown
// takes as long as a wrong password and gets the same answer. That the account
// is disabled is said only to who knows its password. Where a TOTP code is still
// to come, the password takes back its own attempt and no more.
func (h *Hasher) SignIn(ctx context.Context, a Account, password string) (Account, error) {
	ok, outdated, err := h.Check(ctx, password, a.Hash)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, refused()
	}
	if a.Disabled {
		return a, fault.New(fault.Forbidden, "这个账号已停用：如需恢复，请联系系统管理员。")
	}
	if a.NeedsSecond() {
		a.Attempts.Failures = max(a.Attempts.Failures-1, 0)
	} else {
		a.Attempts = Attempts{}
	}
	if outdated {
		if a.Hash, err = h.Hash(ctx, password); err != nil {
			return a, err
		}
	}
	return a, nil
}

// SecondFactor checks a TOTP code or a recovery code after the password, and
// after Begin as SignIn. On success it returns the account to be stored, on
// condition that LastStep and Recovery are still what they were: of two requests
// with one code one must lose.
func SecondFactor(a Account, code string, now time.Time) (Account, error) {
	var err error
	if len(digits(code)) > 6 {
		a.Recovery, err = UseRecoveryCode(code, a.Recovery)
	} else {
		var step int64
		if step, err = CheckTOTP(a.TOTP, code, now, a.LastStep); err == nil {
			a.LastStep = step
		}
	}
	if err == nil {
		a.Attempts = Attempts{}
	}
	return a, err
}
