package reviews_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/review"
	"xiaobao/internal/server/servertest"
)

// S3.1 through the real forms: drafted, judged, answered, disputed, cleared.
func TestFromDraftToClearance(t *testing.T) {
	w := newWorld(t)
	submitter, reviewer, office := w.As(sub), w.As(rev), w.As("office")
	at := w.draft(poster)
	page := submitter.Get(at)
	for _, want := range []string{"稳享三号理财产品网点海报", "送审前", "火热发售", "class=\"hit hit-error is-open\"", "系统"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the draft lacks %q", want)
		}
	}
	if office.Get(at).Status != 404 {
		t.Error("the office sees another's draft")
	}
	w.do(submitter, at, "hand-in", "urgent", "yes", "why", "新品四月开售")
	w.do(reviewer, at, "take")
	r := w.get(at)
	if len(r.Unjudged()) < 3 || !r.Urgent {
		t.Fatalf("%d findings, urgent %v", len(r.Unjudged()), r.Urgent)
	}
	if a := w.act(reviewer, at, "give-opinion", "conclusion", "agree", "summary", "同意"); a.Status != 422 || !strings.Contains(a.Body, "没有判断") || !strings.Contains(a.Body, ">同意</textarea>") {
		t.Errorf("an opinion with open findings: %d", a.Status)
	}
	w.judge(reviewer, at)
	w.check(reviewer, at)
	opinion := reviewer.Get(at)
	fields := builderFields(t, opinion.Body)
	w.do(reviewer, at, "give-opinion", append(fields, "conclusion", "after_change", "summary", "请修改")...)
	r = w.get(at)
	if r.State != review.Opinion || len(r.Points) == 0 {
		t.Fatalf("%s with %d points", r.State, len(r.Points))
	}
	must := 0
	for _, p := range r.Points {
		if p.Must {
			must = p.N
		}
	}
	if a := w.act(submitter, at, "answer-point", "n", strconv.Itoa(must), "answer", "adopted"); a.Status != 422 || !strings.Contains(a.Body, "请先上传修改后的版本") {
		t.Errorf("adopted without a new version: %d", a.Status)
	}
	w.do(submitter, at, "material", "text", mended, "note", "按意见修改收益和风险表述")
	w.answer(submitter, at, must)
	versus := reviewer.Get(at + "?v=2&against=1")
	if !strings.Contains(versus.Body, "<ins>") || !strings.Contains(versus.Body, "<del>") {
		t.Error("the comparison shows no difference")
	}
	w.settle(reviewer, office, at, must)
	w.judge(reviewer, at)
	w.do(office, at, "clear", "scope", "全行网点", "channels", "branch", "until", "2026-12-31", "conditions", "随附风险揭示书\r\n\r\n不得转发")
	cleared := submitter.Get(at)
	r = w.get(at)
	if !r.Cleared() || len(r.Clearance.Conditions) != 2 || !strings.Contains(cleared.Body, r.Clearance.Number) || !strings.Contains(cleared.Body, "请印在材料上") {
		t.Errorf("clearance %+v", r.Clearance)
	}
	for _, look := range []string{"/print", "/letter/docx", "/letter/pdf"} {
		if a := submitter.Get(at + look); a.Status != 200 {
			t.Errorf("%s: %d", look, a.Status)
		}
	}
}

// judge accepts what is serious and dismisses the rest, one rule at a time.
func (w world) judge(b browser, at string) {
	w.t.Helper()
	for len(w.get(at).Unjudged()) > 0 {
		f := w.get(at).Unjudged()[0]
		verdict := "accepted"
		if f.Severity != review.Error {
			verdict = "dismissed"
		}
		w.do(b, at, "judge-finding", "n", strconv.Itoa(f.N), "verdict", verdict, "why", "语境不同", "same", "yes")
	}
}

func (w world) answer(b browser, at string, dispute int) {
	w.t.Helper()
	for _, p := range w.get(at).Points {
		answer, why := "adopted", ""
		if p.N == dispute {
			answer, why = "not_adopted", "业务上需要保留"
		}
		w.do(b, at, "answer-point", "n", strconv.Itoa(p.N), "answer", answer, "text", why)
	}
}

// settle confirms every answer but the disputed one, which goes to the superior.
func (w world) settle(reviewer, office browser, at string, dispute int) {
	w.t.Helper()
	for _, p := range w.get(at).Points {
		if p.N != dispute {
			w.do(reviewer, at, "check-point", "n", strconv.Itoa(p.N), "ok", "yes")
		}
	}
	w.do(reviewer, at, "raise-point", "n", strconv.Itoa(dispute), "why", "必须采纳")
	w.do(office, at, "settle-point", "n", strconv.Itoa(dispute), "upheld", "no", "why", "新版已没有这句话")
}

type browser = *servertest.Browser

var (
	pointName = regexp.MustCompile(`name="(points\[\d+\]\.(?:use|must))" value="yes" checked`)
	pointRest = regexp.MustCompile(`type="hidden" name="(points\[\d+\]\.findings)" value="(\d+)"`)
	pointText = regexp.MustCompile(`(?s)name="(points\[\d+\]\.text)"[^>]*>([^<]*)</textarea>`)
)

// builderFields are the fields of the opinion as the page offers it.
func builderFields(t testing.TB, body string) []string {
	t.Helper()
	var out []string
	for _, m := range pointName.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1], "yes")
	}
	for _, re := range []*regexp.Regexp{pointRest, pointText} {
		for _, m := range re.FindAllStringSubmatch(body, -1) {
			out = append(out, m[1], html.UnescapeString(m[2]))
		}
	}
	if len(out) == 0 {
		t.Fatal("the page offers no points")
	}
	return out
}

// Who may not is told, and nothing of another's matter shows.
func TestReach(t *testing.T) {
	w := newWorld(t)
	at := w.inReview(poster)
	for _, tt := range []struct {
		who, path string
		want      int
	}{
		{other, at, 403}, {other, at + "/print", 403}, {other, at + "/alike", 403}, {other, at + "/pages?from=1", 403}, {"shanghai", "/reviews", 200}, {"auditor", at, 200}, {"executive", at, 200}, {"admin", "/reviews", 403},
		{sub, "/reviews/999", 404}, {sub, "/reviews/abc", 404}, {rev, at + "/findings/9999", 404}, {rev, at + "/materials/9/1", 404}, {"auditor", "/reviews/new", 403},
	} {
		if a := w.As(tt.who).Get(tt.path); a.Status != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.who, tt.path, a.Status, tt.want)
		}
	}
	if strings.Contains(w.As(other).Get("/reviews?tab=all").Body, "稳享三号") {
		t.Error("another branch sees the title in the list")
	}
	for _, tt := range []struct {
		who, verb string
		fields    []string
		want      int
		say       string
	}{
		{sub, "judge-finding", []string{"n", "1", "verdict", "accepted"}, 403, ""},
		{"office", "judge-finding", []string{"n", "1", "verdict", "accepted"}, 403, "由其他人员负责审查"},
		{rev, "judge-finding", []string{"n", "1", "verdict", "dismissed"}, 422, "请填写排除原因"},
		{rev, "judge-finding", []string{"n", "1", "verdict", "accepted", "version", "1"}, 409, "新的变化"},
		{rev, "clear", []string{"scope", "全国"}, 403, ""},
		{"office", "clear", []string{"scope", "全国"}, 409, "不能通过"},
		{sub, "edit", []string{"title", "改"}, 409, "不能修改送审内容"},
		{rev, "check-item", []string{"item", "truth", "verdict", "problem"}, 422, "请填写说明"},
	} {
		a := w.As(tt.who).Post(at+"/"+tt.verb, tt.fields...)
		if a.Status != tt.want || !strings.Contains(a.Body, tt.say) {
			t.Errorf("%s %s: %d, want %d with %q\n%.600s", tt.who, tt.verb, a.Status, tt.want, tt.say, a.Text())
		}
	}
}
