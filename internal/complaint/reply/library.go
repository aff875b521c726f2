package reply

import (
	"strings"

	"xiaobao/internal/calendar"
	"xiaobao/internal/regulation"
)

// FromLibrary resolves citations by the registered instruments alone: titles,
// days in force and the articles that are registered. Most instruments hold the
// articles that the program uses, not all; only a gapless run from the first
// article counts as whole.
func FromLibrary(lib *regulation.Library) Resolver {
	byTitle := map[string]regulation.Instrument{}
	for _, in := range lib.Instruments() {
		if in.Kind != "house" {
			byTitle[in.Title] = in
			byTitle[strings.TrimPrefix(in.Title, "中华人民共和国")] = in
		}
	}
	return func(title, article string, _ calendar.Date) Resolution {
		in, ok := byTitle[strings.TrimSpace(title)]
		if !ok {
			return Resolution{}
		}
		r := Resolution{Instrument: in.ID, Title: in.Title, From: in.From, To: in.Until}
		most := 0
		for _, a := range in.Articles {
			number := a.Number
			if i := strings.IndexByte(number, '.'); i > 0 {
				number = number[:i]
			}
			most = max(most, chineseInt(number))
			r.Article = r.Article || number == article
		}
		r.Whole = most > 0 && most == len(in.Articles)
		return r
	}
}
