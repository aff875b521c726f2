package pdf

import (
	"bytes"
	"iter"
	"strconv"
)

// load reads the tables of contents, the newest first.
func (f *File) load() error {
	at, ok := f.startxref()
	if !ok {
		return ErrBroken
	}
	seen := map[int64]bool{}
	next := []int64{at}
	for len(next) > 0 && len(seen) < 4096 {
		at, next = next[0], next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		d, err := f.section(at + f.base)
		if err != nil {
			return err
		}
		for k, v := range d {
			if _, ok := f.trailer[k]; !ok {
				f.trailer[k] = v
			}
		}
		for _, key := range []Name{"XRefStm", "Prev"} {
			if n, ok := d[key].(int64); ok {
				next = append(next, n)
			}
		}
	}
	return nil
}

// startxref reads where the newest table is.
func (f *File) startxref() (int64, bool) {
	tail := f.bytes(max(f.size-2048, 0), 2048)
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, false
	}
	n, ok := (&lexer{data: tail, pos: i + len("startxref")}).token().(int64)
	return n, ok
}

// section reads one table and its trailer.
func (f *File) section(off int64) (Dict, error) {
	l := f.lexer(off)
	if l.token() == op("xref") {
		return f.classic(l)
	}
	_, v, err := f.objectAt(off)
	s, ok := v.(*Stream)
	if err != nil || !ok || s.Dict["Type"] != Name("XRef") {
		return nil, ErrBroken
	}
	return s.Dict, f.packedTable(s)
}

func (f *File) classic(l *lexer) (Dict, error) {
	for {
		tok := l.token()
		if tok == op("trailer") {
			v, err := l.value(0)
			d, ok := v.(Dict)
			if err != nil || !ok {
				return nil, ErrBroken
			}
			return d, nil
		}
		first, ok1 := tok.(int64)
		n, ok2 := l.token().(int64)
		if !ok1 || !ok2 || first < 0 || n < 0 || first > maxObjects || n > maxObjects {
			return nil, ErrBroken
		}
		for i := range n {
			off, ok1 := l.token().(int64)
			_, ok2 := l.token().(int64)
			use, ok3 := l.token().(op)
			if !ok1 || !ok2 || !ok3 {
				return nil, ErrBroken
			}
			if use == "n" && off > 0 {
				f.enter(int(first+i), entry{off: off + f.base})
			}
		}
	}
}

// enter keeps the newest entry of an object.
func (f *File) enter(num int, e entry) {
	if _, ok := f.table[num]; !ok && num > 0 && len(f.table) < maxObjects {
		f.table[num] = e
	}
}

// packedTable reads a table that is a stream.
func (f *File) packedTable(s *Stream) error {
	lock := f.lock
	f.lock = nil // tables are never locked
	data, _ := f.decode(s)
	f.lock = lock
	widths := f.numbers(s.Dict["W"], 3)
	if widths == nil {
		return ErrBroken
	}
	var w [3]int
	for i := range w {
		if w[i] = int(widths[i]); w[i] < 0 || w[i] > 8 {
			return ErrBroken
		}
	}
	row := w[0] + w[1] + w[2]
	size, _ := f.integer(s.Dict["Size"])
	index := f.array(s.Dict["Index"])
	if index == nil {
		index = Array{int64(0), int64(size)}
	}
	for i := 0; i+1 < len(index) && row > 0; i += 2 {
		first, _ := f.integer(index[i])
		n, _ := f.integer(index[i+1])
		for num := first; num < first+n && len(data) >= row; num++ {
			f.enterRow(num, data[:row], w)
			data = data[row:]
		}
	}
	return nil
}

func (f *File) enterRow(num int, row []byte, w [3]int) {
	kind := uint64(1)
	if w[0] > 0 {
		kind = bigEndian(row[:w[0]])
	}
	a := bigEndian(row[w[0] : w[0]+w[1]])
	switch {
	case kind == 1 && a > 0 && a < 1<<40:
		f.enter(num, entry{off: int64(a) + f.base})
	case kind == 2 && a > 0 && a < maxObjects:
		f.enter(num, entry{pack: int(a)})
	}
}

func bigEndian(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// rebuild makes the table anew by looking for objects; of two with one number the
// later one counts.
func (f *File) rebuild() error {
	f.rebuilt = true
	lock := f.lock
	f.forget()
	f.lock = lock
	const step, overlap = 1 << 20, 64
	for at := int64(0); at < f.size; at += step {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		b := f.bytes(at, step+overlap)
		for i := range marks(b, "obj", step) {
			if num, start, ok := objectBefore(b, i); ok && len(f.table) < maxObjects {
				f.table[num] = entry{off: at + int64(start)}
			}
		}
		for i := range marks(b, "trailer", step) {
			f.oldTrailer(at + int64(i))
		}
	}
	f.openPacks()
	if len(f.table) == 0 {
		return ErrBroken
	}
	return nil
}

// marks yields where a word stands in b, up to an offset at which the next piece
// of the file begins.
func marks(b []byte, word string, end int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; at < len(b); {
			i := bytes.Index(b[at:], []byte(word))
			if i < 0 || at+i >= end+32 || !yield(at+i) {
				return
			}
			at += i + len(word)
		}
	}
}

// objectBefore reads the two numbers before "obj": the object's, and where it stands.
func objectBefore(b []byte, i int) (num, start int, ok bool) {
	back := func(want func(byte) bool) string {
		end := i
		for i > 0 && end-i < 11 && want(b[i-1]) {
			i--
		}
		return string(b[i:end])
	}
	blank := func(c byte) bool { return class[c] == space }
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	if back(blank) == "" || back(digit) == "" || back(blank) == "" {
		return 0, 0, false
	}
	num, err := strconv.Atoi(back(digit))
	return num, i, err == nil && num > 0
}

func (f *File) oldTrailer(off int64) {
	l := f.lexer(off)
	l.token()
	v, _ := l.value(0)
	d, _ := v.(Dict)
	for k, v := range d {
		f.trailer[k] = v
	}
}

// openPacks enters the objects within streams, and finds the catalog where no
// trailer names it.
func (f *File) openPacks() {
	for num, e := range f.table {
		_, v, err := f.objectAt(e.off)
		if e.pack != 0 || err != nil {
			continue
		}
		if d, ok := v.(Dict); ok && d["Type"] == Name("Catalog") && f.trailer["Root"] == nil {
			f.trailer["Root"] = Ref{Num: num}
		}
		s, ok := v.(*Stream)
		if !ok {
			continue
		}
		switch s.Dict["Type"] {
		case Name("XRef"):
			for _, key := range []Name{"Root", "Encrypt", "ID"} {
				if v, ok := s.Dict[key]; ok && f.trailer[key] == nil {
					f.trailer[key] = v
				}
			}
		case Name("ObjStm"):
			defer f.enterPack(num, s)
		}
	}
}

// enterPack enters the objects of a stream, which needs the key of a locked file.
func (f *File) enterPack(num int, s *Stream) {
	if f.lock == nil && f.unlock() != nil {
		return
	}
	p := f.openPack(s)
	for inner := range p.at {
		f.enter(inner, entry{pack: num})
		v := f.unpack(inner, num)
		if d, ok := v.(Dict); ok && d["Type"] == Name("Catalog") && f.trailer["Root"] == nil {
			f.trailer["Root"] = Ref{Num: inner}
		}
	}
}
