package ledger_test

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaobao/internal/ledger"
)

// day has text methods like a calendar date.
type day int32

func (d day) MarshalText() ([]byte, error) { return []byte("d" + strconv.Itoa(int(d))), nil }
func (d *day) UnmarshalText(b []byte) error {
	n, err := strconv.Atoi(strings.TrimPrefix(string(b), "d"))
	*d = day(n)
	return err
}

// grade has text methods on the pointer only.
type grade struct{ g string }

func (g *grade) MarshalText() ([]byte, error) { return []byte(g.g), nil }
func (g *grade) UnmarshalText(b []byte) error { g.g = string(b); return nil }

type base struct {
	Reason string `json:"reason"`
	Note   string `json:"note" seal:"true"`
}

type person struct {
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
}

type tree struct {
	Label string `json:"label"`
	Kids  []tree `json:"kids"`
}

type body struct {
	base
	Zeta    string            `json:"zeta"`
	Amount  int64             `json:"amount"`
	Count   uint8             `json:"count"`
	Yes     bool              `json:"yes"`
	At      time.Time         `json:"at"`
	Due     day               `json:"due"`
	Days    []day             `json:"days"`
	Level   grade             `json:"level"`
	Maybe   *int              `json:"maybe"`
	When    *time.Time        `json:"when"`
	Sum     []byte            `json:"sum"`
	Parts   [][]byte          `json:"parts"`
	Pair    [2]int            `json:"pair"`
	Tags    map[string]string `json:"tags"`
	ByDay   map[day][]int     `json:"by_day"`
	ByID    map[int64]person  `json:"by_id"`
	Forest  []tree            `json:"forest"`
	Person  person            `json:"person" seal:"true"`
	Others  []*person         `json:"others" seal:"true"`
	Skipped string            `json:"-"`
	hidden  int
}

func TestEncode(t *testing.T) {
	zero := 0
	at := time.Date(2026, 5, 1, 8, 30, 0, 123456789, time.FixedZone("CST", 8*3600))
	for _, test := range []struct {
		name, want, private string
		v                   any
	}{
		{"nothing set", `{}`, "", body{Skipped: "x", hidden: 1}},
		{"pointer", `{"zeta":"z"}`, "", &body{Zeta: "z"}},
		{"sorted", `{"amount":-5,"count":7,"yes":true,"zeta":"z"}`, "", body{Zeta: "z", Yes: true, Count: 7, Amount: -5}},
		{"embedded flattened and split", `{"reason":"r"}`, `{"note":"n"}`, body{base: base{"r", "n"}}},
		{"sealed", `{}`, `{"others":[{"name":"李"},null],"person":{"name":"张三","phone":"139"}}`,
			body{Person: person{"张三", "139"}, Others: []*person{{Name: "李"}, nil}}},
		{"time in UTC, cut to microseconds", `{"at":"2026-05-01T00:30:00.123456Z"}`, "", body{At: at}},
		{"time with no fraction keeps six decimals", `{"at":"2026-05-01T00:30:00.000000Z"}`, "", body{At: at.Truncate(time.Second)}},
		{"text types", `{"days":["d0","d2"],"due":"d9","level":"high"}`, "", body{Due: 9, Days: []day{0, 2}, Level: grade{"high"}}},
		{"pointer to zero stays", `{"maybe":0}`, "", body{Maybe: &zero}},
		{"bytes", `{"parts":["AQ==","",null],"sum":"/+8="}`, "", body{Sum: []byte{0xff, 0xef}, Parts: [][]byte{{1}, {}, nil}}},
		{"empty but not nil stays", `{"days":[],"tags":{}}`, "", body{Days: []day{}, Tags: map[string]string{}}},
		{"array", `{"pair":[0,1]}`, "", body{Pair: [2]int{0, 1}}},
		{"maps sorted by text of the key", `{"by_day":{"d10":[1],"d9":null},"by_id":{"-1":{},"2":{"name":"b"}},"tags":{"a":"1","b":""}}`, "",
			body{Tags: map[string]string{"b": "", "a": "1"}, ByDay: map[day][]int{9: nil, 10: {1}}, ByID: map[int64]person{2: {Name: "b"}, -1: {}}}},
		{"escapes only what must", `{"zeta":"a\"\\\n\r\t\u0001<&>/` + "\u2028\u007f" + `"}`, "", body{Zeta: "a\"\\\n\r\t\x01<&>/\u2028\u007f"}},
		{"recursive type", `{"forest":[{"kids":[{"label":"b"}],"label":"a"}]}`, "", body{Forest: []tree{{"a", []tree{{Label: "b"}}}}}},
		{"no struct", `[1,2]`, "", []int{1, 2}},
	} {
		public, private, err := ledger.Encode(test.v)
		if err != nil || string(public) != test.want || string(private) != test.private {
			t.Errorf("%s: got %s | %s | %v\nwant %s | %s", test.name, public, private, err, test.want, test.private)
		}
		if !json.Valid(public) || private != nil && !json.Valid(private) {
			t.Errorf("%s: not JSON", test.name)
		}
	}
}

type (
	withRaw    struct{ Raw json.RawMessage }
	oneWay     struct{ s string }
	nested     struct{ P sealedInside }
	nestedList struct{ P map[string][]sealedInside }
	sealedOK   struct {
		P sealedInside `seal:"true"`
	}
	sealedInside struct {
		Name string `seal:"true"`
	}
	promoted struct {
		day
		Other string
	}
	cycle struct{ Next *cycle }
)

func (oneWay) MarshalText() ([]byte, error) { return nil, nil }

func TestEncodeRefuses(t *testing.T) {
	loop := &cycle{}
	loop.Next = loop
	secret := "机密\xff"
	for _, test := range []struct {
		name string
		v    any
		want string
	}{
		{"nil", nil, "nil"},
		{"nil pointer", (*body)(nil), "nil"},
		{"float", struct{ F float64 }{}, "float64"},
		{"float inside", struct{ F []map[string]float32 }{}, "float32"},
		{"interface", struct{ V any }{}, "interface"},
		{"channel", struct{ C chan int }{}, "chan"},
		{"function", struct{ C func() }{}, "func"},
		{"own JSON", withRaw{}, "own JSON"},
		{"text one way", struct{ O oneWay }{}, "only one"},
		{"pointer to pointer", struct{ P **int }{}, "pointer to a pointer"},
		{"embedded pointer", struct{ *person }{}, "shows none"},
		{"Embedded exported pointer", struct{ *Exported }{}, "embedded pointer"},
		{"promoted text", promoted{}, "embeds"},
		{"two of a name", struct {
			A string `json:"x"`
			B string `json:"X"`
		}{}, "two fields"},
		{"hidden by embedding", struct {
			base
			Reason int `json:"reason"`
		}{}, "two fields"},
		{"string option", struct {
			A int `json:"a,string"`
		}{}, "string"},
		{"odd name", struct {
			A int `json:"a b"`
		}{}, "a b"},
		{"no field shown", struct{ a int }{}, "shows none"},
		{"seal below a public field", nested{}, "tagged seal below"},
		{"seal deep below a public field", nestedList{}, "tagged seal below"},
		{"seal without a struct at the top", []sealedInside{}, "seal tag"},
		{"bool key", struct{ M map[bool]int }{}, "map key"},
		{"not UTF-8", body{Zeta: secret}, "zeta: not UTF-8"},
		{"key not UTF-8", body{Tags: map[string]string{secret: ""}}, "tags: key: not UTF-8"},
		{"sealed not UTF-8", body{Person: person{Name: secret}}, "person: name: not UTF-8"},
		{"year", body{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, "at: year"},
		{"cycle", loop, "cycle"},
	} {
		public, private, err := ledger.Encode(test.v)
		if err == nil || public != nil || private != nil {
			t.Errorf("%s: got %s, %s, want an error", test.name, public, private)
			continue
		}
		if strings.Contains(err.Error(), "机密") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %q, want %q in it and no value", test.name, err, test.want)
		}
	}
}

// Exported is embedded by pointer in a test.
type Exported struct{ A string }

func TestSealTagInsideSealedPart(t *testing.T) {
	public, private, err := ledger.Encode(sealedOK{sealedInside{"张三"}})
	if err != nil || string(public) != `{}` || string(private) != `{"P":{"Name":"张三"}}` {
		t.Fatalf("got %s | %s | %v", public, private, err)
	}
}

// A field that is set to an empty list is not one that is not set.
func TestPointerToNothing(t *testing.T) {
	type change struct {
		List  *[]string       `json:"list"`
		Map   *map[string]int `json:"map"`
		Bytes *[]byte         `json:"bytes"`
	}
	for _, test := range []struct {
		name, want string
		v          change
	}{
		{"not set", `{}`, change{}},
		{"nil", `{"bytes":"","list":[],"map":{}}`, change{new([]string), new(map[string]int), new([]byte)}},
		{"empty", `{"bytes":"","list":[],"map":{}}`, change{&[]string{}, &map[string]int{}, &[]byte{}}},
		{"full", `{"bytes":"AQ==","list":["a"],"map":{"a":0}}`, change{&[]string{"a"}, &map[string]int{"a": 0}, &[]byte{1}}},
	} {
		public, _, err := ledger.Encode(test.v)
		if err != nil || string(public) != test.want {
			t.Errorf("%s: got %s, %v", test.name, public, err)
		}
		var got change
		if err := ledger.Decode(public, nil, &got); err != nil || (got.List == nil) != (test.v.List == nil) || got.List != nil && len(*got.List) != len(*test.v.List) {
			t.Errorf("%s: came back as %+v, %v", test.name, got, err)
		}
	}
}

func TestDecode(t *testing.T) {
	for _, test := range []struct {
		name, public, private string
		want                  body
	}{
		{"both", `{"zeta":"z"}`, `{"person":{"name":"张"}}`, body{Zeta: "z", Person: person{Name: "张"}}},
		{"erased", `{"zeta":"z"}`, ``, body{Zeta: "z"}},
		{"unknown fields", `{"zeta":"z","future":{"a":[1]}}`, `{"gone":1}`, body{Zeta: "z"}},
		{"empty", ``, ``, body{}},
	} {
		var got body
		if err := ledger.Decode([]byte(test.public), []byte(test.private), &got); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
}

func TestDecodeErrorsHideValues(t *testing.T) {
	for _, private := range []string{`{"person":{"name":13912345678}}`, `{"person":13912345678}`, `{"due":"x13912345678"}`, `{"a":13912345678x}`} {
		var got body
		err := ledger.Decode([]byte(`{}`), []byte(private), &got)
		if err == nil || strings.Contains(err.Error(), "139") || strings.Contains(err.Error(), "x1") {
			t.Errorf("%s: got error %v", private, err)
		}
	}
}

func text(t *rapid.T, label string) string { return rapid.String().Draw(t, label) }

func drawBody(t *rapid.T) body {
	at := func(label string) time.Time {
		return time.UnixMicro(rapid.Int64Range(-1e15, 4e15).Draw(t, label)).UTC()
	}
	people := rapid.Custom(func(t *rapid.T) person { return person{text(t, "name"), text(t, "phone")} })
	b := body{
		base:   base{text(t, "reason"), text(t, "note")},
		Zeta:   text(t, "zeta"),
		Amount: rapid.Int64().Draw(t, "amount"),
		Count:  rapid.Uint8().Draw(t, "count"),
		Yes:    rapid.Bool().Draw(t, "yes"),
		Due:    day(rapid.Int32().Draw(t, "due")),
		Level:  grade{text(t, "level")},
		Sum:    rapid.SliceOf(rapid.Byte()).Draw(t, "sum"),
		Parts:  rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "parts"),
		Pair:   [2]int{rapid.Int().Draw(t, "a"), rapid.Int().Draw(t, "b")},
		Tags:   rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "tags"),
		ByID:   rapid.MapOf(rapid.Int64(), people).Draw(t, "by id"),
		Maybe:  rapid.Ptr(rapid.Int(), true).Draw(t, "maybe"),
		Others: rapid.SliceOf(rapid.Ptr(people, true)).Draw(t, "others"),
		Person: people.Draw(t, "person"),
	}
	if rapid.Bool().Draw(t, "at set") {
		when := at("when")
		b.At, b.When = at("at"), &when
	}
	return b
}

func TestDecodeOfEncodeIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawBody(t)
		public, private, err := ledger.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got body
		if err := ledger.Decode(public, private, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s | %s | %v\n got %+v\nwant %+v", public, private, err, got, want)
		}
		again, privateAgain, err := ledger.Encode(&got)
		if err != nil || string(again) != string(public) || string(privateAgain) != string(private) {
			t.Fatalf("not deterministic: %s, then %s", public, again)
		}
	})
}

// The standard library reads the same value from the same bytes: keys, numbers
// and escapes are plain JSON.
func FuzzEncodeString(f *testing.F) {
	for _, s := range []string{"", "投诉", "a\"\\\n\x00\x1f", "\u2028<>&", "\xff", "😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		public, _, err := ledger.Encode(body{Zeta: s, Tags: map[string]string{s: s}})
		if err != nil {
			if !strings.Contains(err.Error(), "UTF-8") {
				t.Fatal(err)
			}
			return
		}
		var got body
		if err := json.Unmarshal(public, &got); err != nil || got.Zeta != s || got.Tags[s] != s {
			t.Fatalf("%q: %s, %v", s, public, err)
		}
	})
}

// FuzzDecode: whatever the bytes, Decode returns; what it takes, Encode writes
// and Decode reads back the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"zeta":"z","days":["d1"],"at":"2026-05-01T00:30:00.123456Z"}`), []byte(`{"person":{"name":"张"}}`))
	f.Add([]byte(`{"tags":{"a":"b"},"sum":"AQ=="}`), []byte(nil))
	f.Fuzz(func(t *testing.T, public, private []byte) {
		var v, again body
		if ledger.Decode(public, private, &v) != nil {
			return
		}
		p, s, err := ledger.Encode(v)
		if err != nil {
			return
		}
		if err := ledger.Decode(p, s, &again); err != nil {
			t.Fatal(err)
		}
		p2, s2, err := ledger.Encode(again)
		if err != nil || string(p) != string(p2) || string(s) != string(s2) {
			t.Fatalf("%s | %s\nthen %s | %s, %v", p, s, p2, s2, err)
		}
	})
}

func benchBody() body {
	n := 3
	return body{
		base: base{Reason: "客户对产品收益说明有异议", Note: "客户情绪激动"}, Zeta: "complaint.registered", Amount: 12_345_600,
		At: time.Date(2026, 5, 1, 0, 30, 0, 123456000, time.UTC), Due: 20574, Days: []day{1, 2, 3}, Maybe: &n,
		Tags:   map[string]string{"channel": "phone", "product": "wealth", "branch": "0101"},
		Person: person{"张三", "13912345678"},
	}
}

func BenchmarkEncode(b *testing.B) {
	v := benchBody()
	b.Run("ledger", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := ledger.Encode(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	public, private, err := ledger.Encode(benchBody())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var v body
		if err := ledger.Decode(public, private, &v); err != nil {
			b.Fatal(err)
		}
	}
}
