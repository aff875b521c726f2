package reply_test

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/text/rule"
)

// sane fails unless every place lies inside its paragraph, on character borders,
// quotes what stands there, and every mend can be made.
func sane(t testing.TB, r complaint.Reply, found []reply.Finding) {
	t.Helper()
	text := map[reply.Place]string{{Part: reply.Opening}: r.Opening, {Part: reply.Decision}: r.Decision, {Part: reply.Options}: r.Options, {Part: reply.Closing}: r.Closing}
	for _, a := range r.Answers {
		text[reply.Place{Part: reply.Answer, Point: a.Point}] = a.Text
	}
	for _, f := range found {
		s := text[reply.Place{Part: f.Part, Point: f.Point}]
		if f.Start < 0 || f.End < f.Start || f.End > len(s) || !utf8.ValidString(s[f.Start:f.End]) {
			t.Errorf("%s at %d..%d of %d bytes", f.Kind, f.Start, f.End, len(s))
		}
		if f.ID == "" || f.Text == "" || f.Title == "" {
			t.Errorf("%+v says nothing", f)
		}
		if f.Mend != nil {
			if _, ok := reply.Apply(r, f); !ok {
				t.Errorf("%s: its mend cannot be made: %+v", f.Kind, f.Mend)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	r, facts := good(f)
	for _, s := range []string{r.Opening, r.Answers[0].Text, "2026年2月30日（星期五）", "《法》第三条、第四条", "尊敬的李女士：13900005678", "退还九千亿万元", "【", "申请核查0日内", "1-1", "\xff"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x := r
		x.Opening, x.Decision, x.Answers = a, b, []complaint.Answer{{Point: 1, Text: a + b}, {Point: 2, Text: b}}
		found, err := checker().Check(x, facts)
		if err != nil {
			return
		}
		sane(t, x, found)
	})
}

// Words, dates and numbers thrown together.
func TestAnyMixtureIsChecked(t *testing.T) {
	bits := []string{"经核实，", "依据", "《银行业保险业消费投诉处理管理办法》", "第十九条", "2026年", "2月", "30日", "（星期", "五）", "退还", "300元", "一万亿", "柜员", "张", "先生", "尊敬的", "13900005678", "您", "你", "【", "】", "申请核查", "60日内", "，", "。", "\n", "亲，", "é", "😀"}
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string {
			out := ""
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(bits)-1), 0, 40).Draw(t, name) {
				out += bits[i]
			}
			return out
		}
		f := factsOf(limited())
		r := complaint.Reply{Opening: text("opening"), Decision: text("decision"), Closing: text("closing"), Answers: []complaint.Answer{{Point: 1, Text: text("one")}, {Point: 2, Text: text("two")}}}
		found, err := checker().Check(r, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range found {
			if x.Mend != nil {
				if _, ok := reply.Apply(r, x); !ok {
					t.Fatalf("%s: its mend cannot be made", x.Kind)
				}
			}
		}
	})
}

// A difference, put together again, is both wordings.
func TestDiff(t *testing.T) {
	words := rapid.StringOfN(rapid.SampledFrom([]rune("退还年费，。；\n")), 0, 60, -1)
	rapid.Check(t, func(t *rapid.T) {
		was, is := words.Draw(t, "was"), words.Draw(t, "is")
		gotWas, gotIs := "", ""
		for _, c := range reply.Diff(was, is) {
			if c.Op != "add" {
				gotWas += c.Text
			}
			if c.Op != "cut" {
				gotIs += c.Text
			}
		}
		if gotWas != was || gotIs != is {
			t.Fatalf("%q -> %q gives %q -> %q", was, is, gotWas, gotIs)
		}
	})
}

// The letters of the worked examples stop nothing, composed or as they were
// written; the composed ones keep what was found.
func TestCasebookLetters(t *testing.T) {
	for _, s := range casebook.All() {
		if s.Withdrawn != "" {
			continue
		}
		c := limited()
		c.Points, c.Redress, c.Demand, c.Vulnerable = nil, nil, s.Demand, s.Vulnerable
		c.Complainant = complaint.Complainant{Name: s.Name, Salutation: s.Salutation}
		c.Codes.Product, c.Codes.Reason = s.Product, s.Reason
		for i, p := range s.Points {
			c.Points = append(c.Points, complaint.Allegation{N: i + 1, Text: p.Text, Finding: &complaint.Finding{Outcome: p.Outcome, Evidence: p.Evidence, Basis: p.Basis, Explanation: p.Explanation}})
		}
		for i, r := range s.Redress {
			c.Redress = append(c.Redress, complaint.Redress{N: i + 1, What: r.What, Amount: r.Amount, Text: r.Text})
		}
		f := factsOf(c)
		if s.Kind == "insurer" {
			f.We, f.Institution = "公司", "安和财产保险股份有限公司"
		}
		for name, r := range map[string]complaint.Reply{"written": reply.FromFindings(c, s.Decision), "composed": reply.Compose(f, s.Decision)} {
			f.PrintsRedress = name == "written" // its template prints the redress by itself
			found := check(t, r, f)
			sane(t, r, found)
			for _, x := range found {
				if x.Severity == rule.Error {
					t.Errorf("%s, %s: %s", s.ID, name, x.Says())
				}
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	r, f := good(b)
	for range 8 {
		f.Recent = append(f.Recent, reply.Recent{Number: "TS1", Text: "另一件投诉的答复，" + r.Answers[1].Text[3:90]})
	}
	k := checker()
	b.SetBytes(int64(len(reply.Whole(r))))
	for b.Loop() {
		if _, err := k.Check(r, f); err != nil {
			b.Fatal(err)
		}
	}
}
