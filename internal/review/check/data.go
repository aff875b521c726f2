package check

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/review"
	"xiaobao/internal/text/match"
	"xiaobao/internal/text/readable"
)

//go:embed data/check.toml
var source string

// Sort is one sort of finding; its words are data. Why is a template whose {…}
// the check fills in.
type Sort struct {
	ID       string          `toml:"id"`
	Severity review.Severity `toml:"severity"`
	Title    string          `toml:"title"`
	Why      string          `toml:"why"`
	Advice   string          `toml:"advice"`
	Cite     []string        `toml:"cite"` // "instrument article"
	Source   string          `toml:"source"`
	Kinds    []string        `toml:"kinds"` // prefixes of kinds of material, none = all
	Lines    []string        `toml:"lines"` // business lines, none = all; an unknown line counts
	Same     string          `toml:"same"`  // the matter, as rules of packs name it
	Most     int             `toml:"most"`  // findings of the sort in one material
}

type label struct {
	ID    string   `toml:"id"`
	Words []string `toml:"words"`
	Units []string `toml:"units"`
	After bool     `toml:"after"`
}

type lexicon struct {
	Edition string              `toml:"edition"`
	Limits  map[string]float64  `toml:"limits"`
	Score   map[string]int      `toml:"score"`
	Words   map[string][]string `toml:"words"`
	Labels  []label             `toml:"label"`
	Plain   []readable.Word     `toml:"plain"`
	Sorts   []Sort              `toml:"check"`

	sorts   map[string]*Sort
	matcher *match.Matcher
	owner   []owner // of each pattern
}

// owner says to which list of words a pattern belongs.
type owner struct {
	group string
	n     int // in its list
}

// The groups that are looked for as such; the others are only asked about.
var groups = []string{"benefit", "benefit_strong", "risk", "offer", "validity", "renewal", "personal", "period", "tick_words"}

// The names of lists that do not stand under words.
const (
	labelGroup  = "label:"
	jargonGroup = "jargon"
)

// lex panics on faulty embedded data: such a program must not start.
var lex = sync.OnceValue(func() *lexicon {
	l, err := parse(source)
	if err != nil {
		panic(err)
	}
	return l
})

func parse(src string) (*lexicon, error) {
	l := &lexicon{sorts: map[string]*Sort{}}
	meta, err := toml.Decode(src, l)
	if err != nil {
		return nil, fmt.Errorf("check.toml: %w", err)
	}
	if more := meta.Undecoded(); len(more) > 0 {
		return nil, fmt.Errorf("check.toml: unknown %s", more[0])
	}
	for i := range l.Sorts {
		s := &l.Sorts[i]
		if l.sorts[s.ID] != nil || s.Title == "" || s.Why == "" || s.Advice == "" || len(s.Cite) == 0 || s.Most < 1 || !slices.Contains(review.Severities, s.Severity) {
			return nil, fmt.Errorf("check.toml: %s is incomplete or there twice", s.ID)
		}
		l.sorts[s.ID] = s
	}
	l.Plain = append(l.Plain, readable.Words()...)
	return l, l.compile()
}

// compile builds one matcher for all words that are looked for.
func (l *lexicon) compile() error {
	var patterns []string
	put := func(group string, words []string) {
		for i, w := range words {
			patterns, l.owner = append(patterns, w), append(l.owner, owner{group, i})
		}
	}
	for _, g := range groups {
		if len(l.Words[g]) == 0 {
			return fmt.Errorf("check.toml: no words of %s", g)
		}
		put(g, l.Words[g])
	}
	for _, x := range l.Labels {
		put(labelGroup+x.ID, x.Words)
	}
	for i, p := range l.Plain {
		patterns, l.owner = append(patterns, p.Word), append(l.owner, owner{jargonGroup, i})
	}
	var err error
	l.matcher, err = match.New(patterns, match.Folded())
	return err
}

// Edition names the state of the checks, for the digest of a scan.
func Edition() string { return "check@" + lex().Edition }

// Sorts lists what the check can find, in the order of its file.
func Sorts() []Sort { return append([]Sort(nil), lex().Sorts...) }

// SortsFor lists what the check can find in a kind of material.
func SortsFor(kind string) []Sort {
	return slices.DeleteFunc(Sorts(), func(s Sort) bool { return !under(kind, s.Kinds) })
}

// has reports whether one of a list of words stands in s.
func (l *lexicon) has(s, group string) bool {
	return slices.ContainsFunc(l.Words[group], func(w string) bool { return strings.Contains(s, w) })
}

// under reports whether a code is one of the prefixes or lies below one.
func under(code string, prefixes []string) bool {
	return len(prefixes) == 0 || slices.ContainsFunc(prefixes, func(p string) bool { return code == p || strings.HasPrefix(code, p+".") })
}
