package casefile

import (
	"net/http"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// replyForm is what the page of a reply posts.
type replyForm struct {
	id    complaint.ID
	kind  complaint.ReplyKind
	base  int
	words complaint.Reply
	form  *web.Form

	confirm []string // paragraphs of the machine that stand as they are
}

func replyFormOf(r *http.Request) (replyForm, error) {
	id, err := idOf(r)
	if err != nil {
		return replyForm{}, err
	}
	typed, err := web.FormOf(r)
	if err != nil {
		return replyForm{}, err
	}
	return replyForm{id, kindOf(typed.Get("kind")), int(number(typed.Get("base"))), wordsOf(typed.Values), typed, typed.Values["confirm"]}, nil
}

// replyDo takes the form: save, check, mend, compose anew, preview or propose.
func (m *room) replyDo(w http.ResponseWriter, r *http.Request) error {
	in, err := replyFormOf(r)
	if err != nil {
		return err
	}
	if finding := in.form.Get("mend"); finding != "" {
		words, err := m.app.MendReply(r.Context(), web.Actor(r), in.id, in.kind, in.words, finding)
		return m.replyShow(w, r, in, words, err, false)
	}
	switch in.form.Get("do") {
	case "check":
		return m.replyShow(w, r, in, in.words, nil, false)
	case "preview":
		return m.replyShow(w, r, in, in.words, nil, true)
	case "compose":
		words, err := m.app.ComposeReply(r.Context(), web.Actor(r), in.id, in.kind)
		return m.replyShow(w, r, in, words, err, false)
	case "propose":
		return m.replyPropose(w, r, in)
	case "assist":
		return m.replyAssist(w, r, in)
	}
	if _, err := m.replySave(r, in, false); err != nil {
		return m.replyShow(w, r, in, in.words, err, false)
	}
	m.site.Flash(w, "good", "reply.done.saved")
	http.Redirect(w, r, web.Link(path(in.id, "/reply"), "kind", string(in.kind)), http.StatusSeeOther)
	return nil
}

func (m *room) replySave(r *http.Request, in replyForm, auto bool) (complaint.Case, error) {
	return m.app.Do(r.Context(), web.Actor(r), in.id, 0, complaint.SaveDraft{Kind: in.kind, Base: in.base, Auto: auto, Reply: in.words, Confirm: in.confirm})
}

// replyPropose saves the wording and submits the decision with it.
func (m *room) replyPropose(w http.ResponseWriter, r *http.Request, in replyForm) error {
	c, err := m.replySave(r, in, false)
	if err != nil {
		return m.replyShow(w, r, in, in.words, err, false)
	}
	d, _ := c.Draft(complaint.DecisionReply)
	in.base = d.Rev
	if _, err := m.app.Do(r.Context(), web.Actor(r), in.id, c.Version, complaint.ProposeDecision{Draft: d.N}); err != nil {
		return m.replyShow(w, r, in, in.words, err, false)
	}
	m.site.Flash(w, "good", "reply.done.proposed")
	http.Redirect(w, r, path(in.id, "#approvals"), http.StatusSeeOther)
	return nil
}

// replyTyped is the page with words that were typed, not saved.
func (m *room) replyTyped(r *http.Request, in replyForm, words complaint.Reply) (app.ReplyPage, error) {
	p, err := m.app.ReplyDraft(r.Context(), web.Actor(r), in.id, in.kind)
	if err != nil {
		return p, err
	}
	p.Reply = words
	p.Check, err = m.app.CheckReply(r.Context(), web.Actor(r), in.id, in.kind, words)
	return p, err
}

// replyShow renders the page with what was typed, and why it was not taken.
func (m *room) replyShow(w http.ResponseWriter, r *http.Request, in replyForm, words complaint.Reply, refused error, preview bool) error {
	if refused != nil && fault.Is(refused, fault.Internal) {
		return refused
	}
	p, err := m.replyTyped(r, in, words)
	if err != nil {
		return err
	}
	v, err := m.replyView(r, p)
	if err != nil {
		return err
	}
	if !fault.Is(refused, fault.Stale) {
		v.Saved.Rev = in.base // what was read; a newer one is not written over
	}
	if preview {
		l, err := m.app.PreviewReply(r.Context(), web.Actor(r), in.id, words)
		if err != nil {
			v.Form.Refuse(err)
		} else {
			v.Letter = &l
		}
	}
	if refused != nil {
		v.Form.Refuse(refused)
		return web.Again("case/reply", v, refused)
	}
	return m.site.Render(w, r, "case/reply", v)
}

// replyCheck answers with the margins while somebody types.
func (m *room) replyCheck(w http.ResponseWriter, r *http.Request) error {
	in, err := replyFormOf(r)
	if err != nil {
		return err
	}
	p, err := m.app.Case(r.Context(), web.Actor(r), in.id)
	if err != nil {
		return err
	}
	page := app.ReplyPage{CasePage: p, Kind: in.kind, Reply: in.words, Points: p.Case.Live()}
	if page.Check, err = m.app.CheckReply(r.Context(), web.Actor(r), in.id, in.kind, in.words); err != nil {
		return err
	}
	v := ReplyView{Head: m.head(r, p), Swap: true, May: true, Override: may(p, complaint.OverrideReply{}.Action())}
	m.talk(r).fillCheck(&v, page)
	for i := range v.Paras {
		v.Paras[i].Swap = true
	}
	return m.site.Fragment(w, r, "case/reply", "reply-margins", v)
}

// replyAuto saves while somebody types, and says so.
func (m *room) replyAuto(w http.ResponseWriter, r *http.Request) error {
	in, err := replyFormOf(r)
	if err != nil {
		return err
	}
	c, err := m.replySave(r, in, true)
	if err != nil && !fault.Is(err, fault.Stale) && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		return err
	}
	p, unread := m.app.Case(r.Context(), web.Actor(r), in.id)
	if unread != nil {
		return unread
	}
	k := m.talk(r)
	d, _ := c.Draft(in.kind)
	v := k.saved(d, p)
	if err != nil {
		v = ReplySaved{Stale: m.site.Sentence(k.lang, err), Rev: in.base}
	}
	v.Swap = true
	return m.site.Fragment(w, r, "case/reply", "reply-saved", v)
}

// mayReply refuses who may not write to the consumer of the case.
func (m *room) mayReply(r *http.Request, id complaint.ID) (complaint.Case, error) {
	p, err := m.app.Case(r.Context(), web.Actor(r), id)
	if err != nil {
		return complaint.Case{}, err
	}
	return p.Case, p.May[complaint.SaveDraft{}.Action()].Err()
}

// replyArticles answers with the articles that the picker found.
func (m *room) replyArticles(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	c, err := m.mayReply(r, id)
	if err != nil {
		return err
	}
	words := r.URL.Query().Get("law")
	if !sheet(r) {
		http.Redirect(w, r, web.Link(path(id, "/reply"), web.WordsField, web.Words(r))+"#law", http.StatusSeeOther)
		return nil
	}
	found, err := m.articles(r, strings.TrimSpace(words), c.Codes.Product)
	if err != nil {
		return err
	}
	return m.site.Fragment(w, r, "case/reply", "reply-articles", ReplyView{Words: words, Articles: found})
}
