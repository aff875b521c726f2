package ledger

import (
	"encoding/binary"
	"math/bits"
)

// sm3Sum is SM3 (GB/T 32905-2016) as the standard writes it: what the library gives
// is compared with it.
func sm3Sum(msg []byte) (out [32]byte) {
	h := [8]uint32{0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e}
	size := uint64(len(msg)) * 8
	padded := append(append(make([]byte, 0, len(msg)+72), msg...), 0x80)
	for len(padded)%64 != 56 {
		padded = append(padded, 0)
	}
	padded = binary.BigEndian.AppendUint64(padded, size)
	for ; len(padded) > 0; padded = padded[64:] {
		sm3Block(&h, padded[:64])
	}
	for i, x := range h {
		binary.BigEndian.PutUint32(out[i*4:], x)
	}
	return out
}

func sm3Block(h *[8]uint32, block []byte) {
	var w [68]uint32
	for i := range 16 {
		w[i] = binary.BigEndian.Uint32(block[i*4:])
	}
	for i := 16; i < len(w); i++ {
		x := w[i-16] ^ w[i-9] ^ bits.RotateLeft32(w[i-3], 15)
		w[i] = x ^ bits.RotateLeft32(x, 15) ^ bits.RotateLeft32(x, 23) ^ bits.RotateLeft32(w[i-13], 7) ^ w[i-6]
	}
	a, b, c, d, e, f, g, k := h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
	for i := range 64 {
		t, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
		if i >= 16 {
			t, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
		}
		s1 := bits.RotateLeft32(bits.RotateLeft32(a, 12)+e+bits.RotateLeft32(t, i%32), 7)
		t1 := ff + d + (s1 ^ bits.RotateLeft32(a, 12)) + (w[i] ^ w[i+4])
		t2 := gg + k + s1 + w[i]
		d, c, b, a = c, bits.RotateLeft32(b, 9), a, t1
		k, g, f, e = g, bits.RotateLeft32(f, 19), e, t2^bits.RotateLeft32(t2, 9)^bits.RotateLeft32(t2, 17)
	}
	for i, x := range [8]uint32{a, b, c, d, e, f, g, k} {
		h[i] ^= x
	}
}
