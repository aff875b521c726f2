package house

import (
	"net/http"

	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

type unitView struct {
	New    bool
	Unit   party.Unit
	Parent string
	Form   *web.Form
	Units  []web.Option
	Levels []web.Option
	Here   string
}

func (h *house) unitView(r *http.Request, u party.Unit) (unitView, error) {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return unitView{}, err
	}
	v := unitView{New: u.ID == "", Unit: u, Parent: org.Tree.Name(u.Parent), Units: unitOptions(org), Here: "/people/unit/new",
		Levels: options("house.level.", party.Levels)}
	if !v.New {
		v.Here = "/people/unit/" + string(u.ID)
	}
	v.Form = web.NewForm("id", string(u.ID), "name", u.Name, "parent", string(u.Parent), "level", string(u.Level), "region", u.Region, "address", u.Address, "phone", u.Phone)
	if u.Closed {
		v.Form.Values.Set("closed", "yes")
	}
	return v, nil
}

func (h *house) newUnit(w http.ResponseWriter, r *http.Request) error {
	v, err := h.unitView(r, party.Unit{Parent: party.UnitID(r.URL.Query().Get("parent")), Level: party.SubBranch})
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/unit", v)
}

func (h *house) oneUnit(r *http.Request) (party.Unit, error) {
	org, err := h.a.Org(r.Context())
	if err != nil {
		return party.Unit{}, err
	}
	u, ok := org.Tree.Unit(party.UnitID(r.PathValue("id")))
	return u, known(ok, "没有这个机构，可能代码写错了。")
}

func (h *house) unit(w http.ResponseWriter, r *http.Request) error {
	u, err := h.oneUnit(r)
	if err != nil {
		return err
	}
	v, err := h.unitView(r, u)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/unit", v)
}

func (h *house) openUnit(w http.ResponseWriter, r *http.Request) error {
	return h.saveUnit(w, r, party.Unit{})
}

func (h *house) changeUnit(w http.ResponseWriter, r *http.Request) error {
	u, err := h.oneUnit(r)
	if err != nil {
		return err
	}
	return h.saveUnit(w, r, u)
}

// saveUnit opens a unit, or changes one; its code and its superior stay.
func (h *house) saveUnit(w http.ResponseWriter, r *http.Request, old party.Unit) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	u := old
	if old.ID == "" {
		u.ID, u.Parent = party.UnitID(form.Get("id")), party.UnitID(form.Get("parent"))
	}
	u.Name, u.Level, u.Region, u.Address, u.Phone = form.Get("name"), party.Level(form.Get("level")), form.Get("region"), form.Get("address"), form.Get("phone")
	u.Closed = form.Has("closed", "yes")
	err = h.fresh(r, old, u)
	if err == nil {
		err = h.a.SetUnit(r.Context(), web.Actor(r), u, form.Get("reason"))
	}
	if err != nil {
		v, broken := h.unitView(r, old)
		if broken != nil {
			return broken
		}
		v.Form = form.Refuse(err)
		return web.Again("house/unit", v, err)
	}
	h.site.Flash(w, "good", "house.saved")
	return to(w, r, web.Link("/people", "unit", string(u.ID)))
}

// fresh refuses to open a unit under a code that another has: it would change
// that one.
func (h *house) fresh(r *http.Request, old, u party.Unit) error {
	org, err := h.a.Org(r.Context())
	if err != nil || old.ID != "" {
		return err
	}
	taken, ok := org.Tree.Unit(u.ID)
	var f fault.Fields
	f.Need(!ok, "id", "机构代码 %s 已用于%s，请换一个", u.ID, taken.Name)
	f.Need(u.Parent != "", "parent", "请选择上级机构")
	return f.Err()
}
