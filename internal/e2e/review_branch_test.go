package e2e

import (
	"net/http"
	"testing"
	"time"

	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// branchWorld has a branch that submits, reviews and decides, and head office that
// reviews and decides again.
func branchWorld(t testing.TB) world {
	t.Helper()
	return staffed(t, []party.Person{
		{ID: "shanghai", Login: "shanghai", Name: "许宁", Unit: "0101", Roles: []party.Role{party.Submitter}},
		{ID: "chaoyang", Login: "chaoyang", Name: "林珊", Unit: "0101", Roles: []party.Role{party.Reviewer}},
		{ID: "handler", Login: "handler", Name: "高洁", Unit: "0100", Roles: []party.Role{party.Reviewer}},
	})
}

// stands makes sure that a review is in a state and its page says so in English.
func (c *clerk) stands(at string, want review.State) {
	c.w.t.Helper()
	if r := c.w.review(at); r.State != want {
		c.w.t.Fatalf("%s is %s, want %s", at, r.State, want)
	}
	c.open(at).sees(review.Label("state", string(want), "en"))
}

// objects takes a review and gives an opinion on it with one point of its own.
func (c *clerk) objects(at string) {
	c.w.t.Helper()
	c.open(at).form(at + "/take").send(http.StatusSeeOther)
	c.open(at+"/do/add-finding").form(at+"/add-finding").fill("severity", "error").fill("title", "没有写明公示渠道").fill("advice", "写明公示的网点和网址").send(http.StatusSeeOther)
	c.judges(at, "")
	c.checks(at)
	c.opines(at)
}

func (c *clerk) answersPoint(at, answer, text string) {
	c.w.t.Helper()
	c.open(at).form(at+"/answer-point", "n", "1", "answer", "").fill("answer", answer).fill("text", text).send(http.StatusSeeOther)
}

// S3.1 CP-27 CP-43: a branch does not adopt an opinion, its superior upholds it, the
// mended version passes the branch and is reviewed again at head office, cleared
// and revoked; another is vetoed. In English, and without barriers on a dark phone.
func TestReviewOfABranch(t *testing.T) {
	t.Parallel()
	w := branchWorld(t)
	come := func(login string) *clerk { return w.comes(login).speaks("en") }
	submitter, reviewer, lead, second, office := come("shanghai"), come("chaoyang"), come("lead"), come("handler"), come("office")

	file := attached{name: "公告.txt", data: []byte("自2026年5月1日起，银行卡挂失手续费由每次10元调整为每次15元。咨询电话400-000-0000。")}
	mended := attached{name: "公告二稿.txt", data: []byte("自2026年5月1日起，银行卡挂失手续费由每次10元调整为每次15元，在全行网点和官网公示。咨询电话400-000-0000。")}
	a := submitter.open("/reviews/new?kind=fee").form("/reviews/new").fill("title", "挂失费调整").fill("form.line", "card").fill("form.old_fee", "每次10元").fill("form.new_fee", "每次15元").
		fill("form.announce_on", "2026-04-15").fill("form.announce_where", "网点与官网").fill("form.publish_on", "2026-05-01").bring("files", file.name, file.data).post()
	if a.Status != http.StatusSeeOther {
		t.Fatalf("draft: %d\n%s", a.Status, clipped(a.Text()))
	}
	const at = "/reviews/1"
	submitter.open(at).form(at + "/hand-in").send(http.StatusSeeOther)
	if a := second.Post(at + "/take"); a.Status == http.StatusSeeOther {
		t.Error("head office took what the branch reviews first")
	}
	reviewer.objects(at)
	submitter.answersPoint(at, "not_adopted", "官网改版，暂不能写网址")
	reviewer.open(at).form(at+"/raise-point").fill("why", "收费变更须写明公示渠道").send(http.StatusSeeOther)
	lead.stands(at, review.Escalated)
	lead.form(at+"/settle-point").fill("why", "依法应当公示").press("upheld", "yes").send(http.StatusSeeOther)
	submitter.stands(at, review.Opinion)
	submitter.form(at+"/material").fill("note", "写明公示渠道").bring("files", mended.name, mended.data).send(http.StatusSeeOther)
	submitter.answersPoint(at, "adopted", "已写明")
	reviewer.judges(at, "")
	reviewer.open(at).form(at+"/check-point", "n", "1").press("ok", "yes").send(http.StatusSeeOther)
	lead.stands(at, review.Confirmed)
	lead.form(at+"/clear").fill("note", "报总行").send(http.StatusSeeOther)
	if r := w.review(at); r.Stage != review.Head || r.Clearance != nil {
		t.Fatalf("stage %s, clearance %v", r.Stage, r.Clearance)
	}
	if a := reviewer.Post(at + "/take"); a.Status == http.StatusSeeOther {
		t.Error("the branch reviews at head office")
	}
	second.stands(at, review.Submitted)
	second.form(at + "/take").send(http.StatusSeeOther)
	second.judges(at, "")
	second.checks(at)
	w.Pass(time.Minute)
	second.open(at).form(at+"/give-opinion").fill("conclusion", "agree").fill("summary", "同意。").send(http.StatusSeeOther)
	office.stands(at, review.Confirmed)
	office.clears(at)
	submitter.stands(at, review.Conditional)
	submitter.rechecks(mended, "cleared")
	office.open(at+"/do/revoke").form(at+"/revoke").fill("why", "价格政策有变").send(http.StatusSeeOther)
	submitter.stands(at, review.Ended)
	submitter.rechecks(mended, "ended")

	poster := submitter.submits("稳享九号海报", attached{name: "海报.txt", data: []byte("稳享九号，" + promise)})
	submitter.open(poster).form(poster + "/hand-in").send(http.StatusSeeOther)
	reviewer.objects(poster)
	lead.open(poster).form(poster+"/veto").fill("why", "整份材料都在保证收益").send(http.StatusSeeOther)
	submitter.stands(poster, review.Vetoed)
	w.sound()

	s := w.screen()
	s.Size(390, 844)
	w.ok(s.Dark(true))
	s.comes("office")
	for _, page := range []string{at, poster, "/reviews?tab=all"} {
		s.Open(page)
		s.Axe()
		s.Fits()
	}
}
