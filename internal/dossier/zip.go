package dossier

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// A ZIP knows many ways to say the same. Here there is one: entries stored as
// they are, in the order of the directory, no gaps, no comments, no extra fields,
// one fixed date. Reading takes the names and sizes, writes the structure anew
// and compares: what another program would read differently is refused.
const (
	localSize   = 30
	centralSize = 46
	endSize     = 22
	maxName     = 512
	maxEntries  = 10000
	maxBytes    = 1<<32 - 1 // without the 64-bit extension
)

// entry is one file of the ZIP.
type entry struct {
	name   string
	crc    uint32
	size   int64
	offset int64 // of its local header
}

// start is where the content begins.
func (e entry) start() int64 { return e.offset + localSize + int64(len(e.name)) }

// header is what local and central header have in common: version needed, UTF-8
// names, stored, 1980-01-01.
func (e entry) header(b []byte) []byte {
	b = append(b, 20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0)
	b = binary.LittleEndian.AppendUint32(b, e.crc)
	b = binary.LittleEndian.AppendUint32(b, uint32(e.size))
	b = binary.LittleEndian.AppendUint32(b, uint32(e.size))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(e.name)))
	return append(b, 0, 0)
}

func (e entry) local() []byte {
	return append(e.header([]byte("PK\x03\x04")), e.name...)
}

func (e entry) central(b []byte) []byte {
	b = e.header(append(b, "PK\x01\x02\x14\x00"...))
	b = append(b, make([]byte, 10)...) // comment, disk, attributes
	b = binary.LittleEndian.AppendUint32(b, uint32(e.offset))
	return append(b, e.name...)
}

// directory is the end of the ZIP: central headers and end record.
func directory(entries []entry, at int64) []byte {
	var b []byte
	for _, e := range entries {
		b = e.central(b)
	}
	n := len(b)
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(entries)))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(at))
	return append(b, 0, 0)
}

// validName reports whether a name can stand in a case file: relative, with
// slashes, of printable characters, unable to leave the folder it is unpacked to.
func validName(name string) bool {
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unfit) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

func unfit(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == ':' || r == utf8.RuneError }

func torn(what string) error {
	return fault.New(fault.Invalid, "文件的结构不对（%s）：不是完整的案卷，或被改动过。请向出具机构重新索取。", what)
}

// readZip returns the entries of a case file in their order, after comparing every
// byte that is not content with what it has to be.
func readZip(r io.ReaderAt, size int64) ([]entry, error) {
	var entries []entry
	var at int64
	for {
		e, more, err := readLocal(r, at, size)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if entries = append(entries, e); len(entries) > maxEntries {
			return nil, torn("文件太多")
		}
		at = e.start() + e.size
	}
	want := directory(entries, at)
	if size-at != int64(len(want)) {
		return nil, torn("目录长度")
	}
	got := make([]byte, len(want))
	if _, err := r.ReadAt(got, at); err != nil && err != io.EOF {
		return nil, err
	}
	if !bytes.Equal(got, want) {
		return nil, torn("目录")
	}
	return entries, nil
}

// readLocal reads the entry at an offset; more is false where the directory begins.
func readLocal(r io.ReaderAt, at, size int64) (e entry, more bool, err error) {
	var head [localSize]byte
	if size-at < endSize {
		return e, false, torn("长度")
	}
	if n, err := r.ReadAt(head[:], at); err != nil && err != io.EOF || n < 4 {
		return e, false, torn("长度")
	}
	if string(head[:4]) != "PK\x03\x04" {
		return e, false, nil
	}
	e = entry{offset: at, crc: binary.LittleEndian.Uint32(head[14:]), size: int64(binary.LittleEndian.Uint32(head[18:]))}
	name := make([]byte, binary.LittleEndian.Uint16(head[26:]))
	if len(name) > maxName || at+localSize+int64(len(name))+e.size > size {
		return e, false, torn("文件头")
	}
	if _, err := r.ReadAt(name, at+localSize); err != nil && err != io.EOF {
		return e, false, err
	}
	e.name = string(name)
	if !validName(e.name) || !bytes.Equal(e.local()[:localSize], head[:]) {
		return e, false, torn("文件头")
	}
	return e, true, nil
}

// writeZip writes the files in their order.
func writeZip(w io.Writer, files []sized) error {
	entries := make([]entry, len(files))
	var at int64
	for i, f := range files {
		e := entry{name: f.Name, crc: f.crc, size: f.size, offset: at}
		if at = e.start() + e.size; at > maxBytes {
			return fault.New(fault.TooLarge, "案卷超过 4 GB，无法导出。请先另行提供其中的录音录像，再导出不含原件的案卷。")
		}
		entries[i] = e
		if _, err := w.Write(e.local()); err != nil {
			return err
		}
		if err := f.copy(w); err != nil {
			return err
		}
	}
	_, err := w.Write(directory(entries, at))
	return err
}

// sized is a file whose bytes have been counted and summed.
type sized struct {
	File
	crc  uint32
	size int64
	sum  [32]byte
}

// copy writes the content, which has to be the one that was summed.
func (f sized) copy(w io.Writer) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	crc := crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(w, crc), r)
	if err == nil && (n != f.size || crc.Sum32() != f.crc) {
		err = fault.New(fault.Conflict, "导出案卷时，文件“%s”发生了变化。请再导出一次。", f.Name)
	}
	return err
}
