package web

import (
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"xiaobao/internal/fault"
)

// Form is what a person typed and what was wrong with it. A view holds one for
// each form on its page; templates read it through the input function.
type Form struct {
	Values url.Values
	Fault  *fault.Error // nil while nothing was refused
}

// NewForm returns a form with values given as names and values in turn.
func NewForm(args ...string) *Form {
	f := &Form{Values: url.Values{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Values.Add(args[i], args[i+1])
	}
	return f
}

// FormOf returns what a request posted. A body over the server's limit or not a
// form at all is a fault.
func FormOf(r *http.Request) (*Form, error) {
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = receive(r)
	} else {
		err = r.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), errors.Is(err, multipart.ErrMessageTooLarge):
		return nil, &fault.Error{Kind: fault.TooLarge, Key: "fault.form_large", Text: "提交的内容太大，没有保存。请减少附件或分几次提交。", Cause: err}
	case err != nil:
		return nil, &fault.Error{Kind: fault.Invalid, Key: "fault.form_broken", Text: "提交的内容不完整，没有保存。请返回重试。", Cause: err}
	}
	return &Form{Values: r.PostForm}, nil
}

// Get returns the first value of a field without the spaces around it.
func (f *Form) Get(name string) string {
	if f == nil {
		return ""
	}
	return strings.TrimSpace(f.Values.Get(name))
}

// Has reports whether a field has the value; for boxes and choices.
func (f *Form) Has(name, value string) bool {
	if f == nil {
		return false
	}
	for _, v := range f.Values[name] {
		if v == value {
			return true
		}
	}
	return false
}

// Refuse notes why the form was not taken and returns it.
func (f *Form) Refuse(err error) *Form {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		f.Fault = e
	} else {
		f.Fault = &fault.Error{Kind: fault.Internal, Text: fault.Message(err), Cause: err}
	}
	return f
}

// Wrong returns the sentence about a field, empty when it is right.
func (f *Form) Wrong(name string) string {
	if f == nil || f.Fault == nil {
		return ""
	}
	for _, v := range f.Fault.Violations {
		if v.Field == name {
			return v.Text
		}
	}
	return ""
}

// Option is one choice of a field; Label is a message id, or Text is data.
type Option struct {
	Value, Label, Text string
}

// Input is one field of a form as the partials "field" and "choices" draw it.
type Input struct {
	Form     *Form
	Name     string // as posted, and as violations name it
	Label    string // message id; or
	Title    string // data
	Kind     string // text, password, email, tel, date, number, file, textarea, select, code
	HelpKey  string
	Choices  []Option
	Must     bool
	Class    string // extra class such as tall
	Complete string // autocomplete attribute
	Focus    bool
	Suggest  string // id of a datalist; with Choices it is drawn here, of their texts
}

// As sets the kind of the control.
func (i Input) As(kind string) Input { i.Kind = kind; return i }

// Required marks a field that must be filled.
func (i Input) Required() Input { i.Must = true; return i }

// Help sets the message id of the line below the label.
func (i Input) Help(key string) Input { i.HelpKey = key; return i }

// Of sets the choices.
func (i Input) Of(options []Option) Input { i.Choices = options; return i }

// With sets an extra class.
func (i Input) With(class string) Input { i.Class = class; return i }

// Auto sets the autocomplete attribute.
func (i Input) Auto(complete string) Input { i.Complete = complete; return i }

// First gives the field the focus when the page opens.
func (i Input) First() Input { i.Focus = true; return i }

// From names a datalist with suggestions.
func (i Input) From(list string) Input { i.Suggest = list; return i }

// ID returns the id of the control in the page.
func (i Input) ID() string { return FieldID(i.Name) }

// FieldID turns the path of a field into an id: allegations[1].text is
// f-allegations-1-text. The summary of errors links to it.
func FieldID(name string) string {
	return "f-" + strings.Trim(strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(name), "-")
}

// Value returns what was typed; a password is never given back.
func (i Input) Value() string {
	if i.Form == nil || i.Kind == "password" || i.Kind == "file" || i.Kind == "code" {
		return ""
	}
	return i.Form.Values.Get(i.Name)
}

// Wrong returns the sentence about this field.
func (i Input) Wrong() string { return i.Form.Wrong(i.Name) }

// Chosen reports whether a choice was made.
func (i Input) Chosen(value string) bool { return i.Form.Has(i.Name, value) }

// About returns the ids of the lines that describe the control.
func (i Input) About() string {
	var ids []string
	if i.HelpKey != "" {
		ids = append(ids, i.ID()+"-help")
	}
	if i.Wrong() != "" {
		ids = append(ids, i.ID()+"-wrong")
	}
	return strings.Join(ids, " ")
}
