package web

import (
	"slices"
	"strconv"

	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/reply"
)

// Wording is what the approver of a decision reads of its letter: the part
// "wording".
type Wording struct {
	Whole string     // the letter as composed, "" when it was not
	Diff  []DiffPara // what changed since it was last sent back
	Let   []LetStand // findings of the reply check that were let stand
}

// DiffPara is how a paragraph changed.
type DiffPara struct {
	Label   string
	Changes []reply.Change
}

// LetStand is a finding that somebody let stand, with the reason.
type LetStand struct{ By, Says, Why string }

// WordingOf gathers it for a request of a decision; t gives texts, name the name
// of an actor.
func WordingOf(c complaint.Case, a complaint.Approval, t func(string, ...any) string, name func(string) string) Wording {
	var w Wording
	if a.Decision == nil {
		return w
	}
	if a.Decision.Reply != nil {
		w.Whole = reply.Whole(*a.Decision.Reply)
	}
	for _, o := range a.Decision.Overridden {
		w.Let = append(w.Let, LetStand{name(o.By), o.Says, o.Why})
	}
	var was *complaint.Decision
	for _, other := range c.Approvals {
		if other.N < a.N && other.Kind == complaint.ForDecision && other.State == complaint.SentBack {
			was = other.Decision
		}
	}
	if was != nil {
		w.Diff = DiffReplies(wordsDecided(was), wordsDecided(a.Decision), t)
	}
	return w
}

// wordsDecided is the wording of a decision, composed or not.
func wordsDecided(d *complaint.Decision) complaint.Reply {
	if d.Reply != nil {
		return *d.Reply
	}
	return complaint.Reply{Decision: d.Text}
}

// DiffReplies lists the paragraphs that changed.
func DiffReplies(was, is complaint.Reply, t func(string, ...any) string) []DiffPara {
	var out []DiffPara
	add := func(label, a, b string) {
		if a != b {
			out = append(out, DiffPara{label, reply.Diff(a, b)})
		}
	}
	add(t("reply.part.opening"), was.Opening, is.Opening)
	points := map[int]bool{}
	for _, a := range append(slices.Clone(is.Answers), was.Answers...) {
		if !points[a.Point] {
			points[a.Point] = true
			add(t("reply.part.answer", "Number", strconv.Itoa(a.Point)), was.Answer(a.Point), is.Answer(a.Point))
		}
	}
	add(t("reply.part.decision"), was.Decision, is.Decision)
	add(t("reply.part.options"), was.Options, is.Options)
	add(t("reply.part.closing"), was.Closing, is.Closing)
	return out
}
