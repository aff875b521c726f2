package fonts

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/signintech/gopdf/fontmaker/core"
	"pgregory.net/rapid"
)

func whole(t testing.TB) *Face {
	t.Helper()
	f, err := RegularFace()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Subset takes each glyph alone.
func TestNoGlyphIsComposed(t *testing.T) {
	for name, face := range map[string]func() (*Face, error){"regular": RegularFace, "bold": BoldFace} {
		f, err := face()
		if err != nil {
			t.Fatal(err)
		}
		for g := range f.glyphs {
			if o := f.outline(g); len(o) > 0 && (len(o) < 10 || o[0] >= 0x80) { // a negative number of contours
				t.Fatalf("%s: glyph %d is composed of others", name, g)
			}
		}
	}
}

// shape is an outline without what fills it up to four bytes.
func (f *Face) shape(glyph int) []byte { return bytes.TrimRight(f.outline(glyph), "\x00") }

func same(t interface{ Fatalf(string, ...any) }, f *Face, file []byte, chars []rune) {
	part, err := NewFace(file)
	if err != nil {
		t.Fatalf("%q: %v", string(chars), err)
	}
	var gopdf core.TTFParser // the reader that letters are made with
	if err := gopdf.ParseFontData(file); err != nil {
		t.Fatalf("%q: %v", string(chars), err)
	}
	for _, r := range chars {
		n := part.glyph(r)
		if part.Has(r) != f.Has(r) || part.Has(r) && (part.Width(r) != f.Width(r) || part.bearing(n) != f.bearing(f.glyph(r)) || !bytes.Equal(part.shape(n), f.shape(f.glyph(r)))) {
			t.Fatalf("%q (%U) is glyph %d and not what it was", r, r, n)
		}
		if r < 0xffff && int(gopdf.Chars()[int(r)]) != n || int(gopdf.NumGlyphs()) != len(gopdf.Widths()) {
			t.Fatalf("%q is %d in one map and %d in the other", r, n, gopdf.Chars()[int(r)])
		}
	}
}

func TestSubset(t *testing.T) {
	f := whole(t)
	tests := []struct {
		chars string
		most  int // bytes
	}{
		{"", 4_000},
		{"关于您投诉的答复", 10_000},
		{"éÃñ½ﬁ", 10_000},
		{"一丁\U0001f100\U0001f109", 10_000}, // beyond two bytes
		{"答\ue000\u0e01复", 10_000},         // two that no face of Chinese has
		{"答答答复复", 6_000},
	}
	for _, tt := range tests {
		file := f.Subset([]rune(tt.chars))
		if len(file) > tt.most {
			t.Errorf("%q: %d bytes", tt.chars, len(file))
		}
		same(t, f, file, []rune(tt.chars))
	}
	if f.Has('\ue000') || !f.Has('\U0001f100') {
		t.Error("the examples are none")
	}
}

func TestSubsetOfAnything(t *testing.T) {
	f := whole(t)
	rapid.Check(t, func(t *rapid.T) {
		chars := rapid.SliceOfN(rapid.OneOf(rapid.Rune(), rapid.Int32Range(0x4e00, 0x9fff), rapid.Int32Range(0x20, 0x2ff)), 0, 60).Draw(t, "chars")
		same(t, f, f.Subset(chars), chars)
	})
}

// More characters than the map of two bytes has room for: the letter gets the whole face.
func TestSubsetOfTooMany(t *testing.T) {
	f := whole(t)
	var most, more []rune
	for r := rune(0x3000); len(more) <= mostChars; r++ {
		if f.Has(r) {
			more = append(more, r)
		}
	}
	most = more[:mostChars]
	same(t, f, f.Subset(most), most)
	if len(f.Subset(more)) != len(f.file) {
		t.Error("too many characters, and not the whole face")
	}
}

func TestNewFaceRefuses(t *testing.T) {
	file := whole(t).Subset([]rune("答复"))
	tests := map[string][]byte{"nothing": nil, "text": []byte("no face at all"), "collection": append([]byte("ttcf"), file[4:]...)}
	for _, n := range []int{12, 40, 200, len(file) / 2, len(file) - 4} {
		tests[fmt.Sprintf("cut off at %d", n)] = file[:n]
	}
	for name, broken := range tests {
		if f, err := NewFace(broken); err == nil {
			t.Errorf("%s: a face with %d glyphs", name, f.glyphs)
		}
	}
}

func BenchmarkSubset(b *testing.B) {
	f := whole(b)
	for b.Loop() {
		f.Subset([]rune("关于您二〇二六年三月投诉的答复：经核实，您反映的情况属实，我行已退还年费三百元，并向您致歉。"))
	}
}
