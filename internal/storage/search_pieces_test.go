package storage

import "testing"

// Pieces cover a run once, newest first, each within one part, however long the run is:
// ten million documents are 153 parts.
func TestPiecesCoverTheRun(t *testing.T) {
	for _, r := range []partRun{{0, 0}, {31, 0}, {100, 0}, {31 * partBlocks, 0}, {153*partBlocks - 1, 0}, {5000*partBlocks + 7, 17 * partBlocks}} {
		next := r.top
		for i, p := range r.pieces() {
			if p.top != next || p.bottom > p.top || p.top/partBlocks != p.bottom/partBlocks {
				t.Fatalf("%v: piece %d is %v, after %d", r, i, p, next)
			}
			next = p.bottom - 1
		}
		if next != r.bottom-1 {
			t.Errorf("%v ends at %d", r, next)
		}
	}
}
