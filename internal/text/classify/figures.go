package classify

import (
	"math"
	"slices"
)

// judge chooses the temperature and the threshold and measures. What is chosen on
// one half of the held-out examples is measured on the other and the other way
// round; what stands in the model is chosen on all of them.
func (info *Info) judge(h held, wanted float64) {
	n := len(h.truth)
	k := len(info.Labels)
	t := tally{k: k, right: make([]int, k), said: make([]int, k), truth: make([]int, k)}
	halves := [2]held{{h.scores[:n/2], h.truth[:n/2]}, {h.scores[n/2:], h.truth[n/2:]}}
	for i := range halves {
		temperature := halves[1-i].temperature()
		threshold := halves[1-i].threshold(temperature, wanted)
		t.add(halves[i], temperature, threshold)
	}
	info.Temperature = h.temperature()
	info.Threshold = h.threshold(info.Temperature, wanted)
	info.HeldOut = t.figures()
}

// Search bounds for the temperature.
const (
	coldest = 0.05
	hottest = 20.0
)

// temperature is the one at which the held-out truth is likeliest: golden section
// over its logarithm, in which the likelihood has one top.
func (h held) temperature() float64 {
	if len(h.truth) == 0 {
		return 1
	}
	lo, hi := math.Log(coldest), math.Log(hottest)
	golden := (math.Sqrt(5) - 1) / 2
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	fa, fb := h.loss(math.Exp(a)), h.loss(math.Exp(b))
	for hi-lo > 1e-3 {
		if fa < fb {
			hi, b, fb = b, a, fa
			a = hi - golden*(hi-lo)
			fa = h.loss(math.Exp(a))
		} else {
			lo, a, fa = a, b, fb
			b = lo + golden*(hi-lo)
			fb = h.loss(math.Exp(b))
		}
	}
	return math.Exp((lo + hi) / 2)
}

func (h held) loss(temperature float64) (sum float64) {
	for i, s := range h.scores {
		top := float64(slices.Max(s))
		var z float64
		for _, v := range s {
			z += math.Exp((float64(v) - top) / temperature)
		}
		sum += math.Log(z) - (float64(s[h.truth[i]])-top)/temperature
	}
	return sum
}

// never is the threshold of a model that cannot be as precise as wanted.
const never = 2

// leastAnswers is how many held-out answers a threshold has to stand on.
const leastAnswers = 20

// threshold is the least probability from which on answers are as precise as
// wanted; 0 when all of them are.
func (h held) threshold(temperature, wanted float64) float64 {
	type said struct {
		p     float64
		right bool
	}
	all := make([]said, len(h.truth))
	for i := range h.truth {
		best, p := h.say(i, temperature)
		all[i] = said{p, best == h.truth[i]}
	}
	slices.SortFunc(all, func(a, b said) int {
		switch {
		case a.p > b.p:
			return -1
		case a.p < b.p:
			return 1
		}
		return 0
	})
	right, best := 0, float64(never)
	for i, s := range all {
		if s.right {
			right++
		}
		if n := i + 1; n >= min(leastAnswers, len(all)) && float64(right) >= wanted*float64(n) {
			best = s.p
			if n == len(all) {
				best = 0
			}
		}
	}
	return best
}

// say is the likeliest label of held-out example i and its probability.
func (h held) say(i int, temperature float64) (int, float64) {
	s := h.scores[i]
	best := argmax(s)
	var z float64
	for _, v := range s {
		z += math.Exp(float64(v-s[best]) / temperature)
	}
	return best, 1 / z
}

// calibrationBins are the bins of equal width of the calibration error.
const calibrationBins = 15

// tally counts what was said against the truth.
type tally struct {
	k                     int
	right, said, truth    []int
	answered, rightly     int
	binP, binRight, binsN [calibrationBins]float64
}

func (t *tally) add(h held, temperature, threshold float64) {
	for i, y := range h.truth {
		best, p := h.say(i, temperature)
		t.note(y, best, p, p >= threshold)
	}
}

func (t *tally) note(truth, said int, p float64, answered bool) {
	t.truth[truth]++
	t.said[said]++
	bin := min(calibrationBins-1, int(p*calibrationBins))
	t.binP[bin] += p
	t.binsN[bin]++
	ok := truth == said
	if ok {
		t.right[said]++
		t.binRight[bin]++
	}
	if answered {
		t.answered++
		if ok {
			t.rightly++
		}
	}
}

func (t *tally) figures() Figures {
	n, right := 0, 0
	for i, v := range t.truth {
		n += v
		right += t.right[i]
	}
	f := Figures{Docs: n, Accuracy: ratio(right, n), Constant: ratio(slices.Max(t.truth), n), Answered: ratio(t.answered, n),
		Precision: ratio(t.rightly, t.answered)}
	present := 0
	for i := range t.truth {
		l := Label{Docs: t.truth[i], Precision: ratio(t.right[i], t.said[i]), Recall: ratio(t.right[i], t.truth[i])}
		f.Labels = append(f.Labels, l)
		if t.truth[i]+t.said[i] > 0 {
			present++
			f.MacroF1 += 2 * float64(t.right[i]) / float64(t.truth[i]+t.said[i])
		}
	}
	f.MacroF1 /= float64(max(1, present))
	for i := range t.binsN {
		f.ECE += math.Abs(t.binP[i]-t.binRight[i]) / float64(max(1, n))
	}
	return f
}

func ratio(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// Judge measures the model on examples that it has not seen. Examples with a
// label that the model does not know count as wrong in Accuracy and Precision.
func (m *Model) Judge(docs []Doc) Figures {
	known := len(m.info.Labels)
	t := tally{k: known + 1, right: make([]int, known+1), said: make([]int, known+1), truth: make([]int, known+1)}
	for _, d := range docs {
		label, p, abstain := m.Guess(d.Text)
		y, ok := slices.BinarySearch(m.info.Labels, d.Label)
		if !ok {
			y = known
		}
		said, _ := slices.BinarySearch(m.info.Labels, label)
		t.note(y, said, p, !abstain)
	}
	f := t.figures()
	f.Labels = f.Labels[:known]
	return f
}
