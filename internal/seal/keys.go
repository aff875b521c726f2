// Package seal keeps personal data unreadable at rest: envelopes of AES-256-GCM or
// SM4-GCM with one key per case, wrapped by a key drawn from the master key, and
// blind tokens that let a sealed text be searched and compared without being read.
//
// What it does not hide: a blind token is a fixed function of its word, so who
// reads the index learns which texts share words and how frequent each unknown
// word is. Who holds the master key reads everything whose case key still
// exists; destroying a wrapped case key makes its texts unreadable for good,
// but tokens of the texts have to be deleted with it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"io"
	"sync/atomic"

	"xiaobao/internal/fault"
)

// Keys are the keys of one installation. They are safe for concurrent use and
// print as nothing.
//
// Two secrets stand behind them. The master key wraps case keys and can be changed.
// The root, sealed under the master key, gives what stands in the database for good:
// search tokens and the signature of checkpoints.
type Keys struct {
	ring    atomic.Pointer[ring]
	root    [32]byte
	signing [32]byte
	address [32]byte
	search  cipher.Block
	blind   cipher.Block
	shingle uint64
	orders  [MaxBands * rows]permutation
}

// NewKeys draws the keys from the master key, which is its own root, by
// HKDF-SHA256, each under its own label. So it was in every installation before
// the root was a secret of its own.
func NewKeys(master [32]byte) (*Keys, error) { return KeysOf(master, master) }

// KeysOf draws the keys from the master key and the root.
func KeysOf(master, root [32]byte) (*Keys, error) {
	k := &Keys{root: root}
	var err error
	draw := func(secret [32]byte, label string) (key [32]byte) {
		b, e := hkdf.Key(sha256.New, secret[:], nil, "xiaobao/1/"+label, len(key))
		if e != nil {
			err = e
		}
		copy(key[:], b)
		return key
	}
	block := func(label string) cipher.Block {
		key := draw(root, label)
		b, e := aes.NewCipher(key[:])
		if e != nil {
			err = e
		}
		return b
	}
	k.ring.Store(&ring{AES256GCM, []wrap{{1, draw(master, "wrap")}}})
	k.signing, k.address = draw(root, "checkpoint"), draw(root, "address")
	k.search, k.blind = block("search"), block("blind")
	k.setOrders(draw(root, "shingle"))
	return k, err
}

// SigningSeed is the seed of the Ed25519 key that signs ledger checkpoints.
func (k *Keys) SigningSeed() [32]byte { return k.signing }

// SealAddress seals what is to travel in an address of a page, as CaseKey.Seal does;
// aad names whose it is. No row of the database is needed to open it again.
func (k *Keys) SealAddress(random io.Reader, plain []byte, aad string) ([]byte, error) {
	return sealed(random, k.Suite(), k.address, plain, aad)
}

// OpenAddress opens what SealAddress returned. Altered bytes or another aad give an
// Invalid fault.
func (k *Keys) OpenAddress(ct []byte, aad string) ([]byte, error) {
	plain, err := opened(k.address, ct, aad)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "地址里的搜索词打不开：地址不完整，或是别人的。请重新输入。")
	}
	return plain, nil
}

// String hides the keys from logs.
func (k *Keys) String() string { return "seal.Keys" }

// GoString hides the keys from logs.
func (k *Keys) GoString() string { return "seal.Keys" }

// CaseKey seals all personal data of one case. Destroying every copy of it
// erases them.
type CaseKey struct {
	key   [32]byte
	suite Suite
}

// NewCaseKey makes a key from 32 bytes of random. What it seals, it seals with the suite.
func NewCaseKey(random io.Reader, suite Suite) (CaseKey, error) {
	c := CaseKey{suite: suite}
	if _, err := io.ReadFull(random, c.key[:]); err != nil {
		return CaseKey{}, fault.Wrap(fault.Unavailable, err, "系统取不到随机数，无法生成密钥：请检查操作系统的随机数来源后重试。")
	}
	return c, nil
}

// String hides the key from logs.
func (c CaseKey) String() string { return "seal.CaseKey" }

// GoString hides the key from logs.
func (c CaseKey) GoString() string { return "seal.CaseKey" }

// Seal seals plain. The answer is one byte of algorithm (1 = AES-256-GCM, 2 =
// SM4-GCM), 12 of nonce, then ciphertext and tag. aad names table, column and row.
func (c CaseKey) Seal(random io.Reader, plain []byte, aad string) ([]byte, error) {
	return sealed(random, c.suite, c.key, plain, aad)
}

// Open opens what Seal returned. Altered bytes, another aad or another key give
// a Conflict fault.
func (c CaseKey) Open(ct []byte, aad string) ([]byte, error) {
	plain, err := opened(c.key, ct, aad)
	if err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "密封内容打不开：数据被改动过，或不属于这个案件。请用 xiaobao verify 查验，并从备份恢复。")
	}
	return plain, nil
}
