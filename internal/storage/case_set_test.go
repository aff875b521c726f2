package storage

import (
	"testing"

	"pgregory.net/rapid"

	"xiaobao/internal/complaint"
)

// A case set has what was added and nothing else, whatever the numbers.
func TestCaseSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Int64Range(-70_000, 140_000), rapid.Int64())
		in, set := map[int64]bool{}, caseSet{}
		for _, n := range rapid.SliceOf(number).Draw(t, "in") {
			in[n] = true
			set.add(complaint.ID(n))
		}
		asked := rapid.SliceOf(number).Draw(t, "asked")
		for n := range in {
			asked = append(asked, n-65_536, n-64, n-1, n, n+1, n+64, n+65_536)
		}
		for _, n := range asked {
			if set.has(n) != in[n] {
				t.Fatalf("%d: %v", n, set.has(n))
			}
		}
	})
}
