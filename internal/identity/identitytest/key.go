package identitytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"
)

// Key is a security key without hardware: what a browser and a key answer together.
// Its fields may be changed to answer wrongly.
type Key struct {
	ID      []byte
	Origin  string // of the page that the browser is on
	Count   uint32 // uses so far, of the next answer one more
	Handle  string // user handle to answer with, base64url; "" for none
	private *ecdsa.PrivateKey
	t       testing.TB
}

// NewKey makes a key in a browser that is on a page of the origin.
func NewKey(t testing.TB, origin string) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		t.Fatal(err)
	}
	return &Key{ID: id, Origin: origin, private: private, t: t}
}

// asked is what both kinds of questions have.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
	} `json:"publicKey"`
}

func (k *Key) read(ask []byte) (challenge string, rp [32]byte) {
	k.t.Helper()
	var a asked
	if err := json.Unmarshal(ask, &a); err != nil || a.PublicKey.Challenge == "" {
		k.t.Fatalf("not a question: %s (%v)", ask, err)
	}
	host := a.PublicKey.RPID + a.PublicKey.RP.ID
	if u, err := url.Parse(k.Origin); err == nil && u.Hostname() != "" { // a browser takes the host of its page
		host = u.Hostname()
	}
	return a.PublicKey.Challenge, sha256.Sum256([]byte(host))
}

func (k *Key) client(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": "webauthn." + kind, "challenge": challenge, "origin": k.Origin, "crossOrigin": false})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

var base64url = base64.RawURLEncoding.EncodeToString

func (k *Key) answer(response map[string]any) []byte {
	b, err := json.Marshal(map[string]any{"id": base64url(k.ID), "rawId": base64url(k.ID), "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

// Create answers a question for a new key.
func (k *Key) Create(ask []byte) []byte {
	k.t.Helper()
	challenge, rp := k.read(ask)
	data := append(rp[:], 0x45) // user present and verified, credential follows
	data = binary.BigEndian.AppendUint32(data, k.Count)
	data = append(data, make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(k.ID)))
	data = append(append(data, k.ID...), k.cose()...)
	// CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(binary.BigEndian.AppendUint16(append(object, 0x59), uint16(len(data))), data...)
	return k.answer(map[string]any{"clientDataJSON": base64url(k.client("create", challenge)), "attestationObject": base64url(object), "transports": []string{"usb"}})
}

// cose is the public key in CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
func (k *Key) cose() []byte {
	point, err := k.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		k.t.Fatal(err)
	}
	out := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}
	out = append(out, point[1:33]...)
	return append(append(out, 0x22, 0x58, 0x20), point[33:]...)
}

// Get answers a question for a key that was made.
func (k *Key) Get(ask []byte) []byte {
	k.t.Helper()
	challenge, rp := k.read(ask)
	k.Count++
	data := binary.BigEndian.AppendUint32(append(rp[:], 0x05), k.Count)
	client := k.client("get", challenge)
	sum := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, signed[:])
	if err != nil {
		k.t.Fatal(err)
	}
	response := map[string]any{"clientDataJSON": base64url(client), "authenticatorData": base64url(data), "signature": base64url(signature)}
	if k.Handle != "" {
		response["userHandle"] = k.Handle
	}
	return k.answer(response)
}
