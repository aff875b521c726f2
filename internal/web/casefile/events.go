package casefile

import (
	"strconv"
	"strings"

	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// told is one event in words: Key is a message with Args, Say what was written or
// said, Of the kind of thing for the filter.
type told struct {
	of, icon, key string
	args          []any
	say           string
	turn          bool // a turning point
}

// tell puts an event into words. c is the case as it stands now: approvals are
// named by what they asked for.
func (k talk) tell(e complaint.Event, c complaint.Case, name func(string) string, unit func(string) string) told {
	for _, part := range []func(complaint.Event, complaint.Case, func(string) string, func(string) string) (told, bool){k.tellMatter, k.tellContact, k.tellWork, k.tellDecision, k.tellEnd, k.tellRelated, k.tellTalk} {
		if t, ok := part(e, c, name, unit); ok {
			t.say = complaint.MaskNumbers(t.say)
			return t
		}
	}
	return told{of: "work", icon: "edit", key: "case.e.other", args: []any{"Name", k.label("event", e.Kind())}}
}

func (k talk) tellMatter(e complaint.Event, _ complaint.Case, _, _ func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.Registered:
		return told{"matter", "inbox", "case.e.registered", []any{"Name", k.channel(e.Reference.Channel), "Date", e.ReceivedOn.String(), "Number", e.Number}, "", true}, true
	case *complaint.Amended:
		return told{"matter", "edit", "case.e.amended", nil, e.Why, false}, true
	case *complaint.Reclassified:
		return told{"matter", "edit", "case.e.reclassified", []any{"Name", k.label("nature", string(e.Nature))}, e.Why, true}, true
	case *complaint.ReferenceAdded:
		return told{"matter", "inbox", "case.e.reference", []any{"Name", k.channel(e.Reference.Channel), "Text", e.Reference.Number, "Date", e.Reference.ReceivedOn.String()}, "", true}, true
	case *complaint.PointAdded:
		return told{"matter", "plus", "case.e.point_added", []any{"Number", itoa(e.N)}, e.Text, false}, true
	case *complaint.PointChanged:
		return told{"matter", "edit", "case.e.point_changed", []any{"Number", itoa(e.N)}, withReason(e.Text, e.Why), false}, true
	case *complaint.PointDropped:
		return told{"matter", "trash", "case.e.point_dropped", []any{"Number", itoa(e.N)}, e.Why, false}, true
	case *complaint.Judged:
		return k.tellJudged(e), true
	case *complaint.CodeChosen:
		return k.tellChosen(e), true
	case *complaint.MajorMarked:
		return told{"matter", "alert-triangle", "case.e.major", []any{"Name", k.label("major", string(e.Ground))}, e.Why, true}, true
	case *complaint.MajorReported:
		return told{"letter", "send", "case.e.major_reported", []any{"Name", e.To, "Date", e.On.String()}, e.Proof, false}, true
	}
	return told{}, false
}

func (k talk) tellContact(e complaint.Event, _ complaint.Case, _, _ func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.Contacted:
		key := "case.e.contact_in"
		if e.Outbound {
			key = "case.e.contact_out"
		}
		if !e.Reached {
			key = "case.e.contact_missed"
		}
		say := e.Summary
		if e.ReplyNext != "" {
			say += "\n" + k.t("case.promised", "Text", e.ReplyNext)
		}
		return told{"contact", contactIcon(e.Channel), key, []any{"Name", k.label("contact", e.Channel), "Date", e.On.In(zone).Format("01-02 15:04")}, say, false}, true
	case *complaint.FactsAdded:
		key := "case.e.facts"
		if e.Restart {
			key = "case.e.facts_restart"
		}
		return told{"contact", "file-import", key, []any{"Date", e.On.String()}, e.Text, e.Restart}, true
	case *complaint.FollowedUp:
		key, args := "case.e.followed_missed", []any{"Date", e.On.String()}
		if e.Reached {
			key = "case.e.followed"
		}
		if e.Satisfaction > 0 {
			key, args = "case.e.followed_mark", append(args, "Name", k.t("case.satisfaction."+strconv.Itoa(e.Satisfaction)))
		}
		return told{"contact", "phone", key, args, e.Comment, false}, true
	case *complaint.Noted:
		return told{"note", "notes", "case.e.noted", nil, e.Text, false}, true
	case *complaint.FileAttached:
		return told{"note", "paperclip", "case.e.file", []any{"Name", e.Name, "Text", size(e.Size)}, "", false}, true
	}
	return told{}, false
}

func contactIcon(channel string) string {
	switch channel {
	case "phone", "sms":
		return "phone"
	case "visit":
		return "users"
	case "email", "letter":
		return "mail"
	}
	return "message"
}

func (k talk) tellWork(e complaint.Event, _ complaint.Case, name, unit func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.Offered:
		to := unit(string(e.Unit))
		if e.Person != "" {
			to = name("person/" + string(e.Person))
		}
		return told{"people", "transfer", "case.e.offered", []any{"Name", to}, e.Why, false}, true
	case *complaint.Accepted:
		return told{"people", "user-check", "case.e.accepted", []any{"Name", name("person/" + string(e.Person)), "Unit", unit(string(e.Unit))}, "", true}, true
	case *complaint.Declined:
		return told{"people", "arrow-back-up", "case.e.declined", nil, e.Why, false}, true
	case *complaint.Reminded:
		return told{"people", "bell", "case.e." + e.How, []any{"Unit", unit(string(e.To)), "Date", e.Due.String()}, e.Text, e.How != "remind"}, true
	case *complaint.SupervisionAnswered:
		return told{"people", "send", "case.e.supervision_answered", nil, e.Text, false}, true
	case *complaint.RecusalAdded:
		who := unit(string(e.Unit))
		if e.Person != "" {
			who = name("person/" + string(e.Person))
		}
		return told{"people", "ban", "case.e.recused", []any{"Name", who}, e.Why, false}, true
	case *complaint.StepDone:
		g := complaint.Guides()[e.Step]
		key := "case.e.step"
		if e.Skipped {
			key = "case.e.step_skipped"
		}
		return told{"work", "list-check", key, []any{"Name", k.either(g.Name, g.NameEn)}, e.Note, false}, true
	}
	return told{}, false
}

func (k talk) tellDecision(e complaint.Event, c complaint.Case, _, _ func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.Found:
		return told{"decide", "clipboard-check", "case.e.found", []any{"Number", itoa(e.N), "Name", k.label("outcome", string(e.Finding.Outcome))}, e.Finding.Explanation, false}, true
	case *complaint.FaultFound:
		return told{"decide", "scale", "case.e.fault", []any{"Text", k.shares(e.Finding.Shares)}, e.Finding.Note, false}, true
	case *complaint.Requested:
		args, say := []any{"Name", k.label("approval", string(e.What))}, e.Why
		key := "case.e.requested"
		if e.Amount > 0 {
			key, args = "case.e.requested_money", append(args, "Text", web.Money(e.Amount))
		}
		if e.Decision != nil {
			say = e.Decision.Text
		}
		return told{"decide", "clipboard-check", key, args, say, false}, true
	case *complaint.DraftSaved:
		return told{"note", "writing", "case.e.draft", []any{"Name", k.label("reply", string(e.What)), "Number", itoa(e.Rev)}, "", false}, true
	case *complaint.ReplyOverridden:
		return told{"decide", "shield-check", "case.e.overridden", []any{"Text", strings.Join(e.Says, "；")}, e.Why, true}, true
	case *complaint.Approved:
		return told{"decide", "check", "case.e.approved", []any{"Name", k.asked(c, e.N)}, e.Note, true}, true
	case *complaint.Returned:
		return told{"decide", "arrow-back-up", "case.e.returned", []any{"Name", k.asked(c, e.N)}, e.Why, false}, true
	case *complaint.RedressPerformed:
		return told{"decide", "coin", "case.e.performed", []any{"Number", itoa(e.N), "Date", e.On.String()}, e.Proof, false}, true
	case *complaint.StageReached:
		return told{"clock", "hourglass", "case.e.stage", []any{"Name", k.t("case.regime." + e.Regime)}, e.Why, true}, true
	case *complaint.ExclusionStarted:
		return told{"clock", "player-pause", "case.e.exclusion", []any{"Name", k.label("exclusion", string(e.What)), "From", e.From.String(), "Due", e.ExpectedTo.String(), "Text", e.Body}, e.Why, true}, true
	case *complaint.ExclusionEnded:
		return told{"clock", "clock", "case.e.exclusion_ended", []any{"Number", itoa(e.N), "Date", e.To.String()}, e.Result, false}, true
	case *complaint.Agreed:
		return told{"clock", "calendar", "case.e.agreed", []any{"Due", e.Due.String()}, e.Proof, false}, true
	}
	return told{}, false
}

// asked names the approval with a number.
func (k talk) asked(c complaint.Case, n int) string {
	if n < 1 || n > len(c.Approvals) {
		return itoa(n)
	}
	return k.label("approval", string(c.Approvals[n-1].Kind))
}

func (k talk) tellEnd(e complaint.Event, _ complaint.Case, _, unit func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.LetterIssued:
		return told{"letter", "file-text", "case.e.letter", []any{"Name", k.label("letter", string(e.What))}, "", false}, true
	case *complaint.NoticeGiven:
		return told{"letter", "send", "case.e.notice", []any{"Name", k.label("notice_mode", string(e.Mode)), "Text", k.label("letter", string(e.What)), "Date", e.On.String()}, e.Proof, true}, true
	case *complaint.ReferenceAnswered:
		return told{"letter", "send", "case.e.answered", []any{"Number", itoa(e.N), "Date", e.On.String()}, e.Proof, true}, true
	case *complaint.OtherAnswered:
		return told{"letter", "send", "case.e.other_answered", []any{"Date", e.On.String()}, e.Text, true}, true
	case *complaint.Withdrew:
		return told{"decide", "arrow-back-up", "case.e.withdrew", []any{"Name", k.label("withdrawal", e.Withdrawal.How), "Date", e.Withdrawal.On.String()}, e.Withdrawal.Why, true}, true
	case *complaint.ReexamRequested:
		return told{"decide", "report-search", "case.e.reexam", []any{"Unit", unit(string(e.Unit)), "Date", e.On.String()}, e.Grounds, true}, true
	case *complaint.ReexamDecided:
		key := "case.e.reexam_kept"
		if e.Changed {
			key = "case.e.reexam_changed"
		}
		return told{"decide", "gavel", key, nil, e.Decision, true}, true
	case *complaint.ReopenedAgain:
		return told{"decide", "repeat", "case.e.reopened", []any{"Date", e.On.String()}, e.Why, true}, true
	case *complaint.Erased:
		return told{"decide", "trash", "case.e.erased", []any{"Number", strconv.FormatInt(e.Run, 10)}, "", true}, true
	case *complaint.CaseClosed:
		return told{"decide", "archive", "case.e.closed", []any{"Date", e.On.String()}, "", true}, true
	}
	return told{}, false
}

func (k talk) tellRelated(e complaint.Event, _ complaint.Case, _, _ func(string) string) (told, bool) {
	switch e := e.(type) {
	case *complaint.LadderMoved:
		return told{"decide", "building-bank", "case.e.rung", []any{"Name", k.label("rung", string(e.Rung)), "Text", e.Body, "Date", e.On.String()}, e.Why, true}, true
	case *complaint.LadderEnded:
		key := "case.e.rung_open"
		if e.Settled {
			key = "case.e.rung_settled"
		}
		return told{"decide", "building-bank", key, []any{"Number", itoa(e.N), "Date", e.On.String()}, e.Result, false}, true
	case *complaint.SplitOff:
		return told{"matter", "git-merge", "case.e.split", []any{"Number", e.Number, "Name", k.label("nature", string(e.Nature))}, e.Why, false}, true
	case *complaint.MergedAway:
		return told{"matter", "git-merge", "case.e.merged", []any{"Number", e.Number}, e.Why, true}, true
	case *complaint.TookIn:
		return told{"matter", "git-merge", "case.e.took_in", []any{"Number", e.Number}, "", true}, true
	case *complaint.Unmerged:
		return told{"matter", "git-merge", "case.e.unmerged", nil, e.Why, true}, true
	case *complaint.LetGo:
		return told{"matter", "git-merge", "case.e.let_go", nil, "", false}, true
	}
	return told{}, false
}

// withReason adds the reason to a text, where one was given.
func withReason(text, why string) string {
	if why == "" {
		return text
	}
	return text + "（" + why + "）"
}
