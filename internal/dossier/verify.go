package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// Report is what a check found. The file is whole when Findings is empty.
type Report struct {
	Head
	Checkpoint  ledger.Checkpoint
	Fingerprint string // of the public key, to be compared with the published one
	Trusted     bool   // the key was given from elsewhere and is the same
	Events      int    // of the case, all proven
	Sealed      int    // of them with a private part
	Opened      int    // of these, given in clear
	Originals   int    // originals and letters, each registered by an event
	Findings    []string
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) add(err error) {
	if err != nil {
		r.Findings = append(r.Findings, fault.Message(err))
	}
}

// maxText bounds the files that are read into memory: everything but originals.
const maxText = 1 << 30

// reader is a case file being checked.
type reader struct {
	r       io.ReaderAt
	entries []entry
	texts   map[string][]byte
	report  Report
}

// Verify checks a case file of the given size. publicKey is the line that the
// checker has from elsewhere; "" takes the one in the file, and then somebody who
// forged the whole file with a key of his own is found only by its fingerprint.
// A file that cannot be read far enough gives a Report with that one finding; the
// error is only of the reader.
func Verify(r io.ReaderAt, size int64, publicKey string) (Report, error) {
	entries, err := readZip(r, size)
	v := &reader{r: r, entries: entries, texts: map[string][]byte{}}
	if err == nil {
		err = v.check(publicKey)
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		v.report.add(err)
		err = nil
	}
	return v.report, err
}

// check goes from what vouches for all the rest, the signed manifest, to the events.
func (v *reader) check(publicKey string) error {
	if len(v.entries) == 0 || v.entries[0].name != ManifestName {
		return torn("没有清单")
	}
	for _, name := range append([]string{ManifestName}, required...) {
		if err := v.load(name); err != nil {
			return err
		}
	}
	inside := string(v.texts[KeyName])
	v.report.Fingerprint = Fingerprint(inside)
	if publicKey = strings.TrimSpace(publicKey); publicKey != "" {
		if v.report.Trusted = publicKey == strings.TrimSpace(inside); !v.report.Trusted {
			v.report.add(fault.New(fault.Invalid, "案卷里的公钥不是您给出的那一把：案卷不是那家机构的系统出具的。"))
			inside = publicKey
		}
	}
	text, err := openNote(v.texts[ManifestName], inside)
	if err != nil {
		return err
	}
	m, err := parseManifest(text)
	if err != nil {
		return err
	}
	v.report.Head = m.Head
	if err := v.files(m); err != nil {
		return err
	}
	return v.ledger(m, inside)
}

// load reads a small file whole.
func (v *reader) load(name string) error {
	i := slices.IndexFunc(v.entries, func(e entry) bool { return e.name == name })
	if i < 0 {
		return fault.New(fault.Invalid, "案卷里缺少 %s。", name)
	}
	e := v.entries[i]
	if e.size > maxText {
		return fault.New(fault.TooLarge, "案卷里的 %s 过大，不能读取。", name)
	}
	b := make([]byte, e.size)
	if _, err := v.r.ReadAt(b, e.start()); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	v.texts[name] = b
	return nil
}

// files compares what is there with the manifest.
func (v *reader) files(m manifest) error {
	if len(m.files) != len(v.entries)-1 {
		return fault.New(fault.Invalid, "案卷里有 %d 个文件，清单上是 %d 个：有文件被增加或取走。", len(v.entries)-1, len(m.files))
	}
	for i, want := range m.files {
		e := v.entries[i+1]
		if e.name != want.name {
			v.report.add(fault.New(fault.Invalid, "清单第 %d 个文件应为“%s”，案卷里是“%s”。", i+1, want.name, e.name))
			continue
		}
		sum, crc := sha256.New(), crc32.NewIEEE()
		if _, err := io.Copy(io.MultiWriter(sum, crc), io.NewSectionReader(v.r, e.start(), e.size)); err != nil {
			return err
		}
		if e.size != want.size || [32]byte(sum.Sum(nil)) != want.sum || crc.Sum32() != e.crc {
			v.report.add(fault.New(fault.Invalid, "文件“%s”的内容与清单不符：被改动过。", e.name))
		}
	}
	manifestEntry := v.entries[0]
	if crc32.ChecksumIEEE(v.texts[ManifestName]) != manifestEntry.crc {
		v.report.add(torn("校验值"))
	}
	return nil
}

// ledger checks checkpoint, chain and proofs, and what the events say of the files.
func (v *reader) ledger(m manifest, publicKey string) error {
	checkpoint, err := ledger.VerifyCheckpoint(v.texts[CheckpointName], publicKey)
	if err != nil {
		return err
	}
	v.report.Checkpoint = checkpoint
	if checkpoint.Origin != m.Origin || checkpoint.Size != m.Size {
		v.report.add(fault.New(fault.Invalid, "检查点不是清单所说的那一个。"))
	}
	records, err := readRecords(v.texts[EventsName])
	if err != nil {
		return err
	}
	v.report.Events = len(records)
	for _, found := range checkRecords(records, checkpoint, m.Stream) {
		v.report.add(found)
	}
	v.registered(records)
	return v.opened(m, records)
}

// checkRecords walks the chain of the case and checks each event's place in the tree.
func checkRecords(records []Record, checkpoint ledger.Checkpoint, stream string) (found []error) {
	if len(records) == 0 {
		return []error{fault.New(fault.Invalid, "案卷里没有记录。")}
	}
	events := make([]ledger.Event, len(records))
	for i, r := range records {
		events[i] = r.Event
		if r.Stream != stream {
			found = append(found, fault.New(fault.Invalid, "第 %d 条记录不属于这件投诉。", i+1))
		}
		if err := ledger.CheckEvent(r.Proof, checkpoint.Size, checkpoint.Root, r.Leaf, r.Hash); err != nil {
			found = append(found, fault.Wrap(fault.Invalid, err, "第 %d 条记录不在检查点所证明的总账里。", i+1))
		}
	}
	if err := ledger.VerifyStream(events); err != nil {
		found = append(found, fault.Wrap(fault.Invalid, err, "%s", err.Error()))
	}
	return found
}

// registered looks for the event that registered each original and letter.
func (v *reader) registered(records []Record) {
	for _, e := range v.entries {
		if !strings.HasPrefix(e.name, Originals) && !strings.HasPrefix(e.name, Letters) {
			continue
		}
		v.report.Originals++
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(v.r, e.start(), e.size)); err != nil {
			v.report.add(fault.Wrap(fault.Invalid, err, "文件“%s”不能读取。", e.name))
			continue
		}
		quoted := `"` + hex.EncodeToString(sum.Sum(nil)) + `"`
		if !slices.ContainsFunc(records, func(r Record) bool { return strings.Contains(string(r.Body), quoted) }) {
			v.report.add(fault.New(fault.Invalid, "文件“%s”没有登记在这件投诉的记录里。", e.name))
		}
	}
}

// opened checks that each opened part belongs to an event that has one.
func (v *reader) opened(m manifest, records []Record) error {
	sums := map[int64]string{}
	for _, r := range records {
		if r.SealedSum != [32]byte{} {
			sums[r.Version] = hex.EncodeToString(r.SealedSum[:])
		}
	}
	v.report.Sealed = len(sums)
	if m.Variant == Masked {
		return nil
	}
	if err := v.load(OpenedName); err != nil {
		return err
	}
	parts, err := readOpened(v.texts[OpenedName])
	if err != nil {
		return err
	}
	v.report.Opened = len(parts)
	for _, p := range parts {
		if sums[p.Version] != p.SealedSum || p.SealedSum == "" {
			v.report.add(fault.New(fault.Invalid, "%s 里第 %d 条记录的密封部分与记录不符。", OpenedName, p.Version))
		}
	}
	return nil
}

func readOpened(b []byte) (parts []Opened, err error) {
	if err := json.Unmarshal(b, &parts); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "%s 不能读取：案卷被改动过。", OpenedName)
	}
	return parts, nil
}

// Fingerprint is the SHA-256 of a public key's line in groups for reading aloud.
func Fingerprint(publicKey string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(publicKey)))
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = fmt.Sprintf("%x", sum[i*2:i*2+2])
	}
	return strings.Join(groups, " ")
}

// OpenedOf returns the opened parts and the stream of a case file that verified,
// for an installation to compare with what it opens itself.
func OpenedOf(r io.ReaderAt, size int64) (stream string, parts []Opened, err error) {
	report, err := Verify(r, size, "")
	if err != nil || !report.OK() || report.Variant == Masked {
		return report.Stream, nil, err
	}
	entries, err := readZip(r, size)
	if err != nil {
		return "", nil, err
	}
	v := &reader{r: r, entries: entries, texts: map[string][]byte{}}
	if err := v.load(OpenedName); err != nil {
		return "", nil, err
	}
	parts, err = readOpened(v.texts[OpenedName])
	return report.Stream, parts, err
}
