package check

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaobao/internal/text"
)

// figures holds the named figures of the material against each other, against
// the form and against other materials of the product.
func (c *run) figures() {
	all := c.figuresIn()
	groups, order := grouped(all)
	for _, key := range order {
		c.agree(groups[key])
	}
	c.formRate(all)
	for i, o := range c.Others {
		if i < int(c.Limits["others"]) {
			c.other(o, groups, order)
		}
	}
}

// grouped collects the different figures under one name and one bearer; tiers
// are left out, for they differ by nature.
func grouped(all []figure) (groups map[string][]figure, order []string) {
	groups = map[string][]figure{}
	for _, f := range all {
		if f.tier {
			continue
		}
		list := groups[f.key()]
		known := false
		for _, g := range list {
			known = known || g.equal(f)
		}
		if known {
			continue
		}
		if list == nil {
			order = append(order, f.key())
		}
		groups[f.key()] = append(list, f)
	}
	return groups, order
}

// agree finds a second value under one name. More values than a slip would
// leave are tiers that the text tells apart in another way.
func (c *run) agree(list []figure) {
	if len(list) < 2 || len(list) > int(c.Limits["tiers"]) {
		return
	}
	for _, f := range list[1:] {
		c.add("numbers-differ", f.span, "label", f.name, "first", list[0].said(c.Text), "second", f.said(c.Text))
	}
}

// other holds single figures against those of another material.
func (c *run) other(o Other, groups map[string][]figure, order []string) {
	if !utf8.ValidString(o.Text) {
		return
	}
	there := &run{Material: Material{Text: o.Text}, lexicon: c.lexicon}
	there.locate()
	theirs, _ := grouped(there.figuresIn())
	title, number := "材料", ""
	if o.Title != "" {
		title = "《" + o.Title + "》"
	}
	if o.Number != "" {
		number = "（" + o.Number + "）"
	}
	for _, key := range order {
		mine, its := groups[key], theirs[key]
		if len(mine) != 1 || len(its) != 1 || mine[0].equal(its[0]) {
			continue
		}
		c.add("other-differs", mine[0].span, "label", mine[0].name, "second", mine[0].said(c.Text), "first", its[0].said(o.Text), "title", title, "number", number)
	}
}

// formRate holds the rates of the text against the rate of the form.
func (c *run) formRate(all []figure) {
	form := strings.TrimSuffix(strings.TrimSpace(c.Form["rate"]), "%")
	want := text.Numbers(form)
	if len(want) != 1 {
		return
	}
	var first *figure
	for i, f := range all {
		if f.label != "rate" {
			continue
		}
		if f.holds(want[0].Value) {
			return
		}
		if first == nil {
			first = &all[i]
		}
	}
	if first != nil {
		c.add("form-differs", first.span, "field", "年化利率或费率", "form", strings.TrimSuffix(want[0].In(form), "%")+"%", "text", first.said(c.Text))
	}
}

// formFee reports a new fee of the form that the text does not name.
func (c *run) formFee() {
	for _, want := range text.Numbers(c.Form["new_fee"]) {
		if want.Unit != "元" && want.Unit != "%" && want.Unit != "‰" {
			continue
		}
		var seen []string
		found := false
		for _, n := range c.numbers {
			found = found || n.Unit == want.Unit && n.Value.Cmp(want.Value) == 0
			if n.Unit == want.Unit && len(seen) < 3 {
				seen = append(seen, n.In(c.Text))
			}
		}
		if !found && len(seen) > 0 {
			c.add("form-differs", text.Span{}, "field", "新收费标准", "form", want.In(c.Form["new_fee"]), "text", strings.Join(seen, "、")+" 等 "+strconv.Itoa(len(seen))+" 个数")
		}
	}
}
