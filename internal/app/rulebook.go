package app

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

// rulebookStream holds every import of a pack and every switch of a rule. The
// rulebook is its fold over the packs of the program.
const rulebookStream = "rulebook"

// The kinds of the events of the rulebook.
const (
	kindPackImported  = "rulebook.PackImported"
	kindPackReleased  = "rulebook.PackReleased"
	kindPackDiscarded = "rulebook.PackDiscarded"
	kindPackWithdrawn = "rulebook.PackWithdrawn"
	kindRuleSwitched  = "rulebook.RuleSwitched"
)

// PackImported is the event of a pack taken in for a trial. Its version in the
// stream is the number of the import.
type PackImported struct {
	Pack    string `json:"pack"`
	Version string `json:"version"`
	File    string `json:"file"`
	Source  string `json:"source"` // the file as it was uploaded
}

// PackDecided is the event of an imported pack released or discarded.
type PackDecided struct {
	Import int64 `json:"import"`
}

// PackWithdrawn is the event of a released pack taken out of use: the pack of
// the program with that id, if there is one, counts again.
type PackWithdrawn struct {
	Pack string `json:"pack"`
}

// RuleSwitched is the event of a rule switched on, off or to the shadow.
type RuleSwitched struct {
	Rule string      `json:"rule"`
	Old  rule.Switch `json:"old"`
	New  rule.Switch `json:"new"`
	Why  string      `json:"why"`
}

// PackState is a pack in use, with where it comes from.
type PackState struct {
	*rule.Pack
	Import int64 // number of the import, 0 for a pack of the program
	At     time.Time
	By     party.PersonID
}

// PackDraft is an imported pack that waits for its release.
type PackDraft struct {
	*rule.Pack
	Number int64
	At     time.Time
	By     party.PersonID
	Source string
}

// RuleSwitch is the last decision about a rule.
type RuleSwitch struct {
	RuleSwitched
	At time.Time
	By party.PersonID
}

// Rules of the institution as they stand; built anew when the stream has grown.
type ruleState struct {
	mu       sync.Mutex
	head     int64
	loaded   bool
	book     *rule.Book
	packs    []PackState
	drafts   []PackDraft
	switches map[string]RuleSwitch
}

// RuleRoom is the rulebook as its page and the API show it.
type RuleRoom struct {
	Book     *rule.Book
	Packs    []PackState
	Drafts   []PackDraft
	Switches map[string]RuleSwitch
	Shadows  map[string]int // findings of shadow rules in the last 90 days; nil for those who may not manage
}

// Rulebook returns the book in force: the packs of the program, replaced and
// joined by released imports, with the institution's switches. It costs one
// lookup when nothing changed; every copy of the program sees a change at once.
func (a *App) Rulebook(ctx context.Context) (*rule.Book, error) {
	room, err := a.ruleRoom(ctx)
	return room.Book, err
}

// RuleRoom returns the rulebook with its packs, drafts and switches.
func (a *App) RuleRoom(ctx context.Context, who party.Actor) (RuleRoom, error) {
	if err := access.Can(who, access.ReadRules, access.Target{}).Err(); err != nil {
		return RuleRoom{}, err
	}
	room, err := a.ruleRoom(ctx)
	if err != nil || !access.May(who, access.ManageRules) {
		room.Drafts = nil
		return room, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		room.Shadows, err = tx.Shadows(a.Today().AddDays(-shadowDays))
		return err
	})
	return room, err
}

// shadowDays is how far back shadow findings are counted for the page.
const shadowDays = 90

func (a *App) ruleRoom(ctx context.Context) (room RuleRoom, err error) {
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		room, err = a.ruleRoomIn(tx)
		return err
	})
	return room, err
}

// ruleRoomIn is ruleRoom within a snapshot that is open already.
func (a *App) ruleRoomIn(tx *storage.Tx) (RuleRoom, error) {
	s := &a.rulebook
	s.mu.Lock()
	defer s.mu.Unlock()
	head, err := tx.Head(rulebookStream)
	if err == nil && !(s.loaded && head.Version == s.head) {
		err = s.fold(tx)
	}
	return RuleRoom{Book: s.book, Packs: s.packs, Drafts: s.drafts, Switches: s.switches}, err
}

// fold reads the stream and compiles the book.
func (s *ruleState) fold(tx *storage.Tx) error {
	events, err := tx.Load(rulebookStream)
	if err != nil {
		return err
	}
	own, err := packs.All()
	if err != nil {
		return err
	}
	next := ruleState{switches: map[string]RuleSwitch{}}
	for _, p := range own {
		next.packs = append(next.packs, PackState{Pack: p})
	}
	for _, e := range events {
		if err := next.apply(tx, e.Kind, e.Version, e.At, party.PersonID(e.By), func(v any) error { return tx.Decode(e, v) }); err != nil {
			return err
		}
		next.head = e.Version
	}
	if next.book, err = next.compile(); err != nil {
		return err
	}
	s.head, s.loaded, s.book, s.packs, s.drafts, s.switches = next.head, true, next.book, next.packs, next.drafts, next.switches
	return nil
}

func (s *ruleState) compile() (*rule.Book, error) {
	list := make([]*rule.Pack, len(s.packs))
	for i, p := range s.packs {
		list[i] = p.Pack
	}
	b, err := rule.NewBook(list...)
	if err != nil {
		return nil, err
	}
	states := make(map[string]rule.Switch, len(s.switches))
	for id, x := range s.switches {
		states[id] = x.New
	}
	return b.With(states), nil
}

func (s *ruleState) apply(tx *storage.Tx, kind string, version int64, at time.Time, by party.PersonID, decode func(any) error) error {
	switch kind {
	case kindPackImported:
		var e PackImported
		if err := decode(&e); err != nil {
			return err
		}
		p, err := rule.Read(e.File, []byte(e.Source))
		if err != nil {
			return err
		}
		s.drafts = append(s.drafts, PackDraft{Pack: p, Number: version, At: at, By: by, Source: e.Source})
	case kindPackReleased, kindPackDiscarded:
		var e PackDecided
		if err := decode(&e); err != nil {
			return err
		}
		s.decide(e.Import, kind == kindPackReleased, at, by)
	case kindPackWithdrawn:
		var e PackWithdrawn
		if err := decode(&e); err != nil {
			return err
		}
		return s.withdraw(e.Pack)
	case kindRuleSwitched:
		var e RuleSwitched
		if err := decode(&e); err != nil {
			return err
		}
		s.switches[e.Rule] = RuleSwitch{RuleSwitched: e, At: at, By: by}
	}
	return nil
}

func (s *ruleState) decide(number int64, release bool, at time.Time, by party.PersonID) {
	i := slices.IndexFunc(s.drafts, func(d PackDraft) bool { return d.Number == number })
	if i < 0 {
		return
	}
	d := s.drafts[i]
	s.drafts = slices.Delete(slices.Clone(s.drafts), i, i+1)
	if release {
		s.packs = replaced(s.packs, PackState{Pack: d.Pack, Import: number, At: at, By: by})
	}
}

// replaced puts a pack in the place of the one with its id, or in order.
func replaced(list []PackState, p PackState) []PackState {
	list = slices.DeleteFunc(slices.Clone(list), func(have PackState) bool { return have.ID == p.ID })
	list = append(list, p)
	slices.SortFunc(list, func(x, y PackState) int { return strings.Compare(x.ID, y.ID) })
	return list
}

func (s *ruleState) withdraw(id string) error {
	own, err := packs.All()
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(own, func(p *rule.Pack) bool { return p.ID == id }); i >= 0 {
		s.packs = replaced(s.packs, PackState{Pack: own[i]})
		return nil
	}
	s.packs = slices.DeleteFunc(slices.Clone(s.packs), func(p PackState) bool { return p.ID == id })
	return nil
}

// changeRules appends one event to the rulebook. check sees the rulebook as it
// stands and makes the event.
func (a *App) changeRules(ctx context.Context, who party.Actor, kind string, check func(RuleRoom) (any, error)) (int64, error) {
	if err := access.Can(who, access.ManageRules, access.Target{}).Err(); err != nil {
		return 0, err
	}
	room, err := a.ruleRoom(ctx)
	if err != nil {
		return 0, err
	}
	body, err := check(room)
	if err != nil {
		return 0, err
	}
	var version int64
	err = a.store.Update(ctx, func(tx *storage.Tx) error {
		version, err = tx.AppendNext(rulebookStream, who.ID, kind, body)
		return err
	})
	return version, err
}

// maxPackUpload bounds an uploaded pack; the largest of the program has some 100 KB.
const maxPackUpload = 1 << 20

// ImportPack takes in a pack for a trial and returns the number of the import.
// Its rules run for nobody until it is released; a pack whose examples fail is
// refused with every failure.
func (a *App) ImportPack(ctx context.Context, who party.Actor, file string, src []byte) (int64, error) {
	return a.changeRules(ctx, who, kindPackImported, func(room RuleRoom) (any, error) {
		if len(src) > maxPackUpload {
			return nil, fault.New(fault.TooLarge, "规则包有 %d 千字节，最大 1024：请拆成几个包。", len(src)>>10)
		}
		p, err := rule.Parse(file, src)
		if err != nil {
			return nil, err
		}
		if _, err := room.with(p); err != nil {
			return nil, err
		}
		return PackImported{Pack: p.ID, Version: p.Version, File: file, Source: string(src)}, nil
	})
}

// with returns the book as it would be with a pack released.
func (r RuleRoom) with(p *rule.Pack) (*rule.Book, error) {
	s := ruleState{packs: replaced(r.Packs, PackState{Pack: p}), switches: r.Switches}
	return s.compile()
}

// Draft returns the imported pack of a number that waits for its release.
func (r RuleRoom) Draft(number int64) (PackDraft, error) {
	i := slices.IndexFunc(r.Drafts, func(d PackDraft) bool { return d.Number == number })
	if i < 0 {
		return PackDraft{}, fault.New(fault.NotFound, "没有第 %d 号待发布的规则包：它可能已经发布或者放弃。", number)
	}
	return r.Drafts[i], nil
}

// DiscardPack drops an imported pack.
func (a *App) DiscardPack(ctx context.Context, who party.Actor, number int64) error {
	_, err := a.changeRules(ctx, who, kindPackDiscarded, func(room RuleRoom) (any, error) {
		_, err := room.Draft(number)
		return PackDecided{Import: number}, err
	})
	return err
}
