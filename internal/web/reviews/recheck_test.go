package reviews_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/server/servertest"
)

// What circulates is told from what was cleared, and what was dropped is named.
func TestRecheckPage(t *testing.T) {
	w := newWorld(t)
	at := w.clear(mended)
	for _, tt := range []struct {
		name, who, text string
		status          int
		want, not       []string
	}{
		{"the same", sub, strings.ReplaceAll(mended, "\n", "\n\n"), 200, []string{"已通过且在有效期内", "完全相同"}, []string{"现在没有的内容"}},
		{"without the warning", sub, strings.ReplaceAll(mended, "理财非存款，产品有风险，投资须谨慎。\n", ""), 200, []string{"与通过的版本不同", "现在没有的内容", "理财非存款"}, nil},
		{"another branch", other, mended, 200, []string{"已通过且在有效期内", "只能看到结论"}, []string{"网点海报（春季）", `href="` + at + `"`}},
		{"never seen", sub, "本行定于四月一日起调整营业时间，详见各网点公告。", 200, []string{"没有找到送审记录"}, nil},
		{"nothing", sub, " ", 422, []string{"请粘贴文字或选择文件"}, nil},
		{"markup", sub, "<script>alert(1)</script>产品有风险", 200, []string{"没有找到送审记录", "&lt;script&gt;"}, []string{"<script>alert"}},
	} {
		a := w.As(tt.who).Post("/reviews/recheck", "text", tt.text)
		if a.Status != tt.status {
			t.Errorf("%s: %d", tt.name, a.Status)
		}
		for _, s := range tt.want {
			if !strings.Contains(a.Body, s) {
				t.Errorf("%s lacks %q", tt.name, s)
			}
		}
		for _, s := range tt.not {
			if strings.Contains(a.Body, s) {
				t.Errorf("%s shows %q", tt.name, s)
			}
		}
	}
	up := w.As(sub).Upload("/reviews/recheck", "files", "海报.txt", []byte(mended))
	if up.Status != 200 || !strings.Contains(up.Body, "已通过且在有效期内") {
		t.Errorf("a file: %d", up.Status)
	}
	w.Pass(300 * 24 * time.Hour)
	late := w.As(sub).Post("/reviews/recheck", "text", mended)
	if !strings.Contains(late.Body, "通过已到期") {
		t.Error("the clearance did not run out")
	}
	if page := w.As(sub).Get(at); !strings.Contains(page.Body, "到期，材料须停用") {
		t.Error("the review does not say that its clearance ran out")
	}
}

// Files are read at once, kept, and come back as they were; one that cannot be
// read leaves the draft and says why.
func TestFiles(t *testing.T) {
	w := newWorld(t)
	b := w.As(sub)
	a := b.Upload("/reviews/new", "files", "海报 正文.txt", []byte(poster), posterFields...)
	if a.Status != 303 {
		t.Fatalf("%d\n%s", a.Status, a.Text())
	}
	at := a.Location()
	page := b.Get(at)
	for _, want := range []string{"海报 正文.txt", "字", "按 2026-04-15 有效的规定发现"} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	file := b.Get(at + "/materials/1/1")
	if file.Status != 200 || file.Body != poster || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") || file.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the file: %d %v", file.Status, file.Header)
	}
	broken := b.Upload("/reviews/new", "files", "空.txt", nil, posterFields...)
	if broken.Status != 303 || !strings.HasSuffix(broken.Location(), "#submit") {
		t.Fatalf("an empty file: %d %s", broken.Status, broken.Location())
	}
	draft := b.Get(strings.TrimSuffix(broken.Location(), "#submit"))
	if !strings.Contains(draft.Body, "材料没有收下") || !strings.Contains(draft.Body, "请先上传材料") {
		t.Error("the draft does not say that its material was refused")
	}
}

// A place that several rules speak of is one finding, which names the others.
func TestFindingNamesTheOthers(t *testing.T) {
	w := newWorld(t)
	at := w.inReview("本产品保本保收益，零风险，稳赚不赔，年化收益率8%。")
	b, named := w.As(rev), 0
	for n := 1; ; n++ {
		a := b.Get(at + "/findings/" + strconv.Itoa(n))
		if a.Status == 404 {
			break
		}
		if a = w.htmx(b, at+"/findings/"+strconv.Itoa(n)); strings.Contains(a.Body, "这一处同样触及") {
			named++
		}
	}
	if named == 0 {
		t.Error("no finding names another rule")
	}
}

// Parts of the page come by themselves for a script, as pages for a plain browser.
func TestParts(t *testing.T) {
	w := newWorld(t)
	at := w.inReview(poster)
	b := w.As(rev)
	for _, tt := range []struct{ path, want string }{{"/findings/1", `data-focused="1"`}, {"/pages?from=1", `class="rv-sheet"`}, {"/alike", "没有相近的材料"}, {"/product", "稳享三号理财产品"}, {"/opinion", "data-builder"}, {"/do/ask", "期限暂停计算"}, {"?part=work&show=error", "data-base="}} {
		if a := w.htmx(b, at+tt.path); a.Status != 200 || !strings.Contains(a.Body, tt.want) || strings.Contains(a.Body, "<html") {
			t.Errorf("%s: %d without %q", tt.path, a.Status, tt.want)
		}
		if a := b.Get(at + tt.path); a.Status != 303 && (a.Status != 200 || !strings.Contains(a.Body, "<html")) {
			t.Errorf("%s without a script: %d", tt.path, a.Status)
		}
	}
}

func (w world) htmx(b *servertest.Browser, path string) servertest.Answer {
	w.t.Helper()
	r := newRequest(w.t, w.URL+path)
	r.Header.Set("HX-Request", "true")
	return b.Do(r)
}

// Words marked in the document become a finding in their place; words that were
// typed are looked for.
func TestAddFinding(t *testing.T) {
	w := newWorld(t)
	at := w.inReview(poster)
	b := w.As(rev)
	start := strings.Index(poster, "机会难得")
	form := b.Get(at + "/do/add-finding?start=" + itoa(start) + "&end=" + itoa(start+12))
	if !strings.Contains(form.Body, ">机会难得</textarea>") {
		t.Error("the marked words are not on the form")
	}
	w.do(b, at, "add-finding", "quote", "咨询电话", "severity", "warn", "title", "电话缺少服务时间", "advice", "写明服务时间", "cites[0].instrument", "ad-law", "cites[0].article", "25")
	if a := w.act(b, at, "add-finding", "quote", "x", "severity", "warn", "title", "", "advice", "写明"); a.Status != 422 || !strings.Contains(a.Body, "请填写问题") {
		t.Errorf("without a title: %d", a.Status)
	}
	all := w.get(at).Findings
	last := all[len(all)-1]
	if last.By == "" || last.Start != strings.Index(poster, "咨询电话") || last.Place != "第 6 行" || len(last.Cites) != 1 {
		t.Errorf("the finding %+v", last)
	}
}
