package document_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"xiaobao/internal/document"
	"xiaobao/internal/fault"
)

func TestSniff(t *testing.T) {
	workbook := string(book(t, func(f *excelize.File) { setRows(t, f, "Sheet1", []any{"甲"}) }))
	for _, test := range []struct {
		name, file, head string
		want             string // id, or part of the refusal after "!"
	}{
		{"pdf", "回执.PDF", "%PDF-1.7\n", "pdf"},
		{"png", "a.png", "\x89PNG\r\n\x1a\n....", "png"},
		{"jpeg", "a.jpeg", "\xff\xd8\xff\xe0..", "jpg"},
		{"gif", "a.gif", "GIF89a..", "gif"},
		{"webp", "a.webp", "RIFF....WEBPVP8 ", "webp"},
		{"wav", "a.wav", "RIFF....WAVEfmt ", "wav"},
		{"mp3 with tag", "a.mp3", "ID3\x04\x00", "mp3"},
		{"mp3 frame", "a.mp3", "\xff\xfb\x90\x64\x00", "mp3"},
		{"m4a", "a.m4a", "\x00\x00\x00\x20ftypM4A ....", "m4a"},
		{"mp4", "a.mp4", "\x00\x00\x00\x20ftypisom....", "mp4"},
		{"docx", "a.docx", string(docx(t, sample())), "docx"},
		{"xlsx", "a.xlsx", workbook, "xlsx"},
		{"text", "a.txt", "您好，我要投诉", "txt"},
		{"gbk text", "a.txt", "\xc4\xe3\xba\xc3\xa3\xac\xce\xd2\xd2\xaa\xcd\xb6\xcb\xdf", "txt"},
		{"mail", "a.eml", "Received: x\r\nFrom: a@b.cn\r\nSubject: =?utf-8?B?5oqV6K+J?=\r\n\r\nx", "eml"},
		{"path in the name", `C:\tmp\..\a.pdf`, "%PDF-1.4", "pdf"},
		{"long name", strings.Repeat("长", 100) + ".pdf", "%PDF-1.4", "pdf"},
		{"forged picture", "a.png", "%PDF-1.7\n", "!内容是 PDF，与扩展名不符"},
		{"text called mail", "a.eml", "您好", "!内容是 TXT"},
		{"workbook called document", "a.docx", workbook, "!内容是 XLSX"},
		{"html", "a.txt", "  <!DOCTYPE html><html>", "!网页"},
		{"svg", "a.png", `<?xml version="1.0"?><svg onload="x"/>`, "!网页"},
		{"script in a text", "a.txt", "您好 <script>alert(1)</script>", "!网页"},
		{"html in UTF-16", "a.txt", "\xff\xfe<\x00h\x00t\x00m\x00l\x00", "!网页"},
		{"archive", "a.zip", "PK\x03\x04" + strings.Repeat("\x00", 22) + "\x05\x00\x00\x00a.exe", "!压缩包"},
		{"rar", "a.pdf", "Rar!\x1a\x07\x00", "!压缩包"},
		{"program", "a.pdf", "MZ\x90\x00\x03\x00", "!可执行程序"},
		{"old word", "a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "!旧版"},
		{"empty", "a.pdf", "", "!是空的"},
		{"noise", "a.bin", "\x00\x01\x02\x03\x04\x05", "!不能识别"},
		{"no extension", "回执", "%PDF-1.7", "!扩展名改为 .pdf"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := document.Sniff([]byte(test.head), test.file)
			if why, refused := strings.CutPrefix(test.want, "!"); refused {
				if err == nil || fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Message(err), why) {
					t.Errorf("got %v, %v, want a refusal with %q", got.ID, err, why)
				}
			} else if err != nil || got.ID != test.want {
				t.Errorf("got %v, %v, want %s", got.ID, err, test.want)
			}
		})
	}
}

func TestCheckAttachment(t *testing.T) {
	small := document.AttachmentOptions{MaxBytes: map[document.Class]int64{document.ClassImage: 100}, MaxUncompressed: 20_000}
	macro := pack(t, part{"xl/workbook.xml", bookXML}, part{"xl/vbaProject.bin", "x"})
	for _, test := range []struct {
		name, file string
		data       []byte
		kind       fault.Kind
		want       string
	}{
		{"fine", "a.png", []byte("\x89PNG\r\n\x1a\n...."), 0, ""},
		{"fine document", "a.docx", docx(t, sample()), 0, ""},
		{"too big", "a.png", append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 200)...), fault.TooLarge, "超过上限 100 字节"},
		{"bomb", "a.docx", pack(t, part{"word/document.xml", strings.Repeat(" ", 30_000)}), fault.TooLarge, "解压后超过"},
		{"macro", "a.xlsx", macro, fault.Invalid, "宏"},
		{"cut off", "a.docx", docx(t, sample())[:3000], fault.Invalid, "损坏"},
	} {
		_, err := document.CheckAttachment(bytes.NewReader(test.data), int64(len(test.data)), test.file, small)
		if test.want == "" && err != nil || test.want != "" && (err == nil || fault.KindOf(err) != test.kind || !strings.Contains(fault.Message(err), test.want)) {
			t.Errorf("%s: got %v, want %v with %q", test.name, err, test.kind, test.want)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"%PDF-", "PK\x03\x04", "RIFF....WAVE", "<svg", "\xff\xfb\x90\x64", "\x00\x00\x00\x20ftypM4A "} {
		f.Add([]byte(s), "a.pdf")
	}
	f.Fuzz(func(t *testing.T, head []byte, name string) {
		got, err := document.Sniff(head, name)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("error %v", err)
		}
		if err == nil && got.MIME == "" {
			t.Fatalf("type without MIME: %+v", got)
		}
	})
}
