package e2e

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/access"
	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/server"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web"
)

var updateMatrix = flag.Bool("update", false, "rewrite the golden files")

// families says what a parameter in an address names: the beginning of the path
// with its parameter, of pages and of the API. A parameter that is not listed and
// not in plain fails the test: whoever adds a route says what stands behind it.
var families = []struct{ begin, param, family string }{
	{"/complaints/{id}", "{id}", "complaint"}, {"/complaints/{case}", "{case}", "complaint"}, {"/desk/preview/{id}", "{id}", "complaint"}, {"/desk/count/{id}", "{id}", "complaint"},
	{"/approvals/{id}", "{id}", "complaint"}, {"/reviews/{id}", "{id}", "review"}, {"/reviews/{review}", "{review}", "review"},
	{"/precedents/{id}", "{id}", "precedent"}, {"/precedents/{precedent}", "{precedent}", "precedent"},
}

// plain are parameters of things that have no unit, or that a route has beside its
// thing, with what is put in.
var plain = map[string]string{
	"{n}": "1", "{v}": "1", "{m}": "1", "{f}": "1", "{form}": "pdf", "{verb}": "no-such-verb", "{file}": "1", "{name}": "zz", "{$}": "",
	"{unit}": "zz", "{person}": "zz", "{token}": "zz", "{setting}": "zz", "{import}": "zz", "{session}": "zz", "{job}": "zz", "{product}": "zz", "{instrument}": "zz", "{article}": "1",
	"{rule}": "zz", "{pack}": "zz", "{scheme}": "zz", "{number}": "1", "{id}": "zz", "{key}": "zz", "{who}": "zz", "{start}": "1", "{examination}": "1",
}

// apart are routes that the walk leaves out, with the reason.
var apart = map[string]string{
	"POST /me/sessions":  "ends the sessions that the walk needs; sign_test has it",
	"POST /models/train": "starts work in the background; it takes no case from who asks",
}

// asks are what the routes want to be told beside the address: queries of pages
// and bodies of operations, about a thing X with its number N, word W, name P and phone T.
var asks = map[string][]string{
	"GET /search":          {"q=W", "q=P", "q=T", "q=N"},
	"GET /complaints":      {"closed=1", "q=W", "unit=0102"},
	"GET /desk":            {"tab=all", "tab=unit", "unit=0102", "q=P"},
	"GET /desk/count/{id}": {"tab=all"},
	"GET /reviews":         {"tab=all", "q=W", "q=N"},
	"GET /precedents":      {"q=W", "show=work"},
	"GET /overview/rows":   {"from=2026-01-01&to=2026-12-31", "from=2026-01-01&to=2026-12-31&what=late"},
	"GET /overview":        {"from=2026-01-01&to=2026-12-31", "unit=0102&from=2026-01-01&to=2026-12-31"},
	"GET /codes/rows":      {"from=2026-01-01&to=2026-12-31"}, "GET /codes/queue": {"all=1"}, "GET /suggestions/answers": {"topic=product"},
	"GET /audit": {"number=N"}, "GET /reviews/stats": {"from=2026-01-01&to=2026-12-31"}, "GET /complaints/{id}/letters/preview": {"kind=acknowledgement&what=acknowledgement"}, "GET /products": {"q=W"}, "GET /laws/search": {"q=W"},
	"POST /reviews/search": {`{"words":"W"}`, `{"words":"N"}`}, "POST /precedents/search": {`{"words":"W"}`}, "POST /products/search": {`{"query":"W"}`}, "POST /laws/search": {`{"query":"W"}`},
	"POST /complaints/search":      {`{"query":"W"}`, `{"query":"P"}`, `{"query":"T"}`, `{"query":"N"}`},
	"POST /complaints/preview":     {`{"channel":"phone","complainant":{"name":"P","phone":"T"},"narrative":"我在W旁边的网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。"}`},
	"POST /complaints/similar":     {`{"text":"我在W旁边的网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。"}`},
	"POST /complaints/bulk-assign": {`{"ids":[X],"unit":"0101"}`}, "GET /complaints/lookup": {"number=N"}, "POST /complaints/{id}/reveal": {`{"reason":"audit"}`},
	"GET /overview/told": {"from=2026-03-01&to=2026-12-31"}, "GET /deadlines": {"working_days=7&received=2026-03-31"}, "POST /recheck": {`{"text":"W，保本保收益，零风险，稳赚不赔"}`},
	"POST /codings/queue": {`{"ids":[X]}`}, "GET /access-log": {"case=X"},
	"GET /complaints/{id}/letters/{n}": {"format=pdf", "format=docx"}, "POST /complaints/{id}/case-file": {`{"reason":"audit","masked":true}`},
}

// forms are the fields that pages are sent, the same for all: a version that no
// thing has, so that whoever may is told that he is late.
func forms(x thing) []string {
	word, name, phone := x.words()
	return []string{"version", "77", "reason", "contact", "why", "看看", "n", "1", "ids", x.id, "id", x.id, "into", x.number, "number", x.number, "text", word + "，" + promise, "q", word,
		"unit", "0101", "complainant.name", name, "complainant.phone", phone, "narrative", "我在" + word + "旁边的网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。"}
}

func (x thing) words() (word, name, phone string) {
	if x.family == "complaint" {
		return x.marks[1], x.marks[0], x.marks[2]
	}
	return x.marks[0], x.marks[0], x.marks[0]
}

func (x thing) fill(s string) string {
	word, name, phone := x.words()
	return strings.NewReplacer("W", word, "P", name, "T", phone, "N", x.number, "X", x.id).Replace(s)
}

// row is one line of the matrix: a route, and whether it is the API's.
type row struct {
	method, path, need string
	api                bool
}

func (r row) String() string { return r.method + " " + r.path }

func (m matrix) rows() (out []row) {
	m.t.Helper()
	site, err := web.New(web.Options{})
	m.ok(err)
	for _, r := range server.Table(server.Rooms(site, m.App)) {
		out = append(out, row{r.Method, r.Path, string(r.Need), false})
	}
	for _, op := range api.Operations(api.Options{App: new(app.App)}) {
		out = append(out, row{op.Method, op.Path, string(op.Need), true})
	}
	slices.SortFunc(out, func(a, b row) int {
		return strings.Compare(fmt.Sprint(a.api, a.path, a.method), fmt.Sprint(b.api, b.path, b.method))
	})
	return out
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// of returns the family of a route and the address with everything but the id of
// its thing put in.
func (r row) of(t testing.TB) (family, param, path string) {
	path = r.path
	for _, f := range families {
		if strings.HasPrefix(r.path, f.begin) {
			family, param = f.family, f.param
		}
	}
	for _, p := range parameter.FindAllString(r.path, -1) {
		if p == param {
			continue
		}
		value, ok := plain[p]
		if !ok {
			t.Errorf("%s: say in families or plain what %s is", r, p)
		}
		path = strings.Replace(path, p, value, 1)
	}
	return family, param, path
}

// TestAuthorizationMatrix walks every route of pages and API as every role of a
// branch: about things of the own branch, of another one, of one that names who
// asks, and of one that he registered himself and that names him. The golden file
// is the table of rights as it is in force, and read by people; and whatever an
// answer is, it shows nothing of a thing that the person may not read.
func TestAuthorizationMatrix(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	before := m.versions()
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n# of each role: %s, one letter each, or one alone where nothing has a unit\n# + let in  ! let in, and told that the request is late or not whole  - refused  0 not found\n", roleNames(), strings.Join(situations, " "))
	for _, r := range m.rows() {
		if apart[r.String()] != "" {
			continue
		}
		kind := map[bool]string{false: "page", true: "api "}[r.api]
		fmt.Fprintf(&out, "%s %-6s %-50s %-24s", kind, r.method, r.path, r.need)
		for _, role := range party.Roles {
			fmt.Fprintf(&out, " %4s", m.walk(role, r))
		}
		out.WriteString("\n")
	}
	if after := m.versions(); after != before {
		t.Errorf("the walk changed something:\n%s\n%s", before, after)
	}
	for _, x := range m.things {
		if now := x.target(); !reflect.DeepEqual(now, x.asMade) {
			t.Errorf("the walk changed who may read %s: %+v, was %+v", x, now, x.asMade)
		}
	}
	goldenMatrix(t, out.String())
	for _, kind := range []string{"pdf", "zip", "docx"} {
		if m.read[kind] == 0 {
			t.Errorf("no %s showed a thing to somebody who may read it: the walk does not look into them", kind)
		}
	}
	m.sound()
	m.discreet()
}

// discreet fails when the log holds something of a thing, or what opens a door: a
// password, a session, a token. It holds each request under its number and route.
func (m matrix) discreet() {
	m.t.Helper()
	log := m.Log.String()
	if !strings.Contains(log, "route=/complaints/{id}") || !strings.Contains(log, "id=") {
		m.t.Errorf("the log does not tell of the requests: %s", clipped(log))
	}
	secrets := []string{servertest.Password, promise}
	for _, x := range m.things {
		secrets = append(secrets, x.marks...)
	}
	for role, token := range m.tokens {
		secrets = append(secrets, token, m.browsers[role].Token())
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), strings.Trim(strconv.QuoteToASCII(secret), `"`)} {
			if at := strings.Index(log, form); form != "" && at >= 0 {
				m.t.Errorf("the log holds %q: …%s…", secret, clipped(log[max(0, at-200):at+len(form)]))
			}
		}
	}
}

func roleNames() string {
	var names []string
	for _, r := range party.Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, " ")
}

func goldenMatrix(t *testing.T, got string) {
	t.Helper()
	path := filepath.Join("testdata", "matrix.txt")
	if *updateMatrix {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path) // #nosec G304: a file of the test
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for line := range strings.Lines(string(want)) {
		have[line] = true
	}
	for line := range strings.Lines(got) {
		if !have[line] {
			t.Errorf("not in the table of rights, or other there (look at it, then go test -run AuthorizationMatrix -update): %s", line)
		}
		delete(have, line)
	}
	for _, line := range slices.Sorted(maps.Keys(have)) {
		t.Errorf("no route any more: %s", line)
	}
}

// TestMatrixKnowsEveryParameter is the quick half of the matrix: it asks nothing.
func TestMatrixKnowsEveryParameter(t *testing.T) {
	m := matrix{world: newWorld(t)}
	routes := map[string]bool{}
	for _, r := range m.rows() {
		r.of(t)
		routes[r.String()] = true
	}
	for name := range apart {
		if !routes[name] {
			t.Errorf("apart lists %s, which is no route", name)
		}
	}
	for name := range brings {
		if !routes[name] {
			t.Errorf("brings lists %s, which is no route", name)
		}
	}
	for name := range asks {
		if !routes[name] {
			t.Errorf("asks lists %s, which is no route", name)
		}
	}
}

// versions are those of all things, to see that the walk changes none.
func (m matrix) versions() string {
	var b strings.Builder
	for _, x := range m.things {
		switch x.family {
		case "complaint":
			var id int64
			_, err := fmt.Sscan(x.id, &id)
			m.ok(err)
			fmt.Fprintln(&b, x, m.folded(complaint.ID(id)).Version)
		case "review": // the own one is scanned by whoever may
			if x.situation == "own" {
				continue
			}
			fmt.Fprintln(&b, x, m.world.review("/reviews/"+x.id).Version)
		}
	}
	return b.String()
}

// walk asks a route as a role in every situation.
func (m matrix) walk(role party.Role, r row) (marks string) {
	family, param, path := r.of(m.t)
	who := m.people[role]
	if family == "" {
		for _, x := range m.aboutWhat(who, r) {
			got := m.ask(role, r, path, x)
			if marks == "" || mark(got[0]) != marks { // one answer whatever it is asked about
				marks += mark(got[0])
			}
		}
		return marks
	}
	need := access.Action(r.need)
	closed := need != "" && need != web.Signed && need != web.Public && !access.May(who, need)
	for _, situation := range situations {
		x, ok := m.thing(family, situation)
		if !ok || closed && situation != "other" { // the role alone closes the door
			continue
		}
		got := m.ask(role, r, strings.Replace(path, param, x.id, 1), x)
		marks += mark(got[0])
		m.expect(who, r, x, got)
	}
	return marks
}

// expect holds an answer against the thing's own target: who may not read it is
// refused or does not find it, or is told that the request is none before anybody
// looked for the thing.
func (m matrix) expect(who party.Actor, r row, x thing, got []reply) {
	for _, a := range got {
		if a.status >= 500 {
			m.t.Errorf("%s as %s about %s: %d", r, who.ID, x, a.status)
		}
		refused := slices.Contains([]int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType}, a.status)
		if !x.readable(who) && !refused && x.family != "precedent" && !(strings.HasSuffix(r.path, "/receipt") && x.situation == "named") {
			m.t.Errorf("%s as %s about %s that may not be read: %d %s", r, who.ID, x, a.status, a.location)
		}
	}
}

// aboutWhat is what a route without a thing of its own is asked about: things that
// the person may not read, one where nothing is asked.
func (m matrix) aboutWhat(who party.Actor, r row) (out []thing) {
	for _, x := range m.things {
		if !x.readable(who) && (x.situation == "other" || x.situation == "recused") && x.family != "precedent" {
			out = append(out, x)
		}
	}
	if len(asks[r.String()]) == 0 && r.method == http.MethodGet {
		out = out[:1]
	}
	return out
}

// ask sends the request of a route, each way that asks knows, and looks whether an
// answer shows what it must not.
func (m matrix) ask(role party.Role, r row, path string, x thing) (out []reply) {
	ways := asks[r.String()]
	if len(ways) == 0 || r.method == http.MethodGet && !r.api {
		ways = append([]string{""}, ways...)
	}
	for _, way := range ways {
		asked := x.fill(way)
		var a reply
		switch {
		case r.method == http.MethodGet && asked != "":
			to := path + "?" + (&url.URL{RawQuery: asked}).Query().Encode()
			if r.api {
				a = m.call(role, r.method, to, "")
			} else {
				a = m.page(role, r.method, to)
			}
		case r.api && r.method == http.MethodGet:
			a = m.call(role, r.method, path, "")
		case r.api:
			a = m.call(role, r.method, path, first(asked, "{}"))
		case r.method == http.MethodGet:
			a = m.page(role, r.method, path)
		default:
			fields := forms(x)
			a, asked = m.page(role, r.method, path, fields...), strings.Join(fields, " ")
		}
		if a.status >= 500 {
			m.t.Errorf("%s %s %s as %s: %d %s", r, path, asked, role, a.status, clipped(a.body))
		}
		m.hides(role, r, asked, a)
		out = append(out, a)
		m.finds(role, a)
		if a.status == http.StatusForbidden && r.method == http.MethodGet {
			break // the door is closed, whatever is asked
		}
	}
	if b, ok := brings[r.String()]; ok && r.method != http.MethodGet {
		a := m.upload(role, r, path, b, x)
		m.hides(role, r, x.fill(b.name+b.text)+strings.Join(forms(x), " "), a)
		out = append(out, a)
	}
	return out
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// hides fails when an answer shows something of a thing that the person may not
// read, beyond what was asked in the same words.
func (m matrix) hides(role party.Role, r row, asked string, a reply) {
	m.t.Helper()
	body := m.opened(r, a.body) + " " + a.location
	for _, x := range m.things {
		if x.readable(m.people[role]) {
			continue
		}
		marks := x.marks
		if x.situation == "other" && x.number != "" {
			marks = append(slices.Clone(marks), x.number)
		}
		for _, mark := range marks {
			if mark == x.number && strings.Contains(r.path, "recheck") {
				continue // who circulates material may know under which number it was submitted
			}
			if strings.Contains(body, mark) && !strings.Contains(asked, mark) {
				at := strings.Index(body, mark)
				m.t.Errorf("%s (%s) shows %s of %s to %s: …%s…", r, asked, mark, x, role, clipped(body[max(0, at-300):at+len(mark)]))
			}
		}
	}
}

func mark(a reply) string {
	switch {
	case a.status == http.StatusForbidden, a.status == http.StatusUnauthorized, strings.HasPrefix(a.location, "/sign-in"):
		return "-"
	case a.status == http.StatusNotFound:
		return "0"
	}
	if a.status >= http.StatusBadRequest {
		return "!"
	}
	return "+"
}
