package guide

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
)

func TestNegotiationData(t *testing.T) {
	for _, wrong := range checkNegotiation(negotiationData()) {
		t.Error(wrong)
	}
	f := negotiationData()
	f.Classes = []AmountClass{{ID: "a", From: 5, Name: "x", NameEn: "x"}, {ID: "b", From: 5, Name: "x", NameEn: "x"}}
	f.Phrases, f.Turns, f.Errors = []Phrase{{When: "bored", Text: "x", TextEn: "x", Source: "x"}}, []Turn{{ID: "x"}}, []Habit{{ID: "e", Text: "x", TextEn: "x", Source: "x"}}
	if got := checkNegotiation(f); len(got) < 8 {
		t.Errorf("broken data passes: %v", got)
	}
}

func TestClassOf(t *testing.T) {
	for fen, want := range map[int64]string{0: "none", 1: "small", 99_999: "small", 100_000: "middle", 999_999: "middle", 1_000_000: "large", 10_000_000: "huge", 1 << 50: "huge"} {
		c := ClassOf(fen)
		if c.ID != want || fen < c.From || c.Below != 0 && fen >= c.Below {
			t.Errorf("%d is %+v, want %s", fen, c, want)
		}
	}
}

func TestRangeOf(t *testing.T) {
	for _, test := range []struct {
		given             []int64
		known             bool
		low, median, high int64
	}{
		{nil, false, 0, 0, 0}, {[]int64{1, 2, 3, 4}, false, 0, 0, 0},
		{[]int64{50, 10, 40, 20, 30}, true, 20, 30, 40}, {[]int64{0, 0, 0, 0, 0}, true, 0, 0, 0}, {[]int64{1, 2, 3, 4, 5, 6, 7, 8}, true, 2, 4, 6},
	} {
		r := RangeOf(test.given, 5)
		if r.Known != test.known || r.Low != test.low || r.Median != test.median || r.High != test.high || r.Cases != len(test.given) || r.Needed != 5 {
			t.Errorf("%v: %+v", test.given, r)
		}
	}
}

// The range is made of sums that were given, in order, whatever their order; it
// holds at least half of the cases, and one higher sum never lowers it.
func TestRangeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOfN(rapid.Int64Range(0, 1e12), 3, 60).Draw(t, "given")
		r := RangeOf(given, 3)
		if !(r.Low <= r.Median && r.Median <= r.High) || !slices.Contains(given, r.Low) || !slices.Contains(given, r.Median) || !slices.Contains(given, r.High) {
			t.Fatalf("%+v of %v", r, given)
		}
		held := 0
		for _, fen := range given {
			if r.Holds(fen) {
				held++
			}
		}
		if held*2 < len(given) {
			t.Fatalf("%+v holds %d of %d", r, held, len(given))
		}
		if again := RangeOf(rapid.Permutation(given).Draw(t, "order"), 3); again != r {
			t.Fatalf("%+v in another order", again)
		}
		i := rapid.IntRange(0, len(given)-1).Draw(t, "raised")
		raised := slices.Clone(given)
		raised[i] += rapid.Int64Range(0, 1e12).Draw(t, "by")
		if up := RangeOf(raised, 3); up.Low < r.Low || up.Median < r.Median || up.High < r.High {
			t.Fatalf("%+v after a higher sum, %+v before", up, r)
		}
	})
}

// S1.3: whose approval a sum needs follows from the settings.
func TestAuthorities(t *testing.T) {
	list := Authorities(regulation.Embedded().At(today))
	if !slices.IsSortedFunc(list, func(a, b Authority) int { return int(a.Limit - b.Limit) }) || len(list) != 4 {
		t.Fatalf("%+v", list)
	}
	for _, test := range []struct {
		fen  int64
		want party.Role
		ok   bool
	}{{0, party.Handler, true}, {list[1].Limit, party.BranchLead, true}, {list[1].Limit + 1, party.Office, true}, {list[3].Limit, party.Executive, true}, {list[3].Limit + 1, "", false}} {
		if got, ok := NeedsOf(list, test.fen); got != test.want || ok != test.ok {
			t.Errorf("%d needs %s, %v; want %s", test.fen, got, ok, test.want)
		}
	}
}

func TestMoves(t *testing.T) {
	c := base()
	c.Talk = &complaint.Talk{Opening: 1000}
	c.Rounds = []complaint.Round{{AskAmount: 1000, Response: complaint.TalkHeard}, {OfferAmount: 300, Response: complaint.TalkCounter, AskAmount: 800}, {Response: complaint.TalkHeard},
		{AskAmount: 700, OfferAmount: 500, Response: complaint.TalkRefused}, {OfferAmount: 600, Response: complaint.TalkAccepted}}
	got := Moves(c)
	for i, want := range []struct{ ask, offer, gap int64 }{{0, 0, 1000}, {200, 0, 500}, {0, 0, 500}, {100, 200, 200}, {0, 100, 0}} {
		if got[i].AskMoved != want.ask || got[i].OfferMoved != want.offer || got[i].Gap != want.gap {
			t.Errorf("round %d: %+v, want %+v", i+1, got[i], want)
		}
	}
	if Turns(c)[0].ID == "refused" {
		t.Error("an accepted offer is treated as refused")
	}
	c.Rounds = c.Rounds[:4]
	if got := Turns(c); got[0].ID != "refused" || len(got) != len(negotiationData().Turns) {
		t.Errorf("first turn %s of %d", got[0].ID, len(got))
	}
	c.Rounds = []complaint.Round{{AskAmount: 900}, {AskAmount: 900, Response: complaint.TalkCounter}}
	if got := Turns(c); got[0].ID != "extreme" {
		t.Errorf("first turn %s", got[0].ID)
	}
}

// Phrases for the judged emotion come first, those for any follow.
func TestPhrases(t *testing.T) {
	c := base()
	if got := Phrases(c); got[0].When != "dissatisfied" || got[len(got)-1].When != "" {
		t.Errorf("%+v", got)
	}
	c.Judgements = []complaint.Judgement{{Topic: complaint.TopicEmotion, Value: "angry", At: today.Time()}, {Topic: complaint.TopicEmotion, Subject: 2, Value: "calm", At: today.AddDays(1).Time()}}
	if got := Phrases(c); got[0].When != "calm" {
		t.Errorf("%+v", got)
	}
	usual, errors := Habits()
	if len(usual) == 0 || len(errors) == 0 {
		t.Error("no habits")
	}
}
