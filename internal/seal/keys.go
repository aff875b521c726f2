// Package seal keeps personal data unreadable at rest: envelopes of AES-256-GCM
// with one key per case, wrapped by a key drawn from the master key, and blind
// tokens that let a sealed text be searched and compared without being read.
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

	"xiaobao/internal/fault"
)

// Keys are the keys drawn from one master key. They are safe for concurrent
// use and print as nothing.
type Keys struct {
	wrap    [32]byte
	signing [32]byte
	search  cipher.Block
	blind   cipher.Block
	shingle uint64
	orders  [MaxBands * rows]permutation
}

// NewKeys draws the keys from the master key by HKDF-SHA256, each under its own
// label.
func NewKeys(master [32]byte) (*Keys, error) {
	k := &Keys{}
	var err error
	draw := func(label string) (key [32]byte) {
		b, e := hkdf.Key(sha256.New, master[:], nil, "xiaobao/1/"+label, len(key))
		if e != nil {
			err = e
		}
		copy(key[:], b)
		return key
	}
	block := func(label string) cipher.Block {
		key := draw(label)
		b, e := aes.NewCipher(key[:])
		if e != nil {
			err = e
		}
		return b
	}
	k.wrap, k.signing = draw("wrap"), draw("checkpoint")
	k.search, k.blind = block("search"), block("blind")
	k.setOrders(draw("shingle"))
	return k, err
}

// SigningSeed is the seed of the Ed25519 key that signs ledger checkpoints.
func (k *Keys) SigningSeed() [32]byte { return k.signing }

// String hides the keys from logs.
func (k *Keys) String() string { return "seal.Keys" }

// GoString hides the keys from logs.
func (k *Keys) GoString() string { return "seal.Keys" }

// CaseKey seals all personal data of one case. Destroying every copy of it
// erases them.
type CaseKey struct{ key [32]byte }

// NewCaseKey makes a key from 32 bytes of random.
func NewCaseKey(random io.Reader) (CaseKey, error) {
	var c CaseKey
	if _, err := io.ReadFull(random, c.key[:]); err != nil {
		return CaseKey{}, fault.Wrap(fault.Unavailable, err, "系统取不到随机数，无法生成密钥：请检查操作系统的随机数来源后重试。")
	}
	return c, nil
}

// String hides the key from logs.
func (c CaseKey) String() string { return "seal.CaseKey" }

// GoString hides the key from logs.
func (c CaseKey) GoString() string { return "seal.CaseKey" }

// Wrap seals a case key under the master key. aad names the row it belongs to:
// moved to another row it does not open.
func (k *Keys) Wrap(random io.Reader, c CaseKey, aad string) ([]byte, error) {
	return sealed(random, k.wrap, c.key[:], aad)
}

// Unwrap opens a wrapped case key. An altered key, another aad or another
// master key gives a Conflict fault.
func (k *Keys) Unwrap(b []byte, aad string) (CaseKey, error) {
	plain, err := opened(k.wrap, b, aad)
	if err != nil || len(plain) != len(CaseKey{}.key) {
		return CaseKey{}, fault.New(fault.Conflict, "案件密钥打不开：主密钥不是当初使用的那一把，或数据被改动过。请核对主密钥后重试。")
	}
	return CaseKey{key: [32]byte(plain)}, nil
}

// Seal seals plain. The answer is one byte of algorithm (1 = AES-256-GCM), 12
// of nonce, then ciphertext and tag. aad names table, column and row.
func (c CaseKey) Seal(random io.Reader, plain []byte, aad string) ([]byte, error) {
	return sealed(random, c.key, plain, aad)
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
