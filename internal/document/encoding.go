package document

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"xiaobao/internal/fault"
)

// Names of the encodings of text files.
const (
	encUTF8    = "utf-8"
	encGB18030 = "gb18030"
	encUTF16LE = "utf-16le"
	encUTF16BE = "utf-16be"
	encLatin   = "windows-1252"
)

func encodingOf(name string) encoding.Encoding {
	switch name {
	case encUTF8:
		return unicode.UTF8 // replaces broken bytes with U+FFFD
	case encGB18030:
		return simplifiedchinese.GB18030
	case encUTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case encUTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case encLatin:
		return charmap.Windows1252
	}
	return nil
}

// decoder returns the text of r as UTF-8; broken bytes become U+FFFD.
func decoder(r io.Reader, name string) io.Reader {
	return transform.NewReader(r, encodingOf(name).NewDecoder())
}

// byteStats is what one pass over a file shows about its encoding.
type byteStats struct {
	total, controls   int64
	nulEven, nulOdd   int64 // zero bytes at even and odd offsets
	multi, brokenUTF8 int64 // good multi-byte characters, bytes that are not UTF-8
	pairs, asciiTrail int64 // high bytes with follower, those followed by a letter
	previous          byte
	carry             []byte
}

func (b *byteStats) Write(p []byte) (int, error) {
	for i, c := range p {
		switch {
		case c == 0 && (b.total+int64(i))%2 == 0:
			b.nulEven++
		case c == 0:
			b.nulOdd++
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b && c != '\f':
			b.controls++
		}
		b.pair(c)
	}
	b.total += int64(len(p))
	b.utf8(p)
	return len(p), nil
}

// pair counts two-byte characters as GBK would see them.
func (b *byteStats) pair(c byte) {
	if b.previous < 0x81 {
		b.previous = c
		return
	}
	b.pairs++
	if c < 0x80 {
		b.asciiTrail++
	}
	b.previous = 0
}

func (b *byteStats) utf8(p []byte) {
	p = append(b.carry, p...)
	for len(p) > 0 {
		if p[0] < utf8.RuneSelf {
			p = p[1:]
			continue
		}
		if !utf8.FullRune(p) {
			break
		}
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 {
			b.brokenUTF8++
		} else {
			b.multi++
		}
		p = p[n:]
	}
	b.carry = bytes.Clone(p)
}

// detectEncoding reads the whole file once, in constant memory. It returns the
// encoding, the length of the byte order mark, and whether it had to guess.
func detectEncoding(r io.ReaderAt, size int64, name string) (enc string, bom int64, guessed bool, err error) {
	var mark [4]byte
	n, _ := r.ReadAt(mark[:], 0)
	switch {
	case bytes.HasPrefix(mark[:n], []byte("\xef\xbb\xbf")):
		return encUTF8, 3, false, nil
	case bytes.HasPrefix(mark[:n], []byte("\xff\xfe")):
		return encUTF16LE, 2, false, nil
	case bytes.HasPrefix(mark[:n], []byte("\xfe\xff")):
		return encUTF16BE, 2, false, nil
	}
	var s byteStats
	if _, err := io.Copy(&s, io.NewSectionReader(r, 0, size)); err != nil {
		return "", 0, false, fault.Wrap(fault.Invalid, err, "文件“%s”读不出来。请重新选择文件。", name)
	}
	enc, guessed = s.verdict()
	if enc == "" {
		return "", 0, false, fault.New(fault.Invalid, "文件“%s”不是文本表格（里面是二进制内容）。请从 Excel 或 WPS 另存为 .xlsx 或“CSV UTF-8”后重新导入。", name)
	}
	return enc, 0, guessed, nil
}

// verdict names the encoding, "" for binary content.
func (b *byteStats) verdict() (enc string, guessed bool) {
	broken := b.brokenUTF8
	if len(b.carry) > 0 {
		broken++
	}
	nul := b.nulEven + b.nulOdd
	switch {
	case b.nulOdd*10 > b.total && b.nulEven*20 < b.nulOdd:
		return encUTF16LE, true
	case b.nulEven*10 > b.total && b.nulOdd*20 < b.nulEven:
		return encUTF16BE, true
	case nul*1000 > b.total || (b.controls-4)*100 > b.total:
		return "", false
	case broken == 0:
		return encUTF8, false
	case broken*50 < b.multi:
		return encUTF8, false
	case b.asciiTrail*2 > b.pairs:
		return encLatin, true
	}
	return encGB18030, false
}

func encodingNote(enc string) Note {
	return Note{Code: NoteEncoding, Text: fmt.Sprintf("文件没有标明编码，按 %s 读取；如有乱码请另存为“CSV UTF-8”后重新导入。", enc)}
}
