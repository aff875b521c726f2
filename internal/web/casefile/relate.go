package casefile

import (
	"context"
	"reflect"
	"strconv"
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/web"
)

// zone is the institution's.
var zone = calendar.Zone

func itoa(n int) string { return strconv.Itoa(n) }

// number reads a whole number, 0 when it is none.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// unlessSame drops a changed value that changes nothing.
func unlessSame[T any](typed *T, known T) *T {
	if typed == nil || reflect.DeepEqual(*typed, known) || isEmpty(*typed) && isEmpty(known) {
		return nil
	}
	return typed
}

func isEmpty(v any) bool {
	r := reflect.ValueOf(v)
	return r.IsZero() || r.Kind() == reflect.Slice && r.Len() == 0
}

// merge puts the case into the one whose number was typed.
func (m *room) merge(ctx context.Context, who party.Actor, id complaint.ID, typed *web.Form) error {
	into := strings.TrimSpace(typed.Get("into"))
	if into == "" {
		return wrong("into", "请填写要并入的投诉编号")
	}
	other, err := m.app.ByNumber(ctx, into)
	if err != nil {
		return wrong("into", fault.Message(err))
	}
	return m.app.Merge(ctx, who, id, other, typed.Get("why"))
}

// unmerge undoes a merge, seen from either of the two cases.
func (m *room) unmerge(ctx context.Context, who party.Actor, id complaint.ID, typed *web.Form) error {
	page, err := m.app.Case(ctx, who, id)
	if err != nil {
		return err
	}
	if page.Case.MergedInto != 0 {
		return m.app.Unmerge(ctx, who, id, page.Case.MergedInto, typed.Get("why"))
	}
	return m.app.Unmerge(ctx, who, complaint.ID(number(typed.Get("from"))), id, typed.Get("why"))
}

func wrong(field, text string) error {
	var f fault.Fields
	f.Add(field, "%s", text)
	return f.Err()
}
