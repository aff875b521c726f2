package web

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xiaobao/internal/calendar"
	"xiaobao/internal/fault"
)

type decoded struct {
	Name    string        `json:"name"`
	On      calendar.Date `json:"on,omitzero"`
	At      time.Time     `json:"at"`
	N       int           `json:"n"`
	Yes     bool          `json:"yes"`
	Amount  int64         `json:"amount" doc:"In dispute, fen"`
	Deposit int64         `json:"deposit" doc:"Typed in yuan when the caller says so"`
	Tags    []string      `json:"tags"`
	Rows    []decodedRow  `json:"rows"`
	Deep    struct {
		Say string `json:"say"`
	} `json:"deep"`
	May    *decodedRow `json:"may"`
	Text   *string     `json:"text"`
	Secret string      `json:"-"`
}

type decodedRow struct {
	What   string `json:"what"`
	Amount int64  `json:"amount" doc:"Fen; 0 for none"`
}

func TestDecode(t *testing.T) {
	text := "改好了"
	tests := []struct {
		name  string
		typed url.Values
		want  decoded
	}{
		{"nothing", url.Values{"version": {"3"}, "Secret": {"x"}, "-": {"x"}}, decoded{}},
		{"plain", url.Values{"name": {"王芳\r\n二"}, "on": {"2026-05-01"}, "n": {" 7 "}, "yes": {"yes"}}, decoded{Name: "王芳\n二", On: calendar.Of(2026, 5, 1), N: 7, Yes: true}},
		{"boxes that are off", url.Values{"yes": {"no"}, "n": {""}, "on": {" "}}, decoded{}},
		{"time in our zone", url.Values{"at": {"2026-05-01T00:30"}}, decoded{At: time.Date(2026, 4, 30, 16, 30, 0, 0, time.UTC)}},
		{"money", url.Values{"amount": {"1,234.5"}, "deposit": {"￥80"}}, decoded{Amount: 123450, Deposit: 8000}},
		{"lists", url.Values{"tags": {"a", "", "b"}}, decoded{Tags: []string{"a", "b"}}},
		{"numbered list", url.Values{"tags[2]": {"c"}, "tags[0]": {"a"}, "tags[1]": {" "}}, decoded{Tags: []string{"a", "c"}}},
		{"rows", url.Values{"rows[0].what": {""}, "rows[0].amount": {""}, "rows[3].what": {"refund"}, "rows[3].amount": {"0.07"}}, decoded{Rows: []decodedRow{{"refund", 7}}}},
		{"deep", url.Values{"deep.say": {"好"}, "may.what": {"x"}, "text": {"改好了"}}, func() decoded {
			d := decoded{May: &decodedRow{What: "x"}, Text: &text}
			d.Deep.Say = "好"
			return d
		}()},
		{"an optional struct left empty", url.Values{"may.what": {" "}, "may.amount": {""}}, decoded{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got decoded
			if err := Decode(tt.typed, &got, "deposit"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeSaysWhatItCannotRead(t *testing.T) {
	var got decoded
	err := Decode(url.Values{"on": {"2026-02-30"}, "at": {"gestern"}, "n": {"1.5"}, "amount": {"1,23"}, "rows[1].amount": {"viel"}}, &got)
	var fields []string
	for _, v := range Refused(err).Violations {
		fields = append(fields, v.Field)
	}
	if diff := cmp.Diff([]string{"on", "at", "n", "amount", "rows[0].amount"}, fields); diff != "" {
		t.Error(diff)
	}
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("kind %v", fault.KindOf(err))
	}
}

// Refused returns the fault of an error, an empty one when it is none.
func Refused(err error) *fault.Error { return (&Form{}).Refuse(err).Fault }

// The rows are shown again under the numbers that the violations name.
func TestDecodeRenumbersTheForm(t *testing.T) {
	typed := url.Values{"rows[2].what": {"a"}, "rows[5].what": {"b"}, "rows[4].what": {""}, "rows[900].what": {"c"}}
	var got decoded
	if err := Decode(typed, &got); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"rows[0].what": {"a"}, "rows[1].what": {"b"}, "rows[900].what": {"c"}}
	if diff := cmp.Diff(want, typed); diff != "" {
		t.Error(diff)
	}
}

func TestFen(t *testing.T) {
	tests := []struct {
		typed string
		want  int64
		ok    bool
	}{
		{"0", 0, true}, {"1", 100, true}, {"0.5", 50, true}, {"¥1,234.50", 123450, true}, {"12，345元", 1234500, true}, {"-3.01", -301, true},
		{"999999999999999", 99999999999999900, true}, {"", 0, false}, {"1.234", 0, false}, {"1,23", 0, false}, {"1e5", 0, false}, {"٣", 0, false}, {"9999999999999999", 0, false},
	}
	for _, tt := range tests {
		got, err := Fen(tt.typed)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("Fen(%q) = %d, %v; want %d, ok %v", tt.typed, got, err, tt.want, tt.ok)
		}
	}
}

func TestYuanIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fen := rapid.Int64Range(-1_000_000_000_000_000, 1_000_000_000_000_000).Draw(t, "fen")
		if fen == 0 {
			return
		}
		if got, err := Fen(Yuan(fen)); err != nil || got != fen {
			t.Fatalf("Fen(Yuan(%d)) = %d, %v", fen, got, err)
		}
	})
	if Yuan(0) != "" {
		t.Error("nothing is shown as an amount")
	}
}

// A value under the name of rows or of a map is not of the form and changes nothing.
func TestDecodeLeavesWhatItCannotHold(t *testing.T) {
	var got struct {
		Rows []struct {
			Amount int64 `json:"amount"`
		} `json:"rows"`
		Form map[string]string `json:"form"`
	}
	if err := Decode(url.Values{"rows": {"0"}, "form": {"x"}}, &got); err != nil || got.Rows != nil || got.Form != nil {
		t.Errorf("%+v %v", got, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("rows[0].amount=1&tags[9999999999]=x&may.what=y&at=2026-05-01T10:00&on=2026-05-01")
	f.Fuzz(func(t *testing.T, query string) {
		typed, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		var got decoded
		if err := Decode(typed, &got); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		if len(got.Rows) > maxRows {
			t.Fatalf("%d rows", len(got.Rows))
		}
	})
}
