package e2e

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/server/servertest"
)

// examiner opens an examination over some of the cases and signs the examiner in,
// ten minutes before the end of its last day.
func (m matrix) examiner() (sample []int64) {
	m.t.Helper()
	last := m.today().AddDays(1)
	e, err := m.App.OpenExamination(ctx, m.Actor("admin"), examine.Request{Name: "监管检查组", Login: "examiner", Reason: "年度消保检查", Until: last, From: m.today().AddDays(-400), To: m.today(), Size: 4, Seed: "2026-03-31"})
	m.ok(err)
	m.Pass(last.AddDays(1).Time().Add(-10 * time.Minute).Sub(m.Now()))
	b := m.Browser()
	if a := b.Post("/sign-in", "name", e.Login, "password", e.Password); a.Status != http.StatusSeeOther {
		m.t.Fatalf("%d %s", a.Status, a.Text())
	}
	if a := b.Post("/account/password", "old", e.Password, "new", servertest.Password, "again", servertest.Password); a.Status != http.StatusSeeOther {
		m.t.Fatalf("%d %s", a.Status, a.Text())
	}
	m.people[party.Examiner], m.browsers[party.Examiner] = m.Actor(e.Person), b
	if _, _, err := m.App.CreateToken(ctx, m.people[party.Examiner], e.Person, "试", []string{app.ScopeRead}, time.Time{}, ""); !fault.Is(err, fault.Forbidden) {
		m.t.Errorf("an examiner makes a token for the API: %v", err)
	}
	return e.Cases
}

// TestExaminerInTheMatrix walks every page as an examiner, about everything there
// is: nothing outside of the sample is shown, in no page, number, snippet, history,
// file or error; nothing is changed; and when the last day is over, so is the
// session in the middle of its work.
func TestExaminerInTheMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	sample := m.examiner()
	before := m.versions()
	inside, outside := 0, 0
	for _, x := range m.things {
		id, _ := strconv.ParseInt(x.id, 10, 64)
		in := x.family == "complaint" && slices.Contains(sample, id)
		if got := x.readable(m.people[party.Examiner]); got != in {
			t.Fatalf("%s: readable %v, in the sample %v", x, got, in)
		}
		if in {
			inside++
		} else {
			outside++
		}
	}
	if inside == 0 || outside == 0 {
		t.Fatalf("%d things in the sample %v, %d outside: draw with another seed", inside, sample, outside)
	}
	shown := 0
	for _, r := range m.rows() {
		if r.api || apart[r.String()] != "" || strings.HasPrefix(r.path, "/sign-out") || strings.HasPrefix(r.path, "/account") {
			continue
		}
		shown += m.examines(r)
	}
	if shown == 0 {
		t.Error("nothing of the sample was shown: the walk does not look at it")
	}
	if after := m.versions(); after != before {
		t.Errorf("the walk changed something:\n%s\n%s", before, after)
	}
	b := m.browsers[party.Examiner]
	if a := b.Get("/sample"); a.Status != http.StatusOK {
		t.Errorf("ten minutes before the end: %d", a.Status)
	}
	m.Pass(11 * time.Minute)
	if a := b.Get("/sample"); !strings.HasPrefix(a.Location(), "/sign-in") {
		t.Errorf("after the last day: %d %s", a.Status, a.Location())
	}
}

// examines asks one route about everything and returns how often a case of the
// sample was shown.
func (m matrix) examines(r row) (shown int) {
	family, param, path := r.of(m.t)
	for _, x := range m.things {
		if family != "" && x.family != family {
			continue
		}
		at := path
		if param != "" {
			at = strings.Replace(path, param, x.id, 1)
		}
		for _, a := range m.ask(party.Examiner, r, at, x) {
			readable := x.readable(m.people[party.Examiner])
			if a.status < http.StatusBadRequest && a.location == "" && family == "complaint" && !readable {
				m.t.Errorf("%s about %s outside of the sample: %d", r, x, a.status)
			}
			if a.status == http.StatusOK && readable && strings.Contains(a.body, x.number) {
				shown++
				for _, link := range []string{x.id + "/files/", "/docx\"", "/pdf\""} { // would be refused
					if strings.Contains(a.body, link) {
						m.t.Errorf("%s about %s offers the examiner …%s", r, x, link)
					}
				}
			}
		}
		if family == "" && len(asks[r.String()]) == 0 && r.method == http.MethodGet {
			break // nothing of the thing is in the question
		}
	}
	return shown
}
