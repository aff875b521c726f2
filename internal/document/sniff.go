package document

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"xiaobao/internal/fault"
)

// SniffLen is how many bytes of a file Sniff wants to see, or all of a shorter one.
const SniffLen = 8192

// Type is a kind of file that may be attached to a case.
type Type struct {
	ID         string   // "pdf", "png", ...
	MIME       string   // to be served with, together with nosniff
	Extensions []string // lower case, with dot; the first is the usual one
	Class      Class
}

// Class groups types for size limits and icons.
type Class string

// The classes of attachments.
const (
	ClassImage    Class = "image"
	ClassDocument Class = "document"
	ClassAudio    Class = "audio"
	ClassVideo    Class = "video"
)

// types is the allow-list. Everything else is refused.
var types = []Type{
	{"pdf", "application/pdf", []string{".pdf"}, ClassDocument},
	{"png", "image/png", []string{".png"}, ClassImage},
	{"jpg", "image/jpeg", []string{".jpg", ".jpeg"}, ClassImage},
	{"gif", "image/gif", []string{".gif"}, ClassImage},
	{"webp", "image/webp", []string{".webp"}, ClassImage},
	{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}, ClassDocument},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}, ClassDocument},
	{"txt", "text/plain; charset=utf-8", []string{".txt"}, ClassDocument},
	{"eml", "message/rfc822", []string{".eml"}, ClassDocument},
	{"mp3", "audio/mpeg", []string{".mp3"}, ClassAudio},
	{"wav", "audio/wav", []string{".wav"}, ClassAudio},
	{"m4a", "audio/mp4", []string{".m4a"}, ClassAudio},
	{"mp4", "video/mp4", []string{".mp4"}, ClassVideo},
}

// Types returns the types that may be attached, in a fixed order.
func Types() []Type { return slices.Clone(types) }

// TypeOf returns an allowed type by id.
func TypeOf(id string) (Type, bool) {
	i := slices.IndexFunc(types, func(t Type) bool { return t.ID == id })
	if i < 0 {
		return Type{}, false
	}
	return types[i], true
}

const allowedText = "可以上传：PDF、图片（PNG、JPG、GIF、WEBP）、Word（.docx）、Excel（.xlsx）、文本（.txt）、邮件（.eml）、录音（MP3、WAV、M4A）和视频（MP4）"

// Sniff names the type of an attachment by its first SniffLen bytes. name is
// the file's name as given by the sender; its extension must fit the content.
// Anything that a browser could run (HTML, SVG) and archives are refused.
func Sniff(head []byte, name string) (Type, error) {
	full := filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	base := clip(full, 60)
	if len(head) == 0 {
		return Type{}, fault.New(fault.Invalid, "附件“%s”是空的（0 字节）。请重新选择文件。", base)
	}
	ext := strings.ToLower(filepath.Ext(full))
	kind := contentKind(head[:min(len(head), SniffLen)])
	if why, bad := refusedKinds[kind]; bad {
		return Type{}, fault.New(fault.Invalid, "附件“%s”%s。%s。", base, why, allowedText)
	}
	if kind == "text" && ext == ".eml" && looksLikeMail(head) {
		kind = "eml"
	}
	if kind == "text" {
		kind = "txt"
	}
	t, ok := TypeOf(kind)
	if !ok {
		return Type{}, fault.New(fault.Invalid, "附件“%s”的类型不能识别。%s。", base, allowedText)
	}
	if !slices.Contains(t.Extensions, ext) {
		return Type{}, fault.New(fault.Invalid, "附件“%s”的内容是 %s，与扩展名不符。请把扩展名改为 %s，或重新选择文件。", base, strings.ToUpper(t.ID), t.Extensions[0])
	}
	return t, nil
}

// refusedKinds says of contents that are recognised but not taken why not.
var refusedKinds = map[string]string{
	"html":    "是网页（HTML、SVG 或 XML），里面可能有会运行的代码，不能上传；请另存为 PDF",
	"zip":     "是压缩包，不能上传；请解压后逐个上传",
	"cfb":     "是旧版或加密的 Office 文件，不能上传；请取消密码并另存为 .docx、.xlsx 或 PDF",
	"macro":   "带有宏，不能上传；请另存为不带宏的 .docx 或 .xlsx",
	"program": "是可执行程序，不能上传",
	"binary":  "的类型不能识别，不能上传",
}

// contentKind names what the bytes are, whatever the file is called: an id of
// types, "text", or a key of refusedKinds.
func contentKind(head []byte) string {
	for _, m := range magics {
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes {
			if m.kind == "" {
				return m.more(head)
			}
			return m.kind
		}
	}
	if isMP3Frame(head) {
		return "mp3"
	}
	return textKind(head)
}

var magics = []struct {
	at          int
	bytes, kind string
	more        func([]byte) string // when kind alone cannot be told
}{
	{0, "%PDF-", "pdf", nil},
	{0, "\x89PNG\r\n\x1a\n", "png", nil},
	{0, "\xff\xd8\xff", "jpg", nil},
	{0, "GIF87a", "gif", nil},
	{0, "GIF89a", "gif", nil},
	{0, "RIFF", "", riffKind},
	{0, "ID3", "mp3", nil},
	{4, "ftyp", "", mp4Kind},
	{0, "PK\x03\x04", "", zipKind},
	{0, "PK\x05\x06", "zip", nil},
	{0, "Rar!\x1a\x07", "zip", nil},
	{0, "7z\xbc\xaf\x27\x1c", "zip", nil},
	{0, "\x1f\x8b", "zip", nil},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cfb", nil},
	{0, "MZ", "", programKind},
	{0, "\x7fELF", "program", nil},
	{0, "#!", "program", nil},
}

func riffKind(head []byte) string {
	switch {
	case len(head) < 12:
		return "binary"
	case string(head[8:12]) == "WEBP":
		return "webp"
	case string(head[8:12]) == "WAVE":
		return "wav"
	}
	return "binary"
}

func mp4Kind(head []byte) string {
	if len(head) < 12 || binary.BigEndian.Uint32(head) > 1024 {
		return "binary"
	}
	switch brand := string(head[8:12]); brand {
	case "M4A ", "M4B ":
		return "m4a"
	case "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "mmp4", "dash", "3gp4", "3gp5", "3gp6":
		return "mp4"
	}
	return "binary"
}

// programKind tells a Windows program from a text that begins with "MZ".
func programKind(head []byte) string {
	if bytes.IndexByte(head, 0) >= 0 {
		return "program"
	}
	return textKind(head)
}

// zipKind tells Office files from archives by the names of their first parts.
func zipKind(head []byte) string {
	names := localNames(head)
	has := func(prefix string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, prefix) })
	}
	switch {
	case has("word/vbaProject") || has("xl/vbaProject"):
		return "macro"
	case has("word/"):
		return "docx"
	case has("xl/"):
		return "xlsx"
	}
	return "zip"
}

// localNames lists the entry names whose local headers stand in head.
func localNames(head []byte) []string {
	var names []string
	for rest := head; ; {
		i := bytes.Index(rest, []byte("PK\x03\x04"))
		if i < 0 || len(rest) < i+30 {
			return names
		}
		rest = rest[i:]
		n := int(binary.LittleEndian.Uint16(rest[26:]))
		if len(rest) < 30+n {
			return names
		}
		names = append(names, string(rest[30:30+n]))
		rest = rest[30:]
	}
}

// isMP3Frame is whether head begins with two MPEG audio layer III frames' worth
// of sync: eleven set bits, layer III, a valid bit rate and sampling rate.
func isMP3Frame(head []byte) bool {
	return len(head) >= 4 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && head[2]>>4 != 0xf && head[2]>>4 != 0 && head[2]>>2&3 != 3
}

// textKind tells plain text from markup and from binary content.
func textKind(head []byte) string {
	utf16 := bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff"))
	if !utf16 && !isText(head) {
		return "binary"
	}
	if isMarkup(plainHead(head)) {
		return "html"
	}
	return "text"
}

// isText is whether the bytes are text in some encoding. Western text has few
// bytes over 127; many of them in no order are binary content.
func isText(head []byte) bool {
	var s byteStats
	_, _ = s.Write(head)
	s.carry = nil // head may end inside a character
	enc, _ := s.verdict()
	if enc == encUTF16LE || enc == encUTF16BE {
		return s.total >= 16 // in less, zero bytes prove nothing
	}
	return enc != "" && (enc != encLatin || s.asciiTrail*10 <= s.total)
}

// plainHead strips byte order marks, the zero bytes of UTF-16 and leading space.
func plainHead(head []byte) []byte {
	head = bytes.ReplaceAll(head, []byte{0}, nil)
	for _, mark := range []string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		head = bytes.TrimPrefix(head, []byte(mark))
	}
	return bytes.TrimLeft(head, " \t\r\n")
}

// isMarkup is whether a browser might take the text for HTML, SVG or XML.
func isMarkup(text []byte) bool {
	low := bytes.ToLower(text[:min(len(text), 2048)])
	if bytes.HasPrefix(low, []byte("<?")) || bytes.HasPrefix(low, []byte("<!")) {
		return true
	}
	for _, tag := range []string{"<html", "<head", "<body", "<script", "<svg", "<iframe", "<table", "<meta", "<object", "<embed"} {
		if bytes.Contains(low, []byte(tag)) {
			return true
		}
	}
	return false
}

// looksLikeMail is whether a text begins with header fields of a message.
func looksLikeMail(head []byte) bool {
	low := "\n" + strings.ToLower(string(head))
	return strings.Contains(low, "\nfrom:") && (strings.Contains(low, "\nsubject:") || strings.Contains(low, "\ndate:"))
}

// AttachmentOptions limits attachments; zero fields stand for the defaults.
type AttachmentOptions struct {
	MaxBytes        map[Class]int64 // default: image 20 MiB, document 50, audio 200, video 500
	MaxUncompressed int64           // of Office files; default 256 MiB
}

var attachmentMax = map[Class]int64{ClassImage: 20 << 20, ClassDocument: 50 << 20, ClassAudio: 200 << 20, ClassVideo: 500 << 20}

// Limit returns the largest size in bytes that is taken for a class.
func (o AttachmentOptions) Limit(c Class) int64 {
	if n := o.MaxBytes[c]; n > 0 {
		return n
	}
	return attachmentMax[c]
}

// CheckAttachment names the type of a whole file and checks what Sniff cannot
// see from its beginning: the size, and for Office files that they unpack within
// bounds and carry no macros.
func CheckAttachment(r io.ReaderAt, size int64, name string, o AttachmentOptions) (Type, error) {
	head := make([]byte, max(0, min(size, SniffLen)))
	if _, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return Type{}, fault.Wrap(fault.Invalid, err, "附件“%s”读不出来。请重新选择文件。", clip(name, 60))
	}
	t, err := Sniff(head, name)
	if err != nil {
		return Type{}, err
	}
	if limit := o.Limit(t.Class); size > limit {
		return Type{}, fault.New(fault.TooLarge, "附件“%s”有 %s，超过上限 %s。请压缩图片或分成几个文件上传。", clip(name, 60), bytesText(size), bytesText(limit))
	}
	if t.ID == "docx" || t.ID == "xlsx" {
		return t, checkOffice(r, size, name, o)
	}
	return t, nil
}

func checkOffice(r io.ReaderAt, size int64, name string, o AttachmentOptions) error {
	limit := o.MaxUncompressed
	if limit <= 0 {
		limit = 256 << 20
	}
	z, err := openZip(r, size, limit)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), err, "附件“%s”%s", clip(name, 60), fault.Message(err))
	}
	if slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.HasSuffix(strings.ToLower(f.Name), "vbaproject.bin") }) {
		return fault.New(fault.Invalid, "附件“%s”%s。", clip(name, 60), refusedKinds["macro"])
	}
	return nil
}
