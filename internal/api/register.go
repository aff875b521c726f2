package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strings"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

type registerIn struct {
	Raw
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Any text of the client's own, such as a UUID. The same key with the same body is answered as the first time and registers nothing again; with another body it is refused (422)."`
}

// registered is the answer of a registration; Body is a ReceiptView or, for a
// repeat, its bytes as they were sent the first time.
type registered struct {
	Status   int
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Again    string `header:"Idempotency-Replayed" doc:"true when the answer is that of an earlier request"`
	Body     ReceiptBody
}

// ReceiptBody is a receipt that may have been written before.
type ReceiptBody struct {
	ReceiptView
	kept []byte
}

// MarshalJSON implements json.Marshaler.
func (b ReceiptBody) MarshalJSON() ([]byte, error) {
	if b.kept != nil {
		return b.kept, nil
	}
	return marshal(b.ReceiptView)
}

func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	err := writeJSON(&buf, v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

func (s *rest) registering() {
	take(s, post("/complaints", "register-complaint", tagCase, "Register a complaint (登记投诉)", access.RegisterComplaint, "Register", "RegisterKeyed").answers(http.StatusCreated).
		says("Answers with the number, who is responsible, and every date that the case must meet. Nothing may be asked of the consumer that the institution holds already (rule 2020-3 art. 13): identity number, address and contract number are optional."),
		s.register)
	take(s, post("/complaints/preview", "preview-complaint", tagCase, "Clocks and likely earlier cases before registering (登记预览)", access.RegisterComplaint, "Preview").reads().
		says("The body is that of a registration, as far as it is known. Nothing is changed or recorded."), s.preview)
	take(s, post("/complaints/bulk-assign", "bulk-assign", tagCase, "Assign several cases at once (批量分派)", access.AssignComplaint, "Bulk", "Try").
		says("Each case is decided by itself; the answer says of each what became of it. With dry_run nothing is changed."), s.bulk)
}

func (s *rest) register(ctx context.Context, who party.Actor, in *registerIn, d complaint.Register) (*registered, error) {
	if err := ownKeys(d); err != nil {
		return nil, err
	}
	if in.Key != "" {
		return s.registerKeyed(ctx, who, in, d)
	}
	r, err := s.Register(ctx, who, d)
	if err != nil {
		return nil, err
	}
	v := receiptView(r, s.Today())
	return &registered{Status: http.StatusCreated, ETag: etag(v.Version), Location: address(v.ID), Body: ReceiptBody{ReceiptView: v}}, nil
}

func (s *rest) registerKeyed(ctx context.Context, who party.Actor, in *registerIn, d complaint.Register) (*registered, error) {
	req := app.KeyedRequest{Key: in.Key, Digest: sha256.Sum256(in.RawBody)}
	kept, again, err := s.RegisterKeyed(ctx, who, req, d, func(r app.Receipt) ([]byte, error) { return marshal(receiptView(r, s.Today())) })
	if err != nil {
		return nil, err
	}
	var v ReceiptView
	if err := json.Unmarshal(kept, &v); err != nil {
		return nil, err
	}
	out := &registered{Status: http.StatusCreated, ETag: etag(v.Version), Location: address(v.ID), Body: ReceiptBody{ReceiptView: v, kept: kept}}
	if again {
		out.Again = "true"
	}
	return out, nil
}

// ownKeys refuses what only the program itself may set.
func ownKeys(d complaint.Register) error {
	var f fault.Fields
	f.Need(d.SplitFrom == 0, "split_from", "拆分出的投诉请用 /complaints/{id}/split 登记，不能直接填写来源")
	f.Need(!strings.HasPrefix(d.ImportKey, "form/"), "import_key", "导入标识不能以 form/ 开头，请换一个")
	return f.Err()
}

func address(id complaint.ID) string { return Prefix + "/complaints/" + id.String() }

// PreviewView is what a registration would begin.
type PreviewView struct {
	Unit       UnitRef         `json:"unit" doc:"Unit that would handle it"`
	Deadlines  []DeadlineView  `json:"deadlines"`
	Duplicates []DuplicateView `json:"duplicates" doc:"Earlier cases in reach that may be the same grievance"`
}

// DuplicateView is an earlier case with the reasons why it may be the same.
type DuplicateView struct {
	Case    RowView  `json:"case"`
	Reasons []string `json:"reasons" doc:"Kinds of identifiers that agree (phone, id_number, policy …), or text"`
}

func (s *rest) preview(ctx context.Context, who party.Actor, _ *Raw, d complaint.Register) (*out[PreviewView], error) {
	p, err := s.Preview(ctx, who, d)
	if err != nil {
		return nil, err
	}
	org, err := s.Org(ctx)
	if err != nil {
		return nil, err
	}
	return body(PreviewView{Unit: UnitRef{p.Unit, p.UnitName}, Deadlines: deadlineViews(p.Deadlines, s.Today()),
		Duplicates: each(p.Duplicates, func(d app.Duplicate) DuplicateView { return DuplicateView{rowView(d.Row, org), d.Reasons} })}), nil
}

// maxBulk bounds one bulk request.
const maxBulk = 200

// BulkAssign assigns several cases to a unit or a person.
type BulkAssign struct {
	complaint.Assign
	IDs    []complaint.ID `json:"ids" maxItems:"200" doc:"At most 200 cases"`
	DryRun bool           `json:"dry_run,omitempty" doc:"Only say of each whether it would be taken"`
}

// BulkResult says what became of one case.
type BulkResult struct {
	ID     complaint.ID `json:"id"`
	OK     bool         `json:"ok"`
	Kind   string       `json:"kind,omitempty" doc:"Kind of the refusal"`
	Detail string       `json:"detail,omitempty" doc:"Sentence of the refusal"`
}

// BulkView is the answer of a bulk request, in the order of the ids.
type BulkView struct {
	Results []BulkResult `json:"results"`
}

func (s *rest) bulk(ctx context.Context, who party.Actor, _ *Raw, b BulkAssign) (*out[BulkView], error) {
	var f fault.Fields
	f.Need(len(b.IDs) > 0, "ids", "请至少选择一件投诉")
	f.Need(len(b.IDs) <= maxBulk, "ids", "一次最多 %d 件，请分几次提交", maxBulk)
	if err := f.Err(); err != nil {
		return nil, err
	}
	refused := map[complaint.ID]error{}
	if b.DryRun {
		trials, _, err := s.Try(ctx, who, b.IDs, b.Assign)
		if err != nil {
			return nil, err
		}
		for _, id := range b.IDs {
			refused[id] = fault.New(fault.NotFound, "没有找到这件投诉，或者您不能查看")
		}
		for _, t := range trials {
			refused[t.Row.ID] = t.Refused
		}
	} else {
		refused = s.Bulk(ctx, who, b.IDs, b.Assign)
	}
	return body(BulkView{each(b.IDs, func(id complaint.ID) BulkResult { return s.bulkResult(id, refused[id]) })}), nil
}

func (s *rest) bulkResult(id complaint.ID, err error) BulkResult {
	if err == nil {
		return BulkResult{ID: id, OK: true}
	}
	if fault.Is(err, fault.Internal) {
		s.o.Log.Error("api failed", "operation", "bulk-assign", "case", id, "err", err)
	}
	return BulkResult{ID: id, Kind: fault.KindOf(err).String(), Detail: fault.Message(err)}
}
