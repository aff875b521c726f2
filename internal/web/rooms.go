package web

import "strings"

// Room is one place of the work, in the list on the left. Its message id is
// "room." and the id.
type Room struct {
	ID, Path, Icon string
	Below          bool // in the lower group: looking after the house
}

// Rooms are all rooms in the order of the list.
var Rooms = []Room{
	{ID: "sample", Path: "/sample", Icon: "shield-check"}, // first: where an examiner begins
	{ID: "desk", Path: "/desk", Icon: "inbox"},
	{ID: "complaints", Path: "/complaints", Icon: "message-report"},
	{ID: "register", Path: "/complaints/new", Icon: "edit"},
	{ID: "inbox", Path: "/inbox", Icon: "mail"},
	{ID: "approvals", Path: "/approvals", Icon: "clipboard-check"},
	{ID: "search", Path: "/search", Icon: "search"},
	{ID: "reviews", Path: "/reviews", Icon: "file-certificate"},
	{ID: "products", Path: "/products", Icon: "package"},
	{ID: "imports", Path: "/imports", Icon: "file-import"},
	{ID: "overview", Path: "/overview", Icon: "chart-bar"},
	{ID: "codes", Path: "/codes", Icon: "arrows-exchange"},
	{ID: "laws", Path: "/laws", Icon: "book"},
	{ID: "precedents", Path: "/precedents", Icon: "notes"},
	{ID: "rules", Path: "/rules", Icon: "checklist"},
	{ID: "people", Path: "/people", Icon: "sitemap", Below: true},
	{ID: "settings", Path: "/settings", Icon: "settings", Below: true},
	{ID: "changes", Path: "/changes", Icon: "user-check", Below: true},
	{ID: "exports", Path: "/exports", Icon: "download", Below: true},
	{ID: "retention", Path: "/retention", Icon: "archive", Below: true},
	{ID: "audit", Path: "/audit", Icon: "report-search", Below: true},
}

type roomLink struct {
	Room
	Here  bool
	Count int
}

// roomLinks returns the rooms a person may enter; here is the one whose path is
// the longest beginning of the current path.
func roomLinks(v *Viewer, path string) []roomLink {
	var out []roomLink
	here, length := -1, 0
	for _, room := range Rooms {
		if !v.Rooms[room.ID] {
			continue
		}
		if within(path, room.Path) && len(room.Path) > length {
			here, length = len(out), len(room.Path)
		}
		out = append(out, roomLink{Room: room, Count: v.Counts[room.ID]})
	}
	if here >= 0 {
		out[here].Here = true
	}
	return out
}

func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}
