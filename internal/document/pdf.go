package document

import (
	"io"
	"strings"

	"github.com/signintech/gopdf"

	"xiaobao/internal/document/fonts"
	"xiaobao/internal/fault"
)

// missingGlyph stands for a character that the face does not have: the mark that
// Chinese and Japanese printers use.
const missingGlyph = '〓'

// WritePDF writes the letter as PDF, A4, with the used characters of the face
// embedded. missing lists the characters that the face does not have and that
// were printed as 〓; a letter with such a character should go out as DOCX.
func WritePDF(w io.Writer, l Letter) (missing []rune, err error) {
	p := &pdfWriter{seen: map[rune]bool{}}
	pages := paginate((&setter{width: faceWidth}).letter(l))
	if err := p.start(l, used(l, pages)); err != nil {
		return nil, err
	}
	for i, boxes := range pages {
		p.doc.AddPage()
		if l.Draft {
			p.watermark()
		}
		p.mark(l.Mark)
		for _, b := range boxes {
			p.box(b)
		}
		p.footer(l.Footer, i+1, len(pages))
	}
	if p.err != nil {
		return nil, fault.Wrap(fault.Internal, p.err, "PDF 没有生成")
	}
	_, err = p.doc.WriteTo(w)
	return p.missing, err
}

// pdfWriter draws on pages and keeps the first error.
type pdfWriter struct {
	doc     gopdf.GoPdf
	seen    map[rune]bool
	missing []rune
	err     error
}

// faces are the typeface of letters.
var faces = map[face]func() (*fonts.Face, error){faceText: fonts.RegularFace, faceBold: fonts.BoldFace}

// used are the characters that a letter shows, for each face.
func used(l Letter, pages [][]placed) map[face][]rune {
	all := map[face][]rune{
		faceText: []rune(l.Mark + l.Footer + "0123456789第页共/ " + string(missingGlyph)),
		faceBold: []rune(draftText + string(missingGlyph)),
	}
	for _, boxes := range pages {
		for _, b := range boxes {
			for _, r := range b.runs {
				all[r.face] = append(all[r.face], []rune(r.text)...)
			}
		}
	}
	return all
}

// start begins the document with what it needs of both faces.
func (p *pdfWriter) start(l Letter, chars map[face][]rune) error {
	p.doc.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	p.doc.SetInfo(gopdf.PdfInfo{Title: l.Title, Author: l.Issuer, Creator: "Xiaobao"})
	option := gopdf.TtfOption{OnGlyphNotFound: p.note, OnGlyphNotFoundSubstitute: func(rune) rune { return missingGlyph }}
	for _, f := range []face{faceText, faceBold} {
		whole, err := faces[f]()
		if err != nil {
			return err
		}
		if err := p.doc.AddTTFFontDataWithOption(string(f), whole.Subset(chars[f]), option); err != nil {
			return err
		}
	}
	return nil
}

func (p *pdfWriter) note(r rune) {
	if !p.seen[r] {
		p.seen[r] = true
		p.missing = append(p.missing, r)
	}
}

func (p *pdfWriter) do(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *pdfWriter) box(b placed) {
	for _, r := range b.runs {
		p.colour(r.red)
		p.text(r.face, r.size, marginLeft+r.x, b.y+r.y, r.text, r.spacing)
	}
	p.doc.SetLineWidth(0.5)
	for _, r := range b.rules {
		p.doc.SetStrokeColor(60, 60, 60)
		if r.red {
			p.doc.SetStrokeColor(176, 30, 35)
			p.doc.SetLineWidth(1.5)
		}
		p.doc.Line(marginLeft+r.x1, b.y+r.y1, marginLeft+r.x2, b.y+r.y2)
	}
}

func (p *pdfWriter) colour(red bool) {
	if red {
		p.doc.SetTextColor(176, 30, 35)
		return
	}
	p.doc.SetTextColor(0, 0, 0)
}

// text draws one line with its base line at y.
func (p *pdfWriter) text(f face, size, x, y float64, text string, spacing float64) {
	p.do(p.doc.SetFont(string(f), "", size))
	p.do(p.doc.SetCharSpacing(spacing))
	p.doc.SetXY(x, y)
	p.do(p.doc.Text(text))
}

func (p *pdfWriter) footer(text string, page, pages int) {
	p.doc.SetTextColor(70, 70, 70)
	y := pageHeight - 52.0
	if text = strings.Join(strings.Fields(cleanXML(text)), " "); text != "" {
		for _, line := range breakLines(text, measure, 0, func(r rune) float64 { return faceWidth(faceText, r) * 9 }) {
			p.text(faceText, 9, marginLeft+(measure-line.width)/2, y, line.text, 0)
			y += 12
		}
	}
	number := "第 " + itoa(page) + " 页 / 共 " + itoa(pages) + " 页"
	p.text(faceText, 9, marginLeft+(measure-textWidth(faceText, 9, number))/2, y, number, 0)
}

func (p *pdfWriter) watermark() {
	p.doc.SetTextColor(226, 226, 226)
	p.doc.Rotate(45, pageWidth/2, pageHeight/2)
	p.text(faceBold, 150, pageWidth/2-150, pageHeight/2+50, draftText, 0)
	p.doc.RotateReset()
}

// mark covers the page with a pale text that no copy of a part can leave out.
func (p *pdfWriter) mark(text string) {
	if text = strings.Join(strings.Fields(cleanXML(text)), " "); text == "" {
		return
	}
	const size, down = 11.0, 110.0
	across := textWidth(faceText, size, text) + 60
	p.doc.SetTextColor(222, 222, 222)
	p.doc.Rotate(24, pageWidth/2, pageHeight/2)
	for row := -3.0; row < pageHeight/down+3; row++ {
		for x := -pageHeight/2 + float64(int(row)%2)*across/2; x < pageWidth+pageHeight/2; x += across {
			p.text(faceText, size, x, row*down, text, 0)
		}
	}
	p.doc.RotateReset()
}

func textWidth(f face, size float64, text string) float64 {
	w := 0.0
	for _, r := range text {
		w += faceWidth(f, r) * size
	}
	return w
}

// faceWidth returns the advance of a character at size 1, of one that the face does
// not have that of the mark in its place.
func faceWidth(f face, r rune) float64 {
	whole, err := faces[f]()
	if err != nil {
		return 1
	}
	if !whole.Has(r) {
		r = missingGlyph
	}
	return whole.Width(r)
}
