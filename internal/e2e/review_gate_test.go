package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaobao/internal/review"
)

// onDisk writes a file for a command.
func onDisk(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// scanned is what a publishing pipeline reads of a scan.
type scanned struct {
	On                       string
	Texts, Error, Warn, Info int
	Found                    []struct {
		Text     string
		Findings []struct {
			Rule, Quote, Place, Advice, Severity string
			Page, Line                           int
			Cite                                 []struct{ Instrument, Article string }
		}
	}
	Unread []struct{ Text, Why string }
}

func (h house) scans(file, day string) (scanned, result) {
	h.t.Helper()
	r := h.plain("scan", file, "--pack", "all", "--as-of", day, "--kind", "marketing.poster", "--json")
	var s scanned
	if err := json.Unmarshal([]byte(r.out), &s); err != nil {
		h.t.Fatalf("%s: %v\n%s%s", file, err, r.out, r.err)
	}
	return s, r
}

// cites reports whether a finding names the instrument.
func (s scanned) cites(instrument string) bool {
	for _, f := range s.Found {
		for _, x := range f.Findings {
			for _, c := range x.Cite {
				if c.Instrument == instrument {
					return true
				}
			}
		}
	}
	return false
}

// S3.1: the scan as the gate of a publishing pipeline. The exit code decides;
// place and article stand in the answer; rules count from the day they are in force.
func TestScanAsAGate(t *testing.T) {
	t.Parallel()
	h := house{t: t}
	harmless := []string{"本行定于四月一日起调整营业时间", "详见各网点公告"}
	for _, c := range carriers[:len(carriers)-1] {
		t.Run(c.name, func(t *testing.T) {
			h := house{t: t}
			s, r := h.scans(onDisk(t, c.name, c.make(t, harmless, promise)), "2026-10-20")
			if r.code != 1 || s.Error == 0 || s.On != "2026-10-20" || s.Texts != 1 || len(s.Unread) != 0 {
				t.Fatalf("exit %d, %+v\n%s", r.code, s, r.err)
			}
			placed := false
			for _, x := range s.Found[0].Findings {
				if !strings.Contains(x.Quote, "保本") || len(x.Cite) == 0 {
					continue
				}
				line := c.name == "短文.txt" && x.Line == 2
				placed = placed || line || strings.Contains(x.Place, c.place)
				if x.Cite[0].Instrument == "" || x.Cite[0].Article == "" || x.Advice == "" || x.Severity == "" {
					t.Errorf("finding %+v", x)
				}
			}
			if !placed {
				t.Errorf("no finding at %s: %+v", c.place, s.Found)
			}
			if !s.cites("pbc-2026-9") {
				t.Error("the measures of 2026 are not cited after they are in force")
			}
			if s, r := h.scans(onDisk(t, c.name, c.make(t, harmless, promise)), "2026-09-01"); r.code != 1 || s.cites("pbc-2026-9") {
				t.Errorf("before they are in force: exit %d, cited %v", r.code, s.cites("pbc-2026-9"))
			}
			if s, r := h.scans(onDisk(t, c.name, c.make(t, harmless, "请携带身份证件")), "2026-10-20"); r.code != 0 || s.Error+s.Warn != 0 {
				t.Errorf("a harmless one: exit %d, %+v", r.code, s.Found)
			}
		})
	}
	file := onDisk(t, "海报.txt", []byte(promise))
	for _, args := range [][]string{{"scan"}, {"scan", file, "--as-of", "下周"}, {"scan", file, "--pack", "nonesuch"}, {"scan", file, "--colour"}, {"scan", file, "--as-of", "2026-02-30"}} {
		if r := h.plain(args...); r.code != 2 || r.err == "" || r.out != "" {
			t.Errorf("%q: exit %d, out %q, err %q", args, r.code, r.out, r.err)
		}
	}
	for name, data := range map[string][]byte{"加密.docx": locked(t), "坏.pdf": []byte("%PDF-1.7 x")} {
		if r := h.plain("scan", onDisk(t, name, data), "--pack", "all", "--json"); r.code != 1 || !strings.Contains(r.err+r.out, name) {
			t.Errorf("%s: exit %d, %q", name, r.code, r.err)
		}
	}
	if r := h.plain("scan", filepath.Join(t.TempDir(), "无.docx")); r.code != 1 || !strings.Contains(r.err, "无.docx") {
		t.Errorf("no file: exit %d, %q", r.code, r.err)
	}
}

// member adds a person with a token.
func (h house) member(login, role string) caller {
	h.t.Helper()
	var person struct{ Login string }
	h.must(&person, "user", "add", "--login", login, "--name", login, "--roles", role)
	var token struct{ Token string }
	h.must(&token, "token", "create", "--as", login, "--name", "发布系统", "--scopes", "read,write")
	return caller{token.Token}
}

// toldReview is a review as the API tells it.
type toldReview struct {
	ID       int64
	Number   string
	State    string
	Findings []struct {
		N       int
		Verdict string
	}
	Clearance *struct{ Number string }
}

// S3.1 CP-43: a text is cleared over the API; the command then tells what
// circulates as a file from what was cleared, with its exit code.
func TestRecheckAsAGate(t *testing.T) {
	t.Parallel()
	h, _ := founded(t)
	sub, rev, head := h.member("sub", "submitter"), h.member("rev", "reviewer"), h.member("head", "office")
	lines := []string{"稳享一号理财产品说明", "业绩比较基准2.80%，不代表未来表现，不构成收益承诺", "发行机构：示例理财有限责任公司"}
	cleared := strings.Join(append(lines[:len(lines):len(lines)], warning), "\n")
	s := h.serve()
	keys := 0
	do := func(c caller, path string, body any, want int) (r toldReview) {
		t.Helper()
		keys++
		status, err := c.do(http.MethodPost, s.URL+"/api/v1/reviews"+path, fmt.Sprint("k", keys), body, &r)
		if err != nil || status != want {
			t.Fatalf("%s: %d, %v", path, status, err)
		}
		return r
	}
	form := map[string]any{"line": "wealth", "issuer": "财富管理部", "channels": "branch", "publish_on": "2026-12-20", "publish_until": "2027-03-31"}
	r := do(sub, "", map[string]any{"kind": "marketing.poster", "title": "海报", "form": form}, http.StatusCreated)
	at := fmt.Sprintf("/%d", r.ID)
	do(sub, at+"/material", map[string]any{"text": cleared}, http.StatusOK)
	do(sub, at+"/hand-in", map[string]any{}, http.StatusOK)
	r = do(rev, at+"/take", map[string]any{}, http.StatusOK)
	for _, f := range r.Findings {
		do(rev, at+"/judge-finding", map[string]any{"n": []int{f.N}, "verdict": "dismissed", "why": "相邻位置已有充分提示"}, http.StatusOK)
	}
	kind, _ := review.KindOf("marketing.poster")
	for _, item := range kind.Items() {
		do(rev, at+"/check-item", map[string]any{"item": item.ID, "verdict": "ok"}, http.StatusOK)
	}
	do(rev, at+"/give-opinion", map[string]any{"conclusion": "agree", "summary": "同意"}, http.StatusOK)
	r = do(head, at+"/clear", map[string]any{"scope": "全国", "channels": []string{"branch"}, "until": "2027-03-31"}, http.StatusOK)
	if r.Clearance == nil || r.Clearance.Number == "" {
		t.Fatalf("clearance %+v", r)
	}
	s.stop(t)
	for _, tt := range []struct {
		name, standing string
		data           []byte
		code           int
	}{
		{"海报.docx", "differs", wordWithHeader(t, append(lines[:len(lines):len(lines)], warning), "示例银行"), 1}, {"海报.txt", "cleared", []byte(cleared), 0}, {"海报.html", "differs", webPage(t, lines, promise), 1}, {"公告.txt", "unknown", []byte("本行定于四月一日起调整营业时间。"), 1},
	} {
		a := h.run("recheck", onDisk(t, tt.name, tt.data), "--json")
		var got struct {
			Files []struct{ Standing, Number, Clearance, Until string }
		}
		if err := json.Unmarshal([]byte(a.out), &got); err != nil || a.code != tt.code || len(got.Files) != 1 || got.Files[0].Standing != tt.standing {
			t.Errorf("%s: exit %d, want %d and %s\n%s%s", tt.name, a.code, tt.code, tt.standing, a.out, a.err)
			continue
		}
		if f := got.Files[0]; tt.standing == "cleared" && (f.Clearance != r.Clearance.Number || f.Until != "2027-03-31" || f.Number != r.Number) {
			t.Errorf("%s: %+v", tt.name, f)
		}
	}
	for _, args := range [][]string{{"recheck"}, {"recheck", "x.txt", "--colour"}} {
		if a := h.run(args...); a.code != 2 || a.err == "" {
			t.Errorf("%q: exit %d, %q", args, a.code, a.err)
		}
	}
	if a := h.run("recheck", onDisk(t, "加密.docx", locked(t))); a.code != 1 || !strings.Contains(a.err, "取消密码") {
		t.Errorf("with a password: exit %d, %q", a.code, a.err)
	}
}
