package app

import (
	"context"
	"sync"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

// codingCache is the schemes as of a head; it is checked against the database
// each time, so that every copy of the program sees a change.
type codingCache struct {
	mu   sync.Mutex
	head int64
	last *coding.Catalogue
}

// codingsIn returns the schemes and tables as they stand in a snapshot.
func (a *App) codingsIn(tx *storage.Tx) (*coding.Catalogue, error) {
	base := complaint.Codings()
	head, err := tx.CodingsHead(base)
	if err != nil {
		return nil, err
	}
	a.codings.mu.Lock()
	defer a.codings.mu.Unlock()
	if a.codings.last != nil && a.codings.head == head {
		return a.codings.last, nil
	}
	c, err := tx.Codings(base)
	if err != nil {
		return nil, err
	}
	a.codings.head, a.codings.last = head, c
	return c, nil
}

// InstitutionKind is the kind of institution that the settings name.
func (a *App) InstitutionKind() coding.Institution {
	s, err := a.Rules(a.Today()).Setting("coding.institution")
	if err != nil {
		return coding.Bank
	}
	return coding.Institution(s.Text())
}

// Codings is the schemes that apply with their tables and proposals.
type Codings struct {
	Kind      coding.Institution
	Catalogue *coding.Catalogue
	Today     calendar.Date
}

// Codings returns the schemes and tables in force.
func (a *App) Codings(ctx context.Context, who party.Actor) (Codings, error) {
	if err := access.Can(who, access.ReadCoding, access.Target{}).Err(); err != nil {
		return Codings{}, err
	}
	if err := a.loadRules(ctx); err != nil {
		return Codings{}, err
	}
	out := Codings{Kind: a.InstitutionKind(), Today: a.Today()}
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		out.Catalogue, err = a.codingsIn(tx)
		return err
	})
	return out, err
}

// OwnTree returns the institution's own tree as it codes a case registered on a day,
// and whether it has one: forms offer its codes then, and those of the code book follow.
func (a *App) OwnTree(ctx context.Context, registered calendar.Date) (tree coding.Scheme, has bool, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := a.codingsIn(tx)
		if err == nil {
			tree, has = complaint.OwnTree(c, registered)
		}
		return err
	})
	return tree, has, err
}

// CodingAsk says which cases a report counts and under which versions.
type CodingAsk struct {
	Received calendar.Interval // days of receipt; zero ends are open
	Unit     party.UnitID      // handling unit and below; "" for all in reach
	Basis    coding.Basis
}

// Reconciliation is the counts by every coding side by side.
type Reconciliation struct {
	Codings
	Ask    CodingAsk
	Org    *Org
	Report coding.Report
}

// Reconcile counts the cases in the reader's reach by every coding that applies.
func (a *App) Reconcile(ctx context.Context, who party.Actor, ask CodingAsk) (Reconciliation, error) {
	out := Reconciliation{Ask: ask}
	err := a.coded(ctx, who, ask, func(_ *storage.Tx, k counted) error {
		out.Codings, out.Org = k.Codings, k.org
		out.Report = k.Catalogue.Reconcile(k.Kind, ask.Basis, k.groups)
		return nil
	})
	return out, err
}

// counted is a snapshot's groups with what they were asked by.
type counted struct {
	Codings
	org    *Org
	within []party.UnitID
	filter storage.CodingFilter
	since  []calendar.Date
	groups []coding.Group
}

// coded counts the groups of a question and runs fn on the same snapshot.
func (a *App) coded(ctx context.Context, who party.Actor, ask CodingAsk, fn func(*storage.Tx, counted) error) error {
	return a.codedSince(ctx, who, ask, nil, fn)
}

// codedSince is coded with more days at which the groups are parted.
func (a *App) codedSince(ctx context.Context, who party.Actor, ask CodingAsk, more []calendar.Date, fn func(*storage.Tx, counted) error) error {
	if err := access.Can(who, access.ReadCoding, access.Target{}).Err(); err != nil {
		return err
	}
	if err := a.loadRules(ctx); err != nil {
		return err
	}
	return a.store.View(ctx, func(tx *storage.Tx) (err error) {
		k := counted{Codings: Codings{Kind: a.InstitutionKind(), Today: a.Today()}, filter: storage.CodingFilter{Received: ask.Received, Unit: ask.Unit}}
		if k.Catalogue, err = a.codingsIn(tx); err != nil {
			return err
		}
		if k.org, err = a.orgIn(tx); err != nil {
			return err
		}
		if _, ok := k.org.Tree.Unit(ask.Unit); ask.Unit != "" && !ok {
			return fault.New(fault.NotFound, "没有编号为“%s”的机构", ask.Unit)
		}
		k.filter.UnitDepth = len(k.org.Tree.Path(ask.Unit))
		k.within = subtreeOf(k.org.Tree, who.Unit)
		k.since = k.Catalogue.Boundaries(k.Kind, more...)
		if k.groups, err = tx.CodingGroups(who, k.within, k.filter, k.since); err != nil {
			return err
		}
		return fn(tx, k)
	})
}

// CodingCases returns the cases behind a count: those that lie in all cells, by id
// from after on, at most limit.
func (a *App) CodingCases(ctx context.Context, who party.Actor, ask CodingAsk, cells []coding.Cell, after complaint.ID, limit int) ([]storage.Row, *Org, error) {
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	var rows []storage.Row
	var org *Org
	err := a.coded(ctx, who, ask, func(tx *storage.Tx, k counted) error {
		org = k.org
		groups := k.Catalogue.Match(k.Kind, ask.Basis, k.groups, cells...)
		ids, err := tx.CodingIDs(who, k.within, k.filter, k.since, groups, after, limit)
		if err != nil {
			return err
		}
		rows, err = tx.RowsByID(who, ids)
		return err
	})
	return rows, org, err
}

// CodingQueue is what waits for a person: situations without a code.
type CodingQueue struct {
	Codings
	Org  *Org
	Open []coding.Open
}

// CodingQueue returns the situations without a code, those to choose first.
func (a *App) CodingQueue(ctx context.Context, who party.Actor, ask CodingAsk) (CodingQueue, error) {
	var out CodingQueue
	ask.Basis = coding.AtRegistration
	err := a.coded(ctx, who, ask, func(_ *storage.Tx, k counted) error {
		out = CodingQueue{Codings: k.Codings, Org: k.org, Open: k.Catalogue.Queue(k.Kind, k.groups)}
		return nil
	})
	return out, err
}

// maxChoose bounds how many cases one click codes.
const maxChoose = 500

// ChooseAlike is a code picked for every case of one situation.
type ChooseAlike struct {
	Situation string `json:"situation" maxLength:"1000" doc:"As the queue gives it"`
	Scheme    string `json:"scheme" maxLength:"64"`
	Facet     string `json:"facet" maxLength:"64"`
	Code      string `json:"code" maxLength:"64"`
	Why       string `json:"why" maxLength:"500"`
}

// Chosen says what became of a choice for many.
type Chosen struct {
	Done    int            `json:"done"`
	Left    int            `json:"left"`    // more than one click takes
	Refused map[string]int `json:"refused"` // by reason
}

// ChooseAlike picks a code for the cases of a situation that the reader may handle.
func (a *App) ChooseAlike(ctx context.Context, who party.Actor, ask CodingAsk, d ChooseAlike) (Chosen, error) {
	out := Chosen{Refused: map[string]int{}}
	var ids []complaint.ID
	ask.Basis = coding.AtRegistration
	err := a.coded(ctx, who, ask, func(tx *storage.Tx, k counted) (err error) {
		var alike []coding.Group
		for _, g := range k.Catalogue.Match(k.Kind, ask.Basis, k.groups, coding.Cell{Scheme: d.Scheme, Facet: d.Facet}) {
			if g.Key == d.Situation && !k.Catalogue.Decided(ask.Basis, g, d.Scheme, d.Facet) {
				alike = append(alike, g)
				out.Left += g.N
			}
		}
		ids, err = tx.CodingIDs(who, k.within, k.filter, k.since, alike, 0, maxChoose)
		return err
	})
	if err != nil {
		return out, err
	}
	if len(ids) == 0 {
		return out, fault.New(fault.Conflict, "这种情形已经没有待定的投诉，可能已由他人处理。请刷新后再看。")
	}
	cmd := complaint.ChooseCode{Scheme: d.Scheme, Facet: d.Facet, Code: d.Code, Why: d.Why}
	out.Left -= len(ids)
	var first error
	for _, id := range ids {
		if _, err := a.Do(ctx, who, id, 0, cmd); err != nil {
			if fault.Is(err, fault.Invalid) && out.Done == 0 {
				return out, err // wrong for one, wrong for all
			}
			first = err
			out.Refused[fault.Message(err)]++
			continue
		}
		out.Done++
	}
	if out.Done == 0 {
		return out, first
	}
	return out, nil
}
