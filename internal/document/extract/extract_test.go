package extract_test

import (
	"context"
	"strings"
	"testing"

	"xiaobao/internal/document/extract"
)

// Every block is its part of the text, and At finds it again.
func whole(t *testing.T, d extract.Document) {
	t.Helper()
	last := 0
	for i, b := range d.Blocks {
		if b.Start < last || b.End < b.Start || b.End > len(d.Text) {
			t.Fatalf("block %d: %d..%d after %d in %d bytes", i, b.Start, b.End, last, len(d.Text))
		}
		last = b.End
		if got, ok := d.At(b.Start); b.End > b.Start && (!ok || got.Start != b.Start) {
			t.Errorf("At(%d) = %+v, %v", b.Start, got, ok)
		}
	}
}

func TestPlain(t *testing.T) {
	d := extract.Plain("保本\r\n\r\n年化4%")
	whole(t, d)
	if d.Text != "保本\n\n年化4%" || len(d.Blocks) != 3 || d.Blocks[2].Place != "第 3 行" {
		t.Errorf("%+v", d)
	}
}

func TestJoinKeepsPlaces(t *testing.T) {
	a, b := extract.Plain("甲\n乙"), extract.Plain("丙")
	b.Pages, b.Blocks[0].Page = 2, 2
	a.Pages, b.Warnings = 3, []string{"第 1 页没有文字"}
	d := extract.Join([]extract.Named{{Name: "一.txt", Document: a}, {Name: "二.pdf", Document: b}})
	whole(t, d)
	last := d.Blocks[2]
	if d.Text != "甲\n乙\n丙" || last.Page != 5 || last.Place != "二.pdf 第 1 行" || d.Pages != 5 || d.Warnings[0] != "二.pdf：第 1 页没有文字" {
		t.Errorf("%+v", d)
	}
}

func TestReadText(t *testing.T) {
	in := "零风险，\xff稳赚不赔。" + strings.Repeat("投资须谨慎。", 30)
	d, err := extract.Read(context.Background(), strings.NewReader(in), int64(len(in)), "海报.txt", extract.Options{})
	if err != nil || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], "1 个字") {
		t.Errorf("%v, %v", d.Warnings, err)
	}
	whole(t, d)
}

func TestBodyLeavesThePageOut(t *testing.T) {
	d := extract.Plain("示例银行\n产品有风险\n第 1 页\n投资须谨慎")
	d.Blocks[0].Kind, d.Blocks[2].Kind = extract.Header, extract.Footer
	if got := d.Body(); got != "\n产品有风险\n\n投资须谨慎" {
		t.Errorf("%q", got)
	}
}
