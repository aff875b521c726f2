package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/web"
)

// everybody are all logins of the institution; "" is nobody.
var everybody = []party.PersonID{"", "admin", "office", "executive", "auditor", "lead", "handler", "chaoyang", "shanghai"}

// subject is a case in which a sub-branch and one of its staff are named, with a
// file, a letter and a request that waits.
func (w world) subject() complaint.ID {
	w.t.Helper()
	id := w.register("handler", complaint.Register{Channel: "nfra", SenderNumber: "京金消转〔2026〕7号", ReceivedOn: calendar.Of(2026, 3, 27), Complainant: complaint.Complainant{Name: "王秀兰", Phone: "13800001234"},
		Narrative: narrative, Points: []string{"把保险说成存款"}, Respondents: []complaint.Respondent{{Unit: "010101", Person: "chaoyang"}}})
	c := w.comes("handler")
	c.does(id, complaint.Accept{})
	if a := c.Upload(caseAt(id)+"/files", "file", "照片.png", png); a.Status != http.StatusSeeOther {
		w.t.Fatalf("upload: %d", a.Status)
	}
	c.does(id, complaint.IssueLetter{What: complaint.Acknowledgement})
	c.does(id, complaint.ProposeRedress{Items: []complaint.Redress{{What: "apology", Text: "致歉"}}, Why: "属实"})
	return id
}

// address makes the address of a route about the case.
func address(path string, id complaint.ID) string {
	path = strings.NewReplacer("{id}", id.String(), "{n}", "1", "{form}", "pdf").Replace(path)
	if strings.HasSuffix(path, "/letters/preview") {
		path += "?kind=acknowledgement"
	}
	return path
}

// Every route of a case, as everybody: the case itself decides, by role, unit,
// ownership and recusal, and whoever may not reads nothing of it and changes nothing.
func TestWalkOfACase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.subject()
	site, err := web.New(web.Options{})
	w.ok(err)
	target, version, number := w.fold(id).Target(), w.fold(id).Version, w.fold(id).Number
	walked, recused := 0, 0
	for _, login := range everybody {
		b := w.Browser()
		var who party.Actor
		if login != "" {
			b, who = w.As(string(login)), w.Actor(login)
		}
		for _, route := range server.Table(server.Rooms(site, w.App)) {
			if !strings.HasPrefix(route.Path, "/complaints/{id}") && !strings.HasPrefix(route.Path, "/desk/preview/{id}") && !strings.HasPrefix(route.Path, "/desk/count/{id}") && !strings.HasPrefix(route.Path, "/approvals/{id}") {
				continue
			}
			walked++
			path := address(route.Path, id)
			a := b.Get(path)
			switch {
			case route.Method == http.MethodPost && strings.HasSuffix(path, "/files"):
				a = b.Upload(path, "file", "照片.png", png) // it is there already
			case route.Method == http.MethodPost:
				a = b.Post(path, "version", "77", "reason", "contact", "into", number, "why", "看看")
			}
			may := login != "" && access.Can(who, route.Need, target).Allow
			if strings.HasSuffix(path, "/receipt") {
				may = login != "" && access.May(who, route.Need) && (access.Can(who, access.ReadComplaint, target).Allow)
			}
			if access.Recused(who, target) && a.Status == http.StatusForbidden {
				recused++
			}
			checkStep(w, string(login), route, path, a.Status, a.Location(), a.Body, may)
		}
	}
	if walked < 9*60 || recused < 50 {
		t.Errorf("%d steps, %d of them refused to the recused", walked, recused)
	}
	if got := w.fold(id).Version; got != version {
		t.Errorf("the walk changed the case from version %d to %d", version, got)
	}
	w.sound()
}

// secrets is what nobody may read of the case who may not read the case.
var secrets = []string{"分红险", "把保险说成存款", "王秀兰", "13800001234", "京金消转", "照片.png", "%PDF"}

func checkStep(w world, login string, route server.RouteInfo, path string, status int, location, body string, may bool) {
	w.t.Helper()
	at := route.Method + " " + path + " as " + login
	switch {
	case status >= 500:
		w.t.Errorf("%s: %d", at, status)
	case login == "":
		if status != http.StatusUnauthorized && !strings.HasPrefix(location, "/sign-in") {
			w.t.Errorf("%s nobody: %d %s", at, status, location)
		}
	case !may && status != http.StatusForbidden:
		w.t.Errorf("%s (%s): %d, want 403", at, route.Need, status)
	case may && strings.HasSuffix(path, "/reply/articles") && status == http.StatusSeeOther: // without a script the picker is on the page
	case may && route.Method == http.MethodGet && status != http.StatusOK:
		w.t.Errorf("%s (%s): %d, want 200", at, route.Need, status)
	case may && strings.HasSuffix(path, "/reveal") && status == http.StatusOK:
	case may && (strings.HasSuffix(path, "/reply/check") || strings.HasSuffix(path, "/reply/auto")) && status == http.StatusOK: // looks at what is typed; saves nothing of nothing
	case may && route.Method == http.MethodPost && status != http.StatusConflict && status != http.StatusUnprocessableEntity && status != http.StatusNotFound:
		w.t.Errorf("%s (%s): %d for a form that is stale and empty", at, route.Need, status)
	}
	if may {
		return
	}
	for _, secret := range secrets {
		if strings.Contains(body, secret) {
			w.t.Errorf("%s reads %q", at, secret)
		}
	}
}

// Lists, search and counts hold back what the case's own page holds back.
func TestListsHoldBackTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.subject()
	target := w.fold(id).Target()
	for _, login := range everybody[1:] {
		who := w.Actor(login)
		may := access.Can(who, access.ReadComplaint, target).Allow
		b := w.As(string(login))
		for _, path := range []string{"/desk?tab=all", "/complaints", "/complaints?closed=1", "/approvals", "/overview", "/search?q=分红险", "/search?q=王秀兰", "/search?q=13800001234", "/search?q=TS20260331-000001", "/search?q=京金消转"} {
			at, q, asks := strings.Cut(path, "?q=")
			if asks {
				at += "?q=" + url.QueryEscape(q)
			}
			a := b.Get(at)
			if a.Status >= 500 {
				t.Errorf("%s as %s: %d", path, login, a.Status)
			}
			for _, secret := range append(secrets, `"/complaints/1"`) {
				if !may && !strings.Contains(path, secret) && strings.Contains(`"`+a.Location()+`"`+a.Body, secret) {
					t.Errorf("%s shows %q to %s", path, secret, login)
				}
			}
		}
		if a := b.Get("/desk?tab=all"); may && !strings.Contains(a.Body, `/complaints/1`) {
			t.Errorf("%s may read the case and does not find it: %d", login, a.Status)
		}
	}
}
