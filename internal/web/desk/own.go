package desk

import (
	"net/http"
	"strconv"

	"xiaobao/internal/web"
)

// ownField asks for the code of one facet of the institution's own tree. The codes
// of the code book follow from it.
type ownField struct {
	web.Input
	FacetName, Facet string // the hidden field that names the facet, and its value
}

// ownFields are the fields of the own tree in force today.
func (d *desk) ownFields(r *http.Request, f *web.Form) ([]ownField, error) {
	tree, has, err := d.app.OwnTree(r.Context(), d.app.Today())
	if err != nil || !has {
		return nil, err
	}
	english := web.LangOf(r) == web.English
	out := make([]ownField, len(tree.Facets))
	for i, facet := range tree.Facets {
		row := "own[" + strconv.Itoa(i) + "]"
		in := web.Input{Form: f, Name: row + ".code", Title: facet.Name, Kind: "text", Suggest: "own-" + facet.ID}
		if english && facet.NameEn != "" {
			in.Title = facet.NameEn
		}
		for _, c := range facet.Leaves() {
			in.Choices = append(in.Choices, web.Option{Text: facet.Label(c.ID, english)})
		}
		out[i] = ownField{in, row + ".facet", facet.ID}
	}
	return out, nil
}
