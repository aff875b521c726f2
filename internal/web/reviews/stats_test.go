package reviews_test

import (
	"bytes"
	"html"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"xiaobao/internal/document"
)

var (
	tileLink = regexp.MustCompile(`(?s)<a class="tile[^"]*" href="([^"]*)".*?class="n">([0-9]+)`)
	cellLink = regexp.MustCompile(`href="(/reviews\?[^"]*)">([0-9]+)</a>`)
	listRow  = regexp.MustCompile(`<tr data-row>`)
)

// Every number of the statistics that is a link opens as many rows as it says;
// numbers of findings and points open the reviews that have them.
func TestStatisticsOpenTheirRows(t *testing.T) {
	w := newWorld(t)
	w.clear(mended)
	at := w.inReview(poster)
	w.do(w.As(rev), at, "send-back", "why", "缺少说明书")
	w.inReview(poster)
	for lang, want := range map[string][]string{"zh": {"审查统计", "按期率", "命中最多的规则", "营销宣传（海报、折页）"}, "en": {"Review statistics", "On time", "Most-hit rules", "Marketing (poster, leaflet)"}} {
		b := w.As("office")
		b.Lang = lang
		page := b.Get("/reviews/stats?period=year")
		for _, s := range want {
			if !strings.Contains(page.Body, s) {
				t.Errorf("%s: the page lacks %q", lang, s)
			}
		}
	}
	b := w.As("office")
	page := b.Get("/reviews/stats")
	tiles := tileLink.FindAllStringSubmatch(page.Body, -1)
	if len(tiles) != 7 {
		t.Fatalf("%d tiles", len(tiles))
	}
	for _, m := range tiles {
		link, want := html.UnescapeString(m[1]), m[2]
		if want == "0" {
			continue
		}
		list := b.Get(link)
		if got := strconv.Itoa(len(listRow.FindAllString(list.Body, -1))); got != want {
			t.Errorf("%s says %s and opens %s rows", link, want, got)
		}
		if !strings.Contains(list.Body, "统计") {
			t.Errorf("%s does not say what it lists", link)
		}
	}
	if cells := cellLink.FindAllStringSubmatch(page.Body, -1); len(cells) < 8 {
		t.Errorf("%d numbers open rows", len(cells))
	} else {
		for _, m := range cells {
			if a := b.Get(html.UnescapeString(m[1])); a.Status != 200 || !listRow.MatchString(a.Body) {
				t.Errorf("%s (%s) opens nothing: %d", m[1], m[2], a.Status)
			}
		}
	}
	if a := w.As(other).Get("/reviews/stats"); !strings.Contains(a.Body, "没有送审") {
		t.Error("another branch counts what it may not open")
	}
	if a := b.Get("/reviews/stats?from=2026-04-01&to=2026-03-01"); a.Status != 422 {
		t.Errorf("a period that ends before it begins: %d", a.Status)
	}
}

// The sheet says what the page says.
func TestStatisticsAsSheet(t *testing.T) {
	w := newWorld(t)
	w.clear(mended)
	b := w.As("office")
	a := b.Post("/reviews/stats/export", "period", "year")
	if a.Status != 200 {
		t.Fatalf("export: %d %s", a.Status, a.Text())
	}
	table, err := document.ReadTable(bytes.NewReader([]byte(a.Body)), int64(len(a.Body)), "reviews.xlsx", document.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if rows++; row.Get("表") == "合计" && (row.Get("送审") != "1" || row.Get("通过") != "0" && row.Get("附条件通过") != "1") {
			t.Errorf("total %v", row)
		}
	}
	if rows < 4 {
		t.Errorf("%d rows", rows)
	}
}

// No serious barrier on the pages of numbers and of many files, nothing runs over
// the edge; pictures for people.
func TestStatisticsLook(t *testing.T) {
	w := newWorld(t)
	w.clear(mended)
	for range 2 {
		at := w.inReview(poster)
		w.judge(w.As(rev), at)
	}
	job := w.As("office").Upload("/reviews/scan", "files", "海报.txt", []byte(poster), "mode", "scan", "kind", "marketing.poster", "line", "wealth").Location()
	w.App.WaitJobs(false)
	for _, look := range []struct {
		name, lang    string
		dark          bool
		width, height int64
	}{{"wide", "zh", false, 1440, 900}, {"phone-dark-en", "en", true, 390, 844}} {
		p := w.browser("office", look.lang)
		p.Size(look.width, look.height)
		w.ok(p.Dark(look.dark))
		for name, path := range map[string]string{"stats": "/reviews/stats", "scan": "/reviews/scan", "scan-job": job} {
			p.Open(path)
			p.Axe()
			p.Fits()
			if *pictures != "" {
				p.Screenshot(filepath.Join(*pictures, name+"-"+look.name+".png"))
			}
		}
	}
}
