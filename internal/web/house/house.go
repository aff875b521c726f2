// Package house holds the pages that look after the house: units and people,
// settings and rules, what the auditor sees, and a person's own account.
package house

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

type house struct {
	site *web.Site
	a    *app.App
}

// Routes returns the routes of the house.
func Routes(site *web.Site, a *app.App) []web.Route {
	h := &house{site: site, a: a}
	var out []web.Route
	add := func(need access.Action, method, path string, handler func(http.ResponseWriter, *http.Request) error) {
		out = append(out, web.Route{Method: method, Path: path, Need: need, Handler: handler})
	}
	out = append(out, web.Route{Method: "GET", Path: "/people", Need: access.ReadParty, Handler: h.people, Words: []string{"q"}})
	add(access.ManageParty, "GET", "/people/unit/new", h.newUnit)
	add(access.ManageParty, "POST", "/people/unit/new", h.openUnit)
	add(access.ManageParty, "GET", "/people/unit/{id}", h.unit)
	add(access.ManageParty, "POST", "/people/unit/{id}", h.changeUnit)
	add(access.ManageParty, "GET", "/people/person/new", h.newPerson)
	add(access.ManageParty, "POST", "/people/person/new", h.hire)
	add(access.ReadParty, "GET", "/people/person/{id}", h.person)
	add(access.ManageParty, "POST", "/people/person/{id}", h.changePerson)
	add(access.ManageParty, "GET", "/people/person/{id}/signs", h.personSigns)
	add(access.ManageParty, "POST", "/people/person/{id}/state", h.switchPerson)
	add(access.ManageParty, "POST", "/people/person/{id}/password", h.resetPassword)
	add(access.ManageParty, "POST", "/people/person/{id}/authenticator", h.resetTOTP)

	out = append(out, web.Route{Method: "GET", Path: "/settings", Need: access.ReadSettings, Handler: h.settings, Words: []string{"q"}})
	add(access.ManageSettings, "GET", "/settings/value/{id}", h.setting)
	add(access.ManageSettings, "POST", "/settings/value/{id}", h.setSetting)
	add(access.ReadSettings, "GET", "/settings/calendar", h.calendar)
	add(access.ManageSettings, "POST", "/settings/calendar/preview", h.previewNotice)
	add(access.ManageSettings, "POST", "/settings/calendar", h.importNotice)
	add(access.ReadSettings, "GET", "/settings/rules", h.rules)
	out = append(out, web.Route{Method: "GET", Path: "/settings/duties", Need: access.ReadSettings, Handler: h.duties, Words: []string{"q"}})
	add(access.ReadSettings, "GET", "/settings/assist", h.assist)
	add(access.ManageSettings, "POST", "/settings/assist/probe", h.probeAssist)
	add(access.ReadSettings, "GET", "/settings/backups", h.backups)
	add(access.ManageSettings, "POST", "/settings/backups", h.startBackup)
	add(access.ReadExaminations, "GET", "/people/examinations", h.examinations)
	add(access.ManageParty, "POST", "/people/examinations", h.openExamination)
	add(access.ManageParty, "POST", "/people/examinations/{examination}/end", h.endExamination)
	add(access.ReadSample, "GET", "/sample", h.sample)
	add(access.ReadSettings, "GET", "/settings/checkpoints", h.checkpoints)
	add(access.ManageSettings, "POST", "/settings/checkpoints", h.exportCheckpoint)
	add(access.ReadSettings, "GET", "/settings/mail", h.mail)
	add(access.ManageSettings, "POST", "/settings/mail/test", h.testMail)
	add(access.ManageSettings, "POST", "/settings/mail/again", h.mailAgain)
	add(access.ReadSettings, "GET", "/settings/hooks", h.hooks)
	add(access.ManageSettings, "POST", "/settings/hooks", h.addHook)
	add(access.ReadSettings, "GET", "/settings/hooks/{n}", h.hook)
	for path, handler := range map[string]func(http.ResponseWriter, *http.Request) error{"": h.setHook, "/stop": h.stopHook, "/test": h.testHook, "/again": h.hookAgain, "/rotate": h.rotateHook, "/remove": h.removeHook} {
		add(access.ManageSettings, "POST", "/settings/hooks/{n}"+path, handler)
	}
	add(access.ManageTokens, "GET", "/settings/tokens", h.tokens)
	add(access.ManageTokens, "POST", "/settings/tokens", h.createToken)
	add(web.Signed, "POST", "/settings/tokens/{id}/revoke", h.revokeToken)

	add(access.ReadChanges, "GET", "/changes", h.changes)
	add(access.ReadChanges, "GET", "/changes/{n}", h.change)
	add(access.ReadChanges, "POST", "/changes/{n}/confirm", h.confirmChange)
	add(access.ReadChanges, "POST", "/changes/{n}/decline", h.declineChange)
	add(access.ReadChanges, "POST", "/changes/{n}/withdraw", h.withdrawChange)

	out = append(out, web.Route{Method: "GET", Path: "/audit", Need: access.ReadAudit, Handler: h.readings, Words: []string{"number", "subject"}})
	out = append(out, web.Route{Method: "POST", Path: "/audit/export", Need: access.ReadAudit, Fresh: true, Handler: h.exportReadings})
	add(access.ReadAudit, "GET", "/audit/signs", h.signs)

	add(web.Signed, "GET", "/me", h.me)
	add(web.Signed, "POST", "/me/mail", h.setMailWish)
	add(web.Signed, "POST", "/me/sessions", h.endSession)
	add(web.Signed, "POST", "/me/codes", h.renewCodes)
	for path, handler := range map[string]func(http.ResponseWriter, *http.Request) error{"/me/keys/options": h.newPasskey, "/me/keys": h.addPasskey, "/me/keys/remove": h.removePasskey} {
		out = append(out, web.Route{Method: "POST", Path: path, Need: web.Signed, Fresh: true, Handler: handler})
	}
	add(web.Signed, "POST", "/me/authenticator/off", h.removeTOTP)
	return out
}

func client(r *http.Request) app.Client {
	return app.Client{IP: web.ClientIP(r), Agent: r.UserAgent()}
}

// to redirects after a change.
func to(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// options turns values into choices whose label is prefix and value.
func options[T ~string](prefix string, values []T) []web.Option {
	out := make([]web.Option, len(values))
	for i, v := range values {
		out[i] = web.Option{Value: string(v), Label: prefix + string(v)}
	}
	return out
}

// known refuses a person or unit that is not there.
func known(ok bool, text string) error {
	if ok {
		return nil
	}
	return fault.New(fault.NotFound, "%s", text)
}
