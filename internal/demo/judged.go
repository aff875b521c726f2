package demo

import (
	"context"
	"math/rand/v2"
	"slices"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/party"
)

// judgedTopics are what a handler decides after the first talk.
var judgedTopics = []complaint.Topic{complaint.TopicEmotion, complaint.TopicNeed, complaint.TopicCause}

// Of a hundred answers so many accept the suggestion, and so many after them put
// something else in its place; the rest refuse it.
const acceptsOf, correctsOf = 72, 90

// judge plans that the handler answers what is suggested about the person, in one
// life of three. It draws from its own randomness, so that the rest of the life
// is told as it was.
func (l *life) judge() {
	rng := rand.New(rand.NewPCG(uint64(l.arrives.Unix()), uint64(len(l.register.Narrative))))
	if rng.IntN(3) > 0 {
		return
	}
	l.act(l.owner, func(ctx context.Context, t *teller, l *life, by party.Actor) error {
		g, err := t.app.Guide(ctx, by, l.id)
		if err != nil || !l.kase.Open() {
			return err
		}
		for _, topic := range judgedTopics {
			s, ok := suggestedOn(topic, g.Reading.Suggestions)
			if !ok {
				continue
			}
			c, err := t.app.Do(ctx, by, l.id, 0, answer(rng, s))
			if err != nil {
				return err
			}
			l.kase = c
		}
		return nil
	})
}

// suggestedOn is the suggestion on the latest text that a topic can be told of.
func suggestedOn(topic complaint.Topic, all []guide.Suggestion) (guide.Suggestion, bool) {
	for _, s := range slices.Backward(all) {
		if s.Topic == topic && !s.Unsure && s.Value != "" {
			return s, true
		}
	}
	return guide.Suggestion{}, false
}

func answer(rng *rand.Rand, s guide.Suggestion) complaint.Judge {
	j := complaint.Judge{Topic: s.Topic, Subject: s.Subject, Suggested: s.Value, Value: s.Value, Source: s.Source(), Confidence: s.Confidence}
	switch n := rng.IntN(100); {
	case n >= correctsOf:
		j.Value = ""
	case n >= acceptsOf:
		values := s.Topic.Values()
		j.Value = values[(slices.Index(values, s.Value)+1)%len(values)]
	}
	return j
}
