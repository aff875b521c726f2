package regulation

import (
	"fmt"

	"xiaobao/internal/calendar"
)

// Count says what a day did for a deadline.
type Count string

// The kinds of rows of a trace.
const (
	CountStart       Count = "start"       // the first day, not counted
	CountCounted     Count = "counted"     // counted; DayCount.N says as which
	CountRest        Count = "rest"        // a rest day that a working-day limit skips
	CountExcluded    Count = "excluded"    // in an excluded interval
	CountRolled      Count = "rolled"      // after Due, a rest day that moves the end
	CountEnd         Count = "end"         // the day the rolled limit ends
	CountUnannounced Count = "unannounced" // the count stops: no holiday notice
)

// DayCount is one row of a trace.
type DayCount struct {
	Date     calendar.Date `json:"date"`
	N        int           `json:"n"` // number of the counted day, 0 when it is not counted
	Kind     Count         `json:"kind"`
	Why      string        `json:"why"` // in Chinese
	Interval int           `json:"-"`   // index of the excluded interval, -1 when in none
}

// Explain returns the count of Compute day by day, from the start to the rolled
// end. Exactly c.Days rows are counted, except when the count has to stop at a
// year without notice; the last row then says so.
func Explain(c Clock, start calendar.Date, excluded []calendar.Interval, cal *calendar.Calendar) []DayCount {
	return ExplainNamed(c, start, excluded, nil, cal)
}

// ExplainNamed is Explain with the reason of each excluded interval, such as
// "鉴定" or "调解"; a missing one reads "除外".
func ExplainNamed(c Clock, start calendar.Date, excluded []calendar.Interval, reasons []string, cal *calendar.Calendar) []DayCount {
	rows := []DayCount{{Date: start, Kind: CountStart, Why: "起算日不计入", Interval: -1}}
	day := start
	for n := 0; n < c.Days; {
		day++
		row := c.explainDay(day, excluded, reasons, cal)
		if row.Kind == CountCounted {
			n++
			row.N = n
		}
		rows = append(rows, row)
		if row.Kind == CountUnannounced {
			return rows
		}
	}
	return appendRolled(rows, day, cal)
}

// explainDay says what one day does, before it has its number.
func (c *Clock) explainDay(day calendar.Date, excluded []calendar.Interval, reasons []string, cal *calendar.Calendar) DayCount {
	row := DayCount{Date: day, Kind: CountCounted, Why: dayName(day, cal), Interval: -1}
	if c.Working && !cal.Announced(day.Year()) {
		row.Kind, row.Why = CountUnannounced, unannounced(day)+"工作日"
		return row
	}
	if c.Working && !cal.IsWorking(day) {
		row.Kind = CountRest
		return row
	}
	for i, v := range excluded {
		if v.Contains(day) {
			row.Kind, row.Interval = CountExcluded, i
			row.Why = reasonOf(reasons, i) + "期间不计"
			return row
		}
	}
	return row
}

func reasonOf(reasons []string, i int) string {
	if i < len(reasons) && reasons[i] != "" {
		return reasons[i]
	}
	return "除外"
}

// appendRolled adds the rest days that move the end past due.
func appendRolled(rows []DayCount, due calendar.Date, cal *calendar.Calendar) []DayCount {
	end, ok := cal.Roll(due)
	if !ok {
		stop := due
		for cal.Announced(stop.Year()) {
			stop++
		}
		why := unannounced(stop) + "届满日是否顺延"
		return append(rows, DayCount{Date: stop, Kind: CountUnannounced, Why: why, Interval: -1})
	}
	if end == due {
		return rows
	}
	last := &rows[len(rows)-1]
	last.Why += "，期限届满日遇休息日，顺延"
	for d := due + 1; d < end; d++ {
		rows = append(rows, DayCount{Date: d, Kind: CountRolled, Why: dayName(d, cal) + "，顺延", Interval: -1})
	}
	return append(rows, DayCount{Date: end, Kind: CountEnd, Why: dayName(end, cal) + "，顺延后的届满日", Interval: -1})
}

func unannounced(d calendar.Date) string {
	return fmt.Sprintf("%d年放假安排尚未公布，无法确定", d.Year())
}

// dayName says what a day is: the holiday, the make-up work, or the weekday.
func dayName(d calendar.Date, cal *calendar.Calendar) string {
	switch cal.Day(d) {
	case calendar.Holiday:
		return cal.Name(d)
	case calendar.MakeUp:
		return d.WeekdayName() + "，调休上班"
	}
	return d.WeekdayName()
}
