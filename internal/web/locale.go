package web

import (
	"embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// Lang is a language of the pages.
type Lang string

// The languages: Chinese first, English complete.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// Langs are all languages in the order in which they are offered.
var Langs = []Lang{Chinese, English}

// Tag returns what stands in a page's lang attribute.
func (l Lang) Tag() string {
	if l == Chinese {
		return "zh-CN"
	}
	return string(l)
}

//go:embed locale/*.toml
var localeFiles embed.FS

// Catalogue holds the messages of the pages in every language, one pair of
// files per room: locale/<room>.zh.toml and locale/<room>.en.toml.
type Catalogue struct {
	localizers map[Lang]*i18n.Localizer
	plain      map[Lang]map[string]string // messages without values or plurals
	keys       map[Lang]map[string]bool
}

func loadCatalogue() (*Catalogue, error) {
	bundle := i18n.NewBundle(language.Chinese)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	c := &Catalogue{localizers: map[Lang]*i18n.Localizer{}, plain: map[Lang]map[string]string{}, keys: map[Lang]map[string]bool{}}
	for _, lang := range Langs {
		c.plain[lang], c.keys[lang] = map[string]string{}, map[string]bool{}
	}
	entries, err := localeFiles.ReadDir("locale")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		file, err := bundle.LoadMessageFileFS(localeFiles, "locale/"+entry.Name())
		if err != nil {
			return nil, fmt.Errorf("web: messages %s: %w", entry.Name(), err)
		}
		if err := c.take(file); err != nil {
			return nil, err
		}
	}
	for _, lang := range Langs {
		c.localizers[lang] = i18n.NewLocalizer(bundle, string(lang))
	}
	return c, nil
}

// take notes a file's messages; a message that an earlier file has is an error,
// for nobody could say which one holds.
func (c *Catalogue) take(file *i18n.MessageFile) error {
	lang := Lang(file.Tag.String())
	for _, m := range file.Messages {
		if c.keys[lang][m.ID] {
			return fmt.Errorf("web: message %s stands twice in %s", m.ID, lang)
		}
		c.keys[lang][m.ID] = true
		if !strings.Contains(m.Other, "{{") && m.One == "" {
			c.plain[lang][m.ID] = m.Other
		}
	}
	return nil
}

// Has reports whether a message exists.
func (c *Catalogue) Has(lang Lang, key string) bool { return c.keys[lang][key] }

// Keys returns the ids of all messages of a language, sorted.
func (c *Catalogue) Keys(lang Lang) []string { return slices.Sorted(maps.Keys(c.keys[lang])) }

// Text returns the message of a key. args are names and values in turn; the
// name "Count" also chooses the plural form. A key that does not exist comes
// back in brackets ⟦ ⟧, which every page test refuses.
func (c *Catalogue) Text(lang Lang, key string, args ...any) string {
	if text, ok := c.plain[lang][key]; ok {
		return text
	}
	config := &i18n.LocalizeConfig{MessageID: key}
	values := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		values[name] = args[i+1]
		if name == "Count" {
			config.PluralCount = plural(args[i+1])
		}
	}
	config.TemplateData = values
	if !c.keys[lang][key] {
		return "⟦" + key + "⟧"
	}
	text, err := c.localizers[lang].Localize(config)
	if err != nil && config.PluralCount != nil { // the message has one form for every count
		config.PluralCount = nil
		text, err = c.localizers[lang].Localize(config)
	}
	if err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// plural returns what chooses the form for a count: one that is already written
// for a reader ("12,345") counts as the number it shows, and anything that is no
// number as many.
func plural(count any) any {
	text, ok := count.(string)
	if !ok {
		return count
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err != nil {
		return nil
	}
	return n
}

var matcher = language.NewMatcher([]language.Tag{language.Chinese, language.English})

// LangOf returns the language a request asks for: the person's choice (cookie),
// else the browser's, else Chinese.
func LangOf(r *http.Request) Lang {
	if c, err := r.Cookie(cookieLang); err == nil && slices.Contains(Langs, Lang(c.Value)) {
		return Lang(c.Value)
	}
	header := r.Header.Get("Accept-Language")
	if header == "" {
		return Chinese
	}
	_, at := language.MatchStrings(matcher, header)
	return Langs[at]
}

// hasHan reports whether a text holds Chinese characters.
func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}
