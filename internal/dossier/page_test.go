package dossier_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/dossier"
	"xiaobao/internal/web/webtest"
)

func TestMain(m *testing.M) { webtest.Main(m) }

// The page may run its own script and nothing else, and names no other place.
func TestPageStandsAlone(t *testing.T) {
	page := string(dossier.Page())
	if !strings.Contains(page, "default-src 'none'; script-src 'sha256-") || strings.Contains(page, "@SCRIPT@") {
		t.Error("no strict policy")
	}
	for _, m := range regexp.MustCompile(`(?i)(https?:|//[a-z]|\ssrc=|\bhref=|fetch\(|import\(|XMLHttp|WebSocket|innerHTML|eval\()`).FindAllString(page, -1) {
		t.Errorf("the page holds %q", m)
	}
}

// opened is the page from the disk, as who unpacked the ZIP opens it.
func opened(t *testing.T, hash string) *webtest.Page {
	p := webtest.Start(t, "http://127.0.0.1")
	file := filepath.Join(t.TempDir(), dossier.PageName)
	if err := os.WriteFile(file, dossier.Page(), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Open("file://" + file + hash)
	return p
}

func disk(t *testing.T, b []byte) string {
	file := filepath.Join(t.TempDir(), "case.zip")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPageInBrowser(t *testing.T) {
	tr := newTree(t, 1)
	b := written(t, small(t, tr, dossier.Clear), tr)
	p := opened(t, "")
	p.Upload("file", disk(t, b))
	p.WaitFor("通过：案卷完整，未被改动")
	p.Want("TS2026000001", dossier.Fingerprint(tr.signer.PublicKey()), "3 条，全部在总账中", "1 份，均有登记", "2026-11-01 10:03:04（北京时间）")
	p.Axe()
	if dir := os.Getenv("XIAOBAO_PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, "verify-ok.png"))
	}
	tampered := bytes.Replace(b, []byte("附件的内容"), []byte("附件的内客"), 1)
	p.Upload("file", disk(t, tampered))
	p.WaitFor("没有通过：案卷被改动过")
	p.Want("扣费截图.png", "内容与清单不符")
	p.Size(390, 844)
	p.Axe()
	if dir := os.Getenv("XIAOBAO_PICTURES"); dir != "" {
		p.Screenshot(filepath.Join(dir, "verify-bad.png"))
	}
	p.Upload("file", disk(t, []byte("not a zip")))
	p.WaitFor("没有通过")
}

// flips verifies the file in the page with single bits flipped, and returns the
// places where that was not found.
const flips = `
const bytes = Uint8Array.from(atob(a), (c) => c.charCodeAt(0)), out = []
if ((await verify(bytes)).found.length) out.push('whole')
for (const at of JSON.parse(b)) {
  bytes[at] ^= 1 << at % 8
  try { if (!(await verify(bytes)).found.length) out.push(at) } catch { /* found */ }
  bytes[at] ^= 1 << at % 8
}
return out.join(' ')`

// The page finds what the program finds, with the browser's cryptography and with
// its own.
func TestPageFindsEachFlip(t *testing.T) {
	tr := newTree(t, 1)
	b := written(t, small(t, tr, dossier.Clear), tr)
	manifestEnd, directory := bytes.Index(b[4:], []byte("PK\x03\x04")), bytes.LastIndex(b, []byte("PK\x01\x02"))
	for hash, stride := range map[string]int{"": 29, "#plain": 131} {
		p := opened(t, hash)
		var places []string
		for at := range b {
			if at%stride == 0 || hash == "" && (at < manifestEnd || at > directory) {
				places = append(places, strconv.Itoa(at))
			}
		}
		for len(places) > 0 {
			n := min(len(places), 60)
			if missed := p.Script(flips, base64.StdEncoding.EncodeToString(b), "["+strings.Join(places[:n], ",")+"]"); missed != "" {
				t.Errorf("%q: not found in the page: %s", hash, missed)
			}
			places = places[n:]
		}
	}
}

// The digests and the signature that the page computes itself are right.
func TestPageOwnCryptography(t *testing.T) {
	p := opened(t, "#plain")
	for expression, want := range map[string]string{
		`ownSHA256(utf8.encode("abc"))`:       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		`ownSHA256(new Uint8Array(1000))`:     "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53",
		`ownSHA512(utf8.encode("abc"))`:       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		`sm3(utf8.encode("abc"))`:             "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		`sm3(utf8.encode("abcd".repeat(16)))`: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
		`Uint8Array.of(Number(ownEd25519(unhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"), unhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"), unhex("af82"))))`: "01",
		`Uint8Array.of(Number(ownEd25519(unhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"), unhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"), unhex("af83"))))`: "00",
	} {
		if got := p.Script("return hex(" + expression + ")"); got != want {
			t.Errorf("%s: %s, want %s", expression, got, want)
		}
	}
}
