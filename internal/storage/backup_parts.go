package storage

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"xiaobao/internal/fault"
	"xiaobao/internal/folder"
)

// The parts of a backup: the database (always SQLite, whatever the engine that it
// came from), the attachments below FilesName, and what stands beside them.
const (
	checkpointName = "checkpoint.txt" // the signed head of the ledger at the backup
	publicKeyName  = "public-key.txt" // with which it can be checked
	manifestName   = "manifest.json"  // Backup
	sumsName       = "SHA256SUMS"     // of every other part; sha256sum -c reads it too
	readmeName     = "README.txt"     // how to restore, for whoever finds it in ten years
)

// readme tells what is needed.
const readme = `这是“小保”的备份。恢复：xiaobao restore --from <本备份> --data <空目录> --master-key-file <主密钥文件>
需要：当时的主密钥（不在备份里）；加密的备份还需要 age 私钥（--identity）。
xiaobao.db 是 SQLite 数据库，个人信息在其中是密文；attachments 是加密的附件；SHA256SUMS 可用 sha256sum -c 核对。

A backup of Xiaobao. To restore: xiaobao restore --from <this> --data <empty folder> --master-key-file <master key>
Needed: the master key of that time (it is not in here); for an encrypted backup also the age identity (--identity).
`

// partWriter writes the parts of a backup into a folder or a tar file and keeps
// their sums.
type partWriter struct {
	ctx  context.Context
	dir  string      // folder, or
	tar  *tar.Writer // file
	at   time.Time
	sums bytes.Buffer
}

// put writes one part of exactly size bytes.
func (p *partWriter) put(name string, size int64, r io.Reader) error {
	sum := sha256.New()
	in := io.TeeReader(io.LimitReader(untilDone{p.ctx, r}, size), sum)
	err := p.write(name, size, in)
	fmt.Fprintf(&p.sums, "%x  %s\n", sum.Sum(nil), name)
	return err
}

// untilDone reads until its context ends: files may be many gigabytes.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}

func (p *partWriter) write(name string, size int64, in io.Reader) error {
	if p.tar != nil {
		err := p.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: p.at, Format: tar.FormatPAX})
		if err == nil {
			_, err = io.Copy(p.tar, in)
		}
		return err
	}
	to := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, in)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return errors.Join(err, f.Sync(), f.Close())
}

func (p *partWriter) putText(name string, b []byte) error {
	return p.put(name, int64(len(b)), bytes.NewReader(b))
}

func (p *partWriter) putFile(name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return p.put(name, info.Size(), f)
}

// finish writes the manifest and the sums.
func (p *partWriter) finish(b Backup) error {
	manifest, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	if err := errors.Join(p.putText(readmeName, []byte(readme)), p.putText(manifestName, append(manifest, '\n'))); err != nil {
		return err
	}
	sums := bytes.Clone(p.sums.Bytes())
	if err := p.write(sumsName, int64(len(sums)), bytes.NewReader(sums)); err != nil {
		return err
	}
	if p.tar != nil {
		return p.tar.Close()
	}
	return folder.Sync(p.dir)
}

// partReader compares the parts that pass with their sums.
type partReader struct {
	seen  map[string]string // name -> sum
	sums  []byte
	small map[string][]byte // the short texts
}

// smallPart bounds what is kept in memory of a text part.
const smallPart = 1 << 20

// putPart takes the database or an attachment of a backup; it need not read it.
type putPart func(name string, r io.Reader) error

func newPartReader() *partReader {
	return &partReader{seen: map[string]string{}, small: map[string][]byte{}}
}

// readParts walks over a backup, a folder or a file, and hands the database and
// the attachments to put. The other parts are kept.
func readParts(from string, ids []age.Identity, put putPart) (*partReader, error) {
	p := newPartReader()
	each := func(name string, r io.Reader) error { return p.take(name, r, put) }
	info, err := os.Stat(from)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "没有备份 %s。请指定 xiaobao backup 写出的目录或文件。", from)
	}
	if info.IsDir() {
		err = eachOfFolder(from, each)
	} else {
		err = eachOfFile(from, ids, each)
	}
	if err != nil {
		return nil, err
	}
	return p, p.complete(from)
}

// complete refuses what is no backup, or only the beginning of one.
func (p *partReader) complete(from string) error {
	p.small[sumsName] = p.sums
	for _, name := range []string{checkpointName, sumsName, manifestName} {
		if p.small[name] == nil {
			return fault.New(fault.Invalid, "%s 不是完整的备份：缺少 %s。请指定 xiaobao backup 写出的目录或文件。", from, name)
		}
	}
	return nil
}

func (p *partReader) take(name string, r io.Reader, put func(string, io.Reader) error) error {
	sum := sha256.New()
	in := io.TeeReader(r, sum)
	var err error
	switch {
	case name == FileName || strings.HasPrefix(name, FilesName+"/"):
		if err = put(name, in); err == nil {
			_, err = io.Copy(io.Discard, in)
		}
	case name == sumsName:
		p.sums, err = io.ReadAll(r)
		return err
	default:
		p.small[name], err = io.ReadAll(io.LimitReader(in, smallPart))
	}
	p.seen[name] = hexSum(sum)
	return err
}

func hexSum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// differ names the parts that are not as they were written, in the order of the sums.
func (p *partReader) differ() (out []string) {
	expected := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(p.sums))
	for lines.Scan() {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		expected[name] = true
		if p.seen[name] != sum {
			out = append(out, name)
		}
	}
	for name := range p.seen {
		if !expected[name] {
			out = append(out, name)
		}
	}
	return out
}

func (p *partReader) manifest() (b Backup, err error) {
	err = json.Unmarshal(p.small[manifestName], &b)
	return b, err
}

func eachOfFolder(dir string, fn func(string, io.Reader) error) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), FileName+"-") { // what SQLite puts beside a file that somebody opened
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return fn(filepath.ToSlash(rel), f)
	})
}

func eachOfFile(from string, ids []age.Identity, fn func(string, io.Reader) error) error {
	f, err := os.Open(from)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "读不了备份 %s。请检查权限。", from)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	var r io.Reader = in
	if head, _ := in.Peek(len(ageIntro)); string(head) == ageIntro {
		if len(ids) == 0 {
			return fault.New(fault.Invalid, "备份 %s 是加密的。请用 --identity 指明 age 私钥文件。", from)
		}
		if r, err = age.Decrypt(in, ids...); err != nil {
			return fault.Wrap(fault.Invalid, err, "备份 %s 解不开：私钥不是加密时的那一把，或文件已损坏。请换私钥或换一份备份。", from)
		}
	}
	return eachOfTar(from, r, fn)
}

// eachOfTar calls fn for every part of an open tar; from names it in errors.
func eachOfTar(from string, r io.Reader, fn func(string, io.Reader) error) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			_, err = io.Copy(io.Discard, r) // the end of the encryption is checked too
			return damagedFile(from, err)
		}
		if err != nil {
			return damagedFile(from, err)
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) || path.Clean(h.Name) != h.Name {
			return fault.New(fault.Invalid, "%s 里有不属于备份的内容 %q。请指定 xiaobao backup 写出的文件。", from, h.Name)
		}
		if err := fn(h.Name, t); err != nil {
			return damagedFile(from, err)
		}
	}
}

const ageIntro = "age-encryption.org/v1"

func damagedFile(from string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok { // where it is unpacked to
		return err
	}
	return fault.Wrap(fault.Conflict, err, "备份 %s 已损坏或不完整。请换一份备份。", from)
}
