package ledger

import (
	"cmp"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"xiaobao/internal/fault"
)

// Checkpoint vouches for the first Size events of an installation. It is kept
// outside of it (printed, mailed, on other media) to be compared later.
type Checkpoint struct {
	Origin string // "xiaobao/<installation id>"
	Size   int64
	Root   Hash
	At     time.Time // UTC, whole seconds
}

// Signer signs checkpoints with Ed25519. It is a note.Signer.
type Signer struct {
	name string
	hash uint32
	key  ed25519.PrivateKey
	pub  string
}

var installationID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// Origin is the first line of an installation's checkpoints and the name of
// its key.
func Origin(installation string) string { return "xiaobao/" + installation }

// NewSigner makes the signer of an installation from a secret seed. The id is
// of letters, digits, dot, underscore and hyphen, at most 64.
func NewSigner(installation string, seed [32]byte) (*Signer, error) {
	if !installationID.MatchString(installation) {
		return nil, fault.New(fault.Invalid, "安装编号“%s”不能用：只能由字母、数字、点、下划线和连字符组成，最多 64 个字符。", installation)
	}
	key := ed25519.NewKeyFromSeed(seed[:])
	pub, err := note.NewEd25519VerifierKey(Origin(installation), key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(pub)
	if err != nil {
		return nil, err
	}
	return &Signer{name: verifier.Name(), hash: verifier.KeyHash(), key: key, pub: pub}, nil
}

// Name is the key's name: the origin of the checkpoints it signs.
func (s *Signer) Name() string { return s.name }

// KeyHash identifies the key beside its name.
func (s *Signer) KeyHash() uint32 { return s.hash }

// Sign signs msg.
func (s *Signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// PublicKey is the line that a verifier needs: "name+hash+key". It is no secret.
func (s *Signer) PublicKey() string { return s.pub }

// SignCheckpoint returns the signed note of the first size events: origin,
// size, root and time, one line each, then the signature.
func (s *Signer) SignCheckpoint(size int64, root Hash, at time.Time) ([]byte, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", s.name, size,
		base64.StdEncoding.EncodeToString(root[:]), at.UTC().Format(time.RFC3339))
	return note.Sign(&note.Note{Text: text}, s)
}

// VerifyCheckpoint reads a signed checkpoint and checks its signature with the
// installation's public key. The error says what is wrong with the file.
func VerifyCheckpoint(msg []byte, publicKey string) (Checkpoint, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(publicKey))
	if err != nil {
		return Checkpoint{}, fault.Wrap(fault.Invalid, err, "公钥不能读取：请使用导出检查点时一并给出的那一行。")
	}
	n, err := note.Open(msg, note.VerifierList(verifier))
	if unsigned := (*note.UnverifiedNoteError)(nil); errors.As(err, &unsigned) {
		return Checkpoint{}, fault.Wrap(fault.Invalid, err, "检查点不是用这把公钥对应的密钥签署的：请核对公钥与安装编号。")
	}
	if err != nil {
		return Checkpoint{}, fault.Wrap(fault.Invalid, err, "检查点的格式或签名不对，文件可能被改动过：请换用另外保存的一份。")
	}
	cp, err := ParseCheckpoint(n.Text)
	if err == nil && cp.Origin != verifier.Name() {
		err = fault.New(fault.Invalid, "检查点属于“%s”，公钥属于“%s”：请使用同一安装的检查点与公钥。", cp.Origin, verifier.Name())
	}
	return cp, err
}

// ParseCheckpoint reads the text of a checkpoint without its signature. Lines
// after the fourth are ignored.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 5 || !strings.HasPrefix(lines[0], "xiaobao/") {
		return Checkpoint{}, fault.New(fault.Invalid, "检查点的内容不全：应依次为来源、条数、根摘要、时间四行。")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fault.New(fault.Invalid, "检查点第 2 行应为条数。")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return Checkpoint{}, fault.New(fault.Invalid, "检查点第 3 行应为根摘要。")
	}
	at, err := time.Parse(time.RFC3339, lines[3])
	if err != nil {
		return Checkpoint{}, fault.New(fault.Invalid, "检查点第 4 行应为时间。")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root), At: at.UTC()}, nil
}

// VerifyCheckpoints walks the hashes of all events in order of Seq and compares
// the tree with every checkpoint on the way. It returns how many events there
// are and the first damage as a *Damage: events missing at the end (Truncated),
// or other events than those vouched for (WrongRoot). Another error is one that
// the sequence gave.
func VerifyCheckpoints(checkpoints []Checkpoint, events iter.Seq2[[32]byte, error]) (int64, error) {
	todo := slices.SortedFunc(slices.Values(checkpoints), func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	var tree Frontier
	var damage error
	reached := func() {
		for len(todo) > 0 && todo[0].Size == tree.Size() {
			if damage == nil && todo[0].Root != tree.Root() {
				damage = todo[0].damage(WrongRoot, "前 %d 条记录与 %s 的检查点不符", todo[0].Size)
			}
			todo = todo[1:]
		}
	}
	reached()
	for event, err := range events {
		if err != nil {
			return tree.Size(), err
		}
		tree.Add(event)
		reached()
	}
	if damage == nil && len(todo) > 0 {
		damage = todo[0].damage(Truncated, "只剩 %d 条记录，少于 %s 的检查点所证明的条数", tree.Size())
	}
	return tree.Size(), damage
}

func (c Checkpoint) damage(kind DamageKind, format string, n int64) *Damage {
	return &Damage{Kind: kind, Seq: n, Text: fmt.Sprintf(format, n, c.At.Format(time.RFC3339))}
}
