package e2e

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"xiaobao/internal/server/servertest"
)

// clerk is a person at a browser without a screen: pages are opened, and the
// forms that stand on them are filled in and sent as they are, with every hidden
// field. What a page does not offer cannot be typed.
type clerk struct {
	*servertest.Browser
	w    world
	page servertest.Answer
	doc  *html.Node
}

// comes opens the door: the sign-in page, name, password.
func (w world) comes(login string) *clerk {
	w.t.Helper()
	c := &clerk{Browser: w.Browser(), w: w}
	c.open("/sign-in")
	c.form("/sign-in").fill("name", login).fill("password", servertest.Password).send(http.StatusSeeOther)
	return c
}

// goes signs out by the button of the frame.
func (c *clerk) goes() {
	c.w.t.Helper()
	c.open("/me")
	c.form("/sign-out").send(http.StatusSeeOther)
	if c.Token() != "" {
		c.w.t.Fatal("the session cookie is still there after signing out")
	}
}

// open shows a page, following redirects.
func (c *clerk) open(path string) *clerk {
	c.w.t.Helper()
	a := c.Get(path)
	for range 5 {
		if a.Status != http.StatusSeeOther {
			break
		}
		path = a.Location()
		a = c.Get(path)
	}
	if a.Status != http.StatusOK {
		c.w.t.Fatalf("%s: %d\n%s", path, a.Status, clipped(a.Text()))
	}
	c.show(a)
	return c
}

func (c *clerk) show(a servertest.Answer) {
	c.w.t.Helper()
	doc, err := html.Parse(strings.NewReader(a.Body))
	c.w.ok(err)
	c.page, c.doc = a, doc
}

// sees fails unless the page says the texts.
func (c *clerk) sees(texts ...string) {
	c.w.t.Helper()
	all := strings.Join(strings.Fields(c.page.Text()), " ")
	for _, text := range texts {
		if !strings.Contains(all, strings.Join(strings.Fields(text), " ")) {
			c.w.t.Errorf("the page does not say %q\n%s", text, clipped(all))
		}
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func value(n *html.Node, name string) string { v, _ := attr(n, name); return v }

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// part is the text of the element with the id.
func (c *clerk) part(id string) string {
	c.w.t.Helper()
	for n := range c.doc.Descendants() {
		if value(n, "id") == id {
			return textOf(n)
		}
	}
	c.w.t.Fatalf("the page has no #%s", id)
	return ""
}

// link returns where the link with the text leads.
func (c *clerk) link(text string) string {
	c.w.t.Helper()
	for n := range c.doc.Descendants() {
		if n.Data == "a" && strings.Contains(textOf(n), text) {
			return value(n, "href")
		}
	}
	c.w.t.Fatalf("no link %q\n%s", text, clipped(c.page.Text()))
	return ""
}

// form is a form of a page with what is filled in so far.
type form struct {
	c       *clerk
	action  string
	upload  bool
	values  url.Values
	offers  map[string][]string // choices and boxes: the values that can be chosen
	typed   map[string]bool     // fields that take any text
	boxes   map[string]bool     // fields with several values
	chooser map[string]bool     // fields that take files
	files   []attached
}

// attached is a file that was chosen in a form.
type attached struct {
	field, name string
	data        []byte
}

// form finds the form that is sent to the action and has the values given as
// names and values in turn; "" is a field without a value.
func (c *clerk) form(action string, with ...string) *form {
	c.w.t.Helper()
	for n := range c.doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || value(n, "action") != action {
			continue
		}
		f := &form{c: c, action: action, upload: value(n, "enctype") == "multipart/form-data", values: url.Values{}, offers: map[string][]string{}, typed: map[string]bool{}, boxes: map[string]bool{}, chooser: map[string]bool{}}
		for d := range n.Descendants() {
			f.control(d)
		}
		if f.is(with) {
			return f
		}
	}
	c.w.t.Fatalf("no form with %q that is sent to %s\n%s", with, action, clipped(c.page.Text()))
	return nil
}

func (f *form) is(with []string) bool {
	for i := 0; i+1 < len(with); i += 2 {
		if len(f.values[with[i]]) > 1 || f.values.Get(with[i]) != with[i+1] {
			return false
		}
	}
	return true
}

// control notes one control with the value that the page gives it.
func (f *form) control(n *html.Node) {
	name := value(n, "name")
	if n.Type != html.ElementNode || name == "" {
		return
	}
	switch n.Data {
	case "textarea":
		f.typed[name] = true
		f.values.Add(name, strings.TrimPrefix(textOf(n), "\n"))
	case "select":
		f.choices(n, name)
	case "input":
		switch kind := value(n, "type"); kind {
		case "radio", "checkbox":
			v, given := attr(n, "value")
			if !given {
				v = "on"
			}
			f.offers[name] = append(f.offers[name], v)
			f.boxes[name] = kind == "checkbox"
			if _, on := attr(n, "checked"); on {
				f.values.Add(name, v)
			}
		case "file":
			f.chooser[name] = true
		case "submit":
		case "hidden":
			f.values.Add(name, value(n, "value"))
		default:
			f.typed[name] = true
			f.values.Add(name, value(n, "value"))
		}
	}
}

func (f *form) choices(n *html.Node, name string) {
	first, chosen := "", ""
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || d.Data != "option" {
			continue
		}
		v, given := attr(d, "value")
		if !given {
			v = strings.TrimSpace(textOf(d))
		}
		if len(f.offers[name]) == 0 {
			first = v
		}
		f.offers[name] = append(f.offers[name], v)
		if _, on := attr(d, "selected"); on {
			chosen = v
		}
	}
	if chosen == "" {
		chosen = first
	}
	f.values.Set(name, chosen)
}

// has reports whether a person could fill in the field.
func (f *form) has(name string) bool { return f.typed[name] || f.offers[name] != nil }

// fill types a value or makes choices; no value empties the field.
func (f *form) fill(name string, values ...string) *form {
	f.c.w.t.Helper()
	if !f.has(name) {
		f.c.w.t.Fatalf("the form of %s has no field %s", f.action, name)
	}
	for _, v := range values {
		if f.offers[name] != nil && !slices.Contains(f.offers[name], v) {
			f.c.w.t.Fatalf("the field %s of %s offers %q, not %q", name, f.action, f.offers[name], v)
		}
	}
	f.values[name] = values
	return f
}

// press presses a button that has a name.
func (f *form) press(name, value string) *form { f.values.Set(name, value); return f }

// bring chooses a file.
func (f *form) bring(field, name string, data []byte) *form {
	f.c.w.t.Helper()
	if !f.upload || !f.chooser[field] {
		f.c.w.t.Fatalf("the form of %s takes no file %s", f.action, field)
	}
	f.files = append(f.files, attached{field, name, data})
	return f
}

// post sends the form and returns the answer, whatever it is.
func (f *form) post() servertest.Answer {
	f.c.w.t.Helper()
	kind, body := "application/x-www-form-urlencoded", []byte(f.values.Encode())
	if f.upload {
		kind, body = f.parts()
	}
	r, err := http.NewRequest(http.MethodPost, f.c.w.URL+f.action, bytes.NewReader(body))
	f.c.w.ok(err)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", f.c.w.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a := f.c.Do(r)
	f.c.show(a)
	return a
}

// parts is the form as a browser sends one that may bring files.
func (f *form) parts() (kind string, body []byte) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for name, values := range f.values {
		for _, v := range values {
			f.c.w.ok(m.WriteField(name, v))
		}
	}
	for _, file := range f.files {
		part, err := m.CreateFormFile(file.field, file.name)
		f.c.w.ok(err)
		_, err = part.Write(file.data)
		f.c.w.ok(err)
	}
	f.c.w.ok(m.Close())
	return m.FormDataContentType(), b.Bytes()
}

// send sends the form; the answer must have the status. A redirect is followed.
func (f *form) send(status int) *clerk {
	f.c.w.t.Helper()
	a := f.post()
	if a.Status != status {
		f.c.w.t.Fatalf("%s %v: %d, want %d\n%s\n%s", f.action, f.values, a.Status, status, clipped(a.Text()), f.c.wrong())
		println(f.c.page.Body)
	}
	if status == http.StatusSeeOther {
		f.c.open(a.Location())
	}
	return f.c
}

// wrong is what the page says to be wrong, for messages.
func (c *clerk) wrong() (out []string) {
	for n := range c.doc.Descendants() {
		if class := value(n, "class"); class == "wrong" || class == "errors" {
			out = append(out, clipped(textOf(n)))
		}
	}
	return out
}

// caseAt is the address of a case.
func caseAt(id any) string { return fmt.Sprintf("/complaints/%v", id) }
