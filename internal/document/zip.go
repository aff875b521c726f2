package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"

	"xiaobao/internal/fault"
)

// maxParts bounds the entries of an Office file; real ones have some dozens.
const maxParts = 5000

// A file that unpacks to more than bombFloor bytes and to more than bombRatio
// times its size is a bomb; sheets of real text pack 10 to 60 to 1.
const (
	bombFloor = 32 << 20
	bombRatio = 250
)

// maxToken bounds one text or tag: the XML decoder holds it in memory. A cell of
// the format has at most 32,767 characters.
const maxToken = 4 << 20

// openZip opens an Office file whose parts together unpack to at most limit
// bytes by their own account; budget.reader holds them to it.
func openZip(r io.ReaderAt, size, limit int64) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "已损坏或没有传完整，打不开。请在 Excel 或 Word 中打开确认后另存，再重新上传。")
	}
	if len(z.File) > maxParts {
		return nil, fault.New(fault.TooLarge, "里面有 %d 个部件，不是正常的 Office 文件。请另存后重新上传。", len(z.File))
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > uint64(limit) || total > uint64(limit) {
			return nil, tooLargeUnpacked(limit)
		}
	}
	if total > bombFloor && total > bombRatio*uint64(size) {
		return nil, fault.New(fault.Invalid, "压缩得不正常（%s 的文件解压后有 %s），可能是恶意文件，没有打开。请在 Office 中打开确认后另存再上传。", bytesText(size), bytesText(int64(total)))
	}
	return z, nil
}

func tooLargeUnpacked(limit int64) error {
	return fault.New(fault.TooLarge, "解压后超过 %s 的上限。请删去多余的工作表和图片，或拆成几个文件。", bytesText(limit))
}

// budget is what may still be unpacked from one file, whatever its directory claims.
type budget struct{ left, limit int64 }

// reader counts what is read from r against the budget.
func (b *budget) reader(r io.Reader) io.Reader { return &budgetReader{r: r, b: b} }

type budgetReader struct {
	r     io.Reader
	b     *budget
	token int // bytes since the last "<"
}

func (r *budgetReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if r.b.left -= int64(n); r.b.left < 0 {
		return 0, tooLargeUnpacked(r.b.limit)
	}
	if i := bytes.LastIndexByte(p[:n], '<'); i >= 0 {
		r.token = n - i
	} else if r.token += n; r.token > maxToken {
		return 0, fault.New(fault.TooLarge, "里有一段文字超过 %s，不是正常的工作簿。请检查后重新上传。", bytesText(maxToken))
	}
	return n, err
}

// broken turns an error met while reading a part into a sentence; faults that
// already speak to a person pass through.
func broken(err error, name, part string) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return fault.Wrap(f.Kind, err, "文件“%s”%s", name, f.Text)
	}
	return fault.Wrap(fault.Invalid, err, "文件“%s”的内容已损坏（%s 读不下去）。请用 Excel 或 WPS 打开并另存为 .xlsx 后重新导入。", name, part)
}
