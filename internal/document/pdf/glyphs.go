package pdf

import (
	"encoding/binary"
	"strings"
	"sync"
)

// glyphNames are the names of Adobe's list that European and symbol characters of
// business papers have.
var glyphNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for i, name := range strings.Fields(asciiNames) {
		out[name] = string(rune('!' + i))
	}
	for c := 'A'; c <= 'Z'; c++ {
		out[string(c)], out[string(c+32)] = string(c), string(c+32)
	}
	more := strings.Fields(otherNames)
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	out["space"] = " "
	return out
})

const asciiNames = `exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash
zero one two three four five six seven eight nine colon semicolon less equal greater question at A B C D E F G H I J K L M N O P Q R S T U V W X Y Z
bracketleft backslash bracketright asciicircum underscore grave a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde`

const otherNames = `quoteleft ‘ quoteright ’ quotedblleft “ quotedblright ” quotesinglbase ‚ quotedblbase „ endash – emdash — ellipsis … bullet • periodcentered · middot ·
fi fi fl fl ff ff ffi ffi ffl ffl sterling £ yen ¥ Yuan ¥ cent ¢ Euro € currency ¤ section § paragraph ¶ copyright © registered ® trademark ™ degree ° plusminus ± multiply × divide ÷
minus − fraction ⁄ perthousand ‰ onehalf ½ onequarter ¼ threequarters ¾ dagger † daggerdbl ‡ guillemotleft « guillemotright » lessequal ≤ greaterequal ≥ notequal ≠ approxequal ≈
infinity ∞ checkbox ☐ square □ H22073 □ H18543 ▪ filledbox ■ checkmark ✓ a20 ✔ a19 ✓ a21 ✕ a73 ■ arrowright → arrowleft ← star ★ aacute á eacute é iacute í oacute ó uacute ú
agrave à egrave è igrave ì ograve ò ugrave ù acircumflex â ecircumflex ê ntilde ñ ccedilla ç udieresis ü odieresis ö adieresis ä Udieresis Ü Odieresis Ö Adieresis Ä germandbls ß nbspace · `

// glyphRunes reads the characters of the glyphs of a TrueType or OpenType face;
// nil when it says none.
func glyphRunes(data []byte) map[int]rune {
	table := sfntTable(data, "cmap")
	if len(table) < 4 {
		return nil
	}
	out := map[int]rune{}
	for i := range min(int(be16(table, 2)), 32) {
		platform, encoding, off := be16(table, 4+8*i), be16(table, 6+8*i), be32(table, 8+8*i)
		if platform == 1 || platform == 3 && encoding != 1 && encoding != 10 || int64(off) >= int64(len(table)) {
			continue
		}
		switch sub := table[off:]; be16(sub, 0) {
		case 4:
			segments(sub, out)
		case 12:
			groups(sub, out)
		}
	}
	return out
}

// sfntTable returns a table of a face by its tag.
func sfntTable(data []byte, tag string) []byte {
	if len(data) < 12 {
		return nil
	}
	for i := range int(be16(data, 4)) {
		at := 12 + 16*i
		if at+16 > len(data) {
			return nil
		}
		if string(data[at:at+4]) == tag {
			off, n := int64(be32(data, at+8)), int64(be32(data, at+12))
			if off >= int64(len(data)) {
				return nil
			}
			return data[off:min(off+n, int64(len(data)))]
		}
	}
	return nil
}

func be16(b []byte, at int) uint16 {
	if at < 0 || at+2 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint16(b[at:])
}

func be32(b []byte, at int) uint32 {
	if at < 0 || at+4 > len(b) {
		return 0
	}
	return binary.BigEndian.Uint32(b[at:])
}

// prefer keeps the more usual of two characters with one glyph.
func prefer(out map[int]rune, gid int, r rune) {
	old, ok := out[gid]
	if gid == 0 || r == 0 || ok && (old <= r || odd(r)) && !odd(old) {
		return
	}
	out[gid] = r
}

// odd: look-alikes of common characters, such as radicals and compatibility forms.
func odd(r rune) bool {
	return r >= 0x2e80 && r < 0x2fe0 || r >= 0xe000 && r < 0xfb00 || r == 0xa0 || r == 0xad
}

// segments reads format 4.
func segments(sub []byte, out map[int]rune) {
	n, left := int(be16(sub, 6))/2, maxCodes
	for i := range n {
		end, start := int(be16(sub, 14+2*i)), int(be16(sub, 16+2*n+2*i))
		delta, at := be16(sub, 16+4*n+2*i), 16+6*n+2*i
		offset := int(be16(sub, at))
		for c := start; c <= end && c < 0xffff && left > 0; c++ {
			left--
			gid := uint16(c)
			if offset != 0 {
				if gid = be16(sub, at+offset+2*(c-start)); gid == 0 {
					continue
				}
			}
			prefer(out, int(gid+delta), rune(c))
		}
	}
}

// groups reads format 12.
func groups(sub []byte, out map[int]rune) {
	left := maxCodes
	for i := range min(int(be32(sub, 12)), len(sub)/12) {
		start, end, gid := be32(sub, 16+12*i), be32(sub, 20+12*i), be32(sub, 24+12*i)
		for c := start; c <= end && c <= 0x10ffff && left > 0; c++ {
			left--
			prefer(out, int(gid+c-start), rune(c))
		}
	}
}
