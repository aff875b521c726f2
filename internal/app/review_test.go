package app_test

import (
	"io"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/catalog"
	"xiaobao/internal/review/check"
	"xiaobao/internal/storage"
)

// reviewers adds those who submit and review to the institution.
func (w world) reviewers() {
	w.Helper()
	for _, u := range []party.Unit{{ID: "01D", Name: "消费者权益保护部", Parent: "01", Level: party.Department}, {ID: "01R", Name: "零售业务部", Parent: "01", Level: party.Department}} {
		w.ok(w.app.SetUnit(ctx, party.System, u, ""))
	}
	for _, p := range []party.Person{
		{ID: "sub", Login: "sub", Name: "许宁", Unit: "01R", Roles: []party.Role{party.Submitter}}, {ID: "subsh", Login: "subsh", Name: "施沪", Unit: "0102", Roles: []party.Role{party.Submitter}},
		{ID: "rev", Login: "rev", Name: "林珊", Unit: "01D", Roles: []party.Role{party.Reviewer}}, {ID: "revsh", Login: "revsh", Name: "高洁", Unit: "0102", Roles: []party.Role{party.Reviewer}},
	} {
		w.ok(w.app.SetPerson(ctx, party.System, p, ""))
	}
}

var posterForm = map[string]string{"line": "wealth", "issuer": "财富管理部", "channels": "branch,app", "publish_on": "2026-10-20", "publish_until": "2026-12-31"}

func (w world) draft(by party.PersonID, text string) review.Review {
	w.Helper()
	r, err := w.app.Draft(ctx, w.who(by), review.NewDraft{Kind: "marketing.poster", Title: "稳享理财海报", Form: posterForm})
	w.ok(err)
	r, err = w.app.AddMaterial(ctx, w.who(by), r.ID, r.Version, text, "", nil)
	w.ok(err)
	return r
}

func (w world) review(by party.PersonID, id review.ID, c review.Command) review.Review {
	w.Helper()
	r, err := w.app.DoReview(ctx, w.who(by), id, 0, c)
	if err != nil {
		w.Fatalf("%s %T: %v", by, c, err)
	}
	return r
}

// clear takes a review from its draft to its clearance.
func (w world) clear(id review.ID) review.Review {
	w.Helper()
	w.review("sub", id, review.HandIn{})
	r := w.review("rev", id, review.Take{})
	for _, f := range r.Unjudged() {
		w.review("rev", id, review.JudgeFinding{N: []int{f.N}, Verdict: review.Dismissed, Why: "语境不同"})
	}
	for _, i := range r.Unchecked() {
		w.review("rev", id, review.CheckItem{Item: i.ID, Verdict: review.ItemOK})
	}
	w.review("rev", id, review.GiveOpinion{Conclusion: review.Agree, Summary: "同意"})
	return w.review("office", id, review.Clear{Scope: "全国", Channels: []string{"branch"}, Until: w.today().AddDays(90)})
}

// S3.1: from draft to clearance on both engines; lists, counts and search show
// the same people the same reviews.
func TestReviewFromDraftToClearance(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		r := w.draft("sub", "稳享理财，产品有风险，投资须谨慎。")
		if m, _ := r.Current(); m.Reading == nil || m.Reading.Chars != 17 || len(m.Scans) != 1 {
			t.Fatalf("material %+v", m)
		}
		seen := func(by party.PersonID, f storage.ReviewFilter) int {
			list, err := w.app.Reviews(ctx, w.who(by), f)
			w.ok(err)
			return len(list.Rows)
		}
		if n := seen("office", storage.ReviewFilter{}); n != 0 {
			t.Errorf("the office sees %d drafts of others", n)
		}
		if _, err := w.app.Review(ctx, w.who("office"), r.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's draft: %v", err)
		}
		w.clear(r.ID)
		for by, want := range map[party.PersonID]int{"sub": 1, "rev": 1, "office": 1, "subsh": 0, "revsh": 0, "audit": 1} {
			if n := seen(by, storage.ReviewFilter{}); n != want {
				t.Errorf("%s sees %d, want %d", by, n, want)
			}
			found, err := w.app.SearchReviews(ctx, w.who(by), "稳享理财", 10)
			w.ok(err)
			if len(found) != want {
				t.Errorf("%s finds %d, want %d", by, len(found), want)
			}
			if _, err := w.app.Review(ctx, w.who(by), r.ID); (err == nil) != (want == 1) {
				t.Errorf("%s opens it: %v", by, err)
			}
		}
		if n := seen("office", storage.ReviewFilter{States: []review.State{review.Expired}}); n != 0 {
			t.Errorf("%d expired before time", n)
		}
		*w.now = w.now.AddDate(0, 0, 91)
		if n := seen("office", storage.ReviewFilter{States: []review.State{review.Expired}}); n != 1 {
			t.Errorf("%d expired, want 1", n)
		}
		w.alike()
	})
}

// A changed material needs a review of its own, and its clearance ends the old one.
func TestChangeReplacesClearance(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		old := w.clear(w.draft("sub", "稳享理财，产品有风险，投资须谨慎。").ID)
		if _, err := w.app.AddMaterial(ctx, w.who("sub"), old.ID, 0, "另一版", "改", nil); !fault.Is(err, fault.Conflict) {
			t.Fatalf("the cleared material was exchanged: %v", err)
		}
		fresh, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "稳享理财海报（二）", Form: posterForm, Prior: old.ID})
		w.ok(err)
		_, err = w.app.AddMaterial(ctx, w.who("sub"), fresh.ID, 0, "稳享理财第二期，产品有风险，投资须谨慎。", "", nil)
		w.ok(err)
		w.clear(fresh.ID)
		p, err := w.app.Review(ctx, w.who("office"), old.ID)
		w.ok(err)
		if p.Review.State != review.Ended || p.Review.Next != fresh.ID {
			t.Errorf("old clearance: %s, next %d", p.Review.State, p.Review.Next)
		}
		w.alike()
	})
}

// Files are kept sealed and come back byte for byte; what cannot be read leaves nothing.
func TestReviewFiles(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		r, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "海报", Form: posterForm})
		w.ok(err)
		_, err = w.app.AddMaterial(ctx, w.who("sub"), r.ID, r.Version, "", "", []app.Upload{{Name: "a.txt", Body: strings.NewReader("保本高收益")}, {Name: "b.txt", Body: strings.NewReader("")}})
		if err == nil || !strings.Contains(err.Error(), "b.txt") {
			t.Fatalf("an empty file: %v", err)
		}
		r, err = w.app.AddMaterial(ctx, w.who("sub"), r.ID, r.Version, "", "", []app.Upload{{Name: `C:\海报\a.txt`, Body: strings.NewReader("保本高收益")}, {Name: "b.txt", Body: strings.NewReader("投资须谨慎")}})
		w.ok(err)
		d, err := w.app.Material(ctx, w.who("sub"), r.ID, 1)
		w.ok(err)
		if d.Text != "保本高收益\n投资须谨慎" || d.Blocks[1].Place != "b.txt 第 1 行" {
			t.Errorf("read %+v", d)
		}
		f, err := w.app.OpenMaterial(ctx, w.who("sub"), r.ID, 1, 1)
		w.ok(err)
		defer f.Close()
		if b, err := io.ReadAll(f); err != nil || string(b) != "保本高收益" || f.Name != "a.txt" {
			t.Errorf("%s: %q, %v", f.Name, b, err)
		}
		if _, err := w.app.OpenMaterial(ctx, w.who("office"), r.ID, 1, 1); !fault.Is(err, fault.NotFound) {
			t.Errorf("a file of another's draft: %v", err)
		}
	})
}

// Two people who decide at once: one of them is told, nothing is lost.
func TestReviewStale(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		r := w.draft("sub", "产品有风险，投资须谨慎。")
		w.review("sub", r.ID, review.HandIn{})
		if _, err := w.app.DoReview(ctx, w.who("rev"), r.ID, r.Version, review.Take{}); !fault.Is(err, fault.Stale) {
			t.Errorf("an old version: %v", err)
		}
	})
}

// S3.6: the product ties its reviews and its complaints together, each in the reader's reach.
func TestProduct(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		p := catalog.Product{ID: "WX-3", Name: "稳享三号", Line: "wealth", Grade: "R2", Code: "wealth_own", Status: "on_sale"}
		w.ok(w.app.SetProduct(ctx, w.who("sub"), p))
		if err := w.app.SetProduct(ctx, w.who("sh"), p); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a clerk changed the register: %v", err)
		}
		p.Grade = "R3"
		w.ok(w.app.SetProduct(ctx, w.who("office"), p))
		if _, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "海报", Product: "WX-9", Form: posterForm}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a product nobody registered: %v", err)
		}
		_, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "海报", Product: "WX-3", Form: posterForm})
		w.ok(err)
		w.register("bj", complaint.Register{Codes: complaint.Codes{Product: "wealth_own", Reason: "marketing"}})
		for by, want := range map[party.PersonID][2]int{"sub": {1, 0}, "bj": {0, 1}, "sh": {0, 0}, "office": {0, 1}} {
			got, err := w.app.Product(ctx, w.who(by), "WX-3")
			w.ok(err)
			if len(got.Reviews) != want[0] || len(got.Complaints) != want[1] || got.Product.Grade != "R3" || len(got.History) != 2 {
				t.Errorf("%s: %d reviews, %d reasons, grade %s, %d changes, want %v", by, len(got.Reviews), len(got.Complaints), got.Product.Grade, len(got.History), want)
			}
		}
		found, err := w.app.Products(ctx, w.who("bj"), "", "稳享", 10)
		w.ok(err)
		if len(found) != 1 {
			t.Errorf("found %v", found)
		}
		w.alike()
	})
}

// What words alone do not tell is found too: within the material, and against
// what else of the product was cleared, but not against what it replaces.
func TestReviewChecks(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		w.ok(w.app.SetProduct(ctx, w.who("sub"), catalog.Product{ID: "WX-3", Name: "稳享三号", Line: "wealth", Grade: "R2", Status: "on_sale"}))
		draft := func(text string, prior review.ID) review.Review {
			r, err := w.app.Draft(ctx, w.who("sub"), review.NewDraft{Kind: "marketing.poster", Title: "稳享三号海报", Product: "WX-3", Form: posterForm, Prior: prior})
			w.ok(err)
			r, err = w.app.AddMaterial(ctx, w.who("sub"), r.ID, r.Version, text, "", nil)
			w.ok(err)
			return r
		}
		sorts := func(r review.Review) map[string]string {
			out := map[string]string{}
			for _, f := range r.Findings {
				if f.Pack == "check" {
					out[f.Rule] = f.Place + " " + f.Quote
				}
			}
			return out
		}
		first := draft("业绩比较基准3.2%，产品有风险。\n客服热线：95588\n客服热线：95599", 0)
		if got := sorts(first); got["check.numbers-differ"] != "第 3 行 客服热线：95599" || got["check.benefit-alone"] != "" {
			t.Errorf("first: %v", got)
		}
		if m, _ := first.Current(); !strings.HasSuffix(m.Scans[0].Rules, check.Edition()) {
			t.Errorf("scan by %q", m.Scans[0].Rules)
		}
		w.clear(first.ID)
		if got := sorts(draft("业绩比较基准3.5%，产品有风险。", 0)); got["check.other-differs"] != "第 1 行 业绩比较基准3.5%" {
			t.Errorf("second: %v", got)
		}
		if got := sorts(draft("业绩比较基准3.5%，产品有风险。", first.ID)); got["check.other-differs"] != "" {
			t.Errorf("a replacement: %v", got)
		}
	})
}
