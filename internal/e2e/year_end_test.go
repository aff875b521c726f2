package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
)

// A working day of a year whose holidays nobody has announced cannot be counted:
// the pages say so in both languages, nothing is guessed, and the case can be
// worked on. Once the notice is there the date is.
func TestClockThatCannotBeComputed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Pass(calendar.Of(2026, 12, 31).Time().Add(10 * time.Hour).Sub(w.Now()))
	c := w.comes("handler")
	c.open("/complaints/new")
	f := c.form("/complaints/new").fill("channel", "web").fill("complainant.name", "何平").fill("narrative", "十二月的扣款没有任何说明，客服让我等到年后再问。")
	c = f.send(http.StatusSeeOther)
	c.sees("首次联系 1 个工作日 放假安排未公布，暂不能确定", "作出决定并告知 15 日 2027-01-15")
	for _, path := range []string{"/complaints/1/receipt", "/desk", "/desk/preview/1"} { // pages that print no count
		for _, day := range []string{"2027-01-01", "2027-01-04", "01-04"} {
			if strings.Contains(c.open(path).page.Text(), day) {
				t.Errorf("%s guesses %s", path, day)
			}
		}
	}
	c.open("/complaints/1").sees("放假安排未公布")
	c.does(1, complaint.Accept{})
	c.Lang = "en"
	c.open("/complaints/1").sees("Holidays not announced: date unknown")
	c.Lang = "zh"
	for _, d := range w.fold(1).Deadlines(w.App.Rules(w.today()), w.App.Calendar()) {
		if d.Kind == complaint.FirstContactBy && !d.Due.IsZero() {
			t.Errorf("the first contact is due on %s", d.Due)
		}
		if d.Kind == complaint.DecideBy && d.Due != calendar.Of(2027, 1, 15) {
			t.Errorf("the decision is due on %s", d.Due)
		}
	}
	w.sound()
}

// The command line says the same to a program: no date, exit code 1.
func TestDeadlineOfAnUnannouncedYear(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args      []string
		code      int
		announced bool
		due       string
	}{
		{[]string{"--working-days", "5", "--received", "2026-12-30"}, 1, false, ""},
		{[]string{"--working-days", "2", "--received", "2026-12-29"}, 0, true, "2026-12-31"},
		{[]string{"--regime", "nfra", "--stage", "simple", "--received", "2026-03-31"}, 0, true, "2026-04-15"},
		{[]string{"--regime", "nfra", "--stage", "simple", "--received", "2026-02-30"}, 2, false, ""},
		{[]string{"--regime", "nfra", "--stage", "no-such", "--received", "2026-03-31"}, 2, false, ""},
	} {
		cmd := house{t: t}.plain(append([]string{"deadline", "--json"}, tt.args...)...)
		var got struct {
			Due       string
			Announced bool
		}
		if tt.code < 2 {
			if err := json.Unmarshal([]byte(cmd.out), &got); err != nil {
				t.Errorf("%v: %v %q %s", tt.args, err, cmd.out, cmd.err)
			}
		}
		if cmd.code != tt.code || got.Announced != tt.announced || got.Due != tt.due || tt.code == 2 && strings.TrimSpace(cmd.err) == "" {
			t.Errorf("%v: exit %d, %+v %s", tt.args, cmd.code, got, cmd.err)
		}
	}
}
