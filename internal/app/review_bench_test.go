package app_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

// contract is a contract of about so many printed pages: clauses that differ, with
// a tenth that a reviewer has to object to.
func contract(pages int) document.Letter {
	l := document.Letter{Issuer: "示例银行", Title: "个人贷款合同"}
	for i := range pages * 9 {
		text := fmt.Sprintf("%d.1 借款人应当在还款日前将不少于应还金额 %d 元的款项存入约定账户，贷款人按年化利率（单利）3.%02d%% 计收利息，并于每期还款日前三日以短信提示。", i+1, 1000+i, i%100)
		if i%10 == 7 {
			text = fmt.Sprintf("%d.1 贷款人有权单方变更第 %d 条的内容，变更自公布之日起生效，本条款最终解释权归贷款人所有。", i+1, i)
		}
		l.Blocks = append(l.Blocks, document.Block{Kind: document.Heading, Text: fmt.Sprintf("第%d条 还款与变更", i+1)}, document.Block{Kind: document.Paragraph, Text: text})
	}
	return l
}

// BenchmarkContract is a contract of 300 pages from the upload to its findings:
// read, sealed and stored, checked by the packs of contracts, written to the ledger.
func BenchmarkContract(b *testing.B) {
	for form, write := range map[string]func(io.Writer, document.Letter) error{"docx": document.WriteDOCX, "pdf": func(w io.Writer, l document.Letter) error {
		_, err := document.WritePDF(w, l)
		return err
	}} {
		b.Run(form, func(b *testing.B) {
			var file bytes.Buffer
			if err := write(&file, contract(300)); err != nil {
				b.Fatal(err)
			}
			w := benchReviews(b)
			who, err := w.Actor(ctx, "sub")
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(file.Len()))
			for b.Loop() {
				r, err := w.Draft(ctx, who, review.NewDraft{Kind: "contract", Title: "合同", Form: map[string]string{"line": "loan"}})
				if err == nil {
					r, err = w.AddMaterial(ctx, who, r.ID, 0, "", "", []app.Upload{{Name: "合同." + form, Body: bytes.NewReader(file.Bytes())}})
				}
				if err != nil {
					b.Fatal(err)
				}
				m, _ := r.Current()
				b.ReportMetric(float64(m.Reading.Chars), "chars")
				b.ReportMetric(float64(m.Reading.Pages), "pages")
				b.ReportMetric(float64(len(r.Findings)), "findings")
			}
		})
	}
}

// benchReviews is an institution with one submitter over an empty store.
func benchReviews(b *testing.B) *app.App {
	b.Helper()
	o := storagetest.SQLite(b)
	a, err := app.New(ctx, app.Options{Store: storagetest.Open(b, o), Blobs: blob.New(b.TempDir(), rand.Reader), Now: o.Now, Rand: rand.Reader, Institution: "示例银行"})
	if err != nil {
		b.Fatal(err)
	}
	for _, err := range []error{a.SetUnit(ctx, party.System, party.Unit{ID: "01", Name: "总行", Level: party.HeadOffice}, ""),
		a.SetPerson(ctx, party.System, party.Person{ID: "sub", Login: "sub", Name: "许宁", Unit: "01", Roles: []party.Role{party.Submitter}}, "")} {
		if err != nil {
			b.Fatal(err)
		}
	}
	return a
}
