package document

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// WriteDOCX writes the letter as a Word document: A4, body 14 point FangSong
// (SimSun or Noto where it is missing), first lines indented by two characters,
// page numbers. The same letter gives the same bytes.
func WriteDOCX(w io.Writer, l Letter) error {
	z := zip.NewWriter(w)
	for _, p := range []struct{ name, text string }{
		{"[Content_Types].xml", docxTypes},
		{"_rels/.rels", docxRels},
		{"word/_rels/document.xml.rels", docxDocRels},
		{"word/document.xml", docxBody(l)},
		{"word/styles.xml", docxStyles},
		{"word/fontTable.xml", docxFonts},
		{"word/settings.xml", docxSettings},
		{"word/header1.xml", docxHeader(l)},
		{"word/footer1.xml", docxFooter(l)},
		{"docProps/core.xml", docxCore(l)},
	} {
		out, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(out, xml.Header+p.text)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}

// esc escapes text for XML.
func esc(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(cleanXML(s))) // a Builder never fails
	return b.String()
}

var docxStyle = map[role]string{roleIssuer: "Issuer", roleNumber: "Number", roleTitle: "Title", roleTo: "To", roleBody: "Body",
	roleHeading: "Heading", roleNote: "Note", roleSign: "Sign"}

func docxBody(l Letter) string {
	var b strings.Builder
	b.WriteString(`<w:document ` + docxNS + `><w:body>`)
	pieces := l.pieces()
	for i, p := range pieces {
		if p.role == roleTable {
			docxTable(&b, p.rows)
			continue
		}
		extra := ""
		if i+1 < len(pieces) && pieces[i+1].role == roleSign {
			extra = `<w:keepNext/>`
		}
		if i > 0 && p.role == roleSign && pieces[i-1].role != roleSign {
			extra += `<w:spacing w:before="500"/>`
		}
		docxParagraph(&b, docxStyle[p.role], extra, p.text)
	}
	b.WriteString(`<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:footerReference w:type="default" r:id="rId5"/>` +
		`<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1644" w:right="1474" w:bottom="1531" w:left="1588" w:header="851" w:footer="850" w:gutter="0"/></w:sectPr></w:body></w:document>`)
	return b.String()
}

func docxParagraph(b *strings.Builder, style, extra, text string) {
	fmt.Fprintf(b, `<w:p><w:pPr><w:pStyle w:val="%s"/>%s</w:pPr><w:r><w:t xml:space="preserve">%s</w:t></w:r></w:p>`, style, extra, esc(text))
}

// docxTable writes a table whose header row repeats and whose rows stay whole.
func docxTable(b *strings.Builder, rows [][]string) {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return
	}
	widths := columnShares(rows)
	b.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, share := range widths {
		fmt.Fprintf(b, `<w:gridCol w:w="%d"/>`, int(share*8844))
	}
	b.WriteString(`</w:tblGrid>`)
	for i, row := range rows {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/>`)
		style := "Cell"
		if i == 0 {
			b.WriteString(`<w:tblHeader/>`)
			style = "CellHead"
		}
		b.WriteString(`</w:trPr>`)
		for j, cell := range row {
			fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, int(widths[j]*8844))
			for part := range strings.SplitSeq(cell, "\n") {
				docxParagraph(b, style, "", part)
			}
			b.WriteString(`</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	b.WriteString(`</w:tbl>`)
}

// docxHeader carries the draft mark across the page, else nothing.
func docxHeader(l Letter) string {
	mark := ""
	if l.Draft {
		mark = `<w:r><w:pict><v:shapetype id="t136" coordsize="21600,21600" o:spt="136" path="m@7,l@8,m@5,21600l@6,21600e"><v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>` +
			`<v:shape id="draft" type="#t136" style="position:absolute;width:320pt;height:160pt;rotation:315;z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;mso-position-vertical:center;mso-position-vertical-relative:margin" fillcolor="#d9d9d9" stroked="f">` +
			`<v:fill opacity=".5"/><v:textpath style="font-family:&quot;仿宋&quot;;font-size:1pt" string="` + draftText + `"/></v:shape></w:pict></w:r>`
	}
	return `<w:hdr ` + docxNS + ` xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><w:p><w:pPr><w:pStyle w:val="Foot"/></w:pPr>` + mark + `</w:p></w:hdr>`
}

func docxFooter(l Letter) string {
	field := func(code string) string {
		return `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ` + code + ` </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>`
	}
	text := func(s string) string { return `<w:r><w:t xml:space="preserve">` + esc(s) + `</w:t></w:r>` }
	foot := `<w:ftr ` + docxNS + `>`
	if l.Footer != "" {
		foot += `<w:p><w:pPr><w:pStyle w:val="Foot"/></w:pPr>` + text(l.Footer) + `</w:p>`
	}
	return foot + `<w:p><w:pPr><w:pStyle w:val="Foot"/></w:pPr>` + text("第 ") + field("PAGE") + text(" 页 / 共 ") + field("NUMPAGES") + text(" 页") + `</w:p></w:ftr>`
}

func docxCore(l Letter) string {
	return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>` +
		esc(l.Title) + `</dc:title><dc:creator>` + esc(l.Issuer) + `</dc:creator></cp:coreProperties>`
}
