package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/server"
	"xiaobao/internal/web"
)

// reviewSecrets is what nobody may read of the review who may not read the review.
var reviewSecrets = []string{"稳享九号", "稳赚不赔", "机密海报", "%PDF-", "PK\x03\x04"}

// cleared is a review of head office with everything that can be read: two
// versions, findings, points, an opinion and a clearance.
func (w world) clearedReview() string {
	w.t.Helper()
	m := w.team("zh")
	at := m.submitter.submits("稳享九号海报", attached{name: "机密海报.txt", data: []byte("稳享九号理财产品，" + promise)})
	m.submitter.form(at + "/hand-in").send(http.StatusSeeOther)
	m.reviewer.open(at).form(at + "/take").send(http.StatusSeeOther)
	m.reviewer.judges(at, review.Error)
	m.reviewer.checks(at)
	m.reviewer.opines(at)
	m.submitter.answers(at, attached{name: "机密海报二.txt", data: []byte("稳享九号理财产品，" + warning)})
	m.reviewer.confirms(at, "稳赚不赔")
	m.head.clears(at)
	return at
}

// holdsBack fails when an answer shows something of the review.
func (w world) holdsBack(what string, body string, asked ...string) {
	w.t.Helper()
	for _, secret := range reviewSecrets {
		if strings.Contains(body, secret) && !strings.Contains(strings.Join(asked, " "), secret) {
			w.t.Errorf("%s shows %q", what, secret)
		}
	}
}

// S3.1: every address of a review, as everybody: who may read it reads it, who may
// not sees none of it by any way, and whoever only reads changes nothing.
func TestWalkOfAReview(t *testing.T) {
	t.Parallel()
	w := reviewWorld(t)
	at := w.clearedReview()
	r := w.review(at)
	site, err := web.New(web.Options{})
	w.ok(err)
	walked := 0
	for _, login := range everybody {
		b := w.Browser()
		var who party.Actor
		if login != "" {
			b, who = w.As(string(login)), w.Actor(login)
		}
		for _, route := range server.Table(server.Rooms(site, w.App)) {
			if !strings.HasPrefix(route.Path, "/reviews/{id}") {
				continue
			}
			walked++
			if route.Method == http.MethodPost && strings.HasSuffix(route.Path, "/scan") && login != "" && access.Can(who, route.Need, r.Target()).Allow {
				continue // takes no form that could be stale
			}
			path := strings.NewReplacer("/reviews/{id}", at, "{n}", "1", "{v}", "1", "{form}", "pdf").Replace(route.Path)
			a := b.Get(path)
			if route.Method == http.MethodPost {
				a = b.Post(path, "version", "77", "why", "看看", "n", "1")
			}
			step := route.Method + " " + path + " as " + string(login)
			may := login != "" && access.Can(who, route.Need, r.Target()).Allow
			switch {
			case a.Status >= 500:
				t.Errorf("%s: %d", step, a.Status)
			case login == "" && a.Status != http.StatusUnauthorized && !strings.HasPrefix(a.Location(), "/sign-in"):
				t.Errorf("%s nobody: %d %s", step, a.Status, a.Location())
			case login != "" && !may && a.Status != http.StatusForbidden && a.Status != http.StatusNotFound:
				t.Errorf("%s (%s): %d, want 403", step, route.Need, a.Status)
			case may && route.Need == access.ReadReview && route.Method == http.MethodGet && a.Status != http.StatusOK && a.Status != http.StatusSeeOther:
				t.Errorf("%s: %d, want 200", step, a.Status)
			}
			if !may {
				w.holdsBack(step, a.Body)
			}
		}
	}
	if walked < 300 {
		t.Errorf("%d steps", walked)
	}
	if got := w.review(at).Version; got != r.Version {
		t.Errorf("the walk changed the review from version %d to %d", r.Version, got)
	}
	w.sound()
}

// Lists, search, counts, the re-check and the API hold back what the page of the
// review holds back. The auditor finds it everywhere.
func TestListsHoldBackTheReview(t *testing.T) {
	t.Parallel()
	w := reviewWorld(t)
	at := w.clearedReview()
	number, clearance := w.review(at).Number, w.review(at).Clearance.Number
	id := strings.TrimPrefix(at, "/reviews/")
	q := url.QueryEscape
	lists := []string{"/reviews", "/reviews?tab=all", "/reviews?q=" + q("稳享九号"), "/reviews?q=" + number, "/reviews?q=" + clearance, "/reviews/load", "/reviews/stats", "/search?q=" + q("稳享九号"), "/search?q=" + number}
	for _, login := range []string{"shanghai", "admin", "lead"} {
		b := w.As(login)
		for _, path := range lists {
			a := b.Get(path)
			if a.Status >= 500 {
				t.Errorf("%s as %s: %d", path, login, a.Status)
			}
			asked, err := url.QueryUnescape(path)
			w.ok(err)
			w.holdsBack(path+" as "+login, a.Body, asked)
			if strings.Contains(a.Body, `href="`+at+`"`) {
				t.Errorf("%s leads %s to the review", path, login)
			}
		}
	}
	other := w.comes("shanghai")
	a := other.open("/reviews/recheck").form("/reviews/recheck").fill("text", "稳享九号理财产品，"+promise).post()
	if body := strings.ReplaceAll(a.Body, "稳享九号理财产品，"+promise, ""); a.Status != http.StatusOK || strings.Contains(body, "稳享九号海报") || strings.Contains(body, `href="`+at+`"`) {
		t.Errorf("re-check tells another branch of the review: %d", a.Status)
	}
	mine := other.submits("上海海报", attached{name: "上海.txt", data: []byte("稳享九号理财产品，" + promise)})
	if body := other.open(mine + "/alike").page.Body; strings.Contains(body, "稳享九号海报") || strings.Contains(body, `href="`+at+`"`) || strings.Contains(body, number) {
		t.Errorf("what is alike shows another branch the review\n%s", clipped(body))
	}
	for _, path := range []string{"/reviews?tab=all", "/reviews?q=" + q("稳享九号"), "/reviews?q=" + number, "/reviews?q=" + clearance} {
		if a := w.As("auditor").Get(path); !strings.Contains(a.Body, `href="`+at) {
			t.Errorf("the auditor does not find the review by %s: %d", path, a.Status)
		}
	}
	w.apiHoldsBack(id, number)
	w.sound()
}

// apiHoldsBack asks the API of the review as another branch and as the auditor.
func (w world) apiHoldsBack(id, number string) {
	w.t.Helper()
	token := func(who party.PersonID) string {
		_, text, err := w.App.CreateToken(ctx, party.System, who, "试", []string{app.ScopeRead, app.ScopeWrite}, time.Time{}, "")
		w.ok(err)
		return text
	}
	outside, auditor := token("shanghai"), token("auditor")
	ask := func(token, method, path string, body ...string) (int, string) {
		w.t.Helper()
		r, err := http.NewRequest(method, w.URL+"/api/v1/reviews"+path, strings.NewReader(first(append(body, "{}")...)))
		w.ok(err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		a := w.Browser().Do(r)
		return a.Status, a.Body
	}
	for _, path := range []string{"/" + id, "/" + id + "/materials/1", "/" + id + "/materials/1/files/1", "/" + id + "/alike", "/" + id + "/reviewers"} {
		status, body := ask(outside, http.MethodGet, path)
		if status != http.StatusForbidden && status != http.StatusNotFound {
			w.t.Errorf("API %s as another branch: %d", path, status)
		}
		w.holdsBack("API "+path, body)
		if status, body := ask(auditor, http.MethodGet, path); status != http.StatusOK {
			w.t.Errorf("API %s as the auditor: %d %s", path, status, clipped(body))
		}
	}
	for _, words := range []string{"", "稳享九号", number} {
		path, method, asked := "", http.MethodGet, "{}"
		if words != "" {
			path, method, asked = "/search", http.MethodPost, `{"words":"`+words+`"}`
		}
		if status, body := ask(outside, method, path, asked); status != http.StatusOK || strings.Contains(body, "稳享九号海报") || strings.Contains(body, number) {
			w.t.Errorf("API list %q as another branch: %d %s", words, status, clipped(body))
		}
		if _, body := ask(auditor, method, path, asked); !strings.Contains(body, number) {
			w.t.Errorf("API list %q does not show the auditor the review", words)
		}
	}
	version := w.review("/reviews/" + id).Version
	for _, verb := range []string{"edit", "hand-in", "take-back", "take", "ask", "judge-finding", "give-opinion", "clear", "veto", "revoke", "material", "scan"} {
		for who, token := range map[string]string{"another branch": outside, "the auditor": auditor} {
			if status, _ := ask(token, http.MethodPost, fmt.Sprintf("/%s/%s", id, verb)); status < 400 || status >= 500 {
				w.t.Errorf("API %s as %s: %d", verb, who, status)
			}
		}
	}
	if got := w.review("/reviews/" + id).Version; got != version {
		w.t.Errorf("the API changed the review from version %d to %d", version, got)
	}
}
