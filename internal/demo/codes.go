package demo

import (
	"context"
	_ "embed"
	"strings"

	"xiaobao/internal/app"
	"xiaobao/internal/calendar"
	"xiaobao/internal/coding"
	"xiaobao/internal/party"
)

//go:embed data/own_tree.csv
var ownTreeCSV string

//go:embed data/own_table.csv
var ownTableCSV string

// ownCodes puts the institution's own tree of products in force from a day: forms
// offer it, older cases stay coded as they were.
func ownCodes(ctx context.Context, a *app.App, who party.Actor, from calendar.Date) error {
	for _, f := range []struct{ what, name, text, why string }{
		{coding.WhatScheme, "本行投诉分类.csv", ownTreeCSV, "启用本行投诉分类"},
		{coding.WhatMapping, "本行分类对照.csv", ownTableCSV, "随本行投诉分类启用"},
	} {
		if err := a.ProposeCoding(ctx, who, coding.Own, f.what, f.name, strings.NewReader(f.text), int64(len(f.text))); err != nil {
			return err
		}
		if err := a.ReleaseCoding(ctx, who, coding.Own, f.what, from, f.why); err != nil {
			return err
		}
	}
	return nil
}
