package server

import (
	"xiaobao/internal/app"
	"xiaobao/internal/web"
	"xiaobao/internal/web/casefile"
	"xiaobao/internal/web/codes"
	"xiaobao/internal/web/desk"
	"xiaobao/internal/web/house"
	"xiaobao/internal/web/imports"
	"xiaobao/internal/web/keeping"
	"xiaobao/internal/web/laws"
	"xiaobao/internal/web/overview"
	"xiaobao/internal/web/portal"
	"xiaobao/internal/web/precedents"
	"xiaobao/internal/web/products"
	"xiaobao/internal/web/reviews"
	"xiaobao/internal/web/rules"
)

// rooms are the rooms of the pages, each with its routes. A room that has no
// routes is not in anybody's list.
var rooms = []func(*web.Site, *app.App) []web.Route{
	desk.Routes,
	casefile.Routes,
	codes.Routes,
	house.Routes,
	imports.Routes,
	keeping.Routes,
	laws.Routes,
	overview.Routes,
	portal.Routes,
	precedents.Routes,
	products.Routes,
	reviews.Routes,
	rules.Routes,
}

// Rooms returns the routes of all rooms.
func Rooms(site *web.Site, a *app.App) []web.Route {
	var out []web.Route
	for _, room := range rooms {
		out = append(out, room(site, a)...)
	}
	return out
}
