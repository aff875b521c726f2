package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"

	"xiaobao/internal/fault"
)

// Suite names the cipher of new envelopes, as a configuration writes it. What is
// already sealed says itself with what.
type Suite string

// The suites.
const (
	AES256GCM Suite = "aes-256-gcm"
	SM4GCM    Suite = "sm4-gcm" // GB/T 32907
)

// SuiteOf reads the name of a suite.
func SuiteOf(name string) (Suite, error) {
	if s := Suite(name); s == AES256GCM || s == SM4GCM {
		return s, nil
	}
	return "", fault.New(fault.Invalid, "密封算法“%s”不认识：请写 aes-256-gcm 或 sm4-gcm。", name)
}

// SuiteOfEnvelope says with what an envelope was sealed; empty when it is none.
func SuiteOfEnvelope(ct []byte) Suite {
	if len(ct) < overhead {
		return ""
	}
	return suites[ct[0]]
}

// algorithm ids: the first byte of every ciphertext.
const (
	aes256GCM = 1
	sm4GCM    = 2
)

var suites = map[byte]Suite{aes256GCM: AES256GCM, sm4GCM: SM4GCM}

// aead returns the cipher of an algorithm id under a key of 32 bytes. SM4 takes 16:
// they are drawn from all 32 by HKDF with SM3 under a label of their own, so that no
// bit of the key is cut off and none serves two ciphers.
func aead(algorithm byte, key [32]byte) (cipher.AEAD, error) {
	var block cipher.Block
	var err error
	switch algorithm {
	case aes256GCM:
		block, err = aes.NewCipher(key[:])
	case sm4GCM:
		var short []byte
		if short, err = hkdf.Key(sm3.New, key[:], nil, "xiaobao/1/sm4-gcm", sm4.BlockSize); err == nil {
			block, err = sm4.NewCipher(short)
		}
	default:
		return nil, errEnvelope
	}
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// algorithm is the id of a suite; the zero Suite is AES.
func (s Suite) algorithm() byte {
	if s == SM4GCM {
		return sm4GCM
	}
	return aes256GCM
}
