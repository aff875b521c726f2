package overview_test

import (
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// answered makes cases whose suggestions people answered over three weeks.
func answered(t testing.TB, w *servertest.World) {
	t.Helper()
	do := func(who party.PersonID, id complaint.ID, j complaint.Judge) {
		if _, err := w.App.Do(ctx, w.Actor(who), id, 0, j); err != nil {
			t.Fatal(err)
		}
	}
	for week := range 3 {
		for i := range 4 {
			who := []party.PersonID{"handler", "shanghai"}[i%2]
			r, err := w.App.Register(ctx, w.Actor(who), complaint.Register{Channel: "web", Narrative: "账单分期没有同意就开通。", Complainant: complaint.Complainant{Name: "投诉人"}})
			if err != nil {
				t.Fatal(err)
			}
			value := "credit_card"
			if i == 3 {
				value = "loan_consumer"
			}
			do(who, r.ID, complaint.Judge{Topic: complaint.TopicProduct, Suggested: "credit_card", Value: value, Source: "codes.product.credit_card@1", Confidence: 700})
			do(who, r.ID, complaint.Judge{Topic: complaint.TopicStage, Suggested: "solved", Value: []string{"solved", ""}[min(i*week, 1)], Source: "person.stage.solved.done@1"})
		}
		w.Pass(7 * 24 * time.Hour)
	}
}

func TestAccuracyPage(t *testing.T) {
	w := world(t)
	if body := w.As("office").Get("/suggestions").Body; !strings.Contains(body, "还没有人回答过建议") {
		t.Error("an empty page does not say what to do")
	}
	answered(t, w)
	a := w.As("office").Get("/suggestions?period=year")
	for _, want := range []string{"建议的准确度", "产品类别", "信用卡", "个人消费贷款", "75%", "codes.product.credit_card@1", `data-chart="stack"`, "北京分行", "上海分行"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	// Every number opens as many answers as it counts.
	links := 0
	for _, part := range strings.Split(a.Body, `href="/suggestions/answers`)[1:] {
		address, rest, _ := strings.Cut(part, `"`)
		n, _, _ := strings.Cut(strings.TrimPrefix(rest, ">"), "<")
		rows := w.As("office").Get("/suggestions/answers" + html.UnescapeString(address)).Body
		if got := strings.Count(rows, "<tr data-row"); n != "" && got != number(n) {
			t.Errorf("%s counts %s and opens %d rows", html.UnescapeString(address), n, got)
		}
		links++
	}
	if links < 10 {
		t.Errorf("%d numbers open something", links)
	}
	branch := w.As("handler").Get("/suggestions/answers?from=2026-01-01&to=2026-12-31")
	if branch.Status != http.StatusOK || strings.Contains(branch.Body, "上海分行") {
		t.Errorf("a handler sees another branch (%d)", branch.Status)
	}
	if a := w.As("office").Get("/suggestions/answers?from=x&to=y"); a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusBadRequest {
		t.Errorf("bad dates answer %d", a.Status)
	}
}

func number(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n = n*10 + int(r-'0')
		}
	}
	return n
}

func TestAccuracyInABrowser(t *testing.T) {
	w := world(t)
	answered(t, w)
	p := webtest.Start(t, w.URL)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.Cookie(w.URL, "xb_session", w.As("office").Token()))
	for _, lang := range []string{"zh", "en"} {
		must(p.Cookie(w.URL, "xb_lang", lang))
		for _, dark := range []bool{false, true} {
			must(p.Dark(dark))
			p.Size(1440, 900)
			p.Open("/suggestions?period=year")
			p.Axe()
			if dir := os.Getenv("XIAOBAO_PICTURES"); dir != "" {
				p.Screenshot(filepath.Join(dir, "accuracy-"+lang+map[bool]string{true: "-dark"}[dark]+".png"))
			}
		}
	}
	p.Size(390, 844)
	p.Open("/suggestions?period=year")
	p.Axe()
}
