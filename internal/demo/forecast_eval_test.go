package demo_test

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/complaint/casebook"
	"xiaobao/internal/complaint/guide"
	"xiaobao/internal/demo"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
	"xiaobao/internal/text/rule/packs"
)

// heard scans what a consumer said for signs of an escalation.
func heard(book *rule.Book, c complaint.Case) []guide.Said {
	var out []guide.Said
	scan := func(text, kind string) {
		for _, f := range book.Scan(rule.Doc{Text: text, Kind: kind, On: calendar.Of(2026, 11, 1)}, "complaint-escalation") {
			out = append(out, guide.Said{Rule: f.Rule, Quote: f.Quote})
		}
	}
	scan(c.Narrative, "complaint")
	scan(c.Demand, "complaint")
	for _, k := range c.Contacts {
		scan(k.Summary, "contact")
	}
	return out
}

func toRegulator(book *rule.Book, c complaint.Case, today calendar.Date) guide.Forecast {
	rules, cal := regulation.Embedded().At(c.ReceivedOn), calendar.Official()
	in := guide.ForecastInput{Case: c, Deadlines: c.Deadlines(rules, cal), Today: today, Said: heard(book, c)}
	return guide.Forecasts(in)[0]
}

// table counts cases by level and by what came later.
type table map[complaint.Level][2]int

func (x table) add(l complaint.Level, later bool) {
	n := x[l]
	if later {
		n[1]++
	} else {
		n[0]++
	}
	x[l] = n
}

func (x table) log(t *testing.T, title string) {
	t.Logf("%-8s %14s %14s   %s", "level", "no reference", "reference", title)
	for _, l := range complaint.Levels {
		t.Logf("%-8s %14d %14d", l, x[l][0], x[l][1])
	}
}

// TestEvalForecast asks whether cases that later got a regulator's reference had
// been forecast. The demo's people are invented: who turns to the regulator was
// drawn there without regard to what was said. So the table shows how the forecast
// behaves, not how well it foretells; real institutions measure it on their own
// closed cases.
func TestEvalForecast(t *testing.T) {
	if os.Getenv("XIAOBAO_EVAL") == "" {
		t.Skip("figures are for people: make eval")
	}
	book, err := packs.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	evalDemo(t, book)
	evalCasebook(t, book)
	evalPosts(t, book)
}

func evalDemo(t *testing.T, book *rule.Book) {
	w := makeDemo(t, at(2026, 11, 22, 10.5), demo.Options{})
	before := table{}
	for _, c := range w.all(t) {
		ch, _ := party.ChannelOf(c.References[0].Channel)
		if c.Nature != complaint.Complaint || ch.Regulator || c.State == complaint.Merged {
			continue
		}
		on, later := c.ReceivedOn.AddDays(5), false
		for _, r := range c.LiveReferences()[1:] {
			if ch, _ := party.ChannelOf(r.Channel); ch.Regulator && !later {
				on, later = r.ReceivedOn, true
			}
		}
		then := w.asOf(t, c.ID, on)
		if then.Active() {
			before.add(toRegulator(book, then, on.AddDays(-1)).Level, later)
		}
	}
	before.log(t, "demo, the day before the reference arrived, else five days after receipt")
	sum := 0
	for _, n := range before {
		sum += n[0] + n[1]
	}
	if sum < 100 {
		t.Errorf("only %d cases were looked at", sum)
	}
}

// asOf folds a case up to a day.
func (w world) asOf(t *testing.T, id complaint.ID, on calendar.Date) complaint.Case {
	t.Helper()
	var out complaint.Case
	err := w.store.View(ctx, func(tx *storage.Tx) error {
		_, history, err := tx.ComplaintHistory(id)
		for _, h := range history {
			if calendar.FromTime(h.At) >= on {
				break
			}
			out = out.Apply(h.Event, complaint.Meta{At: h.At, By: h.By})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// evalCasebook looks at words alone: do the stories that came by a regulator, and
// so were escalated already, speak more of it than the others?
func evalCasebook(t *testing.T, book *rule.Book) {
	words := table{}
	for _, s := range casebook.All() {
		ch, _ := party.ChannelOf(s.Channel)
		c := complaint.Case{Nature: complaint.Complaint, State: complaint.Closed, Narrative: s.Narrative, Demand: s.Demand, Contacts: []complaint.Contact{{Summary: s.Call}}}
		words.add(toRegulator(book, c, calendar.Of(2026, 11, 1)).Level, ch.Regulator)
	}
	words.log(t, "casebook, words alone, stories that came by a regulator in the right column")
}

// evalPosts looks at texts by others. No set here is labelled with escalations:
// negative is a tone, and the event 投诉维权 the nearest thing to it.
func evalPosts(t *testing.T, book *rule.Book) {
	for _, set := range []struct{ file, column, value string }{{"finnsp_train.csv", "negative", "1"}, {"finese_train.csv", "event_type", "投诉维权"}} {
		hits, all := [2]int{}, [2]int{}
		ok := eachRow(t, "../../../shared/data/complaints/"+set.file, func(row map[string]string) {
			k := 0
			if row[set.column] == set.value {
				k = 1
			}
			all[k]++
			if len(book.Scan(rule.Doc{Text: row["text"], Kind: "complaint", On: calendar.Of(2026, 11, 1)}, "complaint-escalation")) > 0 {
				hits[k]++
			}
		})
		if !ok {
			continue
		}
		t.Logf("%s: a sign in %d of %d texts with %s=%s (%.1f%%), in %d of %d others (%.1f%%)", set.file, hits[1], all[1], set.column, set.value,
			100*float64(hits[1])/float64(all[1]), hits[0], all[0], 100*float64(hits[0])/float64(all[0]))
		if all[0] == 0 || all[1] == 0 {
			t.Errorf("%s has no rows of one kind", set.file)
		}
	}
}

func eachRow(t *testing.T, path string, fn func(map[string]string)) bool {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("XIAOBAO_REQUIRE_ALL") == "1" {
			t.Errorf("%s is missing", path)
		}
		t.Logf("%s is absent; its figures are left out", path)
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	for {
		line, err := r.Read()
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			t.Fatal(err)
		}
		row := map[string]string{}
		for i, h := range head {
			if i < len(line) {
				row[strings.TrimPrefix(h, "\ufeff")] = line[i]
			}
		}
		fn(row)
	}
}
