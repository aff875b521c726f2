package api_test

import (
	"strings"
	"testing"
)

// The statistics, the letter and the jobs over many files answer programs as they
// answer pages, and refuse with the same sentences.
func TestReviewNumbersOverTheAPI(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"/reviews/stats", 200, `"submitted":0`},
		{"/reviews/stats?from=2026-01-01&to=2026-03-31&kind=marketing", 200, `"months":[{"month":"2026-01"`},
		{"/reviews/stats?from=2026-13-01", 422, "这个参数的值不对"},
		{"/reviews/stats?from=2026-03-02&to=2026-03-01", 422, "早于开始日"},
		{"/reviews/999999/letter", 404, "没有找到这件审查"},
		{"/review-jobs/none", 404, "没有这项任务"},
		{"/review-jobs/none/result", 404, "没有这项任务"},
	} {
		a := w.call("office", "GET", tt.path, "")
		if a.status != tt.status || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: %d %.300s, want %d with %q", tt.path, a.status, a.body, tt.status, tt.want)
		}
	}
}
