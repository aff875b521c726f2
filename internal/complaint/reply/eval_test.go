package reply_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
	"xiaobao/internal/text/rule"
)

type labelled struct {
	Part string   `toml:"part"`
	Text string   `toml:"text"`
	Want []string `toml:"want"`
	Held bool     `toml:"held"`
}

func paragraphs(t testing.TB) []labelled {
	t.Helper()
	var file struct {
		Item []labelled `toml:"item"`
	}
	if _, err := toml.DecodeFile("testdata/paragraphs.toml", &file); err != nil {
		t.Fatal(err)
	}
	return file.Item
}

// in puts a paragraph into a good letter.
func (l labelled) in(r complaint.Reply) complaint.Reply {
	r.Answers = slices.Clone(r.Answers)
	switch l.Part {
	case "opening":
		r.Opening = l.Text
	case "decision":
		r.Decision = l.Text
	case "options":
		r.Options = l.Text
	case "closing":
		r.Closing = l.Text
	default:
		n, _ := strconv.Atoi(strings.TrimPrefix(l.Part, "answer"))
		r.Answers[n-1].Text = l.Text
	}
	return r
}

type tally struct{ hit, miss, extra int }

func (c tally) precision() float64 { return float64(c.hit) / float64(max(c.hit+c.extra, 1)) }
func (c tally) recall() float64    { return float64(c.hit) / float64(max(c.hit+c.miss, 1)) }

// TestEvalReply measures the check on paragraphs with known defects. Errors and
// warnings count. The half that was held out is reported by itself.
func TestEvalReply(t *testing.T) {
	base, f := good(t)
	for _, held := range []bool{false, true} {
		by, all, items := map[string]*tally{}, tally{}, 0
		of := func(kind string) *tally {
			if by[kind] == nil {
				by[kind] = &tally{}
			}
			return by[kind]
		}
		for _, item := range paragraphs(t) {
			if item.Held != held {
				continue
			}
			items++
			var got []string
			for _, kind := range kinds(check(t, item.in(base), f), rule.Warn) {
				kind, _, _ = strings.Cut(kind, "@")
				got = append(got, kind)
			}
			for _, kind := range item.Want {
				if slices.Contains(got, kind) {
					of(kind).hit++
					all.hit++
				} else {
					of(kind).miss++
					all.miss++
					t.Logf("missed %s in %q", kind, item.Text)
				}
			}
			for _, kind := range got {
				if !slices.Contains(item.Want, kind) {
					of(kind).extra++
					all.extra++
					t.Logf("beyond the label: %s in %q", kind, item.Text)
				}
			}
		}
		var b bytes.Buffer
		for _, kind := range slices.Sorted(maps.Keys(by)) {
			fmt.Fprintf(&b, "  %-34s precision %.2f recall %.2f (%d found, %d missed, %d beyond)\n", kind, by[kind].precision(), by[kind].recall(), by[kind].hit, by[kind].miss, by[kind].extra)
		}
		t.Logf("held out %v: %d paragraphs, precision %.3f, recall %.3f\n%s", held, items, all.precision(), all.recall(), b.String())
		if all.precision() < 0.8 || all.recall() < 0.8 {
			t.Errorf("held out %v: precision %.3f, recall %.3f are under 0.8", held, all.precision(), all.recall())
		}
	}
}

// TestEvalReadability reports how far our formula agrees with the readability
// that people gave to answers of listed companies. Those answers are short and
// polite alike: the figure says how little a formula of lengths sees in them.
func TestEvalReadability(t *testing.T) {
	src, err := os.ReadFile("../../../../shared/data/replies/fintruthqa.csv")
	if err != nil {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skip("no fintruthqa.csv beside the repository")
	}
	rows, err := csv.NewReader(bytes.NewReader(src)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var scores, labels, lengths []float64
	for _, row := range rows[1:] {
		label, err := strconv.ParseFloat(row[4], 64)
		if err != nil {
			continue
		}
		r := reply.Readability(row[1])
		scores, labels, lengths = append(scores, float64(r.Score)), append(labels, label), append(lengths, float64(r.Chars))
	}
	rho := spearman(scores, labels)
	t.Logf("%d answers: Spearman of score and label %.3f, of length and label %.3f", len(scores), rho, spearman(lengths, labels))
	if math.IsNaN(rho) || len(scores) < 1000 {
		t.Error("nothing was measured")
	}
}

// spearman is the correlation of the ranks, ties sharing theirs.
func spearman(a, b []float64) float64 {
	x, y := ranks(a), ranks(b)
	var mx, my float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	return xy / math.Sqrt(xx*yy)
}

func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return int(math.Copysign(1, v[i]-v[j])) * map[bool]int{true: 0, false: 1}[v[i] == v[j]]
	})
	out := make([]float64, len(v))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && v[order[j]] == v[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j-1) / 2
		}
		i = j
	}
	return out
}
