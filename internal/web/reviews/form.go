package reviews

import (
	"net/url"
	"slices"
	"strings"

	"xiaobao/internal/review"
	"xiaobao/internal/web"
)

// Field is one part of a form: an input drawn As "field", "choices", "boxes" or
// "check", a "hidden" value, or a "note" that only says something. Label and help
// of a kind's form are data, in Name and Say.
type Field struct {
	web.Input
	As   string
	Text string    // of a note: data
	Rows [][]Field // none here; the shared control knows them
}

// Question is a field of a kind's form: its words are data in both languages.
type Question struct {
	web.Input
	Type string // text, long, date, percent, yes, channels, choice
	Name string // the words above it
	Say  string // the words below, "" for none
	Post string // name as posted
}

// questions are the fields of a kind's form over what was typed.
func (k talk) questions(kind review.Kind, f *web.Form) []Question {
	var out []Question
	for _, x := range kind.Form() {
		in := web.Input{Form: f, Name: "form." + x.ID, Must: x.Required}
		switch x.Type {
		case "choice":
			in.Choices = append(in.Choices, web.Option{Text: "—"})
			for _, o := range x.Options {
				in.Choices = append(in.Choices, web.Option{Value: o.ID, Text: k.in(o.Name, o.NameEn)})
			}
		case "yes":
			in.Choices = []web.Option{{Value: "yes", Label: "reviews.yes"}, {Value: "no", Label: "reviews.no"}}
		case "channels":
			in.Choices = k.channelOptions()
		}
		out = append(out, Question{Input: in, Type: x.Type, Name: k.in(x.Name, x.NameEn), Say: k.in(x.Help, x.HelpEn), Post: in.Name})
	}
	return out
}

func (k talk) channelOptions() []web.Option {
	var out []web.Option
	for _, id := range review.ChannelIDs() {
		out = append(out, web.Option{Value: id, Text: k.label("channel", id)})
	}
	return out
}

// answers reads a kind's form: several values of a field are one list.
func answers(kind review.Kind, values url.Values) map[string]string {
	out := map[string]string{}
	for _, x := range kind.Form() {
		typed := slices.DeleteFunc(slices.Clone(values["form."+x.ID]), func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(typed) > 0 {
			out[x.ID] = strings.ReplaceAll(strings.Join(typed, ","), "\r\n", "\n")
		}
	}
	return out
}

// typed turns the answers of a review back into a form.
func typed(r review.Review) *web.Form {
	f := web.NewForm("title", r.Title, "product", r.Product)
	kind, _ := review.KindOf(r.Kind)
	for _, x := range kind.Form() {
		v := r.Form[x.ID]
		if x.Type == "channels" {
			f.Values["form."+x.ID] = strings.Split(v, ",")
			continue
		}
		f.Values.Set("form."+x.ID, v)
	}
	return f
}

// productID takes the number out of "WX-3 稳享三号", as the list offers it.
func productID(s string) string {
	id, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return id
}

// Fact is one answer of the form as it is read.
type Fact struct{ Name, Value string }

// facts are the answers of a review in words.
func (k talk) facts(r review.Review) []Fact {
	kind, _ := review.KindOf(r.Kind)
	var out []Fact
	for _, x := range kind.Form() {
		v := r.Form[x.ID]
		if v == "" {
			continue
		}
		out = append(out, Fact{k.in(x.Name, x.NameEn), k.answer(x, v)})
	}
	return out
}

// answer is one answer in words.
func (k talk) answer(x review.Field, v string) string {
	switch x.Type {
	case "channels":
		return k.channels(strings.Split(v, ","))
	case "yes":
		return k.t("reviews." + v)
	case "percent":
		return v + "%"
	case "choice":
		for _, o := range x.Options {
			if o.ID == v {
				return k.in(o.Name, o.NameEn)
			}
		}
	}
	return v
}
