package precedents

import (
	"net/http"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/precedent"
	"xiaobao/internal/web"
)

// words gives labels in the reader's language.
type words struct {
	lang  web.Lang
	texts *web.Catalogue
}

func (m *room) say(r *http.Request) words { return words{web.LangOf(r), m.site.Texts()} }

func (k words) t(key string, args ...any) string { return k.texts.Text(k.lang, key, args...) }

// topics are the topics of a case that a precedent has too.
var topics = map[string]complaint.Topic{"product": complaint.TopicProduct, "reason": complaint.TopicReason, "right": complaint.TopicRight, "life_cycle": complaint.TopicLifeCycle,
	"cause": complaint.TopicCause, "emotion": complaint.TopicEmotion}

// value names a value of a topic.
func (k words) value(topic, id string) string {
	lang := string(k.lang)
	switch topic {
	case "outcome":
		return complaint.Label("outcome", id, lang)
	case "amount", "redress":
		return precedent.ClassName(id, lang)
	case "level":
		return k.t("precedents.level." + id)
	}
	if t, ok := topics[topic]; ok {
		return t.Name(id, lang)
	}
	return id
}

// values names all values of a topic of the facts.
func (k words) values(f precedent.Facts, topic string) []string {
	var out []string
	for _, id := range f.Values(topic) {
		out = append(out, k.value(topic, id))
	}
	return out
}

// textView is a text in paragraphs, what was masked told apart and citations linked.
type textView []paragraph

type paragraph []piece

type piece struct {
	Text   string
	Masked bool
	Link   string // of an article
	Bad    bool   // a finding of the check
}

func (m *room) text(s string) textView {
	var out textView
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var p paragraph
		for _, x := range precedent.Pieces(line) {
			p = append(p, piece{Text: x.Text, Masked: x.Masked})
		}
		out = append(out, p)
	}
	return out
}
