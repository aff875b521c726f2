package house

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

// backupsView is the page of the backups.
type backupsView struct {
	Tabs   []web.Tab
	May    bool // start one
	Status app.BackupStatus
	At     string // time of day of the schedule
	Rows   []backupRow
	Good   backupRow
	Failed string // why the last one failed, "" when it did not
	Form   *web.Form
	Empty  web.Empty
}

type backupRow struct {
	app.BackupRun
	File string // name without its folder
	Size string
	Took string // the whole run; Proof: restoring and verifying
	Seal string // message id: how it is encrypted and what was checked
}

func (h *house) backupsView(r *http.Request) (backupsView, error) {
	who := web.Actor(r)
	v := backupsView{Tabs: h.tabs(r, "/settings/backups"), May: access.May(who, access.ManageSettings), Form: web.NewForm(),
		Empty: web.Empty{Icon: "archive", Title: "backup.none", Text: "backup.none.text"}}
	var err error
	if v.Status, err = h.a.Backups(r.Context(), who); err != nil {
		return v, err
	}
	v.At = fmt.Sprintf("%02d:%02d", v.Status.Config.Hour, v.Status.Config.Min)
	for _, run := range v.Status.Runs {
		v.Rows = append(v.Rows, rowOfBackup(run))
	}
	v.Good = rowOfBackup(v.Status.Good)
	if len(v.Rows) > 0 && v.Rows[0].State == "bad" {
		v.Failed = v.Rows[0].Failure
	}
	return v, nil
}

func rowOfBackup(r app.BackupRun) backupRow {
	row := backupRow{BackupRun: r, Size: web.Size(r.Backup.Size), Seal: "backup.plain"}
	if r.BackupResult.File != "" {
		row.File = filepath.Base(r.BackupResult.File)
	}
	if !r.Ended.IsZero() {
		row.Took = spanText(r.Ended.Sub(r.Started))
	}
	if r.Backup.Encrypted {
		row.Seal = "backup.sealed"
		if r.Opened {
			row.Seal = "backup.opened"
		}
	}
	return row
}

// spanText is a length of time with the digits that matter: 0.4 s, 12 s, 3 min.
func spanText(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 3*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	}
	return strconv.FormatFloat(d.Minutes(), 'f', 0, 64) + " min"
}

// backups shows how the backups stand.
func (h *house) backups(w http.ResponseWriter, r *http.Request) error {
	v, err := h.backupsView(r)
	if err != nil {
		return err
	}
	return h.site.Render(w, r, "house/backups", v)
}

// startBackup makes one at once.
func (h *house) startBackup(w http.ResponseWriter, r *http.Request) error {
	if refused := h.a.StartBackup(r.Context(), web.Actor(r)); refused != nil {
		v, err := h.backupsView(r)
		if err != nil {
			return err
		}
		v.Form.Refuse(refused)
		return web.Again("house/backups", v, refused)
	}
	h.site.Flash(w, "good", "backup.started")
	return to(w, r, "/settings/backups")
}
