package e2e

import (
	"net/http"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
)

// Tables that are none are refused before a row is read, and rows that cannot be
// taken come back with their reason and without a live formula.
func TestBrokenTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.comes("office")
	for _, tt := range []struct {
		file string
		data []byte
	}{
		{"空.csv", nil}, {"图.csv", png}, {"旧.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")}, {"假.xlsx", []byte("a,b\n1,2\n")}, {"半.xlsx", office(t, "xl/workbook.xml", 3000)[:150]},
		{"炸弹.xlsx", office(t, "xl/worksheets/sheet1.xml", 300<<20)}, {"程序.exe", []byte("MZ")}, {"零.csv", []byte("\x00\x00\x00\x00")},
	} {
		a := c.Upload("/imports", "file", tt.file, tt.data)
		if a.Status == http.StatusSeeOther { // taken, to be checked: the check says why not
			w.App.WaitJobs(false)
			a = c.Get(a.Location())
			if a.Status != http.StatusOK || strings.Contains(a.Text(), "开始导入") {
				t.Errorf("%s: %d %s", tt.file, a.Status, clipped(a.Text()))
			}
			c.saysWhy(tt.file, a.Text())
			continue
		}
		if a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %d %s", tt.file, a.Status, clipped(a.Text()))
		}
		c.saysWhy(tt.file, a.Text())
	}
	if list := c.open("/complaints").page.Text(); strings.Contains(list, "TS2026") {
		t.Error("something was registered")
	}
	w.sound()
}

func (c *clerk) saysWhy(file, text string) {
	c.w.t.Helper()
	for _, word := range []string{"panic", "zip:", "EOF", "程序内部出错", "invalid"} {
		if strings.Contains(text, word) {
			c.w.t.Errorf("%s: the page shows %q: %s", file, word, clipped(text))
		}
	}
}

func TestRejectedRowsAreInert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.comes("office")
	table := "投诉日期,投诉人,联系电话,投诉内容\n2026-03-30,王芳,13800001234,三月扣了年费没有告知。\n2027-01-01,=HYPERLINK(\"http://evil\"),13800001235,@SUM(1+1)*cmd|' /C calc'!A0\n"
	a := c.Upload("/imports", "file", "台账.csv", []byte(table), "channel", "phone")
	if a.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Status, clipped(a.Text()))
	}
	at := a.Location()
	w.App.WaitJobs(false)
	c.open(at)
	c.form(at + "/run").send(http.StatusSeeOther)
	w.App.WaitJobs(false)
	c.open(at)
	back := c.Get(at + "/rejected/csv")
	if back.Status != http.StatusOK || !strings.Contains(back.Body, "HYPERLINK") || !strings.Contains(back.Body, "晚于今天") {
		t.Fatalf("rejected rows: %d %s", back.Status, back.Body)
	}
	for _, cell := range strings.FieldsFunc(back.Body, func(r rune) bool { return r == ',' || r == '\n' }) {
		if cell = strings.TrimLeft(cell, `"`); strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
			t.Errorf("a live formula: %s", cell)
		}
	}
	if k := w.fold(1); k.Complainant.Name == "" || k.ReceivedOn != calendar.Of(2026, 3, 30) {
		t.Errorf("the good row became %+v", k.ReceivedOn)
	}
	w.sound()
}
