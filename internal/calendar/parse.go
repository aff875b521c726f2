package calendar

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"

	"xiaobao/internal/fault"
)

// largestNotice bounds a notice file, in bytes; a real one has a few thousand.
const largestNotice = 1 << 20

// ParseNotice reads one year's arrangement and checks it. It takes TOML and
// JSON with the fields of Year, and the JSON that the public list "holiday-cn"
// publishes ({"year", "papers", "days": [{"name", "date", "isOffDay"}]}).
// What cannot be read or cannot be right is a fault of kind Invalid, a file
// over 1 MB one of kind TooLarge.
func ParseNotice(data []byte) (Year, error) {
	if len(data) > largestNotice {
		return Year{}, fault.New(fault.TooLarge, "放假通知文件超过 1 MB：请确认选对了文件。")
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	y, err := decode(data)
	if err != nil {
		return Year{}, err
	}
	if err := y.Check(); err != nil {
		return Year{}, err
	}
	return y, nil
}

func decode(data []byte) (Year, error) {
	if bytes.HasPrefix(data, []byte("{")) {
		return decodeJSON(data)
	}
	var y Year
	meta, err := toml.Decode(string(data), &y)
	if err != nil {
		return Year{}, unreadable("TOML", err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return Year{}, fault.New(fault.Invalid, "放假通知文件里有不认识的字段“%s”：请按样例改正。", clip(extra[0].String()))
	}
	return y, nil
}

func unreadable(format string, err error) error {
	return fault.Wrap(fault.Invalid, err, "放假通知文件不是正确的 %s：请按样例改正。", format)
}

// listed is a year in the shape of the public list.
type listed struct {
	Year   int         `json:"year"`
	Papers []string    `json:"papers"`
	Days   []listedDay `json:"days"`
}

type listedDay struct {
	Name string `json:"name"`
	Date Date   `json:"date"`
	Off  bool   `json:"isOffDay"`
}

func decodeJSON(data []byte) (Year, error) {
	var shape struct {
		Days json.RawMessage `json:"days"`
	}
	if err := json.Unmarshal(data, &shape); err != nil {
		return Year{}, unreadable("JSON", err)
	}
	if shape.Days == nil {
		var y Year
		if err := json.Unmarshal(data, &y); err != nil {
			return Year{}, unreadable("JSON", err)
		}
		return y, nil
	}
	var l listed
	if err := json.Unmarshal(data, &l); err != nil {
		return Year{}, unreadable("JSON", err)
	}
	if len(l.Days) > 366 || len(l.Papers) > mostHolidays {
		return Year{}, fault.New(fault.Invalid, "放假通知文件写了 %d 天、%d 个出处，太多了：请确认选对了文件。", len(l.Days), len(l.Papers))
	}
	return l.year(), nil
}

// year turns the list of days into periods. Days off of one name that follow
// one another are one period; a make-up day goes to the nearest of them.
func (l listed) year() Year {
	y := Year{Year: l.Year}
	for i, url := range l.Papers {
		title := fmt.Sprintf("国务院办公厅关于%d年部分节假日安排的通知", l.Year)
		if i > 0 {
			title = fmt.Sprintf("关于调整%d年节假日安排的通知", l.Year)
		}
		y.Notices = append(y.Notices, Notice{Title: title, URL: url})
	}
	slices.SortStableFunc(l.Days, func(a, b listedDay) int { return cmp.Compare(a.Date, b.Date) })
	for _, d := range l.Days {
		if d.Off {
			y.addOff(d)
		}
	}
	for _, d := range l.Days {
		if !d.Off {
			y.addWork(d)
		}
	}
	return y
}

func (y *Year) addOff(d listedDay) {
	if n := len(y.Holidays); n > 0 && y.Holidays[n-1].Name == d.Name && y.Holidays[n-1].Off.To+1 == d.Date {
		y.Holidays[n-1].Off.To = d.Date
		return
	}
	y.Holidays = append(y.Holidays, Period{Name: d.Name, Off: Interval{d.Date, d.Date}})
}

// addWork gives a make-up day to the nearest period, preferring its own name. A
// weekday right after a holiday is left out: the list says there that work
// starts again (3 February 2020), which a weekday does anyway.
func (y *Year) addWork(d listedDay) {
	best, least := -1, 0
	for i, h := range y.Holidays {
		away := max(int(h.Off.From-d.Date), int(d.Date-h.Off.To))
		if h.Name != d.Name {
			away += 1000
		}
		if best < 0 || away < least {
			best, least = i, away
		}
	}
	switch {
	case best < 0:
		y.Holidays = append(y.Holidays, Period{Name: d.Name, Work: []Date{d.Date}})
	case plainKind(d.Date) == Working && y.Holidays[best].Off.To+1 == d.Date:
	default:
		y.Holidays[best].Work = append(y.Holidays[best].Work, d.Date)
	}
}
