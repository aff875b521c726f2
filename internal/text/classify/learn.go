package classify

import "math"

// epochs is how often learning goes over the examples; the weights at the ends of
// the last averaged of them are averaged.
const (
	epochs   = 6
	averaged = 3
)

// example is a text as its features.
type example struct {
	grams []uint32 // columns, not buckets: see columns; each once
	label int
}

// weights are a linear model before it is made small: row-major by column, so
// that what a feature says of every label lies together.
type weights struct {
	k    int
	w    []float32
	bias []float32
}

func (m *weights) scores(s []float32, cols []uint32) float32 {
	clear(s)
	k := m.k
	for _, c := range cols {
		row := m.w[int(c)*k : int(c)*k+k]
		for i, v := range row {
			s[i] += v
		}
	}
	n := norm(len(cols))
	for i := range s {
		s[i] = s[i]*n + m.bias[i]
	}
	return n
}

// softmax turns scores into probabilities in place.
func softmax(s []float32, temperature float32) {
	top := s[0]
	for _, v := range s {
		top = max(top, v)
	}
	var z float32
	for i, v := range s {
		s[i] = float32(math.Exp(float64((v - top) / temperature)))
		z += s[i]
	}
	for i := range s {
		s[i] /= z
	}
}

// rng is splitmix64: small, and the same on every machine and in every release.
type rng uint64

func (r *rng) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (r *rng) perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	r.shuffle(p)
	return p
}

func (r *rng) shuffle(p []int) {
	for i := len(p) - 1; i > 0; i-- {
		j := int(r.next() % uint64(i+1))
		p[i], p[j] = p[j], p[i]
	}
}

// learner is softmax regression with AdaGrad: each weight has its own step, which
// shrinks as it is used.
type learner struct {
	weights
	rate  float32
	g     []float32 // sums of squared gradients, as w
	gBias []float32
	p     []float32
}

// fit learns from the examples that index names. It is deterministic.
func fit(examples []example, index []int, columns, k int, seed uint64, rate float32) *weights {
	l := &learner{weights: weights{k: k, w: make([]float32, columns*k), bias: make([]float32, k)}, rate: rate,
		g: make([]float32, columns*k), gBias: make([]float32, k), p: make([]float32, k)}
	order := append([]int(nil), index...)
	random := rng(seed)
	var sum []float32
	for e := range epochs {
		random.shuffle(order)
		for _, i := range order {
			l.step(examples[i])
		}
		if e >= epochs-averaged {
			sum = add(sum, l.w)
		}
	}
	for i := range sum {
		sum[i] /= averaged
	}
	l.w = sum
	return &l.weights
}

func add(sum, w []float32) []float32 {
	if sum == nil {
		return append(sum, w...)
	}
	for i, v := range w {
		sum[i] += v
	}
	return sum
}

// small is below which error an example teaches nothing about a label.
const small = 1e-3

// biasPull keeps what a label owes to its frequency small beside the words.
const biasPull = 0.1

func (l *learner) step(x example) {
	n := l.scores(l.p, x.grams)
	softmax(l.p, 1)
	l.p[x.label]--
	wrong := false
	for i, e := range l.p {
		if e < small && e > -small {
			l.p[i] = 0
			continue
		}
		wrong = true
		l.gBias[i] += e * e
		l.bias[i] -= biasPull * l.rate * e / root(l.gBias[i])
		l.p[i] = e * n
	}
	if !wrong {
		return
	}
	k := l.k
	for _, c := range x.grams {
		g, w := l.g[int(c)*k:int(c)*k+k], l.w[int(c)*k:int(c)*k+k]
		for i, e := range l.p {
			if e != 0 {
				g[i] += e * e
				w[i] -= l.rate * e / root(g[i])
			}
		}
	}
}

func root(x float32) float32 { return 1e-3 + float32(math.Sqrt(float64(x))) }
