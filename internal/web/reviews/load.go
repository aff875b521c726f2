package reviews

import (
	"net/http"

	"xiaobao/internal/web"
)

type loadView struct {
	People []loadRow
	Units  []loadRow
	Days   int
}

type loadRow struct {
	Name                string
	Open, Soon, Overdue int
	Waiting             int // on others
	Done                int
	Median              int
	HasMedian           bool
	Free                bool // nobody has taken them
}

// load shows who has how much.
func (m *room) load(w http.ResponseWriter, r *http.Request) error {
	l, err := m.a.ReviewLoad(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	v := loadView{Days: l.Days}
	for _, x := range l.People {
		name := l.Org.Name("person/" + string(x.Person))
		v.People = append(v.People, loadRow{name, x.Open, x.Soon, x.Overdue, x.Waiting, x.Done, x.Median, x.Done > 0, x.Person == ""})
	}
	for _, x := range l.Units {
		v.Units = append(v.Units, loadRow{l.Org.Tree.Name(x.Unit), x.Open, x.Soon, x.Overdue, x.Waiting, x.Done, x.Median, x.Done > 0, false})
	}
	return m.site.Render(w, r, "reviews/load", v)
}
