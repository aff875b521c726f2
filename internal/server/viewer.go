package server

import (
	"context"
	"net/http"
	"slices"

	"xiaobao/internal/access"
	"xiaobao/internal/app"
	"xiaobao/internal/web"
)

type viewerKey struct{}

func withViewer(ctx context.Context, v *web.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// viewer is the person that guarded has put into the request.
func viewer(r *http.Request) *web.Viewer {
	v, _ := r.Context().Value(viewerKey{}).(*web.Viewer)
	return v
}

// viewerOf returns the person as a page's frame shows him, with the rooms that
// exist and that his roles open, and what waits in them.
func (h *hall) viewerOf(r *http.Request, info app.SessionInfo) *web.Viewer {
	v := &web.Viewer{Name: info.Actor.Name, Unit: info.UnitName, Role: roleID(info.Actor), Rooms: map[string]bool{}, Counts: map[string]int{}}
	for _, room := range web.Rooms {
		need, ok := h.needs[room.Path]
		if room.ID == "inbox" && !h.a.FetchesMail() {
			continue
		}
		v.Rooms[room.ID] = ok && (need == web.Signed || access.May(info.Actor, need))
	}
	if v.Rooms["approvals"] && r.Header.Get("HX-Request") == "" && r.Method == http.MethodGet {
		if n, err := h.a.WaitingApprovals(r.Context(), info.Actor); err == nil {
			v.Counts["approvals"] = n
		}
	}
	if v.Rooms["changes"] && r.Header.Get("HX-Request") == "" && r.Method == http.MethodGet {
		if waiting, err := h.a.WaitingChanges(r.Context(), info.Actor); err == nil {
			v.Counts["changes"] = len(waiting)
		}
	}
	if alarmed(r) && access.May(info.Actor, access.ReadSettings) {
		if s, err := h.a.BackupStatus(r.Context()); err == nil && (s.Alarm == app.BackupFailed || s.Alarm == app.BackupStale) {
			v.Alarm = "backup.alarm." + s.Alarm + ".say"
		}
	}
	return v
}

// alarmed reports whether a request is for one of the pages on which those who
// answer for the data are told when backups fail.
func alarmed(r *http.Request) bool {
	return r.Method == http.MethodGet && slices.Contains([]string{"/overview", "/people", "/settings", "/settings/backups"}, r.URL.Path)
}

// first returns the path of the first room a person may enter.
func first(v *web.Viewer) string {
	for _, room := range web.Rooms {
		if v.Rooms[room.ID] {
			return room.Path
		}
	}
	return "/me"
}
