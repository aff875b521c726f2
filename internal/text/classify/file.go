package classify

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"unicode/utf8"

	"xiaobao/internal/fault"
)

// A model file, all numbers little endian:
//
//	"XBCLASS\n"  8 bytes
//	version      2 bytes, see Version
//	bits         1 byte: the table has 1<<bits buckets
//	info         4 bytes length, then JSON of Info
//	bias         one float32 for each label
//	rows         4 bytes count, then for each bucket in use, in ascending order:
//	             the distance to the bucket before (uvarint), scale (float32), one int8 for each label
//	checksum     4 bytes CRC-32C of everything before
const magic = "XBCLASS\n"

// Version is the format of model files that this program writes and reads. The
// features are part of it.
const Version = 1

// MaxFile is the most bytes of a model file.
const MaxFile = 64 << 20

const maxInfo = 4 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// MarshalBinary returns the model file.
func (m *Model) MarshalBinary() ([]byte, error) {
	info, err := json.Marshal(m.info)
	if err != nil {
		return nil, err
	}
	b := append([]byte(magic), 0, 0, byte(m.bits))
	binary.LittleEndian.PutUint16(b[len(magic):], Version)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(info)))
	b = append(b, info...)
	for _, v := range m.bias {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	b = m.appendRows(b)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

func (m *Model) appendRows(b []byte) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	n, last, k := 0, -1, len(m.bias)
	for i, scale := range m.scale {
		if scale == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(i-last))
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(scale))
		for _, v := range m.cells[i*k : i*k+k] {
			b = append(b, byte(v))
		}
		last = i
		n++
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(n))
	return b
}

// WriteTo writes the model file.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	b, err := m.MarshalBinary()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(b)
	return int64(n), err
}

// Read reads a model file. A file that is none, of another version, cut short,
// too large or damaged gives a fault of kind Invalid that says which.
func Read(r io.Reader) (*Model, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "读不了模型文件：请核对文件还在、可以读取。")
	}
	return Parse(b)
}

// Parse is Read for a file in memory.
func Parse(b []byte) (*Model, error) {
	head := len(magic) + 3
	switch {
	case len(b) > MaxFile:
		return nil, fault.New(fault.TooLarge, "模型文件超过 %d MB，不像是分类模型。", MaxFile>>20)
	case len(b) < len(magic) || string(b[:len(magic)]) != magic:
		return nil, fault.New(fault.Invalid, "这不是小保的分类模型文件。请选 xiaobao classify train 写出的文件。")
	case len(b) < head+4:
		return nil, damaged("文件不完整")
	}
	if v := binary.LittleEndian.Uint16(b[len(magic):]); v != Version {
		return nil, fault.New(fault.Invalid, "模型文件是第 %d 版格式，这个程序读第 %d 版。请用这个程序重新训练。", v, Version)
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, damaged("校验和不符，文件不完整或被改动过")
	}
	p := &parser{b: body[head:]}
	m := &Model{bits: int(b[head-1])}
	p.info(m)
	p.table(m)
	if p.what == "" && len(p.b) > 0 {
		p.what = "末尾有多余的内容"
	}
	if p.what != "" {
		return nil, damaged(p.what)
	}
	return m, nil
}

func damaged(what string) error {
	return fault.New(fault.Invalid, "模型文件已损坏：%s。请重新复制，或者重新训练。", what)
}

// parser reads the parts behind the head; what is the first thing wrong.
type parser struct {
	b    []byte
	what string
}

func (p *parser) take(n int) []byte {
	if p.what != "" || n < 0 || n > len(p.b) {
		if p.what == "" {
			p.what = "文件不完整"
		}
		return nil
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out
}

func (p *parser) uint32() uint32 {
	if b := p.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (p *parser) float32() float32 {
	f := math.Float32frombits(p.uint32())
	if f != f || f > math.MaxFloat32 || f < -math.MaxFloat32 {
		p.fail("有不是数的权重")
		return 0
	}
	return f
}

func (p *parser) fail(what string) {
	if p.what == "" {
		p.what = what
	}
}

func (p *parser) info(m *Model) {
	n := p.uint32()
	if n > maxInfo {
		p.fail("说明部分太长")
		return
	}
	b := p.take(int(n))
	if p.what != "" {
		return
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&m.info); err != nil {
		p.fail("说明部分不可读")
		return
	}
	k := len(m.info.Labels)
	ok := k >= 2 && k <= MaxLabels && m.bits >= 1 && m.bits <= maxBits && k<<m.bits <= maxCells && slices.IsSorted(m.info.Labels) &&
		m.info.Temperature > 0 && m.info.Temperature <= hottest && len(m.info.HeldOut.Labels) == k
	for _, l := range m.info.Labels {
		ok = ok && utf8.ValidString(l) && len(l) <= maxLabelBytes
	}
	if !ok {
		p.fail("说明部分不合理")
	}
}

func (p *parser) table(m *Model) {
	if p.what != "" {
		return
	}
	k := len(m.info.Labels)
	m.bias = make([]float32, k)
	for i := range m.bias {
		m.bias[i] = p.float32()
	}
	rows := p.uint32()
	if uint64(rows) > 1<<m.bits || int64(rows)*int64(k+5) > int64(len(p.b)) {
		p.fail("文件不完整")
	}
	if p.what != "" {
		return
	}
	m.scale = make([]float32, 1<<m.bits)
	m.cells = make([]int8, k<<m.bits)
	bucket := -1
	for range rows {
		if bucket = p.row(m, bucket); bucket < 0 {
			return
		}
	}
}

// row reads one row and returns its bucket, -1 when something is wrong.
func (p *parser) row(m *Model, last int) int {
	gap, n := binary.Uvarint(p.b)
	if n <= 0 || gap == 0 || gap > 1<<m.bits || last+int(gap) >= 1<<m.bits {
		p.fail("权重的次序不对")
		return -1
	}
	p.b = p.b[n:]
	bucket := last + int(gap)
	scale := p.float32()
	if scale <= 0 {
		p.fail("权重的比例不对")
	}
	row := p.take(len(m.bias))
	if p.what != "" {
		return -1
	}
	m.scale[bucket] = scale
	for i, v := range row {
		m.cells[bucket*len(row)+i] = int8(v)
	}
	return bucket
}
