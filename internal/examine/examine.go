// Package examine draws the sample of an examination and holds its events. The
// draw is a function of a printed seed and the population, so that anybody who has
// both can repeat it.
package examine

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
)

// Kinds of events of the stream of an examination.
const (
	KindOpened = "examination.Opened"
	KindEnded  = "examination.Ended"
)

// Bounds of an examination.
const (
	MaxSample = 500
	MaxDays   = 180
	maxSeed   = 100
)

// Stream is the ledger stream of an examination.
func Stream(id int64) string { return "examination/" + strconv.FormatInt(id, 10) }

// Request is what an administrator asks for.
type Request struct {
	Name   string        `json:"name" maxLength:"40" doc:"The examiner"`
	Login  string        `json:"login" maxLength:"64" doc:"Login of the account that is made"`
	Reason string        `json:"reason" maxLength:"500"`
	Until  calendar.Date `json:"until" doc:"Last day; the account ends by itself"`
	From   calendar.Date `json:"from" doc:"Received from this day"`
	To     calendar.Date `json:"to" doc:"Received up to this day"`
	Size   int           `json:"size" minimum:"1" maximum:"500" doc:"Cases to be drawn"`
	Seed   string        `json:"seed,omitempty" maxLength:"100" doc:"Drawn by the program when it is empty"`
}

// Check says what is wrong with the request on a day.
func (r Request) Check(today calendar.Date) error {
	var f fault.Fields
	f.Need(r.Name != "", "name", "请填写检查人员姓名")
	f.Need(r.Login != "", "login", "请填写登录名")
	f.Need(r.Reason != "" && utf8.RuneCountInString(r.Reason) <= 500, "reason", "请填写检查的依据或原因，不超过 500 字")
	f.Need(!r.Until.IsZero() && r.Until >= today && r.Until <= today.AddDays(MaxDays), "until", "截止日须在今天起 %d 天之内", MaxDays)
	f.Need(!r.From.IsZero() && !r.To.IsZero() && r.From <= r.To, "from", "请填写抽样的收到日期起止")
	f.Need(r.Size >= 1 && r.Size <= MaxSample, "size", "抽取件数须在 1 到 %d 之间", MaxSample)
	f.Need(len(r.Seed) <= maxSeed, "seed", "种子过长")
	return f.Err()
}

// Opened is the event of the draw: all that is needed to repeat it.
type Opened struct {
	ID         int64          `json:"id"`
	Person     party.PersonID `json:"person"`
	Reason     string         `json:"reason"`
	Until      calendar.Date  `json:"until"`
	From       calendar.Date  `json:"from"`
	To         calendar.Date  `json:"to"`
	Seed       string         `json:"seed"`
	Checkpoint string         `json:"checkpoint"` // note that vouches for the population
	Population int            `json:"population"`
	Sum        string         `json:"sum"` // of the population, see Sum
	Cases      []int64        `json:"cases"`
}

// Ended is the event of an examination ended before its time.
type Ended struct {
	ID int64 `json:"id"`
}

// Over reports whether an examination with this last day is over at a time.
func Over(until calendar.Date, at time.Time) bool { return calendar.FromTime(at) > until }

// Pick draws n of the population, or all when there are no more: those whose
// SHA-256 of "xiaobao sample/1", seed and id (decimal), a line each, are the
// smallest. The answer is sorted by id and does not depend on the order given.
func Pick(seed string, n int, population []int64) []int64 {
	type ranked struct {
		id  int64
		sum [32]byte
	}
	all := make([]ranked, len(population))
	for i, id := range population {
		all[i] = ranked{id, sha256.Sum256(fmt.Appendf(nil, "xiaobao sample/1\n%s\n%d\n", seed, id))}
	}
	slices.SortFunc(all, func(a, b ranked) int { return cmp.Or(slices.Compare(a.sum[:], b.sum[:]), cmp.Compare(a.id, b.id)) })
	out := make([]int64, min(n, len(all)))
	for i := range out {
		out[i] = all[i].id
	}
	slices.Sort(out)
	return out
}

// Sum is the SHA-256 of the sorted ids of a population, decimal, a line each.
func Sum(population []int64) string {
	h := sha256.New()
	for _, id := range slices.Sorted(slices.Values(population)) {
		fmt.Fprintf(h, "%d\n", id)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
