package fonts_test

import (
	"encoding/binary"
	"testing"

	"xiaobao/internal/document/fonts"
)

// Letters need glyf outlines: the PDF writer cannot embed CFF ones, and a
// collection (.ttc) or a web font would fail only when the first letter prints.
func TestFacesAreTrueType(t *testing.T) {
	for name, face := range map[string][]byte{"regular": fonts.Regular(), "bold": fonts.Bold()} {
		if len(face) < 1<<20 {
			t.Fatalf("%s: %d bytes, want a whole Chinese typeface", name, len(face))
		}
		if v := binary.BigEndian.Uint32(face); v != 0x00010000 {
			t.Errorf("%s: sfnt version %#x, want TrueType 0x00010000", name, v)
		}
		if !tables(face)["glyf"] || !tables(face)["cmap"] {
			t.Errorf("%s: no glyf or cmap table", name)
		}
	}
}

func tables(face []byte) map[string]bool {
	got := map[string]bool{}
	for i := range int(binary.BigEndian.Uint16(face[4:])) {
		got[string(face[12+16*i:16+16*i])] = true
	}
	return got
}
