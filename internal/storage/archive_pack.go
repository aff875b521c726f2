package storage

import (
	"bytes"
	"compress/flate"
	_ "embed" // the dictionary
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"time"

	"xiaobao/internal/ledger"
)

// packFormat is the first byte of a pack. The dictionary belongs to it: another
// dictionary is another format, and this one is read for ever.
const packFormat = 1

// packDict is what public parts of events often are made of.
//
//go:embed archive_pack.dict1
var packDict []byte

// maxPack bounds the public part of one stream: a wrong length must not take the memory.
const maxPack = 64 << 20

// How the private part of a packed event stands.
const (
	packNone   = iota // it never had one
	packSealed        // the ciphertext is in the pack
	packErased        // only its digest is left
)

var errPack = errors.New("归档的记录读不出，被改动过或已损坏")

// packEvents writes events of one stream that follow first: the public parts
// compressed, the ciphertexts after them. The links of the chain and the sums are
// not written, they follow from the rest:
//
//	1 byte      format
//	uvarint     length of the public part, before and after its compression
//	flate       per event: seq and time as differences, kind, by, algorithm, body, state of the private part
//	bytes       the ciphertexts in order
//	4 bytes     CRC-32C of all before: a flipped bit that compression passes over is found too
func packEvents(first ledger.Event, events []ledger.Event) ([]byte, error) {
	var public, private []byte
	before := first
	for i := range events {
		e := &events[i]
		public = binary.AppendVarint(public, e.Seq-before.Seq)
		public = binary.AppendVarint(public, e.At.UnixMicro()-before.At.UnixMicro())
		for _, s := range []string{e.By, e.Alg, e.Kind, string(e.Body)} {
			public = binary.AppendUvarint(public, uint64(len(s)))
			public = append(public, s...)
		}
		switch {
		case e.Sealed != nil:
			public = append(public, packSealed)
			public = binary.AppendUvarint(public, uint64(len(e.Sealed)))
			private = append(private, e.Sealed...)
		case e.SealedSum != [32]byte{}:
			public = append(public, packErased)
			public = append(public, e.SealedSum[:]...)
		default:
			public = append(public, packNone)
		}
		before = *e
	}
	if len(public) > maxPack {
		return nil, fmt.Errorf("storage: stream %s is too large to be packed", first.Stream)
	}
	small, err := deflate(public)
	if err != nil {
		return nil, err
	}
	out := []byte{packFormat}
	out = binary.AppendUvarint(out, uint64(len(public)))
	out = binary.AppendUvarint(out, uint64(len(small)))
	out = append(append(out, small...), private...)
	return binary.BigEndian.AppendUint32(out, crc32.Checksum(out, castagnoli)), nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checked returns a pack without its check sum; nil when that is wrong.
func checked(pack []byte) []byte {
	n := len(pack) - 4
	if n < 0 || crc32.Checksum(pack[:n], castagnoli) != binary.BigEndian.Uint32(pack[n:]) {
		return nil
	}
	return pack[:n]
}

// A compressor is some hundred kilobytes: they are used again.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriterDict(io.Discard, flate.DefaultCompression, packDict)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

func deflate(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	_, err := w.Write(b)
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

// unpackEvents reads what packEvents wrote and links the events to first. The
// error is errPack for anything that it cannot have written.
func unpackEvents(first ledger.Event, pack []byte) ([]ledger.Event, error) {
	r := packReader{b: checked(pack)}
	if r.byte() != packFormat {
		return nil, errPack
	}
	size, packed := r.uvarint(), r.uvarint()
	if r.bad || size > maxPack || packed > uint64(len(r.b)) {
		return nil, errPack
	}
	public, err := inflate(r.take(packed), int(size))
	if err != nil {
		return nil, errPack
	}
	sealed := r.b
	r = packReader{b: public}
	var out []ledger.Event
	before := first
	for len(r.b) > 0 && !r.bad {
		e := ledger.Event{Stream: first.Stream, Version: before.Version + 1, Seq: before.Seq + r.varint()}
		e.At = time.UnixMicro(before.At.UnixMicro() + r.varint()).UTC()
		e.By, e.Alg, e.Kind, e.Body = string(r.field()), string(r.field()), string(r.field()), r.field()
		sealed = r.private(&e, sealed)
		e.Relink(before.Hash)
		out = append(out, e)
		before = e
	}
	if r.bad || len(sealed) > 0 {
		return nil, errPack
	}
	return out, nil
}

func inflate(b []byte, size int) ([]byte, error) {
	in := bytes.NewReader(b)
	r := flate.NewReaderDict(in, packDict)
	out, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
	if err != nil || len(out) != size || in.Len() > 0 {
		return nil, errPack
	}
	return out, nil
}

// packReader takes fields from the front of bytes; bad is set by the first that is not there.
type packReader struct {
	b   []byte
	bad bool
}

func (r *packReader) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *packReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *packReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.take(uint64(max(n, 0)))
	r.bad = r.bad || n <= 0
	return v
}

func (r *packReader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.take(uint64(max(n, 0)))
	r.bad = r.bad || n <= 0
	return v
}

func (r *packReader) field() []byte { return r.take(r.uvarint()) }

// private reads how the private part stands and returns the ciphertexts that are left.
func (r *packReader) private(e *ledger.Event, sealed []byte) []byte {
	switch r.byte() {
	case packNone:
	case packErased:
		copy(e.SealedSum[:], r.take(32))
	case packSealed:
		n := r.uvarint()
		if n > uint64(len(sealed)) {
			r.bad = true
			return sealed
		}
		e.Sealed, sealed = sealed[:n:n], sealed[n:]
		e.SealedSum = ledger.SealedSum(e.Alg, e.Sealed)
	default:
		r.bad = true
	}
	return sealed
}
