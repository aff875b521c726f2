// Package fonts holds the typeface that letters are set in: Noto Serif SC
// (SIL Open Font License 1.1), TrueType outlines, Chinese and Latin in one file.
//
// The files are not in the repository. internal/document/fonts/fetch.sh takes
// them from npm (package-lock.json pins version and digest); "make" runs it.
package fonts

import (
	_ "embed"
	"sync"
)

//go:embed dist/NotoSerifSC-Regular.ttf
var regular []byte // file missing at build? run internal/document/fonts/fetch.sh (needs npm)

//go:embed dist/NotoSerifSC-Bold.ttf
var bold []byte // file missing at build? run internal/document/fonts/fetch.sh (needs npm)

// Regular returns the text face as a TrueType file. Callers must not change it.
func Regular() []byte { return regular }

// Bold returns the face of titles and headings. Callers must not change it.
func Bold() []byte { return bold }

// The faces, to take parts of.
var (
	RegularFace = sync.OnceValues(func() (*Face, error) { return NewFace(regular) })
	BoldFace    = sync.OnceValues(func() (*Face, error) { return NewFace(bold) })
)
