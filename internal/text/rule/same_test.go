package rule_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/text/rule"
)

func said(same, id string, severity rule.Severity, start, end int, cites ...string) rule.Finding {
	f := rule.Finding{Rule: id, Same: same, Severity: severity, Start: start, End: end}
	for _, c := range cites {
		instrument, article, _ := strings.Cut(c, " ")
		f.Cite = append(f.Cite, rule.Cite{Instrument: instrument, Article: article})
	}
	return f
}

// show is findings as "rule@start-end also(rules) [articles]".
func show(found []rule.Finding) string {
	var out []string
	for _, f := range found {
		s := f.Rule
		for _, a := range f.Also {
			s += "+" + a.Rule
		}
		for _, c := range f.Cite {
			s += " " + c.String()
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func TestMerge(t *testing.T) {
	w, e, i := rule.Warn, rule.Error, rule.Info
	for name, c := range map[string]struct {
		found []rule.Finding
		want  string
	}{
		"nothing":                       {nil, ""},
		"no matter":                     {[]rule.Finding{said("", "a", e, 0, 6), said("", "b", e, 0, 6)}, "a; b"},
		"other matters":                 {[]rule.Finding{said("x", "a", e, 0, 6), said("y", "b", e, 0, 6)}, "a; b"},
		"other places":                  {[]rule.Finding{said("x", "a", e, 0, 6), said("x", "b", e, 6, 9)}, "a; b"},
		"the severest speaks":           {[]rule.Finding{said("x", "a", w, 0, 9, "l 1"), said("x", "b", e, 3, 6, "l 2")}, "b+a l 2 l 1"},
		"then the longest":              {[]rule.Finding{said("x", "a", e, 0, 3, "l 1", "l 3"), said("x", "b", e, 0, 6, "l 2")}, "b+a l 2 l 1 l 3"},
		"then most articles":            {[]rule.Finding{said("x", "a", e, 0, 3, "l 1"), said("x", "b", e, 0, 3, "l 1", "l 2")}, "b+a l 1 l 2"},
		"then the id":                   {[]rule.Finding{said("x", "b", e, 0, 3, "l 1"), said("x", "a", e, 0, 3, "l 1")}, "a+b l 1"},
		"both lack":                     {[]rule.Finding{said("x", "a", i, 0, 0), said("x", "b", w, 0, 0)}, "b+a"},
		"a lack joins the first hit":    {[]rule.Finding{said("x", "a", e, 0, 0), said("x", "b", e, 3, 6), said("x", "c", e, 9, 12)}, "b+a; c"},
		"a chain is one":                {[]rule.Finding{said("x", "a", e, 0, 4), said("x", "b", e, 3, 9), said("x", "c", e, 8, 12)}, "b+a+c"},
		"a lack keeps its own severity": {[]rule.Finding{said("x", "a", e, 0, 0), said("x", "b", w, 3, 6)}, "a+b"},
	} {
		if got := show(rule.Merge(c.found)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	at := rule.Merge([]rule.Finding{said("x", "a", e, 0, 0), said("x", "b", w, 3, 6)})[0]
	if at.Start != 3 || at.End != 6 {
		t.Errorf("what is lacking stands at %d to %d, want at the hit of its matter", at.Start, at.End)
	}
}

// No rule is lost, nothing of one matter overlaps any more, the order is that of
// the text and merging again changes nothing.
func TestMergeKeepsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []rule.Finding
		for n := range rapid.IntRange(0, 12).Draw(t, "n") {
			start := rapid.IntRange(0, 30).Draw(t, "start")
			end := start + rapid.IntRange(1, 9).Draw(t, "length")
			if rapid.Bool().Draw(t, "whole") {
				start, end = 0, 0
			}
			in = append(in, said(rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "same"), string(rune('a'+n)),
				rapid.SampledFrom([]rule.Severity{rule.Error, rule.Warn, rule.Info}).Draw(t, "severity"), start, end))
		}
		before := slices.Clone(in)
		out := rule.Merge(in)
		rules := 0
		for i, f := range out {
			rules += 1 + len(f.Also)
			if i > 0 && f.Start < out[i-1].Start {
				t.Fatalf("out of order: %s", show(out))
			}
		}
		if rules != len(in) || !slices.EqualFunc(before, in, func(x, y rule.Finding) bool { return x.Rule == y.Rule && len(y.Also) == 0 }) {
			t.Fatalf("%s became %s", show(before), show(out))
		}
		if again := rule.Merge(out); len(again) > len(out) {
			t.Fatalf("again: %s", show(again))
		}
	})
}
