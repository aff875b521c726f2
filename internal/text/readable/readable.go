// Package readable says how easy a Chinese text reads, and which of its words
// have a plainer one. The formula is a rule of thumb of our own; its weights and
// words stand in data/readable.toml.
package readable

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/text"
)

// Reading is how easy a text reads, with what it was computed from.
//
//	score = 100 - sentence*(mean sentence - sentence_free)+ - long*(share of long sentences)
//	            - clause*(mean clause - clause_free)+ - jargon*(jargon words in 100 characters)
//	            - bookish*(bookish words in 100 characters), not under 0
type Reading struct {
	Score    int     `json:"score"`    // 0 to 100, higher is easier
	Sentence float64 `json:"sentence"` // mean characters of a sentence
	Clause   float64 `json:"clause"`   // mean characters between two marks
	Long     float64 `json:"long"`     // share of long sentences, 0 to 1
	Jargon   int     `json:"jargon"`   // jargon words
	Bookish  int     `json:"bookish"`  // words of written style
	Chars    int     `json:"chars"`
}

// Word is a term of the trade and what to say instead.
type Word struct {
	Word string `toml:"word"`
	Say  string `toml:"say"`
}

//go:embed data/readable.toml
var source string

type lexicon struct {
	Bookish []string           `toml:"bookish"`
	Weights map[string]float64 `toml:"weights"`
	Plain   []Word             `toml:"plain"`
}

// lex panics on faulty embedded data: such a program must not start.
var lex = sync.OnceValue(func() *lexicon {
	l, err := parse(source)
	if err != nil {
		panic(err)
	}
	return l
})

func parse(src string) (*lexicon, error) {
	l := &lexicon{}
	meta, err := toml.Decode(src, l)
	if err != nil {
		return nil, fmt.Errorf("readable.toml: %w", err)
	}
	if more := meta.Undecoded(); len(more) > 0 {
		return nil, fmt.Errorf("readable.toml: unknown %s", more[0])
	}
	for _, name := range []string{"sentence", "sentence_free", "sentence_long", "long", "clause", "clause_free", "jargon", "bookish"} {
		if l.Weights[name] <= 0 {
			return nil, fmt.Errorf("readable.toml: weight %s is missing", name)
		}
	}
	return l, nil
}

// Words lists the jargon with its plain words, in the order of the file.
func Words() []Word { return append([]Word(nil), lex().Plain...) }

// LongSentence is from how many characters on a sentence is called long.
func LongSentence() int { return int(lex().Weights["sentence_long"]) }

// Of computes the reading of a text. A text without a letter reads with 100.
func Of(s string) Reading {
	l := lex()
	var r Reading
	whole, parts := Sentences(s), Clauses(s)
	n, long := l.measure(s, whole)
	if r.Chars = n; n == 0 {
		r.Score = 100
		return r
	}
	r.Sentence, r.Long = float64(n)/float64(len(whole)), float64(long)/float64(len(whole))
	if c, _ := l.measure(s, parts); len(parts) > 0 {
		r.Clause = float64(c) / float64(len(parts))
	}
	for _, p := range l.Plain {
		r.Jargon += strings.Count(s, p.Word)
	}
	for _, b := range l.Bookish {
		r.Bookish += strings.Count(s, b)
	}
	w := l.Weights
	score := 100 - w["sentence"]*max(0, r.Sentence-w["sentence_free"]) - w["long"]*r.Long - w["clause"]*max(0, r.Clause-w["clause_free"]) -
		(w["jargon"]*float64(r.Jargon)+w["bookish"]*float64(r.Bookish))*100/float64(max(n, 100))
	r.Score = int(max(0, score))
	return r
}

// measure counts the letters of some spans and how many spans are long.
func (l *lexicon) measure(s string, list []text.Span) (letters, long int) {
	for _, p := range list {
		c := Letters(p.In(s))
		letters += c
		if c > int(l.Weights["sentence_long"]) {
			long++
		}
	}
	return letters, long
}

// Letters counts the characters that are read: no spaces, no marks.
func Letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// Sentences returns the stretches that a reader takes as one sentence, with their
// closing marks: a semicolon ends one too, unlike in text.Sentences.
func Sentences(s string) []text.Span { return Split(s, "。！？!?\n；;") }

// Clauses returns the stretches between any marks.
func Clauses(s string) []text.Span { return Split(s, "。！？!?\n；;，,、：:") }

// Split cuts a text behind each of some marks; blank pieces are left out.
func Split(s, marks string) []text.Span {
	var out []text.Span
	start := 0
	for i, r := range s {
		if !strings.ContainsRune(marks, r) {
			continue
		}
		end := i + len(string(r))
		if strings.TrimSpace(s[start:i]) != "" {
			out = append(out, text.Span{Start: start, End: end})
		}
		start = end
	}
	if strings.TrimSpace(s[start:]) != "" {
		out = append(out, text.Span{Start: start, End: len(s)})
	}
	return out
}
