package complaint

import (
	"maps"
	"slices"

	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
)

// Kind implements Event.
func (*Registered) Kind() string { return "complaint.Registered" }

// Kind implements Event.
func (*Amended) Kind() string { return "complaint.Amended" }

// Kind implements Event.
func (*Reclassified) Kind() string { return "complaint.Reclassified" }

// Kind implements Event.
func (*ReferenceAdded) Kind() string { return "complaint.ReferenceAdded" }

// Kind implements Event.
func (*ReferenceAnswered) Kind() string { return "complaint.ReferenceAnswered" }

// Kind implements Event.
func (*PointAdded) Kind() string { return "complaint.PointAdded" }

// Kind implements Event.
func (*PointChanged) Kind() string { return "complaint.PointChanged" }

// Kind implements Event.
func (*PointDropped) Kind() string { return "complaint.PointDropped" }

// Kind implements Event.
func (*Contacted) Kind() string { return "complaint.Contacted" }

// Kind implements Event.
func (*FactsAdded) Kind() string { return "complaint.FactsAdded" }

// Kind implements Event.
func (*Offered) Kind() string { return "complaint.Offered" }

// Kind implements Event.
func (*Accepted) Kind() string { return "complaint.Accepted" }

// Kind implements Event.
func (*Declined) Kind() string { return "complaint.Declined" }

// Kind implements Event.
func (*Reminded) Kind() string { return "complaint.Reminded" }

// Kind implements Event.
func (*SupervisionAnswered) Kind() string { return "complaint.SupervisionAnswered" }

// Kind implements Event.
func (*StepDone) Kind() string { return "complaint.StepDone" }

// Kind implements Event.
func (*StageReached) Kind() string { return "complaint.StageReached" }

// Kind implements Event.
func (*ExclusionStarted) Kind() string { return "complaint.ExclusionStarted" }

// Kind implements Event.
func (*ExclusionEnded) Kind() string { return "complaint.ExclusionEnded" }

// Kind implements Event.
func (*Agreed) Kind() string { return "complaint.Agreed" }

// Kind implements Event.
func (*Requested) Kind() string { return "complaint.Requested" }

// Kind implements Event.
func (*Approved) Kind() string { return "complaint.Approved" }

// Kind implements Event.
func (*Returned) Kind() string { return "complaint.Returned" }

// Kind implements Event.
func (*Found) Kind() string { return "complaint.Found" }

// Kind implements Event.
func (*FaultFound) Kind() string { return "complaint.FaultFound" }

// Kind implements Event.
func (*RedressPerformed) Kind() string { return "complaint.RedressPerformed" }

// Kind implements Event.
func (*LetterIssued) Kind() string { return "complaint.LetterIssued" }

// Kind implements Event.
func (*NoticeGiven) Kind() string { return "complaint.NoticeGiven" }

// Kind implements Event.
func (*LadderMoved) Kind() string { return "complaint.LadderMoved" }

// Kind implements Event.
func (*LadderEnded) Kind() string { return "complaint.LadderEnded" }

// Kind implements Event.
func (*Withdrew) Kind() string { return "complaint.Withdrew" }

// Kind implements Event.
func (*OtherAnswered) Kind() string { return "complaint.OtherAnswered" }

// Kind implements Event.
func (*SplitOff) Kind() string { return "complaint.SplitOff" }

// Kind implements Event.
func (*MergedAway) Kind() string { return "complaint.MergedAway" }

// Kind implements Event.
func (*TookIn) Kind() string { return "complaint.TookIn" }

// Kind implements Event.
func (*Unmerged) Kind() string { return "complaint.Unmerged" }

// Kind implements Event.
func (*LetGo) Kind() string { return "complaint.LetGo" }

// Kind implements Event.
func (*ReexamRequested) Kind() string { return "complaint.ReexamRequested" }

// Kind implements Event.
func (*ReexamDecided) Kind() string { return "complaint.ReexamDecided" }

// Kind implements Event.
func (*ReopenedAgain) Kind() string { return "complaint.ReopenedAgain" }

// Kind implements Event.
func (*FollowedUp) Kind() string { return "complaint.FollowedUp" }

// Kind implements Event.
func (*FileAttached) Kind() string { return "complaint.FileAttached" }

// Kind implements Event.
func (*Noted) Kind() string { return "complaint.Noted" }

// Kind implements Event.
func (*RecusalAdded) Kind() string { return "complaint.RecusalAdded" }

// Kind implements Event.
func (*MajorMarked) Kind() string { return "complaint.MajorMarked" }

// Kind implements Event.
func (*MajorReported) Kind() string { return "complaint.MajorReported" }

// Kind implements Event.
func (*CaseClosed) Kind() string { return "complaint.CaseClosed" }

// kinds gives each event its name in the ledger and how to make an empty one.
var kinds = map[string]func() Event{
	"complaint.Registered":          func() Event { return &Registered{} },
	"complaint.Amended":             func() Event { return &Amended{} },
	"complaint.Reclassified":        func() Event { return &Reclassified{} },
	"complaint.ReferenceAdded":      func() Event { return &ReferenceAdded{} },
	"complaint.ReferenceAnswered":   func() Event { return &ReferenceAnswered{} },
	"complaint.PointAdded":          func() Event { return &PointAdded{} },
	"complaint.PointChanged":        func() Event { return &PointChanged{} },
	"complaint.PointDropped":        func() Event { return &PointDropped{} },
	"complaint.Contacted":           func() Event { return &Contacted{} },
	"complaint.FactsAdded":          func() Event { return &FactsAdded{} },
	"complaint.Offered":             func() Event { return &Offered{} },
	"complaint.Accepted":            func() Event { return &Accepted{} },
	"complaint.Declined":            func() Event { return &Declined{} },
	"complaint.Reminded":            func() Event { return &Reminded{} },
	"complaint.SupervisionAnswered": func() Event { return &SupervisionAnswered{} },
	"complaint.StepDone":            func() Event { return &StepDone{} },
	"complaint.StageReached":        func() Event { return &StageReached{} },
	"complaint.ExclusionStarted":    func() Event { return &ExclusionStarted{} },
	"complaint.ExclusionEnded":      func() Event { return &ExclusionEnded{} },
	"complaint.Agreed":              func() Event { return &Agreed{} },
	"complaint.Requested":           func() Event { return &Requested{} },
	"complaint.Approved":            func() Event { return &Approved{} },
	"complaint.Returned":            func() Event { return &Returned{} },
	"complaint.Found":               func() Event { return &Found{} },
	"complaint.FaultFound":          func() Event { return &FaultFound{} },
	"complaint.RedressPerformed":    func() Event { return &RedressPerformed{} },
	"complaint.LetterIssued":        func() Event { return &LetterIssued{} },
	"complaint.NoticeGiven":         func() Event { return &NoticeGiven{} },
	"complaint.LadderMoved":         func() Event { return &LadderMoved{} },
	"complaint.LadderEnded":         func() Event { return &LadderEnded{} },
	"complaint.Withdrew":            func() Event { return &Withdrew{} },
	"complaint.OtherAnswered":       func() Event { return &OtherAnswered{} },
	"complaint.SplitOff":            func() Event { return &SplitOff{} },
	"complaint.MergedAway":          func() Event { return &MergedAway{} },
	"complaint.TookIn":              func() Event { return &TookIn{} },
	"complaint.Unmerged":            func() Event { return &Unmerged{} },
	"complaint.LetGo":               func() Event { return &LetGo{} },
	"complaint.ReexamRequested":     func() Event { return &ReexamRequested{} },
	"complaint.ReexamDecided":       func() Event { return &ReexamDecided{} },
	"complaint.ReopenedAgain":       func() Event { return &ReopenedAgain{} },
	"complaint.FollowedUp":          func() Event { return &FollowedUp{} },
	"complaint.FileAttached":        func() Event { return &FileAttached{} },
	"complaint.Noted":               func() Event { return &Noted{} },
	"complaint.RecusalAdded":        func() Event { return &RecusalAdded{} },
	"complaint.MajorMarked":         func() Event { return &MajorMarked{} },
	"complaint.MajorReported":       func() Event { return &MajorReported{} },
	"complaint.CodeChosen":          func() Event { return &CodeChosen{} },
	"complaint.CaseClosed":          func() Event { return &CaseClosed{} },
	"complaint.DraftSaved":          func() Event { return &DraftSaved{} },
	"complaint.ReplyOverridden":     func() Event { return &ReplyOverridden{} },
	"complaint.Judged":              func() Event { return &Judged{} },
	"complaint.TalkPlanned":         func() Event { return &TalkPlanned{} },
	"complaint.TalkRound":           func() Event { return &TalkRound{} },
	"complaint.ForecastAcked":       func() Event { return &ForecastAcked{} },
	"complaint.AgentFlagged":        func() Event { return &AgentFlagged{} },
	"complaint.AgentAgreed":         func() Event { return &AgentAgreed{} },
	"complaint.AgentCleared":        func() Event { return &AgentCleared{} },
	"complaint.Erased":              func() Event { return &Erased{} },
}

// Decode reads a ledger event whose private part has been opened. private is
// nil for events without one and for erased cases.
func Decode(e ledger.Event, private []byte) (Event, error) {
	make, ok := kinds[e.Kind]
	if !ok {
		return nil, fault.New(fault.Internal, "unknown event kind %q in %s/%d", e.Kind, e.Stream, e.Version)
	}
	v := make()
	if err := ledger.Decode(e.Body, private, v); err != nil {
		return nil, err
	}
	return v, nil
}

// Kinds lists the kinds of events, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Apply returns the case after an event. It never fails: what may happen is
// decided before an event exists.
func (c Case) Apply(e Event, m Meta) Case {
	c.Version++
	if _, draft := e.(*DraftSaved); !draft {
		c.Touched = c.Version
	}
	e.apply(&c, m)
	return c
}

// Outdated reports whether somebody changed the case since a person saw a version
// of it; 0 is any. What is only being drafted changes nothing for others.
func (c Case) Outdated(seen int64) bool { return seen != 0 && (seen < c.Touched || seen > c.Version) }

// ApplyAll folds events that share one Meta, as one command produces them.
func (c Case) ApplyAll(events []Event, m Meta) Case {
	for _, e := range events {
		c = c.Apply(e, m)
	}
	return c
}
