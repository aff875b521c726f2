package storage

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// checkpoints gathers those of the database and those given, checks the
// signatures, and sorts them by size.
func (v *verifier) checkpoints() error {
	notes := slices.Clone(v.o.Checkpoints)
	rows, err := v.tx.Query(`SELECT note FROM checkpoint ORDER BY size`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return err
		}
		notes = append(notes, b)
	}
	for i, b := range notes {
		c, err := ledger.VerifyCheckpoint(b, v.tx.s.PublicKey())
		if err != nil {
			where := fmt.Sprintf("给出的第 %d 个检查点", i+1)
			if i >= len(v.o.Checkpoints) {
				where = fmt.Sprintf("库中的第 %d 个检查点", i-len(v.o.Checkpoints)+1)
			}
			v.r.add(&ledger.Damage{Kind: BadCheckpoint, Text: where + "不能用：" + fault.Message(err)})
			continue
		}
		v.todo = append(v.todo, c)
	}
	slices.SortFunc(v.todo, func(a, b ledger.Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	v.r.Checkpoints = len(v.todo)
	return rows.Err()
}

// treeWalk computes the tree from the events and compares it with what is stored.
type treeWalk struct {
	*verifier
	stored   *packs
	frontier ledger.Frontier
	broken   bool // leaves are missing: no root can be computed from here on
	met      []met
	lost     int64 // the first leaf whose event is gone; one more than any for none
}

// met is a checkpoint of the size that the walk had come to.
type met struct {
	ledger.Checkpoint
	same bool // its root is that of the events
}

// tree walks the leaves in order.
func (v *verifier) tree() error {
	size, err := readMetaInt(v.tx, "tree_size")
	if err != nil {
		return err
	}
	if err := v.tx.Scan(`SELECT count(*) FROM unsequenced`, nil, &v.r.Unsequenced); err != nil {
		return err
	}
	t := treeWalk{verifier: v, stored: &packs{r: v.tx, q: readHashes, width: hashesPerPack, item: 32}, lost: size}
	t.reached()
	for pack := int64(0); pack*seqsPerPack < size; pack++ {
		if err := t.pack(pack, size); err != nil {
			return err
		}
		t.progress(VerifyTree, min((pack+1)*seqsPerPack, size), size)
	}
	if err := t.compareArchive(size); err != nil {
		return err
	}
	t.finish(size)
	if v.r.Events != v.r.Leaves+v.r.Unsequenced {
		return v.strays()
	}
	return nil
}

// pack checks the leaves of one row against the events that they stand for.
func (t *treeWalk) pack(pack, size int64) error {
	seqs, events, err := t.leaves(pack)
	if err != nil {
		return err
	}
	if want := min(seqsPerPack, size-pack*seqsPerPack); int64(len(seqs)) != want {
		t.r.add(&ledger.Damage{Kind: TreeChanged, Text: fmt.Sprintf("第 %d 号位置起的次序表长度不对，应有 %d 条", pack*seqsPerPack, want)})
		t.broken = true
	}
	for i, seq := range seqs {
		hash, ok := events[seq]
		t.leaf(pack*seqsPerPack+int64(i), seq, hash, ok)
	}
	return nil
}

// leaves reads one row of leaves: the numbers of the events on them, and the hashes of
// those events that are not in the archive.
func (t *treeWalk) leaves(pack int64) (seqs []int64, events map[int64][32]byte, err error) {
	b, err := (&packs{r: t.tx, q: readLeaves, width: seqsPerPack, item: 8}).row(pack)
	for ; len(b) >= 8; b = b[8:] {
		seqs = append(seqs, int64(binary.BigEndian.Uint64(b)))
	}
	if err != nil || len(seqs) == 0 {
		return seqs, nil, err
	}
	clear(t.stored.cache) // rows come in order: keep memory constant
	events, err = t.hashesOf(slices.Min(seqs), slices.Max(seqs))
	return seqs, events, err
}

func (t *treeWalk) hashesOf(from, to int64) (map[int64][32]byte, error) {
	rows, err := t.tx.Query(`SELECT seq, hash FROM event WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?`, from, to, 64*seqsPerPack)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[int64][32]byte, seqsPerPack)
	for rows.Next() {
		var seq int64
		var b []byte
		if err := rows.Scan(&seq, &b); err != nil {
			return nil, err
		}
		var h [32]byte
		copy(h[:], b)
		out[seq] = h
	}
	return out, rows.Err()
}

// leaf takes one event into the tree. One that is not outside of the archive counts
// as what is stored of it, which compareArchive compares with the packs.
func (t *treeWalk) leaf(n, seq int64, hash [32]byte, outside bool) {
	t.r.Leaves++
	leaf := ledger.Leaf(hash)
	stored, err := t.stored.hashes([]int64{ledger.LeafIndex(n)})
	switch {
	case !outside && err == nil:
		leaf = stored[0]
		t.archive.sub(seq, leaf)
	case !outside:
		t.miss(n, seq)
	case err != nil || stored[0] != leaf:
		t.r.add(&ledger.Damage{Kind: TreeChanged, Seq: seq, Text: fmt.Sprintf("总账第 %d 号位置保存的摘要与记录（序号 %d）不符", n, seq)})
	}
	if t.broken {
		return
	}
	t.frontier.AddLeaf(leaf)
	t.reached()
}

// miss notes a leaf whose event is nowhere.
func (t *treeWalk) miss(n, seq int64) {
	t.r.Leaves--
	t.lost = min(t.lost, n)
	t.r.add(&ledger.Damage{Kind: ledger.Missing, Seq: seq, Text: fmt.Sprintf("总账第 %d 号位置的记录（序号 %d）不见了", n, seq)})
}

// reached compares with the checkpoints of the size that the walk has come to.
func (t *treeWalk) reached() {
	for len(t.todo) > 0 && t.todo[0].Size == t.frontier.Size() {
		c := t.todo[0]
		t.todo = t.todo[1:]
		t.met = append(t.met, met{c, c.Root == t.frontier.Root()})
	}
}

// judge says what the checkpoints that were reached are worth. Those with a lost
// event before them prove nothing.
func (t *treeWalk) judge() {
	for _, c := range t.met {
		switch {
		case c.Size > t.lost:
			t.todo = append(t.todo, c.Checkpoint)
		case c.same:
			t.r.Vouched = max(t.r.Vouched, c.Size)
		default:
			t.r.add(&ledger.Damage{Kind: ledger.WrongRoot, Seq: c.Size,
				Text: fmt.Sprintf("前 %d 条记录与 %s 签署的检查点不符：其中有记录被改动、删除、插入或调换", c.Size, c.At.Format(time.RFC3339))})
		}
	}
}

// finish compares the whole tree and reports checkpoints that were not reached.
func (t *treeWalk) finish(size int64) {
	t.judge()
	for _, c := range t.todo {
		text := fmt.Sprintf("检查点（%s）证明应有 %d 条记录，现在总账只有 %d 条：末尾的记录被截去", c.At.Format(time.RFC3339), c.Size, size)
		kind := ledger.Truncated
		if c.Size <= size {
			text = fmt.Sprintf("检查点（%s，%d 条）无法核对：它之前有记录不见了", c.At.Format(time.RFC3339), c.Size)
			kind = ledger.WrongRoot
		}
		t.r.add(&ledger.Damage{Kind: kind, Seq: c.Size, Text: text})
	}
	if t.broken || t.lost < size {
		return
	}
	if root, err := ledger.Root(size, t.stored.hashes); err != nil || root != t.frontier.Root() {
		t.r.add(&ledger.Damage{Kind: TreeChanged, Text: "保存的总账摘要树与记录不符"})
	}
}

// strays finds the events that have no leaf though they are not new. It is only
// run when the numbers do not agree, and then keeps 8 bytes an event.
func (v *verifier) strays() error {
	known := make(map[int64]struct{})
	for pack := int64(0); ; pack++ {
		b, err := (&packs{r: v.tx, q: readLeaves, width: seqsPerPack, item: 8}).row(pack)
		if err != nil {
			return err
		}
		if len(b) == 0 {
			break
		}
		for ; len(b) >= 8; b = b[8:] {
			known[int64(binary.BigEndian.Uint64(b))] = struct{}{}
		}
	}
	rows, err := v.tx.Query(`SELECT e.seq, e.stream, e.version FROM event e WHERE e.seq NOT IN (SELECT seq FROM unsequenced) ORDER BY e.seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	before := len(v.r.Damages)
	for rows.Next() {
		d := ledger.Damage{Kind: NoLeaf, Text: "记录不在总账里：是绕过程序插入的，或总账被改动"}
		if err := rows.Scan(&d.Seq, &d.Stream, &d.Version); err != nil {
			return err
		}
		if _, ok := known[d.Seq]; !ok {
			v.r.add(&d)
		}
	}
	if len(v.r.Damages) == before && v.r.OK() {
		v.r.add(&ledger.Damage{Kind: TreeChanged, Text: fmt.Sprintf("共有 %d 条记录，总账有 %d 个位置，另有 %d 条待编号：数目不符", v.r.Events, v.r.Leaves, v.r.Unsequenced)})
	}
	return rows.Err()
}
