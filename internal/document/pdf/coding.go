package pdf

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// coding is a predefined encoding of a composite font, told by its name.
type coding struct {
	length func(s string) int
	decode func(code string) string // nil: codes are CIDs
	narrow int                      // CID of the half-width space, 0 where unknown
}

// codingOf returns a predefined encoding (ISO 32000-1, table 118).
func codingOf(name Name) (coding, bool) {
	base := strings.TrimSuffix(strings.TrimSuffix(string(name), "-H"), "-V")
	switch {
	case base == "Identity":
		return coding{length: two}, true
	case strings.HasPrefix(base, "Uni") && (strings.Contains(base, "UCS2") || strings.Contains(base, "UTF16")):
		return coding{length: surrogate, decode: wide, narrow: 1}, true
	case strings.HasPrefix(base, "Uni") && strings.Contains(base, "UTF8"):
		return coding{length: func(s string) int { _, n := utf8.DecodeRuneInString(s); return n }, decode: strings.Clone, narrow: 1}, true
	case strings.HasPrefix(base, "Uni") && strings.Contains(base, "UTF32"):
		return coding{length: func(string) int { return 4 }, decode: func(s string) string { return string(rune(code(s))) }, narrow: 1}, true
	}
	return multibyte(base)
}

func multibyte(base string) (coding, bool) {
	switch base {
	case "GBK-EUC", "GBK2K", "GBK-EUC-UCS2":
		return coding{length: gb18030, decode: with(simplifiedchinese.GB18030), narrow: 814}, true
	case "GBKp-EUC", "GB-EUC", "GBpc-EUC", "GBT-EUC", "GBTpc-EUC":
		return coding{length: gb18030, decode: with(simplifiedchinese.GB18030), narrow: 1}, true
	case "GB", "GBT": // seven bits
		high := with(simplifiedchinese.GB18030)
		return coding{length: two, decode: func(s string) string { return high(string([]byte{s[0] | 0x80, s[len(s)-1] | 0x80})) }}, true
	case "B5pc", "HKscs-B5", "ETen-B5", "ETenms-B5", "ETHK-B5":
		return coding{length: lead(0x81), decode: with(traditionalchinese.Big5), narrow: 1}, true
	case "83pv-RKSJ", "90ms-RKSJ", "90msp-RKSJ", "90pv-RKSJ", "Add-RKSJ", "Ext-RKSJ", "RKSJ":
		return coding{length: shiftJIS, decode: with(japanese.ShiftJIS), narrow: 1}, true
	case "EUC":
		return coding{length: lead(0x8e), decode: with(japanese.EUCJP), narrow: 1}, true
	case "KSC-EUC", "KSCms-UHC", "KSCms-UHC-HW", "KSCpc-EUC":
		return coding{length: lead(0x81), decode: with(korean.EUCKR), narrow: 1}, true
	}
	return coding{}, false
}

// with decodes by a table; "" for what is not in it.
func with(e encoding.Encoding) func(string) string {
	d := e.NewDecoder()
	return func(s string) string {
		out, err := d.String(s)
		if err != nil || strings.ContainsRune(out, utf8.RuneError) {
			return ""
		}
		return out
	}
}

func two(string) int { return 2 }

func surrogate(s string) int {
	if s[0] >= 0xd8 && s[0] < 0xdc {
		return 4
	}
	return 2
}

func lead(from byte) func(string) int {
	return func(s string) int {
		if s[0] >= from {
			return 2
		}
		return 1
	}
}

func gb18030(s string) int {
	switch {
	case s[0] <= 0x80 || s[0] == 0xff:
		return 1
	case len(s) >= 4 && s[1] >= '0' && s[1] <= '9':
		return 4
	}
	return 2
}

func shiftJIS(s string) int {
	if s[0] < 0x81 || s[0] >= 0xa0 && s[0] <= 0xdf {
		return 1
	}
	return 2
}
