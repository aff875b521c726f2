package seal

import (
	"io"

	"xiaobao/internal/fault"
)

// ring is what wraps case keys, newest generation first: that one is for new keys,
// all are tried to open.
type ring struct {
	suite Suite
	wraps []wrap
}

// wrap is the wrapping key drawn from the master key of a generation.
type wrap struct {
	gen int64
	key [32]byte
}

// swap changes the ring. Two changes at once follow each other.
func (k *Keys) swap(change func(ring) ring) {
	for {
		old := k.ring.Load()
		next := change(*old)
		if k.ring.CompareAndSwap(old, &next) {
			return
		}
	}
}

// Clone returns the same keys, whose suite and generations are changed apart.
func (k *Keys) Clone() *Keys {
	c := &Keys{root: k.root, signing: k.signing, search: k.search, blind: k.blind, shingle: k.shingle, orders: k.orders}
	c.ring.Store(k.ring.Load())
	return c
}

// WithRoot returns the keys of another root that wrap as these do.
func (k *Keys) WithRoot(root [32]byte) (*Keys, error) {
	out, err := KeysOf(root, root)
	if err == nil {
		out.ring.Store(k.ring.Load())
	}
	return out, err
}

// Use makes suite that of new envelopes.
func (k *Keys) Use(suite Suite) {
	k.swap(func(r ring) ring { return ring{suite, r.wraps} })
}

// Suite is that of new envelopes.
func (k *Keys) Suite() Suite { return k.ring.Load().suite }

// Generation is that of the master key under which new keys are wrapped.
func (k *Keys) Generation() int64 { return k.ring.Load().wraps[0].gen }

// Is says of which generation the one master key is that these keys were drawn from.
func (k *Keys) Is(gen int64) {
	k.swap(func(r ring) ring { return ring{r.suite, []wrap{{gen, r.wraps[len(r.wraps)-1].key}}} })
}

// NewRoot draws a root.
func NewRoot(random io.Reader) (root [32]byte, err error) {
	c, err := NewCaseKey(random, AES256GCM)
	return c.key, err
}

// SealRoot seals the root under the newest master key.
func (k *Keys) SealRoot(random io.Reader, aad string) ([]byte, error) {
	return k.Wrap(random, CaseKey{key: k.root}, aad)
}

// OpenRoot opens what SealRoot sealed; another master key gives a Conflict fault.
func (k *Keys) OpenRoot(b []byte, aad string) ([32]byte, error) {
	c, err := k.Unwrap(b, aad)
	return c.key, err
}

// Bridge seals the newest wrapping key of other under that of k: who has the master
// key of k can wrap and open as other does.
func (k *Keys) Bridge(random io.Reader, other *Keys, aad string) ([]byte, error) {
	return k.Wrap(random, CaseKey{key: other.ring.Load().wraps[0].key}, aad)
}

// Cross opens a bridge and takes the wrapping key of the generation into the ring.
func (k *Keys) Cross(b []byte, gen int64, aad string) error {
	c, err := k.Unwrap(b, aad)
	if err != nil {
		return err
	}
	k.swap(func(r ring) ring {
		out := []wrap{{gen, c.key}}
		for _, w := range r.wraps {
			switch {
			case w.gen == gen:
				return r
			case w.gen > gen:
				out = []wrap{w, out[0]}
			default:
				out = append(out, w)
			}
		}
		return ring{r.suite, out}
	})
	return nil
}

// Knows reports whether the ring holds the wrapping key of a generation.
func (k *Keys) Knows(gen int64) bool {
	for _, w := range k.ring.Load().wraps {
		if w.gen == gen {
			return true
		}
	}
	return false
}

// Forget drops the wrapping keys of all generations but the newest.
func (k *Keys) Forget() {
	k.swap(func(r ring) ring { return ring{r.suite, r.wraps[:1:1]} })
}

// Wrap seals a case key under the newest master key. aad names the row it belongs
// to: moved to another row it does not open.
func (k *Keys) Wrap(random io.Reader, c CaseKey, aad string) ([]byte, error) {
	b, _, err := k.WrapIn(random, c, aad)
	return b, err
}

// WrapIn is Wrap and says of which generation the master key was.
func (k *Keys) WrapIn(random io.Reader, c CaseKey, aad string) ([]byte, int64, error) {
	r := k.ring.Load()
	b, err := sealed(random, r.suite, r.wraps[0].key, c.key[:], aad)
	return b, r.wraps[0].gen, err
}

// Unwrap opens a wrapped case key, with which new texts are sealed as Suite says. An
// altered key, another aad or another master key gives a Conflict fault.
func (k *Keys) Unwrap(b []byte, aad string) (CaseKey, error) {
	c, _, err := k.unwrap(b, aad)
	return c, err
}

func (k *Keys) unwrap(b []byte, aad string) (CaseKey, int64, error) {
	r := k.ring.Load()
	for _, w := range r.wraps {
		if plain, err := opened(w.key, b, aad); err == nil && len(plain) == 32 {
			return CaseKey{key: [32]byte(plain), suite: r.suite}, w.gen, nil
		}
	}
	return CaseKey{}, 0, fault.New(fault.Conflict, "案件密钥打不开：主密钥不是当初使用的那一把，或数据被改动过。请核对主密钥后重试。")
}

// Rewrap wraps a wrapped key anew under the newest master key; nil when it is already.
func (k *Keys) Rewrap(random io.Reader, b []byte, aad string) ([]byte, error) {
	c, gen, err := k.unwrap(b, aad)
	if err != nil || gen == k.Generation() {
		return nil, err
	}
	return k.Wrap(random, c, aad)
}

// Root is the secret behind search tokens and signatures, to be sealed under another
// master key.
func (k *Keys) Root() [32]byte { return k.root }
