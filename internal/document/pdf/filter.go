package pdf

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"io"
)

// decode returns the unpacked bytes of a stream and the name of the filter that
// is left, such as DCTDecode, whose bytes are an image. What a broken stream has
// before the break is returned.
func (f *File) decode(s *Stream) ([]byte, Name) {
	data := f.raw(s)
	filters, params := f.list(first(s.Dict, "Filter", "F")), f.list(first(s.Dict, "DecodeParms", "DP"))
	for i, v := range filters {
		var p Dict
		if i < len(params) {
			p = f.dict(params[i])
		}
		out, known := f.unfilter(data, f.name(v), p)
		if !known {
			return data, f.name(v)
		}
		if data = out; f.left < len(data) {
			return nil, ""
		}
		f.left -= len(data)
		if i > 8 {
			return nil, ""
		}
	}
	return data, ""
}

func first(d Dict, keys ...Name) any {
	for _, k := range keys {
		if v, ok := d[k]; ok {
			return v
		}
	}
	return nil
}

// list is an array, or the one value that stands for an array of one.
func (f *File) list(v any) Array {
	switch v := f.is(v).(type) {
	case nil:
		return nil
	case Array:
		return v
	default:
		return Array{v}
	}
}

func (f *File) unfilter(data []byte, name Name, p Dict) ([]byte, bool) {
	switch name {
	case "FlateDecode", "Fl":
		return f.predict(inflate(data), p), true
	case "LZWDecode", "LZW":
		early, ok := f.integer(p["EarlyChange"])
		return f.predict(lzwUnpack(data, !ok || early != 0), p), true
	case "ASCII85Decode", "A85":
		return unascii85(data), true
	case "ASCIIHexDecode", "AHx":
		return []byte((&lexer{data: data}).hex()), true
	case "RunLengthDecode", "RL":
		return runLength(data), true
	case "Crypt":
		return data, true
	}
	return nil, false
}

// inflate unpacks zlib data without asking for its sum, which broken writers get
// wrong.
func inflate(data []byte) []byte {
	data = bytes.TrimLeft(data, "\r\n")
	if len(data) < 2 {
		return nil
	}
	try := func(b []byte) []byte {
		out, _ := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), maxStream))
		return out
	}
	out := try(data[2:])
	if len(out) == 0 {
		out = try(data) // some leave the two bytes of the header out
	}
	return out
}

func unascii85(data []byte) []byte {
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
	if i := bytes.IndexByte(data, '~'); i >= 0 {
		data = data[:i]
	}
	out, _ := io.ReadAll(io.LimitReader(ascii85.NewDecoder(bytes.NewReader(data)), maxStream))
	return out
}

func runLength(data []byte) (out []byte) {
	for len(data) > 1 && len(out) < maxStream {
		n := int(data[0])
		switch {
		case n == 128:
			return out
		case n < 128:
			end := min(n+2, len(data))
			out = append(out, data[1:end]...)
			data = data[end:]
		default:
			out = append(out, bytes.Repeat(data[1:2], 257-n)...)
			data = data[2:]
		}
	}
	return out
}

// lzwUnpack unpacks the form of LZW that TIFF and PDF share.
func lzwUnpack(data []byte, early bool) (out []byte) {
	type piece struct{ at, n int } // of out
	var table []piece
	bits, width, prev, slack := uint32(0), 9, piece{}, 0
	if early {
		slack = 1
	}
	have := 0
	for i := 0; len(out) < maxStream; {
		for ; have < width; have += 8 {
			if i == len(data) {
				return out
			}
			bits = bits<<8 | uint32(data[i])
			i++
		}
		code := int(bits >> (have - width) & (1<<width - 1))
		have -= width
		at := len(out)
		switch {
		case code == 257:
			return out
		case code == 256:
			table, width, prev = table[:0], 9, piece{}
			continue
		case code < 256:
			out = append(out, byte(code))
		case code-258 < len(table):
			p := table[code-258]
			out = append(out, out[p.at:p.at+p.n]...)
		case code-258 == len(table) && prev.n > 0:
			out = append(out, out[prev.at:prev.at+prev.n]...)
			out = append(out, out[prev.at])
		default:
			return out
		}
		if prev.n > 0 && len(table) < 4096-258 {
			table = append(table, piece{prev.at, prev.n + 1}) // the next byte follows in out
		}
		prev = piece{at, len(out) - at}
		if n := 258 + len(table) + slack + 1; n > 1<<width && width < 12 {
			width++
		}
	}
	return out
}

// predict undoes what was done to rows of bytes before they were packed.
func (f *File) predict(data []byte, p Dict) []byte {
	kind, _ := f.integer(p["Predictor"])
	if kind < 2 {
		return data
	}
	get := func(key Name, deflt int) int {
		if n, ok := f.integer(p[key]); ok && n > 0 && n < 1<<20 {
			return n
		}
		return deflt
	}
	colors, depth, columns := min(get("Colors", 1), 64), min(get("BitsPerComponent", 8), 32), get("Columns", 1)
	width, row := max(colors*depth/8, 1), (colors*depth*columns+7)/8
	if kind == 2 {
		if depth == 8 {
			for at := 0; at+row <= len(data); at += row {
				for i := width; i < row; i++ {
					data[at+i] += data[at+i-width]
				}
			}
		}
		return data
	}
	out := make([]byte, 0, len(data))
	before := make([]byte, row)
	for len(data) > 1 {
		line := make([]byte, row)
		n := copy(line, data[1:])
		unpredict(data[0], line, before, width)
		out = append(out, line[:n]...)
		data, before = data[1+n:], line
	}
	return out
}

// unpredict undoes one row of PNG's filters.
func unpredict(kind byte, line, before []byte, width int) {
	for i := range line {
		var left, upper byte
		if i >= width {
			left, upper = line[i-width], before[i-width]
		}
		switch kind {
		case 1:
			line[i] += left
		case 2:
			line[i] += before[i]
		case 3:
			line[i] += byte((int(left) + int(before[i])) / 2)
		case 4:
			line[i] += paeth(left, before[i], upper)
		}
	}
}

func paeth(a, b, c byte) byte {
	pa, pb, pc := distance(b, c), distance(a, c), 0
	if pc = int(a) + int(b) - 2*int(c); pc < 0 {
		pc = -pc
	}
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func distance(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }
