// Package extract reads the text that consumers will see out of documents, with
// the place of every piece, so that a finding can be marked on the page where it
// stands.
//
//	extract.go   what a reading is, joining several files    format.go  formats told by content, refusals
//	build.go     text and blocks put together                plain.go   text in any Chinese encoding
//	docx*.go     Word                                        pdf*.go    PDF, lines and columns
//	xlsx.go      Excel                                       pptx.go    PowerPoint
//	html.go      web pages                                   ocr.go     pictures and scanned pages
//
// What comes in is hostile until proven otherwise: each reader is bounded in time
// and memory, and a panic below it becomes a fault.
package extract

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

// Kind says what a block of a document is.
type Kind string

// The kinds of blocks.
const (
	Paragraph Kind = "paragraph"
	Heading   Kind = "heading"
	Cell      Kind = "cell"
	Header    Kind = "header"
	Footer    Kind = "footer"
	Footnote  Kind = "footnote"
	TextBox   Kind = "textbox"
	Comment   Kind = "comment"   // of an editor, not part of what consumers see
	Line      Kind = "line"      // of a PDF or an image
	Attribute Kind = "attribute" // such as the text of a picture or a ticked box
)

// Block is one piece of a document. Start and End are bytes of Document.Text.
type Block struct {
	Start int     `json:"s"`
	End   int     `json:"e"`
	Kind  Kind    `json:"k"`
	Page  int     `json:"p,omitempty"`  // from 1; 0 where the format knows no pages
	Place string  `json:"at,omitempty"` // as people say it: 第 2 页 表 1 第 3 行
	Size  float64 `json:"sz,omitempty"` // of the type in points, 0 unknown
	Bold  bool    `json:"b,omitempty"`
	Faint bool    `json:"f,omitempty"` // hardly told from its ground
	Box   *Box    `json:"box,omitempty"`
}

// Box is where a block stands on its page, as shares of width and height from
// the upper left corner, 0 to 1.
type Box struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Document is what was read. Text is the blocks in reading order, each on a line
// of its own, except that the lines and looks of one paragraph follow one another
// without a break, so that a sentence stays whole.
type Document struct {
	Format   string   `json:"format"` // txt, docx, pdf, xlsx, pptx, html, image
	Pages    int      `json:"pages"`  // 0 where the format knows no pages
	Text     string   `json:"text"`
	Blocks   []Block  `json:"blocks"`
	Warnings []string `json:"warnings,omitempty"` // what could not be read, as sentences for people
	Scans    int      `json:"-"`                  // pages that wait for recognition, see Options.Plan
}

// Options bound a reading.
type Options struct {
	MaxBytes int64  // of the file; 0 means DefaultMaxBytes
	MaxText  int    // of the text, in bytes; 0 means DefaultMaxText
	MaxPages int    // 0 means DefaultMaxPages
	OCR      string // path of tesseract, "" for none
	Plan     bool   // recognise nothing, which takes seconds a page: only count the pages that need it
	Tell     func() // called after each page that was recognised
}

// The default bounds.
const (
	DefaultMaxBytes = 200 << 20
	DefaultMaxText  = 16 << 20
	DefaultMaxPages = 2000
)

// Read reads a document by its content; name helps to tell formats without a mark
// of their own and stands in sentences. A document that cannot be read gives a
// *fault.Error that says why and what helps; what is left out of one that can is
// said in Warnings.
func Read(ctx context.Context, r io.ReaderAt, size int64, name string, o Options) (d Document, err error) {
	o = o.withDefaults()
	switch {
	case size == 0:
		return d, fault.New(fault.Invalid, "文件“%s”是空的（0 字节）。请重新选择文件。", name)
	case size > o.MaxBytes:
		return d, fault.New(fault.TooLarge, "文件“%s”有 %d MB，超过 %d MB 的上限。请压缩图片或拆分后上传。", name, size>>20, o.MaxBytes>>20)
	}
	defer func() {
		if x := recover(); x != nil {
			d, err = Document{}, fault.Wrap(fault.Invalid, fmt.Errorf("%v", x), "文件“%s”的内容已损坏，读不下去。请用原来的程序打开并另存后重新上传。", name)
		}
	}()
	if err := ctx.Err(); err != nil {
		return d, err
	}
	d, err = read(ctx, r, size, name, o)
	if err == nil && d.Scans == 0 && strings.TrimSpace(d.Text) == "" && len(d.Warnings) == 0 {
		d.Warnings = []string{"文件里没有文字。"}
	}
	return d, err
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxText <= 0 {
		o.MaxText = DefaultMaxText
	}
	if o.MaxPages <= 0 {
		o.MaxPages = DefaultMaxPages
	}
	return o
}

func read(ctx context.Context, r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	switch format := formatOf(r, size, name); format {
	case "pdf":
		return readPDF(ctx, r, size, name, o)
	case "zip":
		return readOffice(ctx, r, size, name, o)
	case "ole":
		return Document{}, refuse(oleOf(r, size), name)
	case "image":
		return readImage(ctx, r, size, name, o)
	case "html":
		return readHTML(r, size, name, o)
	case "bmp": // text may begin with BM, and the picture is seldom
		d, err := readPlain(ctx, r, size, name, o)
		if err != nil {
			return readImage(ctx, r, size, name, o)
		}
		return d, nil
	case "txt":
		return readPlain(ctx, r, size, name, o)
	default:
		return Document{}, refuse(format, name)
	}
}

// maxUnpacked bounds what an Office file may unpack to.
const maxUnpacked = 1 << 30

func readOffice(ctx context.Context, r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	p, err := document.OpenParts(r, size, maxUnpacked, name)
	if err != nil {
		return Document{}, err
	}
	var d Document
	switch format := officeOf(p); format {
	case "docx":
		d, err = readDOCX(ctx, p, o)
	case "xlsx":
		d, err = readXLSX(ctx, p, o)
	case "pptx":
		d, err = readPPTX(ctx, p, o)
	default:
		return d, refuse(format, name)
	}
	if p.HasMacros() {
		d.Warnings = append(d.Warnings, "文件含宏：只读取了文字，宏没有运行。对外发布前请另存为不含宏的格式。")
	}
	return d, err
}

// Plain is a pasted text as a document: one block a line.
func Plain(text string) Document {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	d := Document{Format: "txt", Text: text}
	at, n := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		d.Blocks = append(d.Blocks, Block{Start: at, End: at + len(line), Kind: Paragraph, Place: "第 " + strconv.Itoa(n) + " 行"})
		at += len(line) + 1
	}
	return d
}

// Named is a document with the name of its file.
type Named struct {
	Name string
	Document
}

// Join makes one document of several files: pages go on counting, and each place
// says the file it is in.
func Join(files []Named) Document {
	if len(files) == 1 {
		return files[0].Document
	}
	var out Document
	var text strings.Builder
	for i, f := range files {
		if i > 0 {
			text.WriteString("\n")
		}
		at := text.Len()
		text.WriteString(f.Text)
		for _, b := range f.Blocks {
			b.Start, b.End = b.Start+at, b.End+at
			if b.Page > 0 {
				b.Page += out.Pages
			}
			b.Place = strings.TrimSpace(f.Name + " " + b.Place)
			out.Blocks = append(out.Blocks, b)
		}
		for _, w := range f.Warnings {
			out.Warnings = append(out.Warnings, f.Name+"："+w)
		}
		out.Pages += max(f.Pages, 1)
		if out.Format == "" {
			out.Format = f.Format
		}
	}
	out.Text = text.String()
	return out
}

// Body is the text that consumers are to read: without the headers and footers of
// its pages and without the comments of editors. It is what two materials are compared by.
func (d Document) Body() string {
	var out strings.Builder
	at := 0
	for _, b := range d.Blocks {
		if b.Kind == Header || b.Kind == Footer || b.Kind == Comment {
			out.WriteString(d.Text[at:b.Start])
			at = b.End
		}
	}
	out.WriteString(d.Text[at:])
	if strings.TrimSpace(out.String()) == "" {
		return d.Text // all there is stands in a header
	}
	return out.String()
}

// Edges are the headers and footers of the pages, each text once.
func (d Document) Edges() []string {
	var out []string
	for _, b := range d.Blocks {
		if t := strings.TrimSpace(d.Text[b.Start:b.End]); (b.Kind == Header || b.Kind == Footer) && t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// At returns the block that holds a byte of the text or ends at it, and false for
// none.
func (d Document) At(offset int) (Block, bool) {
	i := sort.Search(len(d.Blocks), func(i int) bool { return d.Blocks[i].Start > offset }) - 1
	if i < 0 || offset > d.Blocks[i].End {
		return Block{}, false
	}
	return d.Blocks[i], true
}
