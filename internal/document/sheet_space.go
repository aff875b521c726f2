package document

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/xuri/excelize/v2"
)

// spaceAfter is the bytes of a sheet from which excelize asks for a file, at each row
// anew while it gets none; around is the least that XML puts around a cell.
const (
	spaceAfter = excelize.StreamChunkSize
	around     = len(`<c r="A1" s="1"><v></v></c>`)
)

// sheetSpace is where excelize puts what it does not keep in memory of a large sheet: in
// clear, in a file with a name. The name is taken away as soon as it is there, and its
// folder exists for one row, so that a killed program leaves nothing to read.
type sheetSpace struct {
	dir    string
	bytes  int // of cells so far, rather too few
	opened bool
	done   bool
}

func newSheetSpace() *sheetSpace {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return &sheetSpace{dir: filepath.Join(os.TempDir(), "xiaobao-sheet-"+hex.EncodeToString(b[:]))}
}

// wrote counts a row. Without a place on the disk excelize goes on in memory.
func (s *sheetSpace) wrote(row []string) {
	if s.done {
		return
	}
	for _, cell := range row {
		s.bytes += len(cell) + around
	}
	if s.bytes < spaceAfter {
		return
	}
	if !s.opened {
		s.opened = os.Mkdir(s.dir, 0o700) == nil
		s.done = !s.opened
		return
	}
	files, err := os.ReadDir(s.dir)
	if err != nil || len(files) == 0 {
		return
	}
	for _, f := range files {
		_ = os.Remove(filepath.Join(s.dir, f.Name())) // elsewhere than on Unix it stays until close
	}
	s.close()
	s.done = true
}

// close takes away what has a name still.
func (s *sheetSpace) close() { _ = os.RemoveAll(s.dir) }
