package post

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // GBK, Big5 and the others
	"github.com/emersion/go-message/mail"
	"golang.org/x/net/html"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Letter is what a received message says.
type Letter struct {
	From      string // address
	Name      string // beside it
	Subject   string
	MessageID string
	Text      string // plain text; of HTML only the words; forwarded messages one after the other
	Files     []LetterFile
	Auto      bool // an automatic answer, a list or a report that nobody wrote
	Bounce    bool // says that a mail of ours did not arrive
}

// LetterFile is an attachment.
type LetterFile struct {
	Name  string
	Size  int64
	Risky bool // a program, by its name or its first bytes
}

// Bounds of a letter: parts and depth beyond them are left out.
const (
	maxParts   = 200
	maxDepth   = 10
	maxWords   = 200 << 10 // bytes of text
	maxSubject = 300       // characters
)

// Read reads a message. refuse are endings of file names that are programs. An
// error says that it is no message at all.
func Read(raw []byte, refuse []string) (Letter, error) {
	e, err := message.Read(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) || e == nil {
		return Letter{}, errors.Join(errors.New("post: no message"), err)
	}
	h := mail.Header{Header: e.Header}
	var l Letter
	l.Subject = cut(header(h.Header, "Subject"), maxSubject)
	l.MessageID, _ = h.MessageID()
	if from, err := h.AddressList("From"); err == nil && len(from) > 0 {
		l.From, l.Name = from[0].Address, cut(decoded(from[0].Name), maxSubject)
	} else {
		l.Name = cut(header(h.Header, "From"), maxSubject)
	}
	l.origin(h.Header)
	r := reader{letter: &l, refuse: refuse}
	r.part(e, 0)
	l.Text = strings.TrimSpace(r.text.String())
	return l, nil
}

// origin tells what no person wrote (RFC 3834).
func (l *Letter) origin(h message.Header) {
	kind, params, _ := h.ContentType()
	sender := strings.ToLower(l.From)
	l.Bounce = kind == "multipart/report" && strings.EqualFold(params["report-type"], "delivery-status") ||
		strings.TrimSpace(h.Get("Return-Path")) == "<>" && (strings.HasPrefix(sender, "mailer-daemon@") || strings.HasPrefix(sender, "postmaster@"))
	auto := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted")))
	precedence := strings.ToLower(strings.TrimSpace(h.Get("Precedence")))
	l.Auto = auto != "" && auto != "no" || slices.Contains([]string{"bulk", "junk", "list"}, precedence) || h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != "" || h.Get("List-Id") != ""
}

type reader struct {
	letter *Letter
	refuse []string
	parts  int
	text   strings.Builder
}

func (r *reader) part(e *message.Entity, depth int) {
	if r.parts++; r.parts > maxParts || depth > maxDepth {
		return
	}
	kind, params, _ := e.Header.ContentType()
	if many := e.MultipartReader(); many != nil {
		r.many(many, kind, depth)
		return
	}
	disposition, place, _ := e.Header.ContentDisposition()
	name := decoded(place["filename"])
	if name == "" {
		name = decoded(params["name"])
	}
	switch {
	case kind == "message/rfc822" && disposition != "attachment":
		r.forwarded(e, depth)
	case disposition != "attachment" && name == "" && kind == "text/plain":
		r.say(words8(e.Body))
	case disposition != "attachment" && name == "" && kind == "text/html":
		r.say(plain(words8(e.Body)))
	default:
		r.file(e.Body, name)
	}
}

// many reads the parts; of alternatives the plain text, if there is one, else the
// last.
func (r *reader) many(parts message.MultipartReader, kind string, depth int) {
	before := r.text.Len()
	for {
		p, err := parts.NextPart()
		if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) || p == nil {
			return // the rest is broken, or there is none
		}
		sub, _, _ := p.Header.ContentType()
		if kind == "multipart/alternative" && r.text.Len() > before && strings.HasPrefix(sub, "text/") {
			continue
		}
		r.part(p, depth+1)
	}
}

func (r *reader) forwarded(e *message.Entity, depth int) {
	inner, err := message.Read(e.Body)
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) || inner == nil {
		return
	}
	r.say("--- " + header(inner.Header, "From") + " · " + header(inner.Header, "Subject") + " ---")
	r.part(inner, depth+1)
}

func (r *reader) say(s string) {
	if room := maxWords - r.text.Len(); room > 0 && strings.TrimSpace(s) != "" {
		for len(s) > room || !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s[:min(len(s), room)], "")
			break
		}
		r.text.WriteString(s + "\n")
	}
}

func (r *reader) file(body io.Reader, name string) {
	head := make([]byte, 8)
	n, _ := io.ReadFull(body, head)
	rest, _ := io.Copy(io.Discard, body)
	f := LetterFile{Name: cut(path.Base(strings.ReplaceAll(name, `\`, "/")), 200), Size: int64(n) + rest}
	if name == "" {
		f.Name = ""
	}
	head = head[:n]
	f.Risky = slices.Contains(r.refuse, strings.ToLower(strings.TrimRight(path.Ext(f.Name), ". "))) ||
		bytes.HasPrefix(head, []byte("MZ")) || bytes.HasPrefix(head, []byte("\x7fELF")) || bytes.HasPrefix(head, []byte("L\x00\x00\x00\x01\x14\x02\x00"))
	r.letter.Files = append(r.letter.Files, f)
}

// words8 reads a body that go-message has decoded, or could not: then it is taken
// for GB18030, which most of such mail is.
func words8(body io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(body, maxWords+1)) // what is whole is shown
	return known(b)
}

func known(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if s, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b); err == nil && !bytes.ContainsRune(s, utf8.RuneError) {
		return string(s)
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// header is the text of a header in one line, whatever it was written in.
func header(h message.Header, name string) string {
	text, err := h.Text(name)
	if err != nil || text == "" {
		text = h.Get(name)
	}
	return decoded(text)
}

// decoded undoes encoded words that came undone only in part, and raw bytes.
func decoded(s string) string {
	s = known([]byte(s))
	d := mime.WordDecoder{CharsetReader: message.CharsetReader}
	if strings.Contains(s, "=?") {
		if t, err := d.DecodeHeader(s); err == nil {
			s = t
		}
	}
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)), " ")
}

func cut(s string, most int) string {
	r := []rune(s)
	return string(r[:min(len(r), most)])
}

// plain is the words of a page: what a browser would show of it, as lines. Nothing
// of it is ever rendered.
func plain(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(strings.Join(strings.Fields(string(z.Text())), " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style", "head", "title":
				hidden++
			case "br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote":
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch string(name) {
			case "script", "style", "head", "title":
				hidden = max(0, hidden-1)
			case "p", "div", "tr":
				b.WriteByte('\n')
			}
		}
	}
}
