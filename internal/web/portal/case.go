package portal

import (
	"io"
	"net/http"
	"net/url"
	"strconv"

	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

type caseView struct {
	Page   app.PortalPage
	State  string // message id
	Events []web.Item
	Facts  *web.Form
	Rating *web.Form
	Stars  []web.Option
}

// page reads the case and renews the session, which ends minutes after the last act.
func (p *portal) page(w http.ResponseWriter, r *http.Request) (caseView, error) {
	page, next, err := p.app.PortalCase(r.Context(), token(r))
	if err != nil {
		return caseView{}, err
	}
	p.keep(w, next)
	v := caseView{Page: page, State: "portal.state." + string(page.State), Facts: web.NewForm(), Rating: web.NewForm()}
	if page.Ending != "" && page.Ending != "decision" {
		v.State = "portal.ending." + string(page.Ending)
	}
	for _, e := range page.Events {
		at, err := web.DateTime(e.At)
		if err != nil {
			return v, err
		}
		v.Events = append(v.Events, web.Item{Icon: icons[e.Kind], At: at, Label: "portal.event." + e.Kind, Say: e.Text, Key: e.Kind == "told" || e.Kind == "registered"})
	}
	for n := 5; n >= 1; n-- {
		v.Stars = append(v.Stars, web.Option{Value: strconv.Itoa(n), Label: "portal.star." + strconv.Itoa(n)})
	}
	return v, nil
}

var icons = map[string]string{"registered": "inbox", "accepted": "user-check", "contacted": "phone", "tried": "phone", "facts": "message", "file": "paperclip",
	"extended": "calendar-event", "paused": "player-pause", "resumed": "clock", "told": "mail", "withdrew": "arrow-back-up", "answered": "mail", "reexam": "scale",
	"reopened": "rotate", "followed": "star", "closed": "circle-check"}

// out leads to the start when the session is over; other errors stay errors.
func (p *portal) out(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.Forbidden) {
		return err
	}
	p.keep(w, "")
	p.site.Flash(w, "warn", "portal.over")
	http.Redirect(w, r, "/portal", http.StatusSeeOther)
	return nil
}

func (p *portal) casePage(w http.ResponseWriter, r *http.Request) error {
	v, err := p.page(w, r)
	if err != nil {
		return p.out(w, r, err)
	}
	return p.site.Render(w, r, "portal/case", v)
}

// facts takes further words and files.
func (p *portal) facts(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	files := chosen(r)
	if form.Get("text") != "" || len(files) == 0 {
		if _, err = p.app.PortalFacts(r.Context(), token(r), form.Get("text")); err != nil {
			return p.again(w, r, err, func(v *caseView) { v.Facts = form.Refuse(p.said(r, err)) })
		}
	}
	if refused := p.attach(r, token(r), files); len(refused) > 0 {
		form.Values.Del("text")
		var f fault.Fields
		for _, text := range refused {
			f.Add("files", "%s", text)
		}
		err := f.Err()
		return p.again(w, r, err, func(v *caseView) { v.Facts = form.Refuse(err) })
	}
	return p.back(w, r, "portal.thanks_facts")
}

// again shows the case with a refused form; a session that is over leads out.
func (p *portal) again(w http.ResponseWriter, r *http.Request, err error, set func(*caseView)) error {
	v, over := p.page(w, r)
	if over != nil {
		return p.out(w, r, over)
	}
	set(&v)
	return web.Again("portal/case", v, err)
}

func (p *portal) back(w http.ResponseWriter, r *http.Request, key string) error {
	p.site.Flash(w, "good", key)
	http.Redirect(w, r, "/portal/case", http.StatusSeeOther)
	return nil
}

// withdrawPage asks once more.
func (p *portal) withdrawPage(w http.ResponseWriter, r *http.Request) error {
	v, err := p.page(w, r)
	if err != nil {
		return p.out(w, r, err)
	}
	return p.site.Render(w, r, "portal/withdraw", v)
}

func (p *portal) withdraw(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if form.Get("sure") != "yes" {
		v, over := p.page(w, r)
		if over != nil {
			return p.out(w, r, over)
		}
		var f fault.Fields
		f.Add("sure", "%s", p.site.Texts().Text(web.LangOf(r), "portal.sure_missing"))
		v.Facts = form.Refuse(f.Err())
		return web.Again("portal/withdraw", v, f.Err())
	}
	if _, err := p.app.PortalWithdraw(r.Context(), token(r), form.Get("why")); err != nil {
		return p.again(w, r, err, func(v *caseView) { v.Facts = v.Facts.Refuse(err) })
	}
	return p.back(w, r, "portal.withdrawn")
}

func (p *portal) rate(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(form.Get("satisfaction")) // 0 is refused with its sentence
	if _, err := p.app.PortalRate(r.Context(), token(r), n, form.Get("comment")); err != nil {
		return p.again(w, r, err, func(v *caseView) { v.Rating = form.Refuse(err) })
	}
	return p.back(w, r, "portal.thanks_rating")
}

func (p *portal) letter(w http.ResponseWriter, r *http.Request) error {
	f, err := p.app.PortalOpenLetter(r.Context(), token(r), letterNumber(r))
	if err != nil {
		return p.out(w, r, err)
	}
	defer f.Close()
	b, err := io.ReadAll(f) // a letter is small; an altered one fails before anything is sent
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", f.Content)
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(f.Name))
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(b)
	return err
}
