package pdf

import (
	"bytes"
	"compress/lzw"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestValues(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want any
	}{
		{"12", int64(12)}, {"-.5", -0.5}, {"--3", int64(-3)}, {"4.", 4.0}, {"1.5-2", 1.5}, {"/A#20b", Name("A b")}, {"true", true}, {"null", nil},
		{`(a\(b\)\n\101(c))`, "a(b)\nA(c)"}, {"<4 1 4>", "A@"}, {"[1 0 R 2]", Array{Ref{1, 0}, int64(2)}}, {"<</A 1/B[/C]>>", Dict{"A": int64(1), "B": Array{Name("C")}}},
		{"<</A 1 junk /B 2>>", Dict{"A": int64(1), "B": int64(2)}}, {"% note\n7", int64(7)}, {"99999999999999999999", int64(461168601842738790)},
	} {
		got, err := (&lexer{data: []byte(tt.in), refs: true}).value(0)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			if _, number := got.(int64); number && len(tt.in) > 18 {
				continue // too large: any number will do
			}
			t.Errorf("%s: %#v, %v, want %#v", tt.in, got, err, tt.want)
		}
	}
}

func TestUnpacking(t *testing.T) {
	f := &File{left: maxUnpacked}
	if got := string(runLength([]byte{2, 'a', 'b', 'c', 254, 'x', 128})); got != "abcxxx" {
		t.Errorf("run lengths: %q", got)
	}
	if got := string(unascii85([]byte("<~87cURDZ~>"))); got != "Hello" {
		t.Errorf("base 85: %q", got)
	}
	up := []byte{2, 1, 2, 3, 2, 1, 1, 1}
	if got := f.predict(up, Dict{"Predictor": int64(12), "Columns": int64(3)}); !bytes.Equal(got, []byte{1, 2, 3, 2, 3, 4}) {
		t.Errorf("rows: %v", got)
	}
	paeth := []byte{1, 5, 5, 4, 1, 1}
	if got := f.predict(paeth, Dict{"Predictor": int64(15), "Columns": int64(2)}); !bytes.Equal(got, []byte{5, 10, 6, 11}) {
		t.Errorf("rows of several kinds: %v", got)
	}
}

// The library's LZW is that of GIF and PDF without the early change of width.
func TestLZW(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := []byte(strings.Repeat(rapid.StringN(1, 60, 200).Draw(t, "text"), rapid.IntRange(1, 60).Draw(t, "times")))
		var b bytes.Buffer
		w := lzw.NewWriter(&b, lzw.MSB, 8)
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if got := lzwUnpack(b.Bytes(), false); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, want %d", len(got), len(want))
		}
	})
}

func TestLZWEarly(t *testing.T) { // the example of ISO 32000-1, 7.4.4.2
	if got := lzwUnpack([]byte{0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01}, true); !bytes.Equal(got, []byte{45, 45, 45, 45, 45, 65, 45, 45, 45, 66}) {
		t.Errorf("%v", got)
	}
}

func TestCMap(t *testing.T) {
	m := parseCMap([]byte(`/WMode 1 def 1 begincodespacerange <00> <80> <8140> <fefe> endcodespacerange
2 beginbfchar <01> <4FDD> <02> <D840DC00> endbfchar 2 beginbfrange <10> <12> <0041> <20> <21> [<4E00> <4E01>] endbfrange
1 begincidrange <8140> <8150> 500 endcidrange`))
	for code, want := range map[uint32]string{1: "保", 2: "𠀀", 0x11: "B", 0x21: "丁", 0x30: ""} {
		if got, _ := m.text(code); got != want {
			t.Errorf("%x: %q, want %q", code, got, want)
		}
	}
	if n, ok := m.cid(0x8145); !ok || n != 505 || !m.down || m.length("\x81\x40") != 2 || m.length("a") != 1 {
		t.Errorf("%d %v %+v", n, ok, m.spaces)
	}
}

// The table of Adobe's Chinese collection, by characters whose place is known.
func TestChineseCollection(t *testing.T) {
	for cid, want := range map[uint32]string{1: " ", 34: "A", 96: "　", 97: "、", 940: "啊", 1036: "保", 4559: "中", 7700: "鼽"} {
		got, _ := gb1().text(cid)
		if got != want {
			t.Errorf("CID %d is %q, want %q", cid, got, want)
		}
	}
}

func TestGlyphNames(t *testing.T) {
	for name, want := range map[string]string{"A": "A", "zero": "0", "percent": "%", "uni4FDD": "保", "u20000": "𠀀", "g12": "", "parenleft.alt": "(", "endash": "–"} {
		if got := glyphName(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// A file locked as writers of today do (AES-256, revision 6) with no password to
// open it.
func TestModernLock(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	check, salt := []byte("12345678"), []byte("abcdefgh")
	block, err := aes.NewCipher(hardHash(salt, 6))
	if err != nil {
		t.Fatal(err)
	}
	ue := make([]byte, 32)
	cipher.NewCBCEncrypter(block, make([]byte, 16)).CryptBlocks(ue, key)
	u := append(append(hardHash(check, 6), check...), salt...)
	text := []byte("BT /F1 9 Tf 50 600 Td (locked) Tj ET")
	text = append(text, bytes.Repeat([]byte{byte(16 - len(text)%16)}, 16-len(text)%16)...)
	block, err = aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	iv := bytes.Repeat([]byte{3}, 16)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, text)
	body := append(iv, text...)
	file := func(u []byte) string {
		return fmt.Sprintf("%%PDF-2.0\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]>>endobj 3 0 obj<</Contents 4 0 R/Resources<</Font<</F1<</Subtype/Type1>>>>>>>>endobj\n"+
			"4 0 obj<</Length %d>>stream\n%s\nendstream endobj 5 0 obj<</Filter/Standard/V 5/R 6/U<%x>/UE<%x>/CF<</S<</CFM/AESV3>>>>/StmF/S/StrF/S>>endobj trailer<</Root 1 0 R/Encrypt 5 0 R>>", len(body), body, u, ue)
	}
	data := file(u)
	f, err := Open(context.Background(), strings.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Page(0)
	if err != nil || len(p.Spans) != 1 || p.Spans[0].Text != "locked" {
		t.Errorf("%+v %v", p, err)
	}
	u[0] ^= 1
	data = file(u)
	if _, err := Open(context.Background(), strings.NewReader(data), int64(len(data))); err != ErrPassword {
		t.Errorf("with another password: %v", err)
	}
}
