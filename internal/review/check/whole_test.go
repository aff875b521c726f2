package check

import (
	"slices"
	"testing"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/review"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

func book(t testing.TB) *rule.Book {
	t.Helper()
	b, err := packs.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// whole is what the program finds in a text handed in as a kind.
func whole(t testing.TB, kind, line, text string, form map[string]string) []review.Finding {
	t.Helper()
	k, ok := review.KindOf(kind)
	if !ok {
		t.Fatalf("no kind %s", kind)
	}
	return Whole(book(t), k.Packs, Material{Text: text, Kind: kind, Line: line, Form: form, AsOf: october})
}

func TestWhole(t *testing.T) {
	found := whole(t, "marketing.poster", "wealth", "稳盈理财，保本保息，业绩比较基准3.2%，额度有限，手慢无！", nil)
	by := map[string]review.Finding{}
	for _, f := range found {
		if f.Same == "urging" { // stands in two places
			continue
		}
		for _, id := range append([]string{f.Rule}, rulesOf(f)...) {
			if _, twice := by[id]; twice {
				t.Errorf("%s speaks twice", id)
			}
			by[id] = f
		}
	}
	one := by["wealth.guarantee"]
	if one.Rule != by["marketing-finance.guarantee"].Rule || one.Quote != "保本保息" || len(one.Also) < 1 || len(one.Cites) < 3 {
		t.Errorf("the promise is not one finding with all articles: %+v", one)
	}
	if a, b := by["check.benefit-alone"], by["wealth.warning-missing"]; a.Rule != b.Rule || a.Rule == "" || a.Start == a.End {
		t.Errorf("the missing warning is not one finding at the benefit: %+v, %+v", a, b)
	}
	urging := slices.DeleteFunc(slices.Clone(found), func(f review.Finding) bool { return f.Same != "urging" })
	if len(urging) != 2 || urging[1].Quote != "手慢无" || len(urging[1].Also) != 1 {
		t.Errorf("urging, in two places: %+v", urging)
	}
	if got := Whole(book(t), []string{"no-such-pack"}, Material{Text: "保本保息", Kind: "contract"}); slices.ContainsFunc(got, func(f review.Finding) bool { return f.Pack != Pack }) {
		t.Errorf("without packs only the checks speak: %+v", got)
	}
}

func rulesOf(f review.Finding) (out []string) {
	for _, a := range f.Also {
		out = append(out, a.Rule)
	}
	return out
}

// Every matter is named by two rules at least, in packs and checks together.
func TestMattersAreShared(t *testing.T) {
	by := map[string][]string{}
	for _, p := range book(t).Packs() {
		for _, r := range p.Rules {
			by[r.Same] = append(by[r.Same], r.ID)
		}
	}
	for _, s := range Sorts() {
		by[s.Same] = append(by[s.Same], Pack+"."+s.ID)
	}
	for same, ids := range by {
		if same != "" && len(ids) < 2 {
			t.Errorf("only %v names the matter %q: is it misspelt?", ids, same)
		}
	}
}

// distinct are the pairs of rules that say different things of the same words of
// the demo's materials, each with the difference. "*" is any rule.
var distinct = map[string]string{
	"check.benefit-alone + *":                                    "the sentence lacks a warning, whatever else its words break",
	"check.jargon + *":                                           "a word to explain, whatever else its words break",
	"loan.rate-from + *":                                         "the rate lacks its range and conditions, whatever else its words break",
	"loan.campus + loan.threshold":                               "to whom, and on what promise",
	"loan.low-rate + marketing-general.extreme":                  "cheap, and the cheapest of all",
	"contract.auto-renewal + contract.renewal-cancel":            "a reminder before, and the way out",
	"marketing-finance.deposit-analogy + marketing-finance.gift": "the comparison and the gift stand in one phrase",
}

// why tells what sets two rules apart, by the key of distinct, "" when nothing does.
func why(a, b string) string {
	for _, key := range []string{a + " + " + b, a + " + *", b + " + *"} {
		if distinct[key] != "" {
			return key
		}
	}
	return ""
}

// On the materials of the demo no place has two findings, but for the pairs that
// say different things.
func TestDemoHasNoDuplicates(t *testing.T) {
	var d struct {
		Review []struct {
			Kind, Title, Line, Text, Mended, Final string
			Form                                   map[string]string
		}
	}
	if _, err := toml.DecodeFile("../../demo/data/reviews.toml", &d); err != nil {
		t.Fatal(err)
	}
	used, merged := map[string]bool{}, 0
	for _, r := range d.Review {
		for _, s := range []string{r.Text, r.Mended, r.Final} {
			if s == "" {
				continue
			}
			found := whole(t, r.Kind, r.Line, s, r.Form)
			for i, a := range found {
				merged += len(a.Also)
				for _, b := range found[i+1:] {
					if a.Rule == b.Rule || a.Start >= b.End || b.Start >= a.End {
						continue
					}
					pair := []string{a.Rule, b.Rule}
					slices.Sort(pair)
					key := why(pair[0], pair[1])
					used[key] = true
					if key == "" {
						t.Errorf("%s: %s and %s both stand at %q and %q", r.Title, pair[0], pair[1], a.Quote, b.Quote)
					}
				}
			}
		}
	}
	if merged == 0 {
		t.Error("nothing of the demo was made one: the test looks at the wrong texts")
	}
	for key := range distinct {
		if !used[key] {
			t.Errorf("no material has the pair %s any more: strike it out", key)
		}
	}
}
