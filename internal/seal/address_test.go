package seal

import (
	"crypto/rand"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/fault"
)

// What is sealed for an address opens for whom it was sealed, under either suite, and
// for nobody else; no flipped byte goes through.
func TestSealAddress(t *testing.T) {
	keys, err := NewKeys([32]byte{7})
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewKeys([32]byte{8})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		keys.Use(rapid.SampledFrom([]Suite{AES256GCM, SM4GCM}).Draw(t, "suite"))
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		ct, err := keys.SealAddress(rand.Reader, plain, "liwen")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := keys.OpenAddress(ct, "liwen"); err != nil || string(got) != string(plain) {
			t.Fatalf("%q %v", got, err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"another person": func() ([]byte, error) { return keys.OpenAddress(ct, "zhoumin") },
			"another house":  func() ([]byte, error) { return other.OpenAddress(ct, "liwen") },
			"a flipped bit": func() ([]byte, error) {
				bad := append([]byte(nil), ct...)
				bad[rapid.IntRange(0, len(ct)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				return keys.OpenAddress(bad, "liwen")
			},
		} {
			if _, err := open(); !fault.Is(err, fault.Invalid) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}
