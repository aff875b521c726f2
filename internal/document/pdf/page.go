package pdf

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"unicode/utf16"
)

// Page is what a page shows.
type Page struct {
	Width, Height float64 // points, as shown
	Spans         []Span  // in the order they are drawn
	Unknown       int     // characters whose code says nothing; they stand as U+FFFD
	Images        []Image
	Notes         []Note

	chars        int
	lastX, lastY float64
}

// Image is a picture on a page, in points from the upper left corner.
type Image struct {
	X, Y, W, H float64
	s          *Stream
}

// Note is what stands on a page beside its text.
type Note struct {
	Text    string
	Ticked  bool // a ticked box of a form, Text being its name
	Comment bool // of an editor
	X, Y    float64
}

// maxPages bounds the pages that are looked for.
const maxPages = 20_000

// pageRef is a page with what it takes over from above.
type pageRef struct{ dict, inherited Dict }

// find reads the tree of pages; false when there are none.
func (f *File) find() bool {
	f.pages = nil
	root := f.dict(f.trailer["Root"])
	f.walk(root["Pages"], Dict{}, map[int]bool{}, 0)
	return len(f.pages) > 0
}

func (f *File) walk(v any, above Dict, seen map[int]bool, depth int) {
	if ref, ok := v.(Ref); ok {
		if seen[ref.Num] {
			return
		}
		seen[ref.Num] = true
	}
	d := f.dict(v)
	if d == nil || depth > 64 || len(f.pages) >= maxPages {
		return
	}
	own := Dict{}
	for _, key := range []Name{"Resources", "MediaBox", "CropBox", "Rotate"} {
		if own[key] = d[key]; d[key] == nil {
			own[key] = above[key]
		}
	}
	if kids := f.array(d["Kids"]); kids != nil {
		for _, kid := range kids {
			f.walk(kid, own, seen, depth+1)
		}
		return
	}
	f.pages = append(f.pages, pageRef{d, own})
}

// Pages is how many pages there are.
func (f *File) Pages() int { return len(f.pages) }

// Page reads the i-th page, from 0.
func (f *File) Page(i int) (*Page, error) {
	ref := f.pages[i]
	page, flip := f.frame(ref.inherited)
	p := &painter{f: f, page: page, flip: flip, path: emptyPath}
	p.reset()
	var content []byte
	for _, v := range f.list(ref.dict["Contents"]) {
		if s, ok := f.is(v).(*Stream); ok && len(content) < maxStream {
			data, _ := f.decode(s)
			content = append(append(content, data...), '\n')
		}
	}
	p.run(content, f.dict(ref.inherited["Resources"]), 0)
	f.notes(p, f.array(ref.dict["Annots"]))
	return page, f.ctx.Err()
}

func (p *painter) reset() {
	p.s = state{ctm: identity, plain: true, alpha: 1, hz: 1}
	p.tm, p.tlm, p.stack = identity, identity, nil
}

// frame is the page without content, and how its space lies on it.
func (f *File) frame(d Dict) (*Page, matrix) {
	box := f.numbers(d["CropBox"], 4)
	if box == nil || box[2] == box[0] || box[3] == box[1] {
		box = f.numbers(d["MediaBox"], 4)
	}
	if box == nil || box[2] == box[0] || box[3] == box[1] {
		box = []float64{0, 0, 595, 842}
	}
	x0, y0, x1, y1 := min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])
	w, h := x1-x0, y1-y0
	turn, _ := f.integer(d["Rotate"])
	switch (turn%360 + 360) % 360 {
	case 90:
		return &Page{Width: h, Height: w}, matrix{0, 1, 1, 0, -y0, -x0}
	case 180:
		return &Page{Width: w, Height: h}, matrix{-1, 0, 0, 1, x1, -y0}
	case 270:
		return &Page{Width: h, Height: w}, matrix{0, -1, -1, 0, y1, x1}
	}
	return &Page{Width: w, Height: h}, matrix{1, 0, 0, -1, -x0, y1}
}

// notes reads forms and comments.
func (f *File) notes(p *painter, list Array) {
	for i, v := range list {
		d := f.dict(v)
		if flags, _ := f.integer(d["F"]); d == nil || flags&2 != 0 || i > 2000 { // hidden
			continue
		}
		box := f.numbers(d["Rect"], 4)
		if box == nil {
			continue
		}
		x, y := p.flip.at(min(box[0], box[2]), max(box[1], box[3]))
		kind, field := f.name(d["Subtype"]), f.name(f.inherit(d, "FT"))
		switch {
		case kind == "Widget" && field == "Btn":
			if state := f.name(d["AS"]); state != "" && state != "Off" {
				p.page.Notes = append(p.page.Notes, Note{Text: f.label(d), Ticked: true, X: x, Y: y})
			}
		case kind == "Widget" || kind == "FreeText" || kind == "Stamp":
			f.appearance(p, d, box)
		case kind == "Text" || kind == "Highlight" || kind == "Underline" || kind == "StrikeOut":
			if s, _ := f.is(d["Contents"]).(string); s != "" {
				p.page.Notes = append(p.page.Notes, Note{Text: textOf(s), Comment: true, X: x, Y: y})
			}
		}
	}
}

func (f *File) inherit(d Dict, key Name) any {
	for range 16 {
		if v, ok := d[key]; ok || d == nil {
			return v
		}
		d = f.dict(d["Parent"])
	}
	return nil
}

// label is the name of a field for people.
func (f *File) label(d Dict) string {
	for _, key := range []Name{"TU", "T"} {
		if s, ok := f.is(f.inherit(d, key)).(string); ok && s != "" {
			return textOf(s)
		}
	}
	return ""
}

// appearance draws what a field shows.
func (f *File) appearance(p *painter, d Dict, box []float64) {
	s, ok := f.is(f.dict(d["AP"])["N"]).(*Stream)
	if !ok {
		return
	}
	p.reset()
	if own := f.numbers(s.Dict["BBox"], 4); own != nil {
		p.s.ctm = matrix{1, 0, 0, 1, min(box[0], box[2]) - min(own[0], own[2]), min(box[1], box[3]) - min(own[1], own[3])}
	}
	p.xobject(s, nil, 0)
}

// textOf reads a text string: UTF-16 by its mark, UTF-8 by its mark, else Latin.
func textOf(s string) string {
	if rest, ok := strings.CutPrefix(s, "\xfe\xff"); ok {
		return wide(rest)
	}
	if rest, ok := strings.CutPrefix(s, "\xff\xfe"); ok {
		u := make([]uint16, len(rest)/2)
		for i := range u {
			u[i] = uint16(rest[2*i]) | uint16(rest[2*i+1])<<8
		}
		return string(utf16.Decode(u))
	}
	if rest, ok := strings.CutPrefix(s, "\xef\xbb\xbf"); ok {
		return rest
	}
	r := make([]rune, len(s))
	for i := range r {
		r[i] = rune(s[i])
	}
	return string(r)
}

// Picture returns an image as a file, JPEG or PNG; ext is "jpg" or "png", and ""
// for one whose form is not known here.
func (f *File) Picture(m Image) (data []byte, ext string) {
	raw, left := f.decode(m.s)
	switch left {
	case "DCTDecode", "DCT":
		return raw, "jpg"
	case "":
		return f.pixels(m.s, raw)
	}
	return nil, ""
}

// pixels makes a PNG of bare samples: grey or RGB of 8 bits, or black and white.
func (f *File) pixels(s *Stream, raw []byte) ([]byte, string) {
	w, _ := f.integer(s.Dict["Width"])
	h, _ := f.integer(s.Dict["Height"])
	depth, _ := f.integer(s.Dict["BitsPerComponent"])
	if w <= 0 || h <= 0 || w > 30_000 || h > 30_000 || w*h > 100_000_000 {
		return nil, ""
	}
	at := func(x, y int) uint8 { return 255 }
	switch {
	case depth == 8 && len(raw) >= 3*w*h:
		at = func(x, y int) uint8 {
			i := 3 * (y*w + x)
			return uint8((299*int(raw[i]) + 587*int(raw[i+1]) + 114*int(raw[i+2])) / 1000)
		}
	case depth == 8 && len(raw) >= w*h:
		at = func(x, y int) uint8 { return raw[y*w+x] }
	case depth == 1 && len(raw) >= (w+7)/8*h:
		at = func(x, y int) uint8 { return raw[(w+7)/8*y+x/8] >> (7 - x%8) & 1 * 255 }
	default:
		return nil, ""
	}
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetGray(x, y, color.Gray{Y: at(x, y)})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, ""
	}
	return out.Bytes(), "png"
}
