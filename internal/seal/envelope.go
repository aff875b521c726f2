package seal

import (
	"errors"
	"io"

	"xiaobao/internal/fault"
)

const overhead = 1 + 12 + 16 // algorithm, nonce, tag

var errEnvelope = errors.New("seal: not an envelope that opens")

// bound puts the algorithm into the additional data, so that its byte cannot be
// exchanged either.
func bound(algorithm byte, aad string) []byte {
	return append([]byte{algorithm}, aad...)
}

func sealed(random io.Reader, suite Suite, key [32]byte, plain []byte, aad string) ([]byte, error) {
	algorithm := suite.algorithm()
	box, err := aead(algorithm, key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 13, len(plain)+overhead)
	out[0] = algorithm
	if _, err := io.ReadFull(random, out[1:]); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "系统取不到随机数，无法密封个人信息：请检查操作系统的随机数来源后重试。")
	}
	return box.Seal(out, out[1:13], plain, bound(algorithm, aad)), nil
}

func opened(key [32]byte, ct []byte, aad string) ([]byte, error) {
	if len(ct) < overhead {
		return nil, errEnvelope
	}
	box, err := aead(ct[0], key)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(nil, ct[1:13], ct[13:], bound(ct[0], aad))
	if err != nil {
		return nil, errEnvelope
	}
	return plain, nil
}
