package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var ctx = context.Background()

// world is an institution on a real database behind the API, with a clock that
// the test moves.
type world struct {
	testing.TB
	app     *app.App
	handler http.Handler
	now     *time.Time
	log     *bytes.Buffer
	storage storage.Options
	token   map[party.PersonID]string
}

func newWorld(t testing.TB) world {
	t.Helper()
	now := calendar.Of(2026, 3, 31).Time().Add(10 * time.Hour)
	w := world{TB: t, now: &now, log: new(bytes.Buffer), token: map[party.PersonID]string{}}
	o := storagetest.SQLite(t)
	o.Now = func() time.Time { return *w.now }
	w.storage = o
	ocr, _ := exec.LookPath("tesseract") // none: pictures are not read
	a, err := app.New(ctx, app.Options{Hasher: identity.NewWeakHasher(1), OCR: ocr, Store: storagetest.Open(t, o), Blobs: blob.New(t.TempDir(), rand.Reader), Now: o.Now, Rand: rand.Reader, Institution: "示例银行股份有限公司"})
	w.ok(err)
	w.app = a
	w.handler = api.New(api.Options{App: a, Log: slog.New(slog.NewTextHandler(w.log, nil)), Asset: func(name string) (string, error) { return "/assets/" + name, nil }})
	w.found()
	return w
}

func (w world) found() {
	w.Helper()
	for _, u := range []party.Unit{
		{ID: "01", Name: "总行", Level: party.HeadOffice, Address: "示例市示例路1号", Phone: "400-000-0000"},
		{ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京", Phone: "010-00000000"},
		{ID: "0102", Name: "上海分行", Parent: "01", Level: party.Branch, Region: "上海"},
	} {
		w.ok(w.app.SetUnit(ctx, party.System, u, ""))
	}
	for _, p := range []party.Person{
		{ID: "office", Login: "office", Name: "周敏", Unit: "01", Roles: []party.Role{party.Office}},
		{ID: "admin", Login: "admin", Name: "冯管", Unit: "01", Roles: []party.Role{party.Administrator}},
		{ID: "audit", Login: "audit", Name: "吴审", Unit: "01", Roles: []party.Role{party.Auditor}},
		{ID: "bjlead", Login: "bjlead", Name: "陈立", Unit: "0101", Roles: []party.Role{party.BranchLead}},
		{ID: "bj", Login: "bj", Name: "李雯", Unit: "0101", Roles: []party.Role{party.Handler}},
		{ID: "bj2", Login: "bj2", Name: "赵佳", Unit: "0101", Roles: []party.Role{party.Handler}},
		{ID: "sh", Login: "sh", Name: "王沪", Unit: "0102", Roles: []party.Role{party.Handler}},
	} {
		w.hire(p)
	}
}

// hire adds a person with a token.
func (w world) hire(p party.Person) {
	w.Helper()
	w.ok(w.app.SetPerson(ctx, party.System, p, ""))
	w.token[p.ID] = w.newToken(p.ID, app.ScopeRead, app.ScopeWrite)
}

func (w world) newToken(id party.PersonID, scopes ...string) string {
	w.Helper()
	_, text, err := w.app.CreateToken(ctx, party.System, id, "test", scopes, time.Time{}, "")
	w.ok(err)
	return text
}

func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// at reads a value out of a JSON answer: "complaint.points.0.text"; nil when there is none.
func (a answer) at(path string) any {
	var v any
	if json.Unmarshal([]byte(a.body), &v) != nil {
		return nil
	}
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i := int(key[0] - '0')
			if i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// call sends a request as a person; header is name, value, name, value.
func (w world) call(by party.PersonID, method, path, body string, header ...string) answer {
	w.Helper()
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if t := w.token[by]; t != "" {
		r.Header.Set("Authorization", "Bearer "+t)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return w.serve(r)
}

func (w world) serve(r *http.Request) answer {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	b, _ := io.ReadAll(rec.Body)
	return answer{rec.Code, rec.Header(), string(b)}
}

// must is call for a request that has to succeed.
func (w world) must(by party.PersonID, method, path, body string, header ...string) answer {
	w.Helper()
	a := w.call(by, method, path, body, header...)
	if a.status >= 300 {
		w.Fatalf("%s %s by %s: %d %s", method, path, by, a.status, a.body)
	}
	return a
}

const narrative = "我在网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。联系电话13800001234。"

const plainComplaint = `{"channel":"phone","complainant":{"name":"张三丰","phone":"13800001234"},"narrative":"` + narrative + `"}`

// registered registers a complaint and returns its path.
func (w world) registered(by party.PersonID, body string) string {
	w.Helper()
	return strings.TrimPrefix(w.must(by, "POST", "/complaints", body).header.Get("Location"), api.Prefix)
}

// golden compares a text with a file of testdata.
func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test -update and look at the change.\n%s", path, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return "got  " + a + "\nwant " + b
		}
	}
	return ""
}
