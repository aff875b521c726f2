package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// The folder holds a .keep file, so that the program compiles before its
// assets were made; such a program says so when it starts.
//
//go:embed all:ui/dist
var distFiles embed.FS

type asset struct {
	File string `json:"file"` // name with the hash of its content
	Type string `json:"type"` // media type
	Size int    `json:"size"` // bytes before compression
	gz   []byte
}

// Assets are the styles, scripts and pictures, gzipped at build time and named
// by their content, so that browsers may keep them for ever.
type Assets struct {
	byName map[string]*asset
	byFile map[string]*asset
}

func loadAssets() (*Assets, error) {
	dist, err := fs.Sub(distFiles, "ui/dist")
	if err != nil {
		return nil, err
	}
	return readAssets(dist)
}

func readAssets(dist fs.FS) (*Assets, error) {
	list, err := fs.ReadFile(dist, "manifest.json")
	if err != nil {
		return nil, fmt.Errorf("web: the assets were not built before the program (run `make assets`): %w", err)
	}
	a := &Assets{byFile: map[string]*asset{}}
	if err := json.Unmarshal(list, &a.byName); err != nil {
		return nil, fmt.Errorf("web: manifest of the assets: %w", err)
	}
	for name, one := range a.byName {
		if one.gz, err = fs.ReadFile(dist, one.File+".gz"); err != nil {
			return nil, fmt.Errorf("web: asset %s: %w", name, err)
		}
		a.byFile[one.File] = one
	}
	return a, nil
}

// URL returns the path of an asset by its plain name, such as "app.css"; it is
// an error to ask for one that does not exist.
func (a *Assets) URL(name string) (string, error) {
	one, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("web: no asset %q", name)
	}
	return "/assets/" + one.File, nil
}

// ServeHTTP answers /assets/{name with hash}; any other name is 404.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one, ok := a.byFile[strings.TrimPrefix(r.URL.Path, "/assets/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", one.Type)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(one.gz)))
		_, _ = w.Write(one.gz)
		return
	}
	h.Set("Content-Length", strconv.Itoa(one.Size))
	if plain, err := gzip.NewReader(bytes.NewReader(one.gz)); err == nil {
		_, _ = io.Copy(w, plain)
	}
}
