package rule

import (
	"fmt"
	"strconv"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
)

// packFile is a pack as it is written.
type packFile struct {
	ID          string              `toml:"id"`
	Version     label               `toml:"version"`
	Title       string              `toml:"title"`
	Owner       string              `toml:"owner"`
	Note        string              `toml:"note"`
	MinExamples int                 `toml:"min_examples"`
	Purpose     string              `toml:"purpose"`
	Kinds       []string            `toml:"kinds"`
	Plain       []string            `toml:"plain"`
	Words       map[string][]string `toml:"words"`
	Values      map[string]label    `toml:"values"`
	Rules       []ruleFile          `toml:"rule"`
}

type ruleFile struct {
	ID        string          `toml:"id"`
	Version   label           `toml:"version"`
	Title     string          `toml:"title"`
	Severity  Severity        `toml:"severity"`
	Cite      []string        `toml:"cite"`
	Source    string          `toml:"source"`
	Grade     string          `toml:"grade"`
	From      string          `toml:"from"`
	To        string          `toml:"to"`
	Kinds     []string        `toml:"kinds"`
	Sections  []string        `toml:"sections"`
	Speakers  []string        `toml:"speakers"`
	Products  []string        `toml:"products"`
	Find      []string        `toml:"find"`
	Missing   []string        `toml:"missing"`
	When      []string        `toml:"when"`
	Unless    []string        `toml:"unless"`
	Negation  string          `toml:"negation"`
	Quotation string          `toml:"quotation"`
	Once      bool            `toml:"once"`
	Inside    bool            `toml:"inside_words"`
	Off       bool            `toml:"off"`
	Advice    string          `toml:"advice"`
	Rewrite   string          `toml:"rewrite"`
	Note      string          `toml:"note"`
	Same      string          `toml:"same"`
	Hits      []exampleFile   `toml:"hits"`
	Passes    []exampleFile   `toml:"passes"`
	Need      []conditionFile `toml:"need"`
	Absent    []conditionFile `toml:"absent"`
}

type conditionFile struct {
	Any     []string `toml:"any"`
	All     []string `toml:"all"`
	AtLeast int      `toml:"at_least"`
	Number  string   `toml:"number"`
	Near    []string `toml:"near"`
	Regex   string   `toml:"regex"`
	Within  label    `toml:"within"`
	Order   string   `toml:"order"`
	Unless  []string `toml:"unless"`
}

// label is a string that may also be written as a number: version = 1.
type label string

// UnmarshalTOML reads a string or a whole number.
func (l *label) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*l = label(v)
	case int64:
		*l = label(strconv.FormatInt(v, 10))
	case float64:
		*l = label(strconv.FormatFloat(v, 'f', -1, 64))
	default:
		return fmt.Errorf("应为文字或者数字")
	}
	return nil
}

// exampleFile is a text, or a table with the text and what is known of it.
type exampleFile struct{ Example }

// UnmarshalTOML reads a string or a table.
func (e *exampleFile) UnmarshalTOML(v any) error {
	table, ok := v.(map[string]any)
	if !ok {
		s, ok := v.(string)
		if !ok {
			return fmt.Errorf("例句应为一段文字，或者写成 { text = \"…\", kind = \"…\" }")
		}
		e.Text = s
		return nil
	}
	fields := map[string]*string{"text": &e.Text, "quote": &e.Quote, "kind": &e.Kind, "section": &e.Section,
		"speaker": &e.Speaker, "product": &e.Product, "why": &e.Why}
	for key, value := range table {
		if err := e.set(fields, key, value); err != nil {
			return err
		}
	}
	return nil
}

func (e *exampleFile) set(fields map[string]*string, key string, value any) error {
	s, isText := value.(string)
	switch {
	case fields[key] != nil && isText:
		*fields[key] = s
	case key == "on" && isText:
		on, err := calendar.Parse(s)
		e.On = on
		return err
	case key == "quoted":
		e.Quoted, _ = value.(bool)
	default:
		return fmt.Errorf("例句里不能有“%s = %v”：可以写 text quote kind section speaker product on quoted why", key, value)
	}
	return nil
}

// decode reads the TOML and refuses unknown keys.
func decode(src []byte) (packFile, []string, error) {
	var f packFile
	md, err := toml.Decode(string(src), &f)
	if err != nil {
		return f, nil, err
	}
	var unknown []string
	for _, key := range md.Undecoded() {
		if !inExample(key) {
			unknown = append(unknown, key.String())
		}
	}
	return f, unknown, nil
}

// inExample reports whether a key stands in an example's table, whose keys the
// example checks itself.
func inExample(key toml.Key) bool {
	return len(key) > 2 && key[0] == "rule" && (key[1] == "hits" || key[1] == "passes")
}
