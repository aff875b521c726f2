package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/text/rule"
)

// maxJudged is how many judged findings a comparison takes, the newest first.
const maxJudged = 20000

// judgedRule compares a rule of a changed pack with what reviewers judged.
type judgedRule struct {
	Rule     string `json:"rule"`
	Accepted int    `json:"accepted"` // accepted or edited by a reviewer
	Found    int    `json:"found"`    // of these, still found
	Lost     int    `json:"lost"`     // of these, not found any more
	Refused  int    `json:"dismissed"`
	Again    int    `json:"again"` // of these, still reported
	Gone     int    `json:"gone"`  // of these, not reported any more
}

// judged runs the back-test over the findings that reviewers judged.
func (o backtestOptions) judged(ctx context.Context, c *call) error {
	if len(c.args) != 1 {
		return usageError{c.say("--reviews 时请写明一个规则包", "with --reviews name one pack")}
	}
	p, err := readPack(c.args[0])
	if err != nil {
		return err
	}
	b, err := rule.NewBook(p)
	if err != nil {
		return err
	}
	t := judgedTest{book: allOn(b), pack: p, rules: map[string]*judgedRule{}}
	err = c.withApp(ctx, func(a *app.App, _ *app.Org) error { return a.JudgedTexts(ctx, party.System, maxJudged, t.add) })
	if err != nil {
		return err
	}
	list := []judgedRule{}
	for _, id := range slices.Sorted(maps.Keys(t.rules)) {
		list = append(list, *t.rules[id])
	}
	if o.json {
		return c.printJSON(list)
	}
	for _, r := range list {
		fmt.Fprintf(c.Out, "  %s  ", pad(r.Rule, 34))
		c.printf("采纳过 %d 处，仍找到 %d，找不到了 %d；排除过 %d 处，仍报出 %d，不再报 %d\n", "accepted %d, found %d, lost %d; dismissed %d, again %d, gone %d\n", r.Accepted, r.Found, r.Lost, r.Refused, r.Again, r.Gone)
	}
	c.printf("规则 %d 条有审查人的判断。\n", "%d rules have been judged by reviewers.\n", len(list))
	return nil
}

// judgedTest counts rule by rule.
type judgedTest struct {
	book  *rule.Book
	pack  *rule.Pack
	rules map[string]*judgedRule
}

func (t judgedTest) add(x app.JudgedText) error {
	found := t.book.Scan(x.Doc)
	for _, f := range x.Judged {
		if t.pack.Rule(f.Rule) == nil {
			continue
		}
		r, ok := t.rules[f.Rule]
		if !ok {
			r = &judgedRule{Rule: f.Rule}
			t.rules[f.Rule] = r
		}
		hit := slices.ContainsFunc(found, func(n rule.Finding) bool {
			return n.Rule == f.Rule && n.Start < max(f.End, f.Start+1) && f.Start < max(n.End, n.Start+1)
		})
		switch {
		case f.Verdict == review.Dismissed && hit:
			r.Refused, r.Again = r.Refused+1, r.Again+1
		case f.Verdict == review.Dismissed:
			r.Refused, r.Gone = r.Refused+1, r.Gone+1
		case hit:
			r.Accepted, r.Found = r.Accepted+1, r.Found+1
		default:
			r.Accepted, r.Lost = r.Accepted+1, r.Lost+1
		}
	}
	return nil
}
