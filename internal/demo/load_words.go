package demo

import (
	_ "embed"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

//go:embed data/load.toml
var loadTOML string

// loadWords is load.toml; shares are of 1000.
type loadWords struct {
	Settled, Other, Decided, Again, Waves, Letters, Stuck int
	HandedOn                                              int `toml:"handed_on"`
	Months, Weekdays                                      []float64
	Regions, Places, Details, Patterns                    []string
}

var loadVocabulary = sync.OnceValue(func() loadWords {
	var w loadWords
	mustDecode("load.toml", loadTOML, &w)
	return w
})

// season spreads arrivals over days: cases by index are in the order of time.
type season struct {
	begin calendar.Date
	upTo  []int // index of the first case after each day
}

func newSeason(begin calendar.Date, days, cases int, w loadWords) season {
	s := season{begin: begin, upTo: make([]int, days)}
	weight := make([]float64, days)
	var all, sum float64
	for d := range weight {
		t := begin.AddDays(d).Time()
		weight[d] = w.Months[t.Month()-1] * w.Weekdays[(int(t.Weekday())+6)%7]
		all += weight[d]
	}
	for d := range weight {
		sum += weight[d]
		s.upTo[d] = int(math.Round(sum / all * float64(cases)))
	}
	return s
}

// of returns on which day the case with an index arrives.
func (s season) of(i int) int { return sort.SearchInts(s.upTo, i+1) }

// first is the first index of a day.
func (s season) first(day int) int {
	if day == 0 {
		return 0
	}
	return s.upTo[day-1]
}

func (s season) date(day int) calendar.Date { return s.begin.AddDays(day) }

// arrival is when the case with an index comes in: between eight and eight, in order.
func (s season) arrival(i int) time.Time {
	day := s.of(i)
	first := s.first(day)
	part := (float64(i-first) + 0.5) / float64(s.upTo[day]-first)
	return s.date(day).Time().Add(hours(8 + 12*part))
}

// random is the chance of one case: the same whoever asks and whenever.
func (l *loader) random(i int) *rand.Rand { return rand.New(rand.NewPCG(l.o.Seed, uint64(i)+1)) }

// grievance is what somebody complains about: all that a second letter about it shares.
type grievance struct {
	telling
	unit     party.UnitID
	person   complaint.Complainant
	elderly  bool
	wave     bool
	decision bool // goes the whole way
}

// again returns the index of the case that the one with an index repeats, or -1.
func (l *loader) again(i int) int {
	r := rand.New(rand.NewPCG(l.o.Seed^0xa9a1, uint64(i)))
	if r.IntN(1000) >= l.words.Again {
		return -1
	}
	day := l.days.of(i)
	from := l.days.first(max(0, day-25))
	if i-from < 2 {
		return -1
	}
	return from + r.IntN(i-from)
}

// origin follows repetitions to the case that began them.
func (l *loader) origin(i int) int {
	for j := l.again(i); j >= 0; j = l.again(i) {
		i = j
	}
	return i
}

// waveOf returns the pattern and the seed of the wave that a case belongs to.
func (l *loader) waveOf(i int) (seed uint64, ok bool) {
	block := uint64(i / 2000)
	r := rand.New(rand.NewPCG(l.o.Seed^0x3a7e, block))
	if r.IntN(1000) >= l.words.Waves {
		return 0, false
	}
	from := r.IntN(2000 - 3*l.words.Letters)
	at := i%2000 - from
	return block, at >= 0 && at < 3*l.words.Letters && at%3 == 0
}

// tell makes the grievance of an index.
func (l *loader) tell(i int) grievance {
	r := l.random(i)
	g := grievance{unit: party.UnitID(one(r, l.desk)), elderly: r.IntN(9) == 0}
	g.person = consumer(r, g.elderly)
	received := l.days.date(l.days.of(i))
	g.telling = l.story(r).tell(r, received, l.staff.units[g.unit].Name)
	if seed, ok := l.waveOf(i); ok {
		w := rand.New(rand.NewPCG(seed, 5))
		g.wave, g.narrative = true, strings.ReplaceAll(one(w, l.words.Patterns), "{n}", strconv.Itoa(2+w.IntN(8)))+one(r, vocabulary().Closings)
		return g
	}
	var b strings.Builder
	b.WriteString(g.narrative)
	for range r.IntN(3) {
		b.WriteString(l.detail(r, received))
	}
	if len(l.o.Sentences) > 0 {
		for range r.IntN(3) {
			b.WriteString(one(r, l.o.Sentences) + "。")
		}
	}
	g.narrative = b.String()
	return g
}

// story draws one by its weight.
func (l *loader) story(r *rand.Rand) *story {
	all := 0
	for _, s := range tales().Story {
		all += s.Weight
	}
	n := r.IntN(all)
	for _, s := range tales().Story {
		if n -= s.Weight; n < 0 {
			return s
		}
	}
	return tales().Story[0]
}

func (l *loader) detail(r *rand.Rand, received calendar.Date) string {
	text := one(r, l.words.Details)
	if !strings.Contains(text, "{") {
		return text
	}
	return strings.NewReplacer("{n}", strconv.Itoa(2+r.IntN(7)), "{day}", chineseDay(received.AddDays(-1-r.IntN(30))), "{tail}", strconv.Itoa(1000+r.IntN(9000))).Replace(text)
}
