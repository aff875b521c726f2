package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/ledger"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
)

const tagCase = "Complaints"

func (s *rest) reading() {
	answer(s, get("/complaints", "list-complaints", tagCase, "The worklist (工作台)", access.ReadComplaint, "Worklist").
		says("Open cases by what is due next, closed ones newest first. Pages are taken with the cursor of the answer."), s.list)
	take(s, post("/complaints/search", "search-complaints", tagCase, "Search (检索)", access.ReadComplaint, "Search").reads().
		says("By words of the narrative, names, phone, policy or number, newest first. The words stand in the body and not in the address, because they may be personal data. The search is recorded."), s.search)
	answer(s, get("/complaints/lookup", "lookup-complaint", tagCase, "Find a case by its number or a sender's (按编号查找)", access.ReadComplaint, "ByNumber", "ReceiptOf"), s.byNumber)
	answer(s, get("/complaints/kept-away", "list-kept-away", tagCase, "Cases of the token's person from which he is recused (须回避的投诉)", access.ReadComplaint, "KeptAway").
		says("Number and dates of those that wait for a superior to take them over, and nothing else."), s.keptAway)
	answer(s, get("/complaints/{id}", "get-complaint", tagCase, "One case with its clocks, checks and next step (投诉详情)", access.ReadComplaint, "Complaint").
		says("Personal data is masked. The reading is recorded."), func(ctx context.Context, who party.Actor, in *getIn) (*out[CaseView], error) {
		return s.read(ctx, who, complaint.ID(in.ID), in.Trace)
	})
	answer(s, get("/complaints/{id}/receipt", "get-receipt", tagCase, "The receipt of a registration (受理回执)", "", "ReceiptOf").
		says("Also for the person who registered the case and is recused from it."), s.receipt)
	answer(s, get("/complaints/{id}/history", "get-history", tagCase, "Everything that happened, from the ledger (时间线)", access.ReadComplaint, "Complaint").
		says("Events in order, with who, when and their hash in the chain. Personal data and free texts are left out: they are sealed in the ledger."), s.history)
}

type listIn struct {
	Tab       string   `query:"tab" enum:"mine,unit,all" default:"all" doc:"Whose cases: what one owns, what the own unit handles, everything in reach"`
	Closed    bool     `query:"closed" doc:"Finished cases instead of open ones"`
	State     []string `query:"state" enum:"new,handling,deciding,decided,noticed,ended,merged,closed" doc:"Comma-separated"`
	Channel   string   `query:"channel"`
	Product   string   `query:"product"`
	Reason    string   `query:"reason"`
	Unit      string   `query:"unit" doc:"Handling unit and below"`
	Owner     string   `query:"owner"`
	DueFrom   string   `query:"due_from" format:"date"`
	DueTo     string   `query:"due_to" format:"date"`
	Regulator bool     `query:"regulator" doc:"Sent by a financial regulator"`
	Fragile   bool     `query:"vulnerable" doc:"Consumers who need particular care"`
	Waiting   bool     `query:"waiting" doc:"Something waits for approval"`
	From      string   `query:"received_from" format:"date"`
	To        string   `query:"received_to" format:"date"`
	Cursor    string   `query:"cursor" doc:"next of the page before"`
	Limit     int      `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (in listIn) filter() (storage.Filter, error) {
	var f fault.Fields
	states := make([]complaint.State, len(in.State))
	for i, v := range in.State {
		states[i] = complaint.State(v)
	}
	after := storage.ParseCursor(in.Cursor)
	f.Need(in.Cursor == "" || after.ID != 0, "cursor", "游标不对：请原样使用上一页的 next")
	return storage.Filter{Reach: storage.Reach(in.Tab), Closed: in.Closed, States: states, Channel: party.ChannelID(in.Channel), Product: in.Product, Reason: in.Reason,
		Unit: party.UnitID(in.Unit), Owner: party.PersonID(in.Owner), DueFrom: day(&f, "due_from", in.DueFrom), DueTo: day(&f, "due_to", in.DueTo), Regulator: in.Regulator,
		Fragile: in.Fragile, Waiting: in.Waiting, Received: calendar.Interval{From: day(&f, "received_from", in.From), To: day(&f, "received_to", in.To)},
		After: after, Limit: in.Limit}, f.Err()
}

// day reads a date of the address; none when it is empty.
func day(f *fault.Fields, field, text string) calendar.Date {
	if text == "" {
		return 0
	}
	d, err := calendar.Parse(text)
	if err != nil {
		f.Add(field, "%s", fault.Message(err))
	}
	return d
}

// ListView is a page of the worklist.
type ListView struct {
	Complaints []RowView  `json:"complaints"`
	Next       string     `json:"next,omitempty" doc:"Cursor of the next page; absent at the end"`
	Today      string     `json:"today" doc:"Day in the institution's zone"`
	Tally      *TallyView `json:"tally,omitempty" doc:"The numbers above the worklist"`
}

// TallyView counts what is pressing.
type TallyView struct {
	Overdue   int `json:"overdue"`
	Today     int `json:"today"`
	Soon      int `json:"soon"`
	Approvals int `json:"approvals" doc:"Waiting for the holder of the token"`
}

func (s *rest) list(ctx context.Context, who party.Actor, in *listIn) (*out[ListView], error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	p, err := s.Worklist(ctx, who, f)
	if err != nil {
		return nil, err
	}
	t := p.Tally
	return body(ListView{Complaints: rowViews(p.Rows, p.Org), Next: p.Next.String(), Today: p.Today.String(), Tally: &TallyView{t.Overdue, t.Today, t.Soon, t.Approvals}}), nil
}

type searchBody struct {
	Query  string       `json:"query" maxLength:"200"`
	Before complaint.ID `json:"before,omitempty" doc:"Id of the last one of the page before"`
	Limit  int          `json:"limit,omitempty" minimum:"1" maximum:"200" default:"50"`
}

func (s *rest) search(ctx context.Context, who party.Actor, _ *Raw, b searchBody) (*out[ListView], error) {
	if b.Limit == 0 {
		b.Limit = 50
	}
	var f fault.Fields
	f.Need(b.Query != "", "query", "请填写要检索的内容")
	f.Need(len([]rune(b.Query)) <= 200, "query", "检索内容不能超过 200 个字")
	f.Need(b.Limit > 0 && b.Limit <= 200, "limit", "每页 1 至 200 件")
	f.Need(b.Before >= 0, "before", "须是投诉的编号")
	if err := f.Err(); err != nil {
		return nil, err
	}
	p, err := s.Search(ctx, who, b.Query, b.Before, b.Limit)
	if err != nil {
		return nil, err
	}
	v := ListView{Complaints: rowViews(p.Rows, p.Org), Today: p.Today.String()}
	if p.Next.ID != 0 {
		v.Next = p.Next.ID.String()
	}
	return body(v), nil
}

type numberIn struct {
	Number string `query:"number" required:"true" maxLength:"64" doc:"Ours, or that of a sender"`
}

func (s *rest) byNumber(ctx context.Context, who party.Actor, in *numberIn) (*out[ReceiptView], error) {
	id, err := s.ByNumber(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	return s.receiptOf(ctx, who, id)
}

type idIn struct{ CaseID }

func (s *rest) receipt(ctx context.Context, who party.Actor, in *idIn) (*out[ReceiptView], error) {
	return s.receiptOf(ctx, who, complaint.ID(in.ID))
}

func (s *rest) receiptOf(ctx context.Context, who party.Actor, id complaint.ID) (*out[ReceiptView], error) {
	r, _, err := s.ReceiptOf(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &out[ReceiptView]{ETag: etag(r.Version), Location: address(r.ID), Body: receiptView(r, s.Today())}, nil
}

// KeptAwayView is a case of which one may know number and dates only.
type KeptAwayView struct {
	ID         int64         `json:"id"`
	Number     string        `json:"number"`
	ReceivedOn calendar.Date `json:"received_on"`
	NextDue    calendar.Date `json:"next_due,omitzero"`
}

func (s *rest) keptAway(ctx context.Context, who party.Actor, _ *struct{}) (*out[[]KeptAwayView], error) {
	kept, err := s.KeptAway(ctx, who)
	return body(each(kept, func(k storage.KeptAway) KeptAwayView {
		return KeptAwayView{int64(k.ID), k.Number, k.ReceivedOn, k.NextDue}
	})), err
}

type getIn struct {
	CaseID
	Trace bool `query:"trace" doc:"Add the day-by-day count to every deadline"`
}

func (s *rest) read(ctx context.Context, who party.Actor, id complaint.ID, trace bool) (*out[CaseView], error) {
	p, err := s.Complaint(ctx, who, id)
	if err != nil {
		return nil, err
	}
	return &out[CaseView]{ETag: etag(p.Case.Version), Body: caseView(p, trace)}, nil
}

// EventView is one event of the ledger.
type EventView struct {
	Version int64           `json:"version"`
	Kind    string          `json:"kind"`
	Label   string          `json:"label" doc:"Kind in Chinese"`
	At      time.Time       `json:"at"`
	By      string          `json:"by" doc:"Actor: person/…, consumer or system"`
	Name    string          `json:"name" doc:"Name of the actor"`
	Data    json.RawMessage `json:"data" doc:"Public part of the event as it stands in the ledger"`
	Hash    string          `json:"hash" doc:"SHA-256 in the chain of the case, hexadecimal"`
}

// HistoryView is the events of a case in order.
type HistoryView struct {
	Events []EventView `json:"events"`
}

func (s *rest) history(ctx context.Context, who party.Actor, in *idIn) (*out[HistoryView], error) {
	p, err := s.Complaint(ctx, who, complaint.ID(in.ID))
	if err != nil {
		return nil, err
	}
	v := HistoryView{Events: make([]EventView, len(p.History))}
	for i, e := range p.History {
		if v.Events[i], err = eventView(e, p.Org); err != nil {
			return nil, err
		}
	}
	return &out[HistoryView]{ETag: etag(p.Case.Version), Body: v}, nil
}

func eventView(e storage.Recorded, org *app.Org) (EventView, error) {
	public, _, err := ledger.Encode(e.Event)
	return EventView{Version: e.Version, Kind: e.Kind, Label: complaint.Label("event", e.Kind, "zh"), At: e.At, By: e.By, Name: org.Name(e.By), Data: public, Hash: hexOf(e.Hash)}, err
}

type splitIn struct {
	CaseID
	Expected
	Raw
}

func (s *rest) split(ctx context.Context, who party.Actor, in *splitIn, b app.SplitInput) (*registered, error) {
	expect, err := in.version()
	if err != nil {
		return nil, err
	}
	r, err := s.Split(ctx, who, complaint.ID(in.ID), expect, b)
	if err != nil {
		return nil, s.stale(ctx, who, complaint.ID(in.ID), expect, err)
	}
	v := receiptView(r, s.Today())
	return &registered{Status: http.StatusCreated, ETag: etag(v.Version), Location: address(v.ID), Body: ReceiptBody{ReceiptView: v}}, nil
}
