package app

import (
	"slices"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/party"
	"xiaobao/internal/precedent"
	"xiaobao/internal/regulation"
	"xiaobao/internal/text/match"
)

// house is an institution in which the stories are played.
func house(t *testing.T) *Org {
	t.Helper()
	tree, err := party.NewTree([]party.Unit{
		{ID: "01", Name: "示例银行总行", Level: party.HeadOffice, Region: "北京"}, {ID: "0101", Name: "北京分行", Parent: "01", Level: party.Branch, Region: "北京"},
		{ID: "010101", Name: "朝阳支行", Parent: "0101", Level: party.SubBranch, Region: "北京"},
	})
	if err != nil {
		t.Fatal(err)
	}
	people := map[party.PersonID]party.Person{}
	for _, p := range []party.Person{
		{ID: "handler", Name: "张敏", Unit: "010101", Roles: []party.Role{party.Handler}}, {ID: "branch_lead", Name: "李强", Unit: "0101", Roles: []party.Role{party.BranchLead}},
		{ID: "office", Name: "周婷", Unit: "01", Roles: []party.Role{party.Office}}, {ID: "executive", Name: "郑川海", Unit: "01", Roles: []party.Role{party.Executive}},
	} {
		people[p.ID] = p
	}
	return &Org{Tree: tree, people: people}
}

// played runs a story from receipt to closing, with numbers in all that is told.
func played(t *testing.T, s casebook.Story, org *Org) complaint.Case {
	t.Helper()
	day := calendar.Of(2026, 3, 2)
	env := func(by party.Role, on calendar.Date) complaint.Env {
		who, _ := org.Person(party.PersonID(by))
		return complaint.Env{By: party.ActorOf(who, org.Tree), At: on.Time().Add(9 * time.Hour).UTC(), Rules: regulation.Embedded().At(day), Cal: calendar.Official(), Tree: org.Tree}
	}
	d := s.Register(day)
	d.Complainant.Phone, d.Complainant.IDNumber, d.Complainant.Policy = "13912345678", "110101199003072316", "6222021234567890128"
	d.Narrative += "本人" + d.Complainant.Name + "，电话139 1234 5678，身份证110101199003072316，卡号6222 0212 3456 7890 128，在朝阳支行由张敏办理。"
	first, err := d.NewCase(1, "TS20260302-000001", env(party.Handler, day))
	if err != nil {
		t.Fatalf("%s: %v", s.ID, err)
	}
	c := complaint.Case{}.Apply(first, complaint.Meta{At: env(party.Handler, day).At, By: "person/handler"})
	for i, act := range s.Acts() {
		e := env(act.By, day.AddDays(act.Day))
		events, err := act.Do(c, e.Today()).Decide(c, e)
		if err != nil {
			t.Fatalf("%s, act %d: %v", s.ID, i, err)
		}
		c = c.ApplyAll(events, complaint.Meta{At: e.At.Add(time.Duration(i) * time.Second), By: e.By.ID})
	}
	return c
}

// S2.7: nothing of the people of the invented cases is left in what is composed of
// them, and the check finds nothing that must be rewritten.
func TestCasebookLeavesNobody(t *testing.T) {
	org, a := house(t), &App{institution: "示例银行股份有限公司"}
	for _, s := range casebook.All() {
		c := played(t, s, org)
		source := a.precedentSource(c, org)
		content, masked := precedent.Compose(source)
		if masked < 4 || content.Title == "" || content.Situation == "" || content.Handling == "" || content.Result == "" {
			t.Errorf("%s: %d masked in %+v", s.ID, masked, content)
		}
		personal := []string{c.Complainant.Phone, c.Complainant.IDNumber, c.Complainant.Policy, c.Number, "张敏", "朝阳支行"}
		for _, p := range source.People {
			personal = append(personal, p.Name)
		}
		personal = slices.DeleteFunc(personal, func(p string) bool { return len([]rune(p)) < 2 || p == "匿名" })
		m, err := match.New(slices.Compact(slices.Sorted(slices.Values(personal))), match.Folded(), match.Noise(2))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range content.Parts() {
			m.Each(part.Text, func(x match.Match) bool {
				t.Errorf("%s: %s still has %q in %s", s.ID, part.Field, part.Text[x.Start:x.End], part.Text)
				return true
			})
		}
		for _, f := range precedent.NewCleaner(source.Known).Check(precedent.Precedent{Content: content}, nil) {
			if f.Hard() {
				t.Errorf("%s: %s names the case: %q", s.ID, f.Field, f.Text)
			}
			if testing.Verbose() {
				t.Logf("%s %s: %s %s", s.ID, f.Field, f.Kind, f.Text)
			}
		}
	}
}
