package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"strings"
	"testing"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/party"
)

// brought is a file that a route is sent: text with W, N, X as in asks.
type brought struct{ field, name, text string }

// brings are the routes that take files. The two that start work in the background,
// POST /reviews/scan and POST /review-jobs, are sent forms without any.
var brings = map[string]brought{
	"POST /complaints/{id}/files": {"file", "W.exe", "W"}, // no kind of file that is taken
	"POST /reviews/{id}/material": {"files", "W.txt", "W，" + promise}, "POST /reviews/{review}/files": {"file", "W.txt", "W，" + promise},
	"POST /reviews/new": {"files", "W.txt", "W，" + promise}, "POST /reviews/recheck": {"files", "W.txt", "W，" + promise}, "POST /recheck/files": {"file", "W.txt", "W，" + promise},
	"POST /check/files": {"file", "W.txt", "W，" + promise}, "POST /rules/try": {"file", "W.txt", "W，" + promise}, "POST /rules/import": {"file", "W.toml", "W"},
	"POST /imports": {"file", "x.csv", "W\n"}, "POST /codes/{scheme}/propose": {"file", "x.csv", "W\n"}, "POST /codings/{scheme}/proposal": {"file", "x.csv", "W\n"},
	"POST /settings/calendar/preview": {"file", "W.txt", "W"}, "POST /laws/import": {"file", "W.exe", "W"},
}

// upload sends a file to a route, with the other fields of its form.
func (m matrix) upload(role party.Role, r row, at string, b brought, x thing) reply {
	m.t.Helper()
	name, data := x.fill(b.name), []byte(x.fill(b.text))
	var got reply
	if r.api {
		got = m.callForm(role, at, b.field, name, data)
	} else {
		a := m.browsers[role].Upload(at, b.field, name, data, forms(x)...)
		got = reply{a.Status, a.Location(), a.Body}
	}
	if got.status >= http.StatusInternalServerError {
		m.t.Errorf("%s with %s as %s: %d %s", r, name, role, got.status, clipped(got.body))
	}
	return got
}

func (m matrix) callForm(role party.Role, at, field, name string, data []byte) reply {
	m.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, name)
	m.ok(err)
	_, err = part.Write(data)
	m.ok(err)
	m.ok(form.Close())
	r, err := http.NewRequest(http.MethodPost, m.URL+"/api/v1"+at, &body)
	m.ok(err)
	r.Header.Set("Authorization", "Bearer "+m.tokens[role])
	r.Header.Set("If-Match", `"999"`)
	r.Header.Set("Content-Type", form.FormDataContentType())
	a := m.Browser().Do(r)
	return reply{a.Status, a.Location(), a.Body}
}

// finds counts the files in which somebody was shown a thing that he may read: that
// the walk reads them is seen by what it finds in them.
func (m matrix) finds(role party.Role, a reply) {
	kind := kindOf(a.body)
	if kind == "" {
		return
	}
	body := m.opened(row{}, a.body)
	for _, x := range m.things {
		for _, mark := range x.marks {
			if x.readable(m.people[role]) && strings.Contains(body, mark) {
				m.read[kind]++
			}
		}
	}
}

func kindOf(body string) string {
	switch {
	case strings.HasPrefix(body, "%PDF-"):
		return "pdf"
	case !strings.HasPrefix(body, "PK\x03\x04"):
		return ""
	case strings.Contains(body, "word/document.xml"):
		return "docx"
	}
	return "zip"
}

// opened is a body as a person would read it: the words of a PDF, those of a letter or
// a table, and what stands in a ZIP, as deep as they lie in each other.
func (m matrix) opened(r row, body string) string {
	m.t.Helper()
	text, err := unpacked(body, "", 0)
	if err != nil {
		m.t.Errorf("%s answers with a file that cannot be read: %v", r, err)
	}
	return text
}

var tags = regexp.MustCompile(`<[^>]*>`)

func unpacked(body, name string, depth int) (string, error) {
	switch {
	case depth > 4:
		return body, nil
	case strings.HasPrefix(body, "%PDF-"):
		d, err := extract.Read(ctx, strings.NewReader(body), int64(len(body)), "answer.pdf", extract.Options{})
		return strings.Join(strings.Fields(d.Body()), ""), err
	case strings.HasPrefix(body, "PK\x03\x04"):
		return unzipped(body, depth)
	case path.Ext(name) == ".xml": // a word may stand in several runs
		return body + tags.ReplaceAllString(body, ""), nil
	}
	return body, nil
}

func unzipped(body string, depth int) (string, error) {
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		return body, err
	}
	var all strings.Builder
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			return all.String(), err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return all.String(), err
		}
		text, err := unpacked(string(data), f.Name, depth+1)
		if err != nil {
			return all.String(), err
		}
		all.WriteString(f.Name + "\n" + text + "\n")
	}
	return all.String(), nil
}

// What lies in a file in a file is read.
func TestUnpacked(t *testing.T) {
	var inner, outer bytes.Buffer
	pack := func(into io.Writer, name, text string) {
		z := zip.NewWriter(into)
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil || z.Close() != nil {
			t.Fatal(err)
		}
	}
	pack(&inner, "word/document.xml", "<w:t>琥珀</w:t><w:t>凉亭</w:t>")
	pack(&outer, "信.docx", inner.String())
	if got, err := unpacked(outer.String(), "", 0); err != nil || !strings.Contains(got, "琥珀凉亭") || !strings.Contains(got, "信.docx") {
		t.Errorf("%q %v", got, err)
	}
	if _, err := unpacked(outer.String()[:outer.Len()/2], "", 0); err == nil {
		t.Error("half a file is read without a word")
	}
}
