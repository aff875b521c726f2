package storage

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/seal"
)

// RecordedReview is one event of a review with what the ledger knows of it.
type RecordedReview struct {
	review.Event
	Version int64
	Kind    string
	At      time.Time
	By      string
	Hash    [32]byte
}

// Review returns a review as the fold of its events; fault.NotFound when there is none.
func (tx *Tx) Review(id review.ID) (review.Review, error) {
	r, _, err := tx.ReviewHistory(id)
	return r, err
}

// ReviewHistory returns a review with its events.
func (tx *Tx) ReviewHistory(id review.ID) (review.Review, []RecordedReview, error) {
	var r review.Review
	events, err := tx.Load(id.Stream())
	if err != nil {
		return r, nil, err
	}
	if len(events) == 0 {
		return r, nil, fault.New(fault.NotFound, "没有找到这件审查，请核对编号")
	}
	var fold review.Fold
	out := make([]RecordedReview, 0, len(events))
	for _, e := range events {
		d, err := tx.reviewEvent(e)
		if err != nil {
			return r, nil, err
		}
		fold.Add(d, review.Meta{At: e.At, By: e.By})
		out = append(out, RecordedReview{Event: d, Version: e.Version, Kind: e.Kind, At: e.At, By: e.By, Hash: e.Hash})
	}
	return fold.Review(), out, nil
}

// A scan of a long contract is a megabyte of JSON: events of this size and more
// are kept decoded, by their hash, up to so many bytes of their text.
const (
	longEvent  = 16 << 10
	keptEvents = 24 << 20
)

// reviewEvent opens and decodes one event. The ledger is read and its private part
// opened each time, so that a change or an erasure is never missed; only the
// decoding of long ones is kept. Nobody changes a decoded event.
func (tx *Tx) reviewEvent(e ledger.Event) (review.Event, error) {
	private, err := tx.Open(e)
	if err != nil || len(private) < longEvent {
		d, err2 := review.Decode(e, private)
		return d, errors.Join(err, err2)
	}
	if d, ok := tx.s.decoded.Get(e.Hash); ok {
		return d, nil
	}
	d, err := review.Decode(e, private)
	if err == nil {
		tx.s.decoded.Put(e.Hash, d, len(private))
	}
	return d, err
}

// AppendReview appends events to a review and brings its read tables up to date
// in the same transaction. It returns the review after them.
func (tx *Tx) AppendReview(r review.Review, by string, events []review.Event) (review.Review, error) {
	before := r
	stream := r.ID.Stream()
	if r.Version == 0 {
		stream = events[0].(*review.Drafted).ID.Stream()
	}
	for i, e := range events {
		if err := tx.Append(stream, before.Version+int64(i)+1, by, e.Kind(), e); err != nil {
			return before, err
		}
	}
	r = r.ApplyAll(events, review.Meta{At: tx.at, By: by})
	if h := tx.s.herald.Load(); h != nil && h.Review != nil {
		if err := h.Review(tx, before, r, by, events); err != nil {
			return before, err
		}
	}
	return r, tx.projectReview(before, r)
}

// projectReview writes the read tables of a review.
func (tx *Tx) projectReview(before, r review.Review) error {
	row, err := tx.reviewRow(r)
	if err != nil {
		return err
	}
	if before.Version == 0 {
		tx.Exec(insertReview, row...)
	} else {
		tx.ExecOne(updateReview, append(row[1:], row[0])...)
	}
	for _, x := range r.Recused[len(before.Recused):] {
		tx.Exec(`INSERT INTO review_recusal (review_id, who) VALUES (?, ?) ON CONFLICT (review_id, who) DO NOTHING`, int64(r.ID), "person/"+string(x.Person))
	}
	tx.projectReadings(before, r)
	tx.projectFindings(before, r)
	tx.projectPoints(before, r)
	tx.projectTurns(before, r)
	tx.IndexDoc(Doc{ID: reviewDoc(r.ID), Owner: -int64(r.ID), Tokens: tx.s.reviewTokens(r)})
	return nil
}

// reviewDoc is the review's place in the search index, above every complaint, so
// that the two never meet.
func reviewDoc(id review.ID) int64 { return 1<<50 + int64(id) }

// ReviewScope marks documents of reviews that a unit and the units above it may see.
func (s *Store) ReviewScope(u party.UnitID) seal.Token {
	return s.keys.Blind("review-scope", string(u))
}

func (s *Store) reviewTokens(r review.Review) []seal.Token {
	var b strings.Builder
	for _, part := range []string{r.Number, r.Title, r.Product} {
		b.WriteString(part + "\n")
	}
	for _, v := range r.Form {
		b.WriteString(v + "\n")
	}
	for _, m := range r.Materials {
		b.WriteString(m.Text + "\n" + m.Note + "\n")
		for _, f := range m.Files {
			b.WriteString(f.Name + "\n")
		}
	}
	for _, p := range r.Points {
		b.WriteString(p.Text + "\n" + p.Answer + "\n")
	}
	if r.Clearance != nil {
		b.WriteString(r.Clearance.Number)
	}
	tokens := s.keys.Tokens(make([]seal.Token, 0, 512), b.String())
	for _, u := range r.Path {
		tokens = append(tokens, s.ReviewScope(u))
	}
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// PrintTokens are the blind keys by which a near copy of a material is found.
func (s *Store) PrintTokens(text string) []int64 {
	var out []int64
	for _, t := range s.keys.Samples(nil, text, printSamples) {
		out = append(out, int64(t))
	}
	return out
}

// printSamples makes it certain for a person that a poster shortened to a third
// is recognised: bands, as narratives have them, missed one in fifty.
const printSamples = 64

func (tx *Tx) projectReadings(before, r review.Review) {
	for i, m := range r.Materials {
		if m.Reading == nil || i < len(before.Materials) && before.Materials[i].Reading != nil {
			continue
		}
		tx.Exec(`INSERT INTO review_material (review_id, n, sum) VALUES (?, ?, ?)`, int64(r.ID), m.N, m.Reading.Sum)
		keys := slices.Compact(slices.Sorted(slices.Values(m.Reading.Prints)))
		for _, k := range keys {
			tx.Exec(`INSERT INTO review_print (key, review_id, n) VALUES (?, ?, ?)`, k, int64(r.ID), m.N)
		}
	}
}

func (tx *Tx) projectFindings(before, r review.Review) {
	was := map[int]review.Finding{}
	for _, f := range before.Findings {
		was[f.N] = f
	}
	for _, f := range r.Findings {
		old, known := was[f.N]
		delete(was, f.N)
		judged := orNull(dayOf(f.JudgedAt).String())
		switch {
		case !known:
			tx.Exec(`INSERT INTO review_finding (review_id, n, material, pack, rule, severity, verdict, person, judge, judged_on, stage, first_verdict, first_judge) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				int64(r.ID), f.N, f.Material, f.Pack, f.Rule, string(f.Severity), string(f.Verdict), f.By, f.JudgedBy, judged, string(f.JudgedIn), string(f.First), f.FirstBy)
		case old.Severity != f.Severity || old.Verdict != f.Verdict || !old.JudgedAt.Equal(f.JudgedAt):
			tx.ExecOne(`UPDATE review_finding SET severity = ?, verdict = ?, judge = ?, judged_on = ?, stage = ?, first_verdict = ?, first_judge = ? WHERE review_id = ? AND n = ?`,
				string(f.Severity), string(f.Verdict), f.JudgedBy, judged, string(f.JudgedIn), string(f.First), f.FirstBy, int64(r.ID), f.N)
		}
	}
	for n := range was { // fell away with a new run
		tx.Exec(`DELETE FROM review_finding WHERE review_id = ? AND n = ?`, int64(r.ID), n)
	}
}

func (tx *Tx) projectPoints(before, r review.Review) {
	for i, p := range r.Points {
		switch {
		case i >= len(before.Points):
			tx.Exec(`INSERT INTO review_point (review_id, n, must, state, answer, returned) VALUES (?, ?, ?, ?, ?, ?)`, int64(r.ID), p.N, p.Must, string(p.State), string(p.Given), p.Returned)
		case before.Points[i].State != p.State || before.Points[i].Given != p.Given || before.Points[i].Returned != p.Returned:
			tx.ExecOne(`UPDATE review_point SET must = ?, state = ?, answer = ?, returned = ? WHERE review_id = ? AND n = ?`, p.Must, string(p.State), string(p.Given), p.Returned, int64(r.ID), p.N)
		}
	}
}

var reviewColumns = []string{"id", "number", "version", "kind", "state", "stage", "open", "urgent", "product", "unit", "s2", "s3", "s4", "s5", "creator", "reviewer", "deputy", "waits",
	"created_on", "submitted_on", "opinion_on", "decided_on", "due", "until_on", "clearance", "rounds", "materials", "found", "unjudged", "points", "open_points", "prior", "card", "handed_on", "took", "outcome"}

var (
	insertReview = "INSERT INTO review (" + strings.Join(reviewColumns, ", ") + ") VALUES (?" + strings.Repeat(", ?", len(reviewColumns)-1) + ")"
	updateReview = "UPDATE review SET " + strings.Join(reviewColumns[1:], " = ?, ") + " = ? WHERE id = ?"
)

// reviewRow derives the review's line in the order of reviewColumns.
func (tx *Tx) reviewRow(r review.Review) ([]any, error) {
	b, err := json.Marshal(r.Title)
	if err != nil {
		return nil, err
	}
	card, err := tx.SealText(r.ID.Stream(), "review.card", b)
	if err != nil {
		return nil, err
	}
	rules := tx.s.Rules()
	var due, prior any
	if d, _, ok := r.Due(rules.Library.At(r.SubmittedOn), rules.Calendar, r.SubmittedOn); ok {
		due = orNull(d.Due.String()) // a question that is out moves it: the list says so by its state
	}
	if r.Prior != 0 {
		prior = int64(r.Prior)
	}
	var until, number any
	if r.Clearance != nil {
		until, number = orNull(r.Clearance.Until.String()), r.Clearance.Number
	}
	s := [5]any{}
	for i, u := range r.Path {
		if i > 0 && i < len(s) {
			s[i] = string(u)
		}
	}
	m, _ := r.Current()
	return []any{int64(r.ID), r.Number, r.Version, r.Kind, string(r.State), string(r.Stage), r.Open(), r.Urgent, r.Product, string(r.Unit), s[1], s[2], s[3], s[4],
		r.CreatedBy, string(r.Reviewer), string(r.Deputy), r.Waits(), dayOf(r.CreatedAt).String(), orNull(r.SubmittedOn.String()), orNull(opinionDay(r).String()), orNull(dayOf(decidedAt(r)).String()), due, until, number,
		int64(r.Rounds), int64(len(r.Materials)), int64(len(r.FindingsOf(m.N))), int64(r.Left()), int64(len(r.Points)), int64(len(r.OpenPoints())), prior, card, orNull(handedOn(r).String()), tx.s.took(r), string(r.Outcome())}, nil
}

// opinionDay is the day of the first opinion, zero before one.
func opinionDay(r review.Review) calendar.Date {
	if len(r.Opinions) == 0 {
		return 0
	}
	return dayOf(r.Opinions[0].At)
}

func decidedAt(r review.Review) time.Time {
	switch {
	case r.Clearance != nil:
		return r.Clearance.At
	case r.Veto != nil:
		return r.Veto.At
	}
	return time.Time{}
}

// dayOf is the day of a time in the institution's zone, zero for no time.
func dayOf(t time.Time) calendar.Date {
	if t.IsZero() {
		return 0
	}
	return calendar.FromTime(t)
}

func (tx *Tx) rebuildReview(w *Writer, id review.ID) error {
	r, _, err := tx.ReviewHistory(id)
	if err != nil {
		return err
	}
	defer tx.forget(id.Stream())
	return w.Project(tx, func(sub *Tx) error { return sub.projectReview(review.Review{}, r) })
}

func parseReviewID(s string) (review.ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fault.Wrap(fault.Internal, err, "stream review/%s", s)
	}
	return review.ID(n), nil
}
