package api

import (
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/review"
	"xiaobao/internal/storage"
)

// ReviewRowView is one review in a list.
type ReviewRowView struct {
	ID          review.ID      `json:"id"`
	Number      string         `json:"number"`
	Version     int64          `json:"version"`
	Kind        string         `json:"kind"`
	State       review.State   `json:"state" enum:"draft,submitted,in_review,questions,opinion,answered,escalated,confirmed,approved,conditional,vetoed,withdrawn,ended,expired"`
	Stage       review.Stage   `json:"stage" enum:"local,head"`
	Urgent      bool           `json:"urgent,omitempty"`
	Product     string         `json:"product,omitempty" doc:"Id in the product register"`
	Unit        UnitRef        `json:"unit"`
	Reviewer    party.PersonID `json:"reviewer,omitempty"`
	Waits       string         `json:"waits,omitempty" doc:"Who has to act: submitter, reviewer, decider"`
	CreatedOn   calendar.Date  `json:"created_on,omitzero"`
	SubmittedOn calendar.Date  `json:"submitted_on,omitzero"`
	DecidedOn   calendar.Date  `json:"decided_on,omitzero"`
	Due         calendar.Date  `json:"due,omitzero" doc:"Of the opinion"`
	Until       calendar.Date  `json:"until,omitzero" doc:"Last day of the clearance"`
	Clearance   string         `json:"clearance,omitempty" doc:"Number to be printed on the material"`
	Found       int            `json:"found" doc:"Findings on the current version"`
	Unjudged    int            `json:"unjudged"`
	Points      int            `json:"points"`
	OpenPoints  int            `json:"open_points"`
	Title       string         `json:"title"`
}

func reviewRowView(r storage.ReviewRow, org *app.Org) ReviewRowView {
	return ReviewRowView{ID: r.ID, Number: r.Number, Version: r.Version, Kind: r.Kind, State: r.State, Stage: r.Stage, Urgent: r.Urgent, Product: r.Product, Unit: unitRef(org, r.Unit),
		Reviewer: r.Reviewer, Waits: r.Waits, CreatedOn: r.CreatedOn, SubmittedOn: r.SubmittedOn, DecidedOn: r.DecidedOn, Due: r.Due, Until: r.Until, Clearance: r.Clearance,
		Found: r.Found, Unjudged: r.Unjudged, Points: r.Points, OpenPoints: r.OpenPoints, Title: r.Title}
}

// ReviewsView is a page of reviews, newest first.
type ReviewsView struct {
	Reviews []ReviewRowView `json:"reviews"`
	Next    review.ID       `json:"next,omitempty" doc:"Pass as before for the next page; absent at the end"`
}

// ReviewView is one review (消保审查).
type ReviewView struct {
	ID          review.ID                    `json:"id"`
	Number      string                       `json:"number"`
	Version     int64                        `json:"version"`
	Kind        string                       `json:"kind"`
	Title       string                       `json:"title"`
	Product     string                       `json:"product,omitempty"`
	Form        map[string]string            `json:"form,omitempty"`
	Unit        party.UnitID                 `json:"unit"`
	State       review.State                 `json:"state"`
	Stage       review.Stage                 `json:"stage"`
	Urgent      bool                         `json:"urgent,omitempty"`
	UrgentWhy   string                       `json:"urgent_why,omitempty"`
	Prior       review.ID                    `json:"prior,omitempty" doc:"The clearance whose material changes"`
	Next        review.ID                    `json:"replaced_by,omitempty"`
	CreatedBy   string                       `json:"created_by"`
	CreatedAt   time.Time                    `json:"created_at"`
	SubmittedOn calendar.Date                `json:"submitted_on,omitzero"`
	Rounds      int                          `json:"rounds,omitempty" doc:"How often it was sent back"`
	Reviewer    party.PersonID               `json:"reviewer,omitempty"`
	Deputy      party.PersonID               `json:"deputy,omitempty"`
	Due         *regulation.Deadline         `json:"due,omitempty"`
	Materials   []MaterialView               `json:"materials"`
	Findings    []FindingOfReview            `json:"findings"`
	Checklist   map[string]review.ItemAnswer `json:"checklist,omitempty"`
	Questions   []review.Question            `json:"questions,omitempty"`
	Opinions    []review.Issued              `json:"opinions,omitempty"`
	Points      []review.Point               `json:"points,omitempty"`
	Clearance   *review.Clearance            `json:"clearance,omitempty"`
	Veto        *review.Closing              `json:"veto,omitempty"`
	Closed      *review.Closing              `json:"closed,omitempty"`
	Reading     *ReadingOfReview             `json:"reading,omitempty" doc:"While scanned pages of the newest version are being recognised, or when that ended early"`
}

// ReadingOfReview is the recognition of scanned pages. Until it has ended the version
// is not read: it has no text and no findings.
type ReadingOfReview struct {
	State   string `json:"state" enum:"running,stopped,failed,interrupted" doc:"An interrupted one goes on by itself; a stopped or failed one with /read-again"`
	Done    int    `json:"done" doc:"Pages"`
	All     int    `json:"all"`
	Failure string `json:"failure,omitempty"`
	Ask     string `json:"ask" doc:"Path to ask again; reading is gone and the version is read when it has ended"`
}

// readingOf is the recognition of a version that has not been read; nil for none.
func readingOf(id review.ID, j app.ReadingJob) *ReadingOfReview {
	if j.State == "" || j.State == app.ImportDone {
		return nil
	}
	return &ReadingOfReview{State: j.State, Done: j.Done, All: j.All, Failure: j.Failure, Ask: Prefix + "/reviews/" + id.String()}
}

// MaterialView is one version of the material.
type MaterialView struct {
	N        int           `json:"n"`
	Files    []review.File `json:"files,omitempty"`
	Pasted   bool          `json:"pasted,omitempty"`
	Note     string        `json:"note,omitempty"`
	At       time.Time     `json:"at"`
	By       string        `json:"by"`
	Read     bool          `json:"read"`
	Sum      string        `json:"sum,omitempty" doc:"Digest of the folded text: equal materials have equal sums"`
	Chars    int           `json:"chars,omitempty"`
	Pages    int           `json:"pages,omitempty"`
	Warnings []string      `json:"warnings,omitempty" doc:"What could not be read"`
	Scans    []review.Scan `json:"scans,omitempty"`
}

// FindingOfReview is a finding with what a reviewer said of it.
type FindingOfReview struct {
	review.Finding
	Verdict  review.Verdict `json:"verdict,omitempty" enum:"accepted,edited,dismissed"`
	Reason   string         `json:"reason,omitempty"`
	JudgedBy string         `json:"judged_by,omitempty"`
}

func reviewView(r review.Review, state review.State, due *regulation.Deadline) ReviewView {
	return ReviewView{ID: r.ID, Number: r.Number, Version: r.Version, Kind: r.Kind, Title: r.Title, Product: r.Product, Form: r.Form, Unit: r.Unit, State: state, Stage: r.Stage, Urgent: r.Urgent,
		UrgentWhy: r.UrgentWhy, Prior: r.Prior, Next: r.Next, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, SubmittedOn: r.SubmittedOn, Rounds: r.Rounds, Reviewer: r.Reviewer, Deputy: r.Deputy,
		Due: due, Materials: each(r.Materials, materialView), Findings: each(r.Findings, func(f review.Finding) FindingOfReview {
			return FindingOfReview{Finding: f, Verdict: f.Verdict, Reason: f.Reason, JudgedBy: f.JudgedBy}
		}), Checklist: r.Checklist, Questions: r.Asked, Opinions: r.Opinions, Points: r.Points, Clearance: r.Clearance, Veto: r.Veto, Closed: r.Closed}
}

func materialView(m review.Material) MaterialView {
	v := MaterialView{N: m.N, Files: m.Files, Pasted: m.Text != "", Note: m.Note, At: m.At, By: m.By, Read: m.Reading != nil, Scans: m.Scans}
	if m.Reading != nil {
		v.Sum, v.Chars, v.Pages, v.Warnings = m.Reading.Sum, m.Reading.Chars, m.Reading.Pages, m.Reading.Warnings
	}
	return v
}

// RecheckView is what a circulating text is to what was cleared (回检).
type RecheckView struct {
	Standing app.Standing      `json:"standing" enum:"cleared,expired,ended,other,refused,pending,differs,unknown"`
	Hits     []RecheckHitView  `json:"hits"`
	Read     *extract.Document `json:"read,omitempty"`
}

// RecheckHitView is one reviewed version that the text was held against.
type RecheckHitView struct {
	Review    review.ID       `json:"review,omitempty" doc:"Absent out of reach"`
	Number    string          `json:"number"`
	Title     string          `json:"title,omitempty"`
	Material  int             `json:"material"`
	State     review.State    `json:"state"`
	Clearance string          `json:"clearance,omitempty"`
	Until     string          `json:"until,omitempty"`
	Standing  app.Standing    `json:"standing"`
	Equal     bool            `json:"equal"`
	Share     int             `json:"share" doc:"‰ of the text that the version has"`
	Kept      int             `json:"kept" doc:"‰ of the version that the text has"`
	Changes   []RecheckChange `json:"changes,omitempty" doc:"Absent out of reach"`
}

// RecheckChange is one sentence that differs.
type RecheckChange struct {
	Kind string `json:"kind" enum:"changed,added,removed,moved"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

func recheckView(r app.Recheck) RecheckView {
	return RecheckView{Standing: r.Standing, Hits: each(r.Hits, recheckHitView)}
}

func recheckHitView(h app.RecheckHit) RecheckHitView {
	v := RecheckHitView{Number: h.Number, Title: h.Title, Material: h.Material, State: h.State, Clearance: h.Cleared, Until: h.Until, Standing: h.Standing,
		Equal: h.Result.Equal, Share: h.Result.Share, Kept: h.Result.Kept}
	if h.Reach {
		v.Review = h.Review
	}
	for _, c := range h.Result.Changes {
		v.Changes = append(v.Changes, RecheckChange{Kind: string(c.Kind), Old: c.Old.Text, New: c.New.Text})
	}
	return v
}

// ReviewLoadView is who has how much to review.
type ReviewLoadView struct {
	Days   int                 `json:"days" doc:"The turns are of so many days back"`
	People []ReviewLoadRowView `json:"people"`
	Units  []ReviewLoadRowView `json:"units" doc:"By submitting unit"`
}

// ReviewLoadRowView is the load of a reviewer, or of a submitting unit.
type ReviewLoadRowView struct {
	Person  party.PersonID `json:"person,omitempty" doc:"Absent for what nobody has taken"`
	Unit    party.UnitID   `json:"unit,omitempty"`
	Open    int            `json:"open" doc:"Waits for a reviewer"`
	Soon    int            `json:"soon,omitempty"`
	Overdue int            `json:"overdue,omitempty"`
	Waiting int            `json:"waiting,omitempty" doc:"Open and waits for others"`
	Done    int            `json:"done,omitempty"`
	Median  int            `json:"median_days,omitempty" doc:"From submission to opinion"`
}

func reviewLoadRow(r app.ReviewLoadRow) ReviewLoadRowView {
	return ReviewLoadRowView{Person: r.Person, Unit: r.Unit, Open: r.Open, Soon: r.Soon, Overdue: r.Overdue, Waiting: r.Waiting, Done: r.Done, Median: r.Median}
}
