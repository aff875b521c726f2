package reviews_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/review/catalog"
	"xiaobao/internal/server/servertest"
	"xiaobao/internal/web/webtest"
)

// The people of the tests: a submitter and a reviewer of head office, a
// submitter of another branch; office decides.
const (
	sub   = "handler"
	rev   = "chaoyang"
	other = "shanghai"
)

type world struct {
	*servertest.World
	t testing.TB
}

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{servertest.New(t, nil), t}
	for _, p := range []party.Person{
		{ID: sub, Login: sub, Name: "许宁", Unit: "0100", Roles: []party.Role{party.Submitter}},
		{ID: rev, Login: rev, Name: "林珊", Unit: "0100", Roles: []party.Role{party.Reviewer}},
		{ID: other, Login: other, Name: "施沪", Unit: "0102", Roles: []party.Role{party.Submitter}},
	} {
		w.ok(w.App.SetPerson(t.Context(), party.System, p, ""))
	}
	w.ok(w.App.SetProduct(t.Context(), w.Actor("office"), catalog.Product{ID: "WX-3", Name: "稳享三号理财产品", Line: "wealth", Issuer: "示例理财有限责任公司", Grade: "R2", Code: "wealth_own", Status: "on_sale"}))
	return w
}

func (w world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// poster is a marketing text with what a reviewer has to object to.
const poster = `稳享三号理财产品 火热发售
年化收益率高达 4.2%，保本保收益，稳赚不赔！
全国销量第一，机会难得，错过再等一年。
起购金额 1 万元，产品期限 180 天，随存随取，零风险。
适合中老年客户，存款的收益更高选择，限时抢购。
咨询电话 400-000-0000`

// mended is the poster as it may be used.
const mended = `稳享三号理财产品
业绩比较基准 2.80%-3.20%（年化），业绩比较基准不代表未来表现，不构成收益承诺。
起购金额 1 万元，产品期限 180 天，封闭期内不可赎回。
风险等级 R2（中低风险），适合风险评级为稳健型及以上的客户。
理财非存款，产品有风险，投资须谨慎。
发行机构：示例理财有限责任公司，销售机构：示例银行股份有限公司。咨询电话 400-000-0000`

var posterFields = []string{"kind", "marketing.poster", "title", "稳享三号理财产品网点海报（春季）", "product", "WX-3", "form.line", "wealth", "form.issuer", "财富管理部", "form.channels", "branch", "form.channels", "app",
	"form.publish_on", "2026-04-15", "form.publish_until", "2026-12-31"}

// draft makes a review through the form and returns its path.
func (w world) draft(text string) string {
	w.t.Helper()
	a := w.As(sub).Post("/reviews/new", append([]string{"text", text}, posterFields...)...)
	if a.Status != 303 {
		w.t.Fatalf("draft: %d\n%s", a.Status, a.Text())
	}
	return strings.TrimSuffix(strings.SplitN(a.Location(), "#", 2)[0], "/")
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// act posts a command as a person does: with the version that the page shows.
func (w world) act(b *servertest.Browser, at, verb string, fields ...string) servertest.Answer {
	w.t.Helper()
	page := b.Get(at)
	m := versionField.FindStringSubmatch(page.Body)
	if m == nil {
		page = b.Get(at + "/do/" + verb)
		m = versionField.FindStringSubmatch(page.Body)
	}
	if m == nil {
		w.t.Fatalf("%s: no form on the page (%d)\n%s", verb, page.Status, page.Text())
	}
	return b.Post(at+"/"+verb, append([]string{"version", m[1]}, fields...)...)
}

// do is act that has to succeed.
func (w world) do(b *servertest.Browser, at, verb string, fields ...string) {
	w.t.Helper()
	if a := w.act(b, at, verb, fields...); a.Status != 303 {
		w.t.Fatalf("%s: %d\n%s", verb, a.Status, a.Text())
	}
}

// get returns the review behind a path.
func (w world) get(at string) review.Review {
	w.t.Helper()
	id := review.ID(0)
	for _, c := range strings.TrimPrefix(at, "/reviews/") {
		id = id*10 + review.ID(c-'0')
	}
	p, err := w.App.Review(w.t.Context(), party.System, id)
	w.ok(err)
	return p.Review
}

// inReview is a review that the reviewer has taken.
func (w world) inReview(text string) string {
	at := w.draft(text)
	w.do(w.As(sub), at, "hand-in")
	w.do(w.As(rev), at, "take")
	return at
}

// check answers the whole checklist.
func (w world) check(b *servertest.Browser, at string) {
	for _, i := range w.get(at).Unchecked() {
		w.do(b, at, "check-item", "item", i.ID, "verdict", "ok")
	}
}

func TestMain(m *testing.M) { webtest.Main(m) }

func itoa(n int) string { return strconv.Itoa(n) }

func newRequest(t testing.TB, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
