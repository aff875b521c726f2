// Package blob keeps attachments: files named by what they hold, sealed in
// chunks, in a Place outside of everything the web serves.
package blob

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/seal"
)

// Digest is the SHA-256 of a file's plain content.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// ParseDigest reads what String returned.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) {
		return d, fault.New(fault.NotFound, "没有这份附件，请核对链接。")
	}
	copy(d[:], b)
	return d, nil
}

// chunk is how much of a file is sealed at once: memory stays small and the 29
// bytes of each envelope weigh nothing.
const chunk = 64 << 10

// magic is the first line of every file: format 1.
const magic = "xiaobao blob 1\n"

// Store keeps sealed files in a Place.
type Store struct {
	in   Place
	rand io.Reader
}

// New returns the store in a folder, which is made at the first Put.
func New(path string, random io.Reader) *Store { return On(NewFolder(path), random) }

// On returns the store in a place.
func On(p Place, random io.Reader) *Store { return &Store{p, random} }

// Place is where the files lie.
func (s *Store) Place() Place { return s.in }

// Name is what the Place calls an owner's file. It hides which content an owner
// has from who only sees the place, and keeps equal files of two owners apart,
// because their keys differ.
func Name(owner string, digest Digest) string {
	sum := sha256.Sum256([]byte("blob\x00" + owner + "\x00" + string(digest[:])))
	h := hex.EncodeToString(sum[:])
	return h[:2] + "/" + h
}

// youngEnough is up to which age a file that is there is taken for the one that
// is being put. An older one may have been left by an upload that was cut off, and
// be about to be removed as such: it is put once more and young again.
const youngEnough = time.Hour

// Put seals what r gives under the owner's key. The file is complete and durable,
// or not there at all. More than max bytes gives fault.TooLarge. The same content
// again is stored once.
func (s *Store) Put(ctx context.Context, key seal.CaseKey, owner string, r io.Reader, max int64) (Digest, int64, error) {
	f, err := s.in.Spool()
	if err != nil {
		return Digest{}, 0, err
	}
	defer f.Close()
	digest, size, err := s.write(f.File, key, owner, r, max)
	if err != nil {
		return digest, size, err
	}
	name := Name(owner, digest)
	e, err := s.in.Stat(ctx, name)
	if err == nil && time.Since(e.At) < youngEnough {
		return digest, size, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return digest, size, err
	}
	return digest, size, s.in.Put(ctx, f.File, name)
}

// write seals chunk by chunk. Each is bound to its place and the last one says so:
// chunks cannot be exchanged, and a file cut short does not open.
func (s *Store) write(f *os.File, key seal.CaseKey, owner string, r io.Reader, limit int64) (digest Digest, size int64, err error) {
	w := bufio.NewWriter(f)
	if _, err := w.WriteString(magic); err != nil {
		return digest, 0, unwritable(err)
	}
	sum := sha256.New()
	in := bufio.NewReaderSize(io.LimitReader(r, limit+1), chunk)
	plain := make([]byte, chunk)
	for i := 0; ; i++ {
		n, err := io.ReadFull(in, plain)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return digest, size, fmt.Errorf("blob: read: %w", err)
		}
		if size += int64(n); size > limit {
			return digest, size, fault.New(fault.TooLarge, "附件太大：最多 %d MB。请压缩或拆分后再上传。", limit>>20)
		}
		_, peek := in.Peek(1)
		last := err != nil || peek == io.EOF
		sum.Write(plain[:n])
		if err := s.writeChunk(w, key, aad(owner, i, last), plain[:n]); err != nil {
			return digest, size, err
		}
		if last {
			sum.Sum(digest[:0])
			if err := w.Flush(); err != nil {
				return digest, size, unwritable(err)
			}
			return digest, size, nil
		}
	}
}

func (s *Store) writeChunk(w *bufio.Writer, key seal.CaseKey, aad string, plain []byte) error {
	ct, err := key.Seal(s.rand, plain, aad)
	if err != nil {
		return err
	}
	var head [4]byte
	binary.BigEndian.PutUint32(head[:], uint32(len(ct)))
	if _, err := w.Write(head[:]); err != nil {
		return unwritable(err)
	}
	if _, err := w.Write(ct); err != nil {
		return unwritable(err)
	}
	return nil
}

func aad(owner string, i int, last bool) string { return fmt.Sprintf("blob/%s/%d/%t", owner, i, last) }

// Open returns the plain content. What it reads is verified chunk by chunk, the
// whole at its end: a read that ends with io.EOF was whole and unaltered. A file
// that is not there gives fault.NotFound, an altered one fault.Conflict.
func (s *Store) Open(ctx context.Context, key seal.CaseKey, owner string, digest Digest) (io.ReadCloser, error) {
	f, err := s.in.Get(ctx, Name(owner, digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "没有这份附件，可能已按规定删除。")
	}
	if err != nil {
		return nil, err
	}
	r := &reader{f: f, in: bufio.NewReaderSize(f, chunk), key: key, owner: owner, want: digest, sum: sha256.New()}
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(r.in, head); err != nil || string(head) != magic {
		_ = f.Close()
		return nil, unreadable(err)
	}
	return r, nil
}

// unreadable tells a place that fails from a file that is not what it was.
func unreadable(cause error) error {
	if fe, ok := errors.AsType[*fault.Error](cause); ok {
		return fe
	}
	return errAltered(cause)
}

func errAltered(cause error) error {
	return fault.Wrap(fault.Conflict, cause, "附件的内容与登记的摘要不符，可能已损坏或被改动。请从备份恢复。")
}

// reader opens one chunk after the other.
type reader struct {
	f     io.ReadCloser
	in    *bufio.Reader
	key   seal.CaseKey
	owner string
	want  Digest
	sum   hash.Hash
	rest  []byte
	n     int
	err   error
}

// Read returns verified plain bytes.
func (r *reader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 && r.err == nil {
		r.next()
	}
	if len(r.rest) == 0 {
		return 0, r.err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// next opens a chunk into rest and sets err with the last one.
func (r *reader) next() {
	var head [4]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		r.err = unreadable(err)
		return
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > chunk+1024 {
		r.err = errAltered(nil)
		return
	}
	ct := make([]byte, size)
	if _, err := io.ReadFull(r.in, ct); err != nil {
		r.err = unreadable(err)
		return
	}
	_, peek := r.in.Peek(1)
	if peek != nil && peek != io.EOF {
		r.err = unreadable(peek)
		return
	}
	last := peek == io.EOF
	plain, err := r.key.Open(ct, aad(r.owner, r.n, last))
	if err != nil {
		r.err = errAltered(err)
		return
	}
	r.n++
	r.rest = plain
	r.sum.Write(plain)
	if last {
		r.err = io.EOF
		if Digest(r.sum.Sum(nil)) != r.want {
			r.rest, r.err = nil, errAltered(nil)
		}
	}
}

// Close closes the file.
func (r *reader) Close() error { return r.f.Close() }

// Remove deletes a file; one that is not there is no error.
func (s *Store) Remove(ctx context.Context, owner string, digest Digest) error {
	return s.in.Delete(ctx, Name(owner, digest))
}
