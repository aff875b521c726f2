package api_test

import (
	"fmt"
	"strings"
	"testing"

	"xiaobao/internal/access"
	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/party"
)

// situations are how a case stands to the person who asks: own case, case of a
// colleague in the same unit, case of another unit, case that names the person.
var situations = []string{"mine", "unit", "other", "recused"}

// matrixCases are the cases of the situations. Every person of the test is named
// in the last one, and so recused from it, whatever the role.
type matrixCases map[string]string

func personOf(role party.Role) party.PersonID { return party.PersonID("m_" + role) }

// matrixWorld has one person of each role in the same branch.
func matrixWorld(t *testing.T) (world, matrixCases) {
	w := newWorld(t)
	var named []string
	for _, role := range party.Roles {
		w.hire(party.Person{ID: personOf(role), Login: "m_" + string(role), Name: "测试", Unit: "0101", Roles: []party.Role{role}})
		named = append(named, `{"person":"`+string(personOf(role))+`"}`)
	}
	cases := matrixCases{"mine": w.registered(personOf(party.Handler), plainComplaint), "unit": w.registered("bj2", plainComplaint), "other": w.registered("sh", plainComplaint),
		"recused": w.registered("bj2", strings.Replace(plainComplaint, "{", `{"unit":"0101","respondents":[`+strings.Join(named, ",")+`],`, 1))}
	for situation, by := range map[string]party.PersonID{"mine": personOf(party.Handler), "unit": "bj2", "other": "sh", "recused": "bj2"} {
		if a := w.upload(t, by, cases[situation]+"/files", nil, "回单.pdf", smallPDF); a.status != 200 {
			t.Fatalf("%s: %d %s", situation, a.status, a.body)
		}
	}
	return w, cases
}

// expected says what the access matrix gives, by the rules in words: who is
// recused never; who has no reach never; own reach is for own cases, scope for
// those of the own subtree.
func expected(op api.Operation, role party.Role, situation string) bool {
	if op.Need == "" {
		return true // the use case decides; see own
	}
	reach := access.ReachOf(party.Actor{Roles: []party.Role{role}}, op.Need)
	if !strings.Contains(op.Path, "{id}") || reach == access.None {
		return reach != access.None
	}
	switch situation {
	case "recused":
		return false
	case "other":
		return reach == access.All
	case "unit":
		return reach != access.Own
	}
	return role == party.Handler || reach != access.Own // "mine" is the handler's
}

// own are the operations that any token may call and whose use case decides, with
// what it decides for roles and situations.
var own = map[string]func(role party.Role, situation string) bool{
	"list-sign-log": func(role party.Role, _ string) bool { return role == party.Auditor },
	"revoke-token":  func(party.Role, string) bool { return true }, // of others it is not found
	"get-receipt": func(role party.Role, situation string) bool {
		return situation != "recused" && situation != "other" && reads(role)
	},
}

// reads reports whether a role has anything to do with complaints.
func reads(role party.Role) bool {
	return access.May(party.Actor{Roles: []party.Role{role}}, access.ReadComplaint)
}

// requestOf is a request of an operation that changes nothing even when it is
// allowed: a version that no case has, a body that the domain refuses.
func requestOf(op api.Operation, path string) (url, body string, header []string) {
	url = strings.NewReplacer("/complaints/{id}", path, "/exports/{n}", "/exports/999999", "/examinations/{n}", "/examinations/999999", "{n}", "1", "{unit}", "zz", "{person}", "zz", "{token}", "zz", "{setting}", "zz", "{import}", "zz", "{session}", "zz", "{review}", "999999", "{job}", "zz", "{precedent}", "999999", "{product}", "zz", "{file}", "1").Replace(op.Path)
	header = []string{"If-Match", `"999"`}
	body = "{}"
	switch op.ID {
	case "reveal":
		body = `{"reason":"audit"}`
	case "make-case-file":
		body = `{"reason":"audit","masked":true}`
	case "search-complaints":
		body = `{"query":"年费"}`
	case "bulk-assign":
		body = `{"ids":[999],"unit":"0101"}`
	case "lookup-complaint":
		url += "?number=TS20260331-000001"
	case "preview-letter":
		url += "?what=acknowledgement"
	case "list-told":
		url += "?from=2026-03-01&to=2026-03-31"
	case "compute-deadline":
		url += "?working_days=7&received=2026-03-31"
	}
	if op.Method == "GET" {
		body = ""
	}
	return url, body, header
}

func (w world) try(t *testing.T, op api.Operation, role party.Role, path string) answer {
	url, body, header := requestOf(op, path)
	if op.ID == "attach-file" {
		return w.upload(t, personOf(role), url, map[string]string{"If-Match": `"999"`}, "又一份.pdf", smallPDF+" ")
	}
	return w.call(personOf(role), op.Method, url, body, header...)
}

// Every operation by every role in every situation, over HTTP on a real database.
// The golden file is read by people: it is the matrix as it is in force.
func TestAuthorizationMatrix(t *testing.T) {
	w, cases := matrixWorld(t)
	var b strings.Builder
	fmt.Fprintf(&b, "# mine/unit/other/recused: + allowed, - refused; handler, branch_lead, office, executive, auditor, administrator, submitter, reviewer of one branch\n")
	for _, op := range api.Operations(api.Options{App: new(app.App)}) {
		fmt.Fprintf(&b, "%-6s %-45s", op.Method, op.Path)
		for _, role := range party.Roles {
			fmt.Fprintf(&b, " %4s", w.marks(t, op, role, cases))
		}
		b.WriteString("\n")
	}
	golden(t, "matrix.txt", b.String())
}

// marks calls an operation as a role in each situation and compares with what is expected.
func (w world) marks(t *testing.T, op api.Operation, role party.Role, cases matrixCases) string {
	marks := ""
	for _, situation := range situations {
		if !strings.Contains(op.Path, "{id}") && situation != "mine" {
			break
		}
		want := expected(op, role, situation)
		if fn := own[op.ID]; fn != nil {
			want = fn(role, situation)
		}
		if op.ID == "lookup-complaint" { // of the case in "mine"
			want = reads(role)
		}
		a := w.try(t, op, role, cases[situation])
		allowed := a.status != 401 && a.status != 403
		if allowed != want || a.status >= 500 {
			t.Errorf("%s %s (%s) as %s: %d %s, want allowed %v", op.Method, op.Path, situation, role, a.status, a.body, want)
		}
		if situation == "recused" && a.status == 403 && a.at("kind") != "recused" && a.at("kind") != "forbidden" {
			t.Errorf("%s as %s: recused is told %v", op.ID, role, a.at("kind"))
		}
		marks += map[bool]string{true: "+", false: "-"}[allowed]
	}
	return marks
}

// Nothing that is refused or stale has changed anything.
func TestRefusedChangesNothing(t *testing.T) {
	w, cases := matrixWorld(t)
	before := map[string]string{}
	for s, path := range cases {
		before[s] = w.must("office", "GET", path+"/history", "").body
	}
	for _, op := range api.Operations(api.Options{App: new(app.App)}) {
		for _, role := range party.Roles {
			for s := range cases {
				w.try(t, op, role, cases[s])
			}
		}
	}
	for s, path := range cases {
		if after := w.must("office", "GET", path+"/history", "").body; after != before[s] {
			t.Errorf("case %s changed:\n%s\n%s", s, before[s], after)
		}
	}
}
