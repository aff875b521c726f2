package api_test

import (
	"strings"
	"testing"

	"xiaobao/internal/party"
)

// With a second administrator changes are accepted and wait; the second confirms
// with a token of her own.
func TestChangesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	w.hire(party.Person{ID: "admin2", Login: "admin2", Name: "卫管", Unit: "01", Roles: []party.Role{party.Administrator}})
	for _, tt := range []struct {
		who                party.PersonID
		method, path, body string
		status             int
		want               string
	}{
		{"admin", "PUT", "/settings/warning.days", `{"value":"20,1"}`, 422, "请写明更改的理由"},
		{"admin", "PUT", "/settings/warning.days", `{"value":"20,1","reason":"提早提醒"}`, 202, `"change":2`},
		{"admin2", "GET", "/config-changes?waiting=true", "", 200, `"subject":"warning.days"`},
		{"admin2", "GET", "/config-changes/2", "", 200, `"may_confirm":true`},
		{"admin", "GET", "/config-changes/2", "", 200, `"hindrance":"更改须由另一人复核，您是提出人"`},
		{"bj", "GET", "/config-changes/2", "", 403, ""},
		{"admin", "POST", "/config-changes/2/confirm", "", 403, "您是提出人"},
		{"office", "POST", "/config-changes/2/confirm", "", 403, ""},
		{"admin2", "POST", "/config-changes/2/decline", `{}`, 422, "请写明不同意的理由"},
		{"admin2", "POST", "/config-changes/2/confirm", "", 204, ""},
		{"admin2", "POST", "/config-changes/2/confirm", "", 409, "已有结果"},
		{"audit", "GET", "/settings", "", 200, `"value":"20,1"`},
		{"admin", "POST", "/people?reason=x", `{"login":"neu","name":"新人","unit":"0101","roles":["handler"]}`, 202, `"change":3`},
		{"admin2", "POST", "/config-changes/3/withdraw", `{}`, 403, "只有提出人"},
		{"admin", "POST", "/config-changes/3/withdraw", `{}`, 204, ""},
		{"audit", "GET", "/config-changes/3", "", 200, `"state":"withdrawn"`},
		{"admin", "POST", "/tokens", `{"person":"bj","name":"x","scopes":["write"],"reason":"x"}`, 202, `"token":"`},
		{"admin", "POST", "/tokens", `{"person":"bj","name":"x","scopes":["read"]}`, 201, `"token":"`},
		{"admin2", "GET", "/config-changes/99", "", 404, "没有第 99 号"},
	} {
		a := w.call(tt.who, tt.method, tt.path, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s %s as %s: %d %.300s, want %d with %q", tt.method, tt.path, tt.who, a.status, a.body, tt.status, tt.want)
		}
	}
}
