package desk

import (
	"net/http"
	"slices"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// maxBulk bounds how many cases go to somebody at once.
const maxBulk = 200

type assignView struct {
	Back   string
	Form   *web.Form
	Rows   []assignRow
	Owners []web.Option
	Units  []string
	Tried  bool // the rows say what would happen
	Done   bool // the rows say what happened
	Taken  int  // how many would be, or were, taken
	To     string
}

type assignRow struct {
	rowView
	Refused string // data: why it is not taken
	Result  string // what became of it
}

// assign gives several cases to a person or a unit: first the rows and the
// choice of whom, then what would happen to each, then what happened.
func (d *desk) assign(w http.ResponseWriter, r *http.Request) error {
	f, err := web.FormOf(r)
	if err != nil {
		return err
	}
	ids, err := chosenIDs(f)
	if err != nil {
		return err
	}
	back := web.LocalPath(f.Get("back"))
	if len(ids) == 0 {
		d.site.Flash(w, "warn", "desk.assign.none")
		http.Redirect(w, r, back, http.StatusSeeOther)
		return nil
	}
	org, err := d.app.Org(r.Context())
	if err != nil {
		return err
	}
	who := web.Actor(r)
	v := assignView{Back: back, Form: f, Owners: handlerOptions(org, who), Units: unitOptions(org, "")}
	cmd, err := assignment(org, f)
	if err != nil {
		f.Refuse(err)
	}
	switch {
	case err != nil || f.Get("do") == "":
		err = d.tryAssign(r, &v, ids, nil)
	case f.Get("do") == "assign":
		err = d.doAssign(r, &v, ids, cmd)
	default:
		err = d.tryAssign(r, &v, ids, cmd)
	}
	if err != nil {
		return err
	}
	if f.Fault != nil {
		return web.Again("desk/assign", v, f.Fault)
	}
	return d.site.Render(w, r, "desk/assign", v)
}

func chosenIDs(f *web.Form) ([]complaint.ID, error) {
	var ids []complaint.ID
	for _, s := range f.Values["id"] {
		id, err := parseID(s)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) > maxBulk {
		return nil, fault.New(fault.TooLarge, "一次最多分派 %d 件，请分几次", maxBulk)
	}
	return ids, nil
}

// assignment reads to whom the cases go. Before anything was chosen there is
// nothing to refuse.
func assignment(org *app.Org, f *web.Form) (complaint.Assign, error) {
	cmd := complaint.Assign{Person: party.PersonID(f.Get("person")), Why: f.Get("why")}
	if f.Get("do") == "" {
		return cmd, nil
	}
	var wrong fault.Fields
	unit, ok := unitNamed(org, f.Get("unit"))
	wrong.Need(ok, "unit", "没有名为“%s”的机构，请从列表中选择", f.Get("unit"))
	wrong.Need(cmd.Person != "" || f.Get("unit") != "", "person", "请选择接收人员或机构")
	if cmd.Person == "" {
		cmd.Unit = unit
	}
	return cmd, wrong.Err()
}

// tryAssign lists the rows and, given a command, says what would happen to each.
func (d *desk) tryAssign(r *http.Request, v *assignView, ids []complaint.ID, cmd complaint.Command) error {
	trials, org, err := d.app.Try(r.Context(), web.Actor(r), ids, cmd)
	if err != nil {
		return err
	}
	l := lister{words: d.words(r), org: org, today: d.app.Today(), soon: d.app.SoonDays()}
	v.Tried = cmd != nil
	v.Rows = nil
	v.To = receiver(org, cmd)
	for _, t := range trials {
		row := assignRow{rowView: l.row(t.Row)}
		switch {
		case t.Refused != nil:
			row.Refused = reason(t.Refused)
		case cmd != nil:
			v.Taken++
			row.Result = l.text("desk.assign.will", "Name", v.To)
		}
		v.Rows = append(v.Rows, row)
	}
	return nil
}

// doAssign assigns and says what became of each row.
func (d *desk) doAssign(r *http.Request, v *assignView, ids []complaint.ID, cmd complaint.Assign) error {
	if err := d.tryAssign(r, v, ids, nil); err != nil { // what the reader may see
		return err
	}
	seen := make([]complaint.ID, 0, len(v.Rows))
	for _, row := range v.Rows {
		id, _ := parseID(row.ID) // written by us
		seen = append(seen, id)
	}
	refused := d.app.Bulk(r.Context(), web.Actor(r), seen, cmd)
	if err := d.tryAssign(r, v, seen, nil); err != nil { // as they are now
		return err
	}
	l := lister{words: d.words(r)}
	for i := range v.Rows {
		row := &v.Rows[i]
		id, _ := parseID(row.ID)
		switch no := refused[id]; {
		case no != nil:
			row.Refused = reason(no)
		case row.Offered != "":
			row.Result = l.text("desk.assign.offered", "Name", row.Offered)
		default:
			row.Result = l.text("desk.assign.owns", "Name", row.Owner)
		}
		if row.Refused == "" {
			v.Taken++
		}
	}
	v.Done = true
	return nil
}

func receiver(org *app.Org, cmd complaint.Command) string {
	to, ok := cmd.(complaint.Assign)
	if !ok {
		return ""
	}
	if to.Person != "" {
		return org.Name("person/" + string(to.Person))
	}
	return org.Tree.Name(to.Unit)
}

// reason is the sentence of a refusal; of several wrong fields the first says it.
func reason(err error) string { return fault.Message(err) }
