package app_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

func (w world) letter(by party.PersonID, id review.ID, form string) ([]byte, error) {
	f, err := w.app.ReviewLetter(ctx, w.who(by), id, form)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	w.ok(err)
	if int64(len(b)) != f.Size || !strings.HasSuffix(f.Name, "."+form) {
		w.Errorf("%s: %d bytes, said %d", f.Name, len(b), f.Size)
	}
	return b, nil
}

// The letter says what the ledger says, to whom may read the review, and the same
// state gives the same bytes.
func TestReviewLetter(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		r := w.draft("sub", "稳享理财🎉，产品有风险，投资须谨慎。")
		if _, err := w.letter("sub", r.ID, "pdf"); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a letter before an opinion: %v", err)
		}
		w.review("sub", r.ID, review.HandIn{})
		r = w.review("rev", r.ID, review.Take{})
		for _, f := range r.Unjudged() {
			w.review("rev", r.ID, review.JudgeFinding{N: []int{f.N}, Verdict: review.Dismissed, Why: "语境不同"})
		}
		r = w.review("rev", r.ID, review.AddFinding{Severity: review.Warn, Title: "图案", Quote: "稳享理财🎉", Advice: "删去图案", Rewrite: "稳享理财", Cites: []review.Cite{{Instrument: "ad-law", Article: "25"}}})
		n := r.Findings[len(r.Findings)-1].N
		for _, i := range r.Unchecked() {
			w.review("rev", r.ID, review.CheckItem{Item: i.ID, Verdict: review.ItemOK})
		}
		w.review("rev", r.ID, review.GiveOpinion{Conclusion: review.Agree, Summary: "总体可以", Points: []review.OpinionItem{{Text: "图案会分散注意", Findings: []int{n}}}})
		waiting, err := w.letter("rev", r.ID, "docx")
		w.ok(err)
		w.review("sub", r.ID, review.AnswerPoint{N: 1, Answer: review.NotAdopted, Text: "图案是统一形象"})
		w.review("rev", r.ID, review.CheckPoint{N: 1, OK: true})
		w.review("office", r.ID, review.Clear{Scope: "上海地区", Channels: []string{"branch"}, Until: w.today().AddDays(30), Conditions: []string{"印制通过编号"}})
		docx, err := w.letter("office", r.ID, "docx")
		w.ok(err)
		d, err := extract.Read(ctx, bytes.NewReader(docx), int64(len(docx)), "意见书.docx", extract.Options{})
		w.ok(err)
		for _, want := range []string{r.Number, "消费者权益保护审查意见书", "稳享理财海报", "结论：同意。总体可以。", "图案会分散注意", "“稳享理财🎉”", "《中华人民共和国广告法》第二十五条", "可改为：“稳享理财”",
			"不采纳：图案是统一形象", "附条件通过", "上海地区", "营业网点", "印制通过编号", "文字校验值"} {
			if !strings.Contains(d.Text, want) {
				t.Errorf("the letter does not say %q:\n%s", want, d.Text)
			}
		}
		if bytes.Equal(docx, waiting) {
			t.Error("the letter did not change with the decision")
		}
		pdf, err := w.letter("office", r.ID, "pdf")
		w.ok(err)
		again, err := w.letter("audit", r.ID, "pdf")
		w.ok(err)
		if !bytes.Equal(pdf, again) || !bytes.HasPrefix(pdf, []byte("%PDF")) {
			t.Error("the same state gave another PDF")
		}
		if _, err := w.letter("subsh", r.ID, "pdf"); !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Forbidden) {
			t.Errorf("a letter out of reach: %v", err)
		}
		if _, err := w.letter("office", r.ID, "exe"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a letter as a program: %v", err)
		}
	})
}
