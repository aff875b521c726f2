package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/fault"
)

func testKeys(t testing.TB, b byte) *Keys {
	k, err := NewKeys([32]byte{b, 1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// counter is a source of bytes that never repeats and never ends.
type counter struct{ n byte }

func (c *counter) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestEnvelope(t *testing.T) {
	plain := []byte("客户张三，手机13912345678")
	random := &counter{}
	c, err := NewCaseKey(random, AES256GCM)
	if err != nil {
		t.Fatal(err)
	}
	ct, err := c.Seal(random, plain, "complaint/body/12")
	if err != nil || ct[0] != 1 || bytes.Contains(ct, []byte("139")) {
		t.Fatalf("got %x, %v", ct, err)
	}
	if got, err := c.Open(ct, "complaint/body/12"); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("got %s, %v", got, err)
	}
	again, err := c.Seal(random, plain, "complaint/body/12")
	if err != nil || bytes.Equal(ct, again) {
		t.Error("the same plaintext gave the same ciphertext")
	}
	other, _ := NewCaseKey(random, AES256GCM)
	for i := range ct {
		bad := bytes.Clone(ct)
		bad[i] ^= 1
		refuse(t, fmt.Sprintf("byte %d changed", i), c, bad, "complaint/body/12")
	}
	refuse(t, "another row", c, ct, "complaint/body/13")
	refuse(t, "another key", other, ct, "complaint/body/12")
	refuse(t, "cut", c, ct[:28], "complaint/body/12")
	refuse(t, "nothing", c, nil, "complaint/body/12")
}

func refuse(t *testing.T, name string, c CaseKey, ct []byte, aad string) {
	t.Helper()
	got, err := c.Open(ct, aad)
	if got != nil || !fault.Is(err, fault.Conflict) || strings.Contains(err.Error(), "139") {
		t.Errorf("%s: got %q, %v", name, got, err)
	}
}

func TestEmptyPlaintext(t *testing.T) {
	c, _ := NewCaseKey(&counter{}, AES256GCM)
	ct, err := c.Seal(&counter{}, nil, "a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Open(ct, "a"); err != nil || len(got) != 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWrap(t *testing.T) {
	k, random := testKeys(t, 1), &counter{}
	c, _ := NewCaseKey(random, AES256GCM)
	wrapped, err := k.Wrap(random, c, "case/12")
	if err != nil || bytes.Contains(wrapped, c.key[:8]) {
		t.Fatalf("got %x, %v", wrapped, err)
	}
	if got, err := k.Unwrap(wrapped, "case/12"); err != nil || got != c {
		t.Fatalf("got %v", err)
	}
	short, _ := sealed(random, AES256GCM, k.ring.Load().wraps[0].key, c.key[:16], "case/12")
	for name, try := range map[string]func() (CaseKey, error){
		"another row":    func() (CaseKey, error) { return k.Unwrap(wrapped, "case/13") },
		"another master": func() (CaseKey, error) { return testKeys(t, 2).Unwrap(wrapped, "case/12") },
		"short key":      func() (CaseKey, error) { return k.Unwrap(short, "case/12") },
		"changed": func() (CaseKey, error) {
			return k.Unwrap(append(wrapped[:len(wrapped)-1:len(wrapped)-1], wrapped[len(wrapped)-1]^1), "case/12")
		},
	} {
		if got, err := try(); !fault.Is(err, fault.Conflict) || got != (CaseKey{}) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNoRandom(t *testing.T) {
	if _, err := NewCaseKey(broken{}, AES256GCM); !fault.Is(err, fault.Unavailable) {
		t.Errorf("new key: %v", err)
	}
	if ct, err := (CaseKey{}).Seal(broken{}, []byte("x"), ""); !fault.Is(err, fault.Unavailable) || ct != nil {
		t.Errorf("seal: %x, %v", ct, err)
	}
}

func TestKeysAreApartAndHidden(t *testing.T) {
	k := testKeys(t, 1)
	if k.ring.Load().wraps[0].key == k.signing || k.ring.Load().wraps[0].key == [32]byte{} || k.SigningSeed() == [32]byte{} {
		t.Error("keys are not distinct")
	}
	if k.Blind("", "投") == k.Tokens(nil, "投")[0] {
		t.Error("blind and search tokens share a key")
	}
	c, _ := NewCaseKey(&counter{}, AES256GCM)
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v", k), fmt.Sprintf("%#v", k), fmt.Sprint(c), fmt.Sprintf("%#v", c), fmt.Sprintf("%+v", c)} {
		if !strings.HasPrefix(s, "seal.") || len(s) > 12 {
			t.Errorf("printed %s", s)
		}
	}
}
