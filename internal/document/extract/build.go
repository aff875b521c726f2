package extract

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// builder puts a document together: the text grows in one buffer, each piece
// becomes a block.
type builder struct {
	doc  Document
	text strings.Builder
	max  int  // bytes of text
	full bool // max was reached, what follows is left out
}

func newBuilder(format string, o Options) *builder {
	return &builder{doc: Document{Format: format}, max: o.MaxText}
}

// errFull ends a reading whose text has reached its bound; Parts.Walk takes it
// for the end of the part.
var errFull = io.EOF

// add appends a text as blocks, one for each of its lines that has something to
// read. b carries kind, place and looks.
func (w *builder) add(text string, b Block) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(clean(line)); line != "" {
			w.put(line, b, true)
		}
	}
}

// extend appends a text to the line of the last block: one paragraph that goes
// on with another look or on the next line of its page.
func (w *builder) extend(text string, b Block) {
	if text = clean(text); text != "" {
		w.put(text, b, false)
	}
}

func (w *builder) put(text string, b Block, newline bool) {
	if w.full || w.text.Len()+len(text)+1 > w.max {
		if !w.full {
			w.full = true
			w.warn("文字超过 %d MB 的上限，后面的内容没有读取；请拆成几个文件分别送审。", max(w.max>>20, 1))
		}
		return
	}
	if newline && w.text.Len() > 0 {
		w.text.WriteByte('\n')
	}
	b.Start = w.text.Len()
	w.text.WriteString(text)
	b.End = w.text.Len()
	w.doc.Blocks = append(w.doc.Blocks, b)
}

func (w *builder) warn(format string, args ...any) {
	w.doc.Warnings = append(w.doc.Warnings, fmt.Sprintf(format, args...))
}

// done returns what was built.
func (w *builder) done() Document {
	w.doc.Text = w.text.String()
	return w.doc
}

// clean makes one line of text: control characters and byte order marks go, the
// many kinds of space become one.
func clean(s string) string {
	if !strings.ContainsFunc(s, unclean) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case !unclean(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, s)
}

func unclean(r rune) bool {
	return r < ' ' || r >= 0x7f && r <= 0xa0 || r == 0xad || r == 0xfeff || r == '\u2028' || r == '\u2029'
}
