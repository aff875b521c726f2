package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"xiaobao/internal/access"
	"xiaobao/internal/change"
	"xiaobao/internal/complaint"
	"xiaobao/internal/examine"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const examinationRows = 100

// actorIn is an enabled person as an actor. An examiner is given the sample of the
// own examination; when that is over the account is, too.
func (a *App) actorIn(tx *storage.Tx, p party.Person, org *Org) (party.Actor, error) {
	who := party.ActorOf(p, org.Tree)
	if !who.Has(party.Examiner) {
		return who, nil
	}
	e, err := tx.ExaminationOf(p.ID)
	if fault.Is(err, fault.NotFound) || err == nil && !e.Live(tx.Now()) {
		return who, fault.New(fault.Unauthed, "检查已经结束，这个账号不能再使用。")
	}
	who.Examination, who.Sample = e.ID, e.Cases
	return who, err
}

// OpenedExamination is what an administrator gets: the draw, and the password that
// is shown this once.
type OpenedExamination struct {
	storage.Examination
	Login    string
	Password string
}

// OpenExamination draws a sample and makes the account that may read it. The draw
// is an event: seed, population with its digest, the checkpoint that vouches for the
// population, and the cases. Whoever asked sees numbers only.
func (a *App) OpenExamination(ctx context.Context, who party.Actor, ask examine.Request) (OpenedExamination, error) {
	var out OpenedExamination
	if err := access.Can(who, access.ManageParty, access.Target{}).Err(); err != nil {
		return out, err
	}
	if err := ask.Check(a.Today()); err != nil {
		return out, err
	}
	e, err := a.draw(ctx, ask)
	if err != nil {
		return out, err
	}
	org, err := a.Org(ctx)
	if err != nil {
		return out, err
	}
	person := party.Person{ID: e.Person, Login: ask.Login, Name: ask.Name, Title: "外部检查人员", Unit: org.Tree.Root(), Roles: []party.Role{party.Examiner}}
	password, hash, err := a.firstPassword(ctx, ask.Login)
	if err != nil {
		return out, err
	}
	err = a.alter(ctx, who, change.Examination, &examinationChange{Opened: e, Account: personChange{Person: person, Password: hash}}, ask.Reason)
	if _, waits := errors.AsType[*WaitingChange](err); err != nil && !waits {
		return out, err
	}
	out.Opened, out.At, out.By, out.Login, out.Password = e, a.now(), who.ID, ask.Login, password
	return out, err
}

// examinationChange makes the account of an examiner and opens the draw to it.
type examinationChange struct {
	Opened  examine.Opened
	Account personChange
}

func (x *examinationChange) about(a *App, tx *storage.Tx) (about, error) {
	org, err := a.orgIn(tx)
	if err != nil {
		return about{}, err
	}
	if _, err := x.Account.check(tx, org); err != nil {
		return about{}, err
	}
	e := x.Opened
	return about{subject: strconv.FormatInt(e.ID, 10), title: x.Account.Person.Name, affects: []party.PersonID{e.Person}, lines: []change.Line{{Field: "name", New: x.Account.Person.Name}, {Field: "login", New: x.Account.Person.Login},
		{Field: "sample", New: fmt.Sprintf("%d / %d", len(e.Cases), e.Population)}, {Field: "received", New: e.From.String() + " – " + e.To.String()}, {Field: "seed", New: e.Seed}, {Field: "expires", New: e.Until.String()}}}, nil
}

func (x *examinationChange) take(a *App, tx *storage.Tx, by string) error {
	if err := x.Account.take(a, tx, by); err != nil {
		return err
	}
	return tx.OpenExamination(by, x.Opened)
}

// draw signs the ledger as it stands and picks the sample.
func (a *App) draw(ctx context.Context, ask examine.Request) (examine.Opened, error) {
	n, err := a.store.Counter(ctx, "examination")
	if err != nil {
		return examine.Opened{}, err
	}
	e := examine.Opened{ID: n, Person: party.PersonID("x" + complaint.ID(n).String()), Reason: ask.Reason, Until: ask.Until, From: ask.From, To: ask.To, Seed: ask.Seed}
	if e.Seed == "" {
		b := make([]byte, 16)
		if _, err := io.ReadFull(a.rand, b); err != nil {
			return e, fault.Wrap(fault.Unavailable, err, "系统取不到随机数，无法抽取种子")
		}
		e.Seed = hex.EncodeToString(b)
	}
	note, err := a.store.Checkpoint(ctx)
	if err != nil {
		return e, err
	}
	e.Checkpoint = string(note)
	population, err := a.population(ctx, e)
	if err != nil {
		return e, err
	}
	if len(population) == 0 {
		return e, wrongField("from", "这段时间没有收到投诉，无从抽取")
	}
	e.Population, e.Sum, e.Cases = len(population), examine.Sum(population), examine.Pick(e.Seed, ask.Size, population)
	return e, nil
}

func (a *App) population(ctx context.Context, e examine.Opened) (out []int64, err error) {
	c, err := ledger.VerifyCheckpoint([]byte(e.Checkpoint), a.store.PublicKey())
	if err != nil {
		return nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		out, err = tx.Population(e.From, e.To, c)
		return err
	})
	return out, err
}

// ExaminationView is an examination as the page lists it. Repeated is nil when the
// draw gives the same sample again.
type ExaminationView struct {
	storage.Examination
	Live     bool
	Name     string
	Login    string
	Repeated error
}

// Examinations lists the examinations to those who manage people or audit, and
// repeats each draw.
func (a *App) Examinations(ctx context.Context, who party.Actor) ([]ExaminationView, error) {
	if err := access.Can(who, access.ReadExaminations, access.Target{}).Err(); err != nil {
		return nil, err
	}
	org, err := a.Org(ctx)
	if err != nil {
		return nil, err
	}
	var list []storage.Examination
	if err := a.store.View(ctx, func(tx *storage.Tx) error {
		list, err = tx.Examinations(examinationRows)
		return err
	}); err != nil {
		return nil, err
	}
	out := make([]ExaminationView, len(list))
	for i, e := range list {
		p, _ := org.Person(e.Person)
		out[i] = ExaminationView{Examination: e, Live: e.Live(a.now()), Name: p.Name, Login: p.Login, Repeated: a.repeat(ctx, e.Opened)}
	}
	return out, nil
}

// repeat draws again from the seed and the population that the checkpoint vouches for.
func (a *App) repeat(ctx context.Context, e examine.Opened) error {
	population, err := a.population(ctx, e)
	if err != nil {
		return err
	}
	if len(population) != e.Population || examine.Sum(population) != e.Sum {
		return fault.New(fault.Conflict, "抽样总体与当时不同：当时 %d 件，现在 %d 件。", e.Population, len(population))
	}
	if !slices.Equal(examine.Pick(e.Seed, len(e.Cases), population), e.Cases) {
		return fault.New(fault.Conflict, "用同一个种子抽出的样本与记录的不同。")
	}
	return nil
}

// EndExamination ends one before its time: with the next request the examiner is out.
func (a *App) EndExamination(ctx context.Context, who party.Actor, id int64) error {
	if err := access.Can(who, access.ManageParty, access.Target{}).Err(); err != nil {
		return err
	}
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		e, err := tx.Examination(id)
		if err != nil {
			return err
		}
		if !e.Live(tx.Now()) {
			return fault.New(fault.Conflict, "这次检查已经结束")
		}
		return tx.EndExamination(who.ID, id)
	})
}

// SampledCase is a case of the sample with what its chain says.
type SampledCase struct {
	storage.Row
	Events int
	Broken error // nil: the chain is whole and every event stands in the signed tree
}

// Sample is what an examiner works through.
type Sample struct {
	storage.Examination
	Checkpoint ledger.Checkpoint // the newest, that the cases were compared with
	Cases      []SampledCase
}

// Sample returns the examiner's own sample, each case verified as of now.
func (a *App) Sample(ctx context.Context, who party.Actor) (Sample, error) {
	var out Sample
	if !who.Has(party.Examiner) {
		return out, fault.New(fault.Forbidden, "只有外部检查人员有样本")
	}
	note, err := a.store.Checkpoint(ctx)
	if err != nil {
		return out, err
	}
	if out.Checkpoint, err = ledger.VerifyCheckpoint(note, a.store.PublicKey()); err != nil {
		return out, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if out.Examination, err = tx.Examination(who.Examination); err != nil {
			return err
		}
		ids := make([]complaint.ID, len(who.Sample))
		for i, id := range who.Sample {
			ids[i] = complaint.ID(id)
		}
		rows, err := tx.RowsByID(who, ids)
		for _, r := range rows {
			c := SampledCase{Row: r}
			c.Events, c.Broken = verifyCase(tx, r.ID, out.Checkpoint)
			out.Cases = append(out.Cases, c)
		}
		return err
	})
	return out, err
}

// verifyCase walks the chain of a case and checks every event's place in the tree.
// Events newer than the checkpoint are no damage: they are proven by the next.
func verifyCase(tx *storage.Tx, id complaint.ID, c ledger.Checkpoint) (int, error) {
	events, err := tx.Load(id.Stream())
	if err != nil {
		return 0, err
	}
	records, err := tx.Prove(events, c)
	if fault.Is(err, fault.Stale) {
		return len(events), nil
	}
	for _, r := range records {
		if err := ledger.CheckEvent(r.Proof, c.Size, c.Root, r.Leaf, r.Hash); err != nil {
			return len(events), fault.Wrap(fault.Conflict, err, "第 %d 条记录不在签名的总账里", r.Version)
		}
	}
	return len(events), err
}
