package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

// source is a text to look at, with where it stands.
type source struct {
	name string // of the file, with the row of a table
	text string
}

// readers turn the bytes of a file into its text, by the extension of its name;
// other files are plain text.
var readers = map[string]func(ctx context.Context, b []byte, name string) (string, error){}

// eachSource calls fn for every text of a file, a folder (with those below it),
// or standard input for "-". With a column, files are tables and each row is a
// text.
func (c *call) eachSource(ctx context.Context, path, column string, fn func(source) error) error {
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
		return c.fileSources(ctx, p, column, fn)
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
	s, err := c.readSource(ctx, f, path)
	if err != nil {
		return err
	}
	return fn(s)
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
	if read := readers[strings.ToLower(filepath.Ext(name))]; read != nil {
		s, err := read(ctx, b, name)
		return source{name, s}, err
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
	return source{name, strings.TrimPrefix(t.Text, "\ufeff")}, nil
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
			if err := fn(source{path + " " + row.Place(), s}); err != nil {
				return err
			}
		}
	}
	return nil
}
