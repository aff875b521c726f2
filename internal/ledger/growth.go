package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"xiaobao/internal/fault"
)

// growthFormat is the first line of a growth file.
const growthFormat = "xiaobao growth/1"

// Growth is the proof that the tree of Old events is the beginning of the tree of
// New events of an installation. Kept beside the two checkpoints it shows without
// any data that nothing they vouch for was changed in between.
type Growth struct {
	Origin   string
	Old, New int64
	Proof    Proof
}

// Text is the proof as a file: format, origin, both sizes, then one hash a line.
func (g Growth) Text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%d\n%d\n", growthFormat, g.Origin, g.Old, g.New)
	for _, h := range g.Proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	return []byte(b.String())
}

// IsGrowth reports whether a file says that it is a growth file.
func IsGrowth(b []byte) bool { return strings.HasPrefix(string(b), growthFormat+"\n") }

// ParseGrowth reads what Text wrote.
func ParseGrowth(b []byte) (Growth, error) {
	bad := func(line int) (Growth, error) {
		return Growth{}, fault.New(fault.Invalid, "增长证明第 %d 行不对：文件被改动过，请换用另外保存的一份。", line)
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(lines) < 4 || lines[0] != growthFormat {
		return bad(1)
	}
	g := Growth{Origin: lines[1]}
	var err error
	if g.Old, err = strconv.ParseInt(lines[2], 10, 64); err != nil || g.Old < 0 {
		return bad(3)
	}
	if g.New, err = strconv.ParseInt(lines[3], 10, 64); err != nil || g.New < g.Old {
		return bad(4)
	}
	for i, line := range lines[4:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != len(Hash{}) {
			return bad(5 + i)
		}
		g.Proof = append(g.Proof, Hash(h))
	}
	return g, nil
}

// Check checks the proof against the two checkpoints. The error says what does not agree.
func (g Growth) Check(older, newer Checkpoint) error {
	switch {
	case older.Origin != newer.Origin:
		return fault.New(fault.Conflict, "两个检查点属于不同的系统：%s 与 %s。", older.Origin, newer.Origin)
	case older.Size != g.Old || newer.Size != g.New || g.Origin != older.Origin:
		return fault.New(fault.Invalid, "增长证明不是这两个检查点的：它从 %d 条到 %d 条。", g.Old, g.New)
	case older.Size == newer.Size && older.Root != newer.Root:
		return fault.New(fault.Conflict, "两个检查点都是 %d 条，根摘要却不同：有记录被改动过。", older.Size)
	case older.Size == newer.Size || older.Size == 0:
		return nil
	}
	if err := CheckGrowth(g.Proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fault.Wrap(fault.Conflict, err, "%d 条的检查点不是 %d 条的检查点的开头：其间有已证明的记录被改动、删除或调换。", older.Size, newer.Size)
	}
	return nil
}
