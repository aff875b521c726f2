package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"xiaobao/internal/ledger"
)

const (
	hashesPerPack = 256  // rows of 8 KB: one append rewrites the last, a proof reads a few
	seqsPerPack   = 1024 // rows of 8 KB
	readHashes    = `SELECT hashes FROM tree_hash WHERE pack = ?`
	readLeaves    = `SELECT seqs FROM leaf WHERE pack = ?`
)

// packs reads an array of small items that lies packed in rows, and plans how to
// extend it.
type packs struct {
	r     scanner
	q     string // reads one row
	width int64  // items a row
	item  int    // bytes an item
	cache map[int64][]byte
}

// row returns a whole row; empty when it does not exist.
func (p *packs) row(pack int64) ([]byte, error) {
	if b, ok := p.cache[pack]; ok {
		return b, nil
	}
	var b []byte
	err := p.r.Scan(p.q, []any{pack}, &b)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if p.cache == nil {
		p.cache = make(map[int64][]byte)
	}
	p.cache[pack] = b
	return b, nil
}

// hashes is a ledger.ReadHashes.
func (p *packs) hashes(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	for i, x := range indexes {
		b, err := p.row(x / p.width)
		if err != nil {
			return nil, err
		}
		at := int(x%p.width) * p.item
		if at+p.item > len(b) {
			return nil, fmt.Errorf("storage: tree hash %d is missing", x)
		}
		out[i] = ledger.Hash(b[at:])
	}
	return out, nil
}

// extend returns the rows that change when items are put at index size.
func (p *packs) extend(size int64, items []byte) (map[int64][]byte, error) {
	out := map[int64][]byte{}
	for pack := size / p.width; len(items) > 0; pack++ {
		old, err := p.row(pack)
		if err != nil {
			return nil, err
		}
		have := max(0, size-pack*p.width) * int64(p.item)
		if int64(len(old)) < have {
			return nil, fmt.Errorf("storage: pack %d is shorter than the tree", pack)
		}
		n := min(len(items), int(p.width)*p.item-int(have))
		out[pack] = append(append(make([]byte, 0, int(have)+n), old[:have]...), items[:n]...)
		items = items[n:]
	}
	return out, nil
}

func metaInt(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

func readMetaInt(r scanner, key string) (int64, error) {
	var b []byte
	if err := r.Scan(`SELECT value FROM meta WHERE key = ?`, []any{key}, &b); err != nil {
		return 0, fmt.Errorf("storage: meta %s: %w", key, err)
	}
	return strconv.ParseInt(string(b), 10, 64)
}
