package house

import (
	"net/http"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/fault"
	"xiaobao/internal/web"
)

// checkpointsView is the page of the exported checkpoints.
type checkpointsView struct {
	Tabs   []web.Tab
	May    bool // export one
	Status app.CheckpointStatus
	Hours  int
	Rows   []checkpointRow
	Form   *web.Form
	Empty  web.Empty
}

type checkpointRow struct {
	app.CheckpointExport
	Root string
	Bad  string // why it does not agree with the ledger, or was not written
}

func (h *house) checkpointsView(r *http.Request) (checkpointsView, error) {
	who := web.Actor(r)
	v := checkpointsView{Tabs: h.tabs(r, "/settings/checkpoints"), May: access.May(who, access.ManageSettings), Form: web.NewForm(),
		Empty: web.Empty{Icon: "shield-check", Title: "checkpoint.none", Text: "checkpoint.none.text"}}
	var err error
	if v.Status, err = h.a.Checkpoints(r.Context(), who); err != nil {
		return v, err
	}
	v.Hours = int(v.Status.Every.Hours())
	for _, e := range v.Status.Exports {
		row := checkpointRow{CheckpointExport: e, Bad: e.Failure}
		if e.Note != "" {
			row.Root = e.Checkpoint.Root.String()
		}
		if e.Agrees != nil {
			row.Bad = fault.Message(e.Agrees)
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

// checkpoints shows what was exported and whether the ledger still agrees with it.
func (h *house) checkpoints(w http.ResponseWriter, r *http.Request) error {
	v, err := h.checkpointsView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/checkpoints", v)
}

// exportCheckpoint writes one at once.
func (h *house) exportCheckpoint(w http.ResponseWriter, r *http.Request) error {
	if _, refused := h.a.ExportCheckpoint(r.Context(), web.Actor(r)); refused != nil {
		v, err := h.checkpointsView(r)
		if err != nil {
			return err
		}
		v.Form.Refuse(refused)
		return web.Again("house/checkpoints", v, refused)
	}
	h.site.Flash(w, "good", "checkpoint.done")
	return to(w, r, "/settings/checkpoints")
}
