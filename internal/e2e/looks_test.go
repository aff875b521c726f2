package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/examine"
	"xiaobao/internal/keeping"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// bare are pages that are looked at elsewhere, or that are no pages for the eye.
var bare = map[string]string{
	"GET /complaints/{id}/print": "paper, without a frame",
	"GET /healthz":               "for machines",
}

// lookers are tried in this order until one may open a page.
var lookers = []party.Role{party.Office, party.Reviewer, party.Executive, party.Auditor, party.Administrator, party.Handler, party.BranchLead, party.Submitter}

// furnish puts something on the pages that are empty in the matrix's world.
func (m matrix) furnish() {
	m.t.Helper()
	closed := m.closed("own", "handler", "lead")
	for _, do := range []func() error{
		func() error {
			_, err := m.App.PlaceHold(ctx, m.Actor("hq"), closed, m.today().AddDays(90), "诉讼期间，法院要求保全")
			return err
		},
		func() error {
			_, err := m.App.ProposeErasure(ctx, m.Actor("hq"), m.closed("own", "handler", "lead"), keeping.GroundMistaken, "本人来函：登记成了别人", "从来不应保存")
			return err
		},
		func() error {
			_, err := m.App.OpenExamination(ctx, m.Actor("admin"), examine.Request{Name: "监管检查组", Login: "examiner", Reason: "年度消保检查", Until: m.today().AddDays(5), From: m.today().AddDays(-30), To: m.today(), Size: 2, Seed: "2026-03-31"})
			return err
		},
	} {
		m.ok(do())
	}
	m.ok(m.App.SetPerson(ctx, party.System, party.Person{ID: "admin2", Login: "admin2", Name: "管二", Unit: "0101", Roles: []party.Role{party.Administrator}}, ""))
	lines := make([][]string, 1001)
	for i := range lines {
		lines[i] = []string{fmt.Sprint(i)}
	}
	err := m.App.ExportOverview(ctx, m.Actor("hq"), app.Sheet{Name: "总览", Filter: "unit=01", Columns: []document.Column{{Name: "编号"}}, Lines: slices.Values(lines)}, new(app.TakenFile))
	if _, held := err.(*app.HeldExport); !held {
		m.t.Fatal(err)
	}
	if a := m.As("admin").Post("/settings/value/follow_up.days", "value", "5", "reason", "按新办法改"); a.Status != http.StatusSeeOther {
		m.t.Fatal(a.Status, a.Text())
	}
	_, err = m.App.Do(ctx, m.Actor("handler"), closed, 0, complaint.AddNote{Text: "归档前核对"})
	m.ok(err)
	for role, login := range oneOfEach { // days have passed
		m.browsers[role] = m.As(login)
	}
}

// opens returns who can open a page, and where it is; no browser for a page that is
// of nobody's, not whole, or not there without its thing.
func (m matrix) opens(r row) (b *servertest.Browser, path string) {
	family, param, path := r.of(m.t)
	if x, ok := m.thing(family, "own"); ok {
		path = strings.Replace(path, param, x.id, 1)
	}
	for _, ask := range asks[r.String()] {
		if !strings.ContainsAny(ask, "WPTNX") {
			path += "?" + ask
			break
		}
	}
	for _, role := range lookers {
		a := m.browsers[role].Get(path)
		if a.Status == http.StatusOK && strings.Contains(a.Body, "<html") {
			return m.browsers[role], path
		}
	}
	return nil, path
}

// TestEveryPageLooksRight opens every page of the table of routes in a browser: no
// serious barrier for those who see, hear or hold a mouse badly, nothing wider than
// the window, nothing on the console. By turns in Chinese on a desk's light screen and in English on
// a dark telephone; with XIAOBAO_SHOTS both, and a picture of each.
func TestEveryPageLooksRight(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	m.furnish()
	shots := os.Getenv("XIAOBAO_SHOTS")
	looks := []struct {
		lang  string
		dark  bool
		width int64
	}{{"zh", false, 1440}, {"en", true, 390}}
	p, n := webtest.Start(t, m.URL), 0
	for _, r := range m.rows() {
		if r.api || r.method != http.MethodGet || bare[r.String()] != "" {
			continue
		}
		b, path := m.opens(r)
		if b == nil {
			continue
		}
		m.ok(p.Cookie(m.URL, "xb_session", b.Token()))
		n++
		for i, l := range looks {
			if shots == "" && i != n%2 {
				continue
			}
			m.ok(p.Cookie(m.URL, "xb_lang", l.lang))
			m.ok(p.Dark(l.dark))
			p.Size(l.width, 900)
			p.Open(path)
			p.Axe()
			p.Fits()
			for _, line := range p.Console() {
				t.Errorf("%s: %s", path, line)
			}
			if shots != "" {
				p.Screenshot(filepath.Join(shots, strings.Map(plainLetter, strings.TrimPrefix(r.path, "/"))+"-"+l.lang+".png"))
			}
		}
	}
	t.Logf("%d pages", n)
	if n < 70 {
		t.Errorf("%d pages were looked at: who may open the others?", n)
	}
}

func plainLetter(r rune) rune {
	if bytes.ContainsRune([]byte("{}/?&="), r) {
		return '-'
	}
	return r
}
