package pdf

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// font turns the codes of a string into characters and widths.
type font struct {
	composite bool
	down      bool // writes from top to bottom
	bold      bool
	unicode   *cmap
	table     *cmap // of an encoding that stands in the file
	coding    coding
	chinese   bool         // CIDs are those of Adobe-GB1
	glyphs    map[int]rune // of an embedded TrueType face, by glyph
	gids      []byte       // glyph by CID, two bytes each
	names     [256]string  // of a simple font
	widths    map[int]float64
	spans     []widthSpan
	deflt     float64
	scale     float64 // of widths: 1/1000, or the font's own
	seen      map[string]char
	parts     any // of a Type 3 font: its resources
}

// widthSpan is the width of CIDs from lo to hi.
type widthSpan struct {
	lo, hi int
	w      float64
}

// char is a decoded code.
type char struct {
	text  string // "" when it could not be read
	width float64
	space bool // a one-byte space, which word spacing widens
}

// font returns a font by its value in the resources, read once.
func (f *File) font(v any) *font {
	ref, isRef := v.(Ref)
	if isRef {
		if ft, ok := f.fonts[ref]; ok {
			return ft
		}
	}
	ft := f.newFont(f.dict(v))
	if isRef {
		f.fonts[ref] = ft
	}
	return ft
}

func (f *File) newFont(d Dict) *font {
	ft := &font{deflt: 500, scale: 0.001, widths: map[int]float64{}, seen: map[string]char{}}
	ft.unicode = f.cmapOf(d["ToUnicode"])
	if f.name(d["Subtype"]) == "Type0" {
		f.composite(ft, d)
		return ft
	}
	f.simple(ft, d)
	return ft
}

// cmapOf reads a map that stands in the file as a stream; nil for none.
func (f *File) cmapOf(v any) *cmap {
	s, ok := f.is(v).(*Stream)
	if !ok {
		return nil
	}
	if m, ok := f.maps[s.ref]; ok {
		return m
	}
	data, _ := f.decode(s)
	m := parseCMap(data)
	f.maps[s.ref] = m
	return m
}

func (f *File) composite(ft *font, d Dict) {
	ft.composite, ft.deflt = true, 1000
	name := f.name(d["Encoding"])
	ft.down = strings.HasSuffix(string(name), "-V")
	known := false
	if ft.coding, known = codingOf(name); !known {
		if ft.table = f.cmapOf(d["Encoding"]); ft.table != nil {
			ft.down = ft.table.down
			ft.coding, known = codingOf(ft.table.use)
		}
		if !known {
			ft.coding = coding{length: two}
			if ft.table != nil && len(ft.table.spaces) > 0 {
				ft.coding.length = ft.table.length
			}
		}
	}
	cid := Dict{}
	if kids := f.array(d["DescendantFonts"]); len(kids) > 0 {
		cid = f.dict(kids[0])
	}
	ordering, _ := f.is(f.dict(cid["CIDSystemInfo"])["Ordering"]).(string)
	ft.chinese = ordering == "GB1"
	if w, ok := f.number(cid["DW"]); ok {
		ft.deflt = w
	}
	f.cidWidths(ft, f.array(cid["W"]))
	f.look(ft, cid)
	if ft.unicode == nil && !ft.chinese && ft.coding.decode == nil {
		f.face(ft, cid)
	}
}

// face reads the table of characters of an embedded face, for a font that has no
// other.
func (f *File) face(ft *font, cid Dict) {
	desc := f.dict(cid["FontDescriptor"])
	for _, key := range []Name{"FontFile2", "FontFile3"} {
		if s, ok := f.is(desc[key]).(*Stream); ok {
			data, _ := f.decode(s)
			ft.glyphs = glyphRunes(data)
		}
	}
	if s, ok := f.is(cid["CIDToGIDMap"]).(*Stream); ok {
		ft.gids, _ = f.decode(s)
	}
}

func (f *File) cidWidths(ft *font, w Array) {
	for i := 0; i+1 < len(w) && len(ft.widths)+len(ft.spans) < maxCodes; {
		lo, _ := f.integer(w[i])
		if list := f.array(w[i+1]); list != nil {
			for j, v := range list {
				ft.widths[lo+j], _ = f.number(v)
			}
			i += 2
			continue
		}
		if i+2 >= len(w) {
			return
		}
		hi, _ := f.integer(w[i+1])
		width, _ := f.number(w[i+2])
		ft.spans = append(ft.spans, widthSpan{lo, hi, width})
		i += 3
	}
}

// look tells whether a face is bold.
func (f *File) look(ft *font, d Dict) {
	name := string(f.name(d["BaseFont"]))
	for _, word := range []string{"Bold", "bold", "Heavy", "Black", "Semibold"} {
		ft.bold = ft.bold || strings.Contains(name, word)
	}
	flags, _ := f.integer(f.dict(d["FontDescriptor"])["Flags"])
	ft.bold = ft.bold || flags&(1<<18) != 0
}

func (f *File) simple(ft *font, d Dict) {
	f.look(ft, d)
	f.encoding(ft, d)
	desc := f.dict(d["FontDescriptor"])
	if w, ok := f.number(desc["MissingWidth"]); ok && w > 0 {
		ft.deflt = w
	}
	from, _ := f.integer(d["FirstChar"])
	for i, v := range f.array(d["Widths"]) {
		if i > 255 {
			break
		}
		ft.widths[from+i], _ = f.number(v)
	}
	if f.name(d["Subtype"]) == "Type3" {
		if m := f.numbers(d["FontMatrix"], 6); m != nil && m[0] != 0 {
			ft.scale = m[0]
		}
	}
}

// encoding fills in what the codes of a simple font stand for.
func (f *File) encoding(ft *font, d Dict) {
	base := f.name(d["Encoding"])
	e := f.dict(d["Encoding"])
	if e != nil {
		base = f.name(e["BaseEncoding"])
	}
	table := charmap.Windows1252
	if base == "MacRomanEncoding" {
		table = charmap.Macintosh
	}
	desc := f.dict(d["FontDescriptor"])
	flags, _ := f.integer(desc["Flags"])
	symbolic := flags&4 != 0 && base == "" || f.name(d["Subtype"]) == "Type3"
	for i := range ft.names {
		if r := table.DecodeByte(byte(i)); i >= 32 && r != utf8.RuneError && !symbolic {
			ft.names[i] = string(r)
		}
	}
	if base == "" {
		f.builtIn(ft, desc["FontFile"])
	}
	at := 0
	for _, v := range f.array(e["Differences"]) {
		switch v := f.is(v).(type) {
		case int64:
			at = int(v)
		case Name:
			if at >= 0 && at < 256 {
				ft.names[at] = glyphName(string(v))
			}
			at++
		}
	}
}

// builtIn reads the codes that an embedded Type 1 face gives itself, which stand
// in its first, readable part: "dup 58 /period put".
func (f *File) builtIn(ft *font, v any) {
	s, ok := f.is(v).(*Stream)
	if !ok {
		return
	}
	data, _ := f.decode(s)
	if n, ok := f.integer(s.Dict["Length1"]); ok && n > 0 && n < len(data) {
		data = data[:n]
	}
	l := &lexer{data: data}
	for tok := l.token(); tok != eof && tok != op("eexec"); tok = l.token() {
		if tok != op("dup") {
			continue
		}
		at, ok1 := l.token().(int64)
		name, ok2 := l.token().(Name)
		if text := glyphName(string(name)); ok1 && ok2 && at >= 0 && at < 256 && text != "" {
			ft.names[at] = text
		}
	}
}

// glyphName returns the character that a glyph name stands for; "" when it says
// nothing, as the names of subsets do.
func glyphName(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if s, ok := glyphNames()[name]; ok {
		return s
	}
	for _, prefix := range []string{"uni", "u"} {
		if hex, ok := strings.CutPrefix(name, prefix); ok && len(hex) >= 4 && len(hex) <= 6 {
			if v, err := strconv.ParseUint(hex, 16, 32); err == nil && v <= utf8.MaxRune {
				return string(rune(v))
			}
		}
	}
	if len(name) == 1 {
		return name
	}
	return ""
}

// next decodes the first code of s, which is not empty, and says how long it is.
func (ft *font) next(s string) (char, int) {
	n := 1
	if ft.composite {
		n = min(max(ft.coding.length(s), 1), len(s))
	}
	c, ok := ft.seen[s[:n]]
	if !ok {
		c = ft.char(s[:n])
		ft.seen[s[:n]] = c
	}
	return c, n
}

func (ft *font) char(s string) char {
	n := code(s)
	c := char{space: s == " "}
	cid := int(n)
	switch {
	case ft.composite:
		c.text, cid = ft.wideText(s, n)
	default:
		c.text = ft.names[s[0]]
	}
	if t, ok := ft.unicode.text(n); ok {
		c.text = t
	}
	c.width = ft.width(cid) * ft.scale
	c.text = strings.Map(legible, c.text)
	return c
}

// legible takes out what stands for no character: controls and private codes; and
// writes radicals as the characters they look like.
func legible(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == 0xa0 || r == 0xad:
		return ' '
	case r < ' ', r == utf8.RuneError, r >= 0xe000 && r <= 0xf8ff, r >= 0xf0000:
		return -1
	}
	return unradical(r)
}

// wideText is the text of a code of a composite font, and its CID.
func (ft *font) wideText(s string, n uint32) (string, int) {
	cid := int(n)
	if ft.table != nil {
		if v, ok := ft.table.cid(n); ok {
			cid = v
		}
	}
	if ft.coding.decode != nil {
		text := ft.coding.decode(s)
		if len(text) == 1 && ft.coding.narrow > 0 && text[0] >= ' ' {
			return text, ft.coding.narrow + int(text[0]-' ')
		}
		return text, -1
	}
	if ft.chinese {
		text, _ := gb1().text(uint32(cid))
		return text, cid
	}
	gid := cid
	if at := 2 * cid; at+1 < len(ft.gids) {
		gid = int(ft.gids[at])<<8 | int(ft.gids[at+1])
	}
	if r, ok := ft.glyphs[gid]; ok {
		return string(r), cid
	}
	return "", cid
}

func (ft *font) width(cid int) float64 {
	if w, ok := ft.widths[cid]; ok {
		return w
	}
	for _, s := range ft.spans {
		if s.lo <= cid && cid <= s.hi {
			return s.w
		}
	}
	if ft.coding.narrow == 814 && cid >= 814 && cid < 814+95 {
		return 500
	}
	return ft.deflt
}
