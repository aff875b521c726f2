package classify

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// One byte a weight says the same as four: on texts that are hard to tell, fewer
// than two in a thousand answers change.
func TestSmallWeightsSayTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	docs := make([]Doc, 3000)
	for i := range docs {
		label := r.IntN(4)
		var b strings.Builder
		for range 40 {
			b.WriteRune(rune(0x4e00 + r.IntN(300) + 25*label)) // labels share most of their characters
		}
		docs[i] = Doc{b.String(), fmt.Sprint(label)}
	}
	tr, err := prepare(docs, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w := tr.fit(tr.order[:2000], 0.25)
	m := tr.columns.shrink(w)
	m.info = Info{Labels: tr.info.Labels, Temperature: 1}
	changed, wrong := 0, 0
	for _, i := range tr.order[2000:] {
		s := make([]float32, 4)
		w.scores(s, tr.examples[i].grams)
		label, _, _ := m.Guess(docs[i].Text)
		if label != tr.info.Labels[argmax(s)] {
			changed++
		}
		if label != docs[i].Label {
			wrong++
		}
	}
	if changed > 2 || wrong == 0 || wrong > 500 {
		t.Errorf("of 1000 answers %d changed and %d are wrong", changed, wrong)
	}
}
