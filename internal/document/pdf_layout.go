package document

import "strings"

// A4 and the type area, in points. The margins are those of DOCX: 29, 28, 26
// and 27 mm (after GB/T 9704, a little tighter, for a letter).
const (
	pageWidth   = 595.28
	pageHeight  = 841.89
	marginLeft  = 79.4
	marginRight = 73.7
	marginTop   = 82.2
	bodyBottom  = pageHeight - 80
	measure     = pageWidth - marginLeft - marginRight
)

// face is a typeface of the PDF.
type face string

const (
	faceText face = "text"
	faceBold face = "bold"
)

// setting is how a role is set: sizes in points, indents in characters.
type setting struct {
	face           face
	size, leading  float64
	before, after  float64
	indent         float64 // of the first line, in characters
	align          align
	red, keepNext  bool
	rule           bool // a red line below
	rightCharacter float64
}

type align uint8

const (
	justified align = iota
	centred
	right
	left
)

var settings = map[role]setting{
	roleIssuer:  {face: faceBold, size: 20, leading: 30, after: 18, align: centred, red: true, rule: true, keepNext: true},
	roleNumber:  {face: faceText, size: 12, leading: 20, align: right, keepNext: true},
	roleTitle:   {face: faceBold, size: 22, leading: 32, before: 12, after: 16, align: centred, keepNext: true},
	roleTo:      {face: faceText, size: 14, leading: 25, align: left, keepNext: true},
	roleBody:    {face: faceText, size: 14, leading: 25, indent: 2},
	roleHeading: {face: faceBold, size: 14, leading: 25, before: 4, indent: 2, keepNext: true},
	roleNote:    {face: faceText, size: 12, leading: 18, indent: 2},
	roleSign:    {face: faceText, size: 14, leading: 25, align: right, keepNext: true, rightCharacter: 2},
}

const (
	cellSize, cellLeading, cellPad = 11.0, 17.0, 5.0
	maxRowLines                    = 30 // of a table row on one page; a taller row goes on as another
	signGap                        = 25.0
)

// run is a text at a place in its box; spacing is added between characters.
type run struct {
	text    string
	x, y    float64 // y is the base line, from the top of the box
	size    float64
	spacing float64
	face    face
	red     bool
}

// ruleLine is a straight line in a box.
type ruleLine struct {
	x1, y1, x2, y2 float64
	red            bool
}

// box is what is never broken over pages: a line of text or a table row.
type box struct {
	height   float64
	runs     []run
	rules    []ruleLine
	keepNext bool // the next box stands on the same page
	gap      bool // only space: falls away at the top of a page
	header   *box // of the table the row belongs to: repeated on a new page
}

// setter turns a letter into boxes; width gives a character's width at size 1.
type setter struct {
	width func(face, rune) float64
	boxes []box
}

func (s *setter) letter(l Letter) []box {
	pieces := l.pieces()
	for i, p := range pieces {
		if p.role == roleTable {
			s.table(p.rows)
			continue
		}
		if p.role == roleSign && i > 0 && pieces[i-1].role != roleSign {
			s.boxes = append(s.boxes, box{height: signGap, gap: true, keepNext: true})
		}
		s.paragraph(p, i+1 < len(pieces) && pieces[i+1].role == roleSign)
	}
	return s.boxes
}

// paragraph sets a piece of text. Two lines at least stay together at either
// end; before a signature the last two stay with it.
func (s *setter) paragraph(p piece, beforeSign bool) {
	st := settings[p.role]
	width := func(r rune) float64 { return s.width(st.face, r) * st.size }
	room := measure - st.rightCharacter*st.size
	lines := breakLines(p.text, room, st.indent*st.size, width)
	if st.before > 0 {
		s.boxes = append(s.boxes, box{height: st.before, gap: true, keepNext: true})
	}
	for i, line := range lines {
		b := box{height: st.leading, keepNext: st.keepNext || i == 0 && len(lines) > 1 || i == len(lines)-2}
		if beforeSign && i >= len(lines)-2 {
			b.keepNext = true
		}
		b.runs = []run{s.place(line, st, i == 0, room)}
		if st.rule && line.last {
			b.height += 8
			b.rules = []ruleLine{{0, b.height, measure, b.height, true}}
		}
		s.boxes = append(s.boxes, b)
	}
	if st.after > 0 {
		s.boxes = append(s.boxes, box{height: st.after, gap: true, keepNext: st.keepNext})
	}
}

// place positions a line. Justified lines are stretched between characters, by
// at most a sixth of the size, and squeezed where a mark hangs over.
func (s *setter) place(line textLine, st setting, first bool, room float64) run {
	r := run{text: line.text, y: st.leading/2 + st.size*0.36, size: st.size, face: st.face, red: st.red}
	if first {
		r.x = st.indent * st.size
	}
	slack := room - r.x - line.width
	switch st.align {
	case centred:
		r.x += slack / 2
	case right:
		r.x += slack
	case justified:
		gaps := float64(len([]rune(line.text)) - 1)
		if gaps > 0 && (!line.last || slack < 0) {
			r.spacing = min(slack/gaps, st.size/6)
		}
	}
	return r
}

// table sets a table: the header row bold and repeated, no row broken unless it
// is taller than a page.
func (s *setter) table(rows [][]string) {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return
	}
	shares := columnShares(rows)
	s.boxes = append(s.boxes, box{height: 6, gap: true, keepNext: true})
	var header *box
	for i, row := range rows {
		for _, b := range s.tableRow(row, shares, i == 0) {
			b.header = header
			b.keepNext = b.keepNext || i == 0 && len(rows) > 1
			s.boxes = append(s.boxes, b)
		}
		if i == 0 {
			head := s.boxes[len(s.boxes)-1]
			header = &head
		}
	}
	s.boxes = append(s.boxes, box{height: 8, gap: true})
}

// tableRow sets a row as one box, or several when it is too tall for a page.
func (s *setter) tableRow(row []string, shares []float64, head bool) []box {
	f, limit := faceText, maxRowLines
	if head {
		f, limit = faceBold, 1<<30
	}
	width := func(r rune) float64 { return s.width(f, r) * cellSize }
	columns, tallest := make([][]textLine, len(row)), 1
	for j, cell := range row {
		for part := range strings.SplitSeq(cell, "\n") {
			columns[j] = append(columns[j], breakLines(part, measure*shares[j]-2*cellPad, 0, width)...)
		}
		tallest = max(tallest, len(columns[j]))
	}
	var boxes []box
	for from := 0; from < tallest; from += limit {
		boxes = append(boxes, rowBox(columns, shares, from, min(from+limit, tallest), f))
	}
	return boxes
}

// rowBox draws lines [from, to) of a row's cells with their borders.
func rowBox(columns [][]textLine, shares []float64, from, to int, f face) box {
	b := box{height: float64(to-from)*cellLeading + 2*cellPad}
	x := 0.0
	for j, lines := range columns {
		w := measure * shares[j]
		for i := from; i < min(to, len(lines)); i++ {
			r := run{text: lines[i].text, x: x + cellPad, y: cellPad + float64(i-from)*cellLeading + cellLeading/2 + cellSize*0.36, size: cellSize, face: f}
			if f == faceBold {
				r.x = x + (w-lines[i].width)/2
			}
			b.runs = append(b.runs, r)
		}
		b.rules = append(b.rules, ruleLine{x1: x, y1: 0, x2: x, y2: b.height}, ruleLine{x1: x, y1: 0, x2: x + w, y2: 0}, ruleLine{x1: x, y1: b.height, x2: x + w, y2: b.height})
		x += w
	}
	b.rules = append(b.rules, ruleLine{x1: x, y1: 0, x2: x, y2: b.height})
	return b
}

// placed is a box on its page.
type placed struct {
	box
	y float64
}

// paginate puts boxes on pages. Chains of boxes that keep together move to the
// next page as a whole, unless they are taller than a page.
func paginate(boxes []box) [][]placed {
	pages := [][]placed{nil}
	y := marginTop
	for i := 0; i < len(boxes); i++ {
		b := boxes[i]
		page := len(pages) - 1
		if y+chainHeight(boxes[i:]) > bodyBottom && len(pages[page]) > 0 && !midChain(boxes, i) || y+b.height > bodyBottom {
			pages = append(pages, nil)
			page, y = page+1, marginTop
			if b.header != nil {
				pages[page] = append(pages[page], placed{*b.header, y})
				y += b.header.height
			}
		}
		if b.gap && len(pages[page]) == 0 && page > 0 {
			continue
		}
		pages[page] = append(pages[page], placed{b, y})
		y += b.height
	}
	return pages
}

// midChain is whether the box before i is tied to box i: then the place of i was
// decided with it.
func midChain(boxes []box, i int) bool { return i > 0 && boxes[i-1].keepNext }

// chainHeight is the height of the chain that begins with the first box; more
// than a page counts as the first box alone.
func chainHeight(boxes []box) float64 {
	h := 0.0
	for _, b := range boxes {
		h += b.height
		if !b.keepNext {
			break
		}
		if h > bodyBottom-marginTop {
			return boxes[0].height
		}
	}
	return h
}
