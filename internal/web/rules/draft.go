package rules

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/document"
	"xiaobao/internal/fault"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/web"
)

type uploadView struct {
	Form *web.Form
}

func (m *room) upload(w http.ResponseWriter, r *http.Request) error {
	return m.site.Render(w, r, "rules/import", uploadView{web.NewForm()})
}

// take takes in a pack for a trial.
func (m *room) take(w http.ResponseWriter, r *http.Request) error {
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	name, src, err := file(r, "file")
	if err == nil {
		var n int64
		if n, err = m.a.ImportPack(r.Context(), web.Actor(r), name, src); err == nil {
			return to(w, r, "/rules/import/"+strconv.FormatInt(n, 10))
		}
	}
	return web.Again("rules/import", uploadView{form.Refuse(err)}, err)
}

// file reads a file of a form; the body is bounded by the server.
func file(r *http.Request, field string) (name string, data []byte, err error) {
	all := web.Files(r, field)
	if len(all) == 0 || all[0].Size == 0 {
		return "", nil, &fault.Error{Kind: fault.Invalid, Text: "请先选择文件。", Violations: []fault.Violation{{Field: field, Text: "请先选择文件。"}}}
	}
	data, err = io.ReadAll(all[0].Open())
	return filepath.Base(strings.ReplaceAll(all[0].Filename, `\`, "/")), data, err
}

type draftView struct {
	app.PackDraft
	Replaces string // version of the pack in use, "" when it is new
	Rules    []ruleLine
	Hits     int // examples of each kind
	Passes   int
	Hints    []rule.Hint
	Form     *web.Form
	Release  *web.Form
	Back     *rule.Backtest
	Gained   []countView
	Lost     []countView
}

type countView struct {
	Rule string
	N    int
}

func (m *room) draftView(r *http.Request) (draftView, error) {
	n, _ := strconv.ParseInt(r.PathValue("number"), 10, 64)
	book, err := m.a.RuleRoom(r.Context(), web.Actor(r))
	if err != nil {
		return draftView{}, err
	}
	d, err := book.Draft(n)
	if err != nil {
		return draftView{}, err
	}
	v := draftView{PackDraft: d, Hints: d.Lint(), Form: web.NewForm(), Release: web.NewForm()}
	for _, p := range book.Packs {
		if p.ID == d.ID {
			v.Replaces = p.Version
		}
	}
	for _, x := range d.Pack.Rules {
		line := m.line(book, x)
		line.State, line.Changed = rule.On, false
		if x.Off {
			line.State = rule.Off
		}
		v.Rules = append(v.Rules, line)
		for _, e := range x.Examples {
			if e.Hit {
				v.Hits++
			} else {
				v.Passes++
			}
		}
	}
	return v, nil
}

func (m *room) draft(w http.ResponseWriter, r *http.Request) error {
	v, err := m.draftView(r)
	if err != nil {
		return err
	}
	return m.site.Render(w, r, "rules/draft", v)
}

// backtest says what the release would newly find and miss: over the rows of an
// uploaded table, or over closed complaints.
func (m *room) backtest(w http.ResponseWriter, r *http.Request) error {
	v, err := m.draftView(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	v.Form = form
	docs, err := corpus(r, form.Get("column"))
	if err == nil {
		v.Back, err = m.a.BacktestPack(r.Context(), web.Actor(r), v.Number, docs)
	}
	if err != nil {
		v.Form = form.Refuse(err)
		return web.Again("rules/draft", v, err)
	}
	v.Gained, v.Lost = counts(v.Rules, v.Back.Gained), counts(v.Rules, v.Back.Lost)
	return m.site.Render(w, r, "rules/draft", v)
}

// counts lists the rules that changed: those of the draft in its order, then others.
func counts(rules []ruleLine, n map[string]int) []countView {
	var out []countView
	rest := 0
	for _, k := range n {
		rest += k
	}
	for _, r := range rules {
		if n[r.ID] > 0 {
			out = append(out, countView{r.ID, n[r.ID]})
			rest -= n[r.ID]
		}
	}
	if rest > 0 {
		out = append(out, countView{"", rest})
	}
	return out
}

// corpus reads the texts of an uploaded table; nil when there is none.
func corpus(r *http.Request, column string) ([]rule.Doc, error) {
	name, data, err := file(r, "table")
	if fault.Is(err, fault.Invalid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := document.ReadTable(bytes.NewReader(data), int64(len(data)), name, document.TableOptions{HeaderHints: []string{column}})
	if err != nil {
		return nil, err
	}
	docs := []rule.Doc{}
	for row, err := range t.Rows() {
		if err := errors.Join(err, row.Err); err != nil {
			return nil, err
		}
		found := false
		for _, h := range row.Header {
			found = found || h == column
		}
		if !found {
			text := "表里没有“" + column + "”这一列。有的列：" + strings.Join(row.Header, "、") + "。"
			return nil, &fault.Error{Kind: fault.Invalid, Text: text, Violations: []fault.Violation{{Field: "column", Text: text}}}
		}
		if s := strings.TrimSpace(row.Get(column)); s != "" {
			docs = append(docs, rule.Doc{Text: s})
		}
	}
	return docs, nil
}

func (m *room) release(w http.ResponseWriter, r *http.Request) error {
	v, err := m.draftView(r)
	if err != nil {
		return err
	}
	form, err := web.FormOf(r)
	if err != nil {
		return err
	}
	if err := m.a.ReleasePack(r.Context(), web.Actor(r), v.Number, form.Get("reason")); err != nil {
		v.Release = form.Refuse(err)
		return web.Again("rules/draft", v, err)
	}
	m.site.Flash(w, "good", "rules.released")
	return to(w, r, "/rules")
}

func (m *room) discard(w http.ResponseWriter, r *http.Request) error {
	n, _ := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err := m.a.DiscardPack(r.Context(), web.Actor(r), n); err != nil {
		return err
	}
	m.site.Flash(w, "good", "rules.discarded")
	return to(w, r, "/rules")
}

func (m *room) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := m.a.WithdrawPack(r.Context(), web.Actor(r), r.PathValue("id"), r.PostFormValue("reason")); err != nil {
		return err
	}
	m.site.Flash(w, "good", "rules.withdrawn")
	return to(w, r, "/rules")
}
