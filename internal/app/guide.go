package app

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/text"
)

// GuidePage is what the texts of a case say about the person, with the case as
// it was read: masked.
type GuidePage struct {
	Case    complaint.Case
	Reading guide.Reading
	Input   guide.Input     // the texts that the evidence points into
	May     access.Decision // to judge
}

// Guide reads a case: emotion, causes, needs, stage and codes, each a suggestion
// that a person decides with complaint.Judge. It changes nothing.
func (a *App) Guide(ctx context.Context, who party.Actor, id complaint.ID) (GuidePage, error) {
	var p GuidePage
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(id)
		if err != nil {
			return err
		}
		p.Case = c.Masked()
		p.May = access.Can(who, complaint.Judge{}.Action(), c.Target())
		return access.Can(who, access.ReadComplaint, c.Target()).Err()
	})
	if err != nil {
		return GuidePage{}, err
	}
	p.Input = guide.Of(p.Case)
	p.Reading, err = a.read(ctx, p.Input)
	return p, err
}

// read hears the rules in use and the models there are.
func (a *App) read(ctx context.Context, in guide.Input) (guide.Reading, error) {
	if len(in.Parts) == 0 {
		return guide.Reading{}, nil
	}
	book, err := a.Rulebook(ctx)
	if err != nil {
		return guide.Reading{}, err
	}
	models, err := a.guideModels(ctx)
	if err != nil {
		return guide.Reading{}, err
	}
	return guide.Read(in, book, models), nil
}

func (a *App) guideModels(ctx context.Context) (guide.Models, error) {
	out := guide.Models{}
	for _, topic := range ModelTopics {
		m, err := a.Model(ctx, topic)
		if err != nil {
			return nil, err
		}
		if m == nil {
			continue
		}
		out[topic] = guide.Model{Source: "model:" + m.Info().Digest[:min(12, len(m.Info().Digest))], Read: func(s string) guide.ModelAnswer {
			answer := m.Classify(s)
			said := guide.ModelAnswer{Value: answer.Label, Confidence: perMille(answer.P), Abstain: answer.Abstain}
			for _, w := range answer.Words {
				said.Words = append(said.Words, text.Span{Start: w.Start, End: w.End})
			}
			return said
		}}
	}
	return out, nil
}

// GuideText reads a narrative and a demand that are only being typed.
func (a *App) GuideText(ctx context.Context, who party.Actor, narrative, demand string) (guide.Reading, error) {
	if err := access.Can(who, access.RegisterComplaint, access.Target{}).Err(); err != nil {
		return guide.Reading{}, err
	}
	if n := len(narrative) + len(demand); n > 4*complaint.MaxText {
		return guide.Reading{}, fault.New(fault.TooLarge, "文字共 %d 字节，超过 %d 字节；请缩短后再读", n, 4*complaint.MaxText)
	}
	if !utf8.ValidString(narrative + demand) {
		return guide.Reading{}, fault.New(fault.Invalid, "文字不是 UTF-8 编码，请重新输入")
	}
	return a.read(ctx, guide.Of(complaint.Case{ReceivedOn: a.Today(), Narrative: narrative, Demand: demand}))
}

// Moods returns the confirmed emotion of the listed cases, where there is one.
// The ids come from a list that was filtered for the reader.
func (a *App) Moods(ctx context.Context, rows []storage.Row) (out map[complaint.ID]string, err error) {
	ids := make([]complaint.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		out, err = tx.ConfirmedMoods(ids)
		return err
	})
	return out, err
}

// VerdictCount counts answers by what became of the suggestion.
type VerdictCount struct {
	Accepted  int `json:"accepted"`
	Corrected int `json:"corrected"`
	Refused   int `json:"refused"`
	Stated    int `json:"stated"` // said without a suggestion
}

func (v *VerdictCount) add(verdict complaint.Verdict, n int) {
	switch verdict {
	case complaint.Adopted:
		v.Accepted += n
	case complaint.Corrected:
		v.Corrected += n
	case complaint.Rejected:
		v.Refused += n
	default:
		v.Stated += n
	}
}

// Suggested is how many suggestions a person answered.
func (v VerdictCount) Suggested() int { return v.Accepted + v.Corrected + v.Refused }

// Right is the share of suggestions that were accepted, in per mille, -1 when
// none was answered.
func (v VerdictCount) Right() int {
	if v.Suggested() == 0 {
		return -1
	}
	return v.Accepted * 1000 / v.Suggested()
}

// AccuracyLine counts one topic, source, unit or day.
type AccuracyLine struct {
	Topic  complaint.Topic `json:"topic,omitempty"`
	Source string          `json:"source,omitempty"`
	Unit   party.UnitID    `json:"unit,omitempty"`
	On     calendar.Date   `json:"on,omitzero"`
	VerdictCount
}

// Confused is a suggestion that people corrected to another value.
type Confused struct {
	Topic     complaint.Topic `json:"topic"`
	Suggested string          `json:"suggested"`
	Value     string          `json:"value"`
	N         int             `json:"n"`
}

// Accuracy is how the suggestions fared in a period: of those that a person
// answered. What nobody answered is not known to be right or wrong.
type Accuracy struct {
	Span     calendar.Interval
	Org      *Org
	Unit     party.UnitID
	Topics   []AccuracyLine
	Sources  []AccuracyLine // by topic and source
	Units    []AccuracyLine // handling units
	Days     []AccuracyLine // per day, days without an answer are left out
	Confused []Confused     // commonest first
}

// confusedMost bounds the list of mistakes.
const confusedMost = 20

// Accuracy counts the answers of cases in reach, of one unit and below or of all.
func (a *App) Accuracy(ctx context.Context, who party.Actor, unit party.UnitID, topic complaint.Topic, span calendar.Interval) (Accuracy, error) {
	out := Accuracy{Span: span, Unit: unit}
	if err := access.Can(who, access.ReadOverview, access.Target{}).Err(); err != nil {
		return out, err
	}
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		var err error
		if out.Org, err = a.orgIn(tx); err != nil {
			return err
		}
		f, err := judgementFilter(out.Org, who, storage.JudgementFilter{Unit: unit, Topic: topic, Span: span})
		if err != nil {
			return err
		}
		cells, err := tx.JudgementCells(f)
		if err == nil {
			out.count(cells)
		}
		return err
	})
	return out, err
}

func judgementFilter(org *Org, who party.Actor, f storage.JudgementFilter) (storage.JudgementFilter, error) {
	f.Who = who
	if f.Unit != "" {
		if f.Depth = len(org.Tree.Path(f.Unit)); f.Depth == 0 {
			return f, fault.New(fault.Invalid, "机构 %s 不存在，请从列表选择", f.Unit)
		}
	}
	return f, nil
}

func (out *Accuracy) count(cells []storage.JudgementCell) {
	mistakes := map[Confused]int{}
	for _, c := range cells {
		tally(&out.Topics, AccuracyLine{Topic: c.Topic}, c)
		tally(&out.Units, AccuracyLine{Unit: c.Unit}, c)
		tally(&out.Days, AccuracyLine{On: c.On}, c)
		if c.Suggested != "" && c.Source != "" {
			tally(&out.Sources, AccuracyLine{Topic: c.Topic, Source: c.Source}, c)
		}
		if c.Verdict == complaint.Corrected && c.Suggested != "" {
			mistakes[Confused{Topic: c.Topic, Suggested: c.Suggested, Value: c.Value}] += c.N
		}
	}
	for m, n := range mistakes {
		m.N = n
		out.Confused = append(out.Confused, m)
	}
	slices.SortFunc(out.Confused, func(a, b Confused) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Suggested, b.Suggested), cmp.Compare(a.Value, b.Value))
	})
	out.Confused = out.Confused[:min(len(out.Confused), confusedMost)]
	slices.SortFunc(out.Topics, func(a, b AccuracyLine) int {
		return cmp.Compare(slices.Index(complaint.Topics, a.Topic), slices.Index(complaint.Topics, b.Topic))
	})
	slices.SortFunc(out.Units, func(a, b AccuracyLine) int { return cmp.Compare(a.Unit, b.Unit) })
	slices.SortFunc(out.Days, func(a, b AccuracyLine) int { return cmp.Compare(a.On, b.On) })
	slices.SortStableFunc(out.Sources, func(a, b AccuracyLine) int {
		return cmp.Or(cmp.Compare(b.Suggested(), a.Suggested()), cmp.Compare(a.Source, b.Source))
	})
}

// tally adds a cell to the line of its kind.
func tally(lines *[]AccuracyLine, kind AccuracyLine, c storage.JudgementCell) {
	i := slices.IndexFunc(*lines, func(l AccuracyLine) bool {
		return l.Topic == kind.Topic && l.Source == kind.Source && l.Unit == kind.Unit && l.On == kind.On
	})
	if i < 0 {
		i = len(*lines)
		*lines = append(*lines, kind)
	}
	(*lines)[i].add(c.Verdict, c.N)
}

// judgedMost bounds a list of answers.
const judgedMost = 200

// JudgedCases lists the answers behind a number of Accuracy, newest first.
func (a *App) JudgedCases(ctx context.Context, who party.Actor, f storage.JudgementFilter) (rows []storage.JudgedRow, org *Org, err error) {
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		if f, err = judgementFilter(org, who, f); err != nil {
			return err
		}
		if f.Limit <= 0 || f.Limit > judgedMost {
			f.Limit = judgedMost
		}
		rows, err = tx.JudgedRows(f)
		return err
	})
	return rows, org, err
}
