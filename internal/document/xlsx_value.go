package document

import (
	"encoding/xml"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateKind is what a number format shows of a serial number.
type dateKind uint8

const (
	noDate   dateKind = iota
	dayOnly           // a date
	clockToo          // a date with time of day
	clock             // time of day
)

// loadStyles reads which cell styles show their number as a date.
func (w *workbook) loadStyles() error {
	custom, inXfs := map[int]string{}, false
	return w.walk("xl/styles.xml", func(_ *xml.Decoder, tok xml.Token) error {
		switch e := tok.(type) {
		case xml.StartElement:
			switch {
			case e.Name.Local == "numFmt":
				if id, err := strconv.Atoi(attr(e, "", "numFmtId")); err == nil {
					custom[id] = attr(e, "", "formatCode")
				}
			case e.Name.Local == "cellXfs":
				inXfs = true
			case e.Name.Local == "xf" && inXfs:
				id, _ := strconv.Atoi(attr(e, "", "numFmtId"))
				w.dates = append(w.dates, formatKind(id, custom[id]))
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				inXfs = false
			}
		}
		return nil
	})
}

var (
	formatQuoted  = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.`)
	formatBracket = regexp.MustCompile(`\[[^\]]*\]`)
	formatElapsed = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)
)

// formatKind tells date formats from number formats (ECMA-376 part 1, 18.8.30;
// ids 27-36 and 50-58 are the East Asian dates).
func formatKind(id int, code string) dateKind {
	if code == "" {
		switch {
		case id == 22:
			return clockToo
		case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
			return dayOnly
		case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 55, id == 56:
			return clock
		}
		return noDate
	}
	if formatElapsed.MatchString(code) {
		return noDate
	}
	code, _, _ = strings.Cut(formatBracket.ReplaceAllString(formatQuoted.ReplaceAllString(code, ""), ""), ";")
	code = strings.ToLower(strings.ReplaceAll(strings.ToLower(code), "general", ""))
	day, hour := strings.ContainsAny(code, "yd年日"), strings.ContainsAny(code, "hs时")
	switch {
	case strings.ContainsAny(code, "0#?") && !day:
		return noDate
	case day && hour:
		return clockToo
	case day, strings.Contains(code, "m") && !hour:
		return dayOnly
	case hour:
		return clock
	}
	return noDate
}

// epoch is the day that serial numbers count from.
type epoch struct{ mac bool } // the 1904 system

// text writes a serial number as 2006-01-02, 2006-01-02 15:04:05 or 15:04:05.
// Serial 60 of the 1900 system is a day that never was; days before it are one
// off, as in the program that made the mistake.
func (e epoch) text(raw string, kind dateKind) (string, bool) {
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil || serial < 0 || serial >= 2_958_466 {
		return "", false
	}
	day := math.Floor(serial)
	seconds := math.Round((serial - day) * 86_400)
	if seconds == 86_400 {
		day, seconds = day+1, 0
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case e.mac:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day == 60 && kind != clock:
		return "", false
	case day < 60:
		base = base.AddDate(0, 0, 1)
	}
	at := base.AddDate(0, 0, int(day)).Add(time.Duration(seconds) * time.Second)
	switch {
	case kind == clock && day == 0:
		return at.Format(time.TimeOnly), true
	case day == 0 && !e.mac:
		return "", false
	case seconds != 0:
		return at.Format(time.DateTime), true
	}
	return at.Format(time.DateOnly), true
}

// plainNumber writes a stored number without exponent and without the noise of
// binary fractions. lost is whether it is an integer with more digits than the
// 15 that spreadsheet programs keep.
func plainNumber(raw string) (text string, lost bool) {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || math.Abs(v) > 1e40 {
		return raw, false
	}
	if v == math.Trunc(v) && !strings.ContainsAny(raw, ".eE") {
		return raw, math.Abs(v) >= 1e15
	}
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', -1, 64), math.Abs(v) >= 1e15
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64), false
}

var escapeX = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescapeX decodes _xHHHH_, by which the format writes characters XML cannot.
func unescapeX(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escapeX.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:6], 16, 16)
		return string(rune(n))
	})
}
