package regulation

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/calendar"
)

//go:embed data/*.toml
var embedded embed.FS

// Embedded returns the rules that come with the program. They are parsed once.
func Embedded() *Library { return library() }

var library = sync.OnceValue(func() *Library {
	sub, err := fs.Sub(embedded, "data")
	if err != nil {
		panic(err)
	}
	l, err := Load(sub)
	if err != nil {
		panic(err) // the files are part of the program and tested with it
	}
	return l
})

// document is one TOML file: an instrument with what it founds.
type document struct {
	ID          string          `toml:"id"`
	Title       string          `toml:"title"`
	Number      string          `toml:"number"`
	Short       string          `toml:"short"`
	Issuer      string          `toml:"issuer"`
	Kind        string          `toml:"kind"`
	Region      string          `toml:"region"`
	InForce     calendar.Date   `toml:"in_force"`
	Until       calendar.Date   `toml:"until"`
	ReplacedBy  string          `toml:"replaced_by"`
	Grade       string          `toml:"grade"`
	Note        string          `toml:"note"`
	Articles    []articleDoc    `toml:"article"`
	Clocks      []clockDoc      `toml:"clock"`
	Obligations []obligationDoc `toml:"obligation"`
	Settings    []settingDoc    `toml:"setting"`

	file string
}

type articleDoc struct {
	Number string `toml:"number"`
	Text   string `toml:"text"`
	Grade  string `toml:"grade"` // that of the instrument when empty
}

type clockDoc struct {
	ID              string   `toml:"id"`
	Name            string   `toml:"name"`
	Regime          string   `toml:"regime"`
	Days            int      `toml:"days"`         // total from the trigger, or
	Extra           int      `toml:"extra"`        // days added to what it extends, or
	Setting         string   `toml:"days_setting"` // id of the setting with the days
	Kind            string   `toml:"kind"`         // natural or working
	From            string   `toml:"from"`
	Extends         string   `toml:"extends"`
	Party           string   `toml:"party"`
	Approver        string   `toml:"approver"`
	ApproverSetting string   `toml:"approver_setting"`
	NotifyConsumer  bool     `toml:"notify_consumer"`
	Notify          []string `toml:"notify"`
	Reason          bool     `toml:"reason"`
	Evidence        []string `toml:"evidence"`
	Overlays        string   `toml:"overlays"`
	Cite            string   `toml:"cite"`
	Grade           string   `toml:"grade"` // that of the article when empty
	Note            string   `toml:"note"`
}

type obligationDoc struct {
	ID       string   `toml:"id"`
	Trigger  string   `toml:"trigger"`
	Limit    string   `toml:"limit"`
	Clock    string   `toml:"clock"`
	Approver string   `toml:"approver"`
	Notify   string   `toml:"notify"`
	Evidence string   `toml:"evidence"`
	Cites    []string `toml:"cites"`
	Grade    string   `toml:"grade"`
	Note     string   `toml:"note"`
}

type settingDoc struct {
	ID      string   `toml:"id"`
	Name    string   `toml:"name"`
	Kind    string   `toml:"kind"`
	Unit    string   `toml:"unit"`
	Choices []string `toml:"choices"`
	Min     int64    `toml:"min"`
	Max     int64    `toml:"max"`
	Default string   `toml:"default"`
	Note    string   `toml:"note"`
}

// Load reads a library from the TOML files of a folder and checks it as a
// whole. The error lists everything that is wrong, each with its file.
func Load(fsys fs.FS) (*Library, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, err
	}
	docs := make([]document, 0, len(names))
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		doc := document{file: name}
		meta, err := toml.Decode(string(data), &doc)
		if err != nil {
			return nil, fmt.Errorf("regulation: %s: %w", name, err)
		}
		if extra := meta.Undecoded(); len(extra) > 0 {
			return nil, fmt.Errorf("regulation: %s: unknown field %s", name, extra[0])
		}
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b document) int { return strings.Compare(a.ID, b.ID) })
	return assemble(docs, nil)
}

// assembler collects a library and everything that is wrong with it.
type assembler struct {
	lib    *Library
	values map[string]string // settings that differ from their default
	errs   []error
}

func (a *assembler) fail(doc document, format string, args ...any) {
	a.errs = append(a.errs, fmt.Errorf("regulation: %s: "+format, append([]any{doc.file}, args...)...))
}

func (a *assembler) need(ok bool, doc document, format string, args ...any) {
	if !ok {
		a.fail(doc, format, args...)
	}
}

// assemble resolves documents into a library: settings and articles first,
// then what points to them.
func assemble(docs []document, values map[string]string) (*Library, error) {
	a := &assembler{values: values, lib: &Library{
		clocks:   map[string][]versioned[Clock]{},
		articles: map[[2]string]Article{},
		settings: map[string]Setting{},
		ladders:  map[string][]string{},
		overlays: map[string][]string{},
		source:   docs,
	}}
	for _, doc := range docs {
		a.addSettings(doc)
		a.addInstrument(doc)
	}
	for _, doc := range docs {
		a.addClocks(doc)
	}
	a.resolveTotals()
	a.buildLadders()
	for i, doc := range docs {
		a.addObligations(i, doc)
	}
	a.check(docs)
	if len(a.errs) > 0 {
		return nil, errors.Join(a.errs...)
	}
	return a.lib, nil
}

func (a *assembler) addSettings(doc document) {
	for _, d := range doc.Settings {
		s := Setting{ID: d.ID, Name: d.Name, Kind: d.Kind, Unit: d.Unit, Choices: d.Choices, Min: d.Min, Max: d.Max,
			Default: d.Default, Value: d.Default, Note: d.Note, Grade: GradeSetting}
		if v, ok := a.values[d.ID]; ok {
			s.Value = v
		}
		_, twice := a.lib.settings[d.ID]
		a.need(!twice, doc, "setting %s is there twice", d.ID)
		a.need(d.Name != "" && d.Note != "", doc, "setting %s needs a name and a note", d.ID)
		if err := s.Check(d.Default); err != nil {
			a.fail(doc, "setting %s: default: %w", d.ID, err)
		}
		a.lib.settings[d.ID] = s
	}
}

func (a *assembler) addInstrument(doc document) {
	in := Instrument{ID: doc.ID, Title: doc.Title, Number: doc.Number, Short: doc.Short, Issuer: doc.Issuer, Kind: doc.Kind,
		Region: doc.Region, From: doc.InForce, Until: doc.Until, ReplacedBy: doc.ReplacedBy, Grade: doc.Grade, Note: doc.Note}
	for _, d := range doc.Articles {
		art := Article{Instrument: doc.ID, Number: d.Number, Text: d.Text, Grade: either(d.Grade, doc.Grade)}
		key := [2]string{doc.ID, d.Number}
		_, twice := a.lib.articles[key]
		a.need(!twice, doc, "article %s is there twice", d.Number)
		a.lib.articles[key] = art
		in.Articles = append(in.Articles, art)
	}
	a.lib.instruments = append(a.lib.instruments, in)
}

func either(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}

// cite resolves "18", "18.3" or "other-instrument#18".
func (a *assembler) cite(doc document, ref string) Citation {
	id, number, other := strings.Cut(ref, "#")
	if !other {
		id, number = doc.ID, ref
	}
	article, paragraph := splitParagraph(number)
	art, ok := a.lib.articles[[2]string{id, article}]
	in, found := a.lib.Instrument(id)
	if !ok || !found {
		a.fail(doc, "citation %q does not resolve", ref)
	}
	return Citation{Instrument: id, Article: article, Paragraph: paragraph, Title: in.Title, Number: in.Number,
		Text: art.Text, Grade: art.Grade}
}

func (a *assembler) addClocks(doc document) {
	for _, d := range doc.Clocks {
		c := Clock{ID: d.ID, Name: d.Name, Regime: d.Regime, Days: d.Days, Extra: d.Extra, Working: d.Kind == "working", From: d.From,
			Extends: d.Extends, Party: either(d.Party, "institution"), Approver: d.Approver, NotifyConsumer: d.NotifyConsumer,
			Notify: d.Notify, Reason: d.Reason, Evidence: d.Evidence, Region: doc.Region, Overlays: d.Overlays, Setting: d.Setting,
			Note: d.Note, Cite: a.cite(doc, d.Cite)}
		c.Grade = either(d.Grade, c.Cite.Grade)
		if d.Setting != "" {
			c.Days = int(a.setting(doc, d.Setting).Int())
		}
		if d.ApproverSetting != "" {
			c.Approver = a.setting(doc, d.ApproverSetting).Text()
			if c.Approver == "none" {
				c.Approver = ApproverNone
			}
		}
		a.checkClock(doc, d)
		for _, v := range a.lib.clocks[d.ID] {
			a.need(!overlap(v.from, v.until, doc.InForce, doc.Until), doc, "clock %s is there twice on the same day", d.ID)
		}
		a.lib.clocks[d.ID] = append(a.lib.clocks[d.ID], versioned[Clock]{doc.InForce, doc.Until, c})
	}
}

func (a *assembler) setting(doc document, id string) Setting {
	s, ok := a.lib.settings[id]
	a.need(ok, doc, "there is no setting %s", id)
	return s
}

// resolveTotals gives every extension its total: the clock it extends and the
// days it adds. A chain longer than the number of clocks runs in a circle.
func (a *assembler) resolveTotals() {
	for range a.lib.clocks {
		for id, versions := range a.lib.clocks {
			for i, v := range versions {
				if v.rule.Extra > 0 {
					base := a.versionAt(v.rule.Extends, v.from)
					a.lib.clocks[id][i].rule.Days = base.Days + v.rule.Extra
				}
			}
		}
	}
}

func (a *assembler) versionAt(id string, on calendar.Date) Clock {
	for _, v := range a.lib.clocks[id] {
		if v.inForce(on) {
			return v.rule
		}
	}
	return Clock{}
}

// buildLadders orders the clocks of each regime by their totals: an extension
// is always longer than what it extends. It also notes which local clocks tighten
// which, because that is asked for every complaint.
func (a *assembler) buildLadders() {
	longestOf := map[string]int{}
	for id, versions := range a.lib.clocks {
		for _, v := range versions {
			longestOf[id] = max(longestOf[id], v.rule.Days)
			if r := v.rule.Regime; r != "" && !slices.Contains(a.lib.ladders[r], id) {
				a.lib.ladders[r] = append(a.lib.ladders[r], id)
			}
			if o := v.rule.Overlays; o != "" && !slices.Contains(a.lib.overlays[o], id) {
				a.lib.overlays[o] = append(a.lib.overlays[o], id)
			}
		}
	}
	for _, ids := range a.lib.overlays {
		slices.Sort(ids)
	}
	for _, ids := range a.lib.ladders {
		slices.SortFunc(ids, func(x, y string) int { return longestOf[x] - longestOf[y] })
	}
}

func (a *assembler) addObligations(i int, doc document) {
	for _, d := range doc.Obligations {
		o := Obligation{ID: d.ID, Trigger: d.Trigger, Limit: d.Limit, Clock: d.Clock, Approver: d.Approver, Notify: d.Notify,
			Evidence: d.Evidence, Grade: either(d.Grade, doc.Grade), Note: d.Note}
		for _, ref := range d.Cites {
			o.Cites = append(o.Cites, a.cite(doc, ref))
		}
		a.need(len(o.Cites) > 0 && d.Trigger != "", doc, "obligation %s needs a trigger and a citation", d.ID)
		if d.Clock != "" {
			a.need(len(a.lib.clocks[d.Clock]) > 0, doc, "obligation %s: there is no clock %s", d.ID, d.Clock)
		}
		a.lib.instruments[i].Obligations = append(a.lib.instruments[i].Obligations, o)
	}
}
