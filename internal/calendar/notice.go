package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"xiaobao/internal/fault"
)

// Notice names an official document, so that a date can be traced to it.
type Notice struct {
	Title  string `toml:"title" json:"title"`
	Number string `toml:"number" json:"number,omitempty"` // as printed on it; "" when not known
	Date   Date   `toml:"date" json:"date,omitzero"`      // day of issue; none when not known
	URL    string `toml:"url" json:"url,omitempty"`
}

// Period is one holiday of a year: its days off, and the Saturdays and Sundays
// that are worked in exchange.
type Period struct {
	Name string   `toml:"name" json:"name"`
	Off  Interval `toml:"off" json:"off"`
	Work []Date   `toml:"work" json:"work,omitempty"`
}

// Year is the arrangement of a year as the notices leave it, later amendments
// included. It may speak of the last days of the December before.
type Year struct {
	Year     int      `toml:"year" json:"year"`
	Notices  []Notice `toml:"notice" json:"notice"`
	Holidays []Period `toml:"holiday" json:"holiday"`
}

func (y Year) clone() Year {
	y.Notices = slices.Clone(y.Notices)
	y.Holidays = slices.Clone(y.Holidays)
	for i := range y.Holidays {
		y.Holidays[i].Work = slices.Clone(y.Holidays[i].Work)
	}
	return y
}

// Bounds of a believable arrangement. They catch slips of the pen; they decide
// no date.
const (
	longestHoliday = 16 // days; the longest so far had ten
	mostHolidays   = 20
	lateDecember   = 20 // a notice never reached further back into the year before
)

// Check reports what cannot be right about the arrangement as a fault of kind
// Invalid with a violation for each finding: no notice cited, no day off, a
// make-up day that is no weekend day, days of another year, days told twice, a
// fixed statutory holiday (1 January, 1 May, 1 October) that is not off.
func (y Year) Check() error {
	var f fault.Fields
	if y.Year < minYear+1 || y.Year > maxYear-1 {
		f.Add("year", "年份 %d 不对：请写四位年份，例如 2027。", y.Year)
		return f.Err()
	}
	y.checkNotices(&f)
	f.Need(len(y.Holidays) > 0, "holiday", "%d 年没有任何放假日：该年的放假通知可能还没有发布，请等通知发布后再导入。", y.Year)
	f.Need(len(y.Holidays) <= mostHolidays, "holiday", "%d 年写了 %d 个假期，超过 %d 个：请核对文件。", y.Year, len(y.Holidays), mostHolidays)
	if len(f) == 0 {
		y.checkDays(&f)
	}
	if len(f) == 0 {
		y.checkStatutory(&f)
	}
	return f.Err()
}

func (y Year) checkNotices(f *fault.Fields) {
	f.Need(len(y.Notices) > 0, "notice", "没有写明依据：请写上放假通知的标题或网址。")
	for i, n := range y.Notices {
		field := fmt.Sprintf("notice[%d]", i)
		f.Need(strings.TrimSpace(n.Title) != "", field+".title", "第 %d 个通知没有标题：请补上。", i+1)
		web := strings.HasPrefix(n.URL, "https://") || strings.HasPrefix(n.URL, "http://")
		f.Need(n.URL == "" || web, field+".url", "通知网址“%s”不对：应以 https:// 开头。", clip(n.URL))
	}
}

// checkDays looks at every day once: inside the year, told once, and a make-up
// day only on a weekend.
func (y Year) checkDays(f *fault.Fields) {
	seen := map[Date]string{}
	claim := func(d Date, field, name string) {
		f.Need(y.speaksOf(d), field, "%s的 %s 不属于 %d 年的通知：请核对年份。", name, d, y.Year)
		other, twice := seen[d]
		f.Need(!twice, field, "%s 写了两次（%s、%s）：请核对放假和上班的日期。", d, other, name)
		seen[d] = name
	}
	for i, h := range y.Holidays {
		field := fmt.Sprintf("holiday[%d]", i)
		name := clip(strings.TrimSpace(h.Name))
		f.Need(name != "", field+".name", "第 %d 个假期没有名称：请补上，例如“国庆节”。", i+1)
		if n := h.Off.Days(); n < 1 || n > longestHoliday {
			f.Add(field+".off", "%s的放假期间“%s”不对：开始日不能晚于结束日，且最多 %d 天。", name, h.Off, longestHoliday)
			continue
		}
		for d := h.Off.From; d <= h.Off.To; d++ {
			claim(d, field+".off", name)
		}
		if len(h.Work) > longestHoliday {
			f.Add(field+".work", "%s的调休上班日多于 %d 天：请核对文件。", name, longestHoliday)
			continue
		}
		for _, d := range h.Work {
			f.Need(plainKind(d) == Weekend, field+".work", "%s的调休上班日 %s 是%s，不是周六、周日：请核对日期。", name, d, weekdayName(d))
			claim(d, field+".work", name)
		}
	}
}

// speaksOf reports whether the notice of the year may arrange the day.
func (y Year) speaksOf(d Date) bool {
	return d >= Of(y.Year-1, time.December, lateDecember) && d <= Of(y.Year, time.December, 31)
}

// checkStatutory makes sure that the holidays with a fixed date are there: a
// file that was cut off would lack one.
func (y Year) checkStatutory(f *fault.Fields) {
	for _, fixed := range []struct {
		name  string
		month time.Month
	}{{"元旦", time.January}, {"劳动节", time.May}, {"国庆节", time.October}} {
		d := Of(y.Year, fixed.month, 1)
		off := slices.ContainsFunc(y.Holidays, func(h Period) bool { return h.Off.Contains(d) })
		f.Need(off, "holiday", "%d 年缺少%s（%d月1日）的放假安排：文件可能不完整。", y.Year, fixed.name, fixed.month)
	}
}

var weekdayNames = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

func weekdayName(d Date) string { return weekdayNames[d.Weekday()] }

// WeekdayName returns the Chinese name of the day of the week, such as "周六".
func (d Date) WeekdayName() string { return weekdayName(d) }
