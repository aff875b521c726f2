// Package pdf reads the text of PDF files with the place, size and contrast of
// each piece of it, including the Chinese fonts that carry no map to Unicode.
//
// It is our own because files from outside are hostile and broken: the readers
// that exist for Go follow circles and allocate what a file claims, which cannot
// be bounded from outside. Here every loop ends by a count or by the bytes there
// are, and a broken table of contents is made anew from the file.
//
//	lex.go     tokens and values      file.go    objects        xref.go   where they are
//	filter.go  packed streams         crypt.go   locked files   page.go   pages
//	content.go what a page draws      font.go    codes to characters      cmap.go  tables of codes
package pdf

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// Errors of files that cannot be read.
var (
	ErrBroken   = errors.New("pdf: the file has no pages that can be found")
	ErrPassword = errors.New("pdf: a password is needed")
	ErrCipher   = errors.New("pdf: locked in a way that is not known")
)

// Bounds of what a file may ask for.
const (
	maxObjects   = 4 << 20  // in the table of contents
	maxStream    = 64 << 20 // bytes that one stream unpacks to
	maxUnpacked  = 1 << 30  // bytes that all streams together unpack to
	maxObject    = 16 << 20 // bytes of an object without its stream
	cachedBytes  = 64 << 20 // unpacked streams of objects that are kept
	cachedValues = 1 << 18  // objects that are kept
)

// Stream is a dictionary with bytes behind it.
type Stream struct {
	Dict Dict
	off  int64
	ref  Ref
}

// File is an open PDF file. It is not safe for concurrent use.
type File struct {
	ctx     context.Context
	r       io.ReaderAt
	size    int64
	base    int64 // of the header; offsets count from it
	table   map[int]entry
	trailer Dict
	lock    *lock
	cache   map[int]any
	packs   map[int]*pack
	packed  int  // bytes in packs
	left    int  // bytes that may still be unpacked
	rebuilt bool // the table was made anew
	loading map[int]bool
	fonts   map[any]*font
	pages   []pageRef
	maps    map[Ref]*cmap
}

// entry says where an object is: at off, or the index-th of the stream pack.
type entry struct {
	off  int64
	pack int // 0 for none
}

// pack is an unpacked stream of objects.
type pack struct {
	data []byte
	at   map[int]int // offset in data by object number
}

// Open opens a file. A file locked by a password that is not empty gives
// ErrPassword.
func Open(ctx context.Context, r io.ReaderAt, size int64) (*File, error) {
	f := &File{ctx: ctx, r: r, size: size, left: maxUnpacked}
	f.base = f.header()
	f.forget()
	if err := f.load(); err != nil || !f.find() {
		if err := f.rebuild(); err != nil {
			return nil, err
		}
	}
	if err := f.unlock(); err != nil {
		return nil, err
	}
	if f.lock != nil { // what was read before was not unlocked
		f.cache, f.packs, f.packed = map[int]any{}, map[int]*pack{}, 0
	}
	if !f.find() {
		if !f.rebuilt {
			if err := f.rebuild(); err != nil {
				return nil, err
			}
		}
		if !f.find() {
			return nil, ErrBroken
		}
	}
	return f, ctx.Err()
}

func (f *File) forget() {
	f.table, f.trailer = map[int]entry{}, Dict{}
	f.cache, f.packs, f.packed, f.loading = map[int]any{}, map[int]*pack{}, 0, map[int]bool{}
	f.fonts, f.maps = map[any]*font{}, map[Ref]*cmap{}
}

// Rebuilt reports whether the file was broken and put together again.
func (f *File) Rebuilt() bool { return f.rebuilt }

// header finds where the file begins: some have bytes before their mark.
func (f *File) header() int64 {
	head := f.bytes(0, 1024)
	return int64(max(bytes.Index(head, []byte("%PDF-")), 0))
}

// bytes reads up to n bytes at an offset.
func (f *File) bytes(off int64, n int) []byte {
	if off < 0 || off >= f.size {
		return nil
	}
	b := make([]byte, min(int64(n), f.size-off))
	got, _ := f.r.ReadAt(b, off)
	return b[:got]
}

// lexer reads tokens of the file from an offset on.
func (f *File) lexer(off int64) *lexer {
	at, step := off, 1024
	return &lexer{refs: true, more: func() []byte {
		if at-off > maxObject {
			return nil
		}
		b := f.bytes(at, step)
		at += int64(len(b))
		step = min(step*4, 1<<20)
		return b
	}}
}

// objectAt reads the object at an offset.
func (f *File) objectAt(off int64) (Ref, any, error) {
	l := f.lexer(off)
	num, ok1 := l.token().(int64)
	gen, ok2 := l.token().(int64)
	if !ok1 || !ok2 || l.token() != op("obj") {
		return Ref{}, nil, errSyntax
	}
	ref := Ref{int(num), int(gen)}
	v, err := l.value(0)
	if err != nil {
		return ref, nil, err
	}
	d, ok := v.(Dict)
	if !ok || l.token() != op("stream") {
		return ref, v, nil
	}
	if l.peek() == '\r' {
		l.pos++
	}
	if l.peek() == '\n' {
		l.pos++
	}
	return ref, &Stream{Dict: d, off: off + int64(l.pos), ref: ref}, nil
}

// get returns an object; nil when there is none, or when it is being read.
func (f *File) get(ref Ref) any {
	if v, ok := f.cache[ref.Num]; ok {
		return v
	}
	e, ok := f.table[ref.Num]
	if !ok || f.loading[ref.Num] {
		return nil
	}
	f.loading[ref.Num] = true
	defer delete(f.loading, ref.Num)
	v := f.fetch(ref, e)
	if len(f.cache) > cachedValues {
		clear(f.cache)
	}
	f.cache[ref.Num] = v
	return v
}

func (f *File) fetch(ref Ref, e entry) any {
	if e.pack != 0 {
		return f.unpack(ref.Num, e.pack)
	}
	at, v, err := f.objectAt(e.off)
	if err != nil || at.Num != ref.Num {
		if !f.rebuilt && f.rebuild() == nil {
			if e, ok := f.table[ref.Num]; ok {
				return f.fetch(ref, e)
			}
		}
		return nil
	}
	return f.lock.values(v, at)
}

// is resolves references until there is a value.
func (f *File) is(v any) any {
	for range 32 {
		ref, ok := v.(Ref)
		if !ok {
			return v
		}
		v = f.get(ref)
	}
	return nil
}

func (f *File) dict(v any) Dict {
	switch v := f.is(v).(type) {
	case Dict:
		return v
	case *Stream:
		return v.Dict
	}
	return nil
}

func (f *File) array(v any) Array {
	a, _ := f.is(v).(Array)
	return a
}

func (f *File) name(v any) Name {
	n, _ := f.is(v).(Name)
	return n
}

func (f *File) integer(v any) (int, bool) {
	switch v := f.is(v).(type) {
	case int64:
		return int(v), true
	case float64:
		return int(v), true
	}
	return 0, false
}

func (f *File) number(v any) (float64, bool) {
	switch v := f.is(v).(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// numbers reads an array of numbers; nil unless there are n of them.
func (f *File) numbers(v any, n int) []float64 {
	a := f.array(v)
	if len(a) < n {
		return nil
	}
	out := make([]float64, n)
	for i := range out {
		out[i], _ = f.number(a[i])
	}
	return out
}

// unpack returns an object of a stream of objects.
func (f *File) unpack(num, in int) any {
	p := f.packs[in]
	if p == nil {
		s, ok := f.get(Ref{Num: in}).(*Stream)
		if !ok {
			return nil
		}
		p = f.openPack(s)
		if f.packed += len(p.data); f.packed > cachedBytes {
			clear(f.packs)
			f.packed = len(p.data)
		}
		f.packs[in] = p
	}
	at, ok := p.at[num]
	if !ok || at > len(p.data) {
		return nil
	}
	v, err := (&lexer{data: p.data, pos: at, refs: true}).value(0)
	if _, junk := v.(op); junk || err != nil {
		return nil
	}
	return v
}

func (f *File) openPack(s *Stream) *pack {
	data, _ := f.decode(s)
	n, _ := f.integer(s.Dict["N"])
	first, _ := f.integer(s.Dict["First"])
	p := &pack{data: data, at: map[int]int{}}
	l := &lexer{data: data}
	for range min(n, len(data)) {
		num, ok1 := l.token().(int64)
		at, ok2 := l.token().(int64)
		if !ok1 || !ok2 {
			break
		}
		if at >= 0 && first >= 0 && at < maxStream {
			p.at[int(num)] = first + int(at)
		}
	}
	return p
}

// raw returns the bytes of a stream as they stand in the file, unlocked. A wrong
// length is mended by looking for the end.
func (f *File) raw(s *Stream) []byte {
	n, ok := f.integer(s.Dict["Length"])
	if ok && n >= 0 && n <= maxStream {
		b := f.bytes(s.off, n+32)
		if len(b) >= n && bytes.HasPrefix(bytes.TrimLeft(b[n:], "\r\n \t\x00"), []byte("endstream")) {
			return f.lock.bytes(b[:n], s)
		}
	}
	var out []byte
	for at, step := s.off, 4096; len(out) < maxStream; step = min(step*4, 1<<20) {
		b := f.bytes(at, step)
		from := max(len(out)-16, 0)
		out = append(out, b...)
		if i := bytes.Index(out[from:], []byte("endstream")); i >= 0 {
			return f.lock.bytes(bytes.TrimRight(out[:from+i], "\r\n"), s)
		}
		if at += int64(len(b)); len(b) == 0 {
			break
		}
	}
	return f.lock.bytes(out, s)
}
