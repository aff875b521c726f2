package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/change"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// lawCache keeps the library between questions; it is checked against the
// database each time, so that every copy of the program sees an import.
type lawCache struct {
	mu    sync.Mutex
	state storage.LawState
	lib   *law.Library
}

// Laws returns the library: the texts that were imported and the summaries that
// come with the program.
func (a *App) Laws(ctx context.Context) (lib *law.Library, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		lib, err = a.lawsIn(tx)
		return err
	})
	return lib, err
}

// lawsIn is Laws within a snapshot that is open already.
func (a *App) lawsIn(tx *storage.Tx) (*law.Library, error) {
	state, err := tx.LawState()
	if err != nil {
		return nil, err
	}
	a.laws.mu.Lock()
	defer a.laws.mu.Unlock()
	if a.laws.lib != nil && a.laws.state == state {
		return a.laws.lib, nil
	}
	versions, err := tx.LawVersions()
	if err != nil {
		return nil, err
	}
	a.laws.lib, a.laws.state = law.New(a.store.Rules().Library, versions), state
	return a.laws.lib, nil
}

// Article returns the newest text of an article, or our summary of it where the
// text was not imported; a fault of kind NotFound when the library has neither.
func (a *App) Article(ctx context.Context, instrument, article string) (law.Article, error) {
	return a.ArticleOn(ctx, instrument, article, 0)
}

// ArticleOn is Article as it was in force on a day; zero means the newest.
func (a *App) ArticleOn(ctx context.Context, instrument, article string, on calendar.Date) (law.Article, error) {
	lib, err := a.Laws(ctx)
	if err != nil {
		return law.Article{}, err
	}
	e, ok := lib.Entry(instrument)
	if !ok {
		return law.Article{}, fault.New(fault.NotFound, "法规库中没有编号为“%s”的法规。请在法规库中查找，或先导入正文。", instrument)
	}
	found, ok := lib.Article(instrument, article, on)
	if !ok {
		return found, fault.New(fault.NotFound, "《%s》没有%s，或这一条的正文还没有导入。", e.Title, law.Label(article))
	}
	return found, nil
}

// ResolveCitations finds every citation in a text and says what it leads to on a
// day: see law.Status. Zero means today's law.
func (a *App) ResolveCitations(ctx context.Context, text string, on calendar.Date) ([]law.Resolution, error) {
	lib, err := a.Laws(ctx)
	if err != nil {
		return nil, err
	}
	return lib.ResolveText(text, a.orToday(on)), nil
}

// ResolveCitation resolves the first citation of a text, such as one that a rule
// names; Unknown when there is none.
func (a *App) ResolveCitation(ctx context.Context, text string, on calendar.Date) (law.Resolution, error) {
	all, err := a.ResolveCitations(ctx, text, on)
	if err != nil {
		return law.Resolution{}, err
	}
	if len(all) == 0 {
		return law.Resolution{Status: law.Unknown, Say: "这段文字里没有找到法规引用。"}, nil
	}
	return all[0], nil
}

func (a *App) orToday(on calendar.Date) calendar.Date {
	if on.IsZero() {
		return a.Today()
	}
	return on
}

// SearchLaws finds the articles that answer a question, as in force on a day;
// zero means today.
func (a *App) SearchLaws(ctx context.Context, s law.Search) (law.Results, error) {
	if utf8.RuneCountInString(s.Words) > 400 {
		return law.Results{}, fault.New(fault.Invalid, "查找的内容超过 400 字，请写得短些。")
	}
	lib, err := a.Laws(ctx)
	if err != nil {
		return law.Results{}, err
	}
	s.On = a.orToday(s.On)
	return lib.Search(s), nil
}

// LawFile is a text to take into the library.
type LawFile struct {
	Name       string        // of the file
	Data       []byte        // plain text, Markdown or DOCX
	Instrument string        // id, "" to tell by title and number
	From       calendar.Date // first day in force, zero to tell by the text
}

// What an import would do or did.
const (
	LawNew       = "new"       // an instrument that had no text
	LawVersion   = "version"   // another version of one that had
	LawReplaces  = "replaces"  // other words for the same days: a correction
	LawUnchanged = "unchanged" // the same words are in the library already
)

// LawPreview is what a file holds and what importing it does.
type LawPreview struct {
	Instrument string       `json:"instrument"`
	Known      bool         `json:"known"` // the program or the library knows the instrument
	File       string       `json:"file"`
	Effect     string       `json:"effect"` // one of the Law constants
	Text       law.Text     `json:"text"`   // with its warnings
	Articles   int          `json:"articles"`
	Changes    []law.Change `json:"changes,omitempty"` // against the version that it follows or replaces
	N          int64        `json:"n,omitempty"`       // number of the import, once done
}

// maxLawFile bounds a file, in bytes.
const maxLawFile = 8 << 20

// PreviewLaw reads a text and says what importing it would do; nothing is stored.
func (a *App) PreviewLaw(ctx context.Context, who party.Actor, f LawFile) (LawPreview, error) {
	if err := access.Can(who, access.ManageLaw, access.Target{}).Err(); err != nil {
		return LawPreview{}, err
	}
	lib, err := a.Laws(ctx)
	if err != nil {
		return LawPreview{}, err
	}
	return previewLaw(lib, f)
}

func previewLaw(lib *law.Library, f LawFile) (LawPreview, error) {
	p := LawPreview{File: f.Name}
	if len(f.Data) > maxLawFile {
		return p, fault.New(fault.TooLarge, "文件 %s 超过 %d MB：法规正文不会这样大，请检查是否选错了文件。", f.Name, maxLawFile>>20)
	}
	src, err := document.TextFile(f.Name, f.Data)
	if err != nil {
		return p, err
	}
	p.Text = law.Parse(src, f.Name)
	if p.Articles = len(p.Text.Provisions); p.Articles == 0 {
		return p, fault.New(fault.Invalid, "文件 %s 里没有找到条文，也没有“一、”一类的编号：请检查是不是法规正文（扫描件须先识别成文字）。", f.Name)
	}
	if p.Instrument = f.Instrument; p.Instrument == "" {
		p.Instrument = lib.Names().IDFor(p.Text)
	}
	if !plainID(p.Instrument) {
		return p, fault.New(fault.Invalid, "法规编号“%s”不对：只能用小写字母、数字和短横线，不超过 60 个字符。", p.Instrument)
	}
	entry, known := lib.Entry(p.Instrument)
	p.Known = known || lib.Names().Title(p.Instrument) != ""
	p.decideFrom(entry, f.From)
	p.effect(entry)
	return p, nil
}

func plainID(id string) bool {
	return id != "" && len(id) <= 60 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// decideFrom takes the day that was given; else, where the text could not say,
// the day that the program knows of the instrument.
func (p *LawPreview) decideFrom(e *law.Entry, from calendar.Date) {
	t := &p.Text
	inferred := slices.ContainsFunc(t.Warnings, func(w law.Warning) bool { return w.Code == law.WarnDate })
	switch {
	case !from.IsZero():
		t.From = from
	case inferred && e != nil && len(e.Summaries) > 0 && e.From >= t.From && !e.From.IsZero():
		t.From = e.From
		t.Warnings = append(t.Warnings, law.Warning{Code: law.WarnDate, Text: "生效日取自本系统已核对的规则数据：" + e.From.String() + "。"})
	}
}

func (p *LawPreview) effect(e *law.Entry) {
	p.Effect = LawNew
	if e == nil {
		return
	}
	var before *law.Version
	for i, v := range e.Versions {
		if v.Text.Part != p.Text.Part {
			continue
		}
		switch {
		case v.From == p.Text.From && v.Digest == law.Digest(p.Text):
			p.Effect = LawUnchanged
			return
		case v.From == p.Text.From:
			p.Effect, p.Changes = LawReplaces, law.Compare(v.Text, p.Text)
			return
		case v.From < p.Text.From || before == nil:
			before = &e.Versions[i]
		}
	}
	if before != nil {
		p.Effect, p.Changes = LawVersion, law.Compare(before.Text, p.Text)
	}
}

// ImportLaw takes a text into the library. The same words again are not stored.
func (a *App) ImportLaw(ctx context.Context, who party.Actor, f LawFile) (p LawPreview, err error) {
	if err := access.Can(who, access.ManageLaw, access.Target{}).Err(); err != nil {
		return LawPreview{}, err
	}
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		lib, err := a.lawsIn(tx)
		if err != nil {
			return err
		}
		if p, err = previewLaw(lib, f); err != nil || p.Effect == LawUnchanged {
			return err
		}
		p.N, err = tx.ImportLaw(who.ID, law.Imported{Instrument: p.Instrument, From: p.Text.From, File: f.Name, Digest: law.Digest(p.Text), Text: p.Text})
		return err
	})
	return p, err
}

// WithdrawLaw takes an import out of the library again, with a reason; the
// record keeps it. Where a second person has to confirm, the answer is a *WaitingChange.
func (a *App) WithdrawLaw(ctx context.Context, who party.Actor, instrument string, n int64, reason string) error {
	reason = strings.TrimSpace(reason)
	return a.alter(ctx, who, change.Law, &lawChange{Instrument: instrument, N: n, Reason: reason}, reason)
}

// lawChange takes an import out of the library.
type lawChange struct {
	Instrument string
	N          int64
	Reason     string
}

func (x *lawChange) about(a *App, tx *storage.Tx) (about, error) {
	var f fault.Fields
	f.Need(x.Reason != "" && utf8.RuneCountInString(x.Reason) <= 200, "reason", "请写明撤下的原因，不超过 200 字。")
	if err := f.Err(); err != nil {
		return about{}, err
	}
	lib, err := a.lawsIn(tx)
	if err != nil {
		return about{}, err
	}
	e, ok := lib.Entry(x.Instrument)
	if !ok {
		return about{}, fault.New(fault.NotFound, "法规库中没有编号为“%s”的法规。", x.Instrument)
	}
	v, ok := e.Version(x.N)
	if !ok {
		return about{}, fault.New(fault.NotFound, "《%s》没有第 %d 次导入的文本，或者已经撤下。", e.Title, x.N)
	}
	return about{subject: x.Instrument + "/" + strconv.FormatInt(x.N, 10), title: e.Title, before: v.Digest, lines: []change.Line{{Field: "law", Old: "《" + e.Title + "》 " + v.From.String()}}}, nil
}

func (x *lawChange) take(_ *App, tx *storage.Tx, by string) error {
	return tx.WithdrawLaw(x.Instrument, by, law.Withdrawn{N: x.N, Reason: x.Reason})
}
