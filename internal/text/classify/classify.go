// Package classify says which of a few labels a text bears, how sure it is and
// which words made it say so. It learns from examples, in seconds, without
// anything from outside.
//
// The features are hashed n-grams of 1 to 3 characters, so no word list is needed
// and a slip of the pen costs little; the model is linear (softmax), so that what
// each word weighed can be shown. Probabilities are calibrated on texts that the
// model has not seen, and the model abstains where it would be wrong too often.
package classify

import (
	"slices"
	"unicode/utf8"

	"xiaobao/internal/calendar"
)

// Doc is one example: a text and the label that a person gave it.
type Doc struct {
	Text, Label string
}

// Scored is a label with its calibrated probability.
type Scored struct {
	Label string  `json:"label"`
	P     float64 `json:"p"` // 0 to 1; all labels add up to 1
}

// Weighed is a word that spoke for the answer.
type Weighed struct {
	Text       string  `json:"text"`  // as it stands in the text
	Start, End int     `json:"-"`     // byte offsets into the text
	Weight     float64 `json:"share"` // its share of all that spoke for the label, 0 to 1
}

// Answer is what a model says of a text.
type Answer struct {
	Label   string    `json:"label"` // the likeliest label, also when abstaining
	P       float64   `json:"p"`
	Abstain bool      `json:"abstain"` // too unsure: show it as a guess at most, never act on it
	Ranked  []Scored  `json:"ranked"`  // all labels, likeliest first
	Words   []Weighed `json:"words"`   // what spoke for Label, heaviest first, at most MaxWords
}

// Top returns the first n of Ranked.
func (a Answer) Top(n int) []Scored { return a.Ranked[:max(0, min(n, len(a.Ranked)))] }

// Info describes a model: what it learnt from and how good it was on examples
// that it had not seen.
type Info struct {
	Labels      []string      `json:"labels"`     // sorted
	Docs        int           `json:"docs"`       // examples learnt from
	Empty       int           `json:"empty"`      // rows left out: no text or no label
	Seed        uint64        `json:"seed"`       // of the split and of the order of learning
	Digest      string        `json:"digest"`     // SHA-256 of the sorted rows, hex
	Trained     calendar.Date `json:"trained_on"` // as the caller said
	Rate        float64       `json:"rate"`       // step of learning, chosen on a part of the examples
	Wanted      float64       `json:"wanted_precision"`
	Temperature float64       `json:"temperature"` // divides scores before softmax
	Threshold   float64       `json:"threshold"`   // answers below it are abstentions; above 1: always abstains
	HeldOut     Figures       `json:"held_out"`
}

// Figures are measured on examples that the measured model had not seen. Shares
// are between 0 and 1.
type Figures struct {
	Docs      int     `json:"docs"`
	Accuracy  float64 `json:"accuracy"` // of all, abstentions included as guesses
	MacroF1   float64 `json:"macro_f1"` // mean over the labels, rare ones as heavy as common ones
	Constant  float64 `json:"constant"` // accuracy of always giving the commonest label
	ECE       float64 `json:"ece"`      // expected calibration error: how far P is from the truth on average
	Answered  float64 `json:"answered"` // share not abstained
	Precision float64 `json:"precision"`
	Labels    []Label `json:"labels"` // as Info.Labels
}

// Label are the figures of one label.
type Label struct {
	Docs      int     `json:"docs"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// Model is a trained classifier. It is immutable and safe for concurrent use.
type Model struct {
	info  Info
	bits  int
	cells []int8    // bucket-major: len(Labels) weights of each bucket
	scale []float32 // per bucket: what one unit of its cells is worth; 0 for a bucket never seen
	bias  []float32
}

// Info returns what the model says of itself. The slices are the model's own.
func (m *Model) Info() Info { return m.info }

// Labels returns the labels the model knows, sorted.
func (m *Model) Labels() []string { return slices.Clone(m.info.Labels) }

// Classify says which label a text bears. Of a text longer than 6,000 characters
// only the beginning is read. It never fails: for a text without a single known
// feature it abstains.
func (m *Model) Classify(text string) Answer {
	s := make([]float32, len(m.info.Labels))
	known := m.score(s, text)
	softmax(s, float32(m.info.Temperature))
	a := Answer{Ranked: m.rank(s)}
	a.Label, a.P = a.Ranked[0].Label, a.Ranked[0].P
	a.Abstain = !known || a.P < m.info.Threshold
	if known {
		a.Words = m.explain(text, slices.Index(m.info.Labels, a.Label))
	}
	return a
}

// Guess is Classify without the words and the ranking: for many texts at once.
func (m *Model) Guess(text string) (label string, p float64, abstain bool) {
	var room [64]float32
	s := append(room[:0], m.bias...)
	known := m.score(s, text)
	softmax(s, float32(m.info.Temperature))
	best := argmax(s)
	p = float64(s[best])
	return m.info.Labels[best], p, !known || p < m.info.Threshold
}

func (m *Model) score(s []float32, text string) (known bool) {
	grams(text, uint32(1)<<m.bits-1, func(features []uint32) { known = m.scores(s, features) })
	return known
}

// scores fills s and reports whether any feature was known.
func (m *Model) scores(s []float32, features []uint32) (known bool) {
	clear(s)
	k := len(s)
	for _, f := range features {
		if scale := m.scale[f]; scale != 0 {
			known = true
			for i, v := range m.cells[int(f)*k : int(f)*k+k] {
				s[i] += scale * float32(v)
			}
		}
	}
	n := norm(len(features))
	for i := range s {
		s[i] = s[i]*n + m.bias[i]
	}
	return known
}

func (m *Model) rank(p []float32) []Scored {
	out := make([]Scored, len(p))
	for i, v := range p {
		out[i] = Scored{m.info.Labels[i], float64(v)}
	}
	slices.SortStableFunc(out, func(a, b Scored) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
	return out
}

func argmax(s []float32) int {
	best := 0
	for i, v := range s {
		if v > s[best] {
			best = i
		}
	}
	return best
}

// valid says what is wrong with an example, or nothing.
func valid(d Doc) string {
	switch {
	case !utf8.ValidString(d.Text), !utf8.ValidString(d.Label):
		return "不是有效的 UTF-8 文字，请先转换编码（例如从 GBK 转为 UTF-8）"
	case len(d.Label) > maxLabelBytes:
		return "的类别太长，最多 200 字节；是不是选错了列？"
	}
	return ""
}
