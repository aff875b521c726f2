package review

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A fold says what Apply says step by step, and leaves what it gave out alone.
func TestFoldIsApply(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var slow Review
		var fold Fold
		n := 0
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			var e Event
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				n++
				e = &FindingAdded{Finding: Finding{N: n, Severity: Warn}}
			case 1:
				scan := &Scanned{}
				for range rapid.IntRange(0, 4).Draw(t, "found") {
					n++
					scan.Findings = append(scan.Findings, Finding{N: n, Severity: Error})
				}
				scan.Count = len(scan.Findings)
				e = scan
			default:
				e = &FindingJudged{N: rapid.IntRange(1, n+1).Draw(t, "judged"), Verdict: rapid.SampledFrom(Verdicts).Draw(t, "verdict"), Why: "说明", Severity: Info}
			}
			before := fold.Review()
			was := append([]Finding(nil), before.Findings...)
			fold.Add(e, Meta{By: "person/a"})
			slow = slow.Apply(e, Meta{By: "person/a"})
			if d := cmp.Diff(was, append([]Finding(nil), before.Findings...)); d != "" {
				t.Fatalf("a review that was given out changed:\n%s", d)
			}
		}
		got := fold.Review()
		if d := cmp.Diff(slow.Findings, got.Findings); d != "" && len(got.Findings)+len(slow.Findings) > 0 {
			t.Fatalf("fold differs from apply:\n%s", d)
		}
		if got.Version != slow.Version {
			t.Fatalf("version %d, want %d", got.Version, slow.Version)
		}
		left := 0
		for _, f := range got.FindingsOf(0) {
			if f.Verdict == "" {
				left++
			}
		}
		if got.Left() != left {
			t.Fatalf("%d left, want %d", got.Left(), left)
		}
	})
}

// What many judgements on a long contract cost when it is opened.
func BenchmarkFoldThousandJudgements(b *testing.B) {
	scan := &Scanned{Count: 1200}
	for n := range 1200 {
		scan.Findings = append(scan.Findings, Finding{N: n + 1, Severity: Error, Title: "最终解释权"})
	}
	for b.Loop() {
		var f Fold
		f.Add(scan, Meta{})
		for n := range 1000 {
			f.Add(&FindingJudged{N: n + 1, Verdict: Accepted}, Meta{By: "person/a"})
		}
		if f.Review().Findings[999].Verdict != Accepted {
			b.Fatal("not judged")
		}
	}
}
