package document

import (
	"strings"
)

// Letter is a letter in a neutral form; DOCX and PDF give it the same text.
type Letter struct {
	Issuer string // letterhead: the institution's full name
	Number string // 文号, such as 某银消函〔2026〕12号; "" leaves it out
	Title  string
	To     string // addressee with salutation, without the colon
	Blocks []Block
	Signer string // who signs: the institution or unit, above the date
	Seal   bool   // print where the seal goes
	Date   string // as printed, such as 2026年5月1日
	Footer string // small line at the foot of every page; "" leaves it out
	Draft  bool   // print 草稿 across every page
	Mark   string // small, all over every page of the PDF: who took it out and when; "" leaves it out
}

// BlockKind is the kind of a block of a letter.
type BlockKind string

// The kinds of blocks.
const (
	Paragraph BlockKind = "paragraph" // indented by two characters
	Heading   BlockKind = "heading"   // bold, stays with what follows
	List      BlockKind = "list"      // Items, numbered 1. 2. 3.
	Grid      BlockKind = "table"     // Rows, the first being the header
	SmallNote BlockKind = "note"      // smaller, such as an enclosure line
)

// Block is one block of a letter's body.
type Block struct {
	Kind  BlockKind
	Text  string     // of a paragraph, heading or note; line feeds begin new paragraphs
	Items []string   // of a list
	Rows  [][]string // of a table
}

const (
	sealText  = "（印章）"
	draftText = "草稿"
)

// role is what a line of the flattened letter is; it decides the typography.
type role uint8

const (
	roleIssuer role = iota
	roleNumber
	roleTitle
	roleTo
	roleBody
	roleHeading
	roleNote
	roleTable
	roleSign // right-aligned: signer, seal, date
)

// piece is one paragraph or table of the letter, in printing order. Both
// formats print the same pieces; that is why they have the same text.
type piece struct {
	role role
	text string
	rows [][]string
}

func (l Letter) pieces() []piece {
	var out []piece
	add := func(r role, text string) {
		for part := range strings.SplitSeq(cleanXML(text), "\n") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, piece{role: r, text: part})
			}
		}
	}
	add(roleIssuer, l.Issuer)
	add(roleNumber, l.Number)
	add(roleTitle, l.Title)
	if l.To != "" {
		add(roleTo, l.To+"：")
	}
	for _, b := range l.Blocks {
		out = append(out, b.pieces()...)
	}
	add(roleSign, l.Signer)
	if l.Seal {
		add(roleSign, sealText)
	}
	add(roleSign, l.Date)
	return out
}

func (b Block) pieces() []piece {
	var out []piece
	switch b.Kind {
	case Grid:
		return []piece{{role: roleTable, rows: cleanRows(b.Rows)}}
	case List:
		for i, item := range b.Items {
			out = append(out, piece{role: roleBody, text: itoa(i+1) + ". " + strings.Join(strings.Fields(cleanXML(item)), " ")})
		}
		return out
	}
	r := map[BlockKind]role{Paragraph: roleBody, Heading: roleHeading, SmallNote: roleNote}[b.Kind]
	for part := range strings.SplitSeq(cleanXML(b.Text), "\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, piece{role: r, text: part})
		}
	}
	return out
}

// cleanRows makes rows of equal width.
func cleanRows(rows [][]string) [][]string {
	width := 0
	for _, r := range rows {
		width = max(width, len(r))
	}
	out := make([][]string, len(rows))
	for i, r := range rows {
		out[i] = make([]string, width)
		for j, c := range r {
			out[i][j] = strings.TrimSpace(cleanXML(c))
		}
	}
	return out
}

// Text returns the letter as plain text, one paragraph or table cell a line, in
// the order in which both formats print it.
func (l Letter) Text() string {
	var b strings.Builder
	for _, p := range l.pieces() {
		if p.role != roleTable {
			b.WriteString(p.text + "\n")
			continue
		}
		for _, row := range p.rows {
			for _, cell := range row {
				b.WriteString(cell + "\n")
			}
		}
	}
	return b.String()
}
