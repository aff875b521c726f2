package casefile

import (
	"xiaobao/internal/complaint"
	"xiaobao/internal/web"
)

// draftFields is the plain form of a draft; the reply page does it better.
func draftFields(f *form) {
	f.radio("kind", options(f.talk, "reply", complaint.ReplyKinds))
	d, _ := f.p.Case.Draft(complaint.DecisionReply)
	f.start("kind", string(complaint.DecisionReply))
	f.hidden("base", itoa(d.Rev))
	f.add("field", f.input("reply.opening", "textarea").With("low"))
	f.add("field", f.input("reply.decision", "textarea").With("low"))
	f.add("field", f.input("reply.closing", "textarea").With("low"))
}

// overrideFields is the plain form of an override; the reply page fills it in.
func overrideFields(f *form) {
	f.mustLine("findings")
	f.mustArea("why", "low")
	f.add("field", web.Input{Form: f.values, Name: "text", Label: "case.f.override-reply.text", Kind: "textarea"}.With("low"))
}
