package examine_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
)

// The same seed and population give the same sample in any order; the sample is of
// the population, without doubles, of the size asked; a larger one holds the smaller.
func TestPickProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		population := rapid.SliceOfDistinct(rapid.Int64Range(1, 1e6), rapid.ID[int64]).Draw(rt, "population")
		seed, n := rapid.String().Draw(rt, "seed"), rapid.IntRange(1, 40).Draw(rt, "n")
		got := examine.Pick(seed, n, population)
		if len(got) != min(n, len(population)) || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			rt.Fatalf("%v", got)
		}
		shuffled := rapid.Permutation(population).Draw(rt, "order")
		if again := examine.Pick(seed, n, shuffled); !slices.Equal(got, again) || examine.Sum(population) != examine.Sum(shuffled) {
			rt.Fatalf("%v, then %v", got, again)
		}
		more := examine.Pick(seed, n+5, population)
		for _, id := range got {
			if !slices.Contains(population, id) || !slices.Contains(more, id) {
				rt.Fatalf("%d is not of the population or not of the larger sample", id)
			}
		}
	})
}

// Fixed for good: a printed seed must give the same sample in ten years.
func TestPickIsFixed(t *testing.T) {
	var population []int64
	for i := range 20 {
		population = append(population, int64(i+1))
	}
	want := []int64{3, 9, 11, 13} // computed with another program
	if got := examine.Pick("2026-11-22", 4, population); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := examine.Sum([]int64{3, 1, 2}); got != "14c5e74c4b96ccef41cd94db73a9ec3348038ac094feca4fd897cecffa07cdae" {
		t.Errorf("sum %s", got)
	}
}

func TestRequestCheck(t *testing.T) {
	today := calendar.Of(2026, 11, 22)
	good := examine.Request{Name: "检查组", Login: "exam1", Reason: "年度消保检查", Until: today.AddDays(10), From: today.AddDays(-90), To: today, Size: 20}
	if err := good.Check(today); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*examine.Request){
		"name": func(r *examine.Request) { r.Name = "" }, "login": func(r *examine.Request) { r.Login = "" }, "reason": func(r *examine.Request) { r.Reason = "" },
		"until": func(r *examine.Request) { r.Until = today.AddDays(-1) }, "from": func(r *examine.Request) { r.From = r.To.AddDays(1) }, "size": func(r *examine.Request) { r.Size = 501 },
	} {
		bad := good
		spoil(&bad)
		if err := bad.Check(today); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if examine.Over(today, today.Time().Add(23*time.Hour)) || !examine.Over(today, today.AddDays(1).Time()) {
		t.Error("the last day counts whole")
	}
}
