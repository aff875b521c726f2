package storage

import (
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
	"xiaobao/internal/seal"
)

// ReviewRow is one review in a list. Title is "" for an erased one.
type ReviewRow struct {
	ID          review.ID
	Number      string
	Version     int64
	Kind        string
	State       review.State // Expired when the clearance has run out on the day of the list
	Stage       review.Stage
	Open        bool
	Urgent      bool
	Product     string
	Unit        party.UnitID
	Creator     string
	Reviewer    party.PersonID
	Waits       string
	CreatedOn   calendar.Date
	SubmittedOn calendar.Date
	DecidedOn   calendar.Date
	Due         calendar.Date // of the opinion; zero when nobody waits for one
	Until       calendar.Date // of the clearance
	Clearance   string
	Rounds      int
	Materials   int
	Found       int
	Unjudged    int
	Points      int
	OpenPoints  int
	Title       string
	card        []byte
}

const reviewRowColumns = `r.id, r.number, r.version, r.kind, r.state, r.stage, r.open, r.urgent, r.product, r.unit, r.creator, r.reviewer, r.waits, r.created_on, r.submitted_on,
	r.decided_on, r.due, r.until_on, r.clearance, r.rounds, r.materials, r.found, r.unjudged, r.points, r.open_points, r.card`

func scanReviewRow(rows *sql.Rows, today calendar.Date) (r ReviewRow, err error) {
	var created string
	var submitted, decided, due, until, clearance sql.NullString
	err = rows.Scan(&r.ID, &r.Number, &r.Version, &r.Kind, &r.State, &r.Stage, &r.Open, &r.Urgent, &r.Product, &r.Unit, &r.Creator, &r.Reviewer, &r.Waits, &created, &submitted,
		&decided, &due, &until, &clearance, &r.Rounds, &r.Materials, &r.Found, &r.Unjudged, &r.Points, &r.OpenPoints, &r.card)
	r.CreatedOn, r.SubmittedOn, r.DecidedOn, r.Due, r.Until, r.Clearance = date(created), date(submitted.String), date(decided.String), date(due.String), date(until.String), clearance.String
	if (r.State == review.Approved || r.State == review.Conditional) && !r.Until.IsZero() && today > r.Until {
		r.State = review.Expired
	}
	return r, err
}

// ReviewFilter chooses and pages reviews, newest first. The permission filter of
// Who is always part of the query, before any limit.
type ReviewFilter struct {
	Who     party.Actor
	Today   calendar.Date
	Mine    bool   // what the person submitted, reviews or stands in for
	Waits   string // who has to act: submitter, reviewer, decider
	Open    bool
	Closed  bool
	States  []review.State // Expired among them means clearances past their last day
	Kind    string         // a kind or the beginning of one, such as "marketing"
	Product string
	Unit    party.UnitID
	Depth   int // of Unit in the tree, 1 = head office
	DueTo   calendar.Date
	Free    bool // nobody has taken it yet
	Between calendar.Interval
	Before  review.ID // only smaller ids
	Limit   int
	Stat    ReviewStat
}

// permitReviews adds the permission filter: a person's own submissions, the
// subtree of the unit, no drafts of others, and recusal.
func (w *where) permitReviews(who party.Actor) {
	if who.ID == party.System.ID { // the program itself, on the command line
		w.add("r.state <> ?", string(review.Draft))
		return
	}
	reach := access.ReachOf(who, access.ReadReview)
	depth := len(who.Path)
	switch {
	case reach == access.None, depth == 0:
		w.add("r.creator = ?", who.ID)
	case reach == access.Own:
		w.add("(r.creator = ? OR r.reviewer = ? OR r.deputy = ?)", who.ID, string(who.Person()), string(who.Person()))
	case depth > 1:
		w.add("(r.s"+strconv.Itoa(depth)+" = ? OR r.creator = ?)", string(who.Unit), who.ID)
	}
	w.add("(r.state <> ? OR r.creator = ?)", string(review.Draft), who.ID)
	w.add("r.id NOT IN (SELECT review_id FROM review_recusal WHERE who = ?)", who.ID)
}

func (f ReviewFilter) where() *where {
	w := &where{}
	w.permitReviews(f.Who)
	if f.Mine {
		w.add("(r.creator = ? OR r.reviewer = ? OR r.deputy = ?)", f.Who.ID, string(f.Who.Person()), string(f.Who.Person()))
	}
	equal := func(col, v string) {
		if v != "" {
			w.add("r."+col+" = ?", v)
		}
	}
	equal("waits", f.Waits)
	equal("product", f.Product)
	if f.Kind != "" {
		w.add("(r.kind = ? OR substr(r.kind, 1, ?) = ?)", f.Kind, len(f.Kind)+1, f.Kind+".")
	}
	if f.Depth > 1 {
		w.add("r.s"+strconv.Itoa(f.Depth)+" = ?", string(f.Unit))
	}
	for cond, on := range map[string]bool{"r.open": f.Open, "NOT r.open": f.Closed, "r.reviewer = ''": f.Free} {
		if on {
			w.add(cond)
		}
	}
	f.states(w)
	if !f.DueTo.IsZero() {
		w.add("r.due <= ?", f.DueTo.String())
	}
	if !f.Between.From.IsZero() {
		w.add("r.created_on >= ?", f.Between.From.String())
	}
	if !f.Between.To.IsZero() {
		w.add("r.created_on <= ?", f.Between.To.String())
	}
	f.Stat.add(w)
	return w
}

// states adds the choice of states; expired is approved and past its last day.
func (f ReviewFilter) states(w *where) {
	if len(f.States) == 0 {
		return
	}
	var parts []string
	var args []any
	for _, s := range f.States {
		switch s {
		case review.Expired:
			parts = append(parts, "(r.state IN ('approved', 'conditional') AND r.until_on < ?)")
			args = append(args, f.Today.String())
		case review.Approved, review.Conditional:
			parts = append(parts, "(r.state = ? AND (r.until_on IS NULL OR r.until_on >= ?))")
			args = append(args, string(s), f.Today.String())
		default:
			parts = append(parts, "r.state = ?")
			args = append(args, string(s))
		}
	}
	w.add("("+strings.Join(parts, " OR ")+")", args...)
}

// Reviews returns a page of reviews, newest first, and the Before of the next page (0 at the end).
func (tx *Tx) Reviews(f ReviewFilter) ([]ReviewRow, review.ID, error) {
	w := f.where()
	if f.Before != 0 {
		w.add("r.id < ?", int64(f.Before))
	}
	rows, err := tx.reviewRows(f.Today, "SELECT "+reviewRowColumns+" FROM review r"+w.String()+" ORDER BY r.id DESC LIMIT ?", append(w.args, f.Limit+1)...)
	if err != nil {
		return nil, 0, err
	}
	var next review.ID
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[len(rows)-1].ID
	}
	return rows, next, nil
}

func (tx *Tx) reviewRows(today calendar.Date, q string, args ...any) ([]ReviewRow, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ReviewRow
	for rows.Next() {
		r, err := scanReviewRow(rows, today)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		b, err := tx.OpenText(out[i].ID.Stream(), "review.card", out[i].card)
		if err != nil {
			return nil, err
		}
		if b != nil {
			if err := json.Unmarshal(b, &out[i].Title); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// CountReviews counts the reviews of a filter, paging left out, up to max.
func (tx *Tx) CountReviews(f ReviewFilter, max int) (n int, err error) {
	w := f.where()
	err = tx.Scan("SELECT count(*) FROM (SELECT 1 FROM review r"+w.String()+" LIMIT ?) AS few", append(w.args, max), &n)
	return n, err
}

// ReviewsByID returns reviews in the given order, leaving out what the actor may not see.
func (tx *Tx) ReviewsByID(who party.Actor, today calendar.Date, ids []review.ID) ([]ReviewRow, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := &where{}
	w.permitReviews(who)
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = int64(id)
	}
	w.add("r.id IN (?"+strings.Repeat(", ?", len(ids)-1)+")", args...)
	rows, err := tx.reviewRows(today, "SELECT "+reviewRowColumns+" FROM review r"+w.String()+" ORDER BY r.id", w.args...)
	if err != nil {
		return nil, err
	}
	byID := map[review.ID]ReviewRow{}
	for _, r := range rows {
		byID[r.ID] = r
	}
	out := make([]ReviewRow, 0, len(rows))
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// SearchReviews returns reviews in the actor's reach that match the query, newest first.
func (tx *Tx) SearchReviews(who party.Actor, today calendar.Date, query string, limit int) ([]ReviewRow, error) {
	all := tx.s.keys.QueryTokens(nil, query)
	if len(all) == 0 {
		return nil, nil
	}
	hits, err := tx.Search(all, []seal.Token{tx.s.ReviewScope(who.Unit)}, 0, limit)
	if err != nil {
		return nil, err
	}
	var ids []review.ID
	for _, h := range hits {
		if h.Owner < 0 {
			ids = append(ids, review.ID(-h.Owner))
		}
	}
	return tx.ReviewsByID(who, today, ids)
}

// Print is a version of a material that shares passages with a text.
type Print struct {
	Review review.ID
	N      int
	Shared int // how many of the text's keys it has
}

// SameMaterial returns the versions whose folded text has the digest, newest first.
func (tx *Tx) SameMaterial(sum string, limit int) ([]Print, error) {
	return tx.prints(`SELECT review_id, n, 1 FROM review_material WHERE sum = ? ORDER BY review_id DESC, n DESC LIMIT ?`, sum, limit)
}

// NearMaterials returns the versions that share most keys with a text. Nothing
// of the reader's scope is known here: the caller asks again for what it shows.
func (tx *Tx) NearMaterials(keys []int64, limit int) ([]Print, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, 0, len(keys)+1)
	for _, k := range keys {
		args = append(args, k)
	}
	return tx.prints(`SELECT review_id, n, count(*) FROM review_print WHERE key IN (?`+strings.Repeat(", ?", len(keys)-1)+
		`) GROUP BY review_id, n ORDER BY count(*) DESC, review_id DESC, n DESC LIMIT ?`, append(args, limit)...)
}

func (tx *Tx) prints(q string, args ...any) ([]Print, error) {
	rows, err := tx.Query(q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Print
	for rows.Next() {
		var p Print
		if err := rows.Scan(&p.Review, &p.N, &p.Shared); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// ClearedOf returns the reviews of a product whose clearance holds on a day,
// newest first. Nothing of a reader's scope is known here: the caller shows no
// more of them than what circulates anyway.
func (tx *Tx) ClearedOf(product string, on calendar.Date, limit int) ([]review.ID, error) {
	rows, err := tx.Query(`SELECT id FROM review WHERE product = ? AND product <> '' AND state IN ('approved', 'conditional') AND (until_on IS NULL OR until_on >= ?) ORDER BY id DESC LIMIT ?`,
		product, on.String(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []review.ID
	for rows.Next() {
		var id review.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
