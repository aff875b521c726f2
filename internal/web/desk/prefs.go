package desk

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// Choices of the reader live in cookies of the browser: which columns a list
// shows, and filters under a name. Neither holds personal data of a consumer.
const (
	cookieColumns = "xb_columns"
	cookieViews   = "xb_views_" // and the person's id: browsers of a branch are shared
	yearSeconds   = 365 * 24 * 3600
	maxViews      = 12
)

// optionalColumns are the columns that may be shown, in their order.
var optionalColumns = []string{"product", "reason", "channel", "step", "owner", "unit", "age", "amount"}

var (
	usualColumns = []string{"product", "channel", "step", "owner", "age"}
	ownColumns   = []string{"product", "channel", "step", "age"}
)

// shownColumns are those of the reader's choice, else the usual ones: in a list
// of one's own cases the owner says nothing.
func shownColumns(r *http.Request, own bool) []string {
	c, err := r.Cookie(cookieColumns)
	switch {
	case err != nil && own:
		return ownColumns
	case err != nil:
		return usualColumns
	}
	return slices.DeleteFunc(strings.Split(c.Value, "-"), func(s string) bool { return !slices.Contains(optionalColumns, s) })
}

// columns takes the choice of columns.
func (d *desk) columns(w http.ResponseWriter, r *http.Request) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(slices.Clone(optionalColumns), func(s string) bool { return !f.Has("column", s) })
	setCookie(w, r, cookieColumns, strings.Join(append(chosen, "end"), "-"))
	http.Redirect(w, r, web.LocalPath(f.Get("back")), http.StatusSeeOther)
	return nil
}

// view is a filter under a name.
type view struct {
	Name string `json:"n"`
	Path string `json:"p"`
	Q    string `json:"q"`
}

// Link returns the address of the filter.
func (v view) Link() string {
	if v.Q == "" {
		return v.Path
	}
	return v.Path + "?" + v.Q
}

func savedViews(r *http.Request, who party.Actor) []view {
	c, err := r.Cookie(cookieName(who))
	if err != nil {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	var out []view
	if err != nil || json.Unmarshal(b, &out) != nil || len(out) > maxViews {
		return nil
	}
	return slices.DeleteFunc(out, func(v view) bool { return !listPath(v.Path) || v.Name == "" })
}

func listPath(p string) bool { return p == "/desk" || p == "/complaints" }

// cookieName keeps only what a cookie's name may hold.
func cookieName(who party.Actor) string {
	return cookieViews + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, string(who.Person()))
}

// views puts the filter of the list under a name, or takes a name away.
func (d *desk) views(w http.ResponseWriter, r *http.Request) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	who, name, back := web.Actor(r), f.Get("name"), web.LocalPath(f.Get("back"))
	all := slices.DeleteFunc(savedViews(r, who), func(v view) bool { return v.Name == name })
	at, err := url.Parse(back)
	switch {
	case err != nil || !listPath(at.Path):
		return fault.New(fault.Invalid, "只能保存投诉列表的筛选")
	case name == "" || len([]rune(name)) > 20:
		return fault.New(fault.Invalid, "请给筛选起一个名字，最多 20 个字")
	case f.Get("do") == "remove":
		d.site.Flash(w, "info", "desk.view.removed")
	case len(all) >= maxViews:
		return fault.New(fault.Conflict, "最多保存 %d 个筛选，请先删除不用的", maxViews)
	default:
		all = append(all, view{Name: name, Path: at.Path, Q: at.RawQuery})
		d.site.Flash(w, "good", "desk.view.saved")
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if len(b) > 2800 {
		return fault.New(fault.TooLarge, "保存的筛选太多，浏览器放不下，请先删除不用的")
	}
	setCookie(w, r, cookieName(who), base64.RawURLEncoding.EncodeToString(b))
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: yearSeconds, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
}
