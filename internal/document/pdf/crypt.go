package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// lock decodes a file that opens without a password: its writer wanted only to
// forbid printing or changes.
type lock struct {
	key     []byte
	version int
	streams cipherKind
	strings cipherKind
	except  Ref // the dictionary of the lock itself
}

type cipherKind int

const (
	plain cipherKind = iota
	rc4Cipher
	aesCipher
)

var padding = []byte("\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A")

// unlock finds the key of the empty password (ISO 32000-2, 7.6).
func (f *File) unlock() error {
	if f.trailer["Encrypt"] == nil || f.lock != nil {
		return nil
	}
	d := f.dict(f.trailer["Encrypt"])
	if d == nil {
		return ErrCipher
	}
	version, _ := f.integer(d["V"])
	l := &lock{version: version}
	l.except, _ = f.trailer["Encrypt"].(Ref)
	switch {
	case f.name(d["Filter"]) != "Standard":
		return ErrCipher
	case version == 1 || version == 2:
		l.streams, l.strings = rc4Cipher, rc4Cipher
	case version == 4 || version == 5:
		l.streams, l.strings = f.crypt(d, "StmF"), f.crypt(d, "StrF")
	default:
		return ErrCipher
	}
	o, _ := f.is(d["O"]).(string)
	u, _ := f.is(d["U"]).(string)
	if version == 5 {
		l.key = f.modernKey(d, u)
	} else {
		l.key = f.oldKey(d, o, u)
	}
	if l.key == nil {
		return ErrPassword
	}
	f.lock = l
	return nil
}

// crypt names the cipher of streams or strings.
func (f *File) crypt(d Dict, which Name) cipherKind {
	filter := f.dict(f.dict(d["CF"])[f.name(d[which])])
	switch f.name(filter["CFM"]) {
	case "V2":
		return rc4Cipher
	case "AESV2", "AESV3":
		return aesCipher
	}
	return plain
}

// oldKey is algorithm 2, checked by 4 or 5.
func (f *File) oldKey(d Dict, o, u string) []byte {
	if len(o) < 32 || len(u) < 16 {
		return nil
	}
	rev, _ := f.integer(d["R"])
	perm, _ := f.integer(d["P"])
	n, ok := f.integer(d["Length"])
	if !ok || n < 40 || n > 128 || rev == 2 {
		n = 40
	}
	if v, _ := f.integer(d["V"]); v == 4 {
		n = 128
	}
	var id string
	if ids := f.array(f.trailer["ID"]); len(ids) > 0 {
		id, _ = f.is(ids[0]).(string)
	}
	h := md5.New()
	h.Write(padding)
	h.Write([]byte(o[:32]))
	_ = binary.Write(h, binary.LittleEndian, uint32(perm))
	h.Write([]byte(id))
	if meta, ok := f.is(d["EncryptMetadata"]).(bool); ok && !meta && rev >= 4 {
		h.Write([]byte{255, 255, 255, 255})
	}
	key := h.Sum(nil)[:n/8]
	if rev >= 3 {
		for range 50 {
			sum := md5.Sum(key)
			key = sum[:n/8]
		}
	}
	if !bytes.HasPrefix([]byte(u), userEntry(key, id, rev)) {
		return nil
	}
	return key
}

// userEntry is what U must begin with for a key.
func userEntry(key []byte, id string, rev int) []byte {
	if rev == 2 {
		return rc4Bytes(key, padding)
	}
	sum := md5.Sum(append(bytes.Clone(padding), id...))
	out := rc4Bytes(key, sum[:])
	for i := byte(1); i < 20; i++ {
		k := bytes.Clone(key)
		for j := range k {
			k[j] ^= i
		}
		out = rc4Bytes(k, out)
	}
	return out
}

func rc4Bytes(key, data []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}

// modernKey is algorithm 2.A with the empty password.
func (f *File) modernKey(d Dict, u string) []byte {
	ue, _ := f.is(d["UE"]).(string)
	if len(u) < 48 || len(ue) < 32 {
		return nil
	}
	rev, _ := f.integer(d["R"])
	if !bytes.Equal(hardHash([]byte(u[32:40]), rev), []byte(u[:32])) {
		return nil
	}
	block, err := aes.NewCipher(hardHash([]byte(u[40:48]), rev))
	if err != nil {
		return nil
	}
	key := make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, 16)).CryptBlocks(key, []byte(ue[:32]))
	return key
}

// hardHash is algorithm 2.B for the empty password and a salt.
func hardHash(salt []byte, rev int) []byte {
	sum := sha256.Sum256(salt)
	k := sum[:]
	if rev < 6 {
		return k
	}
	for i := 0; ; i++ {
		e := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		mod := 0
		for _, c := range e[:16] {
			mod += int(c)
		}
		switch mod % 3 {
		case 0:
			s := sha256.Sum256(e)
			k = s[:]
		case 1:
			s := sha512.Sum384(e)
			k = s[:]
		default:
			s := sha512.Sum512(e)
			k = s[:]
		}
		if i >= 63 && int(e[len(e)-1]) <= i-31 {
			return k[:32]
		}
	}
}

// bytes unlocks the bytes of a stream.
func (l *lock) bytes(data []byte, s *Stream) []byte {
	if l == nil || s.Dict["Type"] == Name("XRef") {
		return data
	}
	return l.open(data, s.ref, l.streams)
}

// values unlocks the strings within an object.
func (l *lock) values(v any, ref Ref) any {
	if l == nil || ref == l.except {
		return v
	}
	switch v := v.(type) {
	case string:
		return string(l.open([]byte(v), ref, l.strings))
	case Array:
		for i := range v {
			v[i] = l.values(v[i], ref)
		}
	case Dict:
		for k := range v {
			v[k] = l.values(v[k], ref)
		}
	case *Stream:
		l.values(v.Dict, ref)
	}
	return v
}

func (l *lock) open(data []byte, ref Ref, kind cipherKind) []byte {
	if kind == plain {
		return data
	}
	key := l.key
	if l.version < 5 {
		salted := append(bytes.Clone(key), byte(ref.Num), byte(ref.Num>>8), byte(ref.Num>>16), byte(ref.Gen), byte(ref.Gen>>8))
		if kind == aesCipher {
			salted = append(salted, "sAlT"...)
		}
		sum := md5.Sum(salted)
		key = sum[:min(len(key)+5, 16)]
	}
	if kind == rc4Cipher {
		return rc4Bytes(key, data)
	}
	block, err := aes.NewCipher(key)
	if err != nil || len(data) < 32 {
		return nil
	}
	out := make([]byte, (len(data)-16)/16*16)
	cipher.NewCBCDecrypter(block, data[:16]).CryptBlocks(out, data[16:16+len(out)])
	if n := int(out[len(out)-1]); n >= 1 && n <= 16 && n <= len(out) {
		out = out[:len(out)-n]
	}
	return out
}
