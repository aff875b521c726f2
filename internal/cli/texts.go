package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"xiaobao/internal/document"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
)

// source is a text to look at, with where it stands.
type source struct {
	name string // of the file, with the row of a table
	text string
	doc  extract.Document // with its places, when the file is a document; else zero

	document bool // the file is one, and its places are what people say
}

// eachSource calls fn for every text of a file, a folder (with those below it),
// or standard input for "-". With a column, files are tables and each row is a
// text. The first file that cannot be read ends it.
func (c *call) eachSource(ctx context.Context, path, column string, fn func(source) error) error {
	return c.eachReadable(ctx, path, column, fn, func(_ string, err error) error { return err })
}

// eachReadable is eachSource for which a file of a folder that cannot be read is
// no end: bad says what to do. A file that was named itself is always an end.
func (c *call) eachReadable(ctx context.Context, path, column string, fn func(source) error, bad func(name string, err error) error) error {
	if path == "-" {
		s, err := c.readSource(ctx, c.In, c.say("标准输入", "standard input"))
		if err != nil {
			return err
		}
		return fn(s)
	}
	st, err := os.Stat(path)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "打不开文件 %s", path)
	}
	if !st.IsDir() {
		return c.fileSources(ctx, path, column, fn)
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		ended := false
		err = c.fileSources(ctx, p, column, func(s source) error {
			err := fn(s)
			ended = err != nil
			return err
		})
		if err == nil || ended || ctx.Err() != nil {
			return err
		}
		return bad(p, err)
	})
}

func (c *call) fileSources(ctx context.Context, path, column string, fn func(source) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "打不开文件 %s", path)
	}
	defer f.Close()
	if column != "" {
		return rowSources(f, path, column, fn)
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Mode().IsRegular() && isDocument(f, path) {
		d, err := extract.Read(ctx, f, st.Size(), path, extract.Options{OCR: tesseract()})
		if err != nil {
			return err
		}
		return fn(source{name: path, text: d.Text, doc: d, document: true})
	}
	s, err := c.readSource(ctx, f, path)
	if err != nil {
		return err
	}
	return fn(s)
}

// tesseract is the program that reads pictures, "" where it is not installed.
var tesseract = sync.OnceValue(func() string {
	path, err := exec.LookPath("tesseract")
	if err != nil {
		return ""
	}
	return path
})

// marks begin documents that are not plain text: ZIP (DOCX, XLSX, PPTX), PDF,
// the old Office formats and pictures.
var marks = []string{"PK\x03\x04", "%PDF-", "\xd0\xcf\x11\xe0", "\x89PNG", "\xff\xd8\xff", "GIF8", "II*\x00", "MM\x00*", "RIFF"}

// isDocument reports whether a file is to be read as a document rather than as
// plain text: by its first bytes, and for web pages by its name.
func isDocument(r io.ReaderAt, name string) bool {
	head := make([]byte, 8)
	n, _ := r.ReadAt(head, 0)
	for _, m := range marks {
		if strings.HasPrefix(string(head[:n]), m) {
			return true
		}
	}
	return slices.Contains([]string{".html", ".htm", ".mht"}, strings.ToLower(filepath.Ext(name)))
}

// readSource reads a whole text of at most maxText bytes.
func (c *call) readSource(ctx context.Context, r io.Reader, name string) (source, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return source{}, fault.Wrap(fault.Unavailable, err, "读不了 %s", name)
	}
	if len(b) > maxText {
		return source{}, fault.New(fault.TooLarge, "%s 超过 %d MB。请拆成几个文件再处理。", name, maxText>>20)
	}
	t, err := document.ReadText(bytes.NewReader(b), int64(len(b)), maxText, name)
	switch {
	case err != nil:
		return source{}, err
	case t.Broken > 0:
		before := t.Text[:strings.IndexRune(t.Text, utf8.RuneError)]
		return source{}, fault.New(fault.Invalid, "%s 第 %d 行起有 %d 处不是有效的 %s 文字。请把文件另存为 UTF-8 后再试。", name, 1+strings.Count(before, "\n"), t.Broken, t.Encoding)
	case strings.TrimSpace(t.Text) == "":
		return source{}, fault.New(fault.Invalid, "%s 里没有文字。", name)
	}
	return source{name: name, text: strings.TrimPrefix(t.Text, "\ufeff")}, nil
}

// rowSources gives the cells of a column of a table.
func rowSources(f *os.File, path, column string, fn func(source) error) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	t, err := document.ReadTable(f, st.Size(), filepath.Base(path), document.TableOptions{HeaderHints: []string{column}})
	if err != nil {
		return err
	}
	for row, err := range t.Rows() {
		if err := errors.Join(err, row.Err); err != nil {
			return err
		}
		if !slices.Contains(row.Header, column) {
			return hasColumns(row.Header, column)
		}
		if s := row.Get(column); strings.TrimSpace(s) != "" {
			if err := fn(source{name: path + " " + row.Place(), text: s}); err != nil {
				return err
			}
		}
	}
	return nil
}
