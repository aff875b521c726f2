package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/similar"
)

// SimilarCase is a case that resembles another, or a text, with how it ended.
type SimilarCase struct {
	Row     storage.Row
	Score   similar.Score
	Outcome complaint.Outcome // of the first finding; "" while there is none
	Redress int64             // fen
	Days    int               // from receipt to closing; 0 while open
}

// Copy reports whether its narrative is nearly the same.
func (s SimilarCase) Copy() bool { return s.Score.Near >= similar.NearDuplicate }

const (
	// similarOpened is of how many cases that the index offers the narrative is opened and compared.
	similarOpened = 96
	// similarSample is how many of the newest narratives tell how frequent a pair of characters is.
	similarSample = 1000
	// similarFresh is how long that is believed.
	similarFresh = 12 * time.Hour
	// similarPrior is as how many texts without any pair the sample begins, so that
	// the first few cases do not make their words look common.
	similarPrior = 50
	// similarLeast is the value from which on two narratives are called similar.
	similarLeast = 0.06
)

// pairShares is how frequent pairs of characters are in the institution's narratives.
type pairShares struct {
	mu    sync.Mutex
	at    time.Time
	texts int
	last  complaint.ID // the newest case of the sample
	whole bool         // the sample holds every case
	pairs map[string]float64
}

// Similar returns cases in the reader's reach whose narratives resemble that of a
// case, best first, at most limit. The words they share stand with each.
func (a *App) Similar(ctx context.Context, who party.Actor, id complaint.ID, limit int) ([]SimilarCase, *Org, error) {
	var text string
	err := a.store.View(ctx, func(tx *storage.Tx) error {
		c, err := tx.Complaint(id)
		text = c.Narrative
		if err != nil {
			return err
		}
		return access.Can(who, access.ReadComplaint, c.Target()).Err()
	})
	if err != nil {
		return nil, nil, err
	}
	return a.resembling(ctx, who, text, id, limit)
}

// SimilarText is Similar for a text that is no case yet.
func (a *App) SimilarText(ctx context.Context, who party.Actor, text string, limit int) ([]SimilarCase, *Org, error) {
	if err := access.Can(who, access.ReadComplaint, access.Target{}).Err(); err != nil {
		return nil, nil, err
	}
	return a.resembling(ctx, who, text, 0, limit)
}

func (a *App) resembling(ctx context.Context, who party.Actor, text string, not complaint.ID, limit int) ([]SimilarCase, *Org, error) {
	shares, shared, err := a.frequencies(ctx, not)
	if err != nil {
		return nil, nil, err
	}
	query := similar.New(text, shares)
	var out []SimilarCase
	var org *Org
	err = a.store.View(ctx, func(tx *storage.Tx) error {
		if org, err = a.orgIn(tx); err != nil {
			return err
		}
		ids, err := tx.Resembling(who, clues(query, shared), text, not, similarOpened)
		if err != nil {
			return err
		}
		if out, err = compare(tx, who, query, shares, ids, max(0, limit)); err != nil {
			return err
		}
		return fillRows(tx, who, out)
	})
	return out, org, err
}

// clues are the pairs of a text that another case may have, heaviest first.
func clues(t *similar.Text, shared func(string) bool) []storage.Clue {
	pairs := t.Pairs()
	out := make([]storage.Clue, 0, len(pairs))
	for _, p := range slices.Sorted(maps.Keys(pairs)) {
		if pairs[p] > 0 && shared(p) {
			out = append(out, storage.Clue{Word: p, Weight: pairs[p]})
		}
	}
	slices.SortStableFunc(out, func(a, b storage.Clue) int { return cmp.Compare(b.Weight, a.Weight) })
	return out
}

// sifted is a case with how similar its narrative is.
type sifted struct {
	id    complaint.ID
	text  *similar.Text
	value float64
}

// sift opens the narratives alone and orders the cases whose is similar, best first.
func sift(tx *storage.Tx, query *similar.Text, shares similar.Frequencies, ids []complaint.ID) ([]sifted, error) {
	narratives, err := tx.Narratives(ids)
	if err != nil {
		return nil, err
	}
	var out []sifted
	for i, text := range narratives {
		s := sifted{id: ids[i], text: similar.New(text, shares)}
		if s.value = query.Value(s.text); s.value >= similarLeast {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b sifted) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.id, b.id))
	})
	return out, nil
}

// compare returns the most similar of the cases, at most limit. Only these are
// opened whole, and asked once more whether the reader may see them.
func compare(tx *storage.Tx, who party.Actor, query *similar.Text, shares similar.Frequencies, ids []complaint.ID, limit int) ([]SimilarCase, error) {
	best, err := sift(tx, query, shares, ids)
	if err != nil {
		return nil, err
	}
	var out []SimilarCase
	for _, b := range best {
		if len(out) == limit {
			break
		}
		s := SimilarCase{Row: storage.Row{ID: b.id}, Score: query.Compare(b.text)}
		if len(s.Score.Shared) == 0 {
			continue
		}
		c, err := tx.Complaint(b.id)
		if err != nil {
			return nil, err
		}
		if access.Can(who, access.ReadComplaint, c.Target()).Err() == nil {
			out = append(out, s.ended(c))
		}
	}
	return out, nil
}

// ended adds how a case ended.
func (s SimilarCase) ended(c complaint.Case) SimilarCase {
	s.Redress = c.RedressTotal()
	for _, p := range c.Live() {
		if p.Finding != nil && s.Outcome == "" {
			s.Outcome = p.Finding.Outcome
		}
	}
	if !c.ClosedOn.IsZero() {
		s.Days = c.ClosedOn.Sub(c.ReceivedOn)
	}
	return s
}

// fillRows puts the list's line of each case beside what was found of it.
func fillRows(tx *storage.Tx, who party.Actor, list []SimilarCase) error {
	ids := make([]complaint.ID, len(list))
	for i, s := range list {
		ids[i] = s.Row.ID
	}
	rows, err := tx.RowsByID(who, ids)
	for i := range list {
		for _, r := range rows {
			if r.ID == list[i].Row.ID {
				list[i].Row = r
			}
		}
	}
	return err
}

// frequencies returns how frequent pairs are in the newest narratives, and which
// pairs another case than the one asked about may have: while the sample holds all
// cases, only those that it knows. They are counted once and then believed for
// similarFresh: a pair does not become common in a day.
func (a *App) frequencies(ctx context.Context, of complaint.ID) (similar.Frequencies, func(string) bool, error) {
	s := &a.shares
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := a.now().Sub(s.at); s.pairs == nil || age > similarFresh || age < 0 || s.texts < similarSample {
		if err := a.countPairs(ctx); err != nil {
			return nil, nil, err
		}
	}
	pairs, texts, least := s.pairs, float64(s.texts), 0.0
	if s.whole {
		least = 1
		if of != 0 && of <= s.last {
			least = 2 // itself and another
		}
	}
	return func(p string) float64 { return (pairs[p] + 0.5) / (texts + similarPrior) }, func(p string) bool { return pairs[p] >= least }, nil
}

// countPairs counts anew; while there are fewer cases than the sample wants, only
// when there are half as many again as the last time.
func (a *App) countPairs(ctx context.Context) error {
	s := &a.shares
	var ids []complaint.ID
	err := a.store.View(ctx, func(tx *storage.Tx) (err error) {
		ids, err = tx.NewestComplaints(0, similarSample)
		return err
	})
	if err != nil {
		return err
	}
	if age := a.now().Sub(s.at); s.pairs != nil && age <= similarFresh && age >= 0 && 2*len(ids) < 3*s.texts {
		s.whole = s.whole && len(ids) == s.texts // what came since is not in it
		return nil
	}
	pairs := map[string]float64{}
	for page := range slices.Chunk(ids, modelPage) {
		err := a.store.View(ctx, func(tx *storage.Tx) error {
			texts, err := tx.Narratives(page)
			for _, text := range texts {
				for p := range similar.New(text, nil).Pairs() {
					pairs[p]++
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	s.at, s.texts, s.pairs, s.last, s.whole = a.now(), len(ids), pairs, 0, len(ids) < similarSample
	if len(ids) > 0 {
		s.last = ids[0]
	}
	return nil
}
