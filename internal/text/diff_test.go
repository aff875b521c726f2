package text_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xiaobao/internal/text"
)

func TestDiff(t *testing.T) {
	for _, tt := range []struct {
		old, new string
		want     []text.Piece
	}{
		{"", "", nil},
		{"同一句话", "同一句话", []text.Piece{{0, "同一句话"}}},
		{"", "新", []text.Piece{{1, "新"}}},
		{"旧", "", []text.Piece{{-1, "旧"}}},
		{"本产品保本，投资须谨慎", "本产品不保本，投资须谨慎", []text.Piece{{0, "本产品"}, {1, "不"}, {0, "保本，投资须谨慎"}}},
		{"年化利率3.65%起", "年化利率7.2%起，以审批为准", []text.Piece{{0, "年化利率"}, {-1, "3.65%起"}, {1, "7.2%起，以审批为准"}}},
		{strings.Repeat("甲", 1500), strings.Repeat("乙", 1500), []text.Piece{{-1, strings.Repeat("甲", 1500)}, {1, strings.Repeat("乙", 1500)}}},
	} {
		if diff := cmp.Diff(tt.want, text.Diff(tt.old, tt.new)); diff != "" {
			t.Errorf("%.20q to %.20q (-want +got):\n%s", tt.old, tt.new, diff)
		}
	}
}

// Law: the pieces without the new ones are the old text, without the old ones the new.
func TestDiffKeepsBoth(t *testing.T) {
	letters := rapid.SliceOfN(rapid.SampledFrom([]rune("保本收益a1，。")), 0, 60)
	rapid.Check(t, func(rt *rapid.T) {
		old, new := string(letters.Draw(rt, "old")), string(letters.Draw(rt, "new"))
		var was, now strings.Builder
		for _, p := range text.Diff(old, new) {
			if p.Side <= 0 {
				was.WriteString(p.Text)
			}
			if p.Side >= 0 {
				now.WriteString(p.Text)
			}
		}
		if was.String() != old || now.String() != new {
			rt.Fatalf("%q to %q gives %q and %q", old, new, was.String(), now.String())
		}
	})
}

// Law: the pairs are equal elements in order, and as many as the longest common
// subsequence has.
func TestAlignIsLongest(t *testing.T) {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 14)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := words.Draw(rt, "a"), words.Draw(rt, "b")
		pairs, ok := text.Align(a, b, 100)
		if !ok {
			rt.Fatal("not followed")
		}
		for i, p := range pairs {
			if a[p[0]] != b[p[1]] || i > 0 && (p[0] <= pairs[i-1][0] || p[1] <= pairs[i-1][1]) {
				rt.Fatalf("%v %v: %v", a, b, pairs)
			}
		}
		if want := longest(a, b); len(pairs) != want {
			rt.Fatalf("%v %v: %d pairs, want %d", a, b, len(pairs), want)
		}
	})
	if _, ok := text.Align([]string{"a"}, []string{"b"}, 1); ok {
		t.Error("two edits were followed within one")
	}
}

func longest(a, b []string) int {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
	}
	for i := range slices.Backward(a) {
		for j := range slices.Backward(b) {
			t[i][j] = max(t[i+1][j], t[i][j+1])
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			}
		}
	}
	return t[0][0]
}
