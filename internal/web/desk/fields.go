package desk

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// How many lines the form has at least, and how many it takes at once.
const (
	fewPoints      = 2
	fewRespondents = 1
	morePoints     = 3
	maxLines       = 50
)

// typed is what a clerk typed into the registration: the form to show again and
// the command it makes.
type typed struct {
	form *web.Form
	cmd  complaint.Register
	err  error // what could not be read
}

// lookups are the fields in which names are typed: units and people by name.
const (
	typedUnit  = ".typed_unit"
	typedStaff = ".typed_name"
)

// readRegister reads the form. Names of units, staff and products become ids;
// the form keeps what was typed.
func readRegister(f *web.Form, org *app.Org) typed {
	values := url.Values{}
	for name, v := range f.Values {
		values[name] = slices.Clone(v)
	}
	var wrong fault.Fields
	book := complaint.Book()
	values.Set("codes.product", codeNamed(book.Products, values.Get("codes.product")))
	unit, ok := unitNamed(org, values.Get("unit"))
	wrong.Need(ok, "unit", "没有名为“%s”的机构，请从列表中选择", values.Get("unit"))
	values.Set("unit", string(unit))
	for i := range maxLines {
		resolveRespondent(values, "respondents["+strconv.Itoa(i)+"]", org)
	}
	t := typed{form: &web.Form{Values: url.Values{}}}
	err := web.Decode(values, &t.cmd)
	t.cmd.SplitFrom, t.cmd.ImportKey = 0, "" // not the clerk's to say
	for name, v := range values {
		t.form.Values[name] = v
	}
	for i := range t.cmd.Respondents { // rows may have moved: what was typed moved with them
		row := "respondents[" + strconv.Itoa(i) + "]"
		_, ok := unitNamed(org, values.Get(row+typedUnit))
		wrong.Need(ok, row+".unit", "没有名为“%s”的机构，请从列表中选择", values.Get(row+typedUnit))
		t.form.Values.Set(row+".unit", values.Get(row+typedUnit))
		t.form.Values.Set(row+".name", values.Get(row+typedStaff))
	}
	for _, name := range []string{"unit", "codes.product"} {
		t.form.Values.Set(name, f.Get(name))
	}
	t.err = join(wrong, err)
	return t
}

// resolveRespondent puts ids beside what was typed about a unit and a member of
// staff; a person nobody knows stays the name that the consumer said.
func resolveRespondent(values url.Values, row string, org *app.Org) {
	unit, name := strings.TrimSpace(values.Get(row+".unit")), strings.TrimSpace(values.Get(row+".name"))
	if unit == "" && name == "" {
		return
	}
	values.Set(row+typedUnit, unit)
	values.Set(row+typedStaff, name)
	id, _ := unitNamed(org, unit)
	values.Set(row+".unit", string(id))
	if person, ok := personNamed(org, name); ok && person != "" {
		values.Set(row+".person", string(person))
		values.Set(row+".name", "")
	}
}

// join puts violations together into one fault.
func join(wrong fault.Fields, err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && len(e.Violations) > 0:
		wrong = append(wrong, e.Violations...)
	case err != nil:
		return err
	}
	return wrong.Err()
}

// respondents named by id are shown in the field of the name.
func rename(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	out := *e
	out.Violations = slices.Clone(e.Violations)
	for i, v := range out.Violations {
		if strings.HasPrefix(v.Field, "respondents[") {
			out.Violations[i].Field = strings.TrimSuffix(v.Field, ".person")
			if out.Violations[i].Field != v.Field {
				out.Violations[i].Field += ".name"
			}
		}
	}
	return &out
}

// lines returns the names of the rows of a repeated field: those filled, and at
// least some empty ones.
func lines(f *web.Form, name string, least, more int) []string {
	filled := 0
	for i := range maxLines {
		if f.Values.Has(name + "[" + strconv.Itoa(i) + "]") {
			filled = i + 1
		}
	}
	n := min(max(least, filled+more), maxLines)
	out := make([]string, n)
	for i := range out {
		out[i] = name + "[" + strconv.Itoa(i) + "]"
	}
	return out
}
