package review_test

import (
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
)

// Every kind has a limit, a form whose fields are defined and a checklist.
func TestKindsAreWhole(t *testing.T) {
	rules := regulation.Embedded().At(calendar.FromTime(day(t, "2026-10-12").Time()))
	for _, k := range review.MaterialKinds() {
		if _, err := rules.Clock(k.Clock); err != nil {
			t.Errorf("%s: %v", k.ID, err)
		}
		if len(k.Form()) != len(k.Fields) {
			t.Errorf("%s: %d of %d fields are defined", k.ID, len(k.Form()), len(k.Fields))
		}
		if len(k.Items()) == 0 || len(k.Packs) == 0 || k.Name == "" || k.NameEn == "" || k.Help == "" || k.HelpEn == "" {
			t.Errorf("%s lacks a checklist, packs or a text", k.ID)
		}
		for _, f := range k.Form() {
			if f.Name == "" || f.NameEn == "" || f.Type == "choice" && len(f.Options) == 0 {
				t.Errorf("field %s lacks a name or options", f.ID)
			}
		}
		for _, i := range k.Items() {
			for _, c := range i.Cite {
				in, art, _ := strings.Cut(c, "/")
				if _, ok := rules.Article(in, art); !ok && in != "pbc-2019-316" {
					t.Errorf("item %s cites %s, which is not in force", i.ID, c)
				}
			}
			if len(i.Cite) == 0 && i.Source == "" || i.NameEn == "" {
				t.Errorf("item %s has no article or no English name", i.ID)
			}
		}
	}
}

// Every value of an enumeration has a name in both languages.
func TestLabels(t *testing.T) {
	check := func(group string, ids ...string) {
		for _, id := range ids {
			if zh, en := review.Label(group, id, "zh"), review.Label(group, id, "en"); zh == id || en == id || zh == "" || en == "" {
				t.Errorf("%s.%s has no name: %q, %q", group, id, zh, en)
			}
		}
	}
	check("state", texts(review.States)...)
	check("stage", texts(review.Stages)...)
	check("severity", texts(review.Severities)...)
	check("verdict", texts(review.Verdicts)...)
	check("point", texts(review.PointStates)...)
	check("conclusion", texts(review.Conclusions)...)
	check("item", texts(review.ItemVerdicts)...)
	if !slices.Contains(review.ChannelIDs(), "sms") {
		t.Error("no channels")
	}
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}
