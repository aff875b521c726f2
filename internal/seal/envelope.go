package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"

	"xiaobao/internal/fault"
)

// algorithm ids: the first byte of every ciphertext.
const aes256GCM = 1

const overhead = 1 + 12 + 16 // algorithm, nonce, tag

var errEnvelope = errors.New("seal: not an envelope that opens")

func gcm(key [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// bound puts the algorithm into the additional data, so that its byte cannot be
// exchanged either.
func bound(algorithm byte, aad string) []byte {
	return append([]byte{algorithm}, aad...)
}

func sealed(random io.Reader, key [32]byte, plain []byte, aad string) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 13, len(plain)+overhead)
	out[0] = aes256GCM
	if _, err := io.ReadFull(random, out[1:]); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "系统取不到随机数，无法密封个人信息：请检查操作系统的随机数来源后重试。")
	}
	return aead.Seal(out, out[1:13], plain, bound(aes256GCM, aad)), nil
}

func opened(key [32]byte, ct []byte, aad string) ([]byte, error) {
	if len(ct) < overhead || ct[0] != aes256GCM {
		return nil, errEnvelope
	}
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, ct[1:13], ct[13:], bound(aes256GCM, aad))
	if err != nil {
		return nil, errEnvelope
	}
	return plain, nil
}
