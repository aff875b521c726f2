package extract

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"xiaobao/internal/fault"
)

// maxHTML bounds a web page, whose elements cost many times their bytes.
const maxHTML = 32 << 20

// maxElements bounds the elements of a web page in one another.
const maxElements = 500

// readHTML reads what a web page shows, block by block. It reads tokens, not a
// tree: broken and hostile pages cost no more than their length.
func readHTML(r io.ReaderAt, size int64, name string, o Options) (Document, error) {
	if size > maxHTML {
		return Document{}, fault.New(fault.TooLarge, "网页“%s”有 %d MB，超过 %d MB 的上限。请打印成 PDF 后重新上传。", name, size>>20, int64(maxHTML)>>20)
	}
	data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Document{}, fault.Wrap(fault.Invalid, err, "文件“%s”读不出来。请重新选择文件。", name)
	}
	enc, _, _ := charset.DetermineEncoding(data[:min(len(data), 8192)], "")
	p := &htmlReader{out: newBuilder("html", o), z: html.NewTokenizer(enc.NewDecoder().Reader(bytes.NewReader(data))), kind: Paragraph}
	p.z.SetMaxBuf(4 << 20)
	p.run()
	if p.hidden > 0 {
		p.out.warn("网页里有 %d 处隐藏的内容，没有读取；如点击后会显示，请另存显示后的页面再送审。", p.hidden)
	}
	if p.scripts > 0 && p.out.text.Len() < 200 {
		p.out.warn("网页的内容多由程序生成，读到的文字很少；请在浏览器中打印成 PDF 后重新上传。")
	}
	return p.out.done(), nil
}

// htmlReader follows the tokens of a web page.
type htmlReader struct {
	out     *builder
	z       *html.Tokenizer
	line    strings.Builder
	kind    Kind
	place   string
	open    []atom.Atom // elements, for those that hide what they hold
	skip    int         // depth from which all is hidden, 0 for none
	hidden  int
	scripts int
	table   int
	row     int
	col     int
	ticks   int
}

func (p *htmlReader) run() {
	for !p.out.full {
		switch p.z.Next() {
		case html.ErrorToken:
			p.flush()
			return
		case html.TextToken:
			if p.skip == 0 {
				p.line.WriteString(strings.Map(blankToSpace, string(p.z.Text())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			p.start()
		case html.EndTagToken:
			name, _ := p.z.TagName()
			p.end(atom.Lookup(name))
		}
	}
}

func blankToSpace(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// flush writes the line out that was gathered.
func (p *htmlReader) flush() {
	text := strings.Join(strings.Fields(p.line.String()), " ")
	p.line.Reset()
	p.out.add(text, Block{Kind: p.kind, Place: p.place})
	for ; p.ticks > 0; p.ticks-- {
		p.out.add("默认勾选："+short(text), Block{Kind: Attribute, Place: "表单"})
	}
}

// void elements hold nothing and have no end.
var void = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Input: true, atom.Hr: true, atom.Meta: true, atom.Link: true, atom.Area: true, atom.Base: true,
	atom.Col: true, atom.Embed: true, atom.Source: true, atom.Track: true, atom.Wbr: true, atom.Param: true}

// unseen elements are never shown.
var unseen = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Svg: true, atom.Head: true, atom.Object: true, atom.Iframe: true}

// inlineElements run on in a line; all others begin one.
var inlineElements = map[atom.Atom]bool{atom.A: true, atom.B: true, atom.I: true, atom.U: true, atom.S: true, atom.Em: true, atom.Strong: true, atom.Span: true, atom.Font: true,
	atom.Small: true, atom.Sub: true, atom.Sup: true, atom.Mark: true, atom.Label: true, atom.Img: true, atom.Input: true, atom.Code: true, atom.Del: true, atom.Ins: true,
	atom.Abbr: true, atom.Time: true, atom.Wbr: true, atom.Bdo: true, atom.Button: true, atom.Big: true, atom.Q: true, atom.Cite: true}

func (p *htmlReader) start() {
	name, more := p.z.TagName()
	tag := atom.Lookup(name)
	attr := p.attributes(more)
	if tag == atom.Title && p.skip > 0 {
		p.title()
		return
	}
	if tag == atom.Body && p.skip > 0 && len(p.open) >= p.skip && p.open[p.skip-1] == atom.Head {
		p.open, p.skip = p.open[:p.skip-1], 0 // a head without an end
	}
	p.imply(tag)
	if !void[tag] && len(p.open) < maxElements {
		p.open = append(p.open, tag)
		p.hide(tag, attr)
	}
	if p.skip > 0 {
		return
	}
	if !inlineElements[tag] && tag != 0 {
		p.flush()
		p.block(tag)
	}
	p.attribute(tag, attr)
}

func (p *htmlReader) attributes(more bool) map[string]string {
	out := map[string]string{}
	for more && len(out) < 64 {
		var k, v []byte
		k, v, more = p.z.TagAttr()
		out[string(k)] = string(v)
	}
	return out
}

// hide notes an element that is not shown.
func (p *htmlReader) hide(tag atom.Atom, attr map[string]string) {
	if p.skip > 0 {
		return
	}
	style := strings.ReplaceAll(strings.ToLower(attr["style"]), " ", "")
	_, hidden := attr["hidden"]
	switch {
	case unseen[tag]:
		p.scripts += truth(tag == atom.Script)
	case hidden, strings.Contains(style, "display:none"), strings.Contains(style, "visibility:hidden"):
		p.hidden++
	default:
		return
	}
	p.skip = len(p.open)
}

// title reads the title of the page, which stands in its head.
func (p *htmlReader) title() {
	if p.z.Next() == html.TextToken {
		p.out.add(strings.Join(strings.Fields(string(p.z.Text())), " "), Block{Kind: Heading, Place: "网页标题"})
	}
}

func (p *htmlReader) block(tag atom.Atom) {
	switch tag {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		p.kind = Heading
	case atom.Table:
		p.table, p.row = p.table+1, 0
	case atom.Tr:
		p.row, p.col = p.row+1, 0
	case atom.Td, atom.Th:
		p.col++
		p.kind, p.place = Cell, "表 "+itoa(p.table)+" 第 "+itoa(p.row)+" 行 第 "+itoa(p.col)+" 列"
	case atom.Header:
		p.kind = Header
	case atom.Footer:
		p.kind = Footer
	}
}

// attribute takes the words and ticks that stand in attributes.
func (p *htmlReader) attribute(tag atom.Atom, attr map[string]string) {
	switch tag {
	case atom.Img, atom.Area:
		p.aside(attr["alt"], "图片说明")
	case atom.Input:
		kind := strings.ToLower(attr["type"])
		_, checked := attr["checked"]
		switch {
		case checked && (kind == "checkbox" || kind == "radio"):
			p.ticks++
		case kind == "submit" || kind == "button" || kind == "reset":
			p.aside(attr["value"], "按钮")
		default:
			p.aside(attr["placeholder"], "表单提示")
		}
	}
	p.aside(attr["title"], "悬停提示")
}

func (p *htmlReader) aside(text, place string) {
	if strings.TrimSpace(text) != "" {
		p.flush()
		p.out.add(text, Block{Kind: Attribute, Place: place})
	}
}

func (p *htmlReader) end(tag atom.Atom) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i] != tag {
			continue
		}
		p.open = p.open[:i]
		if p.skip > i {
			p.skip = 0
		}
		break
	}
	if p.skip == 0 && !inlineElements[tag] && tag != 0 {
		p.flush()
		p.kind, p.place = Paragraph, ""
	}
}

// implied elements end where the next of their kind begins.
var implied = map[atom.Atom]bool{atom.P: true, atom.Li: true, atom.Td: true, atom.Th: true, atom.Tr: true, atom.Dt: true, atom.Dd: true, atom.Option: true}

// imply ends the element before where the writer left its end out.
func (p *htmlReader) imply(tag atom.Atom) {
	if n := len(p.open); implied[tag] && n > 0 && p.open[n-1] == tag {
		p.end(tag)
	}
}
