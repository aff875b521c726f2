package identity

import (
	"time"

	"xiaobao/internal/fault"
)

// Attempts is what is remembered of failed sign-ins under one login name (known
// or not, so that the answer does not tell which) or from one address.
type Attempts struct {
	Failures int
	Last     time.Time // of the last failure
}

// LockPolicy says how long to keep out after failures: nothing for the first
// Free ones, then First, doubling up to Longest. Nobody is locked out for good,
// or anybody could do it to others. After Forget without a failure all is
// forgotten.
type LockPolicy struct {
	Free                   int
	First, Longest, Forget time.Duration
}

// DefaultLock lets somebody who guesses try about thirty passwords a day.
var DefaultLock = LockPolicy{Free: 4, First: 30 * time.Second, Longest: time.Hour, Forget: 24 * time.Hour}

// Begin lets an attempt begin: it returns a TooMany fault while the lock lasts,
// else the attempt counted as failed, to be stored before anything is checked.
func (p LockPolicy) Begin(a Attempts, now time.Time) (Attempts, error) {
	if err := p.locked(a, now); err != nil {
		return a, err
	}
	if now.Sub(a.Last) >= p.Forget {
		a.Failures = 0
	}
	return Attempts{Failures: a.Failures + 1, Last: now}, nil
}

// Until is the end of the lock, the time of the last failure if there is none.
func (p LockPolicy) Until(a Attempts) time.Time {
	if a.Failures <= p.Free {
		return a.Last
	}
	wait := p.First
	for n := p.Free + 1; n < a.Failures && wait < p.Longest; n++ {
		wait *= 2
	}
	return a.Last.Add(min(wait, p.Longest))
}

// Left is how long the lock still lasts, 0 when there is none. A failure that lies
// further ahead than any lock lasts was noted by a clock that ran ahead and was mended:
// it locks nobody, and the next one counts from now.
func (p LockPolicy) Left(a Attempts, now time.Time) time.Duration {
	if a.Failures <= p.Free || a.Last.Sub(now) > p.Longest {
		return 0
	}
	return max(0, p.Until(a).Sub(now))
}

func (p LockPolicy) locked(a Attempts, now time.Time) error {
	left := p.Left(a, now)
	if left == 0 {
		return nil
	}
	if left < time.Minute {
		return fault.New(fault.TooMany, "登录失败次数过多，请在 %d 秒后再试。", int((left+time.Second-1)/time.Second))
	}
	return fault.New(fault.TooMany, "登录失败次数过多，请在 %d 分钟后再试；如忘记密码，请联系系统管理员重设。", int((left+time.Minute-1)/time.Minute))
}
