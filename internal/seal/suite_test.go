package seal

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"testing"

	"github.com/emmansun/gmsm/sm4"
	"pgregory.net/rapid"

	"xiaobao/internal/fault"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The vectors of GB/T 32907-2016, annex A: one block, and a million times the same.
func TestSM4Vectors(t *testing.T) {
	key := unhex(t, "0123456789abcdeffedcba9876543210")
	block, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	b := bytes.Clone(key)
	for n := 1; n <= 1_000_000; n++ {
		block.Encrypt(b, b)
		if want := map[int]string{1: "681edf34d206965e86b3e94f536e4246", 1_000_000: "595298c7c6fd271f0402f804c33d3f66"}[n]; want != "" && hex.EncodeToString(b) != want {
			t.Errorf("after %d: %x, want %s", n, b, want)
		}
	}
}

// The vector of RFC 8998, appendix A.2.
func TestSM4GCMVector(t *testing.T) {
	block, err := sm4.NewCipher(unhex(t, "0123456789abcdeffedcba9876543210"))
	if err != nil {
		t.Fatal(err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	plain := unhex(t, "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa")
	want := "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d" +
		"83de3541e4c2b58177e065a9bf7b62ec"
	if got := box.Seal(nil, unhex(t, "00001234567800000000abcd"), plain, unhex(t, "feedfacedeadbeeffeedfacedeadbeefabaddad2")); hex.EncodeToString(got) != want {
		t.Errorf("got %x", got)
	}
}

// The hardware path of the library agrees with plain GCM over its block, whatever
// the length.
func TestSM4GCMIsGCM(t *testing.T) {
	type plainBlock struct{ cipher.Block } // hides that the block has a GCM of its own
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "key")
		plain, aad := rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(t, "plain"), rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "aad")
		nonce := rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "nonce")
		block, err := sm4.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		quick, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		slow, err := cipher.NewGCM(plainBlock{block})
		if err != nil {
			t.Fatal(err)
		}
		got, want := quick.Seal(nil, nonce, plain, aad), slow.Seal(nil, nonce, plain, aad)
		if !bytes.Equal(got, want) {
			t.Fatalf("got %x, want %x", got, want)
		}
		if back, err := quick.Open(nil, nonce, want, aad); err != nil || !bytes.Equal(back, plain) {
			t.Fatalf("opened %x, %v", back, err)
		}
	})
}

// One key seals with both; what the one sealed the other does not take for its own.
func TestSuites(t *testing.T) {
	random := &counter{}
	for suite, algorithm := range map[Suite]byte{AES256GCM: 1, SM4GCM: 2} {
		c, err := NewCaseKey(random, suite)
		if err != nil {
			t.Fatal(err)
		}
		ct, err := c.Seal(random, []byte("客户张三"), "a/1")
		if err != nil || ct[0] != algorithm || len(ct) != len("客户张三")+overhead || SuiteOfEnvelope(ct) != suite {
			t.Fatalf("%s: %x, %v", suite, ct, err)
		}
		for _, reader := range []Suite{AES256GCM, SM4GCM} { // opening asks the envelope
			if got, err := (CaseKey{c.key, reader}).Open(ct, "a/1"); err != nil || string(got) != "客户张三" {
				t.Errorf("%s read under %s: %s, %v", suite, reader, got, err)
			}
		}
		for i := range ct {
			bad := bytes.Clone(ct)
			bad[i] ^= 3 // the first byte becomes the other algorithm
			refuse(t, string(suite), c, bad, "a/1")
		}
		refuse(t, string(suite), c, ct, "a/2")
		refuse(t, string(suite), c, append([]byte{9}, ct[1:]...), "a/1")
	}
}

func TestUseChangesWhatIsNew(t *testing.T) {
	k, random := testKeys(t, 1), &counter{}
	c, _ := NewCaseKey(random, k.Suite())
	old, err := k.Wrap(random, c, "row/1")
	if err != nil {
		t.Fatal(err)
	}
	apart := k.Clone()
	k.Use(SM4GCM)
	fresh, err := k.Wrap(random, c, "row/1")
	if err != nil || SuiteOfEnvelope(old) != AES256GCM || SuiteOfEnvelope(fresh) != SM4GCM || apart.Suite() != AES256GCM {
		t.Errorf("%s, %s, %v; the clone %s", SuiteOfEnvelope(old), SuiteOfEnvelope(fresh), err, apart.Suite())
	}
	for _, wrapped := range [][]byte{old, fresh} {
		got, err := k.Unwrap(wrapped, "row/1")
		if err != nil || got.key != c.key || got.suite != SM4GCM {
			t.Errorf("%s: %v", got.suite, err)
		}
	}
}

func TestSuiteOf(t *testing.T) {
	for name, want := range map[string]Suite{"aes-256-gcm": AES256GCM, "sm4-gcm": SM4GCM} {
		if got, err := SuiteOf(name); got != want || err != nil {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "sm4", "SM4-GCM", "des"} {
		if _, err := SuiteOf(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if got := SuiteOfEnvelope(make([]byte, 10)); got != "" {
		t.Errorf("too short: %s", got)
	}
}

// What SM4 sealed must be opened by every later program.
func TestSM4EnvelopeIsFixed(t *testing.T) {
	const want = "020102030405060708090a0b0cd48ac5a3d0ec6dcae7234afc21a75032dc6e68f91f1e"
	c := CaseKey{[32]byte{7}, SM4GCM}
	ct, err := c.Seal(&counter{}, []byte("张三"), "a/b/1")
	if err != nil || hex.EncodeToString(ct) != want {
		t.Errorf("got %x, %v", ct, err)
	}
	if got, err := c.Open(unhex(t, want), "a/b/1"); err != nil || string(got) != "张三" {
		t.Errorf("got %q, %v", got, err)
	}
}

func BenchmarkSuites(b *testing.B) {
	for _, suite := range []Suite{AES256GCM, SM4GCM} {
		b.Run(string(suite), func(b *testing.B) {
			c, random, plain := CaseKey{[32]byte{1}, suite}, &counter{}, make([]byte, 1024)
			b.SetBytes(int64(len(plain)))
			for b.Loop() {
				if _, err := c.Seal(random, plain, "a/1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
