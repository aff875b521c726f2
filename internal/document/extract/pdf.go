package extract

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/document/pdf"
	"xiaobao/internal/fault"
)

// readPDF reads the text layer of a PDF, and by recognition the pages that have
// none where that is set up.
func readPDF(ctx context.Context, r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	f, err := pdf.Open(ctx, r, size)
	if err != nil {
		return Document{}, pdfFault(err, name)
	}
	x := &pdfReader{ctx: ctx, f: f, src: r, size: size, o: o, out: newBuilder("pdf", o)}
	defer x.close()
	pages := f.Pages()
	if pages > o.MaxPages {
		x.out.warn("文件有 %d 页，只读取了前 %d 页；请拆成几个文件分别送审。", pages, o.MaxPages)
		pages = o.MaxPages
	}
	x.out.doc.Pages = pages
	for i := range pages {
		if err := x.page(i); err != nil {
			return Document{}, pdfFault(err, name)
		}
		if x.out.full {
			break
		}
	}
	x.repeated()
	if x.out.doc.Scans > 0 {
		return x.out.doc, nil
	}
	if len(x.blank) == pages && len(x.out.doc.Blocks) == 0 {
		return Document{}, x.noText(name)
	}
	x.say()
	return x.out.done(), nil
}

func pdfFault(err error, name string) error {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(fault.Unavailable, err, "文件“%s”读取时间过长，已停止。请拆成几个文件后再试。", name)
	case errors.Is(err, pdf.ErrPassword):
		return fault.Wrap(fault.Invalid, err, "文件“%s”设有打开密码，读不出来。请用密码打开后另存一份没有密码的 PDF，或上传 Word 原件。", name)
	case errors.Is(err, pdf.ErrCipher):
		return fault.Wrap(fault.Invalid, err, "文件“%s”用数字证书等方式加密，读不出来。请取消加密后重新导出，或上传 Word 原件。", name)
	}
	return fault.Wrap(fault.Invalid, err, "文件“%s”不是完整的 PDF，找不到页面。请重新导出，或上传 Word 原件。", name)
}

// pdfReader is a PDF being read.
type pdfReader struct {
	ctx     context.Context
	f       *pdf.File
	src     io.ReaderAt
	size    int64
	o       Options
	out     *builder
	blank   []int // pages without text, from 1
	lost    []lostText
	edges   []edge
	scanner *pageScanner
	ocr     ocrCount
}

type lostText struct{ page, n int }

// edge is a block at the upper or lower end of its page.
type edge struct {
	block int
	text  string // its digits taken out
	foot  bool
}

func (x *pdfReader) page(i int) error {
	p, err := x.f.Page(i)
	if err != nil {
		return err
	}
	legible := 0
	for _, s := range p.Spans {
		legible += utf8.RuneCountInString(s.Text) - strings.Count(s.Text, string(utf8.RuneError))
	}
	if legible == 0 || p.Unknown > legible {
		read, err := x.scan(p, i)
		if err != nil || read {
			return err
		}
	}
	if p.Unknown > 0 {
		x.lost = append(x.lost, lostText{i + 1, p.Unknown})
	}
	if legible == 0 && p.Unknown == 0 && !tickedPage(p) {
		x.blank = append(x.blank, i+1)
	}
	from := len(x.out.doc.Blocks)
	x.lines(p, i+1)
	x.ends(from)
	x.notes(p, i+1)
	return nil
}

func tickedPage(p *pdf.Page) bool {
	return slices.ContainsFunc(p.Notes, func(n pdf.Note) bool { return n.Ticked })
}

// lines writes the lines of a page out; those of one paragraph follow one another.
func (x *pdfReader) lines(p *pdf.Page, page int) {
	var before *line
	for _, l := range layout(p) {
		b := Block{Kind: Line, Page: page, Place: "第 " + strconv.Itoa(page) + " 页"}
		fresh := true
		if before != nil && l.follows(before) {
			fresh = false
			if latin(before.last()) && latin(l.first()) {
				l.pieces[0].text = " " + l.pieces[0].text
			}
		}
		for _, piece := range l.pieces {
			b.Size, b.Bold, b.Faint = piece.size, piece.bold, piece.faint
			b.Box = &Box{X: share(piece.x0, p.Width), Y: share(l.y-piece.size*0.9, p.Height), W: share(piece.x1-piece.x0, p.Width), H: share(piece.size*1.15, p.Height)}
			if fresh {
				x.out.add(piece.text, b)
			} else {
				x.out.extend(piece.text, b)
			}
			fresh = false
		}
		before = &l
	}
}

func share(v, of float64) float64 {
	return float64(int(min(max(v/of, 0), 1)*10000+0.5)) / 10000
}

func latin(r rune) bool { return r > ' ' && r < utf8.RuneSelf && r != '-' }

// ends remembers the first and the last two blocks of a page, which may be its
// header and footer.
func (x *pdfReader) ends(from int) {
	blocks := x.out.doc.Blocks
	text := x.out.text.String()
	for i := from; i < len(blocks); i++ {
		b := blocks[i]
		if head, foot := i < from+2 && b.Box.Y < 0.12, i >= len(blocks)-2 && b.Box.Y > 0.86; head || foot {
			x.edges = append(x.edges, edge{i, withoutDigits(text[b.Start:b.End]), foot})
		}
	}
}

func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune("〇一二三四五六七八九十", r) || r == ' ' {
			return -1
		}
		return r
	}, s)
}

// repeated turns what stands at the end of many pages into headers and footers.
func (x *pdfReader) repeated() {
	count := map[string]int{}
	for _, e := range x.edges {
		count[e.text]++
	}
	for _, e := range x.edges {
		if n := count[e.text]; n >= 3 && n*5 >= x.out.doc.Pages*2 {
			kind := Header
			if e.foot {
				kind = Footer
			}
			x.out.doc.Blocks[e.block].Kind = kind
		}
	}
}

func (x *pdfReader) notes(p *pdf.Page, page int) {
	place := "第 " + strconv.Itoa(page) + " 页"
	for _, n := range p.Notes {
		b := Block{Kind: Comment, Page: page, Place: place + " 批注"}
		if n.Ticked {
			b.Kind, b.Place = Attribute, place+" 表单"
			n.Text = "已勾选：" + n.Text
		}
		x.out.add(n.Text, b)
	}
}

func (x *pdfReader) say() {
	if x.f.Rebuilt() {
		x.out.warn("文件的目录已损坏，按内容重新找到了 %d 页；请核对页数。", x.f.Pages())
	}
	if len(x.blank) > 0 {
		x.out.warn("%s没有文字层（可能是扫描图片），没有读取；%s。", pageList(x.blank), x.helps())
	}
	for i, l := range x.lost {
		if i == 20 {
			x.out.warn("另有 %d 页也有字无法识别。", len(x.lost)-i)
			break
		}
		x.out.warn("第 %d 页有 %d 个字无法识别（字体没有对应的文字），请核对原文，或上传 Word 原件。", l.page, l.n)
	}
	x.ocr.say(x.out)
}

// helps is what would make pages without text readable.
func (x *pdfReader) helps() string {
	if x.o.OCR == "" {
		return "请安装 tesseract 和简体中文数据（chi_sim）后重新上传，或上传 Word 原件"
	}
	return "页面图片取不出来，请安装 pdftoppm（poppler-utils），或上传 Word 原件"
}

func (x *pdfReader) noText(name string) error {
	return fault.New(fault.Invalid, "文件“%s”共 %d 页，都没有文字层（可能是扫描件），读不出文字。%s。", name, x.out.doc.Pages, x.helps())
}

// pageList writes pages as 第 1、3-5 页.
func pageList(pages []int) string {
	var parts []string
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		part := strconv.Itoa(pages[i])
		if j > i {
			part += "-" + strconv.Itoa(pages[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return "第 " + strings.Join(parts, "、") + " 页"
}
