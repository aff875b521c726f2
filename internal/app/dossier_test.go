package app_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/ledongthuc/pdf"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/dossier"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// caseFile makes a case file and reads it whole.
func (w world) caseFile(by party.PersonID, id complaint.ID, ask app.CaseFileRequest) []byte {
	w.Helper()
	f, err := w.app.CaseFile(ctx, w.who(by), id, ask)
	w.ok(err)
	b, err := io.ReadAll(f)
	w.ok(err)
	w.ok(f.Close())
	if int64(len(b)) != f.Size || !strings.HasPrefix(f.Name, "案卷 ") || !strings.HasSuffix(f.Name, ".zip") {
		w.Errorf("%q: %d bytes of %d", f.Name, len(b), f.Size)
	}
	sum := sha256.Sum256(b)
	if rows, _, err := w.app.Exports(ctx, w.who(by), app.ExportFilter{Sum: hex.EncodeToString(sum[:]), Limit: 2}); err != nil || len(rows) != 1 || rows[0].Case != int64(id) {
		w.Errorf("by its digest the register has %+v, %v", rows, err)
	}
	return b
}

func (w world) verified(b []byte) dossier.Report {
	w.Helper()
	r, err := dossier.Verify(bytes.NewReader(b), int64(len(b)), w.s.PublicKey())
	w.ok(err)
	if !r.OK() || !r.Trusted {
		w.Errorf("%v", r.Findings)
	}
	return r
}

// part reads one file of a case file with the ZIP reader of the standard library.
func (w world) part(b []byte, name string) string {
	w.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	w.ok(err)
	f, err := z.Open(name)
	w.ok(err)
	out, err := io.ReadAll(f)
	w.ok(err)
	return string(out)
}

func pdfWords(t testing.TB, b string) string {
	t.Helper()
	r, err := pdf.NewReader(strings.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i := range r.NumPage() {
		text, err := r.Page(i + 1).GetPlainText(nil)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString(text)
	}
	return strings.Join(strings.Fields(out.String()), "")
}

// worked is a case with an attachment, a contact and a letter.
func (w world) worked() complaint.ID {
	w.Helper()
	id := w.register("bj", complaint.Register{Points: []string{"没有告知年费"}, Demand: "退还 300 元"}).ID
	_, err := w.app.AttachFile(ctx, w.who("bj"), id, 0, "扣费记录.txt", strings.NewReader("2026-03-01 年费 300 元\n"))
	w.ok(err)
	w.do("bj", id, complaint.RecordContact{At: *w.now, Channel: "phone", Outbound: true, Reached: true, Summary: "电话 13800001234 联系，说明将核查合同。"})
	_, err = w.app.IssueLetter(ctx, w.who("bj"), id, 0, complaint.Acknowledgement, 0)
	w.ok(err)
	return id
}

// The case file holds the case in clear with its originals, says who took it out,
// verifies, and is recorded.
func TestCaseFileClear(t *testing.T) {
	each(t, func(w world) {
		id := w.worked()
		b := w.caseFile("bjlead", id, app.CaseFileRequest{Reason: "regulator", Why: "国家金融监督管理总局北京监管局调阅"})
		r := w.verified(b)
		if r.Stream != id.Stream() || r.Events < 4 || r.Opened != r.Sealed || r.Sealed == 0 || r.Originals != 3 || r.By != "bjlead 陈立" {
			t.Errorf("%+v", r)
		}
		words := pdfWords(t, w.part(b, dossier.PaperName))
		for _, want := range []string{"投诉案卷", r.Number, "张三丰", "13800001234", "没有告知年费", "说明将核查合同", "扣费记录.txt", "bjlead陈立", "北京监管局调阅", strings.ReplaceAll(r.Fingerprint, " ", "")} {
			if !strings.Contains(words, want) {
				t.Errorf("the paper does not say %q:\n%s", want, words)
			}
		}
		if got := w.part(b, "originals/1-扣费记录.txt"); got != "2026-03-01 年费 300 元\n" {
			t.Errorf("original: %q", got)
		}
		if n, err := w.app.ProveOpened(ctx, bytes.NewReader(b), int64(len(b))); err != nil || n != r.Opened {
			t.Errorf("opened again: %d %v", n, err)
		}
		log, err := w.app.AccessLog(ctx, w.who("bjlead"), id, w.now.AddDate(0, 0, 1), 10)
		w.ok(err)
		if len(log) == 0 || log[0].Kind != "access.Exported" || log[0].Who != "person/bjlead" || log[0].What != "case-file:regulator/clear" {
			t.Errorf("record: %+v", log)
		}
	})
}

// The masked case file proves the same events and holds nothing of the person.
func TestCaseFileMasked(t *testing.T) {
	each(t, func(w world) {
		b := w.caseFile("audit", w.worked(), app.CaseFileRequest{Reason: "audit", Masked: true})
		r := w.verified(b)
		if r.Variant != dossier.Masked || r.Opened != 0 || r.Originals != 0 || r.Sealed == 0 {
			t.Errorf("%+v", r)
		}
		words := pdfWords(t, w.part(b, dossier.PaperName))
		for _, secret := range []string{"张三丰", "13800001234"} {
			if strings.Contains(words, secret) || bytes.Contains(b, []byte(secret)) {
				t.Errorf("%q stands in the masked case file", secret)
			}
		}
		if !strings.Contains(words, "没有告知年费") {
			t.Errorf("the allegations are missing: %s", words)
		}
	})
}

func TestCaseFileRefuses(t *testing.T) {
	each(t, func(w world) {
		id := w.worked()
		named := w.register("office", complaint.Register{Respondents: []complaint.Respondent{{Person: "office"}}}).ID
		good := app.CaseFileRequest{Reason: "court"}
		for _, test := range []struct {
			name string
			by   party.PersonID
			id   complaint.ID
			ask  app.CaseFileRequest
			want fault.Kind
		}{
			{"a handler has no export", "bj", id, good, fault.Forbidden},
			{"another branch", "sh", id, good, fault.Forbidden},
			{"an executive has no export", "exec", id, good, fault.Forbidden},
			{"a party to the complaint", "office", named, good, fault.Recused},
			{"no reason", "office", id, app.CaseFileRequest{}, fault.Invalid},
			{"other without words", "office", id, app.CaseFileRequest{Reason: "other", Why: " "}, fault.Invalid},
			{"too many words", "office", id, app.CaseFileRequest{Reason: "court", Why: strings.Repeat("长", 501)}, fault.Invalid},
			{"no such case", "office", 999999, good, fault.NotFound},
		} {
			if f, err := w.app.CaseFile(ctx, w.who(test.by), test.id, test.ask); !fault.Is(err, test.want) {
				t.Errorf("%s: %v", test.name, err)
				if err == nil {
					w.ok(f.Close())
				}
			}
		}
	})
}

// What was opened is compared with another installation's: it has no such case.
func TestProveOpenedElsewhere(t *testing.T) {
	var b []byte
	each(t, func(w world) {
		if b == nil {
			b = w.caseFile("office", w.worked(), app.CaseFileRequest{Reason: "court"})
			return
		}
		if _, err := w.app.ProveOpened(ctx, bytes.NewReader(b), int64(len(b))); !fault.Is(err, fault.Conflict) {
			t.Errorf("another installation: %v", err)
		}
	})
}
