package complaint

import (
	"slices"

	"xiaobao/internal/fault"
)

// Merge puts one case into another: the numbers, the references and their
// clocks are kept, and it can be undone. The two halves are events of the two
// streams; the caller appends them in one transaction. Exclusions of the case that
// takes in count for the references only when they begin after the merge.
func Merge(from, into Case, why string) (fromEvents, intoEvents []Event, err error) {
	if err := from.mustBeActive(); err != nil {
		return nil, nil, err
	}
	if err := into.mustBeActive(); err != nil {
		return nil, nil, err
	}
	var f fault.Fields
	text(&f, "why", why, "合并原因", true, 500)
	f.Need(from.ID != into.ID, "into", "不能把投诉并入它自己")
	f.Need(from.Nature == into.Nature, "into", "事项类型不同（%s、%s），不能合并：时限规则不同", Label("nature", string(from.Nature), "zh"), Label("nature", string(into.Nature), "zh"))
	f.Need(from.State != Deciding && from.State != Decided, "from", "%s 的决定正在审批或已批准，不能合并", from.Number)
	for _, a := range from.Absorbed {
		f.Need(a.Released, "from", "%s 自己合并过 %s，请先撤销那次合并，或反向合并", from.Number, a.Number)
	}
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	refs := from.LiveReferences()
	for i, r := range refs {
		spans, _ := from.spans(r)
		r.N, r.From, r.Since, r.Spans = len(into.References)+i+1, from.ID, len(into.Exclusions), spans
		refs[i] = r
	}
	return []Event{&MergedAway{Into: into.ID, Number: into.Number, Why: why}},
		[]Event{&TookIn{From: from.ID, Number: from.Number, References: refs}}, nil
}

// Unmerge undoes a merge: the case goes on with its own clocks as if it had
// never been merged, and the other case lets its references go.
func Unmerge(from, into Case, why string) (fromEvents, intoEvents []Event, err error) {
	var f fault.Fields
	text(&f, "why", why, "撤销合并的原因", true, 500)
	if err := f.Err(); err != nil {
		return nil, nil, err
	}
	held := slices.ContainsFunc(into.Absorbed, func(a Absorbed) bool { return a.From == from.ID && !a.Released })
	if from.State != Merged || from.MergedInto != into.ID || !held {
		return nil, nil, fault.New(fault.Conflict, "%s 没有并入 %s", from.Number, into.Number)
	}
	return []Event{&Unmerged{Why: why}}, []Event{&LetGo{From: from.ID}}, nil
}

// Split lets a part of what was received go on as a case of its own (art. 32:
// the other matter follows its own rules). It keeps both.
func Split(c Case, into *Registered, why string) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	text(&f, "why", why, "拆分原因", true, 500)
	f.Need(into.ID != c.ID && into.SplitFrom == c.ID, "into", "拆分出的投诉没有指向原投诉 %s", c.Number)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&SplitOff{Into: into.ID, Number: into.Number, Nature: into.Nature, Why: why}}, nil
}
