package fonts

import (
	"encoding/binary"
	"errors"
	"slices"
	"sort"
)

// A Face is a TrueType file of which parts can be taken. It reads the file where it
// lies and copies nothing but what is taken.
type Face struct {
	file   []byte
	tables map[string][]byte
	chars  []charRange
	glyphs int
	wide   int // glyphs with an advance of their own; the others have that of the last
	em     int // units of the em square
}

// charRange is a group of characters with glyphs in a row (cmap format 12).
type charRange struct{ first, last, glyph uint32 }

var errFace = errors.New("fonts: no TrueType face with long offsets and a cmap of format 12")

// NewFace reads the directory of a TrueType file with long glyph offsets and a
// character map of format 12, as Noto has them. The file must not change.
func NewFace(file []byte) (*Face, error) {
	if len(file) < 12 || binary.BigEndian.Uint32(file) != 0x00010000 {
		return nil, errFace
	}
	tables := int(binary.BigEndian.Uint16(file[4:]))
	if len(file) < 12+16*tables {
		return nil, errFace
	}
	f := &Face{file: file, tables: map[string][]byte{}}
	for i := range tables {
		entry := file[12+16*i:]
		at, size := binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:])
		if uint64(at)+uint64(size) > uint64(len(file)) {
			return nil, errFace
		}
		f.tables[string(entry[:4])] = file[at : at+size]
	}
	for name, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 32, "hmtx": 4, "loca": 8, "glyf": 1, "cmap": 4, "OS/2": 78, "post": 32, "name": 6} {
		if len(f.tables[name]) < least {
			return nil, errFace
		}
	}
	f.em, f.glyphs, f.wide = f.number("head", 18), f.number("maxp", 4), f.number("hhea", 34)
	if f.number("head", 50) != 1 || len(f.tables["loca"]) < 4*(f.glyphs+1) || len(f.tables["hmtx"]) < 4*f.wide || f.wide == 0 || !f.readChars() {
		return nil, errFace
	}
	return f, nil
}

// number is a number of two bytes in a table.
func (f *Face) number(table string, at int) int {
	return int(binary.BigEndian.Uint16(f.tables[table][at:]))
}

// readChars reads the groups of the character map for all of Unicode.
func (f *Face) readChars() bool {
	cmap := f.tables["cmap"]
	for i := range f.number("cmap", 2) {
		entry := cmap[4+8*i:]
		at := binary.BigEndian.Uint32(entry[4:])
		if binary.BigEndian.Uint32(entry) != 3<<16|10 || int(at)+16 > len(cmap) || binary.BigEndian.Uint16(cmap[at:]) != 12 {
			continue
		}
		for g := cmap[at+16:]; len(g) >= 12 && len(f.chars) < int(binary.BigEndian.Uint32(cmap[at+12:])); g = g[12:] {
			f.chars = append(f.chars, charRange{binary.BigEndian.Uint32(g), binary.BigEndian.Uint32(g[4:]), binary.BigEndian.Uint32(g[8:])})
		}
		return true
	}
	return false
}

// glyph returns the number of a character's glyph, 0 for one that the face has not.
func (f *Face) glyph(r rune) int {
	c := uint32(r) // #nosec G115: a rune is no negative number here, and as one it is in no group
	i := sort.Search(len(f.chars), func(i int) bool { return f.chars[i].last >= c })
	if i == len(f.chars) || c < f.chars[i].first {
		return 0
	}
	return int(f.chars[i].glyph + c - f.chars[i].first)
}

// Has reports whether the face has the character.
func (f *Face) Has(r rune) bool { return f.glyph(r) > 0 }

// Width returns the advance of a character at size 1; the face must have it.
func (f *Face) Width(r rune) float64 { return float64(f.advance(f.glyph(r))) / float64(f.em) }

func (f *Face) advance(glyph int) int { return f.number("hmtx", 4*min(glyph, f.wide-1)) }

// bearing is how far left of its outline a glyph begins, as the file has it.
func (f *Face) bearing(glyph int) int {
	at := 4*glyph + 2
	if glyph >= f.wide {
		at = 4*f.wide + 2*(glyph-f.wide)
	}
	if at+2 > len(f.tables["hmtx"]) {
		return 0
	}
	return f.number("hmtx", at)
}

// outline is a glyph as the file has it, empty for a blank one.
func (f *Face) outline(glyph int) []byte {
	loca, glyf := f.tables["loca"], f.tables["glyf"]
	from, to := binary.BigEndian.Uint32(loca[4*glyph:]), binary.BigEndian.Uint32(loca[4*glyph+4:])
	if from > to || int(to) > len(glyf) {
		return nil
	}
	return glyf[from:to]
}

// mostChars is for how many characters a table of format 4 has room.
const mostChars = 8000

// Subset returns a TrueType file with the glyphs of these characters only, numbered
// anew, with the measures of the whole face: some hundred glyphs instead of thirty
// thousand, so that a letter does not carry an empty place for each of the others.
// Characters that the face has not are left out; of too many the whole file is returned.
func (f *Face) Subset(chars []rune) []byte {
	chars = slices.DeleteFunc(slices.Clone(chars), func(r rune) bool { return !f.Has(r) })
	slices.Sort(chars)
	chars = slices.Compact(chars)
	if len(chars) > mostChars {
		return f.file
	}
	p := part{face: f, number: map[int]int{}}
	p.take(0)
	for _, r := range chars {
		p.take(f.glyph(r))
	}
	glyf, loca := p.outlines()
	hmtx := make([]byte, 0, 4*len(p.glyphs))
	for _, g := range p.glyphs {
		hmtx = u16(hmtx, f.advance(g), f.bearing(g))
	}
	tables := map[string][]byte{"glyf": glyf, "loca": loca, "hmtx": hmtx, "cmap": p.cmap(chars), "head": slices.Clone(f.tables["head"]), "hhea": slices.Clone(f.tables["hhea"]),
		"maxp": slices.Clone(f.tables["maxp"]), "post": slices.Clone(f.tables["post"][:32]), "OS/2": f.tables["OS/2"], "name": f.tables["name"]}
	put(tables["hhea"][34:], len(p.glyphs))
	put(tables["maxp"][4:], len(p.glyphs))
	put(tables["post"], 3) // version 3: no names of glyphs
	for _, name := range []string{"cvt ", "fpgm", "prep"} {
		if len(f.tables[name]) > 0 {
			tables[name] = f.tables[name]
		}
	}
	return assemble(tables)
}

func put(b []byte, n int) { binary.BigEndian.PutUint16(b, uint16(n)) } // #nosec G115: counts of glyphs of one file

// part is what is taken of a face.
type part struct {
	face   *Face
	glyphs []int       // their numbers in the whole face
	number map[int]int // from there to here
}

// take adds a glyph. None of the face is composed of others (a test looks at each), so
// that nothing comes with it.
func (p *part) take(glyph int) {
	if _, ok := p.number[glyph]; !ok {
		p.number[glyph] = len(p.glyphs)
		p.glyphs = append(p.glyphs, glyph)
	}
}

// outlines are the glyphs one after the other, and where each begins.
func (p *part) outlines() (glyf, loca []byte) {
	for _, g := range p.glyphs {
		loca = u32(loca, len(glyf))
		glyf = append(glyf, p.face.outline(g)...)
		glyf = append(glyf, make([]byte, -len(glyf)&3)...)
	}
	return glyf, u32(loca, len(glyf))
}

// cmap is the character map: format 4 for two bytes, format 12 for all.
func (p *part) cmap(chars []rune) []byte {
	var ends, starts, deltas, groups []byte
	segments := 0
	for _, r := range chars {
		n := p.number[p.face.glyph(r)]
		groups = u32(groups, int(r), int(r), n)
		if r < 0xffff {
			segments++
			ends, starts, deltas = u16(ends, int(r)), u16(starts, int(r)), u16(deltas, n-int(r)) // modulo 65536, as the format has it
		}
	}
	segments++ // the one that ends the table
	four := u16(nil, 4, 16+8*segments, 0, 2*segments, 0, 0, 0)
	four = u16(append(four, ends...), 0xffff, 0)
	four = u16(append(four, starts...), 0xffff)
	four = u16(append(four, deltas...), 1)
	four = append(four, make([]byte, 2*segments)...)
	head := u32(u16(nil, 0, 2, 3, 1, 0, 20, 3, 10), 20+len(four))
	twelve := u32(u16(nil, 12, 0), 16+len(groups), 0, len(groups)/12)
	return slices.Concat(head, four, twelve, groups)
}

func u16(b []byte, numbers ...int) []byte {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint16(b, uint16(n)) // #nosec G115: modulo 65536
	}
	return b
}

func u32(b []byte, numbers ...int) []byte {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(n)) // #nosec G115: numbers of a file of 15 MB
	}
	return b
}

// assemble writes tables as a TrueType file.
func assemble(tables map[string][]byte) []byte {
	var names []string
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	head := u16(nil, 1, 0, len(names), 0, 0, 0)
	var body []byte
	for _, name := range names {
		at := 12 + 16*len(names) + len(body)
		head = append(head, name...)
		head = u32(head, int(checksum(tables[name])), at, len(tables[name]))
		body = append(body, tables[name]...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	return append(head, body...)
}

// checksum is the sum of a table's numbers of four bytes.
func checksum(table []byte) (sum uint32) {
	for i := 0; i < len(table); i += 4 {
		var word [4]byte
		copy(word[:], table[i:])
		sum += binary.BigEndian.Uint32(word[:])
	}
	return sum
}
