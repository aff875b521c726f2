package dossier

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"hash/crc32"
	"io"
	"path"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// File is something to be put in. Open is called twice and has to give the same
// content each time.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Bytes is a File of bytes at hand.
func Bytes(name string, content []byte) File {
	return File{name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }}
}

// Case is what a case file is made of.
type Case struct {
	Head
	Paper      []byte           // the case as PDF
	Records    []Record         // all events of the case's stream, in order
	Opened     map[int64]string // opened private parts, JSON by version; nil for Masked
	Files      []File           // originals and letters, named by Place; none for Masked
	Checkpoint []byte           // the signed note that the proofs belong to
	PublicKey  string           // its line
	Reason     string           // why it was exported, for the read-me
}

// Place is the name of an original or a letter in the case file: numbered, so that
// two of one name stand beside each other, without what a file system refuses.
func Place(folder string, n int, name string) string {
	name = strings.Map(func(r rune) rune {
		if unfit(r) || strings.ContainsRune(`/*?"<>|`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if name = strings.Trim(name, ". "); name == "" {
		name = "_"
	}
	ext := path.Ext(name)
	for stem := strings.TrimSuffix(name, ext); len(name) > 120 && stem != ""; {
		runes := []rune(stem)
		stem = string(runes[:len(runes)-1])
		name = stem + ext
	}
	return folder + strconv.Itoa(n) + "-" + name
}

// Write writes the case file and signs its manifest. The checkpoint and the proofs
// are checked first, as whoever receives the file will: a case file that does not
// verify is never given out. The key is that of the installation's checkpoints.
func Write(w io.Writer, c Case, signer note.Signer) error {
	checkpoint, err := ledger.VerifyCheckpoint(c.Checkpoint, c.PublicKey)
	if err != nil {
		return err
	}
	c.Origin, c.Size = checkpoint.Origin, checkpoint.Size
	c.Number, c.By = line(c.Number), line(c.By)
	if found := checkRecords(c.Records, checkpoint, c.Stream); len(found) > 0 {
		return fault.Wrap(fault.Conflict, found[0], "这件投诉的记录与检查点不符，不能出具案卷。请管理员运行 xiaobao verify 查明。")
	}
	files, err := c.parts()
	if err != nil {
		return err
	}
	m := manifest{Head: c.Head}
	sizedFiles := make([]sized, len(files), len(files)+1)
	for i, f := range files {
		if sizedFiles[i], err = measure(f); err != nil {
			return err
		}
		m.files = append(m.files, listed{sizedFiles[i].sum, sizedFiles[i].size, f.Name})
	}
	signed, err := note.Sign(&note.Note{Text: m.text()}, signer)
	if err != nil {
		return err
	}
	first, err := measure(Bytes(ManifestName, signed))
	if err != nil {
		return err
	}
	return writeZip(w, append([]sized{first}, sizedFiles...))
}

// parts are the files below the manifest.
func (c Case) parts() ([]File, error) {
	var events bytes.Buffer
	if err := writeRecords(&events, c.Records); err != nil {
		return nil, err
	}
	out := []File{Bytes(ReadmeName, readme(c)), Bytes(PaperName, c.Paper), Bytes(EventsName, events.Bytes()),
		Bytes(CheckpointName, c.Checkpoint), Bytes(KeyName, []byte(strings.TrimSpace(c.PublicKey)+"\n")), Bytes(PageName, Page())}
	if c.Variant == Masked {
		return out, nil
	}
	var opened bytes.Buffer
	enc := json.NewEncoder(&opened)
	enc.SetEscapeHTML(false) // the parts stand as they were opened
	enc.SetIndent("", " ")
	if err := enc.Encode(c.opened()); err != nil {
		return nil, err
	}
	out = append(out, Bytes(OpenedName, opened.Bytes()))
	for _, f := range c.Files {
		if !validName(f.Name) {
			return nil, fault.New(fault.Invalid, "文件名“%s”不能写入案卷。", f.Name)
		}
		out = append(out, f)
	}
	return out, nil
}

// Opened is a private part that was opened for the case file.
type Opened struct {
	Version   int64           `json:"version"` // of the event
	SealedSum string          `json:"sealed_sum"`
	Private   json.RawMessage `json:"private"`
}

func (c Case) opened() []Opened {
	out := []Opened{}
	for _, r := range c.Records {
		if private, ok := c.Opened[r.Version]; ok {
			out = append(out, Opened{r.Version, r.line().SealedSum, json.RawMessage(private)})
		}
	}
	return out
}

// measure reads a file once for its size and sums.
func measure(f File) (sized, error) {
	s := sized{File: f}
	r, err := f.Open()
	if err != nil {
		return s, err
	}
	defer r.Close()
	crc, sum := crc32.NewIEEE(), sha256.New()
	if s.size, err = io.Copy(io.MultiWriter(crc, sum), r); err != nil {
		return s, err
	}
	s.crc = crc.Sum32()
	sum.Sum(s.sum[:0])
	return s, nil
}
