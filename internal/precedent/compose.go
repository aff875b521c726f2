package precedent

import (
	"cmp"
	"slices"
	"strings"

	"xiaobao/internal/calendar"
)

// Source is a closed case as it was told, before anything is masked. Words are in
// Chinese: they become the text of the precedent.
type Source struct {
	Known
	Facts     Facts
	Title     string // product, reason and outcome in words
	Narrative string
	Demand    string
	Requests  []string // in words
	Points    []Point
	Steps     []Step
	Options   []string
	Redress   []string // in words
	Decision  string
	Letter    []string // paragraphs of the reply
	Judged    []string // causes, emotion and needs in words
	Comment   string   // of the follow-up
	Result    []string // sentences on the end
}

// Step is one thing that was done, on a day.
type Step struct {
	On   calendar.Date // zero for one without a day
	Text string
}

// Compose writes the first draft of a precedent from a case. Nothing that Known
// names is in it; masked says how many places were.
func Compose(s Source) (content Content, masked int) {
	c := NewCleaner(s.Known)
	content = Content{Title: s.Title, Situation: paragraphs(s.Narrative, prefixed("诉求：", s.Demand), prefixed("提出的要求：", strings.Join(s.Requests, "、"))),
		Points: slices.Clone(s.Points), Handling: handling(s), Letter: paragraphs(s.Letter...),
		Result:  paragraphs(append([]string{prefixed("决定：", s.Decision), prefixed("给予：", strings.Join(s.Redress, "；"))}, append(s.Result, prefixed("回访：", s.Comment))...)...),
		Lessons: lessons(s)}
	content.each(func(t string) string {
		clean, n := c.Clean(strings.ToValidUTF8(t, ""))
		masked += n
		return clean
	})
	return content, masked
}

// handling tells the steps by their distance from the complaint.
func handling(s Source) string {
	steps := slices.Clone(s.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.On, b.On) })
	var lines []string
	for _, st := range steps {
		switch {
		case strings.TrimSpace(st.Text) == "":
		case st.On.IsZero() || s.Start.IsZero():
			lines = append(lines, st.Text)
		default:
			lines = append(lines, OpenMark+dayWord(st.On, s.Start)+CloseMark+" "+st.Text)
		}
	}
	return paragraphs(append(lines, prefixed("提供的方案：", strings.Join(s.Options, "；")))...)
}

// lessons begins what the proposer goes on writing.
func lessons(s Source) string {
	return prefixed("对消费者的判断：", strings.Join(s.Judged, "；"))
}

func prefixed(head, s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	return head + s
}

func paragraphs(list ...string) string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}
