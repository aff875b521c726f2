package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"

	"xiaobao/internal/document/pdf"
	"xiaobao/internal/fault"
	"xiaobao/internal/spool"
)

// Bounds of the recognition of one picture.
const (
	ocrTime  = 60 * time.Second
	ocrBytes = 50 << 20
	ocrOut   = 32 << 20
)

// doubtful is the confidence, in percent, below which a recognised word is counted
// as doubtful.
const doubtful = 70

// ocrCount says how sure the recognition was.
type ocrCount struct {
	pages        []int
	words, doubt int
}

func (c ocrCount) say(out *builder) {
	if c.words == 0 {
		return
	}
	where := "文字"
	if len(c.pages) > 0 {
		where = pageList(c.pages) + "的文字"
	}
	out.warn("%s由图片识别，可能有错字，请对照原件。", where)
	if share := c.doubt * 100 / c.words; share >= 5 {
		out.warn("图片识别的文字中约 %d%% 把握不大。", share)
	}
}

// word is a recognised word and where it stands, in pixels.
type ocrWord struct {
	text       string
	conf       float64
	x, y, w, h int
}

// ocrLine is a recognised line.
type ocrLine struct {
	words      []ocrWord
	x, y, w, h int
}

// recognise reads a picture in a file by tesseract. width and height are those of
// the picture in pixels.
func recognise(ctx context.Context, tesseract string, file spool.File) (lines []ocrLine, width, height int, err error) {
	ctx, cancel := context.WithTimeout(ctx, ocrTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, tesseract)
	name, err := file.For(cmd)
	if err != nil {
		return nil, 0, 0, err
	}
	cmd.Args = append(cmd.Args, name, "-", "-l", "chi_sim", "--psm", "3", "tsv")
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	cmd.WaitDelay = time.Second
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &capped{&out, ocrOut}, &capped{&said, 4096}
	if err := cmd.Run(); err != nil {
		return nil, 0, 0, fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	lines, width, height = parseTSV(out.String())
	return lines, width, height, nil
}

// capped takes what a program writes, up to a bound.
type capped struct {
	w    *bytes.Buffer
	left int
}

// Write implements io.Writer; what is over the bound is dropped.
func (c *capped) Write(p []byte) (int, error) {
	n := min(len(p), c.left)
	c.left -= n
	c.w.Write(p[:n])
	return len(p), nil
}

// parseTSV reads tesseract's table: level, page, block, paragraph, line, word,
// left, top, width, height, confidence, text.
func parseTSV(tsv string) (lines []ocrLine, width, height int) {
	for row := range strings.SplitSeq(tsv, "\n") {
		f := strings.SplitN(strings.TrimRight(row, "\r"), "\t", 12)
		if len(f) < 11 {
			continue
		}
		var n [10]int
		ok := true
		for i := range n {
			v, err := strconv.Atoi(f[i])
			n[i], ok = v, ok && err == nil
		}
		if !ok {
			continue
		}
		switch n[0] {
		case 1:
			width, height = n[8], n[9]
		case 4:
			lines = append(lines, ocrLine{x: n[6], y: n[7], w: n[8], h: n[9]})
		case 5:
			if conf, err := strconv.ParseFloat(f[10], 64); err == nil && len(f) == 12 && len(lines) > 0 && strings.TrimSpace(f[11]) != "" {
				l := &lines[len(lines)-1]
				l.words = append(l.words, ocrWord{strings.TrimSpace(f[11]), conf, n[6], n[7], n[8], n[9]})
			}
		}
	}
	return lines, width, height
}

// text joins the words of a line; between Chinese characters there is no space.
func (l ocrLine) text() string {
	var b strings.Builder
	last := rune(0)
	for _, w := range l.words {
		r := []rune(w.text)
		if last != 0 && !unicode.Is(unicode.Han, last) && !unicode.Is(unicode.Han, r[0]) && latin(last) && latin(r[0]) {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
		last = r[len(r)-1]
	}
	return b.String()
}

// write puts recognised lines into a document. points is the height of the page
// in points, 0 where it is not known.
func (c *ocrCount) write(out *builder, lines []ocrLine, width, height, page int, points float64) {
	if width <= 0 || height <= 0 {
		return
	}
	place := "第 " + strconv.Itoa(max(page, 1)) + " 页（由图片识别）"
	for _, l := range lines {
		for _, w := range l.words {
			if c.words++; w.conf < doubtful {
				c.doubt++
			}
		}
		w, h := float64(width), float64(height)
		b := Block{Kind: Line, Page: max(page, 1), Place: place, Box: &Box{share(float64(l.x), w), share(float64(l.y), h), share(float64(l.w), w), share(float64(l.h), h)}}
		if points > 0 {
			b.Size = float64(int(float64(l.h)/h*points*10)) / 10
		}
		out.add(l.text(), b)
	}
}

// readImage reads a picture by recognition.
func readImage(ctx context.Context, r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	switch {
	case o.OCR == "":
		return Document{}, fault.New(fault.Invalid, "文件“%s”是图片，本机没有文字识别程序，读不出文字。请管理员安装 tesseract 和简体中文数据（chi_sim），或上传图片的文字稿、PDF 或 Word 原件。", name)
	case size > ocrBytes:
		return Document{}, fault.New(fault.TooLarge, "图片“%s”有 %d MB，超过识别的上限 %d MB。请压缩后重新上传。", name, size>>20, ocrBytes>>20)
	}
	if o.Plan {
		return Document{Format: "image", Pages: 1, Scans: 1}, nil
	}
	file, err := temporary(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Document{}, err
	}
	defer file.Close()
	lines, w, h, err := recognise(ctx, o.OCR, file)
	if err != nil {
		return Document{}, ocrFault(ctx, err, name)
	}
	o.told()
	out, count := newBuilder("image", o), ocrCount{}
	out.doc.Pages = 1
	count.write(out, lines, w, h, 1, 0)
	if count.words == 0 {
		out.warn("图片里没有认出文字；请核对图片，或上传文字稿。")
	}
	count.say(out)
	return out.done(), nil
}

func ocrFault(ctx context.Context, err error, name string) error {
	switch {
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Unavailable, err, "图片“%s”识别时间过长，已停止。请缩小图片或分成几张后再试。", name)
	case strings.Contains(err.Error(), "chi_sim"):
		return fault.Wrap(fault.Invalid, err, "图片“%s”识别不了：tesseract 缺少简体中文数据（chi_sim）。请管理员安装后再试，或上传文字稿。", name)
	}
	return fault.Wrap(fault.Invalid, err, "图片“%s”识别不了，可能已损坏或格式特殊。请另存为 PNG 或 JPEG 后重新上传。", name)
}

func (o Options) told() {
	if o.Tell != nil {
		o.Tell()
	}
}

// temporary copies to a file for a program that reads files only.
func temporary(r io.Reader) (spool.File, error) {
	f, err := spool.New("")
	if err != nil {
		return f, fault.Wrap(fault.Unavailable, err, "暂时无法识别图片：临时文件夹不可写")
	}
	if _, err = io.Copy(f, r); err != nil {
		return f, errors.Join(fault.Wrap(fault.Unavailable, err, "暂时无法识别图片：临时文件夹写满了"), f.Close())
	}
	return f, nil
}

// pageScanner makes pictures of pages by pdftoppm, which reads a file.
type pageScanner struct {
	program string
	file    spool.File
}

// scan reads a page without text by recognition; false when it cannot.
func (x *pdfReader) scan(p *pdf.Page, i int) (bool, error) {
	if x.o.OCR == "" {
		return false, nil
	}
	if x.o.Plan {
		x.out.doc.Scans++
		return true, nil
	}
	defer x.o.told()
	file, ok, err := x.picture(p, i)
	if err != nil || !ok {
		return false, err
	}
	defer file.Close()
	lines, w, h, err := recognise(x.ctx, x.o.OCR, file)
	if err != nil {
		if x.ctx.Err() != nil {
			return false, x.ctx.Err()
		}
		return false, nil // said as a page without text
	}
	before := x.ocr.words
	x.ocr.write(x.out, lines, w, h, i+1, p.Height)
	if x.ocr.words == before {
		return false, nil
	}
	x.ocr.pages = append(x.ocr.pages, i+1)
	return true, nil
}

// picture makes a picture of a page: drawn where pdftoppm is installed, else the
// largest image on it; false when there is none.
func (x *pdfReader) picture(p *pdf.Page, i int) (f spool.File, ok bool, err error) {
	if x.scanner == nil {
		x.scanner = &pageScanner{}
		if program, err := exec.LookPath("pdftoppm"); err == nil {
			file, err := temporary(io.NewSectionReader(x.src, 0, x.size))
			if err != nil {
				return f, false, err
			}
			x.scanner.program, x.scanner.file = program, file
		}
	}
	if x.scanner.program != "" {
		if file, err := x.scanner.draw(x.ctx, i+1); err == nil {
			return file, true, nil
		}
	}
	var best pdf.Image
	for _, m := range p.Images {
		if m.W*m.H > best.W*best.H {
			best = m
		}
	}
	if best.W*best.H < 0.3*p.Width*p.Height {
		return f, false, nil
	}
	data, ext := x.f.Picture(best)
	if ext == "" {
		return f, false, nil
	}
	f, err = temporary(bytes.NewReader(data))
	return f, err == nil, err
}

func (s *pageScanner) draw(ctx context.Context, page int) (spool.File, error) {
	ctx, cancel := context.WithTimeout(ctx, ocrTime)
	defer cancel()
	n := strconv.Itoa(page)
	cmd := exec.CommandContext(ctx, s.program, "-gray", "-png", "-singlefile", "-f", n, "-l", n, "-scale-to", "3000")
	name, err := s.file.For(cmd)
	if err != nil {
		return spool.File{}, err
	}
	cmd.Args = append(cmd.Args, name)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout = &capped{&out, ocrBytes}
	if err := cmd.Run(); err != nil {
		return spool.File{}, err
	}
	return temporary(&out)
}

func (x *pdfReader) close() {
	if x.scanner != nil && x.scanner.program != "" {
		_ = x.scanner.file.Close()
	}
}
