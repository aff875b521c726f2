package reviews

import (
	"net/http"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// Act is one thing that can be done to the review, or the reason why not now.
type Act struct {
	Verb, Name string
	Link       string // of its form, or the place on the page where it stands
	Post       string // of a command without a form
	Why        string // data: why it cannot be done now; "" when it can
	Sheet      bool   // the form opens beside the page
	Danger     bool
}

// ActGroup is acts under one heading.
type ActGroup struct {
	Label string
	Acts  []Act
}

// refused returns why a command cannot be done now, nil when it can. Input that
// is missing is no reason: the form will ask for it.
func (m *room) refused(s spec, p app.ReviewPage) error {
	cmd := s.command()
	if d := p.May[cmd.Action()]; !d.Allow {
		return &fault.Error{Kind: d.Kind, Key: "reviews.not_yours", Text: "您的角色或机构不能这样办理这件审查"}
	}
	if _, err := cmd.Decide(p.Review, p.Env); err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	if s.ready != nil {
		return s.ready(p.Review)
	}
	return nil
}

// why is refused as a sentence, "" when it can be done.
func (m *room) why(r *http.Request, s spec, p app.ReviewPage) string {
	if err := m.refused(s, p); err != nil {
		return m.site.Sentence(web.LangOf(r), err)
	}
	return ""
}

// can reports whether a command can be done now.
func (m *room) can(p app.ReviewPage, verb string) bool {
	s, ok := specOf(verb)
	return ok && m.refused(s, p) == nil
}

func (m *room) act(r *http.Request, s spec, p app.ReviewPage) Act {
	a := Act{Verb: s.verb, Name: m.talk(r).t("reviews.verb." + s.verb), Link: "#" + s.at, Danger: s.danger, Why: m.why(r, s, p)}
	if s.fields != nil {
		a.Link, a.Sheet = path(p.Review.ID, "/do/"+s.verb), s.verb != "edit"
	}
	if s.plain {
		a.Post = path(p.Review.ID, "/"+s.verb)
	}
	return a
}

// acts puts what may be done under headings, with what cannot be done apart.
func (m *room) acts(r *http.Request, p app.ReviewPage) (may []ActGroup, not []Act) {
	for _, g := range groups {
		group := ActGroup{Label: "reviews.acts." + g}
		for _, s := range specs {
			if s.group != g {
				continue
			}
			if a := m.act(r, s, p); a.Why != "" {
				not = append(not, a)
			} else {
				group.Acts = append(group.Acts, a)
			}
		}
		if len(group.Acts) > 0 {
			may = append(may, group)
		}
	}
	return may, not
}
