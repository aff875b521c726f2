// Package packs holds the rule packs that come with the program, one TOML file
// each. A new pack is a new file; its format is shown in the README of package
// rule.
package packs

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"sync"

	"xiaobao/internal/text/rule"
)

//go:embed *.toml
var files embed.FS

// Embedded returns the book of all packs of the program, each rule as its pack
// wrote it. It is parsed once; the examples, which the tests run, are not tried
// again at the start of the program.
func Embedded() (*rule.Book, error) { return book() }

// All returns the packs of the program in the order of their ids.
func All() ([]*rule.Pack, error) { return all() }

var all = sync.OnceValues(func() ([]*rule.Pack, error) { return Load(files) })

var book = sync.OnceValues(func() (*rule.Book, error) {
	list, err := all()
	if err != nil {
		return nil, err
	}
	return rule.NewBook(list...)
})

// Load reads every *.toml of a folder as a pack, without running the examples.
func Load(fsys fs.FS) ([]*rule.Pack, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	out := make([]*rule.Pack, 0, len(names))
	for _, name := range names {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		p, err := rule.Read(path.Base(name), src)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}
