package app_test

import (
	"testing"

	"xiaobao/internal/party"
)

// BenchmarkOverview measures the overview for head office, a branch and a
// sub-branch over the cases of BenchmarkRead; XIAOBAO_BENCH_CASES and
// XIAOBAO_BENCH_DIR as there.
func BenchmarkOverview(b *testing.B) {
	a := benchWorld(b, benchCases(b))
	for _, who := range []struct {
		name string
		id   party.PersonID
	}{{"head_office", "office"}, {"branch", "lead0102"}, {"sub_branch", "h010203"}} {
		actor := benchActor(b, a, who.id)
		b.Run(who.name, func(b *testing.B) {
			for b.Loop() {
				o, err := a.Overview(ctx, actor, "quarter")
				if err != nil || o.Open == 0 {
					b.Fatal(o.Open, err)
				}
			}
		})
	}
}
