package seal

import (
	"encoding/hex"
	"testing"
)

// What stands in databases must be found and opened by every later program.
func TestStoredFormsAreFixed(t *testing.T) {
	k := testKeys(t, 1)
	text := func(tokens ...Token) (s string) {
		for _, token := range tokens {
			s += string(token.AppendText(nil)) + " "
		}
		return s
	}
	seed := k.SigningSeed()
	for _, test := range []struct{ name, got, want string }{
		{"search", text(k.Tokens(nil, "投诉A1")...), "x4tlwo4i7u4ey p2iacnqnoxvas vwsov7ya2nfcm 53ussrzafxeto j6vzjfwdj3ehs "},
		{"long word", text(k.Tokens(nil, "6225880212345678901")...), "hrwgmwbujrctw nx5myz5uf4dog "},
		{"blind", text(k.Blind("phone", "13912345678")), "vlr3idqms33t6 "},
		{"likeness", text(k.Shingles(nil, "投诉理财产品", 2)...), "aarwedngrdx5g b2vze5sjs6nak "},
		{"signing seed", hex.EncodeToString(seed[:8]), "b6b5bc1dd2e2986b"},
		{"wrapping key", hex.EncodeToString(k.ring.Load().wraps[0].key[:8]), "6e150ad34f817ab4"},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
	ct, err := hex.DecodeString("010102030405060708090a0b0c01c8cafd0dc41c4b5adfaee2a89097ee41c5d5fd7fc0")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := (CaseKey{key: [32]byte{7}}).Open(ct, "a/b/1"); err != nil || string(got) != "张三" {
		t.Errorf("envelope: got %q, %v", got, err)
	}
}
