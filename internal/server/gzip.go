package server

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// smallest is the size below which packing an answer costs more than it saves.
const smallest = 1400

var zippers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return z
}}

// zipped packs pages and JSON for clients that take gzip. What has an encoding
// already, such as assets, passes as it is.
func zipped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		z := &zipWriter{ResponseWriter: w}
		defer z.close()
		next.ServeHTTP(z, r)
	})
}

type zipWriter struct {
	http.ResponseWriter
	zip     *gzip.Writer
	decided bool
}

// WriteHeader decides whether the answer is packed.
func (z *zipWriter) WriteHeader(status int) {
	if !z.decided && status >= 200 {
		z.decided = true
		z.decide(status)
	}
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipWriter) decide(status int) {
	h := z.Header()
	kind := h.Get("Content-Type")
	text := strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "application/problem+json")
	size, err := strconv.Atoi(h.Get("Content-Length"))
	if !text || h.Get("Content-Encoding") != "" || status == http.StatusNoContent || err == nil && size < smallest {
		return
	}
	h.Del("Content-Length")
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	z.zip = zippers.Get().(*gzip.Writer)
	z.zip.Reset(z.ResponseWriter)
}

// Write packs, once it was decided to.
func (z *zipWriter) Write(b []byte) (int, error) {
	if !z.decided {
		if z.Header().Get("Content-Type") == "" {
			z.Header().Set("Content-Type", http.DetectContentType(b))
		}
		z.WriteHeader(http.StatusOK)
	}
	if z.zip == nil {
		return z.ResponseWriter.Write(b)
	}
	return z.zip.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (z *zipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

// close ends the packed answer. After a panic nothing was decided or half is
// out; either way the layer above knows.
func (z *zipWriter) close() {
	if z.zip == nil {
		return
	}
	_ = z.zip.Close() // the client has gone away
	z.zip.Reset(nil)
	zippers.Put(z.zip)
}
