package law

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/regulation"
)

//go:embed data/names.toml
var namesTOML string

type namesDoc struct {
	Instruments []namedDoc `toml:"instrument"`
	Names       []namedDoc `toml:"name"`
}

type namedDoc struct {
	ID, Title, Kind, Note string
	Also                  []string
}

var namesData = sync.OnceValue(func() namesDoc {
	var d namesDoc
	if md, err := toml.Decode(namesTOML, &d); err != nil || len(md.Undecoded()) > 0 {
		panic("law: data/names.toml cannot be read") // part of the program and tested with it
	}
	return d
})

// Names knows the instruments by what people call them. It is immutable.
type Names struct {
	titles  map[string]string   // plain title, number or short name -> id
	kinds   map[string]string   // id -> kind, where the data says it
	full    map[string]string   // id -> full title
	aliases map[rune][]nameText // short names and numbers that may stand without 《》, by first character, the longest first
}

type nameText struct{ text, id string }

// NewNames collects the names of the rules that the program knows and of the
// texts that were imported.
func NewNames(rules *regulation.Library, versions []Version) *Names {
	n := &Names{titles: map[string]string{}, kinds: map[string]string{}, full: map[string]string{}, aliases: map[rune][]nameText{}}
	for _, in := range rules.Instruments() {
		if in.Kind == "house" {
			continue
		}
		n.title(in.ID, in.Title, in.Kind)
		n.alias(in.ID, in.Short)
		n.number(in.ID, in.Number)
	}
	d := namesData()
	for _, x := range d.Instruments {
		n.title(x.ID, x.Title, x.Kind)
	}
	for _, x := range append(slices.Clone(d.Instruments), d.Names...) {
		for _, a := range x.Also {
			n.alias(x.ID, a)
		}
	}
	for _, v := range versions {
		n.title(v.Instrument, v.Text.Title, v.Text.Kind)
		n.number(v.Instrument, v.Text.Number)
	}
	for _, list := range n.aliases {
		slices.SortStableFunc(list, func(a, b nameText) int { return len(b.text) - len(a.text) })
	}
	return n
}

var embeddedNames = sync.OnceValue(func() *Names { return NewNames(regulation.Embedded(), nil) })

func (n *Names) title(id, title, kind string) {
	if n.titles[plain(title)] == "" {
		n.titles[plain(title)] = id
	}
	if n.full[id] == "" {
		n.full[id], n.kinds[id] = title, kind
	}
	if short := strings.TrimPrefix(title, "中华人民共和国"); utf8.RuneCountInString(short) <= 16 {
		n.alias(id, short)
	}
	n.alias(id, title)
}

func (n *Names) alias(id, text string) {
	if utf8.RuneCountInString(text) < 2 {
		return
	}
	if n.titles[plain(text)] == "" {
		n.titles[plain(text)] = id
	}
	first, _ := utf8.DecodeRuneInString(text)
	if !slices.ContainsFunc(n.aliases[first], func(x nameText) bool { return x.text == text }) {
		n.aliases[first] = append(n.aliases[first], nameText{text, id})
	}
}

var orderParts = regexp.MustCompile(`^(.*)令\D?([0-9]{4})\D?(?:年)?第?([0-9]+)号$`)

// number adds a document's number in the ways it is written: 令2020年第3号,
// 令〔2020〕3号, 2020年第3号令.
func (n *Names) number(id, number string) {
	if number == "" {
		return
	}
	n.alias(id, number)
	m := orderParts.FindStringSubmatch(number)
	if m == nil {
		return
	}
	for _, form := range []string{"令" + m[2] + "年第" + m[3] + "号", "令〔" + m[2] + "〕" + m[3] + "号", "令[" + m[2] + "]" + m[3] + "号", "令〔" + m[2] + "〕第" + m[3] + "号", "令（" + m[2] + "）" + m[3] + "号"} {
		n.alias(id, m[1]+form)
	}
	n.alias(id, m[2]+"年第"+m[3]+"号令")
	n.alias(id, m[1]+m[2]+"年第"+m[3]+"号令")
}

// Find returns the id of an instrument by its title, with or without 《》, by a
// short name or by its number; "" when none is known by it.
func (n *Names) Find(title string) string { return n.titles[plain(title)] }

// Kind returns the kind that the data gives an instrument, "" when unknown.
func (n *Names) Kind(id string) string { return n.kinds[id] }

// Title returns the full title of an instrument, "" when unknown.
func (n *Names) Title(id string) string { return n.full[id] }

// IDFor returns the id under which a text is kept: that of the instrument where
// the program or the library knows it, else one made of its title.
func (n *Names) IDFor(t Text) string {
	if id := n.Find(t.Title); id != "" {
		return id
	}
	if t.Number != "" {
		if id := n.titles[plain(t.Number)]; id != "" {
			return id
		}
	}
	sum := sha256.Sum256([]byte(plain(t.Title)))
	return "text-" + hex.EncodeToString(sum[:5])
}

var edition = regexp.MustCompile(`[（(](?:[0-9]{4}年?)?(?:修正|修订|修改|试行|第[一二三四五六七八九十]次修正|[0-9]{4}年?)[^）)]{0,8}[）)]$`)

// plain is a title as it is compared: without spaces, brackets, the name of the
// state and the mark of an edition.
func plain(title string) string {
	title = edition.ReplaceAllString(squeeze(title), "")
	for _, s := range []string{"中华人民共和国", "最高人民法院关于"} {
		title = strings.ReplaceAll(title, s, "")
	}
	title = strings.TrimPrefix(title, "关于")
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("《》〈〉<>“”\"（）()〔〕[]", r):
			return -1
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		}
		return r
	}, title)
}

// at returns the longest short name that stands at the beginning of s.
func (n *Names) at(s string) (id string, length int) {
	first, _ := utf8.DecodeRuneInString(s)
	for _, a := range n.aliases[first] {
		if !strings.HasPrefix(s, a.text) {
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[len(a.text):])
		if strings.ContainsRune("律规院庭人学定官系", next) && strings.HasSuffix(a.text, "法") {
			continue // 广告法律, 广告法规
		}
		return a.id, len(a.text)
	}
	return "", 0
}
