package laws

import (
	"net/http"
	"strconv"

	"xiaobao/internal/fault"
	"xiaobao/internal/law"
	"xiaobao/internal/text"
	"xiaobao/internal/web"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func atoi(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "没有这次导入：请从法规页面选择版本。")
	}
	return n, nil
}

type compareView struct {
	Line               lawLine
	ID                 string
	From, To           string // first days of the two versions
	Choices            []web.Option
	FromN, ToN         string
	Changes            []changeView
	Added, Gone, Other int
	Empty              web.Empty
}

type changeView struct {
	Kind, Label, Text string // message id of the kind; text of an added or removed article
	Link              string
	Pieces            []text.Piece
}

// compare says what changed by article between two versions.
func (m *room) compare(w http.ResponseWriter, r *http.Request) error {
	_, e, err := m.entry(r)
	if err != nil {
		return err
	}
	old, err := versionOf(e, r.URL.Query().Get("from"))
	if err != nil {
		return err
	}
	now, err := versionOf(e, r.URL.Query().Get("to"))
	if err != nil {
		return err
	}
	v := compareView{Line: m.line(e), ID: e.ID, From: old.From.String(), To: now.From.String(), FromN: itoa(old.N), ToN: itoa(now.N),
		Empty: web.Empty{Icon: "check", Title: "laws.same", Text: "laws.same_text"}}
	for _, x := range e.Versions {
		if x.Text.Part == now.Text.Part {
			v.Choices = append(v.Choices, web.Option{Value: itoa(x.N), Text: x.From.String()})
		}
	}
	for _, c := range law.Compare(old.Text, now.Text) {
		line := changeView{Kind: "laws.change." + c.Kind, Label: law.Label(c.Number), Link: web.Link("/laws/"+e.ID+"/articles/"+c.Number, "on", now.From.String()), Pieces: c.Pieces, Text: c.New + c.Old}
		switch c.Kind {
		case "added":
			v.Added++
		case "removed":
			v.Gone++
			line.Link = web.Link("/laws/"+e.ID+"/articles/"+c.Number, "on", old.From.String())
		default:
			v.Other++
			line.Text = ""
		}
		v.Changes = append(v.Changes, line)
	}
	return m.site.Render(w, r, "laws/compare", v)
}

func versionOf(e *law.Entry, s string) (law.Version, error) {
	n, err := atoi(s)
	if err != nil {
		return law.Version{}, err
	}
	v, ok := e.Version(n)
	if !ok {
		return v, fault.New(fault.NotFound, "《%s》没有第 %d 次导入的文本，或者已经撤下。", e.Title, n)
	}
	return v, nil
}
