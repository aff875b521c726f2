package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/review"
	"xiaobao/internal/server/servertest"
)

// situations are how a thing stands to somebody of the Beijing branch: handled by
// the own branch, by the other one, by the own one but naming everybody who asks,
// and the last registered by the asking handler himself.
var situations = []string{"own", "other", "recused", "named"}

// oneOfEach has a person of every role in the same branch, by login. The login
// names are those of the test institution, the duties are not.
var oneOfEach = map[party.Role]string{party.Handler: "handler", party.BranchLead: "lead", party.Office: "office", party.Executive: "executive", party.Auditor: "auditor",
	party.Administrator: "admin", party.Submitter: "chaoyang", party.Reviewer: "shanghai"}

// thing is something that not everybody may read, with what tells that it was.
type thing struct {
	family, situation string
	id, number        string
	need              access.Action // to read it
	target            func() access.Target
	asMade            access.Target // target, when the walk began
	marks             []string      // stand in no other thing
}

// readable reports whether a person may read it as it was made: the walk asks that for
// every answer, and folding the thing each time took longer than the walk.
func (x thing) readable(who party.Actor) bool { return access.Can(who, x.need, x.asMade).Allow }

// matrix is the world of the authorization matrix.
type matrix struct {
	world
	people   map[party.Role]party.Actor
	browsers map[party.Role]*servertest.Browser
	tokens   map[party.Role]string
	things   []thing
	read     map[string]int // answers that showed somebody a thing that he may read, by kind of file
}

// newMatrix has two branches with cases, reviews and precedents in each, and
// people of every role in one of them.
func newMatrix(t testing.TB) matrix {
	t.Helper()
	m := matrix{newWorld(t), map[party.Role]party.Actor{}, map[party.Role]*servertest.Browser{}, map[party.Role]string{}, nil, map[string]int{}}
	for role, login := range oneOfEach {
		m.ok(m.App.SetPerson(ctx, party.System, party.Person{ID: party.PersonID(login), Login: login, Name: "问" + login, Unit: "0101", Roles: []party.Role{role}}, ""))
	}
	for _, p := range []party.Person{
		{ID: "bj2", Login: "bj2", Name: "京二", Unit: "0101", Roles: []party.Role{party.Handler, party.Submitter}}, {ID: "sh1", Login: "sh1", Name: "沪一", Unit: "0102", Roles: []party.Role{party.Handler, party.Submitter}},
		{ID: "bjlead2", Login: "bjlead2", Name: "京长", Unit: "0101", Roles: []party.Role{party.BranchLead}}, {ID: "shlead", Login: "shlead", Name: "沪长", Unit: "0102", Roles: []party.Role{party.BranchLead}},
		{ID: "hq", Login: "hq", Name: "总办", Unit: "01", Roles: []party.Role{party.Office}}, {ID: "bjhead", Login: "bjhead", Name: "京办", Unit: "0101", Roles: []party.Role{party.Office, party.Reviewer}},
	} {
		m.ok(m.App.SetPerson(ctx, party.System, p, ""))
	}
	for i, situation := range situations {
		by, lead := []party.PersonID{"handler", "sh1", "bj2", "handler"}[i], []party.PersonID{"lead", "shlead", "bjlead2", "bjlead2"}[i]
		m.complaint(i, situation, by)
		if situation != "named" {
			m.review(i, situation, []party.PersonID{"chaoyang", "sh1", "bj2"}[i])
			m.precedent(i, situation, by, lead)
		}
	}
	m.App.WaitJobs(false)
	for i := range m.things {
		m.things[i].asMade = m.things[i].target()
	}
	for role, login := range oneOfEach {
		m.people[role], m.browsers[role] = m.Actor(party.PersonID(login)), m.As(login)
		_, text, err := m.App.CreateToken(ctx, party.System, party.PersonID(login), "试", []string{app.ScopeRead, app.ScopeWrite}, time.Time{}, "")
		m.ok(err)
		m.tokens[role] = text
	}
	return m
}

func (m matrix) named() (out []complaint.Respondent) {
	for _, login := range oneOfEach {
		out = append(out, complaint.Respondent{Person: party.PersonID(login)})
	}
	return out
}

// words that stand in no rule, template or label, one set for each situation.
var matrixWords = [][]string{{"褚云岫", "琥珀凉亭", "13900000001", "京甲转"}, {"谭雪汀", "翡翠长廊", "13900000002", "沪乙转"}, {"祝寒梅", "玛瑙回廊", "13900000003", "京丙转"}, {"卓听泉", "青瓷水榭", "13900000004", "京丁转"}}

// complaint is a case in the middle of its way, with a file, a letter and a request that waits.
func (m *matrix) complaint(i int, situation string, by party.PersonID) {
	m.t.Helper()
	words, who := matrixWords[i], m.Actor(by)
	d := complaint.Register{Channel: "nfra", SenderNumber: words[3] + "〔2026〕7号", ReceivedOn: m.today().AddDays(-2), Complainant: complaint.Complainant{Name: words[0], Phone: words[2]},
		Narrative: "我在" + words[1] + "旁边的网点办卡时没有被告知年费，三月份被扣了三百元，要求退还并给个说法。", Points: []string{words[1] + "没有告知年费"}, Unit: who.Unit}
	if situation == "recused" {
		d.Respondents = m.named()
	}
	if situation == "named" {
		d.Respondents = []complaint.Respondent{{Person: by}}
	}
	r, err := m.App.Register(ctx, who, d)
	m.ok(err)
	if situation != "named" {
		_, err = m.App.AttachFile(ctx, who, r.ID, 0, words[1]+".png", strings.NewReader(string(png)))
		m.ok(err)
		_, err = m.App.IssueLetter(ctx, who, r.ID, 0, complaint.Acknowledgement, 0)
		m.ok(err)
		for _, cmd := range []complaint.Command{complaint.Accept{}, complaint.ProposeRedress{Items: []complaint.Redress{{What: "apology", Text: words[1] + "致歉"}}, Why: "属实"}} {
			_, err = m.App.Do(ctx, who, r.ID, 0, cmd)
			m.ok(err)
		}
	}
	m.things = append(m.things, thing{"complaint", situation, r.ID.String(), r.Number, access.ReadComplaint, func() access.Target { return m.folded(r.ID).Target() }, access.Target{}, words})
}

// folded is a case as the ledger has it, whoever may read it.
func (m matrix) folded(id complaint.ID) complaint.Case {
	m.t.Helper()
	p, err := m.App.Case(ctx, party.System, id)
	m.ok(err)
	return p.Case
}

// review is one that has been handed in, with its material.
func (m *matrix) review(i int, situation string, by party.PersonID) {
	m.t.Helper()
	mark, who, head := []string{"松烟", "柏舟", "枫桥"}[i]+"海报", m.Actor(by), m.Actor("bjhead")
	r, err := m.App.Draft(ctx, who, review.NewDraft{Kind: "marketing.poster", Title: mark, Form: map[string]string{"line": "wealth", "issuer": "财富管理部", "channels": "branch,app", "publish_on": "2026-10-20", "publish_until": "2026-12-31"}})
	m.ok(err)
	r, err = m.App.AddMaterial(ctx, who, r.ID, 0, mark+"，"+promise, "", nil)
	m.ok(err)
	_, err = m.App.DoReview(ctx, who, r.ID, 0, review.HandIn{})
	m.ok(err)
	if situation == "recused" {
		_, err = m.App.DoReview(ctx, head, r.ID, 0, review.Take{})
		m.ok(err)
		for _, login := range oneOfEach {
			_, err = m.App.DoReview(ctx, head, r.ID, 0, review.Recuse{Person: party.PersonID(login), Why: "参与了产品设计"})
			m.ok(err)
		}
	}
	target := func() access.Target { return m.world.review("/reviews/" + r.ID.String()).Target() }
	m.things = append(m.things, thing{"review", situation, r.ID.String(), r.Number, access.ReadReview, target, access.Target{}, []string{mark}})
}

// precedent is the draft of one, from a case that was closed.
func (m *matrix) precedent(i int, situation string, by, lead party.PersonID) {
	m.t.Helper()
	mark := []string{"棋枰", "砚台", "笔洗"}[i] + "之例"
	id := m.closed(situation, by, lead)
	p, err := m.App.ProposePrecedent(ctx, m.Actor(by), id)
	m.ok(err)
	content := p.Content
	content.Title, content.Lessons = mark, mark+"的教训"
	_, err = m.App.DoPrecedent(ctx, m.Actor(by), p.ID, 0, precedent.Edit{Content: content})
	m.ok(err)
	source := m.folded(id)
	target := func() access.Target {
		return access.Target{Path: p.Path, Owners: []party.PersonID{by}, RecusedPersons: source.Target().RecusedPersons}
	}
	m.things = append(m.things, thing{"precedent", situation, p.ID.String(), "", access.ProposePrecedent, target, access.Target{}, []string{mark}})
}

// closed plays a case of the casebook to its end without pages.
func (m matrix) closed(situation string, by, lead party.PersonID) complaint.ID {
	m.t.Helper()
	story := casebook.All()[0]
	d := story.Register(m.today())
	d.Unit, d.Complainant.Phone = m.Actor(by).Unit, "13700000009"
	if situation == "recused" {
		d.Respondents = m.named()
	}
	r, err := m.App.Register(ctx, m.Actor(by), d)
	m.ok(err)
	who := map[party.Role]party.PersonID{party.Handler: by, party.BranchLead: lead, party.Office: "hq", party.Executive: "hq"}
	day := 0
	for _, act := range story.Acts() {
		m.Pass(time.Duration(act.Day-day)*24*time.Hour + time.Minute)
		day = act.Day
		cmd := act.Do(m.folded(r.ID), m.today())
		if letter, ok := cmd.(complaint.IssueLetter); ok {
			_, err = m.App.IssueLetter(ctx, m.Actor(who[act.By]), r.ID, 0, letter.What, letter.Reference)
		} else {
			_, err = m.App.Do(ctx, m.Actor(who[act.By]), r.ID, 0, cmd)
		}
		if err != nil {
			m.t.Fatalf("%s: %T: %v", situation, cmd, err)
		}
	}
	return r.ID
}

// thing returns what a family has in a situation.
func (m matrix) thing(family, situation string) (thing, bool) {
	for _, x := range m.things {
		if x.family == family && x.situation == situation {
			return x, true
		}
	}
	return thing{}, false
}

// reply is what came back, from a page or the API.
type reply struct {
	status         int
	location, body string
}

func (m matrix) page(role party.Role, method, path string, fields ...string) reply {
	m.t.Helper()
	b := m.browsers[role]
	a := b.Get
	if method != http.MethodGet {
		a = func(path string) servertest.Answer { return b.Post(path, fields...) }
	}
	got := a(path)
	return reply{got.Status, got.Location(), got.Body}
}

func (m matrix) call(role party.Role, method, path, body string) reply {
	m.t.Helper()
	r, err := http.NewRequest(method, m.URL+"/api/v1"+path, strings.NewReader(body))
	m.ok(err)
	r.Header.Set("Authorization", "Bearer "+m.tokens[role])
	r.Header.Set("If-Match", `"999"`)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	a := m.Browser().Do(r)
	return reply{a.Status, a.Location(), a.Body}
}

// String names a thing in messages.
func (x thing) String() string { return fmt.Sprintf("%s %s (%s)", x.situation, x.family, x.id) }
