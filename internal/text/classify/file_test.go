package classify_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"reflect"
	"strings"
	"testing"

	"xiaobao/internal/fault"
	"xiaobao/internal/text/classify"
)

func TestFileKeepsTheModel(t *testing.T) {
	m, report := train(t, made(300, 1))
	b := file(t, m)
	again, err := classify.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(m, again) {
		t.Error("the model read differs from the one written")
	}
	if got := again.Info(); !reflect.DeepEqual(got, report.Info) || got.Trained.String() != "2026-11-01" {
		t.Errorf("info %+v, want %+v", got, report.Info)
	}
}

// seal gives a changed file a fitting checksum, so that what is behind it is tested.
func resum(b []byte) []byte {
	body := b[:len(b)-4]
	return binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

func TestFileRefusals(t *testing.T) {
	m, _ := train(t, made(300, 1))
	good := file(t, m)
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "不是小保的分类模型文件"},
		{"a table", []byte("text,label\n很好,1\n"), "不是小保的分类模型文件"},
		{"only the magic", good[:9], "文件不完整"},
		{"cut short", good[:len(good)/2], "校验和不符"},
		{"one bit", change(len(good)/2, good[len(good)/2]^1), "校验和不符"},
		{"version", resum(change(8, 2, 0)), "第 2 版格式，这个程序读第 1 版"},
		{"version, damaged", change(8, 9, 0), "第 9 版格式"},
		{"table size", resum(change(10, 60)), "说明部分不合理"},
		{"length of info", resum(change(11, 255, 255, 255, 255)), "说明部分太长"},
		{"info", resum(change(15, '[')), "说明部分不可读"},
		{"more behind", resum(append(bytes.Clone(good), "more"...)), "末尾有多余的内容"},
		{"cut, right sum", resum(good[:len(good)-40]), "文件不完整"},
		{"too large", make([]byte, classify.MaxFile+1), "超过 64 MB"},
	} {
		_, err := classify.Read(bytes.NewReader(test.file))
		if fault.KindOf(err) == fault.Internal || !strings.Contains(fault.Message(err), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// Whatever is read either is refused in words or is a model that answers and is
// written again as it was.
func FuzzRead(f *testing.F) {
	m, _ := train(f, made(60, 1))
	good := file(f, m)
	f.Add(good)
	f.Add(good[:len(good)/3])
	f.Add([]byte("XBCLASS\n\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, b := range [][]byte{b, resum(append(bytes.Clone(b), 0, 0, 0, 0))} {
			m, err := classify.Parse(b)
			if err != nil {
				if fault.KindOf(err) == fault.Internal {
					t.Fatalf("not a fault: %v", err)
				}
				continue
			}
			if a := m.Classify("信用卡年费，理财"); len(a.Ranked) != len(m.Labels()) {
				t.Fatalf("%d labels, %d ranked", len(m.Labels()), len(a.Ranked))
			}
			if _, err := classify.Parse(file(t, m)); err != nil {
				t.Fatalf("written again it is not read: %v", err)
			}
		}
	})
}
