package document

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"

	"xiaobao/internal/fault"
)

// Parts is an opened Office file: its parts by name, unpacked in a stream and
// within one budget, whatever its directory claims.
type Parts struct {
	name   string
	files  map[string]*zip.File // by lower-case path
	budget *budget
}

// OpenParts opens an Office file whose parts together unpack to at most limit
// bytes. Broken files and bombs are refused with a sentence that names the file.
func OpenParts(r io.ReaderAt, size, limit int64, name string) (*Parts, error) {
	z, err := openZip(r, size, limit)
	if err != nil {
		return nil, fault.Wrap(fault.KindOf(err), err, "文件“%s”%s", name, fault.Message(err))
	}
	p := &Parts{name: name, files: make(map[string]*zip.File, len(z.File)), budget: &budget{limit, limit}}
	for _, f := range z.File {
		p.files[partName(f.Name)] = f
	}
	return p, nil
}

// Has reports whether there is a part of that name, without regard to case.
func (p *Parts) Has(part string) bool { return p.files[partName(part)] != nil }

// HasMacros reports whether the file carries a program.
func (p *Parts) HasMacros() bool {
	for name := range p.files {
		if strings.HasSuffix(name, "vbaproject.bin") {
			return true
		}
	}
	return false
}

// Open opens a part; what is read counts against the budget of the file.
func (p *Parts) Open(part string) (io.ReadCloser, error) {
	f := p.files[partName(part)]
	if f == nil {
		return nil, fault.New(fault.Invalid, "文件“%s”缺少 %s，可能已损坏。请用 Office 或 WPS 打开并另存后重新上传。", p.name, part)
	}
	in, err := f.Open()
	if err != nil {
		return nil, p.broken(err, part)
	}
	return struct {
		io.Reader
		io.Closer
	}{p.budget.reader(in), in}, nil
}

// maxDepth bounds the nesting of elements; that of real files is below 100.
const maxDepth = 2000

// Walk calls f for each token of a part; a part that is absent has none. Names
// carry the prefix of the file, not its namespace; entities of the file's own are
// a fault. f may end the walk by io.EOF.
func (p *Parts) Walk(part string, f func(tok xml.Token) error) error {
	if !p.Has(part) {
		return nil
	}
	in, err := p.Open(part)
	if err != nil {
		return err
	}
	defer in.Close()
	d := xml.NewDecoder(in)
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for depth := 0; ; {
		tok, err := d.RawToken()
		switch tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				err = fault.New(fault.Invalid, "文件“%s”的内容嵌套过深，不是正常的 Office 文件。", p.name)
			}
		case xml.EndElement:
			depth--
		}
		if err == nil {
			err = f(tok)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return p.broken(err, part)
		}
	}
}

func (p *Parts) broken(err error, part string) error {
	if fault.KindOf(err) != fault.Internal {
		return fault.Wrap(fault.KindOf(err), err, "文件“%s”%s", p.name, strings.TrimPrefix(fault.Message(err), "文件“"+p.name+"”"))
	}
	return fault.Wrap(fault.Invalid, err, "文件“%s”的内容已损坏（%s 读不下去）。请用 Office 或 WPS 打开并另存后重新上传。", p.name, part)
}

// Relation is a link from one part to another.
type Relation struct {
	Type   string // the last element of the type's address, such as "header"
	Target string // name of a part, or an address when the link leads out
}

// Relations returns the links of a part by id.
func (p *Parts) Relations(part string) (map[string]Relation, error) {
	dir, file := path.Split(part)
	out := map[string]Relation{}
	err := p.Walk(dir+"_rels/"+file+".rels", func(tok xml.Token) error {
		e, ok := tok.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" {
			return nil
		}
		target := Attr(e, "Target")
		switch {
		case Attr(e, "TargetMode") == "External":
		case strings.HasPrefix(target, "/"):
			target = strings.TrimPrefix(target, "/")
		default:
			target = path.Join(dir, target)
		}
		out[Attr(e, "Id")] = Relation{Type: path.Base(Attr(e, "Type")), Target: target}
		return nil
	})
	return out, err
}

// Named returns the names of the parts under a path, in lower case and sorted.
func (p *Parts) Named(prefix string) []string {
	var out []string
	for name := range p.files {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Attr returns an attribute by its local name, whatever its prefix.
func Attr(e xml.StartElement, local string) string { return attr(e, "", local) }
