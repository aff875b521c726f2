package casefile

import (
	"net/http"
	"slices"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// Letter is one letter that was issued.
type Letter struct {
	N         int
	Name      string
	At, By    string
	Docx, PDF string // paths; "" when there is no such file
	Told      []ToldLine
	Notice    string // path of the form of the notice; "" when it needs none
	ToSender  bool
}

// ToldLine is one proof that the consumer was told.
type ToldLine struct{ Mode, On, Proof string }

// Draft is a letter that can be issued now.
type Draft struct {
	Name, Link string
}

func (k talk) letters(p app.CasePage) []Letter {
	var out []Letter
	for _, l := range slices.Backward(p.Case.Letters) {
		v := Letter{N: l.N, Name: k.label("letter", string(l.What)), At: l.At.In(zone).Format("2006-01-02 15:04"), By: k.name(p, l.By), ToSender: l.What == complaint.RegulatorResponse}
		if p.Originals && l.Docx != "" {
			v.Docx = path(p.Case.ID, "/letters/"+itoa(l.N)+"/docx")
		}
		if p.Originals && l.PDF != "" {
			v.PDF = path(p.Case.ID, "/letters/"+itoa(l.N)+"/pdf")
		}
		for _, n := range p.Case.Notices {
			if n.Letter == l.N {
				v.Told = append(v.Told, ToldLine{Mode: k.label("notice_mode", string(n.Mode)), On: n.On.String(), Proof: n.Proof})
			}
		}
		switch {
		case !p.Case.Open() || !may(p, access.HandleComplaint):
		case v.ToSender:
			v.Notice = path(p.Case.ID, "/do/answer-reference")
		default:
			v.Notice = web.Link(path(p.Case.ID, "/do/give-notice"), "n", l.N)
		}
		out = append(out, v)
	}
	return out
}

// drafts are the letters that the case allows to be issued now.
func (k talk) drafts(p app.CasePage) []Draft {
	if !may(p, complaint.IssueLetter{}.Action()) {
		return nil
	}
	var out []Draft
	for _, kind := range complaint.LetterKinds {
		if kind == complaint.RegulatorResponse {
			for _, r := range p.Case.LiveReferences() {
				if r.Sender != "" && p.Case.MayIssue(kind, r.N) == nil {
					out = append(out, Draft{Name: k.label("letter", string(kind)) + " · " + r.Sender, Link: web.Link(path(p.Case.ID, "/letters/preview"), "kind", string(kind), "ref", r.N)})
				}
			}
			continue
		}
		if p.Case.MayIssue(kind, 0) == nil {
			out = append(out, Draft{Name: k.label("letter", string(kind)), Link: web.Link(path(p.Case.ID, "/letters/preview"), "kind", string(kind))})
		}
	}
	return out
}

// LetterView is the preview of a letter with the button that issues it.
type LetterView struct {
	Head      Head
	Name      string
	Kind      string
	Reference int
	Letter    document.Letter
	Form      *web.Form
	Post      string
	Problem   bool // it cannot be printed yet: Form says why
}

// preview shows the letter as it would print now.
func (m *room) preview(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	ref, _ := strconv.Atoi(q.Get("ref"))
	v, err := m.letterView(r, complaint.LetterKind(q.Get("kind")), ref, nil)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "case/letter", v)
}

func (m *room) letterView(r *http.Request, kind complaint.LetterKind, ref int, refused error) (LetterView, error) {
	id, err := idOf(r)
	if err != nil {
		return LetterView{}, err
	}
	page, err := m.app.Complaint(r.Context(), web.Actor(r), id)
	if err != nil {
		return LetterView{}, err
	}
	k := m.talk(r)
	v := LetterView{Head: m.head(r, page), Name: k.label("letter", string(kind)), Kind: string(kind), Reference: ref, Form: web.NewForm(), Post: path(id, "/issue-letter")}
	v.Letter, err = m.app.PreviewLetter(r.Context(), web.Actor(r), id, kind, ref)
	switch {
	case fault.Is(err, fault.Invalid):
		v.Problem = true
		v.Form.Refuse(err)
	case err != nil:
		return v, err
	case refused != nil:
		v.Form.Refuse(refused)
	}
	return v, nil
}

// issue fixes the letter in its wording.
func (m *room) issue(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	typed, err := web.FormOf(r)
	if err != nil {
		return err
	}
	kind, ref := complaint.LetterKind(typed.Get("kind")), int(number(typed.Get("ref")))
	after, err := m.app.IssueLetter(r.Context(), web.Actor(r), id, version(typed), kind, ref)
	if err != nil {
		view, broken := m.letterView(r, kind, ref, err)
		if broken != nil {
			return err
		}
		return web.Again("case/letter", view, err)
	}
	m.site.Flash(w, "good", "case.done", "Name", m.talk(r).label("letter", string(kind)))
	next := path(id, "/do/give-notice?n="+itoa(len(after.Letters)))
	if kind == complaint.RegulatorResponse {
		next = path(id, "/do/answer-reference?n="+itoa(ref))
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}
