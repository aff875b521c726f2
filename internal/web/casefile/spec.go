package casefile

import (
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
)

// spec is one thing that can be done to a case: the fields of its form, where
// its trace stands on the page, and with what a try is made to see whether the case allows it now.
type spec struct {
	name   string
	group  string            // heading in the list of everything that can be done
	anchor string            // part of the page where it shows
	need0  access.Action     // for what is no command on one case
	fields func(*form)       // nil: there is nothing to fill in
	try    map[string]string // values with which the case is asked
	number func(complaint.Case) int
	page   string // where it is done on a page of its own; "" for a form
	danger bool
}

// groups are the headings of the specs in their order.
var groups = []string{"work", "matter", "time", "decide", "tell", "ways", "people", "relate"}

// specs are all verbs in the order in which they are offered. A test holds that
// every verb of the domain has one.
var specs = []spec{
	{name: "accept", group: "work", anchor: "head"},
	{name: "decline", group: "work", anchor: "head", fields: onlyWhy},
	{name: "record-contact", group: "work", anchor: "timeline", fields: contactFields},
	{name: "add-facts", group: "work", anchor: "timeline", fields: factFields},
	{name: "finish-step", group: "work", anchor: "steps", fields: stepFields},
	{name: "add-note", group: "work", anchor: "timeline", fields: func(f *form) { f.mustArea("text", "") }},
	{name: "answer-supervision", group: "work", anchor: "supervision", fields: func(f *form) { f.mustArea("text", "") }},

	{name: "find", group: "matter", anchor: "points", fields: findFields, number: firstUnfound},
	{name: "add-point", group: "matter", anchor: "points", fields: func(f *form) { f.mustArea("text", "low") }},
	{name: "change-point", group: "matter", anchor: "points", fields: changePointFields, number: firstPoint},
	{name: "find-fault", group: "matter", anchor: "faults", fields: faultFields},
	{name: "amend", group: "matter", anchor: "matter", fields: amendFields},
	{name: "reclassify", group: "matter", anchor: "matter", fields: reclassifyFields},
	{name: "choose-code", group: "matter", anchor: "codings", fields: chooseFields},
	{name: "judge", group: "matter", anchor: "person", fields: judgeFields},

	{name: "extend", group: "time", anchor: "clocks", fields: extendFields, try: map[string]string{"why": "-"}},
	{name: "start-exclusion", group: "time", anchor: "clocks", fields: exclusionFields},
	{name: "end-exclusion", group: "time", anchor: "clocks", fields: endExclusionFields, number: openExclusion},
	{name: "agree-date", group: "time", anchor: "clocks", fields: func(f *form) { f.day("due", 0); f.mustLine("proof") }},

	{name: "propose-redress", group: "decide", anchor: "redress", fields: redressFields},
	{name: "plan-negotiation", group: "decide", anchor: "negotiation", fields: talkFields},
	{name: "record-round", group: "decide", anchor: "negotiation", fields: roundFields},
	{name: "acknowledge-forecast", group: "work", anchor: "forecast", fields: forecastFields},
	{name: "flag-agent", group: "people", anchor: "agent", fields: agentFields},
	{name: "confirm-agent", group: "people", anchor: "agent", fields: func(f *form) { f.agentNote(); f.area("note") }},
	{name: "lift-agent", group: "people", anchor: "agent", fields: func(f *form) { f.agentNote(); onlyWhy(f) }},
	{name: "perform-redress", group: "decide", anchor: "redress", fields: performFields, number: openRedress},
	{name: "save-draft", group: "decide", anchor: "decision", fields: draftFields, page: "/reply"},
	{name: "override-reply", group: "decide", anchor: "decision", fields: overrideFields, page: "/reply"},
	{name: "propose-decision", group: "decide", anchor: "decision", fields: decisionFields},
	{name: "answer-other", group: "decide", anchor: "decision", fields: func(f *form) { f.day("on", f.p.Today); f.mustArea("text", "tall") }},
	{name: "refuse", group: "decide", anchor: "decision", fields: refuseFields, danger: true},
	{name: "approve", group: "decide", anchor: "approvals", fields: approveFields, number: openApproval},
	{name: "return", group: "decide", anchor: "approvals", fields: returnFields, number: openApproval},

	{name: "give-notice", group: "tell", anchor: "documents", fields: noticeFields, number: lastLetter},
	{name: "answer-reference", group: "tell", anchor: "references", fields: answerFields, number: openReference},
	{name: "record-follow-up", group: "tell", anchor: "timeline", fields: followUpFields},
	{name: "close", group: "tell", anchor: "head"},

	{name: "climb-ladder", group: "ways", anchor: "ladder", fields: ladderFields},
	{name: "end-ladder", group: "ways", anchor: "ladder", fields: endLadderFields, number: openRung},
	{name: "request-reexam", group: "ways", anchor: "decision", fields: reexamFields},
	{name: "decide-reexam", group: "ways", anchor: "decision", fields: decideReexamFields, number: openReexam},
	{name: "reopen", group: "ways", anchor: "head", fields: func(f *form) { f.day("on", f.p.Today); f.mustArea("why", "low") }},
	{name: "withdraw", group: "ways", anchor: "head", fields: withdrawFields, danger: true},

	{name: "assign", group: "people", anchor: "head", fields: assignFields},
	{name: "remind", group: "people", anchor: "supervision", fields: remindFields},
	{name: "recuse", group: "people", anchor: "recusals", fields: recuseFields},
	{name: "mark-major", group: "people", anchor: "head", fields: majorFields},
	{name: "report-major", group: "people", anchor: "head", fields: reportMajorFields},

	{name: "add-reference", group: "relate", anchor: "references", fields: referenceFields},
	{name: "merge", group: "relate", anchor: "related", need0: access.MergeComplaint, fields: mergeFields},
	{name: "unmerge", group: "relate", anchor: "related", need0: access.MergeComplaint, fields: unmergeFields},
	{name: "split", group: "relate", anchor: "related", need0: access.HandleComplaint, fields: splitFields},
}

// specOf returns the spec of a verb.
func specOf(name string) (spec, bool) {
	i := slices.IndexFunc(specs, func(s spec) bool { return s.name == name })
	if i < 0 {
		return spec{}, false
	}
	return specs[i], true
}

// command returns an empty command of the domain, nil for merge, unmerge and split.
func (s spec) command() complaint.Command {
	if v, ok := complaint.VerbOf(s.name); ok {
		return v.New()
	}
	return nil
}

// need is the permission that the address of the verb asks for.
func (s spec) need() access.Action {
	if c := s.command(); c != nil {
		return c.Action()
	}
	return s.need0
}

func firstUnfound(c complaint.Case) int {
	for _, a := range c.Live() {
		if a.Finding == nil {
			return a.N
		}
	}
	return firstPoint(c)
}

func firstPoint(c complaint.Case) int {
	for _, a := range c.Live() {
		return a.N
	}
	return 0
}

func openExclusion(c complaint.Case) int {
	for _, x := range c.Exclusions {
		if x.To.IsZero() {
			return x.N
		}
	}
	return 0
}

func openRedress(c complaint.Case) int {
	for _, r := range c.Redress {
		if r.PerformedOn.IsZero() {
			return r.N
		}
	}
	return 0
}

func openApproval(c complaint.Case) int {
	for _, a := range c.Approvals {
		if a.State == complaint.Asked {
			return a.N
		}
	}
	return 0
}

func openReference(c complaint.Case) int {
	for _, r := range c.LiveReferences() {
		if owed(r) && r.AnsweredOn.IsZero() {
			return r.N
		}
	}
	return 0
}

// owed reports whether the sender of a reference waits for an answer.
func owed(r complaint.Reference) bool { return r.Sender != "" || !r.OwnDue.IsZero() }

func openRung(c complaint.Case) int {
	for _, l := range c.Ladder {
		if l.EndedOn.IsZero() {
			return l.N
		}
	}
	return 0
}

func openReexam(c complaint.Case) int {
	for _, r := range c.Reexams {
		if !r.Decided {
			return r.N
		}
	}
	return 0
}

// lastLetter is the newest letter to the consumer.
func lastLetter(c complaint.Case) int {
	n := 0
	for _, l := range c.Letters {
		if l.What != complaint.RegulatorResponse {
			n = l.N
		}
	}
	return n
}
