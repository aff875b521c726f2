package review

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

//go:embed data/kinds.toml
var kindsTOML string

// UrgentClock is the limit of the urgent track.
const UrgentClock = "review.urgent"

// Kind is a type of material with its form, its stages and its limit (S3.1:
// each with its own standard). All of it is data (data/kinds.toml).
type Kind struct {
	ID     string   `toml:"id"` // such as marketing.sms; rules apply to it by prefix
	Name   string   `toml:"name"`
	NameEn string   `toml:"name_en"`
	Help   string   `toml:"help"`
	HelpEn string   `toml:"help_en"`
	Group  string   `toml:"group"` // product, contract, marketing, rule, fee, partner
	Clock  string   `toml:"clock"` // id of the limit in the house's rules
	Head   bool     `toml:"head"`  // head office reviews what a branch submits
	Packs  []string `toml:"packs"` // rule packs that read it
	Fields []Need   `toml:"field"`
}

// Need is one field of a kind's form, by the id of its definition.
type Need struct {
	ID       string `toml:"id"`
	Required bool   `toml:"required"`
}

// Field is a question of a form.
type Field struct {
	ID      string   `toml:"id"`
	Name    string   `toml:"name"`
	NameEn  string   `toml:"name_en"`
	Help    string   `toml:"help"`
	HelpEn  string   `toml:"help_en"`
	Type    string   `toml:"type"` // text, long, date, percent, yes, channels, choice
	Options []Option `toml:"option"`

	Required bool `toml:"-"` // by the kind
}

// Option is one value of a choice.
type Option struct {
	ID     string `toml:"id"`
	Name   string `toml:"name"`
	NameEn string `toml:"name_en"`
}

// Item is one line of the checklist.
type Item struct {
	ID       string   `toml:"id"`
	Name     string   `toml:"name"`
	NameEn   string   `toml:"name_en"`
	Help     string   `toml:"help"`
	HelpEn   string   `toml:"help_en"`
	Cite     []string `toml:"cite"`   // "instrument/article"
	Source   string   `toml:"source"` // row, where no article says it
	Grade    string   `toml:"grade"`
	Kinds    []string `toml:"kinds"` // prefixes of kinds
	Required bool     `toml:"required"`
}

type kindFile struct {
	Kinds  []Kind  `toml:"kind"`
	Fields []Field `toml:"field"`
	Items  []Item  `toml:"item"`
}

var kindData = sync.OnceValue(func() kindFile {
	var f kindFile
	if _, err := toml.Decode(kindsTOML, &f); err != nil {
		panic("kinds.toml: " + err.Error()) // embedded data; the package test decodes it
	}
	return f
})

// MaterialKinds lists the kinds of material in the order of the form.
func MaterialKinds() []Kind { return kindData().Kinds }

// KindOf returns a kind by id.
func KindOf(id string) (Kind, bool) {
	for _, k := range kindData().Kinds {
		if k.ID == id {
			return k, true
		}
	}
	return Kind{}, false
}

// In returns the kind's name in a language.
func (k Kind) In(lang string) string { return Name{k.Name, k.NameEn}.In(lang) }

// Form returns the fields of the kind in order.
func (k Kind) Form() []Field {
	var out []Field
	for _, n := range k.Fields {
		for _, f := range kindData().Fields {
			if f.ID == n.ID {
				f.Required = n.Required
				out = append(out, f)
			}
		}
	}
	return out
}

// Items returns the checklist of the kind.
func (k Kind) Items() []Item {
	return slices.DeleteFunc(slices.Clone(kindData().Items), func(i Item) bool {
		return !slices.ContainsFunc(i.Kinds, func(prefix string) bool { return k.ID == prefix || strings.HasPrefix(k.ID, prefix+".") })
	})
}

// checkForm checks the answers of a form; whole asks for the required ones too.
func (k Kind) checkForm(f *fault.Fields, form map[string]string, whole bool, env Env) {
	fields := k.Form()
	for id := range form {
		known := slices.ContainsFunc(fields, func(x Field) bool { return x.ID == id })
		f.Need(known, "form."+id, "这类材料的表单没有“%s”这一项", id)
	}
	for _, x := range fields {
		v := strings.TrimSpace(form[x.ID])
		if v == "" {
			f.Need(!whole || !x.Required, "form."+x.ID, "请填写%s", x.Name)
			continue
		}
		x.check(f, v, env)
	}
}

// check checks one answer by the type of the field.
func (x Field) check(f *fault.Fields, v string, _ Env) {
	field := "form." + x.ID
	switch x.Type {
	case "date":
		_, err := calendar.Parse(v)
		f.Need(err == nil, field, "%s不是正确的日期，例如 2026-05-01", x.Name)
	case "percent":
		n, err := strconv.ParseFloat(v, 64)
		f.Need(err == nil && n >= 0 && n <= 1000, field, "%s请填写百分数，例如 3.65", x.Name)
	case "yes":
		f.Need(v == "yes" || v == "no", field, "%s请选择是或否", x.Name)
	case "channels":
		for c := range strings.SplitSeq(v, ",") {
			f.Need(one(ChannelIDs(), c), field, "没有渠道 %s", c)
		}
	case "choice":
		f.Need(slices.ContainsFunc(x.Options, func(o Option) bool { return o.ID == v }), field, "%s没有选项 %s", x.Name, v)
	default:
		text(f, field, v, x.Name, false, 4000)
	}
}
