package document

import "fmt"

// The fixed parts of a letter in DOCX.

const docxNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

const (
	docxWML   = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	docxRelNS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
)

const docxTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="` + docxWML + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + docxWML + `styles+xml"/>` +
	`<Override PartName="/word/fontTable.xml" ContentType="` + docxWML + `fontTable+xml"/><Override PartName="/word/settings.xml" ContentType="` + docxWML + `settings+xml"/>` +
	`<Override PartName="/word/header1.xml" ContentType="` + docxWML + `header+xml"/><Override PartName="/word/footer1.xml" ContentType="` + docxWML + `footer+xml"/>` +
	`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`

const docxRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + docxRelNS + `officeDocument" Target="word/document.xml"/>` +
	`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`

const docxDocRels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + docxRelNS + `styles" Target="styles.xml"/>` +
	`<Relationship Id="rId2" Type="` + docxRelNS + `fontTable" Target="fontTable.xml"/><Relationship Id="rId3" Type="` + docxRelNS + `settings" Target="settings.xml"/>` +
	`<Relationship Id="rId4" Type="` + docxRelNS + `header" Target="header1.xml"/><Relationship Id="rId5" Type="` + docxRelNS + `footer" Target="footer1.xml"/></Relationships>`

const docxSettings = `<w:settings ` + docxNS + `><w:zoom w:percent="100"/><w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>`

const docxFonts = `<w:fonts ` + docxNS + `><w:font w:name="仿宋"><w:altName w:val="FangSong"/><w:charset w:val="86"/><w:family w:val="roman"/></w:font>` +
	`<w:font w:name="Noto Serif CJK SC"><w:altName w:val="Noto Serif SC"/><w:charset w:val="86"/><w:family w:val="roman"/></w:font></w:fonts>`

var docxStyles = `<w:styles ` + docxNS + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="仿宋"/><w:sz w:val="28"/><w:szCs w:val="28"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault>` +
	`<w:pPrDefault><w:pPr><w:widowControl/><w:spacing w:before="0" w:after="0" w:line="500" w:lineRule="exact"/></w:pPr></w:pPrDefault></w:docDefaults>` +
	style("Body", `<w:ind w:firstLineChars="200" w:firstLine="560"/><w:jc w:val="both"/>`, ``) +
	style("Issuer", `<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="8" w:color="B01E23"/></w:pBdr><w:spacing w:line="560" w:lineRule="exact" w:after="200"/><w:jc w:val="center"/>`, `<w:b/><w:color w:val="B01E23"/><w:sz w:val="40"/>`) +
	style("Number", `<w:jc w:val="right"/>`, `<w:sz w:val="24"/>`) +
	style("Title", `<w:keepNext/><w:spacing w:before="240" w:after="320" w:line="640" w:lineRule="exact"/><w:jc w:val="center"/>`, `<w:b/><w:sz w:val="44"/>`) +
	style("To", `<w:keepNext/>`, ``) +
	style("Heading", `<w:keepNext/><w:spacing w:before="80"/><w:ind w:firstLineChars="200" w:firstLine="560"/>`, `<w:b/>`) +
	style("Note", `<w:spacing w:line="360" w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="480"/><w:jc w:val="both"/>`, `<w:sz w:val="24"/>`) +
	style("Sign", `<w:keepLines/><w:ind w:rightChars="200" w:right="560"/><w:jc w:val="right"/>`, ``) +
	style("Cell", `<w:spacing w:line="340" w:lineRule="exact" w:before="60" w:after="60"/>`, `<w:sz w:val="22"/>`) +
	style("CellHead", `<w:keepNext/><w:spacing w:line="340" w:lineRule="exact" w:before="60" w:after="60"/><w:jc w:val="center"/>`, `<w:b/><w:sz w:val="22"/>`) +
	style("Foot", `<w:spacing w:line="280" w:lineRule="exact"/><w:jc w:val="center"/>`, `<w:sz w:val="18"/>`) +
	`<w:style w:type="table" w:styleId="Grid"><w:name w:val="Grid"/><w:tblPr><w:tblBorders><w:top w:val="single" w:sz="4"/><w:left w:val="single" w:sz="4"/><w:bottom w:val="single" w:sz="4"/><w:right w:val="single" w:sz="4"/><w:insideH w:val="single" w:sz="4"/><w:insideV w:val="single" w:sz="4"/></w:tblBorders><w:tblCellMar><w:left w:w="100" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style></w:styles>`

func style(id, paragraph, run string) string {
	return fmt.Sprintf(`<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>`, id, id, paragraph, run)
}
