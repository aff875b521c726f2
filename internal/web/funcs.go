package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"

	"xiaobao/internal/law"
)

// funcs are what templates may call, bound to a language.
//
//	t "key" "Name" value ...   message
//	tv key args                the same with names and values as one list
//	money fen · number n · date v · datetime v
//	words due                  a due date in words
//	icon "clock"               from the sprite; must stand in ui/src/icons.txt
//	lawlink "nfra-2020-3" "18" address in the law library
//	asset "app.css" · url "/path" "name" value ...
//	input form "field" "key"   one field of a form, see Input
//	lang · langof text         language of the page, of a text
//	mask · maskno              王*, 138****0000
func (s *Site) funcs(lang Lang) template.FuncMap {
	t := func(key string, args ...any) string { return s.texts.Text(lang, key, args...) }
	return template.FuncMap{
		"t":      t,
		"tv":     func(key string, args []any) string { return t(key, args...) },
		"money":  Money,
		"number": func(n any) (string, error) { return anyNumber(n) },
		"date":   Date, "datetime": DateTime,
		"words": func(d Due) string { return d.words(t) },
		"icon":  s.icon,
		"asset": s.assets.URL, "fieldid": FieldID,
		"url": Link, "lawlink": LawLink,
		"input": func(f *Form, name, label string) Input { return Input{Form: f, Name: name, Label: label, Kind: "text"} },
		"lang":  func() string { return lang.Tag() },
		"langof": func(text string) string {
			if hasHan(text) {
				return Chinese.Tag()
			}
			return lang.Tag()
		},
		"mask": MaskName, "maskno": MaskNumber,
		"add": func(a, b int) int { return a + b },
	}
}

func anyNumber(n any) (string, error) {
	switch n := n.(type) {
	case int:
		return Number(n), nil
	case int64:
		return Number(n), nil
	}
	return "", fmt.Errorf("web: %T is no number", n)
}

// icon returns the markup of an icon; it is decoration, so hidden from readers:
// words always stand beside it or in the label of its button.
func (s *Site) icon(name string, class ...string) (template.HTML, error) {
	sprite, err := s.assets.URL("icons.svg")
	if err != nil {
		return "", err
	}
	if !plainName(name) || !plainName(strings.Join(class, "-")) {
		return "", fmt.Errorf("web: %q is no icon name", name)
	}
	classes := strings.Join(append([]string{"icon"}, class...), " ")
	return template.HTML(`<svg class="` + classes + `" aria-hidden="true" focusable="false"><use href="` + sprite + "#" + name + `"></use></svg>`), nil // #nosec G203: checked above
}

func plainName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Link joins a path and query values given as names and values in turn; empty
// values are left out, so that addresses stay short and can be shared.
func Link(path string, args ...any) string {
	q := url.Values{}
	for i := 0; i+1 < len(args); i += 2 {
		if v := fmt.Sprint(args[i+1]); v != "" {
			q.Add(fmt.Sprint(args[i]), v)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// LawLink is where the law library shows an article; "18.3" leads to its article.
func LawLink(instrument, article string) string { return law.Link(instrument, article) }
