package classify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"sync"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

// Bounds of training. Memory is at most about 64 MB for each of the up to
// four models learnt at once and 12 bytes for each character of the examples.
const (
	MaxLabels     = 1024
	maxLabelBytes = 200
	maxCells      = 1 << 23 // weights of all labels; more labels make the table shorter
)

// Options say how to train.
type Options struct {
	Seed      uint64        // of the split and of the order of learning; the same rows and seed give the same model
	Trained   calendar.Date // stands in the model
	Precision float64       // how often an answer has to be right for the model to give it; 0 means 0.9
}

// Report is what training found out, beside the model.
type Report struct {
	Info
}

// folds is how many parts a small set is cut into to hold each out once; of a
// large one a fifth is held out once.
const (
	folds     = 5
	smallDocs = 4000
)

// Train learns from examples. The model that it returns has learnt from all of
// them; the figures are of models of the same making that had not seen the
// examples they were measured on. Faults: fewer than two labels, too few examples,
// text that is not UTF-8.
func Train(docs []Doc, o Options) (*Model, Report, error) {
	t, err := prepare(docs, o)
	if err != nil {
		return nil, Report{}, err
	}
	full, held := t.learn()
	t.info.judge(held, t.info.Wanted)
	m := t.columns.shrink(full)
	m.info = t.info
	return m, Report{t.info}, nil
}

// training is the examples made ready.
type training struct {
	info     Info
	columns  columns
	examples []example
	order    []int // a random order, by the seed
}

func prepare(docs []Doc, o Options) (*training, error) {
	rows := make([]Doc, 0, len(docs))
	t := &training{info: Info{Seed: o.Seed, Trained: o.Trained, Wanted: o.Precision}}
	if t.info.Wanted == 0 {
		t.info.Wanted = 0.9
	}
	for i, d := range docs {
		if what := valid(d); what != "" {
			return nil, fault.New(fault.Invalid, "第 %d 条样本%s。", i+1, what)
		}
		if strings.TrimSpace(d.Text) == "" || strings.TrimSpace(d.Label) == "" {
			t.info.Empty++
			continue
		}
		rows = append(rows, Doc{d.Text, strings.TrimSpace(d.Label)})
	}
	if err := t.setLabels(rows); err != nil {
		return nil, err
	}
	t.info.Docs = len(rows)
	t.info.Digest = digest(rows)
	t.columns = newColumns(len(t.info.Labels))
	t.examples = make([]example, len(rows))
	for i, d := range rows {
		y, _ := slices.BinarySearch(t.info.Labels, d.Label)
		t.examples[i].label = y
		grams(d.Text, t.columns.mask, func(list []uint32) { t.examples[i].grams = t.columns.of(list) })
	}
	random := rng(o.Seed)
	t.order = random.perm(len(rows))
	return t, nil
}

// leastDocs is below how many examples nothing can be said of what was learnt.
const leastDocs = 10

func (t *training) setLabels(rows []Doc) error {
	labels := make([]string, len(rows))
	for i, d := range rows {
		labels[i] = d.Label
	}
	slices.Sort(labels)
	t.info.Labels = slices.Clone(slices.Compact(labels))
	switch n := len(t.info.Labels); {
	case len(rows) < leastDocs:
		return fault.New(fault.Invalid, "可用的样本只有 %d 条（另有 %d 条没有文字或没有类别），至少要 %d 条。", len(rows), t.info.Empty, leastDocs)
	case n < 2:
		return fault.New(fault.Invalid, "样本里只有一个类别“%s”，没有可分的。请核对类别是哪一列，或者补充其他类别的样本。", t.info.Labels[0])
	case n > MaxLabels:
		return fault.New(fault.Invalid, "样本里有 %d 个类别，最多 %d 个。请核对类别是哪一列，是不是选成了编号或正文。", n, MaxLabels)
	}
	return nil
}

// digest is the same for the same rows in any order.
func digest(rows []Doc) string {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b Doc) int {
		if c := strings.Compare(a.Label, b.Label); c != 0 {
			return c
		}
		return strings.Compare(a.Text, b.Text)
	})
	h := sha256.New()
	for _, d := range sorted {
		field(h, d.Label)
		field(h, d.Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func field(h hash.Hash, s string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}

// held is what models said of examples that they had not seen, in random order.
type held struct {
	scores [][]float32
	truth  []int
}

// learn fits the model for use on everything, and beside it, on the other core,
// the models whose only purpose is to be measured.
func (t *training) learn() (full *weights, h held) {
	t.info.Rate = float64(t.pick())
	var wg sync.WaitGroup
	wg.Go(func() { full = t.fit(t.order, t.rate()) })
	n := len(t.order)
	if n > smallDocs {
		h = t.holdOut(t.order, 0, n/5, t.rate())
	} else {
		for i := range folds {
			part := t.holdOut(t.order, i*n/folds, (i+1)*n/folds, t.rate())
			h.scores, h.truth = append(h.scores, part.scores...), append(h.truth, part.truth...)
		}
	}
	wg.Wait()
	return full, h
}

func (t *training) rate() float32 { return float32(t.info.Rate) }

// rates are tried, and pickDocs examples are enough to see which is best: with few
// labels a small step generalises better, many labels need a large one.
var rates = []float32{0.12, 0.25, 0.5}

const pickDocs = 15000

// pick returns the rate at which what was held out is likeliest.
func (t *training) pick() float32 {
	order := t.order[:min(pickDocs, len(t.order))]
	loss := make([]float64, len(rates))
	var wg sync.WaitGroup
	for i, r := range rates {
		wg.Go(func() {
			h := t.holdOut(order, 0, len(order)/folds, r)
			loss[i] = h.loss(h.temperature())
		})
	}
	wg.Wait()
	best := 0
	for i := range loss {
		if loss[i] < loss[best] {
			best = i
		}
	}
	return rates[best]
}

func (t *training) fit(index []int, rate float32) *weights {
	return fit(t.examples, index, t.columns.n, len(t.info.Labels), t.info.Seed, rate)
}

// holdOut fits on all but order[from:to] and says how the model scores those.
func (t *training) holdOut(order []int, from, to int, rate float32) (h held) {
	w := t.fit(slices.Concat(order[:from], order[to:]), rate)
	for _, i := range order[from:to] {
		s := make([]float32, w.k)
		w.scores(s, t.examples[i].grams)
		h.scores = append(h.scores, s)
		h.truth = append(h.truth, t.examples[i].label)
	}
	return h
}

// columns numbers the buckets that the examples use, in the order of first use:
// training touches only those, and common ones lie together.
type columns struct {
	bits   int
	mask   uint32
	number []int32 // of each bucket, 0 for none, else 1 + column
	n      int
}

func newColumns(labels int) columns {
	bits := maxBits
	for labels<<bits > maxCells {
		bits--
	}
	return columns{bits: bits, mask: 1<<bits - 1, number: make([]int32, 1<<bits)}
}

func (c *columns) of(buckets []uint32) []uint32 {
	out := make([]uint32, len(buckets))
	for i, b := range buckets {
		if c.number[b] == 0 {
			c.n++
			c.number[b] = int32(c.n)
		}
		out[i] = uint32(c.number[b] - 1)
	}
	return out
}

// shrink turns learnt weights into a model of one byte a weight, with a scale for
// each bucket.
func (c *columns) shrink(w *weights) *Model {
	m := &Model{bits: c.bits, cells: make([]int8, w.k<<c.bits), scale: make([]float32, 1<<c.bits), bias: w.bias}
	for b, n := range c.number {
		if n == 0 {
			continue
		}
		row := w.w[int(n-1)*w.k : int(n)*w.k]
		var most float32
		for _, v := range row {
			most = max(most, v, -v)
		}
		scale := most / 127
		if !(scale > 0) {
			continue
		}
		m.scale[b] = scale
		for i, v := range row {
			m.cells[b*w.k+i] = int8(round(v / scale))
		}
	}
	return m
}

func round(x float32) float32 {
	if x < 0 {
		return x - 0.5
	}
	return x + 0.5
}
