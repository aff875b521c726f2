package app

import (
	"context"

	"xiaobao/internal/complaint"
	"xiaobao/internal/party"
)

// PrintComplaint returns a case for its print view and records the printing.
func (a *App) PrintComplaint(ctx context.Context, who party.Actor, id complaint.ID) (CasePage, error) {
	page, err := a.Case(ctx, who, id)
	if err != nil {
		return page, err
	}
	return page, a.note(ctx, who, id, readPrinted, "case", "")
}
