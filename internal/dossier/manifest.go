package dossier

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"xiaobao/internal/fault"
)

// format is the first line of every manifest. It is no origin, so that a signed
// manifest can never be taken for a checkpoint signed with the same key.
const format = "xiaobao case file/1"

// Variants of a case file.
const (
	Clear  = "clear"  // with personal data, originals and letters
	Masked = "masked" // without
)

// Head says what a case file is about.
type Head struct {
	Origin  string // of the checkpoint: "xiaobao/<installation>"
	Stream  string // of the case, such as "complaint/12"
	Number  string // of the case
	Variant string // Clear or Masked
	At      time.Time
	By      string // who exported it: id and name
	Size    int64  // of the checkpoint
}

// listed is a file as the manifest knows it.
type listed struct {
	sum  [32]byte
	size int64
	name string
}

// manifest is the text that is signed.
type manifest struct {
	Head
	files []listed
}

func (m manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%d\n\n", format, m.Origin, m.Stream, m.Number, m.Variant, m.At.UTC().Format(time.RFC3339), m.By, m.Size)
	for _, f := range m.files {
		fmt.Fprintf(&b, "%x %d %s\n", f.sum, f.size, f.name)
	}
	return b.String()
}

const headLines = 9

func badManifest(what string) error {
	return fault.New(fault.Invalid, "清单 %s 的%s不对：案卷被改动过，或由不兼容的版本导出。", ManifestName, what)
}

// parseManifest reads the text; the files are as in the ZIP, in that order.
func parseManifest(text string) (m manifest, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < headLines || lines[0] != format || lines[headLines-1] != "" {
		return m, badManifest("格式")
	}
	m.Head = Head{Origin: lines[1], Stream: lines[2], Number: lines[3], Variant: lines[4], By: lines[6]}
	if m.At, err = time.Parse(time.RFC3339, lines[5]); err != nil {
		return m, badManifest("时间")
	}
	if m.Size, err = strconv.ParseInt(lines[7], 10, 64); err != nil {
		return m, badManifest("检查点")
	}
	for _, line := range lines[headLines:] {
		f, ok := parseListed(line)
		if !ok {
			return m, badManifest("文件列表")
		}
		m.files = append(m.files, f)
	}
	if m.text() != text || m.Variant != Clear && m.Variant != Masked {
		return m, badManifest("格式")
	}
	return m, nil
}

func parseListed(line string) (f listed, ok bool) {
	sum, rest, _ := strings.Cut(line, " ")
	size, name, ok := strings.Cut(rest, " ")
	b, err := hex.DecodeString(sum)
	if err != nil || !ok || len(b) != len(f.sum) || !validName(name) {
		return f, false
	}
	copy(f.sum[:], b)
	f.name = name
	f.size, err = strconv.ParseInt(size, 10, 64)
	return f, err == nil && f.size >= 0
}

// openNote checks a signed text against a public key. A signature has more than
// one spelling in base64; only the one that signing gives is taken.
func openNote(msg []byte, publicKey string) (string, error) {
	verifier, err := note.NewVerifier(strings.TrimSuffix(publicKey, "\n"))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "公钥 %s 不能读取：文件被改动过。", KeyName)
	}
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "清单的签名不对：案卷被改动过，或不是用这把公钥对应的密钥签署的。")
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return "", badManifest("签名")
	}
	strict, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs})
	if err != nil || string(strict) != string(msg) || !canonical(n.Sigs[0].Base64) {
		return "", badManifest("签名")
	}
	return n.Text, nil
}

// canonical reports whether base64 text is the one spelling of what it encodes.
func canonical(text string) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	return err == nil && base64.StdEncoding.EncodeToString(b) == text
}

// line makes a text fit for one line of the manifest.
func line(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "?"), func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 }), " ")
}
