package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"sync"

	"xiaobao/internal/app"
)

// Bounds of a form with files, beside that of its body.
const (
	maxParts  = 1000
	maxValues = 10 << 20 // bytes of all that is no file
)

// File is one that a form brought. Until the request ends it lies in a temporary
// file that has no name where the system allows it: a killed program leaves nothing
// of it behind, as mime/multipart would.
type File struct {
	Filename string // as the client calls it; never a path to trust
	Size     int64
	body     app.Spooled
}

// Open returns the content from its beginning; several readers do not disturb each other.
func (f *File) Open() multipart.File {
	return section{io.NewSectionReader(f.body, 0, f.Size)}
}

type section struct{ *io.SectionReader }

// Close does nothing: the file goes with its request.
func (section) Close() error { return nil }

// received are the files of a request.
type received struct {
	mu    sync.Mutex
	files map[string][]*File
	all   []*File
}

type receivedKey struct{}

// Receive gives a request the place where FormOf puts its files; done takes them
// away. The server does it for every request.
func Receive(r *http.Request) (with *http.Request, done func()) {
	box := &received{files: map[string][]*File{}}
	return r.WithContext(context.WithValue(r.Context(), receivedKey{}, box)), func() {
		box.mu.Lock()
		defer box.mu.Unlock()
		for _, f := range box.all {
			_ = f.body.Close() // what stays is only a temporary file
		}
	}
}

// Files returns the files of a form under a name, in their order. FormOf comes first.
func Files(r *http.Request, field string) []*File {
	box, ok := r.Context().Value(receivedKey{}).(*received)
	if !ok {
		return nil
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	return box.files[field]
}

// receive reads a form with files: its fields into PostForm, its files into the place
// of the request.
func receive(r *http.Request) error {
	box, ok := r.Context().Value(receivedKey{}).(*received)
	if !ok { // no server around it
		with, _ := Receive(r)
		*r = *with
		box = r.Context().Value(receivedKey{}).(*received)
	}
	if r.MultipartForm != nil {
		return nil // read already
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return err
	}
	values, left := url.Values{}, int64(maxValues)
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && n == maxParts {
			err = multipart.ErrMessageTooLarge
		}
		if err == nil {
			err = box.take(part, values, &left)
		}
		if err != nil {
			return err
		}
	}
	r.MultipartForm, r.PostForm, r.Form = &multipart.Form{Value: values}, values, url.Values{}
	for _, from := range []url.Values{values, r.URL.Query()} {
		for name, v := range from {
			r.Form[name] = append(r.Form[name], v...)
		}
	}
	return nil
}

// take reads one part; left is how many bytes of values may still come.
func (b *received) take(part *multipart.Part, values url.Values, left *int64) error {
	name := part.FormName()
	if name == "" {
		return nil
	}
	if part.FileName() == "" {
		v, err := io.ReadAll(io.LimitReader(part, *left+1))
		if *left -= int64(len(v)); *left < 0 {
			return multipart.ErrMessageTooLarge
		}
		values.Add(name, string(v))
		return err
	}
	body, size, err := app.SpoolPart(part)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := &File{Filename: part.FileName(), Size: size, body: body}
	b.files[name], b.all = append(b.files[name], f), append(b.all, f)
	return nil
}
