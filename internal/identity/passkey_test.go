package identity_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/identity/identitytest"
)

const pages = "https://xiaobao.bank.example"

func passkeys(t *testing.T, base string) *identity.Passkeys {
	t.Helper()
	p, err := identity.NewPasskeys(base, "Xiaobao")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// withKey is somebody who has registered a key.
func withKey(t *testing.T, p *identity.Passkeys, name string, k *identitytest.Key) identity.PasskeyUser {
	t.Helper()
	u := identity.PasskeyUser{Handle: []byte("handle of " + name), Login: name, Name: name}
	ask, keep, err := p.Register(u)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Registered(u, keep, k.Create(ask))
	if err != nil || got.ID != base64.RawURLEncoding.EncodeToString(k.ID) {
		t.Fatalf("%+v, %v", got, err)
	}
	u.Keys = []identity.Passkey{got}
	return u
}

func TestPasskeyAddresses(t *testing.T) {
	for base, want := range map[string]bool{pages: true, "https://xiaobao.bank.example:8443": true, "http://localhost:8080": true,
		"": false, "xiaobao.bank.example": false, "http://xiaobao.bank.example": false, "https://10.1.2.3": false, "https://[::1]:8443": false, "http://127.0.0.1:8080": false, "https://a b": false} {
		_, err := identity.NewPasskeys(base, "Xiaobao")
		if (err == nil) != want || err != nil && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.Message(err), "base-url")) {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// A key that was registered answers, again and again; its counter is kept.
func TestPasskey(t *testing.T) {
	p, k := passkeys(t, pages), identitytest.NewKey(t, pages)
	u := withKey(t, p, "李雯", k)
	for n := range 3 {
		ask, keep, err := p.Ask(u)
		if err != nil || bytes.Contains(ask, []byte("李雯")) {
			t.Fatalf("%s, %v", ask, err)
		}
		got, err := p.Answered(u, keep, k.Get(ask))
		if err != nil || got.ID != u.Keys[0].ID || bytes.Equal(got.Doc, u.Keys[0].Doc) {
			t.Fatalf("use %d: %+v, %v", n, got, err)
		}
		u.Keys[0].Doc = got.Doc
	}
	if _, _, err := p.Ask(identity.PasskeyUser{Handle: []byte("x")}); !fault.Is(err, fault.Conflict) {
		t.Errorf("without a key: %v", err)
	}
}

// What a key answers is refused for any other page, question, person or key, and
// when its counter goes back.
func TestPasskeyRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		change func(k *identitytest.Key)                                 // before it answers
		answer func(right []byte) []byte                                 // instead of the answer
		keep   func(p *identity.Passkeys, u identity.PasskeyUser) []byte // instead of what was kept
	}{
		"another origin":      {change: func(k *identitytest.Key) { k.Origin = "https://xiaobao.bank.example.evil.example" }},
		"plain http":          {change: func(k *identitytest.Key) { k.Origin = "http://xiaobao.bank.example" }},
		"another port":        {change: func(k *identitytest.Key) { k.Origin = pages + ":444" }},
		"another key":         {change: func(k *identitytest.Key) { *k = *identitytest.NewKey(t, pages) }},
		"its id, another key": {change: func(k *identitytest.Key) { id := k.ID; *k = *identitytest.NewKey(t, pages); k.ID = id }},
		"counter goes back":   {change: func(k *identitytest.Key) { k.Count = 2 }},
		"counter stands":      {change: func(k *identitytest.Key) { k.Count = 6 }},
		"another user handle": {change: func(k *identitytest.Key) { k.Handle = base64.RawURLEncoding.EncodeToString([]byte("handle of 王沪")) }},
		"an earlier question": {keep: func(p *identity.Passkeys, u identity.PasskeyUser) []byte { _, keep, _ := p.Ask(u); return keep }},
		"nothing was asked":   {keep: func(*identity.Passkeys, identity.PasskeyUser) []byte { return nil }},
		"no answer":           {answer: func([]byte) []byte { return nil }},
		"not JSON":            {answer: func([]byte) []byte { return []byte("{") }},
		"too long":            {answer: func(right []byte) []byte { return append(right, bytes.Repeat([]byte(" "), 1<<17)...) }},
		"signature altered": {answer: func(right []byte) []byte {
			return bytes.Replace(right, []byte(`"signature":"ME`), []byte(`"signature":"NE`), 1)
		}},
	} {
		p, k := passkeys(t, pages), identitytest.NewKey(t, pages)
		k.Count = 6
		u := withKey(t, p, "李雯", k)
		k.Count = 6
		ask, keep, err := p.Ask(u)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Answered(u, keep, k.Get(ask)); err != nil { // the right one is taken
			t.Fatalf("%s: %v", name, err)
		}
		k.Count = 6
		if test.change != nil {
			test.change(k)
			if name == "counter stands" {
				k.Count--
			}
		}
		if test.keep != nil {
			keep = test.keep(p, u)
		}
		answer := k.Get(ask)
		if test.answer != nil {
			answer = test.answer(answer)
		}
		if _, err := p.Answered(u, keep, answer); !fault.Is(err, fault.Unauthed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The key of one person is none of another, nor is what was asked of him.
func TestPasskeyOfAnother(t *testing.T) {
	p := passkeys(t, pages)
	mine, theirs := identitytest.NewKey(t, pages), identitytest.NewKey(t, pages)
	me, them := withKey(t, p, "李雯", mine), withKey(t, p, "王沪", theirs)
	ask, keep, err := p.Ask(me)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Answered(me, keep, theirs.Get(ask)); !fault.Is(err, fault.Unauthed) {
		t.Errorf("another's key: %v", err)
	}
	if _, err := p.Answered(them, keep, theirs.Get(ask)); !fault.Is(err, fault.Unauthed) {
		t.Errorf("another's question: %v", err)
	}
	ask, keep, err = p.Register(me)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Registered(them, keep, identitytest.NewKey(t, pages).Create(ask)); !fault.Is(err, fault.Unauthed) {
		t.Errorf("registered for another: %v", err)
	}
	if _, err := p.Registered(me, keep, identitytest.NewKey(t, "https://evil.example").Create(ask)); !fault.Is(err, fault.Invalid) {
		t.Errorf("registered from elsewhere: %v", err)
	}
}
